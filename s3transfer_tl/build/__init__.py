"""The main job as a flow (floor 4): list, match, check access, emit, judge.

Edges arrive as arguments; events leave as values; nothing is printed. The old manifest stays as it
was until the new one is complete, judged and on disk.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

from s3transfer_tl import matching
from s3transfer_tl.build import listings, plan
from s3transfer_tl.build import output as outputs
from s3transfer_tl.build.judgement import judge
from s3transfer_tl.build.listings import Listed, OpenSource
from s3transfer_tl.build.outcome import LIST_KINDS, SHOWN, Outcome
from s3transfer_tl.build.since import Since
from s3transfer_tl.errors import ConfigError, NothingToDo, PolicyError
from s3transfer_tl.model import AccessVerdict, Ambiguity, Config, Review
from s3transfer_tl.report.text import counted

__all__ = ["LIST_KINDS", "Built", "Checked", "Event", "Listed", "Since", "Target", "Working", "run"]

CheckAccess = Callable[[Iterable[str]], Iterator[AccessVerdict]]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a build goes: ``path``, or ``stream`` where that is None. ``report_form`` (json, jsonl)
    writes the report to ``stream`` besides, ``list_kind`` plain lines of one kind of outcome."""

    path: Path | None
    stream: BinaryIO
    max_entries: int | None = None
    dry_run: bool = False
    report_form: str | None = None
    list_kind: str | None = None


class Working(NamedTuple):
    """What is begun that tells nothing more until it is done: ``what``, to how many of what."""

    what: Literal["pairing", "writing", "judging"]
    number: int
    many: str


class Checked(NamedTuple):
    """How many transcriptions have an access verdict, out of how many; one event each."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to: the last event."""

    parts: tuple[outputs.Part, ...]
    report: Path | None
    review: Review
    summary: dict[str, Any]  # the report's own
    rules: tuple[matching.RuleCount, ...]
    unmatched: tuple[str, ...]  # the first few
    ambiguities: tuple[Ambiguity, ...]  # the first few
    stale: tuple[Path, ...]  # parts of an earlier, larger split that are still there


Event = Listed | Working | Checked | Built


def run(
    config: Config,
    *,
    open_source: OpenSource,
    check_access: CheckAccess,
    target: Target,
    since: Since | None = None,
) -> Iterator[Event]:
    """Build the manifest that ``config`` describes, without the entries that ``since`` holds.

    Raises ``ConfigError`` (a bad pattern, an entry without index or language), ``NothingToDo`` (no
    video listed, no entry left, nothing new), ``PolicyError`` (a ``fail`` policy), ``OutputError`` (the
    disk), and whatever the edges raise. In each of these cases the old manifest stays as it was.
    """
    rules, decided = plan.rules(config), plan.decided(config)
    path = None if target.dry_run else target.path
    outputs.check(path, _inputs(config))
    with tempfile.TemporaryDirectory(prefix="s3transfer-tl-") as folder, outputs.clean_up(path):
        work = Path(folder)
        videos, transcriptions, listed = yield from listings.both(
            config, open_source, work, plan.pushed(config, rules, decided)
        )
        yield Working("pairing", sum(one.keys for one in listed), "objects")
        with matching.match(videos, transcriptions, rules, config, work_dir=work, decided=decided) as matched:
            outcome = Outcome(matched, listed, since, plan.decisions_file(config))
            _refuse_emptiness(config, outcome)
            _refuse_by_policy(config, outcome, target)
            _refuse_lacking(config, matched)
            if config.access == "each":
                yield from _check(outcome, check_access)
            yield Working("writing", matched.counts.paired, "pairs")
            parts = outputs.write_parts(matched.written(), path, target.max_entries, work)
            if not parts:
                _tell(outcome, [], target)
                raise _no_entry(outcome, videos.root, (transcriptions or videos).root)
            yield Working("judging", sum(part.entries for part in parts), "entries")
            review, report = _judged_and_reported(
                partial(judge, config, rules, videos.root, outcome, parts),
                partial(_report, outcome, parts, target),
                matched,
            )
            _deliver(outcome, parts, target, report)
            built = Built(
                parts=tuple(parts),
                report=path and outputs.report_path(path),
                review=review,
                summary=outcome.summary(),
                rules=tuple(matched.rules()),
                unmatched=tuple(islice(matched.unmatched(), SHOWN)),
                ambiguities=outcome.first_ambiguities(),
                stale=tuple(outputs.stale_parts(path, len(parts))) if path and target.max_entries else (),
            )
    yield built


def _no_entry(outcome: Outcome, video_root: str, transcription_root: str) -> NothingToDo:
    if outcome.since and outcome.left_out:
        known = counted(outcome.left_out, "entry", "entries")
        return NothingToDo(
            f"nothing new: {known} built, every one in {outcome.since.name} already",
            "leave --since out to build them all",
        )
    videos = counted(outcome.matched.counts.videos, "video")
    hint = "ask why with s3transfer-tl explain KEY, or set `policy.unmatched_video: include`"
    return NothingToDo(
        f"{videos} listed, but no entry is left: none could be paired",
        _of_other_roots(video_root, transcription_root) or hint,
    )


