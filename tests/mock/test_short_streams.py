"""Streams that are stopped as they begin: each WebSocket is closed properly, and nothing is left open.

`--calls` sets how many there are; a failure prints the seed, and `--seed` repeats it.
"""

import asyncio
import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import MockServer
from support.sockets import listening, taking_callbacks
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request
from websockets.sync.server import ServerConnection as ThreadedConnection

URL = "wss://agent.example.com/audio"
EVENTS = "https://app.example.com/events"
THREADS = 4
LONGEST = 0.006
"""The seconds that a stream lives at most: as long as two or three handshakes."""
DESCRIPTORS = Path("/proc/self/fd")


class Receiver:
    """One WebSocket server for all streams, in one thread: cheap enough for thousands."""

    def __init__(self, port: int) -> None:
        self.url = f"ws://127.0.0.1:{port}"
        self.opened = 0
        self.ended: list[tuple[list[str], int | None]] = []
        """The events of each WebSocket and the code of its close frame; None if there was no close frame."""

    async def take(self, connection: ServerConnection) -> None:
        events: list[str] = []
        with suppress(ConnectionClosed):
            async for message in connection:
                events.append(json.loads(message)["event"])  # noqa: PERF401  a lost connection keeps what came
        frame = connection.protocol.close_rcvd
        self.ended.append((events, frame.code if frame else None))


@contextmanager
def receiving() -> Iterator[Receiver]:
    loop, ready, finished = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    receivers: list[Receiver] = []

    async def take(connection: ServerConnection) -> None:
        receivers[0].opened += 1
        await receivers[0].take(connection)

    async def run() -> None:
        async with serve(take, "127.0.0.1", 0, compression=None) as server:
            receivers.append(Receiver(next(iter(server.sockets)).getsockname()[1]))
            ready.set()
            await finished.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[run()])
    thread.start()
    try:
        assert ready.wait(10)
        yield receivers[0]
    finally:
        loop.call_soon_threadsafe(finished.set)
        thread.join()
        loop.close()


def descriptors() -> int:
    return len(list(DESCRIPTORS.iterdir())) if DESCRIPTORS.exists() else 0


def test_short_streams_end_with_a_close_frame_and_leave_no_descriptors(pytestconfig: pytest.Config) -> None:
    seed, count = pytestconfig.getoption("--seed"), max(200, pytestconfig.getoption("--calls") // 4)
    print(f"{count} short streams: --seed {seed} --calls {2 * count}")

    def live(number: int) -> None:
        chance = random.Random(f"{seed} {number}")
        callback = EVENTS if chance.random() < 0.2 else None
        stream = client.start_stream(f"CA{number}", URL, status_callback=callback)
        if chance.random() < 0.8:
            time.sleep(chance.uniform(0, LONGEST))
        client.stop_stream(f"CA{number}", stream.sid)
        mock.wait_for(stream, "closed", timeout=30)

    with receiving() as receiver, taking_callbacks() as sink:
        routes = {"wss://agent.example.com": receiver.url, "https://app.example.com": sink.url}
        with MockServer(routes=routes) as mock, StreamsClient(mock.project, mock.token, mock.url) as client:
            with ThreadPoolExecutor(THREADS) as threads:
                list(threads.map(live, range(THREADS)))  # the connections of the client, which stay
                before = descriptors()
                list(threads.map(live, range(THREADS, count)))
            deadline = time.monotonic() + 10
            while (len(receiver.ended) < count or descriptors() > before) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert descriptors() <= before + THREADS  # the client may have opened its other connections later
            assert not any(stream.error for stream in mock.streams)
    assert receiver.opened == len(receiver.ended) == count
    for events, code in receiver.ended:
        assert code == 1000, f"no close frame after {events}"
        assert not events or (events[:2], events[-1]) == (["connected", "start"], "stop")


def test_a_stream_stopped_during_the_handshake_is_closed_without_messages(mock: MockServer) -> None:
    asked, stopped = threading.Event(), threading.Event()

    def answer_after_the_stop(_connection: ThreadedConnection, _request: Request) -> None:
        asked.set()
        stopped.wait(10)

    with listening(process_request=answer_after_the_stop) as listener, taking_callbacks() as sink:
        mock.route("wss://agent.example.com", listener.url)
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            stream = client.start_stream("CA1", URL, status_callback=sink.url)
            assert asked.wait(10)
            client.stop_stream("CA1", stream.sid)
            mock.wait_for_callback("stream-stopped", stream)  # which does not wait for the handshake
        stopped.set()
        ended = mock.wait_for(stream, "closed")
        heard = listener.the_one()
    assert (heard.texts, heard.close_code) == ([], 1000)
    assert (ended.error, ended.close_code, ended.history) == (None, 1000, ["queued", "stopped", "closed"])


@pytest.mark.parametrize("method", ["reset", "stop"])
def test_a_receiver_that_never_answers_does_not_hold_up_the_end_of_the_mock(method: str) -> None:
    asked, release = threading.Event(), threading.Event()

    def never_answer(_connection: ThreadedConnection, _request: Request) -> None:
        asked.set()
        release.wait(60)

    with listening(process_request=never_answer) as listener, MockServer(receiver_timeout=60) as mock:
        mock.route("wss://agent.example.com", listener.url)
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            client.start_stream("CA1", URL)
        assert asked.wait(10)
        before = time.monotonic()
        getattr(mock, method)()
        assert time.monotonic() - before < 30  # half of the receiver's timeout
        release.set()
