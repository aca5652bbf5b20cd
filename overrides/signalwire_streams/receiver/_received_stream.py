"""A stream that arrives at a receiver."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from signalwire_streams._errors import InputError
from signalwire_streams.media import Dtmf, Levels, Media, Message, Start, StreamSession, Track, WavWriter
from signalwire_streams.media._codecs import get_decoder


class ReceivedStream(StreamSession):
    """A `StreamSession` that a `Receiver` feeds. You can read it and wait for it from any thread.

    The methods that wait raise TimeoutError, which describes the stream's state. Once the connection is closed, they
    raise it immediately.
    """

    def __init__(self, path: str, headers: Mapping[str, str], *, keep_messages: bool = True) -> None:
        super().__init__()
        self.path = path
        """The path and query of the requested URL."""
        self.headers: Mapping[str, str] = headers
        """The headers of the upgrade request, with lowercase names. They include credentials."""
        self.close_code: int | None = None
        """The WebSocket close code. It is None while the connection is open, and 1006 if the connection was lost."""
        self._keep_messages = keep_messages
        self._received: list[Message] = []
        self._arrivals: list[float] = []  # the time of each received message
        self._levels: dict[Track, Levels] = {"inbound": Levels("inbound"), "outbound": Levels("outbound")}
        self._decode: Callable[[bytes], bytes] | None = None
        self._changed = threading.Condition()

    @property
    def received(self) -> list[Message]:
        """All messages in order of arrival. Empty if the receiver does not keep messages."""
        return self._received.copy()

    @property
    def digits(self) -> str:
        """The keys that were pressed. Empty if the receiver does not keep messages."""
        return "".join(message.digit for message in self.received if isinstance(message, Dtmf))

    @property
    def levels(self) -> Mapping[Track, Levels]:
        """The level of each track. It is minus infinity without audio, and for an unknown encoding."""
        return MappingProxyType(self._levels)

    def pcm(self, track: Track) -> bytes:
        """Return the track's audio as 16-bit little-endian PCM, in order of arrival."""
        decode = self._decode
        if decode is None:
            return b""
        return b"".join(
            decode(message.payload)
            for message in self.received
            if isinstance(message, Media) and message.track == track
        )

    def write_wav(self, file: str | os.PathLike[str]) -> None:
        """Write the audio to a WAV file. See `WavWriter`."""
        now = 0.0
        with WavWriter(file, clock=lambda: now) as wav:
            for now, message in zip(self._arrivals.copy(), self.received, strict=False):  # noqa: B007  the clock reads it
                wav.write(message)

    def feed(self, message: str | bytes | Message) -> Message:
        """Add the next message. See `StreamSession.feed`."""
        with self._changed:
            parsed = super().feed(message)
            if isinstance(parsed, Start) and self._decode is None:
                self._decode = _find_decoder(parsed)
            for levels in self._levels.values():
                levels.add(parsed)
            if self._keep_messages:
                self._received.append(parsed)
                self._arrivals.append(time.monotonic())
            self._changed.notify_all()
        return parsed

    def close(self, code: int | None = None) -> None:
        """Record that the connection is closed.

        - `code`: the WebSocket close code, or None if the connection was lost.
        """
        with self._changed:
            super().close()
            self.close_code = 1006 if code is None else code
            self._changed.notify_all()

    def wait_for(self, event: str, count: int = 1, timeout: float = 5.0) -> None:
        """Wait until `count` messages of an event have arrived.

        - `event`: `connected`, `start`, `media`, `dtmf`, `mark`, `stop` or `unknown`.

        Raises TimeoutError.
        """
        self._wait(lambda: self.counts[event] >= count, timeout, f"{count} {event} messages")

    def wait_for_audio(self, seconds: float, timeout: float = 5.0) -> None:
        """Wait until `seconds` of audio have arrived on each track.

        Raises TimeoutError.
        """

        def has_enough() -> bool:
            return bool(self.tracks) and all((self.audio[track].seconds or 0) >= seconds for track in self.tracks)

        self._wait(has_enough, timeout, f"{seconds:g} seconds of audio on each track")

    def wait_for_end(self, timeout: float = 5.0) -> None:
        """Wait until the connection is closed.

        Raises TimeoutError.
        """
        self._wait(lambda: self.close_code is not None, timeout, "the connection to close")

    def _wait(self, is_done: Callable[[], bool], timeout: float, goal: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: is_done() or self.close_code is not None, timeout)
            if is_done():
                return
            reason = (
                f"Timed out after {timeout:g} seconds"
                if self.close_code is None
                else f"The connection was closed with code {self.close_code}"
            )
            received = ", ".join(f"{count} {event}" for event, count in self.counts.items()) or "nothing"
        raise TimeoutError(f"{reason} while waiting for {goal}. The stream is {self.state}. Received: {received}.")


def _find_decoder(start: Start) -> Callable[[bytes], bytes] | None:
    """Return the decoder for the stream's payloads, or None for an unknown encoding."""
    try:
        return get_decoder(start.media_format)
    except InputError:
        return None
