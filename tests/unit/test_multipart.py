from __future__ import annotations

import hashlib
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl.sandbox import multipart

TYPE = "multipart/form-data; boundary=XX"


class Drip:
    """A body that comes in pieces of any size, as a socket's does."""

    def __init__(self, data: bytes, size: int) -> None:
        self._file = io.BytesIO(data)
        self._size = size

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, self._size))


def form(*parts: tuple[str, bytes]) -> bytes:
    lines = [
        f"--XX\r\nContent-Disposition: form-data; {name}\r\n\r\n".encode() + data for name, data in parts
    ]
    return b"\r\n".join([*lines, b"--XX--\r\n"])


contents = st.binary(max_size=60) | st.lists(
    st.sampled_from([b"\r\n", b"--", b"XX", b"\r\n--X", b"\r", b"--XX", b"a"]), max_size=9
).map(b"".join)


@given(st.lists(contents, max_size=4), st.integers(1, 40))
def test_parts_come_back_byte_for_byte_however_the_body_arrives(values: list[bytes], size: int) -> None:
    values = [value for value in values if b"\r\n--XX" not in b"\r\n" + value]
    body = form(*((f'name="p{n}"', value) for n, value in enumerate(values)))
    parts = multipart.read(Drip(body, size), TYPE)
    assert [(part.name, part.data) for part in parts] == [(f"p{n}", value) for n, value in enumerate(values)]
    assert [part.sha256 for part in parts] == [hashlib.sha256(value).hexdigest() for value in values]


@given(st.integers(0, 200), st.integers(1, 40))
def test_a_body_that_breaks_off_is_never_taken_for_whole(cut: int, size: int) -> None:
    body = form(('name="a"; filename="m.json"', b"[]"), ('name="b"', b"two"))
    cut = min(cut, len(body) - len("--\r\n"))
    with pytest.raises(multipart.FormError):
        multipart.read(Drip(body[:cut], size), TYPE)


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        ('name="file"; filename="a b.json"', "a b.json"),
        ('name="file"; filename="a\\"b\\\\c.json"', 'a"b\\c.json'),
        ('name="file"; filename="a%22b.json"', 'a"b.json'),
        ('name="file"; filename="\u65e5\u672c.json"', "\u65e5\u672c.json"),
        ("name=file; filename=plain.json", "plain.json"),
        ('name="file"', None),
    ],
)
def test_file_names_are_read_as_each_client_writes_them(disposition: str, filename: str | None) -> None:
    (part,) = multipart.read(io.BytesIO(form((disposition, b"x"))), TYPE)
    assert (part.name, part.filename) == ("file", filename)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"[]"),
        ("multipart/form-data", form(('name="a"', b""))),
        (TYPE, b""),
        (TYPE, b"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--"),
        (TYPE, b"--XXgarbage\r\n\r\nx\r\n--XX--"),
        (TYPE, b"--XX\r\n" + b"A: b\r\n" * 9999),
    ],
)
def test_what_is_no_form_is_said_to_be_none(content_type: str, body: bytes) -> None:
    with pytest.raises(multipart.FormError):
        multipart.read(io.BytesIO(body), content_type)


def test_a_dropped_part_is_measured_and_hashed_without_being_held() -> None:
    size = 64 << 20

    class Zeros:
        def __init__(self) -> None:
            self.pieces = [b'--XX\r\nContent-Disposition: form-data; name="video_file"\r\n\r\n']
            self.pieces += [bytes(1 << 18)] * (size >> 18)
            self.pieces += [b"\r\n--XX--\r\n"]
            self.pieces.reverse()

        def read(self, size: int, /) -> bytes:
            return self.pieces.pop() if self.pieces else b""

    tracemalloc.start()
    (part,) = multipart.read(Zeros(), TYPE, drop={"video_file"})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (part.size, part.data) == (size, b"")
    assert peak < 4 << 20
