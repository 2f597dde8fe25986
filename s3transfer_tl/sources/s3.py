"""Objects listed from S3, page by page, through boto3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import s3transfer_tl
from s3transfer_tl.errors import S3Error
from s3transfer_tl.model import S3Object, S3Settings
from s3transfer_tl.sources import decode, refusals


def client(settings: S3Settings) -> Any:
    """Return a boto3 S3 client. Credentials, region and endpoint come from boto3's own chain.

    Raises ``UsageError`` for an unknown profile or an endpoint that is no URL.
    """
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    with refusals.translated(settings):
        session = boto3.Session(profile_name=settings.profile, region_name=settings.region)
        config = Config(connect_timeout=10, user_agent_extra=f"s3transfer-tl/{s3transfer_tl.__version__}")
        if settings.no_sign_request:
            config = config.merge(Config(signature_version=UNSIGNED))
        chosen = session._session.get_scoped_config().get("s3")
        if settings.endpoint_url and not (isinstance(chosen, dict) and "addressing_style" in chosen):
            # few endpoints other than AWS have a DNS name for every bucket
            config = config.merge(Config(s3={"addressing_style": "path"}))
        return session.client(
            "s3",
            endpoint_url=settings.endpoint_url,
            verify=None if settings.verify is True else settings.verify,  # None: AWS_CA_BUNDLE counts
            config=config,
        )


class S3Source:
    """The objects of ``bucket`` whose keys begin with ``prefix``, in the server's order.

    The prefix is a string, as in S3: ``shows`` takes in ``shows2/a.mp4`` too. Folder markers are
    objects like any other, and so are objects that were modified after now.
    """

    mode = "stream"

    def __init__(self, bucket: str, prefix: str, settings: S3Settings) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.settings = settings
        self.root = f"s3://{bucket}/{prefix}"

    def pages(self) -> Iterator[list[S3Object]]:
        """Yield pages of at most 1,000 objects.

        Raises ``S3Error`` where S3 refuses or cannot be reached, ``UsageError`` for a profile, an
        endpoint or a CA bundle that does not exist.
        """
        s3 = client(self.settings)
        decode.attach(s3)
        asked: dict[str, str] = {"Bucket": self.bucket, "Prefix": self.prefix}
        if self.settings.request_payer:
            asked["RequestPayer"] = self.settings.request_payer
        try:
            with refusals.translated(self.settings, self.bucket):
                while True:
                    answer = s3.list_objects_v2(**asked)
                    if page := decode.objects(self.bucket, answer):
                        yield page
                    if not answer.get("IsTruncated"):
                        return
                    asked["ContinuationToken"] = self._next(answer, asked.get("ContinuationToken"))
        finally:
            s3.close()

    def _next(self, answer: Any, token: str | None) -> str:
        following: str | None = answer.get("NextContinuationToken")
        if not following or following == token:
            raise S3Error(
                f"the listing of {self.root} cannot go on: the server says that there is more and not where",
                "this endpoint does not page its listings as S3 does; save a listing with its own tool and"
                " name that file as the source",
            )
        return following
