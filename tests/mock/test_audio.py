"""The mock's audio, decoded by another library."""

import io
import struct
import subprocess
import sys
import wave
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
import soundfile
from signalwire_streams import StreamsClient
from signalwire_streams.mock import Audio, MockServer
from signalwire_streams.mock._streams import AudioFormat, choose_audio
from signalwire_streams.receiver import Receiver

PCMU = AudioFormat()
L16 = AudioFormat("audio/x-L16", 16000)


def samples(audio: Audio, frames: int, audio_format: AudioFormat = PCMU) -> "np.ndarray":
    """Return the samples that a receiver gets from the first frames of a track, from -1 to 1."""
    payloads = audio.encode(audio_format)
    data = b"".join(b64decode(payloads[index]) for index in range(frames))
    subtype = {"audio/x-mulaw": "ULAW", "audio/x-alaw": "ALAW", "audio/x-L16": "PCM_16"}[audio_format.encoding]
    heard, _ = soundfile.read(
        io.BytesIO(data),
        samplerate=audio_format.sample_rate,
        channels=1,
        subtype=subtype,
        format="RAW",
        endian="LITTLE",
    )
    return heard


def loudest_frequency(heard: "np.ndarray", rate: int = 8000) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(heard))) * rate / len(heard))


def write_sine(path: Path, rate: int, subtype: str, channels: int, seconds: float = 1.0) -> None:
    sine = 0.5 * np.sin(2 * np.pi * 500 * np.arange(round(rate * seconds)) / rate)
    soundfile.write(path, np.column_stack([sine] * channels), rate, subtype=subtype, format="WAV")


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
@pytest.mark.parametrize(("subtype", "channels"), [("PCM_16", 1), ("PCM_U8", 1), ("PCM_24", 2), ("PCM_32", 2)])
def test_wav_files_of_any_rate_width_and_channels_play_correctly(
    tmp_path: Path, rate: int, subtype: str, channels: int
) -> None:
    write_sine(tmp_path / "a.wav", rate, subtype, channels)
    audio = Audio.from_wav(tmp_path / "a.wav")
    heard = samples(audio, 50)
    assert audio.encode(PCMU).count == 50
    assert loudest_frequency(heard) == 500
    assert np.max(np.abs(heard)) == pytest.approx(0.5, abs=0.03)
    assert abs(float(np.mean(heard))) < 0.01


def signal_to_noise(pcm: "np.ndarray", frequency: float, rate: int) -> float:
    """Return the dB between the tone in the middle of the audio, and all that is not the tone."""
    heard = pcm[len(pcm) // 4 : -len(pcm) // 4].astype(float)
    phase = 2 * np.pi * frequency * np.arange(len(heard)) / rate
    basis = np.column_stack([np.sin(phase), np.cos(phase)])
    tone = basis @ np.linalg.lstsq(basis, heard, rcond=None)[0]
    return float(10 * np.log10(np.sum(tone**2) / np.sum((heard - tone) ** 2)))


def write_tone(path: Path, frequency: int, rate: int) -> None:
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * frequency * np.arange(rate) / rate), rate, subtype="PCM_16")


@pytest.mark.parametrize(("from_rate", "to_rate"), [(8000, 16000), (44100, 16000), (48000, 8000), (11025, 24000)])
def test_a_stream_carries_a_wav_file_of_another_rate_without_noise(
    tmp_path: Path, from_rate: int, to_rate: int
) -> None:
    write_tone(tmp_path / "a.wav", 1000, from_rate)
    options = {"audio": {"inbound": tmp_path / "a.wav"}, "encoding": "audio/x-L16", "sample_rate": to_rate}
    with Receiver() as receiver, MockServer(**options, realtime=False) as mock:  # type: ignore[arg-type]
        mock.route("wss://agent.example.com", receiver.url)
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            client.start_stream("CA1", "wss://agent.example.com/", track="inbound_track")
        stream = receiver.wait_for_stream()
        stream.wait_for_end()
    heard = np.frombuffer(stream.pcm("inbound"), "<i2")
    assert len(heard) == to_rate
    assert signal_to_noise(heard, 1000, to_rate) > 80  # 16-bit samples allow little more


RENDERED = """
import sys
sys.modules[sys.argv[2]] = None
from base64 import b64decode
from signalwire_streams.mock import Audio
from signalwire_streams.mock._streams import AudioFormat
payloads = Audio.from_wav(sys.argv[1]).encode(AudioFormat("audio/x-L16", 16000))
sys.stdout.buffer.write(b"".join(b64decode(payloads[index]) for index in range(payloads.count)))
"""


@pytest.mark.parametrize("missing", ["samplerate", "numpy"])
def test_without_the_extra_a_wav_file_of_another_rate_is_resampled_by_audioop(tmp_path: Path, missing: str) -> None:
    write_tone(tmp_path / "a.wav", 1000, 8000)
    done = subprocess.run(
        [sys.executable, "-c", RENDERED, tmp_path / "a.wav", missing], capture_output=True, check=True
    )
    heard = np.frombuffer(done.stdout, "<i2")
    assert len(heard) == 16000
    assert 20 < signal_to_noise(heard, 1000, 16000) < 40


def test_no_resampler_is_loaded_for_a_wav_file_of_the_same_rate(tmp_path: Path) -> None:
    write_tone(tmp_path / "a.wav", 1000, 16000)
    code = RENDERED + "assert not {'numpy', 'samplerate'} & sys.modules.keys()"
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a.wav", "-"], capture_output=True, check=True)
    assert signal_to_noise(np.frombuffer(done.stdout, "<i2"), 1000, 16000) > 80


