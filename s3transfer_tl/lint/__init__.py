"""The linter (floor 2): rules, each declared once, and the review of a manifest by them.

Rules are pure: they see an entry, what the first pass knows of the file, and the facts that the
caller gives. A rule that lacks its facts is listed as not run, so that a clean review cannot hide
an unchecked part.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO, cast

from s3transfer_tl.errors import ConfigError
from s3transfer_tl.lint import found, pages, pool, registry, stored, subtitles
from s3transfer_tl.lint.baseline import Baseline
from s3transfer_tl.lint.control import Control
from s3transfer_tl.lint.pages import page
from s3transfer_tl.lint.registry import RULES, codes, rule
from s3transfer_tl.lint.review import ManifestReview
from s3transfer_tl.lint.rules import Facts, Rule
from s3transfer_tl.model import Config, Finding, NotRun, ObjectState, Review, Severity

__all__ = [
    "RULES",
    "Baseline",
    "Control",
    "Facts",
    "Rule",
    "codes",
    "complaints",
    "configuration",
    "doubted",
    "file",
    "index",
    "is_config",
    "is_transcription",
    "manifest",
    "merge",
    "page",
    "require_sound",
    "rule",
    "transcription",
    "transcriptions",
]

_IN_MEMORY = 16 << 20  # bytes of a pipe that are kept in memory before they go to disk


def index() -> str:
    """Return all rules as a Markdown table, by code."""
    return pages.index(RULES)


def manifest(
    fp: BinaryIO,
    file: str,
    *,
    facts: Facts = Facts(),  # noqa: B008  # frozen
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Review:
    """Review the manifest in ``fp``, from its first byte on; ``file`` is what findings call it.

    Never raises on any content. ``fp`` is read twice: a pipe is copied first (to disk, if it is
    long). ``select`` and ``ignore`` are as for ``codes``; findings that they hide are counted as
    suppressed.
    """
    wanted = codes(select, ignore)
    if fp.seekable():
        return _manifest(fp, file, facts, wanted)
    import shutil  # 5 ms, with the next
    import tempfile

    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
        shutil.copyfileobj(fp, copy)
        return _manifest(cast(BinaryIO, copy), file, facts, wanted)


def _manifest(fp: BinaryIO, file: str, facts: Facts, wanted: frozenset[str]) -> Review:
    judging = tuple(rule for rule in registry.JUDGING if rule.default or rule.code in wanted)
    run = ManifestReview(fp, file, judging, facts, registry.SCANS, wanted)
    lacking = [
        NotRun(rule.code, rule.needs or str(rule.fact))
        for rule in sorted(registry.JUDGING, key=lambda rule: rule.code)
        if not facts.hold(rule.fact)
    ]
    return _review(run.findings(), wanted, run.entries, [item for item in lacking if item.code in wanted])


def transcription(
    data: bytes, file: str, *, select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> Review:
    """Review the subtitle file ``data``; its name's end, .srt or .vtt, says what it must be.

    Never raises on any content. Raises ``ValueError`` for another name.
    """
    kind = subtitles.kind(file)
    if kind is None:
        raise ValueError(f"{file} is neither .srt nor .vtt")
    wanted = codes(select, ignore)
    return _review(subtitles.findings(data, kind, file, wanted), wanted)


def transcriptions(
    names: Sequence[str],
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    processes: int | None = None,
) -> Iterator[Review | None]:
    """Yield ``transcription``'s review of each of the files ``names``, in their order, judged by as many
    ``processes`` as there are cores; None for a file that cannot be read.

    Raises ``ValueError`` as ``transcription`` does.
    """
    judge = functools.partial(transcription, select=tuple(select), ignore=tuple(ignore))
    return pool.reviews(names, judge, processes)


def configuration(
    data: bytes, file: str, *, select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> Review:
    """Review the config ``data``. Never raises on any content."""
    from s3transfer_tl.lint import configs  # with YAML and RE2: only who lints a config pays for them

    return _review(configs.findings(data, file), codes(select, ignore))


def complaints(config: Config) -> list[Finding]:
    """Return what a config that parses still has wrong, in the file's order."""
    from s3transfer_tl.lint import configs

    return configs.complaints(config)


def require_sound(config: Config) -> None:
    """Raise ``ConfigError`` with every complaint that keeps ``config`` from being used."""
    fatal = [
        one for one in complaints(config) if one.severity is Severity.ERROR and one.code.startswith("TL8")
    ]
    if fatal:
        raise ConfigError(f"{config.path} cannot be used", "mend the lines above and run again", fatal)


def doubted(state: ObjectState, field: str) -> bool:
    """Tell whether a rule complains of what S3 says of an object, which an entry has in ``field``: only
    such need be among the ``Facts``."""
    return stored.doubted(state, field)


def is_config(file: str) -> bool:
    """Tell whether ``file`` has a config's name."""
    return file.lower().endswith((".yaml", ".yml"))


def is_transcription(file: str) -> bool:
    """Tell whether ``file`` has a subtitle file's name."""
    return subtitles.kind(file) is not None


def file(
    fp: BinaryIO,
    name: str,
    *,
    facts: Facts = Facts(),  # noqa: B008  # frozen
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Review:
    """Review ``fp`` as what ``name`` says it is: subtitles, a config, or else a manifest."""
    if is_config(name):
        return configuration(fp.read(), name, select=select, ignore=ignore)
    if is_transcription(name):
        return transcription(fp.read(), name, select=select, ignore=ignore)
    return manifest(fp, name, facts=facts, select=select, ignore=ignore)


def _review(
    findings: Iterable[Finding], wanted: frozenset[str], entries: int = 0, not_run: Iterable[NotRun] = ()
) -> Review:
    suppressed = 0

    def told() -> Iterator[Finding]:
        nonlocal suppressed
        for finding in findings:
            if finding.code in wanted:
                yield finding
            else:
                suppressed += registry.BY_CODE[finding.code].default

    gathered = found.gather([told()])
    return Review(gathered, 1, entries, suppressed, tuple(not_run))


def merge(reviews: Iterable[Review]) -> Review:
    """Return one review of several files."""
    parts: list[Review] = []

    def findings() -> Iterator[Iterable[Finding]]:
        for part in reviews:
            parts.append(replace(part, findings=()))
            yield part.findings

    return Review(
        findings=found.gather(findings()),
        files=sum(part.files for part in parts),
        entries=sum(part.entries for part in parts),
        suppressed=sum(part.suppressed for part in parts),
        not_run=tuple(Counter(item for part in parts for item in part.not_run)),
    )
