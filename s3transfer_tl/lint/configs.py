"""What is wrong with a config: the config room and the naming room find it, here it is gathered."""

from __future__ import annotations

from collections.abc import Iterator

from s3transfer_tl import config as configs
from s3transfer_tl import decisions, naming
from s3transfer_tl.errors import UsageError
from s3transfer_tl.lint import index_id, registry
from s3transfer_tl.lint.review import hear
from s3transfer_tl.lint.rules import Subject, finding
from s3transfer_tl.model import Config, Edit, Finding, Fix, Mark, RuleSpec, Severity


def findings(data: bytes, file: str) -> list[Finding]:
    """Return every complaint about the config or the decisions ``data``, in their order. Never raises."""
    if decisions.resembles(data):
        return decisions.parse(data, file)[1]
    config, found = configs.parse(data, file)
    return found if config is None else complaints(config)


def complaints(config: Config) -> list[Finding]:
    """Return what a config that parses still has wrong, each at its character: TL802 for a language
    that is no BCP 47 tag and for a lint code that names no rule, TL805 for a glob or a pattern that does
    not compile, TL806 for a naming rule that repeats an earlier one, TL807 for a word that others read as a
    boolean, TL111 to TL114 for an index id."""
    found = [
        *_bad_languages(config),
        *_bad_globs(config),
        *_bad_codes(config),
        *_bad_index_ids(config),
        *_bare_words(config),
        *_shadowed(config),
    ]
    try:
        naming.compile(config.rules)
    except naming.PatternError as error:
        if error.field != "language":  # which is told already
            rule = config.rules[error.rule_index or 0]  # compile places every refusal in a rule
            found.append(_bad_pattern(config, rule.marks.get(error.field), error))
    return sorted(found, key=lambda finding: (finding.line or 0, finding.column or 0))


def _bad_languages(config: Config) -> Iterator[Finding]:
    for tag, mark in _languages(config):
        if tag is not None and naming.languages.canonical(tag) is None:
            yield configs.complaint(
                "TL802",
                config.path,
                mark or Mark(1, 1),
                f"'{tag}' is not a BCP 47 tag",
                "write en, pt-BR or the like",
            )


def _languages(config: Config) -> Iterator[tuple[str | None, Mark | None]]:
    yield config.language, config.marks.get("language")
    for place, tag in enumerate(config.prefer_languages):
        yield tag, config.marks.get(f"prefer.languages.{place}")
    for rule in config.rules:
        yield rule.language, rule.marks.get("language")
    for place, tag in enumerate(config.lint.languages):
        yield tag, config.lint.marks.get(f"languages.{place}")


def _bad_globs(config: Config) -> Iterator[Finding]:
    for pattern, mark in _globs(config):
        try:
            naming.glob(pattern)
        except naming.PatternError as error:
            yield _bad_pattern(config, mark, error)


def _globs(config: Config) -> Iterator[tuple[str, Mark | None]]:
    for spec in (config.videos, config.transcriptions):
        if spec is None:
            continue
        for kind, patterns in (("include", spec.include), ("exclude", spec.exclude)):
            for place, pattern in enumerate(patterns):
                yield pattern, spec.marks.get(f"{kind}.{place}")
    for pattern in config.lint.per_path_ignores:
        yield pattern, config.lint.marks.get(f"per_path_ignores.{pattern}")


def _bad_codes(config: Config) -> Iterator[Finding]:
    for code, place in _codes(config):
        try:
            registry.codes([code])
        except UsageError as error:
            mark = config.lint.marks.get(place) or Mark(1, 1)
            yield configs.complaint("TL802", config.path, mark, error.message, error.hint)


def _codes(config: Config) -> Iterator[tuple[str, str]]:
    """Yield every code of the ``lint:`` section, and where its mark is kept."""
    spec = config.lint
    lists = {"select": spec.select, "ignore": spec.ignore}
    lists |= {f"per_path_ignores.{glob}": codes for glob, codes in spec.per_path_ignores.items()}
    for place, codes in lists.items():
        yield from ((code, f"{place}.{number}") for number, code in enumerate(codes))
    yield from ((code, f"severity.{code}") for code in spec.severity)


def _bad_index_ids(config: Config) -> Iterator[Finding]:
    """Judge each index id as that of an entry is judged, at its place in the config: told once, and
    not on every entry of the manifest."""
    places = [(config.index_id, config.marks.get("index_id"))]
    places += [(rule.index_id, rule.marks.get("index_id")) for rule in config.rules]
    for value, mark in places:
        if value is None:
            continue
        start = mark or Mark(1, 1)
        subject = Subject(0, {"index_id": value})
        for rule, complaint in hear((index_id.PLACEHOLDER, *index_id.RULES), subject):
            yield finding(
                rule,
                complaint,
                file=config.path,
                line=start.line,
                column=start.column,
                end_column=start.column + max(len(value), 1) if start.literal else None,
            )


def _shadowed(config: Config) -> Iterator[Finding]:
    """Tell of each naming rule that an earlier one leaves nothing to pair."""
    for number, spec in enumerate(config.rules):
        for before, earlier in enumerate(config.rules[:number]):
            if _patterns(earlier) == _patterns(spec) and earlier.ignore_case >= spec.ignore_case:
                name = earlier.name or earlier.preset
                told = f"rule {before + 1}" + (f" ('{name}')" if name else "")
                finding = configs.complaint(
                    "TL806",
                    config.path,
                    spec.marks.get("") or Mark(1, 1),
                    f"this naming rule pairs nothing: {told} has the same patterns and comes first",
                    "remove one of the two, or put the narrower first",
                )
                yield finding._replace(severity=Severity.WARNING)
                break


def _patterns(spec: RuleSpec) -> tuple[str | None, ...]:
    return spec.preset, spec.video, spec.transcription, spec.video_regex, spec.transcription_regex


def _bare_words(config: Config) -> Iterator[Finding]:
    for word in config.bare:
        finding = configs.complaint(
            "TL807",
            config.path,
            config.marks[word.place],
            f"{word.text} is text here, but a boolean to other readers of YAML",
            f'write "{word.text}"',
        )
        end = word.offset + len(word.text)  # bytes: such a word is ASCII
        edit = Edit(word.offset, end, f'"{word.text}"'.encode())
        yield finding._replace(
            severity=Severity.WARNING,
            end_column=(finding.column or 1) + len(word.text),
            fix=Fix("safe", f'Write "{word.text}"', (edit,)),
        )


def _bad_pattern(config: Config, mark: Mark | None, error: naming.PatternError) -> Finding:
    if mark is None:
        mark = Mark(1, 1)
    elif mark.literal:
        mark = Mark(mark.line, mark.column + error.offset)
    return configs.complaint("TL805", config.path, mark, error.message, error.hint)
