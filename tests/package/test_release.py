"""What stands against a release is found: tried on a repository of a few lines."""

import subprocess
import sys
from pathlib import Path

import pytest
from release import run as release
from release.changes import lowest_version
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


DOCUMENT = """
openapi: 3.1.1
paths:
  /Streams:
    post:
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {Name: {type: string}, Track: {type: string, enum: [a, b]}}}
      responses:
        '200':
          content:
            application/json:
              schema: {required: [sid], properties: {sid: {}, uri: {}, status: {enum: [x]}}}
"""
PYTHON = "def start(name: str, track: str = 'a') -> str:\n    return name + track\n\n\ndef stop() -> None: ...\n"


@pytest.fixture
def released(repository: Path) -> Path:
    """A repository whose version 0.4.1 is released."""
    for name, text in {
        "openapi/compat-calls-streams.yaml": DOCUMENT,
        "overrides/signalwire_streams/__init__.py": PYTHON,
    }.items():
        (repository / name).parent.mkdir(parents=True)
        (repository / name).write_text(text)
    commit()
    for tag in ("v0.4.0", "v0.4.1", "draft-9.9.9"):
        release.git("tag", tag)
    return repository


def change(repository: Path, old: str, new: str) -> None:
    for path in repository.glob("o*/**/*.*"):
        path.write_text(path.read_text().replace(old, new))


def of_version(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "__version__", version)
    monkeypatch.setattr(release, "TAG", f"v{version}")


def test_without_a_release_any_version_number_fits(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    release.git("tag", release.TAG)
    release.version_fits()
    assert capsys.readouterr().out == "     There is no release yet, so any version number fits.\n"
    assert repository.exists()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Name: {type: string}, ", "", "POST /Streams: field Name is only in v0.4.1."),
        ("enum: [a, b]", "enum: [a]", "POST /Streams: field Track: enum is a, b in v0.4.1 and a in this version."),
        ("schema: {type: object,", "schema: {required: [Name],", "field Name: required is false in v0.4.1 and true in"),
        ("{type: object, properties: {", "{required: [Url], properties: {Url: {}, ", "Url is only in this version and required"),
        ("Name: {type: string}", "Name: {type: integer}", "field Name: type is string in v0.4.1 and integer in this"),
        ("{required: [sid], ", "{", "response 200: field sid: required is true in v0.4.1 and false in this version."),
        ("enum: [x]", "enum: [x, y]", "response 200: field status: enum is x in v0.4.1 and x, y in this version."),
        ("track: str = 'a'", "track: str", "start(track): Parameter is now required"),
        ("track: str = 'a'", "track: str = 'b'", "start(track): Parameter default was changed: 'a' -> 'b'"),
        ("def stop", "def halt", "stop: Public object was removed"),
    ],
)  # fmt: skip
def test_a_change_that_breaks_asks_for_the_next_minor_version(
    released: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, told: str
) -> None:
    change(released, old, new)
    of_version("0.4.2", monkeypatch)
    with pytest.raises(release.NotReadyError) as caught:
        release.version_fits()
    assert str(caught.value).startswith("0.4.2 is too low. The changes since v0.4.1 ask for 0.5.0 or more:\n")
    assert told in str(caught.value)


def test_the_next_minor_version_fits_a_change_that_breaks(
    released: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(released, "def stop", "def halt")
    of_version("0.5.0", monkeypatch)
    release.version_fits()
    assert "ask for 0.5.0 or more:\n     overrides/signalwire_streams/__init__.py" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{Name: ", "{Language: {type: string}, Name: "),
        ("enum: [a, b]", "enum: [a, b, c]"),
        ("enum: [a, b]", "description: any"),
        ("{sid: {}", "{name: {}, sid: {}"),
        ("[sid], properties: {", "[sid, name], properties: {name: {}, "),
        ("required: [sid]", "required: [sid, uri]"),
        ("'a')", "'a', **more: str)"),
        ("def stop", "def more() -> None: ...\n\n\ndef stop"),
        ("return name", "return track + name"),
    ],
)
def test_any_other_change_asks_for_the_next_patch_version(
    released: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], old: str, new: str
) -> None:
    change(released, old, new)
    of_version("0.4.0", monkeypatch)
    with pytest.raises(release.NotReadyError, match="ask for 0.4.2 or more:\n     No change breaks users' code"):
        release.version_fits()
    of_version("0.4.2", monkeypatch)
    release.version_fits()
    assert "ask for 0.4.2" in capsys.readouterr().out


def test_the_release_itself_is_compared_with_the_one_before(
    released: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    of_version("0.4.1", monkeypatch)
    release.version_fits()
    assert "The changes since v0.4.0 ask for 0.4.1 or more" in capsys.readouterr().out
    assert lowest_version("v1.2.3", breaks=True) == "2.0.0"
    assert released.exists()


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
