"""AWS settings that boto3 cannot read: its environment variables, profiles and credential processes.

What a setting or a line holds is told only where it cannot be a secret.
"""

from __future__ import annotations

import configparser
import difflib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from s3transfer_tl.errors import UsageError

_NUMBER = re.compile(r"invalid literal for int\(\) with base 10: '(.*)'", re.DOTALL)


@contextmanager
def understood() -> Iterator[None]:
    """Turn what boto3 raises of settings that it cannot read into ``UsageError``; to be put around calls
    of boto3 alone."""
    try:
        yield
    except json.JSONDecodeError as error:
        raise UsageError(
            "the profile's credential_process prints no JSON",
            'run it by hand: it must print {"Version": 1, "AccessKeyId": ..., "SecretAccessKey": ...}',
        ) from error
    except ValueError as error:
        number = _NUMBER.fullmatch(str(error))
        if number is None:
            raise
        places = [name for name, text in os.environ.items() if name.startswith("AWS_") and text == number[1]]
        where = " or ".join(places) or "a setting of the profile"
        raise UsageError(
            f"boto3 wants a number in {where}, not {number[1]!r}", "mend or remove it"
        ) from error


def unreadable(error: Any) -> UsageError:
    """Return the complaint about a config file, from boto3's ``ConfigParseError``."""
    cause = error.kwargs.get("error")
    line = getattr(cause, "lineno", None)
    if line is None and isinstance(cause, configparser.ParsingError):
        line = cause.errors[0][0]
    place = f"{error.kwargs['path']}:{line}" if line else error.kwargs["path"]
    said = {
        configparser.MissingSectionHeaderError: "it comes before any [profile NAME]",
        configparser.DuplicateSectionError: "this section is there twice",
        configparser.DuplicateOptionError: "this setting is there twice",
        UnicodeDecodeError: "it is not UTF-8",
        ValueError: "an indented line without =",
    }
    what = said.get(type(cause), "neither [profile NAME] nor name = value")
    return UsageError(f"boto3 cannot read {place}: {what}", "mend the file; `aws configure list` tries it")


def unknown(name: str) -> UsageError:
    """Return the complaint about a profile that is not there."""
    import botocore.session

    known = botocore.session.Session().available_profiles
    near = difflib.get_close_matches(name, known, 1)
    if near:
        hint = f"did you mean {near[0]}?"
    else:
        hint = f"profiles: {', '.join(known)}" if known else f"make one: aws configure --profile {name}"
    return UsageError(f"no AWS profile named {name}", hint)
