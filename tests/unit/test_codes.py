"""The platform's codes and versions as data."""

from __future__ import annotations

import pytest

from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import PlatformSettings, Secret
from s3transfer_tl.twelvelabs import ADVICE, STOPPING, VERSIONS, Client, advice

# Every code that the API references v1.1 to v1.3 and v1 list.
DOCUMENTED = [
    "parameter_invalid",
    "parameter_not_provided",
    "parameter_unknown",
    "resource_not_exist",
    "api_key_invalid",
    "api_allowed_for_paid_plan",
    "api_not_allowed",
    "unauthorized",
    "region_not_allowed",
    "request_canceled_or_timed_out",
    "too_many_requests",
    "api_upgrade_required",
    "tags_not_allowed",
    "index_option_cannot_be_changed",
    "index_engine_cannot_be_changed",
    "index_name_already_exists",
    "video_resolution_too_low",
    "video_resolution_too_high",
    "video_resolution_invalid_aspect_ratio",
    "video_duration_too_short",
    "video_duration_too_long",
    "video_file_broken",
    "video_filesize_too_large",
    "task_cannot_be_deleted",
    "usage_limit_exceeded",
    "101",
    "102",
    "103",
    "104",
    "201",
    "301",
    "302",
    "303",
    "304",
    "305",
    "306",
    "401",
]
TAKES = [version for version, takes in VERSIONS.items() if takes.transcriptions]
REFUSED = sorted(set(VERSIONS) - set(TAKES))


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_code_has_advice(code: str) -> None:
    assert advice(code)


def test_a_code_that_nobody_knows_has_none() -> None:
    assert advice("sandbox_fault") is None
    assert advice(None) is None


def test_what_stops_a_run_says_what_to_do() -> None:
    assert ADVICE.keys() >= STOPPING


@pytest.mark.parametrize("version", TAKES)
def test_versions_that_take_transcriptions_are_used(version: str) -> None:
    with Client(PlatformSettings("http://127.0.0.1:9", version, Secret("key"))) as client:
        assert client.version == version


@pytest.mark.parametrize(
    "version", [version for version, takes in VERSIONS.items() if not takes.transcriptions]
)
def test_versions_that_take_none_are_refused_before_anything_is_sent(version: str) -> None:
    with pytest.raises(UsageError, match="takes no transcriptions"):
        Client(PlatformSettings("http://127.0.0.1:9", version, Secret("key")))
