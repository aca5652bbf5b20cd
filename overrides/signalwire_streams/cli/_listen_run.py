"""The running of `listen`: a receiver in its thread, its output in another, and here the wait for the end."""

from __future__ import annotations

import argparse
import ipaddress
import signal
import ssl
import threading

from rich.console import Console

from signalwire_streams.cli import _service
from signalwire_streams.cli._interrupts import Ending
from signalwire_streams.cli._listen_events import Event, Recorder
from signalwire_streams.cli._listen_output import Lines, Output, Teller
from signalwire_streams.cli._listen_screen import Screen, is_for
from signalwire_streams.cli._listen_wav import WavFiles
from signalwire_streams.cli._output import complain
from signalwire_streams.receiver import Receiver

_ROUTED = "wss://agent.example.com"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  where these are reached on this machine


class Listening:
    """One run of the command."""

    def __init__(self, options: argparse.Namespace, tls: ssl.SSLContext | None, token: str | None) -> None:
        self._options = options
        self._has_tls = tls is not None
        self._ending = Ending()
        self._introduced = threading.Event()
        self._recorder = Recorder(self._tell, WavFiles(options.wav) if options.wav else None, self._end_of_stream)
        self._receiver = Receiver(
            options.port,
            host=options.host,
            ssl=tls,
            bearer_token=token,
            keep=False,
            on_message=self._recorder.add_message,
            on_end=self._recorder.add_end,
            on_problem=self._recorder.add_problem,
        )
        self._teller: Teller | None = None

    def run(self) -> int:
        """Receive streams until the end, and return the exit code."""
        options = self._options
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ending)
        hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
        if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(hang_up, self._ending)
        try:
            self._receiver.start()
        except OSError as error:
            complain(f"cannot listen on {options.host}, port {options.port}: {error.strerror}")
            return _service.FAILED
        if not _is_loopback(options.host):
            risk = "whoever can reach this machine can send streams here"
            complain(f"listening on {options.host}: {risk}{'' if self._has_tls else ', and all is in cleartext'}.")
        console = Console(highlight=False)
        output: Output = Lines(as_json=options.json)
        if not options.json and is_for(console):
            output = Screen(lambda: self._receiver.streams, console)
        self._teller = Teller(output, self._ending.tell)
        self._teller.tell(self._introduction())
        self._introduced.set()
        self._ending.wait()
        outcome = self._recorder.outcome  # what is cut short now is not the sender's doing
        self._receiver.stop()
        self._teller.close()
        return self._code(outcome)

    def _tell(self, event: Event) -> None:
        self._introduced.wait()  # the first line holds the URL, even if a stream is quicker
        if self._teller is not None:
            self._teller.tell(event)

    def _end_of_stream(self) -> None:
        if self._options.once:
            self._ending.tell()

    def _code(self, outcome: str | None) -> int:
        failure = self._teller.failure if self._teller else None
        if failure is not None:
            complain(f"cannot write to standard output: {failure.strerror}.")
            return _service.FAILED
        if self._recorder.has_failed:
            return _service.FAILED
        if self._options.once:
            if outcome is None:
                return _service.INTERRUPTED
            return _service.DONE if outcome == "stopped" else _service.FAILED
        return _service.DONE

    def _introduction(self) -> Event:
        url, port = self._receiver.url, self._receiver.port
        host = self._options.host
        token = f" --bearer-token-env {self._options.bearer_token_env}" if self._options.bearer_token_env else ""
        if self._has_tls:
            ways = [f'give "signalwire-streams start" the URL wss://HOST:{port}, with a HOST of the certificate{token}']
        else:
            local = f"ws://{_EVERYWHERE.get(host, host)}:{port}" if host in _EVERYWHERE else url
            ways = [
                "from a mock, in other terminals:",
                f"    signalwire-streams mock --route {_ROUTED}={local}",
                f"    signalwire-streams start any-call {_ROUTED}{token}",
                f"from the real service: start a tunnel with TLS to port {port}, and give its wss:// URL",
                f"    signalwire-streams start CALL_SID wss://TUNNEL{token}",
            ]
        lines = [f"Listening on {url}", *(f"  {way}" for way in ways), "Ctrl-C ends it."]
        return Event("listening", "\n".join(lines), {"url": url})


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
