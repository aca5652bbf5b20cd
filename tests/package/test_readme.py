"""What README, the pages and the demo say is what happens; their blocks are run in tests/docs."""

import re
import subprocess
import sys

from signalwire_streams import __version__
from support.pages import PAGES, ROOT


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
        "  ok: requests sent: 0",
        "  ok: error.status = 404, error.code = 20404",
        "All checks held.",
    ):
        assert line in done.stdout.splitlines()
    assert done.stderr == ""


def test_the_version_has_an_entry_in_the_changelog() -> None:
    assert f"## {__version__} " in (ROOT / "CHANGELOG.md").read_text()
