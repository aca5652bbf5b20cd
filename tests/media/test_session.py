"""StreamSession, and the irregularities that it finds."""

import gc
import itertools
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signalwire_streams import InputError, MessageError
from signalwire_streams.media import (
    Irregularity,
    Mark,
    Media,
    MediaFormat,
    Start,
    Stop,
    StreamSession,
    TrackCount,
    UnknownMessage,
    parse_message,
)
from signalwire_streams.receiver import ReceivedStream
from support import messages

FRAME = b"\xff" * 160


def piece(number: int, chunk: int, track: str = "inbound") -> str:
    return messages.media(number, FRAME, chunk=chunk, timestamp=20 * chunk, track=track)


def session_of(*texts: str) -> StreamSession:
    session = StreamSession()
    for text in (messages.connected(), messages.start(), *texts):
        session.feed(text)
    return session


def irregularities_of(session: StreamSession) -> list[tuple[Any, ...]]:
    return [
        (found.kind, found.position, found.event, found.counter, found.expected, found.got)
        for found in session.irregularities
    ]


def test_a_session_tracks_a_complete_stream() -> None:
    session = StreamSession()
    assert (session.state, session.stream_sid, session.call_sid, session.account_sid) == ("new", None, None, None)
    assert (session.parameters, session.media_format, session.tracks) == ({}, None, ())
    assert session.audio["inbound"].seconds is None
    states = []
    for text in (messages.connected(), messages.start()):
        session.feed(text)
        states.append(session.state)
    assert states == ["connected", "streaming"]
    assert (session.stream_sid, session.call_sid, session.account_sid) == ("ST1", "CA1", "AC1")
    assert session.parameters == {"FirstName": "Jane"}
    assert session.media_format == MediaFormat("audio/x-mulaw", 8000, 1)
    assert session.tracks == ("inbound", "outbound")
    for chunk in range(1, 51):
        session.feed(piece(2 * chunk, chunk))
        session.feed(piece(2 * chunk + 1, chunk, "outbound"))
    session.feed(messages.dtmf("5", 102))
    assert not session.ended_properly
    session.feed(messages.stop(103))
    session.close()
    assert session.state == "stopped"
    assert session.ended_properly
    assert session.messages == 104
    assert session.counts == {"connected": 1, "start": 1, "media": 100, "dtmf": 1, "stop": 1}
    assert session.audio == {track: TrackCount(50, 8000, 8000) for track in ("inbound", "outbound")}
    assert session.audio["outbound"].seconds == 1.0
    assert session.irregularities == []


def test_feed_returns_the_parsed_message_and_accepts_parsed_messages() -> None:
    session = StreamSession()
    assert session.feed(messages.stop(1).encode()) == Stop(1)
    mark = Mark("end")
    assert session.feed(mark) is mark
    assert session.messages == 2


def test_seconds_are_known_for_l16_and_unknown_for_other_encodings() -> None:
    for encoding, seconds in [("audio/x-L16", 0.005), ("audio/x-new", None)]:
        session = StreamSession()
        session.feed(piece(1, 1))  # before the format is known
        session.feed(messages.start(mediaFormat={"encoding": encoding, "sampleRate": 16000, "channels": 1}))
        assert session.audio["inbound"] == TrackCount(1, 160, None if seconds is None else 32000)
        assert session.audio["inbound"].seconds == seconds


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_stream_is_lost_if_the_connection_closes_without_a_stop(count: int) -> None:
    with StreamSession() as session:
        for text in [messages.connected(), messages.start(), piece(2, 1)][:count]:
            session.feed(text)
        states = [session.state]
    assert [*states, session.state] == [["new", "connected", "streaming", "streaming"][count], "lost"]
    assert not session.ended_properly


def test_an_exception_in_the_block_closes_the_session() -> None:
    session = StreamSession()
    with pytest.raises(KeyError), session:
        raise KeyError
    assert session.state == "lost"


