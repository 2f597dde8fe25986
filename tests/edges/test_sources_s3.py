"""S3 listed, against real servers: every key, every refusal."""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions as boto
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl.errors import S3Error, TransferError, UsageError
from s3transfer_tl.model import S3Object, S3Settings
from s3transfer_tl.sandbox.store import free_ports
from s3transfer_tl.sources import decode, pages, refusals, spool
from s3transfer_tl.sources.contact import client
from s3transfer_tl.sources.pages import NoPageError, Page
from s3transfer_tl.sources.s3 import S3Source
from tests.conftest import RunLine
from tests.list_server import ListServer
from tests.servers import Moto, SeaweedFS, Server
from tests.wire import Wire, http

MakeBucket = Callable[[Server], str]

KEYS = [
    "a+b c#?%ü日本'a\"b'<&>.mp4",
    "100%25/%2F+%20",
    "tab\tand\rreturn",
    "control\x01",
    " spaces at both ends ",
    "~-._*()!@$=;:,'",
    "e\u0301 and \u00e9",
    "\U0001f3ac" * 50,
    "x/",
]
SEAWEED_KEYS = [*KEYS, "new\nline"]  # it folds // away
MOTO_KEYS = [*KEYS, "//a//b/", "/leading", "a/../b", "./a", "..", "\U0001f3ac" * 256]  # no newline


@pytest.fixture(autouse=True)
def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def sign(monkeypatch: pytest.MonkeyPatch, access_key: str, secret_key: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret_key)


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    sign(monkeypatch, Server.access_key, Server.secret_key)


def listed(bucket: str, prefix: str = "", **settings: Any) -> list[S3Object]:
    return [found for page in S3Source(bucket, prefix, S3Settings(**settings)).pages() for found in page]


def refusal(bucket: str, **settings: Any) -> TransferError:
    with pytest.raises(TransferError) as caught:
        listed(bucket, **settings)
    assert caught.value.hint
    return caught.value


def filled(server: Server, bucket: MakeBucket, keys: list[str]) -> str:
    name = bucket(server)
    for key in keys:
        server.client().put_object(Bucket=name, Key=key, Body=b"x")
    return name


# --- what comes out -----------------------------------------------------------------------------


@pytest.mark.usefixtures("signed")
def test_seaweedfs_keys_come_through_byte_for_byte(seaweed: SeaweedFS, bucket: MakeBucket) -> None:
    name = filled(seaweed, bucket, SEAWEED_KEYS)
    found = listed(name, endpoint_url=seaweed.endpoint_url)
    assert sorted(one.key for one in found) == sorted(SEAWEED_KEYS)
    assert {one.bucket for one in found} == {name}


@pytest.mark.usefixtures("signed")
def test_moto_keys_come_through_byte_for_byte(moto: Moto, bucket: MakeBucket) -> None:
    name = filled(moto, bucket, MOTO_KEYS)
    found = listed(name, endpoint_url=moto.endpoint_url)
    assert [one.key for one in found] == sorted(MOTO_KEYS, key=str.encode)


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(("server", "keys"), [("seaweed", SEAWEED_KEYS), ("moto", MOTO_KEYS)])
def test_what_is_listed_is_what_botocore_lists(
    server: str, keys: list[str], bucket: MakeBucket, request: pytest.FixtureRequest
) -> None:
    running: Server = request.getfixturevalue(server)
    name = filled(running, bucket, keys)
    found = listed(name, endpoint_url=running.endpoint_url)
    plain = running.client().list_objects_v2(Bucket=name)
    assert [one._replace(last_modified=None) for one in found] == [
        S3Object(name, row["Key"], row["Size"], row["ETag"].strip('"'), None, row["StorageClass"])
        for row in plain["Contents"]
    ]
    assert [one.last_modified[:19] for one in found if one.last_modified] == [
        row["LastModified"].strftime("%Y-%m-%dT%H:%M:%S") for row in plain["Contents"]
    ]


@pytest.mark.usefixtures("signed")
def test_a_prefix_is_a_string_and_folder_markers_are_objects(seaweed: SeaweedFS, bucket: MakeBucket) -> None:
    name = filled(seaweed, bucket, ["shows/", "shows/a.mp4", "shows2/b.mp4", "other/c.mp4"])
    source = S3Source(name, "shows", S3Settings(endpoint_url=seaweed.endpoint_url))
    keys = {one.key for page in source.pages() for one in page}
    assert keys == {"shows/", "shows/a.mp4", "shows2/b.mp4"}
    assert source.root == f"s3://{name}/shows"


