"""The command `signalwire-streams`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from signalwire_streams._version import __version__
from signalwire_streams.cli import _mock


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0 done, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="signalwire-streams",
        description="Start and stop audio streams on live phone calls through SignalWire's Compat API.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _mock.add_command(commands)
    options = parser.parse_args(arguments)
    code: int = options.run(options)
    return code
