"""The pytest plugin, in a pytest of its own: found by itself, costing nothing until it is used, and sound."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest
from support.pytest_runs import assert_all_pass, run_pytest

FIXTURES = ["streams_mock", "streams_client", "async_streams_client", "streams_receiver", "streams_serve"]


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, "utf-8")


def test_pytest_finds_the_plugin_by_itself(tmp_path: Path) -> None:
    (found,) = [each for each in entry_points(group="pytest11") if each.name == "signalwire_streams"]
    assert found.value == "signalwire_streams.pytest_plugin"
    write(tmp_path, "test_it.py", "def test_it(streams_mock):\n    assert streams_mock.url\n")
    assert_all_pass(tmp_path, 1)
    assert run_pytest(tmp_path, "-pno:signalwire_streams")[0] == "1 error"


def test_until_a_fixture_is_asked_for_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    write(
        tmp_path,
        "test_it.py",
        "import sys\n"
        "def test_it():\n"
        "    assert 'signalwire_streams.pytest_plugin' in sys.modules\n"
        "    ours = {name for name in sys.modules if name.startswith('signalwire_streams')}\n"
        "    assert ours <= {'signalwire_streams', 'signalwire_streams._version', 'signalwire_streams.pytest_plugin'}\n"
        "    assert not {'httpx', 'uvicorn', 'starlette', 'websockets', 'attr', 'anyio'} & sys.modules.keys()\n",
    )
    plugin = "-psignalwire_streams.pytest_plugin"
    counts, output = run_pytest(tmp_path, plugin, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert counts == "1 passed", output


@pytest.mark.parametrize(
    "missing", ["jsonschema_rs", "yaml", "starlette", "trustme", "uvicorn", "websockets", "audioop"]
)
def test_without_the_extra_each_fixture_says_what_to_install(tmp_path: Path, missing: str) -> None:
    write(tmp_path, "conftest.py", f"import sys\nsys.modules[{missing!r}] = None\n")
    write(
        tmp_path,
        "test_it.py",
        "import pytest\n"
        f"@pytest.mark.parametrize('name', {FIXTURES})\n"
        "def test_it(request, name):\n"
        "    request.getfixturevalue(name)\n"
        "def test_another():\n    pass\n",
    )
    counts, output = run_pytest(tmp_path, "-rN")
    assert counts == f"{len(FIXTURES)} failed, 1 passed"
    told = f'need the package {missing}: pip install "signalwire-streams[pytest]"'
    assert output.count(told) == len(FIXTURES)
    assert "Traceback" not in output
    assert "signalwire-streams[mock]" not in output


def test_the_mock_is_one_server_and_as_if_new_for_each_test(tmp_path: Path) -> None:
    write(
        tmp_path,
        "test_it.py",
        "import pytest\n"
        "URLS = []\n"
        "@pytest.mark.parametrize('number', [1, 2, 3])\n"
        "def test_it(streams_mock, streams_client, number):\n"
        "    assert (streams_mock.streams, streams_mock.requests, streams_mock.callbacks) == ([], [], [])\n"
        "    stream = streams_client.start_stream('CA1', 'wss://agent.example.com/', name='n')\n"
        "    assert streams_mock.wait_for(stream, 'in-progress').sent.counts == {}\n"  # no route of another test
        "    streams_mock.route('wss://agent.example.com', 'ws://127.0.0.1:1')\n"
        "    streams_mock.end_call('CA1')\n"
        "    streams_mock.fail_next(times=9)\n"
        "    URLS.append(streams_mock.url)\n"
        "    assert len(set(URLS)) == 1\n",
    )
    assert_all_pass(tmp_path, 3)


def test_the_mock_is_made_with_the_options_of_the_conftest(tmp_path: Path) -> None:
    write(
        tmp_path,
        "conftest.py",
        "import pytest\n"
        "from signalwire_streams.mock import Audio\n"
        "@pytest.fixture(scope='session')\n"
        "def streams_mock_options():\n"
        "    return {'realtime': False, 'audio': {'inbound': Audio.tone(1000, seconds=3)}, 'signing_key': 'k'}\n",
    )
    write(
        tmp_path,
        "test_it.py",
        "def test_it(streams_mock, streams_client, streams_receiver):\n"
        "    streams_mock.wait_for(streams_client.start_stream('CA1', streams_receiver.url), 'closed')\n"
        "    stream = streams_receiver.wait_for_stream()\n"
        "    stream.wait_for_end()\n"
        "    assert (stream.audio['inbound'].seconds, streams_mock.signing_key) == (3, 'k')\n",
    )
    assert_all_pass(tmp_path, 1)


ASYNC_TEST = """
async def test_{name}(async_streams_client, streams_mock):
    async with async_streams_client.stream("CA1", "wss://agent.example.com/") as stream:
        assert streams_mock.streams[0].sid == stream.sid
    assert streams_mock.streams[0].status == "stopped"
