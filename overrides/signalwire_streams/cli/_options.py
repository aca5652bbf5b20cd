"""Options that several commands share, and error messages in terms of these options."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import NoReturn

from signalwire_streams_derived.fields import FIELDS

from signalwire_streams import InputError, RetryPolicy, SettingsError, StreamsClient
from signalwire_streams._checks import TO_TEST_LOCALLY

# Each setting of the client, with the option and the environment variable that set it.
_SETTINGS = {
    "project": ("--project", "SIGNALWIRE_PROJECT_ID"),
    "token": ("--token-file", "SIGNALWIRE_API_TOKEN"),
    "host": ("--host", "SIGNALWIRE_SPACE"),
}
_SECRETS = {field.keyword for field in FIELDS["start_stream"] if field.is_secret}
_TO_TEST_LOCALLY = "To test locally, run: signalwire-streams mock --route wss://HOST=ws://127.0.0.1:PORT"
# Arguments of the client whose option has another name.
_OPTIONS = {
    "call_sid": "CALL_SID",
    "url": "URL",
    "sid": "SID_OR_NAME",
    "parameters": "--param",
    "authorization_bearer_token": "--bearer-token-env",
    "bearer_token": "--bearer-token-env",
    "parent_call_sid": "--parent",
}

SETTINGS_HELP = """\
settings:
  SIGNALWIRE_PROJECT_ID   Project ID, unless you pass --project
  SIGNALWIRE_API_TOKEN    API token, unless you pass --token-file
  SIGNALWIRE_SPACE        space, unless you pass --host
No option takes the token itself, because all users of a machine can see command lines. \
To try it without an account, run "signalwire-streams mock" in another terminal, which prints all three settings."""


class UsageError(Exception):
    """An option's value cannot be used."""


def add_client_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the commands that call the API."""
    parser.add_argument("--json", action="store_true", help="print JSON, one object in each line")
    parser.add_argument(
        "--timeout", type=_positive_seconds, metavar="SECONDS", help="time limit, all attempts together (default: 30)"
    )
    parser.add_argument("--project", metavar="ID", help="Project ID (default: SIGNALWIRE_PROJECT_ID)")
    parser.add_argument("--host", help="space or mock, as in example.signalwire.com (default: SIGNALWIRE_SPACE)")
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help="file with the API token (default: SIGNALWIRE_API_TOKEN)"
    )
    parser.add_argument("--token", type=_refuse_token, help=argparse.SUPPRESS)


def make_client(options: argparse.Namespace) -> StreamsClient:
    """Create the client from the options and the environment.

    Raises UsageError for a token file that cannot be read, and SettingsError.
    """
    retry = None if options.timeout is None else RetryPolicy(deadline=options.timeout)
    token = None if options.token_file is None else _read_token(options.token_file)
    return StreamsClient(options.project, token, options.host, timeout=options.timeout, retry=retry)


def port(text: str) -> int:
    """Parse a port to listen on."""
    if not (text.isascii() and text.isdecimal()) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: expected 0 to 65535; 0 picks a free port")
    return int(text)


def count(text: str) -> int:
    """Parse a number of things, 1 or more."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) == 0:
        raise argparse.ArgumentTypeError("expected a whole number, 1 or more")
    return int(text)


def seconds(text: str) -> float:
    """Parse a number of seconds, 0 or more."""
    number = _number(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError("expected a number of seconds, 0 or more")
    return number


def megabytes(text: str) -> int:
    """Parse a whole number of megabytes, 1 or more."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9) or int(text) < 1:
        raise argparse.ArgumentTypeError("expected a whole number of megabytes, 1 or more")
    return int(text)


def read_variable(option: str, variable: str | None) -> str | None:
    """Read the environment variable that an option names. Raises UsageError if it is empty or not set."""
    if variable is None:
        return None
    value = os.environ.get(variable)
    if not value:
        raise UsageError(f"{option} names the environment variable {variable!r}, which is empty or not set.")
    return value


def option_of(keyword: str) -> str:
    """Return the option for an argument of the client. That of a secret names an environment variable."""
    option = f"--{keyword.strip('_').replace('_', '-')}{'-env' if keyword in _SECRETS else ''}"
    return _OPTIONS.get(keyword, option)


def describe_input_error(error: InputError) -> str:
    """Name the option at fault and, if there is one, the option to use instead."""
    advice = "" if error.instead is None else f" Use {option_of(error.instead)} instead."
    problem = error.problem.replace(TO_TEST_LOCALLY, _TO_TEST_LOCALLY)
    return f"{option_of(error.argument)} {problem}{advice}"


def describe_settings_error(error: SettingsError) -> str:
    """Name the options and variables of all missing settings. Other errors keep their message."""
    if not error.missing:
        return str(error)
    options, variables = zip(*(_SETTINGS[setting] for setting in error.missing), strict=True)
    return (
        f"no {_join(error.missing, 'or')} set. Pass {_join(options, 'and')}, or set {_join(variables, 'and')}. "
        'To try it without an account, run "signalwire-streams mock" in another terminal.'
    )


def _join(words: tuple[str, ...], conjunction: str) -> str:
    *others, last = words
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def _positive_seconds(text: str) -> float:
    number = _number(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError("expected a number of seconds above zero")
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _refuse_token(_: str) -> NoReturn:
    raise argparse.ArgumentTypeError(
        "is not accepted, because all users of this machine can see command lines. Set SIGNALWIRE_API_TOKEN, or pass "
        "--token-file. Replace the token that you passed here by a new one"
    )


def _read_token(file: Path) -> str:
    try:
        token = file.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        raise UsageError(f"--token-file {str(file)!r} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise UsageError(f"--token-file {str(file)!r} must be UTF-8 text.") from None
    if not token:
        raise UsageError(f"--token-file {str(file)!r} is empty. Write the API token to it.")
    return token
