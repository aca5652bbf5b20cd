"""The frames that an error brings along, which hold what nobody should be shown."""

from __future__ import annotations

from typing import TypeVar

_E = TypeVar("_E", bound=BaseException)


def chain(error: BaseException, outside: BaseException | None = None) -> list[BaseException]:
    """Return an error and all behind it up to `outside`, each once: `raise error from error` makes a ring."""
    found: list[BaseException] = []
    ahead: list[BaseException | None] = [error]
    while ahead:
        each = ahead.pop()
        if each is not None and each is not outside and not any(each is one for one in found):
            found.append(each)
            ahead += [each.__cause__, each.__context__]
    return found


def without_frames(error: _E, outside: BaseException | None) -> _E:
    """Take the tracebacks from an error and from those behind it: the frames of httpx hold the token and the form.

    `outside` is the exception that the caller's code was handling before, whose traceback is not ours to take.
    """
    for each in chain(error, outside):
        each.__traceback__ = None
    return error