@pytest.mark.usefixtures("signed")
def test_an_odd_prefix_is_sent_as_it_is(moto: Moto, bucket: MakeBucket) -> None:
    name = filled(moto, bucket, ["a+b c%2F/#?/ü.mp4", "a b/c"])
    assert [one.key for one in listed(name, "a+b c%2F/#?/", endpoint_url=moto.endpoint_url)] == [
        "a+b c%2F/#?/ü.mp4"
    ]


@pytest.mark.usefixtures("signed")
def test_pages_follow_each_other_to_the_end(moto: Moto, bucket: MakeBucket) -> None:
    name = filled(moto, bucket, [f"{number:04d}" for number in range(1001)])
    source = S3Source(name, "", S3Settings(endpoint_url=moto.endpoint_url))
    pages = list(source.pages())
    assert [len(page) for page in pages] == [1000, 1]
    assert [one.key for page in pages for one in page] == [f"{number:04d}" for number in range(1001)]


@pytest.mark.usefixtures("signed")
def test_an_empty_prefix_yields_no_page(seaweed: SeaweedFS, bucket: MakeBucket) -> None:
    assert (
        list(S3Source(bucket(seaweed), "none/", S3Settings(endpoint_url=seaweed.endpoint_url)).pages()) == []
    )


def test_a_public_bucket_is_listed_without_credentials(seaweed: SeaweedFS, bucket: MakeBucket) -> None:
    name = filled(seaweed, bucket, ["a"])
    seaweed.client().put_bucket_acl(Bucket=name, ACL="public-read")
    assert [one.key for one in listed(name, endpoint_url=seaweed.endpoint_url, no_sign_request=True)] == ["a"]


