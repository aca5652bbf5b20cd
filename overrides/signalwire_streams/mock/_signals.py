"""The sounds that the mock makes itself: the same samples on every run, and loops without a click."""

from __future__ import annotations

import math
from array import array
from functools import cache

_SYLLABLES = (130.0, 160.0, 145.0, 120.0, 170.0, 110.0)
"""The pitch of each, in Hz."""
_SYLLABLE, _PAUSE = 0.2, 0.3
_SPEECH_SECONDS = len(_SYLLABLES) * _SYLLABLE + _PAUSE
_FORMANTS = ((600.0, 200.0, 1.0), (1400.0, 300.0, 0.5), (2600.0, 400.0, 0.25))
"""The resonances of a mouth: centre and width in Hz, and strength."""


@cache
def tone(frequency: int, sample_rate: int) -> bytes:
    """Return a second of a sine at half of full scale, as 16-bit samples: a loop, since the frequency is whole."""
    step = 2 * math.pi * frequency / sample_rate
    return _samples([0.5 * math.sin(step * index) for index in range(sample_rate)])


@cache
def speech(sample_rate: int) -> bytes:
    """Return a phrase of syllables and a pause, as 16-bit samples: speech to a level meter or a detector."""
    phrase: list[float] = []
    for pitch in _SYLLABLES:
        phrase += _syllable(pitch, sample_rate)
    phrase += [0.0] * (round(_SPEECH_SECONDS * sample_rate) - len(phrase))
    return _samples(phrase)


def _syllable(pitch: float, sample_rate: int) -> list[float]:
    harmonics = [
        (2 * math.pi * pitch * number / sample_rate, _strength(pitch * number))
        for number in range(1, int(3400 / pitch) + 1)
    ]
    loudest = sum(strength for _, strength in harmonics)
    length = round(_SYLLABLE * sample_rate)
    return [
        0.9
        * math.sin(math.pi * index / length) ** 2
        * sum(s * math.cos(step * index) for step, s in harmonics)
        / loudest
        for index in range(length)
    ]


def _strength(frequency: float) -> float:
    return sum(gain * math.exp(-(((frequency - centre) / width) ** 2)) for centre, width, gain in _FORMANTS)


def _samples(values: list[float]) -> bytes:
    return array("h", [round(32767 * value) for value in values]).tobytes()
