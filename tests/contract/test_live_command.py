"""`make contract-live` itself, with the mock in place of the real service."""

import os
import subprocess
from pathlib import Path

from signalwire_streams.mock import MockServer
from support.canned import STREAM, CannedServer
from support.pytest_runs import pytest_command

ROOT = Path(__file__).parents[2]


def contract_live(**environment: str) -> subprocess.CompletedProcess[str]:
    unset = {name: value for name, value in os.environ.items() if name not in {"CALL_SID", "STREAM_URL"}}
    return subprocess.run(
        pytest_command("-s", "tests/live"),
        cwd=ROOT,
        env=unset | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def account(mock: MockServer) -> dict[str, str]:
    return {
        "SIGNALWIRE_PROJECT_ID": mock.project,
        "SIGNALWIRE_API_TOKEN": mock.token,
        "SIGNALWIRE_SPACE": mock.url,
        "CALL_SID": "CA1",
    }


def test_it_says_what_it_does_and_leaves_no_stream_running(mock: MockServer) -> None:
    done = contract_live(**account(mock))
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    assert "on call CA1 to wss://stream.example.com/audio" in done.stdout
    assert mock.token not in done.stdout
    assert [stream.status for stream in mock.streams] == ["stopped", "stopped"]


def test_a_stream_is_stopped_even_when_its_test_fails(canned: CannedServer) -> None:
    """The server answers each request with the same stream, of another call, long ago."""
    done = contract_live(
        SIGNALWIRE_PROJECT_ID="p", SIGNALWIRE_API_TOKEN="t", SIGNALWIRE_SPACE=canned.url, CALL_SID="CA1"
    )
    assert done.returncode == 1
    bodies = [request.body for request in canned.received if request.target.endswith(f"/{STREAM['sid']}")]
    assert bodies.count(b"Status=stopped") >= 2  # one for each of the two that were started


def test_without_an_account_it_skips_and_says_what_is_not_set() -> None:
    done = contract_live()
    assert done.returncode == 0
    assert "3 skipped" in done.stdout
    missing = "SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN, SIGNALWIRE_SPACE, CALL_SID not set"
    assert f"the real service is not asked: {missing}" in done.stdout
