"""Progress on stderr: a line that moves on a terminal, a line every ten seconds elsewhere.

Whoever works says where things stand as often as is convenient: that costs an assignment. A thread shows
it, so that a step that hangs is seen to last, and a terminal of another size is drawn anew.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar

from s3transfer_tl.cli import meter
from s3transfer_tl.cli.meter import Meter, Step
from s3transfer_tl.cli.talk import Talk, is_dumb, is_terminal, wants_colour
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console, RenderableType

    from s3transfer_tl.build.listings import Listed

__all__ = ["PLAIN_SECONDS", "Position", "Progress", "Step", "console", "drawn", "listing", "moves", "paired"]

_End = TypeVar("_End")

PLAIN_SECONDS = 10.0  # a log gets a line this often, no more
_LONG = 4 << 20  # bytes of a file below which its judgement takes no time
DRAWN_SECONDS = 0.2  # a terminal a picture


def moves(stream: object) -> bool:
    """Tell whether a line on ``stream`` can be drawn anew in its place."""
    return is_terminal(stream) and not is_dumb()


class Position:
    """How many bytes of a file were read by somebody else, every pass counted; asked from another thread."""

    def __init__(self, fp: BinaryIO) -> None:
        self._fp, self._before, self._at = fp, 0, 0

    @classmethod
    def of(cls, fp: BinaryIO) -> Position | None:
        """Return the position of a file on disk that takes a while; None for any other."""
        if isinstance(fp, io.BufferedReader) and os.fstat(fp.fileno()).st_size >= _LONG:
            return cls(fp)
        return None

    def __call__(self) -> float:
        """Return the bytes so far."""
        try:
            at = os.lseek(self._fp.fileno(), 0, os.SEEK_CUR)
        except (OSError, ValueError):  # closed
            return self._before + self._at
        if at < self._at:
            self._before += self._at
        self._at = at
        return self._before + at


def listing(event: Listed) -> Step:
    """Return a listing that is not done: objects that came, or how much of a file is read."""
    if stage := event.stage:
        return Step(stage.what, stage.done, stage.total or None, stage.unit, event.source)
    flying = () if event.in_flight is None else (f"{event.in_flight} in flight",)
    return Step("listing", event.keys, about=event.source, more=(counted(event.pages, "page"), *flying))


def paired(events: Iterable[Listed | _End], progress: Progress) -> _End:
    """Show the listings, and the pairing that follows; return what comes of it."""
    from s3transfer_tl.build.listings import Listed

    for event in events:
        if not isinstance(event, Listed):
            return event
        if event.done:
            progress.finish(f"listed {event.source}: {counted(event.keys, 'object')}, {event.seconds:.1f} s")
            progress.show(Step("pairing", unit=""))
        else:
            progress.show(listing(event))
    raise AssertionError("a pairing ends with a result or an exception")


class _View(Protocol):
    """Where a step is shown, every so many ``seconds``."""

    seconds: float

    def show(self, step: Step, reading: meter.Reading) -> None:
        """Show ``step`` as it is now."""

    def clear(self) -> None:
        """Leave nothing behind that would be gone in a moment."""


class Progress:
    """The progress of one command, step after step. ``data`` says that data goes to stdout meanwhile: on
    one terminal the line would be written into it."""

    def __init__(self, talk: Talk, *, data: bool = False) -> None:
        self._talk = talk
        self._view = _view(talk, data=data)
        self._step: Step | None = None
        self._meter: Meter | None = None
        self._stop = threading.Event()
        self._drawing = threading.Lock()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    @property
    def seen(self) -> bool:
        """Tell whether anything of it is shown to anybody."""
        return self._view is not None

    def show(self, step: Step) -> None:
        """Note ``step`` as the state of things now."""
        if self._view is None:
            return
        before, self._step = self._step, step
        if before is None or before.what != step.what or before.about != step.about:
            self._begin(step)

    def finish(self, text: str | None = None) -> None:
        """Clear what moves; say ``text`` as an ordinary line."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._thread = None
        self._step = None
        if self._view is not None:
            self._view.clear()
        if text is not None:
            self._talk.say(text)

    def _begin(self, step: Step) -> None:
        with self._drawing:
            self._meter = Meter(step, time.monotonic())
        if self._talk.progress and isinstance(self._view, _Log):
            self._view.begin(step)
        if self._thread is None:
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._stop,), daemon=True)
            self._thread.start()

    def _run(self, stop: threading.Event) -> None:
        assert self._view is not None
        while not stop.wait(self._view.seconds):
            self.draw()

    def draw(self) -> None:
        """Show how things stand now."""
        with self._drawing:
            step = self._step
            if step is None or self._meter is None or self._view is None:
                return
            try:
                self._view.show(step, self._meter.read(step, time.monotonic()))
            except (OSError, ValueError):  # nobody looks any more, and the work goes on
                self._stop.set()