def test_a_profile_brings_its_credentials_region_and_addressing(
    seaweed: SeaweedFS, bucket: MakeBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text(
        f"[profile studio]\naws_access_key_id = {seaweed.access_key}\n"
        f"aws_secret_access_key = {seaweed.secret_key}\nregion = eu-west-1\ns3 =\n  addressing_style = path\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    name = filled(seaweed, bucket, ["a"])
    assert [one.key for one in listed(name, endpoint_url=seaweed.endpoint_url, profile="studio")] == ["a"]
    error = refusal(name, endpoint_url=seaweed.endpoint_url, profile="studoi")
    assert (error.message, error.hint) == ("no AWS profile named studoi", "did you mean studio?")


# --- refusals that a server shows ---------------------------------------------------------------


@pytest.mark.usefixtures("signed")
def test_no_such_bucket(seaweed: SeaweedFS) -> None:
    error = refusal("no-such-bucket", endpoint_url=seaweed.endpoint_url)
    assert (error.message, error.exit_code) == ("no such bucket: no-such-bucket", 4)


def test_access_denied_names_the_permission(
    seaweed: SeaweedFS, bucket: MakeBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bucket(seaweed)
    sign(monkeypatch, seaweed.limited_access_key, seaweed.limited_secret_key)
    error = refusal(name, endpoint_url=seaweed.endpoint_url)
    assert error.message.startswith("access denied")
    assert f"s3:ListBucket on arn:aws:s3:::{name}" in error.hint
    assert error.exit_code == 4


def test_access_denied_to_anyone(seaweed: SeaweedFS, bucket: MakeBucket) -> None:
    error = refusal(bucket(seaweed), endpoint_url=seaweed.endpoint_url, no_sign_request=True)
    assert "may not be listed anonymously" in error.message
    assert "--no-sign-request" in error.hint


def test_an_unknown_access_key(
    seaweed: SeaweedFS, bucket: MakeBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign(monkeypatch, "AKNOBODY", "x")
    assert (
        "does not know this access key" in refusal(bucket(seaweed), endpoint_url=seaweed.endpoint_url).message
    )


def test_a_wrong_secret_key(seaweed: SeaweedFS, bucket: MakeBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    sign(monkeypatch, seaweed.access_key, "SKsecret")
    error = refusal(bucket(seaweed), endpoint_url=seaweed.endpoint_url)
    assert "SignatureDoesNotMatch" in error.message
    assert "SKsecret" not in error.message + error.hint


def test_no_credentials(seaweed: SeaweedFS) -> None:
    error = refusal("bucket", endpoint_url=seaweed.endpoint_url)
    assert (error.message, error.exit_code) == ("no AWS credentials found", 4)
    assert "--profile" in error.hint
    assert "--no-sign-request" in error.hint


def test_half_a_pair_of_credentials(seaweed: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    assert "AWS_SECRET_ACCESS_KEY is missing" in refusal("bucket", endpoint_url=seaweed.endpoint_url).message


def test_an_unknown_profile() -> None:
    error = refusal("bucket", profile="studio")
    assert isinstance(error, UsageError)
    assert error.hint == "make one: aws configure --profile studio"


@pytest.mark.usefixtures("signed")
def test_a_bucket_name_that_boto3_will_not_send(seaweed: SeaweedFS) -> None:
    error = refusal("a b", endpoint_url=seaweed.endpoint_url)
    assert isinstance(error, UsageError)
    assert "not a bucket name: 'a b'" in error.message


@pytest.mark.usefixtures("signed")
def test_a_dead_endpoint() -> None:
    (port,) = free_ports(1)
    error = refusal("bucket", endpoint_url=f"http://127.0.0.1:{port}")
    assert error.message.startswith(f"cannot reach http://127.0.0.1:{port}: ")
    assert error.exit_code == 4


@pytest.mark.usefixtures("signed")
def test_a_host_that_no_name_server_knows() -> None:
    error = refusal("bucket", endpoint_url="http://storage.invalid")
    assert error.message.startswith("cannot reach http://storage.invalid: ")
    assert error.exit_code == 4


@pytest.mark.usefixtures("signed")
def test_an_endpoint_that_is_no_url() -> None:
    assert isinstance(refusal("bucket", endpoint_url="storage.invalid"), UsageError)


@pytest.mark.usefixtures("signed")
def test_tls_where_there_is_none(seaweed: SeaweedFS) -> None:
    error = refusal("bucket", endpoint_url=seaweed.endpoint_url.replace("http:", "https:"))
    assert error.message.startswith("no trusted connection to https://")
    assert "--ca-bundle" in error.hint
    assert error.exit_code == 4


@pytest.mark.usefixtures("signed")
def test_a_missing_ca_bundle(seaweed: SeaweedFS, tmp_path: Path) -> None:
    url = seaweed.endpoint_url.replace("http:", "https:")
    error = refusal("bucket", endpoint_url=url, verify=str(tmp_path / "ca.pem"))
    assert isinstance(error, UsageError)
    assert "ca.pem" in error.message


@pytest.mark.usefixtures("signed")
def test_a_dead_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("HTTP_PROXY", f"http://someone:hunter2@127.0.0.1:{port}")
    error = refusal("bucket", endpoint_url="http://127.0.0.1:1")
    assert "cannot reach the proxy" in error.message
    assert "hunter2" not in error.message


# --- refusals in S3's own words -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "fields", "message", "hint"),
    [
        ("PermanentRedirect", {"Region": "eu-west-1"}, "another region: eu-west-1", "--region eu-west-1"),
        (
            "AuthorizationHeaderMalformed",
            {"Message": "the region 'us-east-1' is wrong; expecting 'ap-south-1'"},
            "another region: ap-south-1",
            "--region ap-south-1",
        ),
        ("IllegalLocationConstraintException", {}, "in another region", "--region REGION"),
        ("ExpiredToken", {}, "have expired", "aws sso login"),
        ("RequestTimeTooSkewed", {}, "clock", "set the clock"),
        ("SlowDown", {}, "fewer requests", "run again"),
        ("InvalidBucketName", {}, "not a bucket name", "3 to 63"),
        ("AllAccessDisabled", {}, "access denied", "s3:ListBucket"),
        ("XNotHeardOf", {"Message": "It says so."}, "s3://bucket: XNotHeardOf It says so.", "S3's own"),
    ],
)
def test_an_error_code_gets_its_sentence(code: str, fields: dict[str, str], message: str, hint: str) -> None:
    answer = {"Error": {"Code": code, **fields}}
    with (
        pytest.raises(TransferError) as caught,
        refusals.translated(S3Settings(region="us-east-1"), "bucket"),
    ):
        raise ClientError(answer, "ListObjectsV2")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == (2 if code == "InvalidBucketName" else 4)


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        (
            boto.ReadTimeoutError(endpoint_url="https://s3.test/b?x"),
            "no answer in time from https://s3.test",
            S3Error,
        ),
        (boto.ConnectTimeoutError(endpoint_url="https://s3.test/"), "no answer in time", S3Error),
        (boto.UnauthorizedSSOTokenError(), "credentials could not be fetched", S3Error),
        (
            boto.CredentialRetrievalError(provider="p", error_msg="m"),
            "credentials could not be fetched",
            S3Error,
        ),
        (boto.InvalidRegionError(region_name="x y"), "cannot work with these settings", UsageError),
        (
            boto.ConnectionClosedError(endpoint_url="https://s3.test/"),
            "cannot reach https://s3.test",
            S3Error,
        ),
    ],
)
def test_a_failure_without_an_answer_gets_its_sentence(
    error: Exception, message: str, kind: type[TransferError]
) -> None:
    with pytest.raises(kind, match=message), refusals.translated(S3Settings(), "bucket"):
        raise error


PAIR = b"aws_access_key_id = AKTEST\naws_secret_access_key = SKTEST\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[default]\nregion = a\n[profile x\nfoo\n", ":3: neither"),
        (b"region = a\n", ":1: it comes before any"),
        (b"[default]\na = 1\n[default]\nb = 2\n", ":3: this section is there twice"),
        (b"[default]\na = 1\na = 2\n", ":3: this setting is there twice"),
        (b"[default]\ns3 =\n  foo\n", ": an indented line"),
        (b"[default]\nregion = \xff\n", ": it is not UTF-8"),
        (b"[default]\ncredential_process = echo secret\n", "credential_process prints no JSON"),
        (b"[default]\nmax_attempts = many\n" + PAIR, "a number in a setting of the profile, not 'many'"),
    ],
)
def test_a_profile_that_boto3_cannot_read_is_told_with_its_line(
    text: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_bytes(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_MAX_ATTEMPTS"):
        monkeypatch.delenv(name, raising=False)
    told = refusal("bucket", endpoint_url="http://127.0.0.1:9")
    assert said in told.message
    assert (told.exit_code, "secret" in told.message) == (2, False)


@pytest.mark.usefixtures("signed")
def test_a_variable_that_holds_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "abc")
    told = refusal("bucket", endpoint_url="http://127.0.0.1:9")
    assert (told.message, told.exit_code) == ("boto3 wants a number in AWS_MAX_ATTEMPTS, not 'abc'", 2)


def test_a_fault_of_our_own_is_not_blamed_on_s3() -> None:
    with pytest.raises(ValueError, match="ours"), refusals.translated(S3Settings(), "bucket"):
        raise ValueError("ours")


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize("token", [b"", b"<NextContinuationToken>again</NextContinuationToken>"])
def test_a_listing_that_cannot_go_on_is_never_taken_for_whole(token: bytes) -> None:
    body = page(BARE_ROW % b"a", more=b"<IsTruncated>true</IsTruncated>" + token).replace(TAIL, TAIL[-19:])
    with Wire(lambda seen: http(body=body)) as server:
        assert "cannot go on" in refusal("bucket", endpoint_url=server.url).message


@pytest.mark.usefixtures("signed")
def test_requester_pays_is_asked_for_and_signed_on_every_page() -> None:
    with ListServer(["a", "b", "c"], page_size=1, keep=True) as server:
        listed("bucket", endpoint_url=server.url, request_payer="requester")
    heads = [head.lower() for head in server.seen]
    assert len(heads) == 3
    assert all("x-amz-request-payer: requester" in head for head in heads)
    assert all("x-amz-request-payer" in head.split("signedheaders=")[1].split(",")[0] for head in heads)


@pytest.mark.usefixtures("signed")
def test_nothing_is_paid_for_unasked() -> None:
    with ListServer(["a", "b"], page_size=1, keep=True) as server:
        listed("bucket", endpoint_url=server.url)
    assert not [head for head in server.seen if "request-payer" in head.lower()]


# --- answers that no server here gives ----------------------------------------------

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
TAIL = b"<IsTruncated>false</IsTruncated></ListBucketResult>"
AWS_ROW = (
    b"<Contents><Key>%b</Key><LastModified>2199-01-02T03:04:05.000Z</LastModified>"
    b"<ETag>&quot;9e107d9d372bb6826bd81d3542a419d6&quot;</ETag>"
    b"<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA1</ChecksumAlgorithm>"
    b"<ChecksumType>FULL_OBJECT</ChecksumType><Size>5</Size><StorageClass>STANDARD</StorageClass></Contents>"
)
OWNED_ROW = AWS_ROW.replace(b"<StorageClass>", b"<Owner><ID>i</ID></Owner><StorageClass>")
BARE_ROW = b"<Contents><Key>%b</Key><Size>0</Size></Contents>"
NO_ETAG_ROW = re.sub(rb"<ETag>.*</ETag>", b"", AWS_ROW)
SHORT_ETAG_ROW = AWS_ROW.replace(b"9e107d9d372bb6826bd81d3542a419d6", b"e")
PARTS_ETAG_ROW = AWS_ROW.replace(b"a419d6", b"a419d6-12")
SEAWEED_ROW = (
    b"<Contents><Key>%b</Key><ETag>&#34;e&#34;</ETag><Size>7</Size><StorageClass>STANDARD</StorageClass>"
    b"<LastModified>2026-11-22T09:11:46.000Z</LastModified></Contents>"
)


def as_botocore_reads(body: bytes) -> list[S3Object]:
    """Serve ``body`` once to plain boto3."""
    with Wire(lambda seen: http(body=body)) as server:
        s3 = client(S3Settings(endpoint_url=server.url, no_sign_request=True))
        with closing(s3):
            answer = s3.list_objects_v2(Bucket="bucket")
    return [
        S3Object(
            "bucket",
            row["Key"],
            row.get("Size"),
            row["ETag"].strip('"') if "ETag" in row else None,
            row["LastModified"].strftime("%Y-%m-%dT%H:%M:%S.000Z") if "LastModified" in row else None,
            row.get("StorageClass"),
        )
        for row in answer.get("Contents", ())
    ]


def page(*rows: bytes, more: bytes = b"") -> bytes:
    return HEAD + b"".join(rows) + more + TAIL


@pytest.mark.parametrize(
    ("rows", "taken"),
    [
        ([AWS_ROW % b"a", AWS_ROW % b"b"], True),
        ([AWS_ROW % b"a", OWNED_ROW % b"b"], True),
        ([OWNED_ROW % b"a", OWNED_ROW % b"b"], True),
        ([AWS_ROW % b"a", SHORT_ETAG_ROW % b"b", PARTS_ETAG_ROW % b"c"], True),
        ([SHORT_ETAG_ROW % b"a", SHORT_ETAG_ROW % b"b"], True),
        ([SEAWEED_ROW % b"a", b"\n", SEAWEED_ROW % "\u00fc&amp;".encode()], True),
        ([SEAWEED_ROW % b"a", AWS_ROW % b"b"], True),
        ([SEAWEED_ROW % b"a", NO_ETAG_ROW % b"b"], False),
        ([AWS_ROW.replace(b"<Size>5", b"<Size>05") % b"a"], False),
        ([BARE_ROW % b"a", BARE_ROW % b"b"], True),
        ([AWS_ROW % b"a\n", b"\n  ", AWS_ROW % b" b "], True),
        ([AWS_ROW % "&amp;&lt;&gt;&quot;&apos;&#252;&#x65e5;&#13;ü".encode()], True),
        ([AWS_ROW % b"a", NO_ETAG_ROW % b"b"], False),
        ([AWS_ROW % b"a", b"<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>", AWS_ROW % b"b"], False),
        ([AWS_ROW % b"<![CDATA[a&b]]>"], False),
        ([AWS_ROW % b"a", b"<KeyCount>9</KeyCount>"], False),
        ([AWS_ROW % b"a\rb"], False),
        ([b"<Contents >", (AWS_ROW % b"a").removeprefix(b"<Contents>")], False),
    ],
)
def test_a_page_is_read_as_botocore_reads_it_whoever_reads_it(rows: list[bytes], taken: bool) -> None:
    body = page(*rows)
    found = Page(body)
    told = re.search(rb"<KeyCount>(\d+)<", body)
    inner = decode.split(body)[1]
    proven = decode.proven(inner, int(told[1]) if told else None, False) if inner else None
    assert (proven is not None) == taken
    assert list(decode.Objects("bucket", found.columns)) == as_botocore_reads(body)
    assert found.truncated is False
    assert found.last_key == found.columns.key[-1]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9), min_size=1))
