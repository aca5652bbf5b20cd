"""The control API of the mock, and its page. They are no part of SignalWire's API."""

from signalwire_streams.mock._control.app import ControlApp
from signalwire_streams.mock._control.demo import Demo

__all__ = ["ControlApp", "Demo"]
