"""The state of a mock: its calls and streams, everything recorded, and waiting for a change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterable
from datetime import UTC, datetime

from signalwire_streams.mock._records import MockStream, RecordedCallback, RecordedRequest

_STATES = ("queued", "in-progress", "stopped", "closed")
_EVENTS = ("stream-started", "stream-stopped", "stream-error")


class State:
    """The calls, streams and records of one mock. Safe to use from several threads.

    `calls`: the SIDs of the live calls; None makes every call live.
    `on_change`: called after each change of a stream's status, in the thread that made it.
    """

    def __init__(self, calls: Iterable[str] | None, on_change: Callable[[MockStream], None]) -> None:
        self._live_calls = None if calls is None else set(calls)
        self._on_change = on_change
        self._ended_calls: set[str] = set()
        self._requests: list[RecordedRequest] = []
        self._streams: list[MockStream] = []
        self._callbacks: list[RecordedCallback] = []
        self._changed = threading.Condition(threading.RLock())

    @property
    def lock(self) -> threading.Condition:
        """The lock to hold for a decision that needs several looks at the state."""
        return self._changed

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests, oldest first."""
        with self.lock:
            return list(self._requests)

    @property
    def streams(self) -> list[MockStream]:
        """All streams, oldest first."""
        with self.lock:
            return list(self._streams)

    @property
    def callbacks(self) -> list[RecordedCallback]:
        """All finished status callbacks, oldest first."""
        with self.lock:
            return list(self._callbacks)

    def add_request(self, request: RecordedRequest) -> None:
        """Record a request."""
        with self.lock:
            self._requests.append(request)

    def add_stream(self, stream: MockStream) -> None:
        """Record a new stream."""
        with self.lock:
            self._streams.append(stream)

    def add_callback(self, callback: RecordedCallback) -> None:
        """Record a finished status callback."""
        with self.lock:
            self._callbacks.append(callback)
            self._changed.notify_all()

    def reset(self) -> None:
        """Forget all records, and which calls have ended."""
        with self.lock:
            self._ended_calls.clear()
            self._requests.clear()
            self._streams.clear()
            self._callbacks.clear()

    def call_exists(self, call_sid: str) -> bool:
        """Tell whether there is, or was, such a call."""
        return self._live_calls is None or call_sid in self._live_calls

    def call_has_ended(self, call_sid: str) -> bool:
        """Tell whether the call has ended."""
        with self.lock:
            return call_sid in self._ended_calls

    def end_call(self, call_sid: str) -> None:
        """End a call and stop its streams."""
        with self.lock:
            self._ended_calls.add(call_sid)
            streams = self.streams_of(call_sid)
        for stream in streams:
            self.stop_stream(stream)

    def streams_of(self, call_sid: str) -> list[MockStream]:
        """Return the streams of a call, oldest first."""
        return [stream for stream in self.streams if stream.call_sid == call_sid]

    def mark_in_progress(self, stream: MockStream) -> None:
        """Move a queued stream to in-progress, as SignalWire does once the WebSocket is open."""
        self._move(stream, "in-progress", {"queued"})

    def stop_stream(self, stream: MockStream, error: str | None = None, problem: str | None = None) -> None:
        """Move a stream to stopped, unless it already is.

        `error`: the documented reason, if the stream failed.
        `problem`: the failure in words.
        """
        self._move(stream, "stopped", {"queued", "in-progress"}, error, problem)

    def mark_closed(self, stream: MockStream) -> None:
        """Note that the stream's WebSocket is closed and its callbacks are done."""
        with self.lock:
            stream.history.append("closed")
            self._changed.notify_all()

    def _move(
        self, stream: MockStream, status: str, old: Container[str], error: str | None = None, problem: str | None = None
    ) -> None:
        with self.lock:
            if stream.status not in old:
                return
            stream.error, stream.problem = error, problem
            stream.status = status
            stream.history.append(status)
            stream.date_updated = datetime.now(UTC)
            self._changed.notify_all()
        self._on_change(stream)

    def find(self, stream: object) -> MockStream | None:
        """Return the stream with this sid or name. A running stream comes first, then the newest.

        `stream`: an object with a `sid`, or a sid or name.
        """
        wanted = getattr(stream, "sid", stream)
        if not isinstance(wanted, str):
            raise TypeError(f"stream must be a stream, its sid or its name, not {type(stream).__name__}.")
        found = [each for each in self.streams if wanted in {each.sid, each.name}]
        running = [each for each in found if each.status != "stopped"]
        return next((some[-1] for some in (running, found) if some), None)

    def wait_for_stream(self, stream: object, state: str, timeout: float) -> MockStream:
        """Wait until a stream has reached a state, and return it. Raises TimeoutError, at once if it never can."""
        if state not in _STATES:
            raise ValueError(f"state must be one of {', '.join(_STATES)}, not {state!r}.")

        def is_decided() -> bool:
            found = self.find(stream)
            return found is not None and (state in found.history or (state != "closed" and "stopped" in found.history))

        with self.lock:
            self._changed.wait_for(is_decided, timeout)
            found = self.find(stream)
        if found is None:
            raise TimeoutError(f"There is no such stream after {timeout:g} seconds.")
        if state not in found.history:
            reason = f" ({found.error}: {found.problem})" if found.error else ""
            if found.status == "stopped" and state != "closed":
                raise TimeoutError(f"The stream {found.name!r} stopped{reason} and was never {state}.")
            raise TimeoutError(
                f"The stream {found.name!r} is {found.status}{reason} after {timeout:g} seconds, not {state}."
            )
        return found

    def wait_for_callback(self, event: str, stream: object, timeout: float) -> RecordedCallback:
        """Wait until a callback has finished, and return it. Raises TimeoutError."""
        if event not in _EVENTS:
            raise ValueError(f"event must be one of {', '.join(_EVENTS)}, not {event!r}.")

        def first() -> RecordedCallback | None:
            found = None if stream is None else self.find(stream)
            for each in self.callbacks:
                if each.event == event and (stream is None or (found is not None and each.stream_sid == found.sid)):
                    return each
            return None

        with self.lock:
            self._changed.wait_for(lambda: first() is not None, timeout)
            callback = first()
            if callback is None:
                events = ", ".join(each.event for each in self._callbacks) or "none"
                states = ", ".join(f"{each.name!r} is {each.status}" for each in self._streams) or "none"
                raise TimeoutError(
                    f"No {event} callback within {timeout:g} seconds. Callbacks so far: {events}. Streams: {states}."
                )
        return callback
