"""The built site: every name is on it, every link leads somewhere, and a browser shows it with no network."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import api_reference
import pytest
import yaml
from signalwire_streams.mock import MockServer
from sphinx.util.inventory import InventoryFile
from support.pages import ROOT

MODULES = ["", ".media", ".callbacks", ".mock", ".receiver", ".transports"]
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
OPENAPI = yaml.safe_load((ROOT / "openapi/compat-calls-streams.yaml").read_text("utf-8"))
ASYNCAPI = yaml.safe_load((ROOT / "openapi/media-streams.asyncapi.yaml").read_text("utf-8"))


class Page(HTMLParser):
    """What a page links to, what it loads, and what can be linked to on it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.description = self.icon = ""
        self.text = file.read_text("utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.anchors.add(given.get("id", ""))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if given.get("name") == "description":
            self.description = given["content"]
        if "icon" in given.get("rel", "").split():
            self.icon = given["href"]
        if tag in LOADED and LOADED[tag] in given:
            self.loads.append(given[LOADED[tag]])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` builds it: a warning fails."""
    made = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "docs", str(made)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {file: Page(file) for file in site.rglob("*.html") if "_static" not in file.parts}


@pytest.fixture(scope="module")
def seen(site: Path) -> Any:
    """What Chromium saw of each page, wide and narrow, and of a search."""
    tools = ROOT / "tests" / "tools"
    assert (tools / "node_modules" / "installed").exists(), "run: make tests/tools/node_modules/installed"
    done = subprocess.run(
        ["node", tools / "browse.mjs", site], capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_each_link_leads_to_a_page_and_a_place_on_it(pages: dict[Path, Page]) -> None:
    dead = []
    for file, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or not link:
                continue
            target = pages.get((file.parent / unquote(parts.path)).resolve() if parts.path else file)
            if target is None or (parts.fragment and unquote(parts.fragment) not in target.anchors):
                dead.append(f"{file.name}: {link}")
    assert sum(len(page.links) for page in pages.values()) > 500
    assert dead == []


def test_nothing_that_a_page_loads_is_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    loaded = [urlsplit(load) for page in pages.values() for load in page.loads]
    assert len(loaded) > 100
    assert not [load for load in loaded if load.netloc]
    for style in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", style.read_text("utf-8"))


def names_on(site: Path) -> Iterator[str]:
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    for kind in ("class", "exception", "function", "data", "attribute", "method", "module"):
        yield from inventory.data.get(f"py:{kind}", {})


@pytest.mark.parametrize("module", MODULES)
def test_each_public_name_is_in_the_reference(module: str, site: Path) -> None:
    offered = import_module(f"signalwire_streams{module}").__all__
    if module == ".receiver":
        offered = [name for name in offered if name != "Levels"]  # on the page of media, where it comes from
    assert {f"signalwire_streams{module}.{name}" for name in offered} <= set(names_on(site))


def test_each_fixture_is_in_the_reference(site: Path) -> None:
    plugin = import_module("pytest_signalwire_streams")
    fixtures = {name for name in vars(plugin) if "streams_" in name and not name.startswith("_")}
    assert len(fixtures) > 5
    assert {f"pytest_signalwire_streams.{name}" for name in [*fixtures, "ServedApplication"]} <= set(names_on(site))


@pytest.fixture(scope="module")
def reference(site: Path) -> dict[str, str]:
    """The text of each page of the API reference."""
    return {file.stem: text_of(file.read_text("utf-8")) for file in (site / "api").glob("*.html")}


def text_of(page: str) -> str:
    article = page.partition("<article")[2].partition("</article>")[0]
    return unescape(re.sub(r"<[^>]+>", "", article))


@pytest.mark.parametrize("name", MODULES)
def test_each_value_of_the_reference_has_our_text_and_no_docstring_of_its_type(
    name: str, reference: dict[str, str]
) -> None:
    module = import_module(f"signalwire_streams{name}")
    (page,) = [reference[name.removeprefix(".") or "clients"]]
    for value in api_reference.names(module, "values"):
        ours = api_reference.docstring_of_value(module, value)
        assert re.sub(r"[`\\]|``", "", ours[0]).replace("'", "’") in page.replace("'", "’")
        foreign = inspect.getdoc(type(getattr(module, value))) or ""
        assert [line for line in foreign.splitlines() if len(line) > 20 and line.strip() in page] == []


def test_no_page_of_the_reference_shows_an_internal_name(reference: dict[str, str], site: Path) -> None:
    assert len(reference) > 8
    internal = re.compile(r"(?<![\w/])_(?!_)\w+|NOTHING|~\w+")
    assert {page: found for page, text in reference.items() if (found := internal.findall(text))} == {}
    hidden = api_reference._INTERNAL_METHODS
    assert hidden.isdisjoint(names_on(site))
    for name in hidden | api_reference._INTERNAL_CONSTRUCTORS:
        module, *path = re.split(r"\.(?=[A-Z])|(?<=[a-z])\.(?=\w+$)", name)
        assert eval(".".join(path), vars(import_module(module)).copy()), f"{name} is hidden, but not there"


