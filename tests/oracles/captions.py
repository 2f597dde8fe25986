"""Compare our verdicts on captions with npm's validators: `python -m tests.oracles.captions`.

Needs node and npm; the two packages go to a folder that is removed afterwards. The inputs are the caption
files under tests/, the unit tests' cases and seeded ones from tests/fuzz/corpus.py. What is printed is each
way to disagree: how often, what both say, and the shortest input. docs/captions.md says who is right.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from s3transfer_tl import captions
from s3transfer_tl.model import Severity
from tests.fuzz import corpus
from tests.unit import test_captions_srt, test_captions_vtt

PACKAGES = ("webvtt-parser@2.2.0", "srt-validator@6.0.4")
KINDS: tuple[captions.Kind, ...] = ("srt", "vtt")
# Ours to say of what the specification allows, or what no validator of the format looks at
BEYOND = {"vtt": {"TL708", "TL712", "TL716", "TL717"}, "srt": {"TL716", "TL717"}}
_VTT = test_captions_vtt


class Case(NamedTuple):
    kind: captions.Kind
    text: str
    known: bool  # a file or a unit test's case, not a seeded one


def cases(count: int, seed: int) -> list[Case]:
    """Return every known case, and ``count`` seeded ones of each kind."""
    found = [Case("srt", text, True) for text in test_captions_srt.GOOD.values()]
    found += [Case("srt", case[0], True) for case in test_captions_srt.BAD.values()]
    found += [Case("vtt", text, True) for text in _VTT.GOOD.values()]
    found += [Case("vtt", case[0], True) for case in _VTT.BAD.values()]
    for settings in (*_VTT.SETTINGS_GOOD, *_VTT.SETTINGS_BAD):
        found.append(Case("vtt", f"{_VTT.H}00:01.000 --> 00:02.000 {settings}\nHi\n", True))
    for kind in KINDS:
        known = [data for data in corpus.seeds(kind) if _text(data) is not None]
        found += [Case(kind, text, True) for data in known if (text := _text(data)) is not None]
        for number in range(count):
            text = _text(corpus.make(random.Random(f"{seed}/{number}"), kind, known))
            if text is not None:
                found.append(Case(kind, text, False))
    return found


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:  # node would be given another file
        return None


def theirs(inputs: list[Case]) -> list[list[str]]:
    """Return what npm's validators say of each."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "verdicts.js")
        script.write_bytes(Path(__file__).with_name("verdicts.js").read_bytes())
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *PACKAGES]
        subprocess.run(install, check=True, cwd=folder)
        document = json.dumps([{"kind": case.kind, "text": case.text} for case in inputs])
        done = subprocess.run(["node", script], input=document, stdout=subprocess.PIPE, check=True, text=True)
    verdicts: list[list[str]] = json.loads(done.stdout)
    return verdicts


def ours(case: Case) -> list[str]:
    """Return what we say of what the format forbids: codes with messages, without what they quote."""
    faults = captions.check(case.text.encode(), case.kind)
    told = [
        fault
        for fault in faults
        if fault.severity is not Severity.INFO and fault.code not in BEYOND[case.kind]
    ]
    return [f"{fault.code} {_plain(fault.message)}" for fault in told]


def _plain(message: str) -> str:
    return re.sub(r"\d+", "N", re.sub(r"`[^`]*`", "`...`", message))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, help="seeded inputs of each kind")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args(arguments)
    inputs = cases(wanted.count, wanted.seed)
    agreed = {(kind, known): [0, 0] for kind in KINDS for known in (True, False)}
    ways = defaultdict[tuple[str, str], list[str]](list)
    for case, them in zip(inputs, theirs(inputs), strict=True):
        us = ours(case)
        count = agreed[case.kind, case.known]
        count[bool(us) != bool(them)] += 1
        if bool(us) != bool(them):
            who = f"only we fault: {us[0]}" if us else f"only they fault: {them[0].partition(':')[0]}"
            ways[case.kind, who].append(case.text)
    for (kind, known), (same, other) in agreed.items():
        print(f"{kind}, {'known' if known else 'seeded'}: {same} of {same + other} verdicts agree")
    for (kind, who), texts in sorted(ways.items(), key=lambda way: (way[0][0], -len(way[1]))):
        print(f"\n{kind}, {len(texts)} times, {who}\n    {min(texts, key=len)!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
