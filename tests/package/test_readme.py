"""What the README and the demo say is what happens."""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import soundfile
import uvicorn
from signalwire_streams import __version__
from signalwire_streams.callbacks import SIGNATURE_HEADER, compute_signature
from signalwire_streams.mock import MockServer
from support.pytest_runs import assert_all_pass, run_pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
COMMAND = Path(sys.executable).with_name("signalwire-streams")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def run(code: str, mock: MockServer, **environment: str) -> str:
    account = {
        "SIGNALWIRE_PROJECT_ID": mock.project,
        "SIGNALWIRE_API_TOKEN": mock.token,
        "SIGNALWIRE_SPACE": mock.url,
        "CALL_SID": "CA1",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | account | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def block(containing: str) -> str:
    (found,) = (text for text in BLOCKS if containing in text)
    return found


def test_the_first_block_works_as_printed(mock: MockServer) -> None:
    output = run(BLOCKS[0], mock)
    assert re.fullmatch(r"[0-9a-f-]{36} queued \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00\n", output)
    (stream,) = mock.streams
    assert (stream.name, stream.status) == ("my_first_stream", "stopped")
    assert stream.parameters == [("FirstName", "Jane"), ("LastName", "Doe")]


def test_the_async_block_works(mock: MockServer) -> None:
    body = "\n".join(f"    {line}" for line in block("AsyncStreamsClient()").splitlines())
    code = f"import asyncio, os\nfrom signalwire_streams import AsyncStreamsClient\ncall_sid = 'CA1'\nasync def main():\n{body}\nasyncio.run(main())"
    run(code, mock)
    assert [stream.status for stream in mock.streams] == ["stopped"]


def test_the_block_of_a_test_passes(mock: MockServer) -> None:
    run(block("def test_our_agent_streams") + "\ntest_our_agent_streams_the_call()", mock)


def test_the_block_of_a_test_of_a_websocket_server_passes(mock: MockServer) -> None:
    run(block("def test_our_server") + "\ntest_our_server_hears_a_call()", mock)


AGENT = block("app.websocket")


def test_the_block_of_a_test_by_the_fixtures_passes_in_five_lines(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(AGENT)
    test = block("streams_serve")
    (tmp_path / "test_agent.py").write_text(test)
    assert_all_pass(tmp_path, 1)
    assert len(test.rstrip().partition("def test_")[2].splitlines()) == 1 + 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("await websocket.accept()", "await websocket.close()"),
        ('"/audio"', '"/other"'),
        ("session.feed(text)", "None"),
        ("session.call_sid, ", ""),
    ],
)
def test_the_block_of_a_test_by_the_fixtures_fails_where_the_server_is_broken(
    tmp_path: Path, old: str, new: str
) -> None:
    assert AGENT.count(old) == 1
    (tmp_path / "agent.py").write_text(AGENT.replace(old, new))
    (tmp_path / "test_agent.py").write_text(block("streams_serve"))
    assert run_pytest(tmp_path)[0] == "1 failed"


def test_the_compat_block_works(mock: MockServer) -> None:
    code = block("RestClient").replace('project="…", token="…", host="example.signalwire.com"', "")
    run(code.replace("CA…", "CA1"), mock)
    assert [stream.status for stream in mock.streams] == ["stopped"]


def test_the_block_about_retries_works(mock: MockServer) -> None:
    run("call_sid = 'CA1'\n" + block("RetryPolicy") + "client.close()", mock)
    assert len(mock.streams) == 1


