"""Write the messages that a stream sends over its WebSocket."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from signalwire_streams.mock._records import MockStream
from signalwire_streams.mock._streams.audio import FRAME_MILLISECONDS, AudioFormat

_DIGIT_MILLISECONDS = 100


class MessageWriter:
    """Writes, numbers and records the messages of one stream."""

    def __init__(self, stream: MockStream, audio_format: AudioFormat) -> None:
        self._stream = stream
        self._format = audio_format
        self._number = 0
        self._sent = stream.sent

    def connected(self) -> bytes:
        """Write the first message, which has no number."""
        return self._write("connected", {"protocol": "Call", "version": "0.2.0"})

    def start(self, tracks: Sequence[str]) -> bytes:
        """Write the message that describes the stream."""
        stream = self._stream
        details: dict[str, Any] = {
            "streamSid": stream.sid,
            "accountSid": stream.account_sid,
            "callSid": stream.parent[1],
            "tracks": list(tracks),
        }
        if stream.parameters:
            details["customParameters"] = dict(stream.parameters)
        details["mediaFormat"] = {
            "encoding": self._format.encoding,
            "sampleRate": self._format.sample_rate,
            "channels": 1,
        }
        return self._write("start", {"sequenceNumber": self._next_number(), "start": details})

    def media(self, track: str, index: int, payload: str) -> bytes:
        """Write the message with one frame of a track.

        `index`: the frame's place in its track, from 0.
        """
        # Not by json, because each track has fifty of these in a second, and nothing in them needs escaping.
        self._number += 1
        text = (
            f'{{"event":"media","sequenceNumber":"{self._number}","media":{{"track":"{track}","chunk":"{index + 1}",'
            f'"timestamp":"{index * FRAME_MILLISECONDS}","payload":"{payload}"}}}}'
        ).encode("ascii")
        self._sent.add("media", text)
        return text

    def dtmf(self, digit: str) -> bytes:
        """Write the message for a key press."""
        details = {"digit": digit, "duration": _DIGIT_MILLISECONDS}
        return self._write("dtmf", {"sequenceNumber": self._next_number(), "dtmf": details})

    def stop(self) -> bytes:
        """Write the last message."""
        return self._write("stop", {"sequenceNumber": self._next_number()})

    def _next_number(self) -> str:
        self._number += 1
        return str(self._number)

    def _write(self, event: str, fields: Mapping[str, Any]) -> bytes:
        text = json.dumps({"event": event, **fields}, ensure_ascii=False).encode()
        self._sent.add(event, text)
        return text
