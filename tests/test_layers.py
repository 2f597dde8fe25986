"""The law of the house: a room imports rooms of lower floors only; same floor only inside a folder,
and where NEIGHBOURS says why.

docs/architecture.md draws the same table for people.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "s3transfer_tl"

FLOORS = {
    "model": 0,
    "errors": 0,
    "schema": 1,
    "document": 1,
    "config": 1,
    "decisions": 1,
    "files": 1,
    "manifest": 1,
    "naming": 1,
    "captions": 1,
    "matching": 2,
    "lint": 2,
    "diff": 2,
    "bulk": 2,
    "s3http": 2,
    "report": 2,
    "sources": 3,
    "access": 3,
    "media": 3,
    "twelvelabs": 3,
    "ledger": 3,
    "keystore": 3,
    "init": 4,
    "build": 4,
    "check": 4,
    "submit": 4,
    "follow": 4,
    "resolve": 4,
    "review": 4,
    "upload": 4,
    "doctor": 4,
    "api": 5,
    "cli": 6,
}
NEIGHBOURS = {
    ("errors", "model"): "a ConfigError carries the findings that explain it",
    ("access", "sources"): "what is asked signed goes through the client that lists",
    ("media", "sources"): "parts of videos are asked for as objects are",
    ("review", "build"): "the page shows what a build leaves to a person",
    ("upload", "submit"): "an upload is planned, doubted and ended as a submission of one entry is",
    ("document", "schema"): "the published schema is what a config is checked against",
    ("config", "document"): "a config is a YAML file that people write",
    ("decisions", "document"): "so are decisions",
    ("decisions", "naming"): "a decision may name a language",
}
SANDBOX_MAY = 1  # the stand-in platform sees floors 0-1 only, so that it cannot share our edges' faults
FRONT = {"__init__", "__main__"}


def rooms() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative imports hide the floor"
            parts = node.module.split(".")
            if parts[0] == "s3transfer_tl":
                found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                parts = alias.name.split(".")
                if parts[0] == "s3transfer_tl" and len(parts) > 1:
                    found.add(parts[1])
    return {name for name in found if not name.startswith("__")}


@pytest.mark.parametrize("path", rooms(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_lower_floors_only(path: Path) -> None:
    room = room_of(path)
    if room in FRONT:
        return
    for other in imported_rooms(path) - {room}:
        if room == "sandbox":
            assert FLOORS[other] <= SANDBOX_MAY, f"sandbox imports {other}"
        elif other == "sandbox":
            assert room == "cli", f"{room} imports the sandbox"
        elif (room, other) not in NEIGHBOURS:
            assert FLOORS[other] < FLOORS[room], f"{room} (floor {FLOORS[room]}) imports {other}"


def test_every_room_has_a_floor() -> None:
    assert {room_of(path) for path in rooms()} - FRONT - {"sandbox"} == set(FLOORS)


def test_the_drawing_for_people_has_every_room_on_its_floor() -> None:
    drawing = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    for room, floor in FLOORS.items():
        name = f"{room}/" if (PACKAGE / room).is_dir() else f"{room}.py"
        line = next(line for line in drawing.splitlines() if line.startswith(f"| {floor} |"))
        assert f"`{name}`" in line, f"floor {floor} does not show {name}"


def test_only_edges_and_cli_load_the_heavy_parts() -> None:
    """boto3, requests, duckdb and pycurl are imported in the rooms that own them and nowhere else."""
    owners = {
        "boto3": {"sources", "sandbox"},
        "requests": {"twelvelabs"},
        "duckdb": {"matching", "sources"},
        "pycurl": {"bulk"},
        "av": {"media"},
        "sqlite3": {"ledger"},
        "keyring": {"keystore"},
        "click": {"cli"},
        "yaml": {"document"},
    }
    for path in rooms():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        names |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        for package, allowed in owners.items():
            assert package not in names or room_of(path) in allowed, f"{path} imports {package}"
