"""What boto3 and S3 say when they will not, as sentences with a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from s3transfer_tl.errors import S3Error, TransferError, UsageError
from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources import profiles

# S3's error code: the sentence and the hint. Codes that other causes share stand below.
SENTENCES = {
    "NoSuchBucket": (
        "no such bucket: {bucket}",
        "check the spelling; `aws s3 ls` shows the buckets of this account",
    ),
    "InvalidAccessKeyId": (
        "S3 does not know this access key",
        "check AWS_ACCESS_KEY_ID or the profile, and that the endpoint is the service that the key is for",
    ),
    "SignatureDoesNotMatch": (
        "the secret key does not belong to this access key (SignatureDoesNotMatch)",
        "check AWS_SECRET_ACCESS_KEY or the profile; a space too many or a lost '/' is enough",
    ),
    "RequestTimeTooSkewed": (
        "this machine's clock is off by more than 15 minutes, so S3 refuses its signatures",
        "set the clock and run again",
    ),
}
for _code in ("ExpiredToken", "TokenRefreshRequired", "InvalidToken"):
    SENTENCES[_code] = (
        "the session credentials have expired or are not valid ({code})",
        "get new ones, for example with `aws sso login`, and run again",
    )
for _code in ("SlowDown", "ServiceUnavailable", "503"):
    SENTENCES[_code] = (
        "S3 asks for fewer requests ({code}), again and again",
        "wait a minute and run again",
    )
_OTHER = (
    "S3 refused to list s3://{bucket}: {code} {said}",
    "the code is S3's own: look it up in the service's list of error responses",
)
_DENIED = {"AccessDenied", "AllAccessDisabled", "Forbidden", "403"}
_ELSEWHERE = {
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "301",
}
_AGAIN = "check the network, the proxy and --endpoint-url, and run again"
_EXPECTED = re.compile(r"expecting '([a-z0-9-]+)'")


@contextmanager
def translated(settings: S3Settings, bucket: str = "") -> Iterator[None]:
    """Turn what boto3 raises inside into ``S3Error`` or ``UsageError``; let all else through."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise refused(error.response, settings, bucket) from error
    except BotoCoreError as error:
        raise _failed(error, settings, bucket) from error
    except ValueError as error:  # boto3 has no type of its own for this one
        if "Invalid endpoint" not in str(error) and "Invalid IPv6 URL" not in str(error):
            raise
        raise UsageError(
            f"not an endpoint: {settings.endpoint_url}",
            "write it as a URL: --endpoint-url https://HOST[:PORT]",
        ) from error


def refused(answer: Mapping[str, Any], settings: S3Settings, bucket: str) -> TransferError:
    """Return the complaint where the server answered, and the answer is no: as in boto3's
    ``ClientError.response``."""
    error = answer.get("Error", {})
    code, said = str(error.get("Code", "")), str(error.get("Message", "")).strip()
    if code == "InvalidBucketName":
        return bad_bucket(bucket)
    if code in _DENIED:
        return _denied(settings, bucket)
    if code in _ELSEWHERE and (region := _right_region(answer, said)) != settings.region:
        return S3Error(
            f"s3://{bucket} is in another region{f': {region}' if region else ''}",
            f"say so: --region {region or 'REGION'}",
        )
    sentence, hint = SENTENCES.get(code, _OTHER)
    return S3Error(sentence.format(bucket=bucket, code=code, said=said).rstrip(), hint)


def bad_bucket(bucket: str) -> UsageError:
    """Return the complaint about a bucket name that no bucket can have."""
    return UsageError(
        f"not a bucket name: {bucket!r}",
        "write the source as s3://BUCKET/PREFIX; a bucket name has 3 to 63 of a-z, 0-9, '-' and '.'",
    )


def _denied(settings: S3Settings, bucket: str) -> S3Error:
    if settings.no_sign_request:
        return S3Error(
            f"access denied: s3://{bucket} may not be listed anonymously",
            "leave --no-sign-request out and sign with credentials that allow s3:ListBucket, or name a saved"
            " listing as the source",
        )
    return S3Error(
        f"access denied: these credentials may not list s3://{bucket}",
        f"allow them s3:ListBucket on arn:aws:s3:::{bucket}, choose others with --profile, or add"
        " --request-payer requester where the bucket asks its readers to pay",
    )


def _right_region(answer: Mapping[str, Any], said: str) -> str | None:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    told = answer.get("Error", {}).get("Region") or headers.get("x-amz-bucket-region")
    if told:
        return str(told)
    found = _EXPECTED.search(said)
    return found[1] if found else None


def _failed(error: Any, settings: S3Settings, bucket: str) -> TransferError:
    """No request could be made."""
    from botocore import exceptions as boto

    if isinstance(error, boto.ProfileNotFound):
        return profiles.unknown(error.kwargs["profile"])
    if isinstance(error, boto.ConfigParseError):
        return profiles.unreadable(error)
    if isinstance(error, boto.NoCredentialsError):
        return S3Error(
            "no AWS credentials found",
            "choose a profile with --profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or list a"
            " public bucket with --no-sign-request",
        )
    if isinstance(error, boto.PartialCredentialsError):
        return S3Error(
            f"the AWS credentials are incomplete: {error.kwargs['cred_var']} is missing",
            f"add it where the rest came from ({error.kwargs['provider']})",
        )
    if isinstance(
        error, (boto.SSOError, boto.TokenRetrievalError, boto.CredentialRetrievalError, boto.LoginError)
    ):
        return S3Error(
            f"the AWS credentials could not be fetched: {error}",
            "log in again (aws sso login), or mend the profile's credential_process",
        )
    if isinstance(error, boto.ParamValidationError):
        return bad_bucket(bucket)
    if isinstance(error, (boto.HTTPClientError, boto.ConnectionError)):
        return _unreachable(error, settings)
    return UsageError(
        f"boto3 cannot work with these settings: {error}", "mend the profile or the option named"
    )


def _unreachable(error: Any, settings: S3Settings) -> TransferError:
    """A request was made and no answer came."""
    from botocore import exceptions as boto

    url = urlsplit(error.kwargs.get("endpoint_url") or settings.endpoint_url or "https://s3.amazonaws.com")
    endpoint = f"{url.scheme}://{url.netloc}"
    if isinstance(settings.verify, str) and not Path(settings.verify).is_file():
        return UsageError(f"no CA bundle at {settings.verify}", "name a PEM file with --ca-bundle")
    if isinstance(error, boto.SSLError):
        return S3Error(
            f"no trusted connection to {endpoint}: {_innermost(error)}",
            "name the CA of a private endpoint with --ca-bundle FILE; an endpoint without TLS is http://",
        )
    if isinstance(error, (boto.ConnectTimeoutError, boto.ReadTimeoutError)):
        return S3Error(f"no answer in time from {endpoint}", _AGAIN)
    if isinstance(error, boto.ProxyConnectionError):
        return S3Error(f"cannot reach the proxy {error.kwargs['proxy_url']}", _AGAIN)
    return unanswered(endpoint, _innermost(error))


def unanswered(endpoint: str, said: str) -> S3Error:
    """Return the complaint where a request got no answer."""
    return S3Error(f"cannot reach {endpoint}: {said}", _AGAIN)


def _innermost(error: Any) -> str:
    """Return what the innermost cause says, without urllib3's wrapping."""
    cause = error.kwargs.get("error", error)
    while isinstance(getattr(cause, "reason", None), BaseException):
        cause = cause.reason
    return str(cause).rsplit("): ", 1)[-1]
