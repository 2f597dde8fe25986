"""Run as a module, and the console script: ``python -m s3transfer_tl``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with the code of docs/exit-codes."""
    from s3transfer_tl import cli

    sys.exit(cli.run(sys.argv[1:]))


if __name__ == "__main__":
    main()
