"""A config as a person would write it, with comments that say why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from s3transfer_tl.model import Config, Pair, RuleSpec

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*(?::[A-Za-z0-9_./-]+)*")
_SAMPLE = 100  # characters of a key in a comment


class Facts(NamedTuple):
    """The config to write, and what its comments tell."""

    config: Config
    needs_index: bool  # no index is known, and not every video came with one
    language_from: str
    spoken: tuple[str, ...]  # where there are several languages
    ambiguous: int
    head: tuple[str, ...]


def config(facts: Facts, counts: Mapping[str, int], samples: Mapping[str, Pair]) -> str:
    """Return the text of transfer.yaml; ``counts`` and ``samples`` are by rule name."""
    made = facts.config
    lines = [*(f"# {line}" for line in facts.head), "version: 1"]
    if made.index_id is not None:
        lines += [f"index_id: {scalar(made.index_id)}"]
    elif facts.needs_index:
        lines += ["# index_id: remove the # and write the index that takes the videos: 24 hexadecimal digits"]
    lines += [f"language: {scalar(made.language or 'en')}  # {facts.language_from}"]
    lines += ["videos:", f"  source: {scalar(made.videos.source)}"]
    if made.transcriptions is not None:
        lines += ["transcriptions:", f"  source: {scalar(made.transcriptions.source)}"]
    lines += ["naming:", "  rules:  # in order; the first rule that pairs a video wins"]
    for spec in made.rules:
        lines += _rule(spec, counts, samples)
    if facts.spoken:
        lines += ["# prefer:", f"#   languages: [{', '.join(map(scalar, facts.spoken))}]  # best first"]
    if facts.ambiguous:
        lines += ["policy:", f"  ambiguous: omit  # {facts.ambiguous:,} here; `fail` stops the build instead"]
    return "\n".join(lines) + "\n"


def _rule(spec: RuleSpec, counts: Mapping[str, int], samples: Mapping[str, Pair]) -> Iterator[str]:
    name = spec.name or spec.preset or ""
    yield f"    # {counted(counts.get(name, 0), 'video')}, such as"
    if name in samples:
        yield f"    #   {shown(samples[name].object)}"
        yield f"    #   {shown(samples[name].transcription or '')}"
    fields = [(key, getattr(spec, key)) for key in ("preset", "name", "video", "transcription")]
    if spec.preset is None:
        fields = fields[1:]
    written = [f"{key}: {scalar(value)}" for key, value in fields if value is not None]
    if spec.language is not None:
        written.append(f"language: {scalar(spec.language)}")
    if spec.ignore_case:
        written.append("ignore_case: true")
    yield f"    - {written[0]}"
    for line in written[1:]:
        yield f"      {line}"


def counted(number: int, noun: str) -> str:
    """Return ``1 video``, ``2,000 videos``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shown(key: str) -> str:
    """Return ``key`` as a comment may hold it: on one line, not too long."""
    text = "".join(c if c.isprintable() else _escaped(c) for c in key)
    return text if len(text) <= _SAMPLE else f"{text[:40]}...{text[-57:]}"


def scalar(text: str) -> str:
    """Return ``text`` as a YAML scalar that reads back the same."""
    if _PLAIN.fullmatch(text) and text.lower() not in ("null", "true", "false"):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    inside = "".join(c if c.isprintable() and c not in '"\\' else _escaped(c) for c in text)
    return f'"{inside}"'


def _escaped(char: str) -> str:
    code = ord(char)
    if char in '"\\':
        return f"\\{char}"
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
