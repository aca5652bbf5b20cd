"""A server on a real socket that does to each request what a test tells it to, as networks and gateways do.

It keeps count of the streams that it started, so that a test can tell whether one was started twice.
"""

import gzip
import json
import socket
import ssl
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, reduce
from urllib.parse import parse_qs

from support.canned import EXAMPLE, stream_for


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """The name of the stream that a start asks for, or that a stop names in the path."""
        return parse_qs(self.body.decode()).get("Name", [self.path.rpartition("/")[2]])[0]

    @property
    def is_start(self) -> bool:
        return b"Url=" in self.body


class Connection:
    """One connection, as a fault sees it."""

    def __init__(self, raw: socket.socket, server: "FaultyServer") -> None:
        self.raw = raw
        self.server = server
        self._unread = b""
        self.last: Request | None = None

    def read(self) -> Request | None:
        """Read a whole request; None when the client has gone."""
        while b"\r\n\r\n" not in self._unread:
            if not (more := self.raw.recv(65536)):
                return None
            self._unread += more
        head, _, rest = self._unread.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(rest) < length:
            if not (more := self.raw.recv(65536)):
                return None
            rest += more
        self._unread = rest[length:]
        self.last = Request(first.split()[0], first.split()[1], headers, rest[:length])
        return self.last

    def carry_out(self, request: Request) -> None:
        """Do what was asked: a start makes a stream, whatever its answer will be."""
        with self.server.lock:
            self.server.carried_out["start" if request.is_start else "stop", request.name] += 1
            self.server.requests.append(request)

    def send(self, data: bytes) -> None:
        self.raw.sendall(data)

    def answer(self, status: int, body: bytes = EXAMPLE, *headers: str, after: bytes = b"") -> None:
        if body == EXAMPLE and self.last is not None:
            body = json.dumps(stream_for(self.last.path, self.last.body)).encode()
        lines = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(body)}", *headers, "", ""]
        self.send("\r\n".join(lines).encode("latin-1") + body + after)

    def reset(self) -> None:
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.raw.close()

    def wait_for_the_client_to_go(self) -> None:
        with suppress(OSError):
            while self.raw.recv(65536):
                pass


# A fault takes a connection on which a request is about to come, and returns whether another may follow on it.
Fault = Callable[[Connection], bool]
FAULTS: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    FAULTS[function.__name__] = function
    return function


def answering(name: str, status: int, body: bytes = b"", *headers: str, done: bool = False) -> None:
    """Register a fault that answers so; `done` when the request is carried out all the same."""

    def answer(connection: Connection) -> bool:
        if (request := connection.read()) is None:
            return False
        if done:
            connection.carry_out(request)
        connection.answer(status, body, *headers)
        return True

    FAULTS[name] = answer


HTML = b"<html><body>\x1b[31mWe will be back soon</body></html>"
answering("ok", 200, EXAMPLE, done=True)
answering("html_with_200", 200, HTML, done=True)
answering("empty_200", 200, done=True)
answering("error_body_with_200", 200, b'{"code": 20001, "message": "no", "more_info": "", "status": 200}', done=True)
for _status in (400, 401, 403, 404, 408, 422, 429, 503):
    answering(f"status_{_status}", _status, b'{"code": 1, "message": "no", "more_info": "u", "status": 0}')
for _status in (500, 502, 504, 520, 599):
    answering(f"status_{_status}", _status, HTML, done=True)
answering("too_busy", 503, b"", "Retry-After: 0")
answering("gzip_broken", 200, b"\x1f\x8b\x08 not gzip", "Content-Encoding: gzip", done=True)
answering("gzip_cut", 200, gzip.compress(EXAMPLE)[:-9], "Content-Encoding: gzip", done=True)
answering(
    "gzip_good",
    200,
    gzip.compress(
        EXAMPLE.replace(b"b3877c40-da60-4998-90ad-b792e98472ca", b"CA1").replace(b"my_first_stream", b"mine")
    ),
    "Content-Encoding: gzip",
    done=True,
)
answering("brotli_unasked", 200, b"\x0b\x02\x80", "Content-Encoding: br", done=True)
answering("bad_header_bytes", 200, EXAMPLE, "X-Odd: \xff\xfe", "Set-Cookie: =;=;\xff", done=True)


@cache
def a_gigabyte_packed() -> bytes:
    megabyte = bytes(1_000_000)
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(megabyte) + packer.flush(zlib.Z_FULL_FLUSH)  # after which the next can be the same again
    check = reduce(lambda so_far, _: zlib.crc32(megabyte, so_far), range(1000), 0)
    header = b"\x1f\x8b\x08" + bytes(7)
    packed = header + block * 1000 + packer.flush() + struct.pack("<II", check, 1_000_000_000)
    assert len(packed) < 1_000_000
    return packed


