"""The steps of ``matching.sql`` in order, and what Python adds between them."""

from __future__ import annotations

from collections.abc import Sequence
from json.encoder import encode_basestring as quoted
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from s3transfer_tl import naming
from s3transfer_tl.decisions import Decision
from s3transfer_tl.errors import ConfigError
from s3transfer_tl.matching import clauses, decided
from s3transfer_tl.matching.outcome import NFC_NOTE, NOTHING_DECIDED, Counts, Matching, insert
from s3transfer_tl.model import Config, SourceSpec
from s3transfer_tl.naming import languages, names

if TYPE_CHECKING:
    import duckdb

_CROWD = 20  # candidates per listed object; real layouts stay below four
_CROWD_FLOOR = 1_000_000


class Listing(NamedTuple):
    """A listing on disk: JSON lines with at least ``uri``, or a ``.parquet`` with ``index_id`` and
    ``language`` too. ``root`` is what keys are relative to, such as ``s3://bucket/prefix/``; "" means
    the whole key, whatever the bucket."""

    path: Path
    root: str

    @property
    def is_packed(self) -> bool:
        """Tell whether it is Parquet: about a tenth of the bytes."""
        return self.path.suffix == ".parquet"


class Job(NamedTuple):
    """What ``match`` was asked. ``transcriptions`` None: both sides are in the videos' listing.
    ``asked``: the keys and URIs that ``asked.Inquiry`` will tell of. ``decided``: what a person decided."""

    videos: Listing
    transcriptions: Listing | None
    rules: tuple[naming.Rule, ...]
    config: Config
    asked: tuple[str, ...] | None = None
    decided: tuple[Decision, ...] = ()


def run(con: duckdb.DuckDBPyConnection, job: Job) -> Matching:
    """Run the pipeline up to what each video got. Raises ``ConfigError`` for a rule too coarse."""
    config = job.config
    excluded = _load(con, job)
    (left_out,) = _row(con, clauses.step("how_many", of=excluded)) if excluded else (0,)
    _take_apart(con, job)
    _guard(con, job.rules)
    con.execute(clauses.step("wants"))
    if job.decided:
        decided.take(con, job.decided)
    if job.asked is not None:
        _note_asked(con, job)
    con.execute(clauses.step("matched"))
    _rank(con, config)
    con.execute(clauses.step("decided_first" if config.ambiguous == "first" else "decided"))
    honoured = NOTHING_DECIDED
    if job.decided:
        language = _canonical(config.language)
        honoured = decided.honour(
            con, job.decided, len(job.rules), language, first=config.ambiguous == "first"
        )
    con.execute(clauses.step("unmatched_undecided" if config.ambiguous == "fail" else "unmatched"))
    videos, transcriptions, paired, unmatched, ambiguous = _row(con, clauses.step("counts"))
    counts = Counts(videos, transcriptions, paired, unmatched, transcriptions - paired, ambiguous, left_out)
    return Matching(con, counts, _questions(config, excluded), honoured)


def _questions(config: Config, excluded: str) -> dict[str, str]:
    """Return the queries that depend on the config, by the names of their steps."""
    told = {
        "index_id": clauses.literal(config.index_id),
        "language": clauses.literal(_canonical(config.language)),
    }
    pairs = clauses.step("pairs", **told)
    chosen = clauses.step("pairs_and_unmatched", **told) if config.unmatched_video == "include" else pairs
    stretched = {
        name: clauses.step(name, chosen=chosen) for name in ("entries", "to_be_known", "written", "lacking")
    }
    return stretched | {
        "unchecked": clauses.step("unchecked", pairs=pairs),
        "paired": clauses.step("paired", pairs=pairs),
        "reported": clauses.step("reported", pairs=pairs, note=clauses.literal(quoted(NFC_NOTE))),
        "excluded": f"{excluded} ORDER BY uri, side" if excluded else "",
        "problems": clauses.step("problems", orphans=clauses.step("orphans")),
    }


def _load(con: duckdb.DuckDBPyConnection, job: Job) -> str:
    """Fill ``objects`` and ``told`` from the listings; return the query for what was excluded, ""
    where nothing can be."""
    custom = [rule for rule in job.rules if rule.preset is None]
    videos, captions = job.config.videos, job.config.transcriptions or SourceSpec("")
    known_video, known_caption = clauses.ends_in(names.EXT), clauses.ends_in(names.FORMAT)
    # The default include is the known extensions and nothing else; with globs, the rules have a say.
    asked = [rule.video.pattern for rule in custom] if videos.include else []
    asked_captions = [rule.transcription.pattern for rule in custom]
    filled = {
        "source": _source(job.videos),
        "key": clauses.key(job.videos.root),
        "is_video": clauses.chosen(videos, known_video, asked, known_caption),
        "is_transcription": clauses.chosen(captions, known_caption, asked_captions, known_video),
        "known": known_video,
    }
    if job.transcriptions is None:
        listed = clauses.step("both", **filled)
    else:
        filled["transcription_source"] = _source(job.transcriptions)
        filled["transcription_key"] = clauses.key(job.transcriptions.root)
        listed = clauses.step("each", **filled)
    con.execute(clauses.step("macros", lowered=clauses.lowered("json")))
    con.execute(clauses.step("objects", listed=listed))
    if _row(con, clauses.step("repeated")) == (True,):
        con.execute(clauses.step("single"))
    con.execute(clauses.step("told"))
    sides = [("video", videos, filled["source"], filled["key"], known_video, filled["is_video"])]
    if job.transcriptions is not None:
        source, key = filled["transcription_source"], filled["transcription_key"]
        sides += [("transcription", captions, source, key, known_caption, filled["is_transcription"])]
    return " UNION ALL ".join(
        clauses.step("excluded", side=side, source=source, key=key, known=known, chosen=chosen)
        for side, spec, source, key, known, chosen in sides
        if spec.include or spec.exclude
    )


