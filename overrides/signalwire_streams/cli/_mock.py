"""`signalwire-streams mock`: a mock of the service in the foreground."""

from __future__ import annotations

import argparse
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from signalwire_streams.mock import RecordedRequest


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser(
        "mock",
        help="run a mock of the service on this machine",
        description="Runs a mock of the Compat Calls Streams API on the loopback interface until Ctrl-C or SIGTERM. "
        "The first line on standard output holds its URL, which a client takes as its host (SIGNALWIRE_SPACE).",
    )
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="port to listen on (default: a free one)")
    parser.add_argument(
        "--project", type=_credential, metavar="P", help="Project ID to accept (default: one that is printed)"
    )
    parser.add_argument(
        "--token", type=_credential, metavar="T", help="API token to accept (default: one that is printed)"
    )
    parser.set_defaults(run=_run)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: expected 0 to 65535, where 0 takes a free one")
    return int(text)


def _credential(text: str) -> str:
    if not text or any(char in ":/" or char.isspace() or not char.isprintable() for char in text):
        raise argparse.ArgumentTypeError("expected text without colons, slashes and white space")
    return text


def _run(options: argparse.Namespace) -> int:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    try:
        from signalwire_streams.mock import DEFAULT_PROJECT, DEFAULT_TOKEN, MockServer
    except ModuleNotFoundError as error:
        print(f"signalwire-streams: {error}", file=sys.stderr)
        return 1
    project = options.project or DEFAULT_PROJECT
    lines = _Lines()
    try:
        mock = MockServer(
            options.port, project=project, token=options.token or DEFAULT_TOKEN, on_request=lines.add
        ).start()
    except OSError as error:
        print(f"signalwire-streams: cannot listen on port {options.port}: {error.strerror}", file=sys.stderr)
        return 1
    try:
        try:
            print(f"The mock listens on {mock.url}")
            print(f"  SIGNALWIRE_SPACE={mock.url}")
            print(f"  SIGNALWIRE_PROJECT_ID={project}")
            print(f"  SIGNALWIRE_API_TOKEN={'(as given)' if options.token else DEFAULT_TOKEN}")
            print("Ctrl-C ends it.", flush=True)
        except OSError as error:
            print(f"signalwire-streams: cannot write to standard output: {error.strerror}", file=sys.stderr)
            return 1
        threading.Thread(target=lines.print_all, daemon=True).start()
        stopped.wait()
    finally:
        mock.stop()
    return 0


class _Lines:
    """A line for each request, printed by a thread of its own: whoever reads them, or not, the mock goes on."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[str] = queue.Queue(maxsize=1000)

    def add(self, request: RecordedRequest) -> None:
        line = f"{request.method} {request.path} {request.status} {request.problem or ''}".rstrip()
        with suppress(queue.Full):  # nobody reads
            self._waiting.put_nowait(line)

    def print_all(self) -> None:
        # Past Python's buffer, whose lock a thread that waits for a reader would hold to the very end.
        with suppress(OSError):
            while True:
                os.write(1, f"{self._waiting.get()}\n".encode())
