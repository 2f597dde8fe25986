from __future__ import annotations

import itertools
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from s3transfer_tl import access, bulk, s3http
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import AccessVerdict, S3Settings
from tests.edges.test_bulk import AWKWARD_KEYS
from tests.servers import Moto, SeaweedFS, Server
from tests.wire import Answer, Seen, Wire, http, silent_port

KMS = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."


def verdicts(wire: Wire | Server | str, *uris: str, **options: object) -> dict[str, AccessVerdict]:
    url = wire if isinstance(wire, str) else wire.url if isinstance(wire, Wire) else wire.endpoint_url
    found = list(access.check(uris, s3=S3Settings(endpoint_url=url), **options))  # type: ignore[arg-type]
    assert Counter(verdict.uri for verdict in found) == Counter(uris)
    return {verdict.uri: verdict for verdict in found}


def error(seen: Seen, status: int, code: str, message: str = "") -> Answer:
    """Answer as S3 does: the XML error in a body, and no body to a HEAD."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    return http(status, body, head=seen.method == "HEAD")


def s3_like(seen: Seen) -> Answer:
    match seen.target.rsplit(b".", 1)[-1]:
        case b"denied":
            return error(seen, 403, "AccessDenied", "Access Denied")
        case b"missing":
            return error(seen, 404, "NoSuchKey")
        case b"kms":
            return error(seen, 400, "InvalidArgument", KMS)
        case b"marker":
            return error(seen, 405, "MethodNotAllowed", "The specified method is not allowed.")
        case b"broken":
            return error(seen, 500, "InternalError")
    return http(200, b"1", head=seen.method == "HEAD")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_BACKOFF", 0.001)


# Verdicts and reasons


@pytest.mark.usefixtures("quick")
def test_each_answer_has_its_verdict_and_a_sentence() -> None:
    with Wire(s3_like) as wire:
        found = verdicts(
            wire, *(f"s3://media/x.{end}" for end in ("srt", "denied", "missing", "kms", "broken"))
        )
    assert [(v.access, v.status) for _, v in sorted(found.items())] == [
        ("unknown", 500),
        ("denied", 403),
        ("denied", 400),
        ("missing", 404),
        ("public", 200),
    ]
    reasons = {uri.rsplit(".", 1)[-1]: verdict.reason for uri, verdict in found.items()}
    assert reasons["srt"] == "200: anyone can read it"
    assert reasons["denied"] == (
        "403 AccessDenied: anyone must be able to read it, but S3 refuses an anonymous request"
        " (private, or gone)"
    )
    assert reasons["missing"] == "404 NoSuchKey: there is no such object"
    assert reasons["kms"].startswith("400 InvalidArgument: SSE-KMS encrypts it")


def test_an_answer_that_settles_nothing_is_unknown() -> None:
    with Wire(s3_like) as wire:
        (verdict,) = verdicts(wire, "s3://media/x.marker").values()
    assert (verdict.access, verdict.status) == ("unknown", 405)
    assert verdict.reason.startswith("405 MethodNotAllowed: The specified method is not allowed;")


def test_a_bucket_that_does_not_exist_is_told_as_that() -> None:
    with Wire(lambda seen: error(seen, 404, "NoSuchBucket")) as wire:
        (verdict,) = verdicts(wire, "s3://media/x.srt").values()
    assert verdict[1:5] == ("missing", 404, "404 NoSuchBucket: there is no such bucket", "NoSuchBucket")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "x.srt",
        "https://media/x",
        "s3://",
        "s3://media",
        "s3://media/",
        "s3:///x.srt",
        "s3://me dia/x",
        "s3://evil@host/x",
        "s3://m/\ud800",
    ],
)
def test_what_names_no_object_is_unknown_and_never_asked(uri: str) -> None:
    with Wire() as wire:
        found = verdicts(wire, uri, "s3://media/good.srt")
        assert (found[uri].access, found[uri].status) == ("unknown", 0)
        assert "s3://BUCKET/KEY" in found[uri].reason
        assert found["s3://media/good.srt"].access == "public"
        assert [seen.target for seen in wire.seen] == [b"/media/good.srt"]


def test_a_thousand_failures_of_a_bucket_cost_one_more_request() -> None:
    with Wire(s3_like) as wire:
        found = verdicts(wire, *(f"s3://media/{n}.denied" for n in range(1000)))
        gets = [seen for seen in wire.seen if seen.method == "GET"]
    assert {verdict.access for verdict in found.values()} == {"denied"}
    assert len({verdict.reason for verdict in found.values()}) == 1
    assert [get.header("Range") for get in gets] == ["bytes=0-0"]
    assert len(wire.seen) == 1001


def test_groups_are_told_apart_by_bucket_and_status() -> None:
    def answer(seen: Seen) -> Answer:
        code = "AllAccessDisabled" if seen.target.startswith(b"/frozen/") else "AccessDenied"
        return error(seen, 404, "NoSuchKey") if seen.target.endswith(b".missing") else error(seen, 403, code)

    with Wire(answer) as wire:
        found = verdicts(wire, "s3://frozen/a", "s3://media/a", "s3://media/b", "s3://media/c.missing")
        assert sum(seen.method == "GET" for seen in wire.seen) == 3
    assert "switched off by AWS" in found["s3://frozen/a"].reason
    assert "S3 refuses an anonymous request" in found["s3://media/b"].reason
    assert found["s3://media/c.missing"].access == "missing"


def test_verdicts_do_not_wait_for_a_reason_that_is_slow_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access.probe, "MOST_WAITING", 10)

    def answer(seen: Seen) -> Answer:
        if seen.method == "GET":
            return http(403, b"<Code>AccessDenied</Code>", delay=0.5)
        return http(403, head=True)

    with Wire(answer) as wire:
        found = list(
            access.check((f"s3://m-1/{n}" for n in range(100)), s3=S3Settings(endpoint_url=wire.url))
        )
    assert Counter(v.reason.split(":")[0] for v in found) == {"403": 90, "403 AccessDenied": 10}
    assert {v.access for v in found} == {"denied"}


# Exactly the key, and anonymously


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_path_style_asks_for_exactly_the_key(key: str) -> None:
    with Wire() as wire:
        assert verdicts(wire, f"s3://media/{key}")[f"s3://media/{key}"].access == "public"
        assert [seen.target for seen in wire.seen] == [b"/media/" + quote(key, safe="/~").encode()]


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_virtual_hosted_style_asks_for_exactly_the_key(key: str) -> None:
    with Wire() as wire:
        aws = f"http://s3.{{region}}.localhost:{wire.port}"
        (verdict,) = access.check([f"s3://media/{key}"], s3=S3Settings(), aws=aws)
        assert verdict.access == "public"
        assert [seen.target for seen in wire.seen] == [b"/" + quote(key, safe="/~").encode()]
        assert wire.seen[0].header("Host") == f"media.s3.us-west-2.localhost:{wire.port}"


@pytest.mark.parametrize("bucket", ["media.example.com", "Old_Bucket", "ab.cd"])
def test_a_bucket_that_is_no_host_label_is_asked_in_path_style(bucket: str) -> None:
    with Wire() as wire:
        aws = f"http://s3.{{region}}.localhost:{wire.port}"
        list(access.check([f"s3://{bucket}/k"], s3=S3Settings(region="eu-west-1"), aws=aws))
        assert wire.seen[0].target == f"/{bucket}/k".encode()
        assert wire.seen[0].header("Host") == f"s3.eu-west-1.localhost:{wire.port}"


def test_a_request_carries_nothing_that_tells_who_asks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login user password made-up\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKMADEUP")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    with Wire(lambda seen: http(403, headers={"Set-Cookie": "a=b"}, head=seen.method == "HEAD")) as wire:
        verdicts(wire.url.replace("//", "//user:word@"), "s3://media/a", "s3://media/b")
        names = {line.split(b":")[0] for seen in wire.seen for line in seen.head.split(b"\r\n")[1:-2]}
        assert names == {b"Host", b"User-Agent", b"Range"}
        assert {seen.method for seen in wire.seen} == {"HEAD", "GET"}


# Regions


def moved(seen: Seen, status: int = 301, home: str = "eu-central-1") -> Answer:
    """Answer as a region that is not the bucket's, and as its own."""
    if f".s3.{home}." in str(seen.header("Host")):
        return http(200, head=True)
    headers = {"x-amz-bucket-region": home, "Location": "http://127.0.0.1:1/never-followed"}
    return http(status, headers=headers, head=True)


