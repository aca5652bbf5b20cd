"""A server in a process of its own that answers each start with a stream of the name asked for.

Run as a script it prints its URL, serves until its standard input is closed, and prints how many
connections were made, and how many were open at once.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs

STREAM = {"sid": "s", "account_sid": "p", "call_sid": "c", "status": "queued", "uri": "/u"}
DATE = "Wed, 19 Sep 2018 21:00:00 +0000"


async def main() -> None:
    made = is_open = most = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal made, is_open, most
        made, is_open = made + 1, is_open + 1
        most = max(most, is_open)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                (length,) = (
                    int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
                )
                form = parse_qs((await reader.readexactly(length)).decode())
                body = json.dumps(STREAM | {"call_sid": "CA1", "name": form["Name"][0], "date_updated": DATE}).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        except (asyncio.IncompleteReadError, ConnectionError):
            is_open -= 1
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(made, most, flush=True)


class EchoServer:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdout
        self.url = process.stdout.readline().strip()

    def stop(self) -> tuple[int, int]:
        """End the process, and return how many connections were made, and how many were open at once."""
        output, _ = self._process.communicate(timeout=10)
        made, most = map(int, output.split())
        return made, most


@contextmanager
def echo_server() -> Iterator[EchoServer]:
    command = [sys.executable, str(Path(__file__))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield EchoServer(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    asyncio.run(main())
