"""Convert PCMU, PCMA and L16 to 16-bit PCM and back.

PCM is what a WAV file holds: signed 16-bit samples, little-endian.

PCMU is G.711 mu-law, and PCMA its A-law. The conversion is `audioop`'s, which the package audioop-lts provides from
Python 3.13 on.

The byte order of L16 is little-endian by default. SignalWire does not document it. RFC 3551 requires big-endian, but
only for RTP. SignalWire's own OpenAI example passes L16 payloads on as pcm16, which is little-endian.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeAlias

from signalwire_streams._errors import InputError
from signalwire_streams.media._encodings import ByteOrder, check_byte_order, check_encoding
from signalwire_streams.media._messages import PCMA, PCMU, MediaFormat

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.11 and 3.12 deprecate the module
    import audioop

_Conversion: TypeAlias = Callable[[bytes], bytes]


def decode_audio(payload: bytes, encoding: str | MediaFormat, *, byte_order: ByteOrder = "little") -> bytes:
    """Decode a payload to 16-bit PCM.

    - `encoding`: the start message's `media_format`, or its `encoding`.
    - `byte_order`: the byte order of L16, which SignalWire does not document.

    Raises InputError for an unknown encoding or byte order, and for half a sample.
    """
    return get_decoder(encoding, byte_order)(payload)


def encode_audio(pcm: bytes, encoding: str | MediaFormat, *, byte_order: ByteOrder = "little") -> bytes:
    """Encode 16-bit PCM as a payload.

    - `encoding`: the start message's `media_format`, or its `encoding`.
    - `byte_order`: the byte order of L16, which SignalWire does not document.

    Raises InputError for an unknown encoding or byte order, and for half a sample.
    """
    name = check_encoding(encoding)
    if name in {PCMU, PCMA}:
        convert = audioop.lin2ulaw if name == PCMU else audioop.lin2alaw
        return convert(_check_whole_samples(pcm, "pcm"), 2)
    return _get_l16_conversion(byte_order, "pcm")(pcm)


def get_decoder(encoding: str | MediaFormat, byte_order: ByteOrder = "little") -> _Conversion:
    """Return the function that decodes the payloads of one stream.

    Raises InputError for an unknown encoding or byte order.
    """
    name = check_encoding(encoding)
    if name in {PCMU, PCMA}:
        convert = audioop.ulaw2lin if name == PCMU else audioop.alaw2lin
        return lambda payload: convert(payload, 2)
    return _get_l16_conversion(byte_order, "payload")


def _get_l16_conversion(byte_order: ByteOrder, argument: str) -> _Conversion:
    if check_byte_order(byte_order) == "little":
        return lambda samples: bytes(_check_whole_samples(samples, argument))
    return lambda samples: audioop.byteswap(_check_whole_samples(samples, argument), 2)


def _check_whole_samples(samples: bytes, argument: str) -> bytes:
    if len(samples) % 2:
        raise InputError(argument, f"must have an even length; got {len(samples)} bytes. A sample takes 2 bytes.")
    return samples
