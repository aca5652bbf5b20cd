"""What a contributor is told to do can be done: the targets of make, the hooks of a commit, the steps of the guide."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
PARTS_OF_OTHERS = {"lint-document", "types-mypy", "types-pyright"}


def test_help_tells_each_target_and_what_it_does_on_a_line() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    told = {line.split()[0] for line in lines if line.startswith("  ")}
    assert told == set(re.findall(r"^\.PHONY: (\S+)$", MAKEFILE, re.MULTILINE)) - PARTS_OF_OTHERS
    assert all(len(line) <= 130 for line in lines)
    assert all(re.match(r"  [a-z-]+ {2,}\S", line) for line in lines if line.startswith("  "))


def test_the_hooks_run_the_tools_of_the_environment_and_fetch_nothing() -> None:
    assert [repository["repo"] for repository in HOOKS] == ["local"]
    for hook in HOOKS[0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith((".venv/bin/", "make "))


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of its own that holds what the checkout holds, committed or not, and uses its environment."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout of git: the hooks of a commit were not tried")
    folder = tmp_path_factory.mktemp("clone")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    run("git", "init", "--quiet", folder=folder)
    run("git", "add", "--all", folder=folder)
    return folder


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    # A hook of git that runs these tests sets GIT_DIR and the like, which name another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    environment |= {"PRE_COMMIT_HOME": str(folder / ".git" / "pre-commit"), "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache")}
    if not (Path(sys.prefix) / "installed-dev").exists():  # then make would make the environment anew
        environment["SKIP"] = "check-generated"
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_hooks_pass_in_a_clone(clone: Path) -> None:
    done = run(".venv/bin/pre-commit", "run", "--all-files", "--color=never", folder=clone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Passed") + done.stdout.count("Skipped") == len(HOOKS[0]["hooks"])


@pytest.mark.parametrize(
    ("path", "text", "hook"),
    [
        ("overrides/signalwire_streams/_new.py", "x = 1;y = 2\n", "ruff check"),
        ("overrides/signalwire_streams/_new.py", '"""New."""\nx  =  1\n', "ruff format"),
        ("openapi/compat-calls-streams.yaml", "openapi: 3.1.0\n", "the document is valid OpenAPI"),
    ],
)
def test_a_hook_stops_a_commit_that_is_wrong(clone: Path, path: str, text: str, hook: str) -> None:
    file = clone / path
    before = file.read_text() if file.exists() else None
    file.write_text(text)
    run("git", "add", path, folder=clone)
    done = run(".venv/bin/pre-commit", "run", hook_id(hook), "--color=never", "--files", path, folder=clone)
    file.unlink() if before is None else file.write_text(before)
    run("git", "add", path, folder=clone)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"^{hook}\.+Failed$", done.stdout, re.MULTILINE)


def hook_id(name: str) -> str:
    (found,) = (hook["id"] for hook in HOOKS[0]["hooks"] if hook["name"] == name)
    return str(found)


def test_what_the_guide_names_is_there() -> None:
    paths = re.findall(r"`((?:tests|docs|openapi|overrides)/[\w./*-]+)`|\]\((?!http)([\w./-]+)\)", GUIDE)
    named = {first or second for first, second in paths}
    assert len(named) > 15
    assert [name for name in named if not list(ROOT.glob(name))] == []


def test_the_targets_tests_and_names_of_the_guide_are_there() -> None:
    targets = set(re.findall(r"^\$ make ([a-z-]+)|`make ([a-z-]+)", GUIDE, re.MULTILINE))
    assert {first or second for first, second in targets} <= set(
        re.findall(r"^\.PHONY: (\S+)$", MAKEFILE, re.MULTILINE)
    )
    sources = "".join(
        file.read_text("utf-8") for folder in ("overrides", "tests") for file in (ROOT / folder).rglob("*.py")
    )
    for name in re.findall(r"`(_?[A-Z][A-Z_]+|test_\w+|may_retry_\w+|StreamResource)`", GUIDE):
        assert re.search(rf"\b{name}\b(?:\(| =|:)", sources), name


def test_the_settings_of_an_editor_are_not_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    assert {".idea/", ".vscode/", "*.swp"} <= set(ignored)
