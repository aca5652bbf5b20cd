"""The streams of the mock: their WebSockets, audio and status callbacks."""

from signalwire_streams.mock._streams.audio import FRAME_MILLISECONDS, Audio, AudioFormat, choose_audio
from signalwire_streams.mock._streams.routes import Routes
from signalwire_streams.mock._streams.runner import StreamRunner
from signalwire_streams.mock._streams.session import SessionConfig
from signalwire_streams.mock._streams.tls import TrustStore

__all__ = [
    "FRAME_MILLISECONDS",
    "Audio",
    "AudioFormat",
    "Routes",
    "SessionConfig",
    "StreamRunner",
    "TrustStore",
    "choose_audio",
]