def _of_other_roots(video_root: str, transcription_root: str) -> str | None:
    """Return what to write where one side's keys are whole and the other's relative to a prefix: names
    that look alike are not."""
    roots = {"videos": video_root, "transcriptions": transcription_root}
    named = [(side, root) for side, root in roots.items() if root]
    if len(named) != 1:
        return None
    ((side, root),) = named
    bucket, _, prefix = root[5:].partition("/")
    if not prefix:
        return None
    other = "transcriptions" if side == "videos" else "videos"
    return (
        f"the keys of the {side} are relative to {root}, those of the {other} are whole, so none agree: write"
        f" `source: s3://{bucket}/` and `include: [{json.dumps(prefix + '**')}]` under `{side}:`"
    )


def _inputs(config: Config) -> Iterator[Path]:
    """Yield the files that this build reads and so must not write."""
    here = Path(config.path)
    yield here
    if path := plan.decisions_file(config):
        yield path
    for side in (config.videos, config.transcriptions):
        if side is not None and "://" not in side.source:
            yield here.parent / side.source


def _refuse_emptiness(config: Config, outcome: Outcome) -> None:
    if outcome.matched.counts.videos:
        return
    keys, source = outcome.listed[0].keys, config.videos.source
    if not keys and (prefixes := outcome.listed[0].prefixes):
        raise NothingToDo(
            f"nothing is listed under {', '.join(prefixes)}",
            "that is where `include` and the naming rules begin: they are compared letter by letter",
        )
    if not keys:
        raise NothingToDo(
            f"nothing is listed under {source}", "check the bucket, the prefix and its trailing slash"
        )
    raise NothingToDo(
        f"no video among the {counted(keys, 'object')} of {source}",
        "check `source`, `include` and `exclude` under `videos:`",
    )


def _refuse_by_policy(config: Config, outcome: Outcome, target: Target) -> None:
    """Raise ``PolicyError`` where a ``fail`` policy applies; the report is written, the manifest not."""
    counts = outcome.matched.counts
    if config.ambiguous == "fail" and counts.ambiguous:
        what, count, hint = (
            f"{counted(counts.ambiguous, 'video is', 'videos are')} ambiguous,"
            " and `policy.ambiguous` is fail",
            counts.ambiguous,
            "decide with s3transfer-tl review, prefer a language or a format, narrow a naming rule, or set"
            " `policy.ambiguous` to omit or first",
        )
        lines = [f"{one.object}: {', '.join(one.candidates)}" for one in outcome.first_ambiguities()]
    elif config.unmatched_video == "fail" and counts.unmatched_videos:
        what, count, hint = (
            f"{counted(counts.unmatched_videos, 'video has', 'videos have')} no transcription, and"
            " `policy.unmatched_video` is fail",
            counts.unmatched_videos,
            "add a naming rule, or set `policy.unmatched_video` to omit or include",
        )
        lines = list(islice(outcome.matched.unmatched(), SHOWN))
    else:
        return
    _deliver(outcome, [], target, _report(outcome, [], target))
    more = [f"and {count - SHOWN:,} more"] if count > SHOWN else []
    raise PolicyError("\n  ".join([what, *lines, *more]), hint)


def _check(outcome: Outcome, check_access: CheckAccess) -> Iterator[Event]:
    """Judge every transcription of a new pair, anonymously."""
    total = outcome.matched.counts.paired
    for done in outcome.note_access(check_access(outcome.matched.unchecked())):
        yield Checked(done, total)


def _refuse_lacking(config: Config, matched: matching.Matching) -> None:
    """Raise ``ConfigError`` where an entry would have no index or no language."""
    if config.index_id is not None and config.language is not None:
        return
    if lacking := matched.lacking():
        uri, is_index = lacking
        if is_index:
            raise ConfigError(f"no index for {uri}", f"add `index_id:` to {config.path} or to the rule")
        hint = f"add `language:` to {config.path}: it is used when the key does not tell"
        raise ConfigError(f"no language for {uri}", hint)


def _judged_and_reported(
    judged: Callable[[], Review], reported: Callable[[], Path | None], matched: matching.Matching
) -> tuple[Review, Path | None]:
    """Do both at once: SQL, which does most of the report, leaves Python to the linter."""
    with ThreadPoolExecutor(1) as pool:
        report = pool.submit(reported)
        try:
            return judged(), report.result()
        except BaseException:  # a signal too: the report is not waited for
            matched.stop()
            raise


def _report(outcome: Outcome, parts: list[outputs.Part], target: Target) -> Path | None:
    """Write the report beside its final place, where it has one."""
    if target.dry_run or target.path is None:
        return None
    place = outputs.report_path(target.path)
    return outputs.write_beside(place, lambda fp: outcome.write_report(fp, parts))


def _deliver(outcome: Outcome, parts: list[outputs.Part], target: Target, report: Path | None) -> None:
    """Rename the parts and the ``report`` into place, or copy the one part to the stream."""
    if target.dry_run:
        pass
    elif target.path is None:
        for part in parts:
            with part.temporary.open("rb") as fp:
                shutil.copyfileobj(fp, target.stream)
    elif report is not None:
        written = [(part.temporary, part.final) for part in parts if part.final]
        outputs.put_in_place([*written, (report, outputs.report_path(target.path))])
    _tell(outcome, parts, target)


def _tell(outcome: Outcome, parts: list[outputs.Part], target: Target) -> None:
    """Write to the stream what was asked for besides."""
    if target.report_form:
        outcome.write_report(target.stream, parts, target.report_form)
    if target.list_kind:
        outcome.write_list(target.stream, target.list_kind)
    target.stream.flush()
