"""Cancelling, Ctrl-C and closing while calls are under way: nothing hangs, nothing is left, no stream is forgotten."""

import asyncio
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
import trio
import trustme
from signalwire_streams import (
    APIError,
    AsyncStreamsClient,
    ClientStateError,
    OutcomeUnknownError,
    RetryPolicy,
    ServerError,
    StreamsClient,
)
from signalwire_streams.transports import AiohttpTransport
from support.both import WITH_AIOHTTP, EitherClient, httpx_client
from support.canned import STREAM
from support.faulty import FaultyServer, faulty_server
from support.proxy import connecting_proxy

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
ONCE = RetryPolicy(attempts=1, deadline=20)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server
        server.wait_until_all_are_closed()


async def until_something_was_sent(server: FaultyServer) -> None:
    with anyio.fail_after(10):
        while not server.carried_out:
            await anyio.sleep(0.005)


def test_a_cancelled_call_ends_at_once_and_the_client_goes_on(server: FaultyServer) -> None:
    async def main() -> None:
        server.does("say_nothing", "ok")
        async with AsyncStreamsClient("p", "t", server.url, retry=ONCE) as client:
            task = asyncio.create_task(client.start_stream("CA1", URL, name="mine"))
            await until_something_was_sent(server)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await client.start_stream("CA1", URL)).status == "queued"
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_cancelled_start_of_a_block_is_stopped_by_its_name(server: FaultyServer, backend: str) -> None:
    async def start(client: AsyncStreamsClient) -> None:
        async with client.stream("CA1", URL, name="mine"):
            pytest.fail("the block must not be entered")

    async def main() -> None:
        server.does("say_nothing", "ok")
        async with AsyncStreamsClient("p", "t", server.url, retry=ONCE) as client, anyio.create_task_group() as group:
            group.start_soon(start, client)
            await until_something_was_sent(server)
            group.cancel_scope.cancel()
        assert server.carried_out == {("start", "mine"): 1, ("stop", "mine"): 1}

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_cancelled_block_stops_its_stream(server: FaultyServer, backend: str) -> None:
    async def main() -> None:
        async with AsyncStreamsClient("p", "t", server.url, retry=ONCE) as client:
            with anyio.move_on_after(0.1):
                async with client.stream("CA1", URL) as stream:
                    await anyio.sleep_forever()
            assert server.carried_out["stop", stream.sid] == 1

    anyio.run(main, backend=backend)


def test_a_second_cancellation_ends_the_stop_of_a_cancelled_block(server: FaultyServer) -> None:
    async def main() -> None:
        entered = asyncio.Event()

        async def block() -> None:
            async with client.stream("CA1", URL, name="mine"):
                entered.set()
                await asyncio.sleep(60)

        server.does("ok", "ok_in_a_while")
        async with AsyncStreamsClient("p", "t", server.url, retry=ONCE) as client:
            task = asyncio.create_task(block())
            await entered.wait()
            task.cancel()
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
        sid = STREAM["sid"]
        assert caught.value.__notes__ == [f"Stream {sid} on call CA1 may be running. Stopping it was interrupted."]

    asyncio.run(main())


@pytest.mark.parametrize("error", [ZeroDivisionError, None])
def test_a_cancellation_while_the_stop_is_under_way_comes_after_it(
    server: FaultyServer, error: type[Exception] | None
) -> None:
    async def main() -> None:
        leaving = asyncio.Event()

        async def block() -> None:
            try:
                async with client.stream("CA1", URL, name="mine"):
                    leaving.set()
                    if error is not None:
                        raise error
            except ZeroDivisionError:
                await asyncio.sleep(5)  # the cancellation arrives here

        server.does("ok", "ok_in_a_while")
        async with AsyncStreamsClient("p", "t", server.url, retry=ONCE) as client:
            task = asyncio.create_task(block())
            await leaving.wait()
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert server.carried_out["stop", STREAM["sid"]] >= 1

    asyncio.run(main())


def test_trio_is_served_as_asyncio_is(server: FaultyServer) -> None:
    async def main() -> str:
        server.does("status_429", "ok")
        async with AsyncStreamsClient("p", "t", server.url, retry=RetryPolicy(backoff=0.001)) as client:
            return (await client.start_stream("CA1", URL)).status

    assert trio.run(main) == "queued"


