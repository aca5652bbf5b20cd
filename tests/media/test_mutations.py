"""Streams of randomly damaged messages. `--messages 200000` tries that many, and `--seed` repeats a run."""

import random
from typing import Any

import pytest
from signalwire_streams import InputError, MessageError
from signalwire_streams.media import AudioWindows, Message, Start, StreamSession, UnknownMessage, parse_message
from support.mutations import CANARY, mutated_stream


def test_damaged_messages_raise_no_other_error_and_show_no_value(request: pytest.FixtureRequest) -> None:
    seed, number = request.config.getoption("--seed"), request.config.getoption("--messages")
    print(f"pytest tests/media/test_mutations.py --messages {number} --seed {seed}")
    valid = invalid = 0
    while valid + invalid < number:
        session = feed_stream(seed)
        valid += session.messages
        invalid += session.bad_messages
        seed += 1
    print(f"{valid} valid and {invalid} invalid messages")
    assert min(valid, invalid) > number // 10


def feed_stream(seed: int) -> StreamSession:
    """Feed the stream of a seed, which `--messages 1` repeats alone."""
    stream, errors = mutated_stream(seed), list[MessageError]()
    audio, samples = audio_windows(seed), 0
    with StreamSession() as session:
        for text in stream:
            try:
                message = session.feed(text)
            except MessageError as error:
                errors.append(error)
            else:
                assert isinstance(message, Message)
                assert repr(message)
                assert_read_alike(text, message)
                samples += feed_windows(audio, message)
    samples += sum(len(window.samples) - window.padding for window in audio.close())
    assert_within_bounds(audio, session, samples)
    assert (session.messages, session.bad_messages) == (len(stream) - len(errors), len(errors))
    assert not [error for error in errors if CANARY in str(error)]
    assert not [error for error in errors if error.__context__ is not None and not error.__suppress_context__]
    return session


def audio_windows(seed: int) -> AudioWindows:
    chosen = random.Random(seed)
    options: dict[str, Any] = chosen.choice([{}, {"samples": 512}, {"seconds": 0.1}])
    options |= {"channels": chosen.choice(["separate", "stereo"]), "sample_rate": chosen.choice([8000, 16_000, 44_100])}
    return AudioWindows(quality="low", clock=lambda: 0.0, **options)


def feed_windows(audio: AudioWindows, message: Message) -> int:
    """Return how many samples came, 0 after a start message that AudioWindows does not support."""
    try:
        windows = list(audio.feed(message))
    except InputError:
        assert isinstance(message, Start)
        return 0
    assert all(window.samples.dtype == "float32" for window in windows)
    return sum(len(window.samples) for window in windows)


def assert_within_bounds(audio: AudioWindows, session: StreamSession, samples: int) -> None:
    """Without time passing, each track has at most two seconds more silence than there is audio."""
    rate = 0 if session.start is None else session.start.media_format.sample_rate
    received = sum(count.bytes for count in session.audio.values())
    assert rate or not samples
    assert not samples or samples <= 2 * (2 * received + 2 * rate + 1) * 44_100 / rate
    assert sum(audio.dropped.values()) <= session.counts["media"]


def assert_read_alike(text: Any, message: Message) -> None:
    """Read the message again with a NaN, which only the second reader accepts."""
    if not isinstance(text, str) or isinstance(message, UnknownMessage):
        return
    try:
        again = parse_message(f'{text.rstrip()[:-1]}, "new": NaN}}')
    except MessageError as error:
        # The second reader also looks into unknown fields.
        if error.problem not in {"contains a number with too many digits.", "is nested too deeply."}:
            raise
    else:
        assert again == message
