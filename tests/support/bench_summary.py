"""Say in a few sentences and bars what the tables of the benchmarks show. All numbers are read from the tables."""

import re
import textwrap
from html import escape
from typing import NamedTuple

_WIDTH = 400
_ROW = 36


class Table(NamedTuple):
    heads: list[str]
    rows: list[list[str]]

    def row(self, *cells: str) -> list[str]:
        """Return the only row that begins with these cells."""
        (found,) = [row for row in self.rows if row[: len(cells)] == list(cells)]
        return found


def tables(page: str) -> dict[str, Table]:
    """Return the tables of a page by their headings, without the numbers of these."""
    found: dict[str, Table] = {}
    for section in re.split(r"^### ", page, flags=re.MULTILINE)[1:]:
        lines = [line[1:-1].split("|") for line in section.splitlines() if line.startswith("|")]
        heads, _, *rows = [[cell.strip() for cell in cells] for cells in lines]
        found[re.sub(r"^\d+: ", "", section.splitlines()[0])] = Table(heads, rows)
    return found


def number(cell: str) -> float:
    """Return the first number of a cell.

    >>> number("1,582 (1,544 to 1,651)")
    1582.0
    """
    return float(cell.split(maxsplit=1)[0].replace(",", "").rstrip("%"))


def summary(page: str) -> str:
    """Return the conclusions and charts of a page as Markdown."""
    of = tables(page)
    distant = of["a start with a server 50 ms away, over TLS"]
    at_once = of["async starts, the server responds at once"]
    # The longest pause is the last: each pause has three columns.
    pause, handshakes = len(distant.heads) - 3, len(distant.heads) - 1
    in_flight = [row[1:] for row in at_once.rows if row[0] == "100"]
    sentences = [
        _distant(distant, pause, handshakes),
        _one_start(of["one start, sync"]),
        _async_starts(in_flight),
        _imports(of["import"]),
        _mock(of["the mock sends both tracks of many calls in real time"]),
    ]
    charts = [
        chart(
            f"A start with a server 50 ms away, {distant.heads[pause].partition(':')[0]}, in ms (less is better)",
            [(row[0], number(row[pause])) for row in distant.rows],
        ),
        chart("Async starts a second, 100 in flight (more is better)", [(row[0], number(row[1])) for row in in_flight]),
    ]
    return "\n\n".join(
        [*("\n".join(textwrap.wrap(f"- {each}", 120, subsequent_indent="  ")) for each in sentences), *charts]
    )


def _distant(table: Table, pause: int, handshakes: int) -> str:
    ours = table.row("**ours** (sync)")
    others = [row for row in table.rows if "ours" not in row[0]]
    best, worst = (pick(others, key=lambda row: number(row[pause])) for pick in (min, max))
    starts = number(re.findall(r"of (\d+) starts", table.heads[handshakes])[0])
    return (
        f"**With a server 50 ms away, a start takes {number(ours[pause]):.0f} ms**: "
        f"{starts:.0f} starts make {_count(ours[handshakes], 'TLS handshake')}. The fastest other client, {best[0]}, "
        f"takes {number(best[pause]):.0f} ms. The slowest, {worst[0]}, takes {number(worst[pause]):.0f} ms and makes "
        f"{_count(worst[handshakes], 'handshake')}."
    )


def _one_start(table: Table) -> str:
    ours = table.row("**ours**")
    clients = [table.row(name) for name in ("httpx by hand", "signalwire-sdk", "twilio-python")]
    compared = [f"{number(row[3]):.2f} times as long as {row[0]}" for row in clients]
    return f"**Without a network, a start takes {number(ours[1]):,.0f} µs**: {_listed(compared)}."


def _async_starts(rows: list[list[str]]) -> str:
    rate = {row[0]: f"{number(row[1]):,.0f}" for row in rows}
    ours, with_aiohttp = rate.pop("**ours**"), rate.pop("**ours, with aiohttp**")
    others = _listed([f"{name} makes {value}" for name, value in rate.items()])
    return (
        f"**With 100 starts in flight, the async client makes {ours} a second**, and {with_aiohttp} with aiohttp. "
        f"By comparison, {others}."
    )


def _imports(table: Table) -> str:
    ours = table.row("**from signalwire_streams import StreamsClient**")
    others = [f"`{row[0]}` takes {number(row[1]):.0f} ms" for row in table.rows if row[0].startswith("from ")]
    return f"**The import takes {number(ours[1]):.0f} ms.** {_listed(others)}."


def _mock(table: Table) -> str:
    most = table.rows[-1]
    late = most[table.heads.index("p99, ms")]
    return (
        f"**The mock sends the audio of {most[0]} calls in real time** with {most[-1]} of a core. "
        f"99 of 100 messages are at most {late} ms late."
    )


def _listed(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _count(cell: str, thing: str) -> str:
    return f"{cell} {thing}{'' if number(cell) == 1 else 's'}"


def chart(title: str, bars: list[tuple[str, float]]) -> str:
    """Return horizontal bars as SVG without blank lines, which would end the HTML in Markdown."""
    largest = max(value for _, value in bars)
    told = ", ".join(f"{_plain(name)} {value:,.0f}" for name, value in bars)
    box = f"0 0 {_WIDTH} {len(bars) * _ROW + 24}"
    lines = [
        f'<svg class="chart" viewBox="{box}" role="img" aria-label="{escape(f"{title}: {told}")}">',
        f'<text class="title" x="0" y="12">{escape(title)}</text>',
    ]
    for index, (name, value) in enumerate(bars):
        top = 24 + index * _ROW
        kind = "ours" if "ours" in name else "other"
        lines += [
            f'<text class="{kind}" x="0" y="{top + 13}">{escape(_plain(name))}</text>',
            f'<text class="value" x="{_WIDTH}" y="{top + 13}">{value:,.0f}</text>',
            f'<rect class="{kind}" x="0" y="{top + 18}" width="{value / largest * _WIDTH:.1f}" height="10" rx="2"/>',
        ]
    return "\n".join([*lines, "</svg>"])


def _plain(name: str) -> str:
    return name.replace("**", "")
