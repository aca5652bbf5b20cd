"""PCMU and L16 to 16-bit PCM and back.

PCM is what a WAV file holds: signed 16-bit samples, little-endian.

PCMU is ITU-T G.711's mu-law, by `audioop` (of Python up to 3.12, then of the package audioop-lts).

L16: RFC 3551 gives the encoding of this name network byte order, but that is for RTP. The vendor does not publish
which byte order its WebSockets have. Its own example for OpenAI hands the payloads on unchanged as that service's
pcm16, which is little-endian, as users of other services do; so little-endian is the default, `byte_order="big"` the
other.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal, TypeAlias

from signalwire_streams._checks import check_choice
from signalwire_streams._errors import InputError
from signalwire_streams.media._messages import L16, PCMU, MediaFormat

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the module in Python 3.11 and 3.12
    import audioop

ByteOrder: TypeAlias = Literal["little", "big"]

_Convert: TypeAlias = Callable[[bytes], bytes]


def decode_audio(payload: bytes, encoding: str | MediaFormat, *, byte_order: ByteOrder = "little") -> bytes:
    """Return a payload as 16-bit PCM. `byte_order` is that of L16, which the vendor does not publish."""
    return decoder(encoding, byte_order)(payload)


def encode_audio(pcm: bytes, encoding: str | MediaFormat, *, byte_order: ByteOrder = "little") -> bytes:
    """Return 16-bit PCM as a payload of the encoding."""
    if _known(encoding) == PCMU:
        return audioop.lin2ulaw(_whole(pcm, "pcm"), 2)
    return _l16(byte_order, "pcm")(pcm)


def decoder(encoding: str | MediaFormat, byte_order: ByteOrder = "little") -> _Convert:
    """Return the function that decodes the payloads of one stream."""
    if _known(encoding) == PCMU:
        return lambda payload: audioop.ulaw2lin(payload, 2)
    return _l16(byte_order, "payload")


def _known(encoding: str | MediaFormat) -> str:
    return check_choice("encoding", encoding.encoding if isinstance(encoding, MediaFormat) else encoding, (PCMU, L16))


def _l16(byte_order: ByteOrder, argument: str) -> _Convert:
    if check_choice("byte_order", byte_order, ("little", "big")) == "little":
        return lambda samples: bytes(_whole(samples, argument))
    return lambda samples: audioop.byteswap(_whole(samples, argument), 2)


def _whole(samples: bytes, argument: str) -> bytes:
    if len(samples) % 2:
        raise InputError(argument, f"is {len(samples)} bytes long, which is no whole number of 16-bit samples.")
    return samples
