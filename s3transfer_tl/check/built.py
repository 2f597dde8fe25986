"""What a build saw, from its report: has an object changed since?"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from pathlib import Path

from s3transfer_tl.errors import ConfigError, UsageError
from s3transfer_tl.model import ObjectState
from s3transfer_tl.sources.documents import Document

_LISTS = ("pairs", "unmatched_videos", "orphan_transcriptions", "ambiguous")  # of any length
_HINT = "name another --report, or build again"

Told = tuple[int | None, str | None]  # size and ETag


class Built:
    """The sizes and ETags of a build's report, as 16 bytes an object.

    Raises ``ConfigError`` with the place where the file is no JSON, ``UsageError`` where it is no report
    or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        uris, told = array("q"), array("q")
        for uri, known in self._objects():
            uris.append(hash(uri))
            told.append(hash((uri, known)))
        self._uris, self._told = array("q", sorted(uris)), array("q", sorted(told))

    def has_changed(self, state: ObjectState) -> bool:
        """Tell whether the object is in the report, and not as it is now."""
        if not state.there or state.size is None or not _in(self._uris, hash(state.uri)):
            return False
        same = ((state.size, state.etag), (state.size, None), (None, state.etag))
        return not any(_in(self._told, hash((state.uri, known))) for known in same)

    def recall(self, uris: Collection[str]) -> dict[str, Told]:
        """Return what the report says of ``uris``."""
        return {uri: known for uri, known in self._objects() if uri in uris} if uris else {}

    def _objects(self) -> Iterator[tuple[str, Told]]:
        """Yield the objects of which the report tells something."""
        is_report = False
        try:
            with self.path.open("rb") as fp:
                for item in Document(fp, str(self.path)).items(*_LISTS):
                    is_report |= item.name == "format_version"
                    if item.name == "pairs":
                        yield from _pair(item.value)
            if not is_report:
                raise TypeError("no format_version")
        except ConfigError as error:
            raise ConfigError(error.message, _HINT) from error
        except OSError as error:
            raise UsageError(f"cannot read {self.path}: {error.strerror}", "name another --report") from error
        except (AttributeError, TypeError) as error:
            raise UsageError(f"{self.path} is not a build's report", _HINT) from error


def beside(manifest: Path) -> Path | None:
    """Return the build's report beside ``manifest``, if there is one: of a build that was split,
    ``NAME.report.json`` is that of ``NAME-0001.json`` too."""
    own = manifest.with_name(f"{manifest.name.removesuffix('.json')}.report.json")
    whole = own.with_name(re.sub(r"-\d{4,}(?=\.report\.json$)", "", own.name))
    return next((path for path in (own, whole) if path.is_file()), None)


def _pair(pair: dict[str, object]) -> Iterator[tuple[str, Told]]:
    for name in ("object", "transcription"):
        uri, size, etag = (pair.get(key) for key in (name, f"{name}_size", f"{name}_etag"))
        if isinstance(uri, str) and (size is not None or etag is not None):
            yield uri, (size if isinstance(size, int) else None, etag if isinstance(etag, str) else None)


def _in(digests: array[int], digest: int) -> bool:
    at = bisect_left(digests, digest)
    return at < len(digests) and digests[at] == digest
