"""Compare the tables and quotations of the pages with the code: settings, keywords, messages, commands, exit codes."""

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import start_options
from signalwire_streams import CallOptions, InputError, StartConferenceOptions, StartOptions, StreamsClient
from signalwire_streams._settings import _VARIABLES
from signalwire_streams.cli import main
from start_options import CONFERENCE, START, explained
from support.pages import PAGES, ROOT, headed

PACKAGE = ROOT / "overrides" / "signalwire_streams"
DERIVED = "signalwire_streams_derived"


def path_of(name: str) -> Path:
    """The file that the page of the architecture names: of the package, of what is derived, or from the root."""
    start = {DERIVED: ROOT / "generated", "openapi": ROOT}.get(name.partition("/")[0], PACKAGE)
    return start / name


def code_in(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)))


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_each_setting_of_the_client_has_a_row() -> None:
    table = rows(headed("docs/getting-started.md", "Settings"))[2:]
    arguments = set(inspect.signature(StreamsClient).parameters)
    assert {name for row in table for name in code_in(row[0])} == arguments
    variables = {name for row in table for name in code_in(row[1])}
    assert variables == {name for setting in arguments & set(_VARIABLES) for name in _VARIABLES[setting]}


def test_each_keyword_of_a_start_has_a_row_with_its_field() -> None:
    table = rows(filled("docs/parameters.md").partition("\n## ")[0])[2:]
    keywords = [name for name in StartOptions.__annotations__ if name not in CallOptions.__annotations__]
    assert [row[0].strip("`") for row in table] == keywords
    assert [row[1].strip("`") for row in table[:-1]] == [field.wire_name for field in START]
    assert all(f"`{name}`" in PAGES["docs/parameters.md"] for name in CallOptions.__annotations__)


def test_each_keyword_that_only_a_conference_has_is_on_its_page() -> None:
    table = rows(filled("docs/conferences.md"))[2:]
    own = [name for name in StartConferenceOptions.__annotations__ if name not in StartOptions.__annotations__]
    assert [row[0].strip("`") for row in table[: len(own)]] == own


def test_a_field_is_explained_with_its_values_and_default() -> None:
    track, realtime = START[1], CONFERENCE[1]
    assert explained(track) == (
        'the side of the call to stream: `"inbound_track"`, `"outbound_track"` or `"both_tracks"` (default)'
    )
    assert explained(realtime) == "whether SignalWire sends the audio in real time: `True` or `False`"


def filled(page: str) -> str:
    """The text of a page, with the tables that the site makes."""
    return start_options.filled(PAGES[page])


def test_the_error_on_the_page_is_what_the_client_raises() -> None:
    (quoted,) = re.findall(r"^```text\n(.*?)^```", PAGES["docs/parameters.md"], re.MULTILINE | re.DOTALL)
    with StreamsClient("p", "t", "example") as client, pytest.raises(InputError) as caught:
        client.start_stream("CA1", "ws://stream.example.com/audio")
    assert str(caught.value) == " ".join(quoted.split())


def test_each_command_has_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = set(re.findall(r"^    ([a-z]+)  ", capsys.readouterr().out, re.MULTILINE))
    assert {"start", "stop", "mock"} <= commands
    shown = set(re.findall(r"^\$ signalwire-streams ([a-z]+)", PAGES["docs/commands.md"], re.MULTILINE))
    assert shown == commands


@pytest.mark.parametrize(
    ("command", "heading", "column"),
    [
        ("check", "Check the settings, and find the call", 1),
        ("calls", "Check the settings, and find the call", 2),
        ("start", "Exit codes of start and stop", 1),
        ("stop", "Exit codes of start and stop", 2),
        ("listen", "Listen", 1),
        ("mock", "Steer a running mock", 1),
        ("mock press", "Steer a running mock", 2),
        ("mock hang-up", "Steer a running mock", 2),
        ("mock drop", "Steer a running mock", 2),
    ],
)
def test_the_exit_codes_of_the_page_are_those_of_the_help(command: str, heading: str, column: int) -> None:
    table = rows(headed("docs/commands.md", heading))[2:]
    told = {row[0]: (row[1] if row[column] == "the same" else row[column]).replace("`", "") for row in table}
    helped = subprocess.run(
        [Path(sys.executable).with_name("signalwire-streams"), *command.split(), "--help"],
        env=os.environ | {"COLUMNS": "200"},  # each exit code on one line
        capture_output=True,
        text=True,
        check=True,
    )
    codes = helped.stdout.partition("exit codes:\n")[2]
    assert dict(line.strip().split(maxsplit=1) for line in codes.splitlines()) == {
        code: text for code, text in told.items() if text
    }