def test_skipped_numbers_are_a_gap_and_late_ones_are_out_of_order() -> None:
    session = session_of(piece(2, 1), piece(5, 4), piece(3, 2), piece(3, 2), piece(6, 5), piece(4, 3))
    assert irregularities_of(session) == [
        ("gap", 4, "media", "sequence_number", 3, 5),
        ("gap", 4, "media", "chunk", 2, 4),
        ("out_of_order", 5, "media", "sequence_number", 6, 3),
        ("out_of_order", 5, "media", "chunk", 5, 2),
        ("repeat", 6, "media", "sequence_number", 6, 3),
        ("repeat", 6, "media", "chunk", 5, 2),
        ("out_of_order", 8, "media", "sequence_number", 7, 4),
        ("out_of_order", 8, "media", "chunk", 6, 3),
    ]
    assert session.irregularities[1] == Irregularity("gap", 4, "media", "inbound", "chunk", 2, 4)
    assert session.irregularity_counts == {"gap": 2, "out_of_order": 4, "repeat": 2}


def test_each_track_has_its_own_chunk_numbers() -> None:
    session = session_of(piece(2, 1), piece(3, 1, "outbound"), piece(4, 2), piece(5, 3, "outbound"))
    assert irregularities_of(session) == [("gap", 6, "media", "chunk", 2, 3)]
    assert session.irregularities[0].track == "outbound"


def test_a_stream_that_is_joined_late_starts_with_a_gap() -> None:
    session = StreamSession()
    session.feed(messages.connected())
    session.feed(messages.start(4))
    session.feed(piece(5, 9))
    assert irregularities_of(session) == [
        ("gap", 2, "start", "sequence_number", 1, 4),
        ("gap", 3, "media", "chunk", 1, 9),
    ]


def test_the_sender_may_or_may_not_count_messages_without_a_number() -> None:
    for after in (3, 4, 5):
        assert session_of(piece(2, 1), messages.dtmf("1"), messages.dtmf("2"), piece(after, 2)).irregularities == []
    assert irregularities_of(session_of(piece(2, 1), messages.dtmf("1"), piece(5, 2))) == [
        ("gap", 5, "media", "sequence_number", 3, 5)
    ]
    late = session_of(piece(2, 1), messages.dtmf("1"), piece(3, 2), piece(5, 3))
    assert irregularities_of(late) == [("gap", 6, "media", "sequence_number", 4, 5)]


def test_a_stop_may_repeat_the_previous_number_as_in_signalwires_example() -> None:
    assert session_of(piece(2, 1), messages.stop(2)).irregularities == []
    assert session_of(piece(2, 1), messages.stop(3)).irregularities == []
    assert irregularities_of(session_of(piece(2, 1), messages.stop(4))) == [("gap", 4, "stop", "sequence_number", 3, 4)]
    assert irregularities_of(session_of(piece(2, 1), messages.stop(1))) == [
        ("repeat", 4, "stop", "sequence_number", 3, 1)
    ]


def test_messages_after_the_stop_are_irregular_and_do_not_change_the_state() -> None:
    session = session_of(messages.stop(2), piece(3, 1), messages.start(4), messages.connected())
    assert [found.kind for found in session.irregularities] == ["after_end"] * 3
    assert session.state == "stopped"
    assert session.audio["inbound"].messages == 1


def test_messages_after_close_are_irregular_and_a_late_stop_changes_nothing() -> None:
    session = session_of()
    session.close()
    session.feed(messages.stop(2))
    assert [found.kind for found in session.irregularities] == ["after_end"]
    assert session.state == "lost"


def test_audio_before_the_start_is_irregular_and_counted() -> None:
    session = StreamSession()
    session.feed(messages.connected())
    session.feed(messages.media(1, FRAME, chunk=1, timestamp=0))
    session.feed(messages.start(2))
    assert [(found.kind, found.event) for found in session.irregularities] == [("before_start", "media")]
    assert session.state == "streaming"
    assert session.audio["inbound"].seconds == 0.02


def test_a_start_without_a_connected_message_is_irregular() -> None:
    session = StreamSession()
    session.feed(messages.start())
    assert [found.kind for found in session.irregularities] == ["before_connected"]
    assert session.state == "streaming"


def test_a_second_start_is_irregular_and_ignored() -> None:
    session = session_of(messages.start(2, callSid="CA2"), messages.connected())
    assert [(found.kind, found.event) for found in session.irregularities] == [
        ("twice", "start"),
        ("twice", "connected"),
    ]
    assert session.call_sid == "CA1"
    assert session.state == "streaming"


