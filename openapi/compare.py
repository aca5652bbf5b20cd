"""Compare our OpenAPI document with SignalWire's, fact by fact.

python openapi/compare.py path/to/openapi.yaml   what `make compare-vendor` does
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

OURS = Path(__file__).with_name("compat-calls-streams.yaml")
KNOWN = Path(__file__).with_name("vendor-differences.yaml")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MAX_DEPTH = 6
ABSENT, PRESENT, REQUIRED = "absent", "present", "required"
WHERE_TO_FIND = (
    "Pass DOCUMENT=path/to/openapi.yaml, SignalWire's OpenAPI document of the Compat API.\n"
    "It is fern/apis/compatibility/openapi.yaml of https://github.com/signalwire/docs.\n"
    "Its license is CC BY-NC-SA 4.0: never commit it."
)

Schema = dict[str, Any]
# A place of a document to its facts: either a value, or the facts of the places in it.
Facts = dict[str, Any]


class CompareError(Exception):
    """A document or the list of known differences is invalid."""


@dataclass(frozen=True)
class Difference:
    """A fact that two documents state differently."""

    at: str
    ours: Any
    theirs: Any

    def sentence(self, ours: str = "our document", theirs: str = "SignalWire's document") -> str:
        """Tell it to a person, with the names of the two documents."""
        if self.theirs == ABSENT:
            return f"{self.at} is only in {ours}."
        if self.ours == ABSENT:
            return f"{self.at} is only in {theirs}{' and required' * (self.theirs == REQUIRED)}."
        return f"{self.at} is {_text(self.ours)} in {ours} and {_text(self.theirs)} in {theirs}."

    @property
    def is_new_operation(self) -> bool:
        """Whether it is an operation that only their document has."""
        return self.ours == ABSENT and ": " not in self.at

    @property
    def is_breaking(self) -> bool:
        """Whether a client written for our document may fail with theirs."""
        is_response = ": response " in self.at
        if self.ours == ABSENT:
            return self.theirs == REQUIRED and not is_response
        if self.at.endswith(": required"):
            return bool(self.ours) == is_response
        if self.at.endswith(": enum") and not is_response:
            return self.ours is None or not set(self.theirs or self.ours) >= set(self.ours)
        return True


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "not set" if value is None else json.dumps(value).strip('"')


def load(path: Path) -> dict[str, Any]:
    """Load an OpenAPI 3 document. Raises CompareError."""
    try:
        return parse(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise CompareError(f"{path} cannot be read: {error}.\n{WHERE_TO_FIND}") from None


def parse(text: str, name: str) -> dict[str, Any]:
    """Parse an OpenAPI 3 document. Raises CompareError, whose message starts with `name`."""
    try:
        document = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both are safe
    except yaml.YAMLError as error:
        raise CompareError(f"{name} is not YAML or JSON: {error}") from None
    if not isinstance(document, dict) or not str(document.get("openapi")).startswith("3."):
        raise CompareError(f"{name} is not an OpenAPI 3 document. Pass the file that begins with 'openapi: 3.'.")
    return document


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[Difference]:
    """List the facts that differ, sorted by place. A place that is missing hides what would be in it."""
    base = base_path(ours)
    return list(_different(Document(ours).facts(base), Document(theirs).facts(base)))


def _different(ours: Facts, theirs: Facts, place: str = "") -> Iterator[Difference]:
    for name in sorted(ours.keys() | theirs.keys()):
        at = f"{place}: {name}" if place else name
        mine, yours = ours.get(name), theirs.get(name)
        if isinstance(mine, dict) and isinstance(yours, dict):
            yield from _different(mine, yours, at)
        elif isinstance(mine, dict) or isinstance(yours, dict):
            yield Difference(at, _presence(mine), _presence(yours))
        elif mine != yours:
            yield Difference(at, mine, yours)


def _presence(facts: Facts | None) -> str:
    return ABSENT if facts is None else REQUIRED if facts.get("required") else PRESENT


def about_streams(document: dict[str, Any], base: str) -> set[str]:
    """Name the operations about the streams of calls and conferences."""
    return {
        name
        for name, path, _, operation in Document(document).operations(base)
        if re.search(r"/(Calls|Conferences)\b", path)
        and re.search("stream", f"{path} {operation.get('operationId')}", re.IGNORECASE)
    }


def base_path(document: dict[str, Any]) -> str:
    """Return the path of the first server."""
    server: dict[str, Any] = next(iter(document.get("servers") or ()), {})
    url = str(server.get("url", ""))
    for name, variable in server.get("variables", {}).items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", name)))
    return urlsplit(url).path.rstrip("/")


class Document:
    """An OpenAPI document to take facts from."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw

    def operations(self, base: str) -> Iterator[tuple[str, str, list[Schema], Schema]]:
        """Yield the name without `base`, the path, the shared parameters and the rest of each operation."""
        for path, item in (self.raw.get("paths") or {}).items():
            full = (base_path(self.raw) + path).removeprefix(base).rstrip("/").removesuffix(".json")
            shared = self._resolve(item)
            for method in METHODS:
                if method in shared:
                    name = f"{method.upper()} {re.sub(r'{[^}]*}', '{}', full)}"
                    yield name, path, shared.get("parameters", []), shared[method]

    def facts(self, base: str) -> Facts:
        """Take the facts of all operations."""
        return {
            name: self._operation(path, shared, operation) for name, path, shared, operation in self.operations(base)
        }

    def _operation(self, path: str, shared: list[Schema], operation: Schema) -> Facts:
        facts: Facts = {}
        positions = {name: number for number, name in enumerate(re.findall(r"{([^}]*)}", path), 1)}
        for raw in (*shared, *operation.get("parameters", [])):
            parameter = self._resolve(raw)
            place, name = parameter["in"], parameter["name"]
            content: dict[str, Schema] = parameter.get("content", {})
            schema = parameter.get("schema", *(body.get("schema") for body in content.values()))
            facts[f"{place} parameter {positions.get(name, name) if place == 'path' else name}"] = {
                **self._schema(schema),
                "required": bool(parameter.get("required")),
            }
        if "requestBody" in operation:
            body = self._resolve(operation["requestBody"])
            facts |= self._content(body) | {"body": {"required": bool(body.get("required"))}}
        for status, raw in operation.get("responses", {}).items():
            facts[f"response {status}"] = self._content(self._resolve(raw))
        return facts

    def _content(self, holder: Schema) -> Facts:
        """Take the media types of a body or a response, and the fields of all of them."""
        facts: Facts = {}
        for media_type, body in holder.get("content", {}).items():
            facts[f"media type {media_type.partition(';')[0].strip().lower()}"] = {}
            facts |= self._fields(self._flat(body.get("schema")), MAX_DEPTH)
        return facts

    def _schema(self, raw: object, depth: int = 0) -> Facts:
        schema = self._flat(raw)
        types = sorted(schema["type"] or ())
        return {
            "type": types[0] if len(types) == 1 else types or None,
            "enum": schema["enum"] and sorted(schema["enum"], key=str),
            "default": schema["default"],
            **self._fields(schema, depth),
        }

    def _fields(self, schema: Schema, depth: int) -> Facts:
        if not depth:  # a schema may contain itself
            return {}
        facts = {
            f"field {name}": self._schema(field, depth - 1) | {"required": name in schema["required"]}
            for name, field in schema["properties"].items()
        }
        return facts | ({"items": self._schema(schema["items"], depth - 1)} if schema["items"] is not None else {})

    def _flat(self, raw: object) -> Schema:
        """Merge a schema with what it refers to or is made of. A `type` or `enum` of None allows any."""
        schema = raw if isinstance(raw, dict) else {}
        parts = [_own(schema), *map(self._flat, schema.get("allOf", ()))]
        if "$ref" in schema:
            parts.append(self._flat(self._resolve(schema)))
        parts += [reduce(_either, map(self._flat, schema[word])) for word in ("anyOf", "oneOf") if schema.get(word)]
        flat = reduce(_both, parts)
        if schema.get("nullable") and flat["type"]:  # OpenAPI 3.0
            flat["type"] |= {"null"}
        return flat

    def _resolve(self, node: Schema) -> Schema:
        while "$ref" in node:
            reference = str(node["$ref"])
            target: Any = self.raw
            if not reference.startswith("#/"):
                raise CompareError(f"The reference {reference} leads out of the document. Bundle the document first.")
            for step in reference.removeprefix("#/").split("/"):
                target = target.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
            if not isinstance(target, dict):
                raise CompareError(f"The reference {reference} leads nowhere. Correct the document.")
            node = target
        return node


