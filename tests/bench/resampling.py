"""How resamplers do on 20 ms pieces: a line of JSON for each pair of rates and each resampler.

    python resampling.py ROUNDS

All run in one process, in turn. A tone is added in pieces, and a sine of its frequency is fitted to what comes out: what
is left is noise, and the fitted amplitude is the gain. Held back is the audio that has gone in and has not come out,
after each piece.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from statistics import mean
from typing import Any

import numpy as np
import soxr
from scipy import signal
from signalwire_streams.media._windows._resampling import QUALITIES, Resampler

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.11 and 3.12 deprecate the module
    import audioop

PAIRS = [(8000, 16_000), (16_000, 8000), (8000, 24_000)]
AMPLITUDE = 0.5
Add = Callable[[Any], Any]


def ours(quality: Any) -> Callable[[int, int], Add]:
    return lambda here, there: Resampler(here, there, quality).add


def by_soxr(quality: str) -> Callable[[int, int], Add]:
    return lambda here, there: soxr.ResampleStream(here, there, 1, dtype="float32", quality=quality).resample_chunk


def by_audioop(here: int, there: int) -> Add:
    state: Any = None

    def add(piece: Any) -> Any:
        nonlocal state
        pcm = np.rint(piece * 32_768).astype("<i2").tobytes()
        converted, state = audioop.ratecv(pcm, 2, 1, here, there, state)
        return np.frombuffer(converted, "<i2") / np.float32(32_768)

    return add


def by_scipy(here: int, there: int) -> Add:
    up, down = there // np.gcd(here, there), here // np.gcd(here, there)
    return lambda piece: signal.resample_poly(piece, up, down)


RESAMPLERS: dict[str, Callable[[int, int], Add]] = {
    **{f"**ours, {quality}**": ours(quality) for quality in QUALITIES},
    **{f"soxr {quality}": by_soxr(quality) for quality in ("QQ", "LQ", "HQ", "VHQ")},
    "audioop.ratecv": by_audioop,
    "scipy resample_poly, each piece alone": by_scipy,
}


def tone(rate: int, hertz: float, seconds: int = 6) -> list[Any]:
    """Return a tone in pieces of 20 ms."""
    samples = AMPLITUDE * np.sin(2 * np.pi * hertz * np.arange(seconds * rate) / rate)
    return np.split(samples.astype(np.float32), 50 * seconds)


def snr_and_gain(resampled: Any, rate: int, hertz: float) -> tuple[float, float]:
    """Fit a sine to three seconds in the middle, and return what is left and its gain, both in dB."""
    heard = resampled[rate : 4 * rate].astype(float)
    angles = 2 * np.pi * hertz * np.arange(len(heard)) / rate
    basis = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    found, *_ = np.linalg.lstsq(basis, heard, rcond=None)
    fitted = basis @ found
    noise = np.mean((heard - fitted) ** 2)
    return float(10 * np.log10(np.mean(fitted**2) / noise)), float(20 * np.log10(np.hypot(*found) / AMPLITUDE))


def aliased(resampled: Any, rate: int) -> float:
    """Return the level of what is left of a tone that the lower rate cannot carry, in dB."""
    heard = resampled[rate : 4 * rate].astype(float)
    return float(10 * np.log10(np.mean(heard**2) / (AMPLITUDE**2 / 2)))


def held_back(add: Add, here: int, there: int) -> list[float]:
    """Return the milliseconds that are held back after each piece, once the first second has passed."""
    held: list[float] = []
    given = taken = 0
    for number, piece in enumerate(tone(here, 1000)):
        given += len(piece)
        taken += len(add(piece))
        if number >= 50:
            held.append((given / here - taken / there) * 1000)
    return held


def microseconds(add: Add, pieces: list[Any]) -> float:
    """Return the processor time of a piece."""
    began = time.process_time()
    for piece in pieces:
        add(piece)
    return (time.process_time() - began) / len(pieces) * 1e6


def measure(here: int, there: int, rounds: int) -> None:
    high = 0.425 * min(here, there)
    pieces = tone(here, 1000, seconds=4)
    subjects = {name: new(here, there) for name, new in RESAMPLERS.items()}
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(rounds + 1):
        for name, add in subjects.items():
            took = microseconds(add, pieces)
            if number:  # the first one warms up
                taken[name].append(took)
    for name, new in RESAMPLERS.items():
        held = held_back(new(here, there), here, there)
        found = {
            hertz: snr_and_gain(np.concatenate([*map(new(here, there), tone(here, hertz))]), there, hertz)
            for hertz in (1000, high)
        }
        above = np.concatenate([*map(new(here, there), tone(here, 0.6 * there))]) if there < here else None
        line = {
            "pair": [here, there],
            "name": name,
            "held_mean_ms": mean(held),
            "held_worst_ms": max(held),
            "snr_at_1_khz": found[1000][0],
            "snr_high": found[high][0],
            "gain_high": found[high][1],
            "aliased": None if above is None else aliased(above, there),
            "us": taken[name],
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    for pair in PAIRS:
        measure(*pair, rounds=int(sys.argv[1]))
