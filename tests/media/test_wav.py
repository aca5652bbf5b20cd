"""WavWriter: read back with libsndfile, which is of other make."""

import io
import tracemalloc
import wave
from array import array
from pathlib import Path
from typing import Any

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from signalwire_streams import InputError
from signalwire_streams.media import Media, Start, WavWriter, encode_audio, parse_message
from signalwire_streams.media._timeline import Timeline
from support import messages

RATE = 8000
STEP = 160  # samples in 20 ms
L16 = {"encoding": "audio/x-L16", "sampleRate": RATE, "channels": 1}


def start(*tracks: str, **format_changes: Any) -> Start:
    message = parse_message(messages.start(tracks=tracks or ["inbound", "outbound"], mediaFormat=L16 | format_changes))
    assert isinstance(message, Start)
    return message


def tone(value: int, samples: int = STEP) -> bytes:
    return array("h", [value] * samples).tobytes()


def piece(chunk: int, value: int, *, at: int | None = None, track: Any = "inbound", samples: int = STEP) -> Media:
    """20 ms of one value, in L16; at its place, unless told otherwise."""
    return Media(chunk, track, chunk, 20 * (chunk - 1) if at is None else at, tone(value, samples))


def read(file: Any) -> list[list[int]]:
    """The samples of each channel."""
    if isinstance(file, io.BytesIO):
        file.seek(0)
    assert soundfile.info(file).subtype == "PCM_16"
    if isinstance(file, io.BytesIO):
        file.seek(0)
    samples, rate = soundfile.read(file, dtype="int16", always_2d=True)
    assert rate == RATE
    return [[int(sample) for sample in channel] for channel in samples.T]


def written(*given: Any, first: Start | None = None, **options: Any) -> tuple[list[list[int]], int]:
    """What is in the file after these messages, and how many were dropped."""
    file = io.BytesIO()
    with WavWriter(file, **options) as wav:
        wav.write(first or start())
        for message in given:
            wav.write(message)
    return read(file), wav.dropped


