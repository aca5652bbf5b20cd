"""A server on a real socket that answers what a test tells it to, and keeps what it received."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


EXAMPLE = json.dumps(STREAM).encode()


def stream_for(target: str, form: bytes) -> dict[str, str]:
    """The stream that a service would answer with."""
    name = parse_qs(form.decode()).get("Name", [STREAM["name"]])[0]
    return STREAM | {"call_sid": unquote(target.split("/Calls/")[1].split("/", maxsplit=1)[0]), "name": name}


def answering_with_the_stream(request: httpx.Request) -> httpx.Response:
    """Answer from memory, as a handler of httpx.MockTransport."""
    return httpx.Response(200, json=stream_for(request.url.raw_path.decode(), request.content))


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
        body = self.body
        for name, asked in stream_for(target, form).items():
            body = body.replace(said(name, STREAM[name]), said(name, asked))
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
