"""Link the names of Python, httpx and pytest to their own references.

Sphinx would download an inventory of names for this. The build needs no network, so the pages follow from the names.
"""

import builtins
import sys
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

_PYTHON = "https://docs.python.org/3/library"
_HTTPX = "https://www.python-httpx.org"
_PYTEST = "https://docs.pytest.org/en/stable/reference/reference.html"
_PAGES_OF_HTTPX = {
    "AsyncBaseTransport": "advanced/transports/",
    "BaseTransport": "advanced/transports/",
    "Timeout": "advanced/timeouts/",
}
_FUNCTIONS_OF_PYTHON = {"bool", "float", "int", "object"}
# Docstrings and annotations name these without their module.
_MODULES = {"Any": "typing", "Callable": "collections.abc", "Iterator": "collections.abc"}


def link(_app: Sphinx, _env: BuildEnvironment, node: pending_xref, content: nodes.TextElement) -> nodes.Node | None:
    """Return a link for a name that has no page here, if its page elsewhere is known."""
    if node.get("refdomain") != "py" or (node["reftype"] == "obj" and not _is_error(node["reftarget"])):
        return None
    target = node["reftarget"]
    if url := url_of(target):
        return nodes.reference("", "", content, internal=False, refuri=url, reftitle=target)
    if target.startswith("signalwire_streams"):
        logging.getLogger(__name__).warning("%s is in the reference but not public: hide it", target, location=node)
    return None


def url_of(name: str) -> str | None:
    """Return the URL of a name's documentation.

    >>> url_of("datetime.datetime")
    'https://docs.python.org/3/library/datetime.html#datetime.datetime'
    >>> url_of("ValueError")
    'https://docs.python.org/3/library/exceptions.html#ValueError'
    >>> url_of("httpx.Client")
    'https://www.python-httpx.org/api/#client'
    """
    if name in _MODULES:
        name = f"{_MODULES[name]}.{name}"
    module, _, rest = name.rpartition(".")
    if module == "httpx":
        return f"{_HTTPX}/{_PAGES_OF_HTTPX.get(rest, f'api/#{rest.lower()}')}"
    if module == "pytest":
        return f"{_PYTEST}#{name}"
    if module.partition(".")[0] in sys.stdlib_module_names:
        return f"{_PYTHON}/{module}.html#{name}"
    if isinstance(getattr(builtins, name, None), type):
        page = "exceptions" if _is_error(name) else "functions" if name in _FUNCTIONS_OF_PYTHON else "stdtypes"
        return f"{_PYTHON}/{page}.html#{name}"
    return None


def _is_error(name: str) -> bool:
    value = getattr(builtins, name, None)
    return isinstance(value, type) and issubclass(value, BaseException)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("missing-reference", link)
    return {"parallel_read_safe": True}
