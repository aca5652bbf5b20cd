"""Write the tables of start options, from the fields that `make generate` derives from the OpenAPI document.

A line such as `% start options: keywords` inserts a table into a page.
"""

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

from openapi_markdown import table
from signalwire_streams.cli._options import option_of
from signalwire_streams_derived.fields import FIELDS, Field
from sphinx.application import Sphinx

_MARK = re.compile(r"^% start options: (.+)$", re.MULTILINE)
START = tuple(field for field in FIELDS["start_stream"] if field.keyword != "url")
CONFERENCE = tuple(field for field in FIELDS["start_conference_stream"] if field not in FIELDS["start_stream"])


def fill(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Insert the tables into a page."""
    source[0] = filled(source[0])


def filled(text: str) -> str:
    """Return the text of a page with its tables. Raises KeyError for an unknown one."""
    tables: dict[str, Callable[[], str]] = {
        "keywords": lambda: _keywords(START, PARAMETERS),
        "keywords of a conference": lambda: _keywords(CONFERENCE),
        "curl": _curl,
        "signalwire-sdk": _sdk,
    }
    return _MARK.sub(lambda mark: tables[mark[1]](), text)


PARAMETERS = (
    "| `parameters` | `Parameter1.Name`, `Parameter1.Value`, … | up to 99 custom parameters for your WebSocket server |"
)


def _keywords(fields: tuple[Field, ...], *more: str) -> str:
    rows = [f"| `{field.keyword}` | `{field.wire_name}` | {explained(field)} |" for field in fields]
    return table(["keyword", "form field", "value"], [*rows, *more])


def explained(field: Field) -> str:
    """Return what a field is, with its values."""
    values = [f"`{json.dumps(each)}`" + (" (default)" if each == field.default else "") for each in field.choices]
    if field.type == "bool":
        values = ["`True`", "`False`"]
    return f"{field.summary}: {', '.join(values[:-1])} or {values[-1]}" if values else field.summary


def _curl() -> str:
    heads = ["field", "`curl … --data-urlencode …`", "`signalwire-streams start …`", "`start_stream(call_sid, url, …)`"]
    parameters = [
        "`Parameter1.Name`",
        "`--data-urlencode Parameter1.Name=FirstName --data-urlencode Parameter1.Value=Jane`",
        "`--param FirstName=Jane`",
        '`parameters={"FirstName": "Jane"}`',
    ]
    rows = [
        [
            f"`{field.wire_name}`",
            f"`--data-urlencode {_argument_of_curl(field)}`",
            f"`{_option(field)}`",
            f"`{field.keyword}={_secret(field) or literal(field)}`",
        ]
        for field in START
    ]
    return table(heads, [f"| {' | '.join(row)} |" for row in [*rows, parameters]])


def _sdk() -> str:
    heads = ["field", "`start_stream(call_sid, Url=…, …)`", "`start_stream(call_sid, url, …)`"]
    parameters = [
        "`Parameter1.Name`",
        '`**{"Parameter1.Name": "FirstName", "Parameter1.Value": "Jane"}`',
        '`parameters={"FirstName": "Jane"}`',
    ]
    rows = [
        [f"`{field.wire_name}`", f"`{field.wire_name}={literal(field)}`", f"`{field.keyword}={literal(field)}`"]
        for field in START
    ]
    return table(heads, [f"| {' | '.join(row)} |" for row in [*rows, parameters]])


def literal(field: Field) -> str:
    """Return the example of a field in Python."""
    return field.example if field.type in {"bool", "int"} else json.dumps(field.example, ensure_ascii=False)


def variable(field: Field) -> str:
    """Return the environment variable that holds a secret in the examples for a shell."""
    return field.keyword.upper()


def _secret(field: Field) -> str:
    return f'os.environ["{variable(field)}"]' if field.is_secret else ""


def _argument_of_curl(field: Field) -> str:
    if field.is_secret:
        return f'"{field.wire_name}=${variable(field)}"'
    return shlex.quote(f"{field.wire_name}={field.example.lower() if field.type == 'bool' else field.example}")


def _option(field: Field) -> str:
    option = option_of(field.keyword)
    if field.type == "bool":
        return option
    return f"{option} {variable(field) if field.is_secret else shlex.quote(field.example)}"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("source-read", fill)
    return {"parallel_read_safe": True}
