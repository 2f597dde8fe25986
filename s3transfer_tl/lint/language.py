"""TL301 to TL304: language tags."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from s3transfer_tl import naming
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
_NEAR = 10  # of tag_distance: who reads one reads the other (no and nb: 1; de and gsw: 4)
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


def suffix(video: str, transcription: str) -> str | None:
    """Return the canonical tag that stands in a transcription's file name behind its video's stem (or
    as its last dot token, where it has another stem), None where there is none."""
    name, caption = (uri[uri.rfind("/") + 1 :] for uri in (video, transcription))
    stem = name[: name.rfind(".") + 1]
    if not stem or not caption.startswith(stem):
        return _told(caption.rpartition(".")[0].rpartition(".")[2]) if caption.count(".") > 1 else None
    rest = caption[len(stem) :]
    return _told(rest.removeprefix(f"{name[len(stem) :]}.").rpartition(".")[0])


def plainly_suits(tag: str, rest: str) -> bool:
    """Tell whether what stands behind a stem, such as ``srt`` or ``en.srt``, is no other language."""
    told, dot, extension = rest.rpartition(".")
    return extension in naming.CAPTION_FORMATS and (not dot or told == tag or told in naming.VIDEO_EXTENSIONS)


@functools.lru_cache(4096)
def _told(tail: str) -> str | None:
    """Return the language that dot-separated tokens tell."""
    if not tail or tail in COMMON:
        return tail or None
    from s3transfer_tl.naming import languages

    found = languages.tail(tail).language
    # Words such as `raw`, `cut` and `mix` are codes of small languages too.
    return found if found is not None and len(found.partition("-")[0]) == 2 else None


def suits(tag: str, other: str) -> bool:
    """Tell whether one of two canonical tags is the other, or says the same less exactly: en, en-GB."""
    return tag == other or tag.startswith(f"{other}-") or other.startswith(f"{tag}-")


def _unsupported(subject: Subject) -> Iterator[Complaint]:
    value, config = subject.text("language"), subject.facts.config
    known = config.lint.languages if config else ()
    if value is None or not known or supported(value, known):
        return
    message = f"language {value} is not in lint.languages of {config.path if config else ''}"
    near = [tag for tag in known if tag.partition("-")[0] == value.partition("-")[0]]
    yield Complaint(message, "language", hint=f"it has {', '.join(near)}" if near else "")


def supported(tag: str, known: Iterable[str]) -> bool:
    """Tell whether ``tag``, or the language that it is a kind of, is one of ``known``."""
    return any(tag == one or tag.startswith(f"{one}-") for one in known)


def _other_suffix(subject: Subject) -> Iterator[Complaint]:
    value = subject.text("language")
    video, transcription = subject.text("object"), subject.text("transcription")
    if value is None or video is None or transcription is None:
        return
    told = suffix(video, transcription)
    if told is None or suits(told, value):
        return
    near = told.partition("-")[0] == value.partition("-")[0] or _near(told, value)
    mend = None
    if told == "hi":
        hint = "hi alone is read as Hindi; name it .en.hi.srt if it is for the hard of hearing"
        near = True
    else:
        hint = f'write "{told}", or name the transcription that is in {value}'
        mend = Mend(f'write "{told}"', {"language": told})
    message = f"language is {value}, but the transcription's name ends in {told}"
    yield Complaint(message, "language", hint=hint, severity=Severity.INFO if near else None, mend=mend)


def _near(tag: str, other: str) -> bool:
    import langcodes

    return langcodes.tag_distance(tag, other) <= _NEAR


def _invalid(subject: Subject) -> Iterator[Complaint]:
    value = subject.text("language")
    if value is None or canonical(value) is not None:
        return
    code = _NAMES.get(value.lower())
    mend = Mend(f'write "{code}"', {"language": code}) if code else None
    said = f"language {value[:40]!r} is no language tag"
    yield Complaint(said, "language", hint=mend.title if mend else "", mend=mend)


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
        fix=Remedy("unsafe", "Writes the tag for the name of a common language; others are left."),
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
    Rule(
        code="TL303",
        name="language-unsupported",
        severity=Severity.WARNING,
        hint="write the tag that the service has for it, or add it to lint.languages",
        finds="A language that is not in `lint.languages` of the config, nor a kind of one that is.",
        hurts="The service does not know it: the task fails, or the speech is read in another language.",
        example='lint: {languages: [en, es]} and "language": "cy"',
        better='"language": "en"',
        judge=_unsupported,
        needs="lint.languages of a config",
        fact="languages",
    ),
    Rule(
        code="TL304",
        name="language-suffix-mismatch",
        severity=Severity.WARNING,
        hint="make the two agree",
        finds=(
            "A transcription whose name ends in another language than the entry has. Where the two are "
            "near, as no and nb are, it is an info."
        ),
        hurts="Either the tag is wrong or the file: what is said is searched in the wrong language.",
        example='"language": "en", "transcription": "s3://media/a.de.srt"',
        better='"language": "de", "transcription": "s3://media/a.de.srt"',
        judge=_other_suffix,
        fix=Remedy("unsafe", "Writes the language that the transcription's name tells; hi alone is left."),
    ),
)
