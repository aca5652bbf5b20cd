"""Run the receiver and the output in their threads until the command ends."""

from __future__ import annotations

import argparse
import ssl
import threading

from rich.console import Console

from signalwire_streams._loopback import is_loopback
from signalwire_streams.cli._exit_codes import ExitCode
from signalwire_streams.cli._output import print_problem
from signalwire_streams.cli._signals import Shutdown
from signalwire_streams.cli.listen._events import Event, StreamReporter, stream_title
from signalwire_streams.cli.listen._meters import MeterOutput, supports_meters
from signalwire_streams.cli.listen._wav import WavFiles
from signalwire_streams.cli.listen._writer import EventOutput, EventWriter, LineOutput
from signalwire_streams.receiver import Receiver

_EXAMPLE_URL = "wss://agent.example.com"
_LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  the user chose to listen on all addresses


class ListenCommand:
    """One run of `listen`."""

    def __init__(self, options: argparse.Namespace, tls: ssl.SSLContext | None, bearer_token: str | None) -> None:
        self._options = options
        self._has_tls = tls is not None
        self._shutdown = Shutdown()
        self._first_line_written = threading.Event()
        wav_files = WavFiles(options.wav, options.wav_file_limit, options.wav_total_limit) if options.wav else None
        self._reporter = StreamReporter(
            self._write, wav_files, on_stream_end=self._shut_down_after_stream, with_levels=options.json
        )
        self._receiver = Receiver(
            options.port,
            host=options.host,
            ssl=tls,
            bearer_token=bearer_token,
            keep=False,
            on_message=self._reporter.on_message,
            on_end=self._reporter.on_end,
            on_problem=self._reporter.on_problem,
        )
        self._writer: EventWriter | None = None

    def run(self) -> ExitCode:
        """Receive streams until the end."""
        options = self._options
        self._shutdown.on_signals(before_exit=self._show_cursor)
        try:
            self._receiver.start()
        except OSError as error:
            print_problem(f"cannot listen on {options.host}, port {options.port}: {error.strerror}")
            return ExitCode.FAILED
        if not is_loopback(options.host):
            cleartext = "" if self._has_tls else ", unencrypted"
            print_problem(
                f"listening on {options.host}: anyone who can reach this machine can send streams{cleartext}."
            )
        self._writer = EventWriter(self._output(), on_failure=self._shutdown.request)
        self._writer.write(self._listening_event())
        self._first_line_written.set()
        self._shutdown.wait()
        first_state = self._reporter.first_state  # read before stop(), which ends the streams that still run
        self._reporter.is_stopping = True
        wav = ", and their WAV files may lack the end" if options.wav else ""
        self._shutdown.name_open(
            [stream_title(stream) for stream in self._receiver.streams], f"may still be running{wav}"
        )
        self._receiver.stop()
        self._writer.close()
        return self._exit_code(self._writer, first_state)

    def _show_cursor(self) -> None:
        console = Console()  # one of its own, because the lock of the other may be taken
        if not self._options.json and supports_meters(console):
            console.show_cursor()

    def _output(self) -> EventOutput:
        console = Console(highlight=False)
        if not self._options.json and supports_meters(console):
            return MeterOutput(lambda: self._receiver.streams, console)
        return LineOutput(as_json=self._options.json)

    def _write(self, event: Event) -> None:
        self._first_line_written.wait()  # the first line is the URL, even if a stream starts at once
        if self._writer is not None:
            self._writer.write(event)

    def _shut_down_after_stream(self) -> None:
        if self._options.once:
            self._shutdown.request()

    def _exit_code(self, writer: EventWriter, first_state: str | None) -> ExitCode:
        if writer.failure is not None:
            print_problem(f"cannot write to standard output: {writer.failure.strerror}.")
            return ExitCode.FAILED
        if self._reporter.has_failed:
            return ExitCode.FAILED
        if self._options.once:
            if first_state is None:
                return ExitCode.INTERRUPTED
            return ExitCode.DONE if first_state == "stopped" else ExitCode.FAILED
        return ExitCode.DONE

    def _listening_event(self) -> Event:
        url, port = self._receiver.url, self._receiver.port
        host, variable = self._options.host, self._options.bearer_token_env
        token = f" --bearer-token-env {variable}" if variable else ""
        if self._has_tls:
            steps = [
                "To start a stream, replace HOST by a host of the certificate:",
                f"    signalwire-streams start CALL_SID wss://HOST:{port}{token}",
            ]
        else:
            local_url = f"ws://{_LOOPBACK_OF[host]}:{port}" if host in _LOOPBACK_OF else url
            steps = [
                "To try it with a mock, run in two other terminals:",
                f"    signalwire-streams mock --route {_EXAMPLE_URL}={local_url}",
                f"    signalwire-streams start any-call {_EXAMPLE_URL}{token}",
                f"To receive a real call, open a TLS tunnel to port {port} and run:",
                f"    signalwire-streams start CALL_SID wss://TUNNEL{token}",
            ]
        lines = [f"Listening on {url}", *(f"  {step}" for step in steps), "Press Ctrl-C to stop."]
        return Event("listening", "\n".join(lines), {"url": url})
