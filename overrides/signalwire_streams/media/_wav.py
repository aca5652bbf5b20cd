"""Write a stream's audio to a WAV file."""

from __future__ import annotations

import os
import time
import wave
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from signalwire_streams._errors import InputError
from signalwire_streams.media._codecs import ByteOrder, get_decoder
from signalwire_streams.media._messages import L16, Media, Message, Start, Track
from signalwire_streams.media._timeline import Timeline

_JITTER = 0.020  # seconds that the timestamp of the next chunk may lie past the end of the previous one
_LEAD = 2.0  # seconds that a timestamp may run ahead of the clock
_MAX_SAMPLE_RATE = 48_000  # twice the highest rate that SignalWire documents
_MAX_BYTES = 2**32 - 2**16  # the most that a WAV header can express, with room for the header itself
_HEADER_SIZE = 44


class WavWriter:
    """Write a stream's audio to a 16-bit WAV file while its messages arrive.

        with WavWriter("call.wav") as wav:
            async for text in websocket:
                wav.write(session.feed(text))

    - `file`: a path, which the writer opens and closes, or a seekable file of your own, which stays open.
    - `max_delay`: how many seconds of audio may be held in memory to wait for late pieces.
    - `max_silence`: how many seconds of silence may fill gaps, in all. By default, as many as a live stream can need:
      the time since the start message, plus the audio so far, plus two seconds.
    - `max_bytes`: the largest size of the file, at most 4 GiB.
    - `byte_order`: the byte order of L16, which SignalWire does not document. See `decode_audio`.
    - `clock`: returns the time in seconds by which messages arrive.

    Raises InputError for a file that is not seekable and for an unknown byte order.
    Raises OSError if the file cannot be opened.

    A stream of both tracks has two channels, inbound on the left and outbound on the right. A stream of one track has
    one channel. The sample rate is the stream's. The file is valid at any time, even before it is closed.

    Each piece is placed by its timestamp, and missing audio becomes silence. Timestamps jitter, so a piece that
    directly follows the previous chunk is joined to it, unless its timestamp is 20 ms or more past that chunk's end.

    Audio is written to the file once both tracks are a second past it, or one track is `max_delay` past it. After that,
    a piece for the same time is too late and is dropped. `dropped` counts the dropped pieces. A piece is also dropped
    if it arrives before the start message, belongs to a track that the start message does not list, needs more silence
    than `max_silence`, contains half a sample, or exceeds `max_bytes`.

    The sender chooses the timestamps, so without these limits a few messages could fill the disk with silence. To
    convert a recording with long gaps faster than real time, pass `max_silence`.
    """

    def __init__(
        self,
        file: str | os.PathLike[str] | BinaryIO,
        *,
        max_delay: float = 10.0,
        max_silence: float | None = None,
        max_bytes: int = _MAX_BYTES,
        byte_order: ByteOrder = "little",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not isinstance(file, str | os.PathLike) and not file.seekable():
            raise InputError("file", "must be seekable, because the length is written at the start of a WAV file.")
        get_decoder(L16, byte_order)  # rejects an unknown byte order before the file is opened
        self.dropped: int = 0
        """How many pieces of audio were dropped."""
        self.max_bytes: int = max_bytes
        """The largest size of the file. You can change it at any time."""
        self.is_full: bool = False
        """True once a piece was dropped because of `max_bytes`."""
        self._max_delay = max_delay
        self._max_silence = max_silence
        self._silence = 0  # frames that lay between the end of the audio and a piece
        self._clock = clock
        self._byte_order: ByteOrder = byte_order
        self._start: Start | None = None
        self._closed = False
        self._owns_file = isinstance(file, str | os.PathLike)
        self._file = (
            Path(file).open("wb")  # noqa: SIM115  close() closes it
            if isinstance(file, str | os.PathLike)
            else file
        )
        self._wave: wave.Wave_write = wave.open(self._file, "wb")  # noqa: SIM115  close() closes it
        self._wave.setsampwidth(2)

    @property
    def seconds(self) -> float:
        """The duration of the audio so far, including what is still in memory."""
        return self._timeline.end / self._sample_rate if self._start else 0.0

    @property
    def size(self) -> int:
        """The size of the file in bytes, including what is still in memory."""
        return _HEADER_SIZE + (self._timeline.end * self._frame_size if self._start else 0)

    def write(self, message: Message) -> None:
        """Add the next message. Messages other than start and media are ignored.

        Raises InputError for a start message with an unknown encoding or a sample rate above 48,000 Hz, and after
        `close()`.
        """
        if self._closed:
            raise InputError("message", "cannot be written, because the WAV file is closed.")
        if isinstance(message, Media):
            if self._start is None or not self._add_audio(message):
                self.dropped += 1
        elif isinstance(message, Start) and self._start is None:
            self._begin(message)

    def close(self) -> None:
        """Write the remaining audio, and close the file unless it is your own. Further calls do nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._start is None:
                self._write_header(channels=2, sample_rate=8000)
            else:
                self._timeline.flush(self._timeline.end)
        finally:
            try:
                self._wave.close()
            finally:
                if self._owns_file:
                    self._file.close()

    def _begin(self, start: Start) -> None:
        self._decode = get_decoder(start.media_format, self._byte_order)
        self._sample_rate = start.media_format.sample_rate
        if not 1 <= self._sample_rate <= _MAX_SAMPLE_RATE:
            raise InputError("message", f"must have a sample rate of 1 to {_MAX_SAMPLE_RATE}; got {self._sample_rate}.")
        self._tracks: list[Track] = [track for track in ("inbound", "outbound") if track in start.tracks]
        channels = len(self._tracks) or 1
        self._write_header(channels, self._sample_rate)
        self._timeline = Timeline(self._wave.writeframes, channels)
        self._frame_size = 2 * channels
        self._started_at = self._clock()
        self._positions = dict.fromkeys(self._tracks, 0)
        self._chunks = dict.fromkeys(self._tracks, 0)
        self._start = start

    def _write_header(self, channels: int, sample_rate: int) -> None:
        self._wave.setnchannels(channels)
        self._wave.setframerate(sample_rate)
        self._wave.writeframes(b"")

    def _add_audio(self, media: Media) -> bool:
        """Add a piece of audio to the timeline. Return False if all of it is dropped."""
        track = media.track
        try:
            pcm = self._decode(media.payload)
        except InputError:
            return False
        at = media.timestamp * self._sample_rate // 1000
        if track not in self._positions:
            return False
        in_order = media.chunk > self._chunks[track]
        if media.chunk == self._chunks[track] + 1 and at - self._positions[track] < _JITTER * self._sample_rate:
            at = self._positions[track]
        end = at + len(pcm) // 2
        gap = max(0, at - self._timeline.end)
        if gap and self._silence + gap > self._allowed_silence():
            return False
        if _HEADER_SIZE + end * self._frame_size > min(self.max_bytes, _MAX_BYTES):
            self.is_full = True
            return False
        if not self._timeline.put(pcm, self._tracks.index(track), at, hold=int(self._max_delay * self._sample_rate)):
            return False
        self._silence += gap
        if in_order:
            self._chunks[track] = media.chunk
            self._positions[track] = end
            passed = min(self._positions.values()) - self._sample_rate
            if passed - self._timeline.written >= self._sample_rate // 2:
                self._timeline.flush(passed)
        return True

    def _allowed_silence(self) -> float:
        """Return how many frames of silence may fill gaps by now."""
        if self._max_silence is not None:
            return self._max_silence * self._sample_rate
        audio = self._timeline.end - self._silence
        return (self._clock() - self._started_at + _LEAD) * self._sample_rate + audio

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
