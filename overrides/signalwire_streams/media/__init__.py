"""What a WebSocket server receives of a stream: its messages, its audio, and an account of the whole.

`parse_message` reads one message; `StreamSession` also keeps count; `build_media` and its like write the messages that
a server may send on a bidirectional stream. Nothing here opens a connection.

`decode_audio`, `encode_audio` and `WavWriter` need, from Python 3.13 on, the extra:
`pip install "signalwire-streams[audio]"`. They are imported when they are first asked for.
"""

from typing import TYPE_CHECKING

from signalwire_streams.media._account import Irregularity, IrregularityKind, SessionState, TrackCount
from signalwire_streams.media._build import build_clear, build_dtmf, build_mark, build_media
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
from signalwire_streams.media._session import StreamSession

if TYPE_CHECKING:
    from signalwire_streams.media._audio import decode_audio, encode_audio
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

if not TYPE_CHECKING:  # a type checker that saw this would take any name for one that is there

    def __getattr__(name: str) -> object:
        if name in {"WavWriter", "decode_audio", "encode_audio"}:
            try:
                from signalwire_streams.media import _audio, _wav  # noqa: PLC0415  what needs the extra
            except ModuleNotFoundError as error:
                if error.name != "audioop":
                    raise
                raise ModuleNotFoundError(
                    f'{name} needs the package audioop-lts: pip install "signalwire-streams[audio]"', name=error.name
                ) from error
            return getattr(_wav if name == "WavWriter" else _audio, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
