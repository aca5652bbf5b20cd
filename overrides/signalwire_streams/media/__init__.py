"""Parse and build the WebSocket messages of a stream, track the stream, and decode its audio.

- `parse_message` parses one message.
- `StreamSession` parses all messages and tracks the stream.
- `build_media`, `build_mark`, `build_dtmf` and `build_clear` build what your server may send on a bidirectional stream.
- `decode_audio`, `encode_audio` and `WavWriter` convert audio and write WAV files.

Nothing here opens a connection, so it works with any WebSocket library.

From Python 3.13 on, `decode_audio`, `encode_audio` and `WavWriter` need the extra `audio`. They are imported on first
use. To install it, run `pip install "signalwire-streams[audio]"`.
"""

from typing import TYPE_CHECKING

from signalwire_streams.media._build import build_clear, build_dtmf, build_mark, build_media
from signalwire_streams.media._irregularities import Irregularity, IrregularityKind
from signalwire_streams.media._messages import (
    Connected,
    Dtmf,
    Mark,
    Media,
    MediaFormat,
    Message,
    Start,
    Stop,
    Track,
    UnknownMessage,
)
from signalwire_streams.media._parse import parse_message
from signalwire_streams.media._stream_session import SessionState, StreamSession, TrackCount

if TYPE_CHECKING:
    from signalwire_streams.media._codecs import decode_audio, encode_audio
    from signalwire_streams.media._wav import WavWriter

__all__ = [
    "Connected",
    "Dtmf",
    "Irregularity",
    "IrregularityKind",
    "Mark",
    "Media",
    "MediaFormat",
    "Message",
    "SessionState",
    "Start",
    "Stop",
    "StreamSession",
    "Track",
    "TrackCount",
    "UnknownMessage",
    "WavWriter",
    "build_clear",
    "build_dtmf",
    "build_mark",
    "build_media",
    "decode_audio",
    "encode_audio",
    "parse_message",
]

if not TYPE_CHECKING:  # a type checker that sees `__getattr__` accepts any misspelled name

    def __getattr__(name: str) -> object:
        if name in {"WavWriter", "decode_audio", "encode_audio"}:
            try:
                from signalwire_streams.media import _codecs, _wav  # noqa: PLC0415  both need the extra
            except ModuleNotFoundError as error:
                if error.name != "audioop":
                    raise
                raise ModuleNotFoundError(
                    f'{name} needs the package audioop-lts: pip install "signalwire-streams[audio]"', name=error.name
                ) from error
            return getattr(_wav if name == "WavWriter" else _codecs, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
