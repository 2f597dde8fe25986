"""transfer.yaml -> Config, with file:line:column for every complaint (floor 1)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from s3transfer_tl import document
from s3transfer_tl.document import complaint
from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import BareWord, Config, Finding, LintSpec, Mark, RuleSpec, Severity, SourceSpec

__all__ = ["MAX_BYTES", "complaint", "load", "loads", "parse", "read"]

MAX_BYTES = 1 << 20

_WORDS: tuple[document.Path, ...] = (("access",),)  # where a word that others take for a boolean is meant


def load(path: str | Path, *, only_to_judge: bool = False) -> Config:
    """Read and check the config at ``path``; ``only_to_judge`` takes one with a `lint:` section alone.

    Raises ``ConfigError`` with one finding a complaint (TL801 to TL804), or without one where the
    file cannot be read.
    """
    return loads(read(path), str(path), only_to_judge=only_to_judge)


def read(path: str | Path) -> bytes:
    """Return what is in the file, as far as a config can go. Raises ``ConfigError``."""
    try:
        return document.read(path, MAX_BYTES)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}", "name the config with -c FILE") from error


def loads(data: bytes, path: str, *, only_to_judge: bool = False) -> Config:
    """Return the config in ``data``, which ``path`` had. Raises as ``load`` does."""
    config, findings = parse(data, path)
    if config is None:
        count = f"{len(findings)} problem{'s' if len(findings) > 1 else ''}"
        raise ConfigError(f"{path} cannot be used: {count}", "mend the lines above and run again", findings)
    if config.only_judges and not only_to_judge:
        raise ConfigError(
            f"{path} names no videos: it only says how to judge", "add `videos:` with a `source:`"
        )
    return config


def parse(data: bytes, path: str) -> tuple[Config | None, list[Finding]]:
    """Return the config in ``data``, or None and every complaint about it. Never raises."""
    reader = document.Reader(data, path, "config", MAX_BYTES)
    found = reader.document()
    if not reader.findings:
        reader.judge(found)
    if not reader.findings:
        _judge_rules(found.get("naming", {}).get("rules", []), reader)
    if reader.findings:
        return None, reader.sorted()
    return _config(found, reader), []


def _judge_rules(rules: list[dict[str, Any]], reader: document.Reader) -> None:
    """A rule is a preset, a pair of templates, or a pair of regexes: exactly one of them."""
    for place, rule in enumerate(rules):
        mark = reader.marks["naming", "rules", place]
        forms = [
            form
            for form in (("preset",), ("video", "transcription"), ("video_regex", "transcription_regex"))
            if any(key in rule for key in form)
        ]
        if not forms:
            hint = "add `preset:`, or `video:` and `transcription:`, or the same two with `_regex`"
            reader.complain("TL802", mark, "a rule that says nothing", hint)
        elif len(forms) > 1:
            mixed = " and ".join(f"`{form[0]}`" for form in forms)
            reader.complain("TL802", mark, f"a rule mixes {mixed}", "make two rules of it")
        else:
            for key in forms[0]:
                if key not in rule:
                    reader.complain("TL802", mark, f"the rule lacks '{key}'", f"add `{key}:`")


def _config(found: dict[str, Any], reader: document.Reader) -> Config:
    path, marks = reader.path, reader.marks
    prefer, policy = found.get("prefer", {}), found.get("policy", {})
    specs = found.get("naming", {}).get("rules", [{"preset": "sidecar"}])
    defaults = Config(path, SourceSpec(""))
    return Config(
        path=path,
        videos=_side(found, "videos", marks) if "videos" in found else defaults.videos,
        transcriptions=_transcriptions(found, marks) if "transcriptions" in found else None,
        index_id=found.get("index_id"),
        language=found.get("language"),
        rules=tuple(
            RuleSpec(**rule, marks=_marks_below(marks, ("naming", "rules", place)))
            for place, rule in enumerate(specs)
        ),
        prefer_languages=tuple(prefer.get("languages", ())),
        prefer_formats=tuple(prefer.get("formats", defaults.prefer_formats)),
        unmatched_video=policy.get("unmatched_video", defaults.unmatched_video),
        ambiguous=policy.get("ambiguous", defaults.ambiguous),
        access=found.get("access", defaults.access),
        decisions=found.get("decisions"),
        lint=_lint(found.get("lint", {}), marks, reader.key_marks),
        bare=tuple(_bare_words(reader)),
        marks=_marks_below(marks, ()),
    )


def _bare_words(reader: document.Reader) -> Iterator[BareWord]:
    mark = len(reader.data) - len(reader.text.encode())  # bytes of a byte order mark
    for path, word, start in reader.bare:
        if path not in _WORDS:
            yield BareWord(".".join(map(str, path)), word, mark + len(reader.text[:start].encode()))


def _side(found: dict[str, Any], key: str, marks: dict[document.Path, Mark]) -> SourceSpec:
    side = found[key]
    return SourceSpec(
        side["source"],
        tuple(side.get("include", ())),
        tuple(side.get("exclude", ())),
        _marks_below(marks, (key,)),
        side.get("root"),
    )


def _transcriptions(found: dict[str, Any], marks: dict[document.Path, Mark]) -> SourceSpec:
    """Return the transcriptions' side: without a source of its own, it is the videos' listing."""
    side = found["transcriptions"]
    if "source" not in side:
        side["source"] = found["videos"]["source"]
        if "root" not in side and "root" in found["videos"]:
            side["root"] = found["videos"]["root"]
    return _side(found, "transcriptions", marks)


def _lint(
    section: dict[str, Any], marks: dict[document.Path, Mark], key_marks: dict[document.Path, Mark]
) -> LintSpec:
    # Codes and globs stand as keys there, so the key is the place to complain of.
    keyed: dict[document.Path, Mark] = {
        (*above, key): key_marks[*above, key]
        for above in (("lint", "severity"), ("lint", "per_path_ignores"))
        for key in section.get(above[1], {})
    }
    return LintSpec(
        select=tuple(section.get("select", ())),
        ignore=tuple(section.get("ignore", ())),
        severity={code: Severity(level) for code, level in section.get("severity", {}).items()},
        per_path_ignores={glob: tuple(codes) for glob, codes in section.get("per_path_ignores", {}).items()},
        baseline=section.get("baseline"),
        languages=tuple(section.get("languages", ())),
        max_entries=section.get("max_entries"),
        marks=_marks_below({**marks, **keyed}, ("lint",)),
    )


def _marks_below(marks: dict[document.Path, Mark], above: document.Path) -> dict[str, Mark]:
    """Return the marks under ``above``, keyed by the rest of their path: ``include.0``."""
    length = len(above)
    return {".".join(map(str, path[length:])): mark for path, mark in marks.items() if path[:length] == above}
