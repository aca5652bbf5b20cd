"""The main job from start to stop, on a mock of the service: `make demo`."""

from urllib.parse import unquote_plus

from signalwire_streams import InputError, NotFoundError, StreamsClient
from signalwire_streams.mock import MockServer

CALL_SID = "b3877c40-da60-4998-90ad-b792e98472ca"


def heading(text: str) -> None:
    print(f"\n— {text}")


def main() -> None:
    with MockServer() as mock, StreamsClient(mock.project, mock.token, mock.url) as client:
        print(f"A mock of the service listens on {mock.url}.")

        heading("Start a stream on a live call, with custom parameters")
        stream = client.start_stream(
            CALL_SID,
            "wss://stream.example.com/audio",
            name="my_first_stream",
            track="both_tracks",
            parameters={"FirstName": "Jane", "Motto": "wit & wisdom ☎"},
        )
        for field in ("sid", "name", "status", "date_updated"):
            print(f"  stream.{field} = {getattr(stream, field)!r}")

        heading("What went over the wire")
        request = mock.requests[-1]
        print(f"  {request.method} {request.path}")
        for field in request.body.decode().split("&"):
            print(f"    {field:<50}  {unquote_plus(field.partition('=')[2])}")

        heading("Stop it by its name")
        print(f"  {client.stop_stream(CALL_SID, 'my_first_stream').status}")

        heading("Start another with nothing but a URL, and stop it by its sid")
        other = client.start_stream(CALL_SID, "wss://stream.example.com/audio")
        print(f"  sent: {mock.requests[-1].body.decode()}")
        print(f"  {client.stop_stream(CALL_SID, other.sid).status}")

        heading("A mistake is found before anything is sent")
        sent = len(mock.requests)
        try:
            client.start_stream(CALL_SID, "ws://stream.example.com/audio")
        except InputError as error:
            print(f"  InputError: {error}")
        print(f"  requests sent: {len(mock.requests) - sent}")

        heading("An error of the service, as you would meet it")
        try:
            client.stop_stream(CALL_SID, "no_such_stream")
        except NotFoundError as error:
            print(f"  NotFoundError: {error}")
            print(f"  error.status = {error.status}, error.code = {error.code}")


if __name__ == "__main__":
    main()
