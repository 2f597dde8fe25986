"""A rig for submissions: a ledger, a clock that only sleeping moves, and a run in one call."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s3transfer_tl import submit
from s3transfer_tl.follow import Follower, Pace
from s3transfer_tl.ledger import Choice, Clock, Event, Ledger
from s3transfer_tl.model import PlatformSettings, Secret
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, Sandbox
from s3transfer_tl.twelvelabs import Client

PACE = Pace()
EVERYTHING = Choice()


class Time:
    """Starts now; ``sleep`` moves it and takes no time."""

    def __init__(self) -> None:
        self.now = time.time()
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def entry(name: str, *, index_id: str = DEFAULT_INDEX_ID, captioned: bool = True) -> dict[str, str]:
    fields = {"index_id": index_id, "language": "en", "object": f"s3://media/{name}"}
    return fields | ({"transcription": f"s3://media/{name}.srt"} if captioned else {})


def write(path: Path, entries: Sequence[Mapping[str, str]]) -> Path:
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


@dataclass
class Run:
    """What one submission came to."""

    events: list[Event]
    counts: dict[str, int]
    told: list[str]
    plan: submit.Plan

    @property
    def lines(self) -> list[tuple[str, str]]:
        return [(event.event, event.object.rpartition("/")[2]) for event in self.events]


@dataclass
class Rig:
    """Submits against ``url`` with one ledger; every run is a new process as far as the ledger knows."""

    folder: Path
    url: str
    time: Time = field(default_factory=Time)
    key: str = DEFAULT_KEY
    waits: list[str] = field(default_factory=list)
    wall_is_off: float = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(self._wall, self.time, "boot", self.time.sleep)

    def _wall(self) -> float:
        return self.time.now + self.wall_is_off

    def manifest(self, *names: str) -> Path:
        return write(self.folder / "manifest.json", [entry(name) for name in names])

    def client(self) -> Client:
        settings = PlatformSettings(self.url, "v1.2", Secret(self.key))
        return Client(
            settings,
            clock=self._wall,
            sleep=self.time.sleep,
            on_wait=lambda seconds, why: self.waits.append(why),
            timeout=(2.0, 2.0),
        )

    def ledger(self, **options: Any) -> Ledger:
        return Ledger.open(self.folder / "ledger.sqlite3", clock=self.clock, **options)

    def submit(
        self,
        manifest: Path,
        *,
        wait: bool = False,
        batch_size: int = 100,
        limit: int | None = None,
        brake: float = 50.0,
        pace: Pace = PACE,
        skip: Collection[submit.Place] = (),
    ) -> Run:
        told: list[str] = []
        submit.review(manifest)
        portion = submit.Portion(batch_size, limit, brake)
        with self.client() as client, self.ledger() as book:
            plan = submit.prepare(manifest, ledger=book, client=client, skip=skip, tell=told.append)
            return self._send(plan, book, client, portion, pace, told, wait=wait)

    def retry(self, choice: Choice = EVERYTHING, *, wait: bool = True) -> Run:
        told: list[str] = []
        with self.client() as client, self.ledger() as book:
            rows = list(submit.retriable(book, choice, client.endpoint, None, "in a test"))
            plan = submit.again(rows, "in a test", ledger=book, client=client, tell=told.append)
            return self._send(plan, book, client, submit.Portion(), PACE, told, wait=wait)

    @staticmethod
    def _send(
        plan: submit.Plan,
        book: Ledger,
        client: Client,
        portion: submit.Portion,
        pace: Pace,
        told: list[str],
        *,
        wait: bool,
    ) -> Run:
        follower = Follower(book, client, plan.run, pace=pace, tell=told.append)
        moves = submit.moves(
            plan,
            ledger=book,
            client=client,
            follower=follower,
            portion=portion,
            wait=wait,
            tell=told.append,
        )
        return Run([event for events in moves for event in events], book.summary(plan.run), told, plan)


@contextmanager
def rigged(folder: Path, *faults: str, **options: Any) -> Iterator[tuple[Rig, Sandbox]]:
    """Run a platform whose clock is the rig's."""
    rig = Rig(folder, "")
    with Sandbox(fault_specs=faults, clock=rig.time, speed=60.0, **options) as platform:
        rig.url = platform.api_url
        yield rig, platform
