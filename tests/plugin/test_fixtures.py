"""Run the pytest plugin in a separate pytest process, as users do."""

import socket
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from support.pytest_runs import assert_all_pass, run_pytest

FIXTURES = ["streams_mock", "streams_client", "async_streams_client", "streams_receiver", "streams_serve"]


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, "utf-8")


def test_pytest_discovers_the_plugin(tmp_path: Path) -> None:
    (found,) = [each for each in entry_points(group="pytest11") if each.name == "signalwire_streams"]
    assert found.value == "pytest_signalwire_streams"
    write(tmp_path, "test_it.py", "def test_it(streams_mock):\n    assert streams_mock.url\n")
    assert_all_pass(tmp_path, 1)
    assert run_pytest(tmp_path, "-pno:signalwire_streams")[0] == "1 error"


HEAVY = {"httpx", "httpcore", "attr", "anyio", "asyncio", "uvicorn", "starlette", "websockets", "yaml", "trustme"}
LOADED = f"""
import sys

def loaded():
    return {{name.partition(".")[0] for name in sys.modules}} & {HEAVY | {"signalwire_streams", "signalwire_streams_api"}}

def test_without_a_fixture():
    assert sys.modules["pytest_signalwire_streams"].ServedApplication
    assert loaded() == set()
"""
LOADED_BY_A_FIXTURE = """
def test_with_a_fixture(streams_mock):
    assert {"signalwire_streams", "starlette"} <= loaded()
"""


