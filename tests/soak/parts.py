"""The parts of the soak, each in a process of its own, so that the memory of each is seen apart."""

from __future__ import annotations

import gc
import itertools
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from signalwire_streams import RetryPolicy
from signalwire_streams.mock import Audio, MockServer
from signalwire_streams.receiver import Receiver
from support.both import EitherClient

AUDIO = {"inbound": Audio.tone(1000, seconds=0.5), "outbound": Audio.silence()}
PATIENT = RetryPolicy(attempts=1, deadline=100)  # the machine is shared; how fast it goes is not tested here


class Part:
    """A process that serves until it is closed. `first` is what it sent once it was ready."""

    def __init__(self, serve: Callable[..., None], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, far_end = context.Pipe()
        self._process = context.Process(target=serve, args=(far_end, *arguments), daemon=True)
        self._process.start()
        far_end.close()  # so that the pipe ends if the process does
        assert self._process.pid
        self.pid = self._process.pid
        self.first: Any = self._pipe.recv()

    def tell(self, what: Any) -> None:
        self._pipe.send(what)

    def answer(self) -> Any:
        """Return what the process answers. Raises EOFError if it has ended."""
        return self._pipe.recv()

    def ask(self, what: Any) -> Any:
        self.tell(what)
        return self.answer()

    def close(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


@contextmanager
def running(serve: Callable[..., None], *arguments: Any) -> Iterator[Part]:
    part = Part(serve, *arguments)
    try:
        yield part
    finally:
        part.close()


def mock_server(pipe: Connection, routes: dict[str, str]) -> None:
    """Once asked, wait until all streams are closed and their callbacks done."""
    # So few that what the mock keeps is full before the first sample.
    with MockServer(routes=routes, audio=AUDIO, realtime=False, receiver_timeout=60, keep=100) as mock:
        pipe.send((mock.project, mock.token, mock.url))
        while pipe.recv():
            for stream in mock.streams:
                mock.wait_for(stream, "closed", timeout=60)
            gc.collect()
            pipe.send(None)


def receiver(pipe: Connection) -> None:
    """Once asked, tell how many streams have ended."""
    ended: list[int] = [0]

    def count(_: object) -> None:
        ended[0] += 1

    with Receiver(keep=False, on_end=count) as server:
        pipe.send(server.url)
        while pipe.recv():
            gc.collect()
            pipe.send(ended[0])


def client(pipe: Connection, kind: str, account: tuple[str, str, str], urls: Sequence[str], callback: str) -> None:
    """Once asked, start so many streams. Half end by themselves, and half are stopped at once."""
    with EitherClient(kind, *account, timeout=60, retry=PATIENT) as streams:
        pipe.send(None)
        numbers = itertools.count()
        while count := pipe.recv():
            for number in itertools.islice(numbers, count):
                call, url = f"{kind}-{number}", urls[number // 2 % len(urls)]
                if number % 2:
                    streams.start_stream(call, url, name="soak", status_callback=callback)
                else:
                    with streams.stream(call, url, name="soak", status_callback=callback):
                        pass
            gc.collect()
            pipe.send(None)


@contextmanager
def listening(folder: Path) -> Iterator[tuple[int, str]]:
    """Run `signalwire-streams listen`, which writes WAV files to a folder. Yield its process id and URL."""
    command = Path(sys.executable).with_name("signalwire-streams")
    with subprocess.Popen([command, "listen", "--json", "--wav", folder], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            url = json.loads(process.stdout.readline())["url"]
            threading.Thread(target=deque, args=(process.stdout, 0), daemon=True).start()  # reads what it prints
            yield process.pid, url
        finally:
            process.kill()


def usage(pid: int) -> tuple[float, int]:
    """Return the megabytes of memory and the number of file descriptors that a process uses."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, len(list(Path(f"/proc/{pid}/fd").iterdir()))
