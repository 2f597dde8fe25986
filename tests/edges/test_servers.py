"""The test servers are what the other tests take them for."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunLine
from tests.servers import Moto, SeaweedFS, Server


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code


def test_seaweedfs_refuses_strangers_beside_a_prefix_opened_by_policy(
    seaweed: SeaweedFS, bucket: Callable[[Server], str]
) -> None:
    name = bucket(seaweed)
    for key in ("open/a.srt", "shut/a.srt"):
        seaweed.client().put_object(Bucket=name, Key=key, Body=b"x")
    seaweed.open_to_all(name, "open/")
    url = f"{seaweed.endpoint_url}/{name}"
    assert [status(f"{url}/open/a.srt"), status(f"{url}/shut/a.srt"), status(url)] == [200, 403, 403]


def test_seaweedfs_limits_its_second_identity_to_the_open_bucket(
    seaweed: SeaweedFS, bucket: Callable[[Server], str]
) -> None:
    name = bucket(seaweed)
    seaweed.client().put_object(Bucket="open", Key="a", Body=b"x")
    limited = seaweed.client(seaweed.limited_access_key, seaweed.limited_secret_key)
    assert limited.list_objects_v2(Bucket="open")["Contents"]
    with pytest.raises(ClientError, match="AccessDenied"):
        limited.list_objects_v2(Bucket=name)


def test_moto_enforces_object_acls_and_keeps_every_key(moto: Moto, bucket: Callable[[Server], str]) -> None:
    name = bucket(moto)
    moto.client().put_object(Bucket=name, Key="//a/../b", Body=b"x", ACL="public-read")
    moto.client().put_object(Bucket=name, Key="shut", Body=b"x")
    assert [found["Key"] for found in moto.client().list_objects_v2(Bucket=name)["Contents"]] == [
        "//a/../b",
        "shut",
    ]
    url = f"{moto.endpoint_url}/{name}"
    assert [status(f"{url}///a/%2E%2E/b"), status(f"{url}/shut")] == [200, 403]


def test_a_test_cannot_leave_loopback() -> None:
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError, match="tried to reach"):
        probe.connect(("192.0.2.1", 80))


def test_the_command_line_runs(run_line: RunLine) -> None:
    line = run_line(["--version"])
    assert (line.code, line.stderr) == (0, "")
    assert "s3transfer-tl" in line.stdout
