"""How fast files are linted, against checks and parsers that tell less.

Manifests: the real command with every default rule on, against orjson + jsonschema-rs on the whole
document (no positions, no duplicate keys, no relations between entries) and against check-jsonschema on a
tenth of it. Captions: ``lint.transcription`` against what only parses, one core each, rates by the seconds
inside the process. Start: the command on a small manifest against its bare imports. The peers are installed
into a throw-away environment; rounds are interleaved, ratios are those of one round.
From the repository's root: ``python -m benchmarks.lint [--entries 1000000] [--rounds 3] [--only captions]``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.start import ENVIRONMENT

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "schemas" / "manifest.schema.json"
SMALL = ROOT / "sample_manifests" / "good-series.json"
PEERS = (
    "check-jsonschema==0.39.0",
    "click",
    "jsonschema-rs==0.60.3",
    "orjson",
    "srt==3.5.3",
    "webvtt-py==0.6.0",
)
INDEX = "629d807aa9e2a3a33a92c00b"
FILES, CUES = 100, 2_000
ODD = (
    "my film %d",
    "cafe\u0301 %d",
    "my%%20film-%d",
    "a//b %d",
    "film+%d+x",
    "film %d?x=1",
    "\u65e5\u672c\u200b%d",
)

WHOLE = """
import json, sys
import jsonschema_rs, orjson
with open(sys.argv[1]) as fp:
    validator = jsonschema_rs.validator_for(json.load(fp))
with open(sys.argv[2], "rb") as fp:
    print(sum(1 for _ in validator.iter_errors(orjson.loads(fp.read()))))
"""
PARSE = """
import sys, time
from pathlib import Path
{setup}
files = [path.read_text() for path in sorted(Path(sys.argv[1]).glob("*." + sys.argv[2]))]
started = time.perf_counter()
cues = sum({count} for text in files)
print(time.perf_counter() - started, cues)
"""
PARSERS = {
    "srt": PARSE.format(setup="import srt", count="sum(1 for _ in srt.parse(text))"),
    "webvtt-py": PARSE.format(
        setup="import io, webvtt", count="len(webvtt.from_buffer(io.StringIO(text), format=sys.argv[2]))"
    ),
}


class Run(NamedTuple):
    """Wall and CPU seconds and peak memory of a process, and what it printed."""

    seconds: float
    cpu: float
    rss_mb: float
    printed: str


# Inputs


def entry(number: int) -> dict[str, Any]:
    place = f"s3://media-archive-2024/{{}}/season-{number % 40:02d}/episode-{number:07d}-part-01-master"
    return {
        "index_id": INDEX,
        "language": "en",
        "object": f"{place.format('shows')}.mp4",
        "transcription": f"{place.format('subs')}.srt",
    }


def sound(count: int) -> Iterator[dict[str, Any]]:
    return map(entry, range(count))


def one_in_a_hundred_bad(count: int) -> Iterator[dict[str, Any]]:
    """Yield entries of which one in a hundred has an id too long, no language, a bare prefix or a key
    too many."""
    for number, row in enumerate(sound(count)):
        if number % 100 == 50:
            kind = number // 100 % 4
            if kind == 0:
                row["index_id"] += "1"
            elif kind == 1:
                del row["language"]
            elif kind == 2:
                row["transcription"] = "s3://media-archive-2024/"
            else:
                row["comment"] = "checked"
        yield row


def odd(count: int) -> Iterator[dict[str, Any]]:
    """Yield entries whose keys all have something that the linter warns of, or must look at."""
    for number, row in enumerate(sound(count)):
        name = ODD[number % len(ODD)] % number
        row["object"] = f"s3://media/shows/{name}.{'MP4' if number % 3 == 0 else 'mp4'}"
        row["transcription"] = f"s3://media/subs/{name}.srt"
        yield row


MANIFESTS: dict[str, Callable[[int], Iterator[dict[str, Any]]]] = {
    "sound": sound,
    "1 % bad": one_in_a_hundred_bad,
}


def make_manifest(path: Path, rows: Iterator[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8") as fp:
        for number, row in enumerate(rows):
            text = json.dumps(row, ensure_ascii=False, indent=2).replace("\n", "\n  ")
            fp.write(f"{',' if number else '['}\n  {text}")
        fp.write("\n]\n")
    return path


def make_captions(folder: Path) -> None:
    """Write ``FILES`` distinct files of each format, as a transcription service does."""
    for number in range(FILES):
        blocks = {"srt": [], "vtt": ["WEBVTT\n"]}  # type: dict[str, list[str]]
        for cue in range(CUES):
            start, end = (_time(number * 37 + cue * 3_000 + ms) for ms in (0, 2_600))
            text = f"Speaker {cue % 3}: this is line {cue} of film {number},\nand it goes on & on below."
            blocks["srt"].append(f"{cue + 1}\n{start} --> {end}\n{text}\n")
            text = text.replace("&", "&amp;")
            blocks["vtt"].append(f"{start.replace(',', '.')} --> {end.replace(',', '.')}\n{text}\n")
        for kind, parts in blocks.items():
            (folder / f"{number:04d}.{kind}").write_text("\n".join(parts))


def _time(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"


# Runs


def run(argv: list[str], *, codes: tuple[int, ...] = (0,)) -> Run:
    """Run one process to its end; what it prints is read only where it is short."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(argv, stdout=out, stderr=subprocess.DEVNULL, cwd=ROOT, env=ENVIRONMENT)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode in codes, (argv, process.returncode)
        out.seek(0)
        cpu = used.ru_utime + used.ru_stime
        return Run(seconds, cpu, used.ru_maxrss / 1024, out.read(200).decode("utf-8", "replace"))


