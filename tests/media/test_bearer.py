"""check_bearer, with the headers of real servers and a mock that sends the token."""

import http
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketException
from signalwire_streams import InputError, StreamsClient
from signalwire_streams.media import check_bearer
from signalwire_streams.mock import Audio, MockServer
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket as StarletteWebSocket
from websockets.datastructures import Headers as WebsocketsHeaders
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

TOKEN = "s3cret-t0ken"
PAIRS = {
    "the token": ([("Authorization", f"Bearer {TOKEN}")], True),
    "among others": ([("Host", "a"), ("Authorization", f"Bearer {TOKEN}"), ("X-Authorization", "x")], True),
    "scheme in lower case": ([("authorization", f"bearer {TOKEN}")], True),
    "scheme in upper case": ([("AUTHORIZATION", f"BEARER {TOKEN}")], True),
    "white space around": ([("Authorization", f" \tBearer   {TOKEN} \t")], True),
    "no header": ([("Host", "a")], False),
    "empty": ([("Authorization", "")], False),
    "no token": ([("Authorization", "Bearer")], False),
    "empty token": ([("Authorization", "Bearer ")], False),
    "no scheme": ([("Authorization", TOKEN)], False),
    "another scheme": ([("Authorization", f"Basic {TOKEN}")], False),
    "another token": ([("Authorization", f"Bearer {TOKEN}x")], False),
    "a part of the token": ([("Authorization", f"Bearer {TOKEN[:-1]}")], False),
    "the token in another case": ([("Authorization", f"Bearer {TOKEN.upper()}")], False),
    "two words": ([("Authorization", f"Bearer {TOKEN} {TOKEN}")], False),
    "the same header twice": ([(name, f"Bearer {TOKEN}") for name in ("Authorization", "AUTHORIZATION")], False),
    "two headers": ([("Authorization", "Bearer x"), ("authorization", f"Bearer {TOKEN}")], False),
    "non-ASCII": ([("Authorization", f"Bearer {TOKEN}é")], False),
}
KINDS: dict[str, Callable[[list[tuple[str, str]]], Any]] = {
    "pairs": list,
    "a generator": iter,
    "ASGI": lambda pairs: [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs],
    "Starlette": lambda pairs: Headers(raw=[(n.lower().encode(), v.encode("latin-1")) for n, v in pairs]),
    "websockets": WebsocketsHeaders,
    "httpx": lambda pairs: httpx.Headers(pairs, encoding="utf-8"),
    "a dict": dict,
}


@pytest.mark.parametrize("library", KINDS)
@pytest.mark.parametrize("case", PAIRS)
def test_only_the_token_is_accepted_in_the_headers_of_each_library(case: str, library: str) -> None:
    pairs, expected = PAIRS[case]
    assert check_bearer(KINDS[library](pairs), TOKEN) is expected


def test_a_byte_that_is_no_utf_8_is_never_a_character_of_the_token() -> None:
    for value in (b"Bearer a\xffb", "Bearer a\udcffb", "Bearer aÿb"):
        assert not check_bearer([("authorization", value)], "a?b")


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        (None, "must be a str; got NoneType"),
        (b"token", "must be a str; got bytes"),
        ("", "must not be empty. An empty token would let anyone in"),
        (f"{TOKEN}\n", "must hold only visible ASCII characters"),
        (f"{TOKEN} ", "must hold only visible ASCII characters"),
        ("tökén", "must hold only visible ASCII characters"),
        ("\ud800", "must not hold a lone surrogate"),
    ],
)
def test_a_token_that_nobody_could_send_is_refused(token: Any, problem: str) -> None:
    for value in ("Bearer ", "Bearer", "Bearer None", ""):
        with pytest.raises(InputError, match=f"^token {problem}") as refused:
            check_bearer({"authorization": value}, token)
        assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        (None, r"must be a mapping or \(name, value\) pairs; got NoneType"),
        (f"Bearer {TOKEN}", r"must be a mapping or \(name, value\) pairs; got str"),
        ([f"Bearer {TOKEN}"], r"must contain only \(name, value\) pairs"),
        ({"authorization": [f"Bearer {TOKEN}"]}, "must have text or bytes as names and values; got list"),
    ],
)
def test_headers_of_another_type_are_refused(headers: Any, problem: str) -> None:
    with pytest.raises(InputError, match=f"^headers {problem}") as refused:
        check_bearer(headers, TOKEN)
    assert TOKEN not in str(refused.value)


fastapi_app = FastAPI()


@fastapi_app.websocket("/audio")
async def fastapi_audio(websocket: WebSocket) -> None:
    if not check_bearer(websocket.headers, TOKEN):
        raise WebSocketException(1008)
    await websocket.accept()
    async for _ in websocket.iter_text():
        pass


async def starlette_audio(websocket: StarletteWebSocket) -> None:
    if not check_bearer(websocket.scope["headers"], TOKEN):
        await websocket.close(1008)
        return
    await websocket.accept()
    async for _ in websocket.iter_text():
        pass


starlette_app = Starlette(routes=[WebSocketRoute("/audio", starlette_audio)])


@contextmanager
def serving(app: Any) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def serving_websockets() -> Iterator[int]:
    def check(connection: ServerConnection, request: Request) -> Response | None:
        if check_bearer(request.headers, TOKEN):
            return None
        return connection.respond(http.HTTPStatus.UNAUTHORIZED, "The bearer token is missing or wrong.\n")

    def audio(connection: ServerConnection) -> None:
        for _ in connection:
            pass

    with serve(audio, "127.0.0.1", 0, process_request=check) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()


SERVERS: dict[str, tuple[Callable[[], AbstractContextManager[int]], int]] = {
    "fastapi": (lambda: serving(fastapi_app), 403),
    "starlette": (lambda: serving(starlette_app), 403),
    "websockets": (serving_websockets, 401),
}


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_takes_the_streams_that_the_mock_sends_with_the_token_and_no_others(server: str) -> None:
    make, status = SERVERS[server]
    audio = {"inbound": Audio.silence(seconds=0.04)}
    with make() as port, MockServer(audio=audio, realtime=False) as mock:
        mock.route("wss://agent.example.com", f"ws://127.0.0.1:{port}")
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            for token in (TOKEN, f"{TOKEN}x", None):
                stream = client.start_stream(
                    "CA1", "wss://agent.example.com/audio", track="inbound_track", authorization_bearer_token=token
                )
                ended = mock.wait_for(stream, "closed")
                refused = None if token == TOKEN else f"rejected the WebSocket handshake with HTTP status {status}."
                assert (ended.problem or "").endswith(refused or "")
                assert (ended.error, ended.sent.counts["media"]) == (
                    ("connection_refused", 0) if refused else (None, 2)
                )