def test_the_receiver_of_status_callbacks_takes_what_is_signed_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGNALWIRE_SIGNING_KEY", "a-key")
    namespace: dict[str, Any] = {}
    exec(block("parse_status_callback"), namespace)
    event = {"StreamEvent": "stream-error", "StreamSid": "ST1", "StreamName": "first", "StreamError": "codec_error"}
    event |= {"CallSid": "CA1", "AccountSid": "p", "Timestamp": "2026-11-22T10:20:30Z", "StreamTrack": "both_tracks"}
    with serving(namespace["app"]) as origin:
        url = f"{origin}/events?tenant=7"
        headers = {SIGNATURE_HEADER: compute_signature(url, form=event)}
        statuses = [
            httpx.post(url, data=data, headers=given, trust_env=False).status_code
            for data, given in ((event, headers), (event, {}), (event | {"StreamError": "forged"}, headers))
        ]
    assert statuses == [200, 403, 403]
    assert capsys.readouterr().out == "2026-11-22 10:20:30+00:00 stream-error first codec_error\n"


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Run an ASGI application on a socket of its own, and yield its origin."""
    with socket.create_server(("127.0.0.1", 0)) as listener:  # which takes connections before the server is up
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.mark.parametrize("command", ["start", "stop"])
def test_the_exit_codes_of_the_readme_are_those_of_the_help(command: str) -> None:
    rows = re.findall(r"^\| (\d{1,2}|130) \| (.*?) \| (.*?) ?\|$", README, re.MULTILINE)
    listed = {code: (start if command == "start" or stop == "the same" else stop) for code, start, stop in rows}
    listed = {code: text.replace("`", "") for code, text in listed.items() if text}
    helped = subprocess.run(
        [COMMAND, command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    codes = helped.stdout.partition("exit codes:\n")[2]
    assert dict(line.strip().split(maxsplit=1) for line in codes.splitlines()) == listed


def test_the_exit_codes_of_listen_in_the_readme_are_those_of_its_help() -> None:
    table = README.partition("| exit code | `listen` |\n")[2].partition("\n\n")[0]
    listed = {code: text.replace("`", "") for code, text in re.findall(r"^\| (\d+) \| (.*) \|$", table, re.MULTILINE)}
    helped = subprocess.run([COMMAND, "listen", "--help"], capture_output=True, text=True, check=True).stdout
    codes = helped.partition("exit codes:\n")[2]
    assert dict(line.strip().split(maxsplit=1) for line in codes.splitlines()) == listed


def test_every_block_of_python_is_run_by_a_test() -> None:
    known = [
        BLOCKS[0],
        block("AsyncStreamsClient()"),
        block("RetryPolicy"),
        block("app.websocket"),  # these three in test_readme_servers.py
        block("Starlette(routes"),
        block("ServerConnection"),
        block("parse_status_callback"),
        block("streams_serve"),
        block("def test_our_agent_streams"),
        block("def test_our_server"),
        block("RestClient"),
    ]
    assert known == BLOCKS


@pytest.mark.parametrize("target", ["demo", "test", "generate", "check-generated", "help"])
def test_the_make_targets_that_the_readme_names_are_there(target: str) -> None:
    assert f"make {target}" in README
    assert re.search(rf"^{target}:.* ## ", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_licence_of_each_locked_runtime_dependency_is_listed() -> None:
    locked, locked_for_all_extras = (
        set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    only_to_build = {"hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers", "colorama"}
    listed = set(re.findall(r"([a-z0-9-]+) \([A-Z][\w.-]+\)", README))
    assert locked - only_to_build <= listed <= locked_for_all_extras


def test_the_demo_shows_the_whole_loop_and_ends_by_itself(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "tests" / "demo.py", tmp_path / "demo"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    for line in (
        "  stream.name = 'my_first_stream'",
        "  stream.status = 'queued'",
        "    Parameter2.Value=wit+%26+wisdom+%E2%98%8E           wit & wisdom ☎",
        "  stopped",
        "  sent: Url=wss%3A%2F%2Fstream.example.com%2Faudio",
        '  {"event": "connected", "protocol": "Call", "version": "0.2.0"}',
        "  ok: the parameters came: {'FirstName': 'Jane', 'Motto': 'wit & wisdom ☎'}",
        "  ok: the key came: 5",
        "  ok: the start and the stop were told, once each",
        "  ok: the other side is a tone of 440 Hz: 440 Hz",
        "  ok: requests sent: 0",
        "  ok: error.status, error.code = (404, 20404)",
    ):
        assert line in done.stdout.splitlines()
    assert re.search(r"^  ok: outbound: 2\.\d\d s at -9\.0 dBFS$", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("\nAll checks held.\n")
    assert done.stderr == ""
    samples, rate = soundfile.read(tmp_path / "demo" / "call.wav")
    assert (rate, samples.shape[1]) == (8000, 2)
    assert 2 <= len(samples) / rate < 60
    assert all(abs(samples[:, channel]).max() > 0.1 for channel in (0, 1))


@pytest.mark.parametrize(
    ("old", "new", "failed"),
    [
        ('"outbound": Audio.tone(TONE)', '"outbound": Audio.silence()', "outbound"),
        ('"outbound": Audio.tone(TONE)', '"outbound": Audio.tone(880)', "the other side is a tone of 440 Hz"),
        ('mock.press("my_first_stream", "5")', 'mock.press("my_first_stream", "6")', "the key came: 6"),
        ("taking_callbacks(mock.signing_key)", 'taking_callbacks("other")', "the start and the stop were told"),
    ],
)
def test_the_demo_fails_where_a_check_does_not_hold(tmp_path: Path, old: str, new: str, failed: str) -> None:
    demo = (ROOT / "tests" / "demo.py").read_text("utf-8")
    assert demo.count(old) == 1
    (tmp_path / "demo.py").write_text(demo.replace(old, new), "utf-8")
    done = subprocess.run(
        [sys.executable, tmp_path / "demo.py", tmp_path], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert f"  FAILED: {failed}" in done.stdout
    assert re.search(r"\nFAILED: \d+ of the checks\n$", done.stdout)


def test_the_version_has_an_entry_in_the_changelog() -> None:
    assert f"## {__version__} " in (ROOT / "CHANGELOG.md").read_text()
