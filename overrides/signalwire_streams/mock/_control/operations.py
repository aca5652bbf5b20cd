"""Carry out the operations of the control API: each is a method of `MockServer`, or a look at what it knows."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

import attrs
from anyio.to_thread import run_sync
from starlette.responses import Response
from starlette.types import Receive, Scope

from signalwire_streams._version import __version__
from signalwire_streams.mock._control.audio import StreamAudio
from signalwire_streams.mock._control.errors import ControlError
from signalwire_streams.mock._control.events import EventHub
from signalwire_streams.mock._control.rendering import Renderer
from signalwire_streams.mock._control.responses import JsonResponse, StreamedResponse
from signalwire_streams.mock._control.snapshot import Snapshot
from signalwire_streams.mock._records import MockStream, Parent, RecordedCallback, RecordedRequest
from signalwire_streams.mock._state import State
from signalwire_streams.mock._streams import SessionConfig

if TYPE_CHECKING:
    from signalwire_streams.mock._server import MockServer

_R = TypeVar("_R", RecordedCallback, RecordedRequest)
_T = TypeVar("_T")
_Arguments = TypeVarTuple("_Arguments")
_UNSAFE_IN_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@attrs.frozen
class ControlRequest:
    """A valid request.

    `path`: the path parameters.
    `query`: the query.
    `headers`: the headers, with lower-case names.
    `fields`: the fields of the body.
    """

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    fields: Mapping[str, Any]


class Operations:
    """The operations, by the `operationId` that the document gives them. They run in the mock's event loop.

    `mock`: the mock to steer.
    `hang_up`: drops the connection of a request.
    """

    def __init__(
        self,
        mock: MockServer,
        *,
        state: State,
        config: SessionConfig,
        hub: EventHub,
        snapshot: Snapshot,
        render: Renderer,
        hang_up: Callable[[Scope, Receive], Awaitable[None]],
    ) -> None:
        self._mock = mock
        self._state = state
        self._config = config
        self._hub = hub
        self._snapshot = snapshot
        self._render = render
        self._hang_up = hang_up
        self._handlers: dict[str, Callable[[ControlRequest], Awaitable[Response]]] = {
            "get_health": self._get_health,
            "get_state": self._get_state,
            "get_events": self._get_events,
            "get_stream": self._get_stream,
            "get_stream_audio": self._get_stream_audio,
            "get_stream_wav": self._get_stream_wav,
            "press_keys": self._press_keys,
            "stop_stream": self._stop_stream,
            "drop_stream": self._drop_stream,
            "add_call": self._add_call,
            "end_call": self._end_call,
            "end_conference": self._end_conference,
            "fail_next": self._fail_next,
            "cancel_failures": self._cancel_failures,
            "add_route": self._add_route,
            "replay_request": self._replay_request,
            "resend_callback": self._resend_callback,
            "start_demo": self._start_demo,
            "reset": self._reset,
        }

    async def run(self, operation_id: str, request: ControlRequest) -> Response:
        """Carry out an operation. Raises ControlError."""
        return await self._handlers[operation_id](request)

    # See what the mock knows.

    async def _get_health(self, _: ControlRequest) -> Response:
        return JsonResponse({"status": "ok", "version": __version__})

    async def _get_state(self, _: ControlRequest) -> Response:
        # In another thread, because thousands of streams would delay the audio.
        state = partial(self._snapshot.everything, self._mock.url, self._hub.last)
        return await run_sync(lambda: JsonResponse(state()))

    async def _get_events(self, request: ControlRequest) -> Response:
        after = request.headers.get("last-event-id") or request.query.get("after")
        return StreamedResponse(self._hub.read(after), "text/event-stream", self._hang_up)

    async def _get_stream(self, request: ControlRequest) -> Response:
        return JsonResponse(self._render.stream(self._stream(request)))

    # Hear and steer streams.

    async def _get_stream_audio(self, request: ControlRequest) -> Response:
        stream, track = self._running_stream(request), request.query.get("track")
        if track not in stream.tracks:
            raise ControlError(400, f"track must be one that the stream has: {' or '.join(stream.tracks)}.")
        chunks = StreamAudio(stream, self._config).listen(track, lambda: self._hub.is_closed)
        return StreamedResponse(chunks, "application/octet-stream", self._hang_up)

    async def _get_stream_wav(self, request: ControlRequest) -> Response:
        stream = self._stream(request)
        size, chunks = StreamAudio(stream, self._config).wav()
        name = _UNSAFE_IN_FILE_NAME.sub("-", stream.name)[:100]
        headers = {"Content-Length": str(size), "Content-Disposition": f'attachment; filename="{name}.wav"'}
        return StreamedResponse(chunks, "audio/wav", self._hang_up, headers)

    async def _press_keys(self, request: ControlRequest) -> Response:
        self._mock.press(self._running_stream(request), request.fields["digits"])
        return JsonResponse({})

    async def _stop_stream(self, request: ControlRequest) -> Response:
        self._mock.stop_stream(self._stream(request))
        return JsonResponse({})

    async def _drop_stream(self, request: ControlRequest) -> Response:
        self._mock.drop(self._running_stream(request))
        return JsonResponse({})

    # Steer the mock.

    async def _add_call(self, request: ControlRequest) -> Response:
        fields = {"from_" if name == "from" else name: value for name, value in request.fields.items()}
        return JsonResponse(self._render.call(self._mock.add_call(**fields)))

    async def _end_call(self, request: ControlRequest) -> Response:
        self._mock.end_call(self._existing(("call", request.path["sid"])))
        return JsonResponse({})

    async def _end_conference(self, request: ControlRequest) -> Response:
        self._mock.end_conference(self._existing(("conference", request.path["sid"])))
        return JsonResponse({})

    async def _fail_next(self, request: ControlRequest) -> Response:
        try:
            self._mock.fail_next(**request.fields)
        except ValueError as error:
            raise ControlError(400, str(error)) from None
        return JsonResponse(self._snapshot.faults())

    async def _cancel_failures(self, _: ControlRequest) -> Response:
        self._mock.cancel_failures()
        return JsonResponse(self._snapshot.faults())

    async def _add_route(self, request: ControlRequest) -> Response:
        try:
            self._mock.route(request.fields["from"], request.fields["to"])
        except ValueError as error:
            raise ControlError(400, str(error)) from None
        return JsonResponse(self._snapshot.routes())

    async def _replay_request(self, request: ControlRequest) -> Response:
        recorded = _find(self._state.requests, request)
        return JsonResponse(self._render.request(await _in_other_thread(self._mock.replay, recorded)))

    async def _resend_callback(self, request: ControlRequest) -> Response:
        recorded = _find(self._state.callbacks, request)
        resent = await _in_other_thread(partial(self._mock.resend, **request.fields), recorded)
        return JsonResponse(self._render.callback(resent))

    async def _start_demo(self, _: ControlRequest) -> Response:
        return JsonResponse(self._render.stream(await _in_other_thread(self._mock.start_demo)))

    async def _reset(self, _: ControlRequest) -> Response:
        await _in_other_thread(self._mock.reset)
        return JsonResponse({})

    # Look things up.

    def _stream(self, request: ControlRequest) -> MockStream:
        stream = self._state.find(request.path["sid"])
        if stream is None:
            raise ControlError(404, "There is no such stream. Use the sid or name of a stream that the mock keeps.")
        return stream

    def _running_stream(self, request: ControlRequest) -> MockStream:
        stream = self._stream(request)
        if stream.status != "in-progress":
            raise ControlError(409, f"The stream is {stream.status}. Use a stream that is in progress.")
        return stream

    def _existing(self, parent: Parent) -> str:
        kind, sid = parent
        if not self._state.exists(parent):
            raise ControlError(404, f"There is no such {kind}. Use the sid of one that the mock accepts.")
        return sid


def _find(records: Sequence[_R], request: ControlRequest) -> _R:
    """Return the record with the id in the path. Raises ControlError."""
    found = next((record for record in reversed(records) if str(record.id) == request.path["id"]), None)
    if found is None:
        raise ControlError(404, "There is no such record. The state has the ids of those that the mock keeps.")
    return found


async def _in_other_thread(function: Callable[[*_Arguments], _T], *arguments: *_Arguments) -> _T:
    """Call a function that waits for the event loop. Raises ControlError if what it needs has gone."""
    try:
        return await run_sync(function, *arguments, abandon_on_cancel=True)
    except RuntimeError as error:
        raise ControlError(409, str(error)) from None
