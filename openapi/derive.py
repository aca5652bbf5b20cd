"""Derive from the OpenAPI document what the overlay needs to know of form fields, and the methods that take them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import fill, indent
from typing import Any, NamedTuple

from openapi_python_client.strings import PythonIdentifier

KINDS = {"string": "str", "boolean": "bool", "integer": "int"}
DERIVED = {"type", "description", "enum", "default", "pattern", "maxLength", "format", "examples", "x-keyword"}
"""What a field's schema may have. Another keyword would be checked by SignalWire, and not by the client."""
FORM = "application/x-www-form-urlencoded"
HEAD = '"""{docstring}\n\nDerived from the OpenAPI document by `make generate`: do not edit.\n"""\n\n'


class DocumentError(Exception):
    """The document lacks something that is derived from it.

    - `problem`: what is wrong, and what to do
    - `node`: the part of the document that is wrong
    """

    def __init__(self, problem: str, node: dict[str, Any]) -> None:
        super().__init__(problem)
        self.node = node


class Field(NamedTuple):
    """A form field. `fields.py` documents the attributes."""

    wire_name: str
    keyword: str
    attribute: str
    type: str
    choices: tuple[str, ...]
    pattern: str | None
    max_length: int | None
    default: str | None
    is_secret: bool
    summary: str
    example: str


class RecordField(NamedTuple):
    """A field of a response. `fields.py` documents the attributes."""

    wire_name: str
    attribute: str
    type: str
    is_nullable: bool
    is_date: bool
    fallback: str | None
    summary: str
    choices: tuple[str, ...]


class Document:
    """The document, and the lookups in it."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.paths: dict[str, Any] = raw["paths"]
        self._raw = raw

    def resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        """Follow a reference."""
        while "$ref" in node:
            target: Any = self._raw
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def properties(self, schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the properties of an object, with those of the schemas that it is made of."""
        found: dict[str, dict[str, Any]] = {}
        for part in schema.get("allOf", []):
            found |= self.properties(self.resolve(part))
        own: dict[str, dict[str, Any]] = schema.get("properties", {})
        return found | own

    def fields(self, operation: dict[str, Any]) -> list[Field]:
        """Return the form fields of an operation whose value is the caller's, in the order of the document."""
        form = self.resolve(operation["requestBody"]["content"][FORM]["schema"])
        properties = {name: each for name, each in self.properties(form).items() if "const" not in each}
        keywords = {name: _keyword(name, self.resolve(schema)) for name, schema in properties.items()}
        return [self._field(name, schema, keywords) for name, schema in properties.items()]

    def _field(self, name: str, given: dict[str, Any], keywords: dict[str, str]) -> Field:
        schema = self.resolve(given)
        choices = tuple(schema.get("enum", ()))
        if choices and "$ref" not in given:
            raise DocumentError(
                f"{name} has an enum of its own. Move it to a schema in components, and refer to it.", given
            )
        if "description" not in schema:
            raise DocumentError(
                f"{name} has no description. Add one, whose first sentence explains the keyword.", given
            )
        if schema.get("type") not in KINDS:
            raise DocumentError(f"{name} must have the type string, boolean or integer. Set its type.", given)
        if underived := schema.keys() - DERIVED:
            raise DocumentError(
                f"{name} has {', '.join(sorted(underived))}, which no check is derived from. "
                "Leave it out, or derive a check in openapi/derive.py.",
                given,
            )
        pattern = schema.get("pattern")
        if pattern is not None and not (pattern.startswith("^") and pattern.endswith("$")):
            raise DocumentError(
                f"{name} has a pattern for a part of the value. Begin it with ^ and end it with $.", given
            )
        examples = schema.get("examples", choices[:1])
        if not examples:
            raise DocumentError(f"{name} has no examples. Add one, for the docs and the tests.", given)
        return Field(
            wire_name=name,
            keyword=keywords[name],
            attribute=str(PythonIdentifier(name, "")),
            type=given["$ref"].rpartition("/")[2] if choices else KINDS[schema["type"]],
            choices=choices,
            pattern=pattern,
            max_length=schema.get("maxLength"),
            default=schema.get("default"),
            is_secret=schema.get("format") == "password",
            summary=_summary(schema, keywords),
            example=str(examples[0]),
        )

    def record(self, schema: dict[str, Any]) -> list[RecordField]:
        """Return the fields of a response, in the order of the document."""
        return [
            self._record_field(name, self.resolve(given), is_required=name in schema.get("required", ()))
            for name, given in schema["properties"].items()
        ]

    def _record_field(self, name: str, schema: dict[str, Any], *, is_required: bool) -> RecordField:
        parts = [self.resolve(part) for part in schema.get("anyOf", [schema])]
        given = [part.get("type") for part in parts]
        types = {each for each_of in given for each in (each_of if isinstance(each_of, list) else [each_of])}
        # A number that may be text is read as a number.
        kind = next((KINDS[each] for each in ("integer", "boolean", "string") if each in types), None)
        if kind is None or types - KINDS.keys() - {"null"}:
            raise DocumentError(
                f"{name} of a response must have the type string, boolean or integer, or null beside it. Set its type.",
                schema,
            )
        if "description" not in schema:
            raise DocumentError(
                f"{name} of a response has no description. Add one, which explains the attribute.", schema
            )
        is_date = schema.get("format") == "rfc2822-date"
        fallback = schema.get("x-fallback")
        return RecordField(
            wire_name=name,
            attribute=str(PythonIdentifier(name, "")),
            type="datetime" if is_date else kind,
            is_nullable=not fallback and ("null" in types or not is_required),
            is_date=is_date,
            fallback=fallback,
            summary=_first_sentence(schema),
            choices=tuple(value for part in parts for value in part.get("enum", ())),
        )

    def records(self) -> dict[str, dict[str, Any]]:
        """Return the schemas of streams and of what is listed, by name."""
        schemas, found = self._raw["components"]["schemas"], dict[str, dict[str, Any]]()
        for item in self.paths.values():
            for operation in (item[method] for method in ("get", "post") if method in item):
                name = self.model(operation)
                for field in schemas[name]["properties"].values():
                    if field.get("type") == "array":
                        name = field["items"]["$ref"].rpartition("/")[2]
                found[name] = schemas[name]
        return found

    def operations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Iterate over the operations that have a form, with their paths."""
        for path, item in self.paths.items():
            if "requestBody" in item.get("post", {}):
                yield path, item["post"]

    def model(self, operation: dict[str, Any]) -> str:
        """Return the name of the schema of a successful response."""
        try:
            name: str = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        except KeyError:
            raise DocumentError(
                f"{operation['operationId']} has no schema for its 200 response as JSON. "
                "Add one in components, and refer to it.",
                operation,
            ) from None
        return name.rpartition("/")[2]


def _keyword(name: str, schema: dict[str, Any]) -> str:
    return schema.get("x-keyword") or str(PythonIdentifier(name, ""))


def _first_sentence(schema: dict[str, Any]) -> str:
    """Return the first sentence of a description, without its full stop."""
    return " ".join(re.split(r"(?<=\.)\s", schema["description"].strip())[0].rstrip(".").split())


def _summary(schema: dict[str, Any], keywords: dict[str, str]) -> str:
    """Return the first sentence of a description as a phrase, with keywords in place of the fields' wire names."""
    named = re.sub("`(.+?)`", lambda code: f"`{keywords.get(code[1], code[1])}`", _first_sentence(schema))
    return named[0].lower() + named[1:] if re.match("[A-Z][a-z ]", named) else named


