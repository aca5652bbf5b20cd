"""The command `signalwire-streams calls`: list the calls of the account."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from signalwire_streams_api.models.call_status import CALL_STATUS_VALUES

from signalwire_streams import Call
from signalwire_streams._text import shown
from signalwire_streams.cli._exit_codes import ExitCode
from signalwire_streams.cli._options import SETTINGS_HELP, add_client_options, count, make_client
from signalwire_streams.cli._output import print_problem, print_result
from signalwire_streams.cli._signals import interruptible

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_EPILOG = f"""\
examples:
  signalwire-streams calls
  signalwire-streams calls --status any --from +15551230001 --json

{SETTINGS_HELP}

exit codes:
  0    done, also if there are no calls
  1    failed: the message says why
  2    invalid arguments or settings: nothing was sent
  130  interrupted"""
_STATUSES = ["any", *sorted(CALL_STATUS_VALUES)]
_COLUMNS = {
    "sid": "sid",
    "status": "status",
    "from_": "from",
    "to": "to",
    "direction": "direction",
    "start_time": "start (UTC)",
}
_NEEDED_COLUMNS = 4  # a narrow terminal has room for no more


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "calls",
        help="list calls, to find the SID of one",
        usage="%(prog)s [options]",
        description="List the calls in progress, or those in another state. "
        "A terminal that is too narrow gets fewer columns.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--status",
        choices=_STATUSES,
        default="in-progress",
        metavar="STATUS",
        help=f"state of the calls: {', '.join(_STATUSES)} (default: in-progress)",
    )
    parser.add_argument("--from", dest="from_", metavar="NUMBER", help="number or address that calls come from")
    parser.add_argument("--to", metavar="NUMBER", help="number or address that calls go to")
    parser.add_argument("--parent", metavar="CALL_SID", help="SID of the call that made the calls")
    parser.add_argument("--limit", type=count, default=50, metavar="N", help="how many calls to list (default: 50)")
    add_client_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> ExitCode:
    try:
        with interruptible(), make_client(options) as client:
            found = client.list_calls(
                status=None if options.status == "any" else options.status,
                from_=options.from_,
                to=options.to,
                parent_call_sid=options.parent,
                page_size=min(options.limit + 1, 1000),
                limit=options.limit + 1,  # one more than asked for tells whether there are more
            )
            calls = list(found)
    except KeyboardInterrupt:
        print_problem("interrupted.")
        return ExitCode.INTERRUPTED
    listed = calls[: options.limit]
    try:
        if options.json:
            for call in listed:
                print_result(_json(call))
        elif listed:
            print_result(_table(listed))
    except OSError as error:
        print_problem(f"the calls cannot be written: {error.strerror}.")
        return ExitCode.FAILED
    if not listed:
        print_problem(_describe_none(options))
    if len(calls) > len(listed):
        print_problem(f"there are more calls than these {len(listed)}. To list more, raise --limit.")
    # One sentence for each field, as all calls may have the same problem.
    for problem in {field: text for call in listed for field, text in call.unreadable.items()}.values():
        print_problem(problem)
    return ExitCode.DONE


def _describe_none(options: argparse.Namespace) -> str:
    filters = {"--from": options.from_, "--to": options.to, "--parent": options.parent}
    given = [option for option, value in filters.items() if value is not None]
    status = "" if options.status == "any" else f"{options.status} "
    matching = f" that match {' and '.join(given)}" if given else ""
    advice = " To list calls in any state, pass --status any." if status else ""
    return f"there are no {status}calls{matching}.{advice}"


def _json(call: Call) -> str:
    fields = {name.strip("_"): value for name, value in call._shown().items()}  # without secrets of the request
    return json.dumps(fields, default=datetime.isoformat)


def _table(calls: Sequence[Call]) -> str:
    columns = [[title, *(_cell(call, field) for call in calls)] for field, title in _COLUMNS.items()]
    widths = [max(map(len, column)) for column in columns]
    room = shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else sys.maxsize
    while len(widths) > _NEEDED_COLUMNS and sum(widths) + 2 * (len(widths) - 1) > room:
        widths.pop()
    rows = zip(*columns[: len(widths)], strict=True)
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _cell(call: Call, field: str) -> str:
    if field in call.unreadable:
        return "(unreadable)"
    value = call._shown()[field]  # without secrets of the request
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "-" if value is None else shown(value)
