"""`signalwire-streams check`."""

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.cli import main
from signalwire_streams.mock import MockServer
from support.faulty import faulty_server
from support.unusable import UNUSABLE, authority_and_context

CANARY = "c4nary-s3cret"
RunMain = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run_main(mock: MockServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunMain:
    """Return a function that runs the command in this process, with the settings of the mock or of `environment`."""
    for name in [*os.environ]:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        settings = {
            "SIGNALWIRE_PROJECT_ID": mock.project,
            "SIGNALWIRE_API_TOKEN": mock.token,
            "SIGNALWIRE_SPACE": mock.url,
        }
        for name, value in (settings | environment).items():
            monkeypatch.setenv(name, value)
        return (main(["check", *arguments]), *capsys.readouterr())

    return run


def test_settings_that_work_are_told_with_the_time_of_a_round_trip(run_main: RunMain, mock: MockServer) -> None:
    code, output, errors = run_main()
    assert (code, errors) == (0, "")
    host = re.escape(mock.url.removeprefix("http://"))
    assert re.fullmatch(
        rf"Host, project and token of {host} work\.\n"
        r"The first request took \d+ ms, with TCP\. The next took \d+ ms\.\n",
        output,
    )
    assert [request.method for request in mock.requests] == ["GET", "GET"]
    assert mock.streams == []


def test_tls_is_told_too(run_main: RunMain, tmp_path: Path) -> None:
    authority, context = authority_and_context("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with faulty_server(context) as server:
        code, output, _ = run_main(SIGNALWIRE_SPACE=server.url, SSL_CERT_FILE=str(tmp_path / "ca.pem"))
        assert server.connections == 1
    assert code == 0
    assert output.startswith("Host, TLS, project and token of 127.0.0.1:")
    assert re.search(r"The first request took \d+ ms, with TCP and TLS\. The next took \d+ ms\.\n$", output)


def test_json_has_both_times(run_main: RunMain, mock: MockServer) -> None:
    code, output, errors = run_main("--json")
    printed = json.loads(output)
    assert (code, errors, output.count("\n")) == (0, "", 1)
    assert list(printed) == ["host", "project", "first_ms", "next_ms"]
    assert (printed["host"], printed["project"]) == (mock.url.removeprefix("http://"), mock.project)
    assert printed["first_ms"] > 0 < printed["next_ms"]


@pytest.mark.parametrize("case", UNUSABLE)
def test_one_line_says_what_to_check(run_main: RunMain, case: str) -> None:
    unusable, sentence = UNUSABLE[case]
    with unusable() as environment:
        code, output, errors = run_main("--timeout", "2", SIGNALWIRE_API_TOKEN=CANARY, **environment)
    assert (code, output) == (1, "")
    assert re.fullmatch(r"signalwire-streams: [^\n]+\n", errors)
    assert re.search(sentence, errors), errors
    assert CANARY not in errors


@pytest.mark.parametrize("setting", ["SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN"])
def test_a_wrong_project_or_token_is_told(run_main: RunMain, setting: str) -> None:
    code, output, errors = run_main(**{setting: CANARY})
    assert (code, output) == (1, "")
    assert errors.endswith(
        "Check that project and token belong together and to this space, and that the token has the Voice scope.\n"
    )


def test_a_missing_setting_is_told_before_anything_is_sent(run_main: RunMain, mock: MockServer) -> None:
    code, _, errors = run_main(SIGNALWIRE_API_TOKEN="")
    assert code == 2
    assert "no token set. Pass --token-file, or set SIGNALWIRE_API_TOKEN." in errors
    assert mock.requests == []


@pytest.mark.usefixtures("signals_of_the_tests")
def test_an_interrupt_ends_the_command(run_main: RunMain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StreamsClient, "check", lambda _: signal.raise_signal(signal.SIGINT))
    assert run_main() == (130, "", "signalwire-streams: interrupted.\n")
