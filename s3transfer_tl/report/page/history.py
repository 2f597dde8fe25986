"""States over time: from what happened to each entry to how many were where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping

from s3transfer_tl.report.page.parts import Curve, Tone

_MOMENTS = 240  # of a curve; the widest page shows no more
_AFTER = 24  # where everything stands in the end is shown for this part of the time


def curve(
    changes: Iterable[tuple[float, Hashable, str]],
    begin: float,
    end: float,
    states: Mapping[str, Tone],
) -> Curve | None:
    """Return how many entries were in each of ``states`` from ``begin`` to shortly after ``end`` (epoch
    seconds); None
    where no time passed or nothing changed.

    ``changes`` are time, entry and new state, in the order in which they happened; those before ``begin``
    say where entries stood by then. Each entry takes a few bytes, each moment of the curve one row.
    """
    if end <= begin:
        return None
    end += (end - begin) / _AFTER
    names = tuple(states)
    stands: dict[Hashable, str] = {}
    counts: Counter[str] = Counter()
    slot, rows = 0, {}
    for time, entry, state in changes:
        now = min(max(int((time - begin) / (end - begin) * _MOMENTS), 0), _MOMENTS)
        if now > slot:  # a clock that was set back does not undo what was drawn
            rows[slot] = tuple(counts[name] for name in names)
            slot = now
        before = stands.get(entry)
        if before is not None:
            counts[before] -= 1
        stands[entry] = state
        counts[state] += 1
    rows[slot] = tuple(counts[name] for name in names)
    if not stands:
        return None
    last = rows[slot]
    rows.setdefault(0, tuple(0 for _ in names))
    rows.setdefault(_MOMENTS, last)
    times = tuple(begin + (end - begin) * at / _MOMENTS for at in sorted(rows))
    shown = [number for number in range(len(names)) if any(row[number] for row in rows.values())]
    return Curve(
        title="Entries in each state over time",
        kinds=tuple((names[number], states[names[number]]) for number in shown),
        times=times,
        counts=tuple(tuple(rows[at][number] for number in shown) for at in sorted(rows)),
    )
