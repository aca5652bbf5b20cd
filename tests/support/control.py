"""Use the control API of a mock over real sockets, and hold each of its responses against the OpenAPI document."""

import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml
from jsonschema_rs import Draft202012Validator
from signalwire_streams.mock import MockServer

from support.document import resolve

PATH = Path(__file__).parents[2] / "openapi" / "mock-control.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(PATH.read_text("utf-8"))
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


EVENTS = validator({"$ref": "#/components/schemas/Event"})


def check_response(operation_id: str, response: HTTPResponse, body: bytes | None) -> Any:
    """Hold a response against the document, and return its JSON or bytes. A body of None is not at its end."""
    _, _, operation = OPERATIONS[operation_id]
    assert str(response.status) in operation["responses"], f"{operation_id} must not respond {response.status}"
    check_headers(response)
    described = resolve(operation["responses"][str(response.status)], DOCUMENT)["content"]
    media_type = (response.getheader("Content-Type") or "").partition(";")[0]
    assert media_type in described, f"{operation_id} {response.status} must not be {media_type}"
    if media_type != "application/json":
        return body
    assert body is not None
    value = json.loads(body)
    validator(described[media_type]["schema"]).validate(value)
    return value


def check_headers(response: HTTPResponse) -> None:
    for name, value in SAFE_HEADERS.items():
        assert response.getheader(name) == value
    assert re.search("default-src 'self';.*frame-ancestors 'none'", response.getheader("Content-Security-Policy") or "")
    assert not [name for name in response.headers if name.lower().startswith("access-control-")]


class Refused(Exception):  # noqa: N818  it is expected
    """An error response."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


class Control:
    """A client of the control API."""

    def __init__(self, mock: MockServer) -> None:
        self._host = urlsplit(mock.url).netloc
        self.met: set[tuple[str, int]] = set()

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HTTPConnection:
        """Send a request as it is."""
        connection = HTTPConnection(self._host, timeout=10)
        connection.request(method, path, body, dict(headers or {}))
        return connection

    def begin(
        self,
        operation_id: str,
        *parameters: object,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        **fields: object,
    ) -> HTTPConnection:
        """Ask for an operation, without waiting for the response."""
        method, path, operation = OPERATIONS[operation_id]
        for parameter in parameters:
            path = re.sub(r"\{\w+\}", quote(str(parameter), safe=""), path, count=1)
        if "requestBody" in operation and body is None:
            body = json.dumps(fields).encode()
        given = {"Content-Type": "application/json", **(headers or {})} if body is not None else headers
        return self.send(method, f"/_mock{path}{query}", body, given)

    def open(self, operation_id: str, *parameters: object, **options: Any) -> tuple[HTTPConnection, HTTPResponse]:
        """Ask for an operation, and return the response with its connection."""
        connection = self.begin(operation_id, *parameters, **options)
        return connection, connection.getresponse()

    def __call__(self, operation_id: str, *parameters: object, **options: Any) -> Any:
        """Ask for an operation, and return the whole response, which is as documented. Raises Refused."""
        connection, response = self.open(operation_id, *parameters, **options)
        try:
            value = check_response(operation_id, response, response.read())
        finally:
            connection.close()
        self.met.add((operation_id, response.status))
        if response.status >= 400:
            raise Refused(response.status, value["message"])
        return value

    def refusal(self, operation_id: str, *parameters: object, **options: Any) -> tuple[int, str]:
        """Ask for an operation that is refused, and return the status and the message."""
        try:
            value = self(operation_id, *parameters, **options)
        except Refused as refused:
            return refused.status, refused.message
        raise AssertionError(f"{operation_id} was not refused: {value}")

    @contextmanager
    def events(self, *, after: object = None, last_event_id: object = None) -> Iterator[Iterator[dict[str, Any]]]:
        """Read events, each of which is as documented: its `event`, `data` and `id`."""
        query = "" if after is None else f"?after={after}"
        headers = None if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
        connection, response = self.open("get_events", query=query, headers=headers)
        try:
            check_response("get_events", response, None)
            self.met.add(("get_events", response.status))
            assert response.readline() == b":\n"
            yield parsed(response)
        finally:
            hang_up(connection, response)


def hang_up(connection: HTTPConnection, response: HTTPResponse) -> None:
    """Close a connection in the middle of its response."""
    response.close()
    connection.close()


def parsed(response: HTTPResponse) -> Iterator[dict[str, Any]]:
    """Yield the events of a response, until it ends."""
    fields: dict[str, str] = {}
    while line := response.readline():
        name, sign, value = line.decode("ascii").rstrip("\n").partition(": ")
        if sign:
            fields[name] = value
        elif fields:
            event: dict[str, Any] = {"event": fields["event"], "data": json.loads(fields["data"])}
            EVENTS.validate(event)
            assert ("id" in fields) is (event["event"] != "levels")
            yield event | ({"id": int(fields["id"])} if "id" in fields else {})
            fields = {}


def next_of(events: Iterator[dict[str, Any]], kind: str) -> Any:
    """Read events up to one of a kind, and return its data."""
    return next(event["data"] for event in events if event["event"] == kind)


def raw_response(mock: MockServer, head: str) -> int:
    """Send a request byte by byte as given, and return the status."""
    host = urlsplit(mock.url)
    with socket.create_connection((str(host.hostname), host.port or 0), timeout=10) as connection:
        connection.sendall(head.encode())
        return int(connection.makefile("rb").readline().split()[1])
