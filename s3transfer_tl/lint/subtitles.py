"""TL7xx: subtitle files. The captions room finds the faults; the rules give them name and page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, BinaryIO

from s3transfer_tl.lint import letters
from s3transfer_tl.lint.rules import Remedy, Rewrite, Rule
from s3transfer_tl.model import Finding, Fix, Severity

if TYPE_CHECKING:
    from s3transfer_tl import captions


def _anew(code: str) -> Rewrite:
    def run(source: BinaryIO, target: BinaryIO, file: str) -> bool:
        from s3transfer_tl.lint.fixes import captions  # heavy, as above

        named = kind(file)
        return named is not None and captions.rewrite(code, source, target, named)

    return run


# The severity is the usual one of a rule; some faults of TL704, TL706, TL708, TL709, TL711, TL714 and
# TL715 weigh more or less, as docs/captions.md says.
RULES = (
    Rule(
        code="TL701",
        name="subtitle-encoding",
        severity=Severity.ERROR,
        hint="save the file as UTF-8",
        finds="A subtitle file that is not UTF-8; the encoding it may have is named.",
        hurts="Every character beyond ASCII is lost or becomes another one; search by speech misses it.",
        example="caf\\xe9 (Windows-1252)",
        better="caf\\xc3\\xa9 (UTF-8)",
        fix=Remedy(
            "unsafe",
            "Re-encodes the file as UTF-8, by its byte order mark or its likely encoding.",
            _anew("TL701"),
        ),
    ),
    Rule(
        code="TL702",
        name="wrong-format",
        severity=Severity.ERROR,
        hint="export the subtitles again, in the format that the name promises",
        finds="Another kind of file than its name says: WebVTT in .srt, an HTML error page, binary data.",
        hurts="The platform reads no cue from it, and the task fails.",
        example="<!DOCTYPE html> in a.srt",
        better="1 / 00:00:01,000 --> 00:00:02,000 / Hello.",
        fix=Remedy(
            "unsafe",
            "Converts WebVTT in .srt, and SRT in .vtt; places and styles are lost.",
            _anew("TL702"),
        ),
    ),
    Rule(
        code="TL703",
        name="vtt-signature",
        severity=Severity.ERROR,
        hint="begin the file with WEBVTT on a line of its own",
        finds="A .vtt file whose first line is not WEBVTT.",
        hurts="A WebVTT parser stops there: the whole file is lost.",
        example="00:01.000 --> 00:02.000",
        better="WEBVTT, a blank line, 00:01.000 --> 00:02.000",
    ),
    Rule(
        code="TL704",
        name="bad-timestamp",
        severity=Severity.ERROR,
        hint="write HH:MM:SS,mmm in SRT and HH:MM:SS.mmm in WebVTT",
        finds="A time that is none: digits missing, minutes over 59, a dot in SRT, a comma in WebVTT.",
        hurts="The cue is dropped, or shown at the wrong time.",
        example="00:01:75,000 --> 00:01:80,000",
        better="00:02:15,000 --> 00:02:20,000",
        fix=Remedy(
            "unsafe",
            "Spells the timing line as the format has it, where no number in it needs a guess.",
        ),
    ),
    Rule(
        code="TL705",
        name="end-not-after-start",
        severity=Severity.ERROR,
        hint="correct the end time",
        finds="A cue that ends before it starts, or when it starts.",
        hurts="The cue is never shown, and its words belong to no moment.",
        example="00:00:05,000 --> 00:00:04,000",
        better="00:00:05,000 --> 00:00:06,000",
    ),
    Rule(
        code="TL706",
        name="missing-timing",
        severity=Severity.ERROR,
        hint="give the text a timing line, or remove the blank line before it",
        finds="Text or a number without a timing line.",
        hurts="The text is lost, or becomes part of the cue before.",
        example="1 / Hello.",
        better="1 / 00:00:01,000 --> 00:00:02,000 / Hello.",
    ),
    Rule(
        code="TL707",
        name="missing-blank-line",
        severity=Severity.ERROR,
        hint="put a blank line before the next cue",
        finds="A timing line inside a cue's text.",
        hurts="Two cues become one, and the time of the second is shown as text.",
        example="Hello. / 2 / 00:00:03,000 --> 00:00:04,000",
        better="Hello. / (blank) / 2 / 00:00:03,000 --> 00:00:04,000",
        fix=Remedy("safe", "Puts a blank line before the cue."),
    ),
    Rule(
        code="TL708",
        name="no-cues",
        severity=Severity.ERROR,
        hint="export the subtitles again",
        finds="A file without a cue; in a well-formed .vtt it is a warning.",
        hurts="There is nothing to index.",
        example="WEBVTT and nothing else",
        better="WEBVTT with cues",
    ),
    Rule(
        code="TL709",
        name="overlap",
        severity=Severity.INFO,
        hint="end the cue before the next one starts, unless both shall show",
        finds="A cue that starts before an earlier one ends. In SRT it is a warning.",
        hurts="SRT players show one of the two; WebVTT stacks them.",
        example="00:01,000 --> 00:04,000 and then 00:03,000 --> 00:05,000",
        better="00:01,000 --> 00:03,000 and then 00:03,000 --> 00:05,000",
    ),
    Rule(
        code="TL710",
        name="out-of-order",
        severity=Severity.WARNING,
        hint="sort the cues by start time",
        finds="A cue that starts before the one above it.",
        hurts="Some players drop it; the transcript reads in the wrong order.",
        example="00:09,000 before 00:04,000",
        better="00:04,000 before 00:09,000",
        fix=Remedy(
            "safe",
            "Sorts the cues by start time, unless cues overlap then that did not before.",
            _anew("TL710"),
        ),
    ),
    Rule(
        code="TL711",
        name="numbering",
        severity=Severity.WARNING,
        hint="number the cues 1, 2, 3 and so on",
        finds="SRT numbers that are missing or not in order.",
        hurts="Strict parsers take the wrong line for the number and lose the cue.",
        example="1, 2, 4",
        better="1, 2, 3",
        fix=Remedy(
            "safe",
            "Numbers the cues 1, 2, 3, if only numbers stand before timing lines.",
            _anew("TL711"),
        ),
    ),
    Rule(
        code="TL712",
        name="empty-cue",
        severity=Severity.WARNING,
        hint="add text or remove the cue",
        finds="A cue without text.",
        hurts="It says nothing, and often marks a lost line.",
        example="1 / 00:00:01,000 --> 00:00:02,000",
        better="1 / 00:00:01,000 --> 00:00:02,000 / Hello.",
        fix=Remedy("safe", "Removes the cue, if others stay."),
    ),
    Rule(
        code="TL713",
        name="cue-setting",
        severity=Severity.WARNING,
        hint="correct or remove the setting",
        finds="A cue setting that WebVTT does not know, a region that is not there, or any setting in SRT.",
        hurts="The setting is ignored, and the text stands where it was not meant to.",
        example="00:01.000 --> 00:02.000 align:middle",
        better="00:01.000 --> 00:02.000 align:center",
    ),
    Rule(
        code="TL714",
        name="vtt-block",
        severity=Severity.WARNING,
        hint="see the WebVTT specification's blocks",
        finds="A fault in the header or in a STYLE, REGION or NOTE block.",
        hurts="The block is ignored; a timing line in it is an error, since the cue is lost.",
        example="STYLE below the first cue",
        better="STYLE above the first cue",
    ),
    Rule(
        code="TL715",
        name="cue-markup",
        severity=Severity.WARNING,
        hint="close the tag, or write &amp; and &lt;",
        finds="Unclosed or unknown tags, and bare & or < in WebVTT.",
        hurts="Part of the text is shown wrongly or swallowed as a tag.",
        example="<i>Hello",
        better="<i>Hello</i>",
    ),
    Rule(
        code="TL716",
        name="beyond-video",
        severity=Severity.WARNING,
        hint="check the time of the latest cue",
        finds="A cue that ends after more than 2 hours.",
        hurts="Mostly a wrong digit, or the captions of another, longer cut; its words belong to no moment.",
        example="20:00:01,000 --> 20:00:04,000",
        better="00:20:01,000 --> 00:20:04,000",
    ),
    Rule(
        code="TL717",
        name="mojibake",
        severity=Severity.WARNING,
        hint="make the file again from its source",
        finds="Text that was decoded wrongly once, U+FFFD, or NUL.",
        hurts="What was said cannot be found by its words.",
        example="Caf\u00c3\u00a9",
        better="Caf\u00e9",
    ),
    Rule(
        code="TL718",
        name="reading-speed",
        severity=Severity.INFO,
        hint="show the cue longer, or part it into two",
        finds="A cue of more than 25 characters a second, or of more than 3 lines.",
        hurts="Nobody can read it in time; often a cue's end time is wrong.",
        example="00:01.000 --> 00:02.000 / forty characters of text, all in one second",
        better="00:01.000 --> 00:03.000 / forty characters of text, in two seconds",
        default=False,
    ),
    Rule(
        code="TL719",
        name="language-guess",
        severity=Severity.INFO,
        hint="rename the file, and correct `language` in its manifest entry",
        finds="Subtitles in other letters than the language in their file's name is written in.",
        hurts="The words are indexed as another language, and are not found.",
        example="Cyrillic text in a.en.srt",
        better="the same text in a.ru.srt",
    ),
)
_BY_CODE = {rule.code: rule for rule in RULES}
_UNREADABLE = frozenset(("TL701", "TL702", "TL703", "TL708"))  # such a file has no text to judge
_KINDS: dict[str, captions.Kind] = {".srt": "srt", ".vtt": "vtt"}


def kind(file: str) -> captions.Kind | None:
    """Return what the name of ``file`` promises, None where it is no subtitle file's."""
    return _KINDS.get(file[-4:].lower())


