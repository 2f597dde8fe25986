from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from s3transfer_tl import access
from s3transfer_tl.access import facts
from s3transfer_tl.access.facts import Block, Unread
from s3transfer_tl.model import AccessVerdict, S3Settings
from s3transfer_tl.sandbox.objects import Objects
from s3transfer_tl.sources import account
from tests.servers import Moto, SeaweedFS, Server
from tests.wire import Answer, Seen, Wire, http

ANYONE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"'


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", SeaweedFS.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SeaweedFS.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def explained(url: str, *uris: str) -> dict[str, AccessVerdict]:
    s3 = S3Settings(endpoint_url=url)
    found = list(access.explain(access.check(uris, s3=s3), s3=s3))
    assert Counter(verdict.uri for verdict in found) == Counter(uris)
    return {verdict.uri.split("/", 3)[3]: verdict for verdict in found}


def put(server: Server, bucket: str, *keys: str, **options: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda key: put_one(server, bucket, key, options), keys))


def put_one(server: Server, bucket: str, key: str, options: dict[str, str]) -> None:
    body = b"1\n00:00:01,000 --> 00:00:02,000\nGood evening.\n"
    server.client().put_object(Bucket=bucket, Key=key, Body=body, **options)


def statement(bucket: str, path: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {
        "Sid": f"{effect}It",
        "Effect": effect,
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/{path}",
        **more,
    }


def set_policy(server: Server, bucket: str, *statements: dict[str, Any]) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    server.client().put_bucket_policy(Bucket=bucket, Policy=policy)


# SeaweedFS: policies are enforced


def test_seaweedfs_each_row_has_its_verdict_and_cause(
    seaweed: SeaweedFS, bucket: Callable[[Server], str]
) -> None:
    name = bucket(seaweed)
    put(seaweed, name, "open/a.srt", "open/held/b.srt", "closed/c.srt")
    set_policy(seaweed, name, statement(name, "open/*"), statement(name, "open/held/*", "Deny"))
    keys = ["open/a.srt", "open/gone.srt", "open/held/b.srt", "closed/c.srt", "closed/gone.srt"]
    found = explained(seaweed.endpoint_url, *(f"s3://{name}/{key}" for key in keys))
    said = {key: (one.access, one.cause) for key, one in found.items()}
    # anonymous, so 403; the credentials look at the refusal that came first, and that may be this one
    assert said.pop("closed/gone.srt") in (("denied", "no-grant"), ("missing", "gone"))
    assert said == {
        "open/a.srt": ("public", ""),
        "open/gone.srt": ("missing", "gone"),
        "open/held/b.srt": ("denied", "deny"),
        "closed/c.srt": ("denied", "no-grant"),
    }
    assert "statement DenyIt of the bucket policy" in found["open/held/b.srt"].reason
    assert "covers it (AllowIt: other keys only)" in found["closed/c.srt"].reason


def test_seaweedfs_a_bucket_without_a_policy_is_told_as_that(
    seaweed: SeaweedFS, bucket: Callable[[Server], str]
) -> None:
    name = bucket(seaweed)
    put(seaweed, name, "a.srt")
    (found,) = explained(seaweed.endpoint_url, f"s3://{name}/a.srt").values()
    assert found.cause == "no-grant"
    assert found.reason == f"403 AccessDenied: {name} has no bucket policy"


def test_seaweedfs_an_object_that_is_gone_is_seen_with_credentials(
    seaweed: SeaweedFS, bucket: Callable[[Server], str]
) -> None:
    name = bucket(seaweed)
    (found,) = explained(seaweed.endpoint_url, f"s3://{name}/gone.srt").values()
    assert (found.access, found.status, found.cause) == ("missing", 403, "gone")


def test_seaweedfs_a_bucket_that_anyone_may_list_is_warned_of(
    seaweed: SeaweedFS, bucket: Callable[[Server], str]
) -> None:
    name = bucket(seaweed)
    put(seaweed, name, "a.srt")
    listing = statement(name, "", Action="s3:ListBucket", Resource=f"arn:aws:s3:::{name}")
    set_policy(seaweed, name, listing | {"Sid": "List"})
    known = facts.collect(name, S3Settings(endpoint_url=seaweed.endpoint_url))
    assert known.anyone_lists
    found = explained(seaweed.endpoint_url, f"s3://{name}/a.srt", f"s3://{name}/gone.srt")
    assert found["a.srt"].access == "denied"
    assert found["a.srt"].cause == "no-grant"


@pytest.fixture
def limited(seaweed: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in seaweed.limited_env().items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("limited")
def test_seaweedfs_a_credential_that_may_only_read_is_enough(seaweed: SeaweedFS) -> None:
    folder = uuid.uuid4().hex
    put(seaweed, "open", f"{folder}/a.srt")
    (found,) = explained(seaweed.endpoint_url, f"s3://open/{folder}/a.srt").values()
    assert found.access == "denied"
    assert found.cause in ("no-grant", "not-told")
    listed = seaweed.client().list_objects_v2(Bucket="open", Prefix=folder)["Contents"]
    assert [one["Key"] for one in listed] == [f"{folder}/a.srt"]


@pytest.mark.usefixtures("limited")
def test_seaweedfs_a_credential_that_may_nothing_leaves_the_weaker_sentence(
    seaweed: SeaweedFS, bucket: Callable[[Server], str]
) -> None:
    name = bucket(seaweed)
    put(seaweed, name, "a.srt")
    (found,) = explained(seaweed.endpoint_url, f"s3://{name}/a.srt").values()
    assert (found.access, found.cause) == ("denied", "not-told")
    assert "the bucket policy was not readable (AccessDenied)" in found.reason
    assert "s3:GetBucketPolicy" in found.hint


def test_the_sandbox_agrees_on_every_object_of_a_mixed_bucket(
    seaweed: SeaweedFS, bucket: Callable[[Server], str]
) -> None:
    name = bucket(seaweed)
    folders = ("open", "open/held", "closed")
    keys = [f"{folders[n % 3]}/{n % 37} \u00fc+%/{n}.srt" for n in range(1000)]
    put(seaweed, name, *(key for n, key in enumerate(keys) if n % 10))  # each tenth is missing
    set_policy(seaweed, name, statement(name, "open/*"), statement(name, "open/held/*", "Deny"))
    ours = explained(seaweed.endpoint_url, *(f"s3://{name}/{key}" for key in keys))
    sandbox = Objects(seaweed.endpoint_url)
    with ThreadPoolExecutor(8) as threads:
        theirs = list(threads.map(lambda key: sandbox.transcription(f"s3://{name}/{key}"), keys))
    assert {key: problem is None for key, problem in zip(keys, theirs, strict=True)} == {
        key: verdict.access == "public" for key, verdict in ours.items()
    }
    assert {key for key, verdict in ours.items() if f"answered with {verdict.status}" in str(theirs)} == {
        key for key, verdict in ours.items() if verdict.access != "public"
    }
    assert Counter(one.access for one in ours.values())["public"] == 300


# moto: ACLs are enforced, settings are kept


def test_moto_an_acl_opens_one_object_and_not_the_next(moto: Moto, bucket: Callable[[Server], str]) -> None:
    name = bucket(moto)
    put(moto, name, "public.srt", ACL="public-read")
    put(moto, name, "private.srt")
    found = explained(moto.endpoint_url, f"s3://{name}/public.srt", f"s3://{name}/private.srt")
    assert (found["public.srt"].access, found["public.srt"].cause) == ("public", "")
    assert found["private.srt"].cause == "no-grant"
    assert found["private.srt"].reason.endswith(
        f"has no bucket policy, and no ACL lets anyone read it (s3://{name}/private.srt was seen)"
    )


def test_moto_block_public_access_is_named_with_its_switch(
    moto: Moto, bucket: Callable[[Server], str]
) -> None:
    name = bucket(moto)
    put(moto, name, "a.srt")
    switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    moto.client().put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(switches, True)
    )
    (found,) = explained(moto.endpoint_url, f"s3://{name}/a.srt").values()
    assert found.cause == "block-bucket"
    assert "s3:PutBucketPublicAccessBlock" in found.hint


def test_moto_ownership_and_a_readable_bucket_are_seen(moto: Moto, bucket: Callable[[Server], str]) -> None:
    name = bucket(moto)
    rule = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    moto.client().put_bucket_ownership_controls(Bucket=name, OwnershipControls=rule)
    known = facts.collect(name, S3Settings(endpoint_url=moto.endpoint_url))
    assert known.ownership == "BucketOwnerEnforced"
    assert known.block == Block()
    assert known.document is None
    assert known.anyone_lists


# What AWS says of a bucket, written from the API reference's examples, not recorded


SETTINGS = {
    b"policy": json.dumps({"Statement": [statement("media", "subs/*")]}),
    b"publicAccessBlock": "<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls>"
    "<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>",
    b"ownershipControls": "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
    "</OwnershipControls>",
    b"requestPayment": "<RequestPaymentConfiguration><Payer>BucketOwner</Payer>"
    "</RequestPaymentConfiguration>",
    b"acl": "<AccessControlPolicy><Owner><ID>them</ID></Owner><AccessControlList><Grant>"
    f"<Grantee {ANYONE}><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>"
    "<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>",
    b"policyStatus": "<PolicyStatus><IsPublic>FALSE</IsPublic></PolicyStatus>",
}


class Aws:
    """A bucket behind a wire: ``settings`` are its sub-resources, ``status`` what an object answers."""

    def __init__(self, settings: dict[bytes, str], status: int = 403, code: str = "AccessDenied") -> None:
        self.settings = settings
        self.status = status
        self.code = code

    def __call__(self, seen: Seen) -> Answer:
        path, _, query = seen.target.partition(b"?")
        name = query.split(b"=")[0].split(b"&")[0]
        if query and name in self.settings:
            return http(200, self.settings[name].encode())
        if seen.header("Authorization") and not query and path.count(b"/") > 1:
            return http(200, head=True, headers={"x-amz-server-side-encryption": "aws:kms"})
        body = f"<Error><Code>{self.code}</Code><Message>AWS KMS managed keys</Message></Error>".encode()
        headers = {"x-amz-bucket-region": "eu-west-1"}
        return http(self.status if not query else 403, body, headers=headers, head=seen.method == "HEAD")


def test_each_question_is_asked_once_a_bucket_and_nothing_is_written() -> None:
    with Wire(Aws(SETTINGS)) as wire:
        uris = [f"s3://media/subs/{n}.srt" for n in range(300)]
        found = explained(wire.url, *uris)
        asked = Counter((seen.method, seen.target) for seen in wire.seen if b"/subs/" not in seen.target)
        signed = [seen for seen in wire.seen if seen.header("Authorization")]
        assert {seen.method for seen in wire.seen} == {"GET", "HEAD"}
        assert set(asked.values()) == {1}
        assert len(signed) <= 10
        assert len(wire.seen) <= len(uris) + 1 + 12
    assert {one.cause for one in found.values()} == {"block-bucket"}


def test_a_public_object_costs_no_question() -> None:
    with Wire() as wire:
        found = explained(wire.url, *(f"s3://media/{n}.srt" for n in range(20)))
        assert len(wire.seen) == 20
    assert {one.cause for one in found.values()} == {""}


def test_what_a_bucket_says_is_read_as_the_reference_writes_it() -> None:
    with Wire(Aws(SETTINGS)) as wire:
        s3 = S3Settings(endpoint_url=wire.url)
        known = facts.look(facts.collect("media", s3), "s3://media/subs/a.srt", s3)
    assert known.block == Block(policies=True, acls=True)
    assert (known.ownership, known.payer, known.region) == ("ObjectWriter", "BucketOwner", "eu-west-1")
    assert not known.anyone_lists
    assert known.example == facts.Example(
        "s3://media/subs/a.srt", exists=True, encryption="aws:kms", grants_anyone=True, owner="them"
    )
    assert known.owner == "them"


def test_where_every_question_is_denied_the_sentence_says_what_it_may_be() -> None:
    with Wire(Aws({})) as wire:
        (found,) = explained(wire.url, "s3://media/subs/a.srt").values()
        assert wire.seen
    assert (found.access, found.cause) == ("denied", "not-told")
    assert "Block Public Access, Requester Pays, an owner in another account" in found.reason


def test_a_policy_status_that_may_be_read_alone_makes_the_stronger_sentence() -> None:
    with Wire(Aws({b"policyStatus": SETTINGS[b"policyStatus"]})) as wire:
        (found,) = explained(wire.url, "s3://media/subs/a.srt").values()
    assert found.cause == "no-grant"
    assert found.reason.endswith("the bucket policy makes nothing public (its PolicyStatus)")


def test_a_bucket_whose_readers_pay_refuses_anonymous_ones_whatever_its_policy() -> None:
    payer = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"
    with Wire(Aws(SETTINGS | {b"requestPayment": payer})) as wire:
        (found,) = explained(wire.url, "s3://media/subs/a.srt").values()
    assert (found.access, found.cause) == ("denied", "requester-pays")


def test_kms_is_told_by_the_code_of_one_request_a_folder() -> None:
    with Wire(Aws({}, 400, "InvalidArgument")) as wire:
        uris = [f"s3://media/{folder}/{n}.srt" for folder in "ab" for n in range(50)]
        found = explained(wire.url, *uris)
        ranged = [seen for seen in wire.seen if seen.header("Range")]
    assert {(one.access, one.cause) for one in found.values()} == {("denied", "kms")}
    assert len(ranged) == 2


@pytest.mark.parametrize(
    ("headers", "cause"),
    [
        ({"x-amz-storage-class": "GLACIER"}, "archived"),
        ({"x-amz-storage-class": "DEEP_ARCHIVE", "x-amz-restore": 'ongoing-request="true"'}, "archived"),
        (
            {"x-amz-storage-class": "INTELLIGENT_TIERING", "x-amz-archive-status": "ARCHIVE_ACCESS"},
            "archived",
        ),
        ({"x-amz-storage-class": "GLACIER", "x-amz-restore": 'ongoing-request="false", expiry-date="x"'}, ""),
        ({"x-amz-storage-class": "GLACIER_IR"}, ""),
        ({"x-amz-meta-note": "GLACIER"}, ""),
    ],
)
def test_an_archived_object_is_not_readable_though_its_head_is(headers: dict[str, str], cause: str) -> None:
    with Wire(lambda seen: http(200, headers=headers, head=True)) as wire:
        (found,) = explained(wire.url, "s3://media/a.srt").values()
    assert (found.access, found.cause) == ("denied" if cause else "public", cause)


def test_no_credentials_leave_the_verdict_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with Wire(Aws(SETTINGS)) as wire:
        (found,) = explained(wire.url, "s3://media/subs/a.srt").values()
        assert not [seen for seen in wire.seen if seen.header("Authorization")]
    assert (found.access, found.cause) == ("denied", "not-told")
    assert "no AWS credentials found" in found.reason


def test_an_endpoint_that_hears_no_question_is_asked_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(seen: Seen) -> Answer:
        return Answer(then="reset") if seen.header("Authorization") else Aws({})(seen)

    with Wire(answer) as wire:
        (found,) = explained(wire.url, "s3://media/a.srt").values()
        signed = [seen for seen in wire.seen if seen.header("Authorization")]
    assert (found.access, found.cause) == ("denied", "not-told")
    assert {seen.target for seen in signed} == {b"/media?policy"}
    assert len(signed) == 2  # tries


def test_a_trouble_while_asking_is_raised_and_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(bucket: str, s3: S3Settings) -> facts.Facts:
        raise RuntimeError(bucket)

    monkeypatch.setattr(facts, "collect", broken)
    with pytest.raises(RuntimeError, match="media"), Wire(Aws({})) as wire:
        explained(wire.url, "s3://media/a.srt")


# The account's level, written from the API reference


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have boto3 get recorded answers from STS and S3 Control, and tell what was asked."""
    asked: list[str] = []
    bodies = {
        "sts": b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>"
        b"</GetCallerIdentityResult></GetCallerIdentityResponse>",
        "s3-control": b"<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets>"
        b"</PublicAccessBlockConfiguration>",
    }

    class Raw:
        def __init__(self, body: bytes) -> None:
            self.body = body

        def stream(self, **_: object) -> Iterator[bytes]:
            yield self.body

    class Session(boto3.Session):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            for service, body in bodies.items():
                self.events.register(f"before-send.{service}", self.answer(service, body))

        def answer(self, service: str, body: bytes) -> Callable[..., AWSResponse]:
            def answer(request: Any, **_: Any) -> AWSResponse:
                asked.append(f"{request.method} {request.url}")
                return AWSResponse(request.url, 200, {}, Raw(body))

            return answer

    monkeypatch.setattr(boto3, "Session", Session)
    return asked


def test_the_accounts_switches_are_read_where_the_account_is_known(recorded: list[str]) -> None:
    found = account.of(S3Settings(region="us-west-2"))
    assert found is not None
    assert found.id == "111122223333"
    assert facts.switches(found.public_access_block()) == Block(policies=True)
    assert recorded[-1].startswith("GET https://111122223333.s3-control.us-west-2.amazonaws.com/v20180820/")


def test_an_account_that_the_credentials_name_is_not_asked_for(
    recorded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCOUNT_ID", "444455556666")
    found = account.of(S3Settings())
    assert found is not None
    assert (found.id, recorded) == ("444455556666", [])


def test_an_endpoint_that_is_not_aws_has_no_account(recorded: list[str]) -> None:
    assert account.of(S3Settings(endpoint_url="http://127.0.0.1:1")) is None
    assert account.of(S3Settings(no_sign_request=True)) is None
    assert recorded == []


def test_an_unread_answer_names_the_permission() -> None:
    with Wire(Aws({})) as wire:
        known = facts.collect("media", S3Settings(endpoint_url=wire.url))
    assert known.document == Unread("s3:GetBucketPolicy", "AccessDenied")
    assert known.block == Unread("s3:GetBucketPublicAccessBlock", "AccessDenied")


LOCATION = b"<LocationConstraint>us-west-2</LocationConstraint>"


@pytest.mark.parametrize(("is_ours", "cause"), [(True, "block-account"), (False, "not-told")])
def test_the_accounts_level_counts_for_the_accounts_own_buckets_only(
    monkeypatch: pytest.MonkeyPatch, is_ours: bool, cause: str
) -> None:
    restricting = {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True}}
    monkeypatch.setattr(account, "of", lambda *_: account.Account("111122223333", lambda: restricting))
    aws = Aws({b"policy": SETTINGS[b"policy"]})

    def answer(seen: Seen) -> Answer:
        if b"?location" in seen.target:
            assert seen.header("x-amz-expected-bucket-owner") == "111122223333"
            return http(200, LOCATION) if is_ours else http(403, b"<Error><Code>AccessDenied</Code></Error>")
        if seen.header("Authorization") and seen.method == "HEAD":
            return http(200, head=True)
        return aws(seen)

    with Wire(answer) as wire:
        (found,) = explained(wire.url, "s3://media/subs/a.srt").values()
    assert (found.access, found.cause) == ("denied", cause)
