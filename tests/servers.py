"""Real S3 servers for tests, on loopback, each in its own process and folder.

``SeaweedFS`` checks signatures and enforces bucket policies. It folds ``//`` and a leading slash
away and lists in directory order. ``Moto`` keeps every key but one with a newline and enforces object
ACLs, but checks no signature and lets anyone list.
"""

from __future__ import annotations

import abc
import contextlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from s3transfer_tl.sandbox import store

_BIN = Path(sys.executable).parent
_READY_WITHIN = 40.0  # seconds; about 3 on an idle machine
_ATTEMPTS = 4  # another process may take a port between our look and the server's bind


class Server(abc.ABC):
    """A server process; a context manager. ``endpoint_url``, ``access_key`` and ``secret_key`` are
    for any S3 client, ``client()`` is a ready one."""

    name: ClassVar[str]
    access_key = "AKTESTADMIN"
    secret_key = "SKTESTADMIN"
    region = "us-east-1"
    endpoint_url: str

    def __init__(self) -> None:
        self._ended = contextlib.ExitStack()
        self._clients: dict[str, Any] = {}

    @abc.abstractmethod
    def command(self, folder: Path) -> tuple[list[str], int]:
        """Return the command line and its S3 port."""

    def __enter__(self) -> Self:
        for attempt in range(_ATTEMPTS):
            try:
                self._start()
                return self
            except ServerDiedError:
                self._ended.close()
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._ended.close()

    def client(self, access_key: str | None = None, secret_key: str | None = None) -> Any:
        """Return a boto3 client of this server, the admin's by default."""
        import boto3
        from botocore.config import Config

        identity = access_key or self.access_key
        if identity not in self._clients:
            session = boto3.Session(identity, secret_key or self.secret_key, region_name=self.region)
            config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2, "mode": "standard"})
            self._clients[identity] = session.client("s3", endpoint_url=self.endpoint_url, config=config)
        return self._clients[identity]

    def env(self) -> dict[str, str]:
        """Return the environment in which the command line reaches this server as admin."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint_url,
        }

    def create_bucket(self, prefix: str = "b") -> str:
        """Create a bucket with a name nobody else has, and return the name."""
        name = f"{prefix}-{uuid.uuid4().hex[:12]}"
        self.client().create_bucket(Bucket=name)
        return name

    def open_to_all(self, bucket: str, prefix: str = "") -> None:
        """Let anyone read the objects of ``bucket`` below ``prefix``, by bucket policy."""
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{bucket}/{prefix}*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.client().put_bucket_policy(Bucket=bucket, Policy=policy)

    def _start(self) -> None:
        folder = Path(self._ended.enter_context(tempfile.TemporaryDirectory(prefix=f"{self.name}-")))
        argv, port = self.command(folder)
        log = folder / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={"PATH": f"{_BIN}:/usr/bin:/bin", "HOME": str(folder)},
            )
        self._ended.callback(_end, process)
        self.endpoint_url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + _READY_WITHIN
        while not self._ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServerDiedError(
                    f"{self.name} did not come up:\n{log.read_text(errors='replace')[-4000:]}"
                )
            time.sleep(0.1)

    def _ready(self) -> bool:
        try:
            urllib.request.urlopen(self.endpoint_url, timeout=5).close()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code < 500
        except OSError:
            return False
        return True


class SeaweedFS(Server):
    """SeaweedFS with two identities: the admin, and ``limited``, who may read and list the bucket
    ``open`` and nothing else."""

    name = "seaweedfs"
    limited_access_key = "AKTESTLIMITED"
    limited_secret_key = "SKTESTLIMITED"

    def __enter__(self) -> Self:
        super().__enter__()
        self.client().create_bucket(Bucket="open")
        return self

    def limited_env(self) -> dict[str, str]:
        """Return the environment of the identity that may read the bucket ``open`` only."""
        return self.env() | {
            "AWS_ACCESS_KEY_ID": self.limited_access_key,
            "AWS_SECRET_ACCESS_KEY": self.limited_secret_key,
        }

    def command(self, folder: Path) -> tuple[list[str], int]:
        identities = (
            store.Identity("admin", self.access_key, self.secret_key),
            store.Identity(
                "limited", self.limited_access_key, self.limited_secret_key, ("Read:open", "List:open")
            ),
        )
        return store.command(folder, identities)

    def _ready(self) -> bool:
        """The S3 port answers before a volume can be written: ready is when a bucket was made."""
        return super()._ready() and self._writes()

    def _writes(self) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        self._clients.clear()
        try:
            bucket = self.create_bucket("probe")
            self.client().put_object(Bucket=bucket, Key="probe", Body=b"probe")
        except (BotoCoreError, ClientError):
            return False
        return True


class Moto(Server):
    """moto's S3: keys as they are, object ACLs enforced for anonymous GET, no signature checked."""

    name = "moto"

    def command(self, folder: Path) -> tuple[list[str], int]:
        (port,) = store.free_ports(1)
        return [str(_BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)], port


class ServerDiedError(RuntimeError):
    """A server ended or stayed silent while it was waited for; the message holds its log."""


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # its data goes with it: nothing is worth the 10 s of an orderly end
    process.wait()
