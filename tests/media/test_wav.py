"""WavWriter, with files read back by libsndfile, an independent implementation."""

import io
import math
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
    """Make 20 ms of L16 with one value. By default its timestamp matches its chunk number."""
    return Media(chunk, track, chunk, 20 * (chunk - 1) if at is None else at, tone(value, samples))


def read(file: Any) -> list[list[int]]:
    """Read the samples of each channel."""
    if isinstance(file, io.BytesIO):
        file.seek(0)
    assert soundfile.info(file).subtype == "PCM_16"
    if isinstance(file, io.BytesIO):
        file.seek(0)
    samples, rate = soundfile.read(file, dtype="int16", always_2d=True)
    assert rate == RATE
    return [[int(sample) for sample in channel] for channel in samples.T]


def written(*given: Any, first: Start | None = None, **options: Any) -> tuple[list[list[int]], int]:
    """Write the messages, and return the samples of each channel and how many pieces were dropped."""
    file = io.BytesIO()
    with WavWriter(file, **options) as wav:
        wav.write(first or start())
        for message in given:
            wav.write(message)
    return read(file), wav.dropped


def runs(channel: list[int]) -> list[tuple[int, int]]:
    """Summarize a channel as (value, milliseconds) pairs."""
    found: list[tuple[int, int]] = []
    for value in channel:
        found = [*found[:-1], (value, found[-1][1] + 1)] if found and found[-1][0] == value else [*found, (value, 1)]
    return [(value, samples * 1000 // RATE) for value, samples in found]


def test_two_tracks_give_two_channels_with_inbound_on_the_left() -> None:
    (left, right), dropped = written(
        piece(1, 5), piece(1, 7, track="outbound"), piece(2, 6), piece(2, 8, track="outbound")
    )
    assert (runs(left), runs(right), dropped) == ([(5, 20), (6, 20)], [(7, 20), (8, 20)], 0)


@pytest.mark.parametrize("track", ["inbound", "outbound"])
def test_one_track_gives_one_channel(track: str) -> None:
    (only,), dropped = written(piece(1, 5, track=track), first=start(track))
    assert (runs(only), dropped) == ([(5, 20)], 0)


def test_missing_audio_becomes_silence() -> None:
    (left, right), _ = written(piece(1, 5), piece(4, 6), piece(3, 7, track="outbound"), piece(9, 8, track="outbound"))
    assert runs(left) == [(5, 20), (0, 40), (6, 20), (0, 100)]
    assert runs(right) == [(0, 40), (7, 20), (0, 100), (8, 20)]


def test_a_jump_in_timestamps_becomes_silence_even_if_no_chunk_is_missing() -> None:
    (left, _), _ = written(piece(1, 5), piece(2, 6, at=500), piece(3, 7, at=540))
    assert runs(left) == [(5, 20), (0, 480), (6, 20), (0, 20), (7, 20)]


def test_jittering_timestamps_leave_no_gaps() -> None:
    jitter = [0, 19, 7, 13, 1, -5, 12, 19]
    (left, _), dropped = written(*(piece(n, n, at=20 * (n - 1) + late) for n, late in enumerate(jitter, start=1)))
    assert runs(left) == [(n, 20) for n in range(1, 9)]
    assert dropped == 0


def test_a_piece_after_a_lost_one_is_placed_by_its_timestamp() -> None:
    (left, _), _ = written(piece(1, 5), piece(3, 6, at=39))
    assert runs(left) == [(5, 20), (0, 19), (6, 20)]


def test_out_of_order_pieces_are_sorted_and_repeats_are_harmless() -> None:
    (left, _), dropped = written(piece(1, 1), piece(3, 3), piece(2, 2), piece(2, 2), piece(4, 4))
    assert runs(left) == [(1, 20), (2, 20), (3, 20), (4, 20)]
    assert dropped == 0


def test_pcmu_is_decoded_and_the_sample_rate_is_the_streams() -> None:
    pcm = tone(-8, 20)
    media = Media(1, "inbound", 1, 0, encode_audio(pcm, "audio/x-mulaw"))
    (only,), _ = written(media, first=start("inbound", encoding="audio/x-mulaw"))
    assert only == [-8] * 20
    file = io.BytesIO()
    with WavWriter(file) as wav:
        wav.write(start(sampleRate=24000))
    file.seek(0)
    assert soundfile.info(file).samplerate == 24000


def test_big_endian_l16_is_decoded_on_request() -> None:
    (only,), _ = written(Media(1, "inbound", 1, 0, b"\x01\x02"), first=start("inbound"), byte_order="big")
    assert only == [0x0102]
    with pytest.raises(InputError, match="byte_order"):
        WavWriter(io.BytesIO(), byte_order="middle")  # type: ignore[arg-type]


def test_a_late_track_is_kept_up_to_max_delay_and_then_dropped() -> None:
    ahead = [piece(n, 5) for n in range(1, 101)]  # two seconds
    behind = [piece(n, 7, track="outbound") for n in range(1, 101)]
    (left, right), dropped = written(*ahead, *behind, max_delay=2.0)
    assert (runs(left), runs(right), dropped) == ([(5, 2000)], [(7, 2000)], 0)
    (left, right), dropped = written(*ahead, *behind, max_delay=0.5)
    assert runs(left) == [(5, 2000)]
    assert runs(right) == [(0, 1500), (7, 500)]
    assert dropped == 75


def test_only_the_late_part_of_a_piece_is_dropped() -> None:
    ahead = [piece(n, 5) for n in range(1, 51)]
    (left, right), dropped = written(*ahead, piece(1, 7, track="outbound", at=490, samples=RATE // 10), max_delay=0.5)
    assert runs(left) == [(5, 1000)]
    assert runs(right) == [(0, 500), (7, 90), (0, 410)]
    assert dropped == 0


def test_a_piece_longer_than_max_delay_is_kept_whole() -> None:
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
    ids=["unlisted track", "half a sample", "empty", "beyond max_silence", "far beyond max_silence"],
)
def test_audio_that_cannot_be_placed_is_dropped_and_counted(misplaced: Media) -> None:
    (only,), dropped = written(misplaced, piece(1, 6), first=start("inbound"), max_silence=10.0)
    assert (runs(only), dropped) == ([(6, 20)], 1)
    (only,), dropped = written(piece(1, 6, at=10_000), first=start("inbound"), max_silence=10.0)
    assert (runs(only), dropped) == ([(0, 10_000), (6, 20)], 0)


def test_audio_before_the_start_is_dropped_and_other_messages_are_ignored() -> None:
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
        (
            "encoding",
            "audio/g722",
            "^encoding must be one of audio/x-L16, audio/x-alaw, audio/x-mulaw; got 'audio/g722'.$",
        ),
        ("sampleRate", 0, "^message must have a sample rate of 1 to 48000; got 0.$"),
        ("sampleRate", 48_001, "^message must have a sample rate of 1 to 48000; got 48001.$"),
    ],
)
def test_an_unsupported_format_raises_and_leaves_a_valid_file(field: str, value: Any, problem: str) -> None:
    file = io.BytesIO()
    with pytest.raises(InputError, match=problem), WavWriter(file) as wav:
        wav.write(start(**{field: value}))
    assert read(file) == [[], []]


@pytest.mark.parametrize("given", [[], [start()], [start(), piece(1, 5)]], ids=len)
def test_a_file_closed_early_or_by_an_error_is_valid(tmp_path: Path, given: list[Any]) -> None:
    path = tmp_path / "call.wav"
    with pytest.raises(KeyError), WavWriter(path) as wav:
        for message in given:
            wav.write(message)
        raise KeyError
    assert [len(channel) for channel in read(str(path))] == [STEP * (len(given) == 2)] * 2
    wav.close()
    with pytest.raises(InputError, match="the WAV file is closed"):
        wav.write(start())


def test_an_unclosed_file_is_valid_except_for_the_last_second(tmp_path: Path) -> None:
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


def test_the_users_own_file_stays_open_and_must_be_seekable() -> None:
    file = io.BytesIO(b"")
    WavWriter(file).close()
    assert not file.closed

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(InputError, match="^file must be seekable"):
        WavWriter(Pipe())


def test_text_is_refused_until_a_session_has_parsed_it() -> None:
    problem = "^message must be a parsed message; got str. Parse text first.$"
    with WavWriter(io.BytesIO()) as wav, pytest.raises(InputError, match=problem):
        wav.write("{}")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"max_delay": -1}, "max_delay must be a number of seconds from 0 to 3600; got -1."),
        ({"max_delay": math.inf}, "max_delay must be a number of seconds from 0 to 3600; got inf."),
        ({"max_delay": None}, "max_delay must be a number of seconds from 0 to 3600; got None."),
        ({"max_silence": math.nan}, "max_silence must be a number of seconds from 0; got nan."),
        ({"max_bytes": -1}, "max_bytes must be a whole number from 0; got -1."),
        ({"byte_order": "middle"}, "byte_order must be one of big, little; got 'middle'."),
    ],
    ids=str,
)
def test_invalid_options_are_refused_before_anything_is_created(
    tmp_path: Path, options: dict[str, Any], problem: str
) -> None:
    for create in (WavWriter, WavWriter.in_folder):
        with pytest.raises(InputError) as caught:
            create(tmp_path / "calls", **options)
        assert str(caught.value) == problem
    assert not list(tmp_path.iterdir())


