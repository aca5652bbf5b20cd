"""An answer on its way in: what has come of it so far."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import httpx

MAX_BODY = 1_000_000
"""Bytes of an answer that are read, and unpacked, at most; a stream takes less than a thousand."""


@attrs.frozen
class Answer:
    """An answer as it came."""

    status: int
    headers: httpx.Headers = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    flaw: str | None = None
    """Why the body is not whole, if it is not."""
    cut: bool = False
    """Whether the connection was lost before the body's end."""


class Incoming:
    """Collects an answer as it arrives: its head, then the pieces of its body, up to a limit."""

    def __init__(self) -> None:
        self.has_begun = False
        self._status = 0
        self._headers: httpx.Headers | Sequence[tuple[bytes, bytes]] = ()
        self._pieces: list[bytes] = []
        self._size = 0
        self._flaw: str | None = None
        self._cut = False

    def begin(self, status: int, headers: httpx.Headers | Sequence[tuple[bytes, bytes]]) -> None:
        """Take the head."""
        self.has_begun, self._status, self._headers = True, status, headers

    def add(self, piece: bytes) -> bool:
        """Take a piece of the body as it was sent, and tell whether the next one is wanted."""
        self._size += len(piece)
        if self._size > MAX_BODY:
            self._flaw = f"it is longer than {MAX_BODY} bytes"
            return False
        self._pieces.append(piece)
        return True

    def add_unpacked(self, body: bytes) -> None:
        """Take a whole body whose encoding somebody else has taken off."""
        self.add(body)
        self._headers = httpx.Headers(self._headers)
        self._headers.pop("Content-Encoding", None)

    def cut_short(self, error: Exception) -> None:
        """Take note that nothing more will come."""
        self._flaw, self._cut = f"it was cut short ({type(error).__name__})", True

    def answer(self) -> Answer:
        """Return what has come."""
        return Answer(self._status, httpx.Headers(self._headers), b"".join(self._pieces), self._flaw, self._cut)
