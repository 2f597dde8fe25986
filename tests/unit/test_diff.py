"""Two manifests and what lies between them."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import diff
from s3transfer_tl.diff import Change
from s3transfer_tl.model import Entry

A = Entry("index", "en", "s3://b/a.mp4", "s3://b/a.srt")


def test_each_kind_of_change_is_told_apart() -> None:
    before = [
        A._replace(object=f"s3://b/{key}")
        for key in ("dropped", "index", "language", "none", "other", "same")
    ]
    after = [
        before[1]._replace(index_id="another"),
        before[2]._replace(language="de"),
        before[3]._replace(transcription=None),
        before[4]._replace(transcription="s3://b/b.srt", language="de"),
        before[5],
        A._replace(object="s3://b/added"),
    ]
    found = diff.compare(before, after)
    assert {change.object[7:]: change.kind for change in found.changes} == {
        "added": "added",
        "dropped": "dropped",
        "index": "changed",
        "language": "changed",
        "none": "re-paired",
        "other": "re-paired",
    }
    assert found.same == 1
    assert [change.object for change in found.changes] == sorted(change.object for change in found.changes)


def test_an_object_in_two_indexes_is_two_entries() -> None:
    other = A._replace(index_id="other")
    better = other._replace(transcription="s3://b/better.srt")
    assert diff.compare([A, other], [better, A]) == ((Change("re-paired", A.object, other, better),), 1)
    assert diff.compare([A, other], [A]) == ((Change("dropped", A.object, other, None),), 1)


def test_an_entry_that_stands_twice_is_counted() -> None:
    assert diff.compare([A], [A, A]) == ((Change("added", A.object, None, A),), 1)
    assert diff.compare([A, A], [A]) == ((Change("dropped", A.object, A, None),), 1)


def test_the_same_index_counts_before_the_same_transcription() -> None:
    here, there = A._replace(transcription="s3://b/b.srt"), A._replace(index_id="other")
    assert diff.compare([A], [there, here]).changes == (
        Change("re-paired", A.object, A, here),
        Change("added", A.object, None, there),
    )


few = st.sampled_from
ENTRIES = st.lists(
    st.builds(Entry, few("xy"), few(["en", "de"]), few(["s3://b/a", "s3://b/b"]), few([None, "s", "t"])),
    max_size=6,
)


@given(ENTRIES, ENTRIES)
def test_the_changes_lead_from_one_to_the_other(before: list[Entry], after: list[Entry]) -> None:
    found = diff.compare(before, after)
    made = Counter(before)
    for change in found.changes:
        made.subtract([change.before] if change.before else [])
        made.update([change.after] if change.after else [])
        assert change.before != change.after
        assert {side.object for side in (change.before, change.after) if side} == {change.object}
    assert +made == Counter(after)
    assert found.same == (Counter(before) & Counter(after)).total()
    added = sum(change.before is None for change in found.changes)
    dropped = sum(change.after is None for change in found.changes)
    assert len(after) - len(before) == added - dropped


@given(ENTRIES, ENTRIES, st.randoms())
def test_order_does_not_matter(before: list[Entry], after: list[Entry], random: st.DataObject) -> None:
    expected = diff.compare(before, after)
    random.shuffle(before)  # type: ignore[attr-defined]
    random.shuffle(after)  # type: ignore[attr-defined]
    assert diff.compare(before, after) == expected
