"""The migration pages as data, and what runs their snippets: the other clients, in environments of their own, and ours."""

import json
import re
import subprocess
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import start_options
from signalwire_streams.mock import MockServer, RecordedRequest

from support.peers import LOCKS, peer_python

Sent = tuple[str, list[tuple[str, str]]]
"""The path of a request and its fields, however the request was spelt."""

PAGES = Path(__file__).parents[2] / "docs" / "migration"


@dataclass
class Page:
    """A page of docs/migration, with the tables that the site makes."""

    text: str

    @classmethod
    def read(cls, name: str) -> "Page":
        return cls(start_options.filled((PAGES / f"{name}.md").read_text("utf-8")))

    def blocks(self, language: str = "python") -> list[str]:
        return re.findall(rf"^```{language}\n(.*?)^```", self.text, re.MULTILINE | re.DOTALL)

    def rows(self, heading: str) -> list[list[str]]:
        """Return the rows of all tables under a heading, without their heads, and without the back-ticks of their cells."""
        (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", self.text, re.MULTILINE | re.DOTALL)
        tables = re.findall(r"^\|.*\n\|[-|]+\n((?:\|.*\n)+)", section, re.MULTILINE)
        lines = "".join(tables).splitlines()
        return [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in lines]


def account_of(mock: MockServer) -> dict[str, str]:
    """Return the environment that each of the clients reads its account from."""
    return {
        **{start_options.variable(field): field.example for field in start_options.START if field.is_secret},
        "CALL_SID": "CA1",
        "SIGNALWIRE_PROJECT_ID": mock.project,
        "SIGNALWIRE_API_TOKEN": mock.token,
        "SIGNALWIRE_SPACE": mock.url,
        "SIGNALWIRE_SIGNING_KEY": "a-key",
        "TWILIO_ACCOUNT_SID": mock.project,
        "TWILIO_AUTH_TOKEN": mock.token,
    }


def output_of(*command: Any, **options: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_peer(peer: str, url: str, snippets: list[str]) -> list[dict[str, Any]]:
    """Run the snippets by the peer, and return the value, the error's status and the output of each."""
    script = LOCKS / "run_snippets.py"
    results: list[dict[str, Any]] = json.loads(
        output_of(peer_python(peer), script, peer, url, input=json.dumps(snippets))
    )
    return results


def by_us(code: str) -> str:
    """Run a block of ours, and return its output."""
    with redirect_stdout(StringIO()) as output:
        exec(code, {"__name__": "__main__"})
    return output.getvalue()


def sent(request: RecordedRequest) -> Sent:
    """What a request asked for."""
    body = request.body.decode()
    form = (
        [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in json.loads(body).items()]
        if body.startswith("{")
        else parse_qsl(body)
    )
    return request.path.removesuffix(".json"), sorted(form)


def taken(mock: MockServer, run: Callable[[], Any]) -> list[Sent]:
    """Run, and return what was sent meanwhile; streams of an earlier run do not matter."""
    mock.reset()
    run()
    requests = [sent(request) for request in mock.requests]
    sids = {stream.sid: f"stream {index}" for index, stream in enumerate(mock.streams)} | {"ST1": "stream 0"}
    return [("/".join(sids.get(part, part) for part in path.split("/")), form) for path, form in requests]
