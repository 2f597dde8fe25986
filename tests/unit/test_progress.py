"""What moves on a terminal: what it says, how wide it gets, where it is drawn."""

from __future__ import annotations

import io
import re
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl.build.listings import Listed
from s3transfer_tl.cli import meter, progress, talk
from s3transfer_tl.cli.meter import Meter, Reading, Step
from s3transfer_tl.cli.progress import Position, Progress, listing
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.report.text import cells
from s3transfer_tl.sources.spool import Stage

ACCESS = Step("checking access", 12_000, 20_000, "transcription")
READ = Reading(12_000, 1_200.0, 6.7, 10.0)


def line(step: Step, reading: Reading, width: int, encoding: str = "utf-8") -> str:
    drawn = meter.fit(step, reading, width, encoding)
    return f"{drawn.before}{'#' * drawn.bar}{drawn.after}"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


# What a line says


def test_a_wide_line_tells_everything_and_a_narrow_one_the_figure() -> None:
    told = {width: line(ACCESS, READ, width) for width in (79, 39, 19, 4)}
    assert re.fullmatch(r"checking access #{20,30} 60% 12,000 of 20,000, 1,200/s, 7 s left", told[79])
    assert told[39] == "checking access 60% 12,000 of 20,000"
    assert told[19] == "checking access 60%"
    assert told[4] == "60%"


def test_a_total_nobody_knows_is_a_count_and_a_rate_and_no_percentage() -> None:
    step = listing(Listed("videos", "s3://b/", "prefixes", 12_000, 12, 2.0, False, in_flight=32))
    reading = Reading(12_000, 6_000.0, None, 2.0)
    assert line(step, reading, 100) == (
        "listing s3://b/: 12,000 objects, 6,000/s, 2 s, 12 pages, 32 in flight"
    )
    assert line(step, reading, 19) == "12,000 objects, 2 s"
    assert "%" not in meter.plain(step, reading)


def test_the_reading_of_a_file_is_a_share_and_bytes() -> None:
    stage = Stage("fetching", 1_500_000, 6_000_000, "bytes")
    step = listing(Listed("videos", "m.json", "inventory", 0, 0, 1.0, False, stage=stage))
    assert meter.plain(step, Reading(1_500_000, None, None, 1.0)) == (
        "fetching m.json: 25%, 1,500 of 6,000 kB, 1 s so far"
    )
    reading = listing(Listed("videos", "m", "inventory", 0, 0, 1.0, False, stage=Stage("reading", 7, 0, "%")))
    assert reading.total is None


def test_what_cannot_be_counted_is_told_by_its_time() -> None:
    assert line(Step("pairing 300,000 objects", unit=""), Reading(0, None, None, 3.0), 79) == (
        "pairing 300,000 objects: 3 s"
    )


def test_a_line_in_a_log_is_a_sentence() -> None:
    assert meter.plain(ACCESS, READ) == (
        "checking access: 60%, 12,000 of 20,000 transcriptions, 1,200/s, 7 s left"
    )


@pytest.mark.parametrize(
    ("encoding", "named"), [("utf-8", "日本"), ("latin-1", r"\u65e5\u672c"), ("ascii", r"\u65e5\u672c")]
)
def test_letters_that_the_terminal_lacks_are_escaped_and_measured_so(encoding: str, named: str) -> None:
    step = Step("listing", 3, about="日本")
    assert line(step, Reading(3, None, None, 1.0), 60, encoding) == f"listing {named}: 3 objects, 1 s"


def test_a_long_name_loses_its_middle() -> None:
    short = meter.shortened("s3://media/a/very/long/prefix/01.mp4", 20)
    assert (len(short), short.startswith("s3://"), short.endswith("01.mp4")) == (20, True, True)
    assert meter.shortened("日本語日本語日本語", 10) == "日...本語"


# Properties

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
NUMBERS = st.floats(0, 1e15)
STEPS = st.builds(
    Step,
    what=TEXTS,
    done=NUMBERS,
    total=st.none() | NUMBERS,
    unit=st.sampled_from(["object", "entry", "bytes", "%", ""]),
    about=TEXTS,
    more=st.lists(TEXTS, max_size=3).map(tuple),
)


@given(STEPS, st.floats(0, 1e9), st.integers(1, 250), st.sampled_from(["utf-8", "ascii", "cp1252"]))
def test_a_line_is_never_wider_than_the_terminal(
    step: Step, seconds: float, width: int, encoding: str
) -> None:
    told = meter.fit(step, Meter(step, 0.0).read(step, seconds), width, encoding)
    assert told.cells <= width
    assert cells(told.before + told.after) + told.bar <= width
    (told.before + told.after).encode(encoding)
    assert (told.before + told.after).isprintable()


@given(STEPS, st.integers(30, 250))
def test_no_share_is_above_100_and_it_is_100_only_where_all_is_done(step: Step, width: int) -> None:
    reading = Meter(step, 0.0).read(step, 5.0)
    told = [meter.plain(step._replace(what="", about="", more=()), reading)]
    told += [line(step._replace(what="", about="", more=()), reading, width)]
    for share in re.findall(r"(\d+)%", " ".join(told)):
        assert int(share) <= 100
        assert int(share) < 100 or (step.total is not None and reading.done >= step.total)


