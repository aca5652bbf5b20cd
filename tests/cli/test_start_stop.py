"""`signalwire-streams start` and `stop`."""

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
from signalwire_streams import InputError, SettingsError, StreamsClient, StreamsError
from signalwire_streams.cli import main
from signalwire_streams.cli._options import option_of
from signalwire_streams.cli._start import _FIELDS
from signalwire_streams.mock import MockServer
from signalwire_streams_derived.fields import FIELDS
from support.canned import STREAM, CannedServer
from support.faulty import FaultyServer, faulty_server

COMMAND = Path(sys.executable).with_name("signalwire-streams")
URL = "wss://stream.example.com/audio"
CANARY = "c4nary-s3cret"
RunMain = Callable[..., tuple[int, str, str]]
SPAWNED: "list[subprocess.Popen[str]]" = []


def environment(host: str, token: str, project: str = "p") -> dict[str, str]:
    return os.environ | {
        "SIGNALWIRE_PROJECT_ID": project,
        "SIGNALWIRE_API_TOKEN": token,
        "SIGNALWIRE_SPACE": host,
    }


def environment_of(mock: MockServer) -> dict[str, str]:
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
def kill_remaining_processes() -> Iterator[None]:
    yield
    while SPAWNED:
        process = SPAWNED.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture(autouse=True)
