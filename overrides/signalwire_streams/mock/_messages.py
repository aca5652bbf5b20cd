"""The messages of a stream as they go over its WebSocket, and a record of what went each way."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from signalwire_streams.mock._audio import FRAME_MILLISECONDS, AudioFormat
from signalwire_streams.mock._stream import MockStream

DIGITS = frozenset("0123456789*#ABCD")
_DIGIT_MILLISECONDS = 100


class Messages:
    """The messages of one stream, numbered as they are made."""

    def __init__(self, stream: MockStream, audio_format: AudioFormat) -> None:
        self._stream = stream
        self._format = audio_format
        self._number = 0
        self._sent = stream.sent

    def connected(self) -> bytes:
        """Return the first message, which has no number."""
        return self._made("connected", {"protocol": "Call", "version": "0.2.0"})

    def start(self, tracks: Sequence[str]) -> bytes:
        """Return the message that says what is streamed."""
        stream = self._stream
        details: dict[str, Any] = {
            "streamSid": stream.sid,
            "accountSid": stream.account_sid,
            "callSid": stream.call_sid,
            "tracks": list(tracks),
        }
        if stream.parameters:
            details["customParameters"] = dict(stream.parameters)
        details["mediaFormat"] = {
            "encoding": self._format.encoding,
            "sampleRate": self._format.sample_rate,
            "channels": 1,
        }
        return self._made("start", {"sequenceNumber": self._next(), "start": details})

    def media(self, track: str, index: int, payload: str) -> bytes:
        """Return the message with the piece of a track that has the index, from 0 on.

        Written by hand, since it is made fifty times a second for each track, and holds nothing to be escaped.
        """
        self._number += 1
        text = (
            f'{{"event":"media","sequenceNumber":"{self._number}","media":{{"track":"{track}","chunk":"{index + 1}",'
            f'"timestamp":"{index * FRAME_MILLISECONDS}","payload":"{payload}"}}}}'
        ).encode("ascii")
        self._sent.add("media", text)
        return text

    def dtmf(self, digit: str) -> bytes:
        """Return the message that a key was pressed."""
        details = {"digit": digit, "duration": _DIGIT_MILLISECONDS}
        return self._made("dtmf", {"sequenceNumber": self._next(), "dtmf": details})

    def stop(self) -> bytes:
        """Return the last message."""
        return self._made("stop", {"sequenceNumber": self._next()})

    def _next(self) -> str:
        self._number += 1
        return str(self._number)

    def _made(self, event: str, fields: Mapping[str, Any]) -> bytes:
        text = json.dumps({"event": event, **fields}, ensure_ascii=False).encode()
        self._sent.add(event, text)
        return text
