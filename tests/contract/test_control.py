"""The control API against its OpenAPI document: each operation, each response that is documented, and generated bodies."""

import threading
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import EngineFinished, FatalError, NonFatalError, ScenarioFinished
from signalwire_streams import StreamsClient
from signalwire_streams.mock import MockServer, _state
from signalwire_streams.mock._api import app as api
from support.control import DOCUMENT, OPERATIONS, PATH, Control, check_response
from support.document import resolve
from support.sockets import listening, taking_callbacks

URL = "wss://agent.example.com/audio"
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
]
WITH_BODY = [name for name, (_, _, operation) in OPERATIONS.items() if "requestBody" in operation]
BY_OPERATION = pytest.mark.parametrize("operation", OPERATIONS)
BY_OPERATION_WITH_BODY = pytest.mark.parametrize("operation", WITH_BODY)


def path_of(operation: str) -> list[str]:
    """A parameter for an operation whose path has one."""
    return ["1"] if "{" in OPERATIONS[operation][1] else []


def documented(status: str) -> set[str]:
    return {name for name, (_, _, operation) in OPERATIONS.items() if status in operation["responses"]}


@BY_OPERATION
def test_each_operation_refuses_other_hosts_and_other_pages(paged_mock: MockServer, operation: str) -> None:
    control = Control(paged_mock)
    for headers, status in (({"Host": "mock.example.com"}, 421), ({"Origin": "https://example.com"}, 403)):
        assert control.refusal(operation, *path_of(operation), headers=headers)[0] == status


