"""How fast a listing on disk becomes a manifest on disk, against the Python that one would write for it.

Ours is the real command with access off: it lists, pairs, writes the manifest, lints it and writes the
report. The peer is one pass with ``json``, ``re`` and dicts for the same rules, and ``json.dump``; it
neither lints nor reports, so ours is shown up to the manifest too. Both are processes of their own, in
interleaved rounds; the manifests must be byte-equal. Above two million keys only ours runs, under its
cap of 2 GB. From the repository's root: ``python -m benchmarks.match [--keys 1000000] [--rounds 3]``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

INDEX = "629d807aa9e2a3a33a92c00b"
PEER_LIMIT = 2_000_000  # keys; above, the dicts need more memory than the machine may have
SMALL, SMALL_RUNS = 20, 11


class Run(NamedTuple):
    """Wall and CPU seconds of a process, its peak memory, the most temporary space seen, and what it
    printed."""

    seconds: float
    cpu: float
    rss_mb: float
    temporary_mb: float
    printed: str


def make_listing(path: Path, keys: int) -> None:
    """Write a listing as ``list`` does: shows by season, three in four videos with subtitles, of which
    some have a second one, an unknown ending, a tie, or a name in another Unicode form."""
    rng = random.Random(7)
    with path.open("w", encoding="utf-8") as fp:
        written = n = 0
        while written < keys:
            stem = f"shows/series-{n // 400:05d}/season-{n // 40 % 10:02d}/episode {n:08d} - part.{n % 7}"
            names = [f"{stem}.mp4"]
            kind = n % 40
            if kind < 28:
                names.append(f"{stem}.{('en', 'es', 'fr', 'pt-BR')[n % 4]}.{('srt', 'vtt')[n % 2]}")
            if kind < 8:
                names.append(f"{stem}.en.forced.srt")
            if kind in (28, 29):
                names.append(f"{stem}.srt")
            if kind == 30:
                names.append(f"{stem}.{'zq' if n % 200 == 30 else 'eng.sdh'}.srt")
            if n % 1000 == 31:
                names = [f"{stem} caf\u00e9.mp4", f"{stem} cafe\u0301.en.vtt"]
            if kind == 32 and n % 200 == 32:
                names += [f"{stem}.de.srt", f"{stem}.it.srt"]
            if kind > 33:
                names.append(f"{stem}.jpg")
            for name in names[: keys - written]:
                written += 1
                row = {"uri": f"s3://media-archive/{name}", "size": 1000 + n}
                row |= {"etag": f"{rng.getrandbits(128):032x}", "last_modified": "2024-01-31T15:00:00.000Z"}
                fp.write(json.dumps({**row, "storage_class": "STANDARD"}, ensure_ascii=False) + "\n")
            n += 1


def peer(listing: str, target: str) -> None:  # noqa: PLR0912 - one pass, as it would be written
    """The Python that one would write for the preset ``sidecar``, an index, English as default language,
    and ambiguous videos left out."""
    from s3transfer_tl.naming import languages, names

    video_name = re.compile(rf"(?s:(.+))\.{names.EXT}\Z")
    caption_name = re.compile(rf"(?s:(.+))\.({names.FORMAT})\Z")
    loose = re.compile(names.TAIL.replace("$", r"\Z"))
    videos: dict[str, list[str]] = {}
    captions = []
    with open(listing, encoding="utf-8") as fp:
        for line in fp:
            uri = json.loads(line)["uri"]
            if found := video_name.match(uri):
                videos.setdefault(found[1], []).append(uri)
            elif found := caption_name.match(uri):
                captions.append((uri, found[1], found[2].lower()))
    by_nfc: dict[str, list[str]] = {}
    for stem, uris in videos.items():
        by_nfc.setdefault(unicodedata.normalize("NFC", stem), []).extend(uris)

    best: dict[str, list[Any]] = {}
    for uri, whole, form in captions:
        tokens = loose.search(whole)[0].split(".")  # type: ignore[index]  # it matches the empty text too
        start = whole[: len(whole) - len(".".join(tokens))]
        wanted: list[str] = []
        for is_nfc, stems in ((False, videos), (True, by_nfc)):
            for cut in range(len(tokens), 0, -1):
                stem = start + ".".join(tokens[:cut])
                wanted = stems.get(unicodedata.normalize("NFC", stem) if is_nfc else stem, [])
                if wanted:
                    break
            if wanted:
                break
        if not wanted:
            continue
        meaning = languages.tail(".".join(tokens[cut:]).lower())
        if meaning.problem:
            continue
        language = meaning.language or "en"
        place = 0 if language == "en" else 1 if language.startswith("en-") else 2
        cost = (is_nfc, meaning.forced, place, meaning.language is None, meaning.impaired, form == "srt")
        for video in wanted:
            have = best.get(video)
            if have is None or cost < have[0]:
                best[video] = [cost, (uri, language)]
            elif cost == have[0]:
                have.append((uri, language))
    claims = Counter(caption for _, *tied in best.values() for caption, _ in tied)
    entries = [
        {"index_id": INDEX, "language": tied[0][1], "object": video, "transcription": tied[0][0]}
        for video, (_, *tied) in sorted(best.items())
        if len(tied) == 1 and claims[tied[0][0]] == 1
    ]
    with open(target, "w", encoding="utf-8") as out:
        json.dump(entries, out, ensure_ascii=False, indent=2)
        out.write("\n")


def steps(config: str, target: str) -> None:
    """Run our command in this process and print the seconds of each step as JSON."""
    from s3transfer_tl import build, cli, matching

    taken: dict[str, float] = {}

    def timed(name: str, function: Any) -> Any:
        def wrapped(*given: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                taken[name] = taken.get(name, 0.0) + time.perf_counter() - started

        return wrapped

    from s3transfer_tl.sources.saved import SavedSource

    SavedSource.spool_to = timed("listing", SavedSource.spool_to)  # type: ignore[method-assign]
    matching.pipeline.run = timed("matching", matching.pipeline.run)
    build.outputs.write_parts = timed("manifest", build.outputs.write_parts)
    build._judged_and_reported = timed("lint and report", build._judged_and_reported)
    begun = time.perf_counter()
    assert cli.run(["build", "-q", "-c", config, "-o", target, "--fail-on", "never"]) == 0
    taken["all else"] = time.perf_counter() - begun - sum(taken.values())
    print(json.dumps(taken))


def run(argv: list[str], temporary: Path) -> Run:
    """Run one process to its end, watching the folder for its temporary files."""
    temporary.mkdir()
    done = threading.Event()
    most = 0

    def watch() -> None:
        nonlocal most
        while not done.wait(0.1):
            most = max(most, _size(temporary))

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    environment = os.environ | {"TMPDIR": str(temporary)}
    process = subprocess.Popen([sys.executable, *argv], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process.stdout as pipe:
        printed = pipe.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    done.set()
    watcher.join()
    assert process.returncode == 0, argv
    temporary.rmdir()
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, most / 1e6, printed)


def _size(folder: Path) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(where, name)).st_size
            except FileNotFoundError:
                continue
    return total


def ours(folder: Path, keys: int) -> list[str]:
    """Return config and target of a build of so many keys, made if they are not there."""
    listing, config = folder / f"{keys}.jsonl", folder / f"{keys}.yaml"
    if not listing.exists():
        make_listing(listing, keys)
        text = (
            f"version: 1\nindex_id: {INDEX}\nlanguage: en\nvideos: {{source: {listing.name}}}\naccess: off\n"
        )
        config.write_text(f"{text}policy: {{ambiguous: omit}}\n")
    return [str(config), str(folder / "ours.json")]


def compare(keys: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        module = ["-m", "benchmarks.match"]
        sides = {"ours": [*module, "--steps", *ours(folder, keys)]}
        if keys <= PEER_LIMIT:
            listing, target = str(folder / f"{keys}.jsonl"), str(folder / "peer.json")
            sides["plain Python"] = [*module, "--peer", listing, target]
        runs: dict[str, list[Run]] = {side: [] for side in sides}
        for _ in range(rounds):
            for side, command in sides.items():
                runs[side].append(run(command, folder / "temporary"))
        made = (folder / "ours.json").read_bytes()
        assert "plain Python" not in sides or made == (folder / "peer.json").read_bytes()
        entries = made.count(b'"object"')
        print(f"{keys:,} keys, {entries:,} entries, {rounds} rounds, {os.cpu_count()} cores")
        taken = [json.loads(one.printed) for one in runs["ours"]]
        medians = {step: statistics.median(one[step] for one in taken) for step in taken[0]}
        for side, found in runs.items():
            cpu, rss, temporary = (statistics.median(one[place] for one in found) for place in (1, 2, 3))
            print(f"{side:<24}{_spread([one.seconds for one in found])}", end="")
            print(f"  CPU {cpu:.2f} s, peak {rss:.0f} MB, temporary files {temporary:.0f} MB")
        whole = [one.seconds for one in runs["ours"]]
        parts = [all_of - one["lint and report"] for all_of, one in zip(whole, taken, strict=True)]
        print(f"{'ours, to the manifest':<24}{_spread(parts)}")
        for what, mine in (("whole command", whole), ("to the manifest", parts)):
            peers = runs.get("plain Python", [])
            ratios = [theirs.seconds / seconds for seconds, theirs in zip(mine, peers, strict=False)]
            if ratios:
                print(f"{what} against plain Python: {_spread(ratios, 'x')}")
        print("by step: " + ", ".join(f"{step} {seconds:.2f} s" for step, seconds in medians.items()))
        config, target = ours(folder, SMALL)
        argv = ["-m", "s3transfer_tl", "build", "-q", "-c", config, "-o", target]
        small = [run(argv, folder / "temporary").seconds for _ in range(SMALL_RUNS)]
        print(f"{SMALL} keys as a process: {_spread(small)}")


def _spread(values: list[float], unit: str = " s") -> str:
    return f"{statistics.median(values):.2f}{unit} ({min(values):.2f}-{max(values):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--steps", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        peer(*given.peer)
    elif given.steps:
        steps(*given.steps)
    else:
        compare(given.keys, given.rounds)


if __name__ == "__main__":
    main()
