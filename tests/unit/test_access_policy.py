from __future__ import annotations

import fnmatch
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl.access import policy, statement
from s3transfer_tl.access.policy import Decision, PolicyError

B = "arn:aws:s3:::media"


def allow(resource: Any = f"{B}/*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": resource, **more}


def deny(resource: Any = f"{B}/*", **more: Any) -> dict[str, Any]:
    return allow(resource, Effect="Deny", **more)


def decide(*statements: Any, key: str = "subs/a.srt") -> Decision:
    return policy.compile(json.dumps({"Version": "2012-10-17", "Statement": statements})).decide(
        f"s3://media/{key}"
    )


# Who and what


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"AWS": ["*"]}, {"AWS": ["arn:aws:iam::1:root", "*"]}]
)
def test_a_statement_for_everyone_is_for_anonymous_requests(principal: Any) -> None:
    assert decide(allow(Principal=principal)).effect == "allow"


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "arn:aws:iam::111122223333:root"},
        {"Service": "cloudfront.amazonaws.com"},
        {"CanonicalUser": "x"},
    ],
)
def test_a_statement_for_somebody_is_not(principal: Any) -> None:
    assert decide(allow(Principal=principal)).effect == "none"
    assert decide(allow(), deny(Principal=principal)).effect == "allow"


def test_not_principal_leaves_out_only_those_it_names() -> None:
    others = deny(NotPrincipal={"AWS": "arn:aws:iam::111122223333:root"})
    del others["Principal"]
    assert decide(allow(), others).effect == "deny"
    nobody = deny(NotPrincipal="*")
    del nobody["Principal"]
    assert decide(allow(), nobody).effect == "allow"


@pytest.mark.parametrize(
    "action", ["s3:GetObject", "s3:*", "*", "S3:GETOBJECT", "s3:Get*", ["s3:x", "s3:GetObj?ct"]]
)
def test_actions_match_with_wildcards_and_in_any_case(action: Any) -> None:
    assert decide(allow(Action=action)).effect == "allow"


@pytest.mark.parametrize("action", ["s3:GetObjectAcl", "s3:ListBucket", "s3:Put*", [], "ec2:*"])
def test_other_actions_do_not_let_anyone_read(action: Any) -> None:
    assert decide(allow(Action=action)).effect == "none"


def test_not_action_is_everything_else() -> None:
    one = allow(NotAction="s3:PutObject")
    del one["Action"]
    assert decide(one).effect == "allow"
    one["NotAction"] = ["s3:Get*"]
    assert decide(one).effect == "none"


# Which objects


@pytest.mark.parametrize(
    ("resource", "covers"),
    [
        (f"{B}/subs/*", True),
        (f"{B}/*.srt", True),
        (f"{B}/subs/?.srt", True),
        ("*", True),
        ("arn:aws:s3:::*", True),
        ("arn:aws:s3:::med*/subs/*", True),
        ("arn:aws-us-gov:s3:::media/*", True),
        ([f"{B}/x/*", f"{B}/subs/a.srt"], True),
        (B, False),
        (f"{B}/subs", False),
        (f"{B}/Subs/*", False),
        (f"{B}/subs/??.srt", False),
        (f"{B}/*.vtt", False),
        (f"{B}/subs/a.srt*a.srt", False),
        ("arn:aws:s3:::media-2/*", False),
        ("arn:aws:sqs:::media/*", False),
    ],
)
def test_a_resource_covers_what_its_wildcards_say(resource: Any, covers: bool) -> None:
    assert decide(allow(resource)).effect == ("allow" if covers else "none")


def test_not_resource_covers_the_rest() -> None:
    rest = deny(NotResource=[f"{B}/subs/*"])
    del rest["Resource"]
    assert decide(allow(), rest).effect == "allow"
    assert decide(allow(), rest, key="videos/a.srt").effect == "deny"


def test_escaped_signs_stand_for_themselves_and_other_variables_are_unclear() -> None:
    assert decide(allow(f"{B}/${{*}}${{?}}${{$}}.srt"), key="*?$.srt").effect == "allow"
    assert decide(allow(f"{B}/${{*}}.srt"), key="x.srt").effect == "none"
    assert decide(allow(f"{B}/home/${{aws:username}}/*"), key="home/x/a.srt").effect == "unclear"
    assert decide(allow(f"{B}/home/${{aws:username}}/*"), key="a.srt").effect == "none"


