"""`signalwire-streams calls`."""

import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.cli import main
from signalwire_streams.mock import MockServer
from support.canned import CALL, CannedServer

COMMAND = Path(sys.executable).with_name("signalwire-streams")
CANARY = "c4nary-s3cret"
RunMain = Callable[..., tuple[int, str, str]]


def settings_of(mock: MockServer) -> dict[str, str]:
    return {
        "SIGNALWIRE_PROJECT_ID": mock.project,
        "SIGNALWIRE_API_TOKEN": mock.token,
        "SIGNALWIRE_SPACE": mock.url,
    }


@pytest.fixture
def run_main(mock: MockServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunMain:
    """Return a function that runs the command in this process, which is faster."""

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        for name, value in (settings_of(mock) | environment).items():
            monkeypatch.setenv(name, value)
        return (main(["calls", *arguments]), *capsys.readouterr())

    return run


def sids(output: str) -> list[str]:
    return [line.split()[0] for line in output.splitlines()[1:]]


def test_calls_in_progress_are_a_table(mock: MockServer) -> None:
    sid = mock.add_call(from_="+15551230001", to="+15551230002").sid
    mock.add_call("CA2", direction="outbound-api")
    mock.add_call("CA3", status="completed")
    done = subprocess.run(
        [COMMAND, "calls"], env=os.environ | settings_of(mock), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    head, second, first = (re.split("  +", line) for line in done.stdout.splitlines())
    assert head == ["sid", "status", "from", "to", "direction", "start (UTC)"]
    assert first[:5] == [sid, "in-progress", "+15551230001", "+15551230002", "inbound"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", first[5])
    assert second[:5] == ["CA2", "in-progress", "-", "-", "outbound-api"]


@pytest.mark.parametrize(("width", "columns"), [(80, 4), (100, 5), (120, 6)])
def test_a_narrow_terminal_has_fewer_columns_and_whole_sids(mock: MockServer, width: int, columns: int) -> None:
    sid = mock.add_call(from_="+15551230001", to="+15551230002").sid
    reader, writer = pty.openpty()
    environment = os.environ | settings_of(mock) | {"COLUMNS": str(width)}
    subprocess.run([COMMAND, "calls"], env=environment, stdout=writer, timeout=60, check=True)
    os.close(writer)
    with os.fdopen(reader, "rb") as terminal:
        lines = terminal.read1(10_000).decode().splitlines()
    assert [len(re.split("  +", line)) for line in lines] == [columns, columns]
    assert max(map(len, lines)) <= width
    assert lines[1].startswith(f"{sid}  in-progress  +15551230001  +15551230002")


def test_json_has_every_field_of_a_call_on_one_line(run_main: RunMain, mock: MockServer) -> None:
    mock.add_call("CA1", from_="+1", to="☎")
    mock.add_call("CA2", parent_call_sid="CA1")
    code, output, errors = run_main("--json")
    assert (code, errors) == (0, "")
    assert output.isascii()
    second, first = map(json.loads, output.splitlines())
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        call = list(client.list_calls())[1]
    assert list(first) == [field.wire_name for field in call.FIELDS]
    assert (first["sid"], first["from"], first["to"], first["end_time"]) == ("CA1", "+1", "☎", None)
    assert datetime.fromisoformat(first["start_time"]) == call.start_time
    assert second["parent_call_sid"] == "CA1"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ["CA4", "CA1"]),
        ("--status ringing", ["CA2"]),
        ("--status any", ["CA4", "CA3", "CA2", "CA1"]),
        ("--from +1", ["CA1"]),
        ("--status any --from +1", ["CA3", "CA2", "CA1"]),
        ("--to +9", ["CA4"]),
        ("--parent CA1", ["CA4"]),
    ],
)
def test_options_filter_the_calls(run_main: RunMain, mock: MockServer, options: str, expected: list[str]) -> None:
    mock.add_call("CA1", from_="+1")
    mock.add_call("CA2", from_="+1", status="ringing")
    mock.add_call("CA3", from_="+1", status="completed")
    mock.add_call("CA4", from_="+2", to="+9", parent_call_sid="CA1")
    code, output, errors = run_main(*options.split())
    assert (code, sids(output), errors) == (0, expected, "")


def test_more_calls_than_the_limit_are_told(run_main: RunMain, mock: MockServer) -> None:
    for number in range(51):
        mock.add_call(f"CA{number}")
    code, output, errors = run_main()
    assert (code, len(sids(output))) == (0, 50)
    assert errors == "signalwire-streams: there are more calls than these 50. To list more, raise --limit.\n"
    code, output, errors = run_main("--limit", "51")
    assert (code, len(sids(output)), errors) == (0, 51, "")
    assert len(run_main("--limit", "2", "--json")[1].splitlines()) == 2


