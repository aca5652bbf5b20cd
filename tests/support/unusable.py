"""Hosts and proxies that a client cannot use, each with what it must say."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial

import trustme

Environment = dict[str, str]


@contextmanager
def listening(answer: Callable[[socket.socket], object]) -> Iterator[str]:
    """Call `answer` with each connection, and close it. Yields the address."""

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError):
            answer(client)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def answer_with(text: str, client: socket.socket) -> None:
    client.recv(65536)
    client.sendall(text.encode())


def html(status: str, more: str = "") -> str:
    return f"HTTP/1.1 {status}\r\n{more}Content-Length: 15\r\nConnection: close\r\n\r\n<!DOCTYPE html>"


@contextmanager
def unresolvable() -> Iterator[Environment]:
    yield {"SIGNALWIRE_SPACE": "https://no-such-host.invalid"}


@contextmanager
def refusing() -> Iterator[Environment]:
    yield {"SIGNALWIRE_SPACE": f"https://{closed_port()}"}


def authority_and_context(name: str) -> tuple[trustme.CA, ssl.SSLContext]:
    """A CA, and the context of a server whose certificate it has issued."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return authority, context


@contextmanager
def untrusted() -> Iterator[Environment]:
    _, context = authority_and_context("127.0.0.1")
    with listening(partial(context.wrap_socket, server_side=True)) as address:
        yield {"SIGNALWIRE_SPACE": f"https://{address}"}


@contextmanager
def without_tls() -> Iterator[Environment]:
    with listening(partial(answer_with, html("400 Bad Request"))) as address:
        yield {"SIGNALWIRE_SPACE": f"https://{address}"}


@contextmanager
def behind_closed_proxy() -> Iterator[Environment]:
    yield {"SIGNALWIRE_SPACE": "example", "HTTPS_PROXY": f"http://{closed_port()}"}


@contextmanager
def behind_unresolvable_proxy() -> Iterator[Environment]:
    yield {"SIGNALWIRE_SPACE": "example", "HTTPS_PROXY": "http://no-such-proxy.invalid:8080"}


@contextmanager
def behind_refusing_proxy() -> Iterator[Environment]:
    with listening(partial(answer_with, html("407 Proxy Authentication Required"))) as address:
        yield {"SIGNALWIRE_SPACE": "example", "HTTPS_PROXY": f"http://{address}"}


@contextmanager
def silent() -> Iterator[Environment]:
    done = threading.Event()
    with listening(lambda _: done.wait(60)) as address:
        yield {"SIGNALWIRE_SPACE": f"http://{address}"}
        done.set()


@contextmanager
def answering(text: str) -> Iterator[Environment]:
    with listening(partial(answer_with, text)) as address:
        yield {"SIGNALWIRE_SPACE": f"http://{address}"}


UNUSABLE: dict[str, tuple[Callable[[], AbstractContextManager[Environment]], str]] = {
    "unknown name": (unresolvable, r"no-such-host\.invalid: .* The name cannot be resolved\. Check the host\."),
    "closed port": (refusing, r"Nothing listens there\. Check the host and its port\."),
    "untrusted certificate": (
        untrusted,
        r"Its certificate is not trusted\. Check the host, SSL_CERT_FILE and SSL_CERT_DIR\.",
    ),
    "no TLS": (without_tls, r"The TLS connection failed\. Check the host and its port\."),
    "closed proxy": (behind_closed_proxy, r"Check the proxy: HTTPS_PROXY and ALL_PROXY\."),
    "unknown proxy": (behind_unresolvable_proxy, r"Check the proxy: HTTPS_PROXY and ALL_PROXY\."),
    "refusing proxy": (behind_refusing_proxy, r"407 .*\. Check the proxy: HTTPS_PROXY and ALL_PROXY\."),
    "silence": (
        silent,
        r"in time \(ReadTimeout\)\. It was reached, but is slow\. To wait longer, pass a longer timeout\.",
    ),
    "closed connection": (partial(answering, ""), r"[^.]\. \(GET "),
    "web page": (
        partial(answering, html("200 OK")),
        r"not JSON\. It begins with '<!DOCTYPE html>'\. Check that the host is your SignalWire space\.",
    ),
    "no page": (
        partial(answering, html("404 Not Found")),
        r"no error object .* HTTP 404\) Check that the host is your SignalWire space\.",
    ),
    "redirect": (
        partial(answering, html("301 Moved", "Location: https://www.example.com/\r\n")),
        r"redirect to 'https://www\.example\.com/', which is not followed.* Check that the host is your SignalWire space\.",
    ),
}
