"""Python, this tool, the packages it stands on and its extras: are they there, fit, and the ones meant?"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import s3transfer_tl
from s3transfer_tl.doctor.check import Check, Meaning, ok, skipped, warning
from s3transfer_tl.doctor.check import error as wrong

TOOL = "s3transfer-tl"
EXTRAS: Mapping[str, str] = {
    "demo": "the S3 server of `demo`",
    "keyring": "the API key in the system's keyring: `auth`",
    "media": "the headers of videos: `check --media`",
    "orc": "S3 Inventory files in ORC",
    "review": "the page of `review`",
}
# Packages that others are known to overwrite or to shadow: urllib3-future replaces urllib3's own files.
WATCHED = ("boto3", "botocore", "requests", "urllib3")
MEANINGS = (
    Meaning(
        "python",
        "Which Python runs the tool, and is it 3.11 or newer?",
        "install a newer Python, and the tool into it (`pipx install s3transfer-tl`)",
    ),
    Meaning(
        "tool",
        "Which version is this, and is there a second one that a shell or Python may find instead?",
        "uninstall the one that is not meant; `pip uninstall s3transfer-tl` in its environment",
    ),
    Meaning(
        "dependencies",
        "Is each package in the bounds that the tool was tested with, there once, and not overwritten by "
        "another project (urllib3-future, for one, replaces urllib3, which boto3 uses)?",
        "install the tool into an environment of its own: `pipx install s3transfer-tl`",
    ),
    Meaning(
        "extras",
        "Which optional parts are there, and what are the others for?",
        "`pip install 's3transfer-tl[EXTRA]'`, where you want one",
    ),
)

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*\(?([^;()]*)\)?\s*(?:;.*extra\s*==\s*['\"]([\w-]+)['\"])?")
_ALONE = "install the tool into an environment of its own: pipx install s3transfer-tl"


class Package(NamedTuple):
    """An installed distribution; ``place`` is the folder that its files are in."""

    name: str
    version: str
    place: str


@dataclass(frozen=True, slots=True)
class Installed:
    """What Python's metadata tells. ``requirements`` are the tool's own, as the metadata spells them;
    ``owners`` the distributions that have files in a module, ``origins`` the folder it would be imported
    from; ``scripts`` the programs of the tool's name that the shell finds, in its order."""

    packages: Sequence[Package]
    requirements: Sequence[str] = ()
    owners: Mapping[str, Sequence[str]] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    scripts: Sequence[str] = ()


def installed(scripts: Sequence[str]) -> Installed:
    """Read the metadata of everything that this Python can import."""
    packages = [
        Package(_plain(one.name), one.version, str(one.locate_file("")))
        for one in importlib.metadata.distributions()
        if one.name
    ]
    try:
        requirements = importlib.metadata.requires(TOOL) or []
    except importlib.metadata.PackageNotFoundError:
        requirements = []
    by_module = importlib.metadata.packages_distributions()
    owners = {module: sorted(set(map(_plain, by_module.get(module, ())))) for module in WATCHED}
    specs = {module: importlib.util.find_spec(module) for module in WATCHED}
    origins = {
        module: str(Path(spec.origin).parent.parent) for module, spec in specs.items() if spec and spec.origin
    }
    return Installed(packages, requirements, owners, origins, scripts)


