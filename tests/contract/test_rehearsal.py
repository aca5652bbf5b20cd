"""A change of the document, rehearsed in a copy: one edit and `make generate` reach every part of the package."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.pytest_runs import pytest_command

ROOT = Path(__file__).parents[2]
NEEDED = ("openapi", "generated", "overrides", "tests", "docs", "generator-config.yaml", "Makefile", "pyproject.toml")
DOCUMENT = "openapi/compat-calls-streams.yaml"
PYRIGHT = ROOT / "tests" / "tools" / "node_modules" / ".bin" / "pyright"

FIELDS = """\
        Language:
          description: A language tag such as `en-US`. It chooses the model of the transcription.
          type: string
          maxLength: 10
          pattern: '^[a-z]{2}(-[A-Z]{2})?$'
          examples: [en-US]
        Region:
          $ref: '#/components/schemas/Region'
        ServerPassword:
          description: A password for your WebSocket server. It is sent in the upgrade request.
          type: string
          format: password
          pattern: '^[!-~]+$'
          examples: [a-password-of-yours]
"""
REGION = """\
    Region:
      description: The region that sends the audio.
      type: string
      enum: [europe, america]
      default: america

"""
DATE = """\
        date_answered:
          description: When the call was answered. It is an RFC 2822 date.
          type: string
          format: rfc2822-date
          examples: ['Wed, 19 Sep 2018 21:00:00 +0000']
"""


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

    def edit(self, old: str, new: str) -> None:
        """Replace a text of the document, which is there once."""
        text = (self.folder / DOCUMENT).read_text()
        assert text.count(old) == 1, old
        (self.folder / DOCUMENT).write_text(text.replace(old, new))

    def run(self, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join(str(self.folder / name) for name in ("overrides", "generated"))
        settings = {"PYTHONPATH": paths, "MYPYPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | settings | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def generate(self) -> subprocess.CompletedProcess[str]:
        venv = sys.prefix  # the environment that is there already, as it is
        return self.run("make", "generate", f"VENV={venv}", f"--old-file={venv}/installed-dev")

    def python(self, code: str, **environment: str) -> Any:
        """Run code, and return the JSON that it prints."""
        done = self.run(sys.executable, "-c", code, **environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def digest(self) -> str:
        """Return a digest of every file of `generated/`."""
        digest = hashlib.sha256()
        for path in sorted((self.folder / "generated").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(self.folder)).encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The sources after one edit of the document and `make generate`."""
    copy = Copy(tmp_path_factory.mktemp("rehearsal"))
    copy.edit(
        "        StatusCallback:\n          description", f"{FIELDS}        StatusCallback:\n          description"
    )
    copy.edit("    StreamCodec:\n      description", f"{REGION}    StreamCodec:\n      description")
    copy.edit(
        "[inbound_track, outbound_track, both_tracks]", "[inbound_track, outbound_track, both_tracks, mixed_track]"
    )
    copy.edit(
        "          pattern: '^[!-~]+$'\n          examples: [a-token-of-yours]",
        "          pattern: '^[!-~]{4,}$'\n          examples: [a-token-of-yours]",
    )
    copy.edit("    ConferenceStream:\n      type", f"{DATE}\n    ConferenceStream:\n      type")
    copy.edit("enum: [queued, in-progress, stopped]", "enum: [queued, in-progress, paused, stopped]")
    done = copy.generate()
    assert done.returncode == 0, done.stdout + done.stderr
    return copy


def test_the_tests_of_the_document_pass_and_no_line_of_python_was_written(changed: Copy) -> None:
    done = changed.run(*pytest_command("-q", "tests/contract/test_document.py"))
    assert done.returncode == 0, done.stdout


