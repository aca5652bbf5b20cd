"""What README and the demo say is what happens; the blocks of README and the pages are run in tests/docs."""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import demo
import pytest
import soundfile
from signalwire_streams import __version__
from support.pages import PAGES, ROOT
from support.pytest_runs import assert_all_pass


def test_the_licence_of_each_locked_runtime_dependency_is_listed() -> None:
    locked, locked_for_all_extras = (
        set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    only_to_build = {
        "hatch-fancy-pypi-readme",
        "hatchling",
        "packaging",
        "pathspec",
        "pluggy",
        "tomlkit",
        "trove-classifiers",
        "colorama",
        "uv",
    }
    listed = set(re.findall(r"([a-z0-9-]+) \([A-Z][\w.-]+\)", PAGES["docs/licenses.md"]))
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
    assert "\nAll checks held.\n" in done.stdout
    assert done.stderr == ""
    samples, rate = soundfile.read(tmp_path / "demo" / "call.wav")
    assert (rate, samples.shape[1]) == (8000, 2)
    assert 2 <= len(samples) / rate < 60
    assert all(abs(samples[:, channel]).max() > 0.1 for channel in (0, 1))


def test_what_the_demo_says_to_do_next_works(tmp_path: Path) -> None:
    command, target, first_test = [dedent(part.partition("\n")[2]).strip() for part in demo.NEXT.split("\n— ")[1:]]
    helped = subprocess.run([*command.split(), "--help"], capture_output=True, text=True, check=True)
    assert "mock" in helped.stdout
    assert re.search(rf"^{target.removeprefix('make ')}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    (tmp_path / "test_next.py").write_text(first_test, "utf-8")
    assert_all_pass(tmp_path, 1)


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
