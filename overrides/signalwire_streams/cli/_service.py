"""What the commands that call the service have in common: their options, their client, and how they end."""

from __future__ import annotations

import argparse
import json
import math
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from signalwire_streams import (
    InputError,
    OutcomeUnknownError,
    RetryPolicy,
    SettingsError,
    Stream,
    StreamsClient,
    StreamsError,
)
from signalwire_streams._text import shown
from signalwire_streams.cli._output import complain, say

DONE, FAILED, WRONG_USAGE, MAYBE_RUNNING, INTERRUPTED = 0, 1, 2, 3, 130

SETTINGS = """\
settings:
  SIGNALWIRE_PROJECT_ID   the Project ID, unless --project is given
  SIGNALWIRE_API_TOKEN    the API token, unless --token-file is given; it is no argument, since every user of
                          a machine can read the arguments of its processes
  SIGNALWIRE_SPACE        the space, unless --host is given
Without an account, run "signalwire-streams mock" in another terminal: it prints all three."""

_ARGUMENTS = {
    "call_sid": "CALL_SID",
    "url": "URL",
    "sid": "SID_OR_NAME",
    "parameters": "--param",
    "authorization_bearer_token": "--bearer-token-env",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the options that these commands have in common."""
    parser.add_argument("--json", action="store_true", help="write the stream as one line of JSON")
    parser.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="give up after so long, all attempts together (default: 30)"
    )
    parser.add_argument("--project", metavar="ID", help="the Project ID")
    parser.add_argument("--host", help="the space: 'example', 'example.signalwire.com', or the URL of a mock")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="a file that holds the API token")
    parser.add_argument("--token", type=_no_token, help=argparse.SUPPRESS)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError("expected a number of seconds above zero")
    return seconds


def _no_token(_: str) -> NoReturn:
    raise argparse.ArgumentTypeError(
        "every user of this machine can read the arguments of its processes; set SIGNALWIRE_API_TOKEN, or give "
        "--token-file. A token that was written here is best replaced by a new one"
    )


def make_client(options: argparse.Namespace) -> StreamsClient:
    """Return the client that the options and the environment ask for. Raises SettingsError."""
    retry = None if options.timeout is None else RetryPolicy(deadline=options.timeout)
    return StreamsClient(
        options.project, _token(options.token_file), options.host, timeout=options.timeout, retry=retry
    )


def _token(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingsError(f"token cannot be read from {str(file)!r}: {error.strerror}.") from None
    except ValueError:
        raise SettingsError(f"token cannot be read from {str(file)!r}: it is not text in UTF-8.") from None


def show(stream: Stream, *, as_json: bool) -> None:
    """Write the stream to standard output. Raises OSError when it cannot be written."""
    fields = {
        "sid": stream.sid,
        "name": stream.name,
        "status": stream.status,
        "call_sid": stream.call_sid,
        "account_sid": stream.account_sid,
        "date_updated": stream.date_updated.isoformat(),
        "uri": stream.uri,
    }
    if as_json:
        say(json.dumps(fields))
    else:
        say("\n".join(f"{name:<14}{shown(text, 1000)}" for name, text in fields.items()))


def ended(work: Callable[[], int]) -> int:
    """Do the work, and return the exit code; where that is an error, say so in one line."""
    try:
        return work()
    except InputError as error:
        argument = _ARGUMENTS.get(error.argument, "--" + error.argument.replace("_", "-"))
        complain(f"{argument}: {_in_options(error.problem)}")
        return WRONG_USAGE
    except SettingsError as error:
        complain(_in_options(str(error)))
        return WRONG_USAGE
    except OutcomeUnknownError as error:
        complain(f"{with_notes(error.__cause__ or error)} {may_be_running(error.call_sid, error.name or '')}")
        return MAYBE_RUNNING
    except StreamsError as error:
        complain(with_notes(error))
        return FAILED


def with_notes(error: BaseException) -> str:
    """Return what an error says, with the notes on it."""
    return " ".join([str(error), *getattr(error, "__notes__", [])]).strip()


def may_be_running(call_sid: str, name: str) -> str:
    """Return what to do about a stream of which no more is known."""
    return f"A stream may be running; stop it with: {shlex.join(['signalwire-streams', 'stop', call_sid, name])}"


def _in_options(problem: str) -> str:
    """Say of the options what an error says of the arguments of a function."""
    for argument, option in (
        ("the argument token", "--token-file"),
        ("the argument ", "--"),
        ("parameters=", "--param"),
        ("authorization_bearer_token=", "--bearer-token-env"),
    ):
        problem = problem.replace(argument, option)
    return problem
