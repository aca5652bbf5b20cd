"""Does the mock keep time with many streams at once? `python tests/bench/mock_scale.py --streams 200 --seconds 10`.

Streams of both tracks, in real time, from a mock, whose threads share one core as any of Python, to a receiver in another process. The lateness
of a message is how long after its audio was due, by its timestamp, the receiver has read it; a stream began when the
earliest of its messages, less its timestamp, was read. Every tenth stream is measured, and the others are read unseen,
so that the receiver is not what is slow.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import multiprocessing
import re
import statistics
import time
from multiprocessing.connection import Connection
from typing import Any

from signalwire_streams import StreamsClient
from signalwire_streams.mock import MockServer

MEASURED = 10
TIMESTAMP = re.compile(rb'"timestamp":"(\d+)"')


class Drain(asyncio.Protocol):
    """A WebSocket server's side that does as little as can be: it notes when it read which timestamp."""

    def __init__(self, all_heard: list[list[tuple[float, float]]]) -> None:
        self._heard: list[tuple[float, float]] = []
        self._is_measured = len(all_heard) % MEASURED == 0
        all_heard.append(self._heard)
        self._buffer = bytearray()
        self._is_open = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._is_open and not self._is_measured:
            return  # the mock gives up waiting for its answer to the close
        now = time.monotonic()
        self._buffer += data
        if not self._is_open:
            self._shake_hands()
            return
        at = 0
        while (frame := self._frame(at)) is not None:
            key, start, end = frame
            if self._buffer[at] == 0x88:  # a close frame
                self._transport.close()
                return
            head = self._buffer[start : min(end, start + 160)]  # the timestamp stands before the payload
            mask = (key * 40)[: len(head)]
            text = (int.from_bytes(head, "big") ^ int.from_bytes(mask, "big")).to_bytes(len(head), "big")
            if found := TIMESTAMP.search(text):
                self._heard.append((now, int(found[1]) / 1000))
            at = end
        del self._buffer[:at]

    def _frame(self, at: int) -> tuple[bytearray, int, int] | None:
        """Return the key, the start and the end of the frame that begins here, if all of it is there."""
        data = self._buffer
        if len(data) < at + 8:
            return None
        length, start = data[at + 1] & 127, at + 6
        if length == 126:
            length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 8
        return (data[start - 4 : start], start, start + length) if len(data) >= start + length else None

    def _shake_hands(self) -> None:
        found = re.search(rb"sec-websocket-key: *(\S+)\r\n.*\r\n\r\n", self._buffer, re.IGNORECASE | re.DOTALL)
        if found:
            accept = base64.b64encode(hashlib.sha1(found[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
            self._transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            self._buffer.clear()
            self._is_open = True


def receive(pipe: Connection) -> None:
    """Be the receiver's process: tell the port, drain until the window of time is told, and tell what came in it."""
    heard: list[list[tuple[float, float]]] = []

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: Drain(heard), "127.0.0.1", 0, backlog=1000)
        pipe.send(server.sockets[0].getsockname()[1])
        window = await asyncio.to_thread(pipe.recv)
        pipe.send(lateness(heard, *window))

    asyncio.run(serve())


def lateness(heard: list[list[tuple[float, float]]], begin: float, end: float) -> list[float]:
    late = []
    for stream in filter(None, heard):
        start = min(now - timestamp for now, timestamp in stream)
        late += [now - timestamp - start for now, timestamp in stream if begin <= now < end]
    return late


def messages(mock: MockServer) -> int:
    return sum(stream.sent.counts["media"] for stream in mock.streams)


def measure(streams: int, seconds: float) -> dict[str, float]:
    """Run so many streams for so long, and return messages a second, lateness in milliseconds and the mock's share of a core."""
    context = multiprocessing.get_context("spawn")
    pipe, far_end = context.Pipe()
    receiver = context.Process(target=receive, args=(far_end,), daemon=True)
    receiver.start()
    routes = {"wss://agent.example.com": f"ws://127.0.0.1:{pipe.recv()}"}
    with MockServer(routes=routes) as mock, StreamsClient(mock.project, mock.token, mock.url) as client:
        started = [client.start_stream(f"CA{index}", "wss://agent.example.com/") for index in range(streams)]
        for stream in started:
            mock.wait_for(stream, "in-progress", timeout=30)
        time.sleep(0.5)
        sent = messages(mock)
        begin, used = time.monotonic(), time.process_time()
        time.sleep(seconds)
        end, used = time.monotonic(), time.process_time() - used
        sent = messages(mock) - sent
        failed = [stream for stream in mock.streams if stream.status != "in-progress"]
        time.sleep(1)  # what is late still comes
        pipe.send((begin, end))
        late = sorted(pipe.recv())
    receiver.join()
    if failed:
        raise SystemExit(f"{len(failed)} streams ended: {failed[0].problem}")
    centiles = statistics.quantiles(late, n=100)
    return {
        "streams": streams,
        "messages_a_second": sent / (end - begin),
        "p50_ms": 1000 * centiles[49],
        "p99_ms": 1000 * centiles[98],
        "largest_ms": 1000 * late[-1],
        "share_of_a_core": used / (end - begin),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    print(json.dumps(measure(options.streams, options.seconds)))
