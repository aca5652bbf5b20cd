"""Iterate over the windows of a stream whose messages arrive as texts."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Unpack

from signalwire_streams._errors import MessageError
from signalwire_streams.media._stream_session import StreamSession
from signalwire_streams.media._windows._audio_window import AudioWindow
from signalwire_streams.media._windows._audio_windows import AudioWindows
from signalwire_streams.media._windows._options import WindowOptions


def iter_windows(
    texts: Iterable[str | bytes], *, session: StreamSession | None = None, **options: Unpack[WindowOptions]
) -> Iterator[AudioWindow]:
    """Return the windows of a stream, as its messages arrive.

    - `texts`: the texts of the stream's WebSocket messages.
    - `session`: parses the messages, and is closed at the end. Pass your own to read the call's SID or its counts.
    - `options`: the arguments of `AudioWindows`, such as `sample_rate` and `samples`.

    Invalid messages are counted in the session and skipped. When `texts` ends or raises, the last windows come first.

    Raises InputError for invalid options, and from the iterator for a start message whose audio is not supported.
    """
    session, audio = session or StreamSession(), AudioWindows(**options)
    return _iter_windows(texts, session, audio)


def aiter_windows(
    texts: AsyncIterable[str | bytes], *, session: StreamSession | None = None, **options: Unpack[WindowOptions]
) -> AsyncIterator[AudioWindow]:
    """`iter_windows` for an async iterable of texts, such as a connection of `websockets`."""
    session, audio = session or StreamSession(), AudioWindows(**options)
    return _aiter_windows(texts, session, audio)


def _iter_windows(texts: Iterable[str | bytes], session: StreamSession, audio: AudioWindows) -> Iterator[AudioWindow]:
    with session:
        try:
            yield from _begin(session, audio)
            for text in texts:
                yield from _feed(session, audio, text)
        except Exception:
            yield from audio.close()
            raise
    yield from audio.close()


async def _aiter_windows(
    texts: AsyncIterable[str | bytes], session: StreamSession, audio: AudioWindows
) -> AsyncIterator[AudioWindow]:
    with session:
        try:
            for window in _begin(session, audio):
                yield window
            async for text in texts:
                for window in _feed(session, audio, text):
                    yield window
        except Exception:
            for window in audio.close():
                yield window
            raise
    for window in audio.close():
        yield window


def _begin(session: StreamSession, audio: AudioWindows) -> Iterator[AudioWindow]:
    """Add the start message of a session that has it already."""
    return audio.feed(session.start) if session.start else iter(())


def _feed(session: StreamSession, audio: AudioWindows, text: str | bytes) -> Iterator[AudioWindow]:
    try:
        message = session.feed(text)
    except MessageError:  # the session counts it
        return iter(())
    return audio.feed(message)
