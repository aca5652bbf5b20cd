"""A window of a stream's audio."""

from __future__ import annotations

from typing import TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from signalwire_streams.media._messages import Track

Samples: TypeAlias = NDArray[np.float32]

_FULL_SCALE = 32_768


def _format_samples(samples: Samples) -> str:
    return f"<{len(samples)} samples>"


@attrs.frozen(eq=False)  # arrays have no single answer to ==
class AudioWindow:
    """A window of a stream's audio.

    - `track`: the track, or None for stereo.
    - `start`: the time of the first sample, in seconds since the start of the stream.
    - `samples`: float32 samples from -1 to 1, of shape `(n,)`. Stereo has the shape `(n, 2)`, inbound on the left.
    - `sample_rate`: samples a second.
    - `padding`: how many samples of silence were appended. Only the last window of a track has any, and its first
      `len(samples) - padding` samples are audio.
    """

    track: Track | None
    start: float
    samples: Samples = attrs.field(repr=_format_samples)
    sample_rate: int
    padding: int = 0

    @property
    def pcm(self) -> bytes:
        """The samples as signed 16-bit little-endian PCM. Stereo is interleaved, inbound first."""
        scaled: Samples = np.rint(self.samples * np.float32(_FULL_SCALE))
        return scaled.clip(max=_FULL_SCALE - 1).astype(np.dtype("<i2")).tobytes()
