"""The command `signalwire-streams`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from signalwire_streams._version import __version__
from signalwire_streams.cli import _listen, _mock, _start, _stop
from signalwire_streams.cli._output import complain

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0 done, 1 failed, 2 wrong usage; `COMMAND --help` has others."""
    parser = _Parser(
        prog="signalwire-streams",
        description="Start, stop and receive audio streams of live phone calls through SignalWire's Compat API.",
        epilog='"signalwire-streams COMMAND --help" has examples, settings and exit codes.',
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (_start, _stop, _listen, _mock):
        command.add_command(commands)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.error(f"there are unknown arguments: {_names(unknown)}")
    code: int = options.run(options)
    return code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        complain(f"{message} (see {self.prog} --help)")
        raise SystemExit(2)


def _names(arguments: Sequence[str]) -> str:
    """Return the names of options without what was given to them, which may be secret."""
    options = [argument for argument in arguments if argument.startswith("-")]
    names = [option.partition("=")[0] if option.startswith("--") else option[:2] for option in options]
    return ", ".join(names) or f"{len(arguments)} more than expected"
