"""How S3 is spoken to outside boto3 (floor 2): what ``bulk`` must do as boto3 does it."""

from __future__ import annotations

import re

from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import S3Settings

_CODE = re.compile(rb"<Code>([^<]{1,100})</Code>")
_MESSAGE = re.compile(rb"<Message>([^<]{1,500})</Message>")


def error(body: bytes) -> tuple[str, str]:
    """Return the Code and the Message of an S3 error's body, each "" where it has none."""
    found = (pattern.search(body) for pattern in (_CODE, _MESSAGE))
    code, message = (match[1].decode("utf-8", "replace") if match else "" for match in found)
    return code, message


def trust(s3: S3Settings) -> bool | str:
    """Return what boto3 would verify certificates with: False, or the path of a CA file or folder.

    In boto3's order: the option, ``AWS_CA_BUNDLE`` or the profile's ``ca_bundle``,
    ``REQUESTS_CA_BUNDLE``, then the file that botocore uses. Raises ``UsageError`` where the option names
    nothing that holds certificates.
    """
    if s3.verify is not True or (s3.endpoint_url or "").startswith("http://"):
        if isinstance(s3.verify, str):
            _require_certificates(s3.verify)
        return s3.verify
    import os

    import botocore.session
    from botocore.exceptions import BotoCoreError
    from botocore.httpsession import get_cert_path

    try:
        configured = botocore.session.Session(profile=s3.profile).get_config_variable("ca_bundle")
    except BotoCoreError:  # no such profile: whoever needs its credentials says so
        configured = None
    path = configured or os.environ.get("REQUESTS_CA_BUNDLE") or get_cert_path(True)
    return str(path)


def _require_certificates(path: str) -> None:
    import ssl
    from pathlib import Path

    if Path(path).is_dir():
        return  # looked up by hash, one by one
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError as error:
        raise UsageError(f"{path} holds no certificates", "name a PEM file with --ca-bundle") from error
    except OSError as error:
        raise UsageError(f"no CA bundle at {path}", "name a PEM file with --ca-bundle") from error
