"""`signalwire-streams mock`: a mock of the service in the foreground."""

from __future__ import annotations

import argparse
import math
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from signalwire_streams.cli._interrupts import Ending
from signalwire_streams.cli._options import port

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from signalwire_streams.mock import MockStream, RecordedRequest


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser(
        "mock",
        help="run a mock of the service on this machine",
        description="Runs a mock of the Compat Calls Streams API on the loopback interface until Ctrl-C or SIGTERM. "
        "The first line on standard output holds its URL, which a client takes as its host (SIGNALWIRE_SPACE). "
        "A stream whose URL is of this machine, or has a route, really carries audio to it; other hosts are never "
        "connected to.",
    )
    parser.add_argument("--port", type=port, default=0, metavar="N", help="port to listen on (default: a free one)")
    parser.add_argument(
        "--project", type=_credential, metavar="P", help="Project ID to accept (default: one that is printed)"
    )
    parser.add_argument(
        "--token", type=_credential, metavar="T", help="API token to accept (default: one that is printed)"
    )
    parser.add_argument(
        "--route",
        type=_route,
        action="append",
        default=[],
        metavar="FROM=TO",
        help="connect to TO for URLs of FROM, as in wss://agent.example.com=ws://127.0.0.1:8000, "
        "or https://app.example.com=http://127.0.0.1:9000 for status callbacks; can be repeated",
    )
    for track, sound in (("inbound", "something like speech"), ("outbound", "a tone")):
        parser.add_argument(
            f"--audio-{track}",
            metavar="FILE",
            help=f"WAV file to send as the {track} track, at whose end a stream stops (default: {sound}, without end)",
        )
    parser.add_argument("--fast", action="store_true", help="send audio as fast as it is taken, not in real time")
    parser.add_argument(
        "--start-delay",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="carry out each start after so many seconds, even if its client is gone (default: 0)",
    )
    parser.add_argument("--ca-file", metavar="FILE", help="certificates of authorities to trust beside the system's")
    parser.add_argument(
        "--signing-key", type=_credential, metavar="K", help="key to sign status callbacks with (default: one printed)"
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


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError("expected a number of seconds, 0 or more")
    return seconds


def _run(options: argparse.Namespace) -> int:
    ending = Ending()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ending)
    try:
        from signalwire_streams.mock import DEFAULT_PROJECT, DEFAULT_SIGNING_KEY, DEFAULT_TOKEN, MockServer
    except ModuleNotFoundError as error:
        print(f"signalwire-streams: {error}", file=sys.stderr)
        return 1
    project = options.project or DEFAULT_PROJECT
    lines = _Lines()
    try:
        mock = MockServer(
            options.port,
            project=project,
            token=options.token or DEFAULT_TOKEN,
            on_request=lines.add_request,
            on_change=lines.add_change,
            signing_key=options.signing_key or DEFAULT_SIGNING_KEY,
            routes=dict(options.route),
            audio={track: file for track in ("inbound", "outbound") if (file := getattr(options, f"audio_{track}"))},
            realtime=not options.fast,
            ca_file=options.ca_file,
            start_delay=options.start_delay,
        )
    except (OSError, ValueError) as error:
        print(f"signalwire-streams: {error}", file=sys.stderr)
        return 2
    try:
        mock.start()
    except OSError as error:
        print(f"signalwire-streams: cannot listen on port {options.port}: {error.strerror}", file=sys.stderr)
        return 1
    try:
        try:
            print(f"The mock listens on {mock.url}")
            print(f"  SIGNALWIRE_SPACE={mock.url}")
            print(f"  SIGNALWIRE_PROJECT_ID={project}")
            print(f"  SIGNALWIRE_API_TOKEN={'(as given)' if options.token else DEFAULT_TOKEN}")
            print(f"  signing key: {'(as given)' if options.signing_key else DEFAULT_SIGNING_KEY}")
            print("Ctrl-C ends it.", flush=True)
        except OSError as error:
            print(f"signalwire-streams: cannot write to standard output: {error.strerror}", file=sys.stderr)
            return 1
        threading.Thread(target=lines.print_all, daemon=True).start()
        ending.wait()
    finally:
        mock.stop()
    return 0


class _Lines:
    """A line for each request and each change of a stream, printed by a thread of its own.

    Whoever reads them, or not, the mock goes on.
    """

    def __init__(self) -> None:
        self._waiting: queue.Queue[str] = queue.Queue(maxsize=1000)

    def add_request(self, request: RecordedRequest) -> None:
        self._add(f"{request.method} {request.path} {request.status} {request.problem or ''}")

    def add_change(self, stream: MockStream) -> None:
        why = f"{stream.error}: {stream.problem}" if stream.error else ""
        self._add(f"stream {stream.sid} {stream.status} {why}")

    def _add(self, text: str) -> None:
        line = text.rstrip()
        with suppress(queue.Full):  # nobody reads
            self._waiting.put_nowait(line)

    def print_all(self) -> None:
        # Past Python's buffer, whose lock a thread that waits for a reader would hold to the very end.
        with suppress(OSError):
            while True:
                os.write(1, f"{self._waiting.get()}\n".encode())
