"""Misuse that both type checkers reject. A line that one of them accepts has an unused comment, which is an error."""

from signalwire_streams import Client, StreamsClient, media  # type: ignore[attr-defined]  # pyright: ignore
from signalwire_streams.media import AudioWindows, Media, iter_windows, parse_message

client = StreamsClient()
client.start_stream("CA1", "wss://x/", track="inbound")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
client.start_stream("CA1", "wss://x/", nam="n")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
client.start_stream("CA1", "wss://x/", parameters={"n": None})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
client.start_stream("CA1", url=b"wss://x/")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
client.start_stream("CA1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
client.stop_stream("CA1", "ST1", name="n")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
client.start_stream("CA1", "wss://x/").sids  # type: ignore[attr-defined]  # pyright: ignore
client.start_stream("CA1", "wss://x/").sid = "x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
message = parse_message("{}")
message.payload  # type: ignore[union-attr]  # pyright: ignore
assert isinstance(message, Media)
text: str = message.payload  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
client.start_stream("CA1", "wss://x/", "n")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
client.stream("CA1", "wss://x/", nam="n")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
client.start_conference_stream("CF1", "wss://x/", codec="MP3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
client.start_stream("CA1", "wss://x/", codec="PCMU")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
client.start_conference_stream("CF1", "wss://x/").call_sid  # type: ignore[attr-defined]  # pyright: ignore
client.list_calls(status="live")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
AudioWindows(sample_rate=16_000, quality="best")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
AudioWindows(samples=512)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
iter_windows([], sample_rate=16_000, sample=512)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
iter_windows([], samples=512)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
client.starts_stream()  # type: ignore[attr-defined]  # pyright: ignore
media.Medium  # type: ignore[attr-defined]  # pyright: ignore
Client()
