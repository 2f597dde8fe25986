"""Where the files of an S3 Inventory are: beside a local manifest.json, or in S3 with a cache here."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from s3transfer_tl.errors import ConfigError, OutputError, S3Error
from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources.inventory_manifest import DataFile

_CHUNK = 1 << 20
_ATTEMPTS = 5  # connections that break without having brought a byte
_KEPT = 7 * 86400  # seconds that an unused file stays in the cache: an inventory comes daily or weekly
_ABSENT = {"NoSuchKey", "404", "NotFound"}
_DENIED = {"AccessDenied", "403", "Forbidden"}


class Files(Protocol):
    """The files of one inventory. ``name`` is what complaints call its manifest."""

    name: str

    @property
    def fetched(self) -> int:
        """How many bytes of the data files are here."""

    def manifest(self) -> tuple[bytes, bytes | None]:
        """Return manifest.json and, where it is there, manifest.checksum."""

    def data(self, file: DataFile) -> Path:
        """Return where the data file is on this disk, verified to the last byte. Thread-safe."""

    def stop(self) -> None:
        """Let what is under way in other threads end soon; what was fetched is kept."""


class LocalFiles:
    """An inventory that was copied to this disk, in the destination bucket's layout or flatter."""

    def __init__(self, path: Path, name: str) -> None:
        self._folder = path.resolve().parent
        self._path = path
        self.name = name
        self._here: list[int] = []

    @property
    def fetched(self) -> int:
        """How many bytes of the data files were verified."""
        return sum(list(self._here))

    def manifest(self) -> tuple[bytes, bytes | None]:
        """Return manifest.json and manifest.checksum (None where it is not beside it)."""
        beside = self._folder / "manifest.checksum"
        return self._path.read_bytes(), beside.read_bytes() if beside.is_file() else None

    def data(self, file: DataFile) -> Path:
        """Return the data file: in data/ here or one folder up, beside the manifest, or at its key
        below any folder above. Raises ``ConfigError`` where it is nowhere, or not the right one."""
        folders = (self._folder / "data", self._folder.parent / "data", self._folder)
        places = [folder / file.name for folder in folders]
        places += [above / file.key for above in (self._folder, *self._folder.parents)]
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            raise ConfigError(
                f"{self.name} names {file.key}, which is not here",
                f"copy it to {places[0]}, or name the manifest in S3: s3://BUCKET/.../manifest.json",
            )
        if flaw := file.flaw(found):
            raise ConfigError(f"{found} is damaged: {flaw}", "copy it again from the destination bucket")
        self._here.append(file.size)
        return found

    def stop(self) -> None:
        """Do nothing: a file on this disk is read in seconds."""


