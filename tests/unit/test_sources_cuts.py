"""Where a range of keys is cut: every piece holds something, and no question leads astray."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl.sources import cuts
from tests.list_server import shape

LETTERS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


def searched(
    keys: list[str], after: str, upto: str | None, wanted: int, start: int = 0
) -> tuple[list[str], int]:
    """Run a search against ``keys`` in place of a server; return the cuts and how many were asked."""
    search = cuts.search(after, upto, start, [key for key in keys if key <= after][-24:], wanted)
    asked = 0
    try:
        points = next(search)
        while True:
            assert points, "a search that asks nothing would never be answered"
            asked += len(points)
            places = [bisect_right(keys, point) for point in points]
            points = search.send(
                {
                    point: keys[place] if place < len(keys) else None
                    for point, place in zip(points, places, strict=True)
                }
            )
    except StopIteration as ended:
        return list(ended.value), asked


@given(st.lists(LETTERS, min_size=2, max_size=60, unique=True), st.data())
def test_every_piece_between_cuts_holds_a_key(keys: list[str], data: st.DataObject) -> None:
    keys.sort()
    read = data.draw(st.integers(0, len(keys) - 1))
    upto = data.draw(st.sampled_from([None, *keys[read:]]))
    found, _ = searched(keys, keys[read], upto, data.draw(st.integers(1, 20)))
    assert found == sorted(set(found))
    ends = [*found, keys[-1] if upto is None else upto]
    assert all(point > keys[read] for point in found)
    for low, high in pairwise(ends):
        assert bisect_right(keys, low) < bisect_right(keys, high), "an empty piece"


@given(st.lists(LETTERS, min_size=3, max_size=60, unique=True))
def test_where_the_next_character_differs_a_cut_is_found(keys: list[str]) -> None:
    keys.sort()
    found, _ = searched(keys, keys[0], None, 4)
    siblings = [key for key in keys if key[0] > keys[0][0]]
    assert bool(found) >= bool(siblings)


@pytest.mark.parametrize(("name", "most"), [("hash", 20), ("seq", 22), ("pref", 20), ("odd", 60)])
def test_names_of_a_usual_kind_are_cut_where_they_are_dense_with_few_questions(name: str, most: int) -> None:
    keys = sorted(shape(name, 20_000))
    found, asked = searched(keys, keys[999], None, 15)
    assert len(found) >= (3 if name == "hash" else 1)
    assert asked <= most
    places = [1000, *(bisect_left(keys, point) for point in found), len(keys)]
    assert max(high - low for low, high in pairwise(places)) < 16_000


def test_a_cut_never_asks_for_half_a_character() -> None:
    keys = ["\ud7ff a", "\ue000 a", "\uffff a", "\U00010000 a", "\U0010ffff a"]
    found, _ = searched(keys, keys[0], None, 9)
    assert found
    for point in found:
        point.encode()


def test_what_is_left_is_told_from_how_far_the_names_have_come() -> None:
    keys = sorted(shape("hash", 20_000))
    for read in (2000, 5000, 15_000):
        left = cuts.rest(keys[0], keys[read], "g", 0, keys[:read:100], read)
        assert 0.6 * (20_000 - read) < left < 1.6 * (20_000 - read)


def test_without_an_end_anything_may_be_left() -> None:
    assert cuts.rest("a", "b", None, 0, ["a", "b"], 10) == float("inf")


@given(st.lists(st.integers(), max_size=50), st.integers(1, 60))
def test_a_choice_is_even_and_in_order(things: list[int], wanted: int) -> None:
    found = cuts.evenly([str(n) for n in range(len(things))], wanted)
    assert len(found) == min(wanted, len(things))
    assert [int(n) for n in found] == sorted({int(n) for n in found})
