"""README and the pages of the site: their blocks of code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}


def blocks(page: str, language: str = "python") -> list[tuple[int, str]]:
    """Return the blocks of a page, each with the number of its first line."""
    found = re.finditer(rf"^```{language}\n(.*?)^```", PAGES[page], re.MULTILINE | re.DOTALL)
    return [(PAGES[page].count("\n", 0, match.start(1)) + 1, match[1]) for match in found]


def block(page: str, containing: str) -> str:
    """Return the one block of Python that holds a text."""
    (found,) = [text for _, text in blocks(page) if containing in text]
    return found


def headed(page: str, heading: str) -> str:
    """Return the text below a heading, to the next one of its level."""
    return PAGES[page].split(f"\n## {heading}\n")[1].split("\n## ")[0]