"""
# What was left open tells so when it is thrown away, as an error of this test.
TEST_THEN = "import gc\ndef test_then():\n    gc.collect()\n"


def test_the_async_client_works_with_anyio_on_asyncio_and_trio(tmp_path: Path) -> None:
    write(tmp_path, "test_then.py", TEST_THEN)
    write(tmp_path, "test_it.py", "import pytest\npytestmark = pytest.mark.anyio\n" + ASYNC_TEST.format(name="a"))
    write(
        tmp_path,
        "conftest.py",
        "import pytest\n@pytest.fixture(params=['asyncio', 'trio'])\ndef anyio_backend(request):\n    return request.param\n",
    )
    assert_all_pass(tmp_path, 3)


@pytest.mark.parametrize("scope", ["function", "module"])
@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_the_async_client_works_with_pytest_asyncio(tmp_path: Path, scope: str, mode: str) -> None:
    mark = f"import pytest\npytestmark = pytest.mark.asyncio(loop_scope={scope!r})\n"
    write(tmp_path, "test_it.py", mark + ASYNC_TEST.format(name="a") + ASYNC_TEST.format(name="b"))
    write(tmp_path, "test_then.py", TEST_THEN)
    options = [f"-oasyncio_mode={mode}", f"-oasyncio_default_fixture_loop_scope={scope}"]
    assert_all_pass(tmp_path, 3, *options, plugins=("asyncio",))


def test_the_environment_makes_clients_without_arguments_those_of_the_mock(tmp_path: Path) -> None:
    write(
        tmp_path,
        "test_it.py",
        "import os\n"
        "from signalwire_streams import StreamsClient\n"
        "def test_it(streams_environment, streams_mock):\n"
        "    with StreamsClient() as client:\n"
        "        client.start_stream('CA1', 'wss://agent.example.com/')\n"
        "    assert len(streams_mock.streams) == 1\n"
        "    assert os.environ['SIGNALWIRE_SIGNING_KEY'] == streams_mock.signing_key\n"
        "def test_afterwards():\n"
        "    assert 'SIGNALWIRE_API_TOKEN' not in os.environ\n",
    )
    assert_all_pass(tmp_path, 2)


APPLICATION = """
from contextlib import asynccontextmanager
from fastapi import FastAPI, Request, WebSocket
from signalwire_streams.callbacks import parse_status_callback
from signalwire_streams.media import StreamSession

ended, events = [], []

@asynccontextmanager
async def lifespan(app):
    events.append("begins")
    yield
    events.append("ends")

app = FastAPI(lifespan=lifespan)

@app.websocket("/audio")
async def audio(websocket: WebSocket):
    await websocket.accept()
    with StreamSession() as session:
        async for text in websocket.iter_text():
            session.feed(text)
    ended.append(session)

@app.post("/events")
async def event(request: Request):
    form = await request.body()
    events.append(parse_status_callback(
        str(request.url), form=form, headers=request.headers, public_url="https://agent.example.com").event)
"""


def test_an_application_is_reached_by_streams_and_callbacks_until_the_test_ends(tmp_path: Path) -> None:
    write(tmp_path, "agent.py", APPLICATION)
    write(
        tmp_path,
        "test_it.py",
        "import httpx\n"
        "from agent import app, ended, events\n"
        "ADDRESS = []\n"
        "def start(client):\n"
        "    url = 'wss://agent.example.com/audio'\n"
        "    return client.start_stream('CA1', url, status_callback='https://agent.example.com/events')\n"
        "def test_it(streams_mock, streams_client, streams_serve, streams_environment):\n"
        "    server = streams_serve(app, 'agent.example.com')\n"
        "    stream = start(streams_client)\n"
        "    streams_mock.wait_for(stream, 'in-progress')\n"
        "    streams_mock.end_call('CA1')\n"
        "    server.wait_until_idle()\n"
        "    assert [session.state for session in ended] == ['stopped']\n"
        "    assert streams_mock.wait_for(stream, 'closed').error is None\n"
        "    assert events == ['begins', 'stream-started', 'stream-stopped']\n"
        "    assert httpx.get(server.url + '/none').status_code == 404\n"
        "    ADDRESS.append(server.url)\n"
        "def test_a_stream_that_still_runs_is_told_its_stop_by_the_end_of_the_test(streams_mock, streams_client, streams_serve):\n"
        "    assert events[-1] == 'ends'\n"
        "    try:\n"
        "        httpx.get(ADDRESS[0])\n"
        "    except httpx.ConnectError:\n"
        "        streams_serve(app, 'agent.example.com')\n"
        "        streams_mock.wait_for(start(streams_client), 'in-progress')\n"
        "def test_afterwards():\n"
        "    assert [session.state for session in ended] == ['stopped', 'stopped']\n",
    )
    assert_all_pass(tmp_path, 3)


def test_an_application_that_does_not_start_or_end_is_said_not_to(tmp_path: Path) -> None:
    write(
        tmp_path,
        "test_it.py",
        "import pytest\n"
        "async def broken(scope, receive, send):\n"
        "    assert (await receive())['type'] == 'lifespan.startup'\n"
        "    await send({'type': 'lifespan.startup.failed', 'message': 'no database'})\n"
        "def test_start(streams_serve, caplog):\n"
        "    with pytest.raises(RuntimeError, match='could not be started; its log says why'):\n"
        "        streams_serve(broken, 'agent.example.com')\n"
        "    assert 'no database' in caplog.text\n"
        "async def busy(scope, receive, send):\n"
        "    await receive()\n"
        "    await send({'type': 'websocket.accept'})\n"
        "    while (await receive())['type'] != 'websocket.disconnect':\n"
        "        pass\n"
        "def test_end(streams_mock, streams_client, streams_serve):\n"
        "    server = streams_serve(busy, 'agent.example.com')\n"
        "    server.wait_until_idle()\n"
        "    streams_mock.wait_for(streams_client.start_stream('CA1', 'wss://agent.example.com/'), 'in-progress')\n"
        "    with pytest.raises(TimeoutError, match='still at 1 requests or WebSockets after 0.1 seconds'):\n"
        "        server.wait_until_idle(0.1)\n",
    )
    assert_all_pass(tmp_path, 2)
