"""The lint command: judge files offline."""

from __future__ import annotations

import glob
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

import click

from s3transfer_tl import errors, lint, report
from s3transfer_tl.cli import options
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import Review, Severity

_IN_MEMORY = 16 << 20  # bytes of standard input that are kept in memory before they go to disk
_LINE_LIMIT = 1 << 20  # bytes; a longer line is not shown

EXAMPLE = """\b
Examples:
  s3transfer-tl lint manifest.json subtitles/*.srt
  s3transfer-tl lint --format json --fail-on warning manifests/
"""


@click.command(epilog=EXAMPLE, short_help="Judge manifests offline: codes, positions, ways out.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--select", multiple=True, metavar="CODE", help="Only these rules; TL2 means every TL2xx.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Not these rules; wins over --select.")
@click.option(
    "--stdin-filename", default="<stdin>", metavar="NAME", help="What '-' is called, and is by name."
)
@options.fail_on
@options.form
@options.common
def command(
    talk: Talk,
    files: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    stdin_filename: str,
    fail_on: Severity | None,
    form: str,
) -> int:
    """Judge manifests, transcriptions (.srt, .vtt) and configs (.yaml), without a network.

    FILE is a file, a glob, a folder (its *.json, *.srt and *.vtt, at any depth) or '-' for standard
    input. Codes may be joined by commas. `s3transfer-tl rules CODE` explains a finding.
    """
    selected, ignored = _split(select), _split(ignore)
    lint.codes(selected, ignored)  # a wrong code is told before anything is read
    with ExitStack() as opened:
        sources = opened.enter_context(_Sources())
        if "-" in files:
            sources.keep(stdin_filename, sys.stdin.buffer)
        names = list(dict.fromkeys(_names(files, stdin_filename)))
        reviews = [lint.file(sources.open(name), name, select=selected, ignore=ignored) for name in names]
        review = lint.merge(reviews)
        text = report.text.review(review, sources.line) if form == "text" else report.FORMATS[form](review)
    # A file's name may hold bytes that are no text; JSON reads the escape as what it stands for.
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()
    return _exit_code(review, fail_on, names)


def _exit_code(review: Review, fail_on: Severity | None, names: Sequence[str]) -> int:
    empty = {"TL003", "TL005"}.issuperset(finding.code for finding in review.findings)
    if not review.entries and empty and all(map(_is_manifest, names)):
        return errors.NOTHING
    worst = max((finding.severity.rank for finding in review.findings), default=-1)
    return errors.FINDINGS if fail_on and worst >= fail_on.rank else errors.OK


def _split(codes: Sequence[str]) -> list[str]:
    return [code.strip() for text in codes for code in text.split(",")]


def _names(files: Sequence[str], stdin_filename: str) -> Iterator[str]:
    """Yield the files that the arguments mean. A folder or a glob that holds none is nothing to do."""
    for name in files:
        path = Path(name)
        found = [name]
        if name == "-":
            found = [stdin_filename]
        elif path.is_dir():
            found = [str(inner) for inner in sorted(path.rglob("*")) if _is_ours(inner)]
        elif not path.exists() and glob.has_magic(name):
            found = sorted(glob.glob(name, recursive=True))
        if not found:
            raise errors.NothingToDo(
                f"{name} holds no file to judge", "name a manifest (.json), .srt or .vtt file"
            )
        yield from found


def _is_manifest(name: str) -> bool:
    return not lint.is_transcription(name) and not lint.is_config(name)


def _is_ours(path: Path) -> bool:
    beside = path.name.endswith(".report.json")  # what build writes beside a manifest
    return path.is_file() and path.suffix.lower() in (".json", ".srt", ".vtt") and not beside


class _Sources:
    """The files under judgement: opened once for the linter, and read line by line for snippets.
    What can be read only once (standard input, a pipe) is kept until then."""

    def __init__(self) -> None:
        self._kept: dict[str, BinaryIO] = {}
        self._open: BinaryIO | None = None
        self._lines: Iterator[str | None] = iter(())
        self._at = ("", 0, None)  # type: tuple[str, int, str | None]

    def __enter__(self) -> _Sources:
        return self

    def __exit__(self, *_: object) -> None:
        for fp in (*self._kept.values(), self._open):
            if fp:
                fp.close()

    def keep(self, name: str, fp: BinaryIO) -> None:
        """Read ``fp`` to its end: ``name`` means its bytes from now on."""
        self._kept[name] = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
        shutil.copyfileobj(fp, self._kept[name])

    def open(self, name: str) -> BinaryIO:
        """Return ``name``, at its start; the file opened before is closed."""
        if name not in self._kept:
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
            yield from re.split(r"\r\n|\n|\r", fp.read().decode("utf-8-sig", "replace"))
            return
        while line := fp.readline(_LINE_LIMIT):
            rest = line
            while len(rest) == _LINE_LIMIT and not rest.endswith(b"\n"):
                rest = fp.readline(_LINE_LIMIT)
            yield line.decode("utf-8-sig", "replace").rstrip("\r\n") if rest is line else None