@pytest.mark.parametrize("status", [301, 307, 400])
def test_a_redirect_is_followed_by_its_region_header_once_a_bucket(status: int) -> None:
    with Wire(lambda seen: moved(seen, status)) as wire:
        aws = f"http://s3.{{region}}.localhost:{wire.port}"
        uris = [f"s3://media/{n}" for n in range(200)]
        found = list(access.check(uris, s3=S3Settings(), aws=aws))
        assert Counter(v.uri for v in found) == Counter(uris)
        assert {v.access for v in found} == {"public"}
        assert len(wire.seen) < 200 + 20  # the window of the first answers at most


def test_a_known_region_is_asked_first() -> None:
    with Wire(moved) as wire:
        aws = f"http://s3.{{region}}.localhost:{wire.port}"
        region_of = {"media": "eu-central-1"}.get
        (verdict,) = access.check(["s3://media/x"], s3=S3Settings(), aws=aws, region_of=region_of)
        assert (verdict.access, len(wire.seen)) == ("public", 1)


def test_regions_that_send_each_other_round_end_as_unknown() -> None:
    homes = itertools.cycle(["eu-west-1", "eu-west-2"])
    with Wire(lambda seen: http(301, headers={"x-amz-bucket-region": next(homes)}, head=True)) as wire:
        aws = f"http://s3.{{region}}.localhost:{wire.port}"
        (verdict,) = access.check(["s3://media/x"], s3=S3Settings(), aws=aws)
        assert (verdict.access, verdict.status, len(wire.seen)) == ("unknown", 301, 2)


