"""Every block of Python in README and on the pages is run, and every command that they show is there."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from signalwire_streams.mock import MockServer
from support import run_blocks
from support.pages import PAGES, ROOT, block, blocks
from support.pytest_runs import assert_all_pass, run_pytest

# Blocks that need somebody at the other end, or another client: by page, what they hold, and the tests that run them.
ELSEWHERE = {
    "docs/receiving.md": (
        [
            "what the caller says",
            "Starlette(routes",
            "case Dtmf(",
            "check_bearer(websocket.headers",
            "check_bearer(request.headers",
            "window.samples.shape",
            "hop=0.25",
            "def transcribe(",
            "def is_speech(",
            "send_to_service",
            "/levels",
            "skipped a message",
        ],
        "test_servers.py",
    ),
    "docs/pipecat.md": ([""], "test_pipecat.py"),
    "docs/callbacks.md": (["HTTPException", "OrderedDict"], "test_servers.py"),
    "docs/migration/from-curl.md": ([""], "test_migration_from_curl.py"),
    "docs/migration/from-signalwire-sdk.md": ([""], "test_migration.py"),
    "docs/migration/from-twilio.md": ([""], "test_migration.py"),
}
AGENT = block("docs/receiving.md", "what the caller says")  # what the test by the fixtures imports
IS_A_TEST = re.compile(r"^def test_", re.MULTILINE)


def is_elsewhere(page: str, text: str) -> bool:
    return page in ELSEWHERE and any(part in text for part in ELSEWHERE[page][0])


HERE = {page: [each for each in blocks(page) if not is_elsewhere(page, each[1])] for page in PAGES}
SCRIPTS = {page: [each for each in found if not IS_A_TEST.search(each[1])] for page, found in HERE.items()}
TESTS = {page: [each for each in found if IS_A_TEST.search(each[1])] for page, found in HERE.items()}


def run(arguments: list[object], mock: MockServer, folder: Path) -> str:
    account = {
        "SIGNALWIRE_PROJECT_ID": mock.project,
        "SIGNALWIRE_API_TOKEN": mock.token,
        "SIGNALWIRE_SPACE": mock.url,
        "CALL_SID": "CA1",
        "CONFERENCE_SID": "CF1",
    }
    command = [sys.executable, *(str(argument) for argument in arguments)]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | account, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_page(page: str, mock: MockServer, folder: Path) -> str:
    (folder / "blocks.json").write_text(json.dumps(SCRIPTS[page]), "utf-8")
    return run(["-W", "error", run_blocks.__file__, folder / "blocks.json", page], mock, folder)


@pytest.mark.parametrize("page", [page for page, found in SCRIPTS.items() if found])
def test_the_blocks_of_a_page_run_in_their_order(page: str, mock: MockServer, tmp_path: Path) -> None:
    run_page(page, mock, tmp_path)
    assert mock.requests


@pytest.mark.parametrize("page", [page for page, found in TESTS.items() if found])
def test_the_tests_on_a_page_pass(page: str, tmp_path: Path) -> None:
    for line, text in TESTS[page]:
        (tmp_path / f"test_line_{line}.py").write_text(text, "utf-8")
    (tmp_path / "agent.py").write_text(AGENT, "utf-8")
    assert_all_pass(tmp_path, sum(len(IS_A_TEST.findall(text)) for _, text in TESTS[page]))


@pytest.mark.parametrize("page", PAGES)
def test_code_fits_80_columns_and_has_comments_on_lines_of_their_own(page: str) -> None:
    shown = re.findall(r"^ *```\w+\n(.*?)^ *```", PAGES[page], re.MULTILINE | re.DOTALL)
    lines = [line for text in shown for line in text.splitlines()]
    assert [line for line in lines if len(line) > 80 or re.search(r"\S  +# ", line)] == []


def test_an_example_comes_first_on_the_page_of_errors() -> None:
    text = [line for line in PAGES["docs/errors.md"].splitlines() if line and not line.startswith("#")]
    assert text[0] == "```python"


def test_the_test_by_the_fixtures_is_five_lines() -> None:
    text = block("docs/testing.md", "streams_serve(app")
    assert len(text.rstrip().partition("def test_")[2].splitlines()) == 1 + 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("await websocket.accept()", "await websocket.close()"),
        ('"/audio"', '"/other"'),
        ("session.feed(text)", "None"),
        ("session.call_sid, ", ""),
    ],
)
def test_the_test_by_the_fixtures_fails_where_the_server_is_broken(tmp_path: Path, old: str, new: str) -> None:
    assert AGENT.count(old) == 1
    (tmp_path / "agent.py").write_text(AGENT.replace(old, new), "utf-8")
    (tmp_path / "test_agent.py").write_text(block("docs/testing.md", "streams_serve(app"), "utf-8")
    assert run_pytest(tmp_path)[0] == "1 failed"


def test_the_first_block_of_readme_does_what_it_says(mock: MockServer, tmp_path: Path) -> None:
    output = run_page("README.md", mock, tmp_path)
    (stream,) = mock.streams
    assert output == f"{stream.sid} queued\n"
    assert (stream.call_sid, stream.url, stream.status) == ("CALL_SID", "wss://stream.example.com/audio", "stopped")
    assert stream.parameters == [("FirstName", "Jane"), ("LastName", "Doe")]


@pytest.mark.parametrize("page", ELSEWHERE)
def test_the_tests_that_run_the_other_blocks_are_there(page: str) -> None:
    parts, tests = ELSEWHERE[page]
    text = (Path(__file__).with_name(tests)).read_text("utf-8")
    assert all(part in text for part in parts)
    assert Path(page).stem in text
    if parts != [""]:
        assert len([each for _, each in blocks(page) if is_elsewhere(page, each)]) == len(parts)


def shown_commands() -> list[str]:
    """Return the commands of all console blocks, without their comments."""
    shown = [text for page in PAGES for _, text in blocks(page, "console")]
    lines = "\n".join(shown).replace("\\\n", " ").splitlines()
    return [line[2:].split("  #")[0].strip() for line in lines if line.startswith("$ ")]


def test_each_target_of_make_that_a_page_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    in_text = {name for text in PAGES.values() for name in re.findall(r"`make ([a-z-]+)", text)}
    in_blocks = {command.split()[1] for command in shown_commands() if command.startswith("make ")}
    assert "demo" in in_blocks
    assert "test" in in_text
    assert in_text | in_blocks <= targets


def test_each_extra_that_a_page_installs_is_there() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    named = {extra for text in PAGES.values() for extra in re.findall(r"signalwire-streams\[([a-z]+)\]", text)}
    assert named == set(extras)


@pytest.mark.parametrize("command", [each for each in shown_commands() if each.startswith("signalwire-streams ")])
def test_each_command_that_a_page_shows_is_there_with_its_options(command: str) -> None:
    _, name, *rest = command.split()
    done = subprocess.run(
        [Path(sys.executable).with_name("signalwire-streams"), name, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {word for word in rest if word.startswith("--")} <= set(re.findall(r"--[a-z-]+", done.stdout))


def test_no_page_shows_a_command_that_is_not_looked_at() -> None:
    looked_at = ("make ", "pip install ", "signalwire-streams ", "curl ", "export ", "git ")
    assert [command for command in shown_commands() if not command.startswith(looked_at)] == []
