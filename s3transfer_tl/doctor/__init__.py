"""Everything that can be wrong before a run, looked at side by side, each with how to mend it (floor 4).

A file is a family of checks. They judge what they are given; who is asked, and for how long, stands in
``visit``. Nothing is written, to S3, to the platform or to the ledger.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from s3transfer_tl.doctor import aws, bucket, clock, ledger, machine, network, packages, platform, settings
from s3transfer_tl.doctor.check import STATUSES, Check, Family, Meaning, Status
from s3transfer_tl.doctor.platform import Key
from s3transfer_tl.doctor.running import Once, started, until
from s3transfer_tl.doctor.scrub import scrubber
from s3transfer_tl.doctor.settings import Decided
from s3transfer_tl.errors import ConfigError, TransferError
from s3transfer_tl.model import Config, S3Settings, Secret
from s3transfer_tl.sources import identity

__all__ = ["FAMILIES", "STATUSES", "Check", "Decided", "Key", "Meaning", "Status", "World", "visit"]

WITHIN = 10.0  # seconds for all of it
REQUEST = 3.0  # seconds to connect, and to hear something
FAMILIES: Mapping[str, tuple[Meaning, ...]] = {
    "installation": packages.MEANINGS,
    "machine": (*machine.MEANINGS, *network.MEANINGS, clock.MEANING),
    "config": settings.MEANINGS,
    "AWS": (*aws.MEANINGS, *bucket.MEANINGS),
    "platform": platform.MEANINGS,
    "ledger": ledger.MEANINGS,
}


@dataclass(frozen=True, slots=True)
class World:
    """What is to be looked at. ``places`` are the buckets with their prefixes; ``key`` is asked for once, as
    a keyring may take its time; ``folders`` are where files will go, by what they are for."""

    s3: S3Settings
    api_url: str
    version: str
    key: Callable[[], Key]
    ledger: Path
    environ: Mapping[str, str]
    scripts: Sequence[str] = ()
    encoding: str = "utf-8"
    folders: Mapping[str, Path] | None = None
    config: Config | ConfigError | None = None
    decided: Decided = None
    places: Sequence[tuple[str, str]] = ()


def visit(world: World, *, within: float = WITHIN, seconds: float = REQUEST) -> Iterator[tuple[str, Check]]:
    """Yield each check with its family's name, in a fixed order, as soon as those before it are told.

    All families look at once; what has not answered after ``within`` seconds is told as such. Secrets
    are taken out of every text.
    """
    credentials = Once(functools.partial(identity.credentials, world.s3))
    key = Once(world.key)
    families = list(_families(world, credentials, key, seconds))
    ends = time.monotonic() + within
    for family, told in [(family, started(family)) for family in families]:
        for check in until(family, told, ends):
            clean = scrubber(_secrets(credentials, key), world.environ)
            yield family.name, check._replace(message=clean(check.message), hint=clean(check.hint))


def _families(
    world: World, credentials: Once[identity.Credentials], key: Once[Key], seconds: float
) -> Iterator[Family]:
    """Yield what looks at what, in the order in which it is told."""
    config = world.config if isinstance(world.config, Config) else None
    s3, asks = world.s3, functools.partial
    ways = {"S3": s3.endpoint_url or "https://s3.amazonaws.com", "the platform": world.api_url}

    def installation() -> Iterator[Check]:
        return packages.look(packages.installed(world.scripts))

    def of_platform() -> Iterator[Check]:
        return platform.look(world.api_url, world.version, key(), index_ids(config), seconds=seconds)

    def signing() -> identity.Credentials | None:
        try:
            return credentials() if credentials().method else None
        except TransferError:
            return None

    yield Family("installation", tuple(one.name for one in packages.MEANINGS), installation)
    yield Family(
        "machine",
        tuple(one.name for one in machine.MEANINGS),
        asks(machine.look, world.folders or {}, world.encoding),
    )
    yield Family("machine", ("proxy", "certificates"), asks(network.look, ways, world.environ, s3.verify))
    yield Family("config", settings.NAMES, asks(settings.look, world.config, world.decided))
    yield Family(
        "AWS", aws.NAMES, asks(aws.look, credentials, s3, now=time.time, seconds=seconds), remote=True
    )
    for name, prefix in world.places:
        look = asks(bucket.look, name, prefix, s3, credentials=signing, now=time.time, seconds=seconds)
        yield Family("AWS", bucket.NAMES, look, remote=True)
    if not world.places:
        yield Family("AWS", ("bucket",), _no_bucket)
    yield Family("platform", platform.NAMES, of_platform, remote=True)
    yield Family("ledger", ledger.NAMES, asks(ledger.look, world.ledger))


def index_ids(config: Config | None) -> list[str]:
    """Return the ids of the indexes that a config names, each once."""
    if config is None:
        return []
    named = [config.index_id, *(rule.index_id for rule in config.rules)]
    return list(dict.fromkeys(one for one in named if one))


def _secrets(credentials: Once[identity.Credentials], key: Once[Key]) -> list[Secret]:
    found, held = credentials.known, key.known
    return [*(found.secrets if found else ()), *([held.secret] if held and held.secret else [])]


def _no_bucket() -> Iterator[Check]:
    yield Check(
        "bucket", "skipped", "none named", "s3transfer-tl doctor s3://BUCKET/PREFIX, or -c transfer.yaml"
    )
