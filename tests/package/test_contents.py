"""What the wheel and the sdist hold, which are what the checkout gives and nothing else."""

import re
import subprocess
import sys
import tarfile
import tomllib
from email import message_from_bytes
from pathlib import Path

import pytest
from signalwire_streams import __version__
from support.distributions import DOCUMENTS, ROOT, build, contents, unpack

PACKAGES = {
    "pytest_signalwire_streams": "overrides",
    "signalwire_streams": "overrides",
    "signalwire_streams_api": "generated",
    "signalwire_streams_derived": "generated",
}
META = f"signalwire_streams-{__version__}.dist-info"
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def sources() -> dict[str, Path]:
    """Return the files of all packages, by their names in the wheel."""
    return {
        path.relative_to(ROOT / room).as_posix(): path
        for package, room in PACKAGES.items()
        for path in (ROOT / room / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def check(*command: str | Path) -> None:
    done = subprocess.run([Path(sys.executable).with_name(str(command[0])), *command[1:]], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_the_wheel_holds_all_packages_all_documents_and_nothing_else(wheel: Path) -> None:
    found = contents(wheel)
    meta = {f"{META}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
    assert found.keys() == sources().keys() | {f"signalwire_streams/{name}" for name in DOCUMENTS} | meta
    assert {path.suffix for path in sources().values()} <= {".py", ".typed", ".css", ".html", ".js", ".svg", ".txt"}
    assert all(found[name] == path.read_bytes() for name, path in sources().items())
    assert all(found[f"signalwire_streams/{name}"] == (ROOT / name).read_bytes() for name in DOCUMENTS)


def test_the_sdist_holds_what_the_wheel_is_built_from_and_nothing_else(sdist: Path) -> None:
    top = f"signalwire_streams-{__version__}"
    with tarfile.open(sdist) as archive:
        names = {name.removeprefix(f"{top}/") for name in archive.getnames()}
    packages = {path.relative_to(ROOT).as_posix() for path in sources().values()}
    pages = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "docs").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    # hatchling adds the last two by itself.
    about = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert names == packages | pages | DOCUMENTS | about


def test_the_sdist_gives_the_same_wheel_as_the_checkout(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    from_sdist = build("wheel", tmp_path / "dist", unpack(sdist, tmp_path / "unpacked"))
    assert from_sdist.name == wheel.name
    assert contents(from_sdist) == contents(wheel)


def test_the_package_index_takes_both_and_can_render_the_readme(wheel: Path, sdist: Path) -> None:
    check("twine", "check", "--strict", wheel, sdist)


def test_the_readme_of_the_package_index_links_only_to_what_is_there(wheel: Path, sdist: Path) -> None:
    shown = contents(wheel)[f"{META}/METADATA"].decode().partition("\n\n")[2]
    links = re.findall(r"\]\(([^)]*)\)", shown)
    assert len(links) >= 4
    assert [link for link in links if not link.startswith("https://")] == []
    named = set(re.findall(r"\(`([\w/.-]+\.md)`\)", shown))
    assert len(named) > 12
    with tarfile.open(sdist) as archive:
        assert {f"signalwire_streams-{__version__}/{file}" for file in named} <= set(archive.getnames())


def test_the_badges_say_what_the_settings_say() -> None:
    project = SETTINGS["project"]
    versions = [each.rpartition(" ")[2] for each in project["classifiers"] if re.search(r":: 3\.\d+$", each)]
    assert project["requires-python"] == f">={versions[0]}"
    assert "Typing :: Typed" in project["classifiers"]
    badges = re.findall(r"img\.shields\.io/badge/([\w.-]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert badges == [
        f"python-{versions[0]}_to_{versions[-1]}-blue",
        f"license-{project['license']}-blue",
        "typed-strict-blue",
    ]


def test_a_linter_of_wheels_finds_nothing_wrong(wheel: Path) -> None:
    check("check-wheel-contents", wheel)


def test_the_version_has_one_home_from_which_all_others_come(wheel: Path) -> None:
    home = ROOT / SETTINGS["tool"]["hatch"]["version"]["path"]
    assert home.read_text("utf-8").count(f'__version__ = "{__version__}"') == 1
    assert "version" not in SETTINGS["project"]
    assert message_from_bytes(contents(wheel)[f"{META}/METADATA"])["Version"] == __version__
    repeated = [name for name, path in sources().items() if path != home and f'"{__version__}"' in path.read_text()]
    assert not [name for name in repeated if not name.startswith("signalwire_streams_api/")]


@pytest.mark.parametrize("extra", ["aiohttp", "audio", "cli", "mock", "pytest", "samples"])
def test_the_wheel_offers_each_extra(wheel: Path, extra: str) -> None:
    metadata = message_from_bytes(contents(wheel)[f"{META}/METADATA"])
    assert extra in metadata.get_all("Provides-Extra", [])
    assert SETTINGS["project"]["optional-dependencies"].keys() == set(metadata.get_all("Provides-Extra", []))
