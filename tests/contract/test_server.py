"""The mock against the document: Schemathesis makes the requests, and holds the answers against what is promised."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import checks
import pytest
import schemathesis
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import EngineFinished, FatalError, NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import ScenarioRecorder
from signalwire_streams import StreamsClient
from signalwire_streams.mock import MockServer
from support.document import PATH
from support.schemathesis_cli import CONTRACT, RUNS, run_schemathesis, settings

REPORTS = CONTRACT.parents[1] / "reports" / "contract"
PINNED_CALL = "b3877c40-da60-4998-90ad-b792e98472ca"
PINNED_CONFERENCE = "b3877c40-da60-4998-90ad-b792e98472cf"
STREAM_THAT_IS_THERE = "b3877c40-da60-4998-90ad-b792e98472st"


def prepared(mock: MockServer) -> MockServer:
    """Give the mock the streams that schemathesis.toml names, and a call that the document's example finds."""
    url = "wss://stream.example.com/audio"
    mock.add_call(PINNED_CALL, from_="+15551230001", to="+15551230002")
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        client.start_stream(PINNED_CALL, url, name=STREAM_THAT_IS_THERE)
        client.start_conference_stream(PINNED_CONFERENCE, url, name=STREAM_THAT_IS_THERE)
    return mock


@pytest.fixture
def prepared_mock(mock: MockServer) -> MockServer:
    return prepared(mock)


@pytest.fixture
def examples(request: pytest.FixtureRequest) -> int:
    number: int = request.config.getoption("--examples")
    return number


@dataclass
class InProcess:
    """What a run in this process met.

    Each phase, operation and status with its count, each link that led to a success, the number of calls that were
    listed, and each broken promise.
    """

    mock: MockServer
    met: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    followed: Counter[tuple[str, str]] = field(default_factory=Counter)
    listed: int = 0
    broken: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def in_process(request: pytest.FixtureRequest) -> InProcess:
    with MockServer() as mock:
        run = InProcess(prepared(mock))
    for name, phases in RUNS.items():
        config = SchemathesisConfig.from_str(settings(name))
        config.projects.override.generation.update(max_examples=request.config.getoption("--examples"))
        config.projects.override.phases.update(phases=phases.split(","))
        schema = schemathesis.openapi.from_path(PATH, config=config)
        schema.app = run.mock.app
        for event in from_schema(schema).execute():
            match event:
                case ScenarioFinished(recorder=recorder, phase=phase):
                    take_down(run, phase.value, recorder)
                case NonFatalError() | FatalError():
                    run.broken.append(repr(event))
                case EngineFinished():
                    assert event.stop_reason.value == "completed"
    return run


def take_down(run: InProcess, phase: str, recorder: ScenarioRecorder) -> None:
    for case_id, interaction in recorder.interactions.items():
        operation: Any = recorder.cases[case_id].value.operation
        if interaction.response is not None:
            operation_id = operation.definition.raw["operationId"]
            run.met[phase, operation_id, interaction.response.status_code] += 1
            if (operation_id, interaction.response.status_code) == ("list_calls", 200):
                run.listed += len(interaction.response.json()["calls"])
            transition = recorder.cases[case_id].transition
            if transition is not None and interaction.response.status_code == 200:
                _, link, _ = transition.id.split(" -> ")
                run.followed[operation_id, link] += 1
    for case_id, results in recorder.checks.items():
        curl = recorder.cases[case_id].value.as_curl_command()
        run.broken += [
            f"{phase}: {check.name}: {check.failure_info.failure}\n{curl}" for check in results if check.failure_info
        ]


def test_every_answer_of_the_mock_is_as_the_document_promises(in_process: InProcess) -> None:
    print(*sorted(in_process.met.items()), sep="\n")
    assert in_process.broken == []


