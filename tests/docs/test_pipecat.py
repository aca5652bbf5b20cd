"""What docs/pipecat.md says of Pipecat, by the Pipecat that PyPI has, in an environment of its own."""

import json
import math
import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.media import encode_audio
from signalwire_streams.mock import Audio, MockServer
from support import messages
from support.pages import ROOT, block
from support.peers import LOCKS, peer_python

PAGE = "docs/pipecat.md"
FORMATS = {"PCMU": ("audio/x-mulaw", 8000), "PCMA": ("audio/x-alaw", 8000), "L16": ("audio/x-L16", 16_000)}
SERVE = """
import socket, uvicorn
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listening])
"""


def environment() -> dict[str, str]:
    # Of our package only the sources, so that the environment is made once for all their states.
    path = os.pathsep.join(str(ROOT / folder) for folder in ("overrides", "generated"))
    return {**os.environ, "PYTHONPATH": path, "LOGURU_LEVEL": "WARNING"}


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield each cell of the page's table: the serializer, the encoding and the verdict."""
    text = (ROOT / PAGE).read_text("utf-8")
    for line in re.findall(r"^\| `\w+FrameSerializer.*$", text, re.MULTILINE):
        name, *verdicts = [cell.strip().strip("`") for cell in line.strip("|").split(" | ")]
        for encoding, verdict in zip(FORMATS, verdicts, strict=True):
            yield name, encoding, verdict


def tone(rate: int, seconds: float = 1.0) -> bytes:
    """Return 16-bit PCM of 1 kHz at half of full scale."""
    values = [round(16383 * math.sin(2 * math.pi * 1000 * index / rate)) for index in range(int(rate * seconds))]
    return b"".join(value.to_bytes(2, "little", signed=True) for value in values)


def texts(encoding: str, tracks: list[str]) -> list[str]:
    """Return the messages of one second of a tone on each track, and of a key."""
    name, rate = FORMATS[encoding]
    pcm, size, number = tone(rate), 2 * rate // 50, 1
    found = [messages.connected(), messages.start()]
    for chunk in range(50):
        payload = encode_audio(pcm[chunk * size : (chunk + 1) * size], name)
        for track in tracks:
            number += 1
            found.append(messages.media(number, payload, chunk=chunk + 1, timestamp=20 * chunk, track=track))
    return [*found, messages.dtmf("5", number + 1), messages.stop(number + 2)]


@cache
def heard(tracks: tuple[str, ...]) -> dict[tuple[str, str], dict[str, Any]]:
    cells = list(rows())
    cases = [
        {"serializer": name, "rate": FORMATS[encoding][1], "texts": texts(encoding, list(tracks))}
        for name, encoding, _ in cells
    ]
    done = subprocess.run(
        [peer_python("pipecat"), LOCKS / "pipecat_serializers.py"],
        input=json.dumps(cases),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {cell[:2]: found for cell, found in zip(cells, json.loads(done.stdout), strict=True)}


def tone_to_noise(pcm: bytes) -> float:
    """Return how far the 1 kHz tone of audio at 16,000 Hz stands above all else, in decibels."""
    samples = [int.from_bytes(pcm[at : at + 2], "little", signed=True) for at in range(0, len(pcm) - 1, 2)]
    samples = samples[1600 : 1600 + (len(samples) - 3200) // 16 * 16]  # whole periods, without both ends
    waves = [[f(math.pi * index / 8) for index in range(16)] for f in (math.sin, math.cos)]
    total = sum(value * value for value in samples)
    parts = [sum(value * wave[at % 16] for at, value in enumerate(samples)) for wave in waves]
    power = sum(part * part for part in parts) * 2 / len(samples)
    return 10 * math.log10(power / max(total - power, 1e-9))


def test_the_page_names_the_version_that_is_tested() -> None:
    (version,) = re.findall(
        r"^pipecat-ai(?:\[\w+\])?==(\d+\.\d+)", (LOCKS / "pipecat.lock").read_text("utf-8"), re.MULTILINE
    )
    assert f"Pipecat {version}." in (ROOT / PAGE).read_text("utf-8")


@pytest.mark.parametrize(("name", "encoding", "verdict"), list(rows()))
def test_the_table_tells_what_a_serializer_makes_of_an_encoding(name: str, encoding: str, verdict: str) -> None:
    found = heard(("inbound",))[name, encoding]
    pcm = bytes.fromhex(found["audio"])
    ratio = tone_to_noise(pcm)
    is_as_long = 0.9 < len(pcm) / 32_000 <= 1.0
    measured = "right" if ratio > 30 and is_as_long else "distorted" if ratio > 5 and is_as_long else "noise"
    assert (measured, found["keys"]) == (verdict, "5")


@pytest.mark.parametrize("name", sorted({name for name, _, _ in rows()}))
def test_no_serializer_tells_the_tracks_apart(name: str) -> None:
    encoding = next(encoding for each, encoding, verdict in rows() if (each, verdict) == (name, "right"))
    one, both = (len(heard(tracks)[name, encoding]["audio"]) for tracks in [("inbound",), ("inbound", "outbound")])
    assert both > 1.9 * one


def test_the_program_of_the_page_hears_the_caller(tmp_path: Path) -> None:
    program = tmp_path / "server.py"
    program.write_text(block(PAGE, "class SignalWireSerializer") + SERVE, "utf-8")
    audio = {"inbound": Audio.tone(1000, 1.0)}
    with (
        subprocess.Popen(
            [peer_python("pipecat"), "-u", program], env=environment(), stdout=subprocess.PIPE, text=True
        ) as server,
        MockServer(audio=audio) as mock,
        StreamsClient(mock.project, mock.token, mock.url) as client,
    ):
        try:
            assert server.stdout
            mock.route("wss://agent.example.com", f"ws://127.0.0.1:{int(server.stdout.readline())}")
            stream = client.start_stream("CA1", "wss://agent.example.com/audio")
            mock.wait_for(stream, "in-progress", timeout=30)
            mock.press(stream, "A")  # which Pipecat does not know
            mock.press(stream, "5")
            assert server.stdout.readline() == "pressed 5\n"
            assert re.fullmatch(r"heard (0\.9\d|1\.0\d) seconds\n", server.stdout.readline())
        finally:
            server.kill()


def test_twilios_serializer_hangs_up_at_signalwire(tmp_path: Path) -> None:
    program = tmp_path / "hang_up.py"
    hang_up = (
        "import asyncio\nfrom pipecat.frames.frames import EndFrame\nasyncio.run(serializer.serialize(EndFrame()))\n"
    )
    program.write_text(block(PAGE, "TwilioFrameSerializer(") + hang_up, "utf-8")
    with MockServer() as mock:
        account = {
            "SIGNALWIRE_PROJECT_ID": mock.project,
            "SIGNALWIRE_API_TOKEN": mock.token,
            "SIGNALWIRE_SPACE": mock.url,
        }
        subprocess.run([peer_python("pipecat"), program], env=environment() | account, check=True)
        (request,) = mock.requests
    assert (request.method, request.path) == ("POST", f"/api/laml/2010-04-01/Accounts/{mock.project}/Calls/CA123.json")
    assert request.form == [("Status", "completed")]
