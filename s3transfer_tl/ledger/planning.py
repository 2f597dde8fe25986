"""Runs, and the entries that they are about: found where the ledger knows them, else planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count, islice
from typing import NamedTuple

from s3transfer_tl.ledger.moving import Moving
from s3transfer_tl.ledger.states import Identity, Ready, Row, base_name
from s3transfer_tl.ledger.telling import OF_RUN

_PART = 500  # entries that are looked up and planned together

_Place = tuple[str, str, str]  # endpoint, index, object


class _Known(NamedTuple):
    id: int
    state: str
    object_etag: str | None
    transcription_etag: str | None


class Planning(Moving):
    """The part of the ledger that plans."""

    def begin(self, command: str, manifest: str, endpoint: str, version: str) -> int:
        """Note a run and return its number."""
        # a file's name may hold bytes that are no text, and SQLite takes text only
        manifest = manifest.encode("utf-8", "backslashreplace").decode()
        values = (command, manifest, endpoint, version, self.clock.wall())
        sql = "INSERT INTO runs (command, manifest, endpoint, version, began) VALUES (?, ?, ?, ?, ?)"
        number = self._execute(sql, values).lastrowid
        assert number is not None
        return number

    def end(self, run: int, exit_code: int) -> None:
        """Note how a run ended."""
        self._execute(
            "UPDATE runs SET ended = ?, exit_code = ? WHERE id = ?", (self.clock.wall(), exit_code, run)
        )

    def plan(self, run: int, identities: Iterable[Identity]) -> None:
        """Make each entry part of ``run``, planned if it is new; one that was rejected before is
        planned again (its request was refused, so nothing can double). Call inside a transaction."""
        numbered = enumerate(identities)
        while part := list(islice(numbered, _PART)):
            places = [(endpoint, entry.index_id, entry.object) for _, (endpoint, entry, _, _) in part]
            taken = self._taken(places)
            if taken or len(set(places)) < len(part):
                self._executemany(
                    "INSERT OR IGNORE INTO run_entries (run_id, position, entry_id) VALUES (?, ?, ?)",
                    [(run, position, entry_id) for position, entry_id in self._planned(part, places, taken)],
                )
            else:  # all of them are new, as in most runs: numbers follow each other as positions do
                first, last = self._insert([(identity, identity.digest) for _, identity in part])
                self._execute(
                    "INSERT INTO run_entries (run_id, position, entry_id)"
                    " SELECT ?, id + ?, id FROM entries WHERE id BETWEEN ? AND ?",
                    (run, part[0][0] - first, first, last),
                )

    def plan_again(self, run: int, rows: Sequence[Row]) -> None:
        """Make failed, rejected and planned entries part of ``run``, planned. What a failed one's task was
        is remembered, so that nobody takes it for the next. Call inside a transaction."""
        numbers = [(run, position, row.id) for position, row in enumerate(rows)]
        self._executemany("INSERT INTO run_entries (run_id, position, entry_id) VALUES (?, ?, ?)", numbers)
        self._move_all([row for row in rows if row.state != "planned"], "planned")

    def state_of(self, identity: Identity) -> str | None:
        """Return the state of an entry, None if the ledger does not know it."""
        known = self._known(identity)
        return known.state if known else None

    def etags(self, row: Ready | Row) -> tuple[str | None, str | None]:
        """Return the ETags of an entry's object and transcription, None where they are not known."""
        sql = "SELECT object_etag, transcription_etag FROM entries WHERE id = ?"
        video, transcription = self._execute(sql, (row.id,)).fetchone()
        return video, transcription

    def indexes_to_send(self, run: int) -> list[str]:
        """Return the distinct indexes of what ``run`` has yet to send."""
        sql = f"SELECT DISTINCT e.index_id FROM entries e {OF_RUN} WHERE e.state = 'planned' ORDER BY 1"
        return [index_id for (index_id,) in self._execute(sql, (run,))]

    def with_transcription(self, run: int, index_id: str) -> int:
        """Return how many entries of ``run`` for an index have a transcription."""
        sql = f"SELECT count(e.transcription) FROM entries e {OF_RUN} WHERE e.index_id = ?"
        count: int = self._execute(sql, (run, index_id)).fetchone()[0]
        return count

    def _planned(
        self, part: Sequence[tuple[int, Identity]], places: Sequence[_Place], taken: set[_Place]
    ) -> list[tuple[int, int]]:
        """Return the position and the number of each entry, after planning what is to be. ``taken`` are the
        places that some entry of the ledger has."""
        found: list[tuple[int, int]] = []
        new: list[tuple[Identity, str]] = []
        positions: list[int] = []  # of the new ones
        doubtful: list[tuple[int, Identity]] = []
        digests = [identity.digest for _, identity in part]
        known = self._by_digest(
            [digest for digest, place in zip(digests, places, strict=True) if place in taken]
        )
        for (position, identity), digest, place in zip(part, digests, places, strict=True):
            if exact := known.pop(digest, None):
                found.append((position, self._again(exact, identity)))
            elif place in taken:
                doubtful.append((position, identity))
            else:
                new.append((identity, digest))
                positions.append(position)
            taken.add(place)
        if new:
            found += zip(positions, count(self._insert(new)[0]), strict=False)
        for position, identity in doubtful:  # the same object again, or with other ETags
            same = self._known(identity)
            number = self._again(same, identity) if same else self._insert([(identity, identity.digest)])[0]
            found.append((position, number))
        return sorted(found)  # of two places of one entry the first counts

    def _by_digest(self, digests: Sequence[str]) -> dict[str, _Known]:
        if not digests:
            return {}
        marks = ", ".join("?" * len(digests))
        columns = "digest, id, state, object_etag, transcription_etag"
        sql = f"SELECT {columns} FROM entries WHERE digest IN ({marks})"
        return {digest: _Known(*rest) for digest, *rest in self._execute(sql, digests)}

    def _taken(self, places: Iterable[_Place]) -> set[_Place]:
        """Return those of ``places`` that some entry of the ledger has."""
        by_index: dict[tuple[str, str], list[str]] = defaultdict(list)
        for endpoint, index_id, uri in places:
            by_index[endpoint, index_id].append(uri)
        there: set[_Place] = set()
        for where, uris in by_index.items():
            marks = ", ".join("?" * len(uris))
            sql = f"SELECT object FROM entries WHERE endpoint = ? AND index_id = ? AND object IN ({marks})"
            there.update((*where, uri) for (uri,) in self._execute(sql, (*where, *uris)))
        return there

    def _known(self, identity: Identity) -> _Known | None:
        columns = "SELECT id, state, object_etag, transcription_etag FROM entries WHERE"
        exact = self._execute(f"{columns} digest = ?", (identity.digest,)).fetchone()
        if exact:
            return _Known(*exact)
        # an ETag known on one side only (the build's report came or went) makes no other entry
        entry = identity.entry
        same = self._execute(
            f"{columns} endpoint = ?1 AND index_id = ?2 AND object = ?3 AND language = ?4"
            " AND transcription IS ?5 AND (object_etag IS NULL OR ?6 IS NULL OR object_etag = ?6)"
            " AND (transcription_etag IS NULL OR ?7 IS NULL OR transcription_etag = ?7)"
            " ORDER BY id DESC LIMIT 1",
            (
                *(identity.endpoint, entry.index_id, entry.object, entry.language, entry.transcription),
                *(identity.object_etag, identity.transcription_etag),
            ),
        ).fetchone()
        return _Known(*same) if same else None

    def _again(self, known: _Known, identity: Identity) -> int:
        """Plan what is known: keep ETags that the first submission lacked, so that a later change
        of the file shows; plan what was rejected once more."""
        full = identity._replace(
            object_etag=known.object_etag or identity.object_etag,
            transcription_etag=known.transcription_etag or identity.transcription_etag,
        )
        if full[2:] != known[2:]:
            self._execute(
                "UPDATE OR IGNORE entries SET digest = ?, object_etag = ?, transcription_etag = ?"
                " WHERE id = ?",
                (full.digest, *full[2:], known.id),
            )
        if known.state == "rejected":
            self.move(self._row(known.id), "planned")
        return known.id

    def _insert(self, new: Sequence[tuple[Identity, str]]) -> tuple[int, int]:
        """Plan new entries, each with its digest; return the first number and the last."""
        first: int = self._execute("SELECT ifnull(max(id), 0) + 1 FROM entries").fetchone()[0]
        now = self.clock.wall()
        rows = [
            (
                *(number, digest, endpoint, index_id, language, uri, object_etag or ""),
                *(transcription or "", transcription_etag or "", base_name(uri), now),
            )
            for number, (
                (endpoint, (index_id, language, uri, transcription), object_etag, transcription_etag),
                digest,
            ) in enumerate(new, first)
        ]
        self._executemany(
            "INSERT INTO entries (id, digest, endpoint, index_id, language, object, object_etag,"
            " transcription, transcription_etag, name, state, updated)"
            # handing over a None takes Python longer than a text and nullif together
            " VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''), nullif(?, ''), ?, 'planned', ?)",
            rows,
        )
        last = first + len(new) - 1
        self._tally({"planned": len(new)})
        self._tell("planned", now, [(first, last)])
        return first, last
