"""The parser of all commands: help that fits the terminal, and a suggestion for a near miss."""

from __future__ import annotations

import argparse
import difflib
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from signalwire_streams.cli._output import print_problem
from signalwire_streams.cli._wrap import wrap_line

if TYPE_CHECKING:
    from argparse import Action

_WRONG_USAGE = 2  # as argparse itself
_LIKENESS = 0.63  # takes "inbond" for "inbound_track", but "--api-token" for no other option


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors are one line. The parsers of its commands are of the same class."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  those of argparse
        super().__init__(**settings, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
        self.color = False  # Python 3.14 would color the help, and codes that take no room spoil the wrapping
        self._arguments: list[str] = []
        self.set_defaults(parser=self)  # that of the command replaces that of the whole

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride]  one signature for its overloads
        self,
        args: Any = None,  # noqa: ANN401  as argparse
        namespace: Any = None,  # noqa: ANN401  as argparse
    ) -> Any:  # noqa: ANN401  as argparse
        self._arguments = [*sys.argv[1:]] if args is None else [*args]
        return super().parse_known_args(args, namespace)

    def parse_all(self, arguments: Sequence[str] | None) -> argparse.Namespace:
        """Parse the arguments, and refuse unknown ones. Raises SystemExit."""
        options: argparse.Namespace
        options, unknown = self.parse_known_args(arguments)
        if unknown:
            parser: CommandParser = options.parser
            parser.error(parser._describe_unknown(unknown))
        return options

    def format_help(self) -> str:
        width = shutil.get_terminal_size().columns - 2  # as argparse itself
        return "\n".join(wrap_line(line, width) for line in super().format_help().split("\n"))

    def error(self, message: str) -> NoReturn:
        print_problem(f"{message} (see {self.prog} --help)")
        raise SystemExit(_WRONG_USAGE)

    def _check_value(self, action: Action, value: Any) -> None:  # noqa: ANN401  as argparse
        # argparse itself suggests a choice only from Python 3.14 on, and never an option.
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        listed = ", ".join(choices)
        if isinstance(action, argparse._SubParsersAction):
            # The value of an unknown option looks like a command.
            before = self._arguments[: self._arguments.index(value)] if value in self._arguments else []
            if unknown := [option for option in before if self._is_unknown_option(option)]:
                self.error(self._describe_unknown(unknown))
            message = f"unknown command {value!r}.{_did_you_mean([value], choices)} The commands are {listed}"
            raise argparse.ArgumentError(None, message)
        message = f"invalid choice: {value!r}.{_did_you_mean([value], choices)} Choose from {listed}"
        raise argparse.ArgumentError(action, message)

    def _is_unknown_option(self, argument: str) -> bool:
        return argument.startswith("-") and argument.partition("=")[0] not in self._option_string_actions

    def _describe_unknown(self, arguments: Sequence[str]) -> str:
        """Name unknown options without their values, which may be secret."""
        options = [argument for argument in arguments if argument.startswith("-")]
        names = [option.partition("=")[0] if option.startswith("--") else option[:2] for option in options]
        if not names:
            return f"too many arguments: {len(arguments)} unexpected"
        offered = [action for action in self._actions if action.help != argparse.SUPPRESS]
        known = [name for action in offered for name in action.option_strings]
        meant = _did_you_mean(names, known)
        return f"unknown options: {', '.join(names)}{'.' if meant else ''}{meant}"


def _did_you_mean(words: Sequence[str], known: Iterable[str]) -> str:
    """Suggest what the words may have meant. Nothing is near a word that is no typing error."""
    candidates = [*known]
    found = [near for word in words if (near := _nearest(word, candidates))]
    return f" Did you mean {' and '.join(map(repr, found))}?" if found else ""


def _nearest(word: str, known: Sequence[str]) -> str | None:
    begun = [each for each in known if word.strip("-") and each.startswith(word)]
    return next(iter(begun or difflib.get_close_matches(word, known, n=1, cutoff=_LIKENESS)), None)
