"""Single objects, asked for on the wire: requests as they go out, and what is made of each answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from urllib.parse import quote

import pytest

from s3transfer_tl import bulk
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import ObjectState, S3Settings
from s3transfer_tl.sources import objects
from s3transfer_tl.sources.objects import Answer, Wanted
from tests.edges.test_bulk import AWKWARD_KEYS
from tests.servers import Moto
from tests.wire import Answer as Reply
from tests.wire import Seen, Wire, http


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SKTEST")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setattr(bulk, "_BACKOFF", 0.001)


def ask(wire: Wire, *wanted: str | Wanted, **settings: object) -> dict[str, Answer]:
    asked = [one if isinstance(one, Wanted) else Wanted(one) for one in wanted]
    found = list(objects.ask(asked, S3Settings(endpoint_url=wire.url, **settings)))  # type: ignore[arg-type]
    assert sorted(answer.wanted for answer in found) == sorted(asked)
    return {answer.wanted.uri: answer for answer in found}


def with_headers(**headers: str) -> Callable[[Seen], Reply]:
    told = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda seen: http(200, b"12345", headers=told, head=seen.method == "HEAD")


def refusing(status: int, code: str, message: str = "", more: str = "") -> Callable[[Seen], Reply]:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>".encode()

    def answer(seen: Seen) -> Reply:
        if seen.target == b"/media":
            return http(200, head=True)
        return http(status, body, head=seen.method == "HEAD")

    return answer


def state(wire: Wire) -> ObjectState:
    found = ask(wire, "s3://media/a.mp4")["s3://media/a.mp4"].state
    assert found
    return found


def test_headers_of_a_sound_object_are_read() -> None:
    with Wire(with_headers(ETag='"abc"', Content_Type="video/mp4")) as wire:
        assert state(wire) == ObjectState("s3://media/a.mp4", size=5, etag="abc", content_type="video/mp4")
        assert [(seen.method, seen.target) for seen in wire.seen] == [
            ("HEAD", b"/media"),
            ("HEAD", b"/media/a.mp4"),
        ]
        assert all("Credential=AKTEST/" in (seen.header("Authorization") or "") for seen in wire.seen)


# Written from the API reference of HeadObject: no server here has these classes, keys and owners.
@pytest.mark.parametrize(
    ("headers", "field", "expected"),
    [
        ({"x_amz_storage_class": "DEEP_ARCHIVE"}, "storage_class", "DEEP_ARCHIVE"),
        ({"x_amz_archive_status": "ARCHIVE_ACCESS"}, "archive", "ARCHIVE_ACCESS"),
        ({"x_amz_restore": 'ongoing-request="true"'}, "restored", False),
        ({"x_amz_restore": 'ongoing-request="false", expiry-date="Fri"'}, "restored", True),
        ({"x_amz_server_side_encryption": "aws:kms"}, "encryption", "aws:kms"),
        ({"x_amz_server_side_encryption_customer_algorithm": "AES256"}, "encryption", "SSE-C"),
        ({"x_amz_request_charged": "requester"}, "requester_pays", True),
    ],
)
def test_headers_about_storage_are_read(headers: dict[str, str], field: str, expected: object) -> None:
    with Wire(with_headers(**headers)) as wire:
        assert getattr(state(wire), field) == expected


def test_a_buckets_region_is_told_with_one_of_its_objects() -> None:
    with Wire(with_headers(x_amz_bucket_region="eu-west-1")) as wire:
        found = ask(wire, *(f"s3://media/{n}.mp4" for n in range(9)))
    regions = [answer.state.region for answer in found.values() if answer.state]
    assert sorted(filter(None, regions)) == ["eu-west-1"]


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_a_key_goes_out_byte_for_byte(key: str) -> None:
    target = b"/media/" + quote(key, safe="/~").encode()
    with Wire() as wire:
        found = ask(wire, f"s3://media/{key}", Wanted(f"s3://media/x/{key}", body=True))
        targets = [(seen.method, seen.target) for seen in wire.seen[1:]]
    assert all(answer.state for answer in found.values())
    assert sorted(targets) == [("GET", target.replace(b"/media/", b"/media/x/")), ("HEAD", target)]


@pytest.mark.parametrize("key", ["a/../b", "//x", "/lead", "%41", "q?x", "h#x", "a b+c", "日本"])
def test_of_two_keys_that_look_alike_the_right_one_is_found(key: str, moto: Moto) -> None:
    bucket = moto.create_bucket()
    moto.client().put_object(Bucket=bucket, Key=key, Body=b"right")
    moto.client().put_object(Bucket=bucket, Key="b", Body=b"another")
    settings = S3Settings(endpoint_url=moto.endpoint_url)
    found = {
        answer.wanted.uri: answer.state for answer in objects.ask([Wanted(f"s3://{bucket}/{key}")], settings)
    }
    told = found[f"s3://{bucket}/{key}"]
    assert told
    assert (told.there, told.size) == (True, 5)


def test_a_body_comes_with_the_headers_and_without_credentials_where_asked() -> None:
    with Wire(with_headers()) as wire:
        found = ask(wire, Wanted("s3://media/a.srt", body=True, anonymous=True))["s3://media/a.srt"]
        assert (found.body, found.state and found.state.size) == (b"12345", 5)
        assert wire.seen[-1].header("Authorization") is None


def test_a_body_over_the_cap_is_not_kept() -> None:
    with Wire(with_headers()) as wire:
        wanted = [Wanted("s3://media/a.srt", body=True)]
        (answer,) = objects.ask(wanted, S3Settings(endpoint_url=wire.url), most_body=4)
    assert answer.body is None
    assert answer.state
    assert answer.state.size == 5


def test_missing_is_only_what_s3_calls_so() -> None:
    with Wire(refusing(404, "NoSuchKey")) as wire:
        assert state(wire).there is False
    with Wire(lambda seen: http(404, head=True)) as wire:
        gone = state(wire)
        assert (gone.there, gone.reason) == (False, "there is no bucket media")
        assert len(wire.seen) == 1  # no object of it is asked for


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "AccessDenied", "may not read all of s3://media (private, or gone"),
        (403, "InvalidAccessKeyId", "does not know this access key"),
        (403, "SignatureDoesNotMatch", "secret key does not belong"),
        (403, "RequestTimeTooSkewed", "clock is off"),
        (400, "ExpiredToken", "expired"),
        (503, "SlowDown", "did not serve"),
        (500, "InternalError", "did not serve"),
        (405, "MethodNotAllowed", "does not tell: 405"),
    ],
)
def test_a_refusal_or_an_outage_is_trouble_and_never_missing(status: int, code: str, words: str) -> None:
    with Wire(refusing(status, code)) as wire:
        answer = ask(wire, "s3://media/a.mp4")["s3://media/a.mp4"]
    assert answer.state is None
    assert answer.trouble
    assert words in answer.trouble.message
    assert answer.trouble.hint


def test_a_thousand_refusals_alike_cost_few_more_requests() -> None:
    with Wire(refusing(403, "AccessDenied")) as wire:
        found = ask(wire, *(f"s3://media/{n}.mp4" for n in range(1000)))
        assert len(wire.seen) < 1000 + 2 * objects.IN_FLIGHT
    assert {answer.trouble for answer in found.values()} == {found["s3://media/0.mp4"].trouble}


def test_a_key_of_its_own_and_an_archive_are_read_off_the_refusal() -> None:
    said = (
        "The object was stored using a form of Server Side Encryption. The correct parameters must be given."
    )
    with Wire(refusing(400, "InvalidRequest", said)) as wire:
        assert state(wire).encryption == "SSE-C"
    kept = "<StorageClass>INTELLIGENT_TIERING</StorageClass><AccessTier>ARCHIVE_ACCESS</AccessTier>"
    with Wire(refusing(403, "InvalidObjectState", "not valid for its state", kept)) as wire:
        found = state(wire)
    assert (found.storage_class, found.archive) == ("INTELLIGENT_TIERING", "ARCHIVE_ACCESS")


def test_requester_pays_is_agreed_to_in_a_signed_header() -> None:
    with Wire() as wire:
        ask(wire, "s3://media/a.mp4", request_payer="requester")
        last = wire.seen[-1]
    assert last.header("x-amz-request-payer") == "requester"
    assert "x-amz-request-payer" in (last.header("Authorization") or "")


def test_what_names_no_object_is_trouble_and_never_asked() -> None:
    with Wire() as wire:
        found = ask(wire, "s3://media/", "https://x/y", "s3://m/\ud800", "s3://media/good.mp4")
        assert [seen.target for seen in wire.seen] == [b"/media", b"/media/good.mp4"]
    assert sum(answer.trouble is not None for answer in found.values()) == 3


def test_one_answer_in_twenty_that_fails_changes_nothing() -> None:
    turn = itertools.count(1)

    def answer(seen: Seen) -> Reply:
        if seen.target != b"/media" and next(turn) % 20 == 0:
            return http(503, head=True) if seen.number % 2 else Reply(then="reset")
        if seen.target.endswith(b"7.mp4"):
            return http(404, head=True)
        return http(200, b"12345", head=seen.method == "HEAD")

    with Wire(answer) as wire:
        found = ask(wire, *(f"s3://media/{n}.mp4" for n in range(2000)))
        assert {seen.method for seen in wire.seen} == {"HEAD"}
    missing = {uri for uri, one in found.items() if one.state and not one.state.there}
    assert missing == {f"s3://media/{n}.mp4" for n in range(7, 2000, 10)}
    assert not [one for one in found.values() if one.trouble]


def test_no_credentials_are_trouble_of_each_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with Wire() as wire:
        answer = ask(wire, "s3://media/a.mp4")["s3://media/a.mp4"]
        assert wire.seen == []
    assert answer.trouble
    assert "no AWS credentials" in answer.trouble.message


def test_a_profile_that_does_not_exist_is_the_runs_own_trouble() -> None:
    with pytest.raises(UsageError, match="no AWS profile"):
        list(objects.ask([Wanted("s3://media/a.mp4")], S3Settings(profile="nobody")))


def test_an_endless_answer_without_a_length_is_trouble_not_silence() -> None:
    chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    endless = Reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 9 + b"0\r\n\r\n")
    with Wire(lambda seen: http(200, head=True) if seen.method == "HEAD" else endless) as wire:
        trouble = ask(wire, Wanted("s3://media/a.srt", body=True))["s3://media/a.srt"].trouble
    assert trouble
    assert "does not say how long it is" in trouble.message


def test_a_refusal_after_a_public_head_does_not_blame_an_option_that_was_not_given() -> None:
    with Wire(refusing(403, "AccessDenied")) as wire:
        asked = Wanted("s3://media/a.srt", body=True, anonymous=True)
        trouble = ask(wire, asked)["s3://media/a.srt"].trouble
    assert trouble
    assert "--no-sign-request" not in trouble.hint


def test_a_redirect_that_names_no_region_ends() -> None:
    moved = http(301, headers={"Location": "/elsewhere"}, head=True)
    with Wire(lambda seen: moved) as wire:
        trouble = ask(wire, "s3://media/a.mp4")["s3://media/a.mp4"].trouble
        assert len(wire.seen) <= 4
    assert trouble
    assert "301" in trouble.message
