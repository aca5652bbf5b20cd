"""Running mocks, shared by all tests with the same options."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import pytest
from signalwire_streams.mock import MockServer

_MOST_KEPT = 4


class RunningMocks:
    """Keep a running mock for each set of options, because stopping one takes 0.2 seconds.

    Keep only the last few. Otherwise options that are never equal, such as a new lambda in each test, would
    fill the process with threads and sockets.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[dict[str, Any], MockServer]] = []  # the last used is the last

    def get(self, options: Mapping[str, Any]) -> MockServer:
        """Return the running mock with these options, and start one if there is none.

        Raises pytest's `fail.Exception` if an option does not exist.
        """
        _check(options)
        for kept in self._kept:
            if kept[0] == options:
                self._kept.remove(kept)
                self._kept.append(kept)
                return kept[1]
        self._make_room(options.get("port", 0))
        mock = MockServer(**options).start()
        self._kept.append((dict(options), mock))
        return mock

    def stop(self) -> None:
        """Stop all mocks."""
        while self._kept:
            self._kept.pop()[1].stop()

    def _make_room(self, port: int) -> None:
        """Stop the mock that uses `port`, and the least recently used if too many run."""
        for options, mock in self._kept[:]:
            if len(self._kept) >= _MOST_KEPT or (port and options.get("port") == port):
                self._kept.remove((options, mock))
                mock.stop()


def _check(options: Mapping[str, Any]) -> None:
    if not isinstance(options, Mapping):
        raise _failure(f"it must return a dict of MockServer arguments, not {type(options).__name__}.")
    accepted = list(inspect.signature(MockServer).parameters)
    for name in options:
        if name not in accepted:
            close = get_close_matches(str(name), accepted, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Use any of {', '.join(accepted)}."
            raise _failure(f"MockServer has no argument {name!r}. {hint}")


def _failure(problem: str) -> BaseException:
    return pytest.fail.Exception(f"streams_mock_options: {problem}", pytrace=False)
