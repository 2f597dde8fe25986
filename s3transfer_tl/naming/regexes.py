"""Regexes as a user writes them: judged by RE2, told apart into lexemes, brought to plain groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from s3transfer_tl.errors import ConfigError

_LEXEME = re.compile(
    r"""\\Q.*?(?:\\E|\Z)                                    # quoted text
      | \\.                                                 # an escape
      | \[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]             # a class
      | \(\?P?<(?![=!])[^>]*>                               # a named group
      | \(\?
      | .""",
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(r"\(\?P?<([^>]*)>")
_SYNTAX = "see https://github.com/google/re2/wiki/Syntax for what RE2 takes"
_HINTS = (  # the first that the refused text starts with; longer ones first
    ("(?<=", "RE2 has no look-behind: match the text before as part of the pattern"),
    ("(?<!", "RE2 has no look-behind: use exclude, or a rule of its own, for keys that must not match"),
    ("(?=", "RE2 has no look-ahead: match the text after as part of the pattern"),
    ("(?!", "RE2 has no look-ahead: use exclude, or a rule of its own, for keys that must not match"),
    ("(?>", "RE2 never backtracks, so it needs no atomic group: write (?:...)"),
    ("(?P=", "RE2 has no back-references: give the second place a name of its own"),
    ("(?P", "a named group is written (?P<name>...); RE2 has no back-references"),
    ("(?#", "RE2 has no comments: use a YAML comment"),
    ("(?", _SYNTAX),
    ("(", "close the group with ), or write \\( for the character itself"),
    (")", "open a group before it, or write \\) for the character itself"),
    ("[", "close the class with ], or write \\[ for the character itself"),
    ("\\Z", "leave it out: a pattern always matches the whole key"),
    ("++", "RE2 never backtracks, so it needs no possessive repeat: write +"),
    ("*+", "RE2 never backtracks, so it needs no possessive repeat: write *"),
    ("?+", "RE2 never backtracks, so it needs no possessive repeat: write ?"),
    ("{", "RE2 repeats at most 1000 times: use * or + where the number does not matter"),
)


class PatternError(ConfigError):
    """A pattern that cannot be used, and where.

    ``rule_index`` counts the config's rules from 0 (None: the pattern is not in a rule), ``field``
    is the config's name for the text, ``offset`` counts code points from 0 into that text. The
    text's own place in the config is in ``RuleSpec.marks`` and ``SourceSpec.marks``.
    """

    def __init__(
        self, offset: int, message: str, hint: str, *, rule_index: int | None = None, field: str = "pattern"
    ) -> None:
        super().__init__(message, hint)
        self.rule_index = rule_index
        self.field = field
        self.offset = offset

    def __str__(self) -> str:
        rule = "" if self.rule_index is None else f"naming rule {self.rule_index + 1}, "
        return f"{rule}{self.field}, character {self.offset + 1}: {self.message}"

    def moved(self, offset: int) -> PatternError:
        """Return this error for a text that holds the refused one from ``offset`` on."""
        return PatternError(offset + self.offset, self.message, self.hint)

    def placed(self, rule_index: int | None, field: str) -> PatternError:
        """Return this error with the rule and the field that the text came from."""
        return PatternError(self.offset, self.message, self.hint, rule_index=rule_index, field=field)


class Lexeme(NamedTuple):
    """A piece of a regex that means one thing, and the code points before it."""

    offset: int
    text: str


def lexemes(pattern: str) -> Iterator[Lexeme]:
    """Yield the pieces of ``pattern``: escapes, quoted texts, classes, group openings, characters."""
    for found in _LEXEME.finditer(pattern):
        yield Lexeme(found.start(), found.group())


def quote(text: str) -> str:
    """Return RE2 text that matches exactly ``text``."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def refuse(pattern: str) -> None:
    """Raise ``PatternError`` where RE2 refuses ``pattern``, or where a key could not survive it."""
    if not pattern:
        raise PatternError(0, "the pattern is empty", "write a pattern that matches the whole key")
    error = _error(pattern)
    if error is not None:
        offset, refused = _place(pattern, error)
        raise PatternError(offset, f"RE2 refuses this pattern: {error}", _hint(refused))
    for piece in lexemes(pattern):
        if piece.text == "\\C":
            raise PatternError(
                piece.offset, "\\C would cut a character into bytes", "write (?s:.) for any character"
            )


def named_groups(pattern: str) -> list[tuple[str, int]]:
    """Return the named groups of ``pattern`` in order, with the offset of each."""
    found = ((_NAME.fullmatch(text), offset) for offset, text in lexemes(pattern))
    return [(name[1], offset) for name, offset in found if name is not None]


def distinct(groups: list[tuple[str, int]]) -> dict[str, int]:
    """Return the offset of each name.

    Raises ``PatternError`` for two names that are equal, also where only their case differs.
    """
    found: dict[str, tuple[str, int]] = {}
    for name, offset in groups:
        other, _ = found.setdefault(name.lower(), (name, offset))
        if found[name.lower()] != (name, offset):
            same = other == name
            message = (
                f"the name `{name}` is here twice" if same else f"`{other}` and `{name}` differ in case only"
            )
            raise PatternError(offset, message, "give each place a name of its own")
    return dict(found.values())


def plain_groups(pattern: str) -> str:
    """Return ``pattern`` with its named groups as plain ones and its unnamed groups not capturing.

    Groups are then found by position alone, which is what DuckDB does; it also cannot read the
    spelling ``(?<name>...)`` that RE2 itself takes.
    """
    return "".join(_plain(text) for _, text in lexemes(pattern))


def _plain(text: str) -> str:
    if text.startswith("\\Q") and not text.endswith("\\E"):
        return f"{text}\\E"  # it quotes up to the end, which is no longer the end
    return "(?:" if text == "(" else "(" if _NAME.fullmatch(text) else text


def _error(pattern: str) -> str | None:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0]
        return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return None


def _place(pattern: str, error: str) -> tuple[int, str]:
    """Return the offset that ``error`` is about, and the text from there on that it judges.

    RE2 reads from left to right and tells no offset. It says the same of every beginning of the
    pattern that holds the refused text, so the shortest of these ends where that text ends.
    """
    kind, _, refused = error.partition(": ")
    if kind in ("missing )", "unexpected )"):
        offset = _unbalanced(pattern)
        return offset, pattern[offset]
    length = len(pattern)
    while _error(pattern[: length - 1]) == error:
        length -= 1
    offset = max(0, pattern.rfind(refused or pattern[length - 1], 0, length))
    return offset, pattern[offset:]


def _unbalanced(pattern: str) -> int:
    """Return the offset of a parenthesis that nothing closes or that closes nothing."""
    opened: list[int] = []
    for offset, text in lexemes(pattern):
        if text.startswith("("):
            opened.append(offset)
        elif text == ")":
            if not opened:
                return offset
            opened.pop()
    return opened[-1] if opened else 0


def _hint(refused: str) -> str:
    if re.match(r"\\[1-9k]", refused):
        return "RE2 has no back-references: give the second place a name of its own"
    return next((hint for start, hint in _HINTS if refused.startswith(start)), _SYNTAX)
