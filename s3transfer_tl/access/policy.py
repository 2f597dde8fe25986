"""What a bucket policy says of an anonymous ``s3:GetObject``, without asking anybody.

Facts are from the IAM user guide (policy elements, evaluation logic, condition operators, keys that
are absent from an anonymous request) and the S3 user guide (bucket policies). A statement that cannot
be judged here is said to be unclear, never guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

Effect = Literal["allow", "deny", "allow-if", "allow-unless", "none", "unclear"]

_ARN = re.compile(r"arn:[^:]*:s3:::(.*)", re.DOTALL)
_TOKEN = re.compile(r"\$\{([*?$])\}|\*+|\?|[^*?$]+|\$", re.DOTALL)
_VARIABLE = re.compile(r"\$\{[^}*?$][^}]*\}")
_ACTION = "s3:getobject"
_EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})
# not in a request that carries no credentials; aws:PrincipalType and aws:userid are
_ABSENT = re.compile(
    r"aws:(principal(?!type\b).*|username|multifactorauth.*|tokenissuetime|source(account|arn|org.*|identity)"
    r"|federatedprovider|calledvia.*|viaawsservice|requesttag/.*|tagkeys)"
)
_NEGATED = re.compile(r"(string|numeric|date|arn)?not")  # ForAnyValue is false of no value
# with fixed values of these a policy is not public in the sense of Block Public Access
FIXED = frozenset({"aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce"})
NETWORK = FIXED | {"aws:referer"}


class PolicyError(ValueError):
    """A document that is no bucket policy."""


class Decision(NamedTuple):
    """``statement`` is the one that decides (its Sid, or its number), ``keys`` the condition keys that an
    ``allow-if``, an ``allow-unless`` or an ``unclear`` hangs on."""

    effect: Effect
    statement: str = ""
    keys: tuple[str, ...] = ()


class _Statement(NamedTuple):
    label: str
    covers: Callable[[str], bool]
    keys: tuple[str, ...]  # () where it holds for every anonymous request
    unclear: bool


class Policy:
    """The statements of a policy that can concern an anonymous ``s3:GetObject``."""

    def __init__(self, allow: tuple[_Statement, ...], deny: tuple[_Statement, ...]) -> None:
        # what holds for everyone first: it settles more
        self._allow = tuple(sorted(allow, key=lambda one: (one.unclear, len(one.keys))))
        self._deny = tuple(sorted(deny, key=lambda one: (one.unclear, len(one.keys))))

    @property
    def opens(self) -> tuple[str, ...]:
        """The statements that allow anyone to read something."""
        return tuple(one.label for one in self._allow)

    def decide(self, uri: str) -> Decision:
        """Return what the policy says of reading ``uri`` (``s3://bucket/key``) anonymously over HTTPS.

        ``allow`` and ``deny`` hold whoever asks; ``allow-if`` holds for those who fulfil the conditions
        on ``keys``, ``allow-unless`` for all but those who fulfil a Deny's; ``none``: no statement allows.
        """
        name = uri[5:]
        doubt: _Statement | None = None
        for one in self._deny:
            if one.covers(name):
                if not one.keys and not one.unclear:
                    return Decision("deny", one.label)
                doubt = one
                break
        for one in self._allow:
            if one.covers(name):
                if one.unclear or (doubt and doubt.unclear):
                    return Decision("unclear", (doubt or one).label, (doubt or one).keys)
                if one.keys:
                    return Decision("allow-if", one.label, one.keys)
                if doubt:
                    return Decision("allow-unless", doubt.label, doubt.keys)
                return Decision("allow", one.label)
        return Decision("none")


NONE = Policy((), ())


def compile(text: str) -> Policy:  # noqa: A001 - always called as policy.compile
    """Compile a policy document for anonymous ``s3:GetObject``. Raises ``PolicyError``."""
    found: dict[str, list[_Statement]] = {"Allow": [], "Deny": []}
    for number, statement in enumerate(statements(document(text)), 1):
        effect = statement.get("Effect")
        if not isinstance(effect, str) or effect not in found:
            raise PolicyError(f"statement {number} has the Effect {effect!r}")
        if _concerns_anyone(statement) and _concerns_get(statement):
            conditions = _conditions(statement.get("Condition", {}))
            if conditions is not None:
                label = str(statement.get("Sid") or f"number {number}")
                covers, unclear = _resources(statement)
                found[effect].append(_Statement(label, covers, conditions, unclear))
    return Policy(tuple(found["Allow"]), tuple(found["Deny"]))


def document(text: str) -> dict[str, Any]:
    """Parse a policy document. Raises ``PolicyError`` where it is none."""
    try:
        parsed = json.loads(text)
        if "\\u" in text:
            json.dumps(parsed, ensure_ascii=False).encode()  # half a surrogate pair, which nothing can show
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"not JSON: {error}") from error
    if not isinstance(parsed, dict) or not isinstance(parsed.get("Statement"), list | dict):
        raise PolicyError("no Statement")
    if not all(isinstance(one, dict) for one in statements(parsed)):
        raise PolicyError("a statement is no object")
    return parsed


def statements(parsed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the statements of a ``document``: one alone needs no list around it."""
    return _list(parsed["Statement"])


def _concerns_anyone(statement: Mapping[str, Any]) -> bool:
    """Tell whether an anonymous request is meant: by "*", or by a NotPrincipal that names only others."""
    if "NotPrincipal" in statement:
        return not _is_everyone(statement["NotPrincipal"])
    return _is_everyone(statement.get("Principal"))


def _is_everyone(principal: Any) -> bool:
    return principal == "*" or (isinstance(principal, dict) and "*" in _list(principal.get("AWS", [])))


def _concerns_get(statement: Mapping[str, Any]) -> bool:
    if "NotAction" in statement:
        return not any(_is_get(one) for one in _list(statement["NotAction"]))
    return any(_is_get(one) for one in _list(statement.get("Action", [])))


def _is_get(pattern: Any) -> bool:
    return _any([str(pattern).lower()])(_ACTION)


def _resources(statement: Mapping[str, Any]) -> tuple[Callable[[str], bool], bool]:
    """Return the test for ``bucket/key``, and whether a policy variable leaves it unclear."""
    negated = "NotResource" in statement
    arns = [str(one) for one in _list(statement.get("NotResource" if negated else "Resource", []))]
    found = [(arn, _ARN.fullmatch(arn)) for arn in arns]
    patterns = [match[1] if match else "*" for arn, match in found if match or arn == "*"]
    unclear = any(_expression(one)[1] for one in patterns)
    covers = _any(patterns)
    return (lambda name: not covers(name)) if negated else covers, unclear


def _any(patterns: list[str]) -> Callable[[str], bool]:
    """Compile wildcard patterns to one test; a million keys go through it, so a pattern with one `*` is
    compared as a beginning and an end, and only the rest is RE2."""
    plain = [one.split("*") for one in patterns if one.count("*") == 1 and not set(one) & {"?", "$"}]
    begins = tuple(start for start, end in plain if not end)
    framed = [(start, end, len(start) + len(end)) for start, end in plain if end]
    rest = [one for one in patterns if one.count("*") != 1 or set(one) & {"?", "$"}]
    tests: list[Callable[[str], bool]] = []
    if begins:
        tests.append(lambda name: name.startswith(begins))
    tests += [_framed(start, end, least) for start, end, least in framed]
    if rest:
        tests.append(_re2("|".join(f"(?:{_expression(one)[0]})" for one in rest)))
    if len(tests) == 1:
        return tests[0]
    return lambda name: any(test(name) for test in tests)


def _framed(start: str, end: str, least: int) -> Callable[[str], bool]:
    return lambda name: name.endswith(end) and name.startswith(start) and len(name) >= least


def _re2(pattern: str) -> Callable[[str], bool]:
    import re2

    options = re2.Options()
    options.log_errors = False  # a long pattern takes the slower way; standard error is not RE2's
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise PolicyError(f"its patterns are too long: {error}") from error
    return lambda name: compiled.fullmatch(name) is not None


def _expression(pattern: str) -> tuple[str, bool]:
    """Return a wildcard pattern as RE2 text, and whether it holds a variable that only a request fills;
    such a pattern may match anything in the variable's place."""
    parts: list[str] = []
    unclear, at = False, 0
    while at < len(pattern):
        if variable := _VARIABLE.match(pattern, at):
            parts.append("(?s:.*)")
            unclear, at = True, variable.end()
            continue
        text, literal = next((one[0], one[1]) for one in _TOKEN.finditer(pattern, at))
        at += len(text)
        if literal:
            parts.append(_quoted(literal))
        elif text.startswith("*"):
            parts.append("(?s:.*)")
        else:
            parts.append("(?s:.)" if text == "?" else _quoted(text))
    return "".join(parts), unclear


def _quoted(text: str) -> str:
    return "".join(one if one.isalnum() or one in "/_-" else f"\\x{{{ord(one):x}}}" for one in text)


def _conditions(condition: Any) -> tuple[str, ...] | None:
    """Return the keys that an anonymous HTTPS request may or may not fulfil; None where it never does."""
    if not isinstance(condition, dict):
        raise PolicyError("a Condition is no object")
    open_keys: list[str] = []
    for operator, block in condition.items():
        if not isinstance(block, dict):
            raise PolicyError(f"the condition {operator} is no object")
        for key, values in block.items():
            holds = _holds(operator.lower(), key.lower(), [str(one) for one in _list(values)])
            if holds is False:
                return None
            if holds is None:
                open_keys.append(key)
    return tuple(open_keys)


def _holds(operator: str, key: str, values: list[str]) -> bool | None:
    """Tell whether one condition is fulfilled by any anonymous HTTPS request: True, False, or None where
    it depends on who asks, when, or for what."""
    lowered = [one.lower() for one in values]
    if key == "aws:securetransport" and operator in ("bool", "boolifexists", "stringequals"):
        return "true" in lowered
    if operator == "ipaddress" and key == "aws:sourceip" and _EVERYWHERE & set(values):
        return True
    if _ABSENT.fullmatch(key):
        if operator == "null":
            return "true" in lowered
        if operator.endswith("ifexists") or operator.startswith("forallvalues:"):
            return True
        return _NEGATED.match(operator) is not None
    return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
