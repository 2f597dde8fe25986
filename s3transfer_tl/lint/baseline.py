"""Known findings that do not count: a file of them, by rule and object, never by line.

A finding about an entry is known by its rule and its object's URI, so that the manifest may be sorted,
formatted or renamed; any other by its rule, its file, its field and the shape of its message. One entry
of the baseline covers ``count`` findings. The shape is schemas/baseline.schema.json.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import Finding, Mark

FORMAT_VERSION = 1

_NUMBER = re.compile(r"[0-9]+")
_LIST = re.compile(r'"findings"\s*:\s*\[')
_GAP = re.compile(r"[\s,]*")

Key = tuple[str, str, str]  # code, URI or file, "" or digest


class Known(NamedTuple):
    """One entry: ``file`` starts at the baseline's folder; ``uri`` or else ``digest`` is "" ."""

    file: str
    code: str
    uri: str
    digest: str
    times: int = 1

    @property
    def key(self) -> Key:
        """What a finding is compared by: where there is a URI, the file does not matter."""
        return self.code, self.uri or self.file, self.digest


class Unused(NamedTuple):
    """An entry of which ``times`` matched nothing."""

    known: Known
    times: int
    mark: Mark


class Baseline:
    """The known findings of one file, and which of them were met."""

    def __init__(self, path: Path, entries: Iterable[Known] = ()) -> None:
        self.path = path
        self.entries = tuple(entries)
        self._folder = os.path.dirname(os.path.abspath(path))
        self._files: dict[str, str] = {}
        self._left: Counter[Key] = Counter()
        for known in self.entries:
            self._left[known.key] += known.times
        self._met: Counter[Key] = Counter()

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Read the baseline at ``path``. Raises ``UsageError``, with the place, for one that is none."""
        document = _document(path)
        return cls(
            path,
            (
                Known(one["file"], one["code"], one.get("uri", ""), one.get("digest", ""), one["count"])
                for one in document["findings"]
            ),
        )

    @property
    def total(self) -> int:
        """How many findings are known."""
        return sum(known.times for known in self.entries)

    def knows(self, finding: Finding) -> bool:
        """Tell whether ``finding`` is known. Each call uses up one of its count."""
        key = self._known(finding).key
        if not self._left[key]:
            return False
        self._left[key] -= 1
        self._met[key] += 1
        return True

    def with_findings(self, findings: Iterable[Finding]) -> Baseline:
        """Return the baseline that knows ``findings`` and nothing else."""
        counts = Counter(map(self._known, findings))
        return Baseline(self.path, (known._replace(times=times) for known, times in counts.items()))

    def unused(self, checked: Collection[str]) -> list[Unused]:
        """Return what matched nothing, of entries whose file is in ``checked`` or is there no more:
        about other files this run knows nothing."""
        stale = self._stale({self._relative(name) for name in checked})
        if not stale:
            return []
        marks = _marks(self.path)
        return [
            Unused(known, stale[place], marks[place] if place < len(marks) else Mark(1, 1))
            for place, known in enumerate(self.entries)
            if place in stale
        ]

    def pruned(self, checked: Collection[str]) -> Baseline:
        """Return the baseline without what ``unused`` tells."""
        stale = self._stale({self._relative(name) for name in checked})
        kept = (
            known._replace(times=known.times - stale.get(place, 0))
            for place, known in enumerate(self.entries)
        )
        return Baseline(self.path, (known for known in kept if known.times))

    def dumps(self) -> bytes:
        """Return the file's bytes: an entry a line, sorted, so that a change is a line of a diff."""
        lines = [json.dumps(_record(known)) for known in sorted(self.entries)]
        inside = "\n    " + ",\n    ".join(lines) + "\n  " if lines else ""
        return f'{{\n  "format_version": {FORMAT_VERSION},\n  "findings": [{inside}]\n}}\n'.encode()

    def _stale(self, checked: set[str]) -> dict[int, int]:
        """Return how many findings of each entry (by its place) are not there any more."""
        files = {known.file for known in self.entries}
        gone = {
            file: not file.startswith("s3://") and not os.path.exists(os.path.join(self._folder, file))
            for file in files
        }
        seen = [
            (place, known)
            for place, known in enumerate(self.entries)
            if gone[known.file] or known.file in checked
        ]
        excess: Counter[Key] = Counter()
        for _, known in seen:
            excess[known.key] += known.times
        excess.subtract({key: self._met[key] for key in excess})
        stale = {}
        for place, known in sorted(seen, key=lambda item: not gone[item[1].file]):
            if excess[known.key] > 0:
                stale[place] = min(known.times, excess[known.key])
                excess[known.key] -= stale[place]
        return stale

    def _known(self, finding: Finding) -> Known:
        file = self._relative(finding.file)
        if finding.uri:
            return Known(file, finding.code, _text(finding.uri), "")
        import hashlib  # 3 ms

        shape = f"{finding.field or ''}\0{_NUMBER.sub('0', finding.message)}"
        digest = hashlib.blake2b(shape.encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()
        return Known(file, finding.code, "", digest)

    def _relative(self, name: str) -> str:
        if name.startswith("s3://"):
            return _text(name)
        if name not in self._files:
            relative = os.path.relpath(os.path.abspath(name), self._folder)
            self._files[name] = _text(relative.replace(os.sep, "/"))
        return self._files[name]


def _record(known: Known) -> dict[str, str | int]:
    about: dict[str, str | int] = {"uri": known.uri} if known.uri else {"digest": known.digest}
    return {"code": known.code, "file": known.file, **about, "count": known.times}


def _text(text: str) -> str:
    """Return ``text`` as JSON and a schema can hold it: what is no text is escaped."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _document(path: Path) -> Any:
    hint = "write it with --write-baseline FILE"
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read the baseline {path}: {error.strerror or error}", hint) from error
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}:{error.lineno}:{error.colno}: not a baseline: {error.msg}", hint) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}:1:1: not a baseline: no JSON in UTF-8", hint) from error
    from s3transfer_tl import schema  # with the validator, for those who have a baseline

    wrong = next(schema.validator("baseline").iter_errors(document), None)
    if wrong is not None:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in wrong.instance_path)
        raise UsageError(f"{path}: not a baseline: at ${place}: {wrong.message[:200]}", hint)
    return document


def _marks(path: Path) -> list[Mark]:
    """Return where each entry of the baseline begins; fewer where the file changed meanwhile."""
    return list(_places(path.read_text(encoding="utf-8")))


def _places(text: str) -> Iterator[Mark]:
    start = _LIST.search(text)
    at = start.end() if start else len(text)
    line, done, decode = 1, 0, json.JSONDecoder().raw_decode
    while True:
        gap = _GAP.match(text, at)
        at = gap.end() if gap else at
        if not text.startswith("{", at):
            return
        line += text.count("\n", done, at)
        done = at
        yield Mark(line, at - text.rfind("\n", 0, at))
        try:
            _, at = decode(text, at)
        except ValueError:
            return
