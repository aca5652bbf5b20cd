"""The events: numbered, kept for readers that come back, and sent to all readers."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from itertools import islice

import attrs

from signalwire_streams.mock._control.responses import to_json

KEPT_EVENTS = 1000
MAX_KEPT_BYTES = 10_000_000
SECONDS_BETWEEN_LEVELS = 0.1
_MOST_OF_A_CORE = 0.05
_MAX_CHUNK = 65536
_MAX_DIGITS = 20
_SECONDS_BETWEEN_SIGNS = 15.0
_SIGN_OF_LIFE = b":\n\n"


@attrs.frozen
class _Event:
    number: int
    text: bytes


class EventHub:
    """The events of one mock, in its event loop.

    Readers have a place in the events that are kept, and no queue of their own. So a slow reader costs nothing, and
    misses what is dropped in the meantime.

    `measure`: returns the levels of streams. It is called ten times a second while there are readers.
    """

    def __init__(self, measure: Callable[[], Mapping[str, object]]) -> None:
        self._measure = measure
        self.open()

    def open(self) -> None:
        """Begin without events."""
        # Numbers of an earlier mock at the same URL are lower, so its readers are told to begin anew.
        self._first = self.last = time.time_ns() // 1_000_000
        self._kept: deque[_Event] = deque()
        self._bytes = 0
        self._levels = b""
        self._measured = 0
        self._readers: set[asyncio.Event] = set()
        self._measuring: asyncio.Task[None] | None = None
        self.is_closed = False

    def publish(self, kind: str, record: object) -> None:
        """Send an event to all readers, and keep it for those that come back."""
        self.last += 1
        text = _text(kind, record, self.last)
        self._kept.append(_Event(self.last, text))
        self._bytes += len(text)
        while len(self._kept) > KEPT_EVENTS or (self._bytes > MAX_KEPT_BYTES and len(self._kept) > 1):
            dropped = self._kept.popleft()
            self._first = dropped.number
            self._bytes -= len(dropped.text)
        self._wake()

    def close(self) -> None:
        """Let all readers go."""
        self.is_closed = True
        self._wake()

    async def read(self, after: str | None) -> AsyncGenerator[bytes, None]:
        """Yield events as text until the hub is closed.

        `after`: the number of the last event that the reader has; None begins now.
        """
        awake, measured = asyncio.Event(), self._measured
        self._add_reader(awake)
        try:
            yield _SIGN_OF_LIFE  # so that the client knows at once that it is connected
            place = self.last if after is None else _number(after)
            while not self.is_closed:
                chunk = bytearray()
                if not self._first <= place <= self.last:
                    place = self.last
                    chunk += _text("resync", {}, place)
                for event in islice(self._kept, place - self._first, None):
                    chunk += event.text
                    place = event.number
                    if len(chunk) > _MAX_CHUNK:
                        break
                if measured != self._measured:
                    measured = self._measured
                    chunk += self._levels
                if chunk:
                    yield bytes(chunk)
                elif not await _is_set(awake):
                    yield _SIGN_OF_LIFE
                awake.clear()
        finally:
            self._remove_reader(awake)

    def _add_reader(self, awake: asyncio.Event) -> None:
        self._readers.add(awake)
        if self._measuring is None:
            self._measuring = asyncio.create_task(self._publish_levels(), name="levels")

    def _remove_reader(self, awake: asyncio.Event) -> None:
        self._readers.discard(awake)
        if not self._readers and self._measuring is not None:
            self._measuring.cancel()
            self._measuring = None

    async def _publish_levels(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            before = time.thread_time()
            if levels := self._measure():
                self._levels = _text("levels", levels)
                self._measured += 1
                self._wake()
            cost = time.thread_time() - before
            # Thousands of streams are measured less often, so that their audio is not late.
            due = max(due + SECONDS_BETWEEN_LEVELS, loop.time() + cost / _MOST_OF_A_CORE)
            await asyncio.sleep(due - loop.time())

    def _wake(self) -> None:
        for awake in self._readers:
            awake.set()


def _number(text: str) -> int:
    """Return the number in the id of an event, or -1, which no event has."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else -1


async def _is_set(awake: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(_SECONDS_BETWEEN_SIGNS):
            await awake.wait()
    except TimeoutError:
        return False
    return True


def _text(kind: str, record: object, number: int | None = None) -> bytes:
    head = f"event: {kind}\n" if number is None else f"id: {number}\nevent: {kind}\n"
    return head.encode("ascii") + b"data: " + to_json(record) + b"\n\n"
