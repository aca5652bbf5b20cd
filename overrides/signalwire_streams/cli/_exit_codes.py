"""Exit codes, and the errors that lead to them."""

from __future__ import annotations

import argparse
import shlex
from enum import IntEnum

from signalwire_streams import InputError, OutcomeUnknownError, SettingsError, StreamsError
from signalwire_streams.cli._options import UsageError, describe_input_error, describe_settings_error
from signalwire_streams.cli._output import print_problem


class ExitCode(IntEnum):
    """The exit codes of all commands."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    MAYBE_RUNNING = 3
    INTERRUPTED = 130


def run_command(options: argparse.Namespace) -> ExitCode:
    """Run the command that the options name. An error becomes one line on standard error and an exit code."""
    try:
        code: ExitCode = options.run(options)
    except InputError as error:
        print_problem(describe_input_error(error))
        return ExitCode.WRONG_USAGE
    except SettingsError as error:
        print_problem(describe_settings_error(error))
        return ExitCode.WRONG_USAGE
    except UsageError as error:
        print_problem(str(error))
        return ExitCode.WRONG_USAGE
    except OutcomeUnknownError as error:
        problem = " ".join([str(error.__cause__ or error), *getattr(error, "__notes__", [])])
        outcome = f"A stream may be running. {stop_hint(error.call_sid, error.name or '')}"
        print_problem(f"{problem} {'The stream was stopped.' if error.is_stopped else outcome}")
        return ExitCode.FAILED if error.is_stopped else ExitCode.MAYBE_RUNNING
    except StreamsError as error:
        print_problem(_with_notes(error))
        return ExitCode.FAILED
    return code


def stop_hint(call_sid: str, name: str) -> str:
    """Name the command that stops a stream."""
    return f"Stop it with: {shlex.join(['signalwire-streams', 'stop', call_sid, name])}"


def _with_notes(error: BaseException) -> str:
    """Return an error's message with its notes."""
    return " ".join([str(error), *getattr(error, "__notes__", [])]).strip()
