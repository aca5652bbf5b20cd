"""The servers that the README shows, each as a process of its own, with a client on a real WebSocket."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import soundfile
from package.test_readme import block
from support import messages
from websockets.sync.client import connect

UVICORN = """
import socket, uvicorn
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listening])
"""
SAY_PORT = "print(server.sockets[0].getsockname()[1], flush=True)\n        await server.serve_forever()"
SERVERS = {
    "fastapi": block("from fastapi") + UVICORN,
    "starlette": block("Starlette(routes") + UVICORN,
    "websockets": block("ServerConnection").replace("8000", "0").replace("await server.serve_forever()", SAY_PORT),
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
    with connect(url, proxy=None) as socket:
        socket.send(messages.connected())
        socket.send(messages.start())
        for chunk in range(1, 26):
            for number, track in enumerate(["inbound", "outbound"], start=2 * chunk):
                payload = bytes([0xFF if track == "inbound" else 0x80]) * 160
                socket.send(messages.media(number, payload, chunk=chunk, timestamp=20 * (chunk - 1), track=track))
        socket.send(messages.dtmf("5", 52))
        if stop:
            socket.send(messages.stop(53))


@pytest.mark.parametrize("stop", [True, False], ids=["stopped", "lost"])
@pytest.mark.parametrize("name", SERVERS)
def test_the_server_of_the_readme_receives_a_stream(name: str, stop: bool, tmp_path: Path) -> None:
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
