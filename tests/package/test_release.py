"""What stands against a release is found: tried on a repository of a few lines."""

import subprocess
import sys
from pathlib import Path

import pytest
from release import run as release
from signalwire_streams import __version__
from versions import run as versions

ENTRY = f"## {__version__} - 2026-12-01\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a CHANGELOG that is ready, all of it committed."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Jane")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "jane@example.com")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "TO_DO", [])
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "CHANGELOG.md").write_text(ENTRY)
    commit()
    return tmp_path


def commit() -> None:
    release.git("add", "--all")
    release.git("commit", "--quiet", "--allow-empty", "--message", "a change")


def test_what_is_ready_can_be_released(repository: Path) -> None:
    release.nothing_is_uncommitted()
    release.changelog_has_the_version()
    release.git("tag", release.TAG)
    release.tag_is_free_or_here()
    assert release.TO_DO == []
    assert repository.exists()


def test_a_change_that_is_not_committed_stands_against_it(repository: Path) -> None:
    (repository / "new.py").touch()
    with pytest.raises(release.NotReadyError, match=r"new\.py"):
        release.nothing_is_uncommitted()


@pytest.mark.parametrize("text", ["", "## 99.0.0 - 2026-12-01\n", f"## 99.0.0 - unreleased\n\n{ENTRY}"])
def test_an_entry_of_another_version_stands_against_it(repository: Path, text: str) -> None:
    (repository / "CHANGELOG.md").write_text(text)
    with pytest.raises(release.NotReadyError, match=f"first entry is not of {__version__}"):
        release.changelog_has_the_version()


def test_an_entry_without_a_date_is_left_to_do_until_the_tag_is_there(repository: Path) -> None:
    (repository / "CHANGELOG.md").write_text(f"## {__version__} - unreleased\n")
    release.changelog_has_the_version()
    assert len(release.TO_DO) == 1
    release.git("tag", release.TAG)
    with pytest.raises(release.NotReadyError, match="unreleased"):
        release.changelog_has_the_version()


def test_a_tag_of_another_commit_stands_against_it(repository: Path) -> None:
    release.git("tag", release.TAG)
    commit()
    with pytest.raises(release.NotReadyError, match="raise the version"):
        release.tag_is_free_or_here()
    assert repository.exists()


def test_a_tool_that_finds_something_stands_against_it(tmp_path: Path) -> None:
    broken = tmp_path / "broken-1.0-py3-none-any.whl"
    broken.write_bytes(b"no wheel")
    with pytest.raises(release.NotReadyError):
        release.program("twine", "check", "--strict", broken)


def test_the_python_that_runs_is_found_and_one_that_does_not_exist_is_missing() -> None:
    found = versions.find(f"{sys.version_info.major}.{sys.version_info.minor}")
    assert found is not None
    assert found.samefile(sys.executable)
    assert versions.find("3.99") is None


def test_a_python_that_is_missing_is_told_and_fails_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(versions, "PYTHONS", ("3.11", "3.98", "3.99"))
    assert versions.main(["3.9"]) == 1  # nothing ran
    assert "Python 3.99                    missing: there is no python3.99" in capsys.readouterr().out
    passed = versions.try_one
    monkeypatch.setattr(versions, "try_one", lambda run: passed(run) if run.python == "3.99" else "passed on 3.98.0")
    assert versions.main(["3.9"]) == 0
