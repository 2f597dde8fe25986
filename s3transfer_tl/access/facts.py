"""What can be learned of a bucket from outside and with the user's credentials: GET and HEAD only.

Each question is asked once a bucket. A question that is refused, or gets no answer, is an ``Unread``
with the permission that it takes; nothing is raised for it. Calls, permissions and codes are from the
Amazon S3 API reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from s3transfer_tl.access import policy
from s3transfer_tl.errors import TransferError
from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources import account, contact, identity, refusals

_NOTHING_THERE = frozenset(
    {
        "NoSuchBucketPolicy",
        "NoSuchPublicAccessBlockConfiguration",
        "OwnershipControlsNotFoundError",
        "404",
        "NoSuchKey",
    }
)
_NOT_OFFERED = frozenset({"NotImplemented", "MethodNotAllowed", "405", "501", "XNotImplemented"})
_ANYONE = "http://acs.amazonaws.com/groups/global/AllUsers"


class Unread(NamedTuple):
    """A question without an answer: ``permission`` is what it takes, ``why`` S3's code or what failed."""

    permission: str
    why: str

    @property
    def is_offered(self) -> bool:
        """Whether the service knows this question at all."""
        return self.why not in _NOT_OFFERED


@dataclass(frozen=True, slots=True)
class Block:
    """The two switches of Block Public Access that reach what is there already, and the one that
    refuses to write a public policy."""

    policies: bool = False  # RestrictPublicBuckets
    acls: bool = False  # IgnorePublicAcls
    writing: bool = False  # BlockPublicPolicy


@dataclass(frozen=True, slots=True)
class Example:
    """One object that was refused, as its owner sees it."""

    uri: str
    exists: bool | Unread
    encryption: str | None = None  # "aws:kms", "AES256" ...
    grants_anyone: bool | Unread = False  # its ACL
    owner: str | None = None  # of the object, a canonical user id


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one bucket. ``document`` None is no policy; ``account`` None is a level that was
    not asked: no account number, another account's bucket, or an endpoint that is not AWS."""

    bucket: str
    document: str | Unread | None  # the policy
    block: Block | Unread = Block()
    account: Block | Unread | None = None
    account_id: str | None = None
    ownership: str | Unread | None = None  # "BucketOwnerEnforced" ...; None: not configured
    payer: str | Unread = "BucketOwner"
    is_public: bool | Unread | None = None  # PolicyStatus; asked only where the policy was not readable
    region: str | None = None
    anyone_lists: bool = False
    example: Example | None = None
    owner: str | None = None  # of the bucket; asked with the example
    is_deaf: bool = False  # no credentials or no connection: more questions would get no answer either

    def policy(self) -> policy.Policy | None:
        """Compile the policy; None where it could not be read or understood."""
        if isinstance(self.document, Unread):
            return None
        try:
            return policy.compile(self.document) if self.document else policy.NONE
        except policy.PolicyError:
            return None


def collect(bucket: str, s3: S3Settings, known: identity.Credentials | None = None) -> Facts:
    """Ask all there is to ask of ``bucket``, with ``known`` credentials where some are. Nothing is raised:
    without credentials, every answer to a question that takes them is an ``Unread``."""
    region, anyone_lists = _outside(bucket, s3)
    with _questions(bucket, s3, known) as asked:
        document = asked.policy()
        account_id, account_block = _account(asked, s3, known)
        return Facts(
            bucket=bucket,
            document=document,
            block=asked.block(),
            account=account_block,
            account_id=account_id,
            ownership=asked.ownership(),
            payer=asked.payer(),
            is_public=asked.is_public() if isinstance(document, Unread) else None,
            region=region,
            anyone_lists=anyone_lists,
            is_deaf=asked.is_deaf,
        )


def look(facts: Facts, uri: str, s3: S3Settings) -> Facts:
    """Return ``facts`` with what the credentials can tell of ``uri``, an object that was refused."""
    if facts.is_deaf:
        return facts
    with _questions(facts.bucket, s3) as asked:
        seen = asked.example(uri, acls=facts.ownership != "BucketOwnerEnforced")
        return replace(facts, example=seen, owner=asked.owner() if seen.owner else None)


@contextmanager
def _questions(
    bucket: str, s3: S3Settings, known: identity.Credentials | None = None
) -> Iterator[_Questions]:
    if s3.no_sign_request:
        yield _Questions(None, bucket, s3, Unread("", "--no-sign-request"))
        return
    try:
        client = contact.client(s3, impatient=True, known=known)
    except TransferError as error:
        yield _Questions(None, bucket, s3, Unread("", error.message))
        return
    with closing(client):
        yield _Questions(client, bucket, s3)


