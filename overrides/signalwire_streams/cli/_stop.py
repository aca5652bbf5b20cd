"""The command `signalwire-streams stop`: stop a stream."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from signalwire_streams.cli._exit_codes import ExitCode
from signalwire_streams.cli._options import SETTINGS_HELP, add_client_options, make_client
from signalwire_streams.cli._output import print_problem, print_stream
from signalwire_streams.cli._signals import interruptible

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_EPILOG = f"""\
example:
  signalwire-streams stop CA123 first

{SETTINGS_HELP}

exit codes:
  0    the stream is stopped
  1    failed: the message says why
  2    invalid arguments or settings: nothing was sent
  130  interrupted: the stream may still be running"""


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "stop",
        help="stop a stream",
        usage="%(prog)s CALL_SID SID_OR_NAME [options]",
        description="Stop a stream of a call, and print its new state.",
        epilog=_EPILOG,
    )
    parser.add_argument("call_sid", metavar="CALL_SID", help="SID of the call")
    parser.add_argument("sid", metavar="SID_OR_NAME", help="SID of the stream (preferred), or its name")
    add_client_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> ExitCode:
    try:
        with interruptible() as interrupts, make_client(options) as client:
            print_stream(client.stop_stream(options.call_sid, options.sid), as_json=options.json)
            interrupts.ignore()
    except KeyboardInterrupt:
        print_problem("interrupted: the stream may still be running.")
        return ExitCode.INTERRUPTED
    except OSError as error:
        print_problem(f"the stream is stopped, but the result cannot be written: {error.strerror}.")
        return ExitCode.FAILED
    return ExitCode.DONE
