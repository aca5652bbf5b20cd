"""The command `signalwire-streams`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from signalwire_streams._version import __version__
from signalwire_streams.cli import _calls, _check, _mock, _start, _stop, listen
from signalwire_streams.cli._exit_codes import ExitCode, run_command
from signalwire_streams.cli._output import print_problem

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code, which `COMMAND --help` explains.

    `arguments`: the command and its options (default: those of the process).
    """
    parser = _Parser(
        prog="signalwire-streams",
        description="Start, stop and receive audio streams of live phone calls through SignalWire's Compat API.",
        epilog='"signalwire-streams COMMAND --help" shows options, examples and exit codes.',
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (_check, _calls, _start, _stop, listen, _mock):
        command.add_command(commands)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.error(_describe_unknown(unknown))
    return run_command(options)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print_problem(f"{message} (see {self.prog} --help)")
        raise SystemExit(ExitCode.WRONG_USAGE)


def _describe_unknown(arguments: Sequence[str]) -> str:
    """Name unknown options without their values, which may be secret."""
    options = [argument for argument in arguments if argument.startswith("-")]
    names = [option.partition("=")[0] if option.startswith("--") else option[:2] for option in options]
    return f"unknown options: {', '.join(names)}" if names else f"too many arguments: {len(arguments)} unexpected"