def test_a_limit_above_a_page_reads_as_many_pages_as_it_takes(run_main: RunMain, mock: MockServer) -> None:
    for number in range(1100):
        mock.add_call(f"CA{number}")
    code, output, errors = run_main("--limit", "2000")
    assert (code, len(set(sids(output))), errors) == (0, 1100, "")
    assert len(mock.requests) == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("", "there are no in-progress calls. To list calls in any state, pass --status any."),
        ("--status any", "there are no calls."),
        ("--status any --from +1 --parent CA1", "there are no calls that match --from and --parent."),
        (
            "--status busy --to +1 --json",
            "there are no busy calls that match --to. To list calls in any state, pass --status any.",
        ),
    ],
)
def test_no_calls_are_told_on_standard_error(run_main: RunMain, options: str, sentence: str) -> None:
    assert run_main(*options.split()) == (0, "", f"signalwire-streams: {sentence}\n")


def test_a_value_that_cannot_be_read_costs_no_other(canned: CannedServer, run_main: RunMain) -> None:
    calls = [CALL | {"sid": sid, "start_time": "soon", "to": "\x1b[31mred"} for sid in ("CA1", "CA2")]
    canned.answer(200, {"calls": calls})
    code, output, errors = run_main(SIGNALWIRE_SPACE=canned.url)
    assert (code, sids(output)) == (0, ["CA1", "CA2"])
    assert output.count("(unreadable)") == 2
    assert r"\x1b[31mred" in output
    assert errors == "signalwire-streams: start_time of the response must be an RFC 2822 date; got 'soon'.\n"
    _, output, _ = run_main("--json", SIGNALWIRE_SPACE=canned.url)
    assert [json.loads(line)["start_time"] for line in output.splitlines()] == [None, None]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_token_that_a_server_repeats_is_not_printed(
    canned: CannedServer, run_main: RunMain, options: list[str]
) -> None:
    canned.answer(200, {"calls": [CALL | {"from": CANARY}]})
    code, output, errors = run_main(*options, SIGNALWIRE_SPACE=canned.url, SIGNALWIRE_API_TOKEN=CANARY)
    assert (code, errors) == (0, "")
    assert "[redacted]" in output
    assert CANARY not in output


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--from", ""], "--from must "),
        (["--parent", ""], "--parent must "),
        (["--limit", "0"], "argument --limit: expected a whole number, 1 or more"),
        (["--limit", "many"], "argument --limit: expected a whole number, 1 or more"),
        (["--status", "live"], "argument --status: invalid choice: 'live'"),
    ],
)
def test_an_invalid_option_is_told_before_anything_is_sent(
    run_main: RunMain, mock: MockServer, capsys: pytest.CaptureFixture[str], options: list[str], problem: str
) -> None:
    try:
        code, _, errors = run_main(*options)
    except SystemExit as end:
        code, errors = end.code, capsys.readouterr().err  # type: ignore[assignment]
    assert code == 2
    assert errors.startswith(f"signalwire-streams: {problem}"), errors
    assert mock.requests == []


def test_a_failure_is_one_line_and_exit_code_1(run_main: RunMain) -> None:
    code, output, errors = run_main(SIGNALWIRE_API_TOKEN="wrong")
    assert (code, output) == (1, "")
    assert re.fullmatch(r"signalwire-streams: [^\n]+ HTTP 401[^\n]+\n", errors)


@pytest.mark.usefixtures("signals_of_the_tests")
def test_an_interrupt_ends_the_command(run_main: RunMain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StreamsClient, "list_calls", lambda _, **__: signal.raise_signal(signal.SIGINT))
    assert run_main() == (130, "", "signalwire-streams: interrupted.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_output_that_cannot_be_written_is_told(mock: MockServer, options: list[str]) -> None:
    mock.add_call("CA1")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [COMMAND, "calls", *options],
            env=os.environ | settings_of(mock),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert re.fullmatch(r"signalwire-streams: the calls cannot be written: [^\n]+\.\n", done.stderr)


def test_each_example_of_the_help_works(
    run_main: RunMain, mock: MockServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run_main("--help")
    examples = re.findall("^  signalwire-streams calls(.*)$", capsys.readouterr().out, re.MULTILINE)
    mock.add_call("CA1", from_="+15551230001")
    assert [run_main(*shlex.split(example))[::2] for example in examples] == [(0, ""), (0, "")]
