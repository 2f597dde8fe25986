"""TL5xx, TL8xx and TL901: what ``lint`` says of a config and of what it is told to leave out, and
``build`` of a config and a listing: the pages."""

from __future__ import annotations

from s3transfer_tl.lint.rules import Remedy, Rule
from s3transfer_tl.model import Severity

RULES = (
    Rule(
        code="TL801",
        name="config-syntax",
        severity=Severity.ERROR,
        hint="mend the syntax at this place",
        finds="A config that is not YAML or not UTF-8.",
        hurts="Nothing of it can be read.",
        example="videos: [s3://media/",
        better="videos: {source: s3://media/}",
    ),
    Rule(
        code="TL802",
        name="config-schema",
        severity=Severity.ERROR,
        hint="see s3transfer-tl schema config",
        finds="A key that is not known or is missing, a value of the wrong type, a language or a lint code "
        "that is none.",
        hurts="A typo would be a setting that silently does not count.",
        example="langage: en",
        better="language: en",
    ),
    Rule(
        code="TL803",
        name="config-duplicate-key",
        severity=Severity.ERROR,
        hint="keep one of the two",
        finds="The same key twice in one mapping.",
        hurts="Parsers keep the last, readers see the first.",
        example="access: each ... access: off",
        better="access: each",
    ),
    Rule(
        code="TL804",
        name="config-alias-or-depth",
        severity=Severity.ERROR,
        hint="write the value out; a config needs five levels",
        finds="An alias, a tag such as !!int, nesting deeper than 100 levels, or a file larger than 1 MiB.",
        hurts="Aliases and depth make a small file stand for a huge one; a tag can ask for more than data.",
        example="index_id: &a 1 ... language: *a",
        better="index_id: '1'",
    ),
    Rule(
        code="TL805",
        name="config-bad-pattern",
        severity=Severity.ERROR,
        hint="mend the pattern at this character",
        finds="A template, regex or glob that does not compile, or that RE2 refuses.",
        hurts="The rule could not be run; what RE2 refuses could run for ever.",
        example="video_regex: '(?P<id>a)(?=b)'",
        better="video_regex: '(?P<id>a)b'",
    ),
    Rule(
        code="TL806",
        name="config-dead-rule",
        severity=Severity.WARNING,
        hint="mend its patterns, or remove it",
        finds="A naming rule that paired nothing in a build, or that an earlier one with the same patterns "
        "leaves nothing to pair.",
        hurts="A typo in a pattern looks just like that; and its index or language never counts.",
        example="transcription: subs/{lang}/{id}.srt for keys in sub/",
        better="transcription: sub/{lang}/{id}.srt",
    ),
    Rule(
        code="TL807",
        name="config-unquoted-bool",
        severity=Severity.WARNING,
        hint="put the word in quotes",
        finds="A bare yes, no, on or off where text is meant (not `access: off`).",
        hurts="Here `language: no` is Norwegian; most other readers of YAML take it for false.",
        example="language: no",
        better='language: "no"',
        fix=Remedy("safe", "Puts the word in quotes."),
    ),
    Rule(
        code="TL808",
        name="decision-stale",
        severity=Severity.WARNING,
        hint="remove it, or decide anew with s3transfer-tl review",
        finds="A decision about a video or a transcription that a build does not find in the listing.",
        hurts="It does not count: the naming rules decide as if it were not there.",
        example="video: s3://media/old/a.mp4 in decisions.yaml, now under s3://media/new/",
        better="video: s3://media/new/a.mp4",
    ),
    Rule(
        code="TL901",
        name="unused-suppression",
        severity=Severity.WARNING,
        hint="remove it: --prune-baseline does that for a baseline",
        finds="An entry of the baseline, or a code to ignore in the config, that matches nothing any more.",
        hurts="What was mended can come back unseen.",
        example="ignore: [TL405] where no finding is TL405",
        better="ignore: []",
    ),
)
