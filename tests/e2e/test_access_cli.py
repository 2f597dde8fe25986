from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from s3transfer_tl import access, schema
from s3transfer_tl.model import S3Settings
from tests.conftest import TESTS, Line, RunLine
from tests.edges.test_access_causes import put, set_policy, statement
from tests.servers import Moto, SeaweedFS, Server
from tests.wire import Answer, Seen, Wire, http

KEYS = ("open/a.srt", "open/b.vtt", "closed/c.srt", "closed/d.VTT", "closed/d.mp4")


@pytest.fixture
def media(seaweed: SeaweedFS, bucket: Callable[[Server], str]) -> str:
    name = bucket(seaweed)
    put(seaweed, name, *KEYS)
    set_policy(seaweed, name, statement(name, "open/*"))
    return name


def parsed(line: Line, code: int) -> Any:
    assert line.code == code, line.stderr
    document = json.loads(line.stdout)
    jsonschema_rs.validator_for(schema.load("access")).validate(document)
    return document


def test_a_prefix_whose_transcriptions_are_all_public_is_0(
    seaweed: SeaweedFS, media: str, run_line: RunLine
) -> None:
    line = run_line(["access", f"s3://{media}/open/"], env=seaweed.env())
    assert (line.code, line.stdout) == (0, f"s3://{media}/open/: 2 transcriptions: 2 public\n")


def test_closed_ones_are_told_with_cause_examples_and_the_diff_that_opens_just_them(
    seaweed: SeaweedFS, media: str, run_line: RunLine
) -> None:
    line = run_line(["access", f"s3://{media}/"], env=seaweed.env())
    assert line.code == 1
    out = line.stdout.splitlines()
    assert out[:5] == [
        f"s3://{media}/: 4 transcriptions: 2 public, 2 denied",
        "",
        "2 denied: 403 AccessDenied: no statement of the bucket policy covers it (AllowIt: other keys only)",
        f"    s3://{media}/closed/c.srt",
        f"    s3://{media}/closed/d.VTT",
    ]
    assert f"--- bucket policy of {media}" in out
    added = "".join(one[1:] for one in out if one.startswith("+ "))
    assert f'"arn:aws:s3:::{media}/closed/*.VTT"' in added
    assert f'"arn:aws:s3:::{media}/closed/*.srt"' in added
    assert not [one for one in out if one.startswith("- ")]


def test_the_proposed_policy_does_open_them_and_nothing_else(
    seaweed: SeaweedFS, media: str, run_line: RunLine
) -> None:
    document = parsed(run_line(["access", f"s3://{media}/", "--format", "json"], env=seaweed.env()), 1)
    assert document["summary"] == {
        "listed": 5,
        "transcriptions": 4,
        "public": 2,
        "denied": 2,
        "missing": 0,
        "unknown": 0,
        "restricted": 0,
    }
    assert [(one["cause"], one["count"]) for one in document["causes"]] == [("no-grant", 2)]
    (proposal,) = document["proposals"]
    seaweed.client().put_bucket_policy(Bucket=media, Policy=json.dumps(proposal["proposed"]))
    for _ in range(20):
        line = run_line(["access", f"s3://{media}/", "--format", "json"], env=seaweed.env())
        if line.code == 0:
            break
        time.sleep(0.25)
    assert parsed(line, 0)["proposals"] == []
    (video,) = access.check([f"s3://{media}/closed/d.mp4"], s3=S3Settings(endpoint_url=seaweed.endpoint_url))
    assert video.access == "denied"


def test_json_lines_are_a_verdict_each_and_a_summary(
    seaweed: SeaweedFS, media: str, run_line: RunLine
) -> None:
    line = run_line(["access", f"s3://{media}/", "--format", "jsonl"], env=seaweed.env())
    *verdicts, last = map(json.loads, line.stdout.splitlines())
    assert line.code == 1
    assert Counter(one["access"] for one in verdicts) == {"public": 2, "denied": 2}
    assert {one["uri"] for one in verdicts} == {f"s3://{media}/{key}" for key in KEYS[:4]}
    definitions = schema.load("access")["$defs"]
    jsonschema_rs.validator_for({**definitions["verdict"], "$defs": definitions}).validate(verdicts[0])
    assert last["summary"]["transcriptions"] == 4


