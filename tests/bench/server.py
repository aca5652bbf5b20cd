"""A plain server on loopback, in a process of its own: it answers every POST with the same stream.

    python server.py PORTS [DELAY_MS] [CERTIFICATE]

It listens on so many ports, one for each client, prints them, and serves until its standard input is closed. A line with
the number of a port makes it print how many connections came to it since; over TLS, those whose handshake was done.
It closes no connection.
"""

import asyncio
import json
import ssl
import sys
from collections import Counter
from functools import partial
from typing import ClassVar

BODY = json.dumps(
    {
        "sid": "b3877c40-da60-4998-90ad-b792e98472st",
        "account_sid": "b3877c40-da60-4998-90ad-b792e98472af",
        "call_sid": "b3877c40-da60-4998-90ad-b792e98472ca",
        "name": "my_first_stream",
        "status": "queued",
        "date_updated": "Wed, 19 Sep 2018 21:00:00 +0000",
        "uri": "/api/laml/2010-04-01/Accounts/b3877c40-da60-4998-90ad-b792e98472af/Calls/"
        "b3877c40-da60-4998-90ad-b792e98472ca/Streams/b3877c40-da60-4998-90ad-b792e98472st.json",
    }
).encode()
# signalwire-sdk and twilio-python take either status; the vendor's is 200.
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


class Server(asyncio.Protocol):
    connections: ClassVar[Counter[int]] = Counter()
    delay = 0.0

    def __init__(self, number: int) -> None:
        self.number = number

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.connections[self.number] += 1
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while True:
            head, end, rest = self.waiting.partition(b"\r\n\r\n")
            if not end:
                return
            lines = head.lower().split(b"\r\n")
            length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
            if len(rest) < length:
                return
            self.waiting = rest[length:]
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, self.transport.write, ANSWER)
            else:
                self.transport.write(ANSWER)


async def main(ports: str, delay: str = "0", certificate: str = "") -> None:
    Server.delay = float(delay) / 1000
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(partial(Server, number), "127.0.0.1", 0, backlog=1024, ssl=context)
        for number in range(int(ports))
    ]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(Server.connections.pop(int(line), 0), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
