"""One stream from start to end: its WebSocket, its audio in real time, its status callbacks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping
from functools import cached_property
from typing import Any

import attrs
from websockets.exceptions import ConnectionClosedError
from websockets.protocol import State as WebSocketState

from signalwire_streams.mock._records import Handshake, MockStream, now
from signalwire_streams.mock._state import State
from signalwire_streams.mock._streams.audio import FRAME_MILLISECONDS, Audio, AudioFormat, Payloads
from signalwire_streams.mock._streams.callbacks import CallbackSender, event_fields
from signalwire_streams.mock._streams.messages import MessageWriter
from signalwire_streams.mock._streams.routes import Origin, Routes
from signalwire_streams.mock._streams.tls import TrustStore
from signalwire_streams.mock._streams.websocket import (
    CODEC_ERROR,
    GENERAL_ERROR,
    INVALID_URL,
    StreamFailure,
    StreamWebSocket,
    open_websocket,
)


@attrs.define(slots=False)
class SessionConfig:
    """The options that all sessions of a mock share."""

    routes: Routes
    trust: TrustStore
    signing_key: str = attrs.field(repr=False)
    audio: Mapping[str, Audio]
    audio_format: AudioFormat
    realtime: bool
    receiver_timeout: float = attrs.field(validator=attrs.validators.gt(0))
    """The seconds that a receiver has to accept the connection, and to read audio."""

    @cached_property
    def _payloads(self) -> dict[AudioFormat, dict[str, Payloads]]:
        return {}

    def format_of(self, stream: MockStream) -> AudioFormat:
        """Return the format of a stream's audio. Raises ValueError for a codec that the mock does not have."""
        return self.audio_format if stream.codec is None else AudioFormat.of_codec(stream.codec)

    def payloads(self, audio_format: AudioFormat) -> dict[str, Payloads]:
        """Return the audio of each track, encoded once for all sessions of a format."""
        if audio_format not in self._payloads:
            self._payloads[audio_format] = {track: audio.encode(audio_format) for track, audio in self.audio.items()}
        return self._payloads[audio_format]


