"""Check the options of `AudioWindows`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Required, TypedDict

from signalwire_streams._checks import check_number
from signalwire_streams._errors import InputError
from signalwire_streams.media._encodings import ByteOrder
from signalwire_streams.media._windows._outputs import Channels
from signalwire_streams.media._windows._resampling import Quality

_MAX_SAMPLE_RATE = 192_000
MAX_SECONDS = 3600  # of a window, and of what stereo holds


class WindowOptions(TypedDict, total=False):
    """The keywords of `AudioWindows`."""

    sample_rate: Required[int]
    samples: int | None
    seconds: float | None
    hop: float | None
    channels: Channels
    quality: Quality
    byte_order: ByteOrder
    max_delay: float
    max_silence: float | None
    clock: Callable[[], float]


def check_sample_rate(sample_rate: object) -> int:
    """Check the rate of the windows."""
    return check_number("sample_rate", sample_rate, 1, _MAX_SAMPLE_RATE)


def check_window(sample_rate: int, samples: object, seconds: object, hop: object) -> tuple[int | None, int | None]:
    """Return the size of a window and its hop, in samples."""
    if samples is not None and seconds is not None:
        raise InputError("samples", "and seconds are both given. Pass one of them as the size of a window.")
    if samples is None and seconds is None:
        if hop is not None:
            raise InputError("hop", "needs a size of the window. Pass samples or seconds too.")
        return None, None
    if samples is not None:
        size = check_number("samples", samples, 1, MAX_SECONDS * sample_rate)
        return size, size if hop is None else _check_hop(check_number("hop", hop, 1), size)
    size = _to_samples("seconds", seconds, sample_rate)
    return size, size if hop is None else _check_hop(_to_samples("hop", hop, sample_rate), size)


def _to_samples(argument: str, seconds: object, sample_rate: int) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= MAX_SECONDS:
        raise InputError(argument, f"must be a number of seconds above 0, at most {MAX_SECONDS}; got {seconds!r}.")
    samples = round(seconds * sample_rate)
    if samples < 1:
        least = math.ceil(1e6 / sample_rate) / 1e6
        raise InputError(argument, f"must be at least one sample, which takes {least} seconds; got {seconds!r}.")
    return samples


def _check_hop(hop: int, size: int) -> int:
    if hop > size:
        raise InputError("hop", "must not be longer than the window, or the audio between two windows is lost.")
    return hop
