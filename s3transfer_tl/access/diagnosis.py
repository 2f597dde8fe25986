"""The decision table: a verdict and what is known of its bucket, to a cause and a way out. It asks nobody.

Rows are from the Amazon S3 user guide (blocking public access, object ownership, Requester Pays,
troubleshooting 403) and the API reference's error codes. Nothing is said to be the cause that was not
read; what could not be read makes the weaker sentence.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from s3transfer_tl.access import policy
from s3transfer_tl.access.facts import Block, Facts, Unread
from s3transfer_tl.model import AccessVerdict

CAUSES = {
    "no-grant": "no policy statement and no ACL lets anyone read it",
    "deny": "a policy statement denies it to everyone",
    "block-bucket": "the bucket's Block Public Access is on",
    "block-account": "the account's Block Public Access is on",
    "condition": "a policy statement's condition decides who may read it",
    "network": "readable from some networks only",
    "foreign-owner": "the object belongs to another account than the bucket",
    "kms": "a KMS key encrypts it",
    "customer-key": "a key of the customer's own encrypts it",
    "archived": "it is in an archive",
    "requester-pays": "the bucket asks its readers to pay, so it refuses anonymous ones",
    "disabled": "AWS has switched off all access to it",
    "not-told": "refused, and what could be read of the bucket does not tell why",
    "gone": "there is no such object",
    "no-bucket": "there is no such bucket",
    "unverified": "readable from here; the policy could not be read for conditions",
    "public-list": "anyone may list the bucket",
    "region": "the bucket is outside the region that transfers are documented for",
    "dotted": "the bucket's name has dots",
    "unknown": "S3 did not say whether anyone can read it",
}
PLATFORM_REGION = "us-west-2"  # cloud-to-cloud transfers are documented for it; others on request
_CODES = {
    "KMS": "kms",
    "SSE-C": "customer-key",
    "InvalidObjectState": "archived",
    "AllAccessDisabled": "disabled",
}
_FIXES = {
    "kms": "copy it onto itself with SSE-S3: aws s3 cp URI URI --sse AES256",
    "customer-key": "copy it onto itself with SSE-S3 instead of a key of your own",
    "archived": "restore it, or copy it to STANDARD: aws s3 cp URI URI --storage-class STANDARD",
    "disabled": "ask AWS Support why",
    "gone": "upload it, or list and build again",
    "no-bucket": "correct the bucket's name",
    "unknown": "run again; if it stays so, check the network, the region and the endpoint",
}
_MEND = "look at the policy with `aws s3api get-bucket-policy`, and mend it"
_STATEMENT = "add to the bucket policy the statement that `s3transfer-tl access` prints"


class Cause(NamedTuple):
    """``name`` is one of CAUSES; ``sentence`` says it of this bucket; ``hint`` is what to do."""

    name: str
    sentence: str
    hint: str


class _Level(NamedTuple):
    """Block Public Access at one level: who may change it."""

    cause: str
    where: str
    permission: str
    block: Any


def settled(verdict: AccessVerdict) -> AccessVerdict:
    """Return a missing or unknown verdict with cause and hint; no fact of the bucket matters to it."""
    name = "unknown"
    if verdict.access == "missing":
        name = "no-bucket" if verdict.code == "NoSuchBucket" else "gone"
    return verdict._replace(cause=name, hint=_FIXES[name])


class Diagnosis:
    """What the facts of one bucket make of its verdicts."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.policy = facts.policy()

    def explained(self, verdict: AccessVerdict) -> AccessVerdict:
        """Return a public or denied ``verdict`` with cause and hint, and a reason that names the cause. A
        refused object that the credentials show to be absent becomes missing; nothing else changes sides."""
        example = self.facts.example
        if verdict.access == "denied" and self._has_no_bucket:
            sentence = f"{verdict.status} to anyone, NoSuchBucket to you: there is no such bucket"
            return settled(verdict._replace(access="missing", reason=sentence, code="NoSuchBucket"))
        if example and example.exists is False and example.uri == verdict.uri and verdict.access == "denied":
            sentence = "403: there is no such object any more"
            return settled(verdict._replace(access="missing", reason=sentence))
        cause = self._cause(verdict)
        if cause is None:
            return verdict
        said = f"{verdict.status} {'' if verdict.code in ('KMS', 'SSE-C') else verdict.code}".rstrip()
        reason = f"{said}: {cause.sentence}" if cause.sentence else verdict.reason
        return verdict._replace(reason=reason, cause=cause.name, hint=cause.hint)

    def wants_statement(self, uri: str) -> bool:
        """Tell whether a statement is missing that allows everyone to read ``uri``, whatever else is."""
        return self.policy is None or self.policy.decide(uri).effect in ("none", "allow-if", "unclear")

    def warnings(self) -> list[Cause]:
        """Return what is to be known of the bucket itself."""
        facts, found = self.facts, []
        bucket = facts.bucket
        if facts.anyone_lists:
            hint = "take s3:ListBucket for everyone out of the policy or the ACL: reading does not need it"
            found.append(Cause("public-list", f"anyone may list what {bucket} holds", hint))
        if facts.region and facts.region != PLATFORM_REGION:
            sentence = f"{bucket} is in {facts.region}; transfers are documented for {PLATFORM_REGION} only"
            hint = f"ask the platform's support, or copy the objects to a bucket in {PLATFORM_REGION}"
            found.append(Cause("region", sentence, hint))
        if "." in bucket:
            sentence = (
                f"the dots in {bucket} do not fit S3's certificate: https://{bucket}.s3... fails, and it was"
                " asked in path style"
            )
            found.append(Cause("dotted", sentence, "where a transfer fails, use a bucket without dots"))
        return found

    def unread(self) -> list[Unread]:
        """Return the questions that stayed open, for those who can grant the permissions."""
        facts = self.facts
        if self._has_no_bucket:
            return []
        answers = (facts.document, facts.block, facts.account, facts.payer)
        return [one for one in answers if isinstance(one, Unread) and one.is_offered and one.permission]

    @property
    def _has_no_bucket(self) -> bool:
        document = self.facts.document
        return isinstance(document, Unread) and document.why == "NoSuchBucket"

    def _cause(self, verdict: AccessVerdict) -> Cause | None:
        if verdict.access == "public":
            return self._readable(verdict.uri)
        if name := _CODES.get(verdict.code, ""):
            return Cause(name, "", _FIXES[name])
        return self._refused(verdict.uri)

    def _readable(self, uri: str) -> Cause | None:
        """Judge a 200: this network may fulfil a condition that the platform's does not."""
        if self.policy is None:
            sentence = (
                "anyone can read it from this network; the bucket policy could not be read for conditions"
            )
            hint = "allow these credentials s3:GetBucketPolicy to be sure"
            return Cause("unverified", sentence, hint if isinstance(self.facts.document, Unread) else _MEND)
        said = self.policy.decide(uri)
        if said.effect not in ("allow-if", "allow-unless"):
            return None
        keys = ", ".join(said.keys)
        hint = f"take the condition out of statement {said.statement} for the transcriptions"
        if {key.lower() for key in said.keys} & policy.NETWORK:
            sentence = f"public from your network only: statement {said.statement} has a condition on {keys}"
            return Cause("network", sentence, hint)
        sentence = f"public here and now: statement {said.statement} has a condition on {keys}"
        return Cause("condition", sentence, hint)

    def _refused(self, uri: str) -> Cause:
        """Judge a 403, by what overrules the most first."""
        if self.facts.payer == "Requester":
            sentence = "Requester Pays is on, and such a bucket refuses every anonymous request"
            hint = "turn Requester Pays off, or keep the transcriptions in another bucket"
            return Cause("requester-pays", sentence, hint)
        said = self.policy.decide(uri) if self.policy else None
        if said and said.effect == "deny":
            sentence = f"statement {said.statement} of the bucket policy denies it to everyone"
            hint = f"except the transcriptions from statement {said.statement}: no Allow overrules a Deny"
            return Cause("deny", sentence, hint)
        blocked = self._blocked(said)
        if said and said.effect == "allow-if" and {key.lower() for key in said.keys} <= policy.FIXED:
            return self._condition(said, blocked)  # no public policy, so nothing is restricted yet
        if blocked:
            return blocked
        if said is None:
            return self._untold()
        match said.effect:
            case "none":
                return self._no_grant()
            case "allow-if" | "allow-unless":
                return self._condition(said, None)
            case "unclear":
                sentence = f"it hangs on statement {said.statement} of the policy, which cannot be judged"
                return Cause("not-told", sentence, f"look at statement {said.statement}")
        return self._in_spite_of_grant()

    def _condition(self, said: policy.Decision, blocked: Cause | None) -> Cause:
        what = "allows it only" if said.effect == "allow-if" else "denies it"
        sentence = (
            f"statement {said.statement} of the bucket policy {what} under a condition on"
            f" {', '.join(said.keys)}, and this request met it the wrong way"
        )
        hint = f"take the condition out of statement {said.statement} for the transcriptions"
        return Cause("condition", sentence, f"{hint}; before that, {blocked.hint}" if blocked else hint)

    def _levels(self) -> list[_Level]:
        """The levels of Block Public Access that could be read."""
        facts = self.facts
        bucket = _Level(
            "block-bucket", f"the bucket {facts.bucket}", "s3:PutBucketPublicAccessBlock", facts.block
        )
        name = f"account {facts.account_id}"
        account = _Level("block-account", name, "s3:PutAccountPublicAccessBlock", facts.account or Block())
        return [level for level in (bucket, account) if isinstance(level.block, Block)]

    def _blocked(self, said: policy.Decision | None) -> Cause | None:
        """Block Public Access: the most restrictive of its levels counts."""
        on = [level for level in self._levels() if level.block.policies]
        switch, example = "RestrictPublicBuckets", self.facts.example
        if not on and example and example.grants_anyone is True and not (said and said.effect == "allow"):
            on = [level for level in self._levels() if level.block.acls]
            switch = "IgnorePublicAcls"
        if not on:
            return None
        where = " and of ".join(level.where for level in on)
        sentence = f"Block Public Access of {where} is on ({switch})"
        more = " and BlockPublicPolicy" if any(level.block.writing for level in on) else ""
        who = " and ".join(level.permission for level in on)
        hint = f"who has {who} must turn {switch}{more} off"
        if said and said.effect == "none":
            sentence += ", and no statement of the bucket policy allows it either"
            hint += f"; then {_STATEMENT}"
        return Cause(on[0].cause, sentence, hint)

    def _no_grant(self) -> Cause:
        facts, example = self.facts, self.facts.example
        if not facts.document:
            sentence = f"{facts.bucket} has no bucket policy"
        elif self.policy and self.policy.opens:
            others = ", ".join(self.policy.opens)
            sentence = f"no statement of the bucket policy covers it ({others}: other keys only)"
        else:
            sentence = "no statement of the bucket policy allows anyone s3:GetObject"
        if (
            facts.ownership != "BucketOwnerEnforced"
            and example
            and example.owner
            and not example.grants_anyone
        ):
            sentence += f", and no ACL lets anyone read it ({example.uri} was seen)"
        hint = _STATEMENT
        if refusing := [level for level in self._levels() if level.block.writing]:
            who = " and ".join(level.permission for level in refusing)
            hint = f"who has {who} must turn BlockPublicPolicy off; then {_STATEMENT}"
        return Cause("no-grant", sentence, hint)

    def _in_spite_of_grant(self) -> Cause:
        facts, example = self.facts, self.facts.example
        if example and example.owner and facts.owner and example.owner != facts.owner:
            sentence = (
                f"another account owns it ({example.uri} was seen), so the bucket policy does not reach it"
            )
            hint = "set the bucket's Object Ownership to BucketOwnerEnforced"
            return Cause("foreign-owner", sentence, hint)
        if example and (example.encryption or "").startswith("aws:kms"):
            sentence = f"SSE-KMS encrypts it ({example.uri} was seen), so no anonymous request can read it"
            return Cause("kms", sentence, _FIXES["kms"])
        guesses = self._guesses() or [
            "Block Public Access of the organization",
            "a policy changed seconds ago",
        ]
        sentence = f"the bucket policy allows it, yet S3 refuses; possible: {', '.join(guesses)}"
        return Cause("not-told", sentence, "ask who may read these settings, or run again in a minute")

    def _untold(self) -> Cause:
        """The policy could not be read: say what it may be, and what it takes to know."""
        facts = self.facts
        if facts.is_public is False:
            return Cause("no-grant", "the bucket policy makes nothing public (its PolicyStatus)", _STATEMENT)
        why, hint = "it cannot be understood", _MEND
        if isinstance(facts.document, Unread):
            why = facts.document.why
            hint = (
                "run again with credentials that allow s3:GetBucketPolicy and s3:GetBucketPublicAccessBlock"
            )
        guesses = ["no statement that allows it", "a Deny", *self._guesses()]
        sentence = (
            f"S3 refuses an anonymous request; the bucket policy was not readable ({why}), so it may be"
        )
        return Cause("not-told", f"{sentence} {', '.join(guesses)}", hint)

    def _guesses(self) -> list[str]:
        facts = self.facts
        found = []
        if isinstance(facts.block, Unread):
            found += ["Block Public Access"] if facts.block.is_offered else []
        elif facts.account is None or isinstance(facts.account, Unread):
            found.append("Block Public Access of the account")
        if isinstance(facts.payer, Unread) and facts.payer.is_offered:
            found.append("Requester Pays")
        if facts.ownership != "BucketOwnerEnforced" and not facts.owner:
            found.append("an owner in another account")
        return found
