"""Inputs for the linter from a seeded generator: from the format's grammar, from good and bad files, damaged.

Everything is bytes; the same ``random.Random`` gives the same inputs.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Literal

Kind = Literal["srt", "vtt", "json", "yaml"]

TESTS = Path(__file__).parent.parent
_ENDINGS = {"srt": ".srt", "vtt": ".vtt", "json": ".json", "yaml": ".yaml"}
_WORDS = (
    "Hi",
    "a b",
    "\u041f\u0440\u0438\u0432\u0435\u0442",
    "\u4f60\u597d",
    "- Who?",
    "10:30",
    "a > b",
    "{\\an8}x",
)
_MARKUP = (
    "<i>x</i>", "<b>x", "</u>", "<c.a.b>x</c>", "<v Ann>Hi", "<v>Hi</v>", "<lang en>x</lang>",
    "<lang>x</lang>", "<ruby>a<rt>b</rt></ruby>", "<ruby>a</ruby>", "<00:00:04.500>", "<00:04.1>", "&amp;",
    "&lt;", "&#x41;", "&eacute;", "&nope;", "& ", "< ", "<font color=red>x</font>", "-->", "->", "\ufffd",
    "\0", "caf\u00c3\u00a9",
)  # fmt: skip
_SETTINGS = (
    "", "", "", " align:start", " align:middle", " line:0 position:20%", " size:101%", " region:a", " x",
    "align:end", " vertical:rl line:-1,end", " X1:1 X2:2 Y1:1 Y2:2", " ",
)  # fmt: skip
_BLOCKS = (
    "NOTE\n", "NOTE x\ny\n", "NOTE a --> b\n", "STYLE\n::cue{}\n", "STYLE x\n", "STYLE\n::cue{\n",
    "STYLE\n}\n", "REGION\nid:a width:40%\n", "REGION\nid:a id:b\n", "stray\n", " \n", "7\n", "\n",
)  # fmt: skip
_ID = "629d807aa9e2a3a33a92c00b"
_ROOTS = ("s3://bucket/", "S3://bucket/", "https://b.s3.amazonaws.com/", "s3://B_d/", "")
_HEADS = (
    "WEBVTT\n",
    "WEBVTT title\n",
    "WEBVTT\nKind: captions\n",
    "webvtt\n",
    "\ufeffWEBVTT\n",
    "",
    "WEBVTT",
)
_TOKENS: dict[Kind, tuple[str, ...]] = {
    "srt": (
        "-->", "->", "\n", "\n\n", "\r\n", "\r", " ", "\t", "1\n", "00:00:03,000 --> 00:00:04,000\n", ":",
        ",", "9", "<i>", "</i>", "<", "&", "\u2028", "\ufeff", "\x1c", "\0",
    ),
    "vtt": (
        "-->", "\n", "\n\n", "\r", " ", "\t", "\f", "00:03.000 --> 00:04.000\n", "NOTE", "STYLE\n",
        "REGION\n", "%", "line:0", "<v A>", "</v>", "<", ">", "&", ".", "x", "\u2028", "\ufeff", "\0",
    ),
    "json": (
        '"', "{", "}", "[", "]", ",", ":", "\\", "\n", "\\u", "\\ud800", "NaN", "null", "//", "/*", "'",
        "-", "1e9", "\ufeff", "\u00e9", "\U0001f600", '"object"', "s3://", "},{", "\r", "\u2028",
        '"language": "en",',
    ),
    "yaml": (
        ":", "\n", "  ", "- ", "#", "'", '"', "[", "]", "{", "}", "&a ", "*a", "no", "yes", "|", ">", "\t",
        "!!x ", "---\n", "{stem}", "*", "(", "\u2028", "\ufeff", "\0", "\x85", "regex: ", "lint:\n",
    ),
}  # fmt: skip


def seeds(kind: Kind) -> list[bytes]:
    """Return the files of ``kind`` that the tests hold, good and bad."""
    found = sorted(path for path in TESTS.rglob(f"*{_ENDINGS[kind]}") if path.stat().st_size < 1 << 16)
    found += sorted((TESTS.parent / "sample_manifests").glob(f"*{_ENDINGS[kind]}"))
    return [path.read_bytes() for path in found]


def make(draw: random.Random, kind: Kind, known: list[bytes]) -> bytes:
    """Return one input: noise, a damaged known file, or one from the grammar, damaged or not."""
    chance = draw.random()
    if chance < 0.03:
        return draw.randbytes(draw.randrange(400))
    grammar: dict[Kind, Callable[[random.Random], str]] = {"srt": srt, "vtt": vtt, "json": manifest}
    made = kind in grammar and chance < 0.5
    data = grammar[kind](draw).encode("utf-8", "surrogatepass") if made else draw.choice(known)
    if chance > 0.98:
        data = data.decode("utf-8", "replace").encode(draw.choice(("utf-16", "utf-32", "cp1251")), "replace")
    return damaged(draw, data, kind, known) if draw.random() < (0.4 if made else 0.9) else data


def damaged(draw: random.Random, data: bytes, kind: Kind, known: list[bytes]) -> bytes:
    """Return ``data`` after one to five cuts, insertions and replacements."""
    found = bytearray(data)
    for _ in range(draw.randint(1, 5)):
        place = draw.randint(0, len(found))
        match draw.randrange(5):
            case 0 | 1:
                found[place : place + draw.choice((0, 0, 1, 8))] = draw.choice(_TOKENS[kind]).encode()
            case 2:
                other = draw.choice(known)
                start = draw.randint(0, len(other))
                found[place:place] = other[start : start + draw.randint(0, 300)]
            case 3:
                del found[place : place + draw.randint(1, 30)]
            case _:
                found[place : place + 1] = bytes((draw.randrange(256 if draw.random() < 0.1 else 128),))
    return bytes(found)


def srt(draw: random.Random) -> str:
    """Return an SRT text, mostly sound."""
    return _cues(
        draw, ",", lambda number: f"{number}\n" if draw.random() < 0.95 else draw.choice(("", "x\n"))
    )


def vtt(draw: random.Random) -> str:
    """Return a WebVTT text, mostly conforming."""
    head = _HEADS[0] if draw.random() < 0.7 else draw.choice(_HEADS)
    return head + "\n" + _cues(draw, ".", lambda number: draw.choice(("", f"{number}\n", "name\n")))


def _cues(draw: random.Random, point: str, name: Callable[[int], str]) -> str:
    blocks, now = [], draw.randrange(3000)
    for number in range(1, draw.randint(1, 7)):
        if draw.random() < 0.15:
            blocks.append(draw.choice(_BLOCKS))
        end = now + draw.choice((1000, 2500, 2500, 60_000, 0, -500, 9_000_000))
        settings = draw.choice(_SETTINGS) if draw.random() < 0.3 else ""
        times = f"{_clock(draw, now, point)} --> {_clock(draw, end, point)}{settings}\n"
        blocks.append(name(number) + times + "".join(_line(draw) for _ in range(draw.randint(0, 3) or 1)))
        now = max(0, end) + draw.choice((0, 0, 100, -1200))
        now = max(0, now)
    return draw.choice(("\n", "\n", "\n", "\n\n", "")).join(blocks)


def _line(draw: random.Random) -> str:
    return draw.choice(_WORDS) + (draw.choice(_MARKUP) if draw.random() < 0.3 else "") + "\n"


def _clock(draw: random.Random, milliseconds: int, point: str) -> str:
    seconds, rest = divmod(max(0, milliseconds), 1000)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    short = point == "." and not hours and draw.random() < 0.3
    text = f"{minutes:02}:{seconds:02}{point}{rest:03}"
    return text if short else f"{hours:02}:{text}"


def manifest(draw: random.Random) -> str:
    """Return a manifest, each field of it now and then absent, odd or there twice."""
    entries = [_entry(draw) for _ in range(draw.randrange(5))]
    indent = draw.choice(("", "", "  ", "\n", "\n    "))
    return (
        f"[{indent}"
        + f",{indent}".join(entries)
        + f"{indent}]"
        + draw.choice(("", "\n", "\n", "\n\n", "\n,"))
    )


def _entry(draw: random.Random) -> str:
    stem = draw.choice(("a", "b", "A", "d/e", "\u00e9", "e\\u0301", "a b", "a+b", "../x", ""))
    values = {
        "index_id": draw.choice((_ID, _ID, _ID + "O", _ID.upper(), "<id>", "")),
        "object": draw.choice(_ROOTS) + stem + draw.choice((".mp4", ".MP4", ".srt", "", "/", ".mp4?x=1")),
        "transcription": f"s3://bucket/{stem}" + draw.choice((".srt", ".en.srt", ".vtt", ".txt", "", "/")),
        "language": draw.choice(("en", "EN", "pt_br", "english", "", " en", "no")),
    }
    fields = [f'"{name}": "{value}"' for name, value in values.items() if draw.random() < 0.95]
    if draw.random() < 0.1:
        value = draw.choice(("null", "false", "1e999", "[[]]", '"\\ud800"', '{"a": 1}', '"\\u0000"', '"x'))
        fields.append(f'"{draw.choice((*values, "objekt", ""))}": {value}')
    if draw.random() < 0.1:
        draw.shuffle(fields)
    return draw.choice((*["{%s}"] * 9, *["{\n%s\n}"] * 9, "[%s]", "%s")) % draw.choice(
        (", ", ",", ",\n  ")
    ).join(fields)
