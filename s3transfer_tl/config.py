"""transfer.yaml -> Config, with file:line:column for every complaint (floor 1).

YAML is read with the 1.2 core booleans (``language: no`` is Norwegian), without aliases, to a
bounded depth and size; schemas/config.schema.json says what is allowed. PyYAML's C loader crashes
on deep nesting when it composes, but not when it only parses, so depth is counted on events first.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from s3transfer_tl import schema
from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import BareWord, Config, Finding, LintSpec, Mark, RuleSpec, Severity, SourceSpec

MAX_BYTES = 1 << 20
MAX_DEPTH = 100

_NAMES = {
    "TL801": "config-syntax",
    "TL802": "config-schema",
    "TL803": "config-duplicate-key",
    "TL804": "config-alias-or-depth",
    "TL805": "config-bad-pattern",
    "TL806": "config-dead-rule",
    "TL807": "config-unquoted-bool",
}
_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}  # those that may be written out
_BOOLS = re.compile(r"yes|no|on|off", re.IGNORECASE)  # words to us, booleans to readers of YAML 1.1
Path_ = tuple[str | int, ...]  # where a value is: ("naming", "rules", 0, "video")
_WORDS: tuple[Path_, ...] = (("access",),)  # where such a word is meant


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


def load(path: str | Path, *, only_to_judge: bool = False) -> Config:
    """Read and check the config at ``path``; ``only_to_judge`` takes one with a `lint:` section alone.

    Raises ``ConfigError`` with one finding a complaint (TL801 to TL804), or without one where the
    file cannot be read.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}", "name the config with -c FILE") from error
    config, findings = parse(data, str(path))
    if config is None:
        count = f"{len(findings)} problem{'s' if len(findings) > 1 else ''}"
        raise ConfigError(f"{path} cannot be used: {count}", "mend the lines above and run again", findings)
    if config.only_judges and not only_to_judge:
        raise ConfigError(
            f"{path} names no videos: it only says how to judge", "add `videos:` with a `source:`"
        )
    return config


def parse(data: bytes, path: str) -> tuple[Config | None, list[Finding]]:
    """Return the config in ``data``, or None and every complaint about it. Never raises."""
    reader = _Reader(data, path)
    document = reader.document()
    if not reader.findings:
        reader.judge(document)
    if reader.findings:
        return None, sorted(reader.findings, key=lambda finding: (finding.line or 0, finding.column or 0))
    return _config(document, reader), []


def complaint(code: str, path: str, mark: Mark, message: str, hint: str) -> Finding:
    """Return a finding about the config file at ``mark``: for rooms that see more than this one,
    such as the compiler of naming patterns."""
    return Finding(
        code, _NAMES[code], Severity.ERROR, message, hint, path, mark.line, mark.column, mark.column + 1
    )


