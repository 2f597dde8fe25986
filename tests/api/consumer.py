"""A program that uses all that is public; `mypy --strict` judges it as it judges anybody's."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import s3transfer_tl as tl
from s3transfer_tl import Finding, Review, Submission, build, errors, lint


def judged(path: Path) -> list[Finding]:
    review: Review = lint(path, "more/*.json", select=["TL1"], config="transfer.yaml")
    return [one for one in review.findings if one.severity is tl.Severity.ERROR]


def made(config: tl.Config, s3: tl.S3Options) -> int:
    def show(event: tl.BuildEvent) -> None:
        if isinstance(event, tl.Listed):
            print(event.keys + event.pages)
        elif isinstance(event, tl.AccessChecked):
            print(event.done / event.total)
        elif isinstance(event, tl.Working):
            print(event.what, event.count)

    built: tl.Built = build(config, io.BytesIO(), on_event=show, **s3)
    found: tl.Pairing = tl.pairs(config, on_event=lambda event: print(event.keys))
    orphans: tuple[tl.Orphan, ...] = found.orphans
    ambiguities: tuple[tl.Ambiguity, ...] = found.ambiguities
    for pair in found.pairs:
        if pair.transcription is not None:
            print(pair.object + pair.transcription)
    return len(built.parts) + len(orphans) + len(ambiguities)


def looked(manifest: str) -> tl.Survey:
    def show(event: tl.CheckEvent) -> None:
        if isinstance(event, tl.Looking):
            print(event.what, event.done)

    checked: tl.Checked = tl.check(
        manifest, media=True, engines=["marengo2.6"], on_event=show, profile="media"
    )
    print([one.needs for one in checked.review.not_run if isinstance(one, tl.NotRun)])
    return tl.access("s3://media/", on_event=lambda verdict: print(verdict.uri), no_sign_request=True)


def sent(manifest: Path) -> Iterator[tl.Standing]:
    try:
        run: Submission = tl.submit(manifest, wait=True, api_key=tl.Secret("..."), on_event=told)
    except tl.Unsound as error:
        print(len(error.findings))
        raise
    except errors.TransferError as error:
        print(error.message, error.hint, error.exit_code)
        raise
    print(run.counts.get("ready", 0))
    tl.upload("a.mp4", "a.srt", index_id="...", on_sent=bytes_sent, on_notice=print)
    return tl.status(run=run.run, states=["ready"])


def told(event: tl.Event) -> None:
    print(event.time, event.task_id)


def bytes_sent(sent: tl.Sent) -> None:
    print(sent.done / sent.total)
