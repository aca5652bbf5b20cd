"""Run all streams, each as a task of its own in the mock's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from signalwire_streams.mock._records import MockStream, RecordedCallback
from signalwire_streams.mock._state import State
from signalwire_streams.mock._streams.callbacks import CallbackSender
from signalwire_streams.mock._streams.session import Session, SessionConfig

_SECONDS_TO_CLOSE = 1.0
_T = TypeVar("_T")


class StreamRunner:
    """Starts, steers and ends the sessions of streams.

    Call `start` and the coroutines in the event loop that it was made in, and the rest from any thread.
    Steering a stream that has ended does nothing.
    """

    def __init__(self, config: SessionConfig, state: State) -> None:
        self._config = config
        self._state = state
        self._callbacks = CallbackSender(state, config.routes, config.trust, config.signing_key)
        self._loop = asyncio.get_running_loop()
        self._sessions: dict[str, Session] = {}

    def start(self, stream: MockStream) -> None:
        """Run a new stream."""
        session = self._sessions[stream.sid] = Session(stream, self._config, self._state, self._callbacks)
        session.task.add_done_callback(lambda _: self._sessions.pop(stream.sid, None))
        if stream.status == "stopped":  # by another thread, before there was a session to stop
            session.stop()

    def stop(self, stream: MockStream) -> None:
        """End a stream that was stopped."""
        self._in_loop(stream, lambda session: session.stop())

    def press(self, stream: MockStream, digits: str) -> None:
        """Send key presses on a stream."""
        self._in_loop(stream, lambda session: session.press(digits))

    def drop(self, stream: MockStream) -> None:
        """Drop the connection of a stream without closing its WebSocket."""
        self._in_loop(stream, lambda session: session.drop())

    def _in_loop(self, stream: MockStream, action: Callable[[Session], None]) -> None:
        def act() -> None:
            if session := self._sessions.get(stream.sid):
                action(session)

        self._loop.call_soon_threadsafe(act)

    def end_all_and_wait(self) -> None:
        """End all streams from another thread, and return once they have ended."""
        self.run(self.end_all())

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine in the event loop from another thread, and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def resend(self, callback: RecordedCallback, *, is_signature_valid: bool) -> RecordedCallback:
        """Send a status callback again from another thread, and return its new record."""
        url, method, fields = callback.url, callback.method, callback.fields
        return self.run(self._callbacks.send(url, method, fields, is_signature_valid=is_signature_valid))

    async def end_all(self) -> None:
        """End all streams without callbacks. Receivers get a stop message if they read it in time."""
        sessions = list(self._sessions.values())
        for session in sessions:
            session.end_quietly()
        if sessions:
            tasks = [session.task for session in sessions]
            _, stuck = await asyncio.wait(tasks, timeout=_SECONDS_TO_CLOSE)
            if stuck:
                for session in sessions:
                    session.drop()
                await asyncio.wait(stuck)

    async def close(self) -> None:
        """End all streams, and close the connections for callbacks."""
        await self.end_all()
        await self._callbacks.close()
