"""The AWS account behind the credentials, and what S3 Control says of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources import identity, refusals


@dataclass(frozen=True, slots=True)
class Account:
    """``id`` is the number that the credentials belong to; ``public_access_block()`` answers as boto3's
    call does, and raises what boto3 raises."""

    id: str
    public_access_block: Callable[[], Any]


def of(settings: S3Settings, known: identity.Credentials | None = None) -> Account | None:
    """Return the account that signs requests to AWS, with ``known`` credentials where some are. None where
    the endpoint is not AWS, which has no accounts, and where neither the credentials nor the Security Token
    Service tell the number.

    Raises ``UsageError`` for an unknown profile.
    """
    if settings.endpoint_url or settings.no_sign_request:
        return None
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    with refusals.translated(settings):
        session = identity.session(replace(settings, region=settings.region or "us-west-2"), known)
    options = {
        "verify": None if settings.verify is True else settings.verify,
        "config": Config(connect_timeout=10, read_timeout=10, retries={"total_max_attempts": 2}),
    }
    try:
        number = _number(session, options)
    except (BotoCoreError, ClientError):
        return None
    if number is None:
        return None

    def public_access_block() -> Any:
        with closing(session.client("s3control", **options)) as control:
            return control.get_public_access_block(AccountId=number)

    return Account(number, public_access_block)


def _number(session: Any, options: dict[str, Any]) -> str | None:
    credentials = session.get_credentials()
    if credentials is None:
        return None
    if known := credentials.get_frozen_credentials().account_id:
        return str(known)
    with closing(session.client("sts", **options)) as service:
        return str(service.get_caller_identity()["Account"])