def test_a_path_that_cannot_be_opened_raises_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        WavWriter(tmp_path / "nowhere" / "call.wav")


@pytest.mark.parametrize("tracks", [["inbound"], ["inbound", "outbound"]], ids=len)
def test_a_long_call_uses_bounded_memory_even_if_a_track_never_arrives(tmp_path: Path, tracks: list[str]) -> None:
    tracemalloc.start()
    try:
        with WavWriter(tmp_path / "call.wav", max_delay=1.0, max_silence=3600) as wav:
            wav.write(start(*tracks))
            for chunk in range(1, 3001):  # a minute
                wav.write(piece(chunk, 5))
            wav.write(piece(3001, 5, at=3_000_000))  # leaves most of an hour silent
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 500_000
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert file.getnframes() == 3_000_020 * RATE // 1000
        file.readframes(60 * RATE)
        assert not any(file.readframes(10 * RATE))


class LimitedFile(io.BytesIO):
    """A file that fails beyond `limit` bytes, so that a missing bound does not fill the memory."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self._limit:
            raise OSError("The file is full.")
        return super().write(data)


@pytest.mark.parametrize(("rate", "count"), [(48_000, 1), (8000, 38)])
def test_a_few_messages_from_the_future_do_not_fill_the_disk(rate: int, count: int) -> None:
    file = LimitedFile(1_000_000)
    with WavWriter(file, clock=lambda: 0.0) as wav:
        wav.write(start(sampleRate=rate))
        for number in range(1, count + 1):
            wav.write(piece(number, 5, at=number * 3_500_000))
    assert (wav.dropped, wav.size) == (count, len(file.getvalue()))


def test_empty_pieces_from_the_future_leave_no_silence() -> None:
    file = LimitedFile(1_000_000)
    with WavWriter(file, clock=lambda: 0.0, max_delay=0.0) as wav:
        wav.write(start("inbound"))
        for number in range(1, 100):
            wav.write(Media(number, "inbound", number, 2000 * number, b""))
    assert (wav.dropped, wav.seconds) == (99, 0.0)


def test_gaps_of_a_live_stream_are_filled_as_far_as_time_has_passed_and_two_seconds_more() -> None:
    now = 1000.0
    file = io.BytesIO()
    with WavWriter(file, clock=lambda: now) as wav:
        wav.write(start("inbound"))
        now += 60
        wav.write(piece(1, 5, at=62_001))
        assert wav.dropped == 1
        wav.write(piece(1, 5, at=60_000))
        now += 3600
        wav.write(piece(2, 6, at=3_660_000))
    assert wav.dropped == 1
    assert wav.seconds == 3660.02
    assert runs(read(file)[0][59 * RATE : 61 * RATE]) == [(0, 1000), (5, 20), (0, 980)]


def test_a_recording_that_is_converted_at_once_keeps_gaps_up_to_the_length_of_its_audio() -> None:
    minute = [piece(number, 5) for number in range(1, 3001)]
    for at, dropped in [(122_000, 0), (122_001, 1)]:
        (only,), dropped_now = written(*minute, piece(3001, 6, at=at), first=start("inbound"), clock=lambda: 0.0)
        assert (dropped_now, len(only)) == (dropped, 60 * RATE if dropped else 122_020 * RATE // 1000)


def test_many_small_gaps_count_together() -> None:
    late = [piece(10 * number, 5, at=1000 * number) for number in range(1, 200)]
    (only,), dropped = written(*late, first=start("inbound"), max_silence=10.0)
    assert (len(only), dropped) == (10_020 * RATE // 1000, 189)


def test_a_file_ends_at_max_bytes() -> None:
    file = LimitedFile(44 + 10 * STEP * 4)
    with WavWriter(file, max_bytes=44 + 10 * STEP * 4) as wav:
        wav.write(start())
        for number in range(1, 11):
            wav.write(piece(number, 5))
        assert (wav.size, wav.is_full, wav.dropped) == (44 + 10 * STEP * 4, False, 0)
        wav.write(piece(11, 5))
        assert (wav.is_full, wav.dropped) == (True, 1)
    assert [runs(channel) for channel in read(file)] == [[(5, 200)], [(0, 200)]]


def test_no_file_exceeds_the_4_gib_that_a_header_can_express() -> None:
    file = LimitedFile(1_000_000)
    with WavWriter(file, max_bytes=2**40, max_silence=1e9) as wav:
        wav.write(start("inbound"))
        wav.write(piece(1, 5, at=2**32 // (2 * RATE) * 1000))
        assert wav.is_full
    assert read(file) == [[]]


PLACES = st.lists(st.tuples(st.sampled_from([0, 1]), st.integers(0, 60), st.integers(1, 9), st.integers(1, 99)))


@given(PLACES, st.integers(1, 100), st.lists(st.integers(0, 80)))
def test_a_timeline_writes_samples_that_are_in_time_and_silence_elsewhere(
    places: list[tuple[int, int, int, int]], hold: int, flushes: list[int]
) -> None:
    given: list[bytes] = []
    line = Timeline(given.append, channels=2)
    expected: dict[tuple[int, int], int] = {}
    for index, (channel, at, length, value) in enumerate(places):
        first = line.written
        put = line.put(array("h", [value] * length).tobytes(), channel, at, hold=hold)
        assert put == (at + length > first)
        expected |= {(place, channel): value for place in range(max(at, first), at + length)}
        assert len(line._pending) <= 4 * max(hold, 9)
        if index < len(flushes):
            line.flush(min(flushes[index], line.end))
    line.flush(line.end)
    samples = array("h", b"".join(given))
    assert list(samples) == [expected.get((at // 2, at % 2), 0) for at in range(2 * line.end)]
