"""Compare the four places that list the errors: the classes, the tree above them, the public names, docs/errors.md."""

import re
from pathlib import Path

from signalwire_streams import __all__ as public
from signalwire_streams import _errors

PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")
ERRORS = {
    name: kind
    for name, kind in vars(_errors).items()
    if isinstance(kind, type) and issubclass(kind, _errors.StreamsError)
}


def test_the_tree_in_the_module_docstring_matches_the_classes() -> None:
    drawn: list[tuple[str, str]] = []
    above: list[str] = []
    for lead, name in re.findall(r"^([│├└─ ]*)(\w+Error)\b", _errors.__doc__ or "", re.MULTILINE):
        del above[len(lead) // 4 :]
        drawn.append((name, above[-1] if above else "Exception"))
        above.append(name)
    assert dict(drawn) == {name: kind.__bases__[0].__name__ for name, kind in ERRORS.items()}


def test_every_error_is_public() -> None:
    assert ERRORS.keys() - set(public) == set(), "add them to __init__.py"


def test_every_error_is_in_the_table_of_docs_errors() -> None:
    (section,) = re.findall(r"^## Errors\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    told = set(re.findall(r"`(\w+Error)`", "".join(line for line in section.splitlines() if line.startswith("|"))))
    assert told == ERRORS.keys() - {"StreamsError"}
