"""A response is never taken for another call's: a faulty gateway can send one too many, or one too late."""

import asyncio
import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from signalwire_streams import APIResponseError, OutcomeUnknownError, RetryPolicy
from support.both import WITH_AIOHTTP, EitherClient, httpx_client
from support.canned import STREAM, CannedServer
from support.faulty import FAULTS, Connection, FaultyServer, faulty_server

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
ONCE = RetryPolicy(attempts=1, deadline=20)


def one_too_many(status: int, fields: dict[str, Any], *, has_own_record: bool = False) -> Any:
    """Answer, and send a response more in the same segment, to a request that nobody made.

    `has_own_record`: whether the second response is in a TLS record of its own.
    """
    more = json.dumps(fields).encode()

    def fault(connection: Connection) -> bool:
        request = connection.read()
        if request is None:
            return False
        connection.carry_out(request)
        second = b"HTTP/1.1 %d Any\r\nContent-Length: %d\r\n\r\n%b" % (status, len(more), more)
        if has_own_record:
            connection.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            connection.answer(200)
            connection.send(second)
            connection.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
        else:
            connection.answer(200, after=second)
        return True

    return fault


async def until_none_is_open(server: FaultyServer) -> None:
    """aiohttp ends a connection in the background, and the event loop must not be closed before it is done."""
    async with asyncio.timeout(10):
        while server.open:
            await asyncio.sleep(0.005)


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[FaultyServer]:
    context = None
    if request.param == "https":
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
    with faulty_server(context) as server:
        yield server


@pytest.mark.parametrize(
    ("status", "fields"), [(200, STREAM | {"call_sid": "CA1"}), (408, {})], ids=["a stream", "a 408"]
)
def test_a_connection_with_bytes_left_over_is_closed(
    kind: str, server: FaultyServer, status: int, fields: dict[str, Any]
) -> None:
    check_that_the_next_call_has_a_connection_of_its_own(kind, server, one_too_many(status, fields))


@pytest.mark.skipif(not hasattr(socket, "TCP_CORK"), reason="two TLS records cannot be put into one segment here")
@pytest.mark.kinds("sync", "async")
def test_a_connection_with_a_tls_record_left_over_is_closed(kind: str, server: FaultyServer) -> None:
    fault = one_too_many(200, STREAM | {"call_sid": "CA1"}, has_own_record=True)
    check_that_the_next_call_has_a_connection_of_its_own(kind, server, fault)


def check_that_the_next_call_has_a_connection_of_its_own(kind: str, server: FaultyServer, fault: Any) -> None:
    server.pick = lambda: fault
    with EitherClient(kind, "p", "t", server.url, retry=ONCE) as client:
        assert client.start_stream("CA1", URL, name="first").name == "first"
        second = client.start_stream("CA2", URL, name="second")
        if kind == "aiohttp":
            client._do(until_none_is_open(server))
    assert (second.call_sid, second.name) == ("CA2", "second")
    assert server.connections == 2


@pytest.mark.parametrize(("field", "value"), [("call_sid", "CA2"), ("name", "another")])
def test_the_outcome_of_a_start_is_unknown_where_the_stream_is_of_another_call_or_name(
    kind: str, canned: CannedServer, field: str, value: str
) -> None:
    canned.answer(200, STREAM | {"call_sid": "CA1", "name": "mine", field: value})
    with (
        EitherClient(kind, "p", "t", canned.url) as client,
        pytest.raises(OutcomeUnknownError, match="another call") as caught,
    ):
        client.start_stream("CA1", URL, name="mine")
    assert (caught.value.call_sid, caught.value.name) == ("CA1", "mine")
    assert len(canned.received) == 1


def test_a_stop_is_sent_again_over_a_new_connection(kind: str, canned: CannedServer) -> None:
    canned.answer(200, STREAM | {"call_sid": "CA2"})
    retry = RetryPolicy(attempts=2, backoff=0.001)
    with EitherClient(kind, "p", "t", canned.url, retry=retry) as client, pytest.raises(APIResponseError) as caught:
        client.stop_stream("CA1", "ST1")
    assert caught.value.attempts == len(canned.received) == 2
    if kind != "aiohttp":
        assert len({received.peer for received in canned.received}) == 2


@pytest.mark.kinds("sync", "async")
def test_it_is_found_through_an_http_client_of_the_users_own_too(kind: str, canned: CannedServer) -> None:
    canned.answer(200, STREAM | {"call_sid": "CA2"})
    http = httpx_client(kind)
    with EitherClient(kind, "p", "t", canned.url, http_client=http) as client, pytest.raises(OutcomeUnknownError):
        client.start_stream("CA1", URL)


def test_the_letters_case_of_a_sid_is_the_services_affair(kind: str, canned: CannedServer) -> None:
    canned.answer(200, STREAM | {"call_sid": "abc-def"})
    with EitherClient(kind, "p", "t", canned.url) as client:
        assert client.start_stream("ABC-DEF", URL).call_sid == "abc-def"


def test_a_408_says_nothing_about_a_start(kind: str) -> None:
    with faulty_server() as server, EitherClient(kind, "p", "t", server.url) as client:
        fault = FAULTS["status_408"]
        server.pick = lambda: fault
        with pytest.raises(OutcomeUnknownError):
            client.start_stream("CA1", URL)
        assert server.carried_out.total() == 0
