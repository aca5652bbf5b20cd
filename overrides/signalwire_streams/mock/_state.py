"""The state of a mock: its calls and streams, everything recorded, and waiting for a change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable
from datetime import UTC, datetime

from signalwire_streams.mock._history import CallbackHistory, RequestHistory, StreamHistory
from signalwire_streams.mock._records import MockCounts, MockStream, RecordedCallback, RecordedRequest

MAX_RUNNING = 20_000
"""The most streams that run at once. They are kept, because each can still be stopped."""
_STATES = ("queued", "in-progress", "stopped", "closed")
_MAX_LISTED = 20
_EVENTS = ("stream-started", "stream-stopped", "stream-error")


class State:
    """The calls, streams and records of one mock. Safe to use from several threads.

    `calls`: the SIDs of the live calls; None makes every call live.
    `on_change`: called after each change of a stream's status, in the thread that made it.
    `keep`: the number of requests, stopped streams, callbacks and ended calls to keep.
    """

    def __init__(self, calls: Iterable[str] | None, on_change: Callable[[MockStream], None], keep: int) -> None:
        if not isinstance(keep, int) or isinstance(keep, bool) or keep < 1:
            raise ValueError(f"keep must be a number of records, 1 or more, not {keep!r}.")
        self._keep = keep
        self._live_calls = None if calls is None else set(calls)
        self._on_change = on_change
        self._changed = threading.Condition(threading.RLock())
        self._forget_all()

    def _forget_all(self) -> None:
        self._ended_calls: OrderedDict[str, None] = OrderedDict()
        self._requests = RequestHistory(self._keep)
        self._streams = StreamHistory(self._keep)
        self._callbacks = CallbackHistory(self._keep)

    @property
    def lock(self) -> threading.Condition:
        """The lock to hold for a decision that needs several looks at the state."""
        return self._changed

    @property
    def requests(self) -> list[RecordedRequest]:
        """The last requests, oldest first."""
        with self.lock:
            return list(self._requests.kept)

    @property
    def streams(self) -> list[MockStream]:
        """All running streams and the last stopped ones, oldest first."""
        with self.lock:
            return list(self._streams.kept.values())

    @property
    def callbacks(self) -> list[RecordedCallback]:
        """The last finished status callbacks, oldest first."""
        with self.lock:
            return list(self._callbacks.kept)

    @property
    def counts(self) -> MockCounts:
        """The numbers of requests, streams and callbacks, with those that are no longer kept."""
        with self.lock:
            return MockCounts(self._requests.total, self._streams.total, self._callbacks.total)

    def add_request(self, request: RecordedRequest) -> None:
        """Record a request."""
        with self.lock:
            self._requests.add(request)

    def add_stream(self, stream: MockStream) -> None:
        """Record a new stream."""
        with self.lock:
            self._streams.add(stream)

    def add_callback(self, callback: RecordedCallback) -> None:
        """Record a finished status callback."""
        with self.lock:
            self._callbacks.add(callback)
            self._changed.notify_all()

    def reset(self) -> None:
        """Forget all records, and which calls have ended."""
        with self.lock:
            self._forget_all()

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
            self._ended_calls[call_sid] = None
            if len(self._ended_calls) > self._keep:
                self._ended_calls.popitem(last=False)
            streams = self._streams.running_of_call(call_sid)
        for stream in streams:
            self.stop_stream(stream)

    def is_full(self) -> bool:
        """Tell whether as many streams run as can."""
        with self.lock:
            return self._streams.running >= MAX_RUNNING

    def name_is_taken(self, call_sid: str, name: str) -> bool:
        """Tell whether a running stream of the call has this name."""
        with self.lock:
            return self._streams.name_is_taken(call_sid, name)

    def find_in_call(self, call_sid: str, sid_or_name: str) -> MockStream | None:
        """Return the stream of a call with this sid, or else the last one that had this name."""
        with self.lock:
            return self._streams.find_in_call(call_sid, sid_or_name)

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
            if status == "stopped":
                self._streams.note_stop(stream)
            self._changed.notify_all()
        self._on_change(stream)

    def find(self, stream: object) -> MockStream | None:
        """Return the stream with this sid or name. A running stream comes first, then the newest.

        `stream`: an object with a `sid`, or a sid or name.
        """
        wanted = getattr(stream, "sid", stream)
        if not isinstance(wanted, str):
            raise TypeError(f"stream must be a stream, its sid or its name, not {type(stream).__name__}.")
        with self.lock:
            return self._streams.find(wanted)

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
            hint = f" The mock keeps the last {self._keep} stopped streams." if self._streams.has_dropped else ""
            raise TimeoutError(f"There is no such stream after {timeout:g} seconds.{hint}")
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
            if stream is None:
                return self._callbacks.find(event, None)
            found = self.find(stream)  # None also if its callback is kept for longer than the stream
            sid = str(getattr(stream, "sid", stream)) if found is None else found.sid
            return self._callbacks.find(event, sid)

        with self.lock:
            self._changed.wait_for(lambda: first() is not None, timeout)
            callback = first()
            if callback is None:
                events = _listed([each.event for each in self._callbacks.kept])
                states = _listed([f"{each.name!r} is {each.status}" for each in self._streams.kept.values()])
                raise TimeoutError(
                    f"No {event} callback within {timeout:g} seconds. Callbacks so far: {events}. Streams: {states}."
                )
        return callback


def _listed(texts: list[str]) -> str:
    """Return the last texts, which are those of interest."""
    left_out = ["…"] if len(texts) > _MAX_LISTED else []
    return ", ".join(left_out + texts[-_MAX_LISTED:]) or "none"