def _source(listing: Listing) -> str:
    return clauses.step("packed" if listing.is_packed else "source", path=clauses.literal(str(listing.path)))


def _take_apart(con: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Fill ``rules``, ``video_stems`` and ``spellings``."""
    con.execute(clauses.step("tables"))
    told = [
        (number, rule.spec, rule.name, rule.index_id, rule.language) for number, rule in enumerate(job.rules)
    ]
    insert(con, "rules", told)
    for number, rule in enumerate(job.rules):
        # "The same folder", as most presets say, is in the same bucket.
        apart = rule.one_bucket and job.transcriptions in (None, job.videos) and job.videos.root == ""
        common = {"rule": str(number), "spec": str(rule.spec)}
        side = clauses.side(rule.video, job.videos.root, is_video=True, bucket=apart)
        con.execute(clauses.step("video_stems", side=side, stem=clauses.stem(rule, rule.video), **common))
        root = (job.transcriptions or job.videos).root
        side = clauses.side(rule.transcription, root, is_video=False, bucket=apart)
        con.execute(
            clauses.step(
                "loose" if rule.loose else "spellings",
                side=side,
                stem=clauses.stem(rule, rule.transcription),
                tail=clauses.tail(rule.transcription),
                whole_tail=clauses.loose_tail(rule.transcription),
                tail_pattern=clauses.literal(names.TAIL),
                form=clauses.form(rule.transcription),
                **common,
            )
        )


def _guard(con: duckdb.DuckDBPyConnection, rules: Sequence[naming.Rule]) -> None:
    """Raise ``ConfigError`` where a rule would pair everything with everything."""
    (objects,) = _row(con, "SELECT count(*) FROM objects")
    for number, candidates in con.execute(clauses.step("crowds")).fetchall():
        if candidates > max(_CROWD_FLOOR, _CROWD * objects):
            rule = rules[number]
            raise ConfigError(
                f"naming rule {rule.spec + 1} (`{rule.name}`) makes {candidates:,} candidates of {objects:,}"
                f" objects: too many of them agree in {', '.join(rule.join)}",
                "give more of what video and transcription have in common the same name on both sides",
            )


def _note_asked(con: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Fill ``asked`` and ``offers``: what is gone once the stems are let go."""
    sides = dict.fromkeys(listing for listing in (job.videos, job.transcriptions) if listing)
    listed = " UNION ALL ".join(
        clauses.step("listed", key=clauses.key(side.root), source=_source(side)) for side in sides
    )
    con.execute(clauses.step("asked", listed=listed), {"texts": list(job.asked or ())})
    con.execute(clauses.step("offers"))


def places(config: Config) -> tuple[int, int]:
    """Return how many places there are for languages and for formats in the cost of a candidate."""
    return 2 * len(_preferred(config)) + 1, len(config.prefer_formats) + 2


def _preferred(config: Config) -> list[str]:
    default = _canonical(config.language)
    return [_canonical(tag) or tag for tag in config.prefer_languages] or ([default] if default else [])


def _rank(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Fill ``meanings``, ``positions``, ``ranked``, ``claims`` and ``picks``."""
    tails = [text for (text,) in con.execute(clauses.step("tails")).fetchall()]
    meanings = [(text, *languages.tail(text)) for text in tails]
    insert(con, "meanings", meanings)
    told = [
        text for (text,) in con.execute("SELECT DISTINCT language FROM told WHERE language <> ''").fetchall()
    ]
    for text in told:
        if _canonical(text) != text:
            con.execute("UPDATE told SET language = ? WHERE language = ?", [_canonical(text), text])
    default = _canonical(config.language)
    preferred = _preferred(config)
    ruled = [text for (text,) in con.execute("SELECT language FROM rules").fetchall()]
    spoken = {meaning[1] for meaning in meanings} | {_canonical(tag) for tag in told} | {*ruled, default}
    positions = [(tag, _position(tag, preferred)) for tag in spoken if tag]
    insert(con, "positions", positions)
    formats = [form.lower() for form in config.prefer_formats]
    language_places, format_places = places(config)
    con.execute(
        clauses.step(
            "ranked",
            languages=str(language_places),
            formats=str(format_places),
            format_list=f"[{', '.join(map(clauses.literal, formats))}]::VARCHAR[]",
            language=clauses.literal(default),
        )
    )
    con.execute(clauses.step("claims"))
    con.execute(clauses.step("picks"))


def _position(tag: str, preferred: Sequence[str]) -> int:
    """Return where ``tag`` stands: a listed tag, then its regional kinds, then the next listed one."""
    places = [2 * n for n, liked in enumerate(preferred) if tag == liked]
    places += [2 * n + 1 for n, liked in enumerate(preferred) if tag.startswith(f"{liked}-")]
    return min(places, default=2 * len(preferred))


def _row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = con.execute(query).fetchone()
    assert row is not None
    return tuple(row)


def _canonical(tag: str | None) -> str | None:
    return None if tag is None else languages.canonical(tag) or tag
