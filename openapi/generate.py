"""Make `generated/` anew from the OpenAPI document, or check that it is what the document gives.

python openapi/generate.py          what `make generate` does
python openapi/generate.py --check  what `make check-generated` does
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Hashable, Iterable, Iterator
from filecmp import dircmp
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import derive
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

ROOT = Path(__file__).parents[1]
DOCUMENT = Path("openapi/compat-calls-streams.yaml")
GENERATED = ROOT / "generated"
RESOURCES = Path("overrides/signalwire_streams/_resources.py")
CLIENT, DERIVED = "signalwire_streams_api", "signalwire_streams_derived"
RUFF = (sys.executable, "-m", "ruff", "format", "--quiet", "--isolated", "--no-cache", "--line-length", "120")


class GenerateError(Exception):
    """The document is invalid, or the generator failed."""


def load() -> tuple[dict[str, Any], yaml.Node | None]:
    """Load the document and validate it. Return it and its YAML.

    Raises GenerateError, whose message has the file, the line and what to do.
    """
    text = (ROOT / DOCUMENT).read_text("utf-8")
    try:
        tree, raw = yaml.compose(text), yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise GenerateError(f"{DOCUMENT}{where}: {error.problem}. Correct the YAML.") from None
    problems: list[tuple[Iterable[Hashable], str]] = [
        *((path, f"{reference} does not exist. Correct the reference.") for path, reference in _dangling(raw)),
        *((path, f"{name} is the operationId of two operations. Rename one.") for path, name in _repeated(raw)),
    ]
    if not problems:  # the validator fails at a reference to nothing
        problems += [
            (_place(raw, error), f"{error.message.splitlines()[0].rstrip('.')}. Correct what the document says here.")
            for error in OpenAPIV31SpecValidator(raw).iter_errors()
        ]
    if problems:
        raise GenerateError("\n".join(f"{DOCUMENT}:{_line(tree, path)}: {problem}" for path, problem in problems))
    document: dict[str, Any] = raw
    return document, tree


def _nodes(raw: Any) -> Iterator[tuple[tuple[Hashable, ...], Any]]:  # noqa: ANN401  any YAML
    """Iterate over all parts of the document, each with the path that leads to it."""
    pending: list[tuple[tuple[Hashable, ...], Any]] = [((), raw)]
    while pending:
        path, node = pending.pop()
        yield path, node
        children: Iterable[tuple[Hashable, Any]] = (
            node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        )
        pending += [((*path, key), child) for key, child in children]


def _dangling(raw: Any) -> Iterator[tuple[tuple[Hashable, ...], str]]:  # noqa: ANN401  any YAML
    """Find references to nothing: the place of each, and its text."""
    for path, node in _nodes(raw):
        if isinstance(node, dict) and isinstance(reference := node.get("$ref"), str):
            target: Any = raw
            for step in reference.removeprefix("#/").split("/"):
                target = target.get(step.replace("~1", "/")) if isinstance(target, dict) else None
            if target is None:
                yield (*path, "$ref"), reference


def _repeated(raw: Any) -> Iterator[tuple[tuple[Hashable, ...], str]]:  # noqa: ANN401  any YAML
    """Find the operations whose operationId another one has: the place of each, and the operationId."""
    seen = set[str]()
    for path, node in _nodes(raw):
        if isinstance(node, dict) and isinstance(name := node.get("operationId"), str) and "responses" in node:
            if name in seen:
                yield (*path, "operationId"), name
            seen.add(name)


def _place(raw: Any, error: OpenAPIValidationError) -> tuple[Hashable, ...]:  # noqa: ANN401  any YAML
    """Return the path to what is invalid. The validator gives one that begins at a schema."""
    end = tuple(error.absolute_path)
    return next(
        (path for path, node in _nodes(raw) if path[len(path) - len(end) :] == end and node is error.instance), end
    )


def _line(node: yaml.Node | None, path: Iterable[Hashable]) -> int:
    """Return the line of the deepest part of the document that a path leads to."""
    line = 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def generate(folder: Path) -> None:
    """Write the client and what else is derived from the document to an empty folder. Raises GenerateError."""
    document, tree = load()
    (folder / DERIVED).mkdir()
    try:
        derive.write(document, folder / DERIVED)
    except derive.DocumentError as error:
        path = next(path for path, node in _nodes(document) if node is error.node)
        raise GenerateError(f"{DOCUMENT}:{_line(tree, path)}: {error}") from None
    done = subprocess.run(  # noqa: S603  all of it is ours
        (
            *(sys.executable, "-m", "openapi_python_client", "generate", "--path", str(DOCUMENT), "--meta", "none"),
            *("--config", "generator-config.yaml", "--output-path", str(folder / CLIENT), "--fail-on-warning"),
        ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise GenerateError(f"{DOCUMENT}: openapi-python-client failed.\n{done.stderr}{done.stdout}")
    subprocess.run([*RUFF, folder / DERIVED], check=True)  # noqa: S603  all of it is ours


def tell_what_is_left() -> None:
    """Name the resources that the new client has and the overlay lacks."""
    methods = (GENERATED / DERIVED / "methods.py").read_text("utf-8")
    resources = (ROOT / RESOURCES).read_text("utf-8")
    for name in sorted(set(re.findall(r"\b[A-Z]+_STREAMS\b", methods))):
        if not re.search(rf"^{name} = ", resources, re.MULTILINE):
            sys.stderr.write(f"The document has a new resource: add {name} to {RESOURCES}.\n")


def _differences(compared: dircmp[str], folder: str = "") -> list[str]:
    names = [*compared.left_only, *compared.right_only, *compared.diff_files, *compared.funny_files]
    found = [f"{folder}{name}" for name in names]
    for name, below in compared.subdirs.items():
        found += _differences(below, f"{folder}{name}/")
    return found


def main(arguments: list[str]) -> str | None:
    """Generate or check. Returns the problem, if there is one."""
    with TemporaryDirectory(prefix=".generated-", dir=ROOT) as made:
        new, old = Path(made, "new"), Path(made, "old")
        new.mkdir()
        try:
            generate(new)
        except GenerateError as error:
            return f"{error}\n{GENERATED.name}/ was not changed."
        if arguments != ["--check"]:
            # Only now, so that after a failure the old client is whole.
            GENERATED.rename(old)
            new.rename(GENERATED)
            tell_what_is_left()
            return None
        different = _differences(dircmp(GENERATED, new, ignore=["__pycache__"]))
    if not different:
        return None
    return (
        f"{GENERATED.name}/ is not what {DOCUMENT} gives: {', '.join(different)}.\nRun 'make generate', and commit it."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