def look(found: Installed) -> Iterator[Check]:
    """Yield the checks of an installation."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield ok("python", f"Python {version}, {sys.executable}")
    yield _tool(found)
    problems = [*_misfits(found), *_foreign(found)]
    yield from problems
    if not found.requirements:
        yield skipped("dependencies", "the tool runs from a folder, so there is no list to compare them with")
    elif not problems:
        count = sum(not extra for _, _, extra in map(parsed, found.requirements))
        yield ok("dependencies", f"{count} packages, each within its bounds")
    yield from (_extra(found, extra) for extra in EXTRAS)


def _tool(found: Installed) -> Check:
    copies = [one for one in found.packages if one.name == TOOL]
    running = f"{TOOL} {s3transfer_tl.__version__}, {Path(s3transfer_tl.__file__).parent}"
    if len({one.version for one in copies}) > 1:
        told = "; ".join(f"{one.version} in {one.place}" for one in copies)
        return warning(
            "tool", f"{running}; Python finds several installations: {told}", "uninstall what is not meant"
        )
    if len(found.scripts) > 1:
        return warning(
            "tool",
            f"{running}; the shell finds several programs, the first wins: {', '.join(found.scripts)}",
            "uninstall what is not meant, or change the order in PATH",
        )
    if copies and copies[0].version != s3transfer_tl.__version__:
        return warning(
            "tool",
            f"{running}; its metadata says {copies[0].version}",
            f"pip install --force-reinstall {TOOL}",
        )
    return ok("tool", running)


def _misfits(found: Installed) -> Iterator[Check]:
    """Yield the packages that are missing, out of their bounds, or there in several versions."""
    versions: dict[str, list[str]] = {}
    for one in found.packages:
        versions.setdefault(one.name, []).append(one.version)
    for name, bounds, extra in map(parsed, found.requirements):
        there = versions.get(name, [])
        if extra:
            continue
        line = f"pip install '{name}{bounds}'"
        if not there:
            yield wrong("dependencies", f"{name} is not installed", line)
        elif not fits(there[0], bounds):
            yield wrong("dependencies", f"{name} is {there[0]}; the tool needs {name}{bounds}", line)
        elif len(set(there)) > 1:
            told = " and ".join(sorted(set(there)))
            yield warning("dependencies", f"{name} is installed twice, as {told}", _ALONE)


def _foreign(found: Installed) -> Iterator[Check]:
    """Yield the modules that are not, or not only, the package of their name."""
    places = {one.name: one.place for one in found.packages}
    for module in WATCHED:
        others = [name for name in found.owners.get(module, ()) if name != module]
        if others:
            yield wrong(
                "dependencies",
                f"{module} is overwritten by {', '.join(others)}: boto3 and requests would use that",
                f"pip uninstall {' '.join(others)} && pip install --force-reinstall {module}; or {_ALONE}",
            )
        place, home = found.origins.get(module), places.get(module)
        if place and home and Path(place).resolve() != Path(home).resolve():
            yield warning(
                "dependencies",
                f"{module} would be imported from {place}, where it is not installed",
                f"rename what is called {module} there, or run elsewhere",
            )


def _extra(found: Installed, extra: str) -> Check:
    versions = {one.name: one.version for one in found.packages}
    needed = [(name, bounds) for name, bounds, of in map(parsed, found.requirements) if of == extra]
    use, line = EXTRAS[extra], f"pip install '{TOOL}[{extra}]'"
    there = [f"{name} {versions[name]}" for name, _ in needed if name in versions]
    if not needed or len(there) < len(needed):
        return skipped("extras", f"{extra} is not installed ({use})", line)
    for name, bounds in needed:
        if not fits(versions[name], bounds):
            return warning("extras", f"{extra}: {name} is {versions[name]}; it needs {name}{bounds}", line)
    return ok("extras", f"{extra}: {', '.join(there)} ({use})")


def parsed(requirement: str) -> tuple[str, str, str | None]:
    """Return the name, the bounds and the extra of a requirement as the metadata spells it."""
    found = _REQUIREMENT.match(requirement)
    if found is None:
        return requirement, "", None
    return _plain(found[1]), found[2].replace(" ", ""), found[3]


def fits(version: str, bounds: str) -> bool:
    """Tell whether the release of ``version`` is within ``bounds``, of >=, <, == and commas."""
    for bound in filter(None, bounds.split(",")):
        sign, edge = bound.rstrip("0123456789.abcpostrdev*"), _release(bound.lstrip("<>=!~"))
        here = _release(version)
        if (
            (sign == ">=" and here < edge)
            or (sign == "<" and here >= edge)
            or (sign == "==" and here != edge)
        ):
            return False
    return True


def _release(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
