"""`signalwire-streams mock`: a mock of the service in the foreground."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
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
    parser.add_argument("--project", metavar="P", help="Project ID to accept (default: one that is printed)")
    parser.add_argument("--token", metavar="T", help="API token to accept (default: one that is printed)")
    parser.set_defaults(run=_run)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: expected 0 to 65535, where 0 takes a free one")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    try:
        from signalwire_streams.mock import DEFAULT_PROJECT, DEFAULT_TOKEN, MockServer
    except ModuleNotFoundError as error:
        print(f"signalwire-streams: {error}", file=sys.stderr)
        return 1
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    project = DEFAULT_PROJECT if options.project is None else options.project
    token = DEFAULT_TOKEN if options.token is None else options.token
    try:
        mock = MockServer(options.port, project=project, token=token, on_request=_show).start()
    except OSError as error:
        print(f"signalwire-streams: cannot listen on port {options.port}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"The mock listens on {mock.url}")
    print(f"  SIGNALWIRE_SPACE={mock.url}")
    print(f"  SIGNALWIRE_PROJECT_ID={project}")
    print(f"  SIGNALWIRE_API_TOKEN={DEFAULT_TOKEN if options.token is None else '(as given)'}")
    print("Ctrl-C ends it.", flush=True)
    stopped.wait()
    mock.stop()
    return 0


def _show(request: RecordedRequest) -> None:
    print(request.method, request.path, request.status, request.problem or "", flush=True)
