"""The mock as an ASGI application: HTTP in, HTTP out, everything recorded."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from signalwire_streams.mock._document import FORM, Document
from signalwire_streams.mock._service import MockStream, RefusedError, Service

MAX_FIELDS = 300
_MORE_INFO = "https://developer.signalwire.com/rest/compatibility-api/error-codes"


@attrs.frozen
class RecordedRequest:
    """A request that the mock received, and the status that it answered."""

    method: str
    path: str
    """As it was sent, percent-encoded."""
    status: int
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
    ) -> None:
        self._service = service
        self._document = Document(document)
        self._base_path = urlsplit(document["servers"][0]["url"]).path
        self._on_request = on_request
        self.requests: list[RecordedRequest] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"The mock answers HTTP, and nothing of the kind {scope['type']}.")
        request = Request(scope, receive)
        path = scope["raw_path"].decode("ascii", "replace")
        body = await request.body()
        problem = None
        try:
            stream = self._answer(request.method, path, request.headers, body)
            response = JSONResponse(stream.answer(self._base_path))
            self._service.connect(stream)
        except RefusedError as refused:
            response = _error(refused)
            problem = refused.message
        recorded = RecordedRequest(request.method, path, response.status_code, dict(request.headers), body, problem)
        self.requests.append(recorded)
        if self._on_request is not None:
            self._on_request(recorded)
        await response(scope, receive, send)

    def _answer(self, method: str, path: str, headers: Headers, body: bytes) -> MockStream:
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
            return self._service.start(values["AccountSid"], values["CallSid"], form)
        return self._service.stop(values["CallSid"], values["Sid"])

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


def _error(refused: RefusedError) -> JSONResponse:
    body = {"code": refused.code, "message": refused.message, "more_info": _MORE_INFO, "status": refused.status}
    return JSONResponse(body, refused.status, refused.headers)
