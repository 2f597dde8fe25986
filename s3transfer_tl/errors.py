"""What can go wrong with a whole run (floor 0). Each says the sentence, the hint, the exit code.

    TransferError
      UsageError        2    wrong options, missing API key
      ConfigError       2    a config that cannot be used; carries findings with positions
      PolicyError       1    a `fail` policy stopped the run; nothing was written
      NothingToDo       3    no video listed, empty manifest, nothing checked
      RemoteError       4    S3 or the platform could not be reached, or refused
        S3Error
        PlatformError        with the platform's own code, message and docs_url
      OutputError       4    an output file could not be written (full disk); the old one is as it was
      LedgerError       4    the ledger cannot be used (full disk, corrupt, read-only)
      LedgerBusy        7    another process holds the ledger
    Stopped             130 / 143, beside the tree: it passes every `except Exception`

They are raised anywhere and caught once, in ``cli``. Trouble with one item is never raised: it is
a value in the stream (``model``).
"""

from __future__ import annotations

from collections.abc import Sequence

from s3transfer_tl.model import Finding

OK = 0
FINDINGS = 1
USAGE = 2
NOTHING = 3
REMOTE = 4
PARTLY = 5
UNKNOWN = 6
BUSY = 7
INTERRUPTED = 130
TERMINATED = 143


class TransferError(Exception):
    """The base: ``message`` says what is wrong and where, ``hint`` what to do next."""

    exit_code = FINDINGS

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        # by its state: made from its ``args`` alone, as exceptions are, it would break a pool of processes
        return _blank, (type(self), self.args), self.__dict__


def _blank(kind: type[TransferError], args: tuple[object, ...]) -> TransferError:
    return kind.__new__(kind, *args)


class UsageError(TransferError):
    """Wrong options or a missing API key."""

    exit_code = USAGE


class ConfigError(TransferError):
    """A config that cannot be used; ``findings`` carry file, line and column."""

    exit_code = USAGE

    def __init__(self, message: str, hint: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message, hint)
        self.findings = tuple(findings)


class PolicyError(TransferError):
    """A ``fail`` policy of the config stopped the run before anything was written."""

    exit_code = FINDINGS


class NothingToDo(TransferError):
    """There was nothing to work on. Never exit code 0: a green run that did nothing hides a typo."""

    exit_code = NOTHING


class RemoteError(TransferError):
    """S3 or the platform could not be reached, or refused. Nothing is lost; run again to resume."""

    exit_code = REMOTE


class S3Error(RemoteError):
    """S3 refused a call or could not be reached."""


class PlatformError(RemoteError):
    """The platform refused a call: its words as it said them.

    ``status`` is the HTTP status, 0 where no answer came and nothing had been sent.
    """

    def __init__(
        self,
        message: str,
        hint: str,
        *,
        status: int = 0,
        code: str | None = None,
        docs_url: str | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code
        self.docs_url = docs_url


class OutputError(TransferError):
    """An output file could not be written; the old one is as it was."""

    exit_code = REMOTE


class LedgerError(TransferError):
    """The ledger cannot be read or written. Nothing is sent without a committed intent."""

    exit_code = REMOTE


class LedgerBusy(TransferError):
    """Another process holds the ledger."""

    exit_code = BUSY


class Stopped(BaseException):
    """Ctrl-C or SIGTERM; the state is saved.

    Not an ``Exception``: a library that catches those, as S3's does around a request, must not turn
    a wish to stop into a failed request.
    """

    def __init__(self, message: str, hint: str, exit_code: int = INTERRUPTED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
