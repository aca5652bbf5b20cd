"""Run the mock until a signal arrives."""

from __future__ import annotations

import argparse
import shlex
import threading

from signalwire_streams.cli._exit_codes import ExitCode
from signalwire_streams.cli._options import UsageError
from signalwire_streams.cli._output import print_problem, print_result
from signalwire_streams.cli._signals import Shutdown
from signalwire_streams.cli.mock._log import ActivityLog
from signalwire_streams.mock import (
    DEFAULT_KEEP,
    DEFAULT_PROJECT,
    DEFAULT_SIGNING_KEY,
    DEFAULT_TOKEN,
    MockServer,
)


def run_mock(options: argparse.Namespace, shutdown: Shutdown) -> ExitCode:
    """Run the mock. Raises UsageError for options that it refuses."""
    log = ActivityLog([*filter(None, [options.token, options.signing_key])])
    mock = _make_mock(options, log)
    try:
        mock.start()
    except OSError as error:
        print_problem(f"cannot listen on port {options.port}: {error.strerror}")
        return ExitCode.FAILED
    try:
        try:
            print_result("\n".join(_introduction(mock, options)))
        except OSError as error:
            print_problem(f"cannot write to standard output: {error.strerror}")
            return ExitCode.FAILED
        threading.Thread(target=log.print_all, daemon=True).start()
        shutdown.wait()
        running = [f"stream {stream.sid}" for stream in mock.streams if stream.status != "stopped"]
        shutdown.name_open(running, "end without a stop message")
    finally:
        mock.stop()
    return ExitCode.DONE


def _make_mock(options: argparse.Namespace, log: ActivityLog) -> MockServer:
    try:
        mock = MockServer(
            options.port,
            project=options.project or DEFAULT_PROJECT,
            token=options.token or DEFAULT_TOKEN,
            calls=options.call,
            conferences=options.conference,
            on_request=log.add_request,
            on_change=log.add_change,
            on_callback=log.add_callback,
            signing_key=options.signing_key or DEFAULT_SIGNING_KEY,
            routes=dict(options.route),
            audio={track: file for track in ("inbound", "outbound") if (file := getattr(options, f"audio_{track}"))},
            encoding=options.encoding,
            sample_rate=options.sample_rate,
            realtime=not options.fast,
            ca_file=options.ca_file,
            start_delay=options.start_delay,
            keep=options.keep or DEFAULT_KEEP,
            page=not options.no_page,
        )
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from None
    for status, times in options.fail_next:
        mock.fail_next(status, times=times)
    return mock


def _introduction(mock: MockServer, options: argparse.Namespace) -> list[str]:
    return [
        f"The mock listens on {mock.url}",
        *([] if options.no_page else [f"Page: {mock.url}/"]),
        _setting("SIGNALWIRE_SPACE", mock.url),
        _setting("SIGNALWIRE_PROJECT_ID", mock.project),
        _setting("SIGNALWIRE_API_TOKEN", None if options.token else mock.token),
        _setting("SIGNALWIRE_SIGNING_KEY", None if options.signing_key else mock.signing_key),
        "Press Ctrl-C to stop.",
    ]


def _setting(variable: str, value: str | None) -> str:
    """Return the line of a setting for a shell. That of a secret from an option is a comment."""
    return f"  # {variable} is as given" if value is None else f"  export {variable}={shlex.quote(value)}"
