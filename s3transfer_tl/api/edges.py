"""Flows with their edges, as the command line and the Python API both run them."""

from __future__ import annotations

import contextlib
import functools
import io
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from s3transfer_tl import errors
from s3transfer_tl.errors import S3Error, UsageError
from s3transfer_tl.model import Config, S3Settings

if TYPE_CHECKING:
    from s3transfer_tl import build, check
    from s3transfer_tl.access import Survey
    from s3transfer_tl.build import Since, Target
    from s3transfer_tl.build.listings import OpenSource, Side
    from s3transfer_tl.follow import Pace
    from s3transfer_tl.ledger import Event, Ledger
    from s3transfer_tl.lint import Control
    from s3transfer_tl.lint.limits import Engine, Platform
    from s3transfer_tl.sources import Source
    from s3transfer_tl.submit import Plan, Portion, SeeThrough, Tell
    from s3transfer_tl.twelvelabs import Client

_Told = TypeVar("_Told")


def open_source(config: Config, s3: S3Settings) -> OpenSource:
    """Return what opens a source of ``config``: a relative path starts at the config's folder."""
    from s3transfer_tl import sources

    sides = {"videos": config.videos, "transcriptions": config.transcriptions or config.videos}

    def opened(spec: str, role: Side) -> Source:
        base = Path(config.path).parent
        return sources.open(spec, role=role, s3=s3, base=base, stdin=_stdin(), root=sides[role].root)

    return opened


def _stdin() -> BinaryIO:
    # under a notebook or a service there may be none with bytes; then nothing is in it
    found: BinaryIO = getattr(sys.stdin, "buffer", None) or io.BytesIO()
    return found


def built(config: Config, s3: S3Settings, target: Target, since: Since | None) -> Iterator[build.Event]:
    """Run a build. Raises what ``build.run`` does."""
    from s3transfer_tl import access, build

    return build.run(
        config,
        open_source=open_source(config, s3),
        check_access=lambda uris: access.explain(access.check(uris, s3=s3), s3=s3),
        target=target,
        since=since,
    )


def checked(
    fp: BinaryIO,
    file: str,
    *,
    control: Control,
    s3: S3Settings,
    report: Path | None = None,
    videos: Platform | None = None,
) -> Iterator[check.Event]:
    """Check the manifest in ``fp``, which is called ``file``. ``report`` is the build's, by default the one
    beside ``file``; ``videos`` is what the headers of videos are judged for, None to read none.

    Raises ``UsageError`` for wrong S3 settings, or where PyAV is not installed, and what ``check.Built``
    raises for the report.
    """
    from s3transfer_tl import access, check, media
    from s3transfer_tl.lint.limits import Platform
    from s3transfer_tl.sources import objects

    if videos:
        media.require()
    beside = report or check.beside(Path(file))
    found = check.Built(beside) if beside and control.counts("TL608") else None
    return check.run(
        fp,
        file,
        control=control,
        check_access=lambda uris: access.Explainer(s3, public=True).explain(access.check(uris, s3=s3)),
        ask=functools.partial(objects.ask, settings=s3, most_body=check.MOST_TRANSCRIPTION),
        built=found,
        probe=functools.partial(media.probe, s3=s3) if videos else None,
        platform=videos or Platform(),
    )


def engine(text: str) -> Engine:
    """Return the engine that ``marengo2.6:visual,conversation`` names; without options they are not known.

    Raises ``UsageError`` for one that is no engine of the platform.
    """
    from s3transfer_tl.lint.limits import Engine

    name, colon, options = text.partition(":")
    found = Engine(name, frozenset(options.split(",")) if colon else None)
    if not (found.is_a("marengo") or found.is_a("pegasus")):
        hint = "write marengo2.6, pegasus1.1 ..."
        raise UsageError(f"{name!r} is neither a Marengo nor a Pegasus", hint)
    return found


def engines_of(manifest: Path, client: Client | None, version: str) -> Platform:
    """Return what the manifest's videos are judged for: the engines of every index in it, none of them where
    there is nobody to ask. Raises ``PlatformError`` for an index that the platform does not know."""
    from s3transfer_tl import submit
    from s3transfer_tl.lint.limits import Engine, Platform

    if client is None:
        return Platform(version)
    ids = sorted({identity.entry.index_id for identity in submit.identities(manifest, client.endpoint)})
    indexes = [submit.check_index(client, index_id, 0, lambda text: None) for index_id in ids]
    engines = [Engine(name, options) for index in indexes for name, options in index.engines]
    return Platform(version, tuple(dict.fromkeys(engines)))