def test_the_plugin_imports_nothing_of_ours_until_a_test_uses_a_fixture(tmp_path: Path) -> None:
    write(tmp_path, "test_it.py", LOADED + LOADED_BY_A_FIXTURE)
    # The plugins of other packages might import httpx.
    counts, output = run_pytest(tmp_path, "-ppytest_signalwire_streams", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert counts == "2 passed", output


@pytest.mark.parametrize(
    "missing", ["jsonschema_rs", "yaml", "starlette", "trustme", "uvicorn", "websockets", "audioop"]
)
def test_each_fixture_says_what_to_install_if_the_extra_is_missing(tmp_path: Path, missing: str) -> None:
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
    told = f'need {missing}, which is not installed: run pip install "signalwire-streams[pytest]"'
    assert output.count(told) == len(FIXTURES)
    assert "Traceback" not in output
    assert "signalwire-streams[mock]" not in output


def test_tests_share_one_mock_that_is_reset_after_each_test(tmp_path: Path) -> None:
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


def test_options_in_a_conftest_configure_the_mock(tmp_path: Path) -> None:
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


OPTIONS = """
@pytest.fixture(scope="{scope}")
def streams_mock_options({base}):
    return {options}
"""
REPEATED = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_{name}(streams_mock, streams_client, number):
    assert (streams_mock.project, streams_mock.signing_key) == {expected}
    assert streams_mock.requests == []
    streams_client.start_stream("CA1", "wss://agent.example.com/")
    MOCKS.add(id(streams_mock))
    assert len(MOCKS) == 1

MOCKS = set()
"""
ORDERS = {
    "as collected": "items",
    "reversed": "items[::-1]",
    "alternating": "sorted(items, key=lambda item: item.callspec.params['number'])",
}


def write_tests_with_options_at_each_level(folder: Path, scope: str, order: str) -> int:
    """Write modules, a folder and a class that override the options of a `conftest.py`, and return the number of tests."""
    (folder / "inner").mkdir()
    modules = {
        "conftest.py": (None, "{'project': 'root'}", None),
        "inner/conftest.py": ("", "{'project': 'inner'}", None),
        "test_base.py": (None, None, ("root", "mock-signing-key")),
        "test_replaced.py": ("", "{'project': 'replaced'}", ("replaced", "mock-signing-key")),
        "test_extended.py": ("base", "{**streams_mock_options, 'signing_key': 'k'}", ("root", "k")),
        "inner/test_inner.py": (None, None, ("inner", "mock-signing-key")),
    }
    for number, (name, (base, options, expected)) in enumerate(modules.items()):
        text = "import pytest\n" if expected is None else REPEATED.format(name=f"it_{number}", expected=expected)
        if options is not None:
            at = "session" if expected is None else scope
            text += OPTIONS.format(scope=at, base="streams_mock_options" if base else "", options=options)
        if name == "conftest.py":
            text += f"def pytest_collection_modifyitems(items):\n    items[:] = {ORDERS[order]}\n"
        write(folder, name, text)
    return 3 * sum(expected is not None for _, _, expected in modules.values())


@pytest.mark.parametrize(
    ("scope", "order"),
    [*(("session", order) for order in ORDERS), ("module", "alternating"), ("function", "as collected")],
)
def test_each_module_gets_a_mock_with_its_own_options_in_any_order(tmp_path: Path, scope: str, order: str) -> None:
    count = write_tests_with_options_at_each_level(tmp_path, scope, order)
    assert_all_pass(tmp_path, count)


def test_each_module_gets_a_mock_with_its_own_options_under_xdist(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    count = write_tests_with_options_at_each_level(tmp_path, "session", "alternating")
    assert_all_pass(tmp_path, count, "-n2", plugins=("xdist", "xdist.looponfail"))


def test_a_class_gets_a_mock_with_its_own_options(tmp_path: Path) -> None:
    write(
        tmp_path,
        "test_it.py",
        "import pytest\n"
        "def test_before(streams_mock):\n"
        "    assert streams_mock.project != 'mine'\n"
        "class TestIt:\n"
        "    @pytest.fixture\n"
        "    def streams_mock_options(self):\n"
        "        return {'project': 'mine'}\n"
        "    def test_it(self, streams_mock):\n"
        "        assert streams_mock.project == 'mine'\n"
        "def test_after(streams_mock):\n"
        "    assert streams_mock.project != 'mine'\n",
    )
    assert_all_pass(tmp_path, 3)


def test_mocks_on_the_same_port_follow_one_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    write(
        tmp_path,
        "test_it.py",
        "import pytest\n"
        "@pytest.fixture(params=['a', 'b', 'a'])\n"
        "def streams_mock_options(request):\n"
        f"    return {{'port': {port}, 'project': request.param}}\n"
        "def test_it(streams_mock, streams_mock_options):\n"
        f"    assert streams_mock.url == 'http://127.0.0.1:{port}'\n"
        "    assert streams_mock.project == streams_mock_options['project']\n",
    )
    assert_all_pass(tmp_path, 3)


def test_only_a_few_mocks_are_kept_and_all_are_stopped(tmp_path: Path) -> None:
    write(
        tmp_path,
        "conftest.py",
        "import threading\n"
        "def running():\n"
        "    return sum(thread.name == 'signalwire-streams mock' for thread in threading.enumerate())\n"
        "def pytest_unconfigure():\n"
        "    print('still running:', running())\n",
    )
    write(
        tmp_path,
        "test_it.py",
        "import pytest\n"
        "from conftest import running\n"
        "@pytest.fixture\n"
        "def streams_mock_options():\n"
        "    return {'on_request': lambda request: None}\n"
        "@pytest.mark.parametrize('number', range(1, 7))\n"
        "def test_it(streams_mock, number):\n"
        "    assert running() == min(number, 4)\n",
    )
    counts, output = run_pytest(tmp_path)
    assert counts == "6 passed", output
    assert "still running: 0" in output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("{'real_time': False}", "MockServer has no argument 'real_time'. Did you mean 'realtime'?"),
        ("{'wav': 'a.wav'}", "MockServer has no argument 'wav'. Use any of port, project, token, calls, "),
        ("None", "it must return a dict of MockServer arguments, not NoneType."),
    ],
)
def test_invalid_options_are_explained_without_a_traceback(tmp_path: Path, options: str, message: str) -> None:
    write(
        tmp_path,
        "test_it.py",
        "import pytest\n"
        "@pytest.fixture(scope='session')\n"
        "def streams_mock_options():\n"
        f"    return {options}\n"
        "def test_it(streams_client):\n    pass\n"
        "def test_another(streams_mock):\n    pass\n",
    )
    counts, output = run_pytest(tmp_path, "-rN")
    assert counts == "2 errors"
    assert output.count(f"streams_mock_options: {message}") == 2
    assert "_mocks.py" not in output


ASYNC_TEST = """
async def test_{name}(async_streams_client, streams_mock):
    async with async_streams_client.stream("CA1", "wss://agent.example.com/") as stream:
        assert streams_mock.streams[0].sid == stream.sid
    assert streams_mock.streams[0].status == "stopped"
"""
# Python warns about open connections when it collects them, and the warning fails this test.
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


def test_streams_environment_configures_clients_without_arguments(tmp_path: Path) -> None:
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


def test_streams_serve_receives_streams_and_callbacks_until_the_test_ends(tmp_path: Path) -> None:
    write(tmp_path, "agent.py", APPLICATION)
    write(
        tmp_path,
        "test_it.py",
        "import httpx\n"
        "from agent import app, ended, events\n"
        "from pytest_signalwire_streams import ServedApplication\n"
        "ADDRESS = []\n"
        "def start(client):\n"
        "    url = 'wss://agent.example.com/audio'\n"
        "    return client.start_stream('CA1', url, status_callback='https://agent.example.com/events')\n"
        "def test_it(streams_mock, streams_client, streams_serve, streams_environment):\n"
        "    server = streams_serve(app, 'agent.example.com')\n"
        "    assert isinstance(server, ServedApplication)\n"
        "    stream = start(streams_client)\n"
        "    streams_mock.wait_for(stream, 'in-progress')\n"
        "    streams_mock.end_call('CA1')\n"
        "    server.wait_until_idle()\n"
        "    assert [session.state for session in ended] == ['stopped']\n"
        "    assert streams_mock.wait_for(stream, 'closed').error is None\n"
        "    assert events == ['begins', 'stream-started', 'stream-stopped']\n"
        "    assert httpx.get(server.url + '/none').status_code == 404\n"
        "    ADDRESS.append(server.url)\n"
        "def test_that_ends_during_a_stream(streams_mock, streams_client, streams_serve):\n"
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


def test_streams_serve_reports_an_application_that_does_not_start_or_finish(tmp_path: Path) -> None:
    write(
        tmp_path,
        "test_it.py",
        "import pytest\n"
        "async def broken(scope, receive, send):\n"
        "    assert (await receive())['type'] == 'lifespan.startup'\n"
        "    await send({'type': 'lifespan.startup.failed', 'message': 'no database'})\n"
        "def test_start(streams_serve, caplog):\n"
        "    with pytest.raises(RuntimeError, match='did not start. Its log says why'):\n"
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
        "    with pytest.raises(TimeoutError, match='still has 1 open requests or WebSockets after 0.1 seconds'):\n"
        "        server.wait_until_idle(0.1)\n",
    )
    assert_all_pass(tmp_path, 2)
