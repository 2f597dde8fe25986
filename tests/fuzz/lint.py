"""Feed the linter bytes without end: `python -m tests.fuzz.lint --seconds 60 [--seed 7] [--kind vtt]`.

Of every input: no exception, little time, every place inside the file, findings in file order, JSON that its
schema accepts, and fixes after which there is nothing more to fix. The first input that breaks a promise is
written to a file, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import random
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import get_args

from s3transfer_tl import lint, report, schema
from s3transfer_tl.lint.fixes import applying
from s3transfer_tl.model import Finding, Review
from tests.fuzz import corpus

SECONDS = 1.0  # of processor time, for inputs of a few kB
_CAPTIONS = (r"\r\n|\r|\n",)
_LINE_ENDS: dict[corpus.Kind, tuple[str, ...]] = {
    "srt": _CAPTIONS,
    "vtt": _CAPTIONS,
    "json": (r"\n",),
    "yaml": (r"\n", r"\r\n|[\r\n\x85\u2028\u2029]"),  # what is no YAML at all has plain line ends
}
_NAMES = {"srt": "a.en.srt", "vtt": "a.ru.vtt", "json": "a.json", "yaml": "a.yaml"}
_ALL = ("TL",)  # the rules that are off by default too


def judge(data: bytes, kind: corpus.Kind) -> Review:
    return lint.file(io.BytesIO(data), _NAMES[kind], select=_ALL)


def hold(data: bytes, kind: corpus.Kind) -> Review:
    """Judge ``data`` and hold the review to its promises. Raises ``AssertionError`` for a broken one."""
    begun = time.process_time()
    review = judge(data, kind)
    took = time.process_time() - begun
    assert took < SECONDS, f"it took {took:.1f} s"
    text = data.decode("utf-8-sig", "surrogateescape")
    lines = [re.split(ends, text) for ends in _LINE_ENDS[kind]]
    for finding in review.findings:
        wrong = [_outside(finding, split) for split in lines]
        assert None in wrong, f"{finding.code}: {wrong[0]}"
    document = json.loads(report.json.review(review))
    assert schema.validator("lint-report").is_valid(document), "the JSON output breaks its schema"
    return review


def _outside(finding: Finding, lines: list[str]) -> str | None:
    """Tell in which way a place is none of ``lines``; a line's end is a place too."""
    line, column, end = finding.line, finding.column, finding.end_column
    if line is None:
        return None
    if not 1 <= line <= len(lines):
        return f"line {line} of {len(lines)}"
    length = len(lines[line - 1])
    if column is not None and not 1 <= column <= length + 1:
        return f"column {column} of line {line}, which has {length}"
    if column is not None and end is not None and not column <= end <= length + 2:
        return f"end column {end} of line {line}, which has {length}"
    return None


def mend(data: bytes, kind: corpus.Kind, *, unsafe: bool) -> None:
    """Mend ``data``, and hold the result to be judged without trouble and to need no second mending."""

    def again(fp: io.BufferedIOBase) -> Review:
        fp.seek(0)
        return judge(fp.read(), kind)

    how = "unsafe" if unsafe else "safe"
    mended = applying.mend(io.BytesIO(data), _NAMES[kind], again, unsafe=unsafe)
    if mended.fp is None:
        return
    with mended.fp as fp:
        fp.seek(0)
        once = fp.read()
    assert once != data, f"{how} fixes were applied, and changed nothing"
    hold(once, kind)
    twice = applying.mend(io.BytesIO(once), _NAMES[kind], again, unsafe=unsafe)
    if twice.fp is not None:
        twice.fp.close()
    assert twice.fp is None, f"{how} fixes, applied to what {how} fixes made, change it again: {once!r}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--kind", choices=get_args(corpus.Kind), action="append")
    wanted = parser.parse_args(arguments)
    kinds = wanted.kind or list(get_args(corpus.Kind))
    known = {kind: corpus.seeds(kind) for kind in kinds}
    begun, told, codes = time.monotonic(), 0.0, Counter[str]()
    for number in itertools.count():
        passed = time.monotonic() - begun
        if passed > told or passed > wanted.seconds:
            rate = number / passed if passed else 0
            print(f"seed {wanted.seed}: {number:,} inputs in {passed:.0f} s, {rate:.0f}/s", flush=True)
            told = passed + 60
        if passed > wanted.seconds:
            break
        draw = random.Random(f"{wanted.seed}/{number}")
        kind = kinds[number % len(kinds)]
        data = corpus.make(draw, kind, known[kind])
        try:
            codes.update({finding.code for finding in hold(data, kind).findings})
            for unsafe in (False, True):
                mend(data, kind, unsafe=unsafe)
        except Exception:
            return _broken(data, kind, f"input {number} of seed {wanted.seed}")
    print("inputs with each code:", ", ".join(f"{code} {count:,}" for code, count in sorted(codes.items())))
    return 0


def _broken(data: bytes, kind: corpus.Kind, which: str) -> int:
    traceback.print_exc()
    with tempfile.NamedTemporaryFile(prefix="fuzz-", suffix=Path(_NAMES[kind]).suffix, delete=False) as fp:
        fp.write(data)
    print(f"{which}: a promise is broken; the input is in {fp.name}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
