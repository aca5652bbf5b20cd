"""Load the faults of `faults.toml`, and plant them."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


class BrokenFaultError(Exception):
    """A fault that cannot be planted as it is written."""


@dataclass(frozen=True)
class Fault:
    promise: str
    name: str
    file: str
    old: str
    new: str
    tests: str

    def plant(self, root: Path) -> None:
        """Put the fault into its file below `root`. Raises BrokenFaultError."""
        (root / self.file).write_text(self.changed(root), "utf-8")

    def changed(self, root: Path) -> str:
        """Return the text of its file below `root`, with the fault. Raises BrokenFaultError."""
        file = root / self.file
        if not file.is_file():
            raise self._broken(f"{self.file} does not exist. Correct `file`, or delete the fault.")
        text = file.read_text("utf-8")
        if (count := text.count(self.old)) != 1:
            raise self._broken(
                f"{self.file} has `old` {count} times, not once. Adapt `old` and `new` to the code of today so that "
                f"they still break the promise, then run: make mutants ARGS={self.file}\n{self.old}"
            )
        if self.old == self.new:
            raise self._broken("`old` and `new` are the same. Write the fault into `new`.")
        return text.replace(self.old, self.new)

    def check_tests(self, root: Path) -> None:
        """Check that its tests exist below `root`. Raises BrokenFaultError."""
        for test in self.tests.split():
            path, _, function = test.partition("::")
            file = root / path
            if not file.is_file() or not re.search(rf"^def {function}\b", file.read_text("utf-8"), re.MULTILINE):
                raise self._broken(f"{test} does not exist. Name the test that finds this fault today.")

    def _broken(self, problem: str) -> BrokenFaultError:
        return BrokenFaultError(f"tests/mutants/faults.toml, {self.name!r}: {problem}")


def load_faults() -> list[Fault]:
    promises = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return [Fault(promise, name, **fields) for promise, faults in promises.items() for name, fields in faults.items()]
