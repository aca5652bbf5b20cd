"""The mock's conferences and their streams."""

from base64 import b64decode
from typing import Any

import httpx
import pytest
from signalwire_streams import CallStateError, InvalidRequestError, NotFoundError
from signalwire_streams.mock import Audio, MockServer
from support.both import EitherClient
from support.sockets import listening

URL = "wss://agent.example.com/audio"


def test_only_the_listed_conferences_are_there(client: EitherClient) -> None:
    with (
        MockServer(conferences=["CF1"]) as mock,
        EitherClient(client.kind, mock.project, mock.token, mock.url) as other,
    ):
        other.start_conference_stream("CF1", URL)
        with pytest.raises(NotFoundError, match="The conference was not found"):
            other.start_conference_stream("CF2", URL)
        other.start_stream("CF2", URL)


def test_a_stream_of_a_conference_is_started_and_stopped(client: EitherClient, mock: MockServer) -> None:
    stream = client.start_conference_stream("CF1", URL, codec="PCMA", realtime=True, parameters={"a": "b"})
    (recorded,) = mock.streams
    assert (recorded.conference_sid, recorded.call_sid, recorded.codec) == ("CF1", "", "PCMA")
    assert dict(mock.requests[0].form)["StreamRealTime"] == "true"
    assert recorded.realtime is True
    assert (stream.conference_sid, stream.name, stream.status) == ("CF1", None, "queued")
    assert stream.uri.endswith(f"/Conferences/CF1/Streams/{stream.sid}.json")
    assert client.stop_conference_stream("CF1", stream.sid).status == "stopped"
    assert recorded.status == "stopped"


def test_a_name_is_unique_within_its_conference(client: EitherClient, mock: MockServer) -> None:
    assert client.start_conference_stream("CF1", URL, name="n").name == "n"
    client.start_conference_stream("CF2", URL, name="n")
    client.start_stream("CF1", URL, name="n")  # a call of the same SID
    with pytest.raises(InvalidRequestError, match="Name is in use by another stream of the conference") as caught:
        client.start_conference_stream("CF1", URL, name="n")
    assert (caught.value.status, caught.value.code) == (422, None)
    client.stop_conference_stream("CF1", "n")
    assert [stream.status for stream in mock.streams] == ["stopped", "in-progress", "in-progress"]


def test_the_stream_of_a_conference_is_no_stream_of_a_call(client: EitherClient) -> None:
    sid = client.start_conference_stream("CF1", URL).sid
    with pytest.raises(NotFoundError):
        client.stop_stream("CF1", sid)
    with pytest.raises(NotFoundError):
        client.stop_conference_stream("CF2", sid)


def test_a_conference_that_ends_stops_its_streams_and_takes_no_other(client: EitherClient, mock: MockServer) -> None:
    stream = client.start_conference_stream("CF1", URL)
    mock.end_conference("CF1")
    assert mock.wait_for(stream, "stopped").status == "stopped"
    with pytest.raises(InvalidRequestError, match="the conference has ended"):
        client.start_conference_stream("CF1", URL)
    client.start_stream("CF1", URL)
    mock.end_call("CF1")
    with pytest.raises(CallStateError):
        client.start_stream("CF1", URL)


CODECS = {
    "PCMU": ("audio/x-mulaw", 8000, 160),
    "PCMA": ("audio/x-alaw", 8000, 160),
    "L16": ("audio/x-L16", 8000, 320),
    "L16@16000h": ("audio/x-L16", 16000, 640),
    "L16@24000h": ("audio/x-L16", 24000, 960),
}


@pytest.mark.parametrize("codec", CODECS)
def test_a_stream_has_the_codec_that_it_asks_for(client: EitherClient, codec: Any) -> None:
    options: Any = {"realtime": False, "audio": dict.fromkeys(("inbound", "outbound"), Audio.tone(seconds=0.1))}
    with listening() as listener, MockServer(**options) as mock:
        mock.route("wss://agent.example.com", listener.url)
        with EitherClient(client.kind, mock.project, mock.token, mock.url) as other:
            stream = other.start_conference_stream("CF1", URL, codec=codec, track="inbound_track")
        sent = mock.wait_for(stream, "closed").sent.last
    encoding, rate, size = CODECS[codec]
    assert sent[1]["start"]["mediaFormat"] == {"encoding": encoding, "sampleRate": rate, "channels": 1}
    assert sent[1]["start"]["callSid"] == "CF1"
    assert [len(b64decode(each["media"]["payload"])) for each in sent[2:-1]] == [size] * 5


def test_a_status_callback_has_the_sid_of_the_conference(client: EitherClient, mock: MockServer) -> None:
    stream = client.start_conference_stream("CF1", URL, status_callback="https://app.example.com/events")
    callback = mock.wait_for_callback("stream-started", stream)
    assert (callback.fields["ConferenceSid"], callback.fields["CallSid"]) == ("CF1", "CF1")


@pytest.mark.parametrize("field", ["StreamCodec", "StreamRealTime"])
def test_a_call_has_no_field_of_a_conference(mock: MockServer, field: str) -> None:
    answer = httpx.post(
        f"{mock.url}/api/laml/2010-04-01/Accounts/{mock.project}/Calls/CA1/Streams",
        auth=(mock.project, mock.token),
        data={"Url": URL, field: "PCMU" if field == "StreamCodec" else "true"},
    )
    assert (answer.status_code, answer.json()["message"]) == (400, f"'{field}' is not a field of start_stream.")


@pytest.mark.parametrize("value", ["True", "1", "yes", ""])
def test_a_boolean_is_true_or_false(mock: MockServer, value: str) -> None:
    answer = httpx.post(
        f"{mock.url}/api/laml/2010-04-01/Accounts/{mock.project}/Conferences/CF1/Streams",
        auth=(mock.project, mock.token),
        data={"Url": URL, "StreamRealTime": value},
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("field", ["Parameter0.Name", "Parameter100.Name", "Parameter01.Name", "Parameter1.Nam", "url"])
def test_a_conference_has_no_field_that_is_not_in_the_document(mock: MockServer, field: str) -> None:
    answer = httpx.post(
        f"{mock.url}/api/laml/2010-04-01/Accounts/{mock.project}/Conferences/CF1/Streams",
        auth=(mock.project, mock.token),
        data={"Url": URL, field: "x"},
    )
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        f"'{field}' is not a field of start_conference_stream.",
    )
    assert mock.streams == []
