"""Parse and build the WebSocket messages of a stream, track the stream, and decode its audio.

- `parse_message` parses one message.
- `StreamSession` parses all messages and tracks the stream.
- `build_media`, `build_mark`, `build_dtmf` and `build_clear` build what your server may send on a bidirectional stream.
- `decode_audio`, `encode_audio` and `WavWriter` convert audio and write WAV files.
- `AudioWindows`, `iter_windows` and `aiter_windows` turn messages into windows of samples at the rate of a model.
- `Levels` measures how loud a track is.
- `check_bearer` checks the bearer token of a WebSocket's upgrade request.

Nothing here opens a connection, so it works with any WebSocket library.

Names that need an extra are imported on first use:

- From Python 3.13 on, `Levels`, `WavWriter`, `decode_audio` and `encode_audio` need
  `pip install "signalwire-streams[audio]"`.
- `AudioWindows`, `iter_windows` and `aiter_windows` need `pip install "signalwire-streams[samples]"`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from signalwire_streams.media._bearer import check_bearer
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
    from signalwire_streams.media._levels import Levels
    from signalwire_streams.media._wav import WavWriter
    from signalwire_streams.media._windows import (
        AudioWindow,
        AudioWindows,
        WindowOptions,
        aiter_windows,
        iter_windows,
    )

__all__ = [
    "AudioWindow",
    "AudioWindows",
    "Connected",
    "Dtmf",
    "Irregularity",
    "IrregularityKind",
    "Levels",
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
    "WindowOptions",
    "aiter_windows",
    "build_clear",
    "build_dtmf",
    "build_mark",
    "build_media",
    "check_bearer",
    "decode_audio",
    "encode_audio",
    "iter_windows",
    "parse_message",
]

_NEED_AN_EXTRA = {
    "AudioWindow": "_windows",
    "AudioWindows": "_windows",
    "Levels": "_levels",
    "WavWriter": "_wav",
    "WindowOptions": "_windows",
    "aiter_windows": "_windows",
    "decode_audio": "_codecs",
    "encode_audio": "_codecs",
    "iter_windows": "_windows",
}
"""Public names and the modules that define them."""

_EXTRAS = {
    "audioop": ("audioop-lts", "audio"),
    "numpy": ("numpy", "samples"),
    "samplerate": ("samplerate", "samples"),
}
"""Modules, and the package and extra that provide them."""

if not TYPE_CHECKING:  # a type checker that sees `__getattr__` accepts any misspelled name

    def __getattr__(name: str) -> object:
        if name not in _NEED_AN_EXTRA:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            return getattr(import_module(f"{__name__}.{_NEED_AN_EXTRA[name]}"), name)
        except ModuleNotFoundError as error:
            if error.name not in _EXTRAS:
                raise
            package, extra = _EXTRAS[error.name]
            raise ModuleNotFoundError(
                f'{name} needs the package {package}: pip install "signalwire-streams[{extra}]"', name=error.name
            ) from error
