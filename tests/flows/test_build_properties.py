"""What holds of every build, whatever the bucket: shown on random worlds."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from s3transfer_tl import build, naming
from s3transfer_tl.errors import TransferError
from s3transfer_tl.model import Config, S3Object
from tests.unit import test_matching_oracle as oracle

WORLDS = oracle.worlds()


class Paged:
    """A listing that comes in pages."""

    root = ""
    mode = "file"

    def __init__(self, pages: list[list[str]]) -> None:
        self._pages = pages

    def pages(self) -> Iterator[list[S3Object]]:
        for page in self._pages:
            yield [S3Object(*uri[5:].split("/", 1)) for uri in page]


def built(pages: list[list[str]], config: Config) -> Any:
    """The manifest's bytes and the report without its listing, or the sentence that refused both."""
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder, "m.json")
        target = build.Target(manifest, io.BytesIO())
        try:
            for _ in build.run(
                config,
                open_source=lambda spec, side: Paged(pages),
                check_access=lambda uris: iter(()),
                target=target,
            ):
                pass
        except TransferError as error:
            return type(error), error.message
        report = json.loads(Path(folder, "m.report.json").read_text(encoding="utf-8"))
        del report["summary"]["listing"]
        return manifest.read_bytes(), report


@given(WORLDS, st.randoms(), st.integers(1, 30))
@settings(max_examples=20, deadline=None)
def test_order_and_pages_of_a_listing_change_no_byte(world: tuple[Any, ...], random: Any, size: int) -> None:
    uris, specs, loaded = world
    config = replace(loaded, rules=tuple(specs), access="off", language="en")
    other = list(uris)
    random.shuffle(other)
    cut = [other[start : start + size] for start in range(0, len(other), size)]
    assert built([sorted(uris)], config) == built([[], *cut, []], config)


@given(WORLDS)
@settings(max_examples=30, deadline=None)
def test_no_pair_without_a_rule_that_says_so(world: tuple[Any, ...]) -> None:
    uris, specs, config = world
    rules = naming.compile(specs)
    for pair in oracle.pipeline(uris, specs, config)["pairs"]:
        if pair.transcription is None:
            continue
        assert {pair.object, pair.transcription} <= set(uris)
        assert any(says(rule, pair.object, pair.transcription) for rule in rules if rule.name == pair.rule)


def says(rule: naming.Rule, video: str, transcription: str) -> bool:
    """Whether both keys match the rule and agree in every capture that joins."""
    (ours, key), (theirs, other) = oracle.split(video), oracle.split(transcription)
    found = rule.video.captures(key)
    if found is None or (rule.one_bucket and ours != theirs):
        return False
    wanted = oracle.nfc(oracle.fold(rule, tuple(found[name] for name in rule.join)))
    return any(
        oracle.nfc(oracle.fold(rule, stem)) == wanted and not naming.languages.tail(tail).problem
        for stem, tail, _ in oracle.spellings(rule, other)
    )
