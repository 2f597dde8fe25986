"""Every rule has a folder of good and bad files in tests/lint, and says there what it must.

``bad-NAME.expected`` holds every finding of ``bad-NAME.*``: ``line:column-end CODE severity``.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from s3transfer_tl import lint
from s3transfer_tl.model import (
    AccessVerdict,
    Config,
    LintSpec,
    MediaVerdict,
    ObjectState,
    Review,
    RuleSpec,
    SourceSpec,
)

FOLDERS = Path(__file__).parent.parent / "lint"
FILES = sorted(path for path in FOLDERS.glob("TL*/*") if path.suffix not in (".expected", ".listing"))
VERDICTS = {
    f"s3://media/subs/{name}.srt": AccessVerdict(
        f"s3://media/subs/{name}.srt", access, status, reason, cause=cause
    )
    for name, access, status, reason, cause in (
        ("01", "public", 200, "anyone may read it", ""),
        ("office", "public", 200, "public from your network only: aws:SourceIp", "network"),
        ("unverified", "public", 200, "anyone may read it from here", "unverified"),
        ("private", "denied", 403, "AccessDenied", "no-grant"),
        ("missing", "missing", 404, "NoSuchKey", ""),
        ("unknown", "unknown", 0, "no answer", ""),
        ("unchecked", "unchecked", 0, "not asked", ""),
    )
}
GIB_2 = 2 * 2**30
STATES = {
    f"s3://media/{'subs' if name.endswith(('srt', 'vtt')) else 'shows'}/{name}": state
    for name, state in {
        "gone.mp4": {"there": False, "reason": "there is no such object"},
        "gone.srt": {"there": False, "reason": "there is no such object"},
        "empty.mp4": {"size": 0},
        "blank.srt": {"size": 0},
        "byte.mp4": {"size": 1},
        "byte.srt": {"size": 1},
        "over-2-gib.mp4": {"size": GIB_2 + 1},
        "over-2-gb.mp4": {"size": GIB_2},
        "2-gb.mp4": {"size": 2 * 10**9},
        "large.srt": {"size": (8 << 20) + 1},
        "8-mib.srt": {"size": 8 << 20},
        "glacier.mp4": {"storage_class": "GLACIER"},
        "deep.mp4": {"storage_class": "DEEP_ARCHIVE"},
        "tier.srt": {"storage_class": "INTELLIGENT_TIERING", "archive": "DEEP_ARCHIVE_ACCESS"},
        "tiering.mp4": {"storage_class": "INTELLIGENT_TIERING"},
        "ir.mp4": {"storage_class": "GLACIER_IR"},
        "restored.mp4": {"storage_class": "DEEP_ARCHIVE", "restored": True},
        "html.mp4": {"content_type": "text/html; charset=utf-8"},
        "page.srt": {"content_type": "text/html"},
        "playlist.mp4": {"content_type": "application/vnd.apple.mpegurl"},
        "plain.vtt": {"content_type": "binary/octet-stream"},
        "octets.mp4": {"content_type": "binary/octet-stream"},
        "octets.srt": {"content_type": "application/octet-stream"},
        "video.srt": {"content_type": "video/mp4"},
        "typed.mp4": {"content_type": "video/mp4"},
        "typed.vtt": {"content_type": "text/vtt"},
        "frankfurt.mp4": {"region": "eu-central-1"},
        "oregon.mp4": {"region": "us-west-2"},
        "grown.mp4": {"size": 20, "etag": "b", "before": (10, "a")},
        "rewritten.srt": {"size": 10, "etag": "b", "before": (10, "a")},
        "kms.mp4": {"encryption": "aws:kms"},
        "own-key.mp4": {"encryption": "SSE-C"},
        "foreign.srt": {"encryption": "SSE-C"},
        "paid.mp4": {"requester_pays": True},
        "aes.mp4": {"encryption": "AES256"},
        "aes.srt": {"encryption": "AES256"},
        "denied-kms.srt": {"encryption": "aws:kms"},
    }.items()
}
OBJECTS = lint.Facts(
    objects={uri: ObjectState(uri, **told) for uri, told in STATES.items()}, built="m.report.json"
)
VIDEOS = {  # width, height, seconds, sound
    f"s3://media/shows/{name}.mp4": MediaVerdict(f"s3://media/shows/{name}.mp4", *told)
    for name, told in {
        "hd": (1920, 1080, 900.0, True),
        "uhd": (3840, 2160, 900.0, True),
        "phone": (1080, 1920, 120.0, True),
        "least": (640, 360, 900.0, True),
        "least-portrait": (360, 640, 900.0, True),
        "square": (2160, 2160, 900.0, True),
        "wide": (3840, 1600, 900.0, True),
        "odd": (853, 481, 900.0, True),
        "two-k": (2560, 1440, 900.0, True),
        "ten-minutes": (1920, 1080, 600.0, True),
        "twenty-minutes": (1920, 1080, 1200.0, True),
        "just-five": (1920, 1080, 5.01, True),
        "no-word": (1920, 1080, 900.0, None),
        "tall": (2160, 3840, 900.0, True),
        "small": (320, 240, 900.0, True),
        "eight-k": (7680, 4320, 900.0, True),
        "sound": (0, 0, 900.0, True),
        "unknown": (None, None, None, None, None, "it is cut off"),
        "blink": (1920, 1080, 3.9, True),
        "five": (1920, 1080, 5.0, True),
        "half-hour": (1920, 1080, 1500.0, True),
        "feature": (1920, 1080, 5400.0, True),
        "marathon": (1920, 1080, 11400.0, True),
        "live": (1920, 1080, None, True, "mov", "it is in fragments"),
        "mute": (1920, 1080, 900.0, False),
        "beyond": (1920, 1080, 900.0, True),
        "cut": (1920, 1080, 900.0, True),
        "lingers": (1920, 1080, 900.0, True),
        "unread": (1920, 1080, 900.0, True),
    }.items()
}
ENDS = {"hd": 899.0, "beyond": 901.5, "cut": 1700.0, "lingers": 900.9, "ten-minutes": 600.5}
CUES = {f"s3://media/subs/{name}.srt": end for name, end in ENDS.items()}
MEDIA = lint.Facts(media=VIDEOS, cues=CUES)
CONFIG = Config("transfer.yaml", SourceSpec("s3://media/"))
FACTS = {
    "TL008": lint.Facts(config=replace(CONFIG, lint=LintSpec(max_entries=3))),
    "TL303": lint.Facts(config=replace(CONFIG, lint=LintSpec(languages=("en", "es", "pt")))),
    "TL503": lint.Facts(
        config=replace(
            CONFIG,
            rules=(
                RuleSpec(preset="sidecar"),
                RuleSpec(video="{path:**}.{ext}", transcription="subtitles/{lang}/{path:**}.{format}"),
            ),
        )
    ),
    "TL602": lint.Facts(access=VERDICTS),
    **{f"TL60{number}": OBJECTS for number in (1, 3, 4, 5, 6, 7, 8, 9)},
    **{f"TL61{number}": MEDIA for number in range(4)},
}

# TL901 is about a whole run: test_lint_control.py and test_baseline.py hold the linter to it.
NOT_IN_ONE_FILE = {"TL808", "TL901"}
JUDGED = [rule for rule in lint.RULES if rule.code not in NOT_IN_ONE_FILE]


def reviewed(path: Path) -> Review:
    data = path.read_bytes()
    select = () if lint.rule(path.parent.name).default else ("TL",)
    if lint.is_config(path.name):
        return lint.configuration(data, path.name, select=select)
    if lint.is_transcription(path.name):
        return lint.transcription(data, path.name, select=select)
    facts = FACTS.get(path.parent.name, lint.Facts())
    if path.with_suffix(".listing").exists():
        facts = facts._replace(listing=path.with_suffix(".listing").read_text(encoding="utf-8").split())
    return lint.manifest(io.BytesIO(data), path.name, facts=facts, select=select)


def told(review: Review) -> str:
    return "".join(
        f"{item.line}:{item.column}-{item.end_column or ''} {item.code} {item.severity.value}\n"
        for item in review.findings
    )


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", [p for p in FILES if p.name.startswith("bad-")], ids=named)
def test_a_bad_file_gets_exactly_the_findings_beside_it(path: Path) -> None:
    review = reviewed(path)
    assert told(review) == path.with_suffix(".expected").read_text(encoding="utf-8")
    assert path.parent.name in {finding.code for finding in review.findings}
    for finding in review.findings:
        assert finding.name == lint.rule(finding.code).name
        assert finding.message
        assert finding.hint


@pytest.mark.parametrize("path", [p for p in FILES if p.name.startswith("good-")], ids=named)
def test_a_good_file_gets_no_finding(path: Path) -> None:
    assert told(reviewed(path)) == ""


def test_every_rule_has_a_folder_and_every_folder_a_rule() -> None:
    assert [rule.code for rule in JUDGED] == sorted(path.name for path in FOLDERS.iterdir())


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.code)
def test_a_rule_has_at_least_two_good_files_for_each_bad_one(rule: lint.Rule) -> None:
    names = [path.name for path in FILES if path.parent.name == rule.code]
    bad = sum(name.startswith("bad-") for name in names)
    assert bad >= 1
    assert len(names) - bad >= 2 * bad


def test_codes_and_names_are_unique_and_pages_complete() -> None:
    assert len({rule.code for rule in lint.RULES}) == len(lint.RULES)
    assert len({rule.name for rule in lint.RULES}) == len(lint.RULES)
    for rule in lint.RULES:
        page = lint.page(rule)
        assert page.startswith(f"# {rule.code} {rule.name}\n")
        for heading in ("## What it finds", "## Why it hurts", "## Example", "## Better"):
            _, _, below = page.partition(f"{heading}\n")
            assert below.strip().removeprefix("```").strip()
        assert f"| {rule.code} | {rule.name} | {rule.severity.value} |" in lint.index()
