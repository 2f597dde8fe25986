"""Option stacks that commands share, and the settings that they add up to."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from s3transfer_tl.api import settings as api
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import PlatformSettings, S3Settings, Secret, Severity

Command = Callable[..., Any]


class Number(click.FloatRange):
    """A range of numbers without the two that Python reads and nobody can count to: nan, inf."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; fail for one that is none, is out of the range or has no end."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no number to count with.", param, ctx)
        return number


def common(function: Command) -> Command:
    """Add ``--progress``, ``--quiet`` and ``--debug``, and pass the command's ``talk`` as first argument."""

    @click.option(
        "--progress/--no-progress",
        default=None,
        help="Tell how far it is; in a log, where each step begins. [default: a line in 10 s]",
    )
    @click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors.")
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @click.pass_obj
    @functools.wraps(function)
    def command(talk: Talk, /, progress: bool | None, quiet: bool, debug: bool, **options: Any) -> Any:
        talk.progress, talk.quiet, talk.debug = progress, quiet, debug
        return function(talk, **options)

    return command


def fail_on(function: Command) -> Command:
    """Add ``--fail-on``; pass it as ``fail_on`` (Severity, or None for never)."""

    @click.option(
        "--fail-on",
        "level",
        type=click.Choice(["error", "warning", "info", "never"]),
        default="error",
        show_default=True,
        help="Exit 1 where a finding is at least this bad.",
    )
    @functools.wraps(function)
    def command(*args: Any, level: str, **options: Any) -> Any:
        return function(*args, fail_on=None if level == "never" else Severity(level), **options)

    return command


def looks(flag: str) -> Callable[[Command], Command]:
    """Return a decorator that adds ``--poll-interval`` and ``--time-limit``, which go with ``flag``."""

    def decorate(function: Command) -> Command:
        limit = click.option(
            "--time-limit",
            type=Number(0),
            metavar="S",
            help=f"With {flag}: stop following after S seconds.",
        )
        interval = click.option(
            "--poll-interval",
            type=Number(0.05),
            default=5.0,
            show_default=True,
            metavar="S",
            help="Seconds between two looks at the platform.",
        )
        return interval(limit(function))

    return decorate


def s3(function: Command) -> Command:
    """Add the options that reach S3, spelled as in the AWS CLI; pass them as ``s3`` (S3Settings)."""

    @click.option("--profile", help="AWS profile.")
    @click.option("--region", help="AWS region.")
    @click.option("--endpoint-url", metavar="URL", help="An S3-compatible endpoint instead of AWS.")
    @click.option("--no-sign-request", is_flag=True, help="List and read anonymously.")
    @click.option("--request-payer", type=click.Choice(["requester"]), help="Pay for the requests.")
    @click.option("--ca-bundle", metavar="FILE", help="CA certificates to trust.")
    @click.option("--no-verify-ssl", is_flag=True, help="Trust any certificate.")
    @click.option(
        "--list-concurrency",
        type=click.IntRange(1, 512),
        default=S3Settings().list_concurrency,
        show_default=True,
        metavar="N",
        help="LIST requests in flight.",
    )
    @click.option(
        "--assume-byte-order",
        is_flag=True,
        help="This endpoint lists in UTF-8 byte order: split flat prefixes too.",
    )
    @functools.wraps(function)
    def command(
        *args: Any,
        profile: str | None,
        region: str | None,
        endpoint_url: str | None,
        no_sign_request: bool,
        request_payer: str | None,
        ca_bundle: str | None,
        no_verify_ssl: bool,
        list_concurrency: int,
        assume_byte_order: bool,
        **options: Any,
    ) -> Any:
        found = api.s3(
            profile=profile,
            region=region,
            endpoint_url=endpoint_url,
            no_sign_request=no_sign_request,
            request_payer=request_payer,
            ca_bundle=ca_bundle,
            no_verify_ssl=no_verify_ssl,
            list_concurrency=list_concurrency,
            assume_byte_order=assume_byte_order,
        )
        return function(*args, s3=found, **options)

    return command


