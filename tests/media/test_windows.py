"""AudioWindows and its iterators, compared with decode_audio and with resampling of the whole stream by scipy."""

import asyncio
import io
import math
import subprocess
import sys
import tracemalloc
import wave
from collections.abc import AsyncIterator, Iterator
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal
from signalwire_streams import InputError
from signalwire_streams.media import (
    AudioWindow,
    AudioWindows,
    Media,
    MediaFormat,
    Start,
    StreamSession,
    WavWriter,
    aiter_windows,
    decode_audio,
    iter_windows,
    parse_message,
)
from signalwire_streams.media._windows._options import WindowOptions
from support import messages

RATE = 8000
STEP = 160  # samples in 20 ms
PAIRS = [(here, there) for here in (8000, 16_000, 24_000) for there in (8000, 11_025, 16_000, 24_000, 44_100, 48_000)]


def start(*tracks: str, rate: int = RATE, encoding: str = "audio/x-L16") -> Start:
    media_format = {"encoding": encoding, "sampleRate": rate, "channels": 1}
    message = parse_message(messages.start(tracks=tracks or ["inbound"], mediaFormat=media_format))
    assert isinstance(message, Start)
    return message


def media(chunk: int, samples: Any, *, at: int, track: Any = "inbound") -> Media:
    """Make a piece of L16, `at` milliseconds."""
    return Media(chunk, track, chunk, at, np.asarray(samples, "<i2").tobytes())


def piece(chunk: int, value: int, *, at: int | None = None, track: Any = "inbound", samples: int = STEP) -> Media:
    """Make 20 ms of L16 with one value. By default its timestamp matches its chunk number."""
    return media(chunk, np.full(samples, value), at=20 * (chunk - 1) if at is None else at, track=track)


def feed(audio: AudioWindows, *given: Any) -> list[AudioWindow]:
    return [window for message in given for window in audio.feed(message)]


def windows(*given: Any, first: Start | None = None, **options: Any) -> list[AudioWindow]:
    """Return the windows of the messages, and the last ones."""
    audio = AudioWindows(**{"sample_rate": RATE} | options)
    return [*feed(audio, first or start(), *given), *audio.close()]


def joined(found: list[AudioWindow]) -> Any:
    """Join windows that do not overlap, without the padding."""
    return np.concatenate([window.samples[: len(window.samples) - window.padding] for window in found])


