"""Every example of docs/naming.md is run: rules and the pairs they make, refusals, command lines."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from s3transfer_tl import config, matching, naming
from s3transfer_tl.build import plan
from s3transfer_tl.errors import ConfigError
from tests.conftest import RunLine

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "naming.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
HEAD = "version: 1\nindex_id: 629d807aa9e2a3a33a92c00b\n"


class Example(NamedTuple):
    """A part of a config, and what the page says of it."""

    given: str
    said: str

    def write(self, folder: Path) -> Path:
        """Write the whole config; its first lines are those of the page."""
        path = folder / "transfer.yaml"
        videos = "" if self.given.startswith("videos:") else "videos:\n"
        language = "" if "\nlanguage:" in f"\n{self.given}" else "language: en\n"
        tail = f"{videos}  source: s3://media/\n{language}{HEAD}"
        path.write_text(self.given + tail, encoding="utf-8")
        return path


def examples() -> list[Example]:
    found = []
    for (kind, text), (after, said) in itertools.pairwise(BLOCKS):
        if kind == "yaml":
            assert after == "text", f"this example says nothing of what it does:\n{text}"
            found.append(Example(text, said))
    return found


PAIRED = [example for example in examples() if not example.said.startswith("error:")]
REFUSED = [example for example in examples() if example.said.startswith("error:")]


def test_the_page_has_examples_of_every_kind() -> None:
    assert len(PAIRED) >= 15
    assert REFUSED
    assert {kind for kind, _ in BLOCKS} == {"yaml", "text", "console"}
    assert all(f"preset: {preset}" in PAGE for preset in naming.PRESETS)


@pytest.mark.parametrize("example", PAIRED, ids=range(len(PAIRED)))
def test_an_example_pairs_what_the_page_says(example: Example, tmp_path: Path) -> None:
    rows = [re.split(r"\s{2,}", line) for line in example.said.splitlines()]
    keys = [key for row in rows for key in row[:2] if key not in ("", "-")]
    spool = tmp_path / "keys.jsonl"
    spool.write_text("".join(json.dumps({"uri": f"s3://media/{key}"}) + "\n" for key in keys))
    loaded = config.load(example.write(tmp_path))
    listing = matching.Listing(spool, "s3://media/")
    with matching.match(listing, None, plan.rules(loaded), loaded, work_dir=tmp_path) as found:
        made = {pair.object[11:]: ((pair.transcription or "")[11:], pair.language) for pair in found.pairs()}
        left = {orphan.transcription[11:] for orphan in found.orphans()}
        ambiguous = found.counts.ambiguous
    assert made == {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}
    assert left == {row[1] for row in rows if row[0] == ""}
    assert not ambiguous or loaded.ambiguous != "fail"


@pytest.mark.parametrize("example", REFUSED, ids=range(len(REFUSED)))
def test_an_example_is_refused_as_the_page_says(example: Example, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        plan.rules(config.load(example.write(tmp_path)))
    (finding,) = caught.value.findings
    said = f"error: {finding.line}:{finding.column}: {finding.message}\nhint: {finding.hint}\n"
    assert said == example.said


def test_the_command_lines_print_what_the_page_shows(run_line: RunLine) -> None:
    for text in (text for kind, text in BLOCKS if kind == "console"):
        command, _, output = text.partition("\n")
        program, *argv = shlex.split(command.removeprefix("$ "))
        assert program == "s3transfer-tl"
        layouts = (TESTS / "layouts" / name for name in ("broadcast-house-codes", "decided"))
        folder = next(one for one in layouts if f"/{argv[-1]}\n" in (one / "keys.txt").read_text("utf-8"))
        done = run_line(argv, cwd=folder)
        assert (done.code, done.stderr) == (0, "")
        assert done.stdout == output
