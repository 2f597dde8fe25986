"""AWS credentials: where boto3 finds them, whose they are, until when they hold, and the region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from s3transfer_tl.doctor import clock
from s3transfer_tl.doctor.check import Check, Meaning, error, ok, skipped, warning
from s3transfer_tl.errors import TransferError
from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources import identity

# boto3's names for its providers, as people know them
METHODS: Mapping[str, str] = {
    "env": "the environment (AWS_ACCESS_KEY_ID)",
    "shared-credentials-file": "the credentials file",
    "config-file": "the config file",
    "sso": "IAM Identity Center (aws sso login)",
    "login": "aws login",
    "assume-role": "a role that the profile takes on",
    "assume-role-with-web-identity": "a web identity (as in Kubernetes)",
    "custom-process": "the profile's credential_process",
    "container-role": "the container's role",
    "iam-role": "the instance's role",
    "boto-config": "boto 2's config file",
    "ec2-credentials-file": "AWS_CREDENTIAL_FILE",
}
MEANINGS = (
    Meaning(
        "credentials",
        "Which AWS credentials does boto3 find, where, and until when do they hold? Keys are never shown.",
        "`aws sso login`, `aws configure`, `--profile NAME`; a public bucket needs none: `--no-sign-request`",
    ),
    Meaning(
        "identity",
        "Whose are they? One `sts get-caller-identity`, which needs no permission.",
        "new credentials, where AWS does not know them",
    ),
    Meaning(
        "region",
        "Which region is configured? S3 is asked for the bucket's own all the same.",
        "`--region`, `AWS_REGION`, or `region` in the profile",
    ),
)
NAMES = tuple(one.name for one in MEANINGS)
SOON = 900.0  # seconds of life left that are worth a warning

_NONE = (
    "aws sso login, or aws configure; choose a profile with --profile; a public bucket can be listed with"
    " --no-sign-request"
)


def look(
    found: Callable[[], identity.Credentials],
    s3: S3Settings,
    *,
    now: Callable[[], float],
    seconds: float,
) -> Iterator[Check]:
    """Yield the checks of the credentials that ``found`` returns; a request gets ``seconds``."""
    if s3.no_sign_request:
        yield skipped("credentials", "not wanted: --no-sign-request")
        yield skipped("identity", "nobody: --no-sign-request")
        yield _region(s3.region)
        return
    try:
        credentials = found()
    except TransferError as trouble:
        yield error("credentials", trouble.message, trouble.hint)
        yield skipped("identity", "there are no credentials to ask with")
        yield _region(s3.region)
        return
    yield owned(credentials, now())
    yield from _caller(credentials, s3, now, seconds)
    yield _region(s3.region or credentials.region)


def owned(credentials: identity.Credentials, now: float) -> Check:
    """Judge where credentials come from, and how long they hold."""
    if credentials.method is None:
        return error("credentials", "boto3 finds no AWS credentials", _NONE)
    method = METHODS.get(credentials.method, credentials.method)
    profile = f", profile {credentials.profile}" if credentials.profile != "default" else ""
    message = f"from {method}{profile}"
    if credentials.expires is None:
        return ok("credentials", message)
    left = credentials.expires.timestamp() - now
    if left <= 0:
        return error(
            "credentials", f"{message}: expired {_at(credentials.expires)}", "get new ones: aws sso login"
        )
    message += f", until {_at(credentials.expires)}"
    # a provider that can fetch them anew does so by itself
    if left < SOON and credentials.method == "env":
        return warning("credentials", f"{message}: {left / 60:.0f} min", "get new ones before a long run")
    return ok("credentials", message)


def _caller(
    credentials: identity.Credentials, s3: S3Settings, now: Callable[[], float], seconds: float
) -> Iterator[Check]:
    if credentials.method is None:
        yield skipped("identity", "there are no credentials to ask with")
        return
    if s3.endpoint_url:
        yield skipped("identity", "the endpoint is not AWS: nobody to ask whose the credentials are")
        return
    try:
        caller = credentials.caller(s3, seconds=seconds)
    except TransferError as trouble:
        yield error("identity", trouble.message, trouble.hint, remote=True)
        return
    yield ok("identity", f"account {caller.account}, {caller.arn}")
    yield clock.judge("AWS", clock.skew(caller.date, now()))


def _region(name: str | None) -> Check:
    if name:
        return ok("region", name)
    return ok("region", "none configured: each bucket's own is asked for")


def _at(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M %Z")
