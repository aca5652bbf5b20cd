"""The list of a receiver's streams, shared between its thread and yours."""

from __future__ import annotations

import threading

from signalwire_streams.receiver._received_stream import ReceivedStream


class StreamRegistry:
    """Keep a receiver's streams and count the connections that brought none. Thread-safe."""

    def __init__(self) -> None:
        self._streams: list[ReceivedStream] = []
        self._returned = 0
        self._rejected = self._without_start = 0
        self._changed = threading.Condition()

    @property
    def streams(self) -> list[ReceivedStream]:
        """The streams, oldest first."""
        with self._changed:
            return self._streams.copy()

    def add(self, stream: ReceivedStream) -> None:
        """Add a stream whose start message has arrived."""
        with self._changed:
            self._streams.append(stream)
            self._changed.notify_all()

    def remove(self, stream: ReceivedStream) -> None:
        """Remove a stream."""
        with self._changed:
            self._returned -= self._streams.index(stream) < self._returned
            self._streams.remove(stream)

    def count_rejected(self) -> None:
        """Count a connection that was rejected for its bearer token."""
        with self._changed:
            self._rejected += 1

    def count_without_start(self) -> None:
        """Count a connection that closed before a start message."""
        with self._changed:
            self._without_start += 1

    def wait_for_stream(self, timeout: float) -> ReceivedStream:
        """Wait for a stream that has not been returned yet.

        Raises TimeoutError.
        """
        with self._changed:
            if self._changed.wait_for(lambda: len(self._streams) > self._returned, timeout):
                self._returned += 1
                return self._streams[self._returned - 1]
            message = f"Timed out after {timeout:g} seconds waiting for stream {self._returned + 1}."
            if self._rejected:
                message += f" Connections rejected for their bearer token: {self._rejected}."
            if self._without_start:
                message += f" Connections closed before a start message: {self._without_start}."
        raise TimeoutError(message)
