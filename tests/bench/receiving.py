"""What a WebSocket server pays for a media message, from the socket on. `python tests/bench/receiving.py --rounds 5`.

Each server runs in a process of its own, and reads streams of both tracks in real time. One server of each framework
reads the messages with StreamSession, the other with json.loads and base64.b64decode. Messages a second and core are
the messages of a round, divided by the processor time of the server's process in it.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import AsyncIterable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection

import uvicorn
from fastapi import FastAPI, WebSocket
from signalwire_streams.media import Media, StreamSession
from websockets.asyncio.server import serve
from websockets.frames import Frame, Opcode

FRAMEWORKS = ("websockets", "FastAPI")
READERS = ("by hand", "ours")
START = {
    "streamSid": "ST1",
    "accountSid": "AC1",
    "callSid": "CA1",
    "tracks": ["inbound", "outbound"],
    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
}
HANDSHAKE = (
    b"GET /audio HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Server:
    """A server under test, in the process that measures it."""

    def __init__(self, reader: str) -> None:
        self.read = self.read_by_hand if reader == "by hand" else self.read_with_a_session
        self.pieces = 0

    async def read_by_hand(self, texts: AsyncIterable[str]) -> None:
        async for text in texts:
            message = json.loads(text)
            if message["event"] == "media" and base64.b64decode(message["media"]["payload"]):
                self.pieces += 1

    async def read_with_a_session(self, texts: AsyncIterable[str]) -> None:
        with StreamSession() as session:
            async for text in texts:
                message = session.feed(text)
                if isinstance(message, Media) and message.payload:
                    self.pieces += 1

    async def serve_websockets(self, listener: socket.socket) -> None:
        async with serve(self.read, sock=listener, compression=None):  # type: ignore[arg-type]  # its texts may be bytes
            await asyncio.Event().wait()

    async def serve_fastapi(self, listener: socket.socket) -> None:
        app = FastAPI()

        async def audio(websocket: WebSocket) -> None:
            await websocket.accept()
            await self.read(websocket.iter_text())

        app.add_api_websocket_route("/audio", audio)
        await uvicorn.Server(uvicorn.Config(app, log_level="critical")).serve([listener])


def run_server(framework: str, reader: str, pipe: Connection) -> None:
    """Tell the port, and then, each time anything is asked, the pieces read and the processor time used."""
    server, listener = Server(reader), socket.create_server(("127.0.0.1", 0), backlog=1000)

    def tell() -> None:
        pipe.send(listener.getsockname()[1])
        while True:
            pipe.recv()
            pipe.send((server.pieces, time.process_time()))

    threading.Thread(target=tell, daemon=True).start()
    asyncio.run(server.serve_websockets(listener) if framework == "websockets" else server.serve_fastapi(listener))


@contextmanager
def running(framework: str, reader: str) -> Iterator[tuple[Connection, int]]:
    """Yield a pipe to the server, and its port."""
    context = multiprocessing.get_context("spawn")
    pipe, far_end = context.Pipe()
    process = context.Process(target=run_server, args=(framework, reader, far_end), daemon=True)
    process.start()
    try:
        yield pipe, pipe.recv()
    finally:
        process.kill()
        process.join()


def frame(message: dict[str, object]) -> bytes:
    return Frame(Opcode.TEXT, json.dumps(message).encode()).serialize(mask=True)


def pieces_of_20_ms(seconds: float) -> list[bytes]:
    """Return both tracks' messages of each 20 ms."""
    frames = []
    for chunk in range(1, int(50 * seconds) + 1):
        both = b""
        for number, track in enumerate(("inbound", "outbound")):
            payload = base64.b64encode(os.urandom(160)).decode()
            media = {"track": track, "chunk": str(chunk), "timestamp": str(20 * chunk), "payload": payload}
            both += frame({"event": "media", "sequenceNumber": str(2 * chunk + number), "media": media})
        frames.append(both)
    return frames


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """Yield a connection that has sent the start message, and close it as WebSockets are closed."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(HANDSHAKE)
    response = b""
    while not response.endswith(b"\r\n\r\n"):
        response += connection.recv(4096)
    connection.sendall(frame({"event": "connected", "protocol": "Call", "version": "0.2.0"}))
    connection.sendall(frame({"event": "start", "sequenceNumber": "1", "start": START}))
    yield connection
    connection.sendall(Frame(Opcode.CLOSE, (1000).to_bytes(2, "big")).serialize(mask=True))
    while connection.recv(4096):
        pass
    connection.close()


def send(pipe: Connection, port: int, streams: int, frames: list[bytes]) -> float:
    """Send each stream its messages in real time, and return messages a second and core."""

    def ask() -> tuple[int, float]:
        pipe.send("")
        pieces, used = pipe.recv()
        return pieces, used

    with ExitStack() as stack:
        connections = [stack.enter_context(connected(port)) for _ in range(streams)]
        time.sleep(0.1)  # the start messages are read
        before, used_before = ask()
        due = time.monotonic()
        for both in frames:
            time.sleep(max(0, due - time.monotonic()))
            due += 0.02
            for connection in connections:
                connection.sendall(both)
        pieces, used = ask()
        while pieces - before < 2 * len(frames) * streams:
            if time.monotonic() > due + 30:
                raise RuntimeError(f"the server read {pieces - before} messages of {2 * len(frames) * streams}")
            time.sleep(0.01)
            pieces, used = ask()
        return (pieces - before) / (used - used_before)


def measure(rounds: int, seconds: float, streams: int) -> dict[str, dict[str, list[float]]]:
    """Return messages a second and core of each round, for each framework and reader."""
    frames = pieces_of_20_ms(seconds)
    found: dict[str, dict[str, list[float]]] = {name: {reader: [] for reader in READERS} for name in FRAMEWORKS}
    with ExitStack() as stack:
        servers = {
            (name, reader): stack.enter_context(running(name, reader)) for name in FRAMEWORKS for reader in READERS
        }
        for number in range(rounds + 1):
            for (name, reader), (pipe, port) in servers.items():
                rate = send(pipe, port, streams, frames)
                if number:  # the first round warms up
                    found[name][reader].append(rate)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--streams", type=int, default=50)
    options = parser.parse_args()
    print(json.dumps(measure(options.rounds, options.seconds, options.streams)))
