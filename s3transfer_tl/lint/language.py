"""TL301 and TL302: language tags."""

from __future__ import annotations

from collections.abc import Iterator

from s3transfer_tl.lint.rules import Complaint, Mend, Remedy, Rule, Subject
from s3transfer_tl.model import Severity

_TAG_LIMIT = 64  # the longest tags in use have 20
# Canonical as they stand (a test asks langcodes): most manifests never load the language tables.
COMMON = frozenset(
    (  # noqa: SIM905
        "af am ar bg bn ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu id is it ja ka kk km "
        "kn ko lo lt lv mk ml mr ms my nb ne nl nn no pa pl pt ro ru si sk sl sq sr sv sw ta te th tr uk "
        "ur uz vi zh en-GB en-US es-419 es-ES es-MX fr-CA fr-FR pt-BR pt-PT zh-Hans zh-Hant"
    ).split()
)
_NAMES = {
    "english": "en", "spanish": "es", "french": "fr", "german": "de", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "russian": "ru", "chinese": "zh", "japanese": "ja", "korean": "ko", "arabic": "ar",
    "hindi": "hi", "turkish": "tr", "polish": "pl", "swedish": "sv", "norwegian": "no", "danish": "da",
    "finnish": "fi", "greek": "el", "hebrew": "he", "ukrainian": "uk", "vietnamese": "vi", "thai": "th",
    "espanol": "es", "francais": "fr", "deutsch": "de", "italiano": "it",
}  # fmt: skip


def canonical(tag: str) -> str | None:
    """Return the canonical BCP 47 form of ``tag``, None where it is no valid tag."""
    if tag in COMMON:
        return tag
    if len(tag) > _TAG_LIMIT or not tag.isascii():
        return None
    from s3transfer_tl.naming import languages

    return languages.canonical(tag)


def _invalid(subject: Subject) -> Iterator[Complaint]:
    value = subject.text("language")
    if value is None or canonical(value) is not None:
        return
    code = _NAMES.get(value.lower())
    hint = f'write "{code}"' if code else ""
    yield Complaint(f"language {value[:40]!r} is no language tag", "language", hint=hint)


def _not_canonical(subject: Subject) -> Iterator[Complaint]:
    value = subject.text("language")
    standard = canonical(value) if value is not None else None
    if standard is not None and standard != value:
        mend = Mend(f'write "{standard}"', {"language": standard})
        said = f"language {value!r} is not the canonical tag"
        yield Complaint(said, "language", hint=mend.title, mend=mend)


RULES = (
    Rule(
        code="TL301",
        name="language-invalid",
        severity=Severity.ERROR,
        hint='write a BCP 47 tag such as "en" or "pt-BR"',
        finds="A language that is no BCP 47 tag: a name, an unknown code.",
        hurts="The platform knows languages by code; the entry is refused or read in the wrong language.",
        example='"language": "english"',
        better='"language": "en"',
        judge=_invalid,
    ),
    Rule(
        code="TL302",
        name="language-not-canonical",
        severity=Severity.WARNING,
        hint="write the canonical tag",
        finds="A valid tag in another form than the canonical one: EN, pt_br, eng, iw, en-UK.",
        hurts="Whether the platform compares exactly is not documented; the canonical form is safe.",
        example='"language": "pt_br"',
        better='"language": "pt-BR"',
        judge=_not_canonical,
        fix=Remedy("safe", "Writes the canonical tag."),
    ),
)
