"""Buckets, as boto3 reaches them: what requests for single objects are made with.

boto3 is asked once a bucket (HeadBucket), for what it knows best: credentials, endpoint rules, region.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

from s3transfer_tl.errors import S3Error
from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources import contact, refusals, rows


class Trouble(NamedTuple):
    """Why S3 did not tell, and what to do about it."""

    message: str
    hint: str


@dataclass(slots=True)
class Bucket:
    """A bucket, as boto3 reached it; ``trouble`` where it did not, ``missing`` where there is none.
    ``told`` and ``refused`` are its callers' own."""

    contact: contact.Contact
    region: str | None = None
    missing: bool = False
    trouble: Trouble | None = None
    told: bool = False  # whether an answer has carried the region
    refused: Trouble | None = None  # why an earlier object of it was


def split(uri: str) -> tuple[str, str]:
    """Return the bucket of an object and its key as a URL's path. Raises ``ValueError`` for what names no
    object, half a surrogate pair included."""
    name, key = rows.split(uri)
    return name, quote(key, safe="/~")


class Buckets:
    """The buckets that one run has met."""

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        self._met: dict[str, Bucket] = {}
        self._client: Any = None

    def close(self) -> None:
        """Close boto3's connections."""
        if self._client is not None:
            self._client.close()

    def meet(self, name: str) -> Bucket:
        """Return the bucket called ``name``; only the first time takes a request.

        Raises ``UsageError`` for a profile, an endpoint or a CA bundle that does not exist.
        """
        if name not in self._met:
            self._met[name] = self._asked(name)
        return self._met[name]

    def _asked(self, name: str) -> Bucket:
        """Learn from boto3 how the bucket is reached. That it may not be looked at says nothing of its
        objects."""
        from botocore.exceptions import BotoCoreError, ClientError

        if self._client is None:
            self._client = contact.client(self._settings)
        made = contact.Contact()
        bucket = Bucket(made)
        try:
            with contact.overheard(self._client, made, "HeadBucket"):
                answer = self._client.head_bucket(Bucket=name)
        except ClientError as error:
            answer = error.response
            bucket.missing = answer["ResponseMetadata"]["HTTPStatusCode"] == 404
        except BotoCoreError as error:
            bucket.trouble = _told(error, self._settings, name)
            return bucket
        told = answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
        bucket.region = told or None
        made.url = made.url.rstrip("/")
        if self._settings.request_payer:
            made.headers = {"x-amz-request-payer": self._settings.request_payer}
        return bucket


def _told(error: Exception, settings: S3Settings, bucket: str) -> Trouble:
    """Return S3's trouble as a value; what the user mistyped is raised, as it holds for all."""
    try:
        with refusals.translated(settings, bucket):
            raise error
    except S3Error as trouble:
        return Trouble(trouble.message, trouble.hint)
