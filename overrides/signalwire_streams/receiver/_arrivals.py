"""What came to a receiver, and how to wait for more."""

from __future__ import annotations

import threading

from signalwire_streams.receiver._stream import ReceivedStream


class Arrivals:
    """The streams that came, and how many connections were none. Any thread may call it."""

    def __init__(self) -> None:
        self._streams: list[ReceivedStream] = []
        self._taken = 0
        self._refused = self._without_start = 0
        self._changed = threading.Condition()

    @property
    def streams(self) -> list[ReceivedStream]:
        """Those that are kept, oldest first."""
        with self._changed:
            return self._streams.copy()

    def add(self, stream: ReceivedStream) -> None:
        """Take a stream that has begun."""
        with self._changed:
            self._streams.append(stream)
            self._changed.notify_all()

    def add_refused(self) -> None:
        """Count a connection that had not the bearer token."""
        with self._changed:
            self._refused += 1

    def add_without_start(self) -> None:
        """Count a connection that sent no start message."""
        with self._changed:
            self._without_start += 1

    def remove(self, stream: ReceivedStream) -> None:
        """Forget a stream."""
        with self._changed:
            self._taken -= self._streams.index(stream) < self._taken
            self._streams.remove(stream)

    def wait_for_stream(self, timeout: float) -> ReceivedStream:
        """Wait for a stream that was not yet returned. Raises TimeoutError."""
        with self._changed:
            if self._changed.wait_for(lambda: len(self._streams) > self._taken, timeout):
                self._taken += 1
                return self._streams[self._taken - 1]
            problem = f"No stream came in {timeout:g} seconds, after {self._taken} before."
            problem += f" Connections without the bearer token: {self._refused}." if self._refused else ""
            problem += f" Connections that sent no start message: {self._without_start}." if self._without_start else ""
        raise TimeoutError(problem)
