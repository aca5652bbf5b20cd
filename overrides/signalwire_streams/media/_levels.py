"""Measure the level of a stream's audio in dBFS."""

from __future__ import annotations

import math
import time
import warnings
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from signalwire_streams._errors import InputError
from signalwire_streams.media._codecs import get_decoder
from signalwire_streams.media._encodings import ByteOrder
from signalwire_streams.media._messages import L16, Media, Message, Start, Track

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.11 and 3.12 deprecate the module
    import audioop

_FULL_SCALE = 32768
_SLOTS = 10  # steps in which the window moves on, so that its memory is the same for any number of messages


class Levels:
    """Measure how loud a stream is while its messages arrive.

        levels = Levels("inbound")
        async for text in websocket:
            levels.add(session.feed(text))
            print(levels.recent)

    All levels are in dBFS. A full-scale sine has a peak of 0 and a mean of -3. Without audio, and for digital silence,
    they are minus infinity.

    - `track`: the track to measure. None measures all tracks as one.
    - `byte_order`: the byte order of L16, which SignalWire does not document. See `decode_audio`.
    - `clock`: returns the time in seconds by which messages arrive.

    Raises InputError for an unknown track or byte order.
    """

    WINDOW = 0.3
    """How many seconds `recent` covers."""

    def __init__(
        self,
        track: Track | None = None,
        *,
        byte_order: ByteOrder = "little",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if track not in (None, "inbound", "outbound"):
            raise InputError("track", "must be 'inbound', 'outbound' or None.")
        get_decoder(L16, byte_order)  # rejects an unknown byte order
        self.dropped: int = 0
        """How many pieces of audio could not be measured: their encoding is unknown, or they contain half a sample.

        The encoding is known once the start message was added.
        """
        self._track = track
        self._byte_order: ByteOrder = byte_order
        self._clock = clock
        self._has_started = False
        self._decode: Callable[[bytes], bytes] = _reject
        self._squares = 0.0
        self._samples = 0
        self._peak = 0
        self._window: deque[tuple[int, float, int]] = deque()  # slot of time, sum of squares, samples

    @property
    def mean(self) -> float:
        """The root mean square of all samples."""
        return _mean(self._squares, self._samples)

    @property
    def peak(self) -> float:
        """The highest sample."""
        return _dbfs(self._peak)

    @property
    def recent(self) -> float:
        """The root mean square of the samples that arrived within the last `WINDOW` seconds."""
        oldest = self._slot() - _SLOTS
        recent = [each for each in self._window.copy() if each[0] > oldest]
        return _mean(sum(squares for _, squares, _ in recent), sum(samples for _, _, samples in recent))

    def add(self, message: Message | bytes) -> None:
        """Add the next message, or samples of your own as 16-bit PCM.

        Add all messages, because the start message tells the encoding. Other messages are ignored.

        Raises InputError for text, which `StreamSession.feed` parses, and for PCM with half a sample.
        """
        if isinstance(message, Media):
            if self._track is None or message.track == self._track:
                self._add_audio(message)
        elif isinstance(message, Start):
            self._start(message)
        elif isinstance(message, bytes):
            if len(message) % 2:
                raise InputError("message", f"must have an even length; got {len(message)} bytes of 16-bit PCM.")
            self._measure(message)
        elif not isinstance(message, Message):
            raise InputError(
                "message", f"must be a parsed message or 16-bit PCM; got {type(message).__name__}. Pass text to feed()."
            )

    def _start(self, start: Start) -> None:
        if self._has_started:
            return
        self._has_started = True
        with suppress(InputError):  # an unknown encoding must not end the stream
            self._decode = get_decoder(start.media_format, self._byte_order)

    def _add_audio(self, media: Media) -> None:
        try:
            pcm = self._decode(media.payload)
        except InputError:
            self.dropped += 1
        else:
            self._measure(pcm)

    def _measure(self, pcm: bytes) -> None:
        samples = len(pcm) // 2
        if not samples:
            return
        # At 32 bits, because audioop rounds down to a whole number, which is 3 dB off for the quietest audio.
        squares = (audioop.rms(audioop.lin2lin(pcm, 2, 4), 4) / 65536) ** 2 * samples
        self._squares += squares
        self._samples += samples
        self._peak = max(self._peak, audioop.max(pcm, 2))
        slot = self._slot()
        window = self._window
        if window and window[-1][0] == slot:
            _, squares_before, samples_before = window[-1]
            window[-1] = (slot, squares_before + squares, samples_before + samples)
        else:
            window.append((slot, squares, samples))
            while window[0][0] <= slot - _SLOTS:
                window.popleft()

    def _slot(self) -> int:
        return math.floor(self._clock() / self.WINDOW * _SLOTS)


def _reject(_: bytes) -> bytes:
    raise InputError("message", "has audio of an unknown encoding.")


def _mean(squares: float, samples: int) -> float:
    return _dbfs(math.sqrt(squares / samples)) if samples else -math.inf


def _dbfs(value: float) -> float:
    return 20 * math.log10(value / _FULL_SCALE) if value else -math.inf
