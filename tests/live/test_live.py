"""The same promises, asked of the real service: `make contract-live`.

Runs only with SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN, SIGNALWIRE_SPACE and CALL_SID (of a call that is in
progress) in the environment. STREAM_URL is where the streams go; without it, to a host that does not exist.
"""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from signalwire_streams import NotFoundError, Stream, StreamsClient, StreamsError
from support.document import SCHEMAS, is_valid

NEEDED = ("SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN", "SIGNALWIRE_SPACE", "CALL_SID")
MISSING = [name for name in NEEDED if not os.environ.get(name)]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"the real service is not asked: {', '.join(MISSING)} not set")

URL = os.environ.get("STREAM_URL", "wss://stream.example.com/audio")
CALL_SID = os.environ.get("CALL_SID", "")


class Streams:
    """Starts streams, and remembers them until they are stopped."""

    def __init__(self, client: StreamsClient) -> None:
        self.client = client
        self.started: list[Stream] = []

    def start(self, name: str, **parameters: str) -> Stream:
        print(f"\nstarting a stream named {name!r} on call {CALL_SID} to {URL}")
        stream = self.client.start_stream(CALL_SID, URL, name=name, track="inbound_track", parameters=parameters)
        self.started.append(stream)
        return stream

    def stop(self, sid_or_name: str) -> Stream:
        print(f"stopping {sid_or_name!r}")
        return self.client.stop_stream(CALL_SID, sid_or_name)


@pytest.fixture
def streams() -> Iterator[Streams]:
    with StreamsClient() as client:
        streams = Streams(client)
        try:
            yield streams
        finally:
            for stream in streams.started:
                try:
                    streams.stop(stream.sid)
                except StreamsError as error:  # most likely stopped already
                    print(f"  {error}")


def unique_name() -> str:
    return f"contract-live-{time.time_ns()}"


def assert_as_promised(stream: Stream) -> None:
    assert is_valid(SCHEMAS["Stream"], stream.raw), stream.raw
    assert stream.call_sid == CALL_SID
    assert stream.sid in stream.uri
    assert abs(stream.date_updated - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_stream_is_started_and_stopped_by_its_sid(streams: Streams) -> None:
    stream = streams.start(unique_name(), FirstName="Jane", Motto="wit & wisdom")
    assert_as_promised(stream)
    stopped = streams.stop(stream.sid)
    assert_as_promised(stopped)
    assert (stopped.sid, stopped.status) == (stream.sid, "stopped")


def test_a_stream_is_stopped_by_its_name(streams: Streams) -> None:
    stream = streams.start(unique_name())
    assert streams.stop(stream.name).sid == stream.sid


def test_a_stream_that_does_not_exist_is_not_found(streams: Streams) -> None:
    with pytest.raises(NotFoundError):
        streams.stop(unique_name())
