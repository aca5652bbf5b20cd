"""The audio of a call: WAV files and generated sounds, in the encoding of a stream."""

from __future__ import annotations

import importlib
import math
import sys
import warnings
import wave
from array import array
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Self

import attrs

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # the standard library's, before Python 3.13
    import audioop

FRAME_MILLISECONDS = 20
TRACKS = ("inbound", "outbound")
_RATES = {"audio/x-mulaw": (8000,), "audio/x-alaw": (8000,), "audio/x-L16": (8000, 16000, 24000)}

_MAX_RATIO = 256
"""The limit of libsamplerate."""

_PITCHES = (130.0, 160.0, 145.0, 120.0, 170.0, 110.0)
"""The pitch of each syllable, in Hz."""
_SYLLABLE_SECONDS, _PAUSE_SECONDS = 0.2, 0.3
_SPEECH_SECONDS = len(_PITCHES) * _SYLLABLE_SECONDS + _PAUSE_SECONDS
_FORMANTS = ((600.0, 200.0, 1.0), (1400.0, 300.0, 0.5), (2600.0, 400.0, 0.25))
"""The resonances of a mouth: center and width in Hz, and strength."""


@attrs.frozen
class AudioFormat:
    """An audio encoding and sample rate: mu-law or A-law at 8000 Hz, or L16 (little-endian) at 8000, 16000 or 24000."""

    encoding: str = "audio/x-mulaw"
    sample_rate: int = 8000

    def __attrs_post_init__(self) -> None:
        if self.sample_rate not in _RATES.get(self.encoding, ()):
            pairs = ", ".join(f"{encoding} at {rate}" for encoding, rates in _RATES.items() for rate in rates)
            raise ValueError(f"{self.encoding!r} at {self.sample_rate} Hz is not supported. Use one of {pairs}.")

    @classmethod
    def of_codec(cls, codec: str) -> Self:
        """Return the format that a `StreamCodec` asks for, such as `L16@16000h`. Raises ValueError for another."""
        name, _, rate = codec.partition("@")
        encoding = {"PCMU": "audio/x-mulaw", "PCMA": "audio/x-alaw", "L16": "audio/x-L16"}.get(name, name)
        return cls(encoding, int(rate.removesuffix("h") or 8000))

    def encode(self, samples: bytes) -> bytes:
        """Encode 16-bit samples in native byte order."""
        if self.encoding == "audio/x-mulaw":
            return audioop.lin2ulaw(samples, 2)
        if self.encoding == "audio/x-alaw":
            return audioop.lin2alaw(samples, 2)
        return audioop.byteswap(samples, 2) if sys.byteorder == "big" else samples

    def decode(self, encoded: bytes) -> bytes:
        """Decode to 16-bit samples in native byte order."""
        if self.encoding == "audio/x-mulaw":
            return audioop.ulaw2lin(encoded, 2)
        if self.encoding == "audio/x-alaw":
            return audioop.alaw2lin(encoded, 2)
        return audioop.byteswap(encoded, 2) if sys.byteorder == "big" else encoded


