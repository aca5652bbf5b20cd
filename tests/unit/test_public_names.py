"""The public names, and what importing them loads."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
import signalwire_streams
from signalwire_streams import CallOptions, StartConferenceOptions, StartOptions
from signalwire_streams import __all__ as names

SUB_PACKAGES = ("callbacks", "cli", "compat", "media", "mock", "receiver")

IMPORT_ALL = """
import importlib, pkgutil, sys
import signalwire_streams, signalwire_streams_api, signalwire_streams_derived
for package in (signalwire_streams, signalwire_streams_api, signalwire_streams_derived):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
"""


def public(name: str) -> ModuleType:
    return import_module(f"signalwire_streams.{name}" if name else "signalwire_streams")


def loaded_after(code: str) -> set[str]:
    """Return the names of the modules that are loaded after the code has run in a new Python."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_sync_client_loads_no_async_library() -> None:
    loaded = loaded_after("from signalwire_streams import StreamsClient")
    assert "httpx" in loaded
    assert not {"asyncio", "anyio", "aiohttp", "httpcore"} & loaded


def test_importing_both_clients_does_not_load_what_only_messages_need() -> None:
    assert "msgspec" not in loaded_after("from signalwire_streams import AsyncStreamsClient, StreamsClient")
    assert "msgspec" in loaded_after("from signalwire_streams.media import parse_message")


@pytest.mark.parametrize("name", ["media", "callbacks", "mock", "cli", "receiver"])
def test_importing_both_clients_loads_no_other_sub_package(name: str) -> None:
    loaded = loaded_after("from signalwire_streams import AsyncStreamsClient, StreamsClient")
    assert not [module for module in loaded if module.startswith(f"signalwire_streams.{name}")]


@pytest.mark.parametrize("name", ["callbacks", "media", "mock", "receiver"])
def test_a_sub_package_lists_all_its_public_names(name: str) -> None:
    module = public(name)
    beside = {
        each
        for each, value in vars(module).items()
        if not each.startswith("_") and str(getattr(value, "__module__", "")).startswith("signalwire_streams")
    }
    assert beside <= set(module.__all__)


@pytest.mark.parametrize("name", SUB_PACKAGES)
def test_a_star_import_of_a_sub_package_gives_what_it_lists(name: str) -> None:
    found: dict[str, object] = {}
    exec(f"from signalwire_streams.{name} import *", found)
    assert found.keys() - {"__builtins__"} == set(public(name).__all__)


@pytest.mark.parametrize("name", ["", *SUB_PACKAGES])
def test_every_public_class_and_function_has_a_docstring(name: str) -> None:
    module = public(name)
    assert (module.__doc__ or "").strip()
    for each in module.__all__:
        value: Any = getattr(module, each)
        if not (inspect.isclass(value) or inspect.isfunction(value)):
            continue  # a constant, or a name for a type
        assert own_docstring(value), f"{each} has no docstring"
        for member, method in vars(value).items():
            if not member.startswith("_") and inspect.isfunction(method):
                assert method.__doc__, f"{each}.{member} has no docstring"


def own_docstring(value: Any) -> str | None:
    """Return the docstring in the source. attrs and dict give one of their own to classes without."""
    tree = ast.parse(inspect.getsource(value))
    assert isinstance(tree.body[0], ast.ClassDef | ast.FunctionDef)
    return ast.get_docstring(tree.body[0])


@pytest.mark.parametrize("options", [CallOptions, StartOptions, StartConferenceOptions])
def test_every_option_has_a_docstring_for_editors(options: type) -> None:
    (found,) = ast.parse(inspect.getsource(options)).body
    assert isinstance(found, ast.ClassDef)
    body = found.body
    for keyword, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(keyword, ast.AnnAssign):
            text = following.value if isinstance(following, ast.Expr) else None
            assert isinstance(text, ast.Constant), ast.unparse(keyword)
            assert isinstance(text.value, str), ast.unparse(keyword)


def test_no_module_warns_when_it_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_ALL], capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.returncode) == ("", 0)


def test_every_public_name_exists() -> None:
    for name in names:
        assert getattr(signalwire_streams, name).__module__.startswith(
            ("signalwire_streams.", "signalwire_streams_derived.", "typing", "types", "collections")
        )
        assert name in dir(signalwire_streams)


@pytest.mark.parametrize("module", ["compat", "_requests", "_client", "media", "callbacks", "mock", "cli", "receiver"])
def test_every_module_can_be_imported_first(module: str) -> None:
    assert f"signalwire_streams.{module}" in loaded_after(f"import signalwire_streams.{module}")


def test_a_star_import_gives_the_public_names() -> None:
    found: dict[str, object] = {}
    exec("from signalwire_streams import *", found)
    assert set(names) <= found.keys()


def test_a_missing_name_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'signalwire_streams' has no attribute 'Client'"):
        signalwire_streams.Client  # type: ignore[attr-defined]  # noqa: B018