class _Questions:
    """The questions about one bucket, each a GET or a HEAD."""

    def __init__(self, client: Any, bucket: str, s3: S3Settings, dead: Unread | None = None) -> None:
        self._client = client
        self._bucket = bucket
        self._settings = s3
        self._dead = dead  # no credentials, no connection: the others would fail alike

    @property
    def is_deaf(self) -> bool:
        return self._dead is not None

    def policy(self) -> str | Unread | None:
        answer = self._ask("get_bucket_policy", "s3:GetBucketPolicy")
        return answer if isinstance(answer, Unread) else answer.get("Policy")

    def is_public(self) -> bool | Unread:
        answer = self._ask("get_bucket_policy_status", "s3:GetBucketPolicyStatus")
        return answer if isinstance(answer, Unread) else bool(answer.get("PolicyStatus", {}).get("IsPublic"))

    def block(self) -> Block | Unread:
        answer = self._ask("get_public_access_block", "s3:GetBucketPublicAccessBlock")
        return answer if isinstance(answer, Unread) else switches(answer)

    def ownership(self) -> str | Unread | None:
        answer = self._ask("get_bucket_ownership_controls", "s3:GetBucketOwnershipControls")
        if isinstance(answer, Unread):
            return answer
        rules = answer.get("OwnershipControls", {}).get("Rules", [])
        return str(rules[0]["ObjectOwnership"]) if rules else None

    def payer(self) -> str | Unread:
        answer = self._ask("get_bucket_request_payment", "s3:GetBucketRequestPayment")
        return answer if isinstance(answer, Unread) else str(answer.get("Payer", "BucketOwner"))

    def owner(self) -> str | None:
        answer = self._ask("get_bucket_acl", "s3:GetBucketAcl")
        return None if isinstance(answer, Unread) else answer.get("Owner", {}).get("ID")

    def belongs_to(self, account_id: str) -> bool:
        """Tell whether S3 confirms the bucket to be that account's."""
        answer = self._ask("get_bucket_location", "s3:GetBucketLocation", ExpectedBucketOwner=account_id)
        return not isinstance(answer, Unread)

    def example(self, uri: str, *, acls: bool) -> Example:
        """Look at one object that was refused; at its ACL only where ACLs can count."""
        key = uri.removeprefix(f"s3://{self._bucket}/")
        payer = {"RequestPayer": self._settings.request_payer} if self._settings.request_payer else {}
        head = self._ask("head_object", "s3:GetObject", Key=key, **payer)
        if isinstance(head, Unread):
            return Example(uri, head)
        if not head:
            return Example(uri, exists=False)
        acl: Any = self._ask("get_object_acl", "s3:GetObjectAcl", Key=key, **payer) if acls else {}
        unread = isinstance(acl, Unread)
        return Example(
            uri,
            exists=True,
            encryption=head.get("ServerSideEncryption"),
            grants_anyone=acl if unread else _grants_anyone(acl),
            owner=None if unread else acl.get("Owner", {}).get("ID"),
        )

    def _ask(self, call: str, permission: str, **more: Any) -> Any:
        """Return the answer, {} where S3 says that there is no such thing, or an ``Unread``."""
        from botocore.exceptions import BotoCoreError, ClientError

        if self._dead:
            return self._dead._replace(permission=permission)
        try:
            return getattr(self._client, call)(Bucket=self._bucket, **more)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            return {} if code in _NOTHING_THERE else Unread(permission, code)
        except BotoCoreError as error:
            try:
                with refusals.translated(self._settings, self._bucket):
                    raise error
            except TransferError as told:
                self._dead = Unread(permission, told.message)
            return self._dead


def switches(answer: Any) -> Block:
    """Read a PublicAccessBlockConfiguration; none at all is off."""
    on = answer.get("PublicAccessBlockConfiguration", {})
    return Block(
        policies=bool(on.get("RestrictPublicBuckets")),
        acls=bool(on.get("IgnorePublicAcls")),
        writing=bool(on.get("BlockPublicPolicy")),
    )


def _grants_anyone(acl: Any) -> bool:
    return any(
        one.get("Grantee", {}).get("URI") == _ANYONE and one.get("Permission") in ("READ", "FULL_CONTROL")
        for one in acl.get("Grants", [])
    )


def _outside(bucket: str, s3: S3Settings) -> tuple[str | None, bool]:
    """Ask anonymously for one key: who may list, and in which region the bucket is."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = contact.client(replace(s3, no_sign_request=True), impatient=True)
    except TransferError:
        return None, False
    try:
        answer = client.list_objects_v2(Bucket=bucket, MaxKeys=1)
        return _region(answer), True
    except ClientError as error:
        return _region(error.response), False
    except BotoCoreError:
        return None, False
    finally:
        client.close()


def _region(answer: Any) -> str | None:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    found = headers.get("x-amz-bucket-region")
    return str(found) if found else None


def _account(
    asked: _Questions, s3: S3Settings, known: identity.Credentials | None
) -> tuple[str | None, Block | Unread | None]:
    """Ask for the account's Block Public Access, where the bucket is known to be the account's."""
    from botocore.exceptions import BotoCoreError, ClientError

    found = account.of(s3, known)
    if found is None or not asked.belongs_to(found.id):
        return None, None
    permission = "s3:GetAccountPublicAccessBlock"
    try:
        return found.id, switches(found.public_access_block())
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        return found.id, Block() if code in _NOTHING_THERE else Unread(permission, code)
    except BotoCoreError as error:
        return found.id, Unread(permission, str(error))
