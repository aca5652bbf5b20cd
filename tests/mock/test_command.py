"""`signalwire-streams mock`, as a process of its own."""

import base64
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from signalwire_streams import AuthenticationError, NotFoundError, StreamsClient, StreamsError
from signalwire_streams.mock import DEFAULT_PROJECT, DEFAULT_SIGNING_KEY, DEFAULT_TOKEN, MockServer
from support.sockets import listening, taking_callbacks

COMMAND = Path(sys.executable).with_name("signalwire-streams")
URL = "wss://stream.example.com/audio"


@contextmanager
def running(*arguments: str, **settings: Any) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [str(COMMAND), "mock", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings)
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        assert process.stdout
        first_line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first_line)
        assert found, first_line
        yield process, found[0]
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def entry(process: "subprocess.Popen[str]", text: str, details: int = 0) -> list[str]:
    """Return the next entry of the log whose first line contains the text, without its time and the indentation."""
    assert process.stdout
    head = next(line for line in process.stdout if line[:1].isdigit() and text in line)
    assert re.match(r"\d\d:\d\d:\d\d\.\d{3}  \S", head)
    lines = [head, *(process.stdout.readline() for _ in range(details))]
    assert all(line.startswith(" " * 14 if index else head[:14]) for index, line in enumerate(lines))
    return [line[14:].rstrip("\n") for line in lines]


def run(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=30, check=False, **settings)


