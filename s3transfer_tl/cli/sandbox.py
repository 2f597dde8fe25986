"""`s3transfer-tl sandbox`: a stand-in for the platform, until it is stopped."""

from __future__ import annotations

import json
import re
import threading

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import options
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, GRAMMAR, FaultError, Sandbox


def _index_ids(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not re.fullmatch("[0-9a-f]{24}", value):
            raise click.BadParameter(f"'{value}' is not 24 lower-case hexadecimal digits")
    return values or (DEFAULT_INDEX_ID,)


EXAMPLE = """

\b
Example:
  s3transfer-tl sandbox --index-id 629d807aa9e2a3a33a92c00b --fault transfers:2=cut
"""


@click.command(
    "sandbox", epilog="\b\n" + GRAMMAR + EXAMPLE, short_help="Serve a stand-in for the platform on loopback."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default="a free one",
    metavar="N",
    help="Port to use.",
)
@click.option(
    "--api-key", default=DEFAULT_KEY, show_default=True, metavar="KEY", help="The sandbox's own key, made up."
)
@click.option(
    "--index-id",
    "index_ids",
    multiple=True,
    callback=_index_ids,
    metavar="ID",
    help="An index that exists; may be given again.",
)
@click.option(
    "--s3-endpoint-url", metavar="URL", help="Read the objects there. Without: all present and public."
)
@click.option(
    "--speed",
    type=options.Number(0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="N",
    help="Platform seconds in one second; a task takes 180.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="SPEC",
    help="What should go wrong, see below; may be given again.",
)
@options.common
def command(
    talk: Talk,
    *,
    port: int,
    api_key: str,
    index_ids: tuple[str, ...],
    s3_endpoint_url: str | None,
    speed: float,
    faults: tuple[str, ...],
) -> int:
    """Serve a stand-in for the platform on loopback.

    Prints one line of JSON, {"api_url", "index_ids"}, once it listens, and ends on Ctrl-C or SIGTERM.
    """
    try:
        sandbox = Sandbox(
            port=port,
            api_key=api_key,
            index_ids=index_ids,
            s3_endpoint_url=s3_endpoint_url,
            speed=speed,
            fault_specs=faults,
            told=talk.say,
        )
    except FaultError as error:
        raise errors.UsageError(str(error), "s3transfer-tl sandbox --help spells every fault") from None
    except ValueError as error:
        raise errors.UsageError(f"--s3-endpoint-url: {error}", "give the S3 server's URL") from None
    except OSError as error:
        hint = "choose another --port, or leave it out for a free one"
        raise errors.UsageError(f"cannot listen on port {port}: {error.strerror}", hint) from None
    try:
        with sandbox:
            click.echo(json.dumps({"api_url": sandbox.api_url, "index_ids": sandbox.index_ids}))
            threading.Event().wait()
    except (errors.Stopped, KeyboardInterrupt):
        pass  # being stopped is how it ends
    return errors.OK
