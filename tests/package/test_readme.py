"""What README, the pages and the demo say is what happens; their blocks are run in tests/docs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from signalwire_streams import __version__
from support.pages import PAGES, ROOT, headed


@pytest.mark.parametrize("command", ["start", "stop"])
def test_the_exit_codes_of_the_page_are_those_of_the_help(command: str) -> None:
    rows = re.findall(
        r"^\| (\d{1,2}|130) \| (.*?) \| (.*?) ?\|$", headed("docs/commands.md", "Exit codes"), re.MULTILINE
    )
    listed = {code: (start if command == "start" or stop == "the same" else stop) for code, start, stop in rows}
    listed = {code: text.replace("`", "") for code, text in listed.items() if text}
    helped = subprocess.run(
        [Path(sys.executable).with_name("signalwire-streams"), command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    codes = helped.stdout.partition("exit codes:\n")[2]
    assert dict(line.strip().split(maxsplit=1) for line in codes.splitlines()) == listed


def test_the_licence_of_each_locked_runtime_dependency_is_listed() -> None:
    locked, locked_for_all_extras = (
        set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    only_to_build = {"hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers", "colorama"}
    listed = set(re.findall(r"([a-z0-9-]+) \([A-Z][\w.-]+\)", PAGES["README.md"]))
    assert locked - only_to_build <= listed <= locked_for_all_extras


def test_the_demo_shows_the_main_job_and_ends_by_itself() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "demo.py"], capture_output=True, text=True, timeout=60, check=True
    )
    for line in (
        "  stream.name = 'my_first_stream'",
        "  stream.status = 'queued'",
        "    Parameter2.Value=wit+%26+wisdom+%E2%98%8E           wit & wisdom ☎",
        "  stopped",
        "  sent: Url=wss%3A%2F%2Fstream.example.com%2Faudio",
        "  requests sent: 0",
        "  error.status = 404, error.code = 20404",
    ):
        assert line in done.stdout.splitlines()
    assert done.stderr == ""


def test_the_version_has_an_entry_in_the_changelog() -> None:
    assert f"## {__version__} " in (ROOT / "CHANGELOG.md").read_text()
