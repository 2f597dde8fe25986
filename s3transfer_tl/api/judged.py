"""The files under judgement: which the arguments mean, and how their bytes and lines are read."""

from __future__ import annotations

import glob
import io
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from s3transfer_tl import errors, lint
from s3transfer_tl.model import Review, S3Settings, Severity

IN_FOLDERS = (".json", ".srt", ".vtt")
BESIDE = (".report.json", ".baseline.json")  # what lies beside a manifest and is none

_IN_MEMORY = 16 << 20  # bytes of standard input that are kept in memory before they go to disk
_LINE_LIMIT = 1 << 20  # bytes; a longer line is not shown


def names(files: Sequence[str], stdin_filename: str, apart: Collection[str] = ()) -> list[str]:
    """Return the files that the arguments mean, each once, by the first name it is given.

    A folder means its files with the endings ``IN_FOLDERS`` at any depth, in the order of their names,
    without hidden ones, those that end as ``BESIDE`` and those in ``apart`` (absolute paths); links to
    folders are not followed. Raises ``NothingToDo`` for a folder or a glob that holds none, and
    ``UsageError`` for a folder that cannot be read: a clean review must not hide it.
    """
    found: dict[str, str] = {}
    for name in files:
        if name == "-":
            found.setdefault("-", stdin_filename)
            continue
        meant = list(_meant(name, apart))
        if not meant:
            raise errors.NothingToDo(
                f"{name} holds no file to judge", "name a manifest (.json), .srt or .vtt file"
            )
        for one in meant:
            found.setdefault(os.path.abspath(one), one)
    return list(found.values())


def _meant(name: str, apart: Collection[str]) -> Iterator[str]:
    path = Path(name)
    if path.is_dir():
        yield from (one for one in _below(path) if os.path.abspath(one) not in apart)
    elif not os.path.lexists(name) and glob.has_magic(name):
        yield from (one for one in sorted(glob.glob(name, recursive=True)) if not Path(one).is_dir())
    else:
        yield name


def _below(folder: Path) -> Iterator[str]:
    """Yield the files below ``folder`` that are ours, in the order of their paths."""
    found = []

    def refuse(error: OSError) -> None:
        raise errors.UsageError(
            f"cannot read {error.filename}: {error.strerror}", "check its permissions"
        ) from error

    for above, folders, inside in os.walk(folder, onerror=refuse):
        folders[:] = (one for one in folders if not one.startswith("."))
        paths = (os.path.join(above, one) for one in inside if _is_ours(one))
        found += [os.path.normpath(path) for path in paths if os.path.isfile(path)]
    yield from sorted(found, key=lambda path: path.split(os.sep))


def _is_ours(name: str) -> bool:
    lower = name.lower()
    return lower.endswith(IN_FOLDERS) and not lower.endswith(BESIDE) and not lower.startswith(".")


def holds(name: str, folder: str) -> bool:
    """Tell whether ``name`` is a folder and ``folder``, an absolute path, is it or lies in it."""
    above = os.path.abspath(name)
    return os.path.isdir(name) and os.path.commonpath([above, folder]) == above


def is_manifest(name: str) -> bool:
    """Tell whether ``name`` is judged as a manifest: as what has no other's ending."""
    return not lint.is_transcription(name) and not lint.is_config(name)


def exit_code(review: Review, fail_on: Severity | None, names: Sequence[str]) -> int:
    """Return the exit code of a command that judged the files ``names`` only."""
    if (
        not review.entries
        and {"TL003", "TL005", "TL901"}.issuperset(finding.code for finding in review.findings)
        and all(map(is_manifest, names))
    ):
        return errors.NOTHING
    worst = max((finding.severity.rank for finding in review.findings), default=-1)
    return errors.FINDINGS if fail_on and worst >= fail_on.rank else errors.OK