CLIENT = """if True:
    import asyncio, inspect, json, pydoc
    import httpx
    from signalwire_streams import AsyncStreamsClient, InputError, StreamsClient

    sent = []

    def answer(request):
        sent.append(dict(httpx.QueryParams(request.content.decode())))
        parent = "call" if "/Calls/" in request.url.path else "conference"
        return httpx.Response(200, json={"sid": "ST1", parent + "_sid": "CA1", "status": "hunter2-password"})

    def start(kind, method, **options):
        client = kind("p", "t", "example", transport=httpx.MockTransport(answer))
        started = getattr(client, method)("CA1", "wss://h/", **options)
        return asyncio.run(started) if kind is AsyncStreamsClient else started

    def refusal(kind, method, **options):
        try:
            start(kind, method, **options)
        except InputError as error:
            return str(error)

    found = {}
    for kind in (StreamsClient, AsyncStreamsClient):
        for method in ("start_stream", "start_conference_stream"):
            function = getattr(kind, method)
            streamed = start(kind, method, language="de-DE", region="europe", server_password="hunter2-password", track="mixed_track")
            found[kind.__name__ + "." + method] = {
                "sent": sent.pop(),
                "keywords": list(inspect.signature(function).parameters),
                "help": pydoc.plain(pydoc.render_doc(function)),
                "repr": repr(streamed),
                "refused": [
                    refusal(kind, method, language="German"),
                    refusal(kind, method, language="de-DE\\n"),
                    refusal(kind, method, region="moon"),
                    refusal(kind, method, server_password="hunter2 password"),
                    refusal(kind, method, authorization_bearer_token="abc"),
                ],
            }
    assert sent == []
    print(json.dumps(found))
"""


def test_both_clients_send_each_field_and_refuse_bad_values(changed: Copy) -> None:
    for where, found in changed.python(CLIENT).items():
        assert found["sent"] == {
            "Url": "wss://h/",
            "Track": "mixed_track",
            "Language": "de-DE",
            "Region": "europe",
            "ServerPassword": "hunter2-password",
        }, where
        # In the order of the document.
        assert found["keywords"][3:8] == ["name", "track", "language", "region", "server_password"], where
        assert found["refused"] == [
            "language must be a language tag such as `en-US`; got 'German'.",
            "language must be a language tag such as `en-US`; got 'de-DE\\n'.",
            "region must be one of america, europe; got 'moon'.",
            "server_password must be a password for your WebSocket server.",
            (
                "authorization_bearer_token must be a token in visible ASCII, sent to your WebSocket server as "
                "`Authorization: Bearer …`."
            ),
        ], where


def test_the_help_of_both_clients_explains_each_field(changed: Copy) -> None:
    for where, found in changed.python(CLIENT).items():
        for line in (
            "- `language`: a language tag such as `en-US`",
            "- `region`: the region that sends the audio: `europe` or `america` (SignalWire's default)",
            "- `server_password`: a password for your WebSocket server",
        ):
            assert line in found["help"], where
        assert "region: " in found["help"]


SECRET = """if True:
    import io, json, logging
    from signalwire_streams import StreamsClient, StreamsError
    from signalwire_streams._requests import RequestFactory
    from signalwire_streams._resources import CALL_STREAMS
    import httpx

    log = io.StringIO()
    logging.basicConfig(stream=log, level=logging.DEBUG)
    shown = []
    for status in (200, 200, 422, 500):
        def answer(request):
            echo = "hunter2-password"
            fields = {"sid": "ST1", "call_sid": "CA1", "status": echo, "uri": echo, "message": echo, "code": 1, "x": echo}
            return httpx.Response(status, json=fields, headers={"X-Echo": echo})
        client = StreamsClient("p", "t", "example", transport=httpx.MockTransport(answer))
        try:
            made = client.start_stream("CA1", "wss://h/", server_password="hunter2-password")
        except StreamsError as error:
            made = error
            shown += [error.message, dict(error.headers or {}), error.problem, repr(error.__cause__)]
        shown += [repr(made), str(made), dict(made.headers)]
        shown.append(repr(client._requests.start(CALL_STREAMS, "CA1", "wss://h/", {"server_password": "hunter2-password"})))
    print(json.dumps([repr(shown), log.getvalue()]))
"""


def test_a_secret_is_shown_nowhere(changed: Copy) -> None:
    shown, log = changed.python(SECRET)
    assert "hunter2" not in shown
    assert "hunter2" not in log
    assert "[redacted]" in shown
    assert "POST" in log


