"""The page of the benchmarks begins with a conclusion and charts, which follow from its tables."""

import pytest
from support.bench_summary import summary
from support.pages import PAGES

PAGE = PAGES["docs/benchmarks.md"]


def test_the_page_begins_with_what_its_tables_show() -> None:
    assert PAGE.startswith(f"# Benchmarks\n\n{summary(PAGE)}\n\n## How this is measured\n")


def on_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("row", "column", "figure", "told"),
    [
        ("| **ours** (sync) | ", 4, "99.4 (99.9)", "a start takes 99 ms**"),
        ("| **ours** (sync) | ", 4, "99.4 (99.9)", '<text class="value" x="400" y="73">99</text>'),
        ("| signalwire-sdk (sync) | ", 4, "12.3 (99.9)", "other client, signalwire-sdk (sync), takes 12 ms"),
        ("| **ours** | ", 1, "7,777 (1 to 9,999)", "a start takes 7,777 µs**"),
        ("| 100 | **ours** | ", 2, "6,543 (1 to 9,999)", "makes 6,543 a second**"),
        ("| from twilio.rest import Client | ", 1, "42.4 (1 to 99)", "`from twilio.rest import Client` takes 42 ms"),
        ("| 200 | ", 5, "17%", "with 17% of a core"),
    ],
)
def test_another_figure_gives_another_conclusion(row: str, column: int, figure: str, told: str) -> None:
    (old, *_) = [line for line in PAGE.splitlines() if line.startswith(row)]
    cells = old.split(" | ")
    cells[column] = figure if column + 1 < len(cells) else f"{figure} |"
    assert told not in on_one_line(summary(PAGE))
    assert told in on_one_line(summary(PAGE.replace(old, " | ".join(cells), 1)))
