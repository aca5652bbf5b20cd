"""`signalwire-streams start` and `stop`, as processes of their own."""

import json
import os
import pty
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.cli import main
from signalwire_streams.mock import MockServer
from signalwire_streams_api.models.track import TRACK_VALUES
from support.faulty import FaultyServer, faulty_server

COMMAND = Path(sys.executable).with_name("signalwire-streams")
URL = "wss://stream.example.com/audio"
CANARY = "c4nary-s3cret"
Call = Callable[..., tuple[int, str, str]]
SPAWNED: "list[subprocess.Popen[str]]" = []


def environment(host: str, token: str, project: str = "p") -> dict[str, str]:
    return os.environ | {
        "SIGNALWIRE_PROJECT_ID": project,
        "SIGNALWIRE_API_TOKEN": token,
        "SIGNALWIRE_SPACE": host,
    }


def of(mock: MockServer) -> dict[str, str]:
    return environment(mock.url, mock.token, mock.project)


def run(*arguments: str, env: dict[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run([COMMAND, *arguments], env=env, text=True, timeout=60, check=False, **pipes)


def spawn(*arguments: str, env: dict[str, str], **options: Any) -> subprocess.Popen[str]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    process = subprocess.Popen([COMMAND, *arguments], env=env, text=True, **pipes)
    SPAWNED.append(process)
    return process


@pytest.fixture(autouse=True)
def none_outlives_its_test() -> Iterator[None]:
    yield
    while SPAWNED:
        process = SPAWNED.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture(autouse=True)
def buffered_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a user has it: what cannot be written is noticed late."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@pytest.fixture
def call(mock: MockServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The command in this process, which is sooner done."""
    for name, value in of(mock).items():
        monkeypatch.setenv(name, value)

    def run_here(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            sys.exit(main(arguments))
        assert isinstance(ended.value.code, int)
        return (ended.value.code, *capsys.readouterr())

    return run_here


def assert_one_line(errors: str) -> None:
    assert re.fullmatch(r"signalwire-streams: [^\n\x1b]+\n", errors), errors


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server
        server.wait_until_all_are_closed()


def until_started(server: FaultyServer) -> str:
    """Wait until a start was carried out, and return the name it had."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        for (action, name), _ in [*server.carried_out.items()]:
            if action == "start":
                return name
        time.sleep(0.01)
    raise TimeoutError


def test_a_stream_is_started_with_all_that_was_given_and_stopped_by_its_name(mock: MockServer) -> None:
    done = run(
        *("start", "CA1", URL, "--name", "my first ☎", "--track", "inbound_track"),
        *("--status-callback", "https://app.example.com/events", "--status-callback-method", "GET"),
        *(
            "--param",
            "FirstName=Jane",
            "--param",
            "Query=a=b&c",
            "--param",
            "FirstName=",
            "--bearer-token-env",
            "AGENT",
        ),
        env=of(mock) | {"AGENT": "hunter2", "PYTHONIOENCODING": "utf-8"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    (stream,) = mock.streams
    assert dict(line.split(maxsplit=1) for line in done.stdout.splitlines()) == {
        "sid": stream.sid,
        "name": "my first ☎",
        "status": "queued",
        "call_sid": "CA1",
        "account_sid": mock.project,
        "date_updated": re.findall("date_updated  (.*)", done.stdout)[0],
        "uri": f"/api/laml/2010-04-01/Accounts/{mock.project}/Calls/CA1/Streams/{stream.sid}.json",
    }
    assert (stream.track, stream.status_callback_method) == ("inbound_track", "GET")
    assert stream.status_callback == "https://app.example.com/events"
    assert stream.parameters == [("FirstName", "Jane"), ("Query", "a=b&c"), ("FirstName", "")]
    assert stream.authorization_bearer_token == "hunter2"
    stopped = run("stop", "CA1", "my first ☎", env=of(mock))
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert "status        stopped\n" in stopped.stdout
    assert mock.streams[0].status == "stopped"


def test_json_is_one_object_on_one_line(mock: MockServer) -> None:
    done = run("start", "CA1", URL, "--name", "☎", "--json", env=of(mock))
    assert done.stdout.count("\n") == 1
    assert done.stdout.isascii()
    answer = json.loads(done.stdout)
    assert list(answer) == ["sid", "name", "status", "call_sid", "account_sid", "date_updated", "uri"]
    assert (answer["sid"], answer["name"], answer["status"]) == (mock.streams[0].sid, "☎", "queued")
    assert datetime.fromisoformat(answer["date_updated"]).tzinfo
    done = run("stop", "CA1", answer["sid"], "--json", env=of(mock))
    assert (json.loads(done.stdout)["status"], done.returncode, done.stderr) == ("stopped", 0, "")


def test_without_a_name_the_stream_gets_one_that_is_its_own(mock: MockServer) -> None:
    for _ in range(2):
        assert run("start", "CA1", URL, env=of(mock)).returncode == 0
    names = {stream.name for stream in mock.streams}
    assert len(names) == 2
    assert all(re.fullmatch("cli-[0-9a-f]{12}", name) for name in names)


def test_only_what_was_given_is_sent(mock: MockServer) -> None:
    assert run("start", "CA1", URL, "--name", "n", env=of(mock)).returncode == 0
    assert sorted(mock.requests[0].form) == [("Name", "n"), ("Url", URL)]


def test_the_account_can_be_given_as_options_and_a_file(mock: MockServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{mock.token}\r\n")
    account = ["--project", mock.project, "--host", mock.url, "--token-file", str(file)]
    wrong = environment("http://127.0.0.1:9", "wrong")
    assert run("start", "CA1", URL, *account, "--name", "n", env=wrong).returncode == 0
    assert run("stop", "CA1", "n", *account, env=wrong).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("as_json", [False, True])
def test_held_it_stays_until_it_is_interrupted_and_stops_the_stream(
    mock: MockServer, number: signal.Signals, as_json: bool
) -> None:
    process = spawn("start", "CA1", URL, "--hold", *(["--json"] if as_json else []), env=of(mock))
    assert process.stdout
    lines = [process.stdout.readline() for _ in range(1 if as_json else 8)]
    assert mock.streams[0].sid in lines[0]
    assert lines[-1] == "The stream runs until Ctrl-C.\n" or as_json
    assert mock.streams[0].status == "in-progress"
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)
    process.send_signal(number)
    rest, errors = process.communicate(timeout=30)
    assert (rest, errors, process.returncode) == ("", "", 0)
    assert mock.streams[0].status == "stopped"


def test_a_stream_that_has_ended_meanwhile_is_no_error(mock: MockServer) -> None:
    process = spawn("start", "CA1", URL, "--hold", "--json", env=of(mock))
    assert process.stdout
    process.stdout.readline()
    mock.reset()  # it knows no such stream any more
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (errors, process.returncode) == ("", 0)
    assert mock.requests[0].status == 404


def test_a_signal_that_is_passed_on_again_and_again_does_not_keep_the_stream_from_being_stopped(
    server: FaultyServer,
) -> None:
    server.does("ok", "ok_in_a_while")
    process = spawn("start", "CA1", URL, "--hold", "--json", env=environment(server.url, "t"))
    assert process.stdout
    sid = json.loads(process.stdout.readline())["sid"]
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    _, errors = process.communicate(timeout=30)
    assert (errors, process.returncode) == ("", 0)
    assert server.carried_out["stop", sid] == 1


@pytest.mark.parametrize("hold", [[], ["--hold"]])
@pytest.mark.parametrize("name", [[], ["--name", "mine"]])
def test_ctrl_c_while_the_start_is_under_way_stops_what_may_have_been_started(
    server: FaultyServer, hold: list[str], name: list[str]
) -> None:
    server.does("say_nothing", "ok")
    process = spawn("start", "CA1", URL, *hold, *name, env=environment(server.url, "t"))
    started = until_started(server)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (output, process.returncode) == ("", 130)
    assert errors == "signalwire-streams: interrupted; the stream was stopped, if it had started.\n"
    assert server.carried_out == {("start", started): 1, ("stop", started): 1}


@contextmanager
def gate(mock: MockServer) -> Iterator[tuple[str, threading.Event]]:
    """Lead to the mock from another URL, and tell when somebody has connected to that."""
    connected, port = threading.Event(), urlsplit(mock.url).port

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    with ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.create_server(("127.0.0.1", 0)))

        def accept() -> None:
            with suppress(OSError):
                while True:
                    near = open_sockets.enter_context(listener.accept()[0])
                    far = open_sockets.enter_context(socket.create_connection(("127.0.0.1", port)))
                    connected.set()
                    for pair in ((near, far), (far, near)):
                        threading.Thread(target=copy, args=pair, daemon=True).start()

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", connected
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_starts_of_a_slow_service_that_are_interrupted_leave_no_stream_running(request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed")
    print(f"run again with --seed {seed}")
    rng = random.Random(seed)

    def start(mock: MockServer, number: int, seconds: float) -> tuple[int, str]:
        with gate(mock) as (url, connected):
            hold = ["--hold"] if number % 2 else []
            env = environment(url, mock.token, mock.project)
            process = spawn("start", f"CA{number}", URL, "--name", f"n{number}", *hold, env=env)
            assert connected.wait(30)
            time.sleep(seconds)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
            return process.returncode, errors

    moments = [rng.uniform(0.005, 0.25) for _ in range(20)]
    with MockServer(start_delay=0.18) as mock, ThreadPoolExecutor(5) as pool:
        ended = list(pool.map(lambda number: start(mock, number, moments[number]), range(20)))
        time.sleep(0.2)  # by then the last start is carried out
        running = {stream.name for stream in mock.streams if stream.status != "stopped"}
        started = {stream.name for stream in mock.streams}
    codes = Counter(code for code, _ in ended)
    print(f"{len(started)} started, {len(running)} left running, exit codes {codes}")
    assert codes[130] > 5
    for number, (code, errors) in enumerate(ended):
        if code == 3:  # interrupted so early that nothing was sent, which cannot always be known
            assert f"stop it with: signalwire-streams stop CA{number} n{number}\n" in errors
            assert f"n{number}" not in started
        elif code in {0, -signal.SIGINT}:  # the work was done when the signal came
            assert (f"n{number}" in running) == (number % 2 == 0)
        else:
            assert (code, errors) == (
                130,
                "signalwire-streams: interrupted; the stream was stopped, if it had started.\n",
            )
            assert f"n{number}" not in running


@pytest.mark.parametrize("hold", [[], ["--hold"]])
def test_a_second_ctrl_c_ends_the_command_at_once_and_says_what_may_be_running(hold: list[str]) -> None:
    with MockServer(start_delay=60) as mock, gate(mock) as (url, connected):
        env = environment(url, mock.token, mock.project)
        process = spawn("start", "CA1", URL, "--name", "mine", *hold, env=env)
        assert connected.wait(30)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.6)
        before = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
        assert time.monotonic() - before < 5
        assert (output, process.returncode) == ("", 3)
        assert_one_line(errors)
        assert "Stream mine on call CA1 may be running. Stopping it was interrupted." in errors
        assert errors.endswith("stop it with: signalwire-streams stop CA1 mine\n")


@pytest.mark.parametrize("hold", [[], ["--hold"]])
def test_ctrl_c_after_which_the_stream_cannot_be_stopped_says_how_to(server: FaultyServer, hold: list[str]) -> None:
    server.does("say_nothing", "status_401")
    process = spawn("start", "CA1", URL, *hold, "--name", "it's mine", env=environment(server.url, "t"))
    until_started(server)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 3
    assert_one_line(errors)
    assert "Stream it's mine on call CA1 may be running. It could not be stopped: no (POST " in errors
    assert errors.endswith("""A stream may be running; stop it with: signalwire-streams stop CA1 'it'"'"'s mine'\n""")


def test_a_held_stream_that_cannot_be_stopped_is_said_to_run(server: FaultyServer) -> None:
    server.does("ok", "status_401")
    process = spawn("start", "CA1", URL, "--hold", "--json", "--name", "mine", env=environment(server.url, "t"))
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 3
    assert_one_line(errors)
    assert "HTTP 401" in errors
    assert errors.endswith("A stream may be running; stop it with: signalwire-streams stop CA1 mine\n")


def test_a_start_of_unknown_outcome_has_a_code_of_its_own_and_says_how_to_stop_it(server: FaultyServer) -> None:
    server.does("close_after_reading")
    done = run("start", "CA1", URL, env=environment(server.url, "t"))
    assert (done.returncode, done.stdout) == (3, "")
    assert_one_line(done.stderr)
    assert server.carried_out == {("start", until_started(server)): 1}
    assert done.stderr.endswith(f"stop it with: signalwire-streams stop CA1 {until_started(server)}\n")


def test_ctrl_c_during_a_stop_says_that_the_stream_may_be_running(server: FaultyServer) -> None:
    server.does("say_nothing")
    process = spawn("stop", "CA1", "mine", env=environment(server.url, "t"))
    while not server.carried_out:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (output, process.returncode) == ("", 130)
    assert errors == "signalwire-streams: interrupted; the stream may be running.\n"


def test_a_time_out_bounds_the_command(server: FaultyServer) -> None:
    server.does(*["say_nothing"] * 3)
    done = run("stop", "CA1", "mine", "--timeout", "0.5", env=environment(server.url, "t"))
    assert done.returncode == 1
    assert_one_line(done.stderr)
    assert server.carried_out["stop", "mine"] <= 1  # there is no time for another attempt


@pytest.mark.parametrize(
    "command", [["start", "CA1", URL], ["start", "CA1", URL, "--hold"], ["start", "CA1", URL, "--json"]]
)
def test_a_stream_that_nobody_can_be_told_of_is_stopped(mock: MockServer, command: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = run(*command, env=of(mock), stdout=write)
    os.close(write)
    assert done.returncode == 1
    assert (
        done.stderr
        == "signalwire-streams: cannot write the result: Broken pipe; the stream was stopped, if it had started.\n"
    )
    assert [stream.status for stream in mock.streams] == ["stopped"]


def test_a_stop_that_nobody_can_be_told_of_is_done_all_the_same(mock: MockServer) -> None:
    run("start", "CA1", URL, "--name", "n", env=of(mock))
    read, write = os.pipe()
    os.close(read)
    done = run("stop", "CA1", "n", env=of(mock), stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (
        1,
        "signalwire-streams: cannot write the result: Broken pipe; the stream is stopped.\n",
    )
    assert [stream.status for stream in mock.streams] == ["stopped"]


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_output_that_was_closed_from_the_start_is_no_harm(mock: MockServer, closed: str) -> None:
    shell = ["sh", "-c", f'"$0" "$@" {closed}', str(COMMAND)]
    for arguments in (["start", "CA1", URL, "--name", "n"], ["stop", "CA1", "n"]):
        assert subprocess.run([*shell, *arguments], env=of(mock), capture_output=True, check=False).returncode == 0
    assert subprocess.run([*shell, "stop", "CA1", "x"], env=of(mock), capture_output=True, check=False).returncode == 1


def test_errors_that_nobody_reads_leave_the_exit_code_as_it_is(mock: MockServer) -> None:
    for arguments, code in ((["stop", "CA1", "none"], 1), (["stop"], 2), (["start", "CA1", "ws://h/"], 2)):
        read, write = os.pipe()
        os.close(read)
        done = run(*arguments, env=of(mock), stderr=write)
        os.close(write)
        assert (done.returncode, done.stdout) == (code, "")


def test_a_name_that_the_terminal_cannot_show_is_no_harm(mock: MockServer) -> None:
    done = run("start", "CA1", URL, "--name", "☎", env=of(mock) | {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert r"name          \u260e" in done.stdout


def test_what_a_server_says_is_harmless_in_a_terminal(server: FaultyServer) -> None:
    server.does("html_with_200")
    done = run("stop", "CA1", "x", env=environment(server.url, "t"))
    assert done.returncode == 1
    assert_one_line(done.stderr)


def test_on_a_terminal_an_interrupt_is_acknowledged_and_nothing_is_coloured(server: FaultyServer) -> None:
    server.does("say_nothing", "ok")
    terminal, end = pty.openpty()
    process = spawn("start", "CA1", URL, env=environment(server.url, "t"), stderr=end)
    os.close(end)
    until_started(server)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    shown = os.read(terminal, 10000).decode()
    os.close(terminal)
    process.communicate()
    assert shown.replace("\r\n", "\n") == (
        "signalwire-streams: interrupted; the stream is being stopped\n"
        "signalwire-streams: interrupted; the stream was stopped, if it had started.\n"
    )


@pytest.mark.parametrize("command", [["start", "CA1", URL], ["stop", "CA1", "n"]])
def test_a_missing_setting_is_named_with_the_ways_to_give_it(
    call: Call, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, option in (
        ("SIGNALWIRE_PROJECT_ID", "project is missing: give --project,"),
        ("SIGNALWIRE_API_TOKEN", "token is missing: give --token-file,"),
        ("SIGNALWIRE_SPACE", "host is missing: give --host,"),
    ):
        with monkeypatch.context() as patch:
            patch.delenv(variable)
            code, output, errors = call(*command)
        assert (code, output) == (2, "")
        assert errors == f"signalwire-streams: {option} or set the environment variable {variable}.\n"


def test_without_any_setting_a_process_fails_too() -> None:
    done = run("start", "CA1", URL)
    assert (done.returncode, done.stdout) == (2, "")
    assert_one_line(done.stderr)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["start", "CA1"], "the following arguments are required: URL (see signalwire-streams start --help)"),
        (["start", "CA1", URL, "--param", "n0value"], "argument --param: expected NAME=VALUE"),
        (["start", "CA1", URL, "--param", "=n0value"], "argument --param: expected NAME=VALUE"),
        (["start", "CA1", URL] + ["--param", "a=n0value"] * 100, "--param: there are 100"),
        (["start", "CA1", URL, "--track", "inbound"], "argument --track: invalid choice: 'inbound'"),
        (["start", "CA1", "ws://stream.example.com"], "URL: has the scheme 'ws'"),
        (["start", "CA1", f"{URL}?a=n0value"], "URL: has a query string, which the API does not support; use --param instead"),
        (["start", "CA1", "wss://a:n0value@h/"], "URL: holds credentials; use --bearer-token-env instead"),
        (["start", "CA/1", URL], "CALL_SID: holds a slash"),
        (["start", "CA1", URL, "--name", ""], "--name: is empty"),
        (["start", "CA1", URL, "--status-callback", "ftp://h"], "--status-callback: has the scheme"),
        (["start", "CA1", URL, "--bearer-token-env", "NOT_SET"], "--bearer-token-env: the environment variable 'NOT_SET' is not set"),
        (["start", "CA1", URL, "--bearer-token-env", "SPACED"], "--bearer-token-env: holds white space"),
        (["start", "CA1", URL, "--timeout", "0"], "argument --timeout: expected a number of seconds above zero"),
        (["start", "CA1", URL, "--timeout", "nan"], "argument --timeout: expected a number of seconds above zero"),
        (["start", "CA1", URL, "--hol"], "there are unknown arguments: --hol"),
        (["start", "CA1", URL, "n0value"], "there are unknown arguments: 1 more than expected"),
        (["start", "CA1", URL, "--api-token=n0value"], "there are unknown arguments: --api-token (see"),
        (["start", "CA1", URL, "-pn0value"], "there are unknown arguments: -p (see"),
        (["start", "CA1", URL, "--token", "n0value"], "argument --token: every user of this machine can read"),
        (["stop", "CA1", "s", "--token=n0value"], "argument --token: every user of this machine can read"),
        (["stop", "CA1", "s", "--token-file", "/nowhere/at-all"], "token cannot be read from '/nowhere/at-all': No such file"),
        (["stop", "CA1", "s", "--token-file", "/dev/null"], "token is empty: see --token-file."),
        (["stop", "CA1", "s", "--host", "http://example.com"], "host asks for cleartext HTTP"),
        (["stop", "CA1", ".."], "SID_OR_NAME: has a segment"),
        (["stop", "CA1"], "the following arguments are required: SID_OR_NAME"),
    ],
)  # fmt: skip
def test_wrong_usage_is_said_in_one_line_without_values_and_nothing_is_sent(
    mock: MockServer, call: Call, arguments: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACED", "n0value n0value")
    code, output, errors = call(*arguments)
    assert (code, output) == (2, "")
    assert_one_line(errors)
    assert errors.startswith(f"signalwire-streams: {problem}")
    assert "n0value" not in errors
    assert not mock.requests


def test_a_token_file_that_is_no_text_is_said_to_be_and_not_shown(mock: MockServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"c4nary\xff")
    done = run("stop", "CA1", "n", "--token-file", str(file), env=of(mock))
    assert done.returncode == 2
    assert done.stderr == f"signalwire-streams: token cannot be read from '{file}': it is not text in UTF-8.\n"


def test_a_refusal_of_the_service_is_failure_with_its_reason(mock: MockServer) -> None:
    mock.end_call("CA1")
    done = run("start", "CA1", URL, env=of(mock))
    assert (done.returncode, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert "HTTP 422, code 21220" in done.stderr
    done = run("stop", "CA1", "no-such", env=of(mock))
    assert done.returncode == 1
    assert "HTTP 404, code 20404" in done.stderr


@pytest.mark.parametrize(
    "fault", ["ok", "status_401", "status_422", "close_after_reading", "html_with_200", "say_nothing"]
)
def test_no_secret_is_shown_whatever_happens(server: FaultyServer, fault: str) -> None:
    server.does(fault, fault)
    secrets = ["--param", f"Password={CANARY}-parameter", "--bearer-token-env", "AGENT"]
    env = environment(server.url, f"{CANARY}-token") | {"AGENT": f"{CANARY}-bearer"}
    for arguments in (["start", "CA1", URL, *secrets, "--timeout", "0.5"], ["stop", "CA1", "s", "--timeout", "0.5"]):
        done = run(*arguments, env=env)
        assert CANARY not in done.stdout + done.stderr
        assert done.returncode in {0, 1, 3}


@pytest.mark.parametrize("command", ["start", "stop"])
def test_the_help_has_an_example_the_settings_and_the_exit_codes(command: str) -> None:
    done = run(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"\n  signalwire-streams {command} CA123 " in done.stdout
    for text in ("SIGNALWIRE_API_TOKEN", "exit codes:\n  0  ", "\n  1  ", "\n  2  ", "\n  130  "):
        assert text in done.stdout
    assert "--token " not in done.stdout
    assert "\x1b" not in done.stdout


def test_each_example_of_the_help_works(mock: MockServer) -> None:
    examples = re.findall(r"^  (signalwire-streams .*)$", run("start", "--help").stdout, re.MULTILINE)
    assert len(examples) == 2
    assert run(*examples[0].split()[1:], env=of(mock)).returncode == 0
    held = spawn(*examples[1].split()[1:], env=of(mock))
    assert held.stdout
    held.stdout.readline()
    held.terminate()
    held.communicate(timeout=30)
    assert held.returncode == 0
    (example,) = re.findall(r"^  (signalwire-streams .*)$", run("stop", "--help").stdout, re.MULTILINE)
    assert run(*example.split()[1:], env=of(mock)).returncode == 0
    assert [stream.status for stream in mock.streams] == ["stopped", "stopped"]


def test_the_help_names_each_track() -> None:
    assert "{" + ",".join(sorted(TRACK_VALUES)) + "}" in run("start", "--help").stdout


def test_a_stream_started_here_can_be_stopped_from_python_and_the_other_way_round(mock: MockServer) -> None:
    run("start", "CA1", URL, "--name", "from the shell", env=of(mock))
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        assert client.stop_stream("CA1", "from the shell").status == "stopped"
        client.start_stream("CA1", URL, name="from Python")
    assert run("stop", "CA1", "from Python", env=of(mock)).returncode == 0


def test_an_interrupt_after_the_stream_was_shown_changes_nothing(
    call: Call, mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = StreamsClient.close

    def interrupt_and_close(client: StreamsClient) -> None:
        signal.raise_signal(signal.SIGINT)
        close(client)

    monkeypatch.setattr(StreamsClient, "close", interrupt_and_close)
    before = signal.getsignal(signal.SIGINT)
    code, output, errors = call("start", "CA1", URL, "--json", "--name", "n")
    assert (code, json.loads(output)["sid"], errors) == (0, mock.streams[0].sid, "")
    assert mock.streams[0].status == "in-progress"
    assert call("stop", "CA1", "n")[::2] == (0, "")
    assert signal.getsignal(signal.SIGINT) is before