class Session:
    """Runs one stream, entirely in the mock's event loop."""

    def __init__(self, stream: MockStream, config: SessionConfig, state: State, callbacks: CallbackSender) -> None:
        self.stream = stream
        self._config = config
        self._state = state
        self._callbacks = callbacks
        try:
            self._format, self._is_codec_known = config.format_of(stream), True
        except ValueError:  # a document of the user's own may have others
            self._format, self._is_codec_known = config.audio_format, False
        self._messages = MessageWriter(stream, self._format)
        try:
            self._origin, self._is_url_valid = config.routes.find(stream.url), True
        except ValueError:
            self._origin, self._is_url_valid = None, False
        if self._origin is not None:
            stream.target = str(self._origin)
        self._opening: asyncio.Task[StreamWebSocket] | None = None
        self._websocket: StreamWebSocket | None = None
        self._digits: deque[str] = deque()
        self._stopping = asyncio.Event()
        self._receiving: asyncio.Task[None] | None = None
        self._last_callback: asyncio.Task[None] | None = None
        self._is_quiet = False
        if self._origin is None and self._is_url_valid and self._is_codec_known:  # the mock does not connect to it
            self._begin()
        self.task = asyncio.create_task(self._run(), name=f"stream {stream.sid}")

    def stop(self) -> None:
        """End the stream, as SignalWire does when the stream is stopped or its call ends."""
        self._stopping.set()

    def end_quietly(self) -> None:
        """End the stream without further callbacks."""
        self._is_quiet = True
        if self._last_callback is not None:
            self._last_callback.cancel()
        self._stopping.set()

    def press(self, digits: str) -> None:
        """Send key presses before the next audio."""
        self._digits.extend(digits)

    def drop(self) -> None:
        """Drop the connection without closing the WebSocket."""
        if self._websocket is not None:
            self._websocket.transport.abort()
        elif self._opening is not None:
            self._opening.cancel()

    async def _run(self) -> None:
        error = problem = None
        try:
            await _run_until_first(self._stopping.wait(), self._stream_audio())
        except StreamFailure as failure:
            self.drop()
            if not self._stopping.is_set():  # a failure after the stop does not count
                error, problem = failure.reason, failure.problem
        websocket, has_started = self._websocket, self._receiving is not None
        if websocket is not None and has_started and websocket.state is WebSocketState.OPEN:
            websocket.send_now([*self._take_key_presses(), self._messages.stop()])
        self._state.stop_stream(self.stream, error, problem)
        self._call_back("stream-error" if error else "stream-stopped", error)
        if self._opening is not None:  # even after a stop, because a receiver that accepts expects a close frame
            await asyncio.gather(self._opening, return_exceptions=True)
            websocket = self._websocket
        if websocket is not None:
            await websocket.close()
            code = websocket.protocol.close_code
            self.stream.close_code = None if code is None else int(code)
        if self._receiving is not None:  # to the very end, so that messages on their way are recorded
            await asyncio.gather(self._receiving, return_exceptions=True)
        if self._last_callback is not None:
            await asyncio.wait([self._last_callback])
        self._state.mark_closed(self.stream)

    async def _stream_audio(self) -> None:
        """Return when the stream ends by itself. Raises StreamFailure."""
        if not self._is_url_valid:
            raise StreamFailure(INVALID_URL, "The URL is not valid.")
        if not self._is_codec_known:
            raise StreamFailure(CODEC_ERROR, f"The mock has no audio of the codec {self.stream.codec}.")
        if self._origin is None:
            await asyncio.get_running_loop().create_future()  # wait for the stop
            return
        opening = self._opening = asyncio.create_task(self._open(self._origin))
        await asyncio.wait([opening])  # a stop ends the waiting, but not the opening
        websocket = opening.result()
        websocket.send_now([self._messages.connected(), self._messages.start(self.stream.tracks)])
        self._begin()
        receiving = self._receiving = asyncio.create_task(self._receive(websocket))
        await _run_until_first(asyncio.wait([receiving]), self._send_audio(websocket))
        if receiving.done():
            receiving.result()

    async def _open(self, origin: Origin) -> StreamWebSocket:
        tls = self._config.trust.context if origin.is_secure else None
        loop = asyncio.get_running_loop()
        begun, start = now(), loop.time()

        def note(status: int | None, problem: str | None) -> None:
            self.stream.handshake = Handshake(begun, loop.time() - start, status, problem)

        try:
            self._websocket = await open_websocket(self.stream, origin, tls, self._config.receiver_timeout)
        except StreamFailure as failure:
            note(failure.status, failure.problem)
            raise
        note(101, None)
        return self._websocket

    def _begin(self) -> None:
        missing_route = self._config.routes.missing(self.stream.url) if self._origin is None else None
        self._state.mark_in_progress(self.stream, missing_route)
        self._call_back("stream-started")

    async def _receive(self, websocket: StreamWebSocket) -> None:
        """Record messages until the receiver closes the WebSocket normally. Raises StreamFailure."""
        try:
            async for message in websocket:
                if self.stream.received.add_unread(message) != "media":
                    self._state.tell("stream", self.stream)
        except ConnectionClosedError as error:
            if error.rcvd is not None:
                problem = f"The receiver closed the WebSocket with code {error.rcvd.code}."
            elif error.sent is not None:
                problem = f"The receiver broke the WebSocket protocol (close code {error.sent.code})."
            else:
                problem = "The connection was lost."
            raise StreamFailure(GENERAL_ERROR, problem) from None

    async def _send_audio(self, websocket: StreamWebSocket) -> None:
        """Send audio until it ends. Raises StreamFailure."""
        config = self._config
        loop = asyncio.get_running_loop()
        payloads_of = config.payloads(self._format)
        tracks = [(track, payloads_of[track]) for track in self.stream.tracks]
        count = max((payloads.count for _, payloads in tracks if payloads.count is not None), default=None)
        media = self._messages.media
        start, index, seconds = loop.time(), 0, FRAME_MILLISECONDS / 1000
        while True:
            due = start + index * seconds
            await asyncio.sleep(max(0.0, due - loop.time()) if config.realtime else 0)
            has_digits = bool(self._digits)
            messages = self._take_key_presses() if has_digits else []
            if index != count:
                messages += [media(track, index, payloads[index]) for track, payloads in tracks]
            if not websocket.send_now(messages):
                await loop.create_future()  # closed: `_receive` knows why, and ends the stream
            if has_digits:
                self._state.tell("stream", self.stream)
            if index == count:
                return
            if websocket.paused:
                await self._wait_for_receiver(websocket, due if config.realtime else loop.time())
            index += 1

    def _take_key_presses(self) -> list[bytes]:
        return [self._messages.dtmf(self._digits.popleft()) for _ in range(len(self._digits))]

    async def _wait_for_receiver(self, websocket: StreamWebSocket, due: float) -> None:
        limit = self._config.receiver_timeout
        self.stream.late_since = due
        try:
            async with asyncio.timeout(limit):
                await websocket.drain()
        except TimeoutError:
            raise StreamFailure(GENERAL_ERROR, f"The receiver read nothing for {limit:g} seconds.") from None
        except OSError:  # lost: `_receive` notices it too, and ends the stream
            return
        finally:
            self.stream.late_since = None
        if asyncio.get_running_loop().time() - due > limit:
            raise StreamFailure(GENERAL_ERROR, f"The receiver is more than {limit:g} seconds behind.")

    def _call_back(self, event: str, error: str | None = None) -> None:
        if self.stream.status_callback is not None and not self._is_quiet:
            fields = event_fields(self.stream, event, error)
            self._last_callback = asyncio.create_task(self._deliver(fields, self._last_callback))

    async def _deliver(self, fields: Mapping[str, str], previous: asyncio.Task[None] | None) -> None:
        if previous is not None:
            await previous  # so that callbacks arrive in order
        url, method = self.stream.status_callback or "", self.stream.status_callback_method
        await self._callbacks.send(url, method, fields)


async def _run_until_first(*coroutines: Coroutine[Any, Any, object]) -> None:
    """Run coroutines until the first one returns or raises, and cancel the others."""
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
