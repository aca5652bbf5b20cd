"""Measures one client, by the Python of that client's environment, as it is told on standard input.

    python worker.py SUBJECT URL

A line of JSON in says what to measure, a line of JSON out what came of it. It makes one client, and keeps it, unless the
line asks for a new one.
"""

import asyncio
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import subjects

SID = "b3877c40-da60-4998-90ad-b792e98472st"


def one_by_one(start: subjects.Start, calls: int) -> dict[str, Any]:
    """Seconds that each call took, and of processor time in all."""
    took = []
    cpu = time.process_time()
    for _ in range(calls):
        began = time.perf_counter()
        sid = start()
        took.append(time.perf_counter() - began)
        assert sid == SID
    return {"seconds": took, "cpu": time.process_time() - cpu}


def in_threads(start: subjects.Start, threads: int, calls: int) -> dict[str, Any]:
    with ThreadPoolExecutor(threads) as pool:
        began, cpu = time.perf_counter(), time.process_time()
        for sid in pool.map(lambda _: start(), range(calls)):
            assert sid == SID
        return {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}


async def at_once(start: subjects.AsyncStart, in_flight: int, calls: int) -> dict[str, Any]:
    """The time that all calls took, and the longest that the event loop kept a timer of a millisecond waiting."""
    held = 0.0

    async def beat() -> None:
        nonlocal held
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            held = max(held, time.perf_counter() - before - 0.001)

    left = calls

    async def caller() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            sid = await start()
            assert sid == SID

    beating = asyncio.create_task(beat())
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(in_flight)))
    result = {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu, "held": held}
    beating.cancel()
    return result


async def imported(make: Any) -> None:
    """Import what the client needs. With this URL ours has no use for certificates yet."""
    make("http://127.0.0.1:1")


async def apart(make: Any, url: str, wait: float, pause: float, later: int) -> dict[str, Any]:
    """A new client's first call, then later ones after a pause. Seconds of each from its begin to its sid."""
    await asyncio.sleep(wait)
    start, made, first = await new_client(make, url)
    took = []
    for _ in range(later):
        await asyncio.sleep(pause)
        began = time.perf_counter()
        await call(start)
        took.append(time.perf_counter() - began)
    return {"made": made, "first": first, "later": took}


async def new_client(make: Any, url: str) -> tuple[Any, float, float]:
    """Make a client and let it call. Seconds until it was made, and until its first call was done."""
    began = time.perf_counter()
    start = make(url)
    made = time.perf_counter() - began
    await call(start)
    return start, made, time.perf_counter() - began


async def call(start: Any) -> None:
    sid = start()
    assert (sid if isinstance(sid, str) else await sid) == SID


async def kept(make: Any, url: str) -> Any:
    return make(url)


def main(subject: str, url: str) -> None:
    make = getattr(subjects, subject)
    runner = asyncio.Runner()
    start: Any = None
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        what, *numbers = json.loads(line)
        if start is None and what in {"warm", "one by one", "in threads", "at once"}:
            start = runner.run(kept(make, url))
        result: Any = None
        match what:
            case "import":
                runner.run(imported(make))
            case "new client":
                _, *result = runner.run(new_client(make, url))
            case "apart":
                result = runner.run(apart(make, url, *numbers))
            case "one by one":
                result = one_by_one(start, *numbers)
            case "in threads":
                result = in_threads(start, *numbers)
            case "at once":
                result = runner.run(at_once(start, *numbers))
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
