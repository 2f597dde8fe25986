"""`s3transfer-tl doctor` as its users run it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from s3transfer_tl import schema
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, Sandbox
from tests.conftest import RunLine
from tests.servers import SeaweedFS, Server
from tests.wire import Wire, http, silent_port

MakeBucket = Callable[[Server], str]


def test_a_newcomer_learns_what_to_set_up(run_line: RunLine, tmp_path: Path) -> None:
    done = run_line(["doctor"], cwd=tmp_path)
    assert done.code == 1
    assert "boto3 finds no AWS credentials" in done.stdout
    assert "auth login" in done.stdout
    assert "init s3://BUCKET/PREFIX -o transfer.yaml" in done.stdout
    assert done.stderr == ""
    assert run_line(["doctor", "--fail-on", "never"], cwd=tmp_path).code == 0
    assert list(tmp_path.iterdir()) == []


def test_all_is_well(run_line: RunLine, tmp_path: Path, seaweed: SeaweedFS, bucket: MakeBucket) -> None:
    name = bucket(seaweed)
    seaweed.client().put_object(Bucket=name, Key="shows/a.mp4", Body=b"1")
    (tmp_path / "transfer.yaml").write_text(
        f"version: 1\nindex_id: {DEFAULT_INDEX_ID}\nlanguage: en\nvideos:\n  source: s3://{name}/shows/\n"
        "decisions: decided.yaml\n"
    )
    (tmp_path / "decided.yaml").write_text("version: 1\ndecisions: []\n")
    with Sandbox() as sandbox:
        env = seaweed.env() | {"TWELVE_LABS_API_KEY": DEFAULT_KEY, "TWELVELABS_BASE_URL": sandbox.api_url}
        done = run_line(["doctor"], env=env, cwd=tmp_path)  # the config is found
        assert (done.code, done.stderr) == (0, "")
        assert f"s3://{name}/shows/ can be listed" in done.stdout
        assert f"{DEFAULT_INDEX_ID} is there" in done.stdout
        assert "0 decided" in done.stdout
        told = run_line(["doctor", "--format", "json"], env=env, cwd=tmp_path)
        lines = run_line(["doctor", "--format", "jsonl"], env=env, cwd=tmp_path)
    document = json.loads(told.stdout)
    schema.validator("doctor").validate(document)
    assert document["summary"]["error"] == 0
    *items, last = map(json.loads, lines.stdout.splitlines())
    assert [item["name"] for item in items] == [item["name"] for item in document["checks"]]
    assert last == {"summary": document["summary"]}


def test_letters_that_the_output_lacks_are_escaped(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "prix \u20ac").mkdir()
    argv = ["doctor", "--ledger", "prix \u20ac/\u03bb.sqlite3", "--fail-on", "never"]
    for encoding in ("ascii", "latin-1"):
        done = run_line(argv, env={"PYTHONIOENCODING": encoding}, cwd=tmp_path)
        assert done.code == 0
        assert "prix \\u20ac" in done.stdout
    told = run_line([*argv, "--format", "json"], env={"PYTHONIOENCODING": "ascii"}, cwd=tmp_path)
    assert "prix \u20ac/\u03bb.sqlite3" in told.stdout


def test_a_platform_out_of_reach_is_exit_code_4(run_line: RunLine, tmp_path: Path) -> None:
    env = {"TWELVE_LABS_API_KEY": DEFAULT_KEY, "TWELVELABS_BASE_URL": f"http://127.0.0.1:{silent_port()}"}
    done = run_line(["doctor", "--no-sign-request"], env=env, cwd=tmp_path)
    assert done.code == 4
    assert "gave no answer" in done.stdout


def test_a_config_that_cannot_be_used_is_a_finding(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "transfer.yaml").write_text("version: 1\nvidoes:\n  source: s3://media/\n")
    done = run_line(["doctor", "--no-sign-request", "-c", "transfer.yaml"], cwd=tmp_path)
    assert done.code == 1
    assert "transfer.yaml:2:1" in done.stdout


def test_a_source_that_is_no_bucket_is_wrong_usage(run_line: RunLine) -> None:
    for source in ("keys.jsonl", "s3://", "s3:///shows"):
        done = run_line(["doctor", source])
        assert done.code == 2
        assert "s3://BUCKET/PREFIX" in done.stderr


def test_no_secret_is_in_any_output(run_line: RunLine, tmp_path: Path) -> None:
    secrets = {
        "TWELVE_LABS_API_KEY": "tlk_VERYSECRETAPIKEY0001",
        "AWS_ACCESS_KEY_ID": "AKVERYSECRET0002",
        "AWS_SECRET_ACCESS_KEY": "very/secret+0003",
        "AWS_SESSION_TOKEN": "very-secret-token-0004",
    }
    presigned = "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKPLANTED0005&X-Amz-Signature=planted0006"
    planted = [*secrets.values(), "hunter2-0007", "AKPLANTED0005", "planted0006"]

    def echo(_: object) -> object:
        said = " ".join([*secrets.values(), presigned])
        return http(400, json.dumps({"code": "odd", "message": said}).encode())

    (tmp_path / "transfer.yaml").write_text(f'version: 1\nlanguage: 1\nvideos:\n  source: "{presigned}"\n')
    outputs = []
    with Wire(echo) as server:  # type: ignore[arg-type]
        address = server.url.removeprefix("http://")
        env = secrets | {
            "TWELVELABS_BASE_URL": server.url,
            "AWS_ENDPOINT_URL_STS": server.url,
            "HTTPS_PROXY": f"http://me:hunter2-0007@{address}",
            "ALL_PROXY": "me:hunter2-0007@proxy:port",
            "NO_PROXY": "127.0.0.1",
        }
        bucket = ("s3://media/", "--endpoint-url", server.url)
        broken = ("-c", "transfer.yaml", "--format", "json")
        for more in ((), broken, (*bucket, "--format", "jsonl"), (presigned,)):
            outputs.append(run_line(["doctor", "--debug", *more], env=env, cwd=tmp_path))
    assert {done.code for done in outputs} <= {2, 4}
    assert "***" in outputs[0].stdout
    for done in outputs:
        for one in planted:
            assert one not in done.stdout + done.stderr
