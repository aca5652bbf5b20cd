"""`wait_for_audio` of a served application, in a separate pytest process, as users do."""

from pathlib import Path

from support.pytest_runs import assert_all_pass

AGENT = """
import asyncio
import threading
from fastapi import FastAPI, WebSocket
from signalwire_streams.media import Media, StreamSession

app = FastAPI()
handled = []
woken = threading.Event()

@app.websocket("/audio")
async def audio(websocket: WebSocket):
    await websocket.accept()
    with StreamSession() as session:
        async for text in websocket.iter_text():
            message = session.feed(text)
            await asyncio.sleep(0)
            if isinstance(message, Media):
                handled.append(message)

@app.websocket("/refuses")
async def refuses(websocket: WebSocket):
    await websocket.close()

@app.websocket("/breaks")
async def breaks(websocket: WebSocket):
    await websocket.accept()
    for _ in range(7):
        await websocket.receive_text()
    raise KeyError("secret")

@app.websocket("/crashes")
async def crashes(websocket: WebSocket):
    raise KeyError("secret")

@app.websocket("/leaves")
async def leaves(websocket: WebSocket):
    await websocket.accept()
    for _ in range(12):
        await websocket.receive_text()
    await websocket.close()

@app.websocket("/sleeps")
async def sleeps(websocket: WebSocket):
    await websocket.accept()
    await websocket.receive()
    while not woken.is_set():
        await asyncio.sleep(0.01)
"""
TESTS = """
import time
import pytest
from agent import app, handled, woken
from websockets.sync.client import connect

URL = "wss://agent.example.com"
NEVER = 60  # a test that waits for so long has failed

@pytest.fixture
def server(streams_serve):
    return streams_serve(app, "agent.example.com")

def failure(server, seconds, *arguments, **options):
    before = time.monotonic()
    with pytest.raises(TimeoutError) as error:
        server.wait_for_audio(seconds, *arguments, **options)
    assert time.monotonic() - before < NEVER / 2
    return str(error.value)

def test_it_returns_once_the_application_has_handled_the_audio(server, streams_client):
    handled.clear()
    with streams_client.stream("CA1", URL + "/audio") as stream:
        server.wait_for_audio(0.1)
        assert len(handled) >= 2 * 5
        server.wait_for_audio(0.2, stream)
        server.wait_for_audio(0.2, stream.name)
        assert len(handled) >= 2 * 10

def test_a_stream_that_has_ended_counts_if_it_had_enough(server, streams_client):
    with streams_client.stream("CA1", URL + "/audio", track="inbound_track") as stream:
        server.wait_for_audio(0.1)
    server.wait_until_idle()
    server.wait_for_audio(0.1, timeout=NEVER)
    told = failure(server, 10, timeout=NEVER)
    assert told.startswith("All streams ended while waiting for 10 seconds of audio on each track. The stream ")
    assert f"{stream.name!r} is stopped, and its audio so far is 0." in told
    assert failure(server, 10, stream, timeout=NEVER) == told

def test_all_running_streams_are_waited_for(server, streams_client, streams_mock):
    handled.clear()
    with streams_client.stream("CA1", URL + "/audio", track="inbound_track", name="first"):
        server.wait_for_audio(0.1)
        with streams_client.stream("CA1", URL + "/audio", track="outbound_track", name="second"):
            server.wait_for_audio(0.1)
            assert sum(message.track == "outbound" for message in handled) >= 5
            with streams_client.stream("CA1", URL + "/sleeps", name="third") as third:
                streams_mock.wait_for(third, "in-progress")
                told = failure(server, 0.1, timeout=0.3)
                assert "The stream 'third' is in-progress, and the application has not read its start message." in told
                server.wait_for_audio(0.1, "first")
                assert told.endswith("WebSockets without a start message: 1.")
                woken.set()

def test_nothing_was_started(server):
    assert failure(server, 1, timeout=0.05) == (
        "Timed out after 0.05 seconds while waiting for 1 seconds of audio on each track. No stream was started."
    )
    assert failure(server, 1, "nobody", timeout=0.05).endswith("on each track. There is no such stream.")

def test_no_route_leads_to_the_application(server, streams_client):
    stream = streams_client.start_stream("CA1", "wss://other.example.com/s3cret", name="a")
    problem = "The stream 'a' is in-progress without a connection to the application: no route leads there from 'other.example.com'."
    assert failure(server, 1, timeout=0.05).endswith("on each track. " + problem)
    told = failure(server, 1, stream, timeout=NEVER)
    assert told == f"All streams ended while waiting for 1 seconds of audio on each track. {problem}"

def test_the_application_refuses_the_stream(server, streams_client):
    streams_client.start_stream("CA1", URL + "/refuses", name="a")
    assert failure(server, 1, timeout=NEVER).endswith(
        "The stream 'a' is stopped (connection_refused: The receiver rejected the WebSocket handshake with HTTP status 403.)"
    )

def test_the_application_raises_an_error_before_or_after_it_accepts(server, streams_client):
    streams_client.start_stream("CA1", URL + "/crashes", name="a")
    told = failure(server, 1, timeout=NEVER)
    assert "HTTP status 500" in told
    assert told.endswith("The application raised KeyError.")
    streams_client.start_stream("CA1", URL + "/breaks", name="b")
    told = failure(server, 1, "b", timeout=NEVER)
    assert told.endswith(
        "The stream 'b' is lost, and its audio so far is 0.04 seconds inbound and 0.04 seconds outbound."
        " The application raised KeyError."
    )
    assert "secret" not in told

def test_the_last_message_counts_if_the_application_leaves_after_it(server, streams_client):
    streams_client.start_stream("CA1", URL + "/leaves", name="a")
    server.wait_for_audio(0.1, timeout=NEVER)
    assert "lost, and its audio so far is 0.1 seconds inbound and 0.1" in failure(server, 1, timeout=NEVER)

def test_the_connection_is_lost(server, streams_client, streams_mock):
    stream = streams_client.start_stream("CA1", URL + "/audio", name="a")
    server.wait_for_audio(0.04)
    streams_mock.drop(stream)
    assert "The stream 'a' is lost, and its audio so far is 0." in failure(server, 30, timeout=NEVER)

def test_a_sender_of_your_own_counts_too(server):
    start = (
        '{"event":"start","sequenceNumber":"1","start":{"streamSid":"ST1","accountSid":"AC1","callSid":"CA1",'
        '"tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}}'
    )
    media = (
        '{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"0",'
        '"payload":"' + "/" * 160 + '"}}'
    )
    with connect(server.url.replace("http", "ws") + "/leaves", proxy=None) as connection:
        for text in (start, "invalid", media):
            connection.send(text)
        server.wait_for_audio(0.015, "ST1")
        server.wait_for_audio(0.015)
"""
FAST = """
import pytest
from agent import app, handled
from signalwire_streams.mock import Audio

@pytest.fixture
def streams_mock_options():
    return {"realtime": False, "audio": {"inbound": Audio.speech(seconds=2)}}

def test_a_stream_that_the_mock_has_ended_before_the_application_reads_it(streams_serve, streams_client):
    server = streams_serve(app, "agent.example.com")
    streams_client.start_stream("CA1", "wss://agent.example.com/audio", track="inbound_track")
    server.wait_for_audio(2)
    assert len(handled) == 100
"""


def test_a_test_waits_for_audio_without_sleeping(tmp_path: Path) -> None:
    for name, text in {"agent.py": AGENT, "test_it.py": TESTS, "test_fast.py": FAST}.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert_all_pass(tmp_path, TESTS.count("\ndef test_") + 1)
