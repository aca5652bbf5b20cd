"""Environments of their own for other clients of this API, from locked versions, kept beside ours between runs."""

import os
import subprocess
import sys
import venv
from hashlib import sha256
from pathlib import Path

LOCKS = Path(__file__).parents[1] / "peers"
ENVIRONMENTS = Path(sys.prefix) / "peers"


def peer_python(name: str) -> Path:
    """Return the Python of the environment that `tests/peers/NAME.lock` describes, made when it is not there."""
    lock = LOCKS / f"{name}.lock"
    folder = ENVIRONMENTS / f"{name}-{sha256(lock.read_bytes()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    finished = folder / "installed"
    if not finished.exists():
        venv.create(folder, clear=True)
        install_into(python, "--require-hashes", "-r", str(lock))
        finished.touch()
    return python


def install_into(python: Path, *arguments: str) -> None:
    """Install into the environment of another Python, with uv, or with pip where uv reaches no index."""
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--python", str(python)]
    environment = {**os.environ, "UV_HTTP_RETRIES": "0", "UV_SYSTEM_CERTS": "true"}
    if subprocess.run([*uv, *arguments], env=environment, stderr=subprocess.DEVNULL, check=False).returncode:
        pip = [sys.executable, "-m", "pip", "--python", str(python), "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", *arguments], check=True)
