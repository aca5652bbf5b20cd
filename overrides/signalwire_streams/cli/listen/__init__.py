"""The command `signalwire-streams listen`: receive streams, show them, and write them to WAV files."""

from __future__ import annotations

import argparse
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from signalwire_streams.cli._exit_codes import ExitCode
from signalwire_streams.cli._options import UsageError, megabytes, port, read_variable
from signalwire_streams.cli._output import print_problem

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_EPILOG = """\
examples:
  signalwire-streams listen --port 8000 --wav calls
in a second terminal:
  signalwire-streams mock --route wss://agent.example.com=ws://127.0.0.1:8000
in a third, with the settings that the mock prints:
  signalwire-streams start CA123 wss://agent.example.com/

SignalWire connects only to public wss:// URLs. Open a TLS tunnel to the port, \
for example with ngrok or cloudflared, and pass its wss:// URL to "start". \
Or run "listen" on a public host with --host and --certificate.

exit codes:
  0    stopped by Ctrl-C or SIGTERM; with --once, the stream ended with a stop message
  1    failed: cannot listen on the port, or write a whole WAV file or the output; with --once, the stream was lost
  2    invalid arguments: nothing was received
  130  interrupted twice, which exits at once; with --once: interrupted before the stream ended"""


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "listen",
        help="receive streams and show their audio levels",
        usage="%(prog)s [options]",
        description="Receive streams on a WebSocket until Ctrl-C or SIGTERM. On a terminal, each "
        "running stream has level meters. Otherwise, each event is printed as one line.",
        epilog=_EPILOG,
    )
    parser.add_argument("--port", type=port, default=0, metavar="N", help="port to listen on (default: a free port)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)"
    )
    parser.add_argument("--wav", type=Path, metavar="FOLDER", help="write each stream to a WAV file in this folder")
    parser.add_argument(
        "--wav-file-limit",
        type=megabytes,
        default=1000,
        metavar="MB",
        help="end a WAV file at this size, while its stream goes on (default: 1000)",
    )
    parser.add_argument(
        "--wav-total-limit",
        type=megabytes,
        default=10_000,
        metavar="MB",
        help="write no more once all WAV files have this size (default: 10000)",
    )
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="PEM certificate, to listen on wss://")
    parser.add_argument("--key", type=Path, metavar="FILE", help="PEM key (default: the key in the certificate file)")
    parser.add_argument(
        "--bearer-token-env",
        metavar="VARIABLE",
        help="environment variable with the bearer token to require (default: none)",
    )
    parser.add_argument("--once", action="store_true", help="exit after the first stream")
    parser.add_argument(
        "--json", action="store_true", help="print each event and, once a second, levels as one line of JSON"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> ExitCode:
    token = read_variable("--bearer-token-env", options.bearer_token_env)
    tls = _load_certificate(options.certificate, options.key)
    try:
        from signalwire_streams.cli.listen._command import ListenCommand
    except ModuleNotFoundError as error:
        print_problem(f'"listen" needs the package {error.name}: pip install "signalwire-streams[cli]"')
        return ExitCode.FAILED
    if options.wav is not None:
        try:
            options.wav.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"--wav folder cannot be created: {error.strerror}.") from None
    return ListenCommand(options, tls, token).run()


def _load_certificate(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        if key is not None:
            raise UsageError("--key needs --certificate.")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        reason = getattr(error, "reason", None) or "expected an unencrypted PEM certificate with its key"
        raise UsageError(f"--certificate or --key is invalid: {reason.replace('_', ' ').lower()}.") from None
    except OSError as error:
        raise UsageError(f"--certificate or --key cannot be read: {error.strerror}.") from None
    return context