def test_a_redirect_of_a_given_endpoint_is_told_and_not_followed() -> None:
    with Wire(moved) as wire:
        (verdict,) = verdicts(wire, "s3://media/x").values()
        assert (verdict.access, verdict.status) == ("unknown", 301)
        assert "eu-central-1" in verdict.reason
        assert len(wire.seen) == 1


@pytest.mark.parametrize("region", ["evil.example/", "a b", "", "eu@host"])
def test_a_region_that_is_none_is_not_followed(region: str) -> None:
    with Wire(lambda seen: http(301, headers={"x-amz-bucket-region": region}, head=True)) as wire:
        aws = f"http://s3.{{region}}.localhost:{wire.port}"
        (verdict,) = access.check(["s3://media/x"], s3=S3Settings(), aws=aws)
        assert (verdict.access, verdict.status) == ("unknown", 301)
        assert {seen.header("Host") for seen in wire.seen} == {f"media.s3.us-west-2.localhost:{wire.port}"}


# Outages


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_outage_is_unknown_and_never_denied(status: int) -> None:
    with Wire(lambda seen: http(status, head=True)) as wire:
        (verdict,) = verdicts(wire, "s3://media/x").values()
    assert (verdict.access, verdict.status) == ("unknown", status)


@pytest.mark.usefixtures("quick")
def test_a_verdict_stands_when_only_its_reason_cannot_be_read() -> None:
    with Wire(lambda seen: http(403, head=True) if seen.method == "HEAD" else Answer(then="reset")) as wire:
        found = verdicts(wire, "s3://media/x", "s3://media/y")
    assert {v.access for v in found.values()} == {"denied"}
    assert {v.reason.split(" (")[0] for v in found.values()} == {
        "403: anyone must be able to read it, but S3 refuses an anonymous request"
    }


def test_a_dead_endpoint_makes_every_object_unknown_without_minutes_of_waiting() -> None:
    begun = time.perf_counter()
    found = verdicts(f"http://127.0.0.1:{silent_port()}", *(f"s3://media/{n}" for n in range(5000)))
    assert {v.access for v in found.values()} == {"unknown"}
    assert all(v.reason.startswith("no answer: ") and "127.0.0.1" in v.reason for v in found.values())
    assert time.perf_counter() - begun < 10


def test_one_key_in_twenty_throttled_or_reset_still_ends_with_the_true_verdict() -> None:
    tried: Counter[bytes] = Counter()

    def answer(seen: Seen) -> Answer:
        tried[seen.target] += 1
        if tried[seen.target] == 1 and zlib.crc32(seen.target) % 20 < 2:
            return http(503, head=True) if seen.number % 2 else Answer(then="reset")
        return s3_like(seen)

    ends = ("srt", "denied", "missing")
    with Wire(answer) as wire:
        found = verdicts(wire, *(f"s3://media/{n}.{ends[n % 3]}" for n in range(1500)))
    wanted = dict(zip(ends, ("public", "denied", "missing"), strict=True))
    assert all(v.access == wanted[uri.rsplit(".", 1)[-1]] for uri, v in found.items())


# The stream


def test_uris_are_pulled_only_as_verdicts_leave() -> None:
    pulled = 0

    def uris() -> Iterator[str]:
        nonlocal pulled
        for n in range(2000):
            pulled += 1
            yield f"s3://media/{n}"

    with Wire() as wire:
        settings = S3Settings(endpoint_url=wire.url)
        for judged, _ in enumerate(access.check(uris(), s3=settings, max_in_flight=16)):
            assert pulled <= judged + 2 * 16 + 1
        assert judged == 1999


