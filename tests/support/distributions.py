"""The wheel and the sdist, built from this checkout, and clean environments to install them in."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import distributions
from pathlib import Path

from support.peers import install_into

ROOT = Path(__file__).parents[2]
NAME = "signalwire-streams"
DOCUMENTS = {f"openapi/{name}.yaml" for name in ("compat-calls-streams", "media-streams.asyncapi", "mock-control")}


def build(kind: str, folder: Path, source: Path = ROOT) -> Path:
    """Build a `wheel` or an `sdist` of the checkout, or of an unpacked sdist, in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder], cwd=source, check=True)
    (built,) = folder.iterdir()
    return built


def unpack(sdist: Path, folder: Path) -> Path:
    """Unpack an sdist, and return its only folder."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (inside,) = folder.iterdir()
    return inside


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def environment_with(wheel: Path, folder: Path, extra: str = "") -> Path:
    """Return the Python of an environment that has the wheel (with an extra) and nothing else, at our locked versions."""
    venv.create(folder / "venv")
    python = folder / "venv" / "bin" / "python"
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{dist.name}=={dist.version}\n" for dist in distributions() if dist.name != NAME))
    install_into(python, f"{wheel}[{extra}]" if extra else str(wheel), "--constraint", str(constraints))
    return python


def run(python: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code with that Python, where a warning is an error and nothing points at our own packages."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [python, "-W", "error", "-c", code], env=clean | environment, capture_output=True, text=True, check=False
    )


def installed(python: Path) -> set[str]:
    """The names of the distributions in the environment."""
    listed = run(python, "from importlib.metadata import *; print(*(d.name for d in distributions()))").stdout
    return set(listed.split())
