"""The command `signalwire-streams mock`: run a mock of SignalWire on this machine."""

from __future__ import annotations

import argparse
import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from signalwire_streams._text import shown
from signalwire_streams.cli._exit_codes import ExitCode
from signalwire_streams.cli._options import UsageError, count, port, seconds
from signalwire_streams.cli._output import print_problem, print_result, print_unbuffered
from signalwire_streams.cli._signals import Shutdown

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from signalwire_streams.mock import MockStream, RecordedRequest

_MAX_LINE = 2000
_EPILOG = """\
example:
  signalwire-streams mock --port 8080 --route wss://agent.example.com=ws://127.0.0.1:8000

exit codes:
  0    stopped by Ctrl-C or SIGTERM
  1    failed: cannot listen on the port, or write the output
  2    invalid arguments, or a file that cannot be used"""


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "mock",
        help="run a mock of SignalWire on this machine",
        description="Run a mock of the Compat Calls Streams API on the loopback interface until\n"
        "Ctrl-C or SIGTERM. The first line on standard output holds its URL, which is the\n"
        "client's host (SIGNALWIRE_SPACE). A stream carries audio if its URL is on this\n"
        "machine or has a route. The mock connects to no other host.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    for track, sound in (("inbound", "speech-like sound"), ("outbound", "a tone")):
        parser.add_argument(
            f"--audio-{track}",
            metavar="FILE",
            help=f"WAV file for the {track} track; the stream stops at its end (default: {sound})",
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
    parser.set_defaults(run=_run)


def _credential(text: str) -> str:
    if not text or any(char in ":/" or char.isspace() or not char.isprintable() for char in text):
        raise argparse.ArgumentTypeError("expected text without colons, slashes and white space")
    return text


def _route(text: str) -> tuple[str, str]:
    prefix, _, target = text.partition("=")
    if not target:
        raise argparse.ArgumentTypeError("expected FROM=TO, as in wss://agent.example.com=ws://127.0.0.1:8000")
    return prefix, target


def _run(options: argparse.Namespace) -> ExitCode:
    shutdown = Shutdown()
    shutdown.on_signals()
    try:
        from signalwire_streams.mock import (
            DEFAULT_KEEP,
            DEFAULT_PROJECT,
            DEFAULT_SIGNING_KEY,
            DEFAULT_TOKEN,
            MockServer,
        )
    except ModuleNotFoundError as error:
        print_problem(str(error))
        return ExitCode.FAILED
    project = options.project or DEFAULT_PROJECT
    activity = _ActivityLog()
    try:
        mock = MockServer(
            options.port,
            project=project,
            token=options.token or DEFAULT_TOKEN,
            on_request=activity.add_request,
            on_change=activity.add_change,
            signing_key=options.signing_key or DEFAULT_SIGNING_KEY,
            routes=dict(options.route),
            audio={track: file for track in ("inbound", "outbound") if (file := getattr(options, f"audio_{track}"))},
            realtime=not options.fast,
            ca_file=options.ca_file,
            start_delay=options.start_delay,
            keep=options.keep or DEFAULT_KEEP,
        )
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from None
    try:
        mock.start()
    except OSError as error:
        print_problem(f"cannot listen on port {options.port}: {error.strerror}")
        return ExitCode.FAILED
    try:
        lines = [
            f"The mock listens on {mock.url}",
            f"  SIGNALWIRE_SPACE={mock.url}",
            f"  SIGNALWIRE_PROJECT_ID={project}",
            f"  SIGNALWIRE_API_TOKEN={'(as given)' if options.token else DEFAULT_TOKEN}",
            f"  signing key: {'(as given)' if options.signing_key else DEFAULT_SIGNING_KEY}",
            "Press Ctrl-C to stop.",
        ]
        try:
            print_result("\n".join(lines))
        except OSError as error:
            print_problem(f"cannot write to standard output: {error.strerror}")
            return ExitCode.FAILED
        threading.Thread(target=activity.print_all, daemon=True).start()
        shutdown.wait()
    finally:
        mock.stop()
    return ExitCode.DONE


class _ActivityLog:
    """A line for each request and each change of a stream, printed in a thread of its own.

    The mock goes on even if nobody reads the lines.
    """

    def __init__(self) -> None:
        self._lines: queue.Queue[str] = queue.Queue(maxsize=1000)

    def add_request(self, request: RecordedRequest) -> None:
        self._add(f"{request.method} {request.path} {request.status} {request.problem or ''}")

    def add_change(self, stream: MockStream) -> None:
        reason = f"{stream.error}: {stream.problem}" if stream.error else ""
        self._add(f"stream {stream.sid} {stream.status} {reason}")

    def print_all(self) -> None:
        with suppress(OSError):
            while True:
                print_unbuffered(self._lines.get())

    def _add(self, text: str) -> None:
        with suppress(queue.Full):
            self._lines.put_nowait(shown(text.rstrip(), _MAX_LINE))
