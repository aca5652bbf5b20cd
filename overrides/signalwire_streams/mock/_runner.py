"""All streams that run: each in a task of its own in the mock's event loop, so that none harms another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from signalwire_streams.mock._callbacks import Callbacks
from signalwire_streams.mock._session import Session
from signalwire_streams.mock._setting import Setting
from signalwire_streams.mock._stream import MockStream

_SECONDS_TO_CLOSE = 1.0


class Runner:
    """Starts and steers sessions. `start` and coroutines belong to the loop; other threads may call the rest."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._callbacks = Callbacks(setting.routes, setting.trust, setting.signing_key)
        self._loop = asyncio.get_running_loop()
        self._sessions: dict[str, Session] = {}

    def start(self, stream: MockStream) -> None:
        """Run a stream that was started."""
        session = self._sessions[stream.sid] = Session(stream, self._setting, self._callbacks)
        session.task.add_done_callback(lambda _: self._sessions.pop(stream.sid, None))
        if stream.status == "stopped":  # by another thread, before there was a session to tell
            session.stop()

    def steer(self, stream: MockStream, act: Callable[[Session], None]) -> None:
        """Do something to the session of a stream, if it still runs."""
        self._loop.call_soon_threadsafe(self._act, stream.sid, act)

    def wait_for_end_of_all(self) -> None:
        """End all streams from another thread, and return once they have ended."""
        asyncio.run_coroutine_threadsafe(self.end_all(), self._loop).result()

    def _act(self, sid: str, act: Callable[[Session], None]) -> None:
        if session := self._sessions.get(sid):
            act(session)

    async def end_all(self) -> None:
        """End all streams, without callbacks: with a stop message where the receiver takes it, else without a word."""
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
        """End all streams, and what serves them."""
        await self.end_all()
        await self._callbacks.close()
