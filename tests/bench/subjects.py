"""The clients that are compared: for each, how a start of a stream is written with it.

Each runs by the Python of an environment of its own, and imports what it needs when it is made.
`start()` makes a call and returns the stream's sid as the client gives it.
"""

from __future__ import annotations

import base64
import socket
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

PROJECT, TOKEN = "b3877c40-da60-4998-90ad-b792e98472af", "PT0123456789abcdef0123456789abcdef"
CALL = "b3877c40-da60-4998-90ad-b792e98472ca"  # that of the server's stream: a client may reject another
STREAM_URL = "wss://stream.example.com/audio"
PATH = f"/api/laml/2010-04-01/Accounts/{PROJECT}/Calls/{CALL}/Streams"
FORM = {"Url": STREAM_URL, "Name": "my_first_stream"}
PARAMETERS = {f"Name{number}": f"value {number}" for number in range(1, 100)}

Start = Callable[[], str]
AsyncStart = Callable[[], Awaitable[str]]


def raw_socket(url: str) -> Start:
    host, port = urlsplit(url).hostname, urlsplit(url).port
    connection = socket.create_connection((host, port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    credentials = base64.b64encode(f"{PROJECT}:{TOKEN}".encode()).decode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Basic {credentials}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
    )
    body = urlencode(FORM)
    request = f"{head}{len(body)}\r\n\r\n{body}".encode()

    def start() -> str:
        connection.sendall(request)
        answer = connection.recv(65536)
        return answer[answer.index(b'"sid": "') + 8 :].split(b'"', 1)[0].decode()

    return start


def http_client(url: str) -> Start:
    import http.client
    import json

    connection = http.client.HTTPConnection(str(urlsplit(url).hostname), urlsplit(url).port)
    credentials = base64.b64encode(f"{PROJECT}:{TOKEN}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"}

    def start() -> str:
        connection.request("POST", PATH, urlencode(FORM), headers)
        sid: str = json.loads(connection.getresponse().read())["sid"]
        return sid

    return start


def httpx_by_hand(url: str) -> Start:
    import httpx

    client = httpx.Client(auth=(PROJECT, TOKEN))

    def start() -> str:
        sid: str = client.post(url + PATH, data=FORM).json()["sid"]
        return sid

    return start


def ours(url: str) -> Start:
    client = _ours(url, "StreamsClient")
    return lambda: client.start_stream(CALL, STREAM_URL, name="my_first_stream").sid


def ours_99(url: str) -> Start:
    client = _ours(url, "StreamsClient")
    return lambda: client.start_stream(CALL, STREAM_URL, name="my_first_stream", parameters=PARAMETERS).sid


def twilio(url: str) -> Start:
    client = _twilio(url)
    return lambda: client.calls(CALL).streams.create(url=STREAM_URL, name="my_first_stream").sid


def twilio_99(url: str) -> Start:
    client = _twilio(url)
    numbered = enumerate(PARAMETERS.items(), 1)
    pairs = {
        f"parameter{n}_{key}": text for n, pair in numbered for key, text in zip(("name", "value"), pair, strict=True)
    }
    return lambda: client.calls(CALL).streams.create(url=STREAM_URL, name="my_first_stream", **pairs).sid


def signalwire_sdk(url: str) -> Start:
    from signalwire.rest import RestClient

    client = RestClient(project=PROJECT, token=TOKEN, host="ignored")
    client._http._base_url = url
    calls = client.compat.calls
    return lambda: calls.start_stream(CALL, Url=STREAM_URL, Name="my_first_stream")["sid"]


def aiohttp_by_hand(url: str) -> AsyncStart:
    import aiohttp

    session = aiohttp.ClientSession(auth=aiohttp.BasicAuth(PROJECT, TOKEN))

    async def start() -> str:
        async with session.post(url + PATH, data=FORM) as response:
            sid: str = (await response.json())["sid"]
        return sid

    return start


def httpx_async_by_hand(url: str) -> AsyncStart:
    import httpx

    # At 500 in flight the default of five seconds would end in PoolTimeout.
    client = httpx.AsyncClient(auth=(PROJECT, TOKEN), timeout=60)

    async def start() -> str:
        sid: str = (await client.post(url + PATH, data=FORM)).json()["sid"]
        return sid

    return start


def ours_async(url: str) -> AsyncStart:
    return _start_async(_ours(url, "AsyncStreamsClient"))


def ours_aiohttp(url: str) -> AsyncStart:
    from signalwire_streams.transports import AiohttpTransport

    return _start_async(_ours(url, "AsyncStreamsClient", transport=AiohttpTransport()))


def twilio_async(url: str) -> AsyncStart:
    from twilio.http.async_http_client import AsyncTwilioHttpClient

    client = _twilio(url, AsyncTwilioHttpClient())

    async def start() -> str:
        stream = await client.calls(CALL).streams.create_async(url=STREAM_URL, name="my_first_stream")
        sid: str = stream.sid
        return sid

    return start


def _ours(url: str, kind: str, **more: object) -> Any:
    import signalwire_streams

    retry = signalwire_streams.RetryPolicy(attempts=1, deadline=100)  # what fails fails aloud
    return getattr(signalwire_streams, kind)(PROJECT, TOKEN, url, retry=retry, timeout=60, **more)


def _start_async(client: Any) -> AsyncStart:
    async def start() -> str:
        sid: str = (await client.start_stream(CALL, STREAM_URL, name="my_first_stream")).sid
        return sid

    return start


def _twilio(url: str, http_client: object = None) -> Any:
    from twilio.rest import Client

    client = Client(PROJECT, TOKEN, http_client=http_client)
    client.api.base_url = f"{url}/api/laml"
    return client