def test_keys_survive_url_encoding(keys: list[str]) -> None:
    from urllib.parse import quote, quote_plus

    for encode in (quote, quote_plus):
        rows = [AWS_ROW % encode(key).encode() for key in keys]
        found = Page(page(*rows, more=b"<EncodingType>url</EncodingType>"))
        assert found.last_key == keys[-1]
        assert list(found.columns.key) == keys


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9), min_size=1),
    st.sampled_from([("1", "e", "2199", "GLACIER"), (None, None, None, None), ("0", 'q"\\', "\n", None)]),
)
def test_a_page_is_written_as_its_objects_are(keys: list[str], told: tuple[str | None, ...]) -> None:
    size, *others = ([value] * len(keys) for value in told)
    columns = decode.Columns(keys, size, *others)
    for columns_told in (columns, columns._replace(etag=None)):
        page = decode.Objects("bucket", columns_told)
        fast, plain = io.BytesIO(), io.BytesIO()
        spool.write_page(page, fast)
        spool.write_page(list(page), plain)
        assert fast.getvalue() == plain.getvalue()


def test_the_objects_of_a_page_are_a_sequence() -> None:
    keys = ["a", "b", "c"]
    page = decode.Objects("bucket", decode.Columns(keys, ["1", None, "3"], None, None, None))
    assert [one.key for one in page] == keys
    assert [page[0].size, page[1].size, page[-1].size] == [1, None, 3]
    assert [one.key for one in page[1:]] == ["b", "c"]
    assert len(page[:2]) == 2
    with pytest.raises(IndexError):
        page[3]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9), min_size=1))
