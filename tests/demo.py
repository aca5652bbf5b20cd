"""The whole loop on this machine, each step checked: `make demo`. The exit code is 0 only if all checks held."""

import itertools
import json
import os
import struct
import sys
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote_plus

import httpx
from signalwire_streams import InputError, NotFoundError, SignatureError, StreamsClient
from signalwire_streams.callbacks import SIGNATURE_HEADER, StatusCallback, parse_status_callback
from signalwire_streams.media import Track
from signalwire_streams.mock import Audio, MockServer
from signalwire_streams.receiver import ReceivedStream, Receiver

CALL_SID = "b3877c40-da60-4998-90ad-b792e98472ca"
URL = "wss://stream.example.com/audio"
EVENTS_URL = "https://app.example.com/events"
TONE = 440
FOLDER = Path(__file__).parents[1] / "reports" / "demo"

COMMAND = Path(sys.executable).with_name("signalwire-streams")
NEXT = f"""
What next?

— See streams, play them and hang up: run this command, and open the URL that it prints.
  {os.path.relpath(COMMAND)} mock

— Read the documentation: build it, and open site/index.html.
  make docs

— Test your own code: run pip install "signalwire-streams[pytest]", and begin with this test.
  def test_a_call_is_streamed(streams_mock, streams_client):
      streams_client.start_stream("any-call", "wss://agent.example.com")
      assert streams_mock.streams[0].status == "in-progress"
"""

failed: list[str] = []


def heading(text: str) -> None:
    print(f"\n— {text}")


def check(claim: str, held: bool) -> None:
    """Say whether something is as it should be, and remember if it is not."""
    print(f"  {'ok' if held else 'FAILED'}: {claim}")
    if not held:
        failed.append(claim)