@fault
def gzip_bomb(connection: Connection) -> bool:
    if request := connection.read():
        connection.carry_out(request)
    connection.answer(200, a_gigabyte_packed(), "Content-Encoding: gzip")
    return True


@fault
def reset_before_reading(connection: Connection) -> bool:
    connection.reset()
    return False


@fault
def reset_after_reading(connection: Connection) -> bool:
    if request := connection.read():
        connection.carry_out(request)
    connection.reset()
    return False


@fault
def close_after_reading(connection: Connection) -> bool:
    if request := connection.read():
        connection.carry_out(request)
    return False


@fault
def ok_in_a_while(connection: Connection) -> bool:
    time.sleep(0.2)
    return FAULTS["ok"](connection)


@fault
def ok_in_2_ms(connection: Connection) -> bool:
    request = connection.read()
    if request is None:
        return False
    time.sleep(0.002)
    connection.carry_out(request)
    connection.answer(200, EXAMPLE)
    return True


@fault
def ok_in_2_ms_and_close(connection: Connection) -> bool:
    request = connection.read()
    if request is not None:
        time.sleep(0.002)
        connection.carry_out(request)
        connection.answer(200, EXAMPLE, "Connection: close")
    return False


@fault
def close_after_answering(connection: Connection) -> bool:
    FAULTS["ok"](connection)
    return False


@fault
def say_nothing(connection: Connection) -> bool:
    if request := connection.read():
        connection.carry_out(request)
    connection.wait_for_the_client_to_go()
    return False


def drip(connection: Connection, data: bytes) -> bool:
    """Send a byte now and then, for 15 seconds: each read of the client succeeds, and none is the last."""
    with suppress(OSError):
        for byte in data:
            connection.send(bytes([byte]))
            time.sleep(0.03)
    return False


@fault
def drip_the_headers(connection: Connection) -> bool:
    if request := connection.read():
        connection.carry_out(request)
    return drip(connection, b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 60)


@fault
def drip_the_body(connection: Connection) -> bool:
    if request := connection.read():
        connection.carry_out(request)
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    return drip(connection, b" " * 500)


@fault
def half_a_body(connection: Connection) -> bool:
    if request := connection.read():
        connection.carry_out(request)
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(EXAMPLE) + EXAMPLE[: len(EXAMPLE) // 2])
    return False


@fault
def garbage(connection: Connection) -> bool:
    if request := connection.read():
        connection.carry_out(request)
    connection.send(bytes(range(256)) * 4)
    return False


@fault
def headers_without_end(connection: Connection) -> bool:
    if request := connection.read():
        connection.carry_out(request)
    with suppress(OSError):
        connection.send(b"HTTP/1.1 200 OK\r\n")
        for _ in range(10_000):
            connection.send(b"X-A: " + b"b" * 1000 + b"\r\n")
    return False


@fault
def body_of_100_megabytes(connection: Connection) -> bool:
    if request := connection.read():
        connection.carry_out(request)
    with suppress(OSError):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(1000):
            connection.send(b" " * 100_000)
    return False


@dataclass
class FaultyServer:
    url: str
    pick: Callable[[], Fault] = field(default=lambda: FAULTS["ok"])
    carried_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    connections: int = 0
    """How many were ever made."""
    requests: list[Request] = field(default_factory=list)
    """Those that were carried out."""
    open: int = 0
    """How many are open now."""

    def does(self, *names: str) -> None:
        """Do these to the next requests, one each, and the last to all that follow."""
        script = [FAULTS[name] for name in names]
        self.pick = lambda: script.pop(0) if len(script) > 1 else script[0]

    def wait_until_all_are_closed(self, seconds: float = 5) -> None:
        ends = time.monotonic() + seconds
        while self.open:
            assert time.monotonic() < ends, f"{self.open} connections were left open"
            time.sleep(0.005)


@contextmanager
def faulty_server(context: ssl.SSLContext | None = None) -> Iterator[FaultyServer]:
    """Run one; with a TLS context it speaks TLS."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    scheme = "https" if context else "http"
    server = FaultyServer(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
    threads: list[threading.Thread] = []

    def serve(raw: socket.socket) -> None:
        with server.lock:
            server.open += 1
            server.connections += 1
        try:
            if context is not None:
                raw = context.wrap_socket(raw, server_side=True)
            connection = Connection(raw, server)
            # A fault is picked when a request has begun to come, so that idle connections take none.
            while raw.recv(1, socket.MSG_PEEK) if context is None else True:
                if not server.pick()(connection):
                    break
        except OSError:
            pass
        finally:
            raw.close()
            with server.lock:
                server.open -= 1

    def accept() -> None:
        with suppress(OSError):
            while True:
                raw, _ = listener.accept()
                thread = threading.Thread(target=serve, args=(raw,), daemon=True)
                threads.append(thread)
                thread.start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join(10)