def test_keys_survive_xml(keys: list[str]) -> None:
    from xml.sax.saxutils import escape

    found = Page(page(*(AWS_ROW % escape(key).encode() for key in keys)))
    assert found.last_key == keys[-1]
    assert list(found.columns.key) == keys


@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0"?><Error><Code>InternalError</Code><Message>m</Message></Error>',
        page(AWS_ROW % b"a", AWS_ROW % b"b")[:-40],
        page(AWS_ROW % b"a", AWS_ROW % b"b")[:-300],
    ],
)
def test_an_error_or_half_a_page_inside_a_200_is_an_error(body: bytes) -> None:
    with pytest.raises(NoPageError):
        Page(body)
    with Wire(lambda seen: http(body=body)) as server:
        assert refusal("bucket", endpoint_url=server.url, no_sign_request=True).exit_code == 4
        assert all(seen.method == "GET" for seen in server.seen)


def test_a_listing_let_go_of_early_leaves_nothing_open(seaweed: SeaweedFS, bucket: MakeBucket) -> None:
    name = filled(seaweed, bucket, ["a"])
    seaweed.client().put_bucket_acl(Bucket=name, ACL="public-read")
    pages = S3Source(name, "", S3Settings(endpoint_url=seaweed.endpoint_url, no_sign_request=True)).pages()
    assert len(next(pages)) == 1
    pages.close()


def test_a_silent_server_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.config import Config

    plain = Config.merge
    monkeypatch.setattr(
        Config, "merge", lambda self, other: plain(plain(self, other), Config(read_timeout=0.2))
    )
    monkeypatch.setattr(pages, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert (
            refusal("bucket", endpoint_url=url, no_sign_request=True).message
            == f"no answer in time from {url}"
        )


@pytest.mark.parametrize("name", ["AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_credentials_that_no_header_can_carry_are_refused_and_never_shown(
    seaweed: SeaweedFS, run_line: RunLine, name: str
) -> None:
    env = seaweed.env() | {name: "SHOWN-NOWHERE\nsecond"}
    done = run_line(["list", "s3://open/", "--debug"], env=env)
    assert (done.code, "no header can carry" in done.stderr) == (2, True), done.stderr
    assert "SHOWN-NOWHERE" not in done.stdout + done.stderr


def test_garbage_is_collected_again_after_a_client_is_made_or_refused() -> None:
    import gc

    for settings in (S3Settings(region="us-east-1"), S3Settings(profile="no-such-profile")):
        with suppress(UsageError), closing(client(settings)):
            pass
        assert gc.isenabled()
