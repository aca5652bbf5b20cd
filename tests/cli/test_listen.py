"""`signalwire-streams listen` in a process of its own, with a mock that streams to it."""

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import soundfile
from signalwire_streams import StreamsClient
from signalwire_streams.cli.listen._events import Event, StreamReporter
from signalwire_streams.cli.listen._wav import WavFiles
from signalwire_streams.mock import Audio, MockServer
from signalwire_streams.receiver import ReceivedStream
from support import messages
from websockets.client import ClientProtocol
from websockets.exceptions import WebSocketException
from websockets.protocol import State
from websockets.sync.client import connect
from websockets.uri import parse_uri

COMMAND = Path(sys.executable).with_name("signalwire-streams")
URL = "wss://agent.example.com/"
SID = "b3877c40-da60-4998-90ad-b792e98472ca"
SHORT = {"inbound": Audio.tone(1000, seconds=0.5), "outbound": Audio.silence()}


class ListenProcess:
    """A running `listen`, its URL and its output."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        self.process = process
        self.first_line = process.stdout.readline()
        found = re.search(r"wss?://[^\s\"]+:\d+", self.first_line)
        assert found, (self.first_line, process.stderr and process.stderr.read())
        self.url = found[0]

    def until(self, text: str) -> str:
        """Return the next line that contains the text."""
        assert self.process.stdout
        return next(line for line in self.process.stdout if text in line)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[str, str, int]:
        """Send a signal, and return the remaining output, the errors and the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[str, str, int]:
        """Return the remaining output, the errors and the exit code."""
        assert self.process.stdout
        assert self.process.stderr
        output, errors = self.process.stdout.read(), self.process.stderr.read()
        return output, errors, self.process.wait(30)


@contextmanager
def listening(*options: str, **settings: Any) -> Iterator[ListenProcess]:
    process = subprocess.Popen(
        [COMMAND, "listen", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings
    )
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        yield ListenProcess(process)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def run(*options: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "listen", *options], capture_output=True, text=True, timeout=60, check=False, **settings
    )


@contextmanager
def mocking(listener: ListenProcess, **options: Any) -> Iterator[tuple[MockServer, StreamsClient]]:
    routes = {URL.removesuffix("/"): listener.url}
    with MockServer(routes=routes, **options) as mock:
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            yield mock, client


def frames(count: int, payload: bytes = b"\xff" * 160) -> list[str]:
    """Return the first messages of a stream, with `count` frames of its inbound track."""
    audio = [messages.media(n + 1, payload, chunk=n, timestamp=20 * (n - 1)) for n in range(1, count + 1)]
    return [messages.connected(), messages.start(), *audio]


def test_each_event_is_a_line_and_the_first_line_holds_the_url() -> None:
    with listening(env=os.environ | {"FORCE_COLOR": "1"}) as listener, mocking(listener) as (mock, client):
        assert listener.first_line == f"Listening on {listener.url}\n"
        assert f"signalwire-streams mock --route {URL[:-1]}={listener.url}\n" in listener.until("mock --route")
        assert f"signalwire-streams start any-call {URL[:-1]}\n" in listener.until("start any-call")
        assert "TLS tunnel to port " + listener.url.rpartition(":")[2] in listener.until("a real call")
        stream = client.start_stream("CA1", URL, parameters={"FirstName": "Jane"})
        assert listener.until("started") == (
            f"stream {stream.sid}: started on call CA1; inbound and outbound audio; audio/x-mulaw at 8000 Hz; "
            "parameters FirstName=Jane\n"
        )
        mock.wait_for(stream, "in-progress")
        mock.press(stream, "5")
        assert listener.until("key") == f"stream {stream.sid}: key 5\n"
        client.stop_stream("CA1", stream.sid)
        ended = listener.until("stopped")
        levels = r"inbound \d\.\d\d s \((?:-\d+\.\d dBFS|silent)\), outbound \d\.\d\d s \(-9\.0 dBFS\)"
        assert re.fullmatch(f"stream {stream.sid}: stopped; {levels}\n", ended)
        assert listener.stop() == ("", "", 0)