def findings(data: bytes, kind: captions.Kind, file: str, wanted: Collection[str]) -> list[Finding]:
    """Return the findings of one subtitle file, in file order. Rules that cost time are run only where
    their codes are ``wanted``; the others' findings are all there."""
    from s3transfer_tl import captions  # 15 ms that a manifest need not pay

    faults = captions.check(data, kind)
    if not _UNREADABLE.intersection(fault.code for fault in faults):
        if "TL718" in wanted:
            faults += captions.hurried(data, kind)
        if "TL719" in wanted:
            faults += letters.faults(data, file)
        faults.sort(key=lambda fault: (fault.line, fault.column))
    return [
        Finding(
            code=fault.code,
            name=_BY_CODE[fault.code].name,
            severity=fault.severity,
            message=fault.message,
            hint=fault.hint,
            file=file,
            line=fault.line,
            column=fault.column,
            end_column=fault.end_column,
            fix=fix,
        )
        for fault, fix in zip(faults, _fixes(data, kind, faults), strict=True)
    ]


def _fixes(data: bytes, kind: captions.Kind, faults: Sequence[captions.Fault]) -> list[Fix | None]:
    if not any(_BY_CODE[fault.code].fix for fault in faults):
        return [None] * len(faults)
    from s3transfer_tl.lint.fixes import captions as fixes

    return [*map(fixes.Mending(data, kind, faults, _BY_CODE).fix, faults)]
