"""The changes since the last release that break users' code, and the version number that they ask for."""

import re
import subprocess
import sys
from pathlib import Path

import compare

PACKAGES = (
    "overrides/signalwire_streams",
    "overrides/pytest_signalwire_streams",
    "generated/signalwire_streams_api",
    "generated/signalwire_streams_derived",
)
DOCUMENT = "openapi/compat-calls-streams.yaml"


def last_release(root: Path, this: str) -> str | None:
    """Return the tag of the last release other than `this`."""
    tags = _git(root, "tag", "--list", "--merged", "HEAD").split()
    releases = [tag for tag in tags if re.fullmatch(r"v\d+\.\d+\.\d+", tag) and tag != this]
    return max(releases, key=number, default=None)


def number(version: str) -> tuple[int, ...]:
    """Turn `v0.2.0` or `0.2.0` into what can be compared."""
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def lowest_version(last: str, *, breaks: bool) -> str:
    """Return the lowest version number that Semantic Versioning allows after `last`."""
    major, minor, patch = number(last)
    if not breaks:
        patch += 1
    elif major:
        major, minor, patch = major + 1, 0, 0
    else:
        minor, patch = minor + 1, 0
    return f"{major}.{minor}.{patch}"


def breaking_changes(root: Path, tag: str) -> list[str]:
    """List the changes since a tag that may break users' code, each in a line."""
    return [*_of_the_document(root, tag), *(line for package in PACKAGES for line in _of_python(root, tag, package))]


def _of_the_document(root: Path, tag: str) -> list[str]:
    old = compare.parse(_git(root, "show", f"{tag}:{DOCUMENT}"), f"{tag}:{DOCUMENT}")
    found = compare.differences(old, compare.load(root / DOCUMENT))
    return [f"{DOCUMENT}: {each.sentence(tag, 'this version')}" for each in found if each.is_breaking]


def _of_python(root: Path, tag: str, package: str) -> list[str]:
    if not _git(root, "ls-tree", tag, package):
        return []
    folder, name = package.split("/")
    command: list[str | Path] = [Path(sys.executable).with_name("griffe"), "check", name, "--against", tag]
    options = ["--search", folder, "--search", "generated", "--no-inspection", "--format", "oneline", "--no-color"]
    done = subprocess.run([*command, *options], cwd=root, capture_output=True, text=True, check=False)
    found = [line for line in (done.stdout + done.stderr).splitlines() if line]
    if done.returncode and not found:
        raise subprocess.CalledProcessError(done.returncode, ["griffe", *map(str, command[1:])])
    return found if done.returncode else []


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
