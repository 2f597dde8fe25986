"""The explain command: why a key was paired, or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import discovery, options
from s3transfer_tl.cli.progress import Progress, paired
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import S3Settings

if TYPE_CHECKING:
    from s3transfer_tl.build.explain import Explained

EXAMPLE = """\b
Examples:
  s3transfer-tl explain -c transfer.yaml shows/one.mp4
  s3transfer-tl explain -c transfer.yaml s3://media/subs/one.en.srt --format json
"""


@click.command("explain", epilog=EXAMPLE, short_help="Say why a key was paired, or why not.")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@discovery.option("The config.", required=True)
@options.form
@options.s3
@options.common
def command(talk: Talk, keys: tuple[str, ...], config_path: str, form: str, s3: S3Settings) -> int:
    """List the sources, pair as build does, and tell of each KEY what every rule made of it, which
    candidates it had, and why each won or lost.

    KEY is the key of a video or a transcription, relative to its source or whole, or its s3:// URI.
    Ends with 0 where every KEY is listed, whatever became of it, and with 3 where one is not.
    """
    from s3transfer_tl import config
    from s3transfer_tl.api import edges
    from s3transfer_tl.build import explain
    from s3transfer_tl.cli import explanation

    for key in keys:
        if not key.isprintable() and any("\ud800" <= char <= "\udfff" for char in key):
            raise errors.UsageError(
                f"not UTF-8: {key!a}", "a key in S3 is UTF-8: check the terminal's encoding"
            )
    loaded = config.load(config_path)
    events = explain.run(loaded, keys, open_source=edges.open_source(loaded, s3))
    with Progress(talk) as progress:
        explained = paired(events, progress)
    explanation.FORMATS[form](explained)
    if explained.missing:
        _refuse(explained)
    return errors.OK


def _refuse(explained: Explained) -> None:
    """Raise ``NothingToDo`` for the keys that are not listed, naming the nearest that are."""
    lines = [
        f"{text}; did you mean {' or '.join(near)}?" if near else text
        for text, near in explained.missing.items()
    ]
    what = "this key is" if len(lines) == 1 else f"{len(lines)} keys are"
    raise errors.NothingToDo(
        "\n  ".join([f"{what} not in the listing:", *lines]),
        "a KEY counts letter by letter, from the source's prefix or from the bucket on; `s3transfer-tl list` "
        "shows what there is",
    )
