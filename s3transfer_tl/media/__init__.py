"""What the header of a video tells: resolution, duration, sound (floor 3); never a whole download.

MP4 and QuickTime are read here, box by box; other containers by PyAV (the extra ``media``), in processes
that have no credentials, no files and no network. What cannot be told is unknown, with the reason.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from s3transfer_tl.errors import UsageError
from s3transfer_tl.media.parts import Part
from s3transfer_tl.media.reading import EXTRA, Reading
from s3transfer_tl.media.workers import SECONDS, Job, Workers
from s3transfer_tl.model import MediaVerdict, S3Settings

if TYPE_CHECKING:
    from s3transfer_tl.media.ranges import Ranges

__all__ = ["IN_FLIGHT", "has_pyav", "probe", "probe_file", "require"]

IN_FLIGHT = 32  # videos

Step = Part | Job | MediaVerdict


@functools.cache
def has_pyav() -> bool:
    """Tell whether PyAV can be loaded. Only the processes that read with it use it."""
    try:
        import av  # noqa: F401
    except ImportError:
        return False
    return True


def require() -> None:
    """Raise ``UsageError`` where PyAV is not installed."""
    if not has_pyav():
        raise UsageError("reading the headers of videos takes PyAV, which is not installed", EXTRA)


def probe(
    uris: Iterable[str],
    *,
    s3: S3Settings,
    in_flight: int = IN_FLIGHT,
    processes: int | None = None,
    seconds: float = SECONDS,
) -> Iterator[MediaVerdict]:
    """Read the header of each ``s3://bucket/key`` by signed ranged GETs, at most 8 and 2 MiB a video; yield
    verdicts as they come, one for each.

    ``uris`` is pulled as room appears: ``in_flight`` videos at a time. ``processes`` run PyAV (by default as
    many as there are cores, at most 4), each reading for at most ``seconds``. Raises ``UsageError`` for a
    profile, an endpoint or a CA bundle that does not exist.
    """
    from s3transfer_tl.media.ranges import Ranges  # a local file needs no requests

    with Ranges(s3, in_flight) as ranges, Workers(processes, seconds) as workers:
        yield from _Run(ranges, workers, in_flight).verdicts(iter(uris))


class _Run:
    """Videos under way, and the two places where their next step is done."""

    def __init__(self, ranges: Ranges, workers: Workers, in_flight: int) -> None:
        self._ranges = ranges
        self._workers = workers
        self._in_flight = in_flight
        self._done: deque[MediaVerdict] = deque()
        self._open = 0

    def verdicts(self, uris: Iterator[str]) -> Iterator[MediaVerdict]:
        while True:
            while self._open < self._in_flight and (uri := next(uris, None)) is not None:
                reading = Reading(uri, has_pyav)
                self._open += 1
                self._take(reading, reading.first())
            if not self._open:
                return
            for piece in self._ranges.poll(0.5, self._workers.watched()):
                reading = piece.tag
                if piece.trouble:
                    self._take(reading, reading.unknown(piece.trouble)._replace(unread=True))
                else:
                    self._take(reading, reading.came(piece.data, piece.size, piece.etag))
            for reading, found in self._workers.results():
                self._take(reading, reading.found(found))
            while self._done:
                self._open -= 1
                yield self._done.popleft()

    def _take(self, reading: Reading, step: Step) -> None:
        """Have a step done."""
        if isinstance(step, Part):
            self._ranges.ask(reading.uri, step, reading.etag, reading)
        elif isinstance(step, Job):
            self._workers.submit(step)
        else:
            self._done.append(step)


def probe_file(path: Path, *, seconds: float = SECONDS) -> MediaVerdict:
    """Read the header of a local file, as ``probe`` does; the verdict's ``uri`` is the path. Never raises:
    what cannot be read is unknown."""
    reading = Reading(str(path), has_pyav)
    try:
        with path.open("rb") as file, Workers(1, seconds) as workers:
            size = file.seek(0, 2)
            step: Step = reading.first()
            while not isinstance(step, MediaVerdict):
                if isinstance(step, Part):
                    file.seek(step.offset)
                    step = reading.came(file.read(step.length), size)
                else:
                    step = reading.found(workers.run(step))
            return step
    except OSError as error:
        return reading.unknown(f"it cannot be read: {error.strerror or error}")
