"""What was handed on before is not handed on again, and nothing else is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl.sources import emitted
from s3transfer_tl.sources.decode import Columns

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
PAGES = st.lists(st.lists(KEYS, min_size=1, max_size=9), max_size=9)


def page(keys: list[str]) -> Columns:
    return Columns(keys, list(range(len(keys))), None, ["t"] * len(keys), None)


@given(known=PAGES, listed=PAGES, part=st.sampled_from([1, 3, 200_000]))
def test_exactly_the_missing_keys_come_out(
    known: list[list[str]], listed: list[list[str]], part: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, emitted.Emitted() as log:
        patch.setattr(emitted, "_KEYS_A_PART", part)
        for keys in known:
            log.add(keys)
        found = [key for columns in log.missing(map(page, listed)) for key in columns.key]
    before = {key for keys in known for key in keys}
    assert sorted(found) == sorted(key for keys in listed for key in keys if key not in before)


def test_a_row_keeps_its_columns() -> None:
    with emitted.Emitted() as log:
        log.add(["a", "c"])
        (found,) = log.missing([page(["a", "b", "c", "d"])])
    assert (list(found.key), list(found.size), list(found.last_modified or [])) == (
        ["b", "d"],
        [1, 3],
        ["t", "t"],
    )
    assert set(found.etag or [None]) == {None}
