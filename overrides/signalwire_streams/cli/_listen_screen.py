"""The view of `listen` on a terminal: a line for each event, and below them the streams that run, with level meters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from signalwire_streams.cli._listen_events import Event, decibels, title
from signalwire_streams.media import Track
from signalwire_streams.receiver import ReceivedStream

_FLOOR = -60.0  # dBFS, where the meter is empty
_WIDTH = 30
_BESIDE_TITLE = len("  outbound  ") + _WIDTH + len("  -100.0 dBFS  3600.0 s  ")
_LOUD, _TOO_LOUD = -12.0, -3.0


class Screen:
    """Shows events and streams on a terminal."""

    interval: float | None = 0.1

    def __init__(self, streams: Callable[[], Sequence[ReceivedStream]], console: Console) -> None:
        self._streams = streams
        self._console = console
        self._blocks = ("█", "·") if self._console.encoding.lower().startswith("utf") else ("#", "-")
        self._live = Live(
            console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self._live.start()

    def show(self, event: Event) -> None:
        """Write an event above the meters."""
        style = {"start": "bold", "problem": "yellow"}.get(event.name, "")
        self._console.print(Text(event.text, style), soft_wrap=True)
        self.refresh()

    def refresh(self) -> None:
        """Draw the meters anew."""
        self._live.update(self._table(), refresh=True)

    def close(self) -> None:
        """Take the meters away, and leave the lines."""
        self._live.stop()

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for _ in range(5):
            table.add_column(no_wrap=True)
        room = max(10, self._console.width - _BESIDE_TITLE)
        for stream in self._streams():
            for row, track in enumerate(stream.tracks):
                name = Text(title(stream) if row == 0 else "", "bold")
                name.truncate(room, overflow="ellipsis")
                seconds = f"{stream.audio[track].seconds or 0:.1f} s"
                table.add_row(name, track, *self._meter(stream, track), seconds)
        return table

    def _meter(self, stream: ReceivedStream, track: Track) -> tuple[Text, Text]:
        level = stream.levels[track].recent
        filled = 0 if level == -math.inf else round(_WIDTH * min(1.0, max(0.0, 1 - level / _FLOOR)))
        colour = "red" if level > _TOO_LOUD else "yellow" if level > _LOUD else "green"
        full, empty = self._blocks
        bar = Text(full * filled, colour).append(empty * (_WIDTH - filled), "dim")
        return bar, Text(f"{decibels(level):>11}")


def is_for(console: Console) -> bool:
    """Tell whether there is a terminal that can show the view; rich takes FORCE_COLOR for one."""
    return console.file.isatty() and not console.is_dumb_terminal
