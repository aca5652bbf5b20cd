"""What the package offers, and how little it loads."""

import subprocess
import sys

import pytest
import signalwire_streams
from signalwire_streams._public import __all__ as names


def loaded_after(code: str) -> set[str]:
    """The names of the modules that are loaded once the code has run, in a Python that has loaded nothing else."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_package_alone_loads_no_client() -> None:
    assert not {"httpx", "attr", "asyncio", "signalwire_streams_api"} & loaded_after("import signalwire_streams")


def test_the_sync_client_loads_nothing_of_asyncio() -> None:
    loaded = loaded_after("from signalwire_streams import StreamsClient")
    assert "httpx" in loaded
    assert not {"asyncio", "anyio", "aiohttp", "httpcore"} & loaded


@pytest.mark.parametrize("name", ["media", "callbacks", "mock", "cli"])
def test_neither_client_loads_what_goes_beyond_them(name: str) -> None:
    loaded = loaded_after("from signalwire_streams import AsyncStreamsClient, StreamsClient")
    assert not [module for module in loaded if module.startswith(f"signalwire_streams.{name}")]


def test_each_public_name_is_there() -> None:
    for name in names:
        assert getattr(signalwire_streams, name).__module__.startswith(
            ("signalwire_streams.", "typing", "types", "collections")
        )
        assert name in dir(signalwire_streams)


@pytest.mark.parametrize("module", ["compat", "_requests", "_async_client", "media", "callbacks", "mock", "cli"])
def test_each_module_can_be_the_first_to_be_loaded(module: str) -> None:
    assert f"signalwire_streams.{module}" in loaded_after(f"import signalwire_streams.{module}")


def test_a_star_gives_the_public_names() -> None:
    found: dict[str, object] = {}
    exec("from signalwire_streams import *", found)
    assert set(names) <= found.keys()


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'signalwire_streams' has no attribute 'Client'"):
        signalwire_streams.Client  # type: ignore[attr-defined]  # noqa: B018
