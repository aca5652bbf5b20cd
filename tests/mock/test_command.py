"""`signalwire-streams mock`, as a process of its own."""

import base64
import re
import signal
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from signalwire_streams import AuthenticationError, NotFoundError, StreamsClient
from signalwire_streams.mock import DEFAULT_PROJECT, DEFAULT_TOKEN, MockServer
from support.sockets import listening, taking_callbacks

COMMAND = Path(sys.executable).with_name("signalwire-streams")
URL = "wss://stream.example.com/audio"


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [str(COMMAND), "mock", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        first_line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first_line)
        assert found, first_line
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=30, check=False)


def test_the_first_line_contains_a_url_that_a_client_can_use() -> None:
    with running() as (_, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        assert client.start_stream("CA1", URL).status == "queued"


def test_project_and_token_can_be_set_and_the_token_is_not_printed() -> None:
    with running("--project", "P", "--token", "hunter2") as (process, url):
        with StreamsClient("P", "hunter2", url) as client:
            client.start_stream("CA1", URL, authorization_bearer_token="hunter2", parameters={"n": "hunter2"})
        with StreamsClient("P", "wrong", url) as client, pytest.raises(AuthenticationError):
            client.start_stream("CA1", URL)
        process.terminate()
        assert process.stdout
        assert process.stderr
        output, errors = (
            process.stdout.read(),
            process.stderr.read(),
        )  # communicate() misses what readline() has buffered
    assert "SIGNALWIRE_API_TOKEN=(as given)" in output
    assert "POST /api/laml/2010-04-01/Accounts/P/Calls/CA1/Streams 200" in output
    assert "401 Authentication failed." in output
    assert "hunter2" not in output + errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_command_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    with running() as (process, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        client.start_stream("CA1", URL)
        process.send_signal(number)  # while a connection is still open
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


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
            lines = iter(process.stdout or [])
            shown = next(line for line in lines if line.startswith("  signing key"))
            assert next(line for line in lines if line.endswith("stopped\n")) == f"stream {stream.sid} stopped\n"
            assert shown == "  signing key: (as given)\n"
            heard = listener.the_one()
    assert len(heard.media("inbound")) == len(heard.media("outbound")) == 50
    assert {piece["payload"] for piece in heard.media("outbound")} == {base64.b64encode(b"\xff" * 160).decode()}


def test_a_start_can_be_delayed() -> None:
    with running("--start-delay", "0.2") as (_, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        before = time.monotonic()
        client.start_stream("CA1", URL)
        assert time.monotonic() - before >= 0.2


def test_a_failed_stream_is_printed_with_its_reason() -> None:
    with running() as (process, url), StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        client.start_stream("CA1", "wss://127.0.0.1:1/")
        line = next(line for line in process.stdout or [] if " stopped " in line)
    assert line.endswith(" stopped connection_refused: Nothing is listening on 127.0.0.1:1.\n")


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
            line = next(line for line in process.stdout or [] if " stopped " in line).rstrip("\n")
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
