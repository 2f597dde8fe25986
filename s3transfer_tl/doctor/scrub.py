"""Secrets out: whatever a check quotes passes here last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from s3transfer_tl.model import Secret

HIDDEN = "***"
_SHORTEST = 6  # characters: less would star words that mean nothing
_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|PASSWD|API_KEY|ACCESS_KEY|CREDENTIAL", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_BARE_USERINFO = re.compile(r"^[^/\s@:]+:[^/\s@]+@")  # a proxy may be written without its scheme
_SIGNED = re.compile(
    r"([?&](?:X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId|sig|token)=)[^&\s'\"]*",
    re.IGNORECASE,
)


def scrubber(secrets: Iterable[Secret], environ: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that takes out of a text: ``secrets``, what ``environ`` has under the name of a
    secret, users and passwords of URLs, and what signs a presigned URL."""
    texts = {one.reveal() for one in secrets}
    # a path is no secret: AWS_WEB_IDENTITY_TOKEN_FILE and the like say where one is
    texts |= {
        text for name, text in environ.items() if _SECRET_NAME.search(name) and not name.endswith("_FILE")
    }
    longest_first = sorted((text for text in texts if len(text) >= _SHORTEST), key=len, reverse=True)

    def scrub(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, HIDDEN)
        return url(text)

    return scrub


def url(text: str) -> str:
    """Return ``text`` without users, passwords and signatures in its URLs."""
    return _SIGNED.sub(rf"\g<1>{HIDDEN}", _BARE_USERINFO.sub(f"{HIDDEN}@", _USERINFO.sub(f"{HIDDEN}@", text)))