def refuse_undecided(found: check.Checked) -> None:
    """Raise ``S3Error`` where S3 did not tell of every object of a manifest that is to be sent."""
    if found.undecided:
        first = found.undecided[0]
        raise S3Error(
            f"S3 did not tell of {first.first}: {first.trouble.message}; nothing was sent",
            f"{first.trouble.hint}; or send without the check",
        )


def sizes(s3: S3Settings, uris: Iterable[str]) -> Iterator[tuple[str, int | None]]:
    """Yield the size of each object as S3 tells it. Raises ``S3Error`` where it does not."""
    from s3transfer_tl.sources import objects

    for answer in objects.ask(map(objects.Wanted, uris), s3):
        if answer.trouble:
            raise S3Error(f"{answer.wanted.uri}: {answer.trouble.message}", answer.trouble.hint)
        yield answer.wanted.uri, answer.state.size if answer.state else None


def survey(source: str | None, config: Config | None, s3: S3Settings) -> tuple[Survey, Source, str]:
    """Return a survey of the transcriptions of ``source``, or of what ``config`` chooses; the source with
    them; and how the source is spelled. Raises ``UsageError`` where neither is given."""
    from s3transfer_tl import access, sources

    if config is None:
        if source is None:
            raise UsageError("no SOURCE", "name s3://BUCKET/PREFIX, or a config with -c FILE")
        spec, base = source, Path()
    else:
        side = config.transcriptions or config.videos
        spec, base = source or side.source, Path() if source else Path(config.path).parent
    found = sources.open(spec, role="transcriptions", s3=s3, base=base, stdin=_stdin())
    return access.Survey(s3, found.root, chosen=_chooser(config)), found, spec


def _chooser(config: Config | None) -> Callable[[str], bool]:
    """Return the test for URIs that the config's include and exclude choose."""
    from s3transfer_tl import naming

    if config is None or not config.transcriptions:  # the videos' globs choose videos
        return lambda _: True
    side = config.transcriptions
    root = side.root or (side.source if side.source.startswith("s3://") else "")
    matches = naming.globs.matches

    def is_chosen(uri: str) -> bool:
        key = uri.removeprefix(root) if root and uri.startswith(root) else uri[5:].partition("/")[2]
        included = not side.include or any(matches(one, key) for one in side.include)
        return included and not any(matches(one, key) for one in side.exclude)

    return is_chosen


def sent(
    plan: Plan,
    book: Ledger,
    client: Client,
    portion: Portion,
    pace: Pace,
    *,
    wait: bool,
    tell: Tell,
    see_through: SeeThrough = contextlib.nullcontext,
) -> Generator[Iterable[Event], None, None]:
    """Send what is planned, and follow it. Yields and raises what ``submit.moves`` does."""
    from s3transfer_tl import follow, submit

    return submit.moves(
        plan,
        ledger=book,
        client=client,
        follower=follow.Follower(book, client, plan.run, pace=pace, tell=tell),
        portion=portion,
        wait=wait,
        see_through=see_through,
        tell=tell,
    )


def refreshed(book: Ledger, client: Client, tell: Tell) -> Iterator[Event]:
    """Ask the platform once about everything in the ledger, and yield what moved."""
    from s3transfer_tl import follow

    yield from book.recover()
    yield from follow.Follower(book, client, None, tell=tell).look()


def through(
    events: Generator[_Told, None, None],
    show: Callable[[_Told], object],
    *,
    book: Ledger,
    run: int,
    wait: bool,
) -> int:
    """Show the events of a run as they come and return its exit code; the ledger notes how it ended,
    whatever ends it."""
    from s3transfer_tl import submit

    code = errors.REMOTE
    try:
        with contextlib.closing(events):  # so that it stops what is on its way before the ledger closes
            for event in events:
                show(event)
        code = submit.exit_code(book.summary(run), wait=wait)
    except (errors.TransferError, errors.Stopped) as error:
        code = error.exit_code
        raise
    except KeyboardInterrupt:
        code = errors.INTERRUPTED
        raise
    finally:
        book.end(run, code)
    return code


def require_entries(book: Ledger, path: Path, run: int | None) -> None:
    """Raise ``NothingToDo`` for an empty ledger, ``UsageError`` for a run that it does not have, and
    ``LedgerError`` for one that only looks empty."""
    if not book.last_event():
        book.prove()
        raise errors.NothingToDo(f"the ledger {path} is empty", "submit a manifest first")
    if run is not None and not book.has_run(run):
        raise UsageError(f"the ledger {path} has no run {run}", "leave the run out to see every entry")
