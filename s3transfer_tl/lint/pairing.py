"""TL305, TL405, TL501 and TL502: the entries that do otherwise than the rest; ``customs`` finds them."""

from __future__ import annotations

from collections.abc import Iterator

from s3transfer_tl.lint.rules import Complaint, Judge, Rule, Subject
from s3transfer_tl.model import Severity


def _exceptions(code: str) -> Judge:
    def judge(subject: Subject) -> Iterator[Complaint]:
        complaint = subject.whole.exceptions.get((code, subject.number))
        if complaint and subject.text(complaint.field or "") is not None:
            yield complaint

    return judge


RULES = (
    Rule(
        code="TL305",
        name="language-mixed",
        severity=Severity.INFO,
        hint="make sure that this video is in another language than its neighbours",
        finds=(
            "The one video in a folder that has another language, where at least four others share one. "
            "Of a manifest with very many folders, the first 50,000 are looked at."
        ),
        hurts="A folder is most often one series in one language; the odd one may be a slip.",
        example='"language": "de" for one video of s3://media/talks/, "en" for all the others',
        better='"language": "en"',
        judge=_exceptions("TL305"),
        sees="exceptions",
        settles=False,
    ),
    Rule(
        code="TL405",
        name="mixed-buckets",
        severity=Severity.INFO,
        hint="make sure that each bucket is in the region and open to the account that you mean",
        finds="The first video of each bucket but the one that holds most. Transcriptions may lie elsewhere.",
        hurts="Buckets differ in region, in permissions and in what is charged; one may be a test bucket.",
        example='"s3://media-test/a.mp4" among videos of s3://media/',
        better='"s3://media/a.mp4"',
        judge=_exceptions("TL405"),
        sees="exceptions",
        settles=False,
    ),
    Rule(
        code="TL501",
        name="stem-mismatch",
        severity=Severity.WARNING,
        hint="make sure that the transcription is this video's",
        finds=(
            "A transcription that is not named after its video, where most are; or that is named after the "
            "video of another entry. Words for language, size and kind do not count, and what differs in "
            "the same way again and again is a custom. Naming rules of a config decide instead (TL503)."
        ),
        hurts="The video would be searched by the words of another one.",
        example='"object": "s3://media/s01e01.mp4", "transcription": "s3://media/s01e02.srt"',
        better='"object": "s3://media/s01e01.mp4", "transcription": "s3://media/s01e01.srt"',
        judge=_exceptions("TL501"),
        sees="exceptions",
        settles=False,
    ),
    Rule(
        code="TL502",
        name="different-folder-or-bucket",
        severity=Severity.INFO,
        hint="make sure that this is the transcription you mean, not one of the same name",
        finds=(
            "A transcription that lies elsewhere, seen from its video, than at least four fifths of the "
            "others do. In another bucket it is a warning. Told once for each way to lie elsewhere. Naming "
            "rules of a config decide instead (TL503)."
        ),
        hurts="Files of one name in several folders are easily mixed up.",
        example='"s3://media/ep1/master.mp4" with "s3://media/ep2/master.srt"',
        better='"s3://media/ep1/master.mp4" with "s3://media/ep1/master.srt"',
        judge=_exceptions("TL502"),
        sees="exceptions",
        settles=False,
    ),
)
