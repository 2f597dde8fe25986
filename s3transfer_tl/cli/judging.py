"""How a command judges: the config that says so, and the baseline of known findings."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import click

from s3transfer_tl import errors, files, lint
from s3transfer_tl.cli import discovery
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.lint.control import Control
from s3transfer_tl.model import Config, Review
from s3transfer_tl.report.text import counted


class Judging(NamedTuple):
    """Which config says how to judge: ``path``, or the one that is found, or none where ``isolated``."""

    path: str | None = None
    isolated: bool = False

    def config(self, talk: Talk, judged: Collection[str] = ()) -> Config | None:
        """Return the config, after saying so where nobody named it.

        Raises ``ConfigError`` for one that cannot be used; one that nobody named, but that is among the
        ``judged``, is left out instead: its complaints are told as any other file's.
        """
        if self.isolated and discovery.is_named(self.path):
            raise errors.UsageError("--config and --no-config exclude each other", "leave one of them out")
        found = None if self.isolated else discovery.choose(self.path)
        if found is None:
            return None
        from s3transfer_tl import config

        try:
            loaded = config.load(found.path, only_to_judge=True)
            lint.require_sound(loaded)
        except errors.ConfigError as error:
            if found.how == discovery.BY_WORD:
                raise
            if os.path.abspath(found.path) in map(os.path.abspath, judged):
                return None
            hint = "mend the lines above, or judge without it: --no-config"
            raise errors.ConfigError(error.message, hint, error.findings) from error
        if found.how != discovery.BY_WORD:
            talk.say(f"judging as {found.path} says (--no-config: without it)")
        return loaded


def judging(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``-c``/``--config`` and ``--no-config``; pass them as ``judging`` (Judging)."""

    @discovery.option("Whose `lint:` section says how to judge.")
    @click.option("--no-config", "isolated", is_flag=True, help="Read no config.")
    @functools.wraps(function)
    def command(*args: Any, config_path: str | None, isolated: bool, **options: Any) -> Any:
        return function(*args, judging=Judging(config_path, isolated), **options)

    return command


class Known(NamedTuple):
    """What to do about known findings: ``read`` names their file (instead of the config's), ``write``
    the one to make, and ``prune`` takes out what is not found any more."""

    read: Path | None = None
    write: Path | None = None
    prune: bool = False

    @property
    def read_only(self) -> bool:
        """Tell whether the baseline stays as it is."""
        return not self.write and not self.prune

    def control(self, config: Config | None, select: list[str], ignore: list[str]) -> Control:
        """Return what controls this run."""
        if self.write and (self.read or self.prune):
            other = "--baseline" if self.read else "--prune-baseline"
            raise errors.UsageError(f"--write-baseline makes a new one: it takes no {other}", "leave it out")
        if self.write:
            return Control(config, select=select, ignore=ignore)
        control = lint.control.of(config, select=select, ignore=ignore, baseline=self.read)
        if self.prune and control.baseline is None:
            raise errors.UsageError("there is no baseline to prune", "name it with --baseline FILE")
        return control

    def check(self, names: Collection[str]) -> None:
        """Raise ``UsageError`` for a new baseline that cannot be written, or is one of ``names``."""
        if self.write:
            files.check(self.write, map(Path, names), option="--write-baseline")

    def apart(self, control: Control) -> set[str]:
        """Return the files in a folder that are no manifests, as absolute paths."""
        paths = [self.write, control.baseline and control.baseline.path]
        return {os.path.abspath(path) for path in paths if path}

    def settle(self, review: Review, control: Control, names: Collection[str], talk: Talk) -> Review:
        """Write or prune the baseline as asked; return the review without what it knows now."""
        if self.write:
            made = lint.Baseline(self.write).with_findings(review.findings)
            _write(made)
            talk.say(f"wrote {counted(len(review.findings), 'finding')} to {self.write}")
            return Control(baseline=made).apply(review)
        if self.prune and control.baseline:
            pruned = control.baseline.pruned(names)
            gone = control.baseline.total - pruned.total
            if gone:
                _write(pruned)
            talk.say(f"removed {counted(gone, 'finding')} from {pruned.path}")
        return review


def known(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--baseline``, ``--write-baseline`` and ``--prune-baseline``; pass them as ``known`` (Known)."""
    path = click.Path(path_type=Path, dir_okay=False)

    @click.option("--baseline", "read", type=path, metavar="FILE", help="Findings known here do not count.")
    @click.option(
        "--write-baseline", "write", type=path, metavar="FILE", help="Make all findings known ones."
    )
    @click.option("--prune-baseline", "prune", is_flag=True, help="Forget known findings that are mended.")
    @functools.wraps(function)
    def command(*args: Any, read: Path | None, write: Path | None, prune: bool, **options: Any) -> Any:
        return function(*args, known=Known(read, write, prune), **options)

    return command


def _write(baseline: lint.Baseline) -> None:
    def fill(fp: BinaryIO) -> None:
        fp.write(baseline.dumps())

    with files.clean_up(baseline.path):
        files.put_in_place([(files.write_beside(baseline.path, fill), baseline.path)])
