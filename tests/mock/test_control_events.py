"""The events of the control API: numbered, kept, resumed, and bounded however slowly somebody reads."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import MockServer
from signalwire_streams.mock._control import events as hub
from signalwire_streams.mock._control import responses
from support.control import DOCUMENT, Control, next_of
from support.sockets import listening, taking_callbacks

URL = "wss://agent.example.com/audio"
KINDS = [each["properties"]["event"]["const"] for each in DOCUMENT["components"]["schemas"]["Event"]["oneOf"]]


def up_to(events: Iterator[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Read events up to the first one of a kind."""
    read = []
    for event in events:
        read.append(event)
        if event["event"] == kind:
            return read
    raise AssertionError(f"the events ended without {kind}")


def client_of(mock: MockServer) -> StreamsClient:
    return StreamsClient(mock.project, mock.token, mock.url)


def test_each_kind_of_event_tells_of_its_change(paged_mock: MockServer) -> None:
    met = set()
    with (
        listening() as agent,
        taking_callbacks() as sink,
        client_of(paged_mock) as client,
        Control(paged_mock).events(last_event_id=0) as events,
    ):

        def read(kind: str) -> Any:
            met.add(kind)
            return next_of(events, kind)

        assert read("resync") == {}
        paged_mock.add_call("CA1", from_="+15551230001")
        assert read("call")["from"] == "+15551230001"
        paged_mock.fail_next(429, retry_after=2)
        assert read("fault")["armed"] == [
            {"status": 429, "code": 20429, "lost": False, "carried_out": False, "retry_after": "2"}
        ]
        paged_mock.cancel_failures()
        assert read("fault") == {"armed": []}
        paged_mock.route("wss://agent.example.com", agent.url)
        assert read("route") == [{"from": "wss://agent.example.com", "to": agent.url, "reachable": None}]
        started = client.start_stream("CA1", URL, status_callback=sink.url)
        request = read("request")
        assert (request["status"], request["stream_sid"], request["operation"]) == (200, started.sid, "start_stream")
        stream = read("stream")
        while stream["status"] != "in-progress":
            stream = read("stream")
        assert (stream["sid"], stream["target"]) == (started.sid, agent.url)
        levels = read("levels")[started.sid]
        assert levels.keys() == {"inbound", "outbound", "behind", "sent"}
        paged_mock.end_call("CA1")
        assert read("call")["status"] == "completed"
        callback = read("callback")
        while callback["event"] != "stream-stopped":
            callback = read("callback")
        assert (callback["stream_sid"], callback["status"], callback["final"]) == (started.sid, 204, True)
        paged_mock.reset()
        assert read("reset") == {}
        assert [next(events)["data"] for _ in range(2)] == [{"armed": []}, []]
    assert met == set(KINDS)


def test_a_route_is_reachable_once_something_accepted_a_connection(paged_mock: MockServer) -> None:
    with listening() as agent, client_of(paged_mock) as client, Control(paged_mock).events() as events:
        for host, target, expected in (("good", agent.url, True), ("bad", "ws://127.0.0.1:1", False)):
            paged_mock.route(f"wss://{host}.example.com", target)
            assert next_of(events, "route")[-1]["reachable"] is None
            client.start_stream("CA1", f"wss://{host}.example.com/")
            assert next_of(events, "route")[-1] == {
                "from": f"wss://{host}.example.com",
                "to": target,
                "reachable": expected,
            }
        assert [route["reachable"] for route in Control(paged_mock)("get_state")["routes"]] == [True, False]


def test_a_key_press_and_a_message_of_the_receiver_are_events_of_the_stream(paged_mock: MockServer) -> None:
    control = Control(paged_mock)

    def answer(connection: Any, _: Any) -> None:
        for message in connection:
            if '"dtmf"' in message:
                connection.send('{"event": "mark", "sequenceNumber": "x"}')

    with listening(answer) as agent, client_of(paged_mock) as client, control.events() as events:
        paged_mock.route("wss://agent.example.com", agent.url)
        started = client.start_stream("CA1", URL)
        paged_mock.wait_for(started, "in-progress")
        control("press_keys", started.sid, digits="5#")
        messages: list[Any] = []
        while "mark" not in [message["event"] for message in messages]:
            messages = next_of(events, "stream")["messages"]
    assert [(each["direction"], each["event"], each["digit"]) for each in messages][:5] == [
        ("sent", "connected", None),
        ("sent", "start", None),
        ("sent", "dtmf", "5"),
        ("sent", "dtmf", "#"),
        ("received", "mark", None),
    ]
    assert [each["sequence"] for each in messages][1:5:3] == [1, None]


