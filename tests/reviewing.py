"""A review of the real command line: fifty doubtful videos in a listing file, and the process beside it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from s3transfer_tl import decisions
from s3transfer_tl.decisions import Decision

TESTS = Path(__file__).parent
DOUBTFUL = 50
SURE = "s3://media/shows/sure.mp4"
CONFIG = """\
version: 1
index_id: 629d807aa9e2a3a33a92c00b
language: en
videos:
  source: keys.txt
access: each
"""


def video(number: int) -> str:
    return f"s3://media/shows/evening-{number:02}.mp4"


def transcription(number: int, made: str) -> str:
    """Two of each video are equally good: one has the capital letters of its language."""
    return f"s3://media/shows/evening-{number:02}.{made}.srt"


def lay_out(folder: Path, count: int = DOUBTFUL) -> None:
    """Write a config and its listing: ``count`` ambiguous videos, and one that the rules decide."""
    uris = [SURE, SURE.replace(".mp4", ".srt")]
    for number in range(1, count + 1):
        uris += [video(number), transcription(number, "en"), transcription(number, "EN")]
    (folder / "keys.txt").write_text("".join(f"{uri}\n" for uri in uris))
    (folder / "transfer.yaml").write_text(CONFIG.replace("each", "off"))


@dataclass
class Review:
    """A review under way."""

    process: subprocess.Popen[str]
    url: str
    file: Path

    def decided(self) -> dict[str, str | None]:
        """Return what the file says now."""
        return {one.video: one.transcription for one in self.read()}

    def read(self) -> Sequence[Decision]:
        return decisions.read(self.file)

    def end(self) -> tuple[int, str]:
        """Return the exit code and what was said, once it ended."""
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@contextlib.contextmanager
def reviewing(folder: Path, *options: str) -> Iterator[Review]:
    """Run the command in ``folder`` until the block ends."""
    path = os.pathsep.join([str(TESTS / "loopback"), str(TESTS.parent)])
    argv = [sys.executable, "-m", "s3transfer_tl", "review", "-c", "transfer.yaml", "--no-browser"]
    with subprocess.Popen(
        [*argv, "--format", "json", *options],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
        text=True,
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line, process.stderr and process.stderr.read()
            said = json.loads(line)
            yield Review(process, said["url"], folder / said["decisions"])
        finally:
            process.kill()
