"""A bucket: can it be reached and listed, where is it, and do its settings let anything be public?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from s3transfer_tl.access import diagnosis, facts
from s3transfer_tl.doctor import clock
from s3transfer_tl.doctor.check import Check, Meaning, error, ok, skipped, warning
from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources import glance, identity

MEANINGS = (
    Meaning(
        "bucket",
        "Can the bucket be reached and listed? One LIST of one key below the prefix.",
        "allow `s3:ListBucket`; correct the name, `--profile`, `--endpoint-url` or `--region`",
    ),
    Meaning(
        "bucket-region",
        f"Is the bucket in {diagnosis.PLATFORM_REGION}? The platform documents transfers from there only.",
        f"copy the files to a bucket in {diagnosis.PLATFORM_REGION}, or ask the platform's support",
    ),
    Meaning(
        "public-access",
        "Would Block Public Access, of the bucket or the account, keep transcriptions from being public, and"
        " do ACLs count (Object Ownership)? What may not be read is said to be unknown.",
        "turn the named switch off, or keep transcriptions in another bucket; `s3transfer-tl access` tells"
        " each object's cause",
    ),
)
_DENIED = frozenset({"AccessDenied", "Forbidden", "403"})  # it is there, and may tell more than its keys
NAMES = ("bucket", "bucket-region", "clock", "public-access")


def look(
    name: str,
    prefix: str,
    s3: S3Settings,
    *,
    credentials: Callable[[], identity.Credentials | None],
    now: Callable[[], float],
    seconds: float,
) -> Iterator[Check]:
    """Yield the checks of one bucket; ``credentials`` are those to sign with, None where there are none."""
    known = None if s3.no_sign_request else credentials()
    if not s3.no_sign_request and known is None:
        for one in NAMES:
            yield skipped(one, f"s3://{name} was not asked: there are no AWS credentials")
        return
    seen = glance.look(name, prefix, s3, seconds=seconds, known=known)
    yield _reached(f"s3://{name}/{prefix}", seen)
    if not seen.answered:
        for one in NAMES[1:]:
            yield skipped(one, f"nothing was learned of s3://{name}")
        return
    yield placed(name, seen.region, s3)
    yield clock.judge("S3", clock.skew(seen.date, now()))
    if seen.trouble and seen.code not in _DENIED:
        yield skipped("public-access", f"nothing was learned of s3://{name}")
        return
    yield from public(facts.collect(name, s3, known))


def _reached(place: str, seen: glance.Glance) -> Check:
    if seen.trouble:
        remote = seen.trouble.exit_code == 4
        return error("bucket", seen.trouble.message, seen.trouble.hint, remote=remote)
    if seen.empty:
        return warning(
            "bucket",
            f"{place} can be listed, and no key begins so",
            "check the prefix: it is compared letter by letter, and upper case is not lower case",
        )
    return ok("bucket", f"{place} can be listed")


def placed(name: str, region: str | None, s3: S3Settings) -> Check:
    """Judge the region that S3 told of a bucket."""
    if s3.endpoint_url:
        return skipped(
            "bucket-region",
            f"s3://{name} is not in AWS, as far as the endpoint tells: the platform reads from AWS only",
        )
    if region is None:
        return skipped("bucket-region", f"S3 did not tell where s3://{name} is")
    if region == diagnosis.PLATFORM_REGION:
        return ok("bucket-region", f"s3://{name} is in {region}")
    return warning(
        "bucket-region",
        f"s3://{name} is in {region}; the platform documents transfers from {diagnosis.PLATFORM_REGION} only",
        f"copy the files to a bucket in {diagnosis.PLATFORM_REGION}, or ask the platform's support",
    )


def public(found: facts.Facts) -> Iterator[Check]:
    """Yield what the settings of a bucket mean for public objects; what is not known is told last."""
    where = f"s3://{found.bucket}"
    on = [f"of the {level}: {switches}" for level, switches in _switches(found) if switches]
    if on:
        yield warning(
            "public-access",
            f"{where}: Block Public Access {'; '.join(on)}",
            "nothing there can be made public while it is on: turn it off for the bucket that has the"
            " transcriptions, if your rules allow it",
        )
    if found.anyone_lists:
        yield warning(
            "public-access",
            f"anyone may list {where}",
            "transcriptions need s3:GetObject only: take s3:ListBucket for everyone out of the policy",
        )
    unread = _unread(found)
    if not on and not found.anyone_lists and not (unread and isinstance(found.block, facts.Unread)):
        acls = ", ACLs do not count" if found.ownership == "BucketOwnerEnforced" else ""
        yield ok(
            "public-access", f"{where}: Block Public Access does not keep anything from being public{acls}"
        )
    if unread:
        told = "; ".join(f"{what} ({why})" for what, why in unread)
        yield skipped(
            "public-access",
            f"{where}: not known: {told}",
            "it may still be right; s3transfer-tl access asks for each object as anyone can",
        )


def _switches(found: facts.Facts) -> Iterator[tuple[str, str]]:
    for level, block in (("bucket", found.block), ("account", found.account)):
        if isinstance(block, facts.Block):
            names = [
                name
                for name, is_on in (
                    ("RestrictPublicBuckets", block.policies),
                    ("IgnorePublicAcls", block.acls),
                    ("BlockPublicPolicy", block.writing),
                )
                if is_on
            ]
            yield level, ", ".join(names)


def _unread(found: facts.Facts) -> list[tuple[str, str]]:
    questions = (
        ("Block Public Access of the bucket", found.block),
        ("Block Public Access of the account", found.account),
        ("Object Ownership", found.ownership),
    )
    return [
        (
            what,
            f"{answer.permission}: {answer.why}" if answer.is_offered else "the endpoint has no such setting",
        )
        for what, answer in questions
        if isinstance(answer, facts.Unread)
    ]
