"""What the mock records of a request: when, how long, what came of it, and all that is wrong with it."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from signalwire_streams.mock import DEFAULT_PROJECT, MockServer, RecordedRequest, RequestProblem
from support.document import DOCUMENT

API = "/api/laml/2010-04-01"
ACCOUNT = f"{API}/Accounts/{DEFAULT_PROJECT}"
STREAMS = f"{ACCOUNT}/Calls/CA1/Streams"
URL = "wss://stream.example.com/audio"
FIELDS = DOCUMENT["components"]["schemas"]["StreamFields"]["properties"]


def send(
    mock: MockServer, fields: object, path: str = STREAMS, method: str = "POST", *, token: str | None = None
) -> RecordedRequest:
    """Send a request, and return its record."""
    auth = (mock.project, token or mock.token)
    data: Any = fields
    httpx.request(method, mock.url + path, data=data, auth=auth, trust_env=False)
    return mock.requests[-1]


def only(request: RecordedRequest) -> RequestProblem:
    (problem,) = request.problems
    assert problem.message == request.problem
    return problem


def test_requests_have_numbers_times_codes_and_operations(mock: MockServer) -> None:
    before = datetime.now(UTC)
    started, refused = send(mock, {"Url": URL}), send(mock, {"Url": "ws://a"})
    assert [request.id for request in mock.requests] == [1, 2]
    assert before <= started.time <= refused.time <= datetime.now(UTC)
    assert started.time.utcoffset() == timedelta(0)
    assert 0 < started.duration < 60
    assert [(each.status, each.code, each.operation) for each in (started, refused)] == [
        (200, None, "start_stream"),
        (400, 31922, "start_stream"),
    ]
    (stream,) = mock.streams
    assert (started.stream_sid, started.problems, refused.stream_sid) == (stream.sid, (), None)
    assert json.loads(started.response or b"")["sid"] == stream.sid
    assert json.loads(refused.response or b"")["message"] == refused.problem
    stopped = send(mock, {"Status": "stopped"}, f"{STREAMS}/{stream.sid}")
    assert (stopped.operation, stopped.stream_sid) == ("stop_stream", stream.sid)
    listed = send(mock, None, f"{ACCOUNT}/Calls", "GET")
    assert (listed.operation, listed.stream_sid) == ("list_calls", None)


def test_the_duration_covers_a_delayed_start() -> None:
    with MockServer(start_delay=0.1) as mock:
        assert send(mock, {"Url": URL}).duration >= 0.1


def test_the_numbers_begin_again_after_a_reset(mock: MockServer) -> None:
    send(mock, {"Url": URL})
    mock.reset()
    assert send(mock, {"Url": URL}).id == 1


def test_a_sentence_in_place_of_an_error_object_has_no_code(mock: MockServer) -> None:
    mock.end_conference("CF1")
    refused = send(mock, {"Url": URL}, f"{ACCOUNT}/Conferences/CF1/Streams")
    assert (refused.status, refused.code, refused.operation) == (422, None, "start_conference_stream")
    assert only(refused).fix == "Start it on a conference that is in progress."


def test_all_problems_are_recorded_and_the_first_is_the_response(mock: MockServer) -> None:
    form = {
        "Track": "inbound",
        "StatusCallback": "ftp://example.com",
        "Parameter1.Name": "fine",
        "name": "x",
        "Status": "x",
    }
    refused = send(mock, form)
    assert refused.problem == refused.problems[0].message == json.loads(refused.response or b"")["message"]
    assert {problem.field: problem.fix for problem in refused.problems} == {
        "Url": "Add Url.",
        "Track": "Use inbound_track instead.",
        "StatusCallback": None,
        "name": "Use Name instead.",
        "Status": None,
    }
    assert len(refused.problems) == 5


def test_the_rule_is_the_documents_own(mock: MockServer) -> None:
    refused = send(mock, {"Url": "", "Name": "a\nb"})
    assert {problem.field: problem.rule for problem in refused.problems} == {
        name: " ".join(FIELDS[name]["description"].split()) for name in ("Url", "Name")
    }


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        (
            "ws://agent.example.com/audio",
            (
                "Keep your production URL, which starts with wss://agent.example.com, and add a route: "
                "--route wss://agent.example.com=ws://127.0.0.1:PORT, or "
                'mock.route("wss://agent.example.com", "ws://127.0.0.1:PORT") in Python.'
            ),
        ),
        (
            "ws://127.0.0.1:8000/audio",
            (
                "Use your production URL, such as wss://agent.example.com/audio, and add a route: "
                "--route wss://agent.example.com=ws://127.0.0.1:8000, or "
                'mock.route("wss://agent.example.com", "ws://127.0.0.1:8000") in Python.'
            ),
        ),
        ("https://agent.example.com/audio", "Use wss:// instead of https://."),
        ("http://user:hunter2@agent.example.com/audio", "Use wss:// instead of http://."),
        ("wss://agent.example.com/audio?a=b", None),
        ("ws://[/", None),
        ("ws://a b/", None),
    ],
)
def test_the_fix_of_a_url_is_the_route_to_use(mock: MockServer, url: str, fix: str | None) -> None:
    assert only(send(mock, {"Url": url})).fix == fix


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("name", "Use Name instead."),
        ("status_callback", "Use StatusCallback instead."),
        ("StatusCallBackUrl", "Use StatusCallback instead."),
        ("AuthorisationBearerToken", "Use AuthorizationBearerToken instead."),
        ("Parameter01.Name", "Use Parameter1.Name instead."),
        ("parameter12_value", "Use Parameter12.Value instead."),
        ("Parameter0.Name", None),
        ("Parameter100.Value", None),
        ("Colour", None),
        ("x" * 10_000, None),
    ],
)
def test_a_near_miss_of_a_field_is_recognized(mock: MockServer, name: str, fix: str | None) -> None:
    problem = only(send(mock, {"Url": URL, name: "x"}))
    assert (problem.field, problem.fix) == (name[:80], fix)
    assert ("from 1 to 99" in (problem.rule or "")) == name.lower().startswith("parameter")


def test_custom_parameters_are_not_suggested_where_there_are_none(mock: MockServer) -> None:
    send(mock, {"Url": URL})
    refused = send(mock, {"Status": "stopped", "Parameter01.Name": "x"}, f"{STREAMS}/{mock.streams[0].sid}")
    assert (only(refused).fix, only(refused).rule) == (None, None)


def test_a_repeated_field_is_named(mock: MockServer) -> None:
    refused = send(mock, {"Url": [URL, URL], "Name": ["a", "b", "c"], "Track": "both_tracks"})
    assert [(each.field, each.fix) for each in refused.problems] == [
        ("Url", "Send it once."),
        ("Name", "Send it once."),
    ]


@pytest.mark.parametrize(
    ("path", "fix"),
    [
        (f"{ACCOUNT}/Call/CA1/Streams", f"Use POST {API}/Accounts/{{AccountSid}}/Calls/{{CallSid}}/Streams instead."),
        ("/Accounts/x/Calls/CA1/Streams", f"Use POST {API}/Accounts/{{AccountSid}}/Calls/{{CallSid}}/Streams instead."),
        (f"{ACCOUNT}/Call.json", f"Use GET {API}/Accounts/{{AccountSid}}/Calls instead."),
        ("/", None),
        ("/" + "a" * 10_000, None),
    ],
)
def test_an_unknown_path_gets_the_nearest_operation(mock: MockServer, path: str, fix: str | None) -> None:
    refused = send(mock, {}, path)
    assert (refused.code, refused.operation, only(refused).fix) == (20404, None, fix)


@pytest.mark.parametrize(
    ("act", "fix"),
    [
        (lambda mock: send(mock, {"Url": URL}, method="PUT"), "Use POST."),
        (
            lambda mock: send(mock, {"Url": URL}, token="hunter2"),
            (
                f"Use the project {DEFAULT_PROJECT} and the API token of the mock. "
                "They are mock.project and mock.token, or what the command printed."
            ),
        ),
        (
            lambda mock: send(mock, {"Url": URL}, f"{API}/Accounts/other/Calls/CA1/Streams"),
            f"Use the project as the AccountSid: {DEFAULT_PROJECT}.",
        ),
        (
            lambda mock: send(mock, None),
            "Send the fields as a form, with the header Content-Type: application/x-www-form-urlencoded.",
        ),
        (
            lambda mock: send(mock, {"Status": "stopped"}, f"{STREAMS}/nope"),
            "Use the SID or the name of a stream of this call.",
        ),
        (
            lambda mock: (mock.end_call("CA1"), send(mock, {"Url": URL}))[1],
            "Start it on a call that is in progress.",
        ),
        (
            lambda mock: (send(mock, {"Url": URL, "Name": "a"}), send(mock, {"Url": URL, "Name": "a"}))[1],
            "Use another name, or stop the other stream first.",
        ),
    ],
)
def test_each_refusal_says_what_to_do(mock: MockServer, act: Callable[[MockServer], RecordedRequest], fix: str) -> None:
    assert only(act(mock)).fix == fix


def test_an_unknown_call_or_conference_says_how_to_add_it() -> None:
    with MockServer(calls=[], conferences=[]) as mock:
        call, conference = send(mock, {"Url": URL}), send(mock, {"Url": URL}, f"{ACCOUNT}/Conferences/CF1/Streams")
    assert "add this one with mock.add_call." in (only(call).fix or "")
    assert "add this one to MockServer(conferences=[…])." in (only(conference).fix or "")


@pytest.mark.parametrize(("lost", "status", "code"), [(False, 503, 20504), (True, 0, None)])
def test_a_planned_failure_says_that_it_was_planned(
    mock: MockServer, lost: bool, status: int, code: int | None
) -> None:
    mock.fail_next(lost=lost, carried_out=True)
    with suppress(httpx.RemoteProtocolError):
        send(mock, {"Url": URL})
    request = mock.requests[0]
    assert (request.status, request.code, request.operation) == (status, code, "start_stream")
    assert request.stream_sid == mock.streams[0].sid
    assert (request.response is None) == lost
    assert "fail_next" in (only(request).fix or "")


def test_no_problem_shows_the_value_of_a_secret(mock: MockServer) -> None:
    secret = "hunter2 hunter2"
    fields = dict.fromkeys(
        ["Url", "Track", "StatusCallback", "StatusCallbackMethod", "AuthorizationBearerToken"], secret
    )
    everything = [
        send(mock, fields).problems,
        send(mock, {"Url": "ws://hunter2:hunter2@example.com/hunter2?hunter2#hunter2"}).problems,
        send(mock, {"Url": URL}, token="hunter2").problems,
    ]
    assert "hunter2" not in repr([everything, mock.requests])
    assert mock.token not in repr([everything, mock.requests])


def test_a_recorded_request_can_be_handled_once_more(mock: MockServer) -> None:
    first = send(mock, {"Url": URL, "Name": "mine"})
    taken = mock.replay(first)
    assert (taken.id, taken.status, taken.form) == (2, 422, first.form)
    mock.stop_stream("mine")
    again = mock.replay(first)
    assert (again.id, again.status, mock.requests[-1]) == (3, 200, again)
    assert again.stream_sid not in {None, first.stream_sid}
    assert mock.wait_for(again.stream_sid, "in-progress").name == "mine"
    listed = mock.replay(send(mock, None, f"{ACCOUNT}/Calls?PageSize=1&Status=in-progress", "GET"))
    assert (listed.status, listed.query) == (200, "PageSize=1&Status=in-progress")
    assert json.loads(listed.response or b"")["page_size"] == 1


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_a_request_of_a_web_page_is_refused_again(mock: MockServer, headers: Mapping[str, str]) -> None:
    auth = f"Basic {b64encode(f'{mock.project}:{mock.token}'.encode()).decode()}"
    httpx.post(mock.url + STREAMS, data={"Url": URL}, headers={"Authorization": auth, **headers}, trust_env=False)
    first = mock.requests[0]
    assert (mock.replay(first).status, mock.streams) == (first.status, [])
    assert first.status in {403, 421}


def test_a_planned_failure_meets_a_replayed_request(mock: MockServer) -> None:
    first = send(mock, {"Url": URL})
    mock.fail_next(lost=True)
    assert (mock.replay(first).status, mock.replay(first).status) == (0, 200)


def test_a_replay_needs_a_running_mock(mock: MockServer) -> None:
    request = send(mock, {"Url": URL})
    with pytest.raises(RuntimeError, match="The mock is not running"):
        MockServer().replay(request)