def interleaved(sides: dict[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, go in sides.items():
            runs[side].append(go())
    return runs


def spread(values: list[float], unit: str = "", form: str = ".2f") -> str:
    low, mid, high = (format(value, form) for value in (min(values), statistics.median(values), max(values)))
    return f"{mid}{unit} ({low}-{high})"


def lint(path: Path) -> Run:
    return run([sys.executable, "-m", "s3transfer_tl", "lint", str(path)], codes=(0, 1))


def manifests(count: int, rounds: int, folder: Path, peers: Path) -> None:
    tenth = make_manifest(folder / "tenth.json", sound(max(count // 10, 1)))
    check = [str(peers / "check-jsonschema"), "--schemafile", str(SCHEMA), str(tenth)]
    for name, rows in MANIFESTS.items():
        path = make_manifest(folder / "manifest.json", rows(count))
        sides = {
            "ours": lambda path=path: lint(path),
            "whole": lambda path=path: run([str(peers / "python"), "-c", WHOLE, str(SCHEMA), str(path)]),
        }
        if rows is sound:
            sides["check-jsonschema"] = lambda: run(check)
        runs = interleaved(sides, rounds)
        size = path.stat().st_size
        print(f"{count:,} entries, {size / 1e6:.0f} MB, {name}")
        for side, found in runs.items():
            rss = statistics.median(one.rss_mb for one in found)
            print(f"  {side:<18}{spread([one.seconds for one in found], ' s'):<24}peak {rss:,.0f} MB")
        pairs = list(zip(runs["ours"], runs["whole"], strict=True))
        wall, cpu = ([mine[at] / whole[at] for mine, whole in pairs] for at in (0, 1))
        print(f"  ours takes {spread(wall)} times as long, {spread(cpu)} in CPU seconds")
        checks = zip(runs["ours"], runs.get("check-jsonschema", []), strict=False)
        if ratios := [10 * checked.seconds / mine.seconds for mine, checked in checks]:
            print(f"  an entry takes check-jsonschema {spread(ratios, form='.1f')} times as long")
        path.unlink()


def odd_keys(count: int, rounds: int, folder: Path) -> None:
    paths = {
        name: make_manifest(folder / f"{name}.json", rows(count))
        for name, rows in {"odd": odd, "sound": sound}.items()
    }
    sides = {name: lambda path=path: lint(path) for name, path in paths.items()}
    print(f"{count:,} entries, every key odd")
    for name, found in interleaved(sides, rounds).items():
        print(f"  {name:<18}{spread([one.seconds / count * 1e6 for one in found], ' us an entry', '.0f')}")


def captions(rounds: int, folder: Path, peers: Path) -> None:
    make_captions(folder)
    ours = """
import sys, time
from pathlib import Path
from s3transfer_tl import lint
files = [(path.read_bytes(), path.name) for path in sorted(Path(sys.argv[1]).glob("*." + sys.argv[2]))]
started = time.perf_counter()
found = sum(len(lint.transcription(*file).findings) for file in files)
print(time.perf_counter() - started, found)
"""
    for kind, names in {"srt": ("srt", "webvtt-py"), "vtt": ("webvtt-py",)}.items():
        given = [str(folder), kind]
        sides = {"ours": lambda given=given: run([sys.executable, "-c", ours, *given])}
        for name in names:
            argv = [str(peers / "python"), "-c", PARSERS[name], *given]
            sides[name] = lambda argv=argv: run(argv)
        runs = interleaved(sides, rounds)
        print(f"{FILES} files of {CUES:,} cues, .{kind}")
        seconds = {side: [float(one.printed.split()[0]) for one in found] for side, found in runs.items()}
        for side, taken in seconds.items():
            times = [theirs / mine for theirs, mine in zip(taken, seconds["ours"], strict=True)]
            each = spread([second / FILES * 1000 for second in taken], " ms a file")
            print(f"  {side:<18}{each:<30}ours is {spread(times, form='.1f')} times as fast")


def start(rounds: int) -> None:
    sides = {
        "lint small.json": lambda: lint(SMALL),
        "bare imports": lambda: run([sys.executable, "-c", "import json, click, jsonschema_rs"]),
    }
    interleaved(sides, 1)  # compiles what is not compiled yet
    ours, bare = interleaved(sides, rounds * 7).values()
    print("start")
    print(f"  lint small.json   {spread([one.seconds * 1000 for one in ours], ' ms', '.0f')}")
    print(f"  bare imports      {spread([one.seconds * 1000 for one in bare], ' ms', '.0f')}")
    each = [slice(at * 7, at * 7 + 7) for at in range(rounds)]
    for name, at in (("wall time", 0), ("processor time", 1)):
        ratios = [
            statistics.median(one[at] for one in ours[part])
            / statistics.median(one[at] for one in bare[part])
            for part in each
        ]
        print(f"  ratio of {name:<15}{spread(ratios)}")


def install(folder: Path) -> Path:
    """Install the peers into an environment below ``folder``; return where its programs are."""
    venv.create(folder / "peers", with_pip=True)
    programs = folder / "peers" / "bin"
    pip = [str(programs / "python"), "-m", "pip", "install", "-qqq", "--disable-pip-version-check"]
    subprocess.run([*pip, *PEERS], check=True)
    return programs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="manifests, odd, captions or start")
    given = parser.parse_args()
    print(f"{given.rounds} interleaved rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peers = install(folder)
        if given.only in "manifests":
            manifests(given.entries, given.rounds, folder, peers)
        if given.only in "odd":
            odd_keys(min(given.entries, 20_000), given.rounds, folder)
        if given.only in "captions":
            captions(given.rounds, folder, peers)
        if given.only in "start":
            start(given.rounds)


if __name__ == "__main__":
    main()
