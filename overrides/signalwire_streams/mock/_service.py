"""What the mock knows of projects, calls and streams, and what starting and stopping a stream does to them.

Where the vendor publishes nothing, the mock does this:

- a stream's name is taken while the stream runs (422, 10000), and free again once it is stopped
- stopping a stopped stream, by its sid or its name, answers 200 with the stream as it is
- a name finds the running stream that has it, else the one that had it last
- the end of a call stops its streams, and no other can be started on it (422, 21220)
- a custom parameter's name without a value has an empty value; a value without a name is left aside
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Container, Iterable, Mapping

from signalwire_streams.mock._stream import MockStream

_PARAMETER_NAME = re.compile(r"Parameter([0-9]+)\.Name")


class RefusedError(Exception):
    """An answer that is an error of the API."""

    def __init__(self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


class Service:
    """The state behind the API. Safe to use from several threads."""

    def __init__(self, projects: Mapping[str, str], calls: Iterable[str] | None = None) -> None:
        self._projects = dict(projects)
        self._live_calls = None if calls is None else set(calls)
        self._ended_calls: set[str] = set()
        self._streams: list[MockStream] = []
        self._changed = threading.Condition()
        self.on_change: Callable[[MockStream], None] = lambda _: None
        """Called after each change of a stream's status, in the thread that made it."""

    def reset(self) -> None:
        """Forget all streams, and that calls have ended."""
        with self._changed:
            self._ended_calls.clear()
            self._streams.clear()

    @property
    def streams(self) -> list[MockStream]:
        """All streams ever started, oldest first."""
        with self._changed:
            return list(self._streams)

    def is_token(self, project: str, token: str) -> bool:
        """Tell whether the token is the project's."""
        return self._projects.get(project) == token

    def end_call(self, call_sid: str) -> None:
        """End a call: its streams are stopped, and no other can be started on it."""
        with self._changed:
            self._ended_calls.add(call_sid)
            streams = self._of_call(call_sid)
        for stream in streams:
            self.finish(stream)

    def tell(self) -> None:
        """Wake those that wait for something."""
        with self._changed:
            self._changed.notify_all()

    def wait_until(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Wait until something has happened, and tell whether it has."""
        with self._changed:
            return self._changed.wait_for(happened, seconds)

    def start(self, account_sid: str, call_sid: str, form: Mapping[str, str]) -> MockStream:
        """Start a stream from a form that the document allows. Raises RefusedError."""
        with self._changed:
            self._require_call(call_sid)
            if call_sid in self._ended_calls:
                raise RefusedError(422, 21220, "A stream cannot be started: the call has ended.")
            name = form.get("Name")
            if any(stream.name == name and stream.status != "stopped" for stream in self._of_call(call_sid)):
                raise RefusedError(422, 10000, "Name is in use by another stream of the call.")
            stream = MockStream(
                account_sid=account_sid,
                call_sid=call_sid,
                url=form["Url"],
                track=form.get("Track", "both_tracks"),
                status_callback=form.get("StatusCallback"),
                status_callback_method=form.get("StatusCallbackMethod", "POST"),
                parameters=_parameters(form),
                authorization_bearer_token=form.get("AuthorizationBearerToken"),
            )
            stream.name = stream.sid if name is None else name
            self._streams.append(stream)
            return stream

    def connect(self, stream: MockStream) -> None:
        """Bring a queued stream to in-progress, as the service does once its WebSocket is open."""
        self._move(stream, "in-progress", {"queued"})

    def finish(self, stream: MockStream, error: str | None = None, problem: str | None = None) -> None:
        """Stop a stream, with the reason of its failure if it failed. A stream that is stopped stays as it is."""
        self._move(stream, "stopped", {"queued", "in-progress"}, error, problem)

    def close(self, stream: MockStream) -> None:
        """Note that nothing of the stream is under way any more."""
        with self._changed:
            stream.history.append("closed")
            self._changed.notify_all()

    def stop(self, call_sid: str, sid_or_name: str) -> MockStream:
        """Stop a stream. Raises RefusedError."""
        with self._changed:
            self._require_call(call_sid)
            stream = self._find(call_sid, sid_or_name)
            if stream is None and sid_or_name.endswith(".json"):
                stream = self._find(call_sid, sid_or_name.removesuffix(".json"))
            if stream is None:
                raise RefusedError(404, 20404, "The stream was not found.")
        self.finish(stream)
        return stream

    def _move(
        self, stream: MockStream, status: str, old: Container[str], error: str | None = None, problem: str | None = None
    ) -> None:
        with self._changed:
            if stream.status not in old:
                return
            stream.error, stream.problem = error, problem
            stream.move_to(status)
            self._changed.notify_all()
        self.on_change(stream)

    def _require_call(self, call_sid: str) -> None:
        if self._live_calls is not None and call_sid not in self._live_calls:
            raise RefusedError(404, 20404, "The call was not found.")

    def _of_call(self, call_sid: str) -> list[MockStream]:
        return [stream for stream in self._streams if stream.call_sid == call_sid]

    def _find(self, call_sid: str, sid_or_name: str) -> MockStream | None:
        streams = self._of_call(call_sid)
        by_sid = [stream for stream in streams if stream.sid == sid_or_name]
        by_name = [stream for stream in streams if stream.name == sid_or_name]
        running = [stream for stream in by_name if stream.status != "stopped"]
        return next((found[-1] for found in (by_sid, running, by_name) if found), None)


def _parameters(form: Mapping[str, str]) -> list[tuple[str, str]]:
    indices = sorted(int(match[1]) for field in form if (match := _PARAMETER_NAME.fullmatch(field)))
    return [(form[f"Parameter{index}.Name"], form.get(f"Parameter{index}.Value", "")) for index in indices]