def test_the_platforms_role_gets_its_policy_where_asked_for(
    seaweed: SeaweedFS, media: str, run_line: RunLine
) -> None:
    argv = ["access", f"s3://{media}/open/", "--integration"]
    assert "TwelvelabsIntegrationPolicy" in run_line(argv, env=seaweed.env()).stdout
    document = parsed(run_line([*argv, "--format", "json"], env=seaweed.env()), 0)
    (made,) = document["integration_policies"]
    assert made["Statement"][0]["Resource"] == [f"arn:aws:s3:::{media}", f"arn:aws:s3:::{media}/*"]


def test_a_config_names_the_source_and_what_is_left_out(
    seaweed: SeaweedFS, media: str, run_line: RunLine, tmp_path: Path
) -> None:
    config = tmp_path / "transfer.yaml"
    config.write_text(
        f"version: 1\nvideos:\n  source: s3://{media}/closed/\n"
        f"transcriptions:\n  source: s3://{media}/\n  exclude: ['**/*.VTT', 'open/*.srt']\n"
    )
    line = run_line(["access", "-c", str(config), "--format", "jsonl"], env=seaweed.env())
    uris = {json.loads(one).get("uri") for one in line.stdout.splitlines()}
    assert uris == {f"s3://{media}/open/b.vtt", f"s3://{media}/closed/c.srt", None}
    named = run_line(["access", f"s3://{media}/open/", "-c", str(config)], env=seaweed.env())
    assert named.stdout == f"s3://{media}/open/: 1 transcription: 1 public\n"


def test_build_names_the_cause_and_the_way_out(
    seaweed: SeaweedFS, media: str, run_line: RunLine, tmp_path: Path
) -> None:
    config = tmp_path / "transfer.yaml"
    config.write_text(
        f"version: 1\nindex_id: 629d807aa9e2a3a33a92c00b\nlanguage: en\nvideos:\n  source: s3://{media}/closed/\n"
    )
    line = run_line(["build", "-c", str(config), "-o", str(tmp_path / "m.json")], env=seaweed.env())
    assert line.code == 1
    cause = "403 AccessDenied: no statement of the bucket policy covers it (AllowIt: other keys only)"
    assert f"transcription is not public: {cause}" in line.stderr
    assert "add to the bucket policy the statement that `s3transfer-tl access` prints" in line.stderr


def test_nothing_to_ask_is_3_and_says_what_to_look_at(
    seaweed: SeaweedFS, media: str, run_line: RunLine
) -> None:
    line = run_line(["access", f"s3://{media}/closed/d.mp4"], env=seaweed.env())
    assert (line.code, line.stdout) == (3, "")
    assert "no transcription among 1 objects" in line.stderr


def test_no_source_is_2(run_line: RunLine) -> None:
    line = run_line(["access"])
    assert line.code == 2
    assert "name s3://BUCKET/PREFIX, or a config with -c FILE" in line.stderr


def test_a_bucket_that_cannot_be_listed_is_4(seaweed: SeaweedFS, run_line: RunLine) -> None:
    line = run_line(["access", "s3://nobody-has-this-bucket/"], env=seaweed.env())
    assert line.code == 4
    assert "no such bucket" in line.stderr


def test_moto_warns_of_a_bucket_that_anyone_may_list_and_names_the_switch(
    moto: Moto, bucket: Callable[[Server], str], run_line: RunLine
) -> None:
    name = bucket(moto)
    put(moto, name, "a.srt")
    configuration = {"RestrictPublicBuckets": True, "BlockPublicPolicy": True}
    moto.client().put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=configuration)
    document = parsed(run_line(["access", f"s3://{name}/", "--format", "json"], env=moto.env()), 1)
    assert [one["cause"] for one in document["warnings"]] == ["public-list"]
    (cause,) = document["causes"]
    assert cause["cause"] == "block-bucket"
    assert cause["hint"].startswith(
        "who has s3:PutBucketPublicAccessBlock must turn RestrictPublicBuckets and BlockPublicPolicy off;"
    )
    (proposal,) = document["proposals"]
    assert proposal["current"] is None
    assert proposal["statement"]["Resource"] == [f"arn:aws:s3:::{name}/*"]


