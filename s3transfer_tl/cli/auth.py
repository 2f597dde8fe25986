"""The auth command: the platform's key in the system's keyring."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors, keystore
from s3transfer_tl.cli import keys, options, streams
from s3transfer_tl.cli.talk import Talk, printable
from s3transfer_tl.model import PlatformSettings, Secret

if TYPE_CHECKING:
    from s3transfer_tl.twelvelabs import Client

_LONGEST = 4096  # characters of standard input that can be a key
_TIMEOUT = (5.0, 15.0)  # seconds to connect, to hear something

EXAMPLE = """\b
Examples:
  s3transfer-tl auth login
  pass show twelvelabs | s3transfer-tl auth login --stdin
  s3transfer-tl auth status
"""


@click.group("auth", epilog=EXAMPLE, short_help="Keep the API key in the system's keyring.")
def command() -> None:
    """Keep the API key in the system's keyring, one for each --api-url.

    Commands take the key from TWELVE_LABS_API_KEY, then TWELVELABS_API_KEY, then the keyring.
    """


@command.command(
    "login",
    epilog="\b\nExample:\n  s3transfer-tl auth login",
    short_help="Ask for the key, try it, and keep it.",
)
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the key from standard input.")
@click.option("--no-verify", is_flag=True, help="Keep the key without asking the platform.")
@options.address
@options.common
def login(talk: Talk, *, from_stdin: bool, no_verify: bool, platform: tuple[str, str]) -> int:
    """Ask for the key without showing it, try it with one GET, and keep it in the keyring.

    A key that is piped in is read from standard input. Nothing is kept of a key that the platform refuses.
    """
    from s3transfer_tl import twelvelabs

    endpoint = twelvelabs.endpoint(platform[0])
    if not keystore.is_installed():
        raise errors.UsageError("auth login needs the package keyring", keystore.EXTRA)
    key = _read(from_stdin, endpoint)
    settings = PlatformSettings(*platform, key)
    with twelvelabs.Client(
        settings, timeout=_TIMEOUT, retries=0
    ) as client:  # refuses what no header can carry
        if not no_verify:
            _try(client)
    kept = keystore.store(endpoint, key, within=keys.patience())
    talk.say(f"kept the key {keys.Key(key, 'keyring').masked} for {endpoint} in the keyring ({kept})")
    if found := keys.from_environment():
        talk.warn(f"{found.origin} is set, and goes before the keyring")
    return errors.OK


@command.command(
    "status",
    epilog="\b\nExample:\n  s3transfer-tl auth status",
    short_help="Say where the key comes from, and whether it is taken.",
)
@click.option("--no-verify", is_flag=True, help="Do not ask the platform.")
@options.address
@options.form
@options.common
def status(talk: Talk, *, no_verify: bool, form: str, platform: tuple[str, str]) -> int:
    """Say where the key comes from, its end, and whether the platform takes it.

    Exit codes: 0 there is one, and it was not refused; 2 there is none; 4 refused, or nobody answered.
    """
    from s3transfer_tl import twelvelabs

    endpoint = twelvelabs.endpoint(platform[0])
    try:
        key = keys.find(platform[0])
    except errors.UsageError as error:
        raise errors.UsageError(
            f"no API key for {endpoint}: none in the environment, and {error.message}", error.hint
        ) from error
    if key is None:
        raise errors.UsageError(
            f"no API key for {endpoint}", "run `s3transfer-tl auth login`, or set TWELVE_LABS_API_KEY"
        )
    trouble = None
    if not no_verify:
        try:
            settings = PlatformSettings(*platform, key.secret)
            with twelvelabs.Client(settings, timeout=_TIMEOUT, retries=0) as client:
                _try(client)
        except errors.PlatformError as error:
            trouble = error
    verified = None if no_verify or (trouble and trouble.status not in (401, 403)) else trouble is None
    _write(form, endpoint, key, verified)
    if trouble:
        raise trouble
    return errors.OK


@command.command(
    "logout",
    epilog="\b\nExample:\n  s3transfer-tl auth logout",
    short_help="Remove the key from the keyring.",
)
@options.address
@options.common
def logout(talk: Talk, *, platform: tuple[str, str]) -> int:
    """Remove the key for --api-url from the keyring. The key itself stays valid: revoke it in the dashboard.

    Exit code 3: there was none.
    """
    from s3transfer_tl import twelvelabs

    endpoint = twelvelabs.endpoint(platform[0])
    if not keystore.forget(endpoint, within=keys.patience()):
        raise errors.NothingToDo(f"the keyring has no key for {endpoint}", "name its address with --api-url")
    talk.say(f"removed the key for {endpoint} from the keyring")
    if found := keys.from_environment():
        talk.warn(f"{found.origin} is still set, and will be used")
    return errors.OK


def _read(from_stdin: bool, endpoint: str) -> Secret:
    if from_stdin or not sys.stdin.isatty():
        text = sys.stdin.buffer.read(_LONGEST).decode("utf-8", "replace")
    else:
        text = click.prompt(
            f"API key for {endpoint}", hide_input=True, err=True, default="", show_default=False
        )
    if not (key := text.strip()):
        raise errors.UsageError("no key was given", "copy it from the dashboard of Twelve Labs")
    return Secret(key)


def _try(client: Client) -> None:
    from s3transfer_tl import twelvelabs

    with contextlib.suppress(twelvelabs.RateLimited):  # the key is known, and told to wait
        client.greet()


def _write(form: str, endpoint: str, key: keys.Key, verified: bool | None) -> None:
    if form == "text":
        said = {True: "taken by the platform", False: "refused by the platform", None: "not verified"}[
            verified
        ]
        streams.line(printable(f"{endpoint}: {key.masked} from {key.origin}, {said}"))
        return
    document = {
        "format_version": 1,
        "api_url": endpoint,
        "origin": key.origin,
        "masked": key.masked,
        "verified": verified,
    }
    streams.document(json.dumps(document, ensure_ascii=False, indent=2 if form == "json" else None))
