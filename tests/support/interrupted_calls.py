"""Interrupt the calls of a sync client by an exception from a signal handler, at random moments.

    python interrupted_calls.py URL SEED INTERRUPTIONS MAX_CONNECTIONS THREADS

A call follows after every third one, and must work at once. Prints what happened, as JSON.
"""

import gc
import json
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from signalwire_streams import RetryPolicy, StreamsClient
from signalwire_streams._transport import _environment

url, seed, interruptions, max_connections, threads = sys.argv[1], *map(int, sys.argv[2:])
chance = random.Random(seed)
_environment.MAX_CONNECTIONS = max_connections
DESCRIPTORS = Path("/proc/self/fd")


class Interruption(BaseException):
    pass


armed = 0


def interrupt(*_: object) -> None:
    global armed
    if armed:
        armed -= 1
        if armed:
            signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-6, 3e-4))
        raise Interruption


def interrupted(call: Callable[[], object]) -> int:
    """Make a call that is interrupted once or twice, if it takes long enough. Return how often it was."""
    global armed
    times = armed = chance.choice((1, 1, 2))
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, 4e-3))
            call()
        finally:
            if armed:  # the second one, or a call that was too quick
                time.sleep(0.0004)
            armed = 0
    except Interruption:
        pass
    armed, left = 0, armed
    signal.setitimer(signal.ITIMER_REAL, 0)
    return times - left


def descriptors() -> int:
    return len(list(DESCRIPTORS.iterdir())) if DESCRIPTORS.exists() else 0


def start() -> object:
    return client.start_stream("CA1", "wss://stream.example.com/audio")


def beside() -> int:
    calls = 0
    while not is_over.is_set():
        start()
        calls += 1
    return calls


signal.signal(signal.SIGALRM, interrupt)
failed: list[str] = []
came, slowest = 0, 0.0
is_over = threading.Event()
with StreamsClient("p", "t", url, retry=RetryPolicy(attempts=1), timeout=4) as client:
    start()
    before = descriptors()
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        others = [pool.submit(beside) for _ in range(threads)]
        while came < interruptions and len(failed) < 3:
            for _ in range(3):
                try:
                    came += interrupted(start)
                except Exception as error:
                    failed.append(f"interrupted: {error!r}")
            began = time.monotonic()
            try:
                start()
            except Exception as error:
                failed.append(f"next: {error!r}")
            slowest = max(slowest, time.monotonic() - began)
        is_over.set()
        failed += [repr(other.exception()) for other in others if other.exception(20)]
    # All places are free again: so many calls are in flight at once.
    with ThreadPoolExecutor(max_connections) as pool:
        together = threading.Barrier(max_connections)
        for done in [pool.submit(lambda: (together.wait(10), start())) for _ in range(max_connections)]:
            if done.exception(20):
                failed.append(f"together: {done.exception()!r}")
    client._sender.close_idle()
    gc.collect()
    after = descriptors()
print(json.dumps({"came": came, "failed": failed, "slowest": slowest, "descriptors": after - before}))
