"""The servers that docs/receiving.md and docs/callbacks.md show, each with a client on a real connection."""

import asyncio
import base64
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
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
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

UVICORN = """
import socket, uvicorn
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listening])
"""
SAY_PORT = "print(server.sockets[0].getsockname()[1], flush=True)\n        await server.serve_forever()"


def on_a_free_port(code: str) -> str:
    return code.replace("8000", "0").replace("await server.serve_forever()", SAY_PORT)


SERVERS = {
    "fastapi": block("docs/receiving.md", "what the caller says") + UVICORN,
    "starlette": block("docs/receiving.md", "Starlette(routes") + UVICORN,
    "websockets": on_a_free_port(block("docs/receiving.md", "case Dtmf(")),
}
WITH_TOKEN = {
    "fastapi": (block("docs/receiving.md", "check_bearer(websocket.headers") + UVICORN, 403),
    "websockets": (on_a_free_port(block("docs/receiving.md", "check_bearer(request.headers")), 401),
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
        samples, rate = soundfile.read(tmp_path / "recordings" / "CA1_ST1.wav", dtype="int16")
        assert rate == 8000
        assert [set(channel) for channel in samples.T.tolist()] == [{0}, {32124}]
        assert samples.shape == (4000, 2)


@pytest.mark.parametrize(
    ("containing", "printed"),
    [
        ("window.samples.shape", ["inbound 0.0 (512,)", "inbound 0.032 (512,)"]),
        ("hop=0.25", ["the last one, padded with 6400 samples"]),
    ],
)
def test_the_windows_of_the_page_hold_the_audio(
    containing: str, printed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    async def texts() -> AsyncIterator[str]:
        yield messages.start(tracks=["inbound"])
        for chunk in range(1, 3 if containing == "window.samples.shape" else 6):
            yield messages.media(chunk + 1, bytes(160), chunk=chunk, timestamp=20 * (chunk - 1))

    namespace: dict[str, Any] = {}
    exec(block("docs/receiving.md", containing), namespace)
    asyncio.run(namespace["listen"](texts()))
    assert capsys.readouterr().out.splitlines() == printed


EXAMPLES = {
    "transcription": (
        "def transcribe(",
        ["0.0 s, inbound: 80000 samples", "0.0 s, outbound: 80000 samples"],
    ),
    "speech": ("def is_speech(", ["0.0 s, outbound speaks"]),
    "hand-over": ("send_to_service", [base64.b64encode(bytes([0xFF]) * 160).decode()] * 25),
    "recorder": ("skipped a message", [r"recordings/CA1_ST1.wav 0.5 s stopped"]),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_worked_example_does_what_the_page_says(name: str, tmp_path: Path) -> None:
    containing, expected = EXAMPLES[name]
    with running(block("docs/receiving.md", containing) + UVICORN, tmp_path) as (url, server):
        stream(url, stop=True)
        assert server.stdout
        assert [server.stdout.readline().rstrip("\n") for _ in expected] == expected
    if name == "recorder":
        samples, rate = soundfile.read(tmp_path / "recordings/CA1_ST1.wav", dtype="int16")
        assert rate == 8000
        assert [set(channel) for channel in samples.T.tolist()] == [{0}, {32124}]


def test_the_dashboard_of_the_page_shows_the_levels_of_running_streams(tmp_path: Path) -> None:
    with running(block("docs/receiving.md", "/levels") + UVICORN, tmp_path) as (url, _):
        levels_url = f"http{url.removeprefix('ws').removesuffix('audio')}levels"

        def shown() -> dict[str, list[float]]:
            return dict(httpx.get(levels_url, trust_env=False).json())

        with connect(url, proxy=None) as connection:
            connection.send(messages.connected())
            connection.send(messages.start())
            while shown() != {"ST1": [-96.0, pytest.approx(-0.17, abs=0.01)]}:
                for track in ("inbound", "outbound"):
                    payload = bytes([0xFF if track == "inbound" else 0x80]) * 160
                    connection.send(messages.media(2, payload, chunk=1, timestamp=0, track=track))
        while shown():
            pass


@pytest.mark.parametrize("name", WITH_TOKEN)
def test_the_server_of_the_page_accepts_only_the_bearer_token(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, status = WITH_TOKEN[name]
    monkeypatch.setenv("STREAM_TOKEN", "a-token")
    with running(code, tmp_path) as (url, _):
        for token in ("another-token", ""):
            with pytest.raises(InvalidStatus) as refused:
                connect(url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None)
            assert refused.value.response.status_code == status
        with connect(url, additional_headers={"Authorization": "Bearer a-token"}, proxy=None) as connection:
            connection.send(messages.connected())


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
