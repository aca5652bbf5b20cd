"""The state of a mock: its calls and streams, everything recorded, and waiting for a change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable
from datetime import datetime
from typing import Literal, TypeAlias

import attrs

from signalwire_streams.mock._history import CallbackHistory, RequestHistory, StreamHistory
from signalwire_streams.mock._records import (
    MissingRoute,
    MockCall,
    MockCounts,
    MockStream,
    Parent,
    RecordedCallback,
    RecordedRequest,
    now,
)

MAX_RUNNING = 20_000
"""The most streams that run at once. They are kept, because each can still be stopped."""
_STATES = ("queued", "in-progress", "stopped", "closed")
_MAX_LISTED = 20
_EVENTS = ("stream-started", "stream-stopped", "stream-error")

Change: TypeAlias = Literal["request", "status", "stream", "callback", "call", "route", "fault", "reset"]
"""The kinds of change, each with its record:

- `request`: a RecordedRequest, before its response is sent
- `status`: a MockStream with a new status other than `closed`
- `stream`: a MockStream of which something else changed: it is new or closed, or has a message without audio
- `callback`: a RecordedCallback after each attempt
- `call`: the `Parent` of a call or conference that was added or ended
- `route`, `fault`, `reset`: None
"""
Observer: TypeAlias = Callable[[Change, object], None]


class State:
    """The calls, conferences, streams and records of one mock. Safe to use from several threads.

    `calls`, `conferences`: the SIDs of the live ones; None makes all live.
    `keep`: the number of requests, stopped streams, callbacks and ended calls to keep.
    """

    def __init__(
        self,
        calls: Iterable[str] | None,
        conferences: Iterable[str] | None,
        keep: int,
    ) -> None:
        if not isinstance(keep, int) or isinstance(keep, bool) or keep < 1:
            raise ValueError(f"keep must be a number of records, 1 or more, not {keep!r}.")
        self._keep = keep
        self._given_calls = None if calls is None else dict.fromkeys(calls)
        self._conferences = None if conferences is None else frozenset(conferences)
        self._observers: tuple[Observer, ...] = ()
        self._changed = threading.Condition(threading.RLock())
        self._forget_all()

    def observe(self, observer: Observer) -> None:
        """Call `observer` after each change, in the thread that made it. It must be quick, and must not wait.

        The lock may be held, so that nothing changes in between.
        """
        self._observers = (*self._observers, observer)

    def tell(self, change: Change, record: object = None) -> None:
        """Tell the observers of a change."""
        for observer in self._observers:
            observer(change, record)

    def _forget_all(self) -> None:
        self._calls = {sid: MockCall(sid) for sid in self._given_calls or ()}
        self._ended: OrderedDict[Parent, datetime] = OrderedDict()
        self._requests = RequestHistory(self._keep)
        self._streams = StreamHistory(self._keep)
        self._callbacks = CallbackHistory(self._keep)
        self._begun_callbacks = 0

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
    def running_streams(self) -> list[MockStream]:
        """All running streams."""
        with self.lock:
            return self._streams.all_running

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

    def add_request(self, request: RecordedRequest) -> RecordedRequest:
        """Record a request, and return it with its number."""
        with self.lock:
            numbered = attrs.evolve(request, id=self._requests.total + 1)
            self._requests.add(numbered)
        self.tell("request", numbered)
        return numbered

    def add_stream(self, stream: MockStream) -> None:
        """Record a new stream."""
        with self.lock:
            self._streams.add(stream)
            if stream.call_sid and stream.call_sid not in self._calls:
                self.add_call(MockCall(stream.call_sid))
        self.tell("stream", stream)

    def next_callback_id(self) -> int:
        """Return the number of a callback that begins."""
        with self.lock:
            self._begun_callbacks += 1
            return self._begun_callbacks

    def add_attempt(self, callback: RecordedCallback) -> None:
        """Note an attempt to deliver a status callback, and record the callback after the last one."""
        if callback.final:
            with self.lock:
                self._callbacks.add(callback)
                self._changed.notify_all()
        self.tell("callback", callback)

    def reset(self) -> None:
        """Forget all records, and which calls have ended."""
        with self.lock:
            self._forget_all()
        self.tell("reset")

    @property
    def calls(self) -> list[MockCall]:
        """The calls that were given, added, or had a stream, newest first."""
        with self.lock:
            return list(reversed(self._calls.values()))

    def add_call(self, call: MockCall) -> None:
        """Add a call as the newest, and drop the oldest if they are too many. The given ones stay."""
        given = self._given_calls or {}
        with self.lock:
            self._ended.pop(("call", call.sid), None)
            self._calls.pop(call.sid, None)
            self._calls[call.sid] = call
            if len(self._calls) > self._keep + len(given):
                del self._calls[next(sid for sid in self._calls if sid not in given)]
        self.tell("call", ("call", call.sid))

    def exists(self, parent: Parent) -> bool:
        """Tell whether there is, or was, such a call or conference."""
        kind, sid = parent
        with self.lock:
            if kind == "conference":
                return self._conferences is None or sid in self._conferences
            return self._given_calls is None or sid in self._calls

    def why_no_stream(self, parent: Parent) -> str | None:
        """Return why no stream can start on a call or conference, or None if one can."""
        kind, sid = parent
        with self.lock:
            call = self._calls.get(sid) if kind == "call" else None
            if parent in self._ended:
                return "has ended"
            return f"is {call.status}" if call is not None and call.status != "in-progress" else None

    def end(self, parent: Parent) -> None:
        """End a call or conference, and stop its streams."""
        kind, sid = parent
        with self.lock:
            self._ended[parent] = end = now()
            if len(self._ended) > self._keep:
                self._ended.popitem(last=False)
            if kind == "call" and sid in self._calls:
                call = self._calls[sid]
                call.status, call.end_time, call.date_updated = "completed", end, end
            streams = self._streams.running_of(parent)
        self.tell("call", parent)
        for stream in streams:
            self.stop_stream(stream)

    def ended(self, parent: Parent) -> datetime | None:
        """Return when a call or conference ended; None if it has not."""
        with self.lock:
            return self._ended.get(parent)

    def is_full(self) -> bool:
        """Tell whether as many streams run as can."""
        with self.lock:
            return self._streams.running >= MAX_RUNNING

    def name_is_taken(self, parent: Parent, name: str) -> bool:
        """Tell whether a running stream of the call or conference has this name."""
        with self.lock:
            return self._streams.name_is_taken(parent, name)

    def find_in(self, parent: Parent, sid_or_name: str) -> MockStream | None:
        """Return the stream of a call or conference with this sid, or else the last one that had this name."""
        with self.lock:
            return self._streams.find_in(parent, sid_or_name)

    def mark_in_progress(self, stream: MockStream, missing_route: MissingRoute | None = None) -> None:
        """Move a queued stream to in-progress, as SignalWire does once the WebSocket is open.

        `missing_route`: the route without which nobody is connected.
        """
        with self.lock:
            if missing_route is not None and stream.status == "queued":
                stream.missing_route, stream.problem = missing_route, _describe_missing_route(missing_route)
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
            stream.times["closed"] = now()
            self._changed.notify_all()
        self.tell("stream", stream)

    def _move(
        self, stream: MockStream, status: str, old: Container[str], error: str | None = None, problem: str | None = None
    ) -> None:
        with self.lock:
            if stream.status not in old:
                return
            if error is not None:
                stream.error, stream.problem = error, problem
            stream.status = status
            stream.history.append(status)
            stream.date_updated = stream.times[status] = now()
            if status == "stopped":
                self._streams.note_stop(stream)
            self._changed.notify_all()
        self.tell("status", stream)

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
                f"{_why_idle(found)}"
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
                streams = list(self._streams.kept.values())
                states = _listed([f"{each.name!r} is {each.status}" for each in streams])
                about = streams[-1:] if stream is None else [found] if (found := self.find(stream)) else []
                raise TimeoutError(
                    f"No {event} callback within {timeout:g} seconds. Callbacks so far: {events}. Streams: {states}."
                    f"{''.join(map(_why_no_callback, about))}"
                )
        return callback


def _describe_missing_route(missing: MissingRoute) -> str:
    prefix, target = missing.prefix, "ws://127.0.0.1:PORT"
    nearest = f" The nearest route is for {missing.nearest}." if missing.nearest else ""
    return (
        f"There is no route for {prefix}, so nobody is connected. "
        f'Add it in Python with mock.route("{prefix}", "{target}"), '
        f"or on the command line with --route {prefix}={target}, then start the stream again.{nearest}"
    )


def _why_idle(stream: MockStream) -> str:
    is_idle = stream.missing_route is not None and stream.status == "in-progress"
    return f" {stream.problem}" if is_idle else ""


def _why_no_callback(stream: MockStream) -> str:
    told = "" if stream.status_callback else f" The stream {stream.name!r} was started without a status callback."
    return told + _why_idle(stream)


def _listed(texts: list[str]) -> str:
    """Return the last texts, which are those of interest."""
    left_out = ["…"] if len(texts) > _MAX_LISTED else []
    return ", ".join(left_out + texts[-_MAX_LISTED:]) or "none"
