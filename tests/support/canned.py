"""A server on a real socket that answers what a test tells it to, and keeps what it received."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote

import httpx

STREAM = {
    "sid": "b3877c40-da60-4998-90ad-b792e98472st",
    "account_sid": "b3877c40-da60-4998-90ad-b792e98472af",
    "call_sid": "b3877c40-da60-4998-90ad-b792e98472ca",
    "name": "my_first_stream",
    "status": "queued",
    "date_updated": "Wed, 19 Sep 2018 21:00:00 +0000",
    "uri": "/api/laml/2010-04-01/Accounts/a/Calls/c/Streams/s.json",
}


CONFERENCE_STREAM = {
    **{name: value for name, value in STREAM.items() if name != "call_sid"},
    "conference_sid": "b3877c40-da60-4998-90ad-b792e98472cf",
}

CALL = {
    "sid": "b3877c40-da60-4998-90ad-b792e98472ca",
    "account_sid": "b3877c40-da60-4998-90ad-b792e98472af",
    "status": "in-progress",
}

EXAMPLE = json.dumps(STREAM).encode()


def example_for(target: str) -> dict[str, str]:
    """The example of what a service would answer with: a stream of a call, or of a conference."""
    return CONFERENCE_STREAM if "/Conferences/" in target else STREAM


def stream_for(target: str, form: bytes) -> dict[str, Any]:
    """The stream that a service would answer with, or a page of one call."""
    if not form:
        return {"calls": [CALL], "next_page_uri": None}
    name = parse_qs(form.decode()).get("Name", [STREAM["name"]])[0]
    kind, sid = re.findall("/(Call|Conference)s/([^/?]+)", target)[0]
    return example_for(target) | {f"{kind.lower()}_sid": unquote(sid), "name": name}


def answering(request: httpx.Request, sent: list[httpx.Request] | None = None) -> httpx.Response:
    """Answer with the stream from memory, and keep the request, as a handler of httpx.MockTransport."""
    if sent is not None:
        sent.append(request)
    return httpx.Response(200, json=stream_for(request.url.raw_path.decode(), request.content))


def answering_with_the_stream(request: httpx.Request) -> httpx.Response:
    """Answer from memory, as a handler of httpx.MockTransport."""
    return answering(request)


@dataclass
class Received:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    peer: object
    """The other end of its connection."""


@dataclass
class CannedServer:
    url: str
    status: int = 200
    body: bytes = field(default_factory=lambda: json.dumps(STREAM).encode())
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    def answer(self, status: int, body: object, **headers: str) -> None:
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def body_for(self, target: str, form: bytes) -> bytes:
        """The body; what is the example's call and name in it are those that were asked for."""
        body, example = self.body, example_for(target)
        if not form:  # no start or stop
            return body
        for name, asked in stream_for(target, form).items():
            body = body.replace(said(name, example[name]), said(name, asked))
        return body


def said(field: str, value: str) -> bytes:
    return json.dumps({field: value})[1:-1].encode()


@contextmanager
def canned_server() -> Iterator[CannedServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece: in two, the second waits for the first to be acknowledged

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            canned.received.append(
                Received(self.command, self.path, dict(self.headers.items()), body, self.client_address)
            )
            answer = canned.body_for(self.path, body)
            self.send_response(canned.status)
            for name, value in canned.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815  the name that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    canned = CannedServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield canned
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
