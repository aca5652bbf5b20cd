"""Make messages as SignalWire sends them, without the code under test."""

import base64
import json
from typing import Any

START: dict[str, Any] = {
    "streamSid": "ST1",
    "accountSid": "AC1",
    "callSid": "CA1",
    "tracks": ["inbound", "outbound"],
    "customParameters": {"FirstName": "Jane"},
    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
}


def connected() -> str:
    return json.dumps({"event": "connected", "protocol": "Call", "version": "0.2.0"})


def start(number: int | str = 1, **changes: Any) -> str:
    return json.dumps({"event": "start", "sequenceNumber": str(number), "start": START | changes})


def media(number: int, payload: bytes, *, chunk: int, timestamp: int, track: str = "inbound", **more: Any) -> str:
    details = {
        "track": track,
        "chunk": str(chunk),
        "timestamp": str(timestamp),
        "payload": base64.b64encode(payload).decode(),
    }
    return json.dumps({"event": "media", "sequenceNumber": str(number), "media": details} | more)


def dtmf(digit: str, number: int | None = None) -> str:
    numbered = {} if number is None else {"sequenceNumber": str(number)}
    return json.dumps({"event": "dtmf", "dtmf": {"digit": digit, "duration": 120}} | numbered)


def stop(number: int) -> str:
    return json.dumps({"event": "stop", "sequenceNumber": str(number)})
