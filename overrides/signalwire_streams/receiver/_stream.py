"""A stream that a receiver has got: the account of it, what came, and how to wait for more."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType

from signalwire_streams._errors import InputError
from signalwire_streams.media import Dtmf, Media, Message, Start, StreamSession, Track, WavWriter
from signalwire_streams.media._audio import decoder
from signalwire_streams.receiver._levels import Levels


class ReceivedStream(StreamSession):
    """A `StreamSession` that is fed by a `Receiver`, and can be read and waited on from other threads.

    What waits raises TimeoutError, which says how the stream stands, at once where it is closed and waits in vain.
    """

    def __init__(self, path: str, headers: Mapping[str, str], *, keep_messages: bool = True) -> None:
        super().__init__()
        self.path = path
        """Of the URL that was requested."""
        self.headers: Mapping[str, str] = headers
        """Of the upgrade request, their names in lower case; credentials included."""
        self.close_code: int | None = None
        """With what code the WebSocket was closed: 1006 where it was lost, None while it is open."""
        self._keep_messages = keep_messages
        self._received: list[Message] = []
        self._levels: dict[Track, Levels] = {"inbound": Levels(), "outbound": Levels()}
        self._decode: Callable[[bytes], bytes] | None = None
        self._changed = threading.Condition()

    @property
    def received(self) -> list[Message]:
        """All messages that came, in order; none, where the receiver keeps none."""
        return self._received.copy()

    @property
    def digits(self) -> str:
        """The keys that were pressed, of the messages that were kept."""
        return "".join(message.digit for message in self.received if isinstance(message, Dtmf))

    @property
    def levels(self) -> Mapping[Track, Levels]:
        """How loud each track is; minus infinity for a track that has no audio, or one of an encoding not known."""
        return MappingProxyType(self._levels)

    def pcm(self, track: Track) -> bytes:
        """Return what came of a track as 16-bit samples, little-endian, in the order in which it came."""
        decode = self._decode
        if decode is None:
            return b""
        return b"".join(
            decode(each.payload) for each in self.received if isinstance(each, Media) and each.track == track
        )

    def write_wav(self, file: str | os.PathLike[str]) -> None:
        """Write what came to a WAV file, as `WavWriter` does."""
        with WavWriter(file) as wav:
            for message in self.received:
                wav.write(message)

    def feed(self, message: str | bytes | Message) -> Message:
        """Take the next message; see `StreamSession.feed`."""
        with self._changed:
            parsed = super().feed(message)
            if isinstance(parsed, Media):
                self._measure(parsed)
            elif isinstance(parsed, Start) and self._decode is None:
                self._begin_to_measure(parsed)
            if self._keep_messages:
                self._received.append(parsed)
            self._changed.notify_all()
        return parsed

    def close(self, code: int | None = None) -> None:
        """Say that the connection is closed."""
        with self._changed:
            super().close()
            self.close_code = 1006 if code is None else code
            self._changed.notify_all()

    def wait_for(self, event: str, count: int = 1, timeout: float = 5.0) -> None:
        """Wait until so many messages of an event have come: `start`, `media`, `dtmf`, `mark`, `stop`, `unknown`."""
        self._wait(lambda: self.counts[event] >= count, timeout, f"{count} {event} messages")

    def wait_for_audio(self, seconds: float, timeout: float = 5.0) -> None:
        """Wait until so many seconds of audio have come of each track."""

        def enough() -> bool:
            return bool(self.tracks) and all((self.audio[track].seconds or 0) >= seconds for track in self.tracks)

        self._wait(enough, timeout, f"{seconds:g} seconds of audio")

    def wait_for_end(self, timeout: float = 5.0) -> None:
        """Wait until the connection is closed."""
        self._wait(lambda: self.close_code is not None, timeout, "its end")

    def _wait(self, came: Callable[[], bool], timeout: float, what: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: came() or self.close_code is not None, timeout)
            if came():
                return
            how = f"after {timeout:g} seconds" if self.close_code is None else f"and it is closed ({self.close_code})"
            heard = ", ".join(f"{count} {event}" for event, count in self.counts.items()) or "nothing"
        raise TimeoutError(f"The stream is {self.state} {how}, without {what}; what came: {heard}.")

    def _begin_to_measure(self, start: Start) -> None:
        try:
            self._decode = decoder(start.media_format)
        except InputError:  # an encoding that is newer than this package
            self._decode = None

    def _measure(self, media: Media) -> None:
        if self._decode is None:
            return
        try:
            pcm = self._decode(media.payload)
        except InputError:  # half a sample
            return
        self._levels[media.track].add(pcm)
