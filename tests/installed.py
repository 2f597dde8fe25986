"""The wheel in an environment of its own, with the dependencies that it declares and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

NOBODY = 65532  # as in the Containerfile


def interpreter() -> str:
    """A Python of this version that any user may run."""
    found = shutil.which(
        f"python{sys.version_info.major}.{sys.version_info.minor}", path="/usr/bin:/usr/local/bin"
    )
    return found or sys.executable


def drops_root() -> list[str]:
    """What to put before a command line for it to run as nobody; nothing where that needs nothing."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def make(folder: Path, wheel: Path) -> Path:
    """Make the environment; return its console script."""
    subprocess.run([interpreter(), "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    argv = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*argv, "--disable-pip-version-check", wheel], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    show_dependencies(site)
    return folder / "bin" / "s3transfer-tl"


def show_dependencies(site: Path) -> None:
    """Link what the project requires without an extra into ``site``."""
    for requirement in metadata.metadata("s3transfer-tl").get_all("Requires-Dist") or ():
        _link(Requirement(requirement), site)


def _link(requirement: Requirement, site: Path, extras: Iterable[str] = ("",)) -> None:
    """Show ``requirement`` and what it requires in ``site``, from the environment that runs the tests."""
    if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
        return
    distribution = metadata.distribution(requirement.name)
    for name in _tops(distribution):
        if not (site / name).exists():
            (site / name).symlink_to(Path(str(distribution.locate_file(name))))
    for more in distribution.requires or ():
        _link(Requirement(more), site, ("", *requirement.extras))


def _tops(distribution: metadata.Distribution) -> Iterator[str]:
    tops = {file.parts[0] for file in distribution.files or ()}
    yield from sorted(tops - {"..", "__pycache__"})
