"""The processes that read headers with PyAV: started when first needed, ended when they hang, replaced when
they die. What one says is taken as a stranger's word."""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

from s3transfer_tl.media.parts import Parts

SCRIPT = Path(__file__).with_name("worker.py")
SECONDS = 10.0  # for one reading
_STARTING = 30.0  # seconds
_FAILED_STARTS = 3  # in a row: one may be killed for memory, the next one not
_MOST_ANSWER = 4096  # bytes
_KEPT = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH", "PYTHONPATH", "SYSTEMROOT")
_CAUGHT = 0.1  # seconds; a process that has closed its pipe is about to end


class Found(NamedTuple):
    """What one reading found; None is not known, and ``reason`` says why. ``lacks`` is an offset that must
    be read first."""

    width: int | None = None
    height: int | None = None
    duration: float | None = None
    has_audio: bool | None = None
    container: str | None = None
    reason: str = ""
    lacks: int | None = None


class Job(NamedTuple):
    """A video to read; ``is_last``: what is lacking cannot be had."""

    tag: Any
    parts: Parts
    is_last: bool


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    pipe: socket.socket
    job: Job | None = None
    until: float = math.inf
    is_ready: bool = False
    said: bytearray = field(default_factory=bytearray)


class Workers:
    """At most ``most`` processes of ``script``, each with one video at a time; ``seconds`` ends a reading."""

    def __init__(self, most: int | None = None, seconds: float = SECONDS, script: Path = SCRIPT) -> None:
        self._script = script
        self._most = most or min(4, os.cpu_count() or 1)
        self._seconds = seconds
        self._workers: list[_Worker] = []
        self._waiting: deque[Job] = deque()
        self._done: list[tuple[Any, Found]] = []
        self._failed_starts = 0  # since one has started
        self._trouble = ""  # why no process starts

    def submit(self, job: Job) -> None:
        """Queue a job; its result comes out of ``results``."""
        self._waiting.append(job)
        self._begin()

    def watched(self) -> list[int]:
        """Return the file descriptors that can be read once there is a result."""
        return [worker.pipe.fileno() for worker in self._workers]

    def results(self) -> list[tuple[Any, Found]]:
        """Return the tags of the jobs that have ended, with what was found; never waits."""
        for worker in list(self._workers):
            self._hear(worker)
        self._begin()
        done, self._done = self._done, []
        return done

    def run(self, job: Job) -> Found:
        """Do one job and wait for it."""
        self.submit(job)
        while not (done := self.results()):
            select.select(self.watched(), (), (), 0.5)
        return done[0][1]

    def close(self) -> None:
        """End all processes."""
        for worker in list(self._workers):
            self._end(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        """Give waiting jobs to idle processes; start one more where none is idle."""
        while self._waiting:
            if self._trouble:
                self._done.append((self._waiting.popleft().tag, Found(reason=self._trouble)))
                continue
            idle = next((one for one in self._workers if one.is_ready and one.job is None), None)
            if idle is None:
                starting = sum(not one.is_ready for one in self._workers)
                if len(self._workers) < self._most and starting < len(self._waiting):
                    self._workers.append(_started(self._script))
                    continue
                return
            self._send(idle, self._waiting.popleft())

    def _send(self, worker: _Worker, job: Job) -> None:
        worker.job, worker.until = job, time.monotonic() + self._seconds
        held = job.parts.held
        message = [struct.pack(">Q?Q", job.parts.size, job.is_last, len(held))]
        for offset, data in held.items():
            message += [struct.pack(">QQ", offset, len(data)), data]
        with contextlib.suppress(OSError):  # it has died, and its end of the pipe says so
            worker.pipe.settimeout(self._seconds)
            worker.pipe.sendall(b"".join(message))
        worker.pipe.setblocking(False)

    def _hear(self, worker: _Worker) -> None:
        """Take what a process has said, or that it has ended, or that its time is up."""
        try:
            chunk = worker.pipe.recv(_MOST_ANSWER)
        except BlockingIOError:
            if time.monotonic() > worker.until:
                self._lose(worker, f"reading its header took more than {self._seconds:g} s")
            return
        except OSError:
            chunk = b""
        worker.said += chunk
        if not chunk or len(worker.said) > _MOST_ANSWER:
            self._lose(worker, f"reading its header ended the reader ({_how(worker.process)})")
        elif worker.said.endswith(b"\n"):
            line = bytes(worker.said)
            worker.said.clear()
            if not worker.is_ready:
                worker.is_ready, worker.until = True, math.inf
                self._failed_starts = 0
            elif worker.job:
                self._done.append((worker.job.tag, _understood(line)))
                worker.job, worker.until = None, math.inf

    def _lose(self, worker: _Worker, reason: str) -> None:
        if worker.job:
            self._done.append((worker.job.tag, Found(reason=reason)))
        elif not worker.is_ready:
            self._failed_starts += 1
        if self._failed_starts >= _FAILED_STARTS:
            self._trouble = "the process that reads videos does not start: see that `import av` works"
        self._end(worker)

    def _end(self, worker: _Worker) -> None:
        worker.process.kill()
        worker.process.wait()
        worker.pipe.close()
        self._workers.remove(worker)


def _started(script: Path) -> _Worker:
    """Start a process. It gets no environment but where libraries are."""
    ours, theirs = socket.socketpair()
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", str(script)],
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the command, which ends it
        )
    ours.setblocking(False)
    return _Worker(process, ours, until=time.monotonic() + _STARTING)


def _how(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(_CAUGHT)
    except subprocess.TimeoutExpired:
        return "it closed its pipe"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _understood(line: bytes) -> Found:
    """Read an answer; what is not of its type is not known."""
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return Found(reason="the reader's answer makes no sense")
    seconds = told.get("duration")
    return Found(
        width=_count(told.get("width")),
        height=_count(told.get("height")),
        duration=float(seconds) if isinstance(seconds, float) and 0 < seconds < 1e9 else None,
        has_audio=told["has_audio"] if isinstance(told.get("has_audio"), bool) else None,
        container=_words(told.get("container")) or None,
        reason=_words(told.get("reason")),
        lacks=_count(told.get("lacks")),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _words(value: object) -> str:
    return "".join(c if c.isprintable() else "?" for c in value) if isinstance(value, str) else ""
