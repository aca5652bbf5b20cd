"""Decode payloads to float32 samples.

A table of all 256 codes is faster than `audioop`, which is also missing from Python 3.13.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from signalwire_streams.media._encodings import ByteOrder, check_byte_order, check_encoding
from signalwire_streams.media._messages import L16, PCMU, MediaFormat
from signalwire_streams.media._windows._audio_window import Samples

Decoder: TypeAlias = Callable[[bytes], Samples]

_SCALE = np.float32(1 / 32_768)


def get_decoder(media_format: MediaFormat, byte_order: ByteOrder) -> Decoder:
    """Return the function that decodes the payloads of one stream. It raises ValueError for half a sample.

    Raises InputError for an unknown encoding.
    """
    name = check_encoding(media_format)
    if name == L16:
        sample = np.dtype("<i2" if check_byte_order(byte_order) == "little" else ">i2")
        return lambda payload: np.frombuffer(payload, sample).astype(np.float32) * _SCALE
    table = _make_pcmu_table() if name == PCMU else _make_pcma_table()
    return lambda payload: table.take(np.frombuffer(payload, np.uint8))


def _make_pcmu_table() -> Samples:
    """Return the sample of each mu-law code, by ITU-T G.711."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4) & 7, (code & 15).astype(np.int32)
    size = (((mantissa << 3) + 132) << exponent) - 132
    return _to_float(size, is_negative=code >= 128)


def _make_pcma_table() -> Samples:
    """Return the sample of each A-law code, by ITU-T G.711."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = ((code >> 4) & 7).astype(np.int32), (code & 15).astype(np.int32)
    size = ((mantissa << 4) + np.where(exponent > 0, 264, 8)) << np.maximum(exponent - 1, 0)
    return _to_float(size, is_negative=code < 128)


def _to_float(size: np.ndarray, *, is_negative: np.ndarray) -> Samples:
    return np.where(is_negative, -size, size).astype(np.float32) * _SCALE