def test_audio_of_another_track_or_stream_is_irregular() -> None:
    session = StreamSession()
    session.feed(messages.connected())
    session.feed(messages.start(tracks=["inbound"]))
    session.feed(piece(2, 1, "outbound"))
    session.feed(messages.media(3, FRAME, chunk=1, timestamp=0, streamSid="ST1"))
    session.feed(messages.media(4, FRAME, chunk=2, timestamp=20, streamSid="ST2"))
    assert [(found.kind, found.position) for found in session.irregularities] == [
        ("other_track", 3),
        ("other_stream", 5),
    ]


def test_an_invalid_message_is_counted_and_raises() -> None:
    session = session_of()
    with pytest.raises(MessageError):
        session.feed("{")
    assert (session.bad_messages, session.messages, session.state) == (1, 2, "streaming")


def test_an_argument_of_another_type_raises_an_input_error() -> None:
    session = StreamSession()
    with pytest.raises(InputError, match="^message must be text or a parsed message; got dict.$"):
        session.feed({"event": "stop"})  # type: ignore[arg-type]
    assert session.messages == 0


def test_unknown_events_are_counted_together() -> None:
    session = session_of('{"event": "new"}', '{"event": "newer"}')
    assert session.counts["unknown"] == 2
    assert session.irregularities == []


def test_kept_irregularities_are_limited_and_all_are_counted() -> None:
    for session, kept in [(StreamSession(), 100), (StreamSession(keep=3), 3)]:
        session.feed(messages.connected())
        session.feed(messages.start())
        for chunk in range(1, 500):
            session.feed(piece(chunk + 1, 2 * chunk))
        assert len(session.irregularities) == kept
        assert session.irregularity_counts == {"gap": 499}
        assert session.irregularities[0].expected == 1


def test_an_irregularity_keeps_the_first_100_characters_of_an_unknown_event() -> None:
    session = StreamSession()
    session.feed(f'{{"event": "{"x" * 100_000}"}}')
    assert [(found.kind, found.event) for found in session.irregularities] == [("before_start", "x" * 100)]


def floods(number: int) -> list[str]:
    """Return messages that are unlike all others in each value that a session could keep."""
    return [
        f'{{"event": "new-{number}", "{number}": "{number}"}}',
        f'{{"event": "media", "sequenceNumber": "x{number}"}}',
        messages.dtmf(f"key {number}", 3 * number),
        piece(10**14 - 3 * number, 3 * number),
        messages.start(number, streamSid=f"ST{number}"),
    ]


@pytest.mark.parametrize("make", [StreamSession, lambda: ReceivedStream("/", {}, keep_messages=False)])
def test_a_flood_of_different_messages_does_not_fill_the_memory(make: Any) -> None:
    session: StreamSession = make()
    tracemalloc.start()
    try:
        for number in range(1, 2001):
            for text in floods(number):
                with suppress(MessageError):
                    session.feed(text)
            if number == 400:
                before, _ = tracemalloc.get_traced_memory()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert session.counts["unknown"] == session.bad_messages == 2000
    # Each message that stays takes some 500 bytes, so 1,600 of them would take 800 kB.
    assert after - before < 300_000


EVENTS = [
    messages.connected(),
    messages.start(),
    messages.start(7),
    messages.dtmf("1"),
    messages.stop(5),
    '{"event": "x"}',
]
EVENTS += [
    piece(number, chunk, track) for number, chunk, track in itertools.product((1, 4), (0, 2), ("inbound", "outbound"))
]


@given(st.lists(st.sampled_from(EVENTS) | st.just("close")))
def test_messages_in_any_order_are_accepted(sent: list[str]) -> None:
    session = StreamSession()
    for text in sent:
        if text == "close":
            session.close()
        else:
            session.feed(text)
    fed = [parse_message(text) for text in sent if text != "close"]
    assert session.messages == len(fed) == session.counts.total()
    assert session.ended_properly == (session.state == "stopped")
    assert sum(count.messages for count in session.audio.values()) == sum(isinstance(message, Media) for message in fed)
    assert (session.start is None) <= (session.stream_sid is None)
    assert session.counts["unknown"] == sum(isinstance(message, UnknownMessage) for message in fed)
    assert isinstance(session.start, Start | None)
