"""The HTTP reference: the OpenAPI document as pages of Markdown, made when the site is built.

A page takes a part of it with a line such as `% openapi: operations`.
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
    """Put a part of the document into a page that asks for it."""
    if _MARK.search(source[0]):
        app.env.note_dependency(str(DOCUMENT))
        document = Document(yaml.safe_load(DOCUMENT.read_text("utf-8")))
        source[0] = _MARK.sub(lambda mark: "\n\n".join(part(document, mark[1])), source[0])


def part(document: Document, name: str) -> list[str]:
    """Return a part of the reference, in paragraphs. Raises KeyError for a part that there is not."""
    parts: dict[str, Callable[[], list[str]]] = {
        "introduction": lambda: [document.introduction],
        "authentication": lambda: [document.authentication["projectAndToken"]],
        "operations": lambda: [text for each in document.operations for text in _operation(document, each)],
        "answers": lambda: [*_answer(document, "Stream", "QueuedStream"), *_answer(document, "Error", None)],
        "status_callback": lambda: _status_callback(document, document.callbacks["StreamEvent"]),
    }
    return parts[name]()


def _operation(document: Document, operation: Node) -> list[str]:
    body = operation["requestBody"]["content"][FORM]
    form = document.follow(body["schema"])
    examples = [document.follow(example) for example in body["examples"].values()]
    in_path = operation["parameters"]
    return [
        f"({operation['operationId']})=\n## {operation['summary']}",
        f"```text\n{operation['method']} {operation['url']}\n```",
        operation["description"],
        table(["in the path", "what it is"], [f"| `{each['name']}` | {_flat(each)} |" for each in in_path]),
        f"**The form.** {_flat(form)}",
        fields(document, form),
        *(text for each in examples for text in (f"{each['summary']}:", request(operation, each["value"]))),
        "**Answers**",
        _answers(document, operation),
    ]


def _answers(document: Document, operation: Node) -> str:
    answers = {status: document.follow(given) for status, given in operation["responses"].items()}
    bodies = {status: _body(answer) for status, answer in answers.items()}
    rows = [f"| {status} | {_flat(answer)} | {bodies[status]} |" for status, answer in answers.items()]
    return table(["status", "when", "body"], rows)


def _body(answer: Node) -> str:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return f"[{name}](#answer-{name.lower()})" if name else ""


def _answer(document: Document, name: str, example: str | None) -> list[str]:
    """Return the section of a body that answers have."""
    schema = document.schema(name)
    if example is None:
        shown = document.follow(document.operations[0]["responses"]["400"])["content"]["application/json"]["examples"]
        value = next(iter(shown.values()))["value"]
    else:
        value = (document.example(example) or {})["value"]
    return [f"(answer-{name.lower()})=\n### {name}", _flat(schema), fields(document, schema), as_json(value)]


def _status_callback(document: Document, operations: list[Node]) -> list[str]:
    by_post = next(each for each in operations if each["method"] == "POST")
    body = document.follow(by_post["requestBody"])
    content = body["content"][FORM]
    (signature,) = [each for each in by_post["parameters"] if each["in"] == "header"]
    examples = [document.follow(example) for example in content["examples"].values()]
    return [
        *(f"**{each['method']}.** {_flat(each)}" for each in operations),
        f"**The header `{signature['name']}`.** {_flat(signature)}",
        _flat(body),
        fields(document, content["schema"]),
        *(text for each in examples for text in (f"{each['summary']}:", as_json(each["value"]))),
    ]


def _flat(node: Node) -> str:
    return " ".join(node.get("description", "").split())


def setup(app: Sphinx) -> dict[str, Any]:
    """Take part in the build."""
    app.connect("source-read", fill)
    return {"parallel_read_safe": True}
