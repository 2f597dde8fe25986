"""The config's schema is good enough for an editor: draft 7, with words and examples for every key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from s3transfer_tl import config, schema

SCHEMA = schema.load("config")


def nodes(node: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, value in node.get("properties", {}).items():
        yield f"{path}{key}", value
        yield from nodes(value, f"{path}{key}.")


KEYS = dict(nodes(SCHEMA, ""))
for _name, _definition in SCHEMA["definitions"].items():
    KEYS |= dict(nodes(_definition, f"{_name}:"))


def test_the_schema_is_of_draft_7_which_editors_read() -> None:
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_a_title_a_description_and_an_example_that_fits(key: str) -> None:
    node = KEYS[key]
    assert node["title"]
    assert node["description"].endswith(".")
    assert node["examples"]
    whole = {"definitions": SCHEMA["definitions"], **node}
    for example in node["examples"]:
        jsonschema.Draft7Validator(whole).validate(example)


def test_no_key_stands_beside_a_reference_where_draft_7_would_not_see_it() -> None:
    assert [key for key, node in KEYS.items() if "$ref" in node and len(node) > 1] == []


def test_every_default_is_the_parsers_own() -> None:
    found, _ = config.parse(b"version: 1\nvideos: {source: a}\n", "transfer.yaml")
    assert found is not None
    assert KEYS["access"]["default"] == found.access
    assert KEYS["policy.ambiguous"]["default"] == found.ambiguous
    assert KEYS["policy.unmatched_video"]["default"] == found.unmatched_video
    assert tuple(KEYS["prefer.formats"]["default"]) == found.prefer_formats


def test_an_example_config_made_of_the_examples_is_read() -> None:
    document = {key: node["examples"][0] for key, node in KEYS.items() if "." not in key and ":" not in key}
    found, findings = config.parse(yaml.safe_dump(document).encode(), "transfer.yaml")
    assert findings == []
    assert found is not None
    assert found.lint.ignore
