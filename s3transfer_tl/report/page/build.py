"""The section of a build: what was seen, paired by which rule, left out and why, not public and the fix."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from s3transfer_tl.report.page.parts import (
    Bar,
    Facts,
    Part,
    Section,
    Step,
    Table,
    Tile,
    filled,
    number,
    slices,
    text,
)
from s3transfer_tl.report.page.seen import CLOSED, ORPHANS, Seen
from s3transfer_tl.report.text import counted

_MODES = {
    "stream": "the bucket was listed",
    "inventory": "an S3 Inventory was read",
    "export": "a dashboard export was read",
    "file": "a saved listing was read",
    "folder": "a folder was read",
}
_NAMED = 3  # files and folders that are named one by one


def section(name: str, seen: Seen, facts: Facts = (), remarks: tuple[str, ...] = ()) -> Section:
    """Return what the page shows of a build; ``facts`` come before those that its report tells."""
    closed, count = sum(seen.access[access] for access in CLOSED), seen.count
    doubtful = seen.access["unknown"] or count("ambiguous") or _unmatched(seen) or seen.stale.total
    return Section(
        kind="Build",
        name=name,
        verdict=_verdict(seen),
        tone="bad" if closed else "warn" if doubtful else "good",
        remarks=remarks,
        facts=(*facts, *_manifests(seen), *_listing(seen), *_decisions(seen)),
        tiles=(
            Tile("videos seen", count("videos")),
            Tile("transcriptions seen", count("transcriptions")),
            Tile("pairs", count("paired"), "good"),
            Tile("without a transcription", count("unmatched_videos"), "warn"),
            Tile("ambiguous", count("ambiguous"), "warn"),
            Tile("not public", closed, "bad"),
        ),
        steps=tuple(_steps(seen)),
        parts=filled(_parts(seen)),
    )


def _unmatched(seen: Seen) -> int:
    """Return how many videos have no transcription, and nobody decided so."""
    return seen.count("unmatched_videos") - seen.unmatched_by_decision


def _verdict(seen: Seen) -> str:
    videos, paired = seen.count("videos"), seen.count("paired")
    if paired == videos:
        told = f"{counted(videos, 'video')}, each with its transcription"
    else:
        told = f"{paired:,} of {counted(videos, 'video')} {'has' if paired == 1 else 'have'} a transcription"
    entries = sum(number(one.get("entries")) for one in seen.manifests)
    written = f"the manifest has {counted(entries, 'entry', 'entries')}"
    manifest = written if entries else "no manifest was written"
    closed = sum(seen.access[access] for access in CLOSED)
    warned = f", {closed:,} of them with a transcription that is not public" if closed else ""
    return f"{told}; {manifest}{warned}."


def _manifests(seen: Seen) -> Iterator[tuple[str, str]]:
    for one in seen.manifests[:_NAMED]:
        yield (
            "Manifest",
            f"{text(one.get('file'))}: {counted(number(one.get('entries')), 'entry', 'entries')}",
        )
        yield "SHA-256", text(one.get("sha256")) or "not told"
    if more := seen.manifests[_NAMED:]:
        yield "Manifests", f"and {counted(len(more), 'more file')}"


def _listing(seen: Seen) -> Iterator[tuple[str, str]]:
    listing = seen.summary.get("listing")
    if not isinstance(listing, dict):
        return
    modes = (text(listing.get("mode")) or "").split("+")
    words = " and ".join(_MODES.get(mode, mode) for mode in modes)
    keys, pages = number(listing.get("keys")), number(listing.get("pages"))
    yield (
        "Listing",
        f"{words}: {counted(keys, 'key')}, {counted(pages, 'page')}, {text(listing.get('seconds'))} s",
    )
    if snapshot := text(listing.get("snapshot")):
        yield "Inventory of", f"{snapshot}; objects may have come or gone since"
    prefixes = listing.get("prefixes")
    for prefix in prefixes if isinstance(prefixes, list) else ():
        yield "Listed only", text(prefix) or ""


def _decisions(seen: Seen) -> Iterator[tuple[str, str]]:
    decisions = seen.summary.get("decisions")
    if isinstance(decisions, dict):
        none = number(decisions.get("none"))
        pairs = counted(seen.decided, "pair")
        yield "By decision", f"{pairs}, and {counted(none, 'video')} without a transcription"


def _steps(seen: Seen) -> Iterator[Step]:
    access = seen.access
    if denied := access["denied"]:
        yield Step(
            f"Open {counted(denied, 'transcription')} to the public. This names the cause and prints the"
            " smallest policy statement that mends it.",
            "not-public",
            tuple(_type("access", folder) for folder, _ in seen.folders.most_common(_NAMED)),
        )
    if missing := access["missing"]:
        what = counted(missing, "transcription")
        yield Step(
            f"{what} went missing after the listing: put back what is gone, or build again.", "not-public"
        )
    if unknown := access["unknown"]:
        what = counted(unknown, "transcription")
        yield Step(f"S3 did not say whether {what} can be read: build again.", "not-public")
    config = "-c transfer.yaml"
    if ambiguous := seen.count("ambiguous"):
        what = counted(ambiguous, "ambiguous video")
        yield Step(
            f"Decide {what}: mend the rules, say in the config what you prefer, or choose one by one."
            " The first tells what tied, the second opens a page to choose in.",
            "ambiguous",
            (*_first(f"explain {config}", seen.ambiguous), f"s3transfer-tl review {config}"),
        )
    if stale := seen.stale.total:
        what = counted(stale, "decision")
        yield Step(
            f"{what} about what is no longer listed: drop or mend them in the decisions file.", "stale"
        )
    if unmatched := _unmatched(seen):
        what = counted(unmatched, "video")
        yield Step(
            f"See why {what} got no transcription. This names the nearest rule and the nearest key.",
            "unmatched",
            _first(f"explain {config}", seen.unmatched),
        )


def _first(words: str, table: Table) -> tuple[str, ...]:
    uri = table.rows[0][0] if table.rows else None
    return (_type(words, uri),) if isinstance(uri, str) else ()


def _type(words: str, uri: str) -> str:
    return f"s3transfer-tl {words} {shlex.quote(uri)}"


def _parts(seen: Seen) -> Iterator[Part]:
    yield Part("seen", "What was seen", bars=(_videos(seen), _transcriptions(seen)))
    decided = seen.decided
    pairs = counted(decided, "more pair", "more pairs")
    rules = "The first rule that pairs a video wins." + (f" {pairs} by decision." if decided else "")
    yield _listed("rules", "Paired by which rule", rules, seen.rules)
    closed = (
        "The platform reads transcriptions as anybody would, without credentials. Denied: S3 refuses that."
        " Missing: S3 says that nothing is there. Unknown: S3 gave no answer, which tells nothing."
    )
    yield _listed("not-public", "Not public", closed, seen.closed)
    ambiguous = (
        "The best candidates are equally good, or two videos want the same one. Nothing is decided silently."
    )
    yield _listed("ambiguous", "Ambiguous", ambiguous, seen.ambiguous)
    unmatched = "No rule brings these together with a transcription. The nearest name is a guess to look at."
    yield _listed("unmatched", "Videos without a transcription", unmatched, seen.unmatched)
    stale = "What they name was not in the listing, so the rules decided."
    yield _listed("stale", "Decisions that did not count", stale, seen.stale)
    yield _listed("orphans", "Transcriptions in no pair", "Seen, and in no manifest.", seen.orphaned)
    yield _listed("excluded", "Excluded", "Kept out by include or exclude in the config.", seen.excluded)
    yield _listed(
        "pairs", "Every pair", "What was paired, by which rule, and what S3 said of it.", seen.pairs
    )


def _listed(slug: str, title: str, said: str, table: Table) -> Part:
    return Part(slug, title, said, table.total, tables=(table.slim(),))


def _videos(seen: Seen) -> Bar:
    access, count = seen.access, seen.count
    closed = access["denied"] + access["missing"]
    return Bar(
        "Videos",
        slices(
            ("paired, transcription public", access["public"], "good"),
            ("paired, access not checked", access["unchecked"], "info"),
            ("paired, left out by --since", seen.left_out, "mute"),
            ("paired, access unknown", access["unknown"], "warn"),
            ("paired, transcription not public", closed, "bad"),
            ("ambiguous", count("videos") - count("paired") - count("unmatched_videos"), "warn"),
            ("without a transcription", count("unmatched_videos"), "mute"),
        ),
    )


def _transcriptions(seen: Seen) -> Bar:
    orphans = [(words, seen.orphans[reason], tone) for reason, (words, tone) in ORPHANS.items()]
    candidates = seen.count("transcriptions") - seen.count("paired") - sum(seen.orphans.values())
    return Bar(
        "Transcriptions",
        slices(
            ("in a pair", seen.count("paired"), "good"),
            ("candidate of an ambiguous video", candidates, "warn"),
            *orphans,
        ),
    )