@attrs.frozen
class Audio:
    """The audio of a track: `Audio.from_wav(path)`, `Audio.tone()`, `Audio.speech()` or `Audio.silence()`.

    A WAV file plays once. The others play until the stream stops, or for `seconds`.
    """

    _render: Callable[[int], bytes] = attrs.field(repr=False)
    """Returns mono 16-bit samples in native byte order, for a sample rate."""
    seconds: float | None
    """The length; None if it plays until the stream stops."""
    _repeated: bool = attrs.field(default=True, repr=False, alias="repeated")

    @classmethod
    def from_wav(cls, path: Path | str) -> Self:
        """Read a PCM WAV file of any sample rate, sample width and number of channels.

        A file of another rate than the stream's is resampled. With the extra `samples` installed, libsamplerate does
        it. Otherwise `audioop` does it, which distorts the audio: at 1 kHz, the noise is 28 dB below the tone.

        Raises OSError if the file cannot be read, and ValueError if it is not a PCM WAV file.
        """
        try:
            with wave.open(str(path), "rb") as file:
                channels, width, rate, count = file.getparams()[:4]
                samples = _to_mono(_to_16_bits(file.readframes(count), width), channels)
        except (wave.Error, EOFError) as error:
            raise ValueError(
                f"{path} is not a valid PCM WAV file ({error or 'it ends early'}). Convert it to PCM first."
            ) from None
        return cls(partial(_resampled, samples, rate), len(samples) / 2 / rate, repeated=False)

    @classmethod
    def tone(cls, frequency: int = 440, seconds: float | None = None) -> Self:
        """Generate a sine wave at half of full scale.

        `frequency`: in whole Hz.
        `seconds`: the length; None plays until the stream stops.
        """
        return cls(partial(_tone, frequency), seconds)

    @classmethod
    def speech(cls, seconds: float | None = None) -> Self:
        """Generate a speech-like sound: syllables of changing pitch, with a pause after every six.

        `seconds`: the length; None plays until the stream stops.
        """
        return cls(_speech, seconds)

    @classmethod
    def silence(cls, seconds: float | None = None) -> Self:
        """Generate silence.

        `seconds`: the length; None plays until the stream stops.
        """
        return cls(lambda sample_rate: bytes(2 * sample_rate), seconds)

    def encode(self, audio_format: AudioFormat) -> Payloads:
        """Encode the audio in frames of 20 ms."""
        rate = audio_format.sample_rate
        silence = audio_format.encode(bytes(2 * rate * FRAME_MILLISECONDS // 1000))
        count = None if self.seconds is None else -(-round(1000 * self.seconds) // FRAME_MILLISECONDS)
        return Payloads(audio_format.encode(self._render(rate)), silence, count, repeated=self._repeated)


class Payloads:
    """The audio of a track in frames of 20 ms."""

    def __init__(self, encoded: bytes, silence: bytes, count: int | None, *, repeated: bool) -> None:
        self.count = count
        """The number of frames, after which there is silence; None if it repeats forever."""
        self.size: int = len(silence)
        """The size of a frame in bytes."""
        self._silence = silence
        self._period = len(encoded) if repeated else None
        self._encoded = encoded + encoded[: self.size] if repeated else encoded  # a frame may span the seam

    def __getitem__(self, index: int) -> str:
        """Return a frame by its index, from 0, as base64."""
        return b2a_base64(self._frame(index), newline=False).decode("ascii")

    def join(self, first: int, last: int) -> bytes:
        """Return the frames from index `first` to before `last`, encoded."""
        return b"".join(map(self._frame, range(first, last)))

    def _frame(self, index: int) -> bytes:
        if self.count is not None and index >= self.count:
            return self._silence
        start = index * self.size
        start = start if self._period is None else start % self._period
        frame = self._encoded[start : start + self.size]
        return frame if len(frame) == self.size else frame + self._silence[len(frame) :]


def choose_audio(audio: Mapping[str, Audio | Path | str] | None) -> dict[str, Audio]:
    """Return the audio of both tracks. By default, inbound is speech-like and outbound is a tone.

    Raises OSError if a file cannot be read, and ValueError for an unknown track or an invalid file.
    """
    chosen = {"inbound": Audio.speech(), "outbound": Audio.tone()}
    for track, given in (audio or {}).items():
        if track not in TRACKS:
            raise ValueError(f"audio has the unknown track {track!r}. Use 'inbound' or 'outbound'.")
        chosen[track] = given if isinstance(given, Audio) else Audio.from_wav(given)
    return chosen


def _resampled(samples: bytes, from_rate: int, to_rate: int) -> bytes:
    if from_rate == to_rate or not samples:
        return samples
    if 1 / _MAX_RATIO <= to_rate / from_rate <= _MAX_RATIO:
        try:
            return _resampled_well(samples, to_rate / from_rate)
        except ModuleNotFoundError as error:
            if error.name not in {"numpy", "samplerate"}:
                raise
    return audioop.ratecv(samples, 2, 1, from_rate, to_rate, None)[0]


def _resampled_well(samples: bytes, ratio: float) -> bytes:
    """Resample with libsamplerate. Raises ModuleNotFoundError without the extra `samples`."""
    import numpy as np  # noqa: PLC0415  of an extra, and slow to import

    resample = importlib.import_module("samplerate").resample  # the package has no types
    values = resample(np.frombuffer(samples, np.int16).astype(np.float32), ratio, "sinc_medium")
    return bytes(np.clip(np.rint(values), -32768, 32767).astype(np.int16))


def _to_16_bits(samples: bytes, width: int) -> bytes:
    if width == 1:
        samples = audioop.bias(samples, 1, -128)  # 8-bit samples of a WAV file are unsigned
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


@cache
def _tone(frequency: int, sample_rate: int) -> bytes:
    # One second is a loop without a click, because the frequency is a whole number.
    step = 2 * math.pi * frequency / sample_rate
    return _samples([0.5 * math.sin(step * index) for index in range(sample_rate)])


@cache
def _speech(sample_rate: int) -> bytes:
    phrase: list[float] = []
    for pitch in _PITCHES:
        phrase += _syllable(pitch, sample_rate)
    phrase += [0.0] * (round(_SPEECH_SECONDS * sample_rate) - len(phrase))
    return _samples(phrase)


def _syllable(pitch: float, sample_rate: int) -> list[float]:
    harmonics = [
        (2 * math.pi * pitch * number / sample_rate, _strength(pitch * number))
        for number in range(1, int(3400 / pitch) + 1)
    ]
    loudest = sum(strength for _, strength in harmonics)
    length = round(_SYLLABLE_SECONDS * sample_rate)
    return [
        0.9
        * math.sin(math.pi * index / length) ** 2
        * sum(s * math.cos(step * index) for step, s in harmonics)
        / loudest
        for index in range(length)
    ]


def _strength(frequency: float) -> float:
    return sum(gain * math.exp(-(((frequency - center) / width) ** 2)) for center, width, gain in _FORMANTS)


def _samples(values: list[float]) -> bytes:
    return array("h", [round(32767 * value) for value in values]).tobytes()
