"""A WAV file of a stream, from its messages."""

from __future__ import annotations

import os
import wave
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from signalwire_streams._errors import InputError
from signalwire_streams.media._audio import ByteOrder, decoder
from signalwire_streams.media._messages import L16, Media, Message, Start, Track
from signalwire_streams.media._timeline import Timeline

_JITTER = 0.020  # seconds; by less than this, a piece that follows the one before may be off its time stamp
_MAX_RATE = 192_000
_MAX_BYTES = 2**32 - 2**16  # what the header of a WAV file can say, and room for it


class WavWriter:
    """Writes a stream's audio to a WAV file, 16-bit PCM at the stream's sample rate, as its messages come.

        with WavWriter("call.wav") as wav:
            async for text in websocket:
                wav.write(session.feed(text))

    A stream of both tracks has two channels: inbound left, outbound right; of one track, one. Each piece is put where
    its timestamp says, and what did not come is silence. Timestamps jitter: a piece whose chunk number follows that of
    the piece before is joined to it, unless its timestamp is 20 ms or more behind that one's end.

    At most `max_delay` seconds are held in memory. What both tracks have passed by a second, or one by `max_delay`, is
    written. A piece that comes for a time that is written already is late: it is left out, and counted in `dropped`.
    So is what cannot be placed: before the start message, of a track that it did not name, more than `max_gap` seconds
    ahead, with half a sample, or beyond the 4 GiB of a WAV file.

    The header is kept up to date, so that the file is valid at any time. A path is opened and closed by the writer; a
    file of yours must be seekable, and stays open. `byte_order` is that of L16: see `decode_audio`.
    """

    def __init__(
        self,
        file: str | os.PathLike[str] | BinaryIO,
        *,
        max_delay: float = 10.0,
        max_gap: float = 3600.0,
        byte_order: ByteOrder = "little",
    ) -> None:
        if not isinstance(file, str | os.PathLike) and not file.seekable():
            raise InputError("file", "is not seekable, and a WAV file tells its length at its head.")
        decoder(L16, byte_order)  # refuses another byte order
        self.dropped: int = 0
        self._max_delay = max_delay
        self._max_gap = max_gap
        self._byte_order: ByteOrder = byte_order
        self._start: Start | None = None
        self._closed = False
        self._own = isinstance(file, str | os.PathLike)
        # close() closes both.
        self._file = Path(file).open("wb") if isinstance(file, str | os.PathLike) else file  # noqa: SIM115  as said
        self._wave: wave.Wave_write = wave.open(self._file, "wb")  # noqa: SIM115  as said
        self._wave.setsampwidth(2)

    @property
    def seconds(self) -> float:
        """The length of the audio so far, with what is not written yet."""
        return self._timeline.end / self._rate if self._start else 0.0

    def write(self, message: Message) -> None:
        """Take the next message; only start and media matter.

        A start message of another encoding than PCMU and L16, or of a rate that no audio has, is an InputError.
        """
        if self._closed:
            raise InputError("message", "came after the file was closed.")
        if isinstance(message, Media):
            if self._start is None or not self._put(message):
                self.dropped += 1
        elif isinstance(message, Start) and self._start is None:
            self._begin(message)

    def close(self) -> None:
        """Write what is left, and close the file if it was opened here. More calls do nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._start is None:
                self._describe(channels=2, rate=8000)
            else:
                self._timeline.flush(self._timeline.end)
        finally:
            try:
                self._wave.close()
            finally:
                if self._own:
                    self._file.close()

    def _begin(self, start: Start) -> None:
        self._decode = decoder(start.media_format, self._byte_order)
        self._rate = start.media_format.sample_rate
        if not 1 <= self._rate <= _MAX_RATE:
            raise InputError("message", f"has a sample rate of {self._rate}; expected 1 to {_MAX_RATE}.")
        self._tracks: list[Track] = [track for track in ("inbound", "outbound") if track in start.tracks]
        channels = len(self._tracks) or 1
        self._describe(channels, self._rate)
        self._timeline = Timeline(self._wave.writeframes, channels, _MAX_BYTES)
        self._positions = dict.fromkeys(self._tracks, 0)
        self._chunks = dict.fromkeys(self._tracks, 0)
        self._start = start

    def _describe(self, channels: int, rate: int) -> None:
        self._wave.setnchannels(channels)
        self._wave.setframerate(rate)
        self._wave.writeframes(b"")

    def _put(self, media: Media) -> bool:
        """Place a piece of audio, and return whether any of it found room."""
        track = media.track
        try:
            pcm = self._decode(media.payload)
        except InputError:
            return False
        at = media.timestamp * self._rate // 1000
        if track not in self._positions or at > self._timeline.end + self._max_gap * self._rate:
            return False
        in_order = media.chunk > self._chunks[track]
        if media.chunk == self._chunks[track] + 1 and at - self._positions[track] < _JITTER * self._rate:
            at = self._positions[track]
        end = at + len(pcm) // 2
        if not self._timeline.put(pcm, self._tracks.index(track), at, hold=int(self._max_delay * self._rate)):
            return False
        if in_order:
            self._chunks[track] = media.chunk
            self._positions[track] = end
            passed = min(self._positions.values()) - self._rate
            if passed - self._timeline.written >= self._rate // 2:
                self._timeline.flush(passed)
        return True

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