def _any_of(choices: Sequence[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def _explain_attribute(field: RecordField) -> str:
    """Return the docstring of an attribute."""
    known = (
        f": {_any_of([f'`{each}`' for each in field.choices])}. Unknown values are passed through"
        if field.choices
        else ""
    )
    null = ", or None" if field.is_nullable else ""
    return f"{field.summary}{', in UTC' if field.is_date else ''}{null}{known}."


def explain(field: Field) -> str:
    """Return the phrase that explains a keyword in a docstring."""
    choices = [f"`{each}`" + (" (SignalWire's default)" if each == field.default else "") for each in field.choices]
    return f"{field.summary}: {_any_of(choices)}" if choices else field.summary


FIELDS = (
    HEAD
    + '''from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """A form field of the API."""

    wire_name: str
    """The name of the form field."""
    keyword: str
    """The name of the argument."""
    attribute: str
    """The attribute of the generated form."""
    type: str
    """`str`, `bool`, `int`, or the name of the generated Literal."""
    choices: tuple[str, ...]
    """The allowed values, if the document lists them."""
    pattern: str | None
    """The regular expression that a value matches."""
    max_length: int | None
    """The most characters of a value."""
    default: str | None
    """The value that SignalWire takes if there is none."""
    is_secret: bool
    """Whether the value must not be shown."""
    summary: str
    """What the field is, as a phrase."""
    example: str
    """A value, as text."""


class RecordField(NamedTuple):
    """A field of a response."""

    wire_name: str
    """The name in the JSON object."""
    attribute: str
    """The attribute of the generated model, and of the class for it."""
    type: str
    """`str`, `bool`, `int` or `datetime`."""
    is_nullable: bool
    """Whether the field may be null or missing, which is None."""
    is_date: bool
    """Whether it is an RFC 2822 date."""
    fallback: str | None
    """The field that stands in for it if it is null or missing."""


FIELDS: dict[str, tuple[Field, ...]] = {{
{forms}}}
"""The form fields of each operation, by its `operationId`."""

RECORDS: dict[str, tuple[RecordField, ...]] = {{
{records}}}
"""The fields of each object that a response describes, by the name of its schema."""
'''
)

RECORDS = (
    HEAD
    + """from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from signalwire_streams._record import Record
from signalwire_streams_derived.fields import RECORDS, RecordField
{records}"""
)

RECORD = '''

@attrs.frozen(repr=False, kw_only=True)
class {name}(Record):
    """{description}"""

    FIELDS: ClassVar[tuple[RecordField, ...]] = RECORDS["{name}"]

{attributes}{properties}'''

PROPERTY = '''
    @property
    def {attribute}(self) -> {type}:
        """{description}"""
        return self._get("{attribute}", self._{attribute})
'''

METHODS = (
    HEAD
    + '''from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, TypeVar

import httpx
from signalwire_streams_api.models import {types}

from signalwire_streams._checks import suggest_keywords
from signalwire_streams._parameters import Parameters
from signalwire_streams._requests import CallOptions
from signalwire_streams._resources import {resources}, StreamResource
from signalwire_streams._retry import RetryPolicy
from signalwire_streams_derived.records import {models}

S = TypeVar("S", {models})
{options}

class StreamMethods:
    """The methods of `StreamsClient` that take form fields."""
{base}{methods}

class AsyncStreamMethods:
    """The methods of `AsyncStreamsClient` that take form fields."""
{async_base}{async_methods}'''
)

OPTIONS = '''
class {options}(CallOptions, total=False):
    """The options of `start_{noun}`. Options left out or None are not sent."""
{lines}
'''

BASE = """
    {async_}def _start(self, resource: StreamResource[S], parent_sid: str, url: str, options: Mapping[str, Any]) -> S:
        raise NotImplementedError

    {async_}def _stop(self, resource: StreamResource[S], parent_sid: str, sid: str, options: Mapping[str, Any]) -> S:
        raise NotImplementedError

    def _block(
        self, resource: StreamResource[S], parent_sid: str, url: str, options: Mapping[str, Any]
    ) -> Abstract{Async}ContextManager[S]:
        raise NotImplementedError
"""

STREAM_METHODS = '''
    @suggest_keywords
    {async_}def start_{noun}(self, {parent}_sid: str, url: str, *, {arguments}) -> {model}:
        """Stream a live {parent}'s audio to the WebSocket server at `url`. Options left out or None are not sent.

{explained}

        A start is retried only if it cannot have been carried out: the connection was never made, or SignalWire
        responded with 429, or with 503 and a Retry-After.

        Raises InputError before anything is sent, OutcomeUnknownError if a stream may be running all the same, and
        another APIError otherwise.
        """
        return {await_}self._start({resource}, {parent}_sid, url, {given})

    @suggest_keywords
    {async_}def stop_{noun}(self, {parent}_sid: str, sid: str, *, {common}) -> {model}:
        """Stop a stream of a {parent}.

        - `{parent}_sid`: the SID of the {parent}
        - `sid`: the SID of the stream, or its name
        - `timeout`, `retry`: override the client's for this call

        A stop is retried after any failure that another attempt may get past. If the response to an earlier attempt
        was lost and the next one finds no stream, the NotFoundError has a note that says so.

        Raises InputError before anything is sent, and an APIError otherwise.
        """
        return {await_}self._stop({resource}, {parent}_sid, sid, {{"timeout": timeout, "retry": retry}})

    @suggest_keywords
    def {noun}(self, {parent}_sid: str, url: str, *, {arguments}) -> Abstract{Async}ContextManager[{model}]:
        """Start a stream, and stop it when the `{async_}with` block ends, however it ends.

{explained}

        It is not an error if the stream has already stopped when the block ends.

        If the start is interrupted or its outcome is unknown, the client stops the stream by its `name`. SignalWire may
        not have carried out the start yet, so the stop is repeated for up to `RetryPolicy.cleanup` seconds. A second
        interruption ends that at once.

        An error of stopping never hides an exception of the block or of the start. If the stream may still be running,
        the exception has a note that says so.

        Raises what `start_{noun}` and `stop_{noun}` raise.
        """
        return self._block({resource}, {parent}_sid, url, {given})
'''

COMMON = {"timeout": "float | httpx.Timeout | None", "retry": "RetryPolicy | None"}
OVERRIDE = "- `timeout`, `retry`: override the client's for this call"
PARAMETERS = "up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs"


def derive_fields(document: Document) -> str:
    """Return the text of `fields.py`."""
    forms = ""
    for _, operation in document.operations():
        rows = "".join(f"        {field!r},\n" for field in document.fields(operation))
        forms += f"    {operation['operationId']!r}: (\n{rows}    ),\n"
    records = ""
    for name, schema in document.records().items():
        rows = "".join(
            f"        RecordField({', '.join(map(repr, field[:-2]))}),\n" for field in document.record(schema)
        )
        records += f"    {name!r}: (\n{rows}    ),\n"
    return FIELDS.format(docstring="The fields of requests and responses.", forms=forms, records=records)


def derive_records(document: Document) -> str:
    """Return the text of `records.py`."""
    records = ""
    for name, schema in document.records().items():
        attributes = properties = ""
        for field in document.record(schema):
            kind = f"{field.type} | None" if field.is_nullable else field.type
            default = "default=None, " if field.is_nullable else ""
            attributes += f'    _{field.attribute}: {kind} = attrs.field({default}alias="{field.attribute}")\n'
            description = fill(_explain_attribute(field), 112, subsequent_indent=" " * 8)
            properties += PROPERTY.format(attribute=field.attribute, type=kind, description=description)
        description = fill(" ".join(schema["description"].split()), 112, subsequent_indent=" " * 4)
        records += RECORD.format(name=name, description=description, attributes=attributes, properties=properties)
    return RECORDS.format(docstring="What responses describe.", records=records)


def derive_methods(document: Document) -> str:
    """Return the text of `methods.py`."""
    parts = dict.fromkeys(("options", "methods", "async_methods"), "")
    types, resources, models = set[str](), list[str](), list[str]()
    for path, operation in document.operations():
        if not operation["operationId"].startswith("start_"):
            continue
        noun = operation["operationId"].removeprefix("start_")
        parent = re.findall("{(.+?)Sid}", path)[-1].lower()
        fields = [field for field in document.fields(operation) if field.keyword != "url"]
        types |= {field.type for field in fields if field.choices}
        resources.append(f"{parent.upper()}_STREAMS")
        models.append(document.model(operation))
        annotations = {field.keyword: f"{field.type} | None" for field in fields} | {"parameters": "Parameters | None"}
        lines = {
            f"{parent}_sid": f"the SID of a live {parent}",
            "url": "the `wss://` URL of your WebSocket server",
            **{field.keyword: explain(field) for field in fields},
            "parameters": PARAMETERS,
        }
        facts = {
            "noun": noun,
            "parent": parent,
            "model": models[-1],
            "resource": resources[-1],
            "arguments": _arguments(annotations | COMMON),
            "common": _arguments(COMMON),
            "given": "{" + ", ".join(f'"{keyword}": {keyword}' for keyword in annotations | COMMON) + "}",
            "explained": indent("\n".join([*map(_line, lines, lines.values()), OVERRIDE]), " " * 8),
        }
        parts["methods"] += STREAM_METHODS.format(**facts, async_="", await_="", Async="")
        parts["async_methods"] += STREAM_METHODS.format(**facts, async_="async ", await_="await ", Async="Async")
        parts["options"] += OPTIONS.format(
            options=f"Start{noun.removesuffix('stream').rstrip('_').title()}Options",
            noun=noun,
            lines="".join(
                f'\n    {name}: {kind}\n    """{_sentence(lines[name])}"""' for name, kind in annotations.items()
            ),
        )
    return METHODS.format(
        docstring="The methods of the clients that take form fields, and the options of these methods.",
        types=", ".join(sorted(types)),
        resources=", ".join(resources),
        models=", ".join(models),
        base=BASE.format(async_="", Async=""),
        async_base=BASE.format(async_="async ", Async="Async"),
        **parts,
    )


def _arguments(annotations: dict[str, str]) -> str:
    return ", ".join(f"{name}: {kind} = None" for name, kind in annotations.items())


def _line(name: str, phrase: str) -> str:
    return fill(f"- `{name}`: {phrase}", 112, subsequent_indent="  ", break_on_hyphens=False)


def _sentence(phrase: str) -> str:
    return f"{phrase[0].upper()}{phrase[1:]}."


def write(raw: dict[str, Any], folder: Path) -> None:
    """Write the package that is derived from a document to a folder. Raises DocumentError."""
    document = Document(raw)
    (folder / "__init__.py").write_text('"""Derived from the OpenAPI document by `make generate`: do not edit."""\n')
    (folder / "py.typed").touch()
    (folder / "fields.py").write_text(derive_fields(document), "utf-8")
    (folder / "records.py").write_text(derive_records(document), "utf-8")
    (folder / "methods.py").write_text(derive_methods(document), "utf-8")
