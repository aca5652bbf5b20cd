"""The commands with which the page about testing steers a mock: each is run, against the mock as a process of its own."""

import json
import re
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import DEFAULT_PROJECT, DEFAULT_TOKEN
from support.control import OPERATIONS
from support.pages import blocks
from support.sockets import listening

(BLOCK,) = [text for _, text in blocks("docs/testing.md", "console") if "/_mock" in text]
COMMANDS = [line[2:] for line in BLOCK.replace("\\\n", "").splitlines() if line.startswith("$ ")]
NEVER_ENDS = 28  # curl's code for a transfer that took as long as it may


@contextmanager
def running_mock(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [str(Path(sys.executable).with_name("signalwire-streams")), "mock", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found
            yield process, found[0]
        finally:
            process.kill()


def test_the_commands_are_many_and_name_operations() -> None:
    paths = {re.sub(r"/(first|CA1)(?=/|$)", "/{sid}", path) for path in re.findall(r"\$MOCK(/\S+)", BLOCK)}
    assert len(paths) >= 10
    assert paths <= {path for _, path, _ in OPERATIONS.values()}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_each_command_does_what_it_says(tmp_path: Path) -> None:
    def run(command: str, folder: Path) -> str:
        can_end = "/events" not in command
        limit = "30" if can_end else "0.5"
        shell = f'curl() {{ command curl --silent --show-error --fail --max-time {limit} "$@"; }}\n{export}\n{command}'
        done = subprocess.run(["bash", "-c", shell], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == (0 if can_end else NEVER_ENDS), (command, done.stderr)
        return done.stdout

    with listening() as agent, running_mock() as (_, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        first, *commands = COMMANDS
        export = first.replace("http://127.0.0.1:8080", url)
        said: dict[str, str] = {}
        for command in commands:
            path = re.search(r"\$MOCK/(\S+)", command)
            assert path
            said[path[1]] = run(command.replace("ws://127.0.0.1:8000", agent.url), tmp_path)
            if path[1] == "routes":
                started = client.start_stream("CA1", "wss://agent.example.com/audio", name="first")
                agent.wait(1)
                while f'"{started.sid}"' not in run("curl $MOCK/state", tmp_path):
                    pass
                while json.loads(run("curl $MOCK/streams/first", tmp_path))["status"] != "in-progress":
                    pass
        heard = agent.the_one()
    assert json.loads(said["health"])["status"] == "ok"
    assert json.loads(said["routes"])[0]["to"] == agent.url
    assert [message["dtmf"]["digit"] for message in heard.of("dtmf")] == ["5", "#"]
    assert heard.close_code == 1006
    with wave.open(str(tmp_path / "first.wav")) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
    assert json.loads(said["streams/first"])["sid"] == started.sid
    assert json.loads(said["fail-next"]) == {"armed": []}
    state = json.loads(said["state"])
    assert [(call["sid"], call["status"]) for call in state["calls"]] == [("CA1", "completed")]
    assert said["events"].startswith(":\n")
    assert json.loads(said["reset"]) == {}


def test_the_command_serves_neither_page_nor_api_if_it_is_told_so() -> None:
    for arguments, expected in (((), 200), (("--no-page",), 404)):
        with running_mock(*arguments) as (_, url):
            for path in ("/", "/_mock/state"):
                assert httpx.get(url + path, trust_env=False).status_code == expected


def test_the_command_ends_cleanly_while_somebody_reads_events() -> None:
    with running_mock() as (process, url), httpx.stream("GET", f"{url}/_mock/events", trust_env=False) as response:
        pieces = response.iter_raw()
        assert next(pieces) == b":\n\n"
        process.terminate()
        assert list(pieces) == []
        assert process.stderr
        assert (process.stderr.read(), process.wait(10)) == ("", 0)
