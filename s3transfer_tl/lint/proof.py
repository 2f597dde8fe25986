"""The fast proof that no rule has anything to say of an entry by itself.

It must hold no entry for clean that a rule complains of (a test compares the two); what it does not
recognise goes to the rules.
"""

from __future__ import annotations

import re
from typing import Any

from s3transfer_tl import naming, schema
from s3transfer_tl.lint import index_id, language, uri

_ZEROS = "0" * index_id.LENGTH
_LENGTH_LIMIT = 300  # code points, each of 3 bytes at most: well below the limit of a key

# Printable ASCII but / \ % + ? # < >, and the letters of wide-spread scripts that have one form only
_CHAR = (
    r"[ !\"$&'()*,\-.0-9:;=@A-Z\[\]^_`a-z{|}~"
    r"\u00c0-\u024f\u0400-\u045f\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]"
)


def _plain(extensions: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        rf"s3://([a-z0-9-]{{3,63}})/(?! )(?:(?!\.\.?/){_CHAR}+/)*{_CHAR}+\.(?:{'|'.join(extensions)})"
    )


class Proof:
    """Judges entry after entry; remembers the ids, languages and buckets that are in order."""

    def __init__(self) -> None:
        self._is_valid = schema.entry_validator().is_valid
        self._video = _plain(naming.VIDEO_EXTENSIONS).fullmatch
        self._caption = _plain(naming.CAPTION_FORMATS).fullmatch
        self._languages: set[str] = set(language.COMMON)
        self._buckets: set[str] = set()

    def holds(self, fields: dict[str, Any]) -> bool:
        """Tell whether the entry is plainly in order."""
        if not self._is_valid(fields):
            return False
        video: str = fields["object"]
        found = self._video(video)
        if found is None or len(video) > _LENGTH_LIMIT or not self._is_bucket(found[1]):
            return False
        caption: str | None = fields.get("transcription")
        if caption is not None:
            found = self._caption(caption)
            if found is None or len(caption) > _LENGTH_LIMIT or not self._is_bucket(found[1]):
                return False
        tag = fields["language"]
        return (tag in self._languages or self._is_language(tag)) and fields["index_id"] != _ZEROS

    def _is_bucket(self, bucket: str) -> bool:
        if bucket in self._buckets:
            return True
        if uri.bucket_fault(bucket) or uri.bucket_oddity(bucket):
            return False
        if len(self._buckets) < 10_000:
            self._buckets.add(bucket)
        return True

    def _is_language(self, tag: str) -> bool:
        if language.canonical(tag) != tag:
            return False
        self._languages.add(tag)
        return True
