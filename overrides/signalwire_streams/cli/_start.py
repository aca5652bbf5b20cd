"""The command `signalwire-streams start`: start a stream, and with --hold stop it at the end."""

from __future__ import annotations

import argparse
import re
import secrets
import time
from typing import TYPE_CHECKING, Any, cast

from signalwire_streams_derived.fields import FIELDS, Field

from signalwire_streams import StartOptions, StreamsClient
from signalwire_streams.cli._exit_codes import ExitCode, stop_hint
from signalwire_streams.cli._options import SETTINGS_HELP, add_client_options, make_client, option_of, read_variable
from signalwire_streams.cli._output import print_problem, print_result, print_stream
from signalwire_streams.cli._signals import Interrupts, interruptible

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_EPILOG = f"""\
examples:
  signalwire-streams start CA123 wss://stream.example.com/audio --name first --param FirstName=Jane
  signalwire-streams start CA123 wss://stream.example.com/audio --hold

{SETTINGS_HELP}

exit codes:
  0    the stream was started; with --hold, it was also stopped
  1    failed: no stream of this command is running
  2    invalid arguments or settings: nothing was sent
  3    a stream may be running, also if interrupted: the message says how to stop it
  130  interrupted: the stream was stopped, if it had started"""


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "start",
        help="start a stream on a live call",
        usage="%(prog)s CALL_SID URL [options]",
        description="Stream a live call's audio to a WebSocket server, and print the stream. "
        "Ctrl-C before the stream is printed stops it again. This can take ten seconds if the service is slow. "
        "A second Ctrl-C exits at once.",
        epilog=_EPILOG,
    )
    parser.add_argument("call_sid", metavar="CALL_SID", help="SID of a call in progress")
    parser.add_argument("url", metavar="URL", help="wss:// URL of your WebSocket server")
    for field in _FIELDS:
        _add_option(parser, field)
    parser.add_argument(
        "--param",
        action="append",
        type=_parameter,
        metavar="NAME=VALUE",
        help="custom parameter, visible to all users of this machine; repeatable, up to 99",
    )
    parser.add_argument("--hold", action="store_true", help="wait for Ctrl-C or SIGTERM, then stop the stream")
    add_client_options(parser)
    parser.set_defaults(run=_run)


def _add_option(parser: argparse.ArgumentParser, field: Field) -> None:
    """Add the option of a form field. A secret is read from the environment, because all users see command lines."""
    how: dict[str, Any] = {"choices": field.choices or None, "type": int if field.type == "int" else str}
    summary = re.sub("^(an?|the) ", "", _describe(field))
    if field.is_secret:
        how = {"metavar": "VARIABLE"}
        summary = f"environment variable with {_describe(field)}"
    elif field.type == "bool":
        how = {"action": argparse.BooleanOptionalAction}
    default = "random" if field.keyword == "name" else field.default or "none"
    help_text = f"{summary} (default: {default})".replace("%", "%%")
    parser.add_argument(option_of(field.keyword), dest=field.keyword, help=help_text, **how)


def _describe(field: Field) -> str:
    """Return the summary of a field, which names other fields by their options."""
    summary = field.summary
    for each in _FIELDS:
        summary = summary.replace(f"`{each.keyword}`", option_of(each.keyword))
    return summary.replace("`", "")


def _parameter(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError("expected NAME=VALUE")
    return name, value


def _run(options: argparse.Namespace) -> ExitCode:
    # A known name makes it possible to stop a stream whose start got no response.
    name = f"cli-{secrets.token_hex(6)}" if options.name is None else options.name
    try:
        with interruptible("interrupted: stopping the stream") as interrupts, make_client(options) as client:
            try:
                return _hold(client, options, name) if options.hold else _start(client, options, name, interrupts)
            finally:
                interrupts.ignore()  # the stream is running or stopped for good
    except KeyboardInterrupt as error:
        return _report_failure("interrupted", error, options.call_sid, name, ExitCode.INTERRUPTED)
    except OSError as error:
        reason = f"the result cannot be written: {error.strerror}"
        return _report_failure(reason, error, options.call_sid, name, ExitCode.FAILED)


def _start(client: StreamsClient, options: argparse.Namespace, name: str, interrupts: Interrupts) -> ExitCode:
    with client._keep(options.call_sid, options.url, **_keywords(options, name)) as stream:
        print_stream(stream, as_json=options.json)
        interrupts.ignore()
    return ExitCode.DONE


def _hold(client: StreamsClient, options: argparse.Namespace, name: str) -> ExitCode:
    is_started = False
    try:
        with client.stream(options.call_sid, options.url, **_keywords(options, name)) as stream:
            is_started = True
            print_stream(stream, as_json=options.json)
            if not options.json:
                print_result("Press Ctrl-C to stop the stream.")
            while True:
                time.sleep(3600)
    except KeyboardInterrupt as error:  # the usual end, unless a note says that the stream could not be stopped
        if not is_started or hasattr(error, "__notes__"):
            raise
    return ExitCode.DONE


def _report_failure(reason: str, error: BaseException, call_sid: str, name: str, code: ExitCode) -> ExitCode:
    """Say what became of the stream, and return the exit code: `code`, unless the stream may be running."""
    if notes := getattr(error, "__notes__", None):  # the client's, if it could not stop the stream
        print_problem(f"{reason}. {' '.join(notes)} {stop_hint(call_sid, name)}")
        return ExitCode.MAYBE_RUNNING
    print_problem(f"{reason}. The stream was stopped, if it had started.")
    return code


def _keywords(options: argparse.Namespace, name: str) -> StartOptions:
    given: dict[str, Any] = {"parameters": options.param}
    for field in _FIELDS:
        value = getattr(options, field.keyword)
        given[field.keyword] = read_variable(option_of(field.keyword), value) if field.is_secret else value
    given["name"] = name
    return cast("StartOptions", given)


_FIELDS = [field for field in FIELDS["start_stream"] if field.keyword != "url"]
