"""The demo command: the whole main job on sample data, as a user would type it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from s3transfer_tl.cli import options, streams
from s3transfer_tl.cli.talk import Talk, wants_colour
from s3transfer_tl.errors import RemoteError, Stopped, UsageError

BUCKET = "demo-media"
MARKER = ".s3transfer-tl-demo"  # says that a folder is ours to empty

SRT = "1\n00:00:01,000 --> 00:00:03,000\n{}\n\n2\n00:00:04,000 --> 00:00:06,500\nThe end.\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:03.000\n{}\n\n00:04.000 --> 00:06.500\nThe end.\n"
TRANSCRIPTIONS = {
    "shows/pilot.en.srt": SRT.format("Good morning."),
    "shows/harbor.vtt": VTT.format("The harbor at dawn."),
    "shows/s01/e01.en.vtt": VTT.format("Episode one."),
    "shows/s01/e01.es.vtt": VTT.format("Episodio uno."),  # English is preferred
    "shows/s01/Über uns #1.de.vtt": VTT.format("Guten Tag."),
    "shows/broken.en.srt": "1\n00:00:01.000 -> 00:00:03,000\nTwo typos in the timing line.\n",
    "shows/twice.fr.srt": SRT.format("Bonjour."),  # neither is preferred: ambiguous
    "shows/twice.it.srt": SRT.format("Buongiorno."),
    "shows/no-such-video.en.srt": SRT.format("Alone."),
    "archive/board.en.srt": SRT.format("Not yet public."),
}
VIDEOS = (
    "shows/pilot.mp4",
    "shows/harbor.mp4",
    "shows/s01/e01.mp4",
    "shows/s01/Über uns #1.mp4",
    "shows/broken.mp4",
    "shows/twice.mp4",
    "shows/silent.mp4",
    "archive/board.mp4",
)
CONFIG = """\
version: 1
index_id: {index_id}
language: en
videos:
  source: s3://{bucket}/
policy:
  ambiguous: omit      # leave it out, and say so
"""
ENVIRONMENT = "environment"  # the file of a served demo that points a shell at its servers
EXAMPLE = """\b
Examples:
  s3transfer-tl demo
  s3transfer-tl demo --serve --dir demo      then, elsewhere: . demo/environment
