"""Levels, compared with numpy."""

import math
from typing import Any

import numpy as np
import pytest
from signalwire_streams import InputError
from signalwire_streams.media import Levels, Media, MediaFormat, Start, Stop, UnknownMessage, encode_audio
from signalwire_streams.receiver import Levels as LevelsOfReceiver


def start(encoding: str = "audio/x-L16") -> Start:
    return Start(1, "ST1", "AC1", "CA1", ("inbound", "outbound"), MediaFormat(encoding, 8000, 1))


def media(payload: bytes, track: Any = "inbound") -> Media:
    return Media(2, track, 1, 0, payload)


def square(value: int, samples: int = 160) -> bytes:
    return value.to_bytes(2, "little", signed=True) * samples


def test_levels_are_computed_from_the_samples() -> None:
    now = 0.0
    levels = Levels(clock=lambda: now)
    assert (levels.mean, levels.peak, levels.recent) == (-math.inf,) * 3
    levels.add(bytes(320))
    assert (levels.mean, levels.peak, levels.recent) == (-math.inf,) * 3
    levels.add(square(16384))
    assert levels.peak == pytest.approx(-6.0206)
    assert levels.mean == levels.recent == pytest.approx(-6.0206 - 3.0103)  # half of it is silent
    levels.add(square(-32768))
    assert levels.peak == 0
    now = 0.29
    levels.add(bytes(320))
    before = levels.recent
    now = 0.31
    assert before > -10
    assert levels.recent == -math.inf
    assert levels.mean == pytest.approx(20 * math.log10(math.sqrt((0.25 + 1) / 4)))


@pytest.mark.parametrize("encoding", ["audio/x-mulaw", "audio/x-alaw", "audio/x-L16"])
def test_a_full_scale_sine_has_a_mean_of_minus_3_in_each_encoding(encoding: str) -> None:
    sine = (32767 * np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)).astype("<i2").tobytes()
    levels = Levels("inbound")
    levels.add(start(encoding))
    for at in range(0, len(sine), 320):
        levels.add(media(encode_audio(sine[at : at + 320], encoding)))
    assert levels.mean == pytest.approx(-3.01, abs=0.2)
    assert levels.peak == pytest.approx(0, abs=0.2)
    assert levels.dropped == 0


def test_the_quietest_noise_is_measured_as_exactly_as_the_loudest() -> None:
    random = np.random.default_rng(seed := 16)
    for loudest in (1, 3, 30000):
        samples = random.integers(-loudest, loudest + 1, 8000).astype("<i2")
        levels = Levels()
        levels.add(samples.tobytes())
        expected = 20 * math.log10(math.sqrt(np.mean(samples.astype(float) ** 2)) / 32768)
        assert levels.mean == pytest.approx(expected, abs=0.001), f"seed {seed}, {loudest}"


def test_only_the_audio_of_the_track_counts() -> None:
    inbound, outbound, both = Levels("inbound"), Levels("outbound"), Levels()
    for message in (start(), media(square(16384)), media(square(8192), "outbound"), Stop(4), UnknownMessage("a", {})):
        for levels in (inbound, outbound, both):
            levels.add(message)
    assert inbound.peak == pytest.approx(-6.02, abs=0.01)
    assert outbound.peak == pytest.approx(-12.04, abs=0.01)
    assert both.mean == pytest.approx(20 * math.log10(math.sqrt((0.25 + 0.0625) / 2)))


def test_big_endian_l16_is_measured_on_request() -> None:
    levels = Levels(byte_order="big")
    levels.add(start())
    levels.add(media(b"\x40\x00"))
    assert levels.peak == pytest.approx(-6.0206)


def test_audio_that_cannot_be_measured_is_counted_and_ends_nothing() -> None:
    levels = Levels("inbound")
    levels.add(media(square(1)))
    levels.add(start("audio/opus"))
    levels.add(media(square(1)))
    levels.add(start())  # a second start message changes nothing
    levels.add(media(square(1)))
    assert (levels.dropped, levels.mean) == (3, -math.inf)
    levels = Levels("inbound")
    for message in (start(), media(b"abc"), media(b""), media(b"abc", "outbound")):
        levels.add(message)
    assert (levels.dropped, levels.mean) == (1, -math.inf)


def test_the_memory_is_the_same_for_any_number_of_messages_in_a_moment() -> None:
    levels = Levels(clock=lambda: 1.0)
    for _ in range(10_000):
        levels.add(square(16384, 1))
    assert len(levels._window) == 1
    assert levels.recent == pytest.approx(-6.0206)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Levels("both"), "^track must be 'inbound', 'outbound' or None.$"),  # type: ignore[arg-type]
        (lambda: Levels(["inbound"]), "^track must be 'inbound', 'outbound' or None.$"),  # type: ignore[arg-type]
        (lambda: Levels(byte_order="middle"), "^byte_order must be one of big, little"),  # type: ignore[arg-type]
        (lambda: Levels().add("{}"), "^message must be a parsed message or 16-bit PCM; got str."),  # type: ignore[arg-type]
        (lambda: Levels().add(b"abc"), "^message must have an even length; got 3 bytes"),
    ],
)
def test_invalid_arguments_are_refused(make: Any, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        make()


def test_the_receiver_offers_the_same_class() -> None:
    assert LevelsOfReceiver is Levels
