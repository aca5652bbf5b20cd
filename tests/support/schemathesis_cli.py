"""Schemathesis from its command line, against a mock on a real socket, with reports that hold no secret."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from signalwire_streams.mock import MockServer

CONTRACT = Path(__file__).parents[1] / "contract"
BASE_PATH = "/api/laml/2010-04-01"

# Schemathesis filters the Authorization header out of what it prints, and knows nothing of secrets in a form.
_SECRET_FIELD = re.compile(r"((?:AuthorizationBearerToken|Parameter\d+\.Value)(?:=|%3D))[^&'\"\s<>]+")


# The phases, in two runs: those that make data, and the one that follows links.
RUNS = {"data": "examples,coverage,fuzzing", "links": "stateful"}


def settings(name: str) -> str:
    """Return schemathesis.toml as the run needs it."""
    lines = (CONTRACT / "schemathesis.toml").read_text().splitlines(keepends=True)
    return "".join(line for line in lines if name == "data" or not line.startswith('"path.Sid"'))


@dataclass
class Run:
    exit_code: int
    output: str
    reports: list[Path]


def run_schemathesis(document: Path, mock: MockServer, folder: Path, examples: int) -> Run:
    """Run all phases; leave JUnit files, pages to read, and what was printed in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    exit_codes, output = [], ""
    for name, phases in RUNS.items():
        config = folder / f"{name}.toml"
        config.write_text(settings(name))
        junit, page = folder / f"{name}.junit.xml", folder / f"{name}-page"
        done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                *("--config-file", config, "--no-color", "run", document),
                *("--url", mock.url + BASE_PATH, "--phases", phases, "--max-examples", str(examples)),
                *("--report", "junit,html", "--report-junit-path", junit, "--report-html-path", page),
            ],
            env=os.environ | {"SCHEMATHESIS_HOOKS": "checks", "PYTHONPATH": str(CONTRACT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        exit_codes.append(done.returncode)
        output += done.stdout
    (folder / "output.txt").write_text(output)
    reports = [path for path in folder.rglob("*") if path.suffix in {".xml", ".html", ".txt"}]
    for path in reports:
        path.write_text(_SECRET_FIELD.sub(r"\1[Filtered]", path.read_text()))
    return Run(max(exit_codes), (folder / "output.txt").read_text(), reports)
