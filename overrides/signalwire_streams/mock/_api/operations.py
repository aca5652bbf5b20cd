"""Carry out the operations of the API.

SignalWire does not document every detail. Where it does not, the mock does this:

- A stream's name is taken while the stream runs (422, 10000), and free again once it has stopped.
- Stopping a stopped stream, by sid or name, returns 200 with the stream unchanged.
- A name refers to the running stream that has it, otherwise to the last one that had it.
- When a call ends, its streams stop. Starting another one on it fails (422, 21220).
- A custom parameter with a name only has an empty value. One with a value only is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from math import inf
from urllib.parse import quote

import anyio

from signalwire_streams.mock._api.errors import ApiError
from signalwire_streams.mock._records import MockStream
from signalwire_streams.mock._state import MAX_RUNNING, State

_PARAMETER_NAME = re.compile(r"Parameter([0-9]+)\.Name")


class GivenUpError(Exception):
    """The mock has stopped, or was reset, before it carried a delayed start out."""


class Operations:
    """The operations that the mock can carry out, on valid requests only.

    Each takes the path parameters and the form, and returns the response body or raises ApiError.

    `base_path`: the path of the API, for the `uri` of a stream.
    `start_delay`: seconds before a start is carried out.
    `begin`: called with each new stream, once its response is made.
    """

    def __init__(self, state: State, base_path: str, start_delay: float, begin: Callable[[MockStream], None]) -> None:
        if not 0 <= start_delay < inf:
            raise ValueError(f"start_delay must be a finite number of seconds, 0 or more, not {start_delay!r}.")
        self._state = state
        self._base_path = base_path
        self._start_delay = start_delay
        self._delayed_starts = object()  # replaced to give up the starts that are delayed
        self._begin = begin
        self._by_id = {"start_stream": self.start_stream, "stop_stream": self.stop_stream}

    def give_up_delayed_starts(self) -> None:
        """Do not carry out the starts that are still delayed."""
        self._delayed_starts = object()

    async def run(self, operation_id: str, path: Mapping[str, str], form: Mapping[str, str]) -> dict[str, str]:
        """Carry out an operation by the `operationId` that the document gives it."""
        operation = self._by_id.get(operation_id)
        if operation is None:
            raise ApiError(501, 20504, f"The mock cannot carry out {operation_id}.")
        return await operation(path, form)

    async def start_stream(self, path: Mapping[str, str], form: Mapping[str, str]) -> dict[str, str]:
        """Start a stream, and describe it as it is queued."""
        await self._delay_start()
        call_sid = path["CallSid"]
        name = form.get("Name")
        with self._state.lock:  # so that no other request takes the name in between
            self._require_call(call_sid)
            if self._state.call_has_ended(call_sid):
                raise ApiError(422, 21220, "A stream cannot be started: the call has ended.")
            if name is not None and self._state.name_is_taken(call_sid, name):
                raise ApiError(422, 10000, "Name is in use by another stream of the call.")
            if self._state.is_full():
                raise ApiError(503, 20504, f"The mock runs {MAX_RUNNING} streams, which is its most. Stop some.")
            stream = MockStream(
                account_sid=path["AccountSid"],
                call_sid=call_sid,
                url=form["Url"],
                track=form.get("Track", "both_tracks"),
                status_callback=form.get("StatusCallback"),
                status_callback_method=form.get("StatusCallbackMethod", "POST"),
                parameters=_custom_parameters(form),
                authorization_bearer_token=form.get("AuthorizationBearerToken"),
            )
            stream.name = stream.sid if name is None else name
            self._state.add_stream(stream)
        body = self._describe(stream)
        self._begin(stream)
        return body

    async def stop_stream(self, path: Mapping[str, str], _form: Mapping[str, str]) -> dict[str, str]:
        """Stop a stream, and describe it."""
        call_sid, sid_or_name = path["CallSid"], path["Sid"]
        self._require_call(call_sid)
        stream = self._state.find_in_call(call_sid, sid_or_name)
        if stream is None and sid_or_name.endswith(".json"):
            stream = self._state.find_in_call(call_sid, sid_or_name.removesuffix(".json"))
        if stream is None:
            raise ApiError(404, 20404, "The stream was not found.")
        self._state.stop_stream(stream)
        return self._describe(stream)

    async def _delay_start(self) -> None:
        delayed, end = self._delayed_starts, anyio.current_time() + self._start_delay
        while (left := end - anyio.current_time()) > 0:
            await anyio.sleep(min(left, 0.05))  # in short steps, because another thread cannot wake it
            if delayed is not self._delayed_starts:
                raise GivenUpError

    def _require_call(self, call_sid: str) -> None:
        if not self._state.call_exists(call_sid):
            raise ApiError(404, 20404, "The call was not found.")

    def _describe(self, stream: MockStream) -> dict[str, str]:
        account, call, sid = (quote(part, safe="") for part in (stream.account_sid, stream.call_sid, stream.sid))
        return {
            "sid": stream.sid,
            "account_sid": stream.account_sid,
            "call_sid": stream.call_sid,
            "name": stream.name,
            "status": stream.status,
            "date_updated": format_datetime(stream.date_updated),
            "uri": f"{self._base_path}/Accounts/{account}/Calls/{call}/Streams/{sid}.json",
        }


def _custom_parameters(form: Mapping[str, str]) -> list[tuple[str, str]]:
    # Not shared with the client's code that encodes them, so that the two can disagree.
    indices = sorted(int(match[1]) for field in form if (match := _PARAMETER_NAME.fullmatch(field)))
    return [(form[f"Parameter{index}.Name"], form.get(f"Parameter{index}.Value", "")) for index in indices]