def test_json_prints_one_object_for_each_event(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with listening("--json", "--once", "--wav", str(folder)) as listener:
        with mocking(listener, audio=SHORT, realtime=False) as (mock, client):
            stream = client.start_stream("CA1", URL, parameters={"☎": "\x1b"})
            mock.wait_for(stream, "closed")
        output, errors, code = listener.wait()
    assert (errors, code) == ("", 0)
    assert output.isascii()
    events = [json.loads(line) for line in [listener.first_line, *output.splitlines()]]
    listens, start, end = (event for event in events if event["event"] != "levels")
    assert {event.pop("time")[-6:] for event in (listens, start, end)} == {"+00:00"}
    assert listens == {"event": "listening", "url": listener.url}
    assert start == {
        "event": "start",
        "stream_sid": stream.sid,
        "call_sid": "CA1",
        "account_sid": mock.project,
        "tracks": ["inbound", "outbound"],
        "encoding": "audio/x-mulaw",
        "sample_rate": 8000,
        "parameters": {"☎": "\x1b"},
    }
    assert -9.2 < end["mean_dbfs"]["inbound"] < -8.9
    assert -6.2 < end["peak_dbfs"]["inbound"] < -5.7
    assert end == {
        "event": "end",
        "stream_sid": stream.sid,
        "state": "stopped",
        "close_code": 1000,
        "seconds": {"inbound": 0.5, "outbound": 0.5},
        "mean_dbfs": {"inbound": end["mean_dbfs"]["inbound"], "outbound": None},
        "peak_dbfs": {"inbound": end["peak_dbfs"]["inbound"], "outbound": None},
        "irregularities": {},
        "bad_messages": 0,
        "wav": str(folder / f"CA1_{stream.sid}.wav"),
    }
    samples, rate = soundfile.read(end["wav"])
    assert (samples.shape, rate) == ((4000, 2), 8000)
    assert (abs(samples[:, 0]).max() > 0.4, abs(samples[:, 1]).max()) == (True, 0)


def test_json_has_the_levels_once_a_second() -> None:
    audio = {"inbound": Audio.tone(1000), "outbound": Audio.silence()}
    with listening("--json") as listener, mocking(listener, audio=audio) as (_, client):
        stream = client.start_stream("CA1", URL)
        first, second = (json.loads(listener.until('"levels"')) for _ in range(2))
        output, errors, code = listener.stop()
    assert first == {
        "event": "levels",
        "time": first["time"],
        "stream_sid": stream.sid,
        "seconds": first["seconds"],
        "recent_dbfs": {"inbound": first["recent_dbfs"]["inbound"], "outbound": None},
    }
    assert -9.2 < first["recent_dbfs"]["inbound"] < -8.9
    assert first["seconds"].keys() == {"inbound", "outbound"}
    moments = [datetime.fromisoformat(event["time"]) for event in (first, second)]
    assert moments[1] - moments[0] >= timedelta(seconds=0.99)
    end = json.loads(output.splitlines()[-1])
    assert (end["event"], end["state"], errors, code) == ("end", "interrupted", "", 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_a_stream_leaves_a_valid_wav_file(tmp_path: Path, number: signal.Signals) -> None:
    with listening("--wav", str(tmp_path)) as listener, connect(listener.url, proxy=None) as connection:
        for text in [*frames(25), messages.dtmf("1")]:
            connection.send(text)
        listener.until("key 1")
        output, errors, code = listener.stop(number)
    assert (
        output
        == f"stream ST1: ended because listen stopped; inbound 0.50 s (silent), outbound 0.00 s (silent); written to {tmp_path}/CA1_ST1.wav\n"
    )
    assert (errors, code) == ("", 0)
    assert soundfile.info(tmp_path / "CA1_ST1.wav").frames == 4000


class DeafSender:
    """A sender of a stream that never reads, so that it does not answer the closing of its WebSocket."""

    def __init__(self, url: str) -> None:
        self._protocol = ClientProtocol(parse_uri(url))
        self.socket = socket.create_connection(("127.0.0.1", urlsplit(url).port or 0))
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        while self._protocol.state is not State.OPEN:
            self._protocol.receive_data(self.socket.recv(10_000))

    def send(self, text: str) -> None:
        self._protocol.send_text(text.encode())
        self._flush()

    def _flush(self) -> None:
        self.socket.sendall(b"".join(self._protocol.data_to_send()))


def test_a_second_ctrl_c_exits_at_once_and_names_the_streams(tmp_path: Path) -> None:
    with listening("--wav", str(tmp_path)) as listener:
        sender = DeafSender(listener.url)
        with sender.socket:
            # Without a reader of its output and an answer to its closing, it takes three seconds to stop.
            for text in [*frames(1), *[messages.dtmf("1" * 100)] * 3000]:
                sender.send(text)
            listener.until("key 1")
            exit_code = None
            while exit_code is None:
                listener.process.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    exit_code = listener.process.wait(0.4)
        assert listener.process.stderr
        assert exit_code == 130
        assert listener.process.stderr.read() == (
            "signalwire-streams: interrupted again, so it exits at once. "
            "These may still be running, and their WAV files may lack the end: stream ST1.\n"
        )


@pytest.mark.parametrize(("stop", "code"), [(True, 0), (False, 1)])
def test_once_exits_with_1_if_the_stream_was_lost(stop: bool, code: int) -> None:
    with listening("--once") as listener:
        with connect(listener.url, proxy=None):
            pass  # no stream
        with connect(listener.url, proxy=None) as connection:
            for text in [*frames(1), *([messages.stop(3)] if stop else [])]:
                connection.send(text)
        output, errors, exit_code = listener.wait()
    assert "stream ST1: stopped;" in output or not stop
    assert (errors, exit_code) == ("", code)


def test_once_exits_with_130_if_interrupted_before_a_stream_ended() -> None:
    with listening("--once") as listener:
        assert listener.stop(signal.SIGINT)[1:] == ("", 130)
    with listening("--once") as listener, connect(listener.url, proxy=None) as connection:
        for text in frames(1):
            connection.send(text)
        listener.until("started")
        output, errors, code = listener.stop(signal.SIGINT)
        assert output.startswith("stream ST1: ended because listen stopped; ")
        assert (errors, code) == ("", 130)


def test_streams_with_the_same_sid_get_separate_files_and_existing_files_are_kept(tmp_path: Path) -> None:
    (tmp_path / "CA1_ST1.wav").write_text("mine")
    with listening("--wav", str(tmp_path)) as listener:
        for name in ("CA1_ST1-2.wav", "CA1_ST1-3.wav"):
            with connect(listener.url, proxy=None) as connection:
                for text in [*frames(2), messages.stop(4)]:
                    connection.send(text)
            assert listener.until("stopped").endswith(f"written to {tmp_path}/{name}\n")
    assert (tmp_path / "CA1_ST1.wav").read_text() == "mine"
    assert soundfile.info(tmp_path / "CA1_ST1-3.wav").frames == 320


def test_a_sid_cannot_escape_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "here"
    with listening("--wav", str(folder)) as listener:
        for sid in ("../../out", "/tmp/out", "", "é" * 300):
            with connect(listener.url, proxy=None) as connection:
                connection.send(messages.connected())
                connection.send(messages.start(callSid=sid, streamSid=sid))
                connection.send(messages.stop(2))
            listener.until("written to")
    names = ["___.wav", "_out__out.wav", "_tmp_out__tmp_out.wav", "stream.wav"]
    assert sorted(file.name for file in folder.iterdir()) == names
    assert [file.name for file in tmp_path.iterdir()] == ["in"]


def test_a_sid_cannot_look_like_an_option_or_a_windows_device(tmp_path: Path) -> None:
    with listening("--wav", str(tmp_path)) as listener:
        for sid in ("-rf", "CON", "com1", "nul", "LPT9", "CONSOLE"):
            with connect(listener.url, proxy=None) as connection:
                for text in [messages.connected(), messages.start(callSid="", streamSid=sid), messages.stop(2)]:
                    connection.send(text)
            listener.until("written to")
    names = ["CONSOLE.wav", "_-rf.wav", "_CON.wav", "_LPT9.wav", "_com1.wav", "_nul.wav"]
    assert sorted(file.name for file in tmp_path.iterdir()) == names


def test_a_free_file_name_is_found_with_few_looks_at_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = WavFiles(tmp_path, file_limit=1, total_limit=10_000)
    looks = 0

    def counted(function: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal looks
            looks += 1
            return function(*args, **options)

        return call

    monkeypatch.setattr(os.path, "lexists", counted(os.path.lexists))
    monkeypatch.setattr(Path, "open", counted(Path.open))
    for number in range(1, 1001):
        stream = ReceivedStream("/", {})
        assert files.write(stream, stream.feed(messages.start())) is None
        path, problem = files.close(stream)
        assert (path, problem) == (str(tmp_path / ("CA1_ST1.wav" if number == 1 else f"CA1_ST1-{number}.wav")), None)
    assert looks < 1000 * 25  # not 500,000


def seconds_of_audio(*numbers: int) -> Iterator[str]:
    for number in numbers:
        yield messages.media(number + 1, b"\xff" * 8000, chunk=number, timestamp=1000 * (number - 1))


def test_a_wav_file_ends_at_its_limit_and_the_stream_goes_on(tmp_path: Path) -> None:
    with listening("--wav", str(tmp_path), "--wav-file-limit", "1") as listener:
        with connect(listener.url, proxy=None) as connection:
            for text in [*frames(0), *seconds_of_audio(*range(1, 41)), messages.dtmf("1"), messages.stop(42)]:
                connection.send(text)
        full = f"stream ST1: the WAV file '{tmp_path}/CA1_ST1.wav' ends here: 1 MB, see --wav-file-limit.\n"
        assert listener.until("ends here") == full
        listener.until("key 1")
        end = f"inbound 40.00 s (silent), outbound 0.00 s (silent); written to {tmp_path}/CA1_ST1.wav\n"
        assert listener.until("stopped").endswith(end)
        assert listener.stop() == ("", "", 1)
    assert soundfile.info(tmp_path / "CA1_ST1.wav").frames == 31 * 8000
    assert (tmp_path / "CA1_ST1.wav").stat().st_size == 44 + 31 * 8000 * 4


def test_all_wav_files_together_have_a_limit(tmp_path: Path) -> None:
    with listening("--wav", str(tmp_path), "--wav-total-limit", "1") as listener:
        for sid, problem in [
            ("ST1", None),
            (
                "ST2",
                f"the WAV file '{tmp_path}/CA1_ST2.wav' ends here: all files together have 1 MB, see --wav-total-limit.",
            ),
            ("ST3", "not written to a WAV file: the files have 1 MB, see --wav-total-limit."),
        ]:
            with connect(listener.url, proxy=None) as connection:
                seconds = seconds_of_audio(*range(1, 21))
                for text in [messages.connected(), messages.start(streamSid=sid, tracks=["inbound"]), *seconds]:
                    connection.send(text)
                for number in range(21, 60):
                    if sid == "ST2":
                        connection.send(next(seconds_of_audio(number)))
                connection.send(messages.stop(99))
            if problem:
                assert listener.until("WAV") == f"stream {sid}: {problem}\n"
            assert (f"written to {tmp_path}/CA1_{sid}.wav" in listener.until("stopped")) == (sid != "ST3")
        assert listener.stop() == ("", "", 1)
    sizes = [file.stat().st_size for file in sorted(tmp_path.iterdir())]
    assert (sizes[0], len(sizes)) == (44 + 20 * 8000 * 2, 2)
    assert 900_000 < sum(sizes) <= 1_000_000


def test_received_text_is_escaped_for_the_terminal() -> None:
    evil = "\x1b]0;title\x07\n\x9b31m\u202e"
    with listening() as listener:
        with connect(listener.url, proxy=None) as connection:
            connection.send(messages.connected())
            encoding = {"encoding": evil, "sampleRate": 8000, "channels": 1}
            connection.send(
                messages.start(streamSid=evil, callSid=evil, customParameters={evil: evil}, mediaFormat=encoding)
            )
            connection.send(messages.dtmf(evil))
            connection.send(json.dumps({"event": "mark", "mark": {"name": evil}}))
            connection.send(json.dumps({"event": "start", "start": {"customParameters": {evil: 1}}}))
        listener.until("Ctrl-C")
        output, errors, code = listener.stop()
    assert len(output.splitlines()) == 5
    assert all(char.isprintable() for line in output.splitlines() for char in line)
    assert (errors, code) == ("", 0)


def test_ten_problems_of_a_stream_are_shown_and_the_rest_counted() -> None:
    with listening() as listener:
        with connect(listener.url, proxy=None) as connection:
            for text in [*frames(1), *["no JSON"] * 30, messages.media(40, b"\xff" * 160, chunk=9, timestamp=0)]:
                connection.send(text)
        listener.until("started")
        problems = []
        while "lost" not in (line := listener.until("stream ST1")):
            problems.append(line)
        assert problems == ["stream ST1: invalid message: message is not JSON: Expecting value at character 0.\n"] * 10
        assert "irregularities: 2 gap; invalid messages: 30" in line
        assert listener.stop()[1:] == ("", 0)


def test_problems_are_counted_for_each_connection_even_without_a_start() -> None:
    events: list[Event] = []
    reporter = StreamReporter(events.append, None, on_stream_end=lambda: None)
    for connections in range(1, 51):
        stream = ReceivedStream("/", {})  # takes the memory of the one before, which is gone
        for _ in range(12):
            reporter.on_problem(stream, "invalid message")
        assert len(events) == 10 * connections


def test_a_stream_with_an_unknown_encoding_is_reported_and_not_written(tmp_path: Path) -> None:
    opus = {"encoding": "audio/opus", "sampleRate": 48000, "channels": 1}
    with listening("--wav", str(tmp_path)) as listener:
        with connect(listener.url, proxy=None) as connection:
            connection.send(messages.connected())
            connection.send(messages.start(mediaFormat=opus))
            connection.send(messages.media(2, b"x", chunk=1, timestamp=0))
        assert "cannot write a WAV file: encoding " in listener.until("WAV")
        assert listener.until("lost").endswith("outbound 0.00 s (silent)\n")
        assert listener.stop() == ("", "", 1)


def test_a_wav_file_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with listening("--wav", str(folder)) as listener:
        folder.rmdir()
        folder.write_text("a file in place of the folder")
        with connect(listener.url, proxy=None) as connection:
            for text in [*frames(2), messages.stop(4)]:
                connection.send(text)
        assert f"cannot write the WAV file '{folder}': File exists." in listener.until("WAV")
        assert listener.stop()[2] == 1


def test_a_bearer_token_is_required_and_never_shown() -> None:
    with listening("--bearer-token-env", "AGENT", env=os.environ | {"AGENT": "c4nary-s3cret"}) as listener:
        assert listener.until("start any-call").endswith(f"{URL[:-1]} --bearer-token-env AGENT\n")
        with mocking(listener, audio=SHORT, realtime=False) as (mock, client):
            refused = client.start_stream("CA1", URL, authorization_bearer_token="c4nary-s3cre")
            assert mock.wait_for(refused, "closed").error == "connection_refused"
            taken = client.start_stream("CA1", URL, authorization_bearer_token="c4nary-s3cret")
            assert mock.wait_for(taken, "closed").error is None
        assert listener.until("refused") == "connection refused: missing or wrong bearer token.\n"
        assert f"stream {taken.sid}: stopped" in listener.until("stopped")
        output, errors, code = listener.stop()
    assert (errors, code) == ("", 0)
    assert "c4nary" not in output


def test_with_a_certificate_it_listens_on_wss(tmp_path: Path) -> None:
    with MockServer(audio=SHORT, realtime=False) as mock, StreamsClient(mock.project, mock.token, mock.url) as client:
        certificate, key = mock.certificate_files(tmp_path, "127.0.0.1")
        with listening("--certificate", str(certificate), "--key", str(key)) as listener:
            assert listener.url.startswith("wss://127.0.0.1:")
            stream = client.start_stream("CA1", listener.url)
            assert mock.wait_for(stream, "closed").error is None
            assert f"stream {stream.sid}: stopped" in listener.until("stopped")


def test_listening_beyond_loopback_prints_a_warning() -> None:
    with listening("--host", "0.0.0.0") as listener:
        port = listener.url.rpartition(":")[2]
        assert f"={'ws://127.0.0.1:' + port}\n" in listener.until("mock --route")
        with connect(f"ws://127.0.0.1:{port}", proxy=None) as connection:
            connection.send(messages.connected())
            connection.send(messages.start())
        _, errors, _ = listener.stop()
    warning = "listening on 0.0.0.0: anyone who can reach this machine can send streams, unencrypted."
    assert errors == f"signalwire-streams: {warning}\n"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--port", "99999"], "is not a port"),
        (["--key", "key.pem"], "--key needs --certificate."),
        (["--certificate", "missing.pem"], "--certificate or --key cannot be read: No such file or directory."),
        (["--certificate", __file__], "--certificate or --key is invalid: "),
        (
            ["--bearer-token-env", "NOT_SET"],
            "--bearer-token-env names the environment variable 'NOT_SET', which is empty or not set.",
        ),
        (["--wav-file-limit", "0"], "expected a whole number of megabytes, 1 or more"),
        (["--wav", __file__], "--wav folder cannot be created: File exists."),
    ],
)
def test_invalid_options_print_one_line(options: list[str], problem: str) -> None:
    done = run(*options)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"signalwire-streams: [^\n]+\n", done.stderr)
    assert problem in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_an_address_it_cannot_listen_on_is_reported(host: str, mock: MockServer) -> None:
    done = run("--host", host, "--port", mock.url.rpartition(":")[2])
    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(rf"signalwire-streams: cannot listen on {re.escape(host)}, port \d+: .+\n", done.stderr)


