"""Check the installed wheel with mypy strict and pyright strict, and show it in an editor."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from signalwire_streams import __all__ as names
from support.distributions import ROOT
from support.language_server import LanguageServer

PROGRAMS = ROOT / "tests" / "tools" / "node_modules" / ".bin"
EVERY_NAME = f"from signalwire_streams import {', '.join(names)}\nprint({', '.join(names)})\n"

HOVERED = """
from signalwire_streams import AsyncStreamsClient, StreamsClient
from signalwire_streams.media import WavWriter

client = StreamsClient()
stream = client.start_stream("CA1", "wss://x/", track="both_tracks")
print(stream.date_updated)
"""

SHOWN = [
    ("AsyncStreamsClient", "`StreamsClient` for asyncio and trio"),
    ("StreamsClient", "Start and stop audio streams on live calls. You can share a client between threads."),
    ("WavWriter", "Write a stream's audio to a 16-bit WAV file"),
    ("start_stream", "- `parameters`: up to 99 custom parameters for your WebSocket server"),
    ("start_stream", "- `track`: the side of the call to stream: `inbound_track`, `outbound_track` or `both_tracks`"),
    ("track", "track: Track | None"),
    ("date_updated", "When the stream last changed, in UTC."),
]


@pytest.fixture
def folder(clean_python: Path, tmp_path: Path) -> Path:
    """Return a user's folder: `tests/typed`, and settings that point the type checkers at the wheel."""
    shutil.copytree(ROOT / "tests" / "typed", tmp_path, dirs_exist_ok=True)
    (tmp_path / "every_name.py").write_text(EVERY_NAME)
    settings: dict[str, Any] = {
        "typeCheckingMode": "strict",
        "enableTypeIgnoreComments": False,
        "reportUnnecessaryTypeIgnoreComment": True,
        "venvPath": str(clean_python.parents[2]),
        "venv": clean_python.parents[1].name,
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    return tmp_path


def test_mypy_accepts_correct_use_of_the_wheel_and_rejects_each_misuse(clean_python: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(clean_python), "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout == "Success: no issues found in 4 source files\n"


def test_pyright_accepts_correct_use_of_the_wheel_and_rejects_each_misuse(folder: Path) -> None:
    done = subprocess.run([PROGRAMS / "pyright"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout == "0 errors, 0 warnings, 0 informations\n"


def test_an_editor_shows_the_documentation_of_each_name(folder: Path) -> None:
    (folder / "hovered.py").write_text(HOVERED)
    with LanguageServer(PROGRAMS / "pyright-langserver", folder) as server:
        for name, text in SHOWN:
            (line, column), *_ = [
                (number, found.start())
                for number, line in enumerate(HOVERED.splitlines())
                for found in re.finditer(rf"\b{name}\b", line)
            ]
            assert text in server.hover("hovered.py", line, column)