@BY_OPERATION_WITH_BODY
def test_each_body_is_checked_and_bounded(
    paged_mock: MockServer, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    control, path = Control(paged_mock), path_of(operation)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert control.refusal(operation, *path, body=b"digits=5", headers=form)[0] == 415
    for body in (b"", b"{", b"[]", b'"\\ud800"', b'{"x":NaN}', b"[" * 50_000, b'{"nothing_of_the_sort": 1}'):
        status, message = control.refusal(operation, *path, body=body)
        assert status == 400
        assert message.endswith(".")
    assert control.refusal(operation, *path, body=b" " * 100_001)[0] == 413
    monkeypatch.setattr(api, "SECONDS_FOR_BODY", 0.01)
    assert control.refusal(operation, *path, body=b"", headers={"Content-Length": "2"})[0] == 408


@pytest.mark.parametrize("operation", sorted(documented("404")))
def test_each_operation_tells_what_it_does_not_find(operation: str) -> None:
    with MockServer(page=True, calls=[], conferences=[]) as mock:
        fields = {"digits": "5"} if operation == "press_keys" else {}
        for parameter in ("nothing", "0", "9" * 5000, "%2F..", "\N{SNOWMAN}"):
            assert Control(mock).refusal(operation, parameter, **fields)[0] == 404


def test_each_operation_that_needs_a_running_stream_says_so(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    stopped = control("start_demo")["sid"]
    paged_mock.stop_stream(stopped)
    for operation, options in {
        "press_keys": {"digits": "5"},
        "drop_stream": {},
        "get_stream_audio": {"query": "?track=inbound"},
    }.items():
        assert control.refusal(operation, stopped, **options) == (
            409,
            "The stream is stopped. Use a stream that is in progress.",
        )
    assert control("stop_stream", stopped) == {}


def test_a_demo_needs_room(paged_mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_state, "MAX_RUNNING", 0)
    assert Control(paged_mock).refusal("start_demo")[0] == 409


def test_a_replay_that_a_reset_overtakes_is_a_conflict() -> None:
    with MockServer(page=True, start_delay=0.5) as mock, StreamsClient(mock.project, mock.token, mock.url) as client:
        client.start_stream("CA1", URL)
        control = Control(mock)
        connection, statuses = control.begin("replay_request", 1), []
        control("get_health")  # the mock has read the request before
        reading = threading.Thread(target=lambda: statuses.append(connection.getresponse().status))
        reading.start()
        while reading.is_alive():
            mock.reset()
        connection.close()
    assert statuses == [409]


def test_each_operation_succeeds(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    with (
        listening() as agent,
        taking_callbacks() as sink,
        StreamsClient(paged_mock.project, paged_mock.token, paged_mock.url) as client,
    ):
        assert control("get_health")["status"] == "ok"
        control("add_call", sid="CA1", status="in-progress", direction="inbound", **{"from": "+15551230001"})
        control("add_route", **{"from": "wss://agent.example.com", "to": agent.url})
        started = client.start_stream("CA1", URL, status_callback=sink.url)
        paged_mock.wait_for(started, "in-progress")
        paged_mock.wait_for_callback("stream-started")
        control("fail_next", status=429, retry_after=1, times=2)
        control("cancel_failures")
        control("press_keys", started.sid, digits="5#")
        control("get_stream", started.sid)
        connection, response = control.open("get_stream_audio", started.sid, query="?track=inbound")
        check_response("get_stream_audio", response, response.read(160))
        control.met.add(("get_stream_audio", 200))
        response.close()
        connection.close()
        control("drop_stream", started.sid)
        paged_mock.wait_for(started, "closed")
        control("resend_callback", 1, signature="invalid")
        control("replay_request", 1)
        control("start_demo")
        control("get_state")
        control("get_stream_wav", started.sid)
        control("stop_stream", paged_mock.streams[-1].sid)
        control("end_call", "CA1")
        control("end_conference", "CF1")
        with control.events():
            pass
        control("reset")
    assert control.met == {(name, 200) for name in OPERATIONS}


def test_only_these_errors_are_documented() -> None:
    """Each has a test above that meets it for each operation that has it."""
    for name, (_, _, operation) in OPERATIONS.items():
        own = {"400", "408", "413", "415"} if name in WITH_BODY else set()
        assert set(operation["responses"]) - {"404", "409"} - own - {"200", "403", "421"} <= (
            {"400"} if name == "get_stream_audio" else set()
        )
    assert documented("409") == {"press_keys", "drop_stream", "get_stream_audio", "replay_request", "start_demo"}


@BY_OPERATION_WITH_BODY
def test_each_field_of_a_body_says_what_it_must_be(operation: str) -> None:
    """The description of a field ends the sentence with which the mock refuses it."""
    body = resolve(OPERATIONS[operation][2]["requestBody"], DOCUMENT)
    schema = resolve(body["content"]["application/json"]["schema"], DOCUMENT)
    for field in schema.get("properties", {}).values():
        assert field["description"].startswith(("A ", "An ", "1 ", "True ", "One ", "The "))


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_what_schemathesis_generates_is_answered_as_documented(paged_mock: MockServer) -> None:
    """Streams of events and of audio have no end, and a reset would take away what other requests need."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": 20180919,
            "generation": {"max-examples": 3},
            "phases": {"examples": {"enabled": False}, "stateful": {"enabled": False}},
            # By name, since the checks of the other document are registered for the whole process.
            "checks": {"enabled": False} | {name: {"enabled": True} for name in CHECKS},
        }
    )
    sid = Control(paged_mock)("start_demo")["sid"]
    schema = schemathesis.openapi.from_path(PATH, config=config)
    schema.config.update(base_url=f"{paged_mock.url}/_mock")
    chosen = schema.exclude(operation_id=["get_events", "get_stream_audio", "reset"])
    broken: list[str] = []
    met: set[int] = set()
    for event in from_schema(chosen).execute():
        match event:
            case ScenarioFinished(recorder=recorder):
                for interaction in recorder.interactions.values():
                    if interaction.response is not None:
                        met.add(interaction.response.status_code)
                for case_id, results in recorder.checks.items():
                    curl: Any = recorder.cases[case_id].value.as_curl_command()
                    broken += [
                        f"{each.name}: {each.failure_info.failure}\n{curl}" for each in results if each.failure_info
                    ]
            case NonFatalError() | FatalError():
                broken.append(repr(event))
            case EngineFinished():
                assert event.stop_reason.value == "completed"
    assert broken == [], "\n".join(broken)
    assert met >= {200, 400, 404}
    assert sid
