"""The command `signalwire-streams`."""

from __future__ import annotations

from collections.abc import Sequence

from signalwire_streams._version import __version__
from signalwire_streams.cli import _calls, _check, _start, _stop, listen, mock
from signalwire_streams.cli._exit_codes import run_command
from signalwire_streams.cli._parser import CommandParser

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code, which `COMMAND --help` explains.

    `arguments`: the command and its options (default: those of the process).
    """
    parser = CommandParser(
        prog="signalwire-streams",
        description="Start, stop and receive audio streams of live phone calls through SignalWire's Compat API.",
        epilog='"signalwire-streams COMMAND --help" shows options, examples and exit codes.',
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (_check, _calls, _start, _stop, listen, mock):
        command.add_command(commands)
    return run_command(parser.parse_all(arguments))
