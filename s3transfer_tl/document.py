"""A YAML file that people write -> plain data, with file:line:column for every complaint (floor 1).

YAML is read with the 1.2 core booleans (``language: no`` is Norwegian), without aliases, to a
bounded depth and size; a schema of schemas/ says what is allowed. PyYAML's C loader crashes
on deep nesting when it composes, but not when it only parses, so depth is counted on events first.
"""

from __future__ import annotations

import difflib
import errno
import pathlib
import re
from typing import Any

import jsonschema_rs
import yaml

from s3transfer_tl import schema
from s3transfer_tl.model import Finding, Mark, Severity

MAX_DEPTH = 100

_NAMES = {
    "TL801": "config-syntax",
    "TL802": "config-schema",
    "TL803": "config-duplicate-key",
    "TL804": "config-alias-or-depth",
    "TL805": "config-bad-pattern",
    "TL806": "config-dead-rule",
    "TL807": "config-unquoted-bool",
    "TL808": "decision-stale",
}
_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}  # those that may be written out
_BOOLS = re.compile(r"yes|no|on|off", re.IGNORECASE)  # words to us, booleans to readers of YAML 1.1
Path = tuple[str | int, ...]  # where a value is: ("naming", "rules", 0, "video")


class _CoreLoader(yaml.SafeLoader):
    """PyYAML with the YAML 1.2 core schema: only true/false are booleans, 12:30 stays text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    _CoreLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})\\Z"), list(_first)
    )


class _FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same in a tenth of the time: for files that may have a million lines."""

    yaml_implicit_resolvers = _CoreLoader.yaml_implicit_resolvers


_LOADERS: dict[str, type] = {"config": _CoreLoader, "decisions": _FastLoader}
_FIRST = {"config": ("version", "videos"), "decisions": ("version", "decisions")}


def read(path: str | pathlib.Path, most: int) -> bytes:
    """Return what is in a file of ``most`` bytes, of a longer one (a device never ends) a byte more.
    Raises ``OSError``."""
    try:
        with open(path, "rb") as fp:
            return fp.read(most + 1)
    except ValueError as error:  # a NUL, which one config can write into the name of another file
        raise OSError(errno.EINVAL, str(error), str(path)) from None


def complaint(code: str, path: str, mark: Mark, message: str, hint: str) -> Finding:
    """Return a finding about the file ``path`` at ``mark``: for rooms that see more than this one,
    such as the compiler of naming patterns."""
    return Finding(
        code, _NAMES[code], Severity.ERROR, message, hint, path, mark.line, mark.column, mark.column + 1
    )