@given(
    pattern=st.text("ab/.?*\u00fc\n", max_size=10).filter(lambda text: "[" not in text),
    key=st.text("ab/.\u00fc\n", min_size=1, max_size=10),
)
def test_patterns_cover_what_the_plain_matcher_covers(pattern: str, key: str) -> None:
    covers = decide(allow(f"{B}/{pattern}"), key=key).effect == "allow"
    assert covers == fnmatch.fnmatchcase(key, pattern)


# Deny and conditions


def test_a_deny_beats_every_allow_and_names_itself() -> None:
    assert decide(allow(), deny(f"{B}/subs/*", Sid="Hold")) == Decision("deny", "Hold")
    assert decide(deny(f"{B}/subs/*"), allow()) == Decision("deny", "number 1")
    assert decide(allow(), deny(f"{B}/other/*")).effect == "allow"


def test_a_statement_alone_needs_no_list() -> None:
    text = json.dumps({"Statement": allow()})
    assert policy.compile(text).decide("s3://media/a").effect == "allow"


@pytest.mark.parametrize(
    "condition",
    [
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
        {"StringLike": {"aws:Referer": "https://example.com/*"}},
        {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}},
        {"StringEquals": {"s3:ExistingObjectTag/public": "yes"}},
    ],
)
def test_a_condition_that_hangs_on_the_request_is_told_with_its_key(condition: dict[str, Any]) -> None:
    (key,) = next(iter(condition.values()))
    assert decide(allow(Condition=condition, Sid="Some")) == Decision("allow-if", "Some", (key,))
    assert decide(allow(), deny(Condition=condition, Sid="Not")) == Decision("allow-unless", "Not", (key,))
    assert decide(allow(Condition=condition), allow()).effect == "allow"


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "true"}},
        {"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"ForAllValues:StringNotEquals": {"aws:PrincipalOrgPaths": "o-1/*"}},
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-1/*"}},
        {"ForAnyValue:StringNotLikeIfExists": {"aws:PrincipalOrgPaths": "o-1/*"}},
        {"Null": {"aws:PrincipalArn": "true"}},
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        {},
    ],
)
def test_a_condition_that_every_anonymous_request_meets_is_none(condition: dict[str, Any]) -> None:
    assert decide(allow(Condition=condition)).effect == "allow"
    assert decide(allow(), deny(Condition=condition)).effect == "deny"


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1:role/x"}},
        {"Null": {"aws:PrincipalArn": "false"}},
        {"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-1/*"}},
        {"ForAnyValue:StringNotEquals": {"aws:PrincipalOrgPaths": "o-1/*"}},
        {"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-1/*"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    ],
)
def test_a_condition_that_no_anonymous_request_meets_takes_the_statement_away(
    condition: dict[str, Any],
) -> None:
    assert decide(allow(Condition=condition)).effect == "none"
    assert decide(allow(), deny(Condition=condition)).effect == "allow"


NO_POLICIES = [
    "",
    "[]",
    "{}",
    '{"Statement": 1}',
    '{"Statement": ["x"]}',
    '{"Statement": [null]}',
    '{"Statement": [{"Effect": "Allow", "Sid": "\\ud800"}]}',
    '{"Statement": ' + "[" * 9000 + "]" * 9000 + "}",
]


@pytest.mark.parametrize(
    "text", [*NO_POLICIES, '{"Statement": [{"Effect": "allow"}]}', '{"Statement": [{"Effect": ["Allow"]}]}']
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        policy.compile(text)


def test_a_policy_of_wildcards_alone_is_judged_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    long = [f"{B}/{'?*a' * 3000}{number}" for number in range(3)]
    assert decide(allow(long), allow()).effect == "allow"
    assert decide(allow(long)).effect == "none"
    assert capfd.readouterr() == ("", "")


# The smallest statement


def scope(*keys: str, root: str = "", beside: bool = True) -> statement.Scope:
    made = statement.Scope("media", root, beside=beside)
    for key in keys:
        made.add(key, key[-4:])
    return made


@pytest.mark.parametrize(
    ("made", "resources"),
    [
        (scope("subs/a.srt", "subs/b/c.srt", beside=False), [f"{B}/subs/*"]),
        (scope("a/b/c.srt", "a/bc/d.vtt"), [f"{B}/a/*.srt", f"{B}/a/*.vtt"]),
        (scope("a.srt", "x/b.srt", beside=False), [f"{B}/*"]),
        (scope("subs/20/a.SRT", "subs/21/b.srt", root="subs/2"), [f"{B}/subs/2*.SRT", f"{B}/subs/2*.srt"]),
        (scope("what?/$5*/a.srt"), [f"{B}/what${{?}}/${{$}}5${{*}}/*.srt"]),
    ],
)
def test_the_statement_opens_no_more_than_the_transcriptions(
    made: statement.Scope, resources: list[str]
) -> None:
    assert made.resources() == resources


@given(
    keys=st.lists(
        st.text("ab/?*$.", min_size=1, max_size=8).map(lambda text: text + ".srt"), min_size=1, max_size=5
    ),
    beside=st.booleans(),
    version=st.sampled_from(["2012-10-17", "2008-10-17"]),
)
def test_the_merged_policy_allows_every_transcription(keys: list[str], beside: bool, version: str) -> None:
    before = json.dumps(
        {"Version": version, "Id": "kept", "Statement": [allow(f"{B}/other", Sid=statement.SID)]}
    )
    made = statement.propose(scope(*keys, beside=beside), before, region="us-west-2", is_readable=True)
    compiled = policy.compile(json.dumps(made.proposed))
    assert made.proposed["Statement"][:-1] == json.loads(before)["Statement"]
    assert made.proposed["Id"] == "kept"
    assert made.statement["Sid"] == f"{statement.SID}2"
    if version == "2012-10-17" or not any("$" in key for key in keys):
        assert all(compiled.decide(f"s3://media/{key}").effect == "allow" for key in keys)


def test_the_diff_is_of_the_policies_as_they_are_shown() -> None:
    before = json.dumps({"Version": "2012-10-17", "Statement": [allow(f"{B}/x/*")]})
    made = statement.propose(scope("s/a.srt"), before, region="cn-north-1", is_readable=True)
    assert made.diff.startswith("--- bucket policy of media\n+++ bucket policy of media, proposed\n@@ ")
    assert '+      "Resource": [\n+        "arn:aws-cn:s3:::media/s/*.srt"\n+      ]' in made.diff
    assert not made.is_too_long
    fresh = statement.propose(scope("s/a.srt"), None, region=None, is_readable=True)
    assert fresh.current is None
    assert not [line for line in fresh.diff.splitlines()[2:] if line.startswith("-")]


@pytest.mark.parametrize("text", NO_POLICIES)
def test_what_is_no_policy_is_not_merged(text: str) -> None:
    made = statement.propose(scope("s/a.srt"), text, region=None, is_readable=True)
    assert made.current is None
    assert made.proposed["Statement"] == [made.statement]
    assert made.is_readable == (not text)


def test_a_policy_beyond_20_kb_is_told() -> None:
    before = json.dumps({"Statement": [allow([f"{B}/{n:0100}" for n in range(200)])]})
    assert statement.propose(scope("a.srt"), before, region=None, is_readable=True).is_too_long


@pytest.mark.parametrize(
    ("excluded", "told"),
    [
        ("subs/de/b.srt", ["s3://media/subs/de/b.srt"]),
        ("subs/de/b.vtt", []),
        ("drafts/b.srt", []),
    ],
)
def test_a_statement_tells_what_it_opens_that_was_not_asked_for(excluded: str, told: list[str]) -> None:
    scope = statement.Scope("media", "", beside=True)
    scope.leave_out(excluded, excluded[-4:])
    for key in ("subs/a.srt", "subs/en/a.srt"):
        scope.add(key, ".srt")
    proposal = statement.propose(scope, None, region=None, is_readable=True)
    assert [*proposal.opens_too] == told
