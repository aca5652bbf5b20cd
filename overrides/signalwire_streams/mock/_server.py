"""The mock's facade: a server on the loopback interface that tests start, steer and inspect."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal, Self
from uuid import uuid4

from starlette.types import ASGIApp, Receive, Scope

from signalwire_streams.mock._api import Faults, MockApp, PlannedFailure, load_document
from signalwire_streams.mock._control import ControlApp, Demo
from signalwire_streams.mock._records import MockCall, MockCounts, MockStream, RecordedCallback, RecordedRequest
from signalwire_streams.mock._state import Change, State
from signalwire_streams.mock._streams import (
    Audio,
    AudioFormat,
    Routes,
    SessionConfig,
    StreamRunner,
    TrustStore,
    choose_audio,
)
from signalwire_streams.mock._thread import ServerThread

DEFAULT_PROJECT = "b3877c40-da60-4998-90ad-b792e98472af"
"""The Project ID that a mock accepts by default."""
DEFAULT_TOKEN = "mock-token"  # noqa: S105  a public default
"""The API token that a mock accepts by default."""
DEFAULT_SIGNING_KEY = "mock-signing-key"
"""The key with which a mock signs status callbacks by default."""
DEFAULT_KEEP = 10_000
"""How many requests, stopped streams and status callbacks a mock keeps by default."""
_KEYS = frozenset("0123456789*#ABCD")


class MockServer:
    """A mock of the Compat Calls Streams API on `http://127.0.0.1:PORT`.

        with (
            MockServer() as mock,
            StreamsClient(mock.project, mock.token, mock.url) as client,
        ):
            client.start_stream("any-call", "wss://stream.example.com/audio")
            assert mock.streams[0].status == "in-progress"

    The mock connects to URLs on this machine, and along routes. Other streams are in progress without a connection.
    All methods work from any thread. Those that wait do not work in the mock's own thread.

    `port`: the port to listen on; 0 picks a free one.
    `project`, `token`: the credentials to accept.
    `calls`: the SIDs of the live calls; None accepts any call. A call ends with `end_call`.
    `conferences`: the SIDs of the live conferences; None accepts any conference. One ends with `end_conference`.
    `document`: an OpenAPI document of your own to validate requests against.
    `on_request`: called with each request before its response is sent, in the mock's thread.
    `on_change`: called with a stream after each change of its status, in the thread that changed it.
    `on_callback`: called with a status callback after each attempt, in the mock's thread. The last one is `final`.
    `signing_key`: the key that signs status callbacks.
    `routes`: a mapping of prefixes to targets, as for `route`.
    `audio`: the audio of `"inbound"` and `"outbound"`, each an `Audio` or a WAV file. By default, inbound is
    speech-like and outbound is a tone.
    `encoding`, `sample_rate`: `"audio/x-mulaw"` or `"audio/x-alaw"` at 8000, or `"audio/x-L16"` at 8000, 16000 or
    24000. The `codec` of a conference's stream comes first.
    `realtime`: False sends audio as fast as the receiver reads it.
    `receiver_timeout`: the seconds that a receiver has to accept the WebSocket, to read audio, and to close.
    `ca_file`: a PEM file with CA certificates to trust in addition to the system's.
    `start_delay`: the seconds before a start is carried out, even if the client is gone by then. Stops have no delay.
    `keep`: the number of requests, stopped streams and status callbacks to keep. Running streams are always kept.
    `page`: True serves a page at `/` that shows all this live, and the API under it at `/_mock/`.

    Raises ValueError for an invalid argument, or a document that is unlike the package's, and OSError for a file that
    cannot be read.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        project: str = DEFAULT_PROJECT,
        token: str = DEFAULT_TOKEN,
        calls: Iterable[str] | None = None,
        conferences: Iterable[str] | None = None,
        document: Path | None = None,
        on_request: Callable[[RecordedRequest], None] | None = None,
        on_change: Callable[[MockStream], None] | None = None,
        on_callback: Callable[[RecordedCallback], None] | None = None,
        signing_key: str = DEFAULT_SIGNING_KEY,
        routes: Mapping[str, str] | None = None,
        audio: Mapping[str, Audio | Path | str] | None = None,
        encoding: str = "audio/x-mulaw",
        sample_rate: int = 8000,
        realtime: bool = True,
        receiver_timeout: float = 5.0,
        ca_file: Path | str | None = None,
        start_delay: float = 0.0,
        keep: int = DEFAULT_KEEP,
        page: bool = False,
    ) -> None:
        self.project = project
        self.token = token
        self.signing_key = signing_key
        self._port = port
        self._on_request = on_request
        self._on_change = on_change
        self._on_callback = on_callback
        self._state = State(calls, conferences, keep)
        self._state.observe(self._handle_change)
        self._faults = Faults()
        self._app = MockApp(
            self._state,
            load_document(document),
            project=project,
            token=token,
            faults=self._faults,
            start_delay=start_delay,
            begin=self._begin,
            hang_up=self._hang_up,
        )
        self._routes = Routes(routes)
        self._trust = TrustStore(ca_file)
        self._config = SessionConfig(
            routes=self._routes,
            trust=self._trust,
            signing_key=signing_key,
            audio=choose_audio(audio),
            audio_format=AudioFormat(encoding, sample_rate),
            realtime=realtime,
            receiver_timeout=receiver_timeout,
        )
        self._control = self._make_control() if page else None
        self._demo: Demo | None = None
        self._thread: ServerThread | None = None

    def _make_control(self) -> ControlApp:
        given_token = self.token != DEFAULT_TOKEN
        given_key = self.signing_key != DEFAULT_SIGNING_KEY
        return ControlApp(
            self,
            self._app.call_from_socket,
            state=self._state,
            routes=self._routes,
            faults=self._faults,
            config=self._config,
            secrets=[*([self.token] if given_token else []), *([self.signing_key] if given_key else [])],
            settings={
                "project": self.project,
                "token": None if given_token else self.token,
                "signing_key": None if given_key else self.signing_key,
            },
            hang_up=self._hang_up,
        )

    def __repr__(self) -> str:
        return f"MockServer(url={self.url!r})" if self._thread else "MockServer(not running)"

    # Start and stop.

    def start(self) -> Self:
        """Start the mock, and return once it serves requests.

        Raises OSError if the port is taken, and ValueError if it does not exist.
        """
        if self._thread is not None:
            raise RuntimeError("The mock is already running. Call stop() before you start it again.")
        if not 0 <= self._port <= 65535:
            raise ValueError(f"port must be from 0 to 65535, not {self._port}. 0 picks a free port.")
        # With the protocol named, asyncio disables Nagle's algorithm, which would delay each response by 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
        except OSError:
            listener.close()
            raise
        thread = ServerThread(self._control or self._app.call_from_socket, listener, self._open, self._close)
        thread.start()
        self._thread = thread
        return self

    def stop(self) -> None:
        """Stop all streams without callbacks, and return once the mock's thread has ended."""
        if self._thread is not None:
            self._require_other_thread()
            self._app.give_up_delayed_starts()
            self._thread.stop()
            self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reset(self) -> None:
        """Stop all streams without callbacks and forget what happened, as if the mock were new at the same URL.

        Its arguments, certificates and initial routes stay.
        """
        self._require_other_thread()
        self._app.reset()
        if self._thread is not None:
            self._thread.runner.end_all_and_wait()
        self._routes.reset()
        self._state.reset()

    # Inspect.

    @property
    def app(self) -> ASGIApp:
        """The mock as an ASGI application, to call without a socket."""
        return self._app

    @property
    def url(self) -> str:
        """The mock's URL, to pass to a client as `host`. Raises RuntimeError if the mock is not running."""
        return f"http://127.0.0.1:{self._require_thread().port}"

    @property
    def requests(self) -> list[RecordedRequest]:
        """The last requests, oldest first: as many as `keep` says, and at most 100 MB of them."""
        return self._state.requests

    @property
    def streams(self) -> list[MockStream]:
        """All running streams and the last stopped ones, oldest first."""
        return self._state.streams

    @property
    def callbacks(self) -> list[RecordedCallback]:
        """The last status callbacks after their last attempt, oldest first."""
        return self._state.callbacks

    @property
    def counts(self) -> MockCounts:
        """The numbers of all requests, streams and status callbacks since the start or the last reset."""
        return self._state.counts

    def wait_for(self, stream: object, state: str, timeout: float = 5.0) -> MockStream:
        """Wait until a stream has reached a state, and return it.

        `stream`: an object with a `sid`, or a sid or name. The stream need not have started yet.
        `state`: `queued`, `in-progress`, `stopped` or `closed`. `closed` comes after `stopped`: the WebSocket is
        closed, and the callbacks are done.
        `timeout`: the seconds to wait.

        Raises TimeoutError with the stream's status, at once if the stream can no longer reach the state.
        """
        self._require_other_thread()
        return self._state.wait_for_stream(stream, state, timeout)

    def wait_for_callback(self, event: str, stream: object = None, timeout: float = 5.0) -> RecordedCallback:
        """Wait until a status callback was delivered or given up, and return it.

        `event`: `stream-started`, `stream-stopped` or `stream-error`.
        `stream`: an object with a `sid`, or a sid or name; None matches any stream.
        `timeout`: the seconds to wait.

        Raises TimeoutError.
        """
        self._require_other_thread()
        return self._state.wait_for_callback(event, stream, timeout)

    # Steer the API.

    @property
    def answer_headers(self) -> dict[str, str]:
        """Headers to add to every response, such as rate limit headers. Change the dictionary to set them.

        It starts empty, because SignalWire does not document the names of its rate limit headers.
        """
        return self._app.extra_headers

    def fail_next(
        self,
        status: int = 503,
        *,
        code: int | None = None,
        message: str | None = None,
        retry_after: float | str | None = None,
        lost: bool = False,
        carried_out: bool = False,
        times: int = 1,
    ) -> None:
        """Make the next requests fail.

        `status`: the HTTP status, from 400 to 599.
        `code`: the API's error code; None picks one that fits the status.
        `message`: the error message.
        `retry_after`: the value of the `Retry-After` header; None leaves the header out.
        `lost`: drop the connection instead of responding.
        `carried_out`: carry the request out before it fails.
        `times`: the number of requests.

        Raises ValueError for another status, and for a `retry_after` that no header can hold.
        """
        self._faults.add(status, code, message, retry_after, lost=lost, carried_out=carried_out, times=times)
        self._state.tell("fault")

    def cancel_failures(self) -> None:
        """Cancel the planned failures, so that the next requests succeed again."""
        self._faults.clear()
        self._state.tell("fault")

    @property
    def planned_failures(self) -> tuple[PlannedFailure, ...]:
        """The failures of the next requests, in order."""
        return self._faults.planned

    def replay(self, request: RecordedRequest) -> RecordedRequest:
        """Handle a recorded request once more, with its headers and body, and return the new record.

        Raises RuntimeError if the mock is not running, or is stopped or reset in the meantime.
        """
        self._require_other_thread()
        return self._require_thread().runner.run(self._app.replay(request))

    def end_call(self, call_sid: str) -> None:
        """End a call. Its streams stop, and no other stream can start on it."""
        self._state.end(("call", call_sid))

    def end_conference(self, conference_sid: str) -> None:
        """End a conference. Its streams stop, and no other stream can start on it."""
        self._state.end(("conference", conference_sid))

    def add_call(
        self,
        sid: str | None = None,
        *,
        status: str = "in-progress",
        from_: str | None = None,
        to: str | None = None,
        direction: str = "inbound",
        parent_call_sid: str | None = None,
    ) -> MockCall:
        """Add a call for `list_calls` to find. A call that had a stream is there already.

        `sid`: the SID; None makes one up. The call replaces one of the same SID.
        `status`: a stream can be started on a call that is `in-progress`.

        Raises ValueError for an empty SID.
        """
        if sid == "":
            raise ValueError("sid must not be empty. Leave it out to have one made up.")
        call = MockCall(
            str(uuid4()) if sid is None else sid,
            status=status,
            from_=from_,
            to=to,
            direction=direction,
            parent_call_sid=parent_call_sid,
        )
        self._state.add_call(call)
        return call

    # Steer the streams.

    def route(self, prefix: str, target: str) -> None:
        """Connect to `target` for all URLs that start with `prefix`.

            # Your code keeps its production URL.
            mock.route("wss://agent.example.com", "ws://127.0.0.1:8000")
            # Status callbacks have routes too.
            mock.route("https://app.example.com", "http://127.0.0.1:9000")

        `prefix`, `target`: a scheme, a host and an optional port. An unencrypted target must be a loopback address.
        A route from a host to itself lets the mock connect to that host.

        Raises ValueError.
        """
        self._routes.add(prefix, target)
        self._state.tell("route")

    @property
    def routes(self) -> dict[str, str]:
        """The routes, each from a prefix to a target."""
        return self._routes.shown

    def certificate_for(self, *names: str) -> ssl.SSLContext:
        """Issue a certificate that the mock trusts, and return a TLS context for a server.

        `names`: the host names and IP addresses of the server.
        """
        return self._trust.server_context(*names)

    def certificate_files(self, folder: Path, *names: str) -> tuple[Path, Path]:
        """Issue a certificate that the mock trusts, and return the paths of its PEM file and its key's.

        `folder`: the folder to write the files to.
        `names`: the host names and IP addresses of the server.
        """
        return self._trust.write_certificate(folder, *names)

    def press(self, stream: object, digits: str) -> None:
        """Press telephone keys on a stream in progress.

        `stream`: an object with a `sid`, or a sid or name.
        `digits`: one or more of `0` to `9`, `*`, `#` and `A` to `D`.

        Raises RuntimeError if the stream is not in progress, and ValueError for another key.
        """
        if not digits or not _KEYS.issuperset(digits):
            raise ValueError(f"digits must be telephone keys, not {digits!r}. Use 0 to 9, *, # and A to D.")
        found = self._require_in_progress(stream)
        self._require_thread().runner.press(found, digits)

    def drop(self, stream: object) -> None:
        """Drop the connection of a stream in progress without closing its WebSocket, as a network failure does.

        `stream`: an object with a `sid`, or a sid or name.

        Raises RuntimeError if the stream is not in progress.
        """
        found = self._require_in_progress(stream)
        self._require_thread().runner.drop(found)

    def stop_stream(self, stream: object) -> None:
        """Stop a stream as the API does. Nothing happens if it has stopped already.

        `stream`: an object with a `sid`, or a sid or name.

        Raises RuntimeError if there is no such stream.
        """
        self._state.stop_stream(self._require_stream(stream))

    def resend(
        self, callback: RecordedCallback, *, signature: Literal["valid", "invalid"] = "valid"
    ) -> RecordedCallback:
        """Send a status callback once more, and return its record after the last attempt.

        `signature`: `invalid` signs it with another key. Your server must refuse it then.

        Raises RuntimeError if the mock is not running, and ValueError for another `signature`.
        """
        if signature not in {"valid", "invalid"}:
            raise ValueError(f"signature must be 'valid' or 'invalid', not {signature!r}.")
        self._require_other_thread()
        return self._require_thread().runner.resend(callback, is_signature_valid=signature == "valid")

    def _require_stream(self, stream: object) -> MockStream:
        found = self._state.find(stream)
        if found is None:
            raise RuntimeError("There is no such stream. Pass a stream of this mock, its sid or its name.")
        return found

    def _require_in_progress(self, stream: object) -> MockStream:
        found = self._state.find(stream)
        if found is None:
            raise RuntimeError("There is no such stream. Pass a stream that is in progress.")
        if found.status != "in-progress":
            raise RuntimeError(f"The stream {found.name!r} is {found.status}. Pass a stream that is in progress.")
        return found

    def start_demo(self) -> MockStream:
        """Start a stream on a new call to a receiver of the mock's own, so that there is something to see and hear.

        Raises RuntimeError if the mock is not running.
        """
        self._require_other_thread()
        runner = self._require_thread().runner
        if self._demo is None:
            raise RuntimeError("The mock is stopping.")
        return runner.run(self._demo.start())

    # The thread's begin and end, in its event loop.

    def _open(self) -> StreamRunner:
        runner = StreamRunner(self._config, self._state)
        self._demo = Demo(self._state, self._routes, self.project, runner.start)
        if self._control is not None:
            self._control.open()
        return runner

    def _close(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._demo is not None:
            self._demo.close()
            self._demo = None

    # The app's and the state's way to the thread, which comes and goes.

    def _begin(self, stream: MockStream) -> None:
        if self._thread is None:  # the app is called in process: there is no event loop for the stream
            self._state.mark_in_progress(stream)
        else:
            self._thread.runner.start(stream)

    async def _hang_up(self, scope: Scope, receive: Receive) -> None:
        if self._thread is None:  # the app is called in process: there is no connection
            raise ConnectionResetError("The mock dropped the connection, as the test asked.")
        await self._thread.hang_up(scope, receive)

    def _handle_change(self, change: Change, record: object) -> None:
        if change == "status" and isinstance(record, MockStream):
            if record.status == "stopped" and self._thread is not None:
                self._thread.runner.stop(record)
            if self._on_change is not None:
                self._on_change(record)
        elif change == "request" and isinstance(record, RecordedRequest) and self._on_request is not None:
            self._on_request(record)
        elif change == "callback" and isinstance(record, RecordedCallback) and self._on_callback is not None:
            self._on_callback(record)

    def _require_thread(self) -> ServerThread:
        if self._thread is None:
            raise RuntimeError("The mock is not running. Use it in a with statement, or call start().")
        return self._thread

    def _require_other_thread(self) -> None:
        if self._thread is not None and self._thread.is_current():
            raise RuntimeError(
                "This call would block the mock's own thread forever. "
                "Call it from another thread, not from on_request, on_change or on_callback."
            )