def reviews(
    sources: Sources, names: Sequence[str], judge: Callable[[str, BinaryIO], Review], select: Sequence[str]
) -> Iterator[Review]:
    """Yield the review of each of ``names``, in their order: of subtitle files on disk by worker processes
    with the rules ``select``, where they are many, and else by ``judge``."""
    apart = [
        name
        for name in names
        if lint.is_transcription(name) and Path(name).is_file() and not sources.keeps(name)
    ]
    found = lint.transcriptions(apart, select=select)
    by_workers = frozenset(apart)
    for name in names:
        review = next(found) if name in by_workers else None
        yield judge(name, sources.open(name)) if review is None else review


class Sources:
    """The files under judgement: opened once for the linter, and read line by line for snippets.
    What can be read only once (standard input, a pipe) is kept until then."""

    def __init__(self) -> None:
        self._kept: dict[str, BinaryIO] = {}
        self._open: BinaryIO | None = None
        self._lines: Iterator[str | None] = iter(())
        self._at = ("", 0, None)  # type: tuple[str, int, str | None]

    def __enter__(self) -> Sources:
        return self

    def __exit__(self, *_: object) -> None:
        for fp in (*self._kept.values(), self._open):
            if fp:
                fp.close()

    def keep(self, name: str, fp: BinaryIO) -> None:
        """Read ``fp`` to its end: ``name`` means its bytes from now on."""
        import shutil  # 5 ms, with the next
        import tempfile

        copy = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
        shutil.copyfileobj(fp, copy)
        if name in self._kept:
            self._kept[name].close()
        self._kept[name] = copy

    def keeps(self, name: str) -> bool:
        """Tell whether ``name`` means bytes that were kept, whatever lies on disk."""
        return name in self._kept

    def open(self, name: str) -> BinaryIO:
        """Return ``name``, at its start; the file opened before is closed."""
        if not self.keeps(name):
            if self._open:
                self._open.close()
            try:
                self._open = open(name, "rb")  # noqa: SIM115  # closed by the next, or by __exit__
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                raise errors.UsageError(
                    f"cannot read {name}: {reason}", "check the name and its permissions"
                ) from error
            if self._open.seekable():
                return self._open
            self.keep(name, self._open)
        self._kept[name].seek(0)
        return self._kept[name]

    def line(self, name: str, number: int) -> str | None:
        """Return a line of ``name``; the report asks for them in rising order."""
        if self._at[0] != name or number < self._at[1]:
            self._lines = self._read(name)
            self._at = (name, 0, None)
        while self._at[1] < number:
            self._at = (name, self._at[1] + 1, next(self._lines, None))
        return self._at[2]

    def _read(self, name: str) -> Iterator[str | None]:
        fp = self.open(name)
        if lint.is_transcription(name):
            from s3transfer_tl.captions import decoding  # 15 ms that a manifest need not pay

            yield from re.split(r"\r\n|\n|\r", decoding.legible(fp.read()))
            return
        while line := fp.readline(_LINE_LIMIT):
            rest = line
            while len(rest) == _LINE_LIMIT and not rest.endswith(b"\n"):
                rest = fp.readline(_LINE_LIMIT)
            yield line.decode("utf-8-sig", "replace").rstrip("\r\n") if rest is line else None


class Listing:
    """A saved listing as a fact for the linter: the URIs of the file ``path``, read anew each time."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __iter__(self) -> Iterator[str]:
        from s3transfer_tl import sources

        source = sources.open(self.path, role="list", s3=S3Settings(), base=Path(), stdin=io.BytesIO())
        for page in source.pages():
            for found in page:
                yield found.uri

    def check(self, names: Collection[str]) -> None:
        """Raise ``UsageError`` where it cannot serve to judge the files ``names``."""
        if self.path == "-" or "://" in self.path:
            hint = "save it first: s3transfer-tl list SOURCE -o keys.jsonl"
            raise errors.UsageError(f"--listing takes a file, not {self.path}", hint)
        manifests = [name for name in names if is_manifest(name)]
        if len(manifests) > 1:
            message = f"--listing is of one manifest, but there are {len(manifests):,}"
            raise errors.UsageError(message, "judge them one by one, each with its own listing")
