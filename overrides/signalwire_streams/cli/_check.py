"""The command `signalwire-streams check`: check the settings, and measure a round trip."""

from __future__ import annotations

import argparse
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from signalwire_streams import StreamsClient
from signalwire_streams.cli._exit_codes import ExitCode
from signalwire_streams.cli._options import SETTINGS_HELP, add_client_options, make_client
from signalwire_streams.cli._output import print_problem, print_result
from signalwire_streams.cli._signals import interruptible

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_EPILOG = f"""\
{SETTINGS_HELP}

exit codes:
  0    host, project and token work
  1    failed: the message says why
  2    invalid arguments or settings: nothing was sent
  130  interrupted"""


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="check that the settings work",
        usage="%(prog)s [options]",
        description="Check that host, TLS, proxy, project and token work, and measure a round trip. "
        "It asks for one call of the account, and changes nothing.",
        epilog=_EPILOG,
    )
    add_client_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> ExitCode:
    try:
        with interruptible(), make_client(options) as client:
            first, second = _time_check(client), _time_check(client)
            settings = client._settings
    except KeyboardInterrupt:
        print_problem("interrupted.")
        return ExitCode.INTERRUPTED
    url = urlsplit(settings.base_url)
    try:
        if options.json:
            facts = {"host": url.netloc, "project": settings.project}
            print_result(json.dumps(facts | {"first_ms": round(first, 1), "next_ms": round(second, 1)}))
        else:
            works, connecting = ("Host, TLS", "TCP and TLS") if url.scheme == "https" else ("Host", "TCP")
            print_result(
                f"{works}, project and token of {url.netloc} work.\n"
                f"The first request took {first:.0f} ms, with {connecting}. The next took {second:.0f} ms."
            )
    except OSError as error:
        print_problem(f"the settings work, but the result cannot be written: {error.strerror}.")
        return ExitCode.FAILED
    return ExitCode.DONE


def _time_check(client: StreamsClient) -> float:
    """Return the milliseconds that a check takes."""
    began = time.perf_counter()
    client.check()
    return (time.perf_counter() - began) * 1000
