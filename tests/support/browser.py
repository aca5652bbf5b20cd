"""A page in a real Chromium, driven step by step. See tests/tools/drive.mjs."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from support.pages import ROOT

TOOLS = ROOT / "tests" / "tools"


class Browser:
    """A browser with one page.

    A place on the page is a selector of Playwright, such as `role=button[name="Listen"]`.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, do: str, *values: object, on: str | None = None) -> Any:
        """Take a step, and return its result. Raises AssertionError if it fails."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"on": on, "do": do, "with": values}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the browser has ended"
        answer = json.loads(line)
        assert "error" not in answer, f"{do} {on} {values}: {answer['error']}"
        return answer["result"]

    def open(
        self, url: str, *, width: int = 1440, height: int = 1000, scheme: str = "light", **options: object
    ) -> None:
        """Open a page that remembers nothing of the last one."""
        self.ask("open", url, {"viewport": {"width": width, "height": height}, "colorScheme": scheme, **options})

    def click(self, place: str) -> None:
        self.ask("click", {"timeout": 10_000}, on=place)

    def fill(self, place: str, text: str) -> None:
        self.ask("fill", text, {"timeout": 10_000}, on=place)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.ask("press", key)

    def wait(self, place: str, state: str = "visible") -> None:
        """Wait until something is visible, or `hidden`."""
        self.ask("waitFor", {"state": state, "timeout": 10_000}, on=place)

    def text(self, place: str) -> str:
        """Wait for something, and return its text as it is seen."""
        text: str = self.ask("innerText", {"timeout": 10_000}, on=place)
        return text

    def texts(self, place: str) -> list[str]:
        texts: list[str] = self.ask("allInnerTexts", on=place)
        return texts

    def attribute(self, place: str, name: str) -> str | None:
        value: str | None = self.ask("getAttribute", name, {"timeout": 10_000}, on=place)
        return value

    def evaluate(self, expression: str) -> Any:
        return self.ask("evaluate", expression)

    def until(self, expression: str) -> Any:
        """Wait until an expression of JavaScript is true, and return its value."""
        return self.ask("until", expression)

    def violations(self, place: str = "html") -> list[str]:
        """Return what axe finds wrong for people with disabilities, below an element of a CSS selector."""
        found: list[str] = self.ask("violations", place)
        return found

    def problems(self) -> list[str]:
        """Return the errors in the page's console."""
        found: list[str] = self.ask("problems")
        return found


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run a browser."""
    assert (TOOLS / "node_modules" / "installed").exists(), "run: make tests/tools/node_modules/installed"
    command = ["node", str(TOOLS / "drive.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Browser(process)
        finally:
            assert process.stdin
            process.stdin.close()