def platform_with(*flags: str) -> Callable[[Command], Command]:
    """Add ``--api-url`` and ``--api-version``; where one of the options ``flags`` is given, pass them with
    the key from the environment as ``platform`` (PlatformSettings), otherwise None. A missing key is a
    UsageError."""
    return lambda function: _platform(
        function,
        lambda options, url, version: (
            PlatformSettings(url, version, api_key(url)) if any(options[flag] for flag in flags) else None
        ),
    )


def platform_keyless_with(flag: str) -> Callable[[Command], Command]:
    """As ``platform_with``, the other way round: where ``flag`` is given nobody is asked, so no key is
    wanted, and one that is none passed."""
    return lambda function: _platform(
        function,
        lambda options, url, version: PlatformSettings(
            url, version, Secret("unused") if options[flag] else api_key(url)
        ),
    )


def platform_unless(*flags: str) -> Callable[[Command], Command]:
    """As ``platform_with``, but None where one of the options ``flags`` is given."""
    return lambda function: _platform(
        function,
        lambda options, url, version: (
            None if any(options[flag] for flag in flags) else PlatformSettings(url, version, api_key(url))
        ),
    )


def address(function: Command) -> Command:
    """Add ``--api-url`` and ``--api-version`` alone, passed as ``platform``, a pair; no key is looked for."""
    return _platform(function, lambda _, url, version: (url, version))


def ledger(function: Command) -> Command:
    """Add ``--ledger``, passed as ``ledger`` (Path or None for the default place)."""
    return click.option(
        "--ledger",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="The ledger. [default: ledger.sqlite3 in the user's state folder]",
    )(function)


def index_id(function: Command) -> Command:
    """Add ``--index-id``, which may be repeated, passed as ``index_ids``."""
    return click.option("--index-id", "index_ids", multiple=True, metavar="ID", help="Only for this index.")(
        function
    )


def _form(*forms: str) -> Callable[[Command], Command]:
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default="text",
        show_default=True,
        help="What standard output holds.",
    )


def form(function: Command) -> Command:
    """Add ``--format``, passed as ``form``."""
    return _form("text", "json", "jsonl")(function)


def text_or_json(function: Command) -> Command:
    """Add ``--format`` where there is no list to print line by line; passed as ``form``."""
    return _form("text", "json")(function)


def _platform(
    function: Command,
    settings: Callable[[dict[str, Any], str, str], PlatformSettings | tuple[str, str] | None],
) -> Command:
    @click.option(
        "--api-url",
        metavar="URL",
        envvar="TWELVELABS_BASE_URL",
        default="https://api.twelvelabs.io",
        show_default=True,
        help="The platform. [env: TWELVELABS_BASE_URL]",
    )
    @click.option(
        "--api-version",
        default="v1.2",
        show_default=True,
        metavar="VERSION",
        help="API version, v1.1 to v1.2.",
    )
    @functools.wraps(function)
    def command(*args: Any, api_url: str, api_version: str, **options: Any) -> Any:
        found = settings(options, api_url, api_version)
        return function(*args, platform=found, **options)

    return command


def api_key(api_url: str) -> Secret:
    """Return the platform key from TWELVE_LABS_API_KEY, TWELVELABS_API_KEY or the keyring.

    Raises ``UsageError`` where none of them has it. Never an option: argv is public.
    """
    from s3transfer_tl.cli import keys

    said = ""
    try:
        if key := keys.find(api_url):
            return key.secret
    except UsageError as error:
        said = f": TWELVE_LABS_API_KEY is not set, and {error.message}"
    raise UsageError(
        f"no API key{said}",
        "run `s3transfer-tl auth login`, or set TWELVE_LABS_API_KEY to the key from your Twelve Labs"
        " dashboard; it is never an option",
    )
