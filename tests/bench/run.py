"""Measure our client and the others in one run, and print the tables.

    python -m bench.run [--quick] [--only N]

The first section is what a user notices: starts over TLS, with a server 50 ms away. All the others use loopback, and show
what the clients themselves cost. There, each round runs every client in turn, so other load on the machine affects all
of them. A ratio is ours divided by theirs in the same round. Figures are the median of all rounds, with the smallest and
the largest in parentheses.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import certifi
import trustme
from support.bench_summary import summary
from support.peers import peer_python

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OURS = {"PYTHONPATH": f"{ROOT / 'overrides'}{os.pathsep}{ROOT / 'generated'}"}

# What a client is called in the tables: its environment, its name in subjects.py.
RAW = {"raw socket": ("by-hand", "raw_socket"), "http.client": ("by-hand", "http_client")}
SYNC = {
    "httpx by hand": ("by-hand", "httpx_by_hand"),
    "**ours**": ("plain", "ours"),
    "twilio-python": ("twilio", "twilio"),
    "signalwire-sdk": ("signalwire-sdk", "signalwire_sdk"),
}
ASYNC = {
    "aiohttp by hand": ("by-hand", "aiohttp_by_hand"),
    "httpx.AsyncClient by hand": ("by-hand", "httpx_async_by_hand"),
    "**ours**": ("plain", "ours_async"),
    "**ours, with aiohttp**": ("aiohttp", "ours_aiohttp"),
    "twilio-python": ("twilio", "twilio_async"),
}
OVER_TLS = {f"{name} (sync)": subject for name, subject in SYNC.items()} | {
    f"{name} (async)": subject for name, subject in ASYNC.items() if not name.startswith("aiohttp")
}
NINETY_NINE = {"**ours**": ("plain", "ours_99"), "twilio-python": ("twilio", "twilio_99")}
IMPORTS = {
    "nothing": ("plain", ""),
    "import httpx": ("by-hand", "import httpx"),
    "import signalwire_streams": ("plain", "import signalwire_streams"),
    "**from signalwire_streams import StreamsClient**": ("plain", "from signalwire_streams import StreamsClient"),
    "from twilio.rest import Client": ("twilio", "from twilio.rest import Client"),
    "from signalwire.rest import RestClient": ("signalwire-sdk", "from signalwire.rest import RestClient"),
}
ONE_WAY = 25  # milliseconds
IMPORT = """
import time
began = time.perf_counter()
{code}
took = time.perf_counter() - began
(memory,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS"))
print(took * 1000, int(memory) / 1024)
"""


class Process:
    """A child that answers a line with a line."""

    def __init__(self, *command: str, env: dict[str, str] | None = None) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  it is closed with this
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=os.environ | (env or {}),
        )
        self.first = self._read()

    def ask(self, line: str) -> str:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> str:
        assert self._process.stdout
        if line := self._process.stdout.readline():
            return line.strip()
        self._errors.seek(0)
        raise RuntimeError(f"{self._process.args!r} ended:\n{self._errors.read()}")

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()


class Workers:
    """A process for each client, and a server with a port for each, over a wire if `one_way` is more than 0 ms."""

    def __init__(self, subjects: dict[str, tuple[str, str]], *server: str, ca: str = "", one_way: int = 0) -> None:
        self._stack = ExitStack()
        self._ports = {name: number for number, name in enumerate(subjects)}
        self._server = self._start(sys.executable, "server.py", str(len(subjects)), *server)
        ports = self._server.first.split()
        if one_way:
            ports = self._start(sys.executable, "wire.py", str(one_way), *ports).first.split()
        env_of_all = OURS | ({"SSL_CERT_FILE": ca, "REQUESTS_CA_BUNDLE": ca} if ca else {})
        scheme = "https" if ca else "http"
        self._workers = {
            name: self._start(peer_python(env), "worker.py", subject, f"{scheme}://127.0.0.1:{port}", env=env_of_all)
            for (name, (env, subject)), port in zip(subjects.items(), ports, strict=True)
        }

    def _start(self, python: Path | str, script: str, *arguments: str, env: dict[str, str] | None = None) -> Process:
        return self._stack.enter_context(Process(str(python), str(HERE / script), *arguments, env=env))

    def ask(self, name: str, *what: object) -> Any:
        return json.loads(self._workers[name].ask(json.dumps(what)))

    def connections(self, name: str) -> int:
        """How many this client made since this was asked last. Over TLS, how many handshakes."""
        return int(self._server.ask(str(self._ports[name])))

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


Rounds = dict[str, list[Any]]


def rounds(workers: Workers, names: dict[str, Any], times: int, ask: Callable[[str], tuple[object, ...]]) -> Rounds:
    """Go round the clients, once to warm up, and keep what each says."""
    results: Rounds = {name: [] for name in names}
    for number in range(times + 1):
        for name in names:
            result = workers.ask(name, *ask(name))
            if number:
                results[name].append(result)
    return results


def spread(values: list[float], digits: int = 0) -> str:
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def ratio(ours: list[float], theirs: list[float]) -> str:
    return spread([mine / other for mine, other in zip(ours, theirs, strict=True)], 2)


def table(title: str, *head: str, caption: str = "") -> Callable[..., None]:
    print(f"\n### {title}\n{caption}\n| {' | '.join(head)} |\n|{'---|' * len(head)}", flush=True)
    return lambda *cells: print(f"| {' | '.join(map(str, cells))} |", flush=True)


DISTANT = f"""
Each byte takes {ONE_WAY} ms each way, so a round trip takes {2 * ONE_WAY} ms. A client's first start takes three round trips: TCP, TLS and
the request. Later starts take one if the connection is still open. All clients run at once, in processes of their own,
and pause between starts. The server closes no connection, and counts the TLS handshakes. The ratio divides the median
of a client's later starts by that of the fastest client that is not ours.

The wire is a process that forwards TCP connections. It cannot delay the kernel's TCP handshake, so it delays the first
bytes of a connection by another round trip.
"""
NEW_CLIENTS = """
The figures include these three round trips, and the client's own work, such as reading the CA certificates. Imports are
not included.
"""


def distant(quick: bool) -> None:
    later = {7: 2} if quick else {7: 7, 25: 2}
    with certificate() as (server, ca), ExitStack() as stack:
        workers = {
            pause: stack.enter_context(Workers(OVER_TLS, "0", server, ca=ca, one_way=ONE_WAY)) for pause in later
        }
        of_all = [(pause, name) for name in OVER_TLS for pause in later]
        for pause, name in of_all:
            workers[pause].ask(name, "import")
        pool = stack.enter_context(ThreadPoolExecutor(len(of_all)))
        asked = {
            (pause, name): pool.submit(workers[pause].ask, name, "apart", number * 0.4, pause, later[pause])
            for number, (pause, name) in enumerate(of_all)  # not all begin at the same moment
        }
        found = {which: future.result() for which, future in asked.items()}
        made = {(pause, name): workers[pause].connections(name) for pause, name in of_all}
        new = {name: [workers[7].ask(name, "new client") for _ in range(2 if quick else 5)] for name in OVER_TLS}
    medians = {which: median(result["later"]) for which, result in found.items()}
    best = {pause: min(medians[pause, name] for name in OVER_TLS if "ours" not in name) for pause in later}
    heads = (
        (f"{pause} s apart: median (worst), ms", "÷ best other", f"handshakes of {later[pause] + 1} starts")
        for pause in later
    )
    row = table("1: a start with a server 50 ms away, over TLS", "client", *sum(heads, ()), caption=DISTANT)
    for name in OVER_TLS:
        cells: list[str] = []
        for pause in later:
            mid, worst = medians[pause, name], max(found[pause, name]["later"])
            cells += [
                f"{mid * 1000:.1f} ({worst * 1000:.1f})",
                f"{mid / best[pause]:.2f}",
                str(made[pause, name]),
            ]
        row(name, *cells)
    row = table(
        "1: the first start of a client, with the same server",
        "client", "first client of a process, ms", "of which to make it", "further clients, ms", "of which to make it",
        caption=NEW_CLIENTS,
    )  # fmt: skip
    for name in OVER_TLS:
        firsts = [(found[pause, name]["made"], found[pause, name]["first"]) for pause in later]
        cells = []
        for pairs in (firsts, new[name]):
            to_make, to_start = ([seconds * 1000 for seconds in each] for each in zip(*pairs, strict=True))
            cells += [spread(to_start, 1), spread(to_make, 1)]
        row(name, *cells)


def one_start(quick: bool) -> None:
    subjects = RAW | SYNC
    with Workers(subjects) as workers:
        results = rounds(workers, subjects, 4 if quick else 20, lambda _: ("one by one", 60 if quick else 120))
    row = table("2: one start, sync", "client", "p50, µs", "p99, µs", "ours ÷ it", "processor, µs", "ours ÷ it")
    p50 = {name: [median(one["seconds"]) * 1e6 for one in found] for name, found in results.items()}
    cpu = {name: [one["cpu"] / len(one["seconds"]) * 1e6 for one in found] for name, found in results.items()}
    for name, found in results.items():
        p99 = quantiles([seconds for one in found for seconds in one["seconds"]], n=100)[98] * 1e6
        mine = p50["**ours**"], cpu["**ours**"]
        row(
            name,
            spread(p50[name]),
            f"{p99:,.0f}",
            ratio(mine[0], p50[name]),
            spread(cpu[name]),
            ratio(mine[1], cpu[name]),
        )


def many_starts(quick: bool, delay: int) -> None:
    number, responds = (4, f"responds after {delay} ms") if delay else (3, "responds at once")
    row = table(
        f"{number}: async starts, the server {responds}",
        "in flight", "client", "starts a second", "ours ÷ it", "with aiohttp ÷ it", "processor, µs a start", "loop held, ms",
    )  # fmt: skip
    with Workers(ASYNC, str(delay)) as workers:
        for in_flight in (1, 100) if quick else (1, 10, 100, 500):
            calls = {1: 40 if delay else 150, 10: 300, 100: 600, 500: 1000}[in_flight]
            slow = {100: 200, 500: 500}.get(in_flight, calls)

            def ask(name: str, calls: int = calls, slow: int = slow, in_flight: int = in_flight) -> tuple[object, ...]:
                return "at once", in_flight, slow if name.startswith("httpx") else calls

            results = rounds(workers, ASYNC, 1 if quick else 2 if in_flight == 500 else 3, ask)
            rate = {name: [ask(name)[2] / one["wall"] for one in found] for name, found in results.items()}
            for name, found in results.items():
                cpu = [one["cpu"] / ask(name)[2] * 1e6 for one in found]
                row(
                    in_flight,
                    name,
                    spread(rate[name]),
                    ratio(rate["**ours**"], rate[name]),
                    ratio(rate["**ours, with aiohttp**"], rate[name]),
                    spread(cpu),
                    f"{max(one['held'] for one in found) * 1000:,.0f}",
                )


def threads(quick: bool) -> None:
    subjects = {name: subject for name, subject in SYNC.items() if name != "signalwire-sdk"}
    calls = 300 if quick else 1000
    with Workers(subjects) as workers:
        results = rounds(workers, subjects, 1 if quick else 4, lambda _: ("in threads", 32, calls))
    row = table("5: 32 threads on one client", "client", "starts a second", "ours ÷ it")
    rate = {name: [calls / one["wall"] for one in found] for name, found in results.items()}
    for name in subjects:
        row(name, spread(rate[name]), ratio(rate["**ours**"], rate[name]))


def parameters(quick: bool) -> None:
    with Workers(NINETY_NINE) as workers:
        results = rounds(workers, NINETY_NINE, 3 if quick else 15, lambda _: ("one by one", 40))
    row = table("6: a start with 99 parameters", "client", "p50, µs", "ours ÷ it")
    p50 = {name: [median(one["seconds"]) * 1e6 for one in found] for name, found in results.items()}
    for name in NINETY_NINE:
        row(name, spread(p50[name]), ratio(p50["**ours**"], p50[name]))


def imports(quick: bool) -> None:
    found: dict[str, list[list[float]]] = {name: [] for name in IMPORTS}
    for number in range(4 if quick else 16):
        for name, (env, code) in IMPORTS.items():
            command = [str(peer_python(env)), "-c", IMPORT.format(code=code)]
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | OURS)
            if number:  # the first one writes the bytecode
                found[name].append([float(figure) for figure in done.stdout.split()])
    row = table("7: import", "what", "ms", "ours ÷ it", "MB of the process", "ours ÷ it")
    mine = [list(figures) for figures in zip(*found["**from signalwire_streams import StreamsClient**"], strict=True)]
    for name, measured in found.items():
        ms, mb = (list(figures) for figures in zip(*measured, strict=True))
        if name == "nothing":
            row(name, "0", "", spread(mb, 1), "")
        else:
            row(name, spread(ms, 1), ratio(mine[0], ms), spread(mb, 1), ratio(mine[1], mb))


@contextmanager
def certificate() -> Iterator[tuple[str, str]]:
    """Yield the paths of a server's certificate, and of its CA's beside those that httpx and requests trust by default."""
    authority = trustme.CA()
    trusted = trustme.Blob(Path(certifi.where()).read_bytes() + b"\n" + authority.cert_pem.bytes())
    with authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.tempfile() as server:
        with trusted.tempfile() as ca:
            yield server, ca


def handshakes(quick: bool) -> None:
    del quick
    row = table(
        "8: connections over TLS", "client", "first call of a new client, ms", "handshakes of 100 calls in a row", "of 100 at once"
    )  # fmt: skip
    with certificate() as (server, ca), Workers(OVER_TLS, "0", server, ca=ca) as workers:
        for name in OVER_TLS:
            first = [workers.ask(name, "new client")[1] * 1000 for _ in range(4)][1:]
            workers.ask(name, "warm")
            made = []
            for in_a_row in (True, False):
                workers.connections(name)
                if name.endswith("(async)"):
                    workers.ask(name, "at once", 1 if in_a_row else 100, 100)
                else:
                    workers.ask(name, *(("one by one", 100) if in_a_row else ("in threads", 100, 100)))
                made.append(workers.connections(name))
            row(name, spread(first, 1), *made)


RECEIVING = """
Each server reads both tracks of 50 streams in real time, as PCMU in pieces of 20 ms. It runs in a process of its own,
and decodes the audio of each message, by hand with json.loads and base64.b64decode, or with `StreamSession.feed`, which
also checks the messages and tracks the stream. The figures divide the messages by the processor time of the server,
from the socket on. In the last column, more than 1 means that ours needs less time than by hand.
"""


def parsing(quick: bool) -> None:
    row = table(
        "9: parsing a media message",
        "audio", "json.loads and base64.b64decode, µs",
        "parse_message, µs", "parse_message ÷ by hand", "StreamSession.feed, µs", "feed ÷ by hand",
    )  # fmt: skip
    for found in run_script("parse_media.py"):
        audio, *figures = found.values()
        row(audio, *(f"{figure:.2f}" for figure in figures))
    row = table(
        "9: receiving media messages",
        "server", "by hand, messages a second and core", "ours, messages a second and core", "ours ÷ by hand",
        caption=RECEIVING,
    )  # fmt: skip
    (rates,) = run_script("receiving.py", f"--rounds={1 if quick else 10}")
    for framework, of in rates.items():
        row(framework, spread(of["by hand"]), spread(of["ours"]), ratio(of["ours"], of["by hand"]))


def run_script(script: str, *arguments: str) -> list[dict[str, Any]]:
    """Run a script of this folder, which prints lines of JSON."""
    command = [sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def streaming(quick: bool) -> None:
    row = table(
        "10: the mock sends both tracks of many calls in real time",
        "streams", "messages a second", "lateness p50, ms", "p99, ms", "largest, ms", "of one core",
    )  # fmt: skip
    for streams in (50,) if quick else (50, 200):
        (found,) = run_script("mock_scale.py", f"--streams={streams}", f"--seconds={2 if quick else 10}")
        lateness = (f"{found[name]:.1f}" for name in ("p50_ms", "p99_ms", "largest_ms"))
        row(streams, f"{found['messages_a_second']:,.0f}", *lateness, f"{found['share_of_a_core']:.0%}")


PIECES = """
Held back is the audio that has gone in and has not come out, after each piece: the mean and the worst of 5 seconds. The
signal-to-noise ratios are those of tones, at 1 kHz and at 0.425 of the lower rate, and the gain is that at the latter.
Aliased is what a lower rate makes of a tone at 0.6 of it, which it cannot carry.

soxr is as precise as ours from LQ on, and faster, but holds several times as much audio back. The others distort, or
leave noise at the borders of pieces.
"""


def resampling(quick: bool) -> None:
    command = [peer_python("resampling"), HERE / "resampling.py", "2" if quick else "15"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | OURS)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for number, pair in enumerate(dict.fromkeys(tuple(each["pair"]) for each in found)):
        here, there = (rate // 1000 for rate in pair)
        row = table(
            f"11: resampling 20 ms pieces, {here} to {there} kHz",
            "resampler", "held back (worst), ms", "SNR at 1 kHz, dB", f"at {425 * min(pair) // 1000:,} Hz", "gain, dB", "aliased, dB", "processor, µs a piece", "medium ÷ it",
            caption="" if number else PIECES,
        )  # fmt: skip
        of_pair = [each for each in found if tuple(each["pair"]) == pair]
        (medium,) = (each["us"] for each in of_pair if each["name"] == "**ours, medium**")
        for each in of_pair:
            row(
                each["name"],
                f"{each['held_mean_ms']:.1f} ({each['held_worst_ms']:.1f})",
                f"{each['snr_at_1_khz']:.0f}",
                f"{each['snr_high']:.0f}",
                f"{each['gain_high']:.2f}",
                "" if each["aliased"] is None else f"{each['aliased']:.0f}",
                spread(each["us"], 1),
                ratio(medium, each["us"]),
            )


TEXTS = """
From the texts of the messages to float windows, in one process: both tracks of PCMU at 8 kHz, 20,000 messages a second.
Cores are seconds of processor time for each second of audio.
"""


def windows(quick: bool) -> None:
    row = table("12: windows of 200 streams", "what", "cores", caption=TEXTS)
    command = [peer_python("resampling"), HERE / "windows.py", "1" if quick else "4"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | OURS)
    for found in map(json.loads, done.stdout.splitlines()):
        row(found["name"], f"{found['cores']:.2f}")


def heading(command: str) -> None:
    versions: list[str] = []
    for env, packages in {
        "plain": ["httpx", "httpcore", "h11", "anyio", "msgspec"],
        "aiohttp": ["aiohttp"],
        "twilio": ["twilio"],
        "signalwire-sdk": ["signalwire-sdk"],
        "resampling": ["numpy", "samplerate", "soxr", "scipy"],
    }.items():
        code = f"from importlib.metadata import version\nfor name in {packages}: print(name, version(name))"
        done = subprocess.run([peer_python(env), "-c", code], capture_output=True, text=True, check=True)
        versions += done.stdout.splitlines()
    print("## How this is measured\n")
    print(
        f"`{command}`, {datetime.now(UTC):%d %B %Y}, on a shared machine of {os.cpu_count()} cores ({platform.machine()}),"
    )
    print(f"{platform.system()}, Python {platform.python_version()}, {', '.join(versions)}.\n")
    print(__doc__.split("\n\n", 2)[2].strip())
    print("Each start has a URL and a name. The server runs in its own process.\n")
    print(
        "Look at the ratios and their spread rather than at the absolute figures: the machine's cores are shared, and the"
    )
    print("same call takes 0.6 ms in one round and 1.5 ms in another.")
    print("\n## All figures")


SECTIONS: list[Callable[[bool], None]] = [
    distant,
    one_start,
    lambda quick: many_starts(quick, 0),
    lambda quick: many_starts(quick, 50),
    threads,
    parameters,
    imports,
    handshakes,
    parsing,
    streaming,
    resampling,
    windows,
]


class Shown(StringIO):
    """What is printed, kept for the conclusion that comes before it, and shown on stderr meanwhile."""

    def write(self, text: str) -> int:
        sys.stderr.write(text)
        return super().write(text)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", type=int, metavar="N", help="the Nth section alone, from 1")
    options = parser.parse_args()
    with redirect_stdout(Shown()) as printed:
        heading(f"make bench{'-quick' if options.quick else ''}")
        for number, section in enumerate(SECTIONS, 1):
            if options.only in {None, number}:
                section(options.quick)
    figures = printed.getvalue()
    # A section alone has too little to conclude from.
    conclusion = "" if options.only else f"{summary(figures)}\n\n"
    print(f"# Benchmarks\n\n{conclusion}{figures}", end="")


if __name__ == "__main__":
    main()
