"""Do the tests pass on each Python that is admitted, and with the oldest dependencies that are?

`make versions` makes an environment for each Python that it finds, beside ours, and runs there the tests that need no
tool: the clients', `media`'s, the callbacks', the mock's. The oldest Python has a second one, with the lowest versions of
what the package depends on. `make versions ARGS="3.13"` takes the runs whose name has the text.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = Path(sys.prefix) / "versions"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
LOCKED = ROOT / "requirements-dev.lock"
LOWEST = ROOT / "tests" / "versions" / "lowest.lock"
TESTS = [f"tests/{folder}" for folder in ("unit", "client", "callbacks", "media", "mock", "plugin")]
OPTIONS = [
    "-q",
    "--tb=short",
    "--maxfail=20",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "--schedules",
    "40",
    "--ignore=tests/mock/test_page.py",  # it needs Node and Chromium
]
IS_VERSION = "import os, sys; sys.version_info[:2] == ({}) or sys.exit(1); print(os.path.realpath(sys.executable))"
WHAT_IS_THERE = "import sys, platform; print(platform.python_version())"


@dataclass
class Run:
    name: str
    python: str
    lock: Path


def main(words: list[str]) -> int:
    runs = [Run(f"Python {version}", version, LOCKED) for version in PYTHONS]
    runs.insert(1, Run(f"Python {PYTHONS[0]}, lowest versions", PYTHONS[0], LOWEST))
    chosen = [run for run in runs if all(word in run.name for word in words)]
    if not chosen:
        print(f"No run has {' and '.join(words)} in its name: {', '.join(run.name for run in runs)}.", file=sys.stderr)
        return 2
    results = []
    for run in chosen:
        print(f"== {run.name}", flush=True)
        results.append(try_one(run))
        print(f"   {results[-1]}", flush=True)
    print()
    for run, result in zip(chosen, results, strict=True):
        print(f"{run.name:<30} {result}")
    if all(result.startswith("missing") for result in results):
        return 1
    return 1 if any(result.startswith("FAILED") for result in results) else 0


def try_one(run: Run) -> str:
    python = find(run.python)
    if python is None:
        return f"missing: there is no python{run.python} on the PATH, and none of pyenv's"
    start = time.monotonic()
    try:
        environment = make_environment(python, run.lock)
    except subprocess.CalledProcessError as error:
        return f"FAILED: the environment cannot be made: {error}"
    exact = subprocess.run([environment, "-c", WHAT_IS_THERE], capture_output=True, text=True, check=True)
    command = [str(environment), "-m", "pytest", *OPTIONS, *TESTS]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    last = "no output"
    with subprocess.Popen(command, cwd=ROOT, env=clean, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(f"   {line}", end="", flush=True)
            last = line.strip() or last
    verdict = "passed" if process.returncode == 0 else "FAILED"
    summary = re.sub(r" in [\d.]+s.*", "", last.strip("= "))
    return f"{verdict} on {exact.stdout.strip()}: {summary}, in {time.monotonic() - start:.0f} seconds"


def find(version: str) -> Path | None:
    """Return the Python of a version: the first that runs and is it, of those on the PATH and those of pyenv."""
    wanted = IS_VERSION.format(version.replace(".", ", "))
    for candidate in candidates(version):
        try:
            done = subprocess.run([candidate, "-c", wanted], capture_output=True, text=True, check=False)
        except OSError:
            continue
        if done.returncode == 0:
            return Path(done.stdout.strip())
    return None


def candidates(version: str) -> Iterator[str | Path]:
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        yield Path(sys.base_prefix) / "bin" / "python3"
    if on_path := shutil.which(f"python{version}"):
        yield on_path
    if pyenv := shutil.which("pyenv"):
        listed = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True, check=False).stdout
        for name in reversed(listed.split()):
            if name.startswith(f"{version}."):
                found = subprocess.run([pyenv, "prefix", name], capture_output=True, text=True, check=False).stdout
                yield Path(found.strip()) / "bin" / "python"


def make_environment(python: Path, lock: Path) -> Path:
    """Return the Python of an environment that has the locked versions and this checkout, made when it is not there."""
    contents = lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + str(python).encode()
    folder = ENVIRONMENTS / f"{lock.stem}-{sha256(contents).hexdigest()[:12]}"
    inside = folder / "bin" / "python"
    finished = folder / "installed"
    if not finished.exists():
        uv: list[str | Path] = [Path(sys.prefix) / "bin" / "uv", "--quiet"]
        subprocess.run([*uv, "venv", "--no-project", "--clear", "--python", python, folder], check=True)
        install = [*uv, "pip", "install", "--python", inside]
        subprocess.run([*install, "--require-hashes", "--requirement", lock], check=True)
        subprocess.run([*install, "--no-deps", "--no-build-isolation", "--editable", ROOT], check=True)
        finished.touch()
    return inside


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
