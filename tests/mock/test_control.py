"""The control API does what the methods of MockServer do, and shows what they show."""

import time
from typing import Any

import httpx
import pytest
from signalwire_streams import RateLimitError, RetryPolicy, StreamsClient
from signalwire_streams.mock import DEFAULT_PROJECT, MockServer
from support.control import Control, next_of
from support.sockets import listening, taking_callbacks

URL = "wss://agent.example.com/audio"


def client_of(mock: MockServer) -> StreamsClient:
    return StreamsClient(mock.project, mock.token, mock.url, retry=RetryPolicy(attempts=1))


# See.


def test_the_state_has_all_that_happened(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    before, first_seen = time.time(), control("get_state")["seq"]
    with listening() as agent, taking_callbacks() as sink, client_of(paged_mock) as client:
        paged_mock.route("wss://agent.example.com", agent.url)
        first = client.start_stream(
            "CA1",
            URL,
            name="first",
            status_callback=sink.url,
            parameters=[("Name", "Jo"), ("Name", "Al")],
            authorization_bearer_token="hunter2",
        )
        paged_mock.wait_for(first, "in-progress")
        client.stop_stream("CA1", "first")
        paged_mock.wait_for(first, "closed")
        second = client.start_conference_stream("CF1", "wss://agnet.example.com/", codec="L16@16000h")
    with control.events(after=first_seen) as events:  # whether a route leads anywhere is known with its event
        while not next_of(events, "route")[0]["reachable"]:
            pass
    state = control("get_state")
    assert before <= state["now"] <= time.time()
    assert state["counts"] == {"requests": 3, "streams": 2, "callbacks": 2}
    ended, running = state["streams"]
    assert (ended["sid"], ended["status"], ended["target"]) == (first.sid, "stopped", agent.url)
    assert (ended["parameters"], ended["has_bearer_token"]) == ([["Name", "Jo"], ["Name", "Al"]], True)
    assert [step["status"] for step in ended["history"]] == ["queued", "in-progress", "stopped", "closed"]
    assert (ended["handshake"]["status"], ended["handshake"]["problem"], ended["close_code"]) == (101, None, 1000)
    assert [message["event"] for message in ended["messages"]] == ["connected", "start", "stop"]
    assert ended["sent"]["media"] > 0
    assert (running["sid"], running["conference_sid"], running["sample_rate"]) == (second.sid, "CF1", 16000)
    assert running["route"] == {"from": "wss://agnet.example.com", "nearest": "wss://agent.example.com"}
    assert "wss://agnet.example.com" in running["problem"]
    assert [(call["sid"], call["kind"], call["status"]) for call in state["calls"]] == [
        ("CA1", "call", "in-progress"),
        ("CF1", "conference", "in-progress"),
    ]
    start, stop, _ = state["requests"]
    assert (start["operation"], start["stream_sid"], start["status"]) == ("start_stream", first.sid, 200)
    assert ["Name", "first"] in start["fields"]
    assert ["AuthorizationBearerToken", "***"] in start["fields"]
    assert start["client"].startswith("signalwire-streams")
    assert stop["path"].endswith("/Streams/first")
    assert [callback["event"] for callback in state["callbacks"]] == ["stream-started", "stream-stopped"]
    assert [attempt["status"] for attempt in state["callbacks"][0]["attempts"]] == [204]
    assert state["callbacks"][0]["signed_text"].startswith(f"{sink.url}/AccountSid{DEFAULT_PROJECT}")
    assert state["routes"] == [{"from": "wss://agent.example.com", "to": agent.url, "reachable": True}]
    assert state["faults"] == {"armed": []}


def test_a_refused_request_has_all_of_its_problems(paged_mock: MockServer) -> None:
    url = f"{paged_mock.url}/api/laml/2010-04-01/Accounts/{paged_mock.project}/Calls/CA1/Streams"
    fields = {"Url": "ws://agent.example.com", "Track": "inbound"}
    httpx.post(url, data=fields, auth=(paged_mock.project, paged_mock.token), trust_env=False)
    (request,) = Control(paged_mock)("get_state")["requests"]
    assert (request["status"], request["stream_sid"]) == (400, None)
    assert {problem["field"] for problem in request["problems"]} == {"Url", "Track"}
    assert all(problem["rule"] and problem["fix"] for problem in request["problems"])
    assert '"code":' in request["response"]


def test_a_stream_is_found_by_sid_and_by_name(paged_mock: MockServer) -> None:
    with client_of(paged_mock) as client:
        stream = client.start_stream("CA1", URL, name="a/b ?")
    control = Control(paged_mock)
    assert control("get_stream", stream.sid) == control("get_stream", "a/b ?")
    control("end_call", "CA1")
    assert control("get_stream", "a/b ?")["status"] == "stopped"


def test_running_streams_and_the_last_stopped_ones_are_shown(
    paged_mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalwire_streams.mock._control.snapshot.MOST_RECORDS", 2)
    with client_of(paged_mock) as client:
        names = [client.start_stream("CA1", URL, name=f"s{number}").name for number in range(5)]
        for name in names[1:]:
            client.stop_stream("CA1", str(name))
    state = Control(paged_mock)("get_state")
    assert [stream["name"] for stream in state["streams"]] == ["s0", "s3", "s4"]
    assert [request["id"] for request in state["requests"]] == [8, 9]
    assert state["counts"]["requests"] == 9


# Steer.


def test_keys_are_pressed(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    with listening() as agent, client_of(paged_mock) as client:
        control("add_route", **{"from": "wss://agent.example.com", "to": agent.url})
        stream = client.start_stream("CA1", URL)
        paged_mock.wait_for(stream, "in-progress")
        control("press_keys", stream.sid, digits="5#")
        control("stop_stream", stream.sid)
        assert [message["dtmf"]["digit"] for message in agent.the_one().of("dtmf")] == ["5", "#"]


def test_a_dropped_stream_fails_and_nothing_is_logged(paged_mock: MockServer, caplog: pytest.LogCaptureFixture) -> None:
    control = Control(paged_mock)
    sid = control("start_demo")["sid"]
    paged_mock.wait_for(sid, "in-progress")
    control("drop_stream", sid)
    paged_mock.wait_for(sid, "closed")
    assert control("get_stream", sid)["error"] == "general_error"
    control("reset")
    assert not caplog.records


def test_ended_calls_and_conferences_take_no_more_streams(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    control("add_call", sid="CA1", status="ringing", **{"from": "+15551230001", "to": "+15551230002"})
    with client_of(paged_mock) as client:
        (call,) = client.list_calls(status="ringing")
        assert (call.sid, call.from_) == ("CA1", "+15551230001")
    control("end_call", "CA1")
    control("end_conference", "CF1")
    states = {call["sid"]: call["status"] for call in control("get_state")["calls"]}
    assert states == {"CA1": "completed"}
    assert control("add_call")["status"] == "in-progress"


def test_planned_failures_are_shown_used_and_cancelled(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    assert (
        control("fail_next", status=429, retry_after=2, times=2.0)["armed"]
        == [{"status": 429, "code": 20429, "lost": False, "carried_out": False, "retry_after": "2"}] * 2
    )
    with client_of(paged_mock) as client:
        with pytest.raises(RateLimitError):
            client.start_stream("CA1", URL)
        assert len(control("get_state")["faults"]["armed"]) == 1
        assert control("cancel_failures") == {"armed": []}
        assert client.start_stream("CA1", URL).status == "queued"


def test_a_request_is_replayed_and_a_callback_sent_again(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    with taking_callbacks() as sink, client_of(paged_mock) as client:
        client.start_stream("CA1", URL, status_callback=sink.url)
        paged_mock.wait_for_callback("stream-started")
        again = control("replay_request", 1)
        assert (again["id"], again["status"]) == (2, 200)
        assert len(paged_mock.streams) == 2
        forged = control("resend_callback", 1, signature="invalid")
        (first, *_) = paged_mock.callbacks
        assert (forged["signed_text"], forged["final"]) == (first.signed_text, True)
        assert forged["signature"] != first.signature
        assert control("resend_callback", 1)["signature"] == first.signature


@pytest.mark.parametrize(
    ("operation", "fields", "message"),
    [
        ("press_keys", {"digits": "5x"}, "digits must be 1 to 100 telephone keys of 0 to 9, *, # and A to D."),
        ("press_keys", {}, "digits is missing. It must be 1 to 100 telephone keys of 0 to 9, *, # and A to D."),
        ("press_keys", {"digits": "5", "x": 1}, "'x' is not a field of press_keys. Its fields are digits."),
        ("stop_stream", {"x": 1}, "'x' is not a field of stop_stream. Send an empty object."),
        ("fail_next", {"status": 200}, "status must be an HTTP status from 400 to 599."),
        ("fail_next", {"lost": 1}, "lost must be true to drop the connection instead of responding, else false."),
        ("fail_next", {"retry_after": "a\nb"}, "retry_after must be ASCII text without line breaks, or white space"),
        ("add_call", {"status": "x"}, "status must be a call status, such as in-progress. A stream can start on a"),
        ("add_route", {"from": "ws://a", "to": "ws://127.0.0.1"}, "A route cannot start at 'ws://a', because streams"),
        ("add_route", {"from": "x", "to": "y"}, "The URL must start with wss://, ws://, https:// or http:// and have"),
        ("resend_callback", {"signature": "x"}, "signature must be one of valid and invalid."),
    ],
)
def test_an_invalid_body_is_told_field_and_remedy(
    paged_mock: MockServer, operation: str, fields: dict[str, Any], message: str
) -> None:
    control = Control(paged_mock)
    sid = control("start_demo")["sid"]
    path = {"press_keys": [sid], "stop_stream": [sid], "resend_callback": [1]}.get(operation, [])
    status, told = control.refusal(operation, *path, **fields)
    assert (status, told[: len(message)]) == (400, message)


def test_half_of_a_character_is_refused(paged_mock: MockServer) -> None:
    status, _ = Control(paged_mock).refusal("add_call", body=b'{"sid": "\\ud800"}')
    assert (status, Control(paged_mock)("get_state")["calls"]) == (400, [])


def test_another_method_is_told_which_there_are(paged_mock: MockServer) -> None:
    response = httpx.put(f"{paged_mock.url}/_mock/fail-next", trust_env=False)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST, DELETE")


def test_a_reset_makes_the_mock_new(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    control("start_demo")
    control("fail_next")
    control("reset")
    state = control("get_state")
    assert [state[name] for name in ("streams", "calls", "requests", "callbacks", "routes")] == [[]] * 5
    assert state["faults"] == {"armed": []}


# The demo.


@pytest.mark.parametrize("options", [{}, {"calls": ["CA1"], "conferences": []}, {"page": True}])
def test_demo_streams_carry_audio_without_a_server_of_the_user(options: dict[str, Any]) -> None:
    with MockServer(**options) as mock:
        demos = [mock.start_demo() for _ in range(3)]
        for demo in demos:
            mock.wait_for(demo, "in-progress")
        assert len({demo.name for demo in demos}) == len({demo.call_sid for demo in demos}) == 3
        with client_of(mock) as client:
            assert {call.from_ for call in client.list_calls()} >= {"+15555550100"}
        mock.press(demos[0], "5")
        mock.end_call(demos[0].call_sid)
        mock.wait_for(demos[0], "closed")
        assert demos[0].sent.counts["media"] > 0
        assert [call.sid for call in mock.streams] == [demo.sid for demo in demos]
    assert {(demo.error, demo.close_code) for demo in demos} == {(None, 1000)}


def test_a_demo_works_after_a_reset_and_a_new_start(paged_mock: MockServer) -> None:
    for _ in range(2):
        demo = paged_mock.wait_for(paged_mock.start_demo(), "in-progress")
        assert demo.name == "demo-1"
        paged_mock.reset()
    with MockServer() as mock:
        mock.start_demo()
        mock.stop()
        mock.start()
        mock.wait_for(mock.start_demo(), "in-progress")
    with pytest.raises(RuntimeError, match="The mock is not running"):
        mock.start_demo()
