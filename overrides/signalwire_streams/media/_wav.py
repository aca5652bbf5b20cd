"""Write a stream's audio to a WAV file."""

from __future__ import annotations

import os
import time
import wave
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import attrs

from signalwire_streams._checks import check_number, check_seconds
from signalwire_streams._errors import InputError
from signalwire_streams.media._codecs import get_decoder
from signalwire_streams.media._encodings import ByteOrder, check_byte_order
from signalwire_streams.media._messages import Media, Message, Start
from signalwire_streams.media._placement import Placement
from signalwire_streams.media._timeline import Timeline
from signalwire_streams.media._wav_names import create_wav_file

_MAX_BYTES = 2**32 - 2**16  # the most that a WAV header can express, with room for the header itself
_MAX_DELAY = 3600  # seconds; bounds the memory
_HEADER_SIZE = 44


@attrs.frozen
class _NewFileIn(os.PathLike[str]):
    """A path in a folder, without a name until the start message arrives."""

    folder: Path

    def __fspath__(self) -> str:
        return str(self.folder)


class WavWriter:
    """Write a stream's audio to a 16-bit WAV file while its messages arrive.

        with WavWriter.in_folder("recordings") as wav:
            async for text in websocket:
                wav.write(session.feed(text))

    `in_folder` names a new file for each stream. `WavWriter(file)` writes the file that you name.

    - `file`: a path, which the writer opens and closes, or a seekable file of your own, which stays open. An existing
      file is overwritten.
    - `max_delay`: how many seconds of audio may be held in memory to wait for late pieces, at most 3,600.
    - `max_silence`: how many seconds of silence may fill gaps, in all. By default, as many as a live stream can need:
      the time since the start message, plus the audio so far, plus two seconds.
    - `max_bytes`: the largest size of the file, at most 4 GiB.
    - `byte_order`: the byte order of L16, which SignalWire does not document. See `decode_audio`.
    - `clock`: returns the time in seconds by which messages arrive.

    Raises InputError for a file that is not seekable and for invalid options.
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
        check_byte_order(byte_order)
        self.dropped: int = 0
        """How many pieces of audio were dropped."""
        self.max_bytes: int = check_number("max_bytes", max_bytes, 0)
        """The largest size of the file. You can change it at any time."""
        self.is_full: bool = False
        """True once a piece was dropped because of `max_bytes`."""
        self._max_delay = check_seconds("max_delay", max_delay, _MAX_DELAY)
        self._max_silence = None if max_silence is None else check_seconds("max_silence", max_silence)
        self._clock = clock
        self._byte_order: ByteOrder = byte_order
        self._start: Start | None = None
        self._closed = False
        self._path: Path | None = None
        self._folder = file.folder if isinstance(file, _NewFileIn) else None
        self._owns_file = isinstance(file, str | os.PathLike)
        self._file: BinaryIO | None = None
        self._wave: wave.Wave_write
        if self._folder is not None:
            return
        if isinstance(file, str | os.PathLike):
            self._path = Path(file)
            file = self._path.open("wb")
        self._open(file)

    @classmethod
    def in_folder(
        cls,
        folder: str | os.PathLike[str],
        *,
        max_delay: float = 10.0,
        max_silence: float | None = None,
        max_bytes: int = _MAX_BYTES,
        byte_order: ByteOrder = "little",
        clock: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Write a stream to a new file, and name the file when the start message arrives.

        The name has the SIDs of the call and the stream, as in `CALL_STREAM.wav`. Each character other than an ASCII
        letter, a digit, `_` or `-` becomes `_`, and long SIDs are cut, so no name leads out of the folder. An existing
        file is never overwritten: the second file of the same name ends in `-2.wav`. `path` tells the path. Without a
        start message, there is no file.

        - `folder`: the folder of the file. It is created if it does not exist.

        The other options are those of `WavWriter`.

        Raises InputError for invalid options.
        Raises OSError if the folder cannot be created. `write` raises OSError if the file cannot be created.
        """
        writer = cls(
            _NewFileIn(Path(folder)),
            max_delay=max_delay,
            max_silence=max_silence,
            max_bytes=max_bytes,
            byte_order=byte_order,
            clock=clock,
        )
        Path(folder).mkdir(parents=True, exist_ok=True)
        return writer

    @property
    def path(self) -> Path | None:
        """The path of the file. None for a file of your own, and before the start message with `in_folder`."""
        return self._path

    @property
    def seconds(self) -> float:
        """The duration of the audio so far, including what is still in memory."""
        return self._timeline.end / self._placement.sample_rate if self._start else 0.0

    @property
    def size(self) -> int:
        """The size of the file in bytes, including what is still in memory."""
        if self._file is None:
            return 0
        return _HEADER_SIZE + (self._timeline.end * self._frame_size if self._start else 0)

    def write(self, message: Message) -> None:
        """Add the next message. Messages other than start and media are ignored.

        Raises InputError for a start message with an unknown encoding or a sample rate above 48,000 Hz, for text, which
        `StreamSession.feed` parses, and after `close()`.
        """
        if self._closed:
            raise InputError("message", "cannot be written, because the WAV file is closed.")
        if isinstance(message, Media):
            if self._start is None or not self._add_audio(message):
                self.dropped += 1
        elif isinstance(message, Start) and self._start is None:
            self._begin(message)
        elif not isinstance(message, Message):
            raise InputError("message", f"must be a parsed message; got {type(message).__name__}. Parse text first.")

    def close(self) -> None:
        """Write the remaining audio, and close the file unless it is your own. Further calls do nothing."""
        if self._closed:
            return
        self._closed = True
        if self._file is None:  # no start message arrived
            return
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
        self._placement = Placement(start, max_silence=self._max_silence, clock=self._clock)
        channels = len(self._placement.tracks) or 1
        if self._folder is not None:
            self._path, file = create_wav_file(self._folder, start.call_sid, start.stream_sid)
            self._open(file)
        self._write_header(channels, self._placement.sample_rate)
        self._timeline = Timeline(self._wave.writeframes, channels)
        self._frame_size = 2 * channels
        self._start = start

    def _open(self, file: BinaryIO) -> None:
        self._file = file
        self._wave = wave.open(file, "wb")  # noqa: SIM115  close() closes it
        self._wave.setsampwidth(2)

    def _write_header(self, channels: int, sample_rate: int) -> None:
        self._wave.setnchannels(channels)
        self._wave.setframerate(sample_rate)
        self._wave.writeframes(b"")

    def _add_audio(self, media: Media) -> bool:
        """Add a piece of audio to the timeline. Return False if all of it is dropped."""
        place = self._placement
        try:
            pcm = self._decode(media.payload)
        except InputError:
            return False
        if not pcm or media.track not in place.tracks:
            return False
        at = place.find(media)
        samples = len(pcm) // 2
        if not place.allows(at):
            return False
        if _HEADER_SIZE + (at + samples) * self._frame_size > min(self.max_bytes, _MAX_BYTES):
            self.is_full = True
            return False
        hold = int(self._max_delay * place.sample_rate)
        if not self._timeline.put(pcm, place.tracks.index(media.track), at, hold=hold):
            return False
        place.add(media, at, samples)
        passed = min(place.positions.values()) - place.sample_rate
        if passed - self._timeline.written >= place.sample_rate // 2:
            self._timeline.flush(passed)
        return True

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