@pytest.mark.parametrize("missing", ["websockets", "rich"])
def test_without_the_extra_it_names_the_package_to_install(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from signalwire_streams.cli import main; sys.exit(main(['listen']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert re.fullmatch(rf'signalwire-streams: .*{missing}.*pip install "signalwire-streams\[cli\]"\n', done.stderr)


def test_it_exits_if_the_output_cannot_be_written() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([COMMAND, "listen"], stdout=write, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "signalwire-streams: cannot write to standard output: Broken pipe.\n")


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-"])
def test_it_works_with_closed_outputs(closed: str, tmp_path: Path) -> None:
    ports = tmp_path / "port"
    command = ["sh", "-c", f'exec "$0" "$@" {closed}', str(COMMAND), "listen", "--once", "--port"]
    with MockServer() as mock:  # its port is free once it has stopped
        port = mock.url.rpartition(":")[2]
    ports.write_text(port)
    ends = time.monotonic() + 60
    with subprocess.Popen([*command, port]) as process:
        while process.poll() is None:
            if time.monotonic() > ends:
                process.kill()
            try:
                with connect(f"ws://127.0.0.1:{port}", proxy=None) as connection:
                    for text in [*frames(1), messages.stop(3)]:
                        connection.send(text)
            except (OSError, WebSocketException):
                time.sleep(0.01)  # not listening yet, or no longer
    assert process.returncode == 0


def test_it_receives_and_exits_even_if_nobody_reads_its_output(tmp_path: Path) -> None:
    with listening("--wav", str(tmp_path)) as listener, connect(listener.url, proxy=None) as connection:
        for text in [
            *frames(1),
            *[messages.dtmf("1" * 100)] * 3000,
            messages.media(3, b"\xff" * 160, chunk=2, timestamp=20),
        ]:
            connection.send(text)
        connection.ping().wait(30)  # it has read all messages
        listener.process.terminate()
        assert listener.process.wait(30) == 0
    assert soundfile.info(tmp_path / "CA1_ST1.wav").frames == 320


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_events_that_nobody_reads_do_not_fill_the_memory() -> None:
    def peak() -> int:
        status = Path(f"/proc/{listener.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])  # type: ignore[index]

    with listening("--json") as listener, connect(listener.url, proxy=None) as connection:
        for text in frames(1):
            connection.send(text)
        connection.ping().wait(30)
        before = peak()
        for _ in range(100):
            connection.send(messages.dtmf("1" * 900_000))
        connection.ping().wait(60)  # it has read all messages
        assert peak() - before < 60_000
        listener.process.terminate()
        assert listener.process.wait(30) == 0


def test_a_message_that_is_hours_ahead_does_not_fill_the_disk(tmp_path: Path) -> None:
    with listening("--wav", str(tmp_path)) as listener, connect(listener.url, proxy=None) as connection:
        for text in [*frames(1), messages.media(3, b"\xff" * 160, chunk=2, timestamp=3_000_000), messages.stop(4)]:
            connection.send(text)
        connection.ping().wait(30)  # it has read all messages
        listener.process.terminate()
        assert listener.process.wait(30) == 0
    assert soundfile.info(tmp_path / "CA1_ST1.wav").frames == 160


class TerminalProcess:
    """A running `listen` on a terminal of its own."""

    def __init__(self, *options: str, columns: int = 120, **environment: str) -> None:
        self.shown = ""
        self._end, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        env = os.environ | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"} | environment
        env.pop("COLUMNS", None)  # pytest-xdist sets it, and it would hide the width of the terminal
        self.process = subprocess.Popen(
            [COMMAND, "listen", *options], stdin=end, stdout=end, stderr=end, env=env, start_new_session=True
        )
        os.close(end)
        self._watchdog = threading.Timer(60, self.process.kill)
        self._watchdog.start()

    def until(self, pattern: str) -> "re.Match[str]":
        while not (found := re.search(pattern, self.shown)):
            self._read()
        return found

    def wait(self) -> int:
        try:
            while True:
                self._read()
        except OSError:  # the other end is closed
            return self.process.wait(30)

    def close(self) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.wait()
        os.close(self._end)

    def _read(self) -> None:
        self.shown += os.read(self._end, 65536).decode("utf-8", "replace")


@contextmanager
def terminal(*options: str, **settings: Any) -> Iterator[TerminalProcess]:
    on_terminal = TerminalProcess(*options, **settings)
    try:
        yield on_terminal
    finally:
        on_terminal.close()


def feed(connection: Any, payload: bytes, until: threading.Event) -> None:
    """Send audio of both tracks in real time."""
    number = 0
    while not until.wait(0.02):
        number += 1
        for index, track in enumerate(["inbound", "outbound"]):
            sound = payload if track == "inbound" else b"\xff" * 160
            connection.send(
                messages.media(2 * number + index, sound, chunk=number, timestamp=20 * (number - 1), track=track)
            )


@pytest.mark.parametrize(("columns", "full", "empty"), [(120, 27, 3), (80, 18, 2), (60, 9, 1)])
def test_on_a_terminal_each_track_of_a_running_stream_has_a_meter(columns: int, full: int, empty: int) -> None:
    half = b"\x8f\x0f" * 80  # a square wave of 16764, which is -5.8 dBFS
    is_shown = threading.Event()
    with terminal(columns=columns) as screen:
        url = screen.until(r"ws://127\.0\.0\.1:\d+")[0]
        with connect(url, proxy=None) as connection:
            connection.send(messages.connected())
            connection.send(messages.start(streamSid="ST-\x1b[31m-1234567890", callSid=SID))
            feeding = threading.Thread(target=feed, args=(connection, half, is_shown))
            feeding.start()
            try:
                screen.until(
                    rf"stream ST-.*inbound +\x1b\[33m█{{{full}}}\x1b\[0m\x1b\[2;33m·{{{empty}}}\x1b\[0m +-5\.8 dBFS"
                )
                screen.until(rf"call   {SID[:7]}.*outbound +\x1b\[\d;\d+m·{{{full + empty}}}\x1b\[0m +silent")
                screen.until(r"1\.0 s")
            finally:
                is_shown.set()
                feeding.join()
            connection.send(messages.stop(10_000))
        screen.until(r"stopped;\s+inbound\s+\d+\.\d\d\s+s\s+\(-5\.8\s+dBFS\)")
        os.killpg(screen.process.pid, signal.SIGINT)
        assert screen.wait() == 0
    assert screen.shown.count("\x1b[?25l") == screen.shown.count("\x1b[?25h") == 1  # the cursor is back
    assert r"\x1b[31m" in screen.shown
    lines = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", screen.shown).splitlines()
    assert max(map(len, lines)) <= columns
    assert (SID in "".join(line for line in lines if "  outbound  " in line)) == (columns == 120)


def test_a_stream_of_one_track_shows_its_call_below_its_meter() -> None:
    with terminal("--once") as screen:
        with connect(screen.until(r"ws://127\.0\.0\.1:\d+")[0], proxy=None) as connection:
            connection.send(messages.connected())
            connection.send(messages.start(tracks=["inbound"], callSid=SID))
            screen.until(rf"call   {SID}")
            assert re.search("stream ST1 +.*inbound +.*silent", screen.shown)
            connection.send(messages.stop(2))
        assert screen.wait() == 0


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_lines_on_a_terminal_are_broken_between_words(columns: int) -> None:
    with terminal("--once", columns=columns) as screen:
        url = screen.until(r"ws://127\.0\.0\.1:\d+")[0]
        with connect(url, proxy=None) as connection:
            connection.send(messages.connected())
            connection.send(messages.start(callSid=SID, customParameters={"a": "wss://a.example.com/" + "x" * 15}))
            connection.send(messages.stop(2))
        assert screen.wait() == 0
    lines = [re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", line) for line in screen.shown.splitlines()]
    for word in (SID + ";", "a=wss://a.example.com/" + "x" * 15):
        assert any(word in line for line in lines), word
    assert max(len(line) for line in lines if "=ws://" not in line) <= columns
    commands = " ".join(line.strip() for line in lines).replace("\\ ", "")
    assert f"signalwire-streams mock --route {URL[:-1]}={url} " in commands
    assert f"signalwire-streams start any-call {URL[:-1]} " in commands


def test_a_dumb_terminal_gets_plain_lines() -> None:
    with terminal(TERM="dumb") as screen:
        screen.until("Press Ctrl-C to stop")
        screen.process.terminate()
        assert screen.wait() == 0
    assert "\x1b" not in screen.shown


def test_json_is_the_same_on_a_terminal() -> None:
    with terminal("--json") as screen:
        screen.until(r'"url"')
        screen.process.terminate()
        assert screen.wait() == 0
    assert [json.loads(line)["event"] for line in screen.shown.splitlines()] == ["listening"]


def test_meters_are_ascii_if_the_terminal_encoding_is() -> None:
    with terminal("--once", PYTHONIOENCODING="ascii") as screen:
        with connect(screen.until(r"ws://127\.0\.0\.1:\d+")[0], proxy=None) as connection:
            for text in frames(1):
                connection.send(text)
            screen.until(r"inbound.*-{30}")
            connection.send(messages.stop(3))
        assert screen.wait() == 0
    assert screen.shown.isascii()
