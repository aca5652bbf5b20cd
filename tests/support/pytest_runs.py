"""pytest in a process of its own, as a user runs it, with the plugins that the environment has."""

import os
import re
import subprocess
import sys
from pathlib import Path

# What has nothing to do with us, and takes a second to load.
_OTHERS = ("schemathesis", "hypothesispytest", "xdist", "xdist.looponfail", "pytest_httpx", "respx", "asyncio")


def pytest_command(*arguments: str | Path, plugins: tuple[str, ...] = ()) -> list[str | Path]:
    """Return the command that runs pytest in a process, with the plugins named and those that load at once."""
    without = [f"-pno:{name}" for name in _OTHERS if name not in plugins]
    return [sys.executable, "-m", "pytest", "-pno:cacheprovider", *without, *arguments]


def run_pytest(folder: Path, *options: str, plugins: tuple[str, ...] = (), **environment: str) -> tuple[str, str]:
    """Run the tests of a folder with warnings as errors, and return the counts, as in `1 failed, 2 passed`, and all."""
    done = subprocess.run(
        pytest_command("-q", "-Werror", *options, plugins=plugins),
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    output = done.stdout + done.stderr
    counts = re.search(r"^([\w ,]+) in [\d.]+s$", done.stdout, re.MULTILINE)
    assert counts, output
    return counts[1], output


def assert_all_pass(folder: Path, count: int, *options: str, plugins: tuple[str, ...] = ()) -> None:
    """Run the tests of a folder, so many, all of which pass."""
    counts, output = run_pytest(folder, *options, plugins=plugins)
    assert counts == f"{count} passed", output
