"""The commands `press`, `hang-up` and `drop`, which steer a running mock through its control API."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import httpx

from signalwire_streams._loopback import is_loopback
from signalwire_streams.cli._exit_codes import ExitCode
from signalwire_streams.cli._options import UsageError
from signalwire_streams.cli._output import print_problem, print_result
from signalwire_streams.cli._signals import interruptible

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_EPILOG = """\
exit codes:
  0    done
  1    failed: the message says why
  2    invalid arguments, or no mock set
  130  interrupted"""
_Command = Callable[[argparse.Namespace], ExitCode]
_SECONDS = 10.0  # for the mock to answer


def add_steering_commands(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the parser."""
    press = _add(commands, "press", "STREAM KEYS", "press telephone keys on a stream", _press)
    press.add_argument("stream", metavar="STREAM", help="SID or name of a stream in progress")
    press.add_argument("keys", metavar="KEYS", help="keys to press, of 0 to 9, *, # and A to D, as in 5#")
    hang_up = _add(commands, "hang-up", "CALL_SID", "end a call, which stops its streams", _hang_up)
    hang_up.add_argument("call_sid", metavar="CALL_SID", help="SID of the call")
    drop = _add(commands, "drop", "STREAM", "lose the connection of a stream, as a network failure does", _drop)
    drop.add_argument("stream", metavar="STREAM", help="SID or name of a stream in progress")


def _add(
    commands: _SubParsersAction[argparse.ArgumentParser], name: str, arguments: str, summary: str, run: _Command
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        usage=f"%(prog)s {arguments} [options]",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}. The mock runs already, by signalwire-streams mock.",
        epilog=_EPILOG,
    )
    parser.add_argument("--mock", metavar="URL", help="URL that the mock printed (default: SIGNALWIRE_SPACE)")
    parser.set_defaults(run=run)
    return parser


def _press(options: argparse.Namespace) -> ExitCode:
    path = f"streams/{quote(options.stream, safe='')}/dtmf"
    return _post(options, path, {"digits": options.keys}, f"pressed {options.keys} on stream {options.stream}")


def _hang_up(options: argparse.Namespace) -> ExitCode:
    return _post(options, f"calls/{quote(options.call_sid, safe='')}/end", {}, f"ended call {options.call_sid}")


def _drop(options: argparse.Namespace) -> ExitCode:
    path = f"streams/{quote(options.stream, safe='')}/drop"
    return _post(options, path, {}, f"dropped the connection of stream {options.stream}")


def _post(options: argparse.Namespace, path: str, fields: dict[str, str], done: str) -> ExitCode:
    url = _find_mock(options.mock)
    try:
        # trust_env=False, because a proxy cannot reach this machine.
        with interruptible(), httpx.Client(trust_env=False, timeout=_SECONDS) as client:
            response = client.post(f"{url}/_mock/{path}", json=fields)
    except KeyboardInterrupt:
        print_problem("interrupted.")
        return ExitCode.INTERRUPTED
    except httpx.HTTPError as error:
        reason = str(error).rstrip(".")
        print_problem(f"no mock answers at {url}: {reason}. Check that it runs, and pass the URL that it printed.")
        return ExitCode.FAILED
    if not response.is_success:
        print_problem(_describe_refusal(response, url))
        return ExitCode.FAILED
    try:
        print_result(done)
    except OSError as error:
        print_problem(f"{done}, but the result cannot be written: {error.strerror}.")
        return ExitCode.FAILED
    return ExitCode.DONE


def _find_mock(option: str | None) -> str:
    """Return the URL of the mock. Raises UsageError unless it is on this machine."""
    source, url = ("--mock", option) if option is not None else ("SIGNALWIRE_SPACE", os.environ.get("SIGNALWIRE_SPACE"))
    if not url:
        raise UsageError("no mock set. Pass --mock, or set SIGNALWIRE_SPACE, with the URL that the mock printed.")
    try:
        parts = urlsplit(url)
        if parts.scheme == "http" and is_loopback(parts.hostname or "") and parts.port != 0 and "@" not in parts.netloc:
            return f"http://{parts.netloc}"
    except ValueError:  # the same as for another URL
        pass
    raise UsageError(f"{source} must be the URL of a mock on this machine, as in http://127.0.0.1:8080.")


def _describe_refusal(response: httpx.Response, url: str) -> str:
    """Return the message of the control API. A server without it, or a mock with --no-page, has none."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        answer = None
    match answer:
        case {"message": str(message), **others} if not others:
            return message
        case _:
            pass
    return f"{url} has no control API (HTTP {response.status_code}). Run signalwire-streams mock without --no-page."
