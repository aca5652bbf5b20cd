"""Both clients behind one face, so that what both do is written once and tested on each.

`sync` and `async` send by httpx, as the plain install does; `aiohttp` is the async client with that transport.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Unpack

import httpx
from signalwire_streams import AsyncStreamsClient, CallOptions, StartOptions, Stream, StreamsClient
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

    @contextmanager
    def stream(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> Iterator[Stream]:
        manager = self.client.stream(call_sid, url, **options)
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
