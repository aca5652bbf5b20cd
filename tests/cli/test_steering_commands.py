"""`signalwire-streams mock press`, `hang-up` and `drop`."""

import re
import signal
from collections.abc import Callable, Iterator

import httpx
import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.cli import main
from signalwire_streams.mock import MockServer
from support.sockets import Listener, listening, taking_callbacks

URL = "wss://agent.example.com/"
RunMain = Callable[..., tuple[int, str, str]]


@pytest.fixture
def receiver() -> Iterator[Listener]:
    with listening() as receiver:
        yield receiver


@pytest.fixture
def steered(receiver: Listener) -> Iterator[MockServer]:
    with MockServer(page=True, routes={URL[:-1]: receiver.url}) as mock:
        yield mock


@pytest.fixture
def client(steered: MockServer) -> Iterator[StreamsClient]:
    with StreamsClient(steered.project, steered.token, steered.url) as client:
        yield client


@pytest.fixture
def run_main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunMain:
    monkeypatch.delenv("SIGNALWIRE_SPACE", raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        return (main(["mock", *arguments]), *capsys.readouterr())

    return run


def test_keys_are_pressed_on_a_stream_by_its_name_or_sid(
    run_main: RunMain, steered: MockServer, client: StreamsClient, receiver: Listener
) -> None:
    stream = client.start_stream("CA1", URL, name="the/first ☎")
    steered.wait_for(stream, "in-progress")
    done = run_main("press", "the/first ☎", "5#", "--mock", steered.url)
    assert done == (0, "pressed 5# on stream the/first ☎\n", "")
    assert run_main("press", stream.sid, "A", "--mock", f"{steered.url}/")[0] == 0
    client.stop_stream("CA1", stream.sid)
    assert [message["dtmf"]["digit"] for message in receiver.the_one().of("dtmf")] == ["5", "#", "A"]


def test_a_call_is_ended_at_the_mock_of_the_environment(
    run_main: RunMain, steered: MockServer, client: StreamsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = client.start_stream("CA-1", URL)
    monkeypatch.setenv("SIGNALWIRE_SPACE", steered.url)
    assert run_main("hang-up", "CA-1") == (0, "ended call CA-1\n", "")
    assert steered.wait_for(stream, "stopped").error is None


def test_a_connection_is_dropped(run_main: RunMain, steered: MockServer, client: StreamsClient) -> None:
    stream = client.start_stream("CA1", URL, name="first")
    steered.wait_for(stream, "in-progress")
    done = run_main("drop", "first", "--mock", steered.url)
    assert done == (0, "dropped the connection of stream first\n", "")
    assert steered.wait_for(stream, "closed").close_code == 1006


def test_what_the_mock_refuses_is_told(run_main: RunMain, steered: MockServer, client: StreamsClient) -> None:
    stream = client.start_stream("CA1", URL, name="first")
    steered.wait_for(stream, "in-progress")
    for arguments, problem in (
        (["press", "none", "5"], "There is no such stream."),
        (["press", "first", "5x"], "digits "),
        (["drop", "none"], "There is no such stream."),
    ):
        code, output, errors = run_main(*arguments, "--mock", steered.url)
        assert (code, output) == (1, "")
        assert errors.startswith(f"signalwire-streams: {problem}")
        assert errors.count("\n") == 1


@pytest.mark.parametrize("command", [["press", "s", "5"], ["hang-up", "CA1"], ["drop", "s"]])
@pytest.mark.parametrize(
    "space", ["", "example.signalwire.com", "https://127.0.0.1:1", "http://example.com", "http://["]
)
def test_without_the_url_of_a_mock_nothing_is_sent(
    run_main: RunMain, command: list[str], space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(httpx.Client, "post", fail)
    monkeypatch.setenv("SIGNALWIRE_SPACE", space)
    problem = (
        "SIGNALWIRE_SPACE must be the URL of a mock on this machine, as in http://127.0.0.1:8080."
        if space
        else "no mock set. Pass --mock, or set SIGNALWIRE_SPACE, with the URL that the mock printed."
    )
    assert run_main(*command) == (2, "", f"signalwire-streams: {problem}\n")
    if space:
        assert run_main(*command, "--mock", space)[2] == f"signalwire-streams: {problem}\n".replace(
            "SIGNALWIRE_SPACE", "--mock"
        )


def test_a_mock_that_does_not_answer_is_told(run_main: RunMain) -> None:
    code, output, errors = run_main("hang-up", "CA1", "--mock", "http://127.0.0.1:1")
    assert (code, output) == (1, "")
    assert re.fullmatch(
        r"signalwire-streams: no mock answers at http://127\.0\.0\.1:1: .*refused\. "
        r"Check that it runs, and pass the URL that it printed\.\n",
        errors,
    )


def test_a_mock_without_the_control_api_is_told(run_main: RunMain, mock: MockServer) -> None:
    with taking_callbacks(lambda _: 418) as other_server:
        for url, status in ((mock.url, 404), (other_server.url, 418)):
            code, _, errors = run_main("hang-up", "CA1", "--mock", url)
            advice = "Run signalwire-streams mock without --no-page."
            assert code == 1
            assert errors == f"signalwire-streams: {url} has no control API (HTTP {status}). {advice}\n"


@pytest.mark.usefixtures("signals_of_the_tests")
def test_an_interrupt_ends_the_command(run_main: RunMain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx.Client, "post", lambda *_, **__: signal.raise_signal(signal.SIGINT))
    done = run_main("hang-up", "CA1", "--mock", "http://127.0.0.1:1")
    assert done == (130, "", "signalwire-streams: interrupted.\n")
