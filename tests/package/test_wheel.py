"""The wheel, built from this checkout and installed in a clean environment, as a user has it."""

import os
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest
from signalwire_streams.mock import MockServer
from support.peers import install_into

ROOT = Path(__file__).parents[2]

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

TYPED_USE = """
from datetime import datetime
from typing import assert_type

from signalwire_streams import AsyncStreamsClient, Stream, StreamsClient

def sync_use(client: StreamsClient) -> None:
    stream = client.start_stream("CA1", "wss://x/", track="both_tracks", parameters=[("a", "b"), ("a", 1)])
    assert_type(stream, Stream)
    assert_type(stream.date_updated, datetime)
    with client.stream("CA1", "wss://x/") as inner:
        assert_type(inner, Stream)

async def async_use(client: AsyncStreamsClient) -> None:
    async with client.stream("CA1", "wss://x/", name="n") as stream:
        assert_type(stream, Stream)
    assert_type(await client.stop_stream("CA1", "n"), Stream)
"""

MISUSE = {
    'client.start_stream("CA1", "wss://x/", track="inbound")': "track",
    'client.start_stream("CA1", "wss://x/", nam="n")': "nam",
    'client.start_stream("CA1", "wss://x/", parameters={"n": None})': "parameters",
    'client.start_stream("CA1", "wss://x/").sids': "sids",
}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def clean_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the plain install and nothing else, at our locked versions."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder / "venv")
    python = folder / "venv" / "bin" / "python"
    constraints = folder / "constraints.txt"
    constraints.write_text(
        "".join(f"{dist.name}=={dist.version}\n" for dist in distributions() if dist.name != "signalwire-streams")
    )
    install_into(python, str(wheel), "--constraint", str(constraints))
    return python


def run(python: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [python, "-W", "error", "-c", code], env=clean | environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_both_packages_the_document_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"signalwire_streams", "signalwire_streams_api"} | {
        name.split("/")[0].split("-")[0] for name in names if ".dist-info/" in name
    }
    assert {"signalwire_streams/py.typed", "signalwire_streams_api/py.typed"} <= set(names)
    assert "signalwire_streams/openapi/compat-calls-streams.yaml" in names
    assert not [name for name in names if "__pycache__" in name or name.startswith("test") or "/test" in name]


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
    listed = run(clean_python, "from importlib.metadata import *; print(*(d.name for d in distributions()))").stdout
    assert set(listed.split()) == {
        "anyio",
        "attrs",
        "certifi",
        "h11",
        "httpcore",
        "httpx",
        "idna",
        "signalwire-streams",
        "sniffio",
        "typing_extensions",
    }


def test_the_mock_says_which_extra_it_needs(clean_python: Path) -> None:
    missing = run(clean_python, "import signalwire_streams.mock")
    assert 'pip install "signalwire-streams[mock]"' in missing.stderr.splitlines()[-1]
    command = subprocess.run(
        [clean_python.with_name("signalwire-streams"), "mock"], capture_output=True, text=True, check=False
    )
    assert command.returncode == 1
    assert command.stderr.startswith("signalwire-streams: The mock needs the package ")
    assert 'pip install "signalwire-streams[mock]"' in command.stderr


def test_the_mock_of_the_wheel_reads_the_document_in_the_wheel(clean_python: Path, wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import signalwire_streams.mock as m; print(m.__file__); print(len(m.load_document()['paths']))"
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path}/signalwire_streams/mock/__init__.py\n2\n"
    assert clean_python.exists()


def mypy(clean_python: Path, tmp_path: Path, code: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "use.py").write_text(code)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(clean_python), "use.py"]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_a_type_checker_takes_good_use_of_the_installed_wheel(clean_python: Path, tmp_path: Path) -> None:
    checked = mypy(clean_python, tmp_path, TYPED_USE)
    assert checked.stdout == "Success: no issues found in 1 source file\n"


def test_a_type_checker_finds_each_misuse_of_the_installed_wheel(clean_python: Path, tmp_path: Path) -> None:
    lines = ["from signalwire_streams import StreamsClient", "client = StreamsClient()", *MISUSE]
    checked = mypy(clean_python, tmp_path, "\n".join(lines))
    for number, word in enumerate(MISUSE.values(), start=3):
        assert [
            line for line in checked.stdout.splitlines() if line.startswith(f"use.py:{number}: error") and word in line
        ], checked.stdout
