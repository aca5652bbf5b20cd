"""What is done with the wheel in a clean environment: once with the plain install, and once with each extra."""

SYNC = """
from signalwire_streams import StreamsClient

with StreamsClient() as client:
    stream = client.start_stream("CA1", "wss://stream.example.com/audio", name="sync", parameters={"Name": "Jane"})
    assert client.stop_stream("CA1", "sync").sid == stream.sid
"""

ASYNC = """
import asyncio
from signalwire_streams import AsyncStreamsClient

async def main():
    async with AsyncStreamsClient() as client, client.stream("CA1", "wss://stream.example.com/audio") as stream:
        assert stream.sid

asyncio.run(main())
"""

AIOHTTP = """
import asyncio
from signalwire_streams import AsyncStreamsClient
from signalwire_streams.transports import AiohttpTransport

async def main():
    async with AsyncStreamsClient(transport=AiohttpTransport()) as client:
        async with client.stream("CA1", "wss://stream.example.com/audio") as stream:
            assert stream.sid

asyncio.run(main())
"""

RECEIVER = """
from signalwire_streams.receiver import Receiver

with Receiver() as receiver:
    assert receiver.url.startswith("ws://127.0.0.1:")
"""

COMMAND = """
import os, subprocess, sys

program = os.path.join(os.path.dirname(sys.executable), "signalwire-streams")
subprocess.run([program, "start", "CA1", "wss://stream.example.com/audio", "--name", "shell"], check=True)
subprocess.run([program, "stop", "CA1", "shell"], check=True)
"""

AUDIO = """
import io
from signalwire_streams.media import WavWriter, decode_audio, encode_audio

assert encode_audio(decode_audio(bytes(range(128)), "audio/x-mulaw"), "audio/x-mulaw")
WavWriter(io.BytesIO()).close()
"""

MOCK = """
from signalwire_streams import StreamsClient
from signalwire_streams.mock import MockServer

with MockServer() as mock, StreamsClient(mock.project, mock.token, mock.url) as client:
    client.start_stream("CA1", "wss://stream.example.com/audio")
    assert [stream.call_sid for stream in mock.streams] == ["CA1"]
"""

PYTEST = """
import pathlib, tempfile
import pytest

test = "def test_it(streams_client, streams_mock):\\n"
test += "    streams_client.start_stream('CA1', 'wss://stream.example.com/audio')\\n"
test += "    assert len(streams_mock.streams) == 1\\n"
with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder, "test_it.py")
    file.write_text(test)
    assert pytest.main(["-q", "-p", "no:cacheprovider", str(file)]) == 0
"""

SAMPLES = """
import sys
from signalwire_streams.media import AudioWindows, Media, MediaFormat, Start

sys.modules["audioop"] = None
audio = AudioWindows(sample_rate=16_000, samples=512)
audio.feed(Start(1, "ST1", "AC1", "CA1", ("inbound",), MediaFormat("audio/x-mulaw", 8000, 1)))
audio.feed(Media(2, "inbound", 1, 0, bytes(160)))
assert [(window.samples.shape, window.padding) for window in audio.close()] == [((512,), 192)]
"""

LISTEN = COMMAND + 'subprocess.run([program, "listen", "--help"], check=True)\n'

USES = {
    "": [SYNC, ASYNC, COMMAND],
    "aiohttp": [AIOHTTP, ASYNC + "import sys; assert 'aiohttp' not in sys.modules\n"],
    "audio": [AUDIO],
    "cli": [AUDIO, RECEIVER, LISTEN],
    "mock": [AUDIO, RECEIVER, MOCK],
    "pytest": [MOCK, PYTEST],
    "samples": [SAMPLES],
}
