"""Fixes into a file: pass after pass, until none is left that applies."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO, NamedTuple, cast

from s3transfer_tl.lint import registry
from s3transfer_tl.model import Edit, Finding, Review

PASSES = 20  # a fix may uncover what another one mends; no file needs more than a handful
_CHUNK = 1 << 20  # bytes
_IN_MEMORY = 16 << 20  # bytes of a mended file before it goes to disk


class Mended(NamedTuple):
    """A file after its fixes: its bytes (None: nothing was to be done), what is left to say of it, and
    how many findings are gone."""

    fp: BinaryIO | None
    review: Review
    fixed: int


def mend(fp: BinaryIO, file: str, judge: Callable[[BinaryIO], Review], *, unsafe: bool) -> Mended:
    """Apply the fixes of every finding that ``judge`` reports of ``fp``, the unsafe ones if ``unsafe``.

    ``fp`` is seekable and stays as it is. The caller closes the result's ``fp``. Fixes that overlap
    wait for the next pass.
    """
    review, fixed = _judged(judge, fp), 0
    current: BinaryIO | None = None
    for _ in range(PASSES):
        source = current or fp
        target = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
        done = _one_pass(source, target, file, _applicable(review.findings, unsafe))
        if not done:
            target.close()
            break
        if current:
            current.close()
        current, fixed = target, fixed + done
        review = _judged(judge, current)
    return Mended(current, review, fixed)


def _judged(judge: Callable[[BinaryIO], Review], fp: BinaryIO) -> Review:
    fp.seek(0)
    return judge(fp)


def _applicable(findings: Iterable[Finding], unsafe: bool) -> list[Finding]:
    return [item for item in findings if item.fix and (unsafe or item.fix.applicability == "safe")]


def _one_pass(source: BinaryIO, target: BinaryIO, file: str, findings: Sequence[Finding]) -> int:
    """Write ``source`` mended to ``target``; return how many findings that mends, 0 for none.

    What edits a place goes first: a rewrite sorts or re-encodes what is sound otherwise.
    """
    edits, count = chosen(findings)
    if edits:
        patch(source, target, edits)
        return count
    for code in dict.fromkeys(item.code for item in findings if item.fix and not item.fix.edits):
        remedy = registry.BY_CODE[code].fix
        source.seek(0)
        if remedy and remedy.rewrite and remedy.rewrite(source, target, file):
            return sum(item.code == code for item in findings)
        target.seek(0)
        target.truncate()
    return 0


def chosen(findings: Iterable[Finding]) -> tuple[list[Edit], int]:
    """Return the edits of fixes that do not overlap, in rising order, and how many findings they mend.

    A fix is taken as a whole or not at all.
    """
    fixes = Counter(item.fix.edits for item in findings if item.fix and item.fix.edits)
    edits: list[Edit] = []
    taken, last = 0, -1
    for one in sorted(fixes, key=lambda edits: (edits[0].start, edits[-1].end)):
        if one[0].start >= last:
            edits += one
            taken, last = taken + fixes[one], one[-1].end
    return edits, taken


def patch(source: BinaryIO, target: BinaryIO, edits: Iterable[Edit]) -> None:
    """Copy ``source`` to ``target`` with ``edits``, which rise and do not overlap."""
    source.seek(0)
    at = 0
    for edit in edits:
        _copy(source, target, edit.start - at)
        target.write(edit.text)
        at = source.seek(edit.end)
    shutil.copyfileobj(source, target, _CHUNK)


def _copy(source: BinaryIO, target: BinaryIO, length: int) -> None:
    while length > 0 and (chunk := source.read(min(length, _CHUNK))):
        target.write(chunk)
        length -= len(chunk)
