"""The document against the world: clients that others wrote, each in its own environment, against the mock."""

import json
import re
import subprocess
import tomllib
from typing import Any

import pytest
from signalwire_streams.compat import RestClient
from signalwire_streams.mock import MockServer
from support.document import SCHEMAS, is_valid
from support.pages import ROOT
from support.peers import LOCKS, peer_python


def run_peer(name: str, script: str, mock: MockServer) -> Any:
    command = [str(peer_python(name)), str(LOCKS / script), mock.url, mock.project, mock.token]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_twilio_python_starts_and_stops_a_stream(mock: MockServer) -> None:
    started, stopped = run_peer("twilio", "twilio_start_stop.py", mock)

    (stream,) = mock.streams
    assert started == [stream.sid, "by twilio", "queued"]
    assert stopped == [stream.sid, "by twilio", "stopped"]
    assert stream.parameters == [("FirstName", "Jane")]
    assert [request.path.endswith(".json") for request in mock.requests] == [True, True]


def test_signalwire_sdk_is_refused_with_the_documented_error_since_it_sends_json(mock: MockServer) -> None:
    refusals = run_peer("signalwire-sdk", "signalwire_sdk_start_stop.py", mock)

    assert [status for status, _ in refusals] == [415, 415]
    for _, body in refusals:
        assert is_valid(SCHEMAS["Error"], body)
        assert body["message"] == "The body must be application/x-www-form-urlencoded."
    assert [request.headers["content-type"] for request in mock.requests] == ["application/json"] * 2
    assert json.loads(mock.requests[0].body) == {"Url": "wss://stream.example.com/audio"}


def test_the_call_that_signalwire_sdk_documents_works_through_our_door(mock: MockServer) -> None:
    with RestClient(project=mock.project, token=mock.token, host=mock.url) as client:
        stream = client.compat.calls.start_stream("CA1", Url="wss://stream.example.com/audio")
        client.compat.calls.stop_stream("CA1", stream["sid"], Status="stopped")
    assert [stream.status for stream in mock.streams] == ["stopped"]


@pytest.mark.parametrize(
    ("name", "extras"), [("plain", []), ("aiohttp", ["aiohttp"]), ("resampling", ["samples"]), ("pipecat", ["samples"])]
)
def test_each_environment_that_runs_our_sources_has_what_they_need(name: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = sum((project["optional-dependencies"][extra] for extra in extras), project["dependencies"])
    locked = set(re.findall(r"^([\w.-]+)(?:\[\w+\])?==", (LOCKS / f"{name}.lock").read_text("utf-8"), re.MULTILINE))
    assert {re.split(r"[<>=~;\[ ]", each)[0] for each in needed} <= locked
