"""What --fix refuses to overwrite."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pytest

from s3transfer_tl import errors, lint
from s3transfer_tl.cli import judged, mending
from s3transfer_tl.cli.fixing import Fixing
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import Review


def test_a_file_that_was_saved_while_it_was_mended_keeps_what_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf[]")

    def judge(name: str, fp: BinaryIO) -> Review:
        saved = tmp_path / "saved"
        saved.write_bytes(b"saved by an editor")
        saved.replace(path)
        return lint.file(fp, name)

    changed = pytest.raises(errors.UsageError, match="changed while it was mended")
    with judged.Sources() as sources, changed:
        mending.run(Fixing(fix=True), sources, [str(path)], judge, Talk(), stdin=None)
    assert path.read_bytes() == b"saved by an editor"
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]
