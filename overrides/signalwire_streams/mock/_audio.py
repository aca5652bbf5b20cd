"""What a call sounds like: a WAV file or a signal of the mock's own, in the encoding of a stream."""

from __future__ import annotations

import sys
import warnings
import wave
from array import array
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Self

import attrs

from signalwire_streams.mock import _signals

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # before 3.13 it is the standard library's
    import audioop

FRAME_MILLISECONDS = 20
TRACKS = ("inbound", "outbound")
_RATES = {"audio/x-mulaw": (8000,), "audio/x-L16": (16000, 24000)}


@attrs.frozen
class AudioFormat:
    """How the audio of a stream is encoded: mu-law at 8000 Hz, or L16 (little-endian) at 16000 or 24000 Hz."""

    encoding: str = "audio/x-mulaw"
    sample_rate: int = 8000

    def __attrs_post_init__(self) -> None:
        if self.sample_rate not in _RATES.get(self.encoding, ()):
            pairs = ", ".join(f"{encoding} at {rate}" for encoding, rates in _RATES.items() for rate in rates)
            raise ValueError(f"There is no encoding {self.encoding!r} at {self.sample_rate} Hz: expected {pairs}.")

    def encode(self, samples: bytes) -> bytes:
        """Encode 16-bit samples of the machine's byte order."""
        if self.encoding == "audio/x-mulaw":
            return audioop.lin2ulaw(samples, 2)
        return audioop.byteswap(samples, 2) if sys.byteorder == "big" else samples


@attrs.frozen
class Audio:
    """The sound of a track of a call: `Audio.from_wav(path)`, `Audio.tone()`, `Audio.speech()`, `Audio.silence()`.

    A WAV file is heard once. The others go on until the stream is stopped, unless they are given `seconds`.
    """

    _render: Callable[[int], bytes] = attrs.field(repr=False)
    """From a sample rate to 16-bit samples of the machine's byte order, one channel."""
    seconds: float | None
    """How long it lasts; None where it goes on until the stream is stopped."""
    _repeated: bool = attrs.field(default=True, repr=False, alias="repeated")

    @classmethod
    def from_wav(cls, path: Path | str) -> Self:
        """Read a WAV file of any rate, width and number of channels. Raises OSError, or ValueError for another file."""
        try:
            with wave.open(str(path), "rb") as file:
                channels, width, rate, count = file.getparams()[:4]
                samples = _to_mono(_to_16_bits(file.readframes(count), width), channels)
        except (wave.Error, EOFError) as error:
            raise ValueError(f"{path} is not a WAV file of PCM samples: {error or 'it ends early'}.") from None
        return cls(partial(_resampled, samples, rate), len(samples) / 2 / rate, repeated=False)

    @classmethod
    def tone(cls, frequency: int = 440, seconds: float | None = None) -> Self:
        """Make a sine of a whole number of Hz, at half of full scale."""
        return cls(partial(_signals.tone, frequency), seconds)

    @classmethod
    def speech(cls, seconds: float | None = None) -> Self:
        """Make a signal like speech: syllables of changing pitch, with a pause after each six."""
        return cls(_signals.speech, seconds)

    @classmethod
    def silence(cls, seconds: float | None = None) -> Self:
        """Make no sound."""
        return cls(lambda sample_rate: bytes(2 * sample_rate), seconds)

    def encode(self, audio_format: AudioFormat) -> Payloads:
        """Return the payloads of 20 ms each."""
        rate = audio_format.sample_rate
        silence = audio_format.encode(bytes(2 * rate * FRAME_MILLISECONDS // 1000))
        count = None if self.seconds is None else -(-round(1000 * self.seconds) // FRAME_MILLISECONDS)
        return Payloads(audio_format.encode(self._render(rate)), silence, count, repeated=self._repeated)


class Payloads:
    """The audio of a track in pieces of 20 ms, as base64."""

    def __init__(self, encoded: bytes, silence: bytes, count: int | None, *, repeated: bool) -> None:
        self.count = count
        """How many there are; None for no end. Beyond, there is silence."""
        self._silence = silence
        self._size = len(silence)
        self._period = len(encoded) if repeated else None
        self._encoded = encoded + encoded[: self._size] if repeated else encoded  # a piece may go over the seam

    def __getitem__(self, index: int) -> str:
        """Return the payload of a number from 0 on."""
        if self.count is not None and index >= self.count:
            piece = self._silence
        else:
            at = index * self._size
            at = at if self._period is None else at % self._period
            piece = self._encoded[at : at + self._size]
            if len(piece) < self._size:
                piece += self._silence[len(piece) :]
        return b2a_base64(piece, newline=False).decode("ascii")


def choose(audio: Mapping[str, Audio | Path | str] | None) -> dict[str, Audio]:
    """Return the audio of both tracks: what the user gives, else something like speech, and a tone.

    Raises ValueError for a track that does not exist, or a file that is no WAV file.
    """
    chosen = {"inbound": Audio.speech(), "outbound": Audio.tone()}
    for track, given in (audio or {}).items():
        if track not in TRACKS:
            raise ValueError(f"{track!r} is not a track: expected inbound or outbound.")
        chosen[track] = given if isinstance(given, Audio) else Audio.from_wav(given)
    return chosen


def _resampled(samples: bytes, from_rate: int, to_rate: int) -> bytes:
    return samples if from_rate == to_rate else audioop.ratecv(samples, 2, 1, from_rate, to_rate, None)[0]


def _to_16_bits(samples: bytes, width: int) -> bytes:
    if width == 1:
        samples = audioop.bias(samples, 1, -128)  # bytes of a WAV file are unsigned
    elif sys.byteorder == "big":
        samples = audioop.byteswap(samples, width)
    return samples if width == 2 else audioop.lin2lin(samples, width, 2)


def _to_mono(samples: bytes, channels: int) -> bytes:
    if channels == 1:
        return samples
    if channels == 2:
        return audioop.tomono(samples, 2, 0.5, 0.5)
    values = array("h", samples)
    return array("h", [sum(values[at : at + channels]) // channels for at in range(0, len(values), channels)]).tobytes()
