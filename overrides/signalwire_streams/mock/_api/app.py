"""The ASGI application: check a request, carry it out, record it, and respond."""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, unquote

import anyio
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from signalwire_streams._loopback import is_loopback_host, is_own_origin
from signalwire_streams.mock._api.document import FORM, MAX_SHOWN_NAME, Document, Operation
from signalwire_streams.mock._api.errors import ApiError
from signalwire_streams.mock._api.faults import Faults, LostConnectionError, to_error
from signalwire_streams.mock._api.operations import GivenUpError, Operations
from signalwire_streams.mock._records import MockStream, RecordedRequest, RequestProblem, now
from signalwire_streams.mock._state import State

MAX_FIELDS = 300
MAX_BODY = 1_000_000
"""The size of a request body in bytes. The mock's own limit, far above that of any valid request."""
SECONDS_FOR_BODY = 10.0


class _Call:
    """What is known of a request while it is carried out."""

    def __init__(self, path: str, method: str, document: Document) -> None:
        self.path = path
        """The path as sent."""
        found = document.find(path)
        self.operations: dict[str, Operation] = {} if found is None else found[0]
        self.parameters: dict[str, str] = {} if found is None else found[1]
        self.operation = self.operations.get(method)
        self.stream_sid: str | None = None


class MockApp:
    """The API as an ASGI application.

    `document`: the OpenAPI document to validate requests against.
    `project`, `token`: the credentials to accept.
    `faults`: the failures that a test has planned.
    `start_delay`: seconds before a start is carried out.
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
        begin: Callable[[MockStream], None],
        hang_up: Callable[[Scope, Receive], Awaitable[None]],
    ) -> None:
        self._state = state
        self._document = Document(document)
        self._operations = Operations(state, self._document, start_delay, begin)
        self._credentials = (project, token)
        self._faults = faults
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

    async def replay(self, request: RecordedRequest) -> RecordedRequest:
        """Serve a recorded request again as if it came through a socket, and return its new record.

        Raises RuntimeError if the mock stops or is reset in the meantime.
        """
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(request.path),
            "raw_path": request.path.encode("ascii", "replace"),
            "query_string": request.query.encode("ascii", "replace"),
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()],
        }
        messages: list[Message] = [{"type": "http.disconnect"}, {"type": "http.request", "body": request.body}]

        async def receive() -> Message:
            return messages.pop() if len(messages) > 1 else messages[0]

        async def send(_message: Message) -> None:
            """Nobody reads the response, but it is recorded."""

        recorded = await self._serve(scope, receive, send, is_checked=True)
        if recorded is None:
            raise RuntimeError("The mock was stopped or reset before it carried the request out.")
        return recorded

    async def _serve(self, scope: Scope, receive: Receive, send: Send, *, is_checked: bool) -> RecordedRequest | None:
        """Serve a request, and return its record; None if it is not recorded, because its client is gone."""
        if scope["type"] != "http":
            raise RuntimeError(f"The mock serves HTTP only, not {scope['type']}.")
        arrived, start = now(), monotonic()
        request = Request(scope, receive)
        call = _Call(scope["raw_path"].decode("ascii", "replace"), request.method, self._document)
        body = b""
        response: JSONResponse | None = None
        problem: str | None = None
        problems: tuple[RequestProblem, ...] = ()
        code: int | None = None
        try:
            if is_checked:
                _refuse_web_pages(request.headers)
            body = await read_body(request)
            response = await self._respond(request, call, body)
        except ApiError as error:
            as_sentences = call.operation is not None and call.operation.has_sentences(error.status)
            response, problem, problems = error.response(as_sentences=as_sentences), error.message, error.problems
            code = None if as_sentences else error.code
        except ClientDisconnect:  # it has gone in the middle of the body, so there is no request to record
            return None
        except GivenUpError:  # nobody asks for it any more, so it is not recorded
            await self._hang_up(scope, receive)
            return None
        except LostConnectionError as error:
            problem, problems = error.message, error.problems
        recorded = self._state.add_request(
            RecordedRequest(
                method=request.method,
                path=call.path,
                status=response.status_code if response else 0,
                headers=dict(request.headers),
                body=body,
                problem=problem,
                query=scope["query_string"].decode("ascii", "replace"),
                time=arrived,
                duration=monotonic() - start,
                code=code,
                operation=call.operation.id if call.operation else None,
                problems=problems,
                response=bytes(response.body) if response else None,
                stream_sid=call.stream_sid,
            )
        )
        if response is None:
            await self._hang_up(scope, receive)
        else:
            response.headers.update(self.extra_headers)
            await response(scope, receive, send)
        return recorded

    async def _respond(self, request: Request, call: _Call, body: bytes) -> JSONResponse:
        failure = self._faults.take()
        if failure is not None:
            self._state.tell("fault")
            if not failure.carried_out:
                raise to_error(failure)
        response = JSONResponse(await self._carry_out(request, call, body))
        if failure is not None:
            raise to_error(failure)
        return response

    async def _carry_out(self, request: Request, call: _Call, body: bytes) -> dict[str, Any]:
        method, headers = request.method, request.headers
        if not call.operations:
            raise ApiError(404, 20404, "There is no such resource.", fix=self._document.nearest(call.path))
        operation, parameters = call.operation, call.parameters
        if operation is None:
            allowed = ", ".join(call.operations)
            message = f"The method {method[:20]} is not allowed here."
            raise ApiError(405, 20001, message, {"Allow": allowed}, fix=f"Use {allowed}.")
        project = self._authenticated_project(headers)
        if parameters["AccountSid"] != project:
            fix = f"Use the project as the AccountSid: {project}."
            raise ApiError(404, 20404, "The account was not found.", fix=fix)
        self._operations.require(operation.id)
        form = _parse_form(headers, body) if operation.has_form else _parse_query(request.scope["query_string"])
        operation.validate(form)
        answer = await self._operations.run(operation.id, parameters, form)
        call.stream_sid = answer.get("sid")
        return answer

    def _authenticated_project(self, headers: Headers) -> str:
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        try:
            project, _, token = b64decode(credentials, validate=True).decode().partition(":")
        except ValueError:  # invalid Base64 or UTF-8
            project = token = ""
        if scheme.lower() != "basic" or (project, token) != self._credentials:
            challenge = {"WWW-Authenticate": 'Basic realm="Compat API", charset="UTF-8"'}
            fix = (
                f"Use the project {self._credentials[0]} and the API token of the mock. "
                "They are mock.project and mock.token, or what the command printed."
            )
            raise ApiError(401, 20003, "Authentication failed.", challenge, fix=fix)
        return project


def _refuse_web_pages(headers: Headers) -> None:
    host = headers.get("host", "")
    if not is_loopback_host(host):
        problem = "The Host header must name this machine, as the mock's URL does. Use the URL that the mock printed."
        raise ApiError(421, 20003, problem)
    if not all(is_own_origin(origin, host) for origin in headers.getlist("origin")):
        raise ApiError(403, 20003, "A web page of another origin cannot use the mock. Send no Origin header.")


async def read_body(request: Request, limit: int = MAX_BODY) -> bytes:
    """Return the body of a request. Raises ApiError if it is larger than `limit`, or takes too long."""
    too_large = ApiError(413, 20001, f"The body has more than {limit} bytes.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit:
        raise too_large
    body = bytearray()
    with anyio.move_on_after(SECONDS_FOR_BODY):
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise too_large
        return bytes(body)
    raise ApiError(408, 20001, f"The body took more than {SECONDS_FOR_BODY:g} seconds.", {"Connection": "close"})


def _parse_form(headers: Headers, body: bytes) -> dict[str, str]:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        fix = f"Send the fields as a form, with the header Content-Type: {FORM}."
        raise ApiError(415, 20001, f"The body must be {FORM}.", fix=fix)
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
        message = "A field is given more than once."
        repeated = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        problems = [RequestProblem(name[:MAX_SHOWN_NAME], None, message, "Send it once.") for name in repeated]
        raise ApiError(400, 10000, message, problems=problems)
    return form
