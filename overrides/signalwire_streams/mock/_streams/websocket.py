"""The WebSocket of a stream: open it, tell why it failed, and send several messages at once."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable
from typing import cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.protocol import State

from signalwire_streams.mock._records import MockStream
from signalwire_streams.mock._streams.routes import Origin, resolve

_SEND_BUFFER = 65536
"""The size of the system's send buffer. The default size would hide minutes of a slow receiver."""

# The documented values of `StreamError`.
CODEC_ERROR = "codec_error"
INVALID_URL = "invalid_url"
GENERAL_ERROR = "general_error"
CONNECTION_REFUSED = "connection_refused"
REFUSED_TIMEOUT_OR_SSL = "connection_refused_timeout_or_ssl_error"


class StreamFailure(Exception):  # noqa: N818  the stream fails, but the mock works
    """A stream fails.

    `reason`: the documented value of `StreamError`.
    `problem`: the failure in words.
    `status`: the HTTP status of the response to the handshake, if there was one.
    """

    def __init__(self, reason: str, problem: str, status: int | None = None) -> None:
        super().__init__(problem)
        self.reason = reason
        self.problem = problem
        self.status = status


class StreamWebSocket(ClientConnection):
    """A WebSocket that sends several messages at once."""

    def send_now(self, messages: Iterable[bytes]) -> bool:
        """Send text messages with one write, at half the cost of sending each. Returns False if it is closed.

        It does not wait. `paused` tells whether the receiver is behind by more than the buffer. `drain` waits for it.
        """
        if self.protocol.state is not State.OPEN:
            return False
        for message in messages:
            self.protocol.send_text(message)
        self.transport.write(b"".join(self.protocol.data_to_send()))
        return True


async def open_websocket(
    stream: MockStream, origin: Origin, tls: ssl.SSLContext | None, timeout_seconds: float
) -> StreamWebSocket:
    """Open the WebSocket of a stream. Raises StreamFailure.

    `origin`: the origin to connect to, which a route may have changed.
    `tls`: the TLS context; None connects without TLS.
    """
    # As behind a proxy, the Host header is from the stream's URL, wherever the connection really goes.
    headers = {"X-Forwarded-Proto": "https"}
    if stream.authorization_bearer_token is not None:
        headers["Authorization"] = f"Bearer {stream.authorization_bearer_token}"
    try:
        async with asyncio.timeout(timeout_seconds):
            connected = await _open_socket(origin)
            websocket = await connect(
                stream.url if tls else stream.url.replace("wss", "ws", 1),
                sock=connected,  # with a socket, websockets follows no redirect and uses no proxy
                ssl=tls,
                server_hostname=origin.host if tls else None,
                additional_headers=headers,
                compression=None,
                ping_interval=None,
                open_timeout=None,
                close_timeout=timeout_seconds,
                create_connection=StreamWebSocket,
            )
            return cast("StreamWebSocket", websocket)
    except TimeoutError:
        problem = f"The receiver did not respond within {timeout_seconds:g} seconds."
        raise StreamFailure(REFUSED_TIMEOUT_OR_SSL, problem) from None
    except ssl.SSLError as error:
        raise StreamFailure(REFUSED_TIMEOUT_OR_SSL, f"TLS failed: {error}") from None
    except ConnectionRefusedError:
        raise StreamFailure(CONNECTION_REFUSED, f"Nothing is listening on {origin.netloc}.") from None
    except InvalidStatus as error:
        status = error.response.status_code
        problem = f"The receiver rejected the WebSocket handshake with HTTP status {status}."
        raise StreamFailure(CONNECTION_REFUSED, problem, status) from None
    except WebSocketException as error:
        quoted = repr(str(error))[1:-1]  # escaped, because the error quotes what the receiver sent
        problem = f"The receiver's WebSocket handshake is invalid: {quoted}"
        raise StreamFailure(GENERAL_ERROR, problem) from None
    except UnicodeError:
        raise StreamFailure(INVALID_URL, f"{origin.host} is not a valid host name.") from None
    except ValueError as error:  # by websockets, for the redirect that is its cause
        cause = error.__cause__
        redirect = cause.response.status_code if isinstance(cause, InvalidStatus) else None
        problem = "The receiver responded to the WebSocket handshake with a redirect."
        raise StreamFailure(CONNECTION_REFUSED, problem, redirect) from None
    except OSError as error:
        problem = f"The mock could not connect to the receiver: {str(error) or type(error).__name__}"
        raise StreamFailure(REFUSED_TIMEOUT_OR_SSL, problem) from None


async def _open_socket(origin: Origin) -> socket.socket:
    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    for family, kind, protocol, _, address in await resolve(origin):
        opened = socket.socket(family, kind, protocol)
        try:
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            await loop.sock_connect(opened, address)
        except OSError as error:
            opened.close()
            failure = error
        except BaseException:
            opened.close()
            raise
        else:
            return opened
    raise failure or OSError(f"{origin.host} has no address.")
