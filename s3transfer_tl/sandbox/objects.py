"""What the platform does with S3: videos are read signed, transcriptions as anyone.

Keys go out byte for byte: ``a/../b``, ``//`` and a leading ``/`` are part of a key.
"""

from __future__ import annotations

import http.client
import ssl
import threading
import urllib.parse
from typing import Any

from s3transfer_tl.sandbox import transcription

TIMEOUT = 10.0
MAX_TRANSCRIPTION = 32 << 20


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key of an ``s3://`` URI that the manifest's schema has accepted."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


class Objects:
    """The objects behind one S3 endpoint. Safe to share between threads."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._url = urllib.parse.urlsplit(endpoint_url)
        if self._url.scheme not in ("http", "https") or not self._url.hostname:
            raise ValueError(f"'{endpoint_url}' is no http:// or https:// URL")
        self._client: Any = None
        self._lock = threading.Lock()

    def video(self, uri: str) -> tuple[int, str | None]:
        """Read the video's head signed (boto3's credential chain); return its size and, where it
        cannot be indexed, why."""
        import botocore.exceptions

        bucket, key = split(uri)
        try:
            size: int = self._signed().head_object(Bucket=bucket, Key=key)["ContentLength"]
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, ValueError) as error:
            return 0, f"cannot read {uri}: {error}"
        return size, None if size else f"{uri} is empty"

    def transcription(self, uri: str) -> str | None:
        """Read the transcription with no credentials at all; return why it is of no use, if so."""
        try:
            status, data = self._anonymous(*split(uri))
        except (OSError, http.client.HTTPException) as error:
            return f"cannot read {uri}: {error}"
        if status != 200:
            return f"{uri} is not public: the anonymous read was answered with {status}"
        if problem := transcription.problem(data, uri):
            return f"{uri}: {problem}"
        return None

    def _anonymous(self, bucket: str, key: str) -> tuple[int, bytes]:
        host, port = self._url.hostname or "", self._url.port
        connection: http.client.HTTPConnection
        if self._url.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        try:
            # http.client sends the target as it is; urllib3, requests and httpx would fold "..".
            path = f"{self._url.path.rstrip('/')}/{bucket}/{urllib.parse.quote(key, safe='/~')}"
            connection.request("GET", path, headers={"User-Agent": "s3transfer-tl-sandbox"})
            response = connection.getresponse()
            return response.status, response.read(MAX_TRANSCRIPTION)
        finally:
            connection.close()

    def _signed(self) -> Any:
        with self._lock:  # making a boto3 client is not thread-safe, using one is
            if self._client is None:
                import boto3
                from botocore.config import Config

                session = boto3.Session()
                config = Config(
                    s3={"addressing_style": "path"},
                    connect_timeout=TIMEOUT,
                    read_timeout=TIMEOUT,
                    retries={"total_max_attempts": 2},
                    request_checksum_calculation="when_required",
                )
                region = session.region_name or "us-east-1"
                self._client = session.client(
                    "s3", endpoint_url=self._endpoint_url, config=config, region_name=region
                )
            return self._client
