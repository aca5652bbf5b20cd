"""The mock on a real socket of the loopback interface, in a thread of its own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Self

from starlette.types import ASGIApp

from signalwire_streams._settings import Secret
from signalwire_streams.mock import _audio
from signalwire_streams.mock._app import MockApp, RecordedRequest, raise_reset
from signalwire_streams.mock._callbacks import RecordedCallback
from signalwire_streams.mock._document import load_document
from signalwire_streams.mock._faults import Faults
from signalwire_streams.mock._routes import Routes
from signalwire_streams.mock._runner import Runner
from signalwire_streams.mock._service import Service
from signalwire_streams.mock._session import Session
from signalwire_streams.mock._setting import Setting
from signalwire_streams.mock._steering import Steering
from signalwire_streams.mock._stream import MockStream
from signalwire_streams.mock._thread import ServerThread
from signalwire_streams.mock._tls import Trust

DEFAULT_PROJECT = "b3877c40-da60-4998-90ad-b792e98472af"
DEFAULT_TOKEN = "mock-token"  # noqa: S105  a default that is told to everybody
DEFAULT_SIGNING_KEY = "mock-signing-key"


class MockServer(Steering):
    """The Compat Calls Streams API on `http://127.0.0.1:PORT`, without an account.

        with MockServer() as mock, StreamsClient(mock.project, mock.token, mock.url) as client:
            client.start_stream("any-call", "wss://stream.example.com/audio")
            assert mock.streams[0].status == "in-progress"

    `port` 0 takes a free one. Any call is live, unless `calls` lists those that are, and until `end_call`.
    `document` is the path of an OpenAPI document of your own to hold requests against.
    `on_request` is called with each request before it is answered, in the mock's thread; `on_change` with each stream
    whose status has changed, in the thread that changed it.

    The audio flows to a URL of this machine, and along `routes`, which are as the arguments of `route`; a stream to
    another place is in progress with nobody connected. `audio` is what `"inbound"` and `"outbound"` sound like, each a
    WAV file or an `Audio`; else something like speech, and a tone. `encoding` and `sample_rate` are `"audio/x-mulaw"`
    at 8000, or `"audio/x-L16"` at 16000 or 24000. With `realtime=False` audio comes as fast as the receiver takes it.
    A receiver has `receiver_timeout` seconds to take the connection, audio, and the end. `ca_file` holds certificates
    of authorities to trust beside the system's. Status callbacks are signed with `signing_key`.

    `start_delay`: seconds before a start is carried out, even if its client is gone by then. A stop is never delayed.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        project: str = DEFAULT_PROJECT,
        token: str = DEFAULT_TOKEN,
        calls: Iterable[str] | None = None,
        document: Path | None = None,
        on_request: Callable[[RecordedRequest], None] | None = None,
        on_change: Callable[[MockStream], None] | None = None,
        signing_key: str = DEFAULT_SIGNING_KEY,
        routes: Mapping[str, str] | None = None,
        audio: Mapping[str, _audio.Audio | Path | str] | None = None,
        encoding: str = "audio/x-mulaw",
        sample_rate: int = 8000,
        realtime: bool = True,
        receiver_timeout: float = 5.0,
        ca_file: Path | str | None = None,
        start_delay: float = 0.0,
    ) -> None:
        self.project = project
        self.token = token
        self.signing_key = signing_key
        self._port = port
        self._on_change = on_change
        self._service = Service({project: token}, calls)
        self._service.on_change = self._changed
        self._faults = Faults()
        self._app = MockApp(self._service, load_document(document), on_request, self._faults, start_delay)
        self._callbacks: list[RecordedCallback] = []
        self._setting = Setting(
            service=self._service,
            routes=Routes(routes),
            trust=Trust(ca_file),
            signing_key=Secret(signing_key),
            record=self._record,
            audio=_audio.choose(audio),
            audio_format=_audio.AudioFormat(encoding, sample_rate),
            realtime=realtime,
            patience=receiver_timeout,
        )
        self._thread: ServerThread | None = None

    def __repr__(self) -> str:
        return f"MockServer(url={self.url!r})" if self._thread else "MockServer(not running)"

    @property
    def app(self) -> ASGIApp:
        """The mock as an ASGI application, to be used without a socket."""
        return self._app

    @property
    def url(self) -> str:
        """What to give a client as its `host`."""
        if self._thread is None:
            raise RuntimeError("The mock has no URL until it runs: use it in a with statement, or call start().")
        return f"http://127.0.0.1:{self._thread.port}"

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests that were received, oldest first."""
        return list(self._app.requests)

    @property
    def streams(self) -> list[MockStream]:
        """All streams ever started, oldest first."""
        return self._service.streams

    @property
    def callbacks(self) -> list[RecordedCallback]:
        """All status callbacks that were delivered or given up, oldest first."""
        return list(self._callbacks)

    @property
    def answer_headers(self) -> dict[str, str]:
        """What each answer is to have beside its own headers: put in, say, those of a rate limit.

        The service has such headers, but does not publish their names; so there are none until a test puts them in.
        """
        return self._app.answer_headers

    def start(self) -> Self:
        """Listen, and return once the mock answers. Raises OSError for a port that is taken, ValueError for no port."""
        if self._thread is not None:
            raise RuntimeError("The mock is running already.")
        if not 0 <= self._port <= 65535:
            raise ValueError(f"The port {self._port} does not exist: expected 0 to 65535, where 0 takes a free one.")
        # With the protocol named, asyncio switches Nagle's algorithm off, which would hold each answer for 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
        except OSError:
            listener.close()
            raise
        thread = ServerThread(self._app, listener, lambda: Runner(self._setting))
        thread.start()
        self._thread = thread
        self._app.begin, self._app.hang_up = thread.runner.start, thread.hang_up
        return self

    def stop(self) -> None:
        """End all streams, without callbacks, and return once the mock's thread has ended."""
        if self._thread is not None:
            self._require_another_thread()
            self._app.give_up_delayed_starts()
            self._thread.stop()
            self._thread = None
            self._app.begin, self._app.hang_up = self._service.connect, raise_reset

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _changed(self, stream: MockStream) -> None:
        if stream.status == "stopped" and self._thread is not None:
            self._thread.runner.steer(stream, Session.stop)
        if self._on_change is not None:
            self._on_change(stream)

    def _record(self, callback: RecordedCallback) -> None:
        self._callbacks.append(callback)
        self._service.tell()
