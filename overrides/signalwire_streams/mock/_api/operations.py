"""Carry out the operations of the API.

SignalWire does not document every detail. Where it does not, the mock does this:

- A stream's name is taken while the stream runs (422, 10000), and free again once it has stopped.
- Stopping a stopped stream, by sid or name, returns 200 with the stream unchanged.
- A name refers to the running stream that has it, otherwise to the last one that had it.
- When a call or conference ends, its streams stop. Starting another one on it fails (422, 21220).
- A conference's stream without a name has the name null. A call's has its sid.
- Calls are listed newest first. `StartTime` and `EndTime` match the day.
- A custom parameter with a name only has an empty value. One with a value only is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import date
from email.utils import format_datetime, parsedate_to_datetime
from math import inf
from typing import Any
from urllib.parse import quote, urlencode

import anyio
import attrs

from signalwire_streams.mock._api.document import Document
from signalwire_streams.mock._api.errors import ApiError
from signalwire_streams.mock._records import MockCall, MockStream, Parent, RequestProblem
from signalwire_streams.mock._state import MAX_RUNNING, State

_PARAMETER_NAME = re.compile(r"Parameter([0-9]+)\.Name")


@attrs.frozen
class _Handler:
    """What carries an operation out, and what it reads of the path and the form."""

    run: Callable[[Mapping[str, str], Mapping[str, str]], Awaitable[dict[str, Any]]]
    path_parameters: tuple[str, ...]
    required_fields: tuple[str, ...] = ()


class GivenUpError(Exception):
    """The mock has stopped, or was reset, before it carried a delayed start out."""


class Operations:
    """The operations that the mock can carry out, on valid requests only.

    Each takes the path parameters and the form or query, and returns the response body or raises ApiError. An
    operation of the document that is not in the table of handlers gets a 501.

    `document`: the document, which must have the operations.
    `start_delay`: seconds before a start is carried out.
    `begin`: called with each new stream, once its response is made.
    """

    def __init__(
        self, state: State, document: Document, start_delay: float, begin: Callable[[MockStream], None]
    ) -> None:
        if not 0 <= start_delay < inf:
            raise ValueError(f"start_delay must be a finite number of seconds, 0 or more, not {start_delay!r}.")
        self._state = state
        self._base_path = document.base_path
        self._start_delay = start_delay
        self._delayed_starts = object()  # replaced to give up the starts that are delayed
        self._begin = begin
        call, conference = ("AccountSid", "CallSid"), ("AccountSid", "ConferenceSid")
        self._handlers = {
            "start_stream": _Handler(self._start, call, ("Url",)),
            "stop_stream": _Handler(self._stop, (*call, "Sid")),
            "start_conference_stream": _Handler(self._start, conference, ("Url",)),
            "stop_conference_stream": _Handler(self._stop, (*conference, "Sid")),
            "list_calls": _Handler(self._list_calls, ("AccountSid",)),
        }
        for operation_id, handler in self._handlers.items():
            document.require(operation_id, handler.path_parameters, handler.required_fields)

    def give_up_delayed_starts(self) -> None:
        """Do not carry out the starts that are still delayed."""
        self._delayed_starts = object()

    def require(self, operation_id: str) -> None:
        """Raise ApiError for an operation that has no handler."""
        if operation_id not in self._handlers:
            where = "the table in Operations, in signalwire_streams/mock/_api/operations.py"
            raise ApiError(501, 20504, f"The mock has no handler for {operation_id}. Add one to {where}.")

    async def run(self, operation_id: str, path: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, Any]:
        """Carry out an operation that has a handler, by the `operationId` that the document gives it.

        `path`: the path parameters.
        `fields`: the form or the query.
        """
        return await self._handlers[operation_id].run(path, fields)

    async def _start(self, path: Mapping[str, str], form: Mapping[str, str]) -> dict[str, Any]:
        await self._delay_start()
        parent = _parent(path)
        name = form.get("Name")
        with self._state.lock:  # so that no other request takes the name in between
            self._require(parent)
            if problem := self._state.why_no_stream(parent):
                fix = f"Start it on a {parent[0]} that is in progress."
                raise ApiError(422, 21220, f"A stream cannot be started: the {parent[0]} {problem}.", fix=fix)
            if name is not None and self._state.name_is_taken(parent, name):
                message = f"Name is in use by another stream of the {parent[0]}."
                fix = "Use another name, or stop the other stream first."
                raise ApiError(422, 10000, message, problems=[RequestProblem("Name", None, message, fix)])
            if self._state.is_full():
                raise ApiError(503, 20504, f"The mock runs {MAX_RUNNING} streams, which is its most. Stop some.")
            stream = MockStream(
                account_sid=path["AccountSid"],
                call_sid=path.get("CallSid", ""),
                conference_sid=path.get("ConferenceSid", ""),
                url=form["Url"],
                track=form.get("Track", "both_tracks"),
                codec=form.get("StreamCodec"),
                realtime={"true": True, "false": False}.get(form.get("StreamRealTime", "")),
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

    async def _stop(self, path: Mapping[str, str], _form: Mapping[str, str]) -> dict[str, Any]:
        parent, sid_or_name = _parent(path), path["Sid"]
        self._require(parent)
        stream = self._state.find_in(parent, sid_or_name)
        if stream is None and sid_or_name.endswith(".json"):
            stream = self._state.find_in(parent, sid_or_name.removesuffix(".json"))
        if stream is None:
            fix = f"Use the SID or the name of a stream of this {parent[0]}."
            raise ApiError(404, 20404, "The stream was not found.", fix=fix)
        self._state.stop_stream(stream)
        return self._describe(stream)

    async def _list_calls(self, path: Mapping[str, str], query: Mapping[str, str]) -> dict[str, Any]:
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        known = self._state.calls
        first = 0
        if page > 0:
            # A token names the last call of the page before, so that new calls do not move the pages. It is looked for
            # among all calls, because that call may have ended since, and no longer match the filters.
            tokens = [_page_token(call) for call in known]
            if query.get("PageToken") not in tokens:
                raise ApiError(400, 10000, "PageToken is not valid: take it from next_page_uri.")
            first = sum(_matches(call, query) for call in known[: tokens.index(query["PageToken"]) + 1])
        calls = [call for call in known if _matches(call, query)]
        shown = calls[first : first + size]
        account = quote(path["AccountSid"], safe="")
        filters = {name: value for name, value in query.items() if name not in {"Page", "PageToken", "PageSize"}}

        def uri(number: int, start: int) -> str:
            place = {"Page": number, "PageToken": _page_token(calls[start - 1])} if start > 0 else {"Page": 0}
            fields = {**filters, "PageSize": size, **place}
            return f"{self._base_path}/Accounts/{account}/Calls.json?{urlencode(fields)}"

        more = len(calls) > first + size
        return {
            "uri": uri(page, first),
            "first_page_uri": uri(0, 0),
            "next_page_uri": uri(page + 1, first + size) if more else None,
            "previous_page_uri": uri(page - 1, first - size) if page > 0 else None,
            "page": page,
            "page_size": size,
            "calls": [_describe_call(path["AccountSid"], call) for call in shown],
        }

    async def _delay_start(self) -> None:
        delayed, end = self._delayed_starts, anyio.current_time() + self._start_delay
        while (left := end - anyio.current_time()) > 0:
            await anyio.sleep(min(left, 0.05))  # in short steps, because another thread cannot wake it
            if delayed is not self._delayed_starts:
                raise GivenUpError

    def _require(self, parent: Parent) -> None:
        if not self._state.exists(parent):
            kind = parent[0]
            add = " with mock.add_call" if kind == "call" else f" to MockServer({kind}s=[…])"
            fix = f"The mock was given a list of {kind}s. Use one of them, or add this one{add}."
            raise ApiError(404, 20404, f"The {kind} was not found.", fix=fix)

    def _describe(self, stream: MockStream) -> dict[str, Any]:
        kind, parent_sid = stream.parent
        account, parent, sid = (quote(part, safe="") for part in (stream.account_sid, parent_sid, stream.sid))
        is_nameless = kind == "conference" and stream.name == stream.sid
        return {
            "sid": stream.sid,
            "account_sid": stream.account_sid,
            f"{kind}_sid": parent_sid,
            "name": None if is_nameless else stream.name,
            "status": stream.status,
            "date_updated": format_datetime(stream.date_updated),
            "uri": f"{self._base_path}/Accounts/{account}/{kind.title()}s/{parent}/Streams/{sid}.json",
        }


_FILTERS = {"Status": "status", "From": "from_", "To": "to", "ParentCallSid": "parent_call_sid"}


def _page_token(call: MockCall) -> str:
    return f"PA{call.sid}"


def _parent(path: Mapping[str, str]) -> Parent:
    return ("conference", path["ConferenceSid"]) if "ConferenceSid" in path else ("call", path["CallSid"])


def _matches(call: MockCall, query: Mapping[str, str]) -> bool:
    moments = {"StartTime": call.date_created, "EndTime": call.end_time}
    return all(getattr(call, field) == query[name] for name, field in _FILTERS.items() if name in query) and all(
        moment is not None and _day(query[name]) == moment.date() for name, moment in moments.items() if name in query
    )


def _day(text: str) -> date | None:
    """Return the day of a date such as `2026-03-01`, or of one of RFC 2822; None for other text."""
    with suppress(ValueError):
        return date.fromisoformat(text[:10])
    with suppress(ValueError):
        return parsedate_to_datetime(text).date()
    return None


def _describe_call(account_sid: str, call: MockCall) -> dict[str, Any]:
    is_answered = call.status in {"in-progress", "completed"}
    return {
        "sid": call.sid,
        "account_sid": account_sid,
        "status": call.status,
        "from": call.from_,
        "to": call.to,
        "direction": call.direction,
        "start_time": format_datetime(call.date_created) if is_answered else None,
        "end_time": None if call.end_time is None else format_datetime(call.end_time),
        "duration": None if call.end_time is None else int((call.end_time - call.date_created).total_seconds()),
        "parent_call_sid": call.parent_call_sid,
        "date_created": format_datetime(call.date_created),
        "date_updated": format_datetime(call.date_updated),
    }


def _custom_parameters(form: Mapping[str, str]) -> list[tuple[str, str]]:
    # Not shared with the client's code that encodes them, so that the two can disagree.
    indices = sorted(int(match[1]) for field in form if (match := _PARAMETER_NAME.fullmatch(field)))
    return [(form[f"Parameter{index}.Name"], form.get(f"Parameter{index}.Value", "")) for index in indices]
