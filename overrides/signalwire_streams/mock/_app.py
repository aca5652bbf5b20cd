"""The mock as an ASGI application: HTTP in, HTTP out, everything recorded."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from math import inf
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import anyio
import attrs
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from signalwire_streams.mock._document import FORM, Document
from signalwire_streams.mock._faults import Faults, LostError
from signalwire_streams.mock._service import RefusedError, Service
from signalwire_streams.mock._stream import MockStream

MAX_FIELDS = 300
_MORE_INFO = "https://developer.signalwire.com/rest/compatibility-api/error-codes"


@attrs.frozen
class RecordedRequest:
    """A request that the mock received, and the status that it answered."""

    method: str
    path: str
    """As it was sent, percent-encoded."""
    status: int
    """0 where a test made the mock lose the connection instead."""
    headers: Mapping[str, str] = attrs.field(repr=False)
    """The header names in lower case; credentials included, and so not in the `repr`."""
    body: bytes = attrs.field(repr=False)
    """The bytes of the body as they were sent."""
    problem: str | None = None
    """The message of the answer, where it was an error."""

    @property
    def form(self) -> list[tuple[str, str]]:
        """The fields of the body, in the order sent, as the standard library reads them."""
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)


class MockApp:
    """The application, for any server or test client of ASGI."""

    def __init__(
        self,
        service: Service,
        document: Mapping[str, Any],
        on_request: Callable[[RecordedRequest], None] | None = None,
        faults: Faults | None = None,
        start_delay: float = 0.0,
    ) -> None:
        if not 0 <= start_delay < inf:
            raise ValueError(f"start_delay must be a finite number of seconds, 0 or more, not {start_delay!r}.")
        self._service = service
        self._faults = faults or Faults()
        self._document = Document(document)
        url: str = document["servers"][0]["url"]
        self._base_path = urlsplit(url).path
        self._on_request = on_request
        self._start_delay = start_delay
        self._delayed = object()  # replaced to give up the starts that are delayed
        self.requests: list[RecordedRequest] = []
        self.answer_headers: dict[str, str] = {}
        """What each answer has beside its own headers."""
        self.begin: Callable[[MockStream], None] = service.connect
        """Called with each stream that was started, once its answer is made."""
        self.hang_up: Callable[[Scope, Receive], Awaitable[None]] = raise_reset

    def reset(self) -> None:
        """Forget all requests, delayed starts included, and the headers."""
        self.give_up_delayed_starts()
        self.requests = []
        self.answer_headers.clear()

    def give_up_delayed_starts(self) -> None:
        """Lose the connections of the starts that are still delayed, without carrying them out."""
        self._delayed = object()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"The mock answers HTTP, and nothing of the kind {scope['type']}.")
        request = Request(scope, receive)
        path = scope["raw_path"].decode("ascii", "replace")
        body = await request.body()
        requests = self.requests  # a reset during a delayed start replaces it
        response: JSONResponse | None = None
        try:
            response, problem = await self._respond(request.method, path, request.headers, body), None
        except RefusedError as refused:
            response, problem = _error(refused), refused.message
        except LostError:
            problem = "The connection was lost, as the test asked for."
        status = response.status_code if response else 0
        recorded = RecordedRequest(request.method, path, status, dict(request.headers), body, problem)
        requests.append(recorded)
        if self._on_request is not None:
            self._on_request(recorded)
        if response is None:
            await self.hang_up(scope, receive)
        else:
            response.headers.update(self.answer_headers)
            await response(scope, receive, send)

    async def _respond(self, method: str, path: str, headers: Headers, body: bytes) -> JSONResponse:
        fault = self._faults.take()
        if fault is not None and not fault.carried_out:
            raise fault.error
        stream, is_new = await self._carry_out(method, path, headers, body)
        response = JSONResponse(stream.answer(self._base_path))
        if is_new:
            self.begin(stream)
        if fault is not None:
            raise fault.error
        return response

    async def _carry_out(self, method: str, path: str, headers: Headers, body: bytes) -> tuple[MockStream, bool]:
        """Return the stream of the request, and whether it was started by it."""
        found = self._document.find(path)
        if found is None:
            raise RefusedError(404, 20404, "There is no such resource.")
        operations, values = found
        if method not in operations:
            allowed = {"Allow": ", ".join(operations)}
            raise RefusedError(405, 20001, f"The method {method[:20]} is not allowed here.", allowed)
        operation = operations[method]
        if values["AccountSid"] != self._authenticated_project(headers):
            raise RefusedError(404, 20404, "The account was not found.")
        form = _form(headers, body)
        if problem := operation.problem(form):
            raise RefusedError(400, problem.code, problem.message)
        if operation.id == "start_stream":
            await self._delay_start()
            return self._service.start(values["AccountSid"], values["CallSid"], form), True
        return self._service.stop(values["CallSid"], values["Sid"]), False

    async def _delay_start(self) -> None:
        delayed, ends = self._delayed, anyio.current_time() + self._start_delay
        while (left := ends - anyio.current_time()) > 0:
            await anyio.sleep(min(left, 0.05))  # another thread cannot wake it
            if delayed is not self._delayed:
                raise LostError

    def _authenticated_project(self, headers: Headers) -> str:
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        try:
            project, _, token = b64decode(credentials, validate=True).decode().partition(":")
        except ValueError:  # of Base64 or of UTF-8
            project = token = ""
        if scheme.lower() != "basic" or not self._service.is_token(project, token):
            challenge = {"WWW-Authenticate": 'Basic realm="Compat API", charset="UTF-8"'}
            raise RefusedError(401, 20003, "Authentication failed.", challenge)
        return project


def _form(headers: Headers, body: bytes) -> dict[str, str]:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise RefusedError(415, 20001, f"The body must be {FORM}.")
    if body.count(b"&") > MAX_FIELDS:
        raise RefusedError(400, 10000, "There are more fields than any request has.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), errors="strict")
    except ValueError:
        raise RefusedError(400, 10000, "The body is not a well-formed form in UTF-8.") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise RefusedError(400, 10000, "A field is given more than once.")
    return form


async def raise_reset(_scope: Scope, _receive: Receive) -> None:
    """Lose a connection where there is none, as with an application that is called in process."""
    raise ConnectionResetError("The connection was lost, as the test asked for.")


def _error(refused: RefusedError) -> JSONResponse:
    body = {"code": refused.code, "message": refused.message, "more_info": _MORE_INFO, "status": refused.status}
    return JSONResponse(body, refused.status, refused.headers)
