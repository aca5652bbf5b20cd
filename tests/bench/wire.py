"""A wire to a distant server, in a process of its own: it forwards TCP connections, and each byte takes a while.

    python wire.py MILLISECONDS PORT...

It listens on a port for each PORT, prints its ports, and serves until its standard input is closed. MILLISECONDS is the
delay each way. The first bytes of a connection take a round trip longer: a real client would have waited for the
handshake of TCP, but here the kernel carries that out at once.
"""

import asyncio
import sys
from functools import partial

Item = tuple[float, bytes]


async def connect(delay: float, port: int, near: asyncio.StreamReader, near_writer: asyncio.StreamWriter) -> None:
    """Forward a connection that a client has opened, in both directions, until both have ended."""
    far, far_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(
        forward(near, far_writer, delay, handshake=2 * delay), forward(far, near_writer, delay, handshake=0)
    )


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float, handshake: float) -> None:
    loop = asyncio.get_running_loop()
    on_the_way: asyncio.Queue[Item] = asyncio.Queue()
    arriving = asyncio.create_task(deliver(on_the_way, writer))
    data = b"any"
    while data:
        try:
            data = await reader.read(65536)
        except OSError:
            data = b""  # a reset ends the other half too
        on_the_way.put_nowait((loop.time() + delay + handshake, data))
        handshake = 0
    await arriving


async def deliver(on_the_way: asyncio.Queue[Item], writer: asyncio.StreamWriter) -> None:
    """Write in the order of sending: what was sent before is written before."""
    loop = asyncio.get_running_loop()
    while True:
        due, data = await on_the_way.get()
        await asyncio.sleep(due - loop.time())
        if not data:
            writer.close()
            return
        writer.write(data)


async def main(milliseconds: str, *ports: str) -> None:
    listeners = [
        await asyncio.start_server(partial(connect, float(milliseconds) / 1000, int(port)), "127.0.0.1", 0)
        for port in ports
    ]
    print(*(listener.sockets[0].getsockname()[1] for listener in listeners), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
