"""A dry run of a release: `make release-check` does all of it but the tag and the upload. See docs/releasing.md."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from release.changes import breaking_changes, last_release, lowest_version, number
from release.uses import USES
from signalwire_streams import __version__
from signalwire_streams.mock import MockServer
from support.distributions import NAME, ROOT, build, contents, environment_with, installed, run, unpack

PLAIN = {
    "anyio",
    "attrs",
    "certifi",
    "h11",
    "httpcore",
    "httpx",
    "idna",
    "msgspec",
    NAME,
    "sniffio",
    "typing_extensions",
}
TAG = f"v{__version__}"
TO_DO: list[str] = []


class NotReadyError(Exception):
    """Why there can be no release as things are."""


def main() -> int:
    failed = 0
    with TemporaryDirectory(prefix="release-") as name:
        release = Release(Path(name))
        for what, step in release.steps():
            try:
                step()
            except (NotReadyError, subprocess.CalledProcessError) as error:
                failed += 1
                print(f"NO   {what}: {error}", flush=True)
            else:
                print(f"yes  {what}", flush=True)
    for left in TO_DO:
        print(f"left {left}")
    print(f"\n{NAME} {__version__}: " + (f"{failed} steps stand against a release." if failed else "can be released."))
    return 1 if failed else 0


class Release:
    """The distributions of a release, in a folder, and what is held against them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheel = self.sdist = folder

    def steps(self) -> list[tuple[str, Callable[[], None]]]:
        uses = [
            (
                f"a clean environment with {f'the extra {extra}' if extra else 'the plain install'} works",
                self._use(extra),
            )
            for extra in USES
        ]
        return [
            ("all is committed", nothing_is_uncommitted),
            ("the CHANGELOG has an entry of this version", changelog_has_the_version),
            ("the tag of this version is free, or here", tag_is_free_or_here),
            ("the version number fits the changes since the last release", version_fits),
            ("wheel and sdist are built", self.build),
            ("the sdist gives the same wheel", self.compare),
            ("twine check --strict", lambda: program("twine", "check", "--strict", self.wheel, self.sdist)),
            ("check-wheel-contents", lambda: program("check-wheel-contents", self.wheel)),
            *uses,
            ("pyright --verifytypes finds all types in the wheel", self.verify_types),
        ]

    def build(self) -> None:
        self.sdist = build("sdist", self.folder / "sdist")
        self.wheel = build("wheel", self.folder / "wheel")
        if f"-{__version__}-" not in self.wheel.name:
            raise NotReadyError(f"the wheel is {self.wheel.name}, of another version")

    def compare(self) -> None:
        unpacked = unpack(self.sdist, self.folder / "unpacked")
        if contents(build("wheel", self.folder / "again", unpacked)) != contents(self.wheel):
            raise NotReadyError("the two wheels differ")

    def verify_types(self) -> None:
        python = environment_with(self.wheel, self.folder / "types", ",".join(filter(None, USES)))
        pyright = ROOT / "tests" / "tools" / "node_modules" / ".bin" / "pyright"
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        for package in ("signalwire_streams", "pytest_signalwire_streams"):
            command: list[str | Path] = [pyright, "--verifytypes", package, "--ignoreexternal"]
            done = subprocess.run(
                command, cwd=self.folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
            )
            if done.returncode or "completeness score: 100%" not in done.stdout:
                raise NotReadyError(done.stdout)

    def _use(self, extra: str) -> Callable[[], None]:
        def use() -> None:
            folder = self.folder / f"with-{extra}"
            folder.mkdir()
            python = environment_with(self.wheel, folder, extra)
            if not extra and installed(python) != PLAIN:
                raise NotReadyError(f"it has {', '.join(sorted(installed(python)))}")
            with MockServer() as mock:
                account = {
                    "SIGNALWIRE_PROJECT_ID": mock.project,
                    "SIGNALWIRE_API_TOKEN": mock.token,
                    "SIGNALWIRE_SPACE": mock.url,
                }
                for code in USES[extra]:
                    done = run(python, code, **account)
                    if done.returncode:
                        raise NotReadyError(f"{done.stdout}{done.stderr}")
                if left := [stream.name for stream in mock.streams if stream.status != "stopped"]:
                    raise NotReadyError(f"these streams were left running: {', '.join(left)}")

        return use


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def program(name: str, *arguments: str | Path) -> None:
    command: list[str | Path] = [Path(sys.executable).with_name(name), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotReadyError(done.stdout + done.stderr)


def nothing_is_uncommitted() -> None:
    if changed := git("status", "--porcelain"):
        raise NotReadyError(f"these are not:\n{changed}")


def changelog_has_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    first = re.search(r"^## (\S+) - (.+)$", text, re.MULTILINE)
    if first is None or first[1] != __version__:
        raise NotReadyError(f"its first entry is not of {__version__}")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", first[2]):
        if git("tag", "--list", TAG):
            raise NotReadyError(f"{TAG} is there, and the entry says {first[2]!r} for its date")
        TO_DO.append(f"CHANGELOG.md: put the date of the release in place of {first[2]!r}")


def tag_is_free_or_here() -> None:
    if not git("tag", "--list", TAG):
        TO_DO.append(f"git tag --annotate {TAG}")
    elif git("rev-list", "--max-count=1", TAG) != git("rev-parse", "HEAD"):
        raise NotReadyError(f"{TAG} is another commit: raise the version in _version.py")


def version_fits() -> None:
    last = last_release(ROOT, TAG)
    if last is None:
        print("     There is no release yet, so any version number fits.")
        return
    changes = breaking_changes(ROOT, last)
    lowest = lowest_version(last, breaks=bool(changes))
    asks = "".join(f"\n     {change}" for change in changes) or "\n     No change breaks users' code."
    asks = f"The changes since {last} ask for {lowest} or more:{asks}"
    if number(__version__) < number(lowest):
        raise NotReadyError(f"{__version__} is too low. {asks}\n     Raise the version in _version.py")
    print(f"     {asks}")


if __name__ == "__main__":
    sys.exit(main())
