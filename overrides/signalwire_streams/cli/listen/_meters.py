"""Events and level meters on a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from signalwire_streams.cli.listen._events import Event, format_level, stream_title
from signalwire_streams.media import Track
from signalwire_streams.receiver import ReceivedStream

_EMPTY_METER = -60.0  # dBFS
_METER_WIDTH = 30
_WIDTH_BESIDE_TITLE = len("  outbound  ") + _METER_WIDTH + len("  -100.0 dBFS  3600.0 s  ")
_LOUD, _TOO_LOUD = -12.0, -3.0  # dBFS
_EVENT_STYLES = {"start": "bold", "problem": "yellow"}


class MeterOutput:
    """A line for each event and, below them, a level meter for each track of the running streams."""

    refresh_interval: float | None = 0.1

    def __init__(self, streams: Callable[[], Sequence[ReceivedStream]], console: Console) -> None:
        self._streams = streams
        self._console = console
        self._full, self._empty = ("█", "·") if console.encoding.lower().startswith("utf") else ("#", "-")
        self._live = Live(
            console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self._live.start()

    def show(self, event: Event) -> None:
        """Print an event above the meters."""
        self._console.print(Text(event.text, _EVENT_STYLES.get(event.name, "")), soft_wrap=True)
        self.refresh()

    def refresh(self) -> None:
        """Redraw the meters."""
        self._live.update(self._table(), refresh=True)

    def close(self) -> None:
        """Remove the meters, and keep the lines."""
        self._live.stop()

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for _ in range(5):
            table.add_column(no_wrap=True)
        title_width = max(10, self._console.width - _WIDTH_BESIDE_TITLE)
        for stream in self._streams():
            for row, track in enumerate(stream.tracks):
                title = Text(stream_title(stream) if row == 0 else "", "bold")
                title.truncate(title_width, overflow="ellipsis")
                seconds = f"{stream.audio[track].seconds or 0:.1f} s"
                table.add_row(title, track, *self._meter(stream, track), seconds)
        return table

    def _meter(self, stream: ReceivedStream, track: Track) -> tuple[Text, Text]:
        level = stream.levels[track].recent
        filled = 0 if level == -math.inf else round(_METER_WIDTH * min(1.0, max(0.0, 1 - level / _EMPTY_METER)))
        color = "red" if level > _TOO_LOUD else "yellow" if level > _LOUD else "green"
        bar = Text(self._full * filled, color).append(self._empty * (_METER_WIDTH - filled), "dim")
        return bar, Text(f"{format_level(level):>11}")


def supports_meters(console: Console) -> bool:
    """Tell whether the console is a terminal that can redraw lines. Rich alone would also accept FORCE_COLOR."""
    return console.file.isatty() and not console.is_dumb_terminal
