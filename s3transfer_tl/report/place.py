"""Where a finding is, as other programs want to be told."""

from __future__ import annotations

import functools

from s3transfer_tl.model import Finding

S3 = "s3://"


@functools.lru_cache(1024)
def relative(file: str, folder: str) -> str:
    """Return ``file`` as hosts compare it: from ``folder`` where it is in there, with slashes, without
    ``.`` steps. An object in S3 keeps its name, whose ``//`` and ``..`` mean themselves."""
    if file.startswith(S3):
        return file
    from pathlib import PurePath  # for hosts' formats only

    path = PurePath(file)
    if folder and path.is_relative_to(folder):
        path = path.relative_to(folder)
    return path.as_posix()


@functools.lru_cache(1024)
def uri(file: str, folder: str) -> str:
    """Return ``relative(file, folder)`` as a URI reference (RFC 3986). Bytes of the name that are no text
    come out as the bytes they are."""
    from urllib.parse import quote

    path = relative(file, folder)
    try:
        named = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        named = path.encode("utf-8", "surrogatepass")
    if path.startswith(S3):
        return S3 + quote(named[len(S3) :], safe="/")
    return ("file://" if path.startswith("/") else "") + quote(named, safe="/")


def pointer(finding: Finding) -> str | None:
    """Return the JSON Pointer (RFC 6901) of the finding's place in its manifest, or None outside one."""
    if finding.entry is None:
        return None
    field = "" if finding.field is None else f"/{finding.field.replace('~', '~0').replace('/', '~1')}"
    return f"/{finding.entry}{field}"
