"""Generate the API reference: a directive for each name in a module's `__all__`.

A line such as `% public names: signalwire_streams.media` inserts all names of a module into a page. A line such as
`% public names: signalwire_streams errors` inserts the names of one kind.
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
    """Insert public names into a page."""
    source[0] = _MARK.sub(lambda mark: directives(import_module(mark[1]), mark[2]), source[0])


def directives(module: ModuleType, kind: str | None) -> str:
    """Return the directives of all names, or of one kind: clients, classes, functions, errors or values."""
    lines = ["```{eval-rst}"]
    for name in names(module, kind):
        lines += ["", f".. {_DIRECTIVES.get(kind_of(module, name), 'autoclass')}:: {module.__name__}.{name}"]
        lines += [f"   :{option}:" for option in _options(module, name)]
        if kind_of(module, name) == "values":
            lines += ["", *(f"   {line}" for line in _docstring_of_value(module, name))]
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
    if not inspect.isclass(value):
        return []
    if issubclass(value, StreamsError):
        return ["members", "show-inheritance"]
    return ["members"] if is_typeddict(value) else ["members", "inherited-members"]


def _docstring_of_value(module: ModuleType, name: str) -> list[str]:
    """Return the docstring below the assignment, which is in a private module."""
    inside = [home for home in sys.modules if home.startswith(f"{module.__name__}._")]
    homes = [home for home in inside if hasattr(sys.modules[home], name)]
    found = (ModuleAnalyzer.for_module(home).find_attr_docs().get(("", name)) for home in homes)
    return next(filter(None, found), [])


def shorten(
    _app: Sphinx, what: str, _name: str, _object: object, _options: object, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """Hide the constructors of errors, and show attrs' factory defaults as `…`."""
    if signature is None:
        return None
    return ("" if what == "exception" else signature.replace("= NOTHING", "= …"), returns)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("source-read", fill)
    app.connect("autodoc-process-signature", shorten)
    return {"parallel_read_safe": True}
