"""The decision table row by row. Facts that no server here can show (KMS, archive, account level, another
owner) are written from the documentation, not recorded from AWS."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from s3transfer_tl.access.diagnosis import CAUSES, Diagnosis, settled
from s3transfer_tl.access.facts import Block, Example, Facts, Unread
from s3transfer_tl.model import AccessVerdict

URI = "s3://media/subs/a.srt"
REFUSED = AccessVerdict(URI, "denied", 403, "403 AccessDenied: ...", "AccessDenied")
READABLE = AccessVerdict(URI, "public", 200, "200: anyone can read it")
OPEN = {
    "Sid": "Open",
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::media/subs/*",
}
RESTRICTING = Block(policies=True, acls=True, writing=True)
UNREAD = Unread("s3:GetBucketPolicy", "AccessDenied")


def facts(*statements: Any, **more: Any) -> Facts:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None
    return Facts("media", **{"document": document, "ownership": "BucketOwnerEnforced", **more})


def explained(known: Facts, verdict: AccessVerdict = REFUSED) -> AccessVerdict:
    found = (
        settled(verdict) if verdict.access in ("missing", "unknown") else Diagnosis(known).explained(verdict)
    )
    assert not found.cause or found.cause in CAUSES
    assert bool(found.cause) == bool(found.hint)
    return found


def example(**more: Any) -> Example:
    return Example(URI, **{"exists": True, **more})


NARROW = OPEN | {"Resource": "arn:aws:s3:::media/other/*"}
BY_ADDRESS = OPEN | {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
BY_TAG = OPEN | {"Condition": {"StringEquals": {"s3:ExistingObjectTag/public": "yes"}}}
HOLD = OPEN | {"Sid": "Hold", "Effect": "Deny"}
HOLD_OUTSIDE = HOLD | {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}


@pytest.mark.parametrize(
    ("known", "cause", "words"),
    [
        (facts(), "no-grant", "media has no bucket policy"),
        (facts(NARROW), "no-grant", "no statement of the bucket policy covers it (Open: other keys only)"),
        (facts(HOLD | {"Resource": "arn:aws:s3:::media/x/*"}), "no-grant", "allows anyone s3:GetObject"),
        (facts(OPEN, HOLD), "deny", "statement Hold of the bucket policy denies it to everyone"),
        (facts(BY_ADDRESS), "condition", "allows it only under a condition on aws:SourceIp"),
        (
            facts(BY_ADDRESS, block=RESTRICTING),
            "condition",
            "allows it only under a condition on aws:SourceIp",
        ),
        (facts(BY_TAG, block=RESTRICTING), "block-bucket", "RestrictPublicBuckets"),
        (facts(OPEN, HOLD_OUTSIDE), "condition", "denies it under a condition on aws:SourceVpce"),
        (facts(OPEN, block=RESTRICTING), "block-bucket", "of the bucket media is on (RestrictPublicBuckets)"),
        (facts(block=RESTRICTING), "block-bucket", "and no statement of the bucket policy allows it either"),
        (
            facts(OPEN, account=RESTRICTING, account_id="111122223333"),
            "block-account",
            "Block Public Access of account 111122223333 is on (RestrictPublicBuckets)",
        ),
        (
            facts(OPEN, block=RESTRICTING, account=RESTRICTING, account_id="111122223333"),
            "block-bucket",
            "of the bucket media and of account 111122223333",
        ),
        (facts(OPEN, block=Block(writing=True)), "not-told", "the bucket policy allows it, yet S3 refuses"),
        (facts(block=Block(writing=True)), "no-grant", "media has no bucket policy"),
        (
            facts(ownership="ObjectWriter", block=Block(acls=True), example=example(grants_anyone=True)),
            "block-bucket",
            "IgnorePublicAcls",
        ),
        (facts(OPEN, HOLD, payer="Requester"), "requester-pays", "refuses every anonymous request"),
        (
            facts(OPEN, ownership="ObjectWriter", example=example(owner="them"), owner="us"),
            "foreign-owner",
            "another account owns it (s3://media/subs/a.srt was seen)",
        ),
        (facts(OPEN, example=example(encryption="aws:kms")), "kms", "SSE-KMS encrypts it"),
        (
            facts(ownership="ObjectWriter", example=example(grants_anyone=False, owner="us"), owner="us"),
            "no-grant",
            "media has no bucket policy, and no ACL lets anyone read it (s3://media/subs/a.srt was seen)",
        ),
        (facts(example=example(exists=False)), "gone", "there is no such object any more"),
        (facts(document=UNREAD), "not-told", "was not readable (AccessDenied), so it may be"),
        (facts(document=UNREAD, is_public=False), "no-grant", "makes nothing public (its PolicyStatus)"),
        (facts(document=UNREAD, block=RESTRICTING), "block-bucket", "RestrictPublicBuckets"),
        (facts(document="no policy"), "not-told", "was not readable (it cannot be understood)"),
        (
            facts(OPEN | {"Resource": "arn:aws:s3:::media/subs/${aws:username}*"}),
            "not-told",
            "statement Open of the policy, which cannot be judged",
        ),
    ],
)
def test_a_refusal_has_the_cause_that_the_bucket_shows(known: Facts, cause: str, words: str) -> None:
    found = explained(known)
    assert found.cause == cause
    assert words in found.reason
    assert found.reason.startswith("403")
    assert found.access == ("missing" if cause == "gone" else "denied")


@pytest.mark.parametrize(
    ("known", "cause", "words"),
    [
        (facts(OPEN), "", "200: anyone can read it"),
        (facts(), "", "200: anyone can read it"),  # by its ACL
        (facts(HOLD), "", "200: anyone can read it"),  # what was seen counts
        (facts(BY_ADDRESS, OPEN), "", "200: anyone can read it"),
        (facts(BY_ADDRESS), "network", "public from your network only: statement Open has a condition"),
        (facts(OPEN, HOLD_OUTSIDE), "network", "on aws:SourceVpce"),
        (facts(BY_TAG), "condition", "public here and now: statement Open has a condition on s3:Existing"),
        (facts(document=UNREAD), "unverified", "anyone can read it from this network"),
    ],
)
def test_a_200_is_public_and_what_the_policy_hangs_on_is_told(known: Facts, cause: str, words: str) -> None:
    found = explained(known, READABLE)
    assert (found.access, found.cause) == ("public", cause)
    assert words in found.reason


@pytest.mark.parametrize(
    ("verdict", "cause"),
    [
        (AccessVerdict(URI, "denied", 400, "400 InvalidArgument: SSE-KMS ...", "KMS"), "kms"),
        (AccessVerdict(URI, "denied", 400, "400 InvalidRequest: ...", "SSE-C"), "customer-key"),
        (AccessVerdict(URI, "denied", 200, "200 InvalidObjectState: ...", "InvalidObjectState"), "archived"),
        (AccessVerdict(URI, "denied", 403, "403 AllAccessDisabled: ...", "AllAccessDisabled"), "disabled"),
        (AccessVerdict(URI, "missing", 404, "404 NoSuchKey: ...", "NoSuchKey"), "gone"),
        (AccessVerdict(URI, "missing", 404, "404 NoSuchBucket: ...", "NoSuchBucket"), "no-bucket"),
        (AccessVerdict(URI, "unknown", 503, "503: ..."), "unknown"),
        (AccessVerdict(URI, "unknown", 0, "no answer: ..."), "unknown"),
    ],
)
def test_what_s3_said_itself_needs_no_guess(verdict: AccessVerdict, cause: str) -> None:
    found = explained(facts(OPEN, block=RESTRICTING), verdict)
    assert (found.cause, found.reason, found.access) == (cause, verdict.reason, verdict.access)


def test_the_way_out_names_who_can_and_what_comes_first() -> None:
    hint = explained(facts(block=RESTRICTING)).hint
    assert hint.startswith(
        "who has s3:PutBucketPublicAccessBlock must turn RestrictPublicBuckets and BlockPublicPolicy off;"
    )
    account = facts(account=RESTRICTING, account_id="1")
    assert "s3:PutAccountPublicAccessBlock" in explained(account).hint
    assert explained(facts(block=Block(writing=True))).hint.startswith(
        "who has s3:PutBucketPublicAccessBlock must turn BlockPublicPolicy off; then add to the bucket policy"
    )


def test_what_could_not_be_read_is_possible_and_what_does_not_exist_here_is_not() -> None:
    denied = Unread("s3:GetBucketPublicAccessBlock", "AccessDenied")
    told = explained(
        facts(OPEN, block=denied, payer=Unread("s3:GetBucketRequestPayment", "AccessDenied"))
    ).reason
    assert "possible: Block Public Access, Requester Pays" in told
    not_offered = Diagnosis(facts(OPEN, block=Unread("s3:GetBucketPublicAccessBlock", "NotImplemented")))
    assert not_offered.unread() == []
    assert Diagnosis(facts(OPEN, block=denied)).unread() == [denied]


@pytest.mark.parametrize("verdict", [REFUSED, READABLE])
def test_a_policy_that_makes_no_sense_is_to_be_mended_not_to_be_allowed(verdict: AccessVerdict) -> None:
    assert "mend it" in explained(facts(document="no policy"), verdict).hint
    assert "allow" in explained(facts(document=UNREAD), verdict).hint


def test_a_refusal_in_a_bucket_that_is_not_there_is_missing() -> None:
    known = facts(document=Unread("s3:GetBucketPolicy", "NoSuchBucket"), example=example(exists=False))
    found = explained(known)
    assert (found.access, found.cause) == ("missing", "no-bucket")
    assert "there is no such bucket" in found.reason
    assert Diagnosis(known).unread() == []
    assert explained(known, READABLE).access == "public"  # what was seen counts


def test_a_statement_is_wanted_only_where_none_allows() -> None:
    assert Diagnosis(facts()).wants_statement(URI)
    assert Diagnosis(facts(BY_ADDRESS)).wants_statement(URI)
    assert Diagnosis(facts(document=UNREAD)).wants_statement(URI)
    assert not Diagnosis(facts(OPEN, block=RESTRICTING)).wants_statement(URI)


def test_the_bucket_itself_is_warned_of() -> None:
    plain = facts(OPEN, region="us-west-2")
    assert Diagnosis(plain).warnings() == []
    odd = replace(plain, bucket="media.example.com", region="eu-west-1", anyone_lists=True)
    assert [one.name for one in Diagnosis(odd).warnings()] == ["public-list", "region", "dotted"]
