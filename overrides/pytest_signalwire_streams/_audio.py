"""Follow the audio that a served application receives, and wait for it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import attrs
from signalwire_streams import MessageError
from signalwire_streams.media import StreamSession
from signalwire_streams.mock import MockServer, MockStream


class _Connection:
    """A WebSocket of the application, and the messages that the application has handled."""

    def __init__(self) -> None:
        self.session = StreamSession()
        self.is_open = True
        self.error: str | None = None
        self.unhandled: str | bytes | None = None

    def handle(self) -> None:
        """Note that the application has handled its last message."""
        text, self.unhandled = self.unhandled, None
        if text is not None:
            with suppress(MessageError):  # the application sees it too
                self.session.feed(text)

    def close(self, error: BaseException | None) -> None:
        """Note that the application has finished, or raised an error."""
        self.error = None if error is None else type(error).__name__
        self.is_open = False
        self.session.close()


@attrs.frozen
class _View:
    """A stream as the mock and the application see it. Either may not know it."""

    sent: MockStream | None
    received: _Connection | None
    leads_here: bool
    can_connect: bool

    @property
    def is_over(self) -> bool:
        """Whether no more audio can arrive."""
        if self.received is not None:
            return not self.received.is_open
        return not self.can_connect

    @property
    def seconds(self) -> float:
        """The audio of the shortest track."""
        session = self.received.session if self.received else None
        if session is None or not session.tracks:
            return 0.0
        return min(session.audio[track].seconds or 0.0 for track in session.tracks)

    def __str__(self) -> str:
        if self.received is not None:
            session = self.received.session
            name = session.stream_sid if self.sent is None else self.sent.name
            heard = " and ".join(f"{session.audio[track].seconds or 0:g} seconds {track}" for track in session.tracks)
            raised = f" The application raised {self.received.error}." if self.received.error else ""
            return f"The stream {name!r} is {session.state}, and its audio so far is {heard or 'none'}.{raised}"
        assert self.sent is not None  # noqa: S101  a view has one of them
        state = f"The stream {self.sent.name!r} is {self.sent.status}"
        if self.sent.error:
            return f"{state} ({self.sent.error}: {self.sent.problem})"
        if self.sent.status != "in-progress" or self.leads_here:
            return f"{state}, and the application has not read its start message."
        host = urlsplit(self.sent.url).hostname
        return f"{state} without a connection to the application: no route leads there from {host!r}."


class AudioFollower:
    """The audio that an application receives from a mock.

    - `port`: the port of the application.
    """

    def __init__(self, mock: MockServer, port: int) -> None:
        self._mock = mock
        self._port = port
        self._connections: list[_Connection] = []
        self._changed = mock._state.lock  # the mock notifies it too, so that one wait sees both sides

    async def follow(self, app: Any, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  the types of ASGI
        """Pass a WebSocket on to the application. A message is handled once the application asks for the next one."""
        connection = _Connection()

        async def receive_next() -> Any:  # noqa: ANN401
            with self._changed:
                connection.handle()
                self._changed.notify_all()
            event = await receive()
            if event["type"] == "websocket.receive":
                text = event.get("text")
                connection.unhandled = event.get("bytes") if text is None else text
            return event

        with self._changed:
            self._connections.append(connection)
        error: BaseException | None = None
        try:
            await app(scope, receive_next, send)
        except BaseException as raised:
            error = raised
            raise
        finally:
            with self._changed:
                if error is None:
                    connection.handle()
                connection.close(error)
                self._changed.notify_all()

    def wait(self, seconds: float, stream: object, timeout: float) -> None:
        """Wait for audio. Raises TimeoutError."""

        def is_decided() -> bool:
            views = self._views(stream)
            return _have_enough(views, seconds) or _are_over(views)

        with self._changed:
            self._changed.wait_for(is_decided, timeout)
            views = self._views(stream)
            if _have_enough(views, seconds):
                return
            reason = "All streams ended" if _are_over(views) else f"Timed out after {timeout:g} seconds"
            state = self._describe(views, stream)
        raise TimeoutError(f"{reason} while waiting for {seconds:g} seconds of audio on each track. {state}")

    def _views(self, stream: object) -> list[_View]:
        """Return the stream, or all streams of the application."""
        connections = {each.session.stream_sid: each for each in self._connections if each.session.start}
        if stream is not None:
            found = self._mock._state.find(stream)
            connection = connections.get(str(getattr(stream, "sid", stream)) if found is None else found.sid)
            return [self._view(found, connection)] if found or connection else []
        views = [self._view(each, connections.pop(each.sid, None)) for each in self._mock.streams]
        views = [view for view in views if view.leads_here or view.received]
        return views + [self._view(None, each) for each in connections.values()]

    def _view(self, sent: MockStream | None, received: _Connection | None) -> _View:
        leads_here = sent is not None and self._leads_here(sent)
        is_starting = any(each.is_open and each.session.start is None for each in self._connections)
        can_connect = leads_here and (sent is None or sent.status != "stopped" or is_starting)
        return _View(sent, received, leads_here, can_connect)

    def _leads_here(self, stream: MockStream) -> bool:
        try:
            origin = self._mock._routes.find(stream.url)
        except ValueError:  # an invalid URL
            return False
        return origin is not None and origin.port == self._port

    def _describe(self, views: list[_View], stream: object) -> str:
        if not views and stream is None:
            views = [self._view(each, None) for each in self._mock.streams]
        without = [each for each in self._connections if each.session.start is None]
        facts = [str(view) for view in views] or ["There is no such stream." if stream else "No stream was started."]
        if not all(view.received for view in views):
            facts += [f"The application raised {each.error}." for each in without if each.error]
        if waiting := sum(each.is_open for each in without):
            facts.append(f"WebSockets without a start message: {waiting}.")
        return " ".join(facts)


def _have_enough(views: list[_View], seconds: float) -> bool:
    return any(view.seconds >= seconds for view in views) and all(
        view.is_over or view.seconds >= seconds for view in views
    )


def _are_over(views: list[_View]) -> bool:
    return bool(views) and all(view.is_over for view in views)
