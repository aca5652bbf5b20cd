"""`signalwire-streams listen`: a WebSocket receiver that shows what comes, and can write it to WAV files."""

from __future__ import annotations

import argparse
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from signalwire_streams import SettingsError
from signalwire_streams.cli import _service
from signalwire_streams.cli._options import bearer_token, port
from signalwire_streams.cli._output import complain

if TYPE_CHECKING:
    from argparse import _SubParsersAction
_EPILOG = """\
examples:
  signalwire-streams listen --port 8000 --wav calls
  signalwire-streams mock --route wss://agent.example.com=ws://127.0.0.1:8000      in another terminal
  signalwire-streams start CA123 wss://agent.example.com/                          in a third, with what the mock prints

The real service reaches only wss:// URLs of the internet. Put a tunnel with TLS, such as those of ngrok or cloudflared,
before the port, and give its wss:// URL to "start"; or run this on a public host with --host and --certificate.

exit codes:
  0    ended by Ctrl-C or SIGTERM; with --once, the stream has ended with its stop message
  1    failed: the port is taken, a WAV file or the output cannot be written; with --once, the stream was lost
  2    wrong usage: nothing was listened to
  130  with --once: interrupted before the stream had ended"""


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser(
        "listen",
        help="receive streams, and show how loud they are",
        description="Receives streams on a WebSocket until Ctrl-C or SIGTERM, and shows each with level meters while\n"
        "it runs. Where standard output is no terminal, it has a line for each event.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=port, default=0, metavar="N", help="port to listen on (default: a free one)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, for this machine alone)"
    )
    parser.add_argument("--wav", type=Path, metavar="FOLDER", help="write each stream to a WAV file in the folder")
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="listen on wss:// with this certificate (PEM)")
    parser.add_argument("--key", type=Path, metavar="FILE", help="the key of the certificate, if it is in another file")
    parser.add_argument(
        "--bearer-token-env",
        metavar="VARIABLE",
        help="refuse streams whose Authorization: Bearer is not the value of the environment variable",
    )
    parser.add_argument("--once", action="store_true", help="end after the first stream")
    parser.add_argument("--json", action="store_true", help="write each event as one line of JSON")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    return _service.ended(lambda: _listen(options))


def _listen(options: argparse.Namespace) -> int:
    token = bearer_token(options.bearer_token_env)
    tls = _tls(options.certificate, options.key)
    try:
        from signalwire_streams.cli._listen_run import Listening
    except ModuleNotFoundError as error:
        complain(f'"listen" needs the package {error.name}: pip install "signalwire-streams[cli]"')
        return _service.FAILED
    try:
        folder: Path | None = options.wav
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--wav: the folder cannot be made: {error.strerror}.") from None
    return Listening(options, tls, token).run()


def _tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        if key is not None:
            raise SettingsError("--key: there is no --certificate that it belongs to.")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        why = getattr(error, "reason", None) or "it holds no certificate with its key, unencrypted, as PEM"
        raise SettingsError(f"--certificate, --key: {why.replace('_', ' ').lower()}.") from None
    except OSError as error:
        raise SettingsError(f"--certificate, --key: a file cannot be read: {error.strerror}.") from None
    return context
