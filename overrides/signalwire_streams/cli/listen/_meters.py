"""Events and level meters on a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import zip_longest

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from signalwire_streams._text import shown
from signalwire_streams.cli._wrap import wrap_line
from signalwire_streams.cli.listen._events import Event, format_level, stream_title
from signalwire_streams.media import Track
from signalwire_streams.receiver import ReceivedStream

_EMPTY_METER = -60.0  # dBFS
_METER_WIDTHS = (10, 30)  # least and most
_LEAST_TITLE_WIDTH = len("stream 01234567-89ab-cdef")  # enough to tell one SID from another
_WIDTH_OF_NUMBERS = len("  outbound    -100.0 dBFS  3600.0 s")
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
        text = "\n".join(wrap_line(line, self._console.width) for line in event.text.splitlines())
        self._console.print(Text(text, _EVENT_STYLES.get(event.name, "")), soft_wrap=True)
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
        room = self._console.width - _WIDTH_OF_NUMBERS
        least, most = _METER_WIDTHS
        meter_width = min(most, max(least, room - _LEAST_TITLE_WIDTH))
        for stream in self._streams():
            for title, track in zip_longest(_titles(stream), stream.tracks):
                label = Text(title or "", "bold")
                label.truncate(max(least, room - meter_width), overflow="ellipsis")
                table.add_row(label, *self._measure(stream, track, meter_width))
        return table

    def _measure(self, stream: ReceivedStream, track: Track | None, width: int) -> Sequence[Text | str]:
        if track is None:  # a stream of one track has only its title in the second row
            return ()
        level = stream.levels[track].recent
        filled = 0 if level == -math.inf else round(width * min(1.0, max(0.0, 1 - level / _EMPTY_METER)))
        color = "red" if level > _TOO_LOUD else "yellow" if level > _LOUD else "green"
        bar = Text(self._full * filled, color).append(self._empty * (width - filled), "dim")
        return track, bar, f"{format_level(level):>11}", f"{stream.audio[track].seconds or 0:.1f} s"


def _titles(stream: ReceivedStream) -> tuple[str, str]:
    """Return the titles of the two rows of a stream."""
    call = "" if stream.start is None else f"call   {shown(stream.start.call_sid, 60)}"
    return stream_title(stream), call


def supports_meters(console: Console) -> bool:
    """Tell whether the console is a terminal that can redraw lines. Rich alone would also accept FORCE_COLOR."""
    return console.file.isatty() and not console.is_dumb_terminal