TYPED = """\
from datetime import datetime
from typing import assert_type

from signalwire_streams import AsyncStreamsClient, StreamsClient


def good(client: StreamsClient) -> None:
    stream = client.start_stream("CA1", "wss://h/", language="de", region="europe", server_password="x")
    assert_type(stream.date_answered, datetime | None)
    client.start_conference_stream("CF1", "wss://h/", region="america", track="mixed_track")


async def bad(client: AsyncStreamsClient) -> None:
    await client.start_stream("CA1", "wss://h/", region="moon")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await client.start_stream("CA1", "wss://h/", language=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.stream("CA1", "wss://h/", regions="europe")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
"""


def test_type_checkers_know_each_field(changed: Copy, tmp_path: Path) -> None:
    (tmp_path / "snippet.py").write_text(TYPED)
    mypy = changed.run(sys.executable, "-m", "mypy", "--strict", "--config-file=", tmp_path / "snippet.py")
    assert mypy.stdout == "Success: no issues found in 1 source file\n"
    if not PYRIGHT.exists():
        pytest.skip("pyright is not installed: only mypy was asked")
    settings = {
        "typeCheckingMode": "strict",
        "enableTypeIgnoreComments": False,
        "reportUnnecessaryTypeIgnoreComment": True,
        "extraPaths": [str(changed.folder / name) for name in ("overrides", "generated")],
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    pyright = changed.run(PYRIGHT, "--pythonpath", sys.executable, "-p", tmp_path)
    assert pyright.stdout == "0 errors, 0 warnings, 0 informations\n"


MOCK = """if True:
    import httpx, json
    from signalwire_streams.mock import MockServer

    def status(**fields):
        form = {"Url": "wss://x"} | fields
        return httpx.post(url, data=form, auth=(mock.project, mock.token)).status_code

    with MockServer() as mock:
        found = []
        for parent in ("Calls/CA1", "Conferences/CF1"):
            url = f"{mock.url}/api/laml/2010-04-01/Accounts/{mock.project}/{parent}/Streams"
            good = dict(Language="de-DE", Region="europe", ServerPassword="x", Track="mixed_track")
            found.append([status(**good), status(Language="German"), status(Region="moon"), status(ServerPassword="a b")])
        print(json.dumps(found))
"""


def test_the_mock_accepts_good_values_and_refuses_bad_ones(changed: Copy) -> None:
    assert changed.python(MOCK) == [[200, 400, 400, 400], [200, 400, 400, 400]]


COMMAND = """if True:
    import contextlib, io, json, os
    from signalwire_streams.cli import main
    from signalwire_streams.mock import MockServer

    found = []
    with MockServer() as mock:
        os.environ["SIGNALWIRE_API_TOKEN"] = mock.token
        settings = ["--project", mock.project, "--host", mock.url, "--json"]
        options = ["--language", "de-DE", "--region", "europe", "--server-password-env", "PASSWORD", "--name", "n"]
        for more in ([], ["--language", "German"]):
            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
                with contextlib.suppress(SystemExit):
                    main(["start", "CA1", "wss://x", *options, *more, *settings])
            found.append(out.getvalue() + err.getvalue())
        found.append([dict(request.form) for request in mock.requests])
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        main(["start", "--help"])
    found.append(" ".join(out.getvalue().split()))
    print(json.dumps(found))
"""


def test_the_command_has_an_option_for_each_field(changed: Copy) -> None:
    started, refused, forms, help_text = changed.python(COMMAND, PASSWORD="hunter2-password")
    fields = {"Language": "de-DE", "Region": "europe", "ServerPassword": "hunter2-password"}
    assert forms == [{"Url": "wss://x", "Name": "n"} | fields]
    assert "hunter2" not in started + refused
    assert "must be a language tag such as" in refused
    assert "--language LANGUAGE language tag such as en-US" in help_text
    assert "--region {europe,america}" in help_text
    assert "environment variable with a password for your WebSocket server" in help_text


def test_the_docs_have_each_field(changed: Copy) -> None:
    code = """if True:
        import json, sys
        sys.path.insert(0, "docs/extensions")
        from pathlib import Path
        from start_options import filled
        pages = ("parameters", "migration/from-curl", "migration/from-signalwire-sdk")
        print(json.dumps([filled(Path("docs", page + ".md").read_text()) for page in pages]))
    """
    for page in changed.python(code):
        for field in ("Language", "Region", "ServerPassword"):
            assert f"`{field}`" in page
    (keywords, *_) = changed.python(code)
    assert "`language` | `Language` | a language tag such as `en-US`" in keywords
    assert "the region that sends the audio" in keywords


ANSWERED = """if True:
    import json
    import httpx
    from signalwire_streams import APIResponseError, StreamsClient

    found = []
    for more in ({}, {"date_answered": None}, {"date_answered": "Wed, 19 Sep 2018 21:00:00 +0200"}, {"date_answered": "soon"}):
        fields = {"sid": "ST1", "call_sid": "CA1", "status": "paused"} | more
        transport = httpx.MockTransport(lambda request: httpx.Response(200, json=fields))
        stream = StreamsClient("p", "t", "example", transport=transport).start_stream("CA1", "wss://h/")
        try:
            found.append([str(stream.date_answered), stream.status, "date_answered" in stream.unreadable])
        except APIResponseError as error:
            found.append([error.problem, stream.status, "date_answered" in stream.unreadable])
    print(json.dumps(found))
"""


def test_an_optional_date_of_a_response_is_read(changed: Copy) -> None:
    assert changed.python(ANSWERED) == [
        ["None", "paused", False],
        ["None", "paused", False],
        ["2018-09-19 19:00:00+00:00", "paused", False],
        ["date_answered of the response must be an RFC 2822 date; got 'soon'.", "paused", True],
    ]


def test_a_new_status_is_told_by_the_docstring(changed: Copy) -> None:
    code = "import json; from signalwire_streams import Stream; print(json.dumps(Stream.status.__doc__))"
    text = " ".join(changed.python(code).split())
    assert "`queued`, `in-progress`, `paused` or `stopped`. Unknown values are passed through." in text


def test_the_call_of_signalwire_sdk_takes_each_field(changed: Copy) -> None:
    code = """if True:
        import httpx, json
        from signalwire_streams.compat import RestClient
        sent = []
        def answer(request):
            sent.append(dict(httpx.QueryParams(request.content.decode())))
            return httpx.Response(200, json={"sid": "ST1", "call_sid": "CA1"})
        http = httpx.Client(transport=httpx.MockTransport(answer))
        client = RestClient("p", "t", "example", http_client=http)
        client.compat.calls.start_stream("CA1", Url="wss://h/", Language="de", Region="europe", ServerPassword="x")
        print(json.dumps(sent))
    """
    assert changed.python(code) == [{"Url": "wss://h/", "Language": "de", "Region": "europe", "ServerPassword": "x"}]


def test_a_new_resource_is_named_with_the_line_to_add(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    document = (copy.folder / DOCUMENT).read_text()
    begin, end = (
        document.index("  /Accounts/{AccountSid}/Conferences/{ConferenceSid}/Streams:"),
        document.index("  /Accounts/{AccountSid}/Conferences/{ConferenceSid}/Streams/{Sid}:"),
    )
    parameter = document.index("    ConferenceSid:\n"), document.index("    Sid:\n      name")
    links = re.compile("          links:.*?(?=        '400')", re.DOTALL)
    path = links.sub("", document[begin:end]).replace("Conference", "Room").replace("start_conference", "start_room")
    path = re.sub("schemas/(Start)?Room(StreamForm|Stream)", r"schemas/\1Conference\2", path)
    path = path.replace("QueuedRoomStream", "QueuedConferenceStream").replace(
        "UnprocessableRoom", "UnprocessableConference"
    )
    copy.edit(document[begin:end], document[begin:end] + path)
    described = document[slice(*parameter)]
    copy.edit(described, described + described.replace("Conference", "Room"))
    done = copy.generate()
    assert done.returncode == 0, done.stderr
    line = "The document has a new resource: add ROOM_STREAMS to overrides/signalwire_streams/_resources.py.\n"
    assert line in done.stderr
    tested = copy.run(sys.executable, "-c", "import signalwire_streams")
    assert "cannot import name 'ROOM_STREAMS' from 'signalwire_streams._resources'" in tested.stderr


def test_a_new_operation_is_named_with_the_line_to_add(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    document = (copy.folder / DOCUMENT).read_text()
    path = document[document.index("  /Accounts/{AccountSid}/Calls:") : document.index("\ncomponents:")]
    copy.edit(path, path + path.replace("/Calls:", "/LiveCalls:").replace("list_calls", "list_live_calls"))
    assert copy.generate().returncode == 0
    done = copy.run(*pytest_command("-q", "tests/contract/test_document.py"))
    assert "the document has the operation list_live_calls: add its resource to _resources.py" in done.stdout


BROKEN = {
    "invalid YAML": (
        "        Track:\n          $ref",
        "        Track\n          $ref",
        "could not find expected ':'. Correct the YAML.",
    ),
    "a reference to nothing": (
        "        Track:\n          $ref: '#/components/schemas/Track'",
        "        Track:\n          $ref: '#/components/schemas/Trak'",
        "#/components/schemas/Trak does not exist. Correct the reference.",
    ),
    "a field without a description": (
        "          description: >\n            A token in visible ASCII,",
        "          x-note: >\n            A token in visible ASCII,",
        "AuthorizationBearerToken has no description. Add one, whose first sentence explains the keyword.",
    ),
    "a field without examples": (
        "          examples: [my_first_stream]\n",
        "",
        "Name has no examples. Add one, for the docs and the tests.",
    ),
    "an enum of a field's own": (
        "        Track:\n          $ref: '#/components/schemas/Track'",
        "        Track:\n          description: A side.\n          type: string\n          enum: [a, b]",
        "Track has an enum of its own. Move it to a schema in components, and refer to it.",
    ),
    "a field of another type": (
        "type: boolean\n              x-keyword: realtime",
        "type: number\n              x-keyword: realtime",
        "StreamRealTime must have the type string, boolean or integer. Set its type.",
    ),
    "a bound that no check is derived from": (
        "          maxLength: 1000\n          pattern: '^[^\\x00-\\x1f\\x7f-\\x9f]+$'\n          examples",
        "          minLength: 3\n          pattern: '^[^\\x00-\\x1f\\x7f-\\x9f]+$'\n          examples",
        "Name has minLength, which no check is derived from. Leave it out, or derive a check in openapi/derive.py.",
    ),
    "a pattern for a part": (
        "          pattern: '^[!-~]+$'",
        "          pattern: '[!-~]+'",
        "AuthorizationBearerToken has a pattern for a part of the value. Begin it with ^ and end it with $.",
    ),
    "a duplicate operationId": (
        "      operationId: stop_stream\n      tags",
        "      operationId: start_stream\n      tags",
        "start_stream is the operationId of two operations. Rename one.",
    ),
    "a field of a response without a description": (
        "          description: The absolute path of the stream on the server, ending in `.json`.\n          type: string\n\n    ConferenceStream",
        "          type: string\n\n    ConferenceStream",
        "uri of a response has no description. Add one, which explains the attribute.",
    ),
    "a type that does not exist": (
        "          type: string\n          format: password",
        "          type: text\n          format: password",
        "'text' is not valid under any of the given schemas. Correct what the document says here.",
    ),
    "something that the specification does not allow": (
        "          in: query\n          description: The state of the calls to list.",
        "          in: somewhere\n          description: The state of the calls to list.",
        '"somewhere" is not one of "query", "header" or 2 other candidates. Correct what the document says here.',
    ),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("broken"))


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_document_changes_nothing_and_the_message_has_file_line_and_advice(broken: Copy, fault: str) -> None:
    old, new, message = BROKEN[fault]
    document = broken.folder / DOCUMENT
    whole, before = document.read_text(), broken.digest()
    try:
        broken.edit(old, new)
        lines = len(document.read_text()[: document.read_text().index(new[:30]) if new else None].splitlines())
        done = broken.generate()
    finally:
        document.write_text(whole)
    assert done.returncode != 0
    told = next(line for line in done.stderr.splitlines() if message in line)
    assert told.startswith(f"{DOCUMENT}:"), done.stderr
    if new:
        line = int(told.split(":")[1])
        assert abs(line - lines) < 10, (told, lines)
    assert "generated/ was not changed." in done.stderr
    assert "Traceback" not in done.stderr
    assert broken.digest() == before
    assert not list(broken.folder.glob(".generated-*"))
