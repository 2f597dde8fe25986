"""The doctor before real servers, and before servers that misbehave."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from email.utils import formatdate
from pathlib import Path

import pytest

from s3transfer_tl import doctor
from s3transfer_tl.config import load
from s3transfer_tl.doctor import ledger as ledgers
from s3transfer_tl.doctor.check import Check
from s3transfer_tl.ledger import Ledger, file
from s3transfer_tl.model import S3Settings, Secret
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, Sandbox
from tests.servers import Moto, SeaweedFS, Server
from tests.submission import Rig
from tests.wire import Answer, Seen, Wire, http, silent_port

MakeBucket = Callable[[Server], str]
KEY = doctor.Key(Secret(DEFAULT_KEY), "TWELVE_LABS_API_KEY", "...")
NONE = doctor.Key()
LISTED = b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><KeyCount>1</KeyCount></ListBucketResult>'


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", Server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", Server.secret_key)


def visit(
    tmp_path: Path,
    *,
    endpoint: str | None = None,
    bucket: str = "media",
    api_url: str = "http://127.0.0.1:9",
    key: doctor.Key = NONE,
    version: str = "v1.2",
    **more: object,
) -> dict[str, list[Check]]:
    world = doctor.World(
        s3=S3Settings(endpoint_url=endpoint),
        api_url=api_url,
        version=version,
        key=lambda: key,
        ledger=tmp_path / "ledger.sqlite3",
        environ={},
        places=[(bucket, "")] if endpoint else [],
    )
    found: dict[str, list[Check]] = {}
    for _, check in doctor.visit(world, **more):  # type: ignore[arg-type]
        found.setdefault(check.name, []).append(check)
    return found


def status(found: dict[str, list[Check]], name: str) -> list[str]:
    return [check.status for check in found[name]]


def dated(skew: float) -> Callable[[Seen], Answer]:
    """Answer as S3 and the platform, with a clock that is ``skew`` seconds ahead."""
    date = {"Date": formatdate(time.time() + skew, usegmt=True)}

    def answer(seen: Seen) -> Answer:
        if seen.target.startswith(b"/v1.2/"):
            return http(200, b'{"data": []}', headers=date | {"X-Api-Version": "v1.2"})
        return http(200, LISTED, headers=date | {"Content-Type": "application/xml"})

    return answer


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(("skew", "wanted"), [(0, "ok"), (120, "warning"), (-4000, "error")])
def test_a_clock_that_is_off_is_told_by_both_sides(tmp_path: Path, skew: float, wanted: str) -> None:
    with Wire(dated(skew)) as server:
        found = visit(tmp_path, endpoint=server.url, api_url=server.url, key=KEY)
    assert status(found, "clock") == [wanted, wanted]


@pytest.mark.usefixtures("signed")
def test_a_bucket_and_a_platform_that_are_well(
    tmp_path: Path, seaweed: SeaweedFS, bucket: MakeBucket
) -> None:
    name = bucket(seaweed)
    seaweed.client().put_object(Bucket=name, Key="a.mp4", Body=b"1")
    with Sandbox() as sandbox:
        found = visit(tmp_path, endpoint=seaweed.endpoint_url, bucket=name, api_url=sandbox.api_url, key=KEY)
        assert sandbox.calls == {"indexes": 1}
    for one in ("credentials", "bucket", "clock", "api-key", "platform", "api-version", "ledger", "lock"):
        assert set(status(found, one)) == {"ok"}, one
    assert not (tmp_path / "ledger.sqlite3").exists()


@pytest.mark.usefixtures("signed")
def test_a_bucket_that_is_not_there_tells_nothing_of_its_settings(tmp_path: Path, seaweed: SeaweedFS) -> None:
    found = visit(tmp_path, endpoint=seaweed.endpoint_url, bucket="no-such-bucket")
    (check,) = found["bucket"]
    assert (check.status, check.remote) == ("error", True)
    assert "no such bucket" in check.message
    assert status(found, "public-access") == ["skipped"]


def test_a_bucket_that_may_not_be_listed(
    tmp_path: Path, seaweed: SeaweedFS, bucket: MakeBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", seaweed.limited_access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", seaweed.limited_secret_key)
    (check,) = visit(tmp_path, endpoint=seaweed.endpoint_url, bucket=bucket(seaweed))["bucket"]
    assert (check.status, check.remote) == ("error", True)
    assert "s3:ListBucket" in check.hint


@pytest.mark.usefixtures("signed")
def test_block_public_access_is_read(tmp_path: Path, moto: Moto, bucket: MakeBucket) -> None:
    name = bucket(moto)
    switches = {"RestrictPublicBuckets": True, "BlockPublicPolicy": False}
    moto.client().put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=switches)
    found = visit(tmp_path, endpoint=moto.endpoint_url, bucket=name)
    assert any("of the bucket: RestrictPublicBuckets" in check.message for check in found["public-access"])


@pytest.mark.usefixtures("signed")
def test_settings_that_may_not_be_read_are_unknown_and_the_bucket_is_told(tmp_path: Path) -> None:
    refusal = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"

    def answer(seen: Seen) -> Answer:
        if seen.target.startswith(b"/media?list-type") and seen.header("Authorization"):
            return http(200, LISTED)
        return http(403, refusal, head=seen.method == "HEAD")

    with Wire(answer) as server:
        found = visit(tmp_path, endpoint=server.url)
    assert status(found, "bucket") == ["ok"]
    (check,) = found["public-access"]
    assert check.status == "skipped"
    assert "s3:GetBucketPublicAccessBlock: AccessDenied" in check.message
    assert "s3:GetBucketOwnershipControls: AccessDenied" in check.message


@pytest.mark.usefixtures("signed")
def test_dead_ports_are_told_at_once(tmp_path: Path) -> None:
    dead = f"http://127.0.0.1:{silent_port()}"
    began = time.monotonic()
    found = visit(tmp_path, endpoint=dead, api_url=dead, key=KEY)
    assert time.monotonic() - began < 8
    for name in ("bucket", "platform"):
        (check,) = found[name]
        assert (check.status, check.remote) == ("error", True)
    assert status(found, "clock") == ["skipped", "skipped"]


@pytest.mark.usefixtures("signed")
def test_servers_that_never_answer_take_no_longer_than_they_are_given(tmp_path: Path) -> None:
    with Wire(lambda _: Answer(then="hang")) as server:
        began = time.monotonic()
        found = visit(tmp_path, endpoint=server.url, api_url=server.url, key=KEY, within=4.0, seconds=0.5)
        took = time.monotonic() - began
    assert took < 5
    assert status(found, "bucket") == ["error"]
    assert status(found, "platform") == ["error"]


def test_a_credential_process_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "aws-config"
    config.write_text("[default]\ncredential_process = sleep 3\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    began = time.monotonic()
    found = visit(tmp_path, within=1.0)
    assert time.monotonic() - began < 3
    assert status(found, "credentials") == ["error"]
    assert "in time" in found["credentials"][0].message


def test_a_credential_process_is_run_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = '{"Version": 1, "AccessKeyId": "AKPROCESS", "SecretAccessKey": "SK", "SessionToken": "T0KEN"}'
    script = tmp_path / "process"
    script.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\necho '{keys}'\n")
    script.chmod(0o755)
    config = tmp_path / "aws-config"
    config.write_text(f"[default]\nregion = us-west-2\ncredential_process = {script}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    signed: list[tuple[str | None, str | None]] = []

    def answer(seen: Seen) -> Answer:
        signed.append((seen.header("Authorization"), seen.header("X-Amz-Security-Token")))
        return http(200, LISTED)

    with Wire(answer) as server:
        found = visit(tmp_path, endpoint=server.url)
    assert status(found, "bucket") == ["ok"]
    assert (tmp_path / "runs").read_text() == "run\n"
    told = [(name, token) for name, token in signed if name]
    assert told
    assert all("AKPROCESS" in name and token == "T0KEN" for name, token in told)


def test_nobody_is_asked_for_the_code_of_an_mfa_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "aws-config"
    config.write_text(
        "[profile base]\naws_access_key_id = AKTEST\naws_secret_access_key = SKTEST\n"
        "[default]\nregion = us-west-2\nsource_profile = base\nrole_arn = arn:aws:iam::123456789012:role/r\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/me\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    (check,) = visit(tmp_path)["credentials"]
    assert check.status == "error"
    assert "MFA" in check.message


@pytest.mark.usefixtures("signed")
def test_whose_the_credentials_are(tmp_path: Path, moto: Moto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", moto.endpoint_url)
    found = visit(tmp_path)
    assert found["identity"][0].message.startswith("account 123456789012, arn:aws:")
    assert status(found, "clock")[0] == "ok"


@pytest.mark.usefixtures("signed")
def test_credentials_that_aws_does_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = b"<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>"
    with Wire(lambda _: http(403, refusal)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        (check,) = visit(tmp_path)["identity"]
    assert (check.status, check.remote) == ("error", True)
    assert "AWS does not know these credentials" in check.message


def test_a_wrong_key_is_told_with_the_clock(tmp_path: Path) -> None:
    wrong = doctor.Key(Secret("tlk_WRONG"), "keyring", "...")
    with Sandbox() as sandbox:
        found = visit(tmp_path, api_url=sandbox.api_url, key=wrong)
    (check,) = found["platform"]
    assert (check.status, check.remote) == ("error", True)
    assert "api_key_invalid" in check.message
    assert "tlk_WRONG" not in str(found)
    assert status(found, "clock") == ["ok"]


def test_a_version_without_transcriptions_is_an_error(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        found = visit(tmp_path, api_url=sandbox.api_url, key=KEY, version="v1.3")
    assert status(found, "platform") == ["ok"]
    assert status(found, "api-version") == ["error"]


def test_another_version_that_answers_is_told(tmp_path: Path) -> None:
    newer = {"X-Api-Version": "v1.3"}
    with Wire(lambda _: http(200, b"{}", headers=newer)) as server:
        (check,) = visit(tmp_path, api_url=server.url, key=KEY)["api-version"]
    assert (check.status, check.message) == ("warning", "v1.2 was asked for, v1.3 answered")


def test_a_rate_limit_makes_nobody_wait(tmp_path: Path) -> None:
    with Wire(lambda _: http(429, b"{}", headers={"Retry-After": "3600"})) as server:
        began = time.monotonic()
        found = visit(tmp_path, api_url=server.url, key=KEY)
    assert time.monotonic() - began < 8
    assert status(found, "platform") == ["warning"]


def test_each_index_of_the_config_is_asked_for(tmp_path: Path) -> None:
    other = "0" * 24
    place = tmp_path / "transfer.yaml"
    place.write_text(
        f"version: 1\nindex_id: {DEFAULT_INDEX_ID}\nlanguage: en\nvideos:\n  source: keys.txt\n"
        f"naming:\n  rules:\n    - preset: sidecar\n      index_id: '{other}'\n"
    )
    ids = doctor.index_ids(load(place))
    with Sandbox() as sandbox:
        checks = list(doctor.platform.look(sandbox.api_url, "v1.2", KEY, ids, seconds=5))
    told = [(check.status, check.message.split()[0]) for check in checks if check.name == "index"]
    assert told == [("ok", DEFAULT_INDEX_ID), ("error", "there")]


def test_an_index_that_reads_no_speech_is_told() -> None:
    with Sandbox(fault_specs=[f"options:{DEFAULT_INDEX_ID}=visual"]) as sandbox:
        checks = list(doctor.platform.look(sandbox.api_url, "v1.2", KEY, [DEFAULT_INDEX_ID], seconds=5))
    (check,) = [one for one in checks if one.name == "index"]
    assert check.status == "warning"


def look(path: Path) -> dict[str, Check]:
    return {check.name: check for check in ledgers.look(path)}


def submitted(tmp_path: Path, *faults: str) -> Path:
    with Sandbox(fault_specs=faults) as sandbox:
        rig = Rig(tmp_path, sandbox.api_url)
        rig.submit(rig.manifest("a.mp4", "b.mp4"))
    return tmp_path / "ledger.sqlite3"


def test_a_ledger_that_is_sound(tmp_path: Path) -> None:
    found = look(submitted(tmp_path))
    assert [check.status for check in found.values()] == ["ok", "ok", "ok"]
    assert "2 entries, sound" in found["ledger"].message


def test_entries_whose_outcome_is_unknown_are_told(tmp_path: Path) -> None:
    check = look(submitted(tmp_path, "transfers:*=cut:0"))["outcomes"]
    assert check.status == "warning"
    assert "2 unknown" in check.message
    assert "resolve" in check.hint


def test_a_damaged_ledger_is_an_error(tmp_path: Path) -> None:
    path = submitted(tmp_path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 20_000)
    found = look(path)
    assert found["ledger"].status == "error"
    assert found["outcomes"].status == "skipped"


@pytest.mark.skipif(sqlite3.sqlite_version_info[:2] != (3, 40), reason="what SQLite 3.40 complains of")
def test_what_sqlite_says_of_a_sound_ledger_is_disproved(tmp_path: Path) -> None:
    path = submitted(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        assert "NULL value" in connection.execute("PRAGMA quick_check").fetchone()[0]
    assert look(path)["ledger"].status == "ok"
    with Ledger.open(path, read_only=True) as book:
        book.prove()


def test_a_ledger_that_no_submission_could_write_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert look(tmp_path / "loop")["ledger"].status == "error"
    assert look(tmp_path / "new" / "ledger.sqlite3")["ledger"].status == "ok"
    check = look(tmp_path / "file" / "ledger.sqlite3")["ledger"]
    assert (check.status, "cannot be written" in check.message) == ("error", True)
    path = submitted(tmp_path)
    monkeypatch.setattr(file, "_file_system", lambda _: "nfs4")
    assert "network file system" in look(path)["ledger"].message
    assert "network file system" in look(tmp_path / "new" / "ledger.sqlite3")["ledger"].message


def test_a_ledger_of_a_newer_format_and_a_foreign_database_are_errors(tmp_path: Path) -> None:
    path = submitted(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "newer" in look(path)["ledger"].message
    other = tmp_path / "other.sqlite3"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    assert "not a ledger" in look(other)["ledger"].message


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A ledger that another process holds."""
    path = tmp_path / "held.sqlite3"
    code = (
        "import sys; from pathlib import Path; from s3transfer_tl.ledger import Ledger;"
        "book = Ledger.open(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    argv = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield path, process.pid


def test_who_holds_the_ledger_is_told_and_not_disturbed(held: tuple[Path, int]) -> None:
    path, pid = held
    check = look(path)["lock"]
    assert check.status == "warning"
    if sys.platform == "linux":
        assert f"process {pid}" in check.message


def test_a_lock_file_that_nobody_holds_is_free(tmp_path: Path) -> None:
    path = submitted(tmp_path)
    assert Path(f"{path}.lock").exists()
    assert look(path)["lock"].status == "ok"
    Ledger.open(path).close()
