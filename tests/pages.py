"""Runs for the tests of pages, as small or as large as they want them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from s3transfer_tl.report import page
from s3transfer_tl.report.page.parts import MOST, Section

HOSTILE = (
    "s3://media/</script><script>document.title='taken'</script>.mp4",
    "s3://media/<img src=x onerror=\"document.title='taken'\">.mp4",
    "s3://media/\"onmouseover='document.title=1'.mp4",
    "s3://media/{{7*7}}{% raw %}&lt;b&gt;&#60;.mp4",
    "s3://media/<!--<script>.mp4",
    "s3://media/nul\x00esc\x1b[31mdel\x7fnel\x85ls\u2028.mp4",
    "s3://media/a\u202egpm.exe\u2066.mp4",
    "s3://media/\u05e9\u05dc\u05d5\u05dd/\u0645.mp4",
    "s3://media/half\udcff\ud800.mp4",
    " s3://media/ spaces\u00a0 .mp4 ",
    "s3://media/\u65e5\u672c\u8a9e/e\u0301 \U0001f3ac.mp4",
)


def report(count: int, key: str = "") -> dict[str, Any]:
    """Return a build's report of ``count`` pairs, three of them not public; ``key`` is a video's."""
    videos = [f"s3://media/shows/season-{number % 40:02}/film-{number:06}.mp4" for number in range(count)]
    if key:
        videos[0] = key
    access = ["denied", "denied", "missing"]
    pairs = [
        {
            "object": video,
            "transcription": f"{video[:-4]}.en.srt",
            "index_id": "629d807aa9e2a3a33a92c00b",
            "language": "en" if number % 3 else "es",
            "rule": "sidecar" if number % 5 else "mirrored",
            "note": None,
            "access": access[number] if number < 3 and count > 3 else "public",
        }
        for number, video in enumerate(videos)
    ]
    shows = "s3://media/shows"
    return {
        "format_version": 1,
        "manifests": [{"file": "manifest.json", "entries": count, "sha256": "0" * 64}],
        "summary": {
            "videos": count + 3,
            "transcriptions": count + 4,
            "paired": count,
            "unmatched_videos": 2,
            "orphan_transcriptions": 2,
            "ambiguous": 1,
            "excluded": 1,
            "not_public": 3,
            "unknown_access": 0,
            "left_out": 0,
            "listing": {"mode": "stream", "keys": 2 * count + 3, "pages": 1, "seconds": 0.5},
        },
        "rules": [
            {"name": "sidecar", "pairs": count - count // 5, "videos": count, "transcriptions": count},
            {"name": "mirrored", "pairs": count // 5, "videos": count, "transcriptions": count},
        ],
        "pairs": pairs,
        "unmatched_videos": [
            {"object": key or f"{shows}/lost.mp4", "nearest": f"{shows}/lots.srt"},
            {"object": f"{shows}/gone.mp4", "nearest": None},
        ],
        "orphan_transcriptions": [
            {"transcription": f"{shows}/x.srt", "reason": "no_video", "video": None, "problem": None},
            {
                "transcription": f"{shows}/a.xx.srt",
                "reason": "refused",
                "video": key or f"{shows}/a.mp4",
                "problem": "xx is no language",
            },
        ],
        "ambiguous": [
            {
                "object": f"{shows}/twice.mp4",
                "reason": "tie",
                "candidates": [f"{shows}/twice.fr.srt", f"{shows}/twice.it.srt"],
            }
        ],
        "excluded": [{"uri": f"{shows}/proxy.mp4", "side": "video"}],
    }


def review(count: int) -> dict[str, Any]:
    """Return a review of ``count`` findings, a third of them errors."""
    findings = [
        {
            "code": "TL401" if number % 3 else "TL111",
            "name": "duplicate-object" if number % 3 else "index-id-length",
            "severity": "warning" if number % 3 else "error",
            "file": "manifest.json",
            "line": 6 * number + 3,
            "column": 5,
            "end_column": 9,
            "entry": number,
            "field": "index_id",
            "uri": f"s3://media/film-{number}.mp4",
            "message": "index_id has 25 characters, not 24",
            "hint": "copy it again",
            "fixable": False,
        }
        for number in range(count)
    ]
    errors = sum(one["severity"] == "error" for one in findings)
    summary = {
        "files": 1,
        "entries": count,
        "errors": errors,
        "warnings": count - errors,
        "infos": 0,
        "suppressed": 2,
    }
    not_run = [{"code": "TL602", "needs": "access verdicts"}]
    return {"format_version": 1, "findings": findings, "not_run": not_run, "summary": summary}


def entries(count: int) -> Iterator[dict[str, Any]]:
    """Yield entries, two failed, one unknown and the others ready."""
    for number in range(count):
        state = ("failed", "failed", "unknown")[number] if number < 3 else "ready"
        said = {"failed": "the video is <too> short", "unknown": "the answer was lost"}
        yield {
            "object": f"s3://media/shows/film-{number}.mp4",
            "transcription": f"s3://media/shows/film-{number}.srt",
            "index_id": "629d807aa9e2a3a33a92c00b",
            "language": "en",
            "state": state,
            "status": None if state == "unknown" else state,
            "task_id": None if state == "unknown" else f"{number:024x}",
            "message": said.get(state),
        }


def built(count: int, *, most: int = MOST, key: str = "") -> Section:
    """Return the section of a build."""
    return built_of(report(count, key), most=most)


def built_of(told: dict[str, Any], *, most: int = MOST) -> Section:
    """Return the section of the build that ``told`` is the report of."""
    seen = page.seen.Seen("manifest.report.json", most)
    for name, value in told.items():
        for one in value if name in page.seen.LISTS else [value]:
            seen.take(name, one)
    return page.build.section("manifest.json", seen)


def judged(count: int, *, most: int = MOST) -> Section:
    """Return the section of a review."""
    found = page.review.Judged("check.json", most, {"TL111": "An index id of another length."})
    for name, value in review(count).items():
        for one in value if name in page.review.LISTS else [value]:
            found.take(name, one)
    return found.section("check.json")


def submitted(count: int) -> Section:
    """Return the section of a submission, with its curve."""
    found = page.submitted.Submitted("status prints all")
    moves = []
    for number, entry in enumerate(entries(count)):
        found.add(entry)
        moves += [(float(number), number, "planned"), (float(number + count), number, entry["state"])]
    curve = page.history.curve(sorted(moves), 0.0, 2.0 * count, page.submitted.STATES)
    return page.submission.section("run 1", found, curve=curve, option=" --ledger l.sqlite3")


def write(path: Path, document: dict[str, Any]) -> Path:
    """Write ``document`` to ``path`` as JSON."""
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
