"""Start and stop audio streams on live phone calls through SignalWire's Compat (LaML) API.

from signalwire_streams import StreamsClient

with StreamsClient() as client:
    stream = client.start_stream(call_sid, "wss://stream.example.com/audio", parameters={"FirstName": "Jane"})
    client.stop_stream(call_sid, stream.sid)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from signalwire_streams._version import __version__ as __version__

if TYPE_CHECKING:
    from signalwire_streams._public import *  # noqa: F403  it lists the names
else:  # a type checker that saw this would take any name for one that is there

    def __getattr__(name: str) -> object:
        """Load the clients when a name is first asked for; pytest, say, loads the package for its plugin alone."""
        if name == "__all__" or not name.startswith("_"):
            public = import_module("signalwire_streams._public")
            if name == "__all__" or name in public.__all__:
                return getattr(public, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return ["__version__", *import_module("signalwire_streams._public").__all__]
