"""Run as a module, and the console script: ``python -m s3transfer_tl``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and exit with the code of docs/exit-codes."""
    try:
        _fill_standard_streams()
        from s3transfer_tl import cli
    except KeyboardInterrupt:  # from here on, the command line takes it
        sys.exit(130)
    sys.exit(cli.run(sys.argv[1:]))


def _fill_standard_streams() -> None:
    """Put something in the place of each standard stream that the caller closed, before a file of
    ours gets its number: nothing to read, nobody to talk to, and no place for data."""
    # standard output is opened for reading, so that writing data fails instead of losing it
    for number, flags in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # takes the lowest number that is free: this one
    sys.stdin = sys.stdin or open(0, encoding="utf-8")  # noqa: SIM115 - open as long as the process
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8")  # noqa: SIM115


if __name__ == "__main__":
    main()
