"""The API reference: a directive for each public name of a module, as its `__all__` has them.

A page says what it wants with a line such as `% public names: signalwire_streams.media`, or, for one kind of them,
`% public names: signalwire_streams errors`.
"""

import inspect
import re
import sys
from importlib import import_module
from types import ModuleType
from typing import Any, is_typeddict

from signalwire_streams import StreamsError
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

_MARK = re.compile(r"^% public names: (\S+)(?: (\w+))?$", re.MULTILINE)
_DIRECTIVES = {"errors": "autoexception", "functions": "autofunction", "values": "autodata"}


def fill(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Put the names into a page that asks for them."""
    source[0] = _MARK.sub(lambda mark: directives(import_module(mark[1]), mark[2]), source[0])


def directives(module: ModuleType, kind: str | None) -> str:
    """Return the directives of a module's names, or of one kind: clients, classes, functions, errors or values."""
    lines = ["```{eval-rst}"]
    for name in names(module, kind):
        lines += ["", f".. {_DIRECTIVES.get(kind_of(module, name), 'autoclass')}:: {module.__name__}.{name}"]
        lines += [f"   :{option}:" for option in _options(module, name)]
        if kind_of(module, name) == "values":
            lines += ["", *(f"   {line}" for line in _docstring_of_value(module, name))]
    return "\n".join([*lines, "```"])


def names(module: ModuleType, kind: str | None = None) -> list[str]:
    """Return the public names: an error follows the one that it is a kind of, the others are as `__all__` has them."""
    found = [name for name in module.__all__ if kind in {None, kind_of(module, name)}]
    if kind == "clients":
        found.sort(key=len)  # the async one refers to the other
    if kind == "errors":
        found.sort(key=lambda name: [it.__name__ for it in _errors_above(getattr(module, name))])
    return found


def _errors_above(error: type) -> list[type]:
    return [each for each in reversed(error.__mro__) if issubclass(each, StreamsError)]


def kind_of(module: ModuleType, name: str) -> str:
    """Return of which kind a name is."""
    value = getattr(module, name)
    if not inspect.isclass(value):
        return "functions" if inspect.isfunction(value) else "values"
    if issubclass(value, StreamsError):
        return "errors"
    return "clients" if name.endswith("StreamsClient") else "classes"


def _options(module: ModuleType, name: str) -> list[str]:
    value = getattr(module, name)
    if not inspect.isclass(value):
        return []
    if issubclass(value, StreamsError):
        return ["members", "show-inheritance"]
    return ["members"] if is_typeddict(value) else ["members", "inherited-members"]


def _docstring_of_value(module: ModuleType, name: str) -> list[str]:
    """Return the text below the assignment, which stands in another module than the one that offers the name."""
    inside = [home for home in sys.modules if home.startswith(f"{module.__name__}._")]
    homes = [home for home in inside if hasattr(sys.modules[home], name)]
    found = (ModuleAnalyzer.for_module(home).find_attr_docs().get(("", name)) for home in homes)
    return next(filter(None, found), [])


def shorten(
    _app: Sphinx, what: str, _name: str, _object: object, _options: object, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """Leave out how an error is made, as users catch them, and what attrs calls a default that is made anew."""
    if signature is None:
        return None
    return ("" if what == "exception" else signature.replace("= NOTHING", "= …"), returns)


def setup(app: Sphinx) -> dict[str, Any]:
    """Take part in the build."""
    app.connect("source-read", fill)
    app.connect("autodoc-process-signature", shorten)
    return {"parallel_read_safe": True}
