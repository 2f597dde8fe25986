"""The fast proof that no rule has anything to say of an entry by itself.

It must hold no entry for clean that a rule complains of (tests compare the two); what it does not
recognise goes to the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from s3transfer_tl import manifest, naming
from s3transfer_tl.lint import index_id, language, uri
from s3transfer_tl.lint.rules import URIS

_LENGTH_LIMIT = 250  # code points: below the limit of a key, whatever they are

# Printable ASCII but " / \ % + ? # < >, and the letters of wide-spread scripts that have one form only
_CHAR = (
    r"[ !$&'()*,\-.0-9:;=@A-Z\[\]^_`a-z{|}~"
    r"\u00c0-\u024f\u0400-\u045f\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]"
)
_INDEX_ID = rf"(?!0{{{index_id.LENGTH}}})[0-9a-f]{{{index_id.LENGTH}}}"
_CREDENTIALS = re.compile(r"(?:signature|credential|security-token|accesskeyid)=", re.IGNORECASE)


def _bucket() -> str:
    starts = "|".join(map(re.escape, uri.RESERVED_STARTS))
    ends = "".join(rf"(?<!{re.escape(end)})" for end in ("-", *uri.RESERVED_ENDS))
    return rf"(?!{starts})[a-z0-9][a-z0-9-]{{2,62}}{ends}"


def _folder() -> str:
    return rf"s3://{_bucket()}(?=/[^ ])(?:/(?!\.\.?/){_CHAR}++)*"


_VIDEO = rf"(?P<folder>{_folder()})/(?P<name>(?P<stem>{_CHAR}+)\.(?:{'|'.join(naming.VIDEO_EXTENSIONS)}))"
_FORMAT = rf"\.(?:{'|'.join(naming.CAPTION_FORMATS)})"
_CAPTION = rf"{_folder()}/{_CHAR}+{_FORMAT}"


class Columns(NamedTuple):
    """The values of plain entries that follow one another, field by field. ``folders``, ``names`` and
    ``stems`` are parts of the videos' URIs. ``places`` are the transcriptions' folders; None too where
    the name is not the video's stem with nothing but the entry's language behind it."""

    ids: Sequence[str]
    tags: Sequence[str]
    videos: Sequence[str]
    folders: Sequence[str]
    names: Sequence[str]
    stems: Sequence[str]
    transcriptions: Sequence[str | None]
    places: Sequence[str | None]


def plain() -> re.Pattern[str]:
    """Return the pattern (see ``manifest.pattern``) of entries that ``Proof`` holds for clean, but for
    those that are ``doubtful``, and for the language that a transcription's name may tell: ``Customs``
    sees to that. Its groups are ``Columns``."""
    tags = "|".join(sorted(language.COMMON))
    named_alike = rf"(?P<place>{_folder()})/(?P=stem)(?:\.(?P=tag))?{_FORMAT}(?=\")"
    caption = f"({named_alike}|{_CAPTION})"
    return manifest.pattern(f"({_INDEX_ID})", f"(?P<tag>{tags})", f"({_VIDEO})", caption)


def doubtful(run: Columns) -> Iterator[int]:
    """Yield the positions in ``run`` of entries that are plain, and yet may be complained of."""
    for uris in (run.videos, [text or "" for text in run.transcriptions]):
        if max(map(len, uris)) > _LENGTH_LIMIT or "=" in "".join(uris):
            yield from (at for at, text in enumerate(uris) if _is_doubtful(text))


def _is_doubtful(text: str) -> bool:
    return len(text) > _LENGTH_LIMIT or _CREDENTIALS.search(text) is not None


OF_FORM = frozenset(
    (  # noqa: SIM905
        "TL101 TL102 TL103 TL104 TL111 TL112 TL113 TL114 TL201 TL202 TL203 TL204 TL205 TL206 TL301 TL302"
    ).split()
)
"""The rules that an entry of good form (``Proof.is_formed``) keeps silent."""


class Proof:
    """Judges entry after entry; remembers the languages that are in order."""

    def __init__(self) -> None:
        from s3transfer_tl import schema  # with the validator, which a small manifest need not pay for

        self._is_valid = schema.entry_validator().is_valid
        self._index_id = re.compile(_INDEX_ID).fullmatch
        self._uri = re.compile(rf"s3://{_bucket()}/[^?#<]*[^?#</]").fullmatch
        self._video = re.compile(_VIDEO).fullmatch
        self._caption = re.compile(_CAPTION).fullmatch
        self._languages: set[str] = set(language.COMMON)

    def is_formed(self, fields: dict[str, Any]) -> bool:
        """Tell whether the entry has the right fields, an id, a language and URIs that are short and name
        objects in buckets. What the keys are is another matter."""
        if not self._is_valid(fields) or not self._index_id(fields["index_id"]):
            return False
        uris = [fields[name] for name in URIS if name in fields]
        if any(_is_doubtful(uri) or not self._uri(uri) for uri in uris):
            return False
        tag = fields["language"]
        return tag in self._languages or self._is_language(tag)

    def holds(self, fields: dict[str, Any]) -> bool:
        """Tell whether the entry is plainly in order."""
        return self.is_formed(fields) and self.names_plainly(fields)

    def names_plainly(self, fields: dict[str, Any]) -> bool:
        """Tell whether the keys of an entry of good form are plainly in order too."""
        if not self._video(fields["object"]):
            return False
        caption: str | None = fields.get("transcription")
        if caption is None:
            return True
        told = language.suffix(fields["object"], caption) if self._caption(caption) else ""
        return told is None or (told != "" and language.suits(told, fields["language"]))

    def _is_language(self, tag: str) -> bool:
        if language.canonical(tag) != tag:
            return False
        self._languages.add(tag)
        return True
