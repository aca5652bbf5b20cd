"""The WebSocket of a stream: how it is opened, why it could not be, and the quick way to send over it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable
from typing import cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.protocol import State

from signalwire_streams.mock._routes import Origin
from signalwire_streams.mock._stream import MockStream

_SEND_BUFFER = 65536
"""How much the system keeps of what the receiver has not taken. Its default would hide minutes of a slow receiver."""

INVALID_URL, GENERAL = "invalid_url", "general_error"
REFUSED, REFUSED_OR_TIMEOUT = "connection_refused", "connection_refused_timeout_or_ssl_error"


class StreamFailure(Exception):  # noqa: N818  it is no error of the mock's
    """A stream fails: the documented reason, and what happened in words."""

    def __init__(self, reason: str, problem: str) -> None:
        super().__init__(problem)
        self.reason = reason
        self.problem = problem


class Connection(ClientConnection):
    """A connection that sends several messages at once."""

    def send_now(self, messages: Iterable[bytes]) -> bool:
        """Send messages of text with one write, which costs half of sending each; False if the connection is closed.

        It does not wait: `paused` tells whether the receiver is behind by more than the buffer, `drain` waits for it.
        """
        if self.protocol.state is not State.OPEN:
            return False
        for message in messages:
            self.protocol.send_text(message)
        self.transport.write(b"".join(self.protocol.data_to_send()))
        return True


async def dial(stream: MockStream, origin: Origin, tls: ssl.SSLContext | None, seconds: float) -> Connection:
    """Open the WebSocket of a stream at the origin where it is. Raises StreamFailure."""
    # As behind a proxy: the host is the one that the user's code names, wherever the connection really leads.
    headers = {"X-Forwarded-Proto": "https"}
    if stream.authorization_bearer_token is not None:
        headers["Authorization"] = f"Bearer {stream.authorization_bearer_token}"
    try:
        async with asyncio.timeout(seconds):
            dialled = await _connect(origin)
            connection = await connect(
                stream.url if tls else stream.url.replace("wss", "ws", 1),
                sock=dialled,  # redirects are not followed with one, nor is a proxy asked
                ssl=tls,
                server_hostname=origin.host if tls else None,
                additional_headers=headers,
                compression=None,
                ping_interval=None,
                open_timeout=None,
                close_timeout=seconds,
                create_connection=Connection,
            )
            return cast("Connection", connection)
    except TimeoutError:
        raise StreamFailure(REFUSED_OR_TIMEOUT, f"The receiver did not answer within {seconds:g} seconds.") from None
    except ssl.SSLError as error:
        raise StreamFailure(REFUSED_OR_TIMEOUT, f"TLS failed: {error}") from None
    except ConnectionRefusedError:
        raise StreamFailure(REFUSED, f"Nobody listens on {origin.netloc}.") from None
    except InvalidStatus as error:
        status = error.response.status_code
        raise StreamFailure(REFUSED, f"The receiver answered the handshake with the HTTP status {status}.") from None
    except WebSocketException as error:
        raise StreamFailure(GENERAL, f"The receiver's handshake is not one of a WebSocket: {error}") from None
    except UnicodeError:
        raise StreamFailure(INVALID_URL, f"{origin.host} is no name of a host.") from None
    except ValueError:
        raise StreamFailure(REFUSED, "The receiver answered the handshake with a redirect.") from None
    except OSError as error:
        raise StreamFailure(
            REFUSED_OR_TIMEOUT, f"The receiver was not reached: {str(error) or type(error).__name__}"
        ) from None


async def _connect(origin: Origin) -> socket.socket:
    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    for family, kind, protocol, _, address in await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM):
        dialled = socket.socket(family, kind, protocol)
        try:
            dialled.setblocking(False)
            dialled.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            await loop.sock_connect(dialled, address)
        except OSError as error:
            dialled.close()
            failure = error
        except BaseException:
            dialled.close()
            raise
        else:
            return dialled
    raise failure or OSError(f"{origin.host} has no address.")
