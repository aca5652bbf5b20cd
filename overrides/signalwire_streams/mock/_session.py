"""One stream from its start to its end: the WebSocket, the audio in time, the status callbacks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

from websockets.exceptions import ConnectionClosedError
from websockets.protocol import State

from signalwire_streams.mock._audio import FRAME_MILLISECONDS
from signalwire_streams.mock._callbacks import Callbacks
from signalwire_streams.mock._connection import GENERAL, INVALID_URL, Connection, StreamFailure, dial
from signalwire_streams.mock._messages import Messages
from signalwire_streams.mock._setting import Setting
from signalwire_streams.mock._stream import MockStream


class Session:
    """Runs one stream. All of it happens in the mock's event loop."""

    def __init__(self, stream: MockStream, setting: Setting, callbacks: Callbacks) -> None:
        self.stream = stream
        self._setting = setting
        self._callbacks = callbacks
        self._messages = Messages(stream, setting.audio_format)
        try:
            self._origin, self._is_url = setting.routes.find(stream.url), True
        except ValueError:
            self._origin, self._is_url = None, False
        self._connection: Connection | None = None
        self._digits: deque[str] = deque()
        self._stopping = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None
        self._callback: asyncio.Task[None] | None = None
        self._quiet = False
        if self._origin is None and self._is_url:  # nobody to connect to
            self._begin()
        self.task = asyncio.create_task(self._run(), name=f"stream {stream.sid}")

    def stop(self) -> None:
        """End the stream as the service does when it, or its call, is ended."""
        self._stopping.set()

    def end_quietly(self) -> None:
        """End the stream without a callback from now on."""
        self._quiet = True
        if self._callback is not None:
            self._callback.cancel()
        self._stopping.set()

    def press(self, digits: str) -> None:
        """Send these keys before the next piece of audio."""
        self._digits.extend(digits)

    def drop(self) -> None:
        """Lose the connection without a word."""
        if self._connection is not None:
            self._connection.transport.abort()

    async def _run(self) -> None:
        error = problem = None
        try:
            await first_of(self._stopping.wait(), self._work())
        except StreamFailure as failure:
            self.drop()
            if not self._stopping.is_set():  # else it was stopped, whatever came after
                error, problem = failure.reason, failure.problem
        connection = self._connection
        if connection is not None and connection.state is State.OPEN:
            connection.send_now([*self._pressed(), self._messages.stop()])
        self._setting.service.finish(self.stream, error, problem)
        self._call_back("stream-error" if error else "stream-stopped", error)
        if connection is not None:
            await connection.close()
            code = connection.protocol.close_code
            self.stream.close_code = None if code is None else int(code)
        if self._listening is not None:  # to the very end: what was on its way is received
            await asyncio.gather(self._listening, return_exceptions=True)
        if self._callback is not None:
            await asyncio.wait([self._callback])
        self._setting.service.close(self.stream)

    async def _work(self) -> None:
        """Return when the stream has ended by itself, raise StreamFailure when it has failed."""
        setting = self._setting
        if not self._is_url:
            raise StreamFailure(INVALID_URL, "Its URL is not valid.")
        if self._origin is None:
            await asyncio.get_running_loop().create_future()  # until it is stopped
            return
        tls = setting.trust.context if self._origin.is_secure else None
        self._connection = connection = await dial(self.stream, self._origin, tls, setting.patience)
        connection.send_now([self._messages.connected(), self._messages.start(self.stream.tracks)])
        self._begin()
        listening = self._listening = asyncio.create_task(self._listen(connection))
        await first_of(asyncio.wait([listening]), self._speak(connection))
        if listening.done():
            listening.result()

    def _begin(self) -> None:
        self._setting.service.connect(self.stream)
        self._call_back("stream-started")

    async def _listen(self, connection: Connection) -> None:
        """Return when the receiver has closed the connection as it should."""
        try:
            async for message in connection:
                self.stream.received.add_unread(message)
        except ConnectionClosedError as error:
            if error.rcvd is not None:
                problem = f"The receiver closed the connection with the code {error.rcvd.code}."
            elif error.sent is not None:
                problem = f"The receiver broke the WebSocket protocol: the code is {error.sent.code}."
            else:
                problem = "The connection was lost."
            raise StreamFailure(GENERAL, problem) from None

    async def _speak(self, connection: Connection) -> None:
        """Return when the audio is over."""
        setting = self._setting
        loop = asyncio.get_running_loop()
        tracks = [(track, setting.payloads[track]) for track in self.stream.tracks]
        count = max((payloads.count for _, payloads in tracks if payloads.count is not None), default=None)
        make_media = self._messages.media
        start, index, seconds = loop.time(), 0, FRAME_MILLISECONDS / 1000
        while True:
            due = start + index * seconds
            await asyncio.sleep(max(0.0, due - loop.time()) if setting.realtime else 0)
            messages = self._pressed() if self._digits else []
            if index != count:
                messages += [make_media(track, index, payloads[index]) for track, payloads in tracks]
            if not connection.send_now(messages):
                await loop.create_future()  # the listener knows why it is closed
            if index == count:
                return
            if connection.paused:
                await self._wait_for_receiver(connection, due if setting.realtime else loop.time())
            index += 1

    def _pressed(self) -> list[bytes]:
        return [self._messages.dtmf(self._digits.popleft()) for _ in range(len(self._digits))]

    async def _wait_for_receiver(self, connection: Connection, due: float) -> None:
        patience = self._setting.patience
        try:
            async with asyncio.timeout(patience):
                await connection.drain()
        except TimeoutError:
            raise StreamFailure(GENERAL, f"The receiver took nothing for {patience:g} seconds.") from None
        except OSError:  # lost: the listener says so
            return
        if asyncio.get_running_loop().time() - due > patience:
            raise StreamFailure(GENERAL, f"The receiver is more than {patience:g} seconds behind.")

    def _call_back(self, event: str, error: str | None = None) -> None:
        stream = self.stream
        if stream.status_callback is None or self._quiet:
            return
        fields = {
            "AccountSid": stream.account_sid,
            "CallSid": stream.call_sid,
            "StreamSid": stream.sid,
            "StreamName": stream.name,
            "StreamEvent": event,
            **({"StreamError": error} if error else {}),
            "StreamTrack": stream.track,
            "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "Unique-ID": stream.call_sid,
        }
        self._callback = asyncio.create_task(self._deliver(fields, self._callback))

    async def _deliver(self, fields: Mapping[str, str], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before  # one after another, so that they come in order
        self._setting.record(await self._callbacks.send(self.stream, fields))


async def first_of(*coroutines: Coroutine[Any, Any, object]) -> None:
    """Run all until the first has ended, however it ends, and cancel the others."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ended = [task for task in tasks if task.done()]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()
