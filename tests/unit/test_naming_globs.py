"""Include and exclude globs."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import naming


@pytest.mark.parametrize(
    ("glob", "chosen", "left"),
    [
        (
            "**/*.mp4",
            ["a.mp4", "a/b.mp4", "a/b/c.mp4", "a\nb/c.mp4"],
            ["a.MP4", "a.mp4/b", "a.mp4\n", "amp4"],
        ),
        ("*.mp4", ["a.mp4", ".mp4"], ["a/b.mp4"]),
        ("**/proxies/**", ["proxies/a", "a/proxies/b/c"], ["a/proxies", "xproxies/a"]),
        ("shows/**/s?.mov", ["shows/s1.mov", "shows/a/b/s2.mov"], ["shows/s.mov", "shows/s12.mov"]),
        ("**/*.{mp4,mov}", ["a/b.mp4", "b.mov"], ["b.avi"]),
        ("a{,b{c,d}}e", ["ae", "abce", "abde"], ["abe"]),
        ("[a-c][!x].mp4", ["ay.mp4", "c\u65e5.mp4"], ["dx.mp4", "ax.mp4", "a/.mp4"]),
        (r"\[a\]\*.mp4", ["[a]*.mp4"], ["a.mp4", "[a]b.mp4"]),
        ("a+(b).mp4", ["a+(b).mp4"], ["aab.mp4"]),
        ("**", ["a", "a/b", "a\n"], []),
        ("[]x]", ["]", "x"], ["a"]),
        ("a**b", ["ab", "a/x/b"], ["a"]),
    ],
)
def test_a_glob_chooses_whole_keys(glob: str, chosen: list[str], left: list[str]) -> None:
    pattern = re2.compile(naming.glob(glob))
    assert [key for key in chosen if not pattern.match(key)] == []
    assert [key for key in left if pattern.match(key)] == []


@pytest.mark.parametrize(
    ("glob", "offset"), [("", 0), ("a/[b", 2), ("a{b", 1), ("a{b,{c}", 1), ("ab\\", 2), ("a[z-b]", 1)]
)
def test_a_glob_that_does_not_close_is_refused_at_its_place(glob: str, offset: int) -> None:
    with pytest.raises(naming.PatternError) as caught:
        naming.glob(glob)
    assert (caught.value.offset, caught.value.rule_index) == (offset, None)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("glob", "expected"),
    [("**/*.bin", True), ("**/*.{mp4,bin}", True), ("shows/**", False), ("v1.2/*", False), ("*.*", False)],
)
def test_a_glob_names_an_extension_or_leaves_it_open(glob: str, expected: bool) -> None:
    assert naming.names_extension(glob) is expected


@given(st.text(st.characters(exclude_characters="*?[]{}\\,", exclude_categories=["Cs"]), min_size=1))
def test_a_glob_without_signs_chooses_exactly_itself(key: str) -> None:
    pattern = re2.compile(naming.glob(key))
    assert pattern.match(key)
    assert not pattern.match(key + "\n")
    assert not pattern.match("x" + key)


def compiled(glob: str) -> str | int:
    """The RE2 text, or the offset of what is refused."""
    try:
        return naming.glob(glob)
    except naming.PatternError as error:
        return error.offset


@given(st.text(st.sampled_from("ab/*?[]{},!\\.-"), min_size=1, max_size=12))
def test_every_glob_is_either_refused_or_re2(glob: str) -> None:
    pattern = compiled(glob)
    if isinstance(pattern, str):
        re2.compile(pattern)
    else:
        assert 0 <= pattern < len(glob)