def _view(talk: Talk, *, data: bool) -> _View | None:
    if talk.quiet or talk.progress is False:
        return None
    if moves(sys.stderr) and not (data and is_terminal(sys.stdout)):
        return _Screen(talk)
    return _Log(talk)


class _Log:
    """Plain lines with the time of day."""

    def __init__(self, talk: Talk) -> None:
        self.seconds = PLAIN_SECONDS
        self._talk = talk

    def begin(self, step: Step) -> None:
        """Name the step at once."""
        self._say(f"{step.what} {step.about}".rstrip())

    def show(self, step: Step, reading: meter.Reading) -> None:
        """Say how far it is."""
        self._say(meter.plain(step, reading))

    def _say(self, text: str) -> None:
        self._talk.say(f"{time.strftime('%H:%M:%S')} {text}")

    def clear(self) -> None:
        """Leave the log as it is."""


class _Screen:
    """One line of a terminal, drawn by rich: it knows Windows consoles, colours and sizes. It is loaded when
    there is something to draw, which is not at once."""

    def __init__(self, talk: Talk) -> None:
        self.seconds = DRAWN_SECONDS
        self._talk = talk
        self._console: Console | None = None
        self._drawn = threading.RLock()

    def show(self, step: Step, reading: meter.Reading) -> None:
        """Draw the line anew in its place."""
        from rich.live import Live

        with self._drawn:
            if self._console is None:
                self._console = console(sys.stderr)
                self._live = Live(
                    console=self._console,
                    auto_refresh=False,
                    transient=True,
                    redirect_stdout=False,
                    redirect_stderr=False,
                )
            if not self._live.is_started:
                self._live.start()
                self._talk.above = self._above
            # the last cell stays free: some terminals wrap as soon as it is written
            line = meter.fit(step, reading, self._console.width - 1, self._console.encoding)
            self._live.update(drawn(line, step, reading), refresh=True)

    def _above(self, text: str) -> None:
        from rich.text import Text

        with self._drawn:
            assert self._console is not None
            self._console.print(Text.from_ansi(text), soft_wrap=True)

    def clear(self) -> None:
        """Take the line away."""
        with self._drawn:
            self._talk.above = None
            if self._console is not None and self._live.is_started:
                self._live.stop()


def console(stream: object) -> Console:
    """Return rich's view of a terminal, which keeps its cursor whatever becomes of us: a process that is
    killed cannot give it back."""
    from typing import IO, cast

    from rich.console import Console

    class Ours(Console):
        def show_cursor(self, show: bool = True) -> bool:
            return False

    return Ours(
        file=cast("IO[str]", stream),
        force_terminal=True,
        no_color=not wants_colour(stream),
        highlight=False,
        markup=False,
        emoji=False,
    )


def drawn(line: meter.Line, step: Step, reading: meter.Reading) -> RenderableType:
    """Return a line as rich draws it."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    def text(part: str) -> Text:
        return Text(part, no_wrap=True, overflow="crop", end="")

    if not line.bar:
        return text(line.before + line.after)
    grid = Table.grid()
    grid.add_row(
        text(line.before),
        ProgressBar(total=step.total or 1, completed=reading.done, width=line.bar),
        text(line.after),
    )
    return grid
