import random
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings
from signalwire_streams import RetryPolicy
from signalwire_streams.mock import MockServer
from support.both import BOTH, EitherClient
from support.canned import CannedServer, canned_server

# A shared machine is slow at times, which says nothing of the code; a failure prints what is needed to run it again.
settings.register_profile("here", deadline=None, print_blob=True, max_examples=60)
settings.load_profile("here")

# What a shell has put in the background ignores Ctrl-C, and what nohup has started a hang-up, as do all that they start;
# the commands that tests start are to be told by both. A handler of ours is none of theirs.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=random.randrange(10**6), help="of the random schedules of faults")
    parser.addoption("--schedules", type=int, default=30, help="how many schedules of faults each client goes through")
    parser.addoption("--calls", type=int, default=1000, help="how many calls threads and tasks share a client for")
    parser.addoption("--streams", type=int, default=3600, help="how many streams the soak starts")
    parser.addoption("--messages", type=int, default=20_000, help="how many damaged messages a session is fed")
    parser.addoption("--examples", type=int, default=30, help="how many requests the contract tests generate for each")


@pytest.fixture(autouse=True)
def no_account_in_the_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "live" in request.path.parts:
        return
    for name in ("PROJECT_ID", "API_TOKEN", "SPACE", "SPACE_URL", "SIGNING_KEY"):
        monkeypatch.delenv(f"SIGNALWIRE_{name}", raising=False)


@pytest.fixture
def signals_of_the_tests() -> Iterator[None]:
    """Restore the handlers of signals: a command that was interrupted leaves them ignored, and so would its children."""
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    handlers = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def running_mock() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def mock(running_mock: MockServer) -> MockServer:
    """A mock of the service, on a real socket, as if it were new."""
    running_mock.reset()
    return running_mock


@pytest.fixture(scope="session")
def running_paged_mock() -> Iterator[MockServer]:
    with MockServer(page=True) as server:
        yield server


@pytest.fixture
def paged_mock(running_paged_mock: MockServer) -> MockServer:
    """A mock with its page and control API, as if it were new."""
    running_paged_mock.reset()
    return running_paged_mock


@pytest.fixture
def canned() -> Iterator[CannedServer]:
    """A server that answers what it is told."""
    with canned_server() as server:
        yield server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`kind` is each of BOTH clients in turn, or of those that `@kinds` or the KINDS of a module name."""
    if "kind" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("kinds")
        kinds = marker.args if marker else getattr(metafunc.module, "KINDS", BOTH)
        metafunc.parametrize("kind", kinds, scope="session")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "kinds(*kinds): the kinds of client that a test is run with")


@pytest.fixture(scope="session")
def running_client(kind: str, running_mock: MockServer) -> Iterator[EitherClient]:
    with EitherClient(kind, running_mock.project, running_mock.token, running_mock.url) as either:
        yield either


@pytest.fixture
def client(running_client: EitherClient, mock: MockServer) -> EitherClient:  # noqa: ARG001  the mock is made new
    """A client of the mock, once sync and once async."""
    return running_client


@pytest.fixture
def canned_client(kind: str, canned: CannedServer) -> Iterator[EitherClient]:
    """A client of the canned server that tries once, once sync and once async."""
    with EitherClient(kind, "a-project", "a-token", canned.url, retry=RetryPolicy(attempts=1)) as either:
        yield either
