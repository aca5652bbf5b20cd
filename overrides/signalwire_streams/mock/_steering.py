"""What a test does to a running mock, and how it waits for what that brings."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

from signalwire_streams.mock import _tls, _waiting
from signalwire_streams.mock._app import MockApp
from signalwire_streams.mock._callbacks import RecordedCallback
from signalwire_streams.mock._faults import Faults
from signalwire_streams.mock._messages import DIGITS
from signalwire_streams.mock._service import Service
from signalwire_streams.mock._session import Session
from signalwire_streams.mock._setting import Setting
from signalwire_streams.mock._stream import MockStream
from signalwire_streams.mock._thread import ServerThread


class Steering:
    """The part of the mock that tests steer it by, from any thread; what waits is refused in the mock's own."""

    _app: MockApp
    _callbacks: list[RecordedCallback]
    _faults: Faults
    _service: Service
    _setting: Setting
    _thread: ServerThread | None

    def route(self, prefix: str, target: str) -> None:
        """Connect to `target` for all URLs that begin with `prefix`: scheme, host and perhaps port.

            mock.route("wss://agent.example.com", "ws://127.0.0.1:8000")   # your code keeps the URL of production
            mock.route("https://app.example.com", "http://127.0.0.1:9000")   # for status callbacks

        Cleartext is for loopback addresses only. A route to itself says aloud that a host may really be reached.
        """
        self._setting.routes.add(prefix, target)

    def certificate_for(self, *names: str) -> ssl.SSLContext:
        """Make a certificate that the mock trusts, for the names and addresses of a server, as its `ssl` setting."""
        return _tls.server_context(self._setting.trust.certificate_for(*names))

    def certificate_files(self, folder: Path, *names: str) -> tuple[Path, Path]:
        """Make a certificate as `certificate_for` does, and return the PEM files of it and of its key in the folder."""
        return _tls.write_certificate(self._setting.trust.certificate_for(*names), folder)

    def end_call(self, call_sid: str) -> None:
        """End a call: its streams are stopped, and no other can be started on it."""
        self._service.end_call(call_sid)

    def press(self, stream: object, digits: str) -> None:
        """Press keys of the caller's telephone, `0` to `9`, `*`, `#` and `A` to `D`, on a stream in progress.

        The stream is an object that has its `sid`, or its sid or name.
        """
        if not digits or not DIGITS.issuperset(digits):
            raise ValueError(f"{digits!r} are not keys of a telephone: expected 0 to 9, *, # and A to D.")
        self._steer(stream, lambda session: session.press(digits))

    def drop(self, stream: object) -> None:
        """Lose the WebSocket of a stream in progress without closing it, as when a network fails."""
        self._steer(stream, Session.drop)

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
        """Answer the next request, or the next `times`, with an error, perhaps with `Retry-After`.

        With `lost` the connection is lost instead. With `carried_out` the request is carried out all the same.
        """
        self._faults.add(status, code, message, retry_after, lost=lost, carried_out=carried_out, times=times)

    def wait_for(self, stream: object, state: str, timeout: float = 5.0) -> MockStream:
        """Wait until a stream is, or has been, `queued`, `in-progress`, `stopped` or `closed`, and return it.

        `closed` is beyond `stopped`: its WebSocket is closed too, and its callbacks are delivered or given up.
        The stream is an object that has its `sid`, or its sid or name, also one that is still to be started.
        Raises TimeoutError, which says how it stands, at once where the state can no more be reached.
        """
        self._require_another_thread()
        return _waiting.wait_for_state(self._service, stream, state, timeout)

    def wait_for_callback(self, event: str, stream: object = None, timeout: float = 5.0) -> RecordedCallback:
        """Wait until a callback of an event (and of a stream) was delivered or given up. Raises TimeoutError."""
        self._require_another_thread()
        return _waiting.wait_for_callback(self._service, self._callbacks, event, stream, timeout)

    def reset(self) -> None:
        """End all streams, without callbacks, and forget all that happened: a fresh mock at the same URL.

        What it was made with stays: routes, certificates, audio.
        """
        self._require_another_thread()
        if self._thread is not None:
            self._thread.runner.wait_for_end_of_all()
        self._service.reset()
        self._setting.routes.reset()
        self._faults.clear()
        self._app.reset()
        self._callbacks.clear()

    def _steer(self, stream: object, act: Callable[[Session], None]) -> None:
        found = _waiting.find(self._service.streams, stream)
        if found is None or found.status != "in-progress" or self._thread is None:
            how = "does not exist" if found is None else f"is {found.status}"
            raise RuntimeError(f"The stream {how}: it must be in progress on a mock that runs.")
        self._thread.runner.steer(found, act)

    def _require_another_thread(self) -> None:
        if self._thread is not None and self._thread.is_current():
            raise RuntimeError("This would wait for the mock's own thread, in which it was called.")
