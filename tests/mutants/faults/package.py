"""Faults of the package and its documentation."""

from mutants.faults.fault import Fault
from mutants.faults.places import (
    API_PAGES,
    CLI_OUTPUT,
    CONTENT_TESTS,
    HTTP_REFERENCE,
    MEDIA,
    NAME_TESTS,
    OVERLAY,
    PAGE_TESTS,
    PARAMETERS,
    PROJECT,
    REQUESTS,
    SERVER_TESTS,
    SITE_HTTP,
    SITE_LINKS,
    SITE_LOADS,
    SITE_MESSAGES,
    SITE_NAMES,
    TABLE_TESTS,
    TYPE_TESTS,
    WHEEL_TESTS,
)

OF_THE_PACKAGE = [
    Fault(
        "a type checker takes any name for one of the package's",
        f"{OVERLAY}/__init__.py",
        "else:  # a type checker",
        "if True:  # a type checker",
        TYPE_TESTS,
    ),
    Fault(
        "a type checker takes any name for one of media's",
        f"{MEDIA}/__init__.py",
        "if not TYPE_CHECKING:",
        "if True:",
        TYPE_TESTS,
    ),
    Fault(
        "a class of errors is not listed",
        f"{OVERLAY}/_public.py",
        '    "CallStateError",\n',
        "",
        TYPE_TESTS,
    ),
    Fault(
        "mypy refuses parameters of text and numbers",
        PARAMETERS,
        "Sequence[_Pair] | Set[_Pair] | Iterator[_Pair]",
        "Iterable[_Pair]",
        TYPE_TESTS,
    ),
    Fault(
        "a sub-package offers what it does not list",
        f"{MEDIA}/__init__.py",
        '    "Stop",\n',
        "",
        NAME_TESTS,
    ),
    Fault(
        "an editor shows nothing for a keyword",
        REQUESTS,
        '    """Unique among the running streams of the call; the stream can be stopped by it."""\n',
        "",
        NAME_TESTS,
    ),
    Fault(
        "the import of a module gives a warning",
        CLI_OUTPUT,
        "import sys\n",
        "import sys\nimport warnings\n\nwarnings.warn('old', DeprecationWarning, stacklevel=2)\n",
        NAME_TESTS,
    ),
    Fault("the sdist has no generated client", PROJECT, '"/generated", ', "", CONTENT_TESTS),
    Fault(
        "the wheel has no document", PROJECT, '"openapi/compat-calls-streams.yaml" = ', '"LICENSE" = ', CONTENT_TESTS
    ),
    Fault("the version has two homes", PROJECT, 'dynamic = ["version"]', 'version = "0.1.0"', CONTENT_TESTS),
    Fault("the plain install brings more", PROJECT, '"sniffio>=1.3"]', '"sniffio>=1.3", "rich"]', WHEEL_TESTS),
    Fault(
        "the receiver names another extra",
        f"{OVERLAY}/receiver/__init__.py",
        'pip install "signalwire-streams[mock]"\', name',
        'pip install "signalwire-streams[aiohttp]"\', name',
        WHEEL_TESTS,
    ),
]

OF_DOCUMENTATION = [
    Fault("a page uses a keyword that is not there", "docs/parameters.md", "url, parameters=[(", "url, parameter=[(", PAGE_TESTS),
    Fault("a page shows a value that does not come", "docs/parameters.md", '("Age", "7")]', '("Age", 7)]', PAGE_TESTS),
    Fault("a page's test expects too much", "docs/testing.md", '["media"] * 50, "stop"]', '["media"] * 51, "stop"]', PAGE_TESTS),
    Fault("README's test expects another stream", "README.md", '[("FirstName", "Jane")]', '[("FirstName", "Joan")]', PAGE_TESTS),
    Fault("a page names no target of make", "docs/regenerating.md", "`make contract-live` asks", "`make contract-life` asks", PAGE_TESTS),
    Fault("a page installs no extra", "docs/receiving.md", "signalwire-streams[audio]", "signalwire-streams[sound]", PAGE_TESTS),
    Fault("a command has no such option", "docs/commands.md", "wss://agent.example.com --hold ", "wss://agent.example.com --holds ", PAGE_TESTS),
    Fault("a block is not run", "docs/receiving.md", "async with serve(audio", "async with serve_audio(", SERVER_TESTS),
    Fault("an error has no row", "docs/errors.md", "| `SignatureError` | a request", "| | a request", "tests/unit/test_error_hierarchy.py"),
    Fault("a setting has no row", "docs/getting-started.md", "| `transport` | |", "| `transports` | |", TABLE_TESTS),
    Fault("a page promises a retry", "docs/errors.md", "| 503 without | `ServerError`", "| 503 without | again", "tests/docs/test_table_of_retries.py"),
    Fault("a page names a file that moved", "docs/architecture.md", "| `_base.py` |", "| `_basis.py` |", TABLE_TESTS),
    Fault("a link leads nowhere", "docs/index.md", "(commands.md)", "(command.md)", SITE_LINKS),
    Fault("a link leads to no heading", "docs/parameters.md", "testing.md#routes", "testing.md#route", SITE_LINKS),
    Fault("the reference has no errors", "docs/api/errors.md", "% public names: signalwire_streams errors", "", SITE_NAMES),
    Fault("the reference leaves values out", API_PAGES, 'if kind in {None, kind_of(module, name)}]', 'if kind_of(module, name) != "values"]', SITE_NAMES),
    Fault("a status has no row", HTTP_REFERENCE, "rows = [f\"| {status} |", "rows = [f\"| {status[0]} |", SITE_HTTP),
    Fault("a message has no example", HTTP_REFERENCE, "if example else []", "if False else []", SITE_MESSAGES),
    Fault("a style comes from elsewhere", "docs/static/site.css", ".picture {", '@import url("https://example.com/a.css");\n.picture {', SITE_LOADS),
]  # fmt: skip

FAULTS = [*OF_THE_PACKAGE, *OF_DOCUMENTATION]