class Reader:
    """One file's way from bytes to plain data, with a mark for every value and key.

    ``kind`` is the name of its schema, ``most`` its size in bytes.
    """

    def __init__(self, data: bytes, path: str, kind: str, most: int) -> None:
        self.path = path
        self.kind = kind
        self.most = most
        self.data = data
        self.text = ""
        self.findings: list[Finding] = []
        self.marks: dict[Path, Mark] = {}
        self.key_marks: dict[Path, Mark] = {}
        self.bare: list[
            tuple[Path, str, int]
        ] = []  # what other readers take for booleans, and at which character

    def document(self) -> Any:
        """Return the document as plain data, or None with findings."""
        if len(self.data) > self.most:
            hint = "a config is a page, not a list" if self.kind == "config" else "divide it"
            self.complain("TL804", Mark(1, 1), f"larger than {self.most} bytes", hint)
            return None
        try:
            self.text = self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = self.data[: error.start].decode("utf-8-sig", "replace")
            mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
            self.complain("TL801", mark, "not UTF-8", "save the file as UTF-8")
            return None
        try:
            if not self._is_bounded():
                return None
            node = yaml.compose(self.text, _LOADERS[self.kind])
        except yaml.MarkedYAMLError as error:
            place = error.problem_mark or error.context_mark
            mark = Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)
            # a source `-` or a glob `**/*.mp4` as it is written elsewhere: YAML reads a sign of its own
            at = place.index if place else 0
            sign = self.text[max(at - 1, 0) : at + 1].strip(" ")
            hint = "put the value in quotes" if sign[:1] in set("-*&%@`") else "mend the syntax here"
            self.complain("TL801", mark, f"not YAML: {error.problem or error.context}", hint)
            return None
        except yaml.reader.ReaderError as error:
            before = self.text[: error.position]
            mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
            self.complain("TL801", mark, f"not YAML: {error.reason}", "remove the character")
            return None
        if node is None:
            first = " and ".join(f"`{key}:{' 1' if key == 'version' else ''}`" for key in _FIRST[self.kind])
            self.complain("TL802", Mark(1, 1), "the file is empty", f"start with {first}")
            return None
        return self._value(node, ())

    def judge(self, document: Any) -> None:
        """Judge ``document`` by the schema."""
        for error in schema.validator(self.kind).iter_errors(document):
            self._translate(error)

    def sorted(self) -> list[Finding]:
        """Return every complaint in the file's order."""
        return sorted(self.findings, key=lambda finding: (finding.line or 0, finding.column or 0))

    def _is_bounded(self) -> bool:
        depth = 0
        for event in yaml.parse(self.text, _LOADERS[self.kind]):
            start = event.start_mark
            mark = Mark(start.line + 1, start.column + 1) if start else Mark(1, 1)
            if isinstance(event, yaml.AliasEvent):
                self.complain("TL804", mark, "aliases are not read", "write the value out")
                return False
            if isinstance(event, yaml.ScalarEvent) and not _is_text(event.value):
                self.complain(
                    "TL801", mark, "half of a surrogate pair, escaped", "write the character itself"
                )
                return False
            tag = getattr(event, "tag", None)
            if tag and tag not in _TAGS:
                self.complain("TL804", mark, f"the tag {_tag_text(tag)} is not read", "remove the tag")
                return False
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                need = "a config needs five" if self.kind == "config" else "decisions need three"
                self.complain("TL804", mark, f"nested deeper than {MAX_DEPTH}", f"{need} levels")
                return False
        return True

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self.marks[path] = self._mark(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, place)) for place, item in enumerate(node.value)]
        kind = node.tag.rpartition(":")[2]
        bare = isinstance(node, yaml.ScalarNode) and node.style is None and self.marks[path].literal
        if bare and _BOOLS.fullmatch(node.value):
            self.bare.append((path, node.value, node.start_mark.index))
        if kind == "bool":
            return node.value.lower() == "true"
        if kind == "int":
            return int(node.value) if len(node.value) < 20 else float(node.value)
        if kind in ("float", "null"):
            return float(node.value) if kind == "float" else None
        return node.value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            mark = self._mark(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.complain("TL802", mark, "a key must be a word", "write `key: value`")
                continue
            key = key_node.value
            if key in result:
                first = self.key_marks[*path, key].line
                self.complain(
                    "TL803", mark, f"'{key}' stands twice, first on line {first}", "keep one of the two"
                )
            self.key_marks[*path, key] = mark
            result[key] = self._value(value_node, (*path, key))
        return result

    def _mark(self, node: yaml.Node) -> Mark:
        start = node.start_mark
        if not isinstance(node, yaml.ScalarNode):
            return Mark(start.line + 1, start.column + 1)
        quote = 1 if node.style in ("'", '"') else 0
        inside = self.text[start.index + quote : start.index + quote + len(node.value)]
        return Mark(start.line + 1, start.column + 1 + quote, inside == node.value)

    def _translate(self, error: jsonschema_rs.ValidationError) -> None:
        path: Path = tuple(error.instance_path)
        kind: Any = error.kind
        name = f"`{path[-1]}`" if path and isinstance(path[-1], str) else "this"
        mark = self._known_mark(path)
        match kind:
            case jsonschema_rs.ValidationErrorKind.AdditionalProperties():
                known = _known_keys(self.kind, path)
                for key in kind.unexpected:
                    near = difflib.get_close_matches(key, known, 1)
                    hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}"
                    self.complain("TL802", self.key_marks[*path, key], f"unknown key '{key}'", hint)
            case jsonschema_rs.ValidationErrorKind.Required():
                place = self.key_marks.get(path, mark)
                where = f" in {name}" if name != "this" else ""
                self.complain(
                    "TL802", place, f"'{kind.property}' is missing{where}", f"add `{kind.property}:`"
                )
            case jsonschema_rs.ValidationErrorKind.Type():
                wanted = {
                    "object": "a mapping",
                    "array": "a list",
                    "boolean": "true or false",
                    "string": "text",
                    "integer": "a whole number",
                }
                types = " or ".join(wanted.get(str(t), str(t)) for t in kind.types)
                self.complain(
                    "TL802", mark, f"{name} must be {types}", f"see `s3transfer-tl schema {self.kind}`"
                )
            case jsonschema_rs.ValidationErrorKind.Enum():
                near = difflib.get_close_matches(str(error.instance), map(str, kind.options), 1)
                options = ", ".join(map(str, kind.options))
                hint = f"did you mean '{near[0]}'?" if near else "choose one of these"
                self.complain("TL802", mark, f"{name} must be one of: {options}", hint)
            case jsonschema_rs.ValidationErrorKind.Constant():
                self.complain(
                    "TL802", mark, f"{name} must be {kind.expected_value}", "this tool reads version 1"
                )
            case jsonschema_rs.ValidationErrorKind.Minimum():
                self.complain(
                    "TL802",
                    mark,
                    f"{name} must be {kind.limit} or more",
                    "give a larger number, or leave it out",
                )
            case _:
                self.complain("TL802", mark, f"{name} must not be empty", "give a value or remove the key")

    def _known_mark(self, path: Path) -> Mark:
        # The validator leaves empty keys out of its paths: the nearest place around is told then.
        while path not in self.marks:
            path = path[:-1]
        return self.marks[path]

    def complain(self, code: str, mark: Mark, message: str, hint: str) -> None:
        """Take a complaint at ``mark``."""
        self.findings.append(complaint(code, self.path, mark, message, hint))


def _is_text(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def _tag_text(tag: str) -> str:
    """Return a resolved tag as it is written: ``!!int``."""
    return tag.replace("tag:yaml.org,2002:", "!!")


def _known_keys(kind: str, path: Path) -> list[str]:
    """Return the keys that the schema knows of ``kind`` at ``path``, in its order."""
    document = schema.load(kind)
    node = document
    for part in path:
        node = node["items"] if isinstance(part, int) else node["properties"][part]
        node = node.get("allOf", [node])[0]
        if "$ref" in node:
            node = document["definitions"][node["$ref"].rpartition("/")[2]]
    return list(node["properties"])
