"""`signalwire-streams start`: start a stream, and stop it again where that is asked for."""

from __future__ import annotations

import argparse
import secrets
import time
from typing import TYPE_CHECKING

from signalwire_streams_api.models.status_callback_method import STATUS_CALLBACK_METHOD_VALUES
from signalwire_streams_api.models.track import TRACK_VALUES

from signalwire_streams import StartOptions, StreamsClient
from signalwire_streams.cli import _service
from signalwire_streams.cli._interrupts import Interrupts, interruptible
from signalwire_streams.cli._options import bearer_token
from signalwire_streams.cli._output import complain, say

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_EPILOG = f"""\
examples:
  signalwire-streams start CA123 wss://stream.example.com/audio --name first --param FirstName=Jane
  signalwire-streams start CA123 wss://stream.example.com/audio --hold

{_service.SETTINGS}

exit codes:
  0    the stream was started; with --hold, it was stopped again
  1    failed: no stream of this command is running
  2    wrong usage, or a setting is missing or wrong: nothing was sent
  3    a stream may be running, after an interruption too; the message says how to stop it
  130  interrupted; the stream was stopped, if it had started"""


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser(
        "start",
        help="start a stream on a live call",
        description="Starts to stream the audio of a live call to a WebSocket server, and writes what the stream is.\n"
        "Ctrl-C before that is written stops the stream again, which takes up to ten seconds if the service is slow.\n"
        "A second Ctrl-C ends the command at once.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("call_sid", metavar="CALL_SID", help="the SID of a call that is in progress")
    parser.add_argument("url", metavar="URL", help="the wss:// URL of your WebSocket server")
    parser.add_argument("--name", help="to stop the stream by; unique among those of the call (default: a random one)")
    parser.add_argument("--track", choices=sorted(TRACK_VALUES), help="whose audio (default: both_tracks)")
    parser.add_argument(
        "--param",
        action="append",
        type=_parameter,
        metavar="NAME=VALUE",
        help="a custom parameter for the WebSocket server, up to 99; all users of the machine can read it",
    )
    parser.add_argument("--status-callback", metavar="URL", help="the URL that is told of the stream's events")
    parser.add_argument(
        "--status-callback-method", choices=sorted(STATUS_CALLBACK_METHOD_VALUES), help="how it is told (default: POST)"
    )
    parser.add_argument(
        "--bearer-token-env",
        metavar="VARIABLE",
        help="the environment variable whose value your WebSocket server gets as Authorization: Bearer",
    )
    parser.add_argument("--hold", action="store_true", help="stay until Ctrl-C or SIGTERM, and then stop the stream")
    _service.add_options(parser)
    parser.set_defaults(run=_run)


def _parameter(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError("expected NAME=VALUE")
    return name, value


def _run(options: argparse.Namespace) -> int:
    return _service.ended(lambda: _start_or_hold(options))


def _start_or_hold(options: argparse.Namespace) -> int:
    # A name of our own makes sure that a start whose answer is lost can be stopped.
    name = f"cli-{secrets.token_hex(6)}" if options.name is None else options.name
    try:
        with (
            interruptible("interrupted; the stream is being stopped") as interrupts,
            _service.make_client(options) as client,
        ):
            try:
                return _hold(client, options, name) if options.hold else _start(client, options, name, interrupts)
            finally:
                interrupts.ignore()  # what became of the stream is settled
    except (KeyboardInterrupt, OSError) as error:
        why = "interrupted" if isinstance(error, KeyboardInterrupt) else f"cannot write the result: {error.strerror}"
        if notes := getattr(error, "__notes__", None):
            complain(f"{why}. {' '.join(notes)} {_service.may_be_running(options.call_sid, name)}")
            return _service.MAYBE_RUNNING
        complain(f"{why}; the stream was stopped, if it had started.")
        return _service.INTERRUPTED if isinstance(error, KeyboardInterrupt) else _service.FAILED


def _start(client: StreamsClient, options: argparse.Namespace, name: str, interrupts: Interrupts) -> int:
    with client._keep(options.call_sid, options.url, **_keywords(options, name)) as stream:
        _service.show(stream, as_json=options.json)
        interrupts.ignore()
    return _service.DONE


def _hold(client: StreamsClient, options: argparse.Namespace, name: str) -> int:
    started = False
    try:
        with client.stream(options.call_sid, options.url, **_keywords(options, name)) as stream:
            started = True
            _service.show(stream, as_json=options.json)
            if not options.json:
                say("The stream runs until Ctrl-C.")
            while True:
                time.sleep(3600)
    except KeyboardInterrupt as error:  # the usual end, unless the stream could not be stopped
        if not started or hasattr(error, "__notes__"):
            raise
    return _service.DONE


def _keywords(options: argparse.Namespace, name: str) -> StartOptions:
    return {
        "name": name,
        "track": options.track,
        "status_callback": options.status_callback,
        "status_callback_method": options.status_callback_method,
        "authorization_bearer_token": bearer_token(options.bearer_token_env),
        "parameters": options.param,
    }
