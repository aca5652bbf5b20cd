"""Both clients behind one face, so that what both do is written once and tested on each.

`sync` and `async` send by httpx, as the plain install does; `aiohttp` is the async client with that transport.
"""

import asyncio
import copy
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Unpack

import httpx
from signalwire_streams import (
    AsyncStreamsClient,
    Call,
    CallOptions,
    ConferenceStream,
    StartConferenceOptions,
    StartOptions,
    Stream,
    StreamsClient,
)
from signalwire_streams.transports import AiohttpTransport

BOTH = ("sync", "async")
WITH_AIOHTTP = (*BOTH, "aiohttp")


class EitherClient:
    """A client of one kind, called as if it were the sync one."""

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        self.kind = kind
        self.runner = None if kind == "sync" else asyncio.Runner()
        self.http: Any = kwargs.get("http_client")
        if kind == "aiohttp" and self.http is None and kwargs.get("transport") is None:
            kwargs["transport"] = AiohttpTransport()
        self.client: Any = AsyncStreamsClient(*args, **kwargs) if self.runner else StreamsClient(*args, **kwargs)

    def start_stream(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> Stream:
        return self._do(self.client.start_stream(call_sid, url, **options))

    def stop_stream(self, call_sid: str, sid: str, **options: Unpack[CallOptions]) -> Stream:
        return self._do(self.client.stop_stream(call_sid, sid, **options))

    def start_conference_stream(
        self, conference_sid: str, url: str, **options: Unpack[StartConferenceOptions]
    ) -> ConferenceStream:
        return self._do(self.client.start_conference_stream(conference_sid, url, **options))

    def stop_conference_stream(self, conference_sid: str, sid: str, **options: Unpack[CallOptions]) -> ConferenceStream:
        return self._do(self.client.stop_conference_stream(conference_sid, sid, **options))

    def list_calls(self, **options: Any) -> Iterator[Call]:
        """Iterate over the calls. Arguments are checked at once."""
        calls = self.client.list_calls(**options)
        return calls if self.runner is None else self._iterate(calls)

    def _iterate(self, calls: Any) -> Iterator[Call]:
        with suppress(StopAsyncIteration):
            while True:
                yield self._do(anext(calls))

    def check(self, **options: Unpack[CallOptions]) -> None:
        self._do(self.client.check(**options))

    def with_options(self, **options: Any) -> "EitherClient":
        """A client with other settings that shares the connections, and the event loop, of this one."""
        twin = copy.copy(self)
        twin.client = self.client.with_options(**options)
        return twin

    def stream(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> AbstractContextManager[Stream]:
        return self._block(self.client.stream(call_sid, url, **options))

    def conference_stream(
        self, conference_sid: str, url: str, **options: Unpack[StartConferenceOptions]
    ) -> AbstractContextManager[ConferenceStream]:
        return self._block(self.client.conference_stream(conference_sid, url, **options))

    @contextmanager
    def _block(self, manager: Any) -> Iterator[Any]:
        if self.runner is None:
            with manager as stream:
                yield stream
            return
        stream = self._do(manager.__aenter__())
        try:
            yield stream
        except BaseException as error:
            if not self._do(manager.__aexit__(type(error), error, error.__traceback__)):
                raise
        else:
            self._do(manager.__aexit__(None, None, None))

    def close(self) -> None:
        """Close the client, then the user's own, which must still be open by then."""
        if self.runner is None:
            self.client.close()
        else:
            self._do(self.client.aclose())
        if self.http is not None:
            assert not self.http.is_closed
            self._do(self.http.aclose()) if self.runner else self.http.close()
        if self.runner is not None:
            self.runner.close()

    def _do(self, result: Any) -> Any:
        return self.runner.run(result) if self.runner else result

    def __enter__(self) -> "EitherClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def httpx_client(kind: str, **options: Any) -> Any:
    """An httpx client of the kind, as a user would bring it."""
    return httpx.Client(**options) if kind == "sync" else httpx.AsyncClient(**options)