def runs(channel: list[int]) -> list[tuple[int, int]]:
    """A channel as (value, how long) in milliseconds."""
    found: list[tuple[int, int]] = []
    for value in channel:
        found = [*found[:-1], (value, found[-1][1] + 1)] if found and found[-1][0] == value else [*found, (value, 1)]
    return [(value, samples * 1000 // RATE) for value, samples in found]


def test_both_tracks_are_two_channels_inbound_left_and_outbound_right() -> None:
    (left, right), dropped = written(
        piece(1, 5), piece(1, 7, track="outbound"), piece(2, 6), piece(2, 8, track="outbound")
    )
    assert (runs(left), runs(right), dropped) == ([(5, 20), (6, 20)], [(7, 20), (8, 20)], 0)


@pytest.mark.parametrize("track", ["inbound", "outbound"])
def test_a_stream_of_one_track_has_one_channel(track: str) -> None:
    (only,), dropped = written(piece(1, 5, track=track), first=start(track))
    assert (runs(only), dropped) == ([(5, 20)], 0)


def test_what_did_not_come_is_silence_in_its_place() -> None:
    (left, right), _ = written(piece(1, 5), piece(4, 6), piece(3, 7, track="outbound"), piece(9, 8, track="outbound"))
    assert runs(left) == [(5, 20), (0, 40), (6, 20), (0, 100)]
    assert runs(right) == [(0, 40), (7, 20), (0, 100), (8, 20)]


def test_a_silence_that_the_sender_left_out_is_there_though_no_chunk_is_missing() -> None:
    (left, _), _ = written(piece(1, 5), piece(2, 6, at=500))
    assert runs(left) == [(5, 20), (0, 480), (6, 20)]


def test_timestamps_that_jitter_tear_no_holes() -> None:
    jitter = [0, 19, 7, 13, 1, -5, 12, 19]
    (left, _), dropped = written(*(piece(n, n, at=20 * (n - 1) + late) for n, late in enumerate(jitter, start=1)))
    assert runs(left) == [(n, 20) for n in range(1, 9)]
    assert dropped == 0


def test_a_piece_behind_a_lost_one_is_put_by_its_timestamp() -> None:
    (left, _), _ = written(piece(1, 5), piece(3, 6, at=39))
    assert runs(left) == [(5, 20), (0, 19), (6, 20)]


def test_pieces_out_of_order_are_put_in_order_and_repeats_are_harmless() -> None:
    (left, _), dropped = written(piece(1, 1), piece(3, 3), piece(2, 2), piece(2, 2), piece(4, 4))
    assert runs(left) == [(1, 20), (2, 20), (3, 20), (4, 20)]
    assert dropped == 0


def test_pcmu_is_decoded_and_the_rate_is_the_streams() -> None:
    pcm = tone(-8, 20)
    media = Media(1, "inbound", 1, 0, encode_audio(pcm, "audio/x-mulaw"))
    (only,), _ = written(media, first=start("inbound", encoding="audio/x-mulaw"))
    assert only == [-8] * 20
    file = io.BytesIO()
    with WavWriter(file) as wav:
        wav.write(start(sampleRate=24000))
    file.seek(0)
    assert soundfile.info(file).samplerate == 24000


def test_l16_of_the_other_byte_order_is_told_to_the_writer() -> None:
    (only,), _ = written(Media(1, "inbound", 1, 0, b"\x01\x02"), first=start("inbound"), byte_order="big")
    assert only == [0x0102]
    with pytest.raises(InputError, match="byte_order"):
        WavWriter(io.BytesIO(), byte_order="middle")  # type: ignore[arg-type]


def test_what_lags_is_written_in_its_place_until_the_delay_is_over_and_then_dropped() -> None:
    ahead = [piece(n, 5) for n in range(1, 101)]  # two seconds
    behind = [piece(n, 7, track="outbound") for n in range(1, 101)]
    (left, right), dropped = written(*ahead, *behind, max_delay=2.0)
    assert (runs(left), runs(right), dropped) == ([(5, 2000)], [(7, 2000)], 0)
    (left, right), dropped = written(*ahead, *behind, max_delay=0.5)
    assert runs(left) == [(5, 2000)]
    assert runs(right) == [(0, 1500), (7, 500)]
    assert dropped == 75


def test_a_piece_that_is_late_in_part_loses_that_part() -> None:
    ahead = [piece(n, 5) for n in range(1, 51)]
    (left, right), dropped = written(*ahead, piece(1, 7, track="outbound", at=490, samples=RATE // 10), max_delay=0.5)
    assert runs(left) == [(5, 1000)]
    assert runs(right) == [(0, 500), (7, 90), (0, 410)]
    assert dropped == 0


def test_a_piece_that_is_longer_than_the_delay_is_whole() -> None:
    (only,), dropped = written(piece(1, 5, samples=RATE), first=start("inbound"), max_delay=0.1)
    assert (runs(only), dropped) == ([(5, 1000)], 0)


@pytest.mark.parametrize(
    "misplaced",
    [
        piece(1, 5, track="outbound"),
        Media(1, "inbound", 1, 0, b"abc"),
        Media(1, "inbound", 1, 0, b""),
        piece(1, 5, at=10_001),
        piece(1, 5, at=10**14),
    ],
    ids=["a track not announced", "half a sample", "nothing", "beyond the gap", "far beyond"],
)
def test_what_cannot_be_placed_is_counted_and_harms_nothing(misplaced: Media) -> None:
    (only,), dropped = written(misplaced, piece(1, 6), first=start("inbound"), max_gap=10.0)
    assert (runs(only), dropped) == ([(6, 20)], 1)
    (only,), dropped = written(piece(1, 6, at=10_000), first=start("inbound"), max_gap=10.0)
    assert (runs(only), dropped) == ([(0, 10_000), (6, 20)], 0)


def test_audio_before_the_start_is_dropped_and_other_messages_are_passed_over() -> None:
    file = io.BytesIO()
    with WavWriter(file) as wav:
        for text in (
            messages.connected(),
            messages.media(1, b"ab", chunk=1, timestamp=0),
            messages.start(),
            messages.stop(2),
        ):
            wav.write(parse_message(text))
        wav.write(start("inbound"))  # a second start changes nothing
    assert wav.dropped == 1
    assert read(file) == [[], []]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("encoding", "audio/x-alaw", "^encoding: 'audio/x-alaw' does not exist"),
        ("sampleRate", 0, "^message: has a sample rate of 0; expected 1 to 192000.$"),
        ("sampleRate", 192_001, "^message: has a sample rate of 192001"),
    ],
)
def test_a_format_that_cannot_be_written_is_refused_and_leaves_a_valid_file(
    field: str, value: Any, problem: str
) -> None:
    file = io.BytesIO()
    with pytest.raises(InputError, match=problem), WavWriter(file) as wav:
        wav.write(start(**{field: value}))
    assert read(file) == [[], []]


@pytest.mark.parametrize("given", [[], [start()], [start(), piece(1, 5)]], ids=len)
def test_a_file_that_is_closed_early_or_by_an_error_is_valid(tmp_path: Path, given: list[Any]) -> None:
    path = tmp_path / "call.wav"
    with pytest.raises(KeyError), WavWriter(path) as wav:
        for message in given:
            wav.write(message)
        raise KeyError
    assert [len(channel) for channel in read(str(path))] == [STEP * (len(given) == 2)] * 2
    wav.close()
    with pytest.raises(InputError, match="after the file was closed"):
        wav.write(start())


def test_a_file_that_is_never_closed_is_valid_up_to_the_last_second(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    wav = WavWriter(str(path))
    wav.write(start("inbound"))
    for chunk in range(1, 151):
        wav.write(piece(chunk, 5))
    assert wav.seconds == 3.0
    (only,) = read(str(path))
    assert runs(only) == [(5, 2000)]
    wav.close()
    assert runs(read(str(path))[0]) == [(5, 3000)]


def test_a_file_of_the_users_stays_open_and_must_be_seekable() -> None:
    file = io.BytesIO(b"")
    WavWriter(file).close()
    assert not file.closed

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(InputError, match="^file: is not seekable"):
        WavWriter(Pipe())


def test_a_path_that_cannot_be_opened_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        WavWriter(tmp_path / "nowhere" / "call.wav")


@pytest.mark.parametrize("tracks", [["inbound"], ["inbound", "outbound"]], ids=len)
def test_memory_is_bounded_in_a_long_call_also_when_a_track_never_comes(tmp_path: Path, tracks: list[str]) -> None:
    tracemalloc.start()
    try:
        with WavWriter(tmp_path / "call.wav", max_delay=1.0) as wav:
            wav.write(start(*tracks))
            for chunk in range(1, 3001):  # a minute
                wav.write(piece(chunk, 5))
            wav.write(piece(3001, 5, at=3_000_000))  # most of an hour of silence
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 500_000
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert file.getnframes() == 3_000_020 * RATE // 1000
        file.readframes(60 * RATE)
        assert not any(file.readframes(10 * RATE))


def test_a_timeline_ends_where_a_wav_file_can_say_no_more() -> None:
    given: list[bytes] = []
    line = Timeline(given.append, channels=2, max_bytes=40)
    assert line.put(b"ab" * 10, 0, 0, hold=100)
    assert not line.put(b"ab", 0, 10, hold=100)
    line.flush(line.end)
    assert b"".join(given) == b"ab\0\0" * 10


PLACES = st.lists(st.tuples(st.sampled_from([0, 1]), st.integers(0, 60), st.integers(1, 9), st.integers(1, 99)))


@given(PLACES, st.integers(1, 100), st.lists(st.integers(0, 80)))
def test_a_timeline_gives_out_what_was_put_in_time_and_silence_else(
    places: list[tuple[int, int, int, int]], hold: int, flushes: list[int]
) -> None:
    given: list[bytes] = []
    line = Timeline(given.append, channels=2, max_bytes=10**6)
    expected: dict[tuple[int, int], int] = {}
    for index, (channel, at, length, value) in enumerate(places):
        first = line.written
        put = line.put(array("h", [value] * length).tobytes(), channel, at, hold=hold)
        assert put == (at + length > first)
        expected |= {(place, channel): value for place in range(max(at, first), at + length)}
        assert len(line._held) <= 4 * max(hold, 9)
        if index < len(flushes):
            line.flush(min(flushes[index], line.end))
    line.flush(line.end)
    samples = array("h", b"".join(given))
    assert list(samples) == [expected.get((at // 2, at % 2), 0) for at in range(2 * line.end)]