"""


@click.command(
    "demo", epilog=EXAMPLE, short_help="Run the whole main job on sample data, with nothing to configure."
)
@click.option("--dir", "folder", metavar="DIR", help="Keep the files here. [default: a temporary folder]")
@click.option("--serve", is_flag=True, help="Only serve: you type. Needs --dir; ends on Ctrl-C.")
@options.common
def command(talk: Talk, folder: str | None, serve: bool) -> int:
    """Start an S3 server and a stand-in for the platform on loopback, fill a bucket with sample
    videos and transcriptions, and run build, lint, submit and status on them. Needs the extra demo."""
    if serve and folder is None:
        raise UsageError("--serve needs a folder", "name one with --dir: the file to source is put there")
    with _folder(folder) as place, _servers(place) as (environment, s3, index_id):
        if serve:
            _fill(s3)
            _serve(talk, place, environment, index_id)
            return 0
        _tell("A bucket with 8 videos and 10 transcriptions; shows/ is public, archive/ is not.")
        _fill(s3)
        (place / "transfer.yaml").write_text(
            CONFIG.format(index_id=index_id, bucket=BUCKET), encoding="utf-8"
        )
        shell = _Shell(place, environment)
        shell.show("transfer.yaml")
        shell.run("build -c transfer.yaml -o manifest.json", expect=1)
        _tell("Exit 1: one transcription is private; the platform would fail its video and not say why.")
        _tell("Its owner opens archive/ to readers, and the build runs again.")
        _open(s3, "shows/", "archive/")
        shell.run("build -c transfer.yaml -o manifest.json", expect=0)
        shell.run("lint manifest.json", expect=0)
        shell.run("submit manifest.json --wait", expect=5)
        _tell("Exit 5: one task failed. The platform gives no reason; the linter does:")
        (place / "broken.en.srt").write_text(TRANSCRIPTIONS["shows/broken.en.srt"], encoding="utf-8")
        shell.run("lint broken.en.srt", expect=1)
        shell.run("status", expect=5)
        shell.run("submit manifest.json", expect=0)
        _tell("Nothing was sent twice. That was the main job; nothing is left running.")
        if folder is not None:
            _tell(f"The config, the manifest and its report are in {folder}.")
    return 0


def _serve(talk: Talk, folder: Path, environment: dict[str, str], index_id: str) -> None:
    """Write what points a shell at the servers, and keep them until stopped."""
    ours = {name: text for name, text in environment.items() if os.environ.get(name) != text}
    lines = [f"export {name}={shlex.quote(text)}\n" for name, text in sorted(ours.items())]
    lines.append(f"export INDEX_ID={index_id}\nunset AWS_PROFILE\n")
    partial = folder / f"{ENVIRONMENT}.part"
    partial.write_text("".join(lines), encoding="utf-8")
    partial.rename(folder / ENVIRONMENT)  # whoever waits for it finds it whole
    talk.say(f"s3://{BUCKET}/ has 8 videos and 10 transcriptions; the platform has the index {index_id}")
    talk.say(f"in another terminal: . {shlex.quote(str(folder / ENVIRONMENT))}")
    with contextlib.suppress(Stopped, KeyboardInterrupt):  # being stopped is how it ends
        threading.Event().wait()


class _Shell:
    """Types command lines, shows what they print, and holds them to their exit codes."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment

    def show(self, name: str) -> None:
        _type(f"cat {name}")
        streams.document((self._folder / name).read_text(encoding="utf-8"))

    def run(self, line: str, expect: int) -> None:
        _type(f"s3transfer-tl {line}")
        sys.stdout.flush()  # what we typed comes before what it prints, in a pipe as well
        done = subprocess.run(
            [sys.executable, "-m", "s3transfer_tl", *line.split()],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        click.echo()
        if done.returncode != expect:
            raise RemoteError(
                f"`{line}` ended with {done.returncode}, not {expect}",
                "run the demo with --dir DIR and look there",
            )


def _type(line: str) -> None:
    streams.line(click.style(f"$ {line}", bold=True), colour=wants_colour(sys.stdout))


def _tell(text: str) -> None:
    streams.line(click.style(f"# {text}", fg="cyan") + "\n", colour=wants_colour(sys.stdout))


@contextlib.contextmanager
def _folder(name: str | None) -> Iterator[Path]:
    """Yield an empty folder: a temporary one, or ``name``, emptied if an earlier demo made it."""
    if name is None:
        with tempfile.TemporaryDirectory(prefix="s3transfer-tl-demo-") as temporary:
            yield Path(temporary)
        return
    folder = Path(name).absolute()
    if folder.exists():
        if any(folder.iterdir()) and not (folder / MARKER).exists():
            raise UsageError(
                f"{name} is not empty, and not an earlier demo's", "name another folder with --dir"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARKER).touch()
    yield folder


@contextlib.contextmanager
def _servers(folder: Path) -> Iterator[tuple[dict[str, str], Any, str]]:
    """Run both servers; yield the environment that points at them, an S3 client and an index."""
    from s3transfer_tl.sandbox import DEFAULT_KEY, store

    with store.serve(folder / "store") as endpoint, contextlib.closing(store.client(endpoint)) as s3:
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": store.ADMIN.access_key,
            "AWS_SECRET_ACCESS_KEY": store.ADMIN.secret_key,
            "AWS_DEFAULT_REGION": store.REGION,
            "TWELVE_LABS_API_KEY": DEFAULT_KEY,
            "XDG_STATE_HOME": str(folder / "state"),
        }
        environment.pop("AWS_PROFILE", None)
        argv = [
            sys.executable,
            "-m",
            "s3transfer_tl",
            "sandbox",
            "--speed",
            "300",
            "--s3-endpoint-url",
            endpoint,
        ]
        with (folder / "sandbox.log").open("wb") as log:
            platform = subprocess.Popen(
                argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        try:
            assert platform.stdout is not None
            with platform.stdout as lines:
                hello = json.loads(lines.readline() or "{}")
                if not hello:
                    raise RemoteError("the sandbox did not come up", f"see {folder / 'sandbox.log'}")
                environment["TWELVELABS_BASE_URL"] = hello["api_url"]
                yield environment, s3, hello["index_ids"][0]
        finally:
            platform.terminate()
            platform.wait()


def _fill(s3: Any) -> None:
    from importlib import resources

    sample = resources.files("s3transfer_tl.sandbox").joinpath("sample.mp4").read_bytes()
    s3.create_bucket(Bucket=BUCKET)
    for key in VIDEOS:
        s3.put_object(Bucket=BUCKET, Key=key, Body=sample, ContentType="video/mp4")
    for key, text in TRANSCRIPTIONS.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    _open(s3, "shows/")


def _open(s3: Any, *prefixes: str) -> None:
    from s3transfer_tl.sandbox import store

    store.open_to_all(s3, BUCKET, *prefixes)
