"""The servers that docs/receiving.md and docs/callbacks.md show, each with a client on a real connection."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
import soundfile
import uvicorn
from signalwire_streams.callbacks import SIGNATURE_HEADER, compute_signature, parse_status_callback
from support import messages
from support.pages import block
from websockets.sync.client import connect

UVICORN = """
import socket, uvicorn
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listening])
"""
SAY_PORT = "print(server.sockets[0].getsockname()[1], flush=True)\n        await server.serve_forever()"
SERVERS = {
    "fastapi": block("docs/receiving.md", "app.websocket") + UVICORN,
    "starlette": block("docs/receiving.md", "Starlette(routes") + UVICORN,
    "websockets": block("docs/receiving.md", "ServerConnection")
    .replace("8000", "0")
    .replace("await server.serve_forever()", SAY_PORT),
}


@contextmanager
def running(code: str, folder: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run a server in a folder, and give its URL; it prints its port first."""
    with subprocess.Popen(
        [sys.executable, "-u", "-c", code], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        patience = threading.Timer(60, server.kill)  # then what waits for a line gets an empty one
        patience.start()
        try:
            assert server.stdout
            port = server.stdout.readline().strip()
            assert port.isdigit(), server.stderr and server.stderr.read()
            yield f"ws://127.0.0.1:{port}/audio", server
        finally:
            patience.cancel()
            server.kill()


def stream(url: str, *, stop: bool) -> None:
    """Be the service: half a second of both tracks, a key, and the stop."""
    with connect(url, proxy=None) as connection:
        connection.send(messages.connected())
        connection.send(messages.start())
        for chunk in range(1, 26):
            for number, track in enumerate(["inbound", "outbound"], start=2 * chunk):
                payload = bytes([0xFF if track == "inbound" else 0x80]) * 160
                connection.send(messages.media(number, payload, chunk=chunk, timestamp=20 * (chunk - 1), track=track))
        connection.send(messages.dtmf("5", 52))
        if stop:
            connection.send(messages.stop(53))


@pytest.mark.parametrize("stop", [True, False], ids=["stopped", "lost"])
@pytest.mark.parametrize("name", SERVERS)
def test_the_server_of_the_page_receives_a_stream(name: str, stop: bool, tmp_path: Path) -> None:
    with running(SERVERS[name], tmp_path) as (url, server):
        stream(url, stop=stop)
        assert server.stdout
        if name == "websockets":
            assert server.stdout.readline() == "pressed 5\n"
        state = "stopped" if stop else "lost"
        assert server.stdout.readline() == f"CA1 {{'FirstName': 'Jane'}} 0.5 {state}\n"
    if name == "starlette":
        samples, rate = soundfile.read(tmp_path / "call.wav", dtype="int16")
        assert rate == 8000
        assert [set(channel) for channel in samples.T.tolist()] == [{0}, {32124}]
        assert samples.shape == (4000, 2)


def test_the_receiver_of_status_callbacks_takes_what_is_signed_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGNALWIRE_SIGNING_KEY", "a-key")
    namespace: dict[str, Any] = {}
    exec(block("docs/callbacks.md", "HTTPException"), namespace)
    event = {"StreamEvent": "stream-error", "StreamSid": "ST1", "StreamName": "first", "StreamError": "codec_error"}
    event |= {"CallSid": "CA1", "AccountSid": "p", "Timestamp": timestamp(10), "StreamTrack": "both_tracks"}
    with serving(namespace["app"]) as origin:
        url = f"{origin}/events?tenant=7"
        headers = {SIGNATURE_HEADER: compute_signature(url, form=event)}
        requests = [(event, headers), (event, {}), (event | {"StreamError": "forged"}, headers)]
        refused = (event | {"Timestamp": timestamp(1000)}, event | {"StreamName": "my CallSid"})
        requests += [(other, {SIGNATURE_HEADER: compute_signature(url, form=other)}) for other in refused]
        statuses = [httpx.post(url, data=data, headers=given, trust_env=False).status_code for data, given in requests]
    assert statuses == [200, 403, 403, 403, 400]
    time = datetime.fromisoformat(event["Timestamp"])
    assert capsys.readouterr().out == f"{time} stream-error first codec_error\n"


def timestamp(age: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=age)).isoformat(timespec="milliseconds")


def test_the_events_of_the_page_are_dropped_when_they_are_repeated() -> None:
    namespace: dict[str, Any] = {}
    exec(block("docs/callbacks.md", "OrderedDict"), namespace)
    form = {"StreamSid": "ST1", "CallSid": "CA1", "AccountSid": "p", "Timestamp": timestamp(1)}
    started, stopped, other = (
        parse_status_callback("https://example.com/", form=form | changes, verify=False)
        for changes in (
            {"StreamEvent": "stream-started"},
            {"StreamEvent": "stream-stopped"},
            {"StreamEvent": "stream-started", "StreamSid": "ST2"},
        )
    )
    events = [started, started, stopped, other, started, stopped]
    assert [namespace["is_new"](event) for event in events] == [True, False, True, True, False, False]
    for number in range(20_000):
        namespace["is_new"](attrs.evolve(started, stream_sid=str(number)))
    assert len(namespace["seen"]) == 10_000


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Run an ASGI application on a socket of its own, and yield its origin."""
    with socket.create_server(("127.0.0.1", 0)) as listener:  # which takes connections before the server is up
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