def buffered_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buffer the output, as for a user, so that write errors appear late."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@pytest.fixture
def run_main(mock: MockServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunMain:
    """Return a function that runs the command in this process, which is faster."""
    for name, value in environment_of(mock).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            sys.exit(main(arguments))
        assert isinstance(caught.value.code, int)
        return (caught.value.code, *capsys.readouterr())

    return run


def assert_one_line(errors: str) -> None:
    assert re.fullmatch(r"signalwire-streams: [^\n\x1b]+\n", errors), errors


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server
        server.wait_until_all_are_closed()


def wait_for_start(server: FaultyServer) -> str:
    """Wait until a start was carried out, and return its name."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        for (action, name), _ in [*server.carried_out.items()]:
            if action == "start":
                return name
        time.sleep(0.01)
    raise TimeoutError


def test_start_sends_every_option_and_stop_takes_the_name(mock: MockServer) -> None:
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
        env=environment_of(mock) | {"AGENT": "hunter2", "PYTHONIOENCODING": "utf-8"},
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
    stopped = run("stop", "CA1", "my first ☎", env=environment_of(mock))
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert "status        stopped\n" in stopped.stdout
    assert mock.streams[0].status == "stopped"


def test_json_prints_one_object_on_one_line(mock: MockServer) -> None:
    done = run("start", "CA1", URL, "--name", "☎", "--json", env=environment_of(mock))
    assert done.stdout.count("\n") == 1
    assert done.stdout.isascii()
    printed = json.loads(done.stdout)
    assert list(printed) == ["sid", "name", "status", "account_sid", "call_sid", "date_updated", "uri"]
    assert (printed["sid"], printed["name"], printed["status"]) == (mock.streams[0].sid, "☎", "queued")
    assert datetime.fromisoformat(printed["date_updated"]).tzinfo
    done = run("stop", "CA1", printed["sid"], "--json", env=environment_of(mock))
    assert (json.loads(done.stdout)["status"], done.returncode, done.stderr) == ("stopped", 0, "")


PARTLY_READABLE = STREAM | {"call_sid": "CA1", "name": None, "status": ["x"], "date_updated": "\x1b[31m soon"}


@pytest.mark.parametrize("command", [("start", "CA1", URL), ("stop", "CA1", STREAM["sid"])], ids=["start", "stop"])
def test_a_stream_is_printed_even_if_a_field_of_it_cannot_be_read(
    canned: CannedServer, command: tuple[str, ...]
) -> None:
    canned.answer(200, PARTLY_READABLE)
    done = run(*command, env=environment(canned.url, "t"))
    assert done.returncode == 0
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert (lines["sid"], lines["name"], lines["uri"]) == (STREAM["sid"], STREAM["sid"], STREAM["uri"])
    assert (lines["status"], lines["date_updated"]) == ("(unreadable)", "(unreadable)")
    assert done.stderr.splitlines() == [
        "signalwire-streams: status of the response must be text; got list.",
        "signalwire-streams: date_updated of the response must be an RFC 2822 date; got '\\x1b[31m soon'.",
    ]


def test_json_has_null_for_a_field_that_cannot_be_read(canned: CannedServer) -> None:
    canned.answer(200, PARTLY_READABLE)
    done = run("start", "CA1", URL, "--json", env=environment(canned.url, "t"))
    printed = json.loads(done.stdout)
    assert (printed["sid"], printed["status"], printed["date_updated"]) == (STREAM["sid"], None, None)
    assert done.stderr.count("\n") == 2


@pytest.mark.parametrize("as_json", [False, True])
def test_a_token_that_a_server_repeats_is_not_printed(canned: CannedServer, as_json: bool) -> None:
    repeated = {field: f"{CANARY} {field}" for field in STREAM} | {"call_sid": "CA1"}
    canned.answer(200, repeated)
    done = run("stop", "CA1", "ST1", *(["--json"] if as_json else []), env=environment(canned.url, CANARY))
    assert done.returncode == 0
    assert "[redacted] sid" in done.stdout
    assert CANARY not in done.stdout + done.stderr


def test_hold_stops_the_stream_by_its_sid(canned: CannedServer) -> None:
    canned.answer(200, STREAM)
    process = spawn("start", "CA1", URL, "--name", "mine", "--hold", "--json", env=environment(canned.url, "t"))
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert canned.received[-1].target.endswith(f"/Calls/CA1/Streams/{STREAM['sid']}")


def test_each_stream_without_a_name_gets_a_random_one(mock: MockServer) -> None:
    for _ in range(2):
        assert run("start", "CA1", URL, env=environment_of(mock)).returncode == 0
    names = {stream.name for stream in mock.streams}
    assert len(names) == 2
    assert all(re.fullmatch("cli-[0-9a-f]{12}", name) for name in names)


def test_options_left_out_are_not_sent(mock: MockServer) -> None:
    assert run("start", "CA1", URL, "--name", "n", env=environment_of(mock)).returncode == 0
    assert sorted(mock.requests[0].form) == [("Name", "n"), ("Url", URL)]


def test_options_and_a_token_file_override_the_environment(mock: MockServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{mock.token}\r\n")
    account = ["--project", mock.project, "--host", mock.url, "--token-file", str(file)]
    wrong = environment("http://127.0.0.1:9", "wrong")
    assert run("start", "CA1", URL, *account, "--name", "n", env=wrong).returncode == 0
    assert run("stop", "CA1", "n", *account, env=wrong).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("as_json", [False, True])
def test_hold_waits_for_a_signal_and_stops_the_stream(mock: MockServer, number: signal.Signals, as_json: bool) -> None:
    process = spawn("start", "CA1", URL, "--hold", *(["--json"] if as_json else []), env=environment_of(mock))
    assert process.stdout
    lines = [process.stdout.readline() for _ in range(1 if as_json else 8)]
    assert mock.streams[0].sid in lines[0]
    assert lines[-1] == "Press Ctrl-C to stop the stream.\n" or as_json
    assert mock.streams[0].status == "in-progress"
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)
    process.send_signal(number)
    rest, errors = process.communicate(timeout=30)
    assert (rest, errors, process.returncode) == ("", "", 0)
    assert mock.streams[0].status == "stopped"


def test_hold_succeeds_if_the_stream_has_already_stopped(mock: MockServer) -> None:
    process = spawn("start", "CA1", URL, "--hold", "--json", env=environment_of(mock))
    assert process.stdout
    process.stdout.readline()
    mock.reset()  # forgets the stream
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (errors, process.returncode) == ("", 0)
    assert mock.requests[0].status == 404


def test_forwarded_signals_do_not_prevent_the_stop(server: FaultyServer) -> None:
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
def test_ctrl_c_during_the_start_stops_the_stream(server: FaultyServer, hold: list[str], name: list[str]) -> None:
    server.does("say_nothing", "ok")
    process = spawn("start", "CA1", URL, *hold, *name, env=environment(server.url, "t"))
    started = wait_for_start(server)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (output, process.returncode) == ("", 130)
    assert errors == "signalwire-streams: interrupted. The stream was stopped, if it had started.\n"
    assert server.carried_out == {("start", started): 1, ("stop", started): 1}


@contextmanager
def gate(mock: MockServer) -> Iterator[tuple[str, threading.Event]]:
    """Forward connections from another URL to the mock. The event is set at the first one."""
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


def test_interrupted_starts_of_a_slow_service_leave_no_stream_running(request: pytest.FixtureRequest) -> None:
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
        results = list(pool.map(lambda number: start(mock, number, moments[number]), range(20)))
        time.sleep(0.2)  # the last start is carried out by then
        running = {stream.name for stream in mock.streams if stream.status != "stopped"}
        started = {stream.name for stream in mock.streams}
    codes = Counter(code for code, _ in results)
    print(f"{len(started)} started, {len(running)} left running, exit codes {codes}")
    assert codes[130] > 5
    for number, (code, errors) in enumerate(results):
        if code == 3:  # interrupted before anything was sent, which the client cannot always know
            assert f"Stop it with: signalwire-streams stop CA{number} n{number}\n" in errors
            assert f"n{number}" not in started
        elif code in {0, -signal.SIGINT}:  # the work was done before the signal arrived
            assert (f"n{number}" in running) == (number % 2 == 0)
        else:
            assert (code, errors) == (
                130,
                "signalwire-streams: interrupted. The stream was stopped, if it had started.\n",
            )
            assert f"n{number}" not in running


@pytest.mark.parametrize("hold", [[], ["--hold"]])
def test_a_second_ctrl_c_exits_at_once_and_names_the_stream(hold: list[str]) -> None:
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
        assert errors.endswith(" Stop it with: signalwire-streams stop CA1 mine\n")


@pytest.mark.parametrize("hold", [[], ["--hold"]])
def test_ctrl_c_prints_the_stop_command_if_the_stop_fails(server: FaultyServer, hold: list[str]) -> None:
    server.does("say_nothing", "status_401")
    process = spawn("start", "CA1", URL, *hold, "--name", "it's mine", env=environment(server.url, "t"))
    wait_for_start(server)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 3
    assert_one_line(errors)
    assert "Stream it's mine on call CA1 may be running. It could not be stopped: no (POST " in errors
    assert errors.endswith(""" Stop it with: signalwire-streams stop CA1 'it'"'"'s mine'\n""")


def test_hold_exits_with_1_if_the_start_failed_and_the_stream_was_stopped(mock: MockServer) -> None:
    mock.fail_next(504, carried_out=True)
    done = run("start", "CA1", URL, "--name", "n", "--hold", env=environment_of(mock))
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("The stream was stopped.")
    assert mock.streams[0].status == "stopped"


def test_hold_exits_with_3_if_the_stop_fails(server: FaultyServer) -> None:
    server.does("ok", "status_401")
    process = spawn("start", "CA1", URL, "--hold", "--json", "--name", "mine", env=environment(server.url, "t"))
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 3
    assert_one_line(errors)
    assert "HTTP 401" in errors
    assert " on call CA1 may be running. It could not be stopped: " in errors
    assert errors.endswith(" Stop it with: signalwire-streams stop CA1 mine\n")


def test_an_unknown_outcome_exits_with_3_and_prints_the_stop_command(server: FaultyServer) -> None:
    server.does("close_after_reading")
    done = run("start", "CA1", URL, env=environment(server.url, "t"))
    assert (done.returncode, done.stdout) == (3, "")
    assert_one_line(done.stderr)
    assert server.carried_out == {("start", wait_for_start(server)): 1}
    assert done.stderr.endswith(
        f" A stream may be running. Stop it with: signalwire-streams stop CA1 {wait_for_start(server)}\n"
    )


def test_ctrl_c_during_the_stop_says_that_the_stream_may_still_be_running(server: FaultyServer) -> None:
    server.does("say_nothing")
    process = spawn("stop", "CA1", "mine", env=environment(server.url, "t"))
    while not server.carried_out:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (output, process.returncode) == ("", 130)
    assert errors == "signalwire-streams: interrupted: the stream may still be running.\n"


def test_the_timeout_limits_all_attempts(server: FaultyServer) -> None:
    server.does(*["say_nothing"] * 3)
    done = run("stop", "CA1", "mine", "--timeout", "0.5", env=environment(server.url, "t"))
    assert done.returncode == 1
    assert_one_line(done.stderr)
    assert server.carried_out["stop", "mine"] <= 1  # no time for another attempt


@pytest.mark.parametrize(
    "command", [["start", "CA1", URL], ["start", "CA1", URL, "--hold"], ["start", "CA1", URL, "--json"]]
)
def test_start_stops_the_stream_if_it_cannot_print_it(mock: MockServer, command: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = run(*command, env=environment_of(mock), stdout=write)
    os.close(write)
    assert done.returncode == 1
    assert (
        done.stderr
        == "signalwire-streams: the result cannot be written: Broken pipe. The stream was stopped, if it had started.\n"
    )
    assert [stream.status for stream in mock.streams] == ["stopped"]


def test_stop_stops_the_stream_even_if_it_cannot_print_it(mock: MockServer) -> None:
    run("start", "CA1", URL, "--name", "n", env=environment_of(mock))
    read, write = os.pipe()
    os.close(read)
    done = run("stop", "CA1", "n", env=environment_of(mock), stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (
        1,
        "signalwire-streams: the stream is stopped, but the result cannot be written: Broken pipe.\n",
    )
    assert [stream.status for stream in mock.streams] == ["stopped"]


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_start_and_stop_work_with_closed_outputs(mock: MockServer, closed: str) -> None:
    shell = ["sh", "-c", f'"$0" "$@" {closed}', str(COMMAND)]
    for arguments in (["start", "CA1", URL, "--name", "n"], ["stop", "CA1", "n"]):
        assert (
            subprocess.run([*shell, *arguments], env=environment_of(mock), capture_output=True, check=False).returncode
            == 0
        )
    assert (
        subprocess.run(
            [*shell, "stop", "CA1", "x"], env=environment_of(mock), capture_output=True, check=False
        ).returncode
        == 1
    )


def test_the_exit_code_is_the_same_if_nobody_reads_standard_error(mock: MockServer) -> None:
    for arguments, code in ((["stop", "CA1", "none"], 1), (["stop"], 2), (["start", "CA1", "ws://h/"], 2)):
        read, write = os.pipe()
        os.close(read)
        done = run(*arguments, env=environment_of(mock), stderr=write)
        os.close(write)
        assert (done.returncode, done.stdout) == (code, "")


def test_characters_that_the_output_cannot_encode_are_escaped(mock: MockServer) -> None:
    done = run("start", "CA1", URL, "--name", "☎", env=environment_of(mock) | {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert r"name          \u260e" in done.stdout


def test_server_text_is_escaped_for_the_terminal(server: FaultyServer) -> None:
    server.does("html_with_200")
    done = run("stop", "CA1", "x", env=environment(server.url, "t"))
    assert done.returncode == 1
    assert_one_line(done.stderr)


def test_on_a_terminal_an_interrupt_is_acknowledged_without_colors(server: FaultyServer) -> None:
    server.does("say_nothing", "ok")
    terminal, end = pty.openpty()
    process = spawn("start", "CA1", URL, env=environment(server.url, "t"), stderr=end)
    os.close(end)
    wait_for_start(server)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    shown = os.read(terminal, 10000).decode()
    os.close(terminal)
    process.communicate()
    assert shown.replace("\r\n", "\n") == (
        "signalwire-streams: interrupted: stopping the stream\n"
        "signalwire-streams: interrupted. The stream was stopped, if it had started.\n"
    )


TRY_THE_MOCK = 'To try it without an account, run "signalwire-streams mock" in another terminal.'


@pytest.mark.parametrize("command", [["start", "CA1", URL], ["stop", "CA1", "n"]])
@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        (["SIGNALWIRE_PROJECT_ID"], "no project set. Pass --project, or set SIGNALWIRE_PROJECT_ID."),
        (["SIGNALWIRE_API_TOKEN"], "no token set. Pass --token-file, or set SIGNALWIRE_API_TOKEN."),
        (["SIGNALWIRE_SPACE"], "no host set. Pass --host, or set SIGNALWIRE_SPACE."),
        (
            ["SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN", "SIGNALWIRE_SPACE"],
            (
                "no project, token or host set. Pass --project, --token-file and --host, "
                "or set SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN and SIGNALWIRE_SPACE."
            ),
        ),
    ],
)
def test_missing_settings_are_named_all_at_once_with_their_options(
    run_main: RunMain, command: list[str], variables: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in variables:
        monkeypatch.delenv(variable)
    code, output, errors = run_main(*command)
    assert (code, output) == (2, "")
    assert errors == f"signalwire-streams: {problem} {TRY_THE_MOCK}\n"


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (InputError("url", "must start with wss://."), "URL must start with wss://."),
        (InputError("status_callback", "must use parameters=."), "--status-callback must use parameters=."),
        (InputError("url", "must not be x.", instead="parameters"), "URL must not be x. Use --param instead."),
        (
            InputError("parameters", "must not be x.", instead="authorization_bearer_token"),
            "--param must not be x. Use --bearer-token-env instead.",
        ),
        (SettingsError("the argument project must not be x."), "the argument project must not be x."),
    ],
)
def test_an_error_of_the_client_names_options_and_is_otherwise_unchanged(
    run_main: RunMain, error: StreamsError, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(StreamsClient, "stop_stream", fail)
    assert run_main("stop", "CA1", "n") == (2, "", f"signalwire-streams: {problem}\n")


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
        (["start", "CA1", URL] + ["--param", "a=n0value"] * 100, "--param "),
        (["start", "CA1", URL, "--track", "inbound"], "argument --track: invalid choice: 'inbound'"),
        (["start", "CA1", "ws://stream.example.com"], "URL must start with wss://. SignalWire rejects ws:// because the audio would be unencrypted. To test locally, run: signalwire-streams mock --route wss://HOST=ws://127.0.0.1:PORT\n"),
        (["start", "CA1", f"{URL}?a=n0value"], "URL "),
        (["start", "CA1", "wss://a:n0value@h/"], "URL "),
        (["start", "CA/1", URL], "CALL_SID "),
        (["start", "CA1", URL, "--name", ""], "--name "),
        (["start", "CA1", URL, "--status-callback", "ftp://h"], "--status-callback "),
        (["start", "CA1", URL, "--bearer-token-env", "NOT_SET"], "--bearer-token-env names the environment variable 'NOT_SET', which is empty or not set."),
        (["start", "CA1", URL, "--bearer-token-env", "SPACED"], "--bearer-token-env "),
        (["start", "CA1", URL, "--timeout", "0"], "argument --timeout: expected a number of seconds above zero"),
        (["start", "CA1", URL, "--timeout", "nan"], "argument --timeout: expected a number of seconds above zero"),
        (["start", "CA1", URL, "--hol"], "unknown options: --hol"),
        (["start", "CA1", URL, "n0value"], "too many arguments: 1 unexpected"),
        (["start", "CA1", URL, "--api-token=n0value"], "unknown options: --api-token (see"),
        (["start", "CA1", URL, "-pn0value"], "unknown options: -p (see"),
        (["start", "CA1", URL, "--token", "n0value"], "argument --token: is not accepted, because all users of this machine can see command lines."),
        (["stop", "CA1", "s", "--token=n0value"], "argument --token: is not accepted, because all users of this machine can see command lines."),
        (["stop", "CA1", "s", "--token-file", "/nowhere/at-all"], "--token-file '/nowhere/at-all' cannot be read: No such file"),
        (["stop", "CA1", "s", "--token-file", "/dev/null"], "--token-file '/dev/null' is empty."),
        (["stop", "CA1", "s", "--host", "http://example.com"], "host "),
        (["stop", "CA1", ".."], "SID_OR_NAME "),
        (["stop", "CA1"], "the following arguments are required: SID_OR_NAME"),
    ],
)  # fmt: skip
def test_wrong_usage_prints_one_line_without_values_and_sends_nothing(
    mock: MockServer, run_main: RunMain, arguments: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACED", "n0value n0value")
    code, output, errors = run_main(*arguments)
    assert (code, output) == (2, "")
    assert_one_line(errors)
    assert errors.startswith(f"signalwire-streams: {problem}")
    assert "n0value" not in errors
    assert not mock.requests


@pytest.mark.parametrize(
    ("url", "option"), [(f"{URL}?a=n0value", "--param"), ("wss://a:n0value@h/", "--bearer-token-env")]
)
def test_a_url_that_carries_too_much_names_the_option_to_use_instead(run_main: RunMain, url: str, option: str) -> None:
    _, _, errors = run_main("start", "CA1", url)
    assert errors.endswith(f" Use {option} instead.\n")


def test_a_token_file_that_is_not_text_is_reported_and_not_shown(mock: MockServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"c4nary\xff")
    done = run("stop", "CA1", "n", "--token-file", str(file), env=environment_of(mock))
    assert done.returncode == 2
    assert done.stderr == f"signalwire-streams: --token-file '{file}' must be UTF-8 text.\n"


def test_an_error_of_the_service_is_printed_with_its_reason(mock: MockServer) -> None:
    mock.end_call("CA1")
    done = run("start", "CA1", URL, env=environment_of(mock))
    assert (done.returncode, done.stdout) == (1, "")
    assert_one_line(done.stderr)
    assert "HTTP 422, code 21220" in done.stderr
    done = run("stop", "CA1", "no-such", env=environment_of(mock))
    assert done.returncode == 1
    assert "HTTP 404, code 20404" in done.stderr


@pytest.mark.parametrize(
    "fault", ["ok", "status_401", "status_422", "close_after_reading", "html_with_200", "say_nothing"]
)
def test_no_secret_is_ever_printed(server: FaultyServer, fault: str) -> None:
    server.does(fault, fault)
    secrets = ["--param", f"Password={CANARY}-parameter", "--bearer-token-env", "AGENT"]
    env = environment(server.url, f"{CANARY}-token") | {"AGENT": f"{CANARY}-bearer"}
    for arguments in (["start", "CA1", URL, *secrets, "--timeout", "0.5"], ["stop", "CA1", "s", "--timeout", "0.5"]):
        done = run(*arguments, env=env)
        assert CANARY not in done.stdout + done.stderr
        assert done.returncode in {0, 1, 3}


@pytest.mark.parametrize("command", ["start", "stop"])
def test_help_shows_examples_settings_and_exit_codes(command: str) -> None:
    done = run(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"\n  signalwire-streams {command} CA123 " in done.stdout
    for text in ("SIGNALWIRE_API_TOKEN", "exit codes:\n  0  ", "\n  1  ", "\n  2  ", "\n  130  "):
        assert text in done.stdout
    assert "--token " not in done.stdout
    assert "\x1b" not in done.stdout


def test_each_example_of_the_help_works(mock: MockServer) -> None:
    wide = os.environ | {"COLUMNS": "200"}
    examples = re.findall(r"^  (signalwire-streams .*)$", run("start", "--help", env=wide).stdout, re.MULTILINE)
    assert len(examples) == 2
    assert run(*examples[0].split()[1:], env=environment_of(mock)).returncode == 0
    process = spawn(*examples[1].split()[1:], env=environment_of(mock))
    assert process.stdout
    process.stdout.readline()
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0
    (example,) = re.findall(r"^  (signalwire-streams .*)$", run("stop", "--help").stdout, re.MULTILINE)
    assert run(*example.split()[1:], env=environment_of(mock)).returncode == 0
    assert [stream.status for stream in mock.streams] == ["stopped", "stopped"]


def help_of_start(run_main: RunMain, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "1000")
    return re.sub(r"\s+", " ", run_main("start", "--help")[1])


def test_help_explains_every_field_with_its_default(run_main: RunMain, monkeypatch: pytest.MonkeyPatch) -> None:
    help_text = help_of_start(run_main, monkeypatch)
    for line in (
        "--name NAME name for the stream, unique within its call or conference (default: random)",
        "--track {inbound_track,outbound_track,both_tracks} side of the call to stream (default: both_tracks)",
        "--status-callback-method {GET,POST} HTTP method of the requests to --status-callback (default: POST)",
        "--bearer-token-env VARIABLE environment variable with a token in visible ASCII, sent to your WebSocket server",
    ):
        assert f" {line}" in help_text
    for field in FIELDS["start_stream"]:
        if field.keyword != "url":
            assert f" {option_of(field.keyword)} " in help_text
    assert "`" not in help_text


def test_a_field_that_is_true_or_false_has_an_option_for_each(
    run_main: RunMain, monkeypatch: pytest.MonkeyPatch
) -> None:
    yes_or_no = next(field for field in FIELDS["start_conference_stream"] if field.type == "bool")
    field = yes_or_no._replace(keyword="is_sent", summary="whether 100% of `track` is sent", default="true")
    monkeypatch.setattr("signalwire_streams.cli._start._FIELDS", [*_FIELDS, field])
    help_text = help_of_start(run_main, monkeypatch)
    assert " --is-sent, --no-is-sent whether 100% of --track is sent (default: true) " in help_text


def test_streams_of_the_command_and_of_python_can_be_stopped_by_either(mock: MockServer) -> None:
    run("start", "CA1", URL, "--name", "from the shell", env=environment_of(mock))
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        assert client.stop_stream("CA1", "from the shell").status == "stopped"
        client.start_stream("CA1", URL, name="from Python")
    assert run("stop", "CA1", "from Python", env=environment_of(mock)).returncode == 0


def test_an_interrupt_after_the_stream_is_printed_is_ignored(
    run_main: RunMain, mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = StreamsClient.close

    def interrupt_and_close(client: StreamsClient) -> None:
        signal.raise_signal(signal.SIGINT)
        close(client)

    monkeypatch.setattr(StreamsClient, "close", interrupt_and_close)
    before = signal.getsignal(signal.SIGINT)
    code, output, errors = run_main("start", "CA1", URL, "--json", "--name", "n")
    assert (code, json.loads(output)["sid"], errors) == (0, mock.streams[0].sid, "")
    assert mock.streams[0].status == "in-progress"
    assert run_main("stop", "CA1", "n")[::2] == (0, "")
    assert signal.getsignal(signal.SIGINT) is before
