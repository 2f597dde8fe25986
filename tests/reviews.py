"""Reviews for the tests of what reports make of them."""

from __future__ import annotations

from hypothesis import strategies as st

from s3transfer_tl.model import Edit, Finding, Fix, NotRun, Review, Severity

FINDING = Finding(
    code="TL111",
    name="index-id-length",
    severity=Severity.ERROR,
    message="index_id has 25 characters, not 24",
    hint="copy it again",
    file="m.json",
    line=3,
    column=5,
    end_column=9,
    entry=0,
    field="index_id",
    uri="s3://media/a.mp4",
)
BARE = Finding("TL005", "empty-manifest", Severity.WARNING, "blank", "build it", "e.json", 1, 1)
NOTE = Finding("TL709", "overlap", Severity.INFO, "cues overlap", "look", "a.srt", 7, 1, 20)
REVIEW = Review((FINDING, BARE), 2, 1200, 3, (NotRun("TL602", "access verdicts"),))
CLEAN = Review((), 1, 1)


def many(count: int, finding: Finding = FINDING) -> tuple[Finding, ...]:
    """Return ``count`` findings of one rule about as many objects, a line apart."""
    return tuple(
        finding._replace(line=number + 1, entry=number, uri=f"s3://media/{number}.mp4")
        for number in range(count)
    )


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
any_texts = st.text(min_size=1, max_size=20)  # with lone surrogates: names hold bytes that are no text
places = st.none() | st.integers(1, 300)


def _findings(text: st.SearchStrategy[str]) -> st.SearchStrategy[Finding]:
    edits = st.builds(Edit, st.just(3), st.integers(3, 9), st.binary(max_size=4))
    return st.builds(
        Finding,
        code=st.sampled_from(["TL111", "TL302"]),
        name=st.just("index-id-length"),
        severity=st.sampled_from(Severity),
        message=text,
        hint=text,
        file=text,
        line=places,
        column=places,
        end_column=places,
        entry=st.none() | st.integers(0, 9),
        field=st.none() | text,
        uri=st.none() | text,
        fix=st.none()
        | st.builds(Fix, st.sampled_from(["safe", "unsafe"]), text, st.lists(edits, max_size=1).map(tuple)),
    )


def _reviews(text: st.SearchStrategy[str]) -> st.SearchStrategy[Review]:
    return st.builds(
        Review,
        st.lists(_findings(text), max_size=5).map(tuple),
        st.integers(0, 9),
        st.integers(0, 10**7),
        st.integers(0, 9),
        st.lists(st.just(NotRun("TL602", "access verdicts")), max_size=2).map(tuple),
    )


reviews = _reviews(texts)
any_reviews = _reviews(any_texts)