def _own(schema: Schema) -> Schema:
    """Take the keywords of a schema itself."""
    enum = [schema["const"]] if "const" in schema else schema.get("enum")
    implied = ["object"] if "properties" in schema else map(_type_of, enum or ())
    types = schema.get("type") or implied
    return {
        "type": ({types} if isinstance(types, str) else set(types)) or None,
        "enum": enum and [value for value in enum if value is not None],
        "default": schema.get("default"),
        "required": set(schema.get("required", ())),
        "properties": {
            **schema.get("properties", {}),
            **{f"matching {pattern}": field for pattern, field in schema.get("patternProperties", {}).items()},
        },
        "items": schema.get("items"),
    }


def _type_of(value: object) -> str:
    names = {"str": "string", "bool": "boolean", "int": "integer", "float": "number", "NoneType": "null"}
    return names.get(type(value).__name__, "object")


def _both(one: Schema, other: Schema) -> Schema:
    """Merge two schemas that a value must fit both of."""
    enums, types = [[part[word] for part in (one, other) if part[word] is not None] for word in ("enum", "type")]
    return _merged(one, other, "allOf") | {
        "type": reduce(set.__and__, types) if types else None,
        "enum": [value for value in enums[0] if value in enums[-1]] if enums else None,
        "required": one["required"] | other["required"],
    }


