"""OpenAPI to Markdown, as much of it as our document has. Nested objects become rows with dotted names."""

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

Node = dict[str, Any]
METHODS = ("get", "post")


class Document:
    """The document, with its references followed."""

    def __init__(self, raw: Node) -> None:
        self._raw = raw
        self.introduction: str = raw["info"]["description"]
        schemes = raw["components"]["securitySchemes"]
        self.authentication = {name: _line(scheme["description"]) for name, scheme in schemes.items()}

    def follow(self, node: Node) -> Node:
        """Return what a node refers to, or the node."""
        while "$ref" in node:
            target: Any = self._raw
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/")]
            node = target
        return node

    def schema(self, name: str) -> Node:
        found: Node = self._raw["components"]["schemas"][name]
        return found

    def example(self, name: str) -> Node | None:
        found: Node | None = self._raw["components"]["examples"].get(name)
        return found

    @cached_property
    def operations(self) -> list[Node]:
        """The operations of the paths, each with its `method`, `url` and all its `parameters`."""
        return [
            operation
            for path, item in self._raw["paths"].items()
            for operation in self._operations(item, self._raw["servers"][0]["url"] + path)
        ]

    @cached_property
    def callbacks(self) -> dict[str, list[Node]]:
        """The requests that the service makes, by the name of the callback; their URL is the form field that has it."""
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

    def rows(self, schema: Node, prefix: str = "") -> Iterator[str]:
        """Return the rows of an object's table: name, whether it is required, what it is."""
        required = schema.get("required", [])
        for name, given in schema.get("properties", {}).items():
            field = self.follow(given)
            kind = self.type_of(field)
            about = f"{kind if '`' in kind else f'*{kind}*'}. {_line(field.get('description', ''))}"
            if "default" in field:
                about += f" The service's default is `{field['default']}`."
            yield _row(f"`{prefix}{name}`", "yes" if name in required else "no", about)
            yield from self.rows(field, f"{prefix}{name}.")

    def type_of(self, schema: Node) -> str:
        """Return what a value can be, in a few words."""
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
        if schema["type"] == "object" and "properties" not in schema:
            return f"object of {schema['additionalProperties']['type']}s"
        return str(schema["type"])


def table(heads: list[str], rows: list[str]) -> str:
    """Return a table of Markdown."""
    return "\n".join([_row(*heads), "|---" * len(heads) + "|", *rows])


def fields(document: Document, schema: Node) -> str:
    """Return the table of an object's fields."""
    return table(["field", "required", "what it is"], list(document.rows(schema)))


def code(text: str, language: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text}\n```"


def as_json(value: object) -> str:
    """Return a value as JSON for people."""
    return code(json.dumps(value, indent=2, ensure_ascii=False), "json")


def request(operation: Node, form: Node) -> str:
    """Return an example of a request as it goes over the wire."""
    url = operation["url"]
    for parameter in operation["parameters"]:
        url = url.replace(f"{{{parameter['name']}}}", quote(parameter["example"]) if "example" in parameter else "")
    host, _, path = url.replace("{space}", "example").partition("://")[2].partition("/")
    lines = [
        f"{operation['method']} /{path} HTTP/1.1",
        f"Host: {host}",
        "Authorization: Basic <base64 of Project ID:token>",
        "Content-Type: application/x-www-form-urlencoded",
        "",
        urlencode(form).replace("&", "\n&"),
    ]
    return code("\n".join(lines), "http")


def _field(expression: str) -> str:
    """Return the form field in a runtime expression such as `{$request.body#/Url}`."""
    return expression.removeprefix("{$request.body#/").removesuffix("}")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _line(text: str) -> str:
    return " ".join(text.split())
