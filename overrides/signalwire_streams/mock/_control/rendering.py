"""Records as the JSON of the OpenAPI document, without secrets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qsl

from signalwire_streams.mock._api import FORM, PlannedFailure
from signalwire_streams.mock._control.audio import StreamAudio
from signalwire_streams.mock._control.masks import MAX_PAIRS, MAX_TEXT, Masks
from signalwire_streams.mock._message_log import LoggedMessage
from signalwire_streams.mock._records import MockCall, MockStream, RecordedCallback, RecordedRequest
from signalwire_streams.mock._streams import SessionConfig


class Renderer:
    """Renders the records of a mock."""

    def __init__(self, masks: Masks, config: SessionConfig) -> None:
        self._masks = masks
        self._config = config

    def stream(self, stream: MockStream) -> dict[str, Any]:
        """Render a stream, as it is now."""
        masks, audio_format = self._masks, StreamAudio(stream, self._config).format
        missing, handshake = stream.missing_route, stream.handshake
        return {
            "sid": stream.sid,
            "name": masks.text(stream.name),
            "account_sid": stream.account_sid,
            "call_sid": stream.call_sid,
            "conference_sid": stream.conference_sid,
            "url": masks.text(stream.url),
            "target": stream.target,
            "track": stream.track,
            "tracks": list(stream.tracks),
            "encoding": audio_format.encoding,
            "sample_rate": audio_format.sample_rate,
            "parameters": masks.parameters(stream.parameters),
            "has_bearer_token": stream.authorization_bearer_token is not None,
            "status_callback": masks.optional(stream.status_callback),
            "status": stream.status,
            "error": stream.error,
            "problem": masks.optional(stream.problem),
            "route": missing and {"from": missing.prefix, "nearest": missing.nearest},
            "close_code": stream.close_code,
            "history": [{"status": status, "time": time.timestamp()} for status, time in stream.times.copy().items()],
            "handshake": handshake
            and {
                "time": handshake.time.timestamp(),
                "ms": _milliseconds(handshake.duration),
                "status": handshake.status,
                "problem": masks.optional(handshake.problem),
            },
            "messages": _messages(stream),
            "sent": dict(stream.sent.counts),
            "received": dict(stream.received.counts),
            "behind": round(stream.behind, 2),
        }

    def request(self, request: RecordedRequest) -> dict[str, Any]:
        """Render a request."""
        masks = self._masks
        return {
            "id": request.id,
            "time": request.time.timestamp(),
            "ms": _milliseconds(request.duration),
            "method": request.method,
            "path": masks.text(request.path),
            "query": masks.query(request.query),
            "status": request.status,
            "code": request.code,
            "client": masks.optional(request.headers.get("user-agent")),
            "operation": request.operation,
            "headers": masks.headers(request.headers.items()),
            "fields": masks.fields(_form(request)),
            "problems": [
                {
                    "field": masks.optional(each.field),
                    "rule": each.rule,
                    "message": masks.text(each.message),
                    "fix": masks.optional(each.fix),
                }
                for each in request.problems[:MAX_PAIRS]
            ],
            "response": None if request.response is None else masks.text(request.response.decode("utf-8", "replace")),
            "stream_sid": request.stream_sid,
        }

    def callback(self, callback: RecordedCallback) -> dict[str, Any]:
        """Render a status callback."""
        masks = self._masks
        return {
            "id": callback.id,
            "stream_sid": callback.stream_sid,
            "event": callback.event,
            "time": callback.time.timestamp(),
            "url": masks.text(callback.url),
            "method": callback.method,
            "fields": masks.fields(callback.fields.items()),
            "attempts": [
                {
                    "time": attempt.time.timestamp(),
                    "ms": _milliseconds(attempt.duration),
                    "status": attempt.status,
                    "problem": masks.optional(attempt.problem),
                }
                for attempt in callback.attempt_log
            ],
            "status": callback.status,
            "delivered": callback.delivered,
            "final": callback.final,
            "problem": masks.optional(callback.problem),
            "signed_text": masks.optional(callback.signed_text),
            "signature": callback.signature,
        }

    def call(self, call: MockCall) -> dict[str, Any]:
        """Render a call."""
        masks = self._masks
        return {
            "sid": call.sid,
            "kind": "call",
            "status": call.status,
            "from": masks.optional(call.from_),
            "to": masks.optional(call.to),
            "direction": call.direction,
            "parent_call_sid": call.parent_call_sid,
            "created": call.date_created.timestamp(),
            "ended": None if call.end_time is None else call.end_time.timestamp(),
        }

    def conference(self, sid: str, created: datetime, ended: datetime | None) -> dict[str, Any]:
        """Render a conference."""
        return {
            "sid": sid,
            "kind": "conference",
            "status": "in-progress" if ended is None else "completed",
            "from": None,
            "to": None,
            "direction": "",
            "parent_call_sid": None,
            "created": created.timestamp(),
            "ended": None if ended is None else ended.timestamp(),
        }

    def faults(self, planned: Iterable[PlannedFailure]) -> dict[str, Any]:
        """Render the failures that are planned."""
        return {
            "armed": [
                {
                    "status": each.status,
                    "code": each.code,
                    "lost": each.lost,
                    "carried_out": each.carried_out,
                    "retry_after": each.retry_after,
                }
                for each in planned
            ]
        }


def _form(request: RecordedRequest) -> list[tuple[str, str]]:
    """Return the first form fields. Another body is not shown, because a secret in it could not be told."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return []
    first = b"&".join(request.body.split(b"&", MAX_PAIRS)[:MAX_PAIRS])
    return parse_qsl(first.decode("utf-8", "replace"), keep_blank_values=True)


def _messages(stream: MockStream) -> list[dict[str, Any]]:
    logs = {"sent": stream.sent.control, "received": stream.received.control}
    both = [_message(direction, each) for direction, log in logs.items() for each in log]
    return sorted(both, key=lambda message: message["time"])


def _message(direction: str, logged: LoggedMessage) -> dict[str, Any]:
    content = _object(logged.message if len(logged.text) <= MAX_TEXT else None)
    number, digit = content.get("sequenceNumber"), _object(content.get("dtmf")).get("digit")
    return {
        "time": logged.time.timestamp(),
        "direction": direction,
        "event": logged.event,
        "sequence": int(number) if isinstance(number, str) and number.isdecimal() and len(number) < 16 else None,
        "digit": digit if isinstance(digit, str) and len(digit) == 1 else None,
    }


def _object(value: object) -> dict[str, Any]:
    """Return a value that is a JSON object, or else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 1)
