"""Does the suite bite? Each of `faults` is planted in a copy of the sources, where a test must fail.

`make mutants` runs all of them; `make mutants ARGS="offset"` those whose name or file has the text.
"""

import asyncio
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mutants.faults import FAULTS, Fault

ROOT = Path(__file__).parents[2]
SOURCES = [
    *("openapi", "generated", "overrides", "tests", "docs", "pyproject.toml", "Makefile", "generator-config.yaml"),
    *("README.md", "CHANGELOG.md", "LICENSE", ".gitignore"),
]
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules")
AT_ONCE = 2
SECONDS = 120
SECONDS_OF_CONTROL = 400
OPTIONS = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "--calls", "500", "--schedules", "20"]
CONTROL = "no fault, as a control"
# A test's id has "::" behind its file; a file that cannot be collected, as its imports fail, has none.
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?::.*?)(?: - .*)?$", re.MULTILINE)


class BrokenRunError(Exception):
    """The run proves nothing: a fault that does not apply, a copy that is not what is tested, tests that cannot run."""


@dataclass
class Outcome:
    caught_by: str | None
    seconds: float


async def main(words: Sequence[str]) -> int:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    faults = [fault for fault in FAULTS if all(word in f"{fault.name} {fault.file}" for word in words)]
    if not faults:
        raise BrokenRunError(f"No fault has {' and '.join(words)} in its name or its file.")
    with TemporaryDirectory(prefix="mutants-") as folder:
        for index, fault in enumerate(faults):
            plant(fault, copy_sources(Path(folder) / str(index)))
        control = copy_sources(Path(folder) / "control")
        await require_own_packages(control)
        return await try_all(faults, Path(folder), control)


async def try_all(faults: Sequence[Fault], folder: Path, control: Path) -> int:
    files = max(len(fault.file) for fault in faults)
    names = max(len(fault.name) for fault in faults)
    free = asyncio.Semaphore(AT_ONCE)
    start = time.monotonic()

    def show(name: str, file: str, outcome: Outcome, result: str) -> None:
        print(f"{name:<{names}}  {file:<{files}}  {outcome.seconds:5.1f}  {result}", flush=True)

    async def one(copy: Path, tests: Sequence[str], seconds: float = SECONDS) -> Outcome:
        async with free:
            return await run_tests(copy, tests, seconds)

    survived = 0
    async with asyncio.TaskGroup() as group:
        named = {test for fault in faults for test in fault.tests.split()}
        all_tests = sorted(test for test in named if "::" not in test or test.partition("::")[0] not in named)
        unharmed = group.create_task(one(control, all_tests, SECONDS_OF_CONTROL))
        tasks = [group.create_task(one(folder / str(index), fault.tests.split())) for index, fault in enumerate(faults)]
        print(f"{'fault':<{names}}  {'file':<{files}}  {'sec.':>5}  caught by")
        outcome = await unharmed
        show(CONTROL, "", outcome, outcome.caught_by or "nothing, as it should be")
        if outcome.caught_by is not None:
            raise BrokenRunError("The tests fail without a fault too.")
        for fault, task in zip(faults, tasks, strict=True):
            outcome = await task
            survived += outcome.caught_by is None
            show(fault.name, fault.file, outcome, outcome.caught_by or "SURVIVED")
    print(f"\n{len(faults)} faults: {len(faults) - survived} caught, {survived} survived", end="")
    print(f", in {time.monotonic() - start:.0f} seconds.")
    return 1 if survived else 0


def copy_sources(folder: Path) -> Path:
    folder.mkdir()
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=LEFT_OUT)
        else:
            shutil.copy2(source, folder / name)
    return folder


def plant(fault: Fault, copy: Path) -> None:
    file = copy / fault.file
    text = file.read_text("utf-8")
    if (times := text.count(fault.old)) != 1:
        raise BrokenRunError(f"{fault.name!r}: {fault.file} has the text {times} times, not once:\n{fault.old}")
    if fault.old == fault.new:
        raise BrokenRunError(f"{fault.name!r}: it changes nothing.")
    file.write_text(text.replace(fault.old, fault.new), "utf-8")


async def require_own_packages(copy: Path) -> None:
    code = "import signalwire_streams as o, signalwire_streams_api as g; print(*o.__path__, *g.__path__, sep='\\n')"
    _, output = await run_python(copy, "-c", code)
    own = [copy / "overrides" / "signalwire_streams", copy / "generated" / "signalwire_streams_api"]
    if output.splitlines() != [str(folder) for folder in own]:
        raise BrokenRunError(f"Not the copy's packages are imported, but:\n{output}")


async def run_tests(copy: Path, tests: Sequence[str], seconds: float) -> Outcome:
    """Run the tests in a copy, and remove it."""
    start = time.monotonic()
    try:
        status, output = await run_python(copy, "-m", "pytest", *OPTIONS, *tests, seconds=seconds)
    except TimeoutError:
        return Outcome(f"the time-out of {seconds} seconds", time.monotonic() - start)
    finally:
        shutil.rmtree(copy)
    failed = FAILED.search(output)
    if status not in {0, 1} or (status == 1) != (failed is not None):
        raise BrokenRunError(f"The tests did not run:\n{output}")
    return Outcome(failed[1] if failed else None, time.monotonic() - start)


async def run_python(copy: Path, *arguments: str, seconds: float = SECONDS) -> tuple[int, str]:
    # Before the environment's own, which are the checkout's; what the tests start in other processes inherits it.
    path = os.pathsep.join(str(copy / name) for name in ("overrides", "generated"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=copy,
        env=os.environ | {"PYTHONPATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)  # the session: also what the tests have started
            await process.wait()
    assert process.returncode is not None
    return process.returncode, output.decode("utf-8", "replace")


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(sys.argv[1:])))
    except* BrokenRunError as errors:
        for error in errors.exceptions:
            print(error, file=sys.stderr)
        sys.exit(2)
    except* (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
