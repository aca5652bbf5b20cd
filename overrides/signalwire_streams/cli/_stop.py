"""`signalwire-streams stop`: stop a stream."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from signalwire_streams.cli import _service
from signalwire_streams.cli._interrupts import interruptible
from signalwire_streams.cli._output import complain

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_EPILOG = f"""\
example:
  signalwire-streams stop CA123 first

{_service.SETTINGS}

exit codes:
  0    the stream is stopped
  1    failed: the message says why
  2    wrong usage, or a setting is missing or wrong: nothing was sent
  130  interrupted; the stream may be running"""


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser(
        "stop",
        help="stop a stream",
        description="Stops a stream of a call, and writes what became of it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("call_sid", metavar="CALL_SID", help="the SID of the call")
    parser.add_argument("sid", metavar="SID_OR_NAME", help="the stream's sid, or the name it was started with")
    _service.add_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    return _service.ended(lambda: _stop(options))


def _stop(options: argparse.Namespace) -> int:
    try:
        with interruptible() as interrupts, _service.make_client(options) as client:
            _service.show(client.stop_stream(options.call_sid, options.sid), as_json=options.json)
            interrupts.ignore()
    except KeyboardInterrupt:
        complain("interrupted; the stream may be running.")
        return _service.INTERRUPTED
    except OSError as error:
        complain(f"cannot write the result: {error.strerror}; the stream is stopped.")
        return _service.FAILED
    return _service.DONE