def runs(samples: Any) -> list[tuple[int, int]]:
    """Summarize samples as (value, milliseconds) pairs."""
    found: list[tuple[int, int]] = []
    for value in (int(sample) for sample in np.rint(np.asarray(samples) * 32_768)):
        found = [*found[:-1], (value, found[-1][1] + 1)] if found and found[-1][0] == value else [*found, (value, 1)]
    return [(value, samples * 1000 // RATE) for value, samples in found]


def noise(samples: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(-8000, 8000, samples, "<i2")


# Decoding


@pytest.mark.parametrize("encoding", ["audio/x-mulaw", "audio/x-alaw", "audio/x-L16"])
@pytest.mark.parametrize("byte_order", ["little", "big"])
def test_at_the_streams_own_rate_the_samples_are_those_of_the_stream(encoding: str, byte_order: Any) -> None:
    payload = bytes(range(256)) + noise(500).tobytes()
    (window,) = windows(
        Media(1, "inbound", 1, 0, payload), first=start(encoding=encoding), samples=len(payload), byte_order=byte_order
    )
    audio = len(window.samples) - window.padding
    expected = decode_audio(payload, encoding, byte_order=byte_order)
    assert window.pcm[: 2 * audio] == expected
    assert window.samples[:audio].tolist() == (np.frombuffer(expected, "<i2") / 32_768).tolist()
    assert window.samples.dtype == np.float32


def test_pcm_holds_the_rounded_samples_and_full_scale_does_not_wrap_around() -> None:
    samples = np.array([0, 1, -1, 0.5, 1.4 / 32_768, 1.6 / 32_768, -1.6 / 32_768], np.float32)
    pcm = AudioWindow("inbound", 0.0, samples, RATE).pcm
    assert np.frombuffer(pcm, "<i2").tolist() == [0, 32_767, -32_768, 16_384, 1, 2, -2]
    stereo = AudioWindow(None, 0.0, np.array([[0.5, -0.5], [0.25, 0]], np.float32), RATE).pcm
    assert np.frombuffer(stereo, "<i2").tolist() == [16_384, -16_384, 8192, 0]


def test_a_window_is_shown_without_its_audio() -> None:
    (window,) = windows(piece(1, 5))
    assert repr(window) == "AudioWindow(track='inbound', start=0.0, samples=<160 samples>, sample_rate=8000, padding=0)"


# Resampling


@cache
def offline_filter(up: int, down: int) -> Any:
    return signal.firwin(2 * 100 * max(up, down) + 1, 0.95 / max(up, down), window=("kaiser", 12.0))


def resample_offline(samples: Any, here: int, there: int) -> Any:
    """Resample the whole stream at once."""
    divisor = math.gcd(here, there)
    up, down = there // divisor, here // divisor
    return signal.resample_poly(samples, up, down, window=offline_filter(up, down)) if up != down else samples


def energy_below(samples: Any, rate: int, hertz: float) -> float:
    """Return the energy of the samples below a frequency."""
    spectrum = np.fft.rfft(samples)
    return float(np.sum(np.abs(spectrum[np.fft.rfftfreq(len(samples), 1 / rate) < hertz]) ** 2))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "{}-{}".format(*pair))
@settings(max_examples=6)
@given(
    pieces=st.lists(st.tuples(st.integers(1, 70), st.booleans()), min_size=1, max_size=25), seed=st.integers(0, 2**32)
)
def test_any_cut_and_any_loss_give_what_resampling_the_whole_stream_gives(
    pair: tuple[int, int], pieces: list[tuple[int, bool]], seed: int
) -> None:
    here, there = pair
    # Silence at both ends, because the filters differ in how they ring.
    ends = list(accumulate([40, *(milliseconds for milliseconds, _ in pieces), 40]))
    is_lost = [False, *(is_lost for _, is_lost in pieces), False]
    stream = noise(ends[-1] * here // 1000, seed)
    stream[: 40 * here // 1000] = stream[-40 * here // 1000 :] = 0
    given: list[Media] = []
    for chunk, (begin, end) in enumerate(pairwise([0, *ends]), start=1):
        part = slice(begin * here // 1000, end * here // 1000)
        if is_lost[chunk - 1]:
            stream[part] = 0
        else:
            given.append(media(chunk, stream[part], at=begin))
    found = windows(*given, first=start(rate=here), sample_rate=there, max_silence=100)
    assert all(len(window.samples) and not window.padding for window in found)
    cut = joined(found)
    assert len(cut) == math.ceil(len(stream) * there / here)
    whole = joined(windows(media(1, stream, at=0), first=start(rate=here), sample_rate=there))
    assert np.array_equal(cut, whole)
    offline = resample_offline(stream / 32_768, here, there)
    band = 0.4 * min(here, there)
    assert energy_below(cut - offline, there, band) <= 1e-8 * energy_below(offline, there, band)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "{}-{}".format(*pair))
def test_sample_k_belongs_to_the_time_k_divided_by_the_rate(pair: tuple[int, int]) -> None:
    here, there = pair
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(here) / here)
    pieces = [media(n + 1, np.rint(part * 32_768), at=20 * n) for n, part in enumerate(np.split(tone, 50))]
    resampled = joined(windows(*pieces, first=start(rate=here), sample_rate=there))
    expected = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(there) / there)
    inside = slice(there // 10, -there // 10)
    assert np.abs(resampled - expected)[inside].max() < 1e-4


@pytest.mark.parametrize(
    ("quality", "held_ms", "error"), [("low", 2.5, 2e-4), ("medium", 5.9, 2e-5), ("high", 18, 2e-5)]
)
def test_quality_trades_delay_for_precision(quality: Any, held_ms: float, error: float) -> None:
    rate = 24_000  # of L16, at a quarter of full scale, so that rounding to 16 bits is not what is measured
    audio = AudioWindows(sample_rate=48_000, quality=quality)
    tone = np.rint(8192 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate))
    before = feed(audio, start(rate=rate), media(1, tone, at=0))
    held = 1 - sum(len(window.samples) for window in before) / 48_000
    assert held * 1000 * rate / 8000 == pytest.approx(held_ms, abs=0.3)
    expected = 0.25 * np.sin(2 * np.pi * 1000 * np.arange(48_000) / 48_000)
    assert np.abs(joined([*before, *audio.close()]) - expected)[4800:-4800].max() < error + 1 / 65_536


def test_samples_never_exceed_full_scale() -> None:
    square = np.where(np.arange(RATE) // 20 % 2, 32_767, -32_768)
    samples = joined(windows(media(1, square, at=0), sample_rate=16_000))
    assert (samples.min(), samples.max()) == (-1, 1)


@pytest.mark.parametrize(("here", "there"), [(8000, 16_000), (8000, 11_025), (24_000, 8000), (8000, 8000)])
@pytest.mark.parametrize("quality", ["low", "medium", "high"])
def test_silence_in_a_gap_goes_through_the_same_resampler(here: int, there: int, quality: Any) -> None:
    sound, length, gap = noise(here // 10), here // 10, here * 20
    options: dict[str, Any] = {"sample_rate": there, "quality": quality, "max_silence": 100}
    first = start(rate=here)
    lost = windows(*(media(2 * n + 1, sound, at=20_100 * n) for n in range(3)), first=first, **options)
    silence = np.zeros(gap)
    sent = windows(media(1, np.concatenate([sound, silence, sound, silence, sound]), at=0), first=first, **options)
    assert len(joined(lost)) == math.ceil((3 * length + 2 * gap) * there / here)
    assert np.array_equal(joined(lost), joined(sent))


# Windows


@given(st.integers(1, 400), st.data(), st.lists(st.integers(1, 700), max_size=6))
def test_windows_cover_the_stream_and_say_when_they_start(size: int, data: st.DataObject, lengths: list[int]) -> None:
    hop = data.draw(st.none() | st.integers(1, size))
    stream = noise(sum(lengths))
    ends = list(accumulate(lengths))
    pieces = [
        media(n + 1, stream[end - length : end], at=0)
        for n, (end, length) in enumerate(zip(ends, lengths, strict=True))
    ]
    found = windows(*pieces, samples=size, hop=hop)
    step = hop or size
    covered = 0
    for index, window in enumerate(found):
        at = index * step
        assert (window.start, window.sample_rate, len(window.samples)) == (at / RATE, RATE, size)
        assert window.padding == max(0, at + size - len(stream))
        expected = np.concatenate([stream[at : at + size], np.zeros(window.padding)])
        assert np.array_equal(window.samples * 32_768, expected)
        assert covered < len(stream)  # no window holds only what others hold
        covered = at + size
    assert covered >= len(stream)


def test_windows_are_given_as_soon_as_they_are_whole() -> None:
    audio = AudioWindows(sample_rate=RATE, samples=240)
    assert feed(audio, start(), piece(1, 1)) == []
    (first,) = feed(audio, piece(2, 2))
    assert (first.start, first.padding) == (0.0, 0)
    (second,) = feed(audio, piece(3, 3))
    assert (runs(first.samples), runs(second.samples)) == ([(1, 20), (2, 10)], [(2, 10), (3, 20)])
    assert (second.start, audio.close()) == (0.03, [])


def test_windows_of_a_duration_take_their_hop_in_seconds() -> None:
    found = windows(piece(1, 1, samples=RATE), sample_rate=16_000, seconds=0.5, hop=0.25)
    assert [(window.start, len(window.samples), window.padding) for window in found] == [
        (0.0, 8000, 0),
        (0.25, 8000, 0),
        (0.5, 8000, 0),
    ]


def test_overlapping_windows_do_not_share_memory() -> None:
    first, second, *_ = windows(piece(1, 5), samples=80, hop=40)
    first.samples[:] = 0
    assert runs(second.samples) == [(5, 10)]


def test_without_a_size_each_piece_is_a_window() -> None:
    found = windows(piece(1, 1), piece(2, 2, samples=80), piece(3, 3, at=30))
    assert [(window.start, runs(window.samples), window.padding) for window in found] == [
        (0.0, [(1, 20)], 0),
        (0.02, [(2, 10)], 0),
        (0.03, [(3, 20)], 0),
    ]


def test_each_track_has_windows_of_its_own() -> None:
    found = windows(
        piece(1, 1), piece(1, 2, track="outbound"), piece(2, 3), first=start("inbound", "outbound"), samples=STEP
    )
    assert [(window.track, window.start, runs(window.samples)) for window in found] == [
        ("inbound", 0.0, [(1, 20)]),
        ("outbound", 0.0, [(2, 20)]),
        ("inbound", 0.02, [(3, 20)]),
    ]


def test_windows_that_are_left_come_with_the_next_message() -> None:
    audio = AudioWindows(sample_rate=RATE, samples=40)
    audio.feed(start())
    audio.feed(piece(1, 1))
    next(audio.feed(piece(2, 2)))
    found = [*feed(audio, piece(3, 3)), *audio.close()]
    assert [window.start for window in found] == [n * 0.005 for n in range(1, 12)]
    assert runs(joined(found)) == [(1, 15), (2, 20), (3, 20)]


# Time


def test_lost_audio_is_silence_at_its_place() -> None:
    samples = joined(windows(piece(1, 5), piece(4, 6), piece(5, 7, at=500)))
    assert runs(samples) == [(5, 20), (0, 40), (6, 20), (0, 420), (7, 20)]


def test_jittering_timestamps_leave_no_gaps() -> None:
    jitter = [0, 19, 7, 13, 1, -5, 12, 19]
    samples = joined(windows(*(piece(n, n, at=20 * (n - 1) + late) for n, late in enumerate(jitter, start=1))))
    assert runs(samples) == [(n, 20) for n in range(1, 9)]


def test_late_and_repeated_pieces_are_left_out_and_counted() -> None:
    audio = AudioWindows(sample_rate=RATE)
    given = [
        piece(1, 1),
        piece(2, 2, at=35),
        piece(2, 9, at=39),
        piece(4, 4),
        piece(3, 3),
        piece(4, 4),
        piece(6, 9, at=1),
    ]
    samples = joined(feed(audio, start("inbound", "outbound"), *given, piece(7, 5, at=80)))
    assert runs(samples) == [(1, 20), (2, 20), (0, 20), (4, 20), (5, 20)]
    assert audio.dropped == {"inbound": 4}


def test_only_the_late_part_of_a_piece_is_left_out() -> None:
    audio = AudioWindows(sample_rate=RATE)
    samples = joined(feed(audio, start(), piece(1, 1), piece(3, 3, at=12)))
    assert (runs(samples), audio.dropped) == ([(1, 20), (3, 12)], {})


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
def test_audio_that_cannot_be_placed_is_left_out_and_counted(misplaced: Media) -> None:
    audio = AudioWindows(sample_rate=RATE, max_silence=10)
    assert runs(joined(feed(audio, start(), misplaced, piece(1, 6)))) == [(6, 20)]
    assert audio.dropped == {misplaced.track: 1}


def test_audio_before_the_start_is_left_out_and_a_second_start_changes_nothing() -> None:
    audio = AudioWindows(sample_rate=RATE)
    others = [parse_message(text) for text in (messages.connected(), messages.stop(2), messages.dtmf("1"))]
    assert runs(joined(feed(audio, piece(1, 9), start(), piece(1, 5), start(rate=16_000), *others, piece(2, 6)))) == [
        (5, 20),
        (6, 20),
    ]
    assert audio.dropped == {"inbound": 1}


PIECES = st.lists(
    st.tuples(st.sampled_from(["inbound", "outbound"]), st.integers(0, 3), st.integers(-25, 60), st.integers(1, 300)),
    max_size=20,
)


@given(PIECES)
def test_the_windows_hold_what_a_wav_file_holds(steps: list[tuple[Any, int, int, int]]) -> None:
    chunks, ends = dict.fromkeys(("inbound", "outbound"), 0), dict.fromkeys(("inbound", "outbound"), 0)
    given: list[Media] = []
    for number, (track, lost, off, length) in enumerate(steps, start=1):
        chunks[track] += lost + 1
        # Only a piece that directly follows another may overlap it. WavWriter writes over what is there.
        at = max(0, ends[track] + (20 * lost + abs(off) if lost else off))
        given.append(media(chunks[track], noise(length, number), at=at, track=track))
        ends[track] = max(ends[track], at) + math.ceil(length / 8)
    file = io.BytesIO()
    first = start("inbound", "outbound")
    with WavWriter(file, clock=lambda: 0.0) as wav:
        wav.write(first)
        for message in given:
            wav.write(message)
    file.seek(0)
    with wave.open(file) as reader:
        expected = reader.readframes(reader.getnframes())
    found = windows(*given, first=first, channels="stereo", max_delay=100, clock=lambda: 0.0)
    assert b"".join(window.pcm for window in found) == expected


# Stereo


def stereo(*given: Media, **options: Any) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    defaults: dict[str, Any] = {"first": start("inbound", "outbound"), "channels": "stereo"}
    found = windows(*given, **defaults | options)
    assert {(window.track, window.samples.shape[1:]) for window in found} == {(None, (2,))}
    frames = joined(found)
    return runs(frames[:, 0]), runs(frames[:, 1])


def test_stereo_pairs_belong_to_the_same_moment() -> None:
    ahead = [piece(n, 5, at=20 * n + 80) for n in range(1, 6)]
    behind = [piece(n, 7, at=20 * n + 20, track="outbound") for n in range(1, 6)]
    assert stereo(*ahead, *behind, samples=100) == ([(0, 100), (5, 100)], [(0, 40), (7, 100), (0, 60)])


def test_stereo_windows_wait_for_both_tracks() -> None:
    audio = AudioWindows(sample_rate=RATE, channels="stereo", samples=STEP)
    assert feed(audio, start("inbound", "outbound"), piece(1, 5), piece(2, 5)) == []
    (window,) = feed(audio, piece(1, 7, track="outbound"))
    assert (window.start, window.samples[0].tolist()) == (0.0, [5 / 32_768, 7 / 32_768])
    (last,) = audio.close()
    assert (last.start, last.samples[0].tolist(), last.padding) == (0.02, [5 / 32_768, 0], 0)


def test_a_track_that_is_behind_for_too_long_is_silent_and_its_late_audio_is_left_out() -> None:
    ahead = [piece(n, 5) for n in range(1, 101)]  # two seconds
    behind = [piece(n, 7, track="outbound") for n in range(1, 101)]
    assert stereo(*ahead, *behind, max_delay=2) == ([(5, 2000)], [(7, 2000)])
    assert stereo(*ahead, *behind, max_delay=0.49) == ([(5, 2000)], [(0, 1510), (7, 490)])
    audio = AudioWindows(sample_rate=RATE, channels="stereo", max_delay=0.49)
    early = feed(audio, start("inbound", "outbound"), *ahead)
    assert sum(len(window.samples) for window in early) == 1510 * RATE // 1000
    feed(audio, *behind)
    assert audio.dropped == {"outbound": 75}


@pytest.mark.parametrize("track", ["inbound", "outbound"])
def test_in_stereo_a_stream_of_one_track_is_silent_in_the_other_channel(track: str) -> None:
    left, right = stereo(piece(1, 5, track=track), first=start(track))
    assert {"inbound": left, "outbound": right}[track] == [(5, 20)]
    assert {"inbound": right, "outbound": left}[track] == [(0, 20)]


def test_resampled_stereo_pairs_belong_to_the_same_moment() -> None:
    tone = np.rint(8000 * np.sin(np.arange(RATE) / 3))
    given = [
        media(n, tone[STEP * (n - 1) : STEP * n], at=20 * (n - 1), track=track)
        for n in range(1, 51)
        for track in ("inbound", "outbound")
        if n not in {5, 6} or track == "inbound"
    ]
    frames = joined(windows(*given, first=start("inbound", "outbound"), channels="stereo", sample_rate=16_000))
    assert len(frames) == 16_000
    assert np.array_equal(frames[3000:, 0], frames[3000:, 1])
    assert not np.array_equal(frames[:3000, 0], frames[:3000, 1])


# Bounds


@pytest.mark.parametrize("options", [{}, {"samples": 512}, {"samples": 512, "channels": "stereo"}], ids=str)
def test_messages_from_the_future_neither_fill_the_memory_nor_give_endless_silence(options: dict[str, Any]) -> None:
    now = 0.0
    audio = AudioWindows(sample_rate=16_000, clock=lambda: now, **options)
    first = start("inbound", "outbound", rate=48_000)
    for number in range(1, 50):
        assert feed(audio, first, piece(number, 5, at=number * 3_500_000)) == []
    assert audio.dropped == {"inbound": 49}
    now = 300.0
    tracemalloc.start()
    try:
        seconds = sum(len(window.samples) / 16_000 for window in audio.feed(piece(50, 5, at=300_000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seconds == pytest.approx(300, abs=1.1)
    assert peak < 3_000_000


def test_gaps_are_filled_as_far_as_time_has_passed_and_two_seconds_more() -> None:
    now = 1000.0
    audio = AudioWindows(sample_rate=RATE, clock=lambda: now)
    feed(audio, start())
    now += 60
    assert feed(audio, piece(1, 5, at=62_001)) == []
    assert len(joined(feed(audio, piece(1, 5, at=62_000)))) == 62_020 * RATE // 1000


def test_a_long_payload_at_a_low_rate_is_resampled_in_steps() -> None:
    audio = AudioWindows(sample_rate=48_000)
    feed(audio, start(rate=200, encoding="audio/x-mulaw"))
    tracemalloc.start()
    try:
        samples = sum(len(window.samples) for window in audio.feed(Media(1, "inbound", 1, 0, bytes(9000))))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert samples + sum(len(window.samples) for window in audio.close()) == 9000 * 240
    assert peak < 3_000_000


def test_overlapping_windows_of_a_long_payload_are_made_in_steps() -> None:
    audio = AudioWindows(sample_rate=RATE, samples=20_000, hop=200)
    feed(audio, start())
    tracemalloc.start()
    try:
        count = sum(1 for _ in audio.feed(piece(1, 5, samples=60_000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 201
    assert peak < 2_000_000  # all of them hold 16 MB


def test_stereo_without_one_of_its_tracks_uses_bounded_memory() -> None:
    audio = AudioWindows(sample_rate=16_000, channels="stereo", samples=512)
    feed(audio, start("inbound", "outbound"))
    tracemalloc.start()
    try:
        for chunk in range(1, 1501):
            for _ in audio.feed(piece(chunk, 5)):
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_stereo_does_not_copy_what_a_track_is_ahead_with_each_piece() -> None:
    audio = AudioWindows(sample_rate=RATE, channels="stereo", samples=512, max_delay=60)
    feed(audio, start("inbound", "outbound"), *(piece(n, 5, at=1000 * (n - 1), samples=RATE) for n in range(1, 60)))
    tracemalloc.start()
    try:
        for chunk in range(60, 160):  # the first ones are within max_delay, the others past it
            feed(audio, piece(chunk, 5, at=59_000 + 20 * (chunk - 60)))
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - kept < 200_000


SIZES = st.sampled_from([0, 1, 2, 3, 160, 161, 5000])
EXTREME = st.integers(1, 5) | st.sampled_from([0, -1, 10**6, 10**15, 10**18])


@given(
    st.builds(
        MediaFormat,
        st.sampled_from(["audio/x-mulaw", "audio/x-alaw", "audio/x-L16", "audio/g722", ""]),
        st.sampled_from([8000, 16_000, 24_000, 0, -1, 1, 62, 63, 48_000, 48_001, 10**15]),
        st.integers(0, 3),
    ),
    st.sampled_from([(), ("inbound",), ("outbound", "inbound")]),
    st.lists(st.builds(Media, EXTREME, st.sampled_from(["inbound", "outbound"]), EXTREME, EXTREME, SIZES.map(bytes))),
    st.fixed_dictionaries(
        {"channels": st.sampled_from(["separate", "stereo"]), "samples": st.sampled_from([None, 1000])}
    ),
)
def test_no_message_raises_another_error_or_gives_more_than_its_audio_and_two_seconds(
    media_format: MediaFormat, tracks: Any, given: list[Media], options: Any
) -> None:
    first = Start(1, "ST1", "AC1", "CA1", tracks, media_format)
    audio = AudioWindows(sample_rate=16_000, clock=lambda: 0.0, **options)
    try:
        audio.feed(first)
    except InputError:
        return
    found = [*feed(audio, *given), *audio.close()]
    sent = sum(len(message.payload) for message in given) / media_format.sample_rate
    seconds = sum(len(window.samples) - window.padding for window in found) / 16_000
    assert seconds <= 2 * (2 * sent + 2) + 0.001


# Errors


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        (start(encoding="audio/g722"), "^encoding must be one of audio/x-L16, audio/x-alaw, audio/x-mulaw; got 'audio/g722'.$"),
        (start(rate=0), "^message must have a sample rate of 1 to 48000; got 0.$"),
        (start(rate=48_001), "^message must have a sample rate of 1 to 48000; got 48001.$"),
        (start(rate=62), "^message has a sample rate of 62, which cannot be resampled to 16000 Hz.$"),
    ],
)  # fmt: skip
def test_an_unsupported_format_raises_and_its_audio_is_left_out(first: Start, problem: str) -> None:
    audio = AudioWindows(sample_rate=16_000)
    with pytest.raises(InputError, match=problem):
        audio.feed(first)
    assert feed(audio, piece(1, 5)) == []
    assert (audio.dropped, audio.close()) == ({"inbound": 1}, [])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"samples": 512, "seconds": 0.5}, "samples and seconds are both given. Pass one of them as the size of a window."),
        ({"hop": 160}, "hop needs a size of the window. Pass samples or seconds too."),
        ({"samples": 512, "hop": 0}, "hop must be a whole number from 1; got 0."),
        ({"samples": 512, "hop": 0.5}, "hop must be a whole number from 1; got 0.5."),
        ({"samples": 512, "hop": 513}, "hop must not be longer than the window, or the audio between two windows is lost."),
        ({"seconds": 0.5, "hop": 0}, "hop must be a number of seconds above 0, at most 3600; got 0."),
        ({"seconds": 0.5, "hop": 0.6}, "hop must not be longer than the window, or the audio between two windows is lost."),
        ({"seconds": 0.00001}, "seconds must be at least one sample, which takes 6.3e-05 seconds; got 1e-05."),
        ({"seconds": True}, "seconds must be a number of seconds above 0, at most 3600; got True."),
        ({"seconds": math.nan}, "seconds must be a number of seconds above 0, at most 3600; got nan."),
        ({"seconds": math.inf}, "seconds must be a number of seconds above 0, at most 3600; got inf."),
        ({"seconds": "1"}, "seconds must be a number of seconds above 0, at most 3600; got '1'."),
        ({"samples": 512.0}, "samples must be a whole number from 1 to 57600000; got 512.0."),
        ({"samples": True}, "samples must be a whole number from 1 to 57600000; got True."),
        ({"samples": 0}, "samples must be a whole number from 1 to 57600000; got 0."),
        ({"samples": 10**12}, "samples must be a whole number from 1 to 57600000; got 1000000000000."),
        ({"sample_rate": 0}, "sample_rate must be a whole number from 1 to 192000; got 0."),
        ({"sample_rate": 16_000.0}, "sample_rate must be a whole number from 1 to 192000; got 16000.0."),
        ({"sample_rate": True}, "sample_rate must be a whole number from 1 to 192000; got True."),
        ({"channels": "mono"}, "channels must be one of separate, stereo; got 'mono'."),
        ({"channels": 2}, "channels must be a str; got int."),
        ({"quality": "best"}, "quality must be one of high, low, medium; got 'best'."),
        ({"byte_order": "middle"}, "byte_order must be one of big, little; got 'middle'."),
        ({"max_delay": -1}, "max_delay must be a number of seconds from 0 to 3600; got -1."),
        ({"max_delay": math.inf}, "max_delay must be a number of seconds from 0 to 3600; got inf."),
        ({"max_silence": math.nan}, "max_silence must be a number of seconds from 0; got nan."),
    ],
    ids=str,
)  # fmt: skip
def test_invalid_options_are_refused_before_any_message(options: dict[str, Any], problem: str) -> None:
    options = {"sample_rate": 16_000} | options
    for use in (
        AudioWindows,
        lambda **given: iter_windows([], **given),
        lambda **given: aiter_windows(texts(), **given),
    ):
        with pytest.raises(InputError) as caught:
            use(**options)
        assert str(caught.value) == problem


def test_closed_windows_take_no_more_messages() -> None:
    audio = AudioWindows(sample_rate=RATE, samples=512)
    feed(audio, start(), piece(1, 5))
    assert [window.padding for window in audio.close()] == [352]
    assert audio.close() == []
    with pytest.raises(InputError, match="the windows are closed"):
        audio.feed(piece(2, 5))


@pytest.mark.parametrize("text", ["{}", b"{}", None])
def test_text_is_refused_until_a_session_has_parsed_it(text: Any) -> None:
    problem = f"^message must be a parsed message; got {type(text).__name__}. Parse text first.$"
    with pytest.raises(InputError, match=problem):
        AudioWindows(sample_rate=RATE).feed(text)
    assert AudioWindows(sample_rate=RATE).close() == []


# Iterators

TEXTS: list[str | bytes] = [
    messages.connected(),
    messages.start(tracks=["inbound"]),
    messages.media(2, bytes(160), chunk=1, timestamp=0),
    "not JSON",
    messages.media(3, bytes(160), chunk=2, timestamp=20).encode(),
    messages.stop(4),
]


async def texts(given: Any = (), error: Exception | None = None) -> AsyncIterator[str | bytes]:
    for text in given:
        await asyncio.sleep(0)
        yield text
    if error:
        raise error


def collect(is_async: bool, given: Any, error: Exception | None = None, **options: Any) -> list[AudioWindow]:
    """Return the windows of the texts, which end with an error if one is given."""
    found: list[AudioWindow] = []

    def from_texts() -> Iterator[str | bytes]:
        yield from given
        if error:
            raise error

    async def collect_async() -> None:
        async for window in aiter_windows(texts(given, error), **options):
            found.append(window)  # noqa: PERF401  those before an error count

    def collect_sync() -> None:
        found.extend(iter_windows(from_texts(), **options))

    if error:
        with pytest.raises(type(error)) as caught:
            asyncio.run(collect_async()) if is_async else collect_sync()
        assert caught.value is error
    else:
        asyncio.run(collect_async()) if is_async else collect_sync()
    return found


@pytest.fixture(params=[False, True], ids=["iter_windows", "aiter_windows"])
def is_async(request: pytest.FixtureRequest) -> bool:
    return request.param


def test_an_iterator_gives_all_windows_and_closes_the_session(is_async: bool) -> None:
    session = StreamSession()
    found = collect(is_async, TEXTS, session=session, sample_rate=16_000, samples=512)
    assert [(window.start, window.padding) for window in found] == [(0.0, 0), (0.032, 384)]
    assert (session.state, session.bad_messages, session.audio["inbound"].messages) == ("stopped", 1, 2)


def test_an_iterator_needs_no_session_of_yours(is_async: bool) -> None:
    assert [len(window.samples) for window in collect(is_async, TEXTS, sample_rate=8000)] == [160, 160]


def test_an_iterator_goes_on_where_the_session_is(is_async: bool) -> None:
    session = StreamSession()
    for text in TEXTS[:2]:
        session.feed(text)
    assert len(collect(is_async, TEXTS[2:], session=session, sample_rate=8000)) == 2


def test_the_last_windows_come_before_the_error_of_a_lost_connection(is_async: bool) -> None:
    session = StreamSession()
    found = collect(is_async, TEXTS[:3], ConnectionError(), session=session, sample_rate=16_000, samples=512)
    assert [(window.start, window.padding) for window in found] == [(0.0, 192)]
    assert session.state == "lost"


def test_an_iterator_that_is_left_closes_the_session() -> None:
    session = StreamSession()
    found = iter_windows(iter(TEXTS), session=session, sample_rate=8000)
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert session.state == "lost"


@pytest.mark.parametrize("use", [AudioWindows.__init__, iter_windows, aiter_windows])
def test_all_take_the_same_options(use: Any) -> None:
    hints = get_type_hints(use)
    own = {"return", "texts", "session", "options"}
    options = hints.keys() - own or WindowOptions.__annotations__.keys()
    assert options == get_type_hints(WindowOptions).keys()


# Imports


@pytest.mark.parametrize(
    "code",
    [
        "import signalwire_streams.media; assert 'numpy' not in sys.modules",
        "sys.modules['audioop'] = None; from signalwire_streams.media import AudioWindows",
    ],
)
def test_only_the_windows_load_numpy_and_they_need_no_audioop(code: str) -> None:
    subprocess.run([sys.executable, "-c", f"import sys; {code}"], check=True)


@pytest.mark.parametrize("module", ["numpy", "samplerate"])
def test_without_the_extra_the_error_says_what_to_install(module: str) -> None:
    code = f"import sys; sys.modules[{module!r}] = None; from signalwire_streams.media import iter_windows"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert last == (
        f'ModuleNotFoundError: iter_windows needs the package {module}: pip install "signalwire-streams[samples]"'
    )
