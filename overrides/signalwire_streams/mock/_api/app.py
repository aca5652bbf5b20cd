"""The ASGI application: check a request, carry it out, record it, and respond."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import anyio
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from signalwire_streams._loopback import is_loopback_host, is_own_origin
from signalwire_streams.mock._api.document import FORM, Document
from signalwire_streams.mock._api.errors import ApiError
from signalwire_streams.mock._api.faults import Faults, LostConnectionError
from signalwire_streams.mock._api.operations import GivenUpError, Operations
from signalwire_streams.mock._records import MockStream, RecordedRequest
from signalwire_streams.mock._state import State

MAX_FIELDS = 300
MAX_BODY = 1_000_000
"""The size of a request body in bytes. The mock's own limit, far above that of any valid request."""
SECONDS_FOR_BODY = 10.0


class MockApp:
    """The API as an ASGI application.

    `document`: the OpenAPI document to validate requests against.
    `project`, `token`: the credentials to accept.
    `faults`: the failures that a test has planned.
    `start_delay`: seconds before a start is carried out.
    `on_request`: called with each request before its response is sent.
    `begin`: called with each new stream, once its response is made.
    `hang_up`: drops the connection of a request.
    """

    def __init__(
        self,
        state: State,
        document: Mapping[str, Any],
        *,
        project: str,
        token: str,
        faults: Faults,
        start_delay: float,
        on_request: Callable[[RecordedRequest], None] | None,
        begin: Callable[[MockStream], None],
        hang_up: Callable[[Scope, Receive], Awaitable[None]],
    ) -> None:
        self._state = state
        self._document = Document(document)
        self._operations = Operations(state, self._document, start_delay, begin)
        self._credentials = (project, token)
        self._faults = faults
        self._on_request = on_request
        self._hang_up = hang_up
        self.extra_headers: dict[str, str] = {}
        """Headers to add to every response."""

    def reset(self) -> None:
        """Give up delayed starts, and forget planned failures and extra headers."""
        self._operations.give_up_delayed_starts()
        self._faults.clear()
        self.extra_headers.clear()

    def give_up_delayed_starts(self) -> None:
        """Drop the connections of delayed starts, and do not carry them out."""
        self._operations.give_up_delayed_starts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of this process."""
        await self._serve(scope, receive, send, is_checked=False)

    async def call_from_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request that came through a socket, unless it comes from a web page of elsewhere."""
        await self._serve(scope, receive, send, is_checked=True)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, *, is_checked: bool) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"The mock serves HTTP only, not {scope['type']}.")
        request = Request(scope, receive)
        path = scope["raw_path"].decode("ascii", "replace")
        body = b""
        response: JSONResponse | None = None
        problem: str | None = None
        try:
            if is_checked:
                _refuse_web_pages(request.headers)
            body = await _read_body(request)
            response = await self._respond(request, path, body)
        except ApiError as error:
            found = self._document.find(path)
            operation = None if found is None else found[0].get(request.method)
            as_sentences = operation is not None and operation.has_sentences(error.status)
            response, problem = error.response(as_sentences=as_sentences), error.message
        except ClientDisconnect:  # it has gone in the middle of the body, so there is no request to record
            return
        except GivenUpError:  # nobody asks for it any more, so it is not recorded
            await self._hang_up(scope, receive)
            return
        except LostConnectionError:
            problem = "The test asked the mock to drop the connection."
        status = response.status_code if response else 0
        query = scope["query_string"].decode("ascii", "replace")
        recorded = RecordedRequest(request.method, path, status, dict(request.headers), body, problem, query)
        self._state.add_request(recorded)
        if self._on_request is not None:
            self._on_request(recorded)
        if response is None:
            await self._hang_up(scope, receive)
        else:
            response.headers.update(self.extra_headers)
            await response(scope, receive, send)

    async def _respond(self, request: Request, path: str, body: bytes) -> JSONResponse:
        fault = self._faults.take()
        if fault is not None and not fault.carried_out:
            raise fault.error
        response = JSONResponse(await self._carry_out(request, path, body))
        if fault is not None:
            raise fault.error
        return response

    async def _carry_out(self, request: Request, path: str, body: bytes) -> dict[str, Any]:
        method, headers = request.method, request.headers
        found = self._document.find(path)
        if found is None:
            raise ApiError(404, 20404, "There is no such resource.")
        operations, parameters = found
        if method not in operations:
            allowed = {"Allow": ", ".join(operations)}
            raise ApiError(405, 20001, f"The method {method[:20]} is not allowed here.", allowed)
        operation = operations[method]
        if parameters["AccountSid"] != self._authenticated_project(headers):
            raise ApiError(404, 20404, "The account was not found.")
        self._operations.require(operation.id)
        form = _parse_form(headers, body) if operation.has_form else _parse_query(request.scope["query_string"])
        operation.validate(form)
        return await self._operations.run(operation.id, parameters, form)

    def _authenticated_project(self, headers: Headers) -> str:
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        try:
            project, _, token = b64decode(credentials, validate=True).decode().partition(":")
        except ValueError:  # invalid Base64 or UTF-8
            project = token = ""
        if scheme.lower() != "basic" or (project, token) != self._credentials:
            challenge = {"WWW-Authenticate": 'Basic realm="Compat API", charset="UTF-8"'}
            raise ApiError(401, 20003, "Authentication failed.", challenge)
        return project


def _refuse_web_pages(headers: Headers) -> None:
    host = headers.get("host", "")
    if not is_loopback_host(host):
        problem = "The Host header must name this machine, as the mock's URL does. Use the URL that the mock printed."
        raise ApiError(421, 20003, problem)
    if not all(is_own_origin(origin, host) for origin in headers.getlist("origin")):
        raise ApiError(403, 20003, "A web page of another origin cannot use the mock. Send no Origin header.")


async def _read_body(request: Request) -> bytes:
    too_large = ApiError(413, 20001, f"The body has more than {MAX_BODY} bytes.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > MAX_BODY:
        raise too_large
    body = bytearray()
    with anyio.move_on_after(SECONDS_FOR_BODY):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise too_large
        return bytes(body)
    raise ApiError(408, 20001, f"The body took more than {SECONDS_FOR_BODY:g} seconds.", {"Connection": "close"})


def _parse_form(headers: Headers, body: bytes) -> dict[str, str]:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise ApiError(415, 20001, f"The body must be {FORM}.")
    return _parse_fields(body, "body")


def _parse_query(query: bytes) -> dict[str, str]:
    return _parse_fields(query, "query")


def _parse_fields(body: bytes, where: str) -> dict[str, str]:
    if body.count(b"&") >= MAX_FIELDS:
        raise ApiError(400, 10000, f"The {where} has more than {MAX_FIELDS} fields.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), errors="strict")
    except ValueError:
        raise ApiError(400, 10000, f"The {where} is not a well-formed form in UTF-8.") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise ApiError(400, 10000, "A field is given more than once.")
    return form