class _Reader:
    """One config's way from bytes to plain data, with a mark for every value and key."""

    def __init__(self, data: bytes, path: str) -> None:
        self.path = path
        self.data = data
        self.text = ""
        self.findings: list[Finding] = []
        self.marks: dict[Path_, Mark] = {}
        self.key_marks: dict[Path_, Mark] = {}
        self.bare: list[BareWord] = []  # what other readers take for booleans

    def document(self) -> Any:
        """Return the document as plain data, or None with findings."""
        if len(self.data) > MAX_BYTES:
            self._complain(
                "TL804", Mark(1, 1), f"larger than {MAX_BYTES} bytes", "a config is a page, not a list"
            )
            return None
        try:
            self.text = self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = self.data[: error.start].decode("utf-8-sig", "replace")
            mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
            self._complain("TL801", mark, "not UTF-8", "save the file as UTF-8")
            return None
        try:
            if not self._is_bounded():
                return None
            node = yaml.compose(self.text, _CoreLoader)
        except yaml.MarkedYAMLError as error:
            place = error.problem_mark or error.context_mark
            mark = Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)
            # a source `-` or a glob `**/*.mp4` as it is written elsewhere: YAML reads a sign of its own
            at = place.index if place else 0
            sign = self.text[max(at - 1, 0) : at + 1].strip(" ")
            hint = "put the value in quotes" if sign[:1] in set("-*&%@`") else "mend the syntax here"
            self._complain("TL801", mark, f"not YAML: {error.problem or error.context}", hint)
            return None
        except yaml.reader.ReaderError as error:
            before = self.text[: error.position]
            mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
            self._complain("TL801", mark, f"not YAML: {error.reason}", "remove the character")
            return None
        if node is None:
            self._complain("TL802", Mark(1, 1), "the file is empty", "start with `version: 1` and `videos:`")
            return None
        return self._value(node, ())

    def judge(self, document: Any) -> None:
        """Judge ``document`` by the schema, then by what a schema cannot say."""
        for error in schema.validator("config").iter_errors(document):
            self._translate(error)
        if not self.findings:
            self._judge_rules(document.get("naming", {}).get("rules", []))

    def _is_bounded(self) -> bool:
        depth = 0
        for event in yaml.parse(self.text, _CoreLoader):
            start = event.start_mark
            mark = Mark(start.line + 1, start.column + 1) if start else Mark(1, 1)
            if isinstance(event, yaml.AliasEvent):
                self._complain("TL804", mark, "aliases are not read", "write the value out")
                return False
            if isinstance(event, yaml.ScalarEvent) and not _is_text(event.value):
                self._complain(
                    "TL801", mark, "half of a surrogate pair, escaped", "write the character itself"
                )
                return False
            tag = getattr(event, "tag", None)
            if tag and tag not in _TAGS:
                self._complain("TL804", mark, f"the tag {_tag_text(tag)} is not read", "remove the tag")
                return False
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                self._complain("TL804", mark, f"nested deeper than {MAX_DEPTH}", "a config needs five levels")
                return False
        return True

    def _value(self, node: yaml.Node, path: Path_) -> Any:
        self.marks[path] = self._mark(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, place)) for place, item in enumerate(node.value)]
        kind = node.tag.rpartition(":")[2]
        bare = isinstance(node, yaml.ScalarNode) and node.style is None and self.marks[path].literal
        if bare and path not in _WORDS and _BOOLS.fullmatch(node.value):
            before = self.text[: node.start_mark.index]
            mark_bytes = len(self.data) - len(self.text.encode())  # of a byte order mark
            place = ".".join(map(str, path))
            self.bare.append(BareWord(place, node.value, mark_bytes + len(before.encode())))
        if kind == "bool":
            return node.value.lower() == "true"
        if kind == "int":
            return int(node.value) if len(node.value) < 20 else float(node.value)
        if kind in ("float", "null"):
            return float(node.value) if kind == "float" else None
        return node.value

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            mark = self._mark(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain("TL802", mark, "a key must be a word", "write `key: value`")
                continue
            key = key_node.value
            if key in result:
                first = self.key_marks[*path, key].line
                self._complain(
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
        path: Path_ = tuple(error.instance_path)
        kind: Any = error.kind
        name = f"`{path[-1]}`" if path and isinstance(path[-1], str) else "this"
        mark = self._known_mark(path)
        match kind:
            case jsonschema_rs.ValidationErrorKind.AdditionalProperties():
                known = _known_keys(path)
                for key in kind.unexpected:
                    near = difflib.get_close_matches(key, known, 1)
                    hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}"
                    self._complain("TL802", self.key_marks[*path, key], f"unknown key '{key}'", hint)
            case jsonschema_rs.ValidationErrorKind.Required():
                place = self.key_marks.get(path, mark)
                where = f" in {name}" if path else ""
                self._complain(
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
                self._complain("TL802", mark, f"{name} must be {types}", "see `s3transfer-tl schema config`")
            case jsonschema_rs.ValidationErrorKind.Enum():
                near = difflib.get_close_matches(str(error.instance), map(str, kind.options), 1)
                options = ", ".join(map(str, kind.options))
                hint = f"did you mean '{near[0]}'?" if near else "choose one of these"
                self._complain("TL802", mark, f"{name} must be one of: {options}", hint)
            case jsonschema_rs.ValidationErrorKind.Constant():
                self._complain(
                    "TL802", mark, f"{name} must be {kind.expected_value}", "this tool reads version 1"
                )
            case jsonschema_rs.ValidationErrorKind.Minimum():
                self._complain(
                    "TL802",
                    mark,
                    f"{name} must be {kind.limit} or more",
                    "give a larger number, or leave it out",
                )
            case _:
                self._complain("TL802", mark, f"{name} must not be empty", "give a value or remove the key")

    def _known_mark(self, path: Path_) -> Mark:
        # The validator leaves empty keys out of its paths: the nearest place around is told then.
        while path not in self.marks:
            path = path[:-1]
        return self.marks[path]

    def _judge_rules(self, rules: list[dict[str, Any]]) -> None:
        """A rule is a preset, a pair of templates, or a pair of regexes: exactly one of them."""
        for place, rule in enumerate(rules):
            mark = self.marks["naming", "rules", place]
            forms = [
                form
                for form in (("preset",), ("video", "transcription"), ("video_regex", "transcription_regex"))
                if any(key in rule for key in form)
            ]
            if not forms:
                hint = "add `preset:`, or `video:` and `transcription:`, or the same two with `_regex`"
                self._complain("TL802", mark, "a rule that says nothing", hint)
            elif len(forms) > 1:
                mixed = " and ".join(f"`{form[0]}`" for form in forms)
                self._complain("TL802", mark, f"a rule mixes {mixed}", "make two rules of it")
            else:
                for key in forms[0]:
                    if key not in rule:
                        self._complain("TL802", mark, f"the rule lacks '{key}'", f"add `{key}:`")

    def _complain(self, code: str, mark: Mark, message: str, hint: str) -> None:
        self.findings.append(complaint(code, self.path, mark, message, hint))


def _is_text(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def _tag_text(tag: str) -> str:
    """Return a resolved tag as it is written: ``!!int``."""
    return tag.replace("tag:yaml.org,2002:", "!!")


def _known_keys(path: Path_) -> list[str]:
    """Return the keys that the schema knows at ``path``, in its order."""
    document = schema.load("config")
    node = document
    for part in path:
        node = node["items"] if isinstance(part, int) else node["properties"][part]
        node = node.get("allOf", [node])[0]
        if "$ref" in node:
            node = document["definitions"][node["$ref"].rpartition("/")[2]]
    return list(node["properties"])


def _config(document: dict[str, Any], reader: _Reader) -> Config:
    path, marks = reader.path, reader.marks
    prefer, policy = document.get("prefer", {}), document.get("policy", {})
    specs = document.get("naming", {}).get("rules", [{"preset": "sidecar"}])
    defaults = Config(path, SourceSpec(""))
    return Config(
        path=path,
        videos=_side(document, "videos", marks) if "videos" in document else defaults.videos,
        transcriptions=_transcriptions(document, marks) if "transcriptions" in document else None,
        index_id=document.get("index_id"),
        language=document.get("language"),
        rules=tuple(
            RuleSpec(**rule, marks=_marks_below(marks, ("naming", "rules", place)))
            for place, rule in enumerate(specs)
        ),
        prefer_languages=tuple(prefer.get("languages", ())),
        prefer_formats=tuple(prefer.get("formats", defaults.prefer_formats)),
        unmatched_video=policy.get("unmatched_video", defaults.unmatched_video),
        ambiguous=policy.get("ambiguous", defaults.ambiguous),
        access=document.get("access", defaults.access),
        lint=_lint(document.get("lint", {}), marks, reader.key_marks),
        bare=tuple(reader.bare),
        marks=_marks_below(marks, ()),
    )


def _side(document: dict[str, Any], key: str, marks: dict[Path_, Mark]) -> SourceSpec:
    side = document[key]
    return SourceSpec(
        side["source"],
        tuple(side.get("include", ())),
        tuple(side.get("exclude", ())),
        _marks_below(marks, (key,)),
        side.get("root"),
    )


def _transcriptions(document: dict[str, Any], marks: dict[Path_, Mark]) -> SourceSpec:
    """Return the transcriptions' side: without a source of its own, it is the videos' listing."""
    side = document["transcriptions"]
    if "source" not in side:
        side["source"] = document["videos"]["source"]
        if "root" not in side and "root" in document["videos"]:
            side["root"] = document["videos"]["root"]
    return _side(document, "transcriptions", marks)


def _lint(section: dict[str, Any], marks: dict[Path_, Mark], key_marks: dict[Path_, Mark]) -> LintSpec:
    # Codes and globs stand as keys there, so the key is the place to complain of.
    keyed: dict[Path_, Mark] = {
        (*above, key): key_marks[*above, key]
        for above in (("lint", "severity"), ("lint", "per_path_ignores"))
        for key in section.get(above[1], {})
    }
    return LintSpec(
        select=tuple(section.get("select", ())),
        ignore=tuple(section.get("ignore", ())),
        severity={code: Severity(level) for code, level in section.get("severity", {}).items()},
        per_path_ignores={glob: tuple(codes) for glob, codes in section.get("per_path_ignores", {}).items()},
        baseline=section.get("baseline"),
        languages=tuple(section.get("languages", ())),
        max_entries=section.get("max_entries"),
        marks=_marks_below({**marks, **keyed}, ("lint",)),
    )


def _marks_below(marks: dict[Path_, Mark], above: Path_) -> dict[str, Mark]:
    """Return the marks under ``above``, keyed by the rest of their path: ``include.0``."""
    length = len(above)
    return {".".join(map(str, path[length:])): mark for path, mark in marks.items() if path[:length] == above}
