"""A change of the document, rehearsed: a field is added to a copy, and each place that must follow says so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.pytest_runs import pytest_command

ROOT = Path(__file__).parents[2]
NEEDED = ("openapi", "generated", "overrides", "tests", "generator-config.yaml", "Makefile", "pyproject.toml")
METHODS = [
    f"{client}.{method}" for client in ("StreamsClient", "AsyncStreamsClient") for method in ("start_stream", "stream")
]


class Copy:
    """A copy of the sources that can be edited, and run by the environment that runs this test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in NEEDED:
            if (ROOT / name).is_dir():
                shutil.copytree(
                    ROOT / name, folder / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
                )
            else:
                shutil.copy2(ROOT / name, folder / name)

    def edit(self, path: str, old: str, new: str, *, places: int = 1) -> None:
        text = (self.folder / path).read_text()
        assert text.count(old) == places, (path, old)
        (self.folder / path).write_text(text.replace(old, new))

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join(str(self.folder / name) for name in ("overrides", "generated"))
        environment = os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def generate(self) -> None:
        venv = sys.prefix  # the environment that is there already, as it is
        done = self.run("make", "generate", f"VENV={venv}", f"--old-file={venv}/installed-dev")
        assert done.returncode == 0, done.stdout + done.stderr

    def python(self, code: str) -> str:
        done = self.run(sys.executable, "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def test_document(self) -> subprocess.CompletedProcess[str]:
        return self.run(*pytest_command("-q", "tests/contract/test_document.py"))


@pytest.fixture(scope="module")
def with_a_new_field(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The sources after the first two steps: the field `Codec` stands in the document, and `make generate` was run."""
    copy = Copy(tmp_path_factory.mktemp("rehearsal"))
    document = "openapi/compat-calls-streams.yaml"
    copy.edit(
        document,
        "        Track:\n          $ref",
        "        Codec:\n          type: string\n          enum: [PCMU, L16]\n        Track:\n          $ref",
    )
    copy.edit(document, "'^(Url|Name|", "'^(Url|Name|Codec|")
    copy.generate()
    return copy


def test_the_generated_model_has_the_field(with_a_new_field: Copy) -> None:
    code = "from signalwire_streams_api.models import StartStreamForm as F; print(F(url='u', codec='L16').to_dict())"
    assert with_a_new_field.python(code) == "{'Url': 'u', 'Codec': 'L16'}\n"


@pytest.mark.parametrize(("codec", "status"), [("L16", 200), ("MP3", 400)])
def test_the_mock_takes_the_field_as_the_document_has_it(with_a_new_field: Copy, codec: str, status: int) -> None:
    code = f"""if True:
        import httpx
        from signalwire_streams.mock import MockServer
        with MockServer() as mock:
            url = f"{{mock.url}}/api/laml/2010-04-01/Accounts/{{mock.project}}/Calls/CA1/Streams"
            form = {{"Url": "wss://x", "Codec": "{codec}"}}
            print(httpx.post(url, data=form, auth=(mock.project, mock.token)).status_code)
    """
    assert with_a_new_field.python(code) == f"{status}\n"


def test_the_tests_name_each_line_that_is_left_to_write(with_a_new_field: Copy) -> None:
    done = with_a_new_field.test_document()
    assert done.returncode == 1
    for line in (
        "add codec to StartOptions in _requests.py",
        "add the check of codec to _OPTION_CHECKS in _requests.py",
        *(f"add codec to the arguments of {method} in _client.py" for method in METHODS),
        *(f"pass codec on to self._requests.start in {method} in _client.py" for method in METHODS),
        *(f"add a line for codec to the docstring of {method} in _client.py" for method in METHODS),
        "add codec to _keywords in cli/_start.py, and its option to add_command",
    ):
        assert f"AssertionError: {line}\n" in done.stdout, line


def test_the_lines_that_the_tests_ask_for_are_all_it_takes(with_a_new_field: Copy, tmp_path: Path) -> None:
    after = Copy.__new__(Copy)
    after.folder = tmp_path / "after"
    shutil.copytree(with_a_new_field.folder, after.folder)
    for old, new in (
        ("    track: Track | None\n", "    codec: str | None\n    track: Track | None\n"),
        ('    "track": partial', '    "codec": _checks.check_text,\n    "track": partial'),
    ):
        after.edit("overrides/signalwire_streams/_requests.py", old, new)
    for old, new, places in (
        (
            "        track: Track | None = None,",
            "        codec: str | None = None,\n        track: Track | None = None,",
            4,
        ),
        ("            track=track,", "            codec=codec,\n            track=track,", 4),
        ("        - `track`:", "        - `codec`: one that the document lists\n        - `track`:", 4),
    ):
        after.edit("overrides/signalwire_streams/_client.py", old, new, places=places)
    for old, new in (
        ('    parser.add_argument("--track"', '    parser.add_argument("--codec")\n    parser.add_argument("--track"'),
        ('        "track": options.track', '        "codec": options.codec,\n        "track": options.track'),
    ):
        after.edit("overrides/signalwire_streams/cli/_start.py", old, new)
    done = after.test_document()
    assert done.returncode == 0, done.stdout
    code = """if True:
        from signalwire_streams import StreamsClient
        from signalwire_streams.cli import main
        from signalwire_streams.mock import MockServer
        with MockServer() as mock, StreamsClient(mock.project, mock.token, mock.url) as client:
            client.start_stream("CA1", "wss://x", codec="L16")
            print(mock.requests[0].form)
            import os
            os.environ["SIGNALWIRE_API_TOKEN"] = mock.token
            settings = ["--project", mock.project, "--host", mock.url]
            main(["start", "CA1", "wss://x", "--name", "n", "--codec", "PCMU", *settings, "--json"])
            print(mock.requests[1].form)
    """
    api, _, command = after.python(code).splitlines()
    assert api == "[('Url', 'wss://x'), ('Codec', 'L16')]"
    assert ("Codec", "PCMU") in eval(command)
