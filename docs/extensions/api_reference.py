"""Generate the API reference: a directive for each name in a module's `__all__`.

A line such as `% public names: signalwire_streams.media` inserts all names of a module into a page. A line such as
`% public names: signalwire_streams errors` inserts the names of one kind.
"""

import ast
import inspect
import re
import sys
from importlib import import_module
from types import ModuleType
from typing import Any, get_type_hints, is_typeddict

from docstrings import restructured
from signalwire_streams import StreamsError
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

_DEFAULT_WITHOUT_A_LITERAL = re.compile(r"(?<== )NOTHING|<[^<>]*>")
_PRIVATE_ARGUMENT = re.compile(r", _\w+: [^,)]+")
_MARK = re.compile(r"^% public names: (\S+)(?: (\w+))?$", re.MULTILINE)
_DIRECTIVES = {"errors": "autoexception", "functions": "autofunction", "values": "py:data"}
# Only the package itself calls these methods.
_INTERNAL_METHODS = {
    "signalwire_streams.RetryPolicy.for_cleanup",
    "signalwire_streams.RetryPolicy.wait",
    "signalwire_streams.mock.Audio.encode",
    "signalwire_streams.mock.MessageLog.add",
    "signalwire_streams.mock.MessageLog.add_unread",
    "signalwire_streams.mock.MessageLog.forget",
    "signalwire_streams.receiver.ReceivedStream.close",
    "signalwire_streams.receiver.ReceivedStream.feed",
    "signalwire_streams.transports.AiohttpTransport.handle_async_request",
    "signalwire_streams.transports.AiohttpTransport.send_prepared",
}
# Users get these objects from a method, and never call the class.
_INTERNAL_CONSTRUCTORS = {
    "signalwire_streams.compat.Calls",
    "signalwire_streams.compat.Compat",
    "signalwire_streams.mock.Audio",
    "signalwire_streams.receiver.ReceivedStream",
}


def fill(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Insert public names into a page."""
    source[0] = _MARK.sub(lambda mark: directives(import_module(mark[1]), mark[2]), source[0])


def directives(module: ModuleType, kind: str | None) -> str:
    """Return the directives of all names, or of one kind: clients, classes, functions, errors or values."""
    lines = ["```{eval-rst}"]
    for name in names(module, kind):
        shown = name if kind_of(module, name) == "values" else f"{module.__name__}.{name}"
        lines += ["", f".. {_DIRECTIVES.get(kind_of(module, name), 'autoclass')}:: {shown}"]
        lines += [f"   :{option}" for option in _options(module, name)]
        if kind_of(module, name) == "values":
            lines += ["", *(f"   {line}" for line in docstring_of_value(module, name))]
    return "\n".join([*lines, "```"])


def names(module: ModuleType, kind: str | None = None) -> list[str]:
    """Return the public names in the order of `__all__`; errors follow their base class."""
    found = [name for name in module.__all__ if kind in {None, kind_of(module, name)} and _is_home(module, name)]
    if kind == "clients":
        found.sort(key=len)  # the docs of the async client refer to the sync one
    if kind == "errors":
        found.sort(key=lambda name: [it.__name__ for it in _errors_above(getattr(module, name))])
    return found


def _is_home(module: ModuleType, name: str) -> bool:
    """Tell whether a name is not described on the page of another sub-package that it comes from."""
    package, _, home = str(getattr(getattr(module, name), "__module__", "")).partition(".")
    sub_package = home.partition(".")[0]
    is_public = package == "signalwire_streams" and not sub_package.startswith("_")
    return not is_public or f"{package}.{sub_package}" == module.__name__


def _errors_above(error: type) -> list[type]:
    return [each for each in reversed(error.__mro__) if issubclass(each, StreamsError)]


def kind_of(module: ModuleType, name: str) -> str:
    """Return the kind of a name."""
    value = getattr(module, name)
    if not inspect.isclass(value):
        return "functions" if inspect.isfunction(value) else "values"
    if issubclass(value, StreamsError):
        return "errors"
    return "clients" if name.endswith("StreamsClient") else "classes"


def _options(module: ModuleType, name: str) -> list[str]:
    value = getattr(module, name)
    if kind_of(module, name) == "values":
        shown = _source_of_value(module, name)
        # An alias of private types is explained by its docstring alone.
        return [f"module: {module.__name__}", *([] if re.search(r"\b_[A-Z]", shown) else [f"value: {shown}"])]
    if not inspect.isclass(value):
        return []
    hidden = [each.rpartition(".")[2] for each in _INTERNAL_METHODS if each.startswith(f"{module.__name__}.{name}.")]
    exclude = [f"exclude-members: {', '.join(sorted(hidden))}"] if hidden else []
    if issubclass(value, StreamsError):
        return ["members:", "show-inheritance:"]
    if is_typeddict(value):
        _resolve_annotations(value)
        return ["members:"]
    return ["members:", "inherited-members:", *exclude]


def docstring_of_value(module: ModuleType, name: str) -> list[str]:
    """Return the docstring below the assignment, which is in a private module. Raises LookupError without one."""
    for home in _homes(module, name):
        if found := ModuleAnalyzer.for_module(home).find_attr_docs().get(("", name)):
            return restructured(found)
    raise LookupError(f"{module.__name__}.{name} has no docstring. Write one below its assignment.")


def _source_of_value(module: ModuleType, name: str) -> str:
    for home in _homes(module, name):
        for node in ast.parse(inspect.getsource(sys.modules[home])).body:
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if isinstance(target, ast.Name) and target.id == name:
                return ast.unparse(node.value)
    raise LookupError(f"{module.__name__}.{name} is assigned in no module of {module.__name__}.")


def _homes(module: ModuleType, name: str) -> list[str]:
    inside = [home for home in sys.modules if home.startswith(f"{module.__name__}._")]
    return [home for home in inside if hasattr(sys.modules[home], name)]


def _resolve_annotations(options: type) -> None:
    """Replace the aliases of the generated models by what they stand for, because they have no page."""
    for name, annotation in get_type_hints(options).items():
        given = str(options.__annotations__[name])
        if "Parameters" not in given:
            options.__annotations__[name] = annotation


def shorten(
    _app: Sphinx, what: str, name: str, _object: object, _options: object, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """Hide what is not for users: the constructors of errors and records, and the fixtures behind the fixtures."""
    if signature is None:
        return None
    if what == "exception" or name in _INTERNAL_CONSTRUCTORS or (what == "class" and ", _" in signature):
        return ("", returns)
    # Sphinx can break a signature into lines only if Python can read it.
    return (_DEFAULT_WITHOUT_A_LITERAL.sub("...", _PRIVATE_ARGUMENT.sub("", signature)), returns)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("source-read", fill)
    app.connect("autodoc-process-signature", shorten)
    return {"parallel_read_safe": True}
