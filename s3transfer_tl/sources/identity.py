"""Whose credentials boto3 finds, where it finds them, and until when they hold."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from s3transfer_tl.errors import S3Error, UsageError
from s3transfer_tl.model import S3Settings, Secret
from s3transfer_tl.sources import profiles, refusals


class Caller(NamedTuple):
    """What the Security Token Service says of credentials; ``date`` is its answer's own Date header."""

    account: str
    arn: str
    date: str | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """``method`` is boto3's own name for where they come from, None where there are none; ``expires`` is
    told of temporary ones; ``secrets`` are the texts that nobody may see."""

    method: str | None
    profile: str
    region: str | None
    expires: datetime | None = None
    secrets: tuple[Secret, ...] = ()
    _session: Any = field(default=None, repr=False)

    def caller(self, settings: S3Settings, *, seconds: float) -> Caller:
        """Ask the Security Token Service once, for ``seconds`` at most to connect and to hear.

        Raises ``S3Error`` where it refuses or gives no answer.
        """
        from botocore.config import Config
        from botocore.exceptions import ClientError

        config = Config(connect_timeout=seconds, read_timeout=seconds, retries={"total_max_attempts": 1})
        verify = None if settings.verify is True else settings.verify
        region = self.region or "us-west-2"
        try:
            with (
                refusals.translated(settings),
                closing(self._session.client("sts", region, verify=verify, config=config)) as service,
            ):
                answer = service.get_caller_identity()
        except S3Error as error:
            if not isinstance(cause := error.__cause__, ClientError):
                raise
            code = cause.response.get("Error", {}).get("Code", "")
            sentence = _REFUSED.get(code, f"the Security Token Service refused them ({code})")
            raise S3Error(sentence, _AGAIN) from cause
        told = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        return Caller(str(answer["Account"]), str(answer["Arn"]), told)


_AGAIN = "get new ones (aws sso login, aws configure), or choose others with --profile"
_REFUSED = {
    "InvalidClientTokenId": "AWS does not know these credentials (InvalidClientTokenId)",
    "ExpiredToken": "these credentials have expired (ExpiredToken)",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key (SignatureDoesNotMatch)",
}


def session(settings: S3Settings, known: Credentials | None = None) -> Any:
    """Return a boto3 session; with ``known`` it looks for no credentials, as to fetch some takes long, or
    somebody at a keyboard. Raises what boto3 raises."""
    import boto3

    keys = [one.reveal() for one in known.secrets] if known else []
    return boto3.Session(*keys, profile_name=settings.profile, region_name=settings.region)


def credentials(settings: S3Settings) -> Credentials:
    """Return what boto3's chain finds. A code that somebody would have to type is not asked for.

    Raises ``UsageError`` or ``S3Error`` for settings that cannot be read, and for credentials that are
    incomplete or cannot be fetched.
    """
    with refusals.translated(settings), profiles.understood():
        asked = session(settings)
        chain = asked._session.get_component("credential_provider")
        chain.get_provider("assume-role")._prompter = _refuse_to_type
        found = asked.get_credentials()
        profile = asked.profile_name
        if found is None:
            return Credentials(None, profile, asked.region_name)
        frozen = found.get_frozen_credentials()
    secrets = tuple(Secret(text) for text in (frozen.access_key, frozen.secret_key, frozen.token) if text)
    expires = getattr(found, "_expiry_time", None)
    return Credentials(str(found.method), profile, asked.region_name, expires, secrets, asked)


def _refuse_to_type(_: str) -> str:
    raise UsageError(
        "the profile's role asks for a code of an MFA device, anew in every run",
        "get a session first, for example with `aws sts get-session-token`, and use its credentials",
    )
