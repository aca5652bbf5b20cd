"""Plant each fault of `faults.toml` in a copy of the sources, and require one of its tests to fail there.

`make mutants` plants all of them. `make mutants ARGS="secret"` plants those with this text in their promise, their
sentence or their file.
"""

import asyncio
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from mutants.faults import ROOT, BrokenFaultError, Fault, load_faults

SOURCES = [
    *("openapi", "generated", "overrides", "tests", "docs", "pyproject.toml", "Makefile", "generator-config.yaml"),
    *("README.md", "CHANGELOG.md", "LICENSE", ".gitignore"),
]
AT_ONCE = 2
SECONDS = 120
SECONDS_WITHOUT_A_FAULT = 900
OPTIONS = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "--calls", "500", "--schedules", "20"]
# The id of a test has "::" after its file. A file whose imports fail is reported without it, and is not a test that failed.
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?::.*?)(?: - .*)?$", re.MULTILINE)


class BrokenRunError(Exception):
    """The run proves nothing, because the tests did not run, or fail without a fault."""


async def main(words: Sequence[str]) -> int:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    faults = [
        fault for fault in load_faults() if all(word in f"{fault.promise} {fault.name} {fault.file}" for word in words)
    ]
    if not faults:
        raise BrokenRunError(f"No fault has {' and '.join(words)} in it.")
    with TemporaryDirectory(prefix="mutants-") as folder:
        original = Path(folder) / "original"
        copy(ROOT, original)
        for fault in faults:
            fault.changed(original)  # says at once what is out of date
        await require_own_packages(original)
        return await plant_all(faults, original)


async def plant_all(faults: Sequence[Fault], original: Path) -> int:
    begin = time.monotonic()
    free = asyncio.Semaphore(AT_ONCE)
    width = max(len(fault.name) for fault in faults)
    survived: list[Fault] = []

    async def run(name: str, tests: Sequence[str], seconds: float, fault: Fault | None) -> str | None:
        async with free:
            start = time.monotonic()
            folder = original.with_name(name)
            copy(original, folder)
            if fault is not None:
                fault.plant(folder)
            failed = await failed_test(folder, tests, seconds)
            shutil.rmtree(folder)
        if fault is not None:
            print(f"{fault.name:<{width}}  {time.monotonic() - start:5.1f} s  {failed or 'SURVIVED'}", flush=True)
        return failed

    async def without_a_fault() -> None:
        tests = sorted({test for fault in faults for test in fault.tests.split()})
        if failed := await run("unharmed", tests, SECONDS_WITHOUT_A_FAULT, None):
            raise BrokenRunError(f"Without a fault, this fails too: {failed}")

    async def with_a_fault(number: int, fault: Fault) -> None:
        if await run(str(number), fault.tests.split(), SECONDS, fault) is None:
            survived.append(fault)

    async with asyncio.TaskGroup() as group:
        group.create_task(without_a_fault())
        for number, fault in enumerate(faults):
            group.create_task(with_a_fault(number, fault))
    print(f"\n{len(faults)} faults, {len(survived)} survived, {time.monotonic() - begin:.0f} seconds.")
    for fault in survived:
        print(f"No test finds this in {fault.file} ({fault.promise}): {fault.name}")
    return 1 if survived else 0


def copy(source: Path, target: Path) -> None:
    target.mkdir()
    for name in SOURCES:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy2(source / name, target / name)


async def require_own_packages(folder: Path) -> None:
    packages = [
        "overrides/signalwire_streams",
        "overrides/pytest_signalwire_streams",
        "generated/signalwire_streams_api",
        "generated/signalwire_streams_derived",
    ]
    names = [Path(package).name for package in packages]
    code = f"import {', '.join(names)}; print({', '.join(f'{name}.__path__[0]' for name in names)}, sep='\\n')"
    _, output = await run_python(folder, "-c", code, seconds=SECONDS)
    if output.splitlines() != [str(folder / package) for package in packages]:
        raise BrokenRunError(f"Python does not import the packages of the copy, but:\n{output}")


async def failed_test(folder: Path, tests: Sequence[str], seconds: float) -> str | None:
    """Return the test that failed, or None. A timeout is a failure, too."""
    try:
        status, output = await run_python(folder, "-m", "pytest", *OPTIONS, *tests, seconds=seconds)
    except TimeoutError:
        return f"the timeout of {seconds} seconds"
    failed = FAILED.search(output)
    if status not in {0, 1} or (status == 1) != (failed is not None):
        raise BrokenRunError(f"The tests did not run:\n{output}")
    return failed[1] if failed else None


async def run_python(folder: Path, *arguments: str, seconds: float) -> tuple[int, str]:
    # The path comes before the environment's own, which is the checkout's. Processes that tests start inherit it.
    path = os.pathsep.join(str(folder / name) for name in ("overrides", "generated"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=folder,
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
            os.killpg(process.pid, signal.SIGKILL)  # also what the tests have started
            await process.wait()
    assert process.returncode is not None
    return process.returncode, output.decode("utf-8", "replace")


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(sys.argv[1:])))
    except* (BrokenFaultError, BrokenRunError) as errors:
        for error in errors.exceptions:
            print(error, file=sys.stderr)
        sys.exit(2)
    except* (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
