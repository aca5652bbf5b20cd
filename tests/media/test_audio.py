"""PCMU, PCMA and L16 compared with libsndfile, an independent implementation."""

import bisect
import io
import subprocess
import sys
from array import array
from typing import Any

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from signalwire_streams import InputError
from signalwire_streams.media import MediaFormat, decode_audio, encode_audio

PCMU = "audio/x-mulaw"
PCMA = "audio/x-alaw"
L16 = "audio/x-L16"
CODES = bytes(range(256))
SAMPLES = array("h", range(-32768, 32768))


def sndfile_decode(codes: bytes, subtype: str = "ULAW") -> list[int]:
    samples, _ = soundfile.read(
        io.BytesIO(codes), dtype="int16", format="RAW", subtype=subtype, samplerate=8000, channels=1
    )
    return [int(sample) for sample in samples]


def sndfile_encode(samples: array, subtype: str = "ULAW") -> bytes:
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", samplerate=8000, channels=1, format="RAW", subtype=subtype) as writer:
        writer.buffer_write(samples.tobytes(), "int16")
    return file.getvalue()


def samples_of(pcm: bytes) -> list[int]:
    """Read 16-bit little-endian samples without the code under test."""
    return [int.from_bytes(pcm[at : at + 2], "little", signed=True) for at in range(0, len(pcm), 2)]


def test_all_256_pcmu_codes_decode_as_in_libsndfile() -> None:
    assert samples_of(decode_audio(CODES, PCMU)) == sndfile_decode(CODES)


def test_all_256_pcma_codes_decode_as_in_libsndfile_and_survive_a_round_trip() -> None:
    pcm = decode_audio(CODES, PCMA)
    assert samples_of(pcm) == sndfile_decode(CODES, "ALAW")
    assert encode_audio(pcm, PCMA) == CODES


def test_pcma_encodes_nearly_as_libsndfile_does() -> None:
    ours, theirs = encode_audio(SAMPLES.tobytes(), PCMA), sndfile_encode(SAMPLES, "ALAW")
    distances = [abs(a - b) for a, b in zip(sndfile_decode(ours, "ALAW"), sndfile_decode(theirs, "ALAW"), strict=True)]
    assert max(distances) <= 1024  # one step of the loudest segment


def test_pcmu_decodes_to_the_values_of_g711() -> None:
    """The values are from table 2a of G.711, in 14 bits, at both ends and around zero."""
    values = {
        0x80: 8031,
        0x81: 7775,
        0x8F: 4191,
        0x90: 3999,
        0xEF: 33,
        0xF0: 30,
        0xFE: 2,
        0xFF: 0,
        0x00: -8031,
        0x7E: -2,
        0x7F: 0,
    }
    assert samples_of(decode_audio(bytes(values), PCMU)) == [4 * value for value in values.values()]


def test_every_pcmu_code_except_negative_zero_survives_a_round_trip() -> None:
    again = encode_audio(decode_audio(CODES, PCMU), PCMU)
    assert again == CODES.replace(b"\x7f", b"\xff")


def test_all_65536_samples_encode_as_in_libsndfile_or_to_the_neighboring_code() -> None:
    """G.711 is defined on 14-bit values. Below zero, audioop and libsndfile reduce 16 bits to 14 differently: one rounds
    toward minus infinity, the other toward zero. So they agree on every 14-bit value. At each step from one code to the
    next they disagree on three 16-bit values, by one code.
    """
    ours, theirs = encode_audio(SAMPLES.tobytes(), PCMU), sndfile_encode(SAMPLES)
    different = {sample: (ours[at], theirs[at]) for at, sample in enumerate(SAMPLES) if ours[at] != theirs[at]}
    assert all(sample < 0 and sample % 4 for sample in different)
    assert len(different) == 3 * 127
    assert all(our_code == their_code - 1 for our_code, their_code in different.values())


