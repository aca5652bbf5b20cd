"""Compare the tables and quotations of the pages with the code: settings, keywords, messages, commands, exit codes."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
from signalwire_streams import InputError, StreamsClient
from signalwire_streams._requests import START_KEYWORDS, CallOptions
from signalwire_streams._settings import _VARIABLES
from signalwire_streams.cli import main
from support.document import SCHEMAS
from support.pages import PAGES, ROOT, headed

PACKAGE = ROOT / "overrides" / "signalwire_streams"


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
    table = rows(PAGES["docs/parameters.md"].partition("\n## ")[0])[2:]
    listed = [row[0].strip("`") for row in table]
    absent = [keyword for keyword in START_KEYWORDS if keyword not in listed]
    assert not absent, f"add a row for {', '.join(absent)} to the first table of docs/parameters.md"
    assert listed == [*START_KEYWORDS]
    assert {row[1].strip("`") for row in table[:-1]} == {*SCHEMAS["StartStreamForm"]["properties"]} - {"Url"}
    assert all(f"`{name}`" in PAGES["docs/parameters.md"] for name in CallOptions.__annotations__)


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
        ("start", "Exit codes of start and stop", 1),
        ("stop", "Exit codes of start and stop", 2),
        ("listen", "Listen", 1),
    ],
)
def test_the_exit_codes_of_the_page_are_those_of_the_help(command: str, heading: str, column: int) -> None:
    table = rows(headed("docs/commands.md", heading))[2:]
    told = {row[0]: (row[1] if row[column] == "the same" else row[column]).replace("`", "") for row in table}
    helped = subprocess.run(
        [Path(sys.executable).with_name("signalwire-streams"), command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    codes = helped.stdout.partition("exit codes:\n")[2]
    assert dict(line.strip().split(maxsplit=1) for line in codes.splitlines()) == {
        code: text for code, text in told.items() if text
    }


def test_each_file_that_the_architecture_names_is_there() -> None:
    page = PAGES["docs/architecture.md"]
    named = {name for name in code_in(page) if name.endswith(".py")}
    assert len(named) > 25
    assert [name for name in named if not (PACKAGE / name).is_file()] == []
    core = {path.name for path in PACKAGE.glob("*.py")}
    core |= {f"_transport/{path.name}" for path in (PACKAGE / "_transport").glob("*.py")}
    assert core <= code_in(headed("docs/architecture.md", "The core, file by file"))
    way = re.findall(r"^\d+\. `(\S+\.py)`", headed("docs/architecture.md", "Follow one start"), re.MULTILINE)
    assert len(way) >= 6, "the way of one start names the file of each step first"
    picture = (ROOT / "docs" / "architecture.svg").read_text("utf-8")
    drawn = re.findall(r"[\w/]+\.py", picture)
    assert len(drawn) > 10
    assert [name for name in drawn if not (PACKAGE / name).is_file()] == []
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
    return {name.removeprefix("signalwire_streams.") for name in names if name.startswith("signalwire_streams.")}


def test_each_file_of_the_core_imports_only_files_that_stand_above_it() -> None:
    table = [row[0].strip("`") for row in rows(headed("docs/architecture.md", "The core, file by file"))[2:]]
    modules = [name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in table]
    for index, (name, module) in enumerate(zip(table, modules, strict=True)):
        below = {*modules[index + 1 :], *IMPORTS_OF_ROOMS} - {"__init__"}
        if module.startswith("_transport."):
            below.remove(
                "_transport"
            )  # the room itself, which `from signalwire_streams._transport import …` names, too
        assert imported_by(PACKAGE / name) & below == set(), name


@pytest.mark.parametrize("room", IMPORTS_OF_ROOMS)
def test_each_room_imports_only_what_the_architecture_says(room: str) -> None:
    (row,) = [row for row in rows(headed("docs/architecture.md", "The rooms")) if row[0] == f"`{room}/`"]
    told = {name.strip("/") for name in code_in(row[2])}
    imported = {name.split(".")[0] for file in (PACKAGE / room).rglob("*.py") for name in imported_by(file)}
    assert imported & IMPORTS_OF_ROOMS.keys() - {room} == told == IMPORTS_OF_ROOMS[room]
    assert room != "mock" or imported <= {"mock", "_loopback", "_version"}