def test_a_flood_of_messages_is_a_few_events(paged_mock: MockServer) -> None:
    def flood(connection: Any, _: Any) -> None:
        for _number in range(2000):
            connection.send('{"event": "mark"}')

    control = Control(paged_mock)
    first = control("get_state")["seq"]
    with listening(flood) as agent, client_of(paged_mock) as client:
        paged_mock.route("wss://agent.example.com", agent.url)
        started = client.start_stream("CA1", URL)
        paged_mock.wait_for(started, "closed", 30)
    stream = control("get_stream", started.sid)
    assert stream["received"] == {"mark": 2000}
    assert len(stream["messages"]) <= 200
    assert control("get_state")["seq"] - first < 200


# Resuming.


def test_events_continue_the_state_and_each_other(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    number = control("get_state")["seq"]
    for sid in ("CA1", "CA2", "CA3"):
        paged_mock.add_call(sid)
    with control.events(after=number) as events:
        first, second = next(events), next(events)
    assert [(each["data"]["sid"], each["id"]) for each in (first, second)] == [("CA1", number + 1), ("CA2", number + 2)]
    with control.events(after=number, last_event_id=second["id"]) as events:
        assert next(events)["data"]["sid"] == "CA3"
        paged_mock.add_call("CA4")
        assert next(events)["data"]["sid"] == "CA4"


def test_without_an_id_events_begin_now(paged_mock: MockServer) -> None:
    paged_mock.add_call("before")
    with Control(paged_mock).events() as events:
        paged_mock.add_call("after")
        assert next_of(events, "call")["sid"] == "after"


@pytest.mark.parametrize("given", ["0", "1", "-1", "x", "9" * 19, "9" * 5000, "%D9%A1"])
def test_an_unknown_id_asks_for_a_new_start(paged_mock: MockServer, given: str) -> None:
    control = Control(paged_mock)
    with control.events(after=given) as events:
        resync = next(events)
        assert resync["event"] == "resync"
        paged_mock.add_call("CA1")
        assert next(events)["id"] == resync["id"] + 1


def test_the_id_of_another_mock_asks_for_a_new_start() -> None:
    with MockServer(page=True) as mock:
        mock.add_call("CA1")
        number = Control(mock)("get_state")["seq"]
        mock.stop()
        mock.start()
        with Control(mock).events(after=number) as events:
            assert next(events)["event"] == "resync"


@pytest.mark.parametrize(("limit", "value"), [("KEPT_EVENTS", 3), ("MAX_KEPT_BYTES", 700)])
def test_events_that_are_gone_ask_for_a_new_start(
    paged_mock: MockServer, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(hub, limit, value)
    control = Control(paged_mock)
    number = control("get_state")["seq"]
    for sid in range(5):
        paged_mock.add_call(str(sid))
    with control.events(after=number) as events:
        assert next(events)["event"] == "resync"
    with control.events(after=number + 2) as events:
        assert [next(events)["data"]["sid"] for _ in range(3)] == ["2", "3", "4"]


# Readers.


def test_many_readers_get_the_same(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    number = control("get_state")["seq"]
    managers = [control.events(after=number) for _ in range(20)]
    readers = [manager.__enter__() for manager in managers]
    try:
        for sid in range(10):
            paged_mock.add_call(str(sid))
        for reader in readers:
            assert [next_of(reader, "call")["sid"] for _ in range(10)] == [str(sid) for sid in range(10)]
    finally:
        for manager in managers:
            manager.__exit__(None, None, None)


def stuck_reader(mock: MockServer) -> socket.socket:
    """A connection whose events nobody reads, with small buffers."""
    host = urlsplit(mock.url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    connection.connect((host.hostname, host.port))
    connection.sendall(b"GET /_mock/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connection.recv(12) == b"HTTP/1.1 200"
    return connection


def test_a_reader_that_is_stuck_delays_nobody_and_is_let_go(
    paged_mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "SECONDS_TO_READ", 0.01)
    control = Control(paged_mock)
    control("start_demo")
    with stuck_reader(paged_mock) as connection:
        for number in range(300):
            paged_mock.add_call(f"{number}-{'x' * 30_000}")
        with control.events() as events:
            for _ in range(5):  # which takes half a second
                next_of(events, "levels")
        paged_mock.reset()  # so that no more levels come
        connection.settimeout(2)
        end = b""
        with suppress(ConnectionResetError):
            while piece := connection.recv(65536):  # what its buffers hold
                end = piece
        assert not end.endswith(b"0\r\n\r\n")


def test_levels_are_measured_only_while_somebody_reads(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    sid = control("start_demo")["sid"]
    paged_mock.wait_for(sid, "in-progress")
    with control.events() as events:
        sent = [next_of(events, "levels")[sid]["sent"] for _ in range(3)]
        assert sent == sorted(set(sent))
    with control.events() as events:
        assert sid in next_of(events, "levels")


def test_a_mock_that_stops_lets_its_readers_go() -> None:
    with MockServer(page=True) as mock:
        sid = Control(mock)("start_demo")["sid"]
        mock.wait_for(sid, "in-progress")
        with Control(mock).events() as events:
            connection, response = Control(mock).open("get_stream_audio", sid, query="?track=inbound")
            mock.stop()
            for _ in events:  # to their end
                pass
            response.read()
            connection.close()