def test_all_14_bit_values_encode_by_the_decision_values_of_g711() -> None:
    """The decision values are from tables 2a and 2b: eight segments of sixteen steps, doubling from each to the next."""
    decisions = [0, 1]
    for segment in range(8):
        decisions += [decisions[-1] + (2 << segment) * step for step in range(1, 17 if segment else 16)]
    assert decisions[16::16] == [31, 95, 223, 479, 991, 2015, 4063, 8159]
    values = array("h", range(-8192, 8192))
    codes = encode_audio(array("h", (4 * value for value in values)).tobytes(), PCMU)
    for value, code in zip(values, codes, strict=True):
        step = min(bisect.bisect_right(decisions, abs(value)) - 1, 127)
        assert code == (0x7F if value < 0 else 0xFF) - step, value


@given(st.binary().filter(lambda samples: len(samples) % 2 == 0))
def test_l16_is_little_endian_by_default(pcm: bytes) -> None:
    assert decode_audio(pcm, L16) == encode_audio(pcm, L16) == pcm
    swapped = b"".join(pcm[at + 1 : at + 2] + pcm[at : at + 1] for at in range(0, len(pcm), 2))
    assert decode_audio(swapped, L16, byte_order="big") == encode_audio(swapped, L16, byte_order="big") == pcm


def test_the_encoding_may_be_a_media_format() -> None:
    assert decode_audio(b"\x80", MediaFormat(PCMU, 8000, 1)) == decode_audio(b"\x80", PCMU)
    assert encode_audio(b"\x01\x02", MediaFormat(L16, 16000, 1), byte_order="big") == b"\x02\x01"


def test_buffers_are_accepted_and_bytes_returned() -> None:
    buffer: Any = memoryview(b"\x01\x02")
    for encoding in (PCMU, PCMA, L16):
        assert type(decode_audio(buffer, encoding)) is type(encode_audio(buffer, encoding)) is bytes


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (
            lambda: decode_audio(b"", "audio/g722"),
            "^encoding must be one of audio/x-L16, audio/x-alaw, audio/x-mulaw; got 'audio/g722'.$",
        ),
        (
            lambda: encode_audio(b"", "PCMU"),
            "^encoding must be one of audio/x-L16, audio/x-alaw, audio/x-mulaw; got 'PCMU'.$",
        ),
        (lambda: decode_audio(b"abc", L16), "^payload must have an even length; got 3 bytes."),
        (lambda: encode_audio(b"abc", L16), "^pcm must have an even length; got 3 bytes."),
        (lambda: encode_audio(b"abc", PCMU), "^pcm must have an even length; got 3 bytes."),
        (lambda: decode_audio(b"", L16, byte_order="middle"), "^byte_order must be one of big, little; got 'middle'.$"),  # type: ignore[arg-type]
    ],
)
def test_unknown_encodings_and_half_samples_raise(call: Any, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        call()


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_the_extra_only_audio_fails_and_names_the_command_to_install_it() -> None:
    run("""
import sys
sys.modules["audioop"] = None  # simulates an installation without the extra
from signalwire_streams import media
session = media.StreamSession()
session.feed('{"event": "connected", "protocol": "Call", "version": "0.2.0"}')
for name in ("WavWriter", "decode_audio", "encode_audio"):
    try:
        getattr(media, name)
    except ModuleNotFoundError as error:
        assert str(error) == f'{name} needs the package audioop-lts: pip install "signalwire-streams[audio]"', error
        assert error.name == "audioop"
    else:
        raise SystemExit(name)
try:
    from signalwire_streams.media import WavWriter
except ModuleNotFoundError as error:
    print(error)
""")


def test_audio_is_imported_on_first_use_without_a_warning() -> None:
    run("""
import sys
import signalwire_streams.media as media
assert "audioop" not in sys.modules
assert media.decode_audio(b"\\xff", "audio/x-mulaw") == bytes(2)
assert set(media.__all__) <= {name for name in media.__all__ if getattr(media, name)}
try:
    media.nothing
except AttributeError as error:
    assert str(error) == "module 'signalwire_streams.media' has no attribute 'nothing'"
""")
