"""Convert OpenAPI to Markdown, as far as our document needs. Nested objects become rows with dotted names."""

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

Node = dict[str, Any]
METHODS = ("get", "post")


class Document:
    """An OpenAPI document that follows its references."""

    def __init__(self, raw: Node) -> None:
        self._raw = raw
        self.introduction: str = raw["info"]["description"]
        schemes = raw["components"]["securitySchemes"]
        self.authentication = {name: _line(scheme["description"]) for name, scheme in schemes.items()}

    def follow(self, node: Node) -> Node:
        """Return the node that a reference points to, or the node itself."""
        while "$ref" in node:
            target: Any = self._raw
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/")]
            node = target
        return node

    def schema(self, name: str) -> Node:
        found: Node = self._raw["components"]["schemas"][name]
        return found

    @cached_property
    def operations(self) -> list[Node]:
        """The operations, each with its `method`, `url` and `parameters`."""
        return [
            operation
            for path, item in self._raw["paths"].items()
            for operation in self._operations(item, self._raw["servers"][0]["url"] + path)
        ]

    @cached_property
    def callbacks(self) -> dict[str, list[Node]]:
        """The requests that SignalWire sends, by callback name. Their `url` is the form field that contains it."""
        return {
            name: [found for url, item in callback.items() for found in self._operations(item, _field(url))]
            for operation in self.operations
            for name, callback in operation.get("callbacks", {}).items()
        }

    def _operations(self, item: Node, url: str) -> Iterator[Node]:
        for method in METHODS:
            if method in item:
                parameters = [
                    self.follow(each) for each in [*item.get("parameters", []), *item[method].get("parameters", [])]
                ]
                yield item[method] | {"method": method.upper(), "url": url, "parameters": parameters}

    def properties(self, schema: Node) -> dict[str, Node]:
        """Return the properties of an object, with those of the schemas that it is made of."""
        found: dict[str, Node] = {}
        for part in schema.get("allOf", []):
            found |= self.properties(self.follow(part))
        found |= schema.get("properties", {})
        return found

    def _patterns(self, schema: Node) -> dict[str, Node]:
        """Return the properties whose names have a pattern."""
        found: dict[str, Node] = {}
        for part in schema.get("allOf", []):
            found |= self._patterns(self.follow(part))
        found |= schema.get("patternProperties", {})
        return found

    def _required(self, schema: Node) -> set[str]:
        parts = (self._required(self.follow(part)) for part in schema.get("allOf", []))
        return set(schema.get("required", [])).union(*parts)

    def rows(self, schema: Node, prefix: str = "") -> Iterator[str]:
        """Return the rows of an object's table: field, required, description."""
        required = self._required(schema)
        for name, given in self.properties(schema).items():
            field = self.follow(given)
            yield _row(f"`{prefix}{name}`", "yes" if name in required else "no", self.describe(field))
            if field.get("type") == "array":
                yield from self.rows(self.follow(field["items"]), f"{prefix}{name}[].")
            else:
                yield from self.rows(field, f"{prefix}{name}.")
        for pattern, field in self._patterns(schema).items():
            yield _row(f"{prefix}names that match `{pattern}`", "no", self.describe(self.follow(field)))

    def describe(self, field: Node) -> str:
        """Return the type, the description and the default of a field."""
        kind = self.type_of(field)
        about = f"{kind if '`' in kind else f'*{kind}*'}. {_line(field.get('description', ''))}"
        return f"{about} SignalWire's default is `{field['default']}`." if "default" in field else about

    def type_of(self, schema: Node) -> str:
        """Describe the type of a schema in a few words."""
        schema = self.follow(schema)
        if "const" in schema:
            return f"`{schema['const']}`"
        if "enum" in schema:
            return ", ".join(f"`{value}`" for value in schema["enum"])
        if "anyOf" in schema:
            known, *others = (self.type_of(each) for each in schema["anyOf"])
            return f"{known}, or another {others[0]}"
        if schema["type"] == "array":
            return f"array of {self.type_of(schema['items'])}"
        if schema["type"] == "object" and "additionalProperties" in schema and "properties" not in schema:
            return f"object of {schema['additionalProperties']['type']}s"
        return " or ".join(schema["type"]) if isinstance(schema["type"], list) else str(schema["type"])


def table(heads: list[str], rows: list[str]) -> str:
    """Return a Markdown table."""
    return "\n".join([_row(*heads), "|---" * len(heads) + "|", *rows])


def fields(document: Document, schema: Node) -> str:
    """Return the table of an object's fields."""
    return table(["field", "required", "description"], list(document.rows(schema)))


def code(text: str, language: str) -> str:
    """Return a code block."""
    return f"```{language}\n{text}\n```"


def as_json(value: object) -> str:
    """Return a code block of indented JSON."""
    return code(json.dumps(value, indent=2, ensure_ascii=False), "json")


def request(operation: Node, form: Node | None = None) -> str:
    """Return a code block of an example request: with a form, or with the query parameters that have examples."""
    url = operation["url"]
    for parameter in operation["parameters"]:
        url = url.replace(f"{{{parameter['name']}}}", quote(parameter["example"]) if "example" in parameter else "")
    host, _, path = url.replace("{space}", "example").partition("://")[2].partition("/")
    query = {
        each["name"]: each["example"] for each in operation["parameters"] if each["in"] == "query" and "example" in each
    }
    lines = [
        f"{operation['method']} /{path}{f'?{urlencode(query)}' if query else ''} HTTP/1.1",
        f"Host: {host}",
        "Authorization: Basic <base64 of Project ID:token>",
    ]
    if form is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", "", urlencode(form).replace("&", "\n&")]
    return code("\n".join(lines), "http")


def _field(expression: str) -> str:
    """Return the form field of a runtime expression such as `{$request.body#/Url}`."""
    return expression.removeprefix("{$request.body#/").removesuffix("}")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _line(text: str) -> str:
    return " ".join(text.split())
