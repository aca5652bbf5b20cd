"""The wheel, installed in a clean environment, as a user has it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from signalwire_streams.mock import MockServer
from support.distributions import installed, run

USE = """
import sys
from signalwire_streams import StreamsClient
from signalwire_streams.compat import RestClient

loaded = [name for name in sys.modules if name.startswith("signalwire_streams.") and "._" not in name]
assert loaded == ["signalwire_streams.compat"], loaded

with StreamsClient() as client:
    stream = client.start_stream("CA1", "wss://stream.example.com/audio", parameters={"FirstName": "Jane"})
    print(stream.sid, client.stop_stream("CA1", stream.sid).status)
"""


def test_the_plain_install_starts_and_stops_a_stream_and_loads_no_more_than_it_needs(
    clean_python: Path, mock: MockServer
) -> None:
    done = run(
        clean_python,
        USE,
        SIGNALWIRE_PROJECT_ID=mock.project,
        SIGNALWIRE_API_TOKEN=mock.token,
        SIGNALWIRE_SPACE=mock.url,
    )
    assert (done.stdout, done.stderr) == (f"{mock.streams[0].sid} stopped\n", "")


def test_the_plain_install_has_few_dependencies(clean_python: Path) -> None:
    assert installed(clean_python) == {
        "anyio",
        "attrs",
        "certifi",
        "h11",
        "httpcore",
        "httpx",
        "idna",
        "msgspec",
        "signalwire-streams",
        "sniffio",
        "typing_extensions",
    }


@pytest.mark.parametrize(
    ("code", "extra"),
    [
        ("import signalwire_streams.mock", "mock"),
        ("import signalwire_streams.receiver", "mock"),
        ("from signalwire_streams.media import AudioWindows", "samples"),
        ("from signalwire_streams.media import iter_windows", "samples"),
        ("import sys; sys.modules['audioop'] = None; from signalwire_streams.media import WavWriter", "audio"),
        ("import sys; sys.modules['audioop'] = None; from signalwire_streams.media import decode_audio", "audio"),
        ("import sys; sys.modules['audioop'] = None; from signalwire_streams.media import Levels", "audio"),
    ],
)
def test_what_is_missing_is_said_with_the_extra_that_has_it(clean_python: Path, code: str, extra: str) -> None:
    last = run(clean_python, code).stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: ")
    assert f'pip install "signalwire-streams[{extra}]"' in last


@pytest.mark.parametrize(("command", "extra"), [("mock", "mock"), ("listen", "cli")])
def test_a_command_says_which_extra_it_needs(clean_python: Path, command: str, extra: str) -> None:
    program = clean_python.with_name("signalwire-streams")
    done = subprocess.run([program, command], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("signalwire-streams: ")
    assert f'pip install "signalwire-streams[{extra}]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_the_mock_of_the_wheel_reads_the_document_in_the_wheel(clean_python: Path, wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import signalwire_streams.mock as m; print(m.__file__); print(len(m.load_document()['paths']))"
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path}/signalwire_streams/mock/__init__.py\n5\n"
    assert clean_python.exists()
