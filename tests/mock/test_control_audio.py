"""The audio of a stream over the control API: live, as a WAV file, and as levels."""

import base64
import io
import math
import wave
from array import array
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.media import decode_audio
from signalwire_streams.mock import Audio, MockServer
from signalwire_streams.mock._control import audio
from support.control import Control, hang_up, next_of
from support.sockets import Heard, listening

URL = "wss://agent.example.com/audio"


def heard_audio(heard: Heard, track: str) -> bytes:
    return b"".join(base64.b64decode(piece["payload"]) for piece in heard.media(track))


def open_audio(control: Control, stream: Any, track: str) -> tuple[HTTPConnection, HTTPResponse]:
    connection, response = control.open("get_stream_audio", stream.sid, query=f"?track={track}")
    assert (response.status, response.getheader("Content-Type")) == (200, "application/octet-stream")
    return connection, response


def wav_of(control: Control, stream: Any) -> tuple[int, int, list[bytes]]:
    """The sample rate, the number of channels, and the samples of each channel of a stream's WAV file."""
    with wave.open(io.BytesIO(control("get_stream_wav", stream.sid)), "rb") as file:
        assert file.getsampwidth() == 2
        samples, channels = array("h", file.readframes(file.getnframes())), file.getnchannels()
        return file.getframerate(), channels, [samples[track::channels].tobytes() for track in range(channels)]


# Live.


def test_what_is_heard_is_what_the_receiver_gets_and_ends_with_the_stream(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    with listening() as agent, StreamsClient(paged_mock.project, paged_mock.token, paged_mock.url) as client:
        paged_mock.route("wss://agent.example.com", agent.url)
        stream = client.start_stream("CA1", URL)
        paged_mock.wait_for(stream, "in-progress")
        both = {track: open_audio(control, stream, track) for track in ("inbound", "outbound")}
        heard = {track: response.read(1600) for track, (_, response) in both.items()}
        client.stop_stream("CA1", stream.sid)
        for track, (connection, response) in both.items():
            heard[track] += response.read()
            connection.close()
        received = agent.the_one()
    for track, payloads in heard.items():
        assert len(payloads) % 160 == 0
        assert heard_audio(received, track).endswith(payloads)
    assert max(array("h", decode_audio(heard["inbound"], "audio/x-mulaw"))) > 1000


@pytest.mark.parametrize(
    ("query", "track"), [("", "both_tracks"), ("?track=x", "both_tracks"), ("?track=inbound", "outbound_track")]
)
def test_a_track_must_be_one_of_the_streams(paged_mock: MockServer, query: str, track: Any) -> None:
    with StreamsClient(paged_mock.project, paged_mock.token, paged_mock.url) as client:
        stream = client.start_stream("CA1", URL, track=track)
    status, message = Control(paged_mock).refusal("get_stream_audio", stream.sid, query=query)
    assert (status, message.startswith("track must be one that the stream has: ")) == (400, True)


def test_a_listener_who_is_behind_misses_the_oldest_audio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MAX_BEHIND", 200)  # one frame
    with MockServer(page=True, realtime=False) as mock, listening():
        control = Control(mock)
        stream = mock.start_demo()
        mock.wait_for(stream, "in-progress")
        connection, response = open_audio(control, stream, "inbound")
        before = stream.sent.counts["media"]
        heard = response.read(10 * 160)
        mock.stop_stream(stream)
        heard += response.read()
        connection.close()
        sent = (stream.sent.counts["media"] - before) // 2
    assert len(heard) % 160 == 0
    assert len(heard) // 160 < sent / 2


def test_a_listener_may_go_at_any_time(paged_mock: MockServer) -> None:
    control = Control(paged_mock)
    paged_mock.wait_for(control("start_demo")["sid"], "in-progress")
    (stream,) = paged_mock.streams
    for _ in range(3):
        connection, response = open_audio(control, stream, "inbound")
        assert response.read(160)
        hang_up(connection, response)
    assert control("get_stream", stream.sid)["status"] == "in-progress"


# WAV.


@pytest.mark.parametrize(
    ("track", "codec", "rate"),
    [
        ("both_tracks", "PCMU", 8000),
        ("inbound_track", "PCMA", 8000),
        ("both_tracks", "L16@16000h", 16000),
        ("outbound_track", "L16@24000h", 24000),
    ],
)
def test_the_wav_file_is_what_the_receiver_got(track: Any, codec: Any, rate: int) -> None:
    short = {"inbound": Audio.speech(1.3), "outbound": Audio.tone(500, 0.7)}
    with MockServer(page=True, realtime=False, audio=short) as mock, listening() as agent:
        mock.route("wss://agent.example.com", agent.url)
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            stream = client.start_conference_stream("CF1", URL, track=track, codec=codec)
        mock.wait_for(stream, "closed")
        received = agent.the_one()
        shown = wav_of(Control(mock), stream)
        (encoding,) = {start["start"]["mediaFormat"]["encoding"] for start in received.of("start")}
        (kept,) = mock.streams
    expected = [decode_audio(heard_audio(received, each), encoding) for each in kept.tracks]
    assert shown == (rate, len(expected), expected)
    assert len(expected[0]) == 2 * rate * (0.7 if track == "outbound_track" else 1.3)


def test_the_wav_file_has_the_last_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert audio.WAV_FRAMES == 5 * 60 * 50
    monkeypatch.setattr(audio, "WAV_FRAMES", 30)
    with MockServer(page=True, realtime=False, audio={"inbound": Audio.speech(1)}) as mock, listening() as agent:
        mock.route("wss://agent.example.com", agent.url)
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            stream = client.start_stream("CA1", URL, track="inbound_track")
        mock.wait_for(stream, "closed")
        _, _, (samples,) = wav_of(Control(mock), stream)
        received = heard_audio(agent.the_one(), "inbound")
    assert samples == decode_audio(received, "audio/x-mulaw")[-30 * 320 :]


def test_a_stream_without_audio_has_an_empty_wav_file(paged_mock: MockServer) -> None:
    with StreamsClient(paged_mock.project, paged_mock.token, paged_mock.url) as client:
        stream = client.start_stream("CA1", URL, name='etc/"a;b\N{SNOWMAN}"')
    assert wav_of(Control(paged_mock), stream) == (8000, 2, [b"", b""])
    connection, response = Control(paged_mock).open("get_stream_wav", stream.sid)
    assert response.getheader("Content-Disposition") == 'attachment; filename="etc-a-b-.wav"'
    connection.close()


# Levels.


def levels_with(sound: Audio, **options: Any) -> tuple[float, float]:
    """The RMS and peak of a stream's inbound track."""
    sounds = {"inbound": sound, "outbound": Audio.silence()}
    with MockServer(page=True, audio=sounds, **options) as mock:
        sid = mock.start_demo().sid
        with Control(mock).events() as events:
            levels = next_of(events, "levels")[sid]
    assert max(levels["outbound"]) <= -72  # A-law has no zero
    rms, peak = levels["inbound"]
    return rms, peak


@pytest.mark.parametrize("encoding", ["audio/x-mulaw", "audio/x-alaw", "audio/x-L16"])
def test_a_tone_at_half_of_full_scale_has_its_levels(encoding: str) -> None:
    rms, peak = levels_with(Audio.tone(500), encoding=encoding)
    assert rms == pytest.approx(20 * math.log10(0.5 / math.sqrt(2)), abs=0.3)
    assert peak == pytest.approx(20 * math.log10(0.5), abs=0.3)


def test_silence_is_at_the_floor() -> None:
    assert levels_with(Audio.silence()) == (-96, -96)