class S3Files:
    """An inventory in its destination bucket; data files are kept in ``cache``, named by their MD5.

    A download that broke off goes on where it stopped, if the object is still the same (ETag).
    """

    def __init__(
        self,
        bucket: str,
        key: str,
        settings: S3Settings,
        cache: Path,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = f"s3://{bucket}/{key}"
        self._bucket = bucket
        self._key = key
        self._settings = settings
        self._cache = cache
        self._sleep = sleep
        self._stopped = threading.Event()
        self._here: dict[DataFile, int] = {}  # bytes of each file, one thread a file

    @property
    def fetched(self) -> int:
        """How many bytes of the data files are in the cache."""
        return sum(list(self._here.values()))

    def manifest(self) -> tuple[bytes, bytes | None]:
        """Return manifest.json and manifest.checksum (None where it may not be read or is not there).

        Raises ``S3Error`` where S3 refuses or cannot be reached.
        """
        with self._client() as s3:
            data = self._small(s3, self._key)
            try:
                return data, self._small(s3, f"{self._key.removesuffix('.json')}.checksum")
            except _RefusedError:
                return data, None

    def data(self, file: DataFile) -> Path:
        """Return the data file in the cache, fetching what of it is not there yet.

        Raises ``S3Error`` where S3 refuses, cannot be reached or holds another file than the
        manifest names, ``OutputError`` where the disk refuses.
        """
        import filelock

        target = self._cache / f"{file.md5}-{file.name}"
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(target.with_name(f"{target.name}.lock")):
                if not (target.is_file() and file.flaw(target) is None):
                    self._download(file, target)
                target.touch()
            self._here[file] = file.size
            self._forget_old()
        except OSError as error:
            raise OutputError(
                f"the cache {self._cache} cannot be written: {error.strerror or error}",
                "free space there, or set XDG_CACHE_HOME to a larger disk; what was fetched is kept",
            ) from error
        return target

    def stop(self) -> None:
        """End each download after the chunk that it is at."""
        self._stopped.set()

    def _download(self, file: DataFile, target: Path) -> None:
        with self._client() as s3:
            told = self._asked(s3.head_object, file.key)
            if told["ContentLength"] != file.size:
                raise S3Error(
                    f"s3://{self._bucket}/{file.key} has {told['ContentLength']} bytes, the inventory says"
                    f" {file.size}",
                    "it was replaced since: name a newer inventory",
                )
            etag = told["ETag"]
            part = target.with_name(f"{target.name}.{etag.strip(chr(34))}.partial")
            resumed = part.is_file()
            self._fill(s3, file, part, etag)
            flaw = file.flaw(part)
            if flaw and resumed:  # what an earlier run left may be what is wrong
                part.unlink()
                self._fill(s3, file, part, etag)
                flaw = file.flaw(part)
        if flaw:
            part.unlink()
            raise S3Error(
                f"s3://{self._bucket}/{file.key} is not what the inventory names: {flaw}",
                "it was replaced or damaged since: name a newer inventory",
            )
        part.replace(target)

    def _fill(self, s3: Any, file: DataFile, part: Path, etag: str) -> None:
        """Fetch what ``part`` lacks; a connection that breaks is taken up again where it broke."""
        from botocore.exceptions import BotoCoreError

        idle = 0
        with part.open("ab") as fp:
            if fp.tell() > file.size:
                fp.truncate(0)
            while (have := fp.tell()) < file.size:
                asked = {"Range": f"bytes={have}-", "IfMatch": etag}
                try:
                    with contextlib.closing(self._asked(s3.get_object, file.key, **asked)["Body"]) as body:
                        for chunk in body.iter_chunks(_CHUNK):
                            fp.write(chunk)
                            self._here[file] = fp.tell()
                            if self._stopped.is_set():
                                raise S3Error(f"the fetch of {file.key} was stopped", "run again to go on")
                except BotoCoreError as error:
                    fp.flush()
                    idle = 0 if fp.tell() > have else idle + 1
                    if idle == _ATTEMPTS:
                        raise S3Error(
                            f"s3://{self._bucket}/{file.key} cannot be fetched: {error}",
                            "run again: it goes on where it stopped",
                        ) from error
                    self._sleep(2.0**idle)

    def _small(self, s3: Any, key: str) -> bytes:
        with contextlib.closing(self._asked(s3.get_object, key)["Body"]) as body:
            return bytes(body.read())

    def _asked(self, call: Callable[..., Any], key: str, **more: str) -> Any:
        """Return the answer about one object. Raises ``S3Error``; what breaks later is the caller's."""
        from botocore.exceptions import ClientError

        from s3transfer_tl.sources import refusals

        if self._settings.request_payer:
            more["RequestPayer"] = self._settings.request_payer
        uri = f"s3://{self._bucket}/{key}"
        with refusals.translated(self._settings, self._bucket):
            try:
                return call(Bucket=self._bucket, Key=key, **more)
            except ClientError as error:
                code = str(error.response.get("Error", {}).get("Code"))
                if code in _ABSENT:
                    hint = (
                        "an inventory's runs are in folders named by their time, such as 2026-01-31T01-00Z/"
                    )
                    raise _RefusedError(f"there is no {uri}", hint) from error
                if code in _DENIED:
                    hint = f"allow them s3:GetObject on arn:aws:s3:::{self._bucket}/*, or choose others"
                    raise _RefusedError(f"these credentials may not read {uri}", hint) from error
                if code in ("PreconditionFailed", "412"):
                    hint = "run again: it is fetched from its beginning"
                    raise S3Error(f"{uri} was replaced while it was fetched", hint) from error
                raise

    @contextlib.contextmanager
    def _client(self) -> Iterator[Any]:
        from s3transfer_tl.sources import contact

        with contextlib.closing(contact.client(self._settings)) as client:
            yield client

    def _forget_old(self) -> None:
        """Remove what no build used for a week, so that the cache holds about one inventory."""
        for path in self._cache.iterdir():
            with contextlib.suppress(OSError):  # another process may have removed it
                if path.stat().st_mtime < time.time() - _KEPT:
                    path.unlink()


class _RefusedError(S3Error):
    """One object is not there or may not be read."""
