"""The streams of the mock: their WebSockets, audio and status callbacks."""

from signalwire_streams.mock._streams.audio import Audio, AudioFormat, choose_audio
from signalwire_streams.mock._streams.routes import Routes
from signalwire_streams.mock._streams.runner import StreamRunner
from signalwire_streams.mock._streams.session import Session, SessionConfig
from signalwire_streams.mock._streams.tls import TrustStore, server_context, write_certificate

__all__ = [
    "Audio",
    "AudioFormat",
    "Routes",
    "Session",
    "SessionConfig",
    "StreamRunner",
    "TrustStore",
    "choose_audio",
    "server_context",
    "write_certificate",
]
