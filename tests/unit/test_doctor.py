"""What the doctor makes of what it is shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import doctor, schema
from s3transfer_tl.access.facts import Block, Facts, Unread
from s3transfer_tl.doctor import aws, bucket, clock, machine, network, packages, platform, running, settings
from s3transfer_tl.doctor.check import Check, Family, ok
from s3transfer_tl.doctor.packages import Installed, Package
from s3transfer_tl.doctor.scrub import scrubber
from s3transfer_tl.errors import ConfigError, S3Error
from s3transfer_tl.model import S3Settings, Secret
from s3transfer_tl.sources.identity import Credentials

NOW = 1_700_000_000.0
PAIRED = ["urllib3<3,>=2.2", 'av<19,>=18; extra == "media"', "boto3<2,>=1.43"]
SOUND = [Package("urllib3", "2.5.0", "/site"), Package("boto3", "1.44.5", "/site")]


def found(checks: Iterator[Check], name: str) -> list[Check]:
    return [check for check in checks if check.name == name]


def dependencies(packages_: list[Package], **more: object) -> list[Check]:
    return found(packages.look(Installed(packages_, PAIRED, **more)), "dependencies")  # type: ignore[arg-type]


def test_packages_within_their_bounds_are_fine() -> None:
    (check,) = dependencies(SOUND, owners={"urllib3": ["urllib3"]}, origins={"urllib3": "/site"})
    assert (check.status, check.message) == ("ok", "2 packages, each within its bounds")


@pytest.mark.parametrize(
    ("version", "says"),
    [("2.1.9", "urllib3 is 2.1.9"), ("3.0", "urllib3 is 3.0"), ("1.26.20", "urllib3 is 1.26.20")],
)
def test_a_package_out_of_bounds_is_an_error_with_the_pip_line(version: str, says: str) -> None:
    (check,) = dependencies([Package("urllib3", version, "/site"), SOUND[1]])
    assert check.status == "error"
    assert says in check.message
    assert check.hint.startswith("pip install 'urllib3<3,>=2.2'")


def test_a_missing_package_is_an_error() -> None:
    (check,) = dependencies(SOUND[:1])
    assert (check.status, check.message) == ("error", "boto3 is not installed")


def test_a_package_that_is_there_twice_is_told() -> None:
    (check,) = dependencies([*SOUND, Package("boto3", "1.43.0", "/other")])
    assert (check.status, check.message) == ("warning", "boto3 is installed twice, as 1.43.0 and 1.44.5")


def test_an_urllib3_that_another_project_overwrote_is_an_error() -> None:
    (check,) = dependencies(SOUND, owners={"urllib3": ["urllib3", "urllib3-future"]})
    assert check.status == "error"
    assert "overwritten by urllib3-future" in check.message
    assert "pip uninstall urllib3-future" in check.hint


def test_a_folder_that_shadows_a_package_is_told() -> None:
    (check,) = dependencies(SOUND, origins={"urllib3": "/home/me/project"})
    assert check.status == "warning"
    assert "/home/me/project" in check.message


def test_two_programs_on_the_path_are_told() -> None:
    checks = packages.look(Installed(SOUND, PAIRED, scripts=["/a/s3transfer-tl", "/b/s3transfer-tl"]))
    (check,) = found(checks, "tool")
    assert check.status == "warning"
    assert "/a/s3transfer-tl, /b/s3transfer-tl" in check.message


def test_every_extra_is_told_with_what_it_is_for() -> None:
    checks = found(packages.look(Installed([*SOUND, Package("av", "18.1.0", "/site")], PAIRED)), "extras")
    assert [(one.message.split(":")[0].split(" is ")[0], one.status) for one in checks] == [
        ("demo", "skipped"),
        ("keyring", "skipped"),
        ("media", "ok"),
        ("orc", "skipped"),
        ("review", "skipped"),
    ]
    assert checks[0].hint == "pip install 's3transfer-tl[demo]'"


def test_the_extras_that_are_told_are_those_of_the_package() -> None:
    own = {extra for _, _, extra in map(packages.parsed, packages.installed([]).requirements) if extra}
    assert own - {"dev"} == set(packages.EXTRAS)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=4))
def test_a_version_fits_itself_and_not_below_itself(parts: list[int]) -> None:
    version = ".".join(map(str, parts))
    assert packages.fits(version, f">={version}")
    assert packages.fits(version, f"=={version}")
    assert not packages.fits(version, f"<{version}")


@pytest.mark.parametrize(
    ("skew", "status", "says"),
    [
        (0.0, "ok", "within a minute of S3's"),
        (-59.0, "ok", "within a minute"),
        (61.0, "warning", "61 s behind S3's"),
        (-299.0, "warning", "5 min ahead of S3's"),
        (301.0, "error", "behind S3's"),
        (-86_400.0, "error", "24.0 h ahead of S3's"),
        (None, "skipped", "S3 told no time"),
    ],
)
def test_a_clock_is_judged_by_how_far_it_is_off(skew: float | None, status: str, says: str) -> None:
    check = clock.judge("S3", skew)
    assert check.status == status
    assert says in check.message


def test_the_skew_is_read_from_a_date_header() -> None:
    assert clock.skew("Tue, 14 Nov 2023 22:13:20 GMT", NOW) == 0.5
    assert clock.skew("yesterday", NOW) is None
    assert clock.skew(None, NOW) is None


@pytest.mark.parametrize(("free", "status"), [(5e9, "ok"), (900e6, "warning"), (49e6, "error")])
def test_the_room_on_a_disk_is_judged(free: float, status: str) -> None:
    assert machine.room("outputs", Path("/data"), int(free)).status == status


def test_a_folder_that_is_not_there_yet_counts_as_the_one_above(tmp_path: Path) -> None:
    (check,) = machine.disks({"the ledger": tmp_path / "not" / "yet", "outputs": tmp_path})
    assert "the ledger, outputs" in check.message
    assert str(tmp_path) in check.message


@pytest.mark.parametrize(
    ("encoding", "status"), [("UTF-8", "ok"), ("ascii", "warning"), ("cp437", "warning")]
)
def test_the_terminals_encoding_is_judged(encoding: str, status: str) -> None:
    assert machine.terminal(encoding).status == status


PLACES = {"S3": "https://s3.amazonaws.com", "the platform": "https://api.twelvelabs.io"}


def test_proxies_are_told_without_their_passwords() -> None:
    environ = {"https_proxy": "http://me:hunter2@proxy:3128", "NO_PROXY": "api.twelvelabs.io"}
    (check,) = found(network.look(PLACES, environ, True), "proxy")
    assert check == ok("proxy", "http://***@proxy:3128 for S3")


def test_a_proxy_that_is_no_url_is_an_error() -> None:
    checks = found(network.look(PLACES, {"ALL_PROXY": "http://proxy:port"}, True), "proxy")
    assert [check.status for check in checks] == ["error", "error"]


def test_a_bundle_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("not a certificate")
    missing = str(tmp_path / "none.pem")
    checks = found(network.look(PLACES, {"REQUESTS_CA_BUNDLE": str(broken)}, missing), "certificates")
    assert [check.status for check in checks] == ["error", "error"]
    assert "(--ca-bundle)" in checks[0].message
    assert "(REQUESTS_CA_BUNDLE)" in checks[1].message


def test_to_trust_any_certificate_is_a_warning() -> None:
    assert found(network.look(PLACES, {}, False), "certificates")[0].status == "warning"


def credentials(method: str | None, left: float | None = None) -> Credentials:
    expires = None if left is None else datetime.fromtimestamp(NOW + left, UTC)
    return Credentials(method, "default", None, expires)


@pytest.mark.parametrize("method", [*aws.METHODS, "something-new"])
def test_credentials_are_told_by_where_they_come_from(method: str) -> None:
    check = aws.owned(credentials(method), NOW)
    assert check.status == "ok"
    assert aws.METHODS.get(method, method) in check.message


@pytest.mark.parametrize(
    ("method", "left", "status"),
    [
        (None, None, "error"),
        ("env", 3600.0, "ok"),
        ("env", 600.0, "warning"),
        ("sso", 600.0, "ok"),  # is fetched anew by itself
        ("env", -1.0, "error"),
    ],
)
def test_the_life_of_credentials_is_judged(method: str | None, left: float | None, status: str) -> None:
    assert aws.owned(credentials(method, left), NOW).status == status


def test_a_bucket_elsewhere_is_a_warning_with_the_reason() -> None:
    assert bucket.placed("media", "us-west-2", S3Settings()).status == "ok"
    assert bucket.placed("media", None, S3Settings()).status == "skipped"
    check = bucket.placed("media", "eu-west-1", S3Settings())
    assert check.status == "warning"
    assert "transfers from us-west-2 only" in check.message


def test_settings_that_let_objects_be_public_are_fine() -> None:
    (check,) = bucket.public(Facts("media", None, Block(), Block(), ownership="BucketOwnerEnforced"))
    assert check.status == "ok"
    assert "ACLs do not count" in check.message


def test_a_switch_that_keeps_objects_private_is_named_with_its_level() -> None:
    (check,) = bucket.public(Facts("media", None, Block(), Block(policies=True)))
    assert check.status == "warning"
    assert "of the account: RestrictPublicBuckets" in check.message


def test_what_may_not_be_read_is_said_to_be_unknown() -> None:
    refused = Unread("s3:GetBucketPublicAccessBlock", "AccessDenied")
    (check,) = bucket.public(Facts("media", None, refused))
    assert check.status == "skipped"
    assert "s3:GetBucketPublicAccessBlock: AccessDenied" in check.message


@pytest.mark.parametrize(
    ("text", "status"), [("tlk_0123456789ABCDEF", "ok"), ("'tlk_0123456789'", "warning"), ("tlk", "warning")]
)
def test_a_key_is_judged_by_its_looks(text: str, status: str) -> None:
    check = platform.held(platform.Key(Secret(text), "TWELVE_LABS_API_KEY", "...CDEF"))
    assert check.status == status
    assert text not in check.message


def test_no_key_is_an_error_that_says_how_to_give_one() -> None:
    check = platform.held(platform.Key())
    assert check.status == "error"
    assert "auth login" in check.hint


def test_nothing_to_read_is_no_error() -> None:
    assert [check.status for check in settings.look(None, None)] == ["skipped", "skipped"]


@pytest.mark.parametrize(
    ("decided", "status"),
    [((), "ok"), (Path("decisions.yaml"), "warning"), (ConfigError("it is no YAML", "mend it"), "error")],
)
def test_decisions_are_judged_by_whether_they_can_be_read(decided: settings.Decided, status: str) -> None:
    assert [check.status for check in settings.look(None, decided)] == ["skipped", status]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("http://me:pw@proxy:1/", "http://***@proxy:1/"),
        ("me:pw@proxy:1", "***@proxy:1"),
        ("https://b/k?a=1&X-Amz-Signature=abc&x=2", "https://b/k?a=1&X-Amz-Signature=***&x=2"),
        ("https://b/k?X-Amz-Credential=AK%2F1&X-Amz-Security-Token=t", None),
        ("account 123456789012", "account 123456789012"),
        ("the key is KEYKEYKEY.", "the key is ***."),
        ("tokens: 3", "tokens: 3"),
    ],
)
def test_secrets_are_taken_out_of_a_text(text: str, clean: str | None) -> None:
    scrub = scrubber([Secret("KEYKEYKEY")], {"MY_TOKEN": "s3cr3t-token", "AWS_SESSION_TOKEN": "abc"})
    assert scrub(text) == (clean or "https://b/k?X-Amz-Credential=***&X-Amz-Security-Token=***")
    assert scrub("s3cr3t-token") == "***"


def family(look: object, *, remote: bool = False) -> Family:
    return Family("some", ("a", "b"), look, remote)  # type: ignore[arg-type]


def test_a_family_that_hangs_is_told_for_what_it_did_not_tell() -> None:
    gate = threading.Event()

    def look() -> Iterator[Check]:
        yield ok("a", "fine")
        gate.wait()

    one = family(look, remote=True)
    checks = list(running.until(one, running.started(one), time.monotonic() + 0.1))
    assert [(check.name, check.status, check.remote) for check in checks] == [
        ("a", "ok", False),
        ("b", "error", True),
    ]
    silent = family(lambda: iter(gate.wait, True), remote=True)
    assert [check.status for check in running.until(silent, running.started(silent), 0.0)] == [
        "error",
        "skipped",  # what waits for the first is no trouble of its own
    ]
    gate.set()


def test_a_family_that_stumbles_quotes_nothing() -> None:
    def look() -> Iterator[Check]:
        yield ok("a", "fine")
        raise RuntimeError("the password is hunter2")

    one = family(look)
    checks = list(running.until(one, running.started(one), time.monotonic() + 5))
    assert checks[1].status == "error"
    assert "RuntimeError" in checks[1].message
    assert "hunter2" not in str(checks)


def test_what_is_asked_once_is_known_to_all() -> None:
    asked = []
    once = running.Once(lambda: asked.append(1) or "answer")
    assert once.known is None
    assert [once(), once()] == ["answer", "answer"]
    assert (once.known, asked) == ("answer", [1])


def test_what_asking_raised_is_raised_for_all() -> None:
    def ask() -> str:
        raise S3Error("no", "try")

    once = running.Once(ask)
    for _ in range(2):
        with pytest.raises(S3Error):
            once()
    assert once.known is None


def test_the_schema_names_every_check_and_family() -> None:
    fields = schema.load("doctor")["$defs"]["check"]["properties"]
    meanings = [one.name for group in doctor.FAMILIES.values() for one in group]
    assert fields["name"]["enum"] == meanings
    assert fields["family"]["enum"] == list(doctor.FAMILIES)
    assert fields["status"]["enum"] == list(doctor.STATUSES)