@given(st.floats(0, 1e8), st.floats(0, 1e8))
def test_a_longer_time_never_reads_shorter(one: float, other: float) -> None:
    def seconds(text: str) -> int:
        scale = {"s": 1, "min": 60, "h": 3600, "d": 86400}
        return sum(int(number) * scale[unit] for number, unit in re.findall(r"(\d+) (s|min|h|d)\b", text))

    shorter, longer = sorted((one, other))
    assert seconds(meter.duration(shorter)) <= seconds(meter.duration(longer))


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (720, "12 min"),
        (11_100, "3 h 05 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_times_are_told_in_the_units_that_people_count_in(seconds: float, told: str) -> None:
    assert meter.duration(seconds) == told


# Rates


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    step = Step("sending", 0, 10_000, "entry")
    one = Meter(step, 0.0)
    for second in range(1, 100):
        reading = one.read(step._replace(done=min(second, 50) * 100), float(second))
    assert reading.rate == 0  # for 49 seconds nothing came
    reading = one.read(step._replace(done=8_000), 100.0)
    assert reading.rate == pytest.approx(3_000 / 30, rel=0.05)
    assert reading.left == pytest.approx(2_000 / reading.rate)


def test_what_was_done_before_counts_for_no_rate() -> None:
    step = Step("sending", 9_000, 10_000, "entry")
    reading = Meter(step, 0.0).read(step._replace(done=9_100), 10.0)
    assert (reading.rate, reading.left) == (10.0, 90.0)


def test_a_rate_is_told_by_the_unit_that_counts_something() -> None:
    assert [meter.paced(rate) for rate in (1_234.5, 5, 0.5, 0.01)] == [
        "1,234/s",
        "5.0/s",
        "30.0/min",
        "36.0/h",
    ]


def test_the_bytes_of_every_pass_count(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    with path.open("wb") as fp:
        fp.truncate(8 << 20)
    with path.open("rb") as fp:
        position = Position.of(fp)
        assert position is not None
        fp.read(5 << 20)
        assert position() >= 5 << 20
        fp.seek(0)
        fp.read(1 << 20)
        assert position() >= 6 << 20
    assert position() >= 6 << 20


# Where it is drawn


@pytest.mark.parametrize(
    ("stdout", "stderr", "data", "moving"),
    [
        (Terminal, Terminal, False, True),
        (io.StringIO, Terminal, True, True),  # the data goes to a file
        (Terminal, Terminal, True, False),
        (io.StringIO, io.StringIO, False, False),
    ],
)
def test_the_line_moves_on_a_terminal_that_shows_no_data(
    monkeypatch: pytest.MonkeyPatch,
    stdout: type[io.StringIO],
    stderr: type[io.StringIO],
    data: bool,
    moving: bool,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", stdout())
    told = stderr()
    monkeypatch.setattr(sys, "stderr", told)
    with Progress(Talk(), data=data) as one:
        one.show(ACCESS)
        one.draw()
        assert ("\x1b[2K" in told.getvalue() or "60%" in told.getvalue()) is True
        assert bool(re.search(r"^\d\d:\d\d:\d\d ", told.getvalue())) is not moving
        one.finish("done")
    assert "done\n" in told.getvalue()
    assert not [thread for thread in threading.enumerate() if thread.daemon and "_run" in thread.name]


def test_what_is_said_meanwhile_stands_above_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    told = Terminal()
    monkeypatch.setattr(sys, "stderr", told)
    voice = Talk()
    with Progress(voice) as one:
        one.show(ACCESS)
        one.draw()
        voice.say("uploaded a.mp4")
    assert re.search(r"\r\x1b\[2K.*uploaded a\.mp4\n", told.getvalue())


@pytest.mark.parametrize("chosen", [("quiet", True), ("progress", False)])
def test_nothing_moves_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, chosen: tuple[str, bool]
) -> None:
    told = Terminal()
    monkeypatch.setattr(sys, "stderr", told)
    voice = Talk()
    setattr(voice, *chosen)
    with Progress(voice) as one:
        one.show(ACCESS)
        one.draw()
    assert told.getvalue() == ""


def test_a_log_gets_a_line_in_ten_seconds_and_with_progress_one_where_a_step_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert progress.PLAIN_SECONDS == 10
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    voice = Talk()
    with Progress(voice) as one:
        one.show(ACCESS)
    assert told.getvalue() == ""
    voice.progress = True
    with Progress(voice) as one:
        for done in range(3):
            one.show(ACCESS._replace(done=done))
    assert re.fullmatch(r"\d\d:\d\d:\d\d checking access\n", told.getvalue())


def test_a_dumb_terminal_is_sent_no_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Terminal()
    monkeypatch.setattr(sys, "stderr", told)
    monkeypatch.setenv("TERM", "dumb")
    voice = Talk()
    with Progress(voice) as one:
        one.show(ACCESS)
        one.draw()
        voice.warn("slow")
    assert "60%" in told.getvalue()
    assert "\x1b" not in told.getvalue()
    assert "\r" not in told.getvalue()


# Colours


@pytest.mark.parametrize(
    ("environment", "on_terminal", "in_file"),
    [
        ({"TERM": "xterm"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"TERM": "xterm", "FORCE_COLOR": "1"}, True, True),
        ({"TERM": "xterm", "FORCE_COLOR": "0"}, False, False),
        ({"TERM": "xterm", "CLICOLOR_FORCE": "1"}, True, True),
        ({"TERM": "xterm", "CLICOLOR_FORCE": "0"}, True, False),
        ({"TERM": "xterm", "CLICOLOR": "0"}, False, False),
        ({"TERM": "xterm", "CLICOLOR": "1"}, True, False),
        ({"TERM": "dumb"}, False, False),
    ],
)
def test_colours_follow_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], on_terminal: bool, in_file: bool
) -> None:
    for name in ("TERM", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert (talk.wants_colour(Terminal()), talk.wants_colour(io.StringIO())) == (on_terminal, in_file)
