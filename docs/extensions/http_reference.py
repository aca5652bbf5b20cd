"""Render the OpenAPI document as Markdown when the site is built.

A line such as `% openapi: operations` inserts a part of it into a page.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from openapi_markdown import Document, Node, as_json, fields, request, table
from sphinx.application import Sphinx

DOCUMENT = Path(__file__).parents[2] / "openapi" / "compat-calls-streams.yaml"
FORM = "application/x-www-form-urlencoded"
_MARK = re.compile(r"^% openapi: (\w+)$", re.MULTILINE)


def fill(app: Sphinx, _page: str, source: list[str]) -> None:
    """Insert parts of the document into a page."""
    if _MARK.search(source[0]):
        app.env.note_dependency(str(DOCUMENT))
        document = Document(yaml.safe_load(DOCUMENT.read_text("utf-8")))
        source[0] = _MARK.sub(lambda mark: "\n\n".join(part(document, mark[1])), source[0])


def part(document: Document, name: str) -> list[str]:
    """Return the paragraphs of a part of the reference. Raises KeyError for an unknown part."""
    parts: dict[str, Callable[[], list[str]]] = {
        "introduction": lambda: [document.introduction],
        "authentication": lambda: [document.authentication["projectAndToken"]],
        "operations": lambda: [text for each in document.operations for text in _operation(document, each)],
        "answers": lambda: [text for name, shown in _bodies(document) for text in _answer(document, name, shown)],
        "status_callback": lambda: _status_callback(document, document.callbacks["StreamEvent"]),
    }
    return parts[name]()


def _operation(document: Document, operation: Node) -> list[str]:
    return [
        f"({operation['operationId']})=\n## {operation['summary']}",
        f"```text\n{operation['method']} {operation['url']}\n```",
        operation["description"],
        *(text for place in ("path", "query") for text in _parameters(document, operation, place)),
        *(_form(document, operation) if "requestBody" in operation else [request(operation)]),
        "**Responses**",
        _answers(document, operation),
    ]


def _parameters(document: Document, operation: Node, place: str) -> list[str]:
    """Return the table of the path or query parameters, if there are any."""
    found = [each for each in operation["parameters"] if each["in"] == place]
    rows = [f"| `{each['name']}` | {document.describe(_described(document, each))} |" for each in found]
    return [table([f"{place} parameter", "description"], rows)] if found else []


def _described(document: Document, parameter: Node) -> Node:
    return document.follow(parameter["schema"]) | {"description": parameter["description"]}


def _form(document: Document, operation: Node) -> list[str]:
    body = operation["requestBody"]["content"][FORM]
    form = document.follow(body["schema"])
    examples = [document.follow(example) for example in body["examples"].values()]
    return [
        f"**Request body.** {_flat(form)}",
        fields(document, form),
        *(text for each in examples for text in (f"{each['summary']}:", request(operation, each["value"]))),
    ]


def _answers(document: Document, operation: Node) -> str:
    answers = {status: document.follow(given) for status, given in operation["responses"].items()}
    bodies = {status: _body(answer) for status, answer in answers.items()}
    rows = [f"| {status} | {_flat(answer)} | {bodies[status]} |" for status, answer in answers.items()]
    return table(["status", "when", "body"], rows)


def _body(answer: Node) -> str:
    name = _name_of_body(answer)
    return f"[{name}](#response-{name.lower()})" if name else ""


def _name_of_body(answer: Node) -> str:
    schema: Node = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _bodies(document: Document) -> list[tuple[str, Any]]:
    """Return the name of each response body and its first example. Those of successful responses come first."""
    found: dict[bool, dict[str, Any]] = {True: {}, False: {}}
    for operation in document.operations:
        for status, given in operation["responses"].items():
            answer = document.follow(given)
            if name := _name_of_body(answer):
                example = next(iter(answer["content"]["application/json"]["examples"].values()))
                found[status == "200"].setdefault(name, document.follow(example)["value"])
    return [*found[True].items(), *found[False].items()]


def _answer(document: Document, name: str, shown: object) -> list[str]:
    """Return the section of a response body."""
    schema = document.schema(name)
    return [f"(response-{name.lower()})=\n### {name}", _flat(schema), fields(document, schema), as_json(shown)]


def _status_callback(document: Document, operations: list[Node]) -> list[str]:
    by_post = next(each for each in operations if each["method"] == "POST")
    body = document.follow(by_post["requestBody"])
    content = body["content"][FORM]
    (signature,) = [each for each in by_post["parameters"] if each["in"] == "header"]
    examples = [document.follow(example) for example in content["examples"].values()]
    return [
        *(f"**{each['method']}.** {_flat(each)}" for each in operations),
        f"**Header `{signature['name']}`.** {_flat(signature)}",
        _flat(body),
        fields(document, content["schema"]),
        *(text for each in examples for text in (f"{each['summary']}:", as_json(each["value"]))),
    ]


def _flat(node: Node) -> str:
    return " ".join(node.get("description", "").split())


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("source-read", fill)
    return {"parallel_read_safe": True}
