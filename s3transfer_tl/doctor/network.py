"""The way out: proxies and certificates, as boto3 and requests will take them from the environment."""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from s3transfer_tl.doctor import scrub
from s3transfer_tl.doctor.check import Check, Meaning, error, ok, warning

MEANINGS = (
    Meaning(
        "proxy",
        "Which proxy stands before S3 and before the platform? Passwords are hidden.",
        "mend `HTTPS_PROXY`, or leave the host out of it with `NO_PROXY`",
    ),
    Meaning(
        "certificates",
        "Which certificates are trusted, and can that file be read?",
        "name a PEM file: `--ca-bundle` or `AWS_CA_BUNDLE` for S3, `REQUESTS_CA_BUNDLE` for the platform",
    ),
)


def look(places: Mapping[str, str], environ: Mapping[str, str], verify: bool | str) -> Iterator[Check]:
    """Yield the checks of the way to ``places``, URLs by who is there; ``verify`` is as in S3Settings."""
    told = {who: proxy_of(place, environ) for who, place in places.items()}
    yield from (_proxy(who, found) for who, found in told.items() if found)
    if not any(told.values()):
        yield ok("proxy", "none")
    yield _certificates("S3", verify, environ, ("AWS_CA_BUNDLE",))
    yield _certificates("the platform", True, environ, ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))


def proxy_of(place: str, environ: Mapping[str, str]) -> str | None:
    """Return the proxy of ``environ`` for a URL; the small letters win, as everywhere."""
    parts = urlsplit(place)

    def of(name: str) -> str | None:
        return environ.get(name) or environ.get(name.upper()) or None

    if of("no_proxy") and urllib.request.proxy_bypass_environment(parts.netloc, {"no": of("no_proxy") or ""}):  # type: ignore[attr-defined]
        return None
    return of(f"{parts.scheme}_proxy") or of("all_proxy")


def _proxy(who: str, proxy: str) -> Check:
    shown = scrub.url(proxy)
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        return error("proxy", f"the proxy for {who} is no URL: {shown}", "write it as http://HOST:PORT")
    if "://" not in proxy:
        return warning("proxy", f"{shown} for {who}, without http://", "write it as http://HOST:PORT")
    return ok("proxy", f"{shown} for {who}")


def _certificates(who: str, verify: bool | str, environ: Mapping[str, str], names: tuple[str, ...]) -> Check:
    if verify is False:
        return warning(
            "certificates",
            f"any certificate is trusted for {who} (--no-verify-ssl): who stands in between can read all",
            "leave --no-verify-ssl out; name the CA of a private endpoint with --ca-bundle FILE",
        )
    chosen = [(name, environ[name]) for name in names if environ.get(name)]
    origin, path = ("--ca-bundle", verify) if isinstance(verify, str) else next(iter(chosen), ("", ""))
    if not path:
        return ok("certificates", f"the usual ones for {who}")
    try:
        context = ssl.create_default_context(capath=path) if _is_folder(path) else _read(path)
    except (OSError, ssl.SSLError, ValueError) as trouble:
        said = getattr(trouble, "strerror", None) or "no certificates in it"
        return error(
            "certificates",
            f"{path} for {who} ({origin}) cannot be used: {said}",
            f"name a PEM file in {origin}",
        )
    count = len(context.get_ca_certs())
    return ok("certificates", f"{path} for {who} ({origin}){f', {count} of them' if count else ''}")


def _is_folder(path: str) -> bool:
    from pathlib import Path

    return Path(path).is_dir()


def _read(path: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=path)
    return context