def test_a_loud_wav_file_does_not_overflow_and_a_rate_beyond_the_resampler_plays(tmp_path: Path) -> None:
    loud = np.sign(np.sin(2 * np.pi * 100 * np.arange(8000) / 8000)) * 32767
    soundfile.write(tmp_path / "loud.wav", loud.astype("<i2"), 8000, subtype="PCM_16")
    heard = samples(Audio.from_wav(tmp_path / "loud.wav"), 50, L16)
    assert np.min(np.abs(heard[400:-400])[np.abs(np.sin(2 * np.pi * 100 * np.arange(400, 15600) / 16000)) > 0.9]) > 0.7
    with wave.open(str(tmp_path / "slow.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(20)
        file.writeframes(struct.pack("<20h", *[8192] * 20))
    assert samples(Audio.from_wav(tmp_path / "slow.wav"), 40, L16)[8000] == pytest.approx(0.25, abs=0.01)


def test_three_channels_are_mixed_to_mono(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(3)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(struct.pack("<3h", 3000, 6000, -3000) * 160)
    heard = samples(Audio.from_wav(tmp_path / "a.wav"), 1)
    assert np.allclose(heard * 32768, 2000, atol=64)


def test_the_last_frame_of_a_wav_file_is_padded_with_silence(tmp_path: Path) -> None:
    write_sine(tmp_path / "a.wav", 8000, "PCM_16", 1, seconds=0.03)
    audio = Audio.from_wav(tmp_path / "a.wav")
    heard = samples(audio, 3)
    assert audio.encode(PCMU).count == 2
    assert np.max(np.abs(heard[160:240])) > 0.4
    assert np.all(heard[240:] == 0)


def test_the_tone_is_a_seamless_sine_wave() -> None:
    heard = samples(Audio.tone(441), 150)
    assert loudest_frequency(heard) == 441
    assert np.max(np.abs(heard)) == pytest.approx(0.5, abs=0.02)
    assert np.max(np.abs(np.diff(heard))) < 2 * np.pi * 441 / 8000 * 0.5 + 0.04


def test_the_speech_repeats_syllables_and_a_pause() -> None:
    heard = samples(Audio.speech(), 150)
    loudness = np.sqrt(np.mean(heard.reshape(-1, 160) ** 2, axis=1))
    assert np.max(loudness) > 0.1
    assert sum(loudness[:75] < 0.001) >= 14  # the pause
    assert np.all(heard[:12000] == heard[12000:])  # a loop of 1.5 seconds
    assert np.max(np.abs(heard)) < 1


def test_silence_is_silent() -> None:
    assert np.all(samples(Audio.silence(), 5) == 0)


def test_l16_is_little_endian_at_each_of_its_rates() -> None:
    assert loudest_frequency(samples(Audio.tone(1000), 50, L16), 16000) == 1000
    payloads = Audio.tone(1000).encode(AudioFormat("audio/x-L16", 24000))
    assert len(b64decode(payloads[0])) == 960
    assert len(b64decode(Audio.tone(1000).encode(AudioFormat("audio/x-L16", 8000))[0])) == 320


def test_a_law_holds_the_same_sound_as_mu_law() -> None:
    a_law, mu_law = (samples(Audio.speech(), 40, AudioFormat(f"audio/x-{law}")) for law in ("alaw", "mulaw"))
    assert np.abs(a_law - mu_law).max() < 0.04


@pytest.mark.parametrize(
    ("encoding", "rate"), [("audio/x-mulaw", 16000), ("audio/x-L16", 11025), ("audio/x-alaw", 16000), ("PCMU", 8000)]
)
def test_an_unsupported_encoding_is_refused(encoding: str, rate: int) -> None:
    with pytest.raises(
        ValueError,
        match="Use one of audio/x-mulaw at 8000, audio/x-alaw at 8000, audio/x-L16 at 8000, audio/x-L16 at 16000",
    ):
        MockServer(encoding=encoding, sample_rate=rate)


def test_a_sound_with_a_length_is_followed_by_silence() -> None:
    payloads = Audio.tone(seconds=0.05).encode(PCMU)
    assert payloads.count == 3
    assert set(b64decode(payloads[3])) == {0xFF}
    assert Audio.tone().encode(PCMU).count is None


def test_by_default_inbound_is_speech_and_outbound_is_a_tone(tmp_path: Path) -> None:
    write_sine(tmp_path / "a.wav", 8000, "PCM_16", 1)
    assert choose_audio(None)["inbound"].encode(PCMU)[20] == Audio.speech().encode(PCMU)[20]
    assert choose_audio(None)["outbound"].encode(PCMU)[20] == Audio.tone().encode(PCMU)[20]
    chosen = choose_audio({"inbound": tmp_path / "a.wav"})
    assert chosen["inbound"].seconds == 1
    assert chosen["outbound"].seconds is None
    assert choose_audio({"outbound": str(tmp_path / "a.wav")})["outbound"].seconds == 1
    with pytest.raises(ValueError, match="unknown track 'both'"):
        choose_audio({"both": Audio.tone()})


def test_an_invalid_or_missing_wav_file_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"ID3")
    (tmp_path / "empty.wav").write_bytes(b"")
    for name in ("a.wav", "empty.wav"):
        with pytest.raises(ValueError, match=f"{name} is not a valid PCM WAV file"):
            MockServer(audio={"inbound": tmp_path / name})
    with pytest.raises(FileNotFoundError):
        MockServer(audio={"inbound": tmp_path / "missing.wav"})
