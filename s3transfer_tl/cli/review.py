"""The review command: a page where a person decides what the naming rules cannot."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import socket
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import discovery, options
from s3transfer_tl.cli.progress import Progress, paired
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.errors import NothingToDo, OutputError, Stopped, UsageError
from s3transfer_tl.model import Config, S3Settings
from s3transfer_tl.report.text import counted, printable

if TYPE_CHECKING:
    from s3transfer_tl.build.review import Doubtful
    from s3transfer_tl.review.sitting import Sitting

FILE = "decisions.yaml"  # beside the config, where it names none
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*\.ya?ml")  # a path that needs no quotes in YAML
EXAMPLE = """\b
Examples:
  s3transfer-tl review -c transfer.yaml
  s3transfer-tl review -c transfer.yaml --no-browser --port 8765
"""


@click.command("review", epilog=EXAMPLE, short_help="Decide in a browser what the naming rules cannot.")
@discovery.option("The config.", required=True)
@click.option(
    "--decisions",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=f"Where they are kept. [default: the config's `decisions:`, or {FILE} beside it]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default="a free one",
    metavar="N",
    help="Port of 127.0.0.1 to use.",
)
@click.option("--no-browser", is_flag=True, help="Only say the address.")
@click.option(
    "--limit",
    type=click.IntRange(1, 5_000),
    default=1_000,
    show_default=True,
    metavar="N",
    help="Show the first N doubtful videos, undecided ones before the others.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help='json: print {"url", "decisions"} on standard output, a line, once it listens.',
)
@options.s3
@options.common
def command(
    talk: Talk,
    config_path: str,
    file: Path | None,
    port: int,
    no_browser: bool,
    limit: int,
    form: str,
    s3: S3Settings,
) -> int:
    """List and pair as build does, then serve a page on 127.0.0.1 for the videos that are ambiguous,
    contested or without a transcription: accept, choose or refuse candidates, by keyboard alone.

    Each decision is in the decisions file at once, and nothing else is written. Ends with Done in the
    page, 3 where nothing is doubtful, and 130 or 143 where it is stopped, with the decisions kept.
    """
    from s3transfer_tl import config, decisions, files, review
    from s3transfer_tl.api import edges
    from s3transfer_tl.build import review as doubts

    review.require()
    from s3transfer_tl.review import app, serving, writing
    from s3transfer_tl.review.sitting import Sitting

    opens = not no_browser and _has_display()
    if talk.quiet and form == "text" and not opens:
        raise UsageError(
            "with --quiet nobody would learn the page's address", "add --format json, or leave it out"
        )
    loaded = config.load(config_path)
    named = loaded.decisions and Path(config_path).parent / loaded.decisions
    path = file or named or Path(config_path).parent / FILE
    files.check(path, [Path(config_path)], option="--decisions")
    if path.exists() and not path.stat().st_mode & stat.S_IWUSR:
        raise UsageError(
            f"{path} is write-protected",
            "type: chmod u+w " + shlex.quote(str(path)) + ", or name another with --decisions",
        )
    decided = decisions.read(path)
    with contextlib.closing(_listen(port)) as bound:
        events = doubts.run(loaded, decided, open_source=edges.open_source(loaded, s3), limit=limit)
        with Progress(talk) as progress:
            found = paired(events, progress)
        if not found.items:
            raise NothingToDo(
                "nothing is doubtful: the rules decide every video", f"type: {_build(config_path)}"
            )
        videos = [item.video for item in found.items]
        sitting = Sitting(videos, decided, lambda changes: writing.write(path, changes))
        next_steps = _next(config_path, loaded, path)
        told = app.Told(config_path, str(path), next_steps, found.more)
        with serving.serve(bound, found.items, sitting, told) as server:
            _open(talk, server.url, found, form, path, opens=opens)
            stop = _wait(server.wait)
    return _end(talk, sitting, path, next_steps, stop)


def _listen(port: int) -> socket.socket:
    from s3transfer_tl.review import serving

    try:
        return serving.listen(port)
    except OSError as error:
        hint = "choose another --port, or leave it out for a free one"
        raise UsageError(f"cannot listen on port {port}: {error.strerror}", hint) from None


def _open(talk: Talk, url: str, found: Doubtful, form: str, path: Path, *, opens: bool) -> None:
    """Say where the page is, and have a browser show it where there is one."""
    import webbrowser

    for one in found.stale[:3]:
        talk.warn(f"{path}:{one.line}: {printable(one.video)} is decided there, but not listed")
    if len(found.stale) > 3:
        talk.warn(f"and {len(found.stale) - 3:,} more decisions are about what is not listed")
    more = f" and {found.more:,} more, which are not shown" if found.more else ""
    talk.say(f"{counted(len(found.items), 'doubtful video')}{more}")
    talk.say(f"review them at {url}")
    talk.say("(the address works once, on this machine only; end with Done there, or Ctrl-C here)")
    if form == "json":
        click.echo(json.dumps({"url": url, "decisions": str(path)}))
        sys.stdout.flush()
    if opens:
        webbrowser.open(url)


def _has_display() -> bool:
    """Tell whether a browser could open a window: one in this terminal would take its keys."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _wait(wait: Callable[[], None]) -> Stopped | None:
    """Return when the page says that the review is done (None), or what stopped it."""
    try:
        wait()
    except KeyboardInterrupt:
        return Stopped("stopped by Ctrl-C", "", errors.INTERRUPTED)
    except Stopped as stop:
        return stop
    return None


def _end(talk: Talk, sitting: Sitting, path: Path, next_steps: Sequence[str], stop: Stopped | None) -> int:
    """Say what is in the file now and what to type next."""
    if not sitting.save():  # once more: the disk may have room by now
        assert sitting.trouble is not None
        lost = counted(sitting.unsaved, "decision is", "decisions are")
        # returned, not raised: after a signal an error would count as the stop itself, with the state saved
        talk.error(OutputError(f"{lost} not written: {sitting.trouble.message}", sitting.trouble.hint))
        return errors.REMOTE
    done = f"{sitting.decided:,} of {counted(len(sitting.videos), 'doubtful video')} decided"
    written = f"{counted(sitting.written, 'change')} written to {path}"
    said = f"{done}; {written if sitting.written else 'nothing was written'}"
    if stop is not None:
        raise Stopped(f"{stop.message}; {said}", "; ".join(next_steps), stop.exit_code)
    talk.say(said)
    talk.say("next:")
    for line in next_steps:
        talk.say(f"  {line}")
    return errors.OK


def _next(config_path: str, config: Config, path: Path) -> list[str]:
    """Return what to do after the review: a line in the config where it lacks one, and the build."""
    folder = Path(config_path).parent
    if config.decisions and (folder / config.decisions).absolute() == path.absolute():
        return [_build(config_path)]
    written = os.path.relpath(path, folder)
    line = f"decisions: {written if _PLAIN.fullmatch(written) else json.dumps(written)}"
    add = "put there instead of its `decisions:`" if config.decisions else "add to it"
    return [f"edit {config_path}: {add} the line `{line}`", _build(config_path)]


def _build(config_path: str) -> str:
    return f"s3transfer-tl build -c {shlex.quote(config_path)} -o manifest.json"
