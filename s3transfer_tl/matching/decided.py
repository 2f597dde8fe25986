"""What a person decided, laid over what the rules came to.

A decision speaks of its own video and its own transcription. Any other video stays as the rules left it,
but for one: whose best candidates were all given away has none, and takes no second choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from s3transfer_tl.decisions import Decision
from s3transfer_tl.matching import clauses
from s3transfer_tl.matching.outcome import Honoured, Stale, insert

if TYPE_CHECKING:
    import duckdb

_AT_ONCE = 20_000  # decisions


def take(con: duckdb.DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    """Fill ``choices`` with the decisions about what is listed, and ``spelt`` before the stems are let go."""
    con.execute(clauses.step("given"))
    rows = ((place, one.video, one.transcription, one.language) for place, one in enumerate(decisions))
    while some := list(islice(rows, _AT_ONCE)):
        insert(con, "given", some)
    con.execute(clauses.step("choices"))
    con.execute(clauses.step("spelt"))


def honour(
    con: duckdb.DuckDBPyConnection,
    decisions: Sequence[Decision],
    rules: int,
    language: str | None,
    *,
    first: bool,
) -> Honoured:
    """Put the choices into ``decided`` and ``picks``; return what became of the ``decisions``. ``rules`` is
    how many there are, ``language`` the config's, ``first`` that the policy decides ambiguities."""
    filled = {"rules": str(rules), "language": clauses.literal(language)}
    for step in ("twins", "settled", "gone_first" if first else "gone", "honoured"):
        con.execute(clauses.step(step, **filled))
    stale = tuple(
        Stale(decisions[place], video, transcription)
        for place, video, transcription in con.execute(clauses.step("stale")).fetchall()
    )
    none = sum(one.transcription is None for one in decisions)
    none -= sum(one.decision.transcription is None for one in stale)
    return Honoured(len(decisions) - none - len(stale), none, stale)
