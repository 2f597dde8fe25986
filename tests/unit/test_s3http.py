from __future__ import annotations

import pytest

from s3transfer_tl import s3http

NOT_THERE = b"<Error><Code>NoSuchKey</Code><Message>There is none.</Message></Error>"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (NOT_THERE, "NoSuchKey", "There is none."),
        (b'<?xml version="1.0"?>\n' + NOT_THERE, "NoSuchKey", "There is none."),
        (b"<Error><Code>SlowDown</Code></Error>", "SlowDown", ""),
        (b"<Error><Code>caf\xe9</Code></Error>", "caf\ufffd", ""),
        (b"", "", ""),
        (b"<html>502</html>", "", ""),
        (b"<Code>" + b"x" * 101 + b"</Code>", "", ""),
    ],
)
def test_an_error_is_told_by_its_code_and_message(body: bytes, code: str, message: str) -> None:
    assert s3http.error(body) == (code, message)
