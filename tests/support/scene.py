"""Something of each kind for the mock's page to show: streams that run, ended and failed, refusals, and callbacks."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from signalwire_streams import RetryPolicy, StreamsClient
from signalwire_streams.mock import MockServer, MockStream

from support.sockets import listening, taking_callbacks

LIVE_CALL = "2f1c7a52-90b4-4c1e-8a57-3f60b1f2d111"
ENDED_CALL = "9d40e1b6-17c3-4f7e-b0a2-5c8e2f9077ab"
URL = "wss://agent.example.com/audio"
EVENTS_URL = "https://app.example.com/events"


def client_of(mock: MockServer) -> StreamsClient:
    return StreamsClient(mock.project, mock.token, mock.url, retry=RetryPolicy(attempts=1))


def start_unchecked(mock: MockServer, call: str = "CA1", **form: str) -> None:
    """Start a stream with a form that our client might refuse to send."""
    path = f"/api/laml/2010-04-01/Accounts/{mock.project}/Calls/{call}/Streams"
    httpx.post(mock.url + path, data=form, auth=(mock.project, mock.token), trust_env=False)


@contextmanager
def scene(mock: MockServer) -> Iterator[MockStream]:
    """Start all that there is to show. Yields the stream that was started last."""
    attempts = {1: 503, 2: None}
    with (
        listening() as agent,
        listening() as monitor,
        taking_callbacks(lambda number: attempts.get(number, 204)) as app,
        client_of(mock) as client,
    ):
        for host, target in (
            ("wss://agent.example.com", agent.url),
            ("wss://monitor.example.com", monitor.url),
            ("wss://transcribe.example.com", "ws://127.0.0.1:1"),
            ("https://app.example.com", app.url),
        ):
            mock.route(host, target)
        failed = client.start_stream(
            ENDED_CALL, "wss://transcribe.example.com/", name="transcribe", status_callback=EVENTS_URL
        )
        mock.wait_for(failed, "closed")
        voicemail = client.start_stream(ENDED_CALL, URL, name="voicemail", track="inbound_track")
        mock.wait_for(voicemail, "in-progress")
        client.stop_stream(ENDED_CALL, "voicemail")
        mock.wait_for(voicemail, "closed")
        mock.end_call(ENDED_CALL)
        watched = client.start_stream(
            LIVE_CALL, "wss://monitor.example.com/", name="monitor", track="inbound_track", status_callback=EVENTS_URL
        )
        mock.wait_for_callback("stream-started", watched)
        start_unchecked(mock, ENDED_CALL, Url="ws://agent.example.com/audio", Name="transcribe", Track="inbound_track")
        stream = client.start_stream(
            LIVE_CALL,
            URL,
            name="support-line",
            track="both_tracks",
            parameters={"FirstName": "Jane", "LastName": "Doe", "CustomerTier": "gold"},
            authorization_bearer_token="a-token",
        )
        yield mock.wait_for(stream, "in-progress")
