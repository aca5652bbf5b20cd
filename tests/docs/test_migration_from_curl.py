"""The migration page for users of curl: curl, the command and Python send the same."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import MockServer
from support.migration import Page, account_of, by_us, output_of, taken

URL = "wss://stream.example.com/audio"


@pytest.fixture(autouse=True)
def account(mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in account_of(mock).items():
        monkeypatch.setenv(name, value)


def in_a_shell(code: str, mock: MockServer) -> str:
    """Run shell code of a page, where the space is a host, against the mock."""
    if "curl" in code and shutil.which("curl") is None:
        pytest.skip("curl is not installed: the snippets for curl were not run")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    code = code.replace("https://$SIGNALWIRE_SPACE", mock.url)
    return output_of("bash", "-euc", code, env=os.environ | {"PATH": path, "NO_PROXY": "127.0.0.1"})


def test_curl_the_command_and_python_do_the_same(mock: MockServer) -> None:
    page = Page.read("from-curl")
    with_curl, with_the_command = page.blocks("bash")
    (in_python,) = page.blocks()

    did = taken(mock, lambda: by_us(in_python))
    assert [stream.status for stream in mock.streams] == ["stopped"]
    assert [len(form) for _, form in did] == [4, 1]
    assert taken(mock, lambda: in_a_shell(with_the_command, mock)) == did
    assert taken(mock, lambda: in_a_shell(with_curl, mock)) == did


def test_each_field_is_sent_alike_by_curl_the_command_and_python(mock: MockServer) -> None:
    page = Page.read("from-curl")
    rows = page.rows("Start options")
    variables = re.findall('^[A-Z]+=".*"$', page.text, re.MULTILINE)
    curl = f'curl -sSf -o {os.devnull} -u "$SIGNALWIRE_PROJECT_ID:$SIGNALWIRE_API_TOKEN" "$STREAMS"'
    curl += f" --data-urlencode Url={URL}"
    command = f"signalwire-streams start CA1 {URL}"

    def in_python() -> None:
        with StreamsClient() as client:
            for row in rows:
                client.start_stream("CA1", URL, **eval(f"dict({row[3]})"))

    did = taken(mock, in_python)
    by_the_command = taken(mock, lambda: in_a_shell("\n".join(f"{command} {row[2]}" for row in rows), mock))
    assert len(did) == len(rows)
    for (path, form), (path_by_it, form_by_it) in zip(did, by_the_command, strict=True):
        assert path_by_it == path
        given = dict(form)
        assert dict(form_by_it) == {"Name": dict(form_by_it)["Name"]} | given  # a random one, where none was given
    by_curl = taken(mock, lambda: in_a_shell("\n".join([*variables, *(f"{curl} {row[1]}" for row in rows)]), mock))
    assert by_curl == did
