"""Resample one track, piece by piece, with libsamplerate.

libsamplerate keeps its state between pieces, so they have no audible borders. It aligns its output with its input:
output sample k belongs to the time k / rate. docs/benchmarks.md compares other resamplers.
"""

from __future__ import annotations

import importlib
import math
from typing import Literal, TypeAlias, get_args

import numpy as np

from signalwire_streams.media._windows._audio_window import Samples

Quality: TypeAlias = Literal["low", "medium", "high"]

QUALITIES: tuple[str, ...] = get_args(Quality)
MAX_RATIO = 256  # libsamplerate's limit
MAX_OUTPUT = 2**16  # samples that the windows of one step should hold at most; bounds the memory of a long silence

_CONVERTERS = {"low": "sinc_fastest", "medium": "sinc_medium", "high": "sinc_best"}
_LONGEST_FILTER = 512  # samples at the lower rate, more than sinc_best spans
_new_converter = importlib.import_module("samplerate").Resampler  # the package has no types


class Resampler:
    """Resample one track. At equal rates, samples pass through unchanged.

    - `overlap`: how many windows hold each sample.
    """

    def __init__(self, from_rate: int, to_rate: int, quality: Quality, overlap: float = 1) -> None:
        self.position = 0
        """How many samples have been added."""
        self.step = max(1, int(MAX_OUTPUT / overlap * from_rate / to_rate))
        """How many samples to add at once, at most."""
        divisor = math.gcd(from_rate, to_rate)
        self._per_period, self._output_per_period = from_rate // divisor, to_rate // divisor
        self._ratio = to_rate / from_rate
        self._filter = _LONGEST_FILTER * max(1, math.ceil(from_rate / to_rate))
        self._given = 0
        self._silence = 0  # samples of silence since the last other sample
        self._converter = None if from_rate == to_rate else _new_converter(_CONVERTERS[quality], 1)

    def add(self, samples: Samples) -> Samples:
        """Add samples and return those that are ready."""
        self._silence = 0
        return self._add(samples)

    def add_silence(self, count: int) -> Samples:
        """Add silence and return the samples that are ready.

        Once the filter holds nothing but silence, it gives nothing else. Whole periods of the two rates leave its state
        as it is, so they are skipped.
        """
        skipped = 0
        if self._silence >= self._filter:
            periods = count // self._per_period
            skipped = periods * self._output_per_period
            count -= periods * self._per_period
            self.position += periods * self._per_period
            self._given += skipped
        self._silence += count
        rest = self._add(np.zeros(count, np.float32))
        return np.concatenate([np.zeros(skipped, np.float32), rest]) if skipped else rest

    def close(self) -> Samples:
        """Return the samples that are still held back. Their sum is then the length of the audio, rounded up."""
        position = self.position
        missing = -(-position * self._output_per_period // self._per_period) - self._given
        held = [np.zeros(0, np.float32)]
        while sum(map(len, held)) < missing:
            held.append(self._add(np.zeros(self._filter, np.float32)))
        self.position = position
        return np.concatenate(held)[:missing]

    def _add(self, samples: Samples) -> Samples:
        self.position += len(samples)
        if self._converter is not None and len(samples):
            samples = self._converter.process(samples, self._ratio)
            samples.clip(-1, 1, out=samples)  # a filter overshoots at steep edges
        self._given += len(samples)
        return samples