def main(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    audio = {"inbound": Audio.speech(), "outbound": Audio.tone(TONE)}
    with (
        MockServer(audio=audio) as mock,
        Receiver() as receiver,
        taking_callbacks(mock.signing_key) as (events_url, events),
        StreamsClient(mock.project, mock.token, mock.url) as client,
    ):
        mock.route(URL.removesuffix("/audio"), receiver.url)
        mock.route(EVENTS_URL.removesuffix("/events"), events_url)
        print(f"The mock listens on {mock.url}, our servers on {receiver.url} (audio) and {events_url} (events).")
        received = start(mock, client, receiver)
        listen(mock, received)
        stop(mock, client, received)
        check_events(events_url, events)
        check_wav(received, folder / "call.wav")
        show_the_rest(mock, client)
    if failed:
        print(f"\nFAILED: {len(failed)} of the checks")
        return 1
    print(f"\nAll checks held.\n{NEXT}", end="")
    return 0


def start(mock: MockServer, client: StreamsClient, receiver: Receiver) -> ReceivedStream:
    heading("Start a stream on a live call, with custom parameters")
    stream = client.start_stream(
        CALL_SID,
        URL,
        name="my_first_stream",
        track="both_tracks",
        status_callback=EVENTS_URL,
        parameters={"FirstName": "Jane", "Motto": "wit & wisdom ☎"},
    )
    for field in ("sid", "name", "status", "date_updated"):
        print(f"  stream.{field} = {getattr(stream, field)!r}")

    heading("What went over the wire")
    request = mock.requests[-1]
    print(f"  {request.method} {request.path}")
    for field in request.body.decode().split("&"):
        print(f"    {field:<50}  {unquote_plus(field.partition('=')[2])}")

    heading("The service connects to our WebSocket server, and sends")
    received = receiver.wait_for_stream()
    received.wait_for("media")
    for message in mock.streams[0].sent.last[:3]:
        text = json.dumps(message, ensure_ascii=False)
        print(f"  {text if len(text) <= 300 else text[:300] + '…'}")
    check("the stream and its parameters are those that were started", received.stream_sid == stream.sid)
    check(f"the parameters came: {received.parameters}", received.parameters.get("Motto") == "wit & wisdom ☎")
    return received


def listen(mock: MockServer, received: ReceivedStream) -> None:
    heading("Two seconds of audio, heard and measured")
    received.wait_for_audio(seconds=2, timeout=20)
    tracks: list[tuple[Track, float]] = [("inbound", -40.0), ("outbound", -9.5)]
    for track, lowest in tracks:
        seconds, level = received.audio[track].seconds or 0.0, received.levels[track].mean
        check(f"{track}: {seconds:.2f} s at {level:.1f} dBFS", seconds >= 2 and lowest < level < -8.5)

    heading("The caller presses a key")
    mock.press("my_first_stream", "5")
    received.wait_for("dtmf")
    check(f"the key came: {received.digits}", received.digits == "5")


def stop(mock: MockServer, client: StreamsClient, received: ReceivedStream) -> None:
    heading("Stop it by its name")
    print(f"  {client.stop_stream(CALL_SID, 'my_first_stream').status}")
    mock.wait_for("my_first_stream", "closed")
    received.wait_for_end()
    check(
        f"{received.messages} messages came, each in its place, the last of them the stop",
        received.ended_properly and not received.irregularities and received.received[-1].event == "stop",
    )


def check_events(events_url: str, events: list[StatusCallback | SignatureError]) -> None:
    heading("The status callbacks, their signatures verified")
    for event in events:
        print(f"  {event.timestamp:%H:%M:%S} {event.event}" if isinstance(event, StatusCallback) else f"  {event}")
    told = [event.event for event in events if isinstance(event, StatusCallback)]
    check("the start and the stop were told, once each", told == ["stream-started", "stream-stopped"])
    forged = httpx.post(f"{events_url}/events", data={"StreamEvent": "stream-started"}, headers={SIGNATURE_HEADER: "x"})
    check(f"a forged one is refused with {forged.status_code}: {events[-1]}", forged.status_code == 403)


def check_wav(received: ReceivedStream, file: Path) -> None:
    heading(f"A WAV file of it, the caller left, the other side right: {file}")
    received.write_wav(file)
    with wave.open(str(file)) as opened:
        rate, channels = opened.getframerate(), opened.getnchannels()
        left, right = zip(*struct.iter_unpack("<hh", opened.readframes(opened.getnframes())), strict=True)
    seconds = len(left) / rate
    sent = received.audio["inbound"].seconds or 0.0
    check(
        f"{channels} channels of {seconds:.2f} s at {rate} Hz", (channels, rate) == (2, 8000) and seconds == sent >= 2
    )
    check("the caller is heard", max(left) > 3000)
    frequency = sum(before < 0 <= after for before, after in itertools.pairwise(right)) / seconds
    check(f"the other side is a tone of {TONE} Hz: {frequency:.0f} Hz", abs(frequency - TONE) < 2)


def show_the_rest(mock: MockServer, client: StreamsClient) -> None:
    heading("Start another with nothing but a URL, and stop it by its sid")
    other = client.start_stream(CALL_SID, URL)
    print(f"  sent: {mock.requests[-1].body.decode()}")
    check("it is stopped", client.stop_stream(CALL_SID, other.sid).status == "stopped")

    heading("A mistake is found before anything is sent")
    sent = len(mock.requests)
    try:
        client.start_stream(CALL_SID, "ws://stream.example.com/audio")
    except InputError as error:
        print(f"  InputError: {error}")
    check(f"requests sent: {len(mock.requests) - sent}", len(mock.requests) == sent)

    heading("An error of the service, as you would meet it")
    told: tuple[int | None, int | None] = (None, None)
    try:
        client.stop_stream(CALL_SID, "no_such_stream")
    except NotFoundError as error:
        print(f"  NotFoundError: {error}")
        told = error.status, error.code
    check(f"error.status, error.code = {told}", told == (404, 20404))


@contextmanager
def taking_callbacks(signing_key: str) -> Iterator[tuple[str, list[StatusCallback | SignatureError]]]:
    """Run a web server as one would have for status callbacks, and give its URL and the events that came."""
    events: list[StatusCallback | SignatureError] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            url = EVENTS_URL.removesuffix("/events") + self.path
            try:
                event = parse_status_callback(url, form=body, headers=dict(self.headers), signing_key=signing_key)
                events.append(event)
                self.send_response(204)
            except SignatureError as error:
                events.append(error)
                self.send_response(403)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", events
        finally:
            server.shutdown()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