def test_a_block_whose_start_has_an_unknown_outcome_is_stopped_by_its_name(kind: str, server: FaultyServer) -> None:
    server.does("close_after_reading", "ok")
    with EitherClient(kind, "p", "t", server.url, retry=ONCE) as client:
        with pytest.raises(OutcomeUnknownError) as caught, client.stream("CA1", URL, name="mine"):
            pytest.fail("the block must not be entered")
    assert server.carried_out == {("start", "mine"): 1, ("stop", "mine"): 1}
    assert not hasattr(caught.value, "__notes__")


def test_a_block_that_cannot_be_stopped_either_says_so_in_a_note(kind: str, server: FaultyServer) -> None:
    server.does("close_after_reading", "status_401")
    with EitherClient(kind, "p", "t", server.url, retry=ONCE) as client:
        with pytest.raises(OutcomeUnknownError) as caught, client.stream("CA1", URL, name="mine"):
            pytest.fail("the block must not be entered")
    (note,) = caught.value.__notes__
    assert note.startswith("Stream mine on call CA1 may be running. It could not be stopped: no (POST ")


def test_a_block_whose_start_was_refused_stops_nothing(kind: str, server: FaultyServer) -> None:
    server.does("status_422", "ok")
    with EitherClient(kind, "p", "t", server.url, retry=ONCE) as client:
        with pytest.raises(APIError), client.stream("CA1", URL, name="mine"):
            pytest.fail("the block must not be entered")
    assert not server.carried_out


def test_the_first_exception_of_a_block_is_never_hidden(kind: str, server: FaultyServer) -> None:
    server.does("ok", "status_500")
    with EitherClient(kind, "p", "t", server.url, retry=ONCE) as client:
        with pytest.raises(ZeroDivisionError) as caught, client.stream("CA1", URL):
            raise ZeroDivisionError
        server.does("ok", "status_500")
        with pytest.raises(ServerError), client.stream("CA1", URL):
            pass
    assert "could not be stopped" in caught.value.__notes__[0]


CTRL_C = """
import sys
from signalwire_streams import RetryPolicy, StreamsClient
with StreamsClient("p", "t", sys.argv[1], retry=RetryPolicy(attempts=1, deadline=60), timeout=60) as client:
    try:
        with client.stream("CA1", "wss://stream.example.com/", name="mine"):
            print("entered", flush=True)
            import time
            time.sleep(60)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize(("fault", "printed"), [("say_nothing", "interrupted\n"), ("ok", "entered\ninterrupted\n")])
def test_ctrl_c_stops_what_was_started(server: FaultyServer, fault: str, printed: str) -> None:
    server.does(fault, "ok")
    command = [sys.executable, "-W", "error", "-c", CTRL_C, server.url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ends = time.monotonic() + 20
    while not server.carried_out and time.monotonic() < ends:
        time.sleep(0.01)
    time.sleep(0.1)  # the answer is on its way, or none is
    os.kill(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert (output, errors, process.returncode) == (printed, "", 0)
    stopped = [name for (action, name), _ in server.carried_out.items() if action == "stop"]
    assert len(stopped) == 1
    if fault == "say_nothing":
        assert stopped == ["mine"]


def test_closing_a_client_ends_the_calls_of_other_threads(server: FaultyServer) -> None:
    server.does("say_nothing")
    client = StreamsClient("p", "t", server.url, retry=ONCE, timeout=20)
    ended: list[BaseException] = []

    def call() -> None:
        try:
            client.stop_stream("CA1", "ST1")
        except BaseException as error:  # noqa: BLE001  it is looked at below
            ended.append(error)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    while server.carried_out["stop", "ST1"] < 4:
        time.sleep(0.005)
    client.close()
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)
    assert all(isinstance(error, APIError | ClientStateError) for error in ended), ended
    assert len(ended) == 4


def test_closing_an_async_client_ends_its_calls(server: FaultyServer) -> None:
    async def main() -> list[BaseException]:
        server.does("say_nothing")
        client = AsyncStreamsClient("p", "t", server.url, retry=ONCE, timeout=20)
        tasks = [asyncio.create_task(client.stop_stream("CA1", f"ST{number}")) for number in range(4)]
        while len(server.carried_out) < 4:
            await asyncio.sleep(0.005)
        await client.aclose()
        found = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return [error for error in found if isinstance(error, BaseException)]

    ended = asyncio.run(main(), debug=True)
    assert all(isinstance(error, APIError | ClientStateError) for error in ended), ended
    assert len(ended) == 4


def test_closing_a_client_sends_nothing_of_the_threads_that_wait_for_a_connection(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalwire_streams._transport._environment.MAX_CONNECTIONS", 1)
    server.does("say_nothing")
    client = StreamsClient("p", "t", server.url, retry=ONCE, timeout=20)
    ended: list[BaseException] = []

    def call() -> None:
        try:
            client.start_stream("CA1", URL)
        except BaseException as error:  # noqa: BLE001  it is looked at below
            ended.append(error)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    while not server.carried_out:
        time.sleep(0.005)
    client.close()
    for thread in threads:
        thread.join(5)
    assert sorted(type(error).__name__ for error in ended) == ["ClientStateError"] * 3 + ["OutcomeUnknownError"]
    assert server.carried_out.total() == server.connections == 1
    server.wait_until_all_are_closed()


@pytest.mark.parametrize("transport", [None, AiohttpTransport], ids=["default", "aiohttp"])
def test_closing_an_async_client_sends_nothing_of_what_waits_for_a_connection_and_cancels_nobody(
    transport: type[AiohttpTransport] | None, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalwire_streams._transport._environment.MAX_CONNECTIONS", 1)
    server.does("say_nothing")
    through = None if transport is None else transport(max_connections=1)
    client = AsyncStreamsClient("p", "t", server.url, retry=ONCE, timeout=20, transport=through)

    async def main() -> list[object]:
        tasks = [asyncio.create_task(client.start_stream("CA1", URL)) for _ in range(4)]
        while not server.carried_out:
            await asyncio.sleep(0.005)
        await client.aclose()
        return [*await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)]

    ended = asyncio.run(main())
    assert sorted(type(error).__name__ for error in ended) == ["ClientStateError"] * 3 + ["OutcomeUnknownError"]
    assert server.carried_out.total() == server.connections == 1
    server.wait_until_all_are_closed()


FORK = """
import os, sys
from signalwire_streams import StreamsClient
client = StreamsClient("p", "t", sys.argv[1])
client.start_stream("CA1", "wss://stream.example.com/", name="before")
if child := os.fork():
    os.waitpid(child, 0)
    client.start_stream("CA1", "wss://stream.example.com/", name="parent")
