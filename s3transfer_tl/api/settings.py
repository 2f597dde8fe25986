"""The options that several functions share, and the settings that they add up to."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Literal, TypedDict

from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import Config, PlatformSettings, S3Settings, Secret

StrPath = str | os.PathLike[str]

API_URL = "https://api.twelvelabs.io"
API_VERSION = "v1.2"
API_KEYS = ("TWELVE_LABS_API_KEY", "TWELVELABS_API_KEY")


class S3Options(TypedDict, total=False):
    """How S3 is reached: the command line's options, each with its default there. Credentials are never
    among them: the chain is boto3's."""

    profile: str | None
    region: str | None
    endpoint_url: str | None
    no_sign_request: bool
    request_payer: Literal["requester"] | None
    ca_bundle: StrPath | None
    no_verify_ssl: bool
    list_concurrency: int
    assume_byte_order: bool


def s3(
    *,
    profile: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
    no_sign_request: bool = False,
    request_payer: str | None = None,
    ca_bundle: StrPath | None = None,
    no_verify_ssl: bool = False,
    list_concurrency: int = S3Settings().list_concurrency,
    assume_byte_order: bool = False,
) -> S3Settings:
    """Return the settings of ``S3Options``. The endpoint is looked up where boto3 looks it up, as anonymous
    requests do not go through boto3. Raises ``UsageError`` for a number out of bounds."""
    require_number("list_concurrency", list_concurrency, 1, 512)
    environment = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return S3Settings(
        profile=profile,
        region=region,
        endpoint_url=endpoint_url or environment,
        no_sign_request=no_sign_request,
        request_payer=request_payer,
        verify=False if no_verify_ssl else (os.fspath(ca_bundle) if ca_bundle else True),
        list_concurrency=list_concurrency,
        assume_byte_order=assume_byte_order,
    )


def platform(api_key: str | Secret | None, api_url: str, api_version: str) -> PlatformSettings:
    """Return the platform's settings; without ``api_key`` it comes from the environment.

    Raises ``UsageError`` where there is none.
    """
    if isinstance(api_key, str):
        api_key = Secret(api_key.strip())
    if api_key is None and (found := key_in_environment()):
        api_key = found[0]
    if api_key is None or not api_key.reveal():
        raise UsageError("no API key", f"pass api_key=, or set {API_KEYS[0]}")
    return PlatformSettings(api_url, api_version, api_key)


def key_in_environment() -> tuple[Secret, str] | None:
    """Return the key of the first of ``API_KEYS`` that holds one, and that variable's name."""
    for name in API_KEYS:
        if text := os.environ.get(name, "").strip():
            return Secret(text), name
    return None


def require_number(name: str, value: float | None, least: float, most: float = math.inf) -> None:
    """Hold an option to what the command line takes. Raises ``UsageError``."""
    if value is not None and not least <= value <= most:
        bounds = f"{least:g} or more" if most == math.inf else f"{least:g} to {most:g}"
        raise UsageError(f"{name} is {value}", f"give {name} {bounds}")


def require_several(**given: Sequence[str]) -> None:
    """Refuse one text where several are wanted: its letters would be read. Raises ``UsageError``."""
    for name, value in given.items():
        if isinstance(value, str):
            raise UsageError(f"{name} is one text: {value!r}", f"write {name}=[{value!r}]")


def config(given: StrPath | Config, *, only_to_judge: bool = False) -> Config:
    """Return a config that was loaded, or load it. Raises ``ConfigError``."""
    if isinstance(given, Config):
        return given
    from s3transfer_tl import config as configs

    return configs.load(os.fspath(given), only_to_judge=only_to_judge)
