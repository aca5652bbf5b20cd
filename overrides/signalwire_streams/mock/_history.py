"""Keep the last requests, streams and callbacks, and find each without looking through all of them."""

from __future__ import annotations

from collections import Counter, deque

from signalwire_streams.mock._records import MockStream, Parent, RecordedCallback, RecordedRequest

MAX_REQUEST_BYTES = 100_000_000
"""The size of all kept requests together, so that `keep` large ones do not fill the memory."""

MAX_STREAM_BYTES = 100_000_000
"""The size of what the starts of all stopped streams sent together, for the same reason."""

_PROBLEM_BYTES = 250
"""The size of a problem of a request without its texts."""

KEPT_WITH_MESSAGES = 1000
"""The number of stopped streams that keep their messages, which take some 36 KB each. Older ones keep the counts."""


class RequestHistory:
    """The last requests.

    `keep`: the number of requests to keep, unless they are larger than `MAX_REQUEST_BYTES` together.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self.kept: deque[RecordedRequest] = deque()
        self.total = 0
        self._bytes = 0

    def add(self, request: RecordedRequest) -> None:
        """Add a request, and drop what is too much."""
        self.total += 1
        self.kept.append(request)
        self._bytes += _size(request)
        while len(self.kept) > self._keep or self._bytes > MAX_REQUEST_BYTES:
            self._bytes -= _size(self.kept.popleft())


def _size(request: RecordedRequest) -> int:
    headers = sum(len(name) + len(value) for name, value in request.headers.items())
    # The rules are shared by all requests.
    problems = sum(
        _PROBLEM_BYTES + len(each.field or "") + len(each.message) + len(each.fix or "") for each in request.problems
    )
    return len(request.path) + headers + len(request.body) + len(request.response or b"") + problems


def _size_of_start(stream: MockStream) -> int:
    texts = [stream.url, stream.status_callback or "", stream.authorization_bearer_token or "", stream.problem or ""]
    return sum(map(len, texts)) + sum(len(name) + len(value) for name, value in stream.parameters)


class StreamHistory:
    """All running streams, and those that stopped last.

    `keep`: the number of stopped streams to keep, unless they are larger than `MAX_STREAM_BYTES` together.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self.kept: dict[str, MockStream] = {}
        """By sid, oldest first."""
        self.total = 0
        self._stopped: deque[MockStream] = deque()
        self._stopped_bytes = 0
        self._running_of: dict[Parent, dict[str, MockStream]] = {}
        # A stream without a name is named after its sid, which finds it.
        self._latest: dict[tuple[Parent, str], MockStream] = {}
        self._by_name: dict[str, dict[str, MockStream]] = {}

    @property
    def running(self) -> int:
        """The number of running streams."""
        return len(self.kept) - len(self._stopped)

    @property
    def all_running(self) -> list[MockStream]:
        """All running streams, grouped by their call or conference."""
        return [stream for running in self._running_of.values() for stream in running.values()]

    @property
    def has_dropped(self) -> bool:
        """Whether stopped streams have been dropped."""
        return self.total > len(self.kept)

    def add(self, stream: MockStream) -> None:
        """Add a new stream, which runs."""
        self.total += 1
        self.kept[stream.sid] = stream
        self._running_of.setdefault(stream.parent, {})[stream.sid] = stream
        if stream.name != stream.sid:
            self._latest[stream.parent, stream.name] = stream
            self._by_name.setdefault(stream.name, {})[stream.sid] = stream

    def note_stop(self, stream: MockStream) -> None:
        """Count a stream to the stopped ones, and drop those that stopped first if they are too many."""
        running = self._running_of.get(stream.parent, {})
        if running.pop(stream.sid, None) is None:  # a reset has dropped it already
            return
        if not running:
            del self._running_of[stream.parent]
        self._stopped.append(stream)
        self._stopped_bytes += _size_of_start(stream)
        if len(self._stopped) > KEPT_WITH_MESSAGES:
            older = self._stopped[-KEPT_WITH_MESSAGES - 1]
            older.sent.forget()
            older.received.forget()
        while len(self._stopped) > self._keep or self._stopped_bytes > MAX_STREAM_BYTES:
            self._drop(self._stopped.popleft())

    def _drop(self, stream: MockStream) -> None:
        del self.kept[stream.sid]
        self._stopped_bytes -= _size_of_start(stream)
        if stream.name != stream.sid:
            if self._latest[stream.parent, stream.name] is stream:
                del self._latest[stream.parent, stream.name]
            same_name = self._by_name[stream.name]
            del same_name[stream.sid]
            if not same_name:
                del self._by_name[stream.name]

    def running_of(self, parent: Parent) -> list[MockStream]:
        """Return the running streams of a call or conference, oldest first."""
        return list(self._running_of.get(parent, {}).values())

    def name_is_taken(self, parent: Parent, name: str) -> bool:
        """Tell whether a running stream of the call or conference has this name."""
        running = self._running_of.get(parent, {})
        latest = self._latest.get((parent, name))
        unnamed = running.get(name)
        return (latest is not None and latest.sid in running) or (unnamed is not None and unnamed.name == name)

    def find_in(self, parent: Parent, sid_or_name: str) -> MockStream | None:
        """Return the stream of a call or conference with this sid, or else the last one that had this name.

        The last one is the one that runs, if there is one, because a name is taken while its stream runs.
        """
        by_sid = self.kept.get(sid_or_name)
        if by_sid is not None and by_sid.parent == parent:
            return by_sid
        return self._latest.get((parent, sid_or_name))

    def find(self, sid_or_name: str) -> MockStream | None:
        """Return the stream of any call with this sid or name. A running stream comes first, then the newest."""
        named = list(reversed(self._by_name.get(sid_or_name, {}).values()))
        running = next((stream for stream in named if stream.status != "stopped"), None)
        return running or self.kept.get(sid_or_name) or next(iter(named), None)


class CallbackHistory:
    """The last status callbacks.

    `keep`: the number of callbacks to keep.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self.kept: deque[RecordedCallback] = deque()
        self.total = 0
        self._by_stream: dict[tuple[str, str], RecordedCallback] = {}
        self._events: Counter[str] = Counter()

    def add(self, callback: RecordedCallback) -> None:
        """Add a callback, and drop the oldest if they are too many."""
        self.total += 1
        self.kept.append(callback)
        self._by_stream.setdefault((callback.event, callback.stream_sid), callback)
        self._events[callback.event] += 1
        if len(self.kept) > self._keep:
            dropped = self.kept.popleft()
            self._by_stream.pop((dropped.event, dropped.stream_sid), None)
            self._events[dropped.event] -= 1

    def find(self, event: str, stream_sid: str | None) -> RecordedCallback | None:
        """Return the first callback of an event.

        `stream_sid`: the stream that it is about; None takes that of any stream.
        """
        if stream_sid is not None:
            return self._by_stream.get((event, stream_sid))
        if not self._events[event]:
            return None
        return next(callback for callback in self.kept if callback.event == event)
