"""The command `signalwire-streams mock`: run a mock of SignalWire on this machine."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from signalwire_streams.cli._exit_codes import ExitCode
from signalwire_streams.cli._options import count, port, seconds
from signalwire_streams.cli._output import print_problem
from signalwire_streams.cli._signals import Shutdown
from signalwire_streams.cli.mock._steer import add_steering_commands

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_EPILOG = """\
examples:
  signalwire-streams mock --port 8080 --route wss://agent.example.com=ws://127.0.0.1:8000
in a second terminal, with the settings that the mock prints:
  signalwire-streams mock press STREAM 5#

exit codes:
  0    stopped by Ctrl-C or SIGTERM
  1    failed: cannot listen on the port, or write the output
  2    invalid arguments, or a file that cannot be used
  130  interrupted twice, which exits at once"""


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "mock",
        help="run a mock of SignalWire on this machine",
        usage="%(prog)s [options]\n       %(prog)s COMMAND [options]",
        description="Run a mock of the Compat Calls Streams API on the loopback interface until Ctrl-C or SIGTERM. "
        "The first line on standard output holds its URL, which is the client's host (SIGNALWIRE_SPACE). "
        "A stream carries audio if its URL is on this machine or has a route. The mock connects to no other host.",
        epilog=_EPILOG,
    )
    parser.add_argument("--port", type=port, default=0, metavar="N", help="port to listen on (default: a free port)")
    parser.add_argument("--project", type=_credential, metavar="ID", help="Project ID to accept (default: printed)")
    parser.add_argument("--token", type=_credential, metavar="TOKEN", help="API token to accept (default: printed)")
    parser.add_argument(
        "--route",
        type=_route,
        action="append",
        default=[],
        metavar="FROM=TO",
        help="connect to TO for streams or callbacks to FROM; repeatable",
    )
    for kind in ("call", "conference"):
        parser.add_argument(
            f"--{kind}",
            type=_sid,
            action="append",
            metavar="SID",
            help=f"accept only this {kind}; repeatable (default: any {kind})",
        )
    parser.add_argument(
        "--fail-next",
        type=_failure,
        action="append",
        default=[],
        metavar="STATUS[:TIMES]",
        help="let the next request fail with this HTTP status, or that many requests; repeatable",
    )
    for track, sound in (("inbound", "speech-like sound"), ("outbound", "a tone")):
        parser.add_argument(
            f"--audio-{track}",
            metavar="FILE",
            help=f"WAV file for the {track} track; the stream stops at its end (default: {sound})",
        )
    parser.add_argument(
        "--encoding",
        choices=["audio/x-mulaw", "audio/x-alaw", "audio/x-L16"],
        default="audio/x-mulaw",
        help="encoding of the audio (default: audio/x-mulaw)",
    )
    parser.add_argument(
        "--sample-rate",
        type=count,
        default=8000,
        metavar="HZ",
        help="sample rate of the audio; audio/x-L16 also has 16000 and 24000 (default: 8000)",
    )
    parser.add_argument("--fast", action="store_true", help="send audio as fast as possible (default: in real time)")
    parser.add_argument(
        "--start-delay",
        type=seconds,
        default=0.0,
        metavar="SECONDS",
        help="delay each start, even if its client has gone (default: 0)",
    )
    parser.add_argument(
        "--keep",
        type=count,
        metavar="N",
        help="requests, stopped streams and callbacks to keep (default: 10000)",
    )
    parser.add_argument("--ca-file", metavar="FILE", help="CA certificates to trust besides the system's")
    parser.add_argument(
        "--signing-key", type=_credential, metavar="KEY", help="key to sign status callbacks (default: printed)"
    )
    parser.add_argument("--no-page", action="store_true", help="serve neither the page nor the API under it")
    parser.set_defaults(run=_run)
    steering = parser.add_subparsers(
        title="commands for a running mock", metavar="COMMAND", prog="signalwire-streams mock"
    )
    add_steering_commands(steering)


def _credential(text: str) -> str:
    if not text or any(char in ":/" or char.isspace() or not char.isprintable() for char in text):
        raise argparse.ArgumentTypeError("expected text without colons, slashes and white space")
    return text


def _route(text: str) -> tuple[str, str]:
    prefix, _, target = text.partition("=")
    if not target:
        raise argparse.ArgumentTypeError("expected FROM=TO, as in wss://agent.example.com=ws://127.0.0.1:8000")
    return prefix, target


def _failure(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([45]\d\d)(?::([1-9]\d{0,5}))?", text, re.ASCII)
    if found is None:
        raise argparse.ArgumentTypeError("expected STATUS or STATUS:TIMES, as in 503 or 503:2, with 400 to 599")
    return int(found[1]), int(found[2] or 1)


def _sid(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("expected a SID")
    return text


def _run(options: argparse.Namespace) -> ExitCode:
    shutdown = Shutdown()
    shutdown.on_signals()
    try:
        from signalwire_streams.cli.mock._run import run_mock
    except ModuleNotFoundError as error:
        print_problem(str(error))
        return ExitCode.FAILED
    return run_mock(options, shutdown)
