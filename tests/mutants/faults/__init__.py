"""The faults: each a slip that a person could make, and that a user would feel. An edit that changes nothing is none."""

from mutants.faults import answers, arguments, callbacks, calls, commands, media, mock, mock_streams, package, plugin
from mutants.faults.fault import Fault as Fault

FAULTS = [
    *arguments.FAULTS,
    *calls.FAULTS,
    *answers.FAULTS,
    *media.FAULTS,
    *callbacks.FAULTS,
    *mock.FAULTS,
    *mock_streams.FAULTS,
    *commands.FAULTS,
    *plugin.FAULTS,
    *package.FAULTS,
]
