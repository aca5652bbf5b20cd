"""What all streams of a mock have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import attrs

from signalwire_streams._settings import Secret
from signalwire_streams.mock._audio import Audio, AudioFormat, Payloads
from signalwire_streams.mock._callbacks import RecordedCallback
from signalwire_streams.mock._routes import Routes
from signalwire_streams.mock._service import Service
from signalwire_streams.mock._tls import Trust


@attrs.define(slots=False)
class Setting:
    """What all streams of a mock have in common."""

    service: Service
    routes: Routes
    trust: Trust
    signing_key: Secret
    record: Callable[[RecordedCallback], None]
    audio: Mapping[str, Audio]
    audio_format: AudioFormat
    realtime: bool
    patience: float = attrs.field(validator=attrs.validators.gt(0))
    """How many seconds a receiver has to take a connection, and audio."""

    @cached_property
    def payloads(self) -> dict[str, Payloads]:
        """The audio of each track, encoded once for all streams."""
        return {track: audio.encode(self.audio_format) for track, audio in self.audio.items()}