def _either(one: Schema, other: Schema) -> Schema:
    """Merge two schemas that a value must fit one of."""
    for null, rest in ((one, other), (other, one)):
        if null["type"] == {"null"}:
            return rest | {"type": rest["type"] and rest["type"] | {"null"}}
    return _merged(one, other, "anyOf") | {
        "type": one["type"] and other["type"] and one["type"] | other["type"],
        "enum": one["enum"] and other["enum"] and [*one["enum"], *(v for v in other["enum"] if v not in one["enum"])],
        "required": one["required"] & other["required"],
    }


def _merged(one: Schema, other: Schema, word: str) -> Schema:
    mine, yours = one["properties"], other["properties"]
    shared = {name: {word: [mine[name], yours[name]]} for name in mine.keys() & yours.keys()}
    items = [part["items"] for part in (one, other) if part["items"] is not None]
    return {
        "default": other["default"] if one["default"] is None else one["default"],
        "properties": mine | yours | shared,
        "items": {word: items} if items else None,
    }


def load_known(path: Path) -> list[Difference]:
    """Load the differences that are ours on purpose. Raises CompareError."""
    try:
        entries = yaml.safe_load(path.read_text("utf-8")) or []
    except (OSError, yaml.YAMLError) as error:
        raise CompareError(f"{path} cannot be read: {error}") from None
    known = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or entry.keys() != {"at", "ours", "theirs", "why"} or not entry["why"]:
            raise CompareError(f"{path}: entry {number} needs the keys at, ours, theirs and why.")
        places = [entry["at"]] if isinstance(entry["at"], str) else entry["at"]
        known += [Difference(at, entry["ours"], entry["theirs"]) for at in places]
    return known


def main(arguments: list[str]) -> str | None:
    """Compare. Returns what to do, if there is something."""
    parser = argparse.ArgumentParser(description="compare our OpenAPI document with SignalWire's")
    parser.add_argument("document", nargs="?", help="SignalWire's OpenAPI document")
    parser.add_argument("--ours", type=Path, default=OURS, help="our document")
    parser.add_argument("--known", type=Path, default=KNOWN, help="the differences that are ours on purpose")
    given = parser.parse_args(arguments)
    if not given.document:
        return WHERE_TO_FIND
    try:
        known = load_known(given.known)
        ours, theirs = load(given.ours), load(Path(given.document))
        watched = about_streams(theirs, base_path(ours))
        found = [each for each in differences(ours, theirs) if not each.is_new_operation or each.at in watched]
    except CompareError as error:
        return str(error)
    new = [each.sentence() for each in found if each not in known]
    stale = [f"{each.at}: this entry of {given.known.name} no longer holds." for each in known if each not in found]
    if not new and not stale:
        sys.stdout.write(f"The documents agree. Differences on purpose: {len(found)}, listed in {given.known.name}.\n")
        return None
    return "\n".join(
        (
            *(*new, *stale),
            f"New differences: {len(new)}. Entries that no longer hold: {len(stale)}.",
            f"Change {given.ours.name}, or write to {given.known.name} why it differs.",
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