def test_each_argument_of_the_mock_is_an_item_of_a_list(site: Path) -> None:
    page = (site / "api" / "mock.html").read_text("utf-8")
    items = re.findall(r"<li><p>(.*?): ", page)
    listed = {name for item in items for name in re.findall(r'<span class="pre">(\w+)</span>', item)}
    assert set(inspect.signature(MockServer).parameters) <= listed


def test_the_reference_links_to_those_of_python_and_httpx(pages: dict[Path, Page], site: Path) -> None:
    links = set(pages[site / "api" / "clients.html"].links)
    assert "https://docs.python.org/3/library/datetime.html#datetime.datetime" in links
    assert "https://docs.python.org/3/library/stdtypes.html#str" in links
    assert "https://www.python-httpx.org/advanced/timeouts/" in links
    assert "https://www.python-httpx.org/api/#client" in links


def test_each_page_has_an_icon_and_a_description_that_a_search_engine_shows_whole(pages: dict[Path, Page]) -> None:
    for file, page in pages.items():
        assert page.icon.endswith("favicon.svg"), file
        assert 20 < len(page.description) <= 160, file
    assert len({page.description for page in pages.values()}) > len(pages) - 5


def test_the_http_reference_has_each_operation_field_status_and_code(site: Path) -> None:
    text = (site / "http.html").read_text("utf-8")
    (callback,) = OPENAPI["components"]["requestBodies"]["StreamEvent"]["content"].values()
    for schema in (*OPENAPI["components"]["schemas"].values(), callback["schema"]):
        for field in fields_of(schema):
            assert re.search(rf'<span class="pre">(calls\[\]\.)?{field}</span>', text), field
    operations = [
        operation for item in OPENAPI["paths"].values() for operation in item.values() if "responses" in operation
    ]
    assert len(operations) == 5
    for operation in operations:
        assert f"<h3>{operation['summary']}<" in text or f"<h2>{operation['summary']}<" in text
        for parameter in operation.get("parameters", []):
            assert f'<span class="pre">{parameter["name"]}</span>' in text
        for status in operation["responses"]:
            assert f"<p>{status}</p>" in text
    for pattern in ("Parameter[1-9][0-9]?", "GET", "/Calls?From="):
        assert pattern in text
    for name in ("Stream", "ConferenceStream", "CallPage", "Error", "ConferenceErrors"):
        assert f'id="response-{name.lower()}"' in text
    listed, _ = callback["schema"]["properties"]["StreamError"]["anyOf"]
    for cause in listed["enum"]:
        assert cause.split()[0] in text


def fields_of(schema: Any) -> Iterator[str]:
    """The properties of a schema, with those of its parts that have no name of their own."""
    yield from schema.get("properties", {})
    for part in schema.get("allOf", []):
        yield from fields_of(part)


def test_the_websocket_reference_has_the_connection_and_each_message_with_an_example(site: Path) -> None:
    page = Page(site / "websocket.html")
    for channel in ASYNCAPI["channels"].values():
        assert all(f"<p>{response}</p>" in page.text for response in ("101", "4XX", "any other"))
        for header in channel["bindings"]["ws"]["headers"]["properties"]:
            assert f'<span class="pre">{header}</span>' in page.text
        for name, message in channel["messages"].items():
            assert f"message-{name.lower()}" in page.anchors
            for field in message["payload"]["properties"]:
                assert f'<span class="pre">{field}</span>' in page.text
    assert page.text.count("highlight-json") == 10


def test_a_browser_shows_each_page_wide_and_narrow_without_a_complaint(seen: Any, pages: dict[Path, Page]) -> None:
    assert len(seen["pages"]) == len(pages)
    for path, facts in seen["pages"].items():
        assert path == "search.html" or facts["headings"], path
        assert (path, facts["problems"], facts["too_wide"]) == (path, [], [])
    for page in ("index.html", "architecture.html", "benchmarks.html"):
        pictures = seen["pages"][page]["pictures"]
        assert len(pictures) >= 3
        assert all(pictures)


def test_no_code_is_cut_off_on_a_screen_and_what_is_wider_than_a_telephone_scrolls(seen: Any) -> None:
    assert sum(facts["blocks"] for facts in seen["pages"].values()) > 90
    for path, facts in seen["pages"].items():
        assert (path, facts["cut_off"], facts["stuck"]) == (path, [], 0)


def test_each_block_of_code_can_be_copied(seen: Any) -> None:
    assert {path: facts["without_button"] for path, facts in seen["pages"].items() if facts["without_button"]} == {}


def test_the_search_finds_start_stream(seen: Any) -> None:
    found = seen["search"]
    assert "signalwire_streams.StreamsClient.start_stream" in found["results"]
    assert found["problems"] == []
    assert re.search(r"^api/clients\.html#signalwire_streams\.\w+\.start_stream$", found["opened"])
