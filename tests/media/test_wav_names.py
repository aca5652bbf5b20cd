"""WavWriter.in_folder, with names that a hostile sender chooses."""

import re
from pathlib import Path
from typing import Any

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from signalwire_streams import InputError
from signalwire_streams.media import Media, Start, WavWriter, parse_message
from signalwire_streams.media._wav_names import create_wav_file
from support import messages


def start(**changes: Any) -> Start:
    message = parse_message(messages.start(**changes))
    assert isinstance(message, Start)
    return message


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_the_file_is_named_after_the_call_and_the_stream_once_it_starts(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "recordings"
    with WavWriter.in_folder(folder) as wav:
        assert (wav.path, wav.size, wav.seconds, names(folder)) == (None, 0, 0.0, [])
        wav.write(parse_message(messages.connected()))
        assert names(folder) == []
        wav.write(start())
        assert wav.path == folder / "CA1_ST1.wav"
        assert names(folder) == ["CA1_ST1.wav"]
        wav.write(start(streamSid="ST2"))  # a second start message changes nothing
        wav.write(Media(2, "inbound", 1, 0, b"\xff" * 160))
    assert names(folder) == ["CA1_ST1.wav"]
    assert (soundfile.info(wav.path).frames, wav.size) == (160, wav.path.stat().st_size)


def test_without_a_start_message_there_is_no_file(tmp_path: Path) -> None:
    with WavWriter.in_folder(str(tmp_path)) as wav:
        wav.write(Media(2, "inbound", 1, 0, b"\xff" * 160))
    assert (wav.path, wav.dropped, names(tmp_path)) == (None, 1, [])
    with pytest.raises(InputError, match="the WAV file is closed"):
        wav.write(start())


def test_an_unsupported_format_creates_no_file(tmp_path: Path) -> None:
    opus = {"encoding": "audio/opus", "sampleRate": 48000, "channels": 1}
    with pytest.raises(InputError, match="^encoding must be one of"), WavWriter.in_folder(tmp_path) as wav:
        wav.write(start(mediaFormat=opus))
    assert names(tmp_path) == []


def test_streams_with_the_same_sids_at_once_get_separate_files_and_existing_files_are_kept(tmp_path: Path) -> None:
    (tmp_path / "CA1_ST1.wav").write_text("mine")
    with WavWriter.in_folder(tmp_path) as first, WavWriter.in_folder(tmp_path) as second:
        for frames, wav in enumerate([first, second], start=1):
            wav.write(start())
            wav.write(Media(2, "inbound", 1, 0, b"\xff" * frames))
    assert (first.path, second.path) == (tmp_path / "CA1_ST1-2.wav", tmp_path / "CA1_ST1-3.wav")
    assert [soundfile.info(wav.path).frames for wav in (first, second)] == [1, 2]
    assert (tmp_path / "CA1_ST1.wav").read_text() == "mine"


def test_a_file_that_another_process_creates_at_the_same_time_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file = Path.open

    def open_late(path: Path, mode: str) -> Any:
        monkeypatch.undo()
        path.write_text("theirs")
        return open_file(path, mode)

    monkeypatch.setattr(Path, "open", open_late)
    with WavWriter.in_folder(tmp_path) as wav:
        wav.write(start())
    assert (tmp_path / "CA1_ST1.wav").read_text() == "theirs"
    assert wav.path == tmp_path / "CA1_ST1-2.wav"


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "CA1_ST1.wav").symlink_to(tmp_path / "elsewhere")
    with WavWriter.in_folder(tmp_path) as wav:
        wav.write(start())
    assert names(tmp_path) == ["CA1_ST1-2.wav", "CA1_ST1.wav"]


@pytest.mark.parametrize(
    ("call_sid", "stream_sid", "name"),
    [
        ("../../etc", "..", "_etc__"),
        ("/tmp/a", "C:\\a", "_tmp_a_C_a"),
        ("CA1", "a\0b\nc", "CA1_a_b_c"),
        ("", "CON", "_CON"),
        ("lpt9", "", "_lpt9"),
        ("-rf", "ST1", "_-rf_ST1"),
        ("", "", "stream"),
        ("é☎", "𝔖", "___"),
        ("a" * 10_000, "b" * 10_000, f"{'a' * 60}_{'b' * 60}"),
        ("b3877c40-da60-4998-90ad-b792e98472af", "ST1", "b3877c40-da60-4998-90ad-b792e98472af_ST1"),
    ],
)
def test_no_sid_leads_out_of_the_folder(tmp_path: Path, call_sid: str, stream_sid: str, name: str) -> None:
    folder = tmp_path / "recordings"
    with WavWriter.in_folder(folder) as wav:
        wav.write(start(callSid=call_sid, streamSid=stream_sid))
    assert (names(folder), names(tmp_path)) == ([f"{name}.wav"], ["recordings"])


@given(st.text(), st.text())
def test_any_sids_give_a_name_that_every_system_takes(
    tmp_path_factory: pytest.TempPathFactory, call_sid: str, stream_sid: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    path, file = create_wav_file(folder, call_sid, stream_sid)
    file.close()
    path.unlink()
    assert path.parent == folder
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,125}\.wav", path.name)
    assert not re.fullmatch(r"(?i)(CON|PRN|AUX|NUL|COM\d|LPT\d)\.wav", path.name)


def test_a_folder_that_cannot_be_created_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError):
        WavWriter.in_folder(tmp_path / "file")


def test_the_path_of_a_file_that_you_name_is_known(tmp_path: Path) -> None:
    with WavWriter(tmp_path / "a.wav") as wav:
        assert wav.path == tmp_path / "a.wav"
    with (tmp_path / "b.wav").open("wb") as file, WavWriter(file) as wav:
        assert wav.path is None
