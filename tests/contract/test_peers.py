"""The document against the world: clients that others wrote, each in its own environment, against the mock."""

import json
import subprocess
from typing import Any

from signalwire_streams.mock import MockServer
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