def test_a_check_that_is_left_early_closes_its_connections() -> None:
    with Wire() as wire:
        stream = access.check((f"s3://media/{n}" for n in range(100)), s3=S3Settings(endpoint_url=wire.url))
        assert next(stream).access == "public"
        stream.close()  # type: ignore[attr-defined]


# Trust


def test_certificates_are_checked_against_what_boto3_would_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from botocore.httpsession import get_cert_path

    assert s3http.trust(S3Settings()) == get_cert_path(True)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/requests.pem")
    assert s3http.trust(S3Settings()) == "/requests.pem"
    config = tmp_path / "config"
    config.write_text("[profile studio]\nca_bundle = /profile.pem\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert s3http.trust(S3Settings(profile="studio")) == "/profile.pem"
    assert s3http.trust(S3Settings(profile="nobody")) == "/requests.pem"
    monkeypatch.setenv("AWS_CA_BUNDLE", "/aws.pem")
    assert s3http.trust(S3Settings(profile="studio")) == "/aws.pem"
    option = get_cert_path(True)
    assert s3http.trust(S3Settings(profile="studio", verify=option)) == option
    assert s3http.trust(S3Settings(verify=str(tmp_path))) == str(tmp_path)
    assert s3http.trust(S3Settings(verify=False)) is False


@pytest.mark.parametrize(("text", "said"), [(None, "no CA bundle at"), ("no PEM", "holds no certificates")])
@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:1"])
def test_a_bad_ca_bundle_is_a_wrong_option_and_no_outage(
    tmp_path: Path, text: str | None, said: str, endpoint: str | None
) -> None:
    bundle = tmp_path / "ca.pem"
    if text:
        bundle.write_text(text)
    settings = S3Settings(verify=str(bundle), endpoint_url=endpoint)
    with pytest.raises(UsageError, match=said) as caught:
        list(access.check(["s3://media/a.srt"], s3=settings))
    assert caught.value.exit_code == 2
    assert "--ca-bundle" in caught.value.hint


# Real servers


def put(server: Server, bucket: str, *keys: str, **options: str) -> None:
    for key in keys:
        server.client().put_object(Bucket=bucket, Key=key, Body=b"1\n", **options)


def test_seaweedfs_a_prefix_opened_by_policy_is_public_and_its_neighbour_is_not(
    seaweed: SeaweedFS, bucket: Callable[[Server], str]
) -> None:
    name = bucket(seaweed)
    odd = ["open/+ #?%.srt", "open/\u00fc \u65e5\u672c.srt", 'open/a\'"b".srt', "open/%41.srt"]
    put(seaweed, name, *odd, "closed/a.srt")
    seaweed.open_to_all(name, "open/")
    found = verdicts(
        seaweed, *(f"s3://{name}/{key}" for key in [*odd, "closed/a.srt", "closed/gone.srt", "open/A.srt"])
    )
    assert [found[f"s3://{name}/{key}"].access for key in odd] == ["public"] * 4
    assert found[f"s3://{name}/closed/a.srt"][1:3] == ("denied", 403)
    assert found[f"s3://{name}/closed/a.srt"].reason.startswith("403 AccessDenied: ")
    assert found[f"s3://{name}/closed/gone.srt"].access == "denied"  # as S3: no ListBucket, no 404
    assert found[f"s3://{name}/open/A.srt"].access in {"denied", "missing"}


def test_seaweedfs_a_bucket_that_does_not_exist_is_not_public(seaweed: SeaweedFS) -> None:
    (verdict,) = verdicts(seaweed, "s3://nobody-has-this-bucket/a.srt").values()
    assert verdict.access in {"denied", "missing"}


def test_moto_a_public_read_acl_is_public_and_the_object_beside_it_is_not(
    moto: Moto, bucket: Callable[[Server], str]
) -> None:
    name = bucket(moto)
    exact = ["a//b.srt", "/lead.srt", "a/../b.srt", "a%41.srt", "a?b#c.srt"]
    put(moto, name, "public.srt", *exact, ACL="public-read")
    put(moto, name, "private.srt", "b.srt")
    keys = ["public.srt", *exact, "private.srt", "b.srt"]
    found = verdicts(moto, *(f"s3://{name}/{key}" for key in keys))
    assert [found[f"s3://{name}/{key}"].access for key in keys] == ["public"] * 6 + ["denied"] * 2
