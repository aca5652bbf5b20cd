"""Help and errors of wrong usage, of all commands."""

import re
from collections.abc import Callable

import pytest
from signalwire_streams.cli import main

HelpOf = Callable[[str, int], str]
COMMANDS = ["", "check", "calls", "start", "stop", "listen", "mock", "mock press"]


@pytest.fixture
def help_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> HelpOf:
    """Return a function that returns the help of a command at a width of the terminal."""

    def help_of(command: str, columns: int) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        with pytest.raises(SystemExit):
            main([*command.split(), "--help"])
        return capsys.readouterr().out

    return help_of


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fills_the_width_of_the_terminal(help_of: HelpOf, command: str) -> None:
    lengths = {}
    for columns in (60, 80, 120, 200):
        lines = help_of(command, columns).splitlines()
        assert max(map(len, lines)) <= columns
        lengths[columns] = len(lines)
    assert lengths[60] > lengths[80] >= lengths[120] >= lengths[200]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrapped_example_can_still_be_pasted(help_of: HelpOf, command: str) -> None:
    def examples(columns: int) -> list[str]:
        joined = re.sub(r" \\\n +", " ", help_of(command, columns))
        return re.findall("^  signalwire-streams .*$", joined, re.MULTILINE)

    assert examples(60) == examples(200)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ["lsiten"],
            "unknown command 'lsiten'. Did you mean 'listen'? The commands are check, calls, start, stop, listen, mock (",
        ),
        (["xyz"], "unknown command 'xyz'. The commands are check, "),
        (
            ["start", "CA1", "wss://h", "--trck", "both_tracks"],
            "unknown options: --trck. Did you mean '--track'? (see signalwire-streams start --help)",
        ),
        (["calls", "--statsu=any", "--form", "+1"], "unknown options: --statsu, --form. Did you mean '--status' and "),
        (["mock", "--tokn", "t"], "unknown options: --tokn. Did you mean '--token'? (see signalwire-streams mock --help)"),
        (["check", "--tokn", "t"], "unknown options: --tokn. Did you mean '--token-file'? (see "),
        (["check", "--qqq"], "unknown options: --qqq (see "),
        (
            ["start", "CA1", "wss://h", "--track", "inbond"],
            "argument --track: invalid choice: 'inbond'. Did you mean 'inbound_track'? Choose from inbound_track, outbound_",
        ),
        (["start", "CA1", "wss://h", "--track", "both"], "argument --track: invalid choice: 'both'. Did you mean 'both_tracks'? "),
        (["calls", "--status", "x\x1b"], r"argument --status: invalid choice: 'x\x1b'. Choose from any, "),
    ],
)  # fmt: skip
def test_a_near_miss_is_suggested(capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith(f"signalwire-streams: {problem}")
    assert errors.count("\n") == 1
