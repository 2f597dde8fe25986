"""The settings in force: each key of the config and each option that commands share, with its origin."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import click

from s3transfer_tl import config, document, schema
from s3transfer_tl.cli import environment
from s3transfer_tl.cli.command import HEADINGS

# What boto3 reads where the option is not given; an option of ours is before it.
AWS = {
    "--profile": ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
    "--region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "--endpoint-url": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "--ca-bundle": ("AWS_CA_BUNDLE",),
}

Where = tuple[str | int, ...]


class Setting(NamedTuple):
    """A value, and where it is from: ``file`` and ``line``, or ``variable``, or neither: the default."""

    value: Any
    file: str | None = None
    line: int | None = None
    variable: str | None = None

    @property
    def origin(self) -> str:
        """Return the origin as people read it."""
        return f"{self.file}:{self.line}" if self.file else self.variable or "default"

    def record(self) -> dict[str, Any]:
        """Return the setting as JSON tells it."""
        kind = "file" if self.file else "environment" if self.variable else "default"
        return {
            "value": self.value,
            "origin": kind,
            "file": self.file,
            "line": self.line,
            "variable": self.variable,
        }


def keys(path: str | None) -> dict[str, Setting]:
    """Return every key that a config can have, those of naming rules where they are written, in the schema's
    order. Raises ``ConfigError`` for a config that cannot be used."""
    data, marks = _read(path) if path else ({}, {})
    found = dict(_walk(schema.load("config"), data, marks, path or ""))
    language = found["language"].value
    if not found["prefer.languages"].value and language:
        found["prefer.languages"] = Setting([language])
    for key in ("source", "root"):
        if found[f"transcriptions.{key}"].value is None:
            found[f"transcriptions.{key}"] = Setting(found[f"videos.{key}"].value)
    return {name: one._replace(value=_safe(one.value)) for name, one in found.items()}


def shared(root: click.Context) -> dict[str, Setting]:
    """Return the options of S3 and of the platform, and --ledger; then every option that a variable of the
    environment sets, with the command where it is for one."""
    found: dict[str, Setting] = {}
    given: dict[str, Setting] = {}
    wanted = {*HEADINGS["S3"].split(), *HEADINGS["Platform"].split(), "--ledger"}
    for path, command in environment.commands(root.command, root):
        for option in command.params:
            names = environment.variables(option, path)
            if not names or not isinstance(option, click.Option):
                continue
            spelled = next(text for text in option.opts if text.startswith("--"))
            own, general = names
            if os.environ.get(own):
                given[f"{' '.join(path)} {spelled}"] = Setting(_safe(os.environ[own]), variable=own)
            if os.environ.get(general):
                found[spelled] = Setting(_safe(os.environ[general]), variable=general)
            elif spelled in wanted and spelled not in found:
                found[spelled] = _outside(spelled, option, names)
    return {**found, **given}


def _outside(spelled: str, option: click.Option, ours: list[str]) -> Setting:
    theirs = [name for name in option.envvar or () if name not in ours]
    for name in (*theirs, *AWS.get(spelled, ())):
        if os.environ.get(name):
            return Setting(_safe(os.environ[name]), variable=name)
    default = option.to_info_dict()["default"]
    return Setting(default if isinstance(default, (str, int, float, bool)) else None)


def _read(path: str) -> tuple[Any, Mapping[Where, Any]]:
    data = config.read(path)  # once: it may be a pipe
    config.loads(data, path, only_to_judge=True)  # so that what is wrong is told as every command tells it
    reader = document.Reader(data, path, "config", config.MAX_BYTES)
    return reader.document(), reader.marks


def _walk(
    root: dict[str, Any], data: Any, marks: Mapping[Where, Any], path: str
) -> Iterator[tuple[str, Setting]]:
    """Yield the leaves of the schema ``root``; what a user names himself (rules, severities) is one too."""
    pending: list[tuple[Where, dict[str, Any], Any]] = [((), root, data)]
    while pending:
        where, node, value = pending.pop()
        node = node.get("allOf", [node])[0]
        if "$ref" in node:
            node = root["definitions"][node["$ref"].rpartition("/")[2]]
        if "properties" in node:
            below = node["properties"].items()
            pending += [((*where, key), one, (value or {}).get(key)) for key, one in reversed(below)]
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            for place, one in enumerate(value):
                for key, inner in one.items():
                    yield _named((*where, place, key)), _written(inner, (*where, place, key), marks, path)
        elif where in marks:
            yield _named(where), _written(value, where, marks, path)
        else:
            yield _named(where), Setting(_default(where, node))


def _written(value: Any, where: Where, marks: Mapping[Where, Any], path: str) -> Setting:
    return Setting(value, path, marks[where].line)


def _default(where: Where, node: dict[str, Any]) -> Any:
    if where == ("naming", "rules"):
        return [{"preset": "sidecar"}]
    return node.get("default", node.get("const"))


def _named(where: Where) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return text.removeprefix(".")


def _safe(value: Any) -> Any:
    from s3transfer_tl.doctor import scrub

    return scrub.url(value) if isinstance(value, str) else value
