"""Use `media`, `callbacks`, `receiver` and `mock` as users do. Both type checkers check this file; it is never run."""

import ssl
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, assert_never, assert_type

from pytest_signalwire_streams import ServedApplication
from signalwire_streams import StreamsClient
from signalwire_streams.callbacks import (
    SIGNATURE_HEADER,
    Fields,
    StatusCallback,
    compute_signature,
    parse_status_callback,
    verify_signature,
)
from signalwire_streams.media import (
    AudioWindow,
    AudioWindows,
    Connected,
    Dtmf,
    Irregularity,
    IrregularityKind,
    Levels,
    Mark,
    Media,
    MediaFormat,
    Message,
    SessionState,
    Start,
    Stop,
    StreamSession,
    Track,
    TrackCount,
    UnknownMessage,
    WavWriter,
    aiter_windows,
    build_clear,
    build_dtmf,
    build_mark,
    build_media,
    check_bearer,
    decode_audio,
    encode_audio,
    iter_windows,
    parse_message,
)
from signalwire_streams.mock import (
    Audio,
    MessageLog,
    MockCounts,
    MockServer,
    MockStream,
    RecordedCallback,
    RecordedRequest,
    load_document,
)
from signalwire_streams.receiver import ReceivedStream, Receiver


def messages(text: str | bytes) -> str:
    message = parse_message(text)
    assert_type(message, Message)
    match message:
        case Connected(protocol=protocol):
            return assert_type(protocol, str)
        case Start(call_sid=call_sid, media_format=media_format, custom_parameters=parameters):
            assert_type(media_format, MediaFormat)
            assert_type(parameters, dict[str, str])
            return assert_type(call_sid, str)
        case Media(payload=payload, track="inbound"):
            assert_type(payload, bytes)
        case Media():
            assert_type(message.track, Track)
            assert_type(message.timestamp, int)
        case Dtmf(digit=digit, duration=duration):
            assert_type(duration, int | None)
            return assert_type(digit, str)
        case Mark(name=name):
            return assert_type(name, str)
        case Stop():
            assert_type(message.event, Literal["stop"])
        case UnknownMessage(raw=raw):
            assert_type(raw, dict[str, Any])
        case _:
            assert_never(message)  # all messages are matched above
    return assert_type(message.event, str)


def session(text: str, path: Path) -> None:
    with StreamSession(keep=10) as session, WavWriter(path, byte_order="little") as wav:
        wav.write(session.feed(text))
        assert_type(session, StreamSession)
        assert_type(session.state, SessionState)
        assert_type(session.stream_sid, str | None)
        assert_type(session.parameters, dict[str, str])
        assert_type(session.audio, Mapping[Track, TrackCount])
        assert_type(session.audio["inbound"].seconds, float | None)
        assert_type(session.irregularities, list[Irregularity])
        assert_type(session.irregularities[0].kind, IrregularityKind)
        assert_type(wav.dropped, int)
        assert_type(wav.path, Path | None)
    with WavWriter.in_folder("recordings", max_delay=1, byte_order="big") as wav:
        assert_type(wav, WavWriter)


def levels(session: StreamSession, text: str) -> None:
    levels = Levels("inbound", byte_order="little")
    levels.add(session.feed(text))
    levels.add(b"")
    assert_type((levels.recent, levels.mean, levels.peak), tuple[float, float, float])
    assert_type(levels.dropped, int)


def bearer_token(headers: Mapping[str, str], scope: dict[str, Any]) -> None:
    assert_type(check_bearer(headers, "token"), bool)
    check_bearer(scope["headers"], "token")
    check_bearer([(b"authorization", b"Bearer token")], "token")
    check_bearer({"Authorization": "Bearer token"}, "token")


def served_application(served: ServedApplication, stream: MockStream) -> None:
    served.wait_for_audio(0.5)
    served.wait_for_audio(0.5, stream, timeout=1)


def windows(message: Message, texts: list[str | bytes], async_texts: AsyncIterator[str]) -> None:
    audio = AudioWindows(sample_rate=16_000, samples=512, hop=256, channels="stereo", quality="high")
    for window in audio.feed(message):
        assert_type(window, AudioWindow)
        assert_type(window.track, Track | None)
        assert_type((window.start, window.sample_rate, window.padding), tuple[float, int, int])
        assert_type(window.pcm, bytes)
    assert_type(audio.close(), list[AudioWindow])
    assert_type(audio.dropped, Counter[Track])
    assert_type(iter_windows(texts, sample_rate=8000, seconds=0.5, hop=0.25), Iterator[AudioWindow])
    assert_type(aiter_windows(async_texts, session=StreamSession(), sample_rate=8000), AsyncIterator[AudioWindow])


def audio_in_both_directions(message: Media, media_format: MediaFormat) -> None:
    pcm = decode_audio(message.payload, media_format)
    assert_type(pcm, bytes)
    assert_type(encode_audio(pcm, "audio/x-mulaw"), bytes)
    assert_type(build_media("ST1", pcm), str)
    assert_type((build_mark("ST1", "m"), build_clear("ST1"), build_dtmf("ST1", "1")), tuple[str, str, str])


def status_callbacks(url: str, form: Fields) -> None:
    event = parse_status_callback(url, form=form, headers=[(SIGNATURE_HEADER, "…")], public_url="https://x")
    assert_type(event, StatusCallback)
    assert_type(event.event, str)
    assert_type(event.timestamp, datetime)
    assert_type(event.error, str | None)
    assert_type(event.raw, dict[str, str])
    assert_type(compute_signature(url, form={"a": ["b"]}, signing_key="k"), str)
    verify_signature(url, body=b"{}", signature="s")


def mock() -> None:
    with MockServer(calls=["CA1"], realtime=False, audio={"inbound": Audio.tone(seconds=1)}) as mock:
        assert_type(mock, MockServer)
        assert_type(StreamsClient(mock.project, mock.token, mock.url), StreamsClient)
        assert_type(mock.streams, list[MockStream])
        assert_type(mock.streams[0].parameters, list[tuple[str, str]])
        assert_type(mock.streams[0].sent, MessageLog)
        assert_type(mock.requests, list[RecordedRequest])
        assert_type(mock.requests[0].status, int)
        assert_type(mock.callbacks, list[RecordedCallback])
        assert_type(mock.counts, MockCounts)
        assert_type(mock.counts.requests, int)
        assert_type(mock.wait_for("n", "stopped"), MockStream)
        assert_type(mock.certificate_for("127.0.0.1"), ssl.SSLContext)
    assert_type(load_document(), dict[str, Any])


def receiver() -> None:
    with Receiver(bearer_token="b") as receiver:
        assert_type(receiver.url, str)
        stream = receiver.wait_for_stream()
        assert_type(stream, ReceivedStream)
        assert_type(stream.received, list[Message])
        assert_type(stream.levels, Mapping[Track, Levels])
        assert_type(stream.pcm("inbound"), bytes)