def test_the_messages_of_make_generate_on_the_page_are_those_of_its_scripts() -> None:
    section = headed("docs/regenerating.md", "If it fails")
    messages = [row[0].strip("`") for row in rows(section)[2:]]
    # What follows the file and the line, without the field of the example.
    fixed = [re.sub(r"^\S+ |Language |…", "", message).strip(" :") for message in messages]
    scripts = "".join((ROOT / "openapi" / name).read_text("utf-8") for name in ("generate.py", "derive.py"))
    assert len(fixed) == 5
    assert [text for text in fixed if text not in scripts] == []


def test_each_file_that_the_architecture_names_is_there() -> None:
    page = PAGES["docs/architecture.md"]
    named = {name for name in code_in(page) if name.endswith(".py")}
    assert len(named) > 25
    assert [name for name in named if not path_of(name).is_file()] == []
    core = {path.name for path in PACKAGE.glob("*.py")}
    core |= {f"_transport/{path.name}" for path in (PACKAGE / "_transport").glob("*.py")}
    core |= {f"{DERIVED}/{path.name}" for path in (ROOT / "generated" / DERIVED).glob("[a-z]*.py")}
    assert core <= code_in(headed("docs/architecture.md", "The core, file by file"))
    way = re.findall(r"^\d+\. `(\S+\.py)`", headed("docs/architecture.md", "Follow one start"), re.MULTILINE)
    assert len(way) >= 6, "the way of one start names the file of each step first"
    picture = (ROOT / "docs" / "architecture.svg").read_text("utf-8")
    drawn = re.findall(r"[\w/]+\.py", picture)
    assert len(drawn) > 10
    assert [name for name in drawn if not path_of(name).is_file()] == []
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name not in {"__pycache__", "openapi"}}
    assert [room for room in rooms if f"{room}/" not in picture] == []


IMPORTS_OF_ROOMS: dict[str, set[str]] = {
    "callbacks": set(),
    "media": set(),
    "receiver": {"media"},
    "mock": set(),
    "cli": {"media", "receiver", "mock"},
}


def imported_by(file: Path) -> set[str]:
    """The modules of the package that a file imports, wherever in it."""
    tree = ast.parse(file.read_text("utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {f"{node.module}.{name.name}" for node in found for name in node.names} | {
        str(node.module) for node in found
    }
    ours = ("signalwire_streams.", f"{DERIVED}.")
    return {name.removeprefix("signalwire_streams.") for name in names if name.startswith(ours)}


def test_each_file_of_the_core_imports_only_files_that_stand_above_it() -> None:
    table = [row[0].strip("`") for row in rows(headed("docs/architecture.md", "The core, file by file"))[2:]]
    modules = [name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in table]
    for index, (name, module) in enumerate(zip(table, modules, strict=True)):
        below = {*modules[index + 1 :], *IMPORTS_OF_ROOMS} - {"__init__"}
        if module.startswith("_transport."):
            below.remove(
                "_transport"
            )  # the room itself, which `from signalwire_streams._transport import …` names, too
        assert imported_by(path_of(name)) & below == set(), name


@pytest.mark.parametrize("room", IMPORTS_OF_ROOMS)
def test_each_room_imports_only_what_the_architecture_says(room: str) -> None:
    (row,) = [row for row in rows(headed("docs/architecture.md", "The rooms")) if row[0] == f"`{room}/`"]
    told = {name.strip("/") for name in code_in(row[2])}
    imported = {name.split(".")[0] for file in (PACKAGE / room).rglob("*.py") for name in imported_by(file)}
    assert imported & IMPORTS_OF_ROOMS.keys() - {room} == told == IMPORTS_OF_ROOMS[room]
    assert room != "mock" or imported <= {"mock", "_loopback", "_version"}
