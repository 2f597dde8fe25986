"""What is wrong with a config: the config room and the naming room find it, here it is gathered."""

from __future__ import annotations

from collections.abc import Iterator

from s3transfer_tl import config as configs
from s3transfer_tl import naming
from s3transfer_tl.model import Config, Finding, Mark


def findings(data: bytes, file: str) -> list[Finding]:
    """Return every complaint about the config ``data``, in the file's order. Never raises."""
    config, found = configs.parse(data, file)
    return found if config is None else complaints(config)


def complaints(config: Config) -> list[Finding]:
    """Return what a config that parses still has wrong: TL802 for a language that is no BCP 47 tag,
    TL805 for a glob or a pattern that does not compile, each at its character."""
    found = [*_bad_languages(config), *_bad_globs(config)]
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


def _bad_globs(config: Config) -> Iterator[Finding]:
    for spec in (config.videos, config.transcriptions):
        if spec is None:
            continue
        for kind, patterns in (("include", spec.include), ("exclude", spec.exclude)):
            for place, pattern in enumerate(patterns):
                try:
                    naming.glob(pattern)
                except naming.PatternError as error:
                    yield _bad_pattern(config, spec.marks.get(f"{kind}.{place}"), error)


def _bad_pattern(config: Config, mark: Mark | None, error: naming.PatternError) -> Finding:
    if mark is None:
        mark = Mark(1, 1)
    elif mark.literal:
        mark = Mark(mark.line, mark.column + error.offset)
    return configs.complaint("TL805", config.path, mark, error.message, error.hint)
