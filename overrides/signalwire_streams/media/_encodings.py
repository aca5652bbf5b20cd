"""Check the encoding of a stream's audio and the byte order of L16."""

from __future__ import annotations

from typing import Literal, TypeAlias

from signalwire_streams._checks import check_choice
from signalwire_streams.media._messages import L16, PCMA, PCMU, MediaFormat

ByteOrder: TypeAlias = Literal["little", "big"]


def check_encoding(encoding: str | MediaFormat) -> str:
    """Return the name of a known encoding. Raises InputError for any other."""
    name = encoding.encoding if isinstance(encoding, MediaFormat) else encoding
    return check_choice("encoding", name, (PCMU, PCMA, L16))


def check_byte_order(byte_order: ByteOrder) -> str:
    """Return a byte order of L16. Raises InputError for any other value."""
    return check_choice("byte_order", byte_order, ("little", "big"))
