"""The platform: a key, whether it is taken, the version that answers, and the indexes of the config."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from s3transfer_tl import twelvelabs
from s3transfer_tl.doctor import clock
from s3transfer_tl.doctor.check import Check, Meaning, error, ok, skipped, warning
from s3transfer_tl.errors import PlatformError, TransferError, UsageError
from s3transfer_tl.model import PlatformSettings, Secret

MEANINGS = (
    Meaning(
        "api-key",
        "Is there a key, and where does it come from: the environment, then the keyring?",
        "`s3transfer-tl auth login`, or `export TWELVE_LABS_API_KEY=...`",
    ),
    Meaning(
        "platform",
        "Does the platform answer, and take the key? One GET for one index.",
        "a new key from the dashboard; `--api-url`, the network, the proxy",
    ),
    Meaning(
        "api-version",
        "Which version answers, and does it take transcriptions? v1.1 to v1.2 do, v1.3 does not.",
        "`--api-version v1.2`",
    ),
    Meaning(
        "index",
        "Is each index that the config names there, and does it read speech (option `conversation`)?",
        "correct `index_id`, or use a key of the account that owns the index",
    ),
)
NAMES = ("api-key", "platform", "api-version", "clock", "index")
_SHORT = 8  # characters: no key is so short


@dataclass(frozen=True, slots=True)
class Key:
    """The key that was found, from where, and what may be shown of it; or why none could be looked for."""

    secret: Secret | None = None
    origin: str = ""
    masked: str = ""
    trouble: TransferError | None = None


def look(
    api_url: str, version: str, key: Key, index_ids: Sequence[str], *, seconds: float
) -> Iterator[Check]:
    """Yield the checks of the platform; ``index_ids`` are the config's."""
    yield held(key)
    told = _told_of(version)
    if key.secret is None:
        yield skipped("platform", "not asked: there is no key")
        yield told or skipped("api-version", "not asked: there is no key")
        yield skipped("clock", "the platform was not asked")
        yield skipped("index", "not asked: there is no key")
        return
    settings = PlatformSettings(api_url, "v1.2" if told else version, key.secret)
    try:
        client = twelvelabs.Client(settings, timeout=(seconds, seconds), retries=0, sleep=_never)
    except UsageError as trouble:
        yield error("platform", trouble.message, trouble.hint)
        for name in NAMES[2:]:
            yield skipped(name, "the platform was not asked")
        return
    with client:
        yield from _asked(client, index_ids, told, api_url)


def held(key: Key) -> Check:
    """Judge a key by its looks."""
    if key.trouble:
        return error("api-key", f"none in the environment, and {key.trouble.message}", key.trouble.hint)
    if key.secret is None:
        return error(
            "api-key",
            "none in TWELVE_LABS_API_KEY, TWELVELABS_API_KEY or the keyring",
            "copy it from the dashboard of Twelve Labs into `s3transfer-tl auth login`, or set"
            " TWELVE_LABS_API_KEY",
        )
    text, message = key.secret.reveal(), f"{key.masked} from {key.origin}"
    if text[0] in "\"'" or text[-1] in "\"'":
        return warning("api-key", f"{message}: it has quotes around it", "leave the quotes out")
    if len(text) < _SHORT:
        return warning("api-key", f"{message}: very short for a key", "copy it whole from the dashboard")
    return ok("api-key", message)


def _told_of(version: str) -> Check | None:
    """Return the complaint about a version that takes no transcriptions; None for all others."""
    known = twelvelabs.VERSIONS.get(version)
    if known is None or known.transcriptions:
        return None
    return error(
        "api-version",
        f"{version} takes no transcriptions: POST /tasks/transfers ended with v1.2",
        "use --api-version v1.2; v1.3 documents no way to give a transcription",
    )


def _asked(
    client: twelvelabs.Client, index_ids: Sequence[str], told: Check | None, api_url: str
) -> Iterator[Check]:
    try:
        client.greet()
    except twelvelabs.RateLimited as busy:
        yield warning("platform", busy.message, "the key is known, and has to wait")
    except PlatformError as trouble:
        yield error("platform", trouble.message, trouble.hint, remote=True)
        yield told or skipped("api-version", "no version answered for this key")
        yield clock.judge("the platform", client.skew or None)
        yield skipped("index", "not asked: the platform does not take the key, or gave no answer")
        return
    else:
        yield ok("platform", f"{client.endpoint} takes the key")
    yield told or _version(client)
    yield clock.judge("the platform", client.skew or None)  # exactly 0: no Date was told
    if not index_ids:
        yield skipped("index", "no config names one")
    yield from (_index(client, one) for one in index_ids)


def _version(client: twelvelabs.Client) -> Check:
    answered = client.answered
    if answered is None:
        return ok("api-version", f"{client.version} was asked for; the answer names none")
    if answered.lstrip("v") != client.version.lstrip("v"):
        return warning(
            "api-version",
            f"{client.version} was asked for, {answered} answered",
            "transcriptions are taken by v1.1 to v1.2 only; ask Twelve Labs whether your account has them",
        )
    return ok("api-version", f"{client.version} answers, and takes transcriptions")


def _index(client: twelvelabs.Client, index_id: str) -> Check:
    try:
        index = client.index(index_id)
    except PlatformError as trouble:
        if twelvelabs.unknown_id(trouble):
            return error("index", f"there is no index {index_id} for this key", trouble.hint, remote=True)
        return error("index", trouble.message, trouble.hint, remote=True)
    option = twelvelabs.VERSIONS[client.version].option if client.version in twelvelabs.VERSIONS else ""
    if option and index.options and option not in index.options:
        return warning(
            "index",
            f"{index_id} does not read speech (no option {option}): transcriptions are of no use there",
            "choose an index that has the option; it cannot be changed later",
        )
    return ok("index", f"{index_id} is there")


def _never(seconds: float) -> None:
    raise PlatformError(
        f"the platform asks to wait {seconds:,.0f} s (429)", "wait, then run doctor again", status=429
    )