def test_the_first_line_contains_a_url_that_a_client_can_use() -> None:
    with running() as (_, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        assert client.start_stream("CA1", URL).status == "queued"


def test_project_and_token_can_be_set_and_the_token_is_not_printed() -> None:
    with running("--project", "P", "--token", "hunter2") as (process, url):
        with StreamsClient("P", "hunter2", url) as client:
            parameters = {"key": "hunter2", "bearer": "hunter3", "other": "hunter4"}
            client.start_stream("CA1", URL, authorization_bearer_token="hunter3", parameters=parameters)
        with StreamsClient("P", "wrong", url) as client, pytest.raises(AuthenticationError):
            client.start_stream("CA1", URL)
        process.terminate()
        assert process.stdout
        assert process.stderr
        output, errors = (
            process.stdout.read(),
            process.stderr.read(),
        )  # communicate() misses what readline() has buffered
    assert "  # SIGNALWIRE_API_TOKEN is as given\n" in output
    assert "POST /api/laml/2010-04-01/Accounts/P/Calls/CA1/Streams 200" in output
    assert "  parameters key=[redacted], bearer=[redacted], other=hunter4\n" in output
    assert "401, code 20003, " in output
    assert "  Authentication failed. Use the project P and the API token of the mock." in output
    assert "hunter2" not in output + errors
    assert "hunter3" not in output + errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_command_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    with running() as (process, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        client.start_stream("CA1", URL)
        process.send_signal(number)  # while a connection is still open
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_a_second_ctrl_c_exits_at_once_and_names_the_streams() -> None:
    is_over = threading.Event()

    def do_not_read(*_: object) -> None:
        is_over.wait(30)

    # A receiver that does not read has five seconds to answer the closing of its WebSocket.
    with listening(do_not_read, max_queue=1, close_timeout=0.1) as listener:
        with running("--route", f"wss://agent.example.com={listener.url}", "--fast") as (process, url):
            with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
                stream = client.start_stream("CA1", "wss://agent.example.com/")
                client.start_stream("CA1", URL, name="stopped")
                client.stop_stream("CA1", "stopped")
            listener.wait(1)
            exit_code = None
            while exit_code is None:
                process.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    exit_code = process.wait(0.4)
            is_over.set()
            assert process.stderr
            assert exit_code == 130
            warning = f"These end without a stop message: stream {stream.sid}."
            assert process.stderr.read() == f"signalwire-streams: interrupted again, so it exits at once. {warning}\n"


def test_audio_flows_along_a_route_until_the_file_ends(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(2 * 16000))
    with listening() as listener, taking_callbacks() as sink:
        routes = [f"wss://agent.example.com={listener.url}", f"https://app.example.com={sink.url}"]
        options = ["--fast", "--audio-outbound", str(tmp_path / "a.wav"), "--signing-key", "hunter2"]
        with running(*options, "--route", routes[0], "--route", routes[1]) as (process, url):
            with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
                stream = client.start_stream(
                    "CA1", "wss://agent.example.com/", status_callback="https://app.example.com/"
                )
            assert process.stdout
            assert next(line for line in process.stdout if "SIGNING_KEY" in line) == (
                "  # SIGNALWIRE_SIGNING_KEY is as given\n"
            )
            assert entry(process, " stopped") == [f"stream {stream.sid} stopped"]
            heard = listener.the_one()
    assert len(heard.media("inbound")) == len(heard.media("outbound")) == 50
    assert {piece["payload"] for piece in heard.media("outbound")} == {base64.b64encode(b"\xff" * 160).decode()}


def test_a_start_can_be_delayed() -> None:
    with running("--start-delay", "0.2") as (_, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        before = time.monotonic()
        client.start_stream("CA1", URL)
        assert time.monotonic() - before >= 0.2


def test_the_settings_can_be_pasted_into_a_shell() -> None:
    with running("--project", "it's$HOME") as (process, url):
        assert process.stdout
        lines = [line for line in iter(process.stdout.readline, "Press Ctrl-C to stop.\n") if line.startswith("  ")]
        shell = "".join([*lines, 'echo "$SIGNALWIRE_SIGNING_KEY"\n', 'exec "$0" check --json'])
        done = subprocess.run(["sh", "-c", shell, COMMAND], capture_output=True, text=True, timeout=60, check=True)
    key, checked = done.stdout.splitlines()
    assert (key, done.stderr) == (DEFAULT_SIGNING_KEY, "")
    assert json.loads(checked)["project"] == "it's$HOME"
    assert json.loads(checked)["host"] == url.removeprefix("http://")


def test_the_page_is_named_unless_there_is_none() -> None:
    with running() as (process, url):
        assert process.stdout
        assert process.stdout.readline() == f"Page: {url}/\n"
        assert httpx.get(f"{url}/_mock/health").status_code == 200
    with running("--no-page") as (process, url):
        assert process.stdout
        assert process.stdout.readline() == f"  export SIGNALWIRE_SPACE={url}\n"
        assert httpx.get(f"{url}/_mock/health").status_code == 404


def test_commands_steer_the_mock_of_another_terminal() -> None:
    with listening() as listener, running("--route", f"wss://agent.example.com={listener.url}") as (process, url):
        with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
            client.start_stream("CA1", "wss://agent.example.com/", name="first")
            entry(process, " in-progress")
        environment = os.environ | {"SIGNALWIRE_SPACE": url}
        for arguments in (["press", "first", "5#"], ["hang-up", "CA1"]):
            done = run("mock", *arguments, env=environment)
            assert (done.returncode, done.stderr) == (0, "")
        heard = listener.the_one()
    assert [message["dtmf"]["digit"] for message in heard.of("dtmf")] == ["5", "#"]


def test_the_log_tells_a_stream_its_target_and_its_parameters() -> None:
    with listening() as listener, running("--route", f"wss://agent.example.com={listener.url}") as (process, url):
        with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
            parameters = [("FirstName", "Jane"), ("a", "\x1b[31m")]
            stream = client.start_stream(
                "CA1", "wss://agent.example.com/audio", name="first", track="inbound_track", parameters=parameters
            )
            assert entry(process, " in-progress", 3) == [
                f"stream {stream.sid} in-progress",
                "call CA1, name first, inbound audio",
                f"wss://agent.example.com/audio leads to {listener.url}",
                r"parameters FirstName=Jane, a=\x1b[31m",
            ]
            conference = client.start_conference_stream("CF1", "wss://agent.example.com/")
            assert entry(process, " in-progress", 2) == [
                f"stream {conference.sid} in-progress",
                "conference CF1, inbound and outbound audio",
                f"wss://agent.example.com/ leads to {listener.url}",
            ]


def test_the_log_tells_that_nobody_is_connected_and_which_route_to_add() -> None:
    with running("--route", "wss://agent.example.com=ws://127.0.0.1:1") as (process, url):
        with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
            stream = client.start_stream("CA1", "wss://agnet.example.com/audio")
            nearest = "The nearest route is for wss://agent.example.com."
            assert entry(process, " in-progress", 3) == [
                f"stream {stream.sid} in-progress",
                "call CA1, inbound and outbound audio",
                f"wss://agnet.example.com/audio leads nowhere: nobody is connected. {nearest}",
                "To connect, restart the mock with --route wss://agnet.example.com=ws://127.0.0.1:PORT",
            ]


def test_the_log_tells_each_attempt_of_a_callback() -> None:
    with taking_callbacks(lambda number: 204 if number else 500) as sink, running() as (process, url):
        with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
            target = sink.url.replace("http://", "http://user:hunter2@")
            stream = client.start_stream("CA1", URL, status_callback=f"{target}/events?key=hunter2")
            started = f"callback stream-started of stream {stream.sid}"
            head, facts = entry(process, "callback", 1)
            assert head == f"{started} failed, will be sent again"
            assert re.fullmatch(
                rf"POST {sink.url}/events: attempt 1, 500, \d+ ms\. The response was HTTP status 500\.", facts
            )
            head, facts = entry(process, "callback", 1)
            assert head == f"{started} delivered"
            assert re.fullmatch(rf"POST {sink.url}/events: attempt 2, 204, \d+ ms\.", facts)
            stream = client.start_stream("CA1", URL, status_callback="https://u:hunter2@app.example.com/?key=hunter2")
            assert entry(process, "callback", 2) == [
                f"callback stream-started of stream {stream.sid} not sent",
                "POST https://app.example.com/: The URL is not on this machine and has no route.",
                "To deliver it, restart the mock with --route https://app.example.com=http://127.0.0.1:PORT",
            ]
            client.start_stream("CA1", URL, status_callback="http://127.0.0.1:1/")
            outcomes = [entry(process, "callback", 1) for _ in range(3)]
    assert [head.partition(stream_sid(head))[2] for head, _ in outcomes] == [
        " failed, will be sent again",
        " failed, will be sent again",
        " failed",
    ]
    assert re.fullmatch(
        r"POST http://127\.0\.0\.1:1/: attempt 3, \d+ ms\. There was no response: ConnectError\.", outcomes[-1][1]
    )


def stream_sid(head: str) -> str:
    return re.findall(r"of stream (\S+)", head)[0]


def test_the_log_tells_all_problems_of_a_refused_request_and_what_to_do() -> None:
    with running() as (process, url):
        form = {
            "Url": "ws://agent.example.com/",
            "Track": "inbond_track",
            "Nmae": "hunter2",
            "StatusCallback": "ftp://h",
        }
        path = f"/api/laml/2010-04-01/Accounts/{DEFAULT_PROJECT}/Calls/CA1/Streams"
        assert httpx.post(url + path, data=form, auth=(DEFAULT_PROJECT, DEFAULT_TOKEN)).status_code == 400
        head, *problems = entry(process, "POST", 4)
    assert re.fullmatch(rf"POST {re.escape(path)} 400, code \d+, \d+ ms", head)
    assert sorted(problem.split()[0].strip("'") for problem in problems) == ["Nmae", "StatusCallback", "Track", "Url"]
    by_field = {problem.split()[0].strip("'"): problem for problem in problems}
    assert "--route wss://agent.example.com=ws://127.0.0.1:PORT" in by_field["Url"]
    assert by_field["Track"].endswith(" Use inbound_track instead.")
    assert by_field["Nmae"].endswith(" Use Name instead.")
    assert by_field["StatusCallback"].count("status events.") == 1  # the whole rule, once
    assert " Its fragment can set timeouts" in by_field["StatusCallback"]
    assert "hunter2" not in "".join(problems)


@pytest.mark.parametrize(
    ("environment", "has_colors"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_the_log_has_colors_on_a_terminal_unless_they_are_not_wanted(
    environment: dict[str, str], has_colors: bool
) -> None:
    reader, writer = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | environment
    shown = ""
    with subprocess.Popen([COMMAND, "mock"], env=env, stdout=writer, stderr=writer) as process:
        os.close(writer)
        try:
            while "Ctrl-C" not in shown:
                shown += os.read(reader, 10_000).decode()
            with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, re.findall(r"http://\S+", shown)[0]) as client:
                client.start_stream("CA1", "wss://127.0.0.1:1/")
            while "connection_refused" not in shown:
                shown += os.read(reader, 10_000).decode()
        finally:
            process.kill()
            os.close(reader)
    assert bool(re.search("\x1b\\[31mstream .* stopped connection_refused", shown)) == has_colors
    assert ("\x1b" in shown) == has_colors


def test_a_pipe_gets_no_colors() -> None:
    with running(env=os.environ | {"FORCE_COLOR": "1"}) as (process, url):
        with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
            client.start_stream("CA1", "wss://127.0.0.1:1/")
        assert "\x1b" not in entry(process, "connection_refused")[0]


def test_the_next_requests_can_be_made_to_fail() -> None:
    with running("--fail-next", "503:2", "--fail-next", "422") as (_, url):
        with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url, retry=None) as client:
            statuses = []
            for _ in range(3):
                with pytest.raises(StreamsError) as caught:
                    client.start_stream("CA1", URL)
                statuses.append(getattr(caught.value, "status", None))
            assert statuses == [503, 503, 422]
            client.start_stream("CA1", URL)


def test_only_the_given_calls_and_conferences_are_live() -> None:
    with running("--call", "CA1", "--call", "CA2", "--conference", "CF1") as (_, url):
        with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
            for sid in ("CA1", "CA2"):
                client.start_stream(sid, URL)
            client.start_conference_stream("CF1", URL)
            with pytest.raises(NotFoundError):
                client.start_stream("CA3", URL)
            with pytest.raises(NotFoundError):
                client.start_conference_stream("CF2", URL)


def test_the_encoding_can_be_chosen() -> None:
    with listening() as listener:
        options = ["--encoding", "audio/x-L16", "--sample-rate", "16000"]
        with running("--route", f"wss://agent.example.com={listener.url}", *options) as (process, url):
            with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
                stream = client.start_stream("CA1", "wss://agent.example.com/")
                entry(process, " in-progress")
                client.stop_stream("CA1", stream.sid)
            start = listener.the_one().of("start")[0]["start"]
    assert start["mediaFormat"] == {"encoding": "audio/x-L16", "sampleRate": 16000, "channels": 1}


def test_a_failed_stream_is_printed_with_its_reason() -> None:
    with running() as (process, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        client.start_stream("CA1", "wss://127.0.0.1:1/")
        head, _, target = entry(process, " stopped ", 2)
    assert head.endswith(" stopped connection_refused: Nothing is listening on 127.0.0.1:1.")
    assert target == "wss://127.0.0.1:1/ leads to wss://127.0.0.1:1"


def test_bytes_of_a_receiver_do_not_reach_the_terminal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        route = f"wss://agent.example.com=ws://127.0.0.1:{receiver.getsockname()[1]}"
        with running("--route", route) as (process, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
            client.start_stream("CA1", "wss://agent.example.com/")
            connection, _ = receiver.accept()
            connection.recv(10_000)
            head = b"HTTP/1.1 101 X\r\nUpgrade: %b31m\r\nConnection: Upgrade\r\n\r\n"
            connection.sendall(head % (b"\x9b" * 5000))
            connection.close()
            line = entry(process, " stopped ")[0]
    assert r"invalid Upgrade header: expected protocol at 0 in \x9b\x9b" in line
    assert line.isprintable()
    assert len(line) < 10_000


def test_the_number_of_kept_records_can_be_set() -> None:
    with running("--keep", "1") as (_, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        for name in ("first", "second"):
            client.start_stream("CA1", URL, name=name)
            client.stop_stream("CA1", name)
        assert client.stop_stream("CA1", "second").status == "stopped"
        with pytest.raises(NotFoundError):
            client.stop_stream("CA1", "first")


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("--route=wss://agent.example.com", "expected FROM=TO"),
        ("--route=wss://agent.example.com=ws://example.com", "it is unencrypted and leaves this machine"),
        ("--audio-inbound=missing.wav", "No such file"),
        (f"--audio-inbound={__file__}", "is not a valid PCM WAV file"),
        ("--ca-file=missing.pem", "No such file"),
        ("--keep=0", "expected a whole number, 1 or more"),
        ("--keep=all", "expected a whole number, 1 or more"),
        ("--fail-next=200", "expected STATUS or STATUS:TIMES, as in 503 or 503:2, with 400 to 599"),
        ("--fail-next=503:0", "expected STATUS or STATUS:TIMES"),
        ("--call=", "expected a SID"),
        ("--encoding=audio/x-mulew", "Did you mean 'audio/x-mulaw'?"),
        ("--sample-rate=16000", "'audio/x-mulaw' at 16000 Hz is not supported. Use one of "),
        ("--start-delay=-1", "expected a number of seconds, 0 or more"),
        ("--start-delay=soon", "expected a number of seconds, 0 or more"),
    ],
)
def test_an_invalid_option_is_refused_without_a_traceback(option: str, problem: str) -> None:
    wrong = run("mock", option)
    assert wrong.returncode == 2
    assert problem in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_a_port_can_be_chosen_and_a_taken_port_is_reported() -> None:
    with MockServer() as mock:
        port = mock.url.rpartition(":")[2]
        taken = run("mock", "--port", port)
    assert (taken.returncode, taken.stderr) == (
        1,
        f"signalwire-streams: cannot listen on port {port}: Address already in use\n",
    )
    with running("--port", port) as (_, url):
        assert url.endswith(f":{port}")


@pytest.mark.parametrize("port", ["-1", "65536", "http", "١"])
def test_an_invalid_port_is_refused(port: str) -> None:
    wrong = run("mock", f"--port={port}")
    assert wrong.returncode == 2
    assert "is not a port: expected 0 to 65535" in wrong.stderr


def test_help_and_version_are_printed() -> None:
    assert "run a mock of SignalWire" in run("--help").stdout
    assert "The first line on standard output" in " ".join(run("mock", "--help").stdout.split())
    assert re.fullmatch(r"signalwire-streams \d+\.\d+\.\d+\n", run("--version").stdout)


def test_a_missing_command_is_a_usage_error() -> None:
    wrong = run()
    assert wrong.returncode == 2
    assert "COMMAND" in wrong.stderr


def test_the_command_works_and_ends_when_nobody_reads_its_output() -> None:
    with running() as (process, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        for _ in range(700):  # more lines than a pipe holds
            client.start_stream("CA1", URL)
        process.terminate()
        assert process.wait(10) == 0
