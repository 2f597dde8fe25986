"""One look at a bucket: a LIST of one key, tried once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any, NamedTuple

from s3transfer_tl.errors import TransferError
from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources import contact, identity, refusals, rows


class Glance(NamedTuple):
    """What one LIST told: ``trouble`` where it was refused or got no answer, ``empty`` where no key begins
    so; of an answer, good or bad, S3's ``code``, the Date header and the bucket's region where it is told."""

    trouble: TransferError | None = None
    answered: bool = False
    empty: bool = False
    region: str | None = None
    date: str | None = None
    code: str = ""


def look(
    bucket: str,
    prefix: str,
    settings: S3Settings,
    *,
    seconds: float,
    known: identity.Credentials | None = None,
) -> Glance:
    """Ask for one key below ``prefix``, for ``seconds`` at most to connect and to hear; with ``known``
    credentials where some are. Raises nothing."""
    from botocore.exceptions import BotoCoreError, ClientError

    if not rows.BUCKET.fullmatch(bucket):
        return Glance(refusals.bad_bucket(bucket))
    asked = {"Bucket": bucket, "Prefix": prefix, "MaxKeys": 1}
    if settings.request_payer:
        asked["RequestPayer"] = settings.request_payer
    try:
        client = contact.client(settings, seconds=seconds, known=known)
    except TransferError as error:
        return Glance(error)
    with closing(client):
        try:
            answer = client.list_objects_v2(**asked)
            return _told(answer)._replace(empty=not answer.get("KeyCount", len(answer.get("Contents", ()))))
        except ClientError as error:
            return _told(error.response)._replace(trouble=refusals.refused(error.response, settings, bucket))
        except BotoCoreError as error:
            return Glance(_complaint(error, settings, bucket))


def _told(answer: Mapping[str, Any]) -> Glance:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    code = str(answer.get("Error", {}).get("Code", ""))
    return Glance(None, True, False, headers.get("x-amz-bucket-region"), headers.get("date"), code)


def _complaint(error: Exception, settings: S3Settings, bucket: str) -> TransferError:
    try:
        with refusals.translated(settings, bucket):
            raise error
    except TransferError as trouble:
        return trouble