# What no server here can show


def scripted(heads: Callable[[Seen], Answer], policy: str = "") -> Callable[[Seen], Answer]:
    """Answer a listing of three transcriptions, the policy, and ``heads`` for what is asked anonymously."""
    keys = "".join(f"<Contents><Key>s/{n}.srt</Key><Size>1</Size></Contents>" for n in range(3))
    listing = f"<ListBucketResult><Name>media</Name>{keys}<IsTruncated>false</IsTruncated></ListBucketResult>"

    def answer(seen: Seen) -> Answer:
        signed = seen.header("Authorization")
        if b"list-type" in seen.target and signed:
            return http(200, listing.encode())
        if b"?policy" in seen.target and policy:
            return http(200, policy.encode())
        if b"?" in seen.target or signed:
            return http(403, b"<Error><Code>AccessDenied</Code></Error>", head=seen.method == "HEAD")
        return heads(seen)

    return answer


def env(wire: Wire) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "AKMADEUP",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ENDPOINT_URL": wire.url,
    }


def test_public_from_this_network_only_is_not_public(run_line: RunLine) -> None:
    condition = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    policy = json.dumps({"Statement": [statement("media", "*", Condition=condition)]})
    with Wire(scripted(lambda seen: http(head=True), policy)) as wire:
        line = run_line(["access", "s3://media/s/"], env=env(wire))
    assert line.code == 1
    assert "3 public: 200: public from your network only: statement AllowIt has a condition on" in line.stdout


def test_an_outage_is_unknown_and_4(run_line: RunLine) -> None:
    with Wire(scripted(lambda seen: Answer(then="reset"))) as wire:
        line = run_line(["access", "s3://media/s/", "--format", "json"], env=env(wire))
    assert parsed(line, 4)["summary"]["unknown"] == 3


def test_nothing_is_written_by_the_whole_command(run_line: RunLine) -> None:
    denied = b"<Error><Code>AccessDenied</Code></Error>"
    with Wire(scripted(lambda seen: http(403, denied, head=seen.method == "HEAD"))) as wire:
        line = run_line(["access", "s3://media/s/", "--integration"], env=env(wire))
        methods = Counter(seen.method for seen in wire.seen)
    assert line.code == 1
    assert set(methods) == {"GET", "HEAD"}
    assert "s3:GetBucketPolicy: AccessDenied" in line.stdout
    assert "could not be read; this statement in it opens just the transcriptions:" in line.stdout


def test_ctrl_c_ends_it_at_once() -> None:
    with Wire(scripted(lambda seen: Answer(then="hang"))) as wire:
        path = os.pathsep.join([str(TESTS / "loopback"), str(TESTS.parent)])
        process = subprocess.Popen(
            [sys.executable, "-m", "s3transfer_tl", "access", "s3://media/s/"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path} | env(wire),
        )
        deadline = time.monotonic() + 60
        while not any(seen.method == "HEAD" for seen in wire.seen) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert b"stopped by Ctrl-C" in err
    assert out == b""


def test_examples_are_told_in_order_whatever_order_they_come_in(tmp_path: Path, run_line: RunLine) -> None:
    with Wire(lambda seen: http(403, b"<Error><Code>AccessDenied</Code></Error>")) as wire:
        (tmp_path / "keys.txt").write_text("s3://bucket/b.srt\ns3://bucket/a.srt\n")
        line = ["access", "keys.txt", "--endpoint-url", wire.url, "--no-sign-request", "--format", "json"]
        done = run_line(line, cwd=tmp_path)
    (cause,) = json.loads(done.stdout)["causes"]
    assert cause["examples"] == ["s3://bucket/a.srt", "s3://bucket/b.srt"]