def test_each_operation_succeeds_often_enough_in_each_phase(in_process: InProcess, examples: int) -> None:
    """A suite in which every request is refused passes too."""
    assert {phase for phase, _, _ in in_process.met} == {"examples", "coverage", "fuzzing", "stateful"}
    successes = Counter(
        {(phase, operation): count for (phase, operation, status), count in in_process.met.items() if status == 200}
    )
    starts, stops = ("start_stream", "start_conference_stream"), ("stop_stream", "stop_conference_stream")
    enough = {
        **{("examples", operation): 2 for operation in starts},
        **{("examples", operation): 1 for operation in (*stops, "list_calls")},
        **{("coverage", operation): 5 for operation in (*starts, *stops, "list_calls")},
        **{("fuzzing", operation): examples // 10 for operation in (*starts, *stops, "list_calls")},
        **{("stateful", operation): examples // 4 for operation in (*starts, *stops)},
    }
    assert {operation for _, operation in enough} == {operation for _, operation, _ in in_process.met}
    assert {key: successes[key] for key, least in enough.items() if successes[key] < least} == {}
    assert in_process.listed > 0


def test_every_refusal_that_a_request_can_cause_is_met(in_process: InProcess) -> None:
    assert {status for _, _, status in in_process.met} >= {400, 401, 405, 415, 422}


def test_the_links_lead_to_stops_by_sid_and_by_name(in_process: InProcess) -> None:
    assert in_process.followed.keys() == {
        ("stop_stream", "[200] StopBySid"),
        ("stop_stream", "[200] StopByName"),
        ("stop_conference_stream", "[200] StopBySid"),
    }
    assert min(in_process.followed.values()) >= 5
    stops = [request for request in in_process.mock.requests if request.status == 200 and "/Streams/" in request.path]
    stopped = {unquote(request.path.rpartition("/")[2]) for request in stops}
    named = [each for each in in_process.mock.streams if each.name not in {each.sid, STREAM_THAT_IS_THERE}]
    assert any(stream.name in stopped for stream in named)
    assert any(stream.sid in stopped for stream in in_process.mock.streams)


def test_the_command_line_finds_nothing_over_a_real_socket(prepared_mock: MockServer, examples: int) -> None:
    run = run_schemathesis(PATH, prepared_mock, REPORTS, examples // 4)

    assert run.exit_code == 0, run.output
    assert "Seed: 20180919" in run.output
    succeeded = [request.path for request in prepared_mock.requests if request.status == 200]
    for part in ("Calls/[^/]+/Streams", "Calls/[^/]+/Streams/[^/]+", "Conferences/[^/]+/Streams(/[^/]+)?", "Calls"):
        assert sum(bool(re.fullmatch(f"/.+/{part}", path)) for path in succeeded) >= examples // 4, part
    for name in RUNS:
        assert ElementTree.parse(REPORTS / f"{name}.junit.xml").getroot().get("failures") == "0"
        assert (REPORTS / f"{name}-page" / "index.html").exists()


def test_a_broken_promise_fails_the_command_line_and_its_reports_hold_no_secret(
    prepared_mock: MockServer, tmp_path: Path
) -> None:
    document = tmp_path / "document.yaml"
    promise_more = PATH.read_text().replace("required: [sid, ", "required: [codec, sid, ")
    document.write_text(promise_more.replace("a-token-of-yours", "hunter2").replace("Value: Jane", "Value: hunter2"))
    run = run_schemathesis(document, prepared_mock, tmp_path / "reports", 5)

    assert run.exit_code == 1
    assert '"codec" is a required property' in run.output
    assert "AuthorizationBearerToken=[Filtered]" in run.output
    credentials = prepared_mock.requests[-1].headers["authorization"].removeprefix("Basic ")
    for path in run.reports:
        text = path.read_text()
        assert not re.search(f"hunter2|{credentials}|{prepared_mock.token}", text), path
    assert {path.name for path in run.reports} == {"data.junit.xml", "links.junit.xml", "index.html", "output.txt"}


def test_the_checks_of_our_own_are_among_those_that_run() -> None:
    ours = {name for name in vars(checks) if name.startswith(("a_", "an_", "the_"))}
    assert len(ours) >= 7
    assert ours <= set(CHECKS.get_all_names())