else:
    client.start_stream("CA1", "wss://stream.example.com/", name="child")
    if sys.argv[2] == "exits":  # and so leaves open what it may share with its parent
        os._exit(0)
client.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("child", ["closes", "exits"])
def test_a_process_that_was_forked_leaves_the_connections_to_its_parent(server: FaultyServer, child: str) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", FORK, server.url, child], check=True, timeout=20)
    assert [name for _, name in server.carried_out] == ["before", "child", "parent"]
    assert server.connections == 2
    server.wait_until_all_are_closed()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("child", ["closes", "exits"])
def test_a_forked_process_shares_no_tls_connection_through_a_proxy_with_its_parent(tmp_path: Path, child: str) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with faulty_server(context) as server, connecting_proxy() as proxy:
        environment = {**os.environ, "HTTPS_PROXY": proxy, "NO_PROXY": "", "SSL_CERT_FILE": str(tmp_path / "ca.pem")}
        command = [sys.executable, "-W", "error", "-c", FORK, server.url, child]
        subprocess.run(command, check=True, timeout=20, env=environment)
        assert [name for _, name in server.carried_out] == ["before", "child", "parent"]
        assert server.connections == 2
        server.wait_until_all_are_closed()


@pytest.mark.parametrize("whose", ["its own", "the user's"])
def test_a_closed_client_says_that_it_is_closed_whosever_httpx_it_sends_by(
    kind: str, server: FaultyServer, whose: str
) -> None:
    options = {"http_client": httpx_client(kind)} if whose == "the user's" else {}
    with EitherClient(kind, "p", "t", server.url, **options) as client:
        client.start_stream("CA1", URL)
        client._do(client.client.close() if kind == "sync" else client.client.aclose())
        with pytest.raises(ClientStateError, match="^The client is closed. Make a new one"):
            client.start_stream("CA1", URL)
        assert server.carried_out.total() == 1


def test_a_second_event_loop_is_told_that_the_client_belongs_to_the_first(server: FaultyServer) -> None:
    client = AsyncStreamsClient("p", "t", server.url)
    with asyncio.Runner() as first:
        first.run(client.start_stream("CA1", URL))
        with pytest.raises(ClientStateError, match=re.escape("belongs to the event loop of its first call")):
            asyncio.run(client.start_stream("CA1", URL))
        first.run(client.aclose())
