"""An hour's work in minutes, at one start a second: no process of ours has more memory or descriptors at its end."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from soak.parts import client, listening, mock_server, receiver, running, usage
from support.both import WITH_AIOHTTP
from support.sockets import taking_callbacks

URLS = ("wss://receiver.example.com", "wss://listen.example.com")
CALLBACK = "https://app.example.com"
WARM_UP = 900  # streams, after which each process has what it needs in any case
MEGABYTES = 2.0  # that a process may gain: 0.6 kB for each stream of an hour
DESCRIPTORS = 10  # likewise: connections come and go, but not one for each stream


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_memory_and_descriptors_stay_flat_for_an_hours_work(request: pytest.FixtureRequest) -> None:
    streams: int = request.config.getoption("--streams")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sink = stack.enter_context(taking_callbacks())
        received = stack.enter_context(running(receiver))
        listen_pid, listen_url = stack.enter_context(listening(folder))
        mock = stack.enter_context(
            running(mock_server, dict(zip((*URLS, CALLBACK), (received.first, listen_url, sink.url), strict=True)))
        )
        clients = {
            f"client, {kind}": stack.enter_context(running(client, kind, mock.first, URLS, CALLBACK))
            for kind in WITH_AIOHTTP
        }
        parts = {"mock": mock, "receiver": received} | clients
        pids = {name: part.pid for name, part in parts.items()} | {"listen": listen_pid}

        def work(count: int) -> dict[str, tuple[float, int]]:
            for part in clients.values():
                part.tell(count // len(clients))
            for part in clients.values():
                part.answer()
            mock.ask("settle")
            received.ask("settle")
            return {name: usage(pid) for name, pid in pids.items()}

        before, after = work(WARM_UP), work(streams)
        assert sink.events.count("stream-stopped") == WARM_UP + streams
        assert received.ask("settle") > streams / 4
        assert len(list(folder.iterdir())) > streams / 4
    grown = []
    for name, (memory, descriptors) in after.items():
        memory_before, descriptors_before = before[name]
        print(f"{name}: {memory_before:.1f} to {memory:.1f} MB, {descriptors_before} to {descriptors} descriptors")
        if memory - memory_before > MEGABYTES or descriptors - descriptors_before > DESCRIPTORS:
            grown.append(name)
    assert not grown, f"after {streams} more streams"
