"""What generated tests cannot see by the document alone. Schemathesis runs these on every answer, beside its own checks.

The command line finds them through the environment variable SCHEMATHESIS_HOOKS, pytest by importing them.
"""

# ruff: noqa: ARG001  a check takes what schemathesis gives to every check

from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import quote, unquote, urlsplit

import schemathesis
from schemathesis import Case, CheckContext
from schemathesis.core.transport import Response

BASE_PATH = "/api/laml/2010-04-01"
KNOWN_STATUSES = {"start_stream": {"queued"}, "stop_stream": {"stopped"}}


def broken(promise: str, found: object) -> NoReturn:
    raise AssertionError(f"{promise}; found {found!r}")


def stream_in(response: Response) -> dict[str, Any] | None:
    return response.json() if response.status_code == 200 else None


def segments(response: Response) -> list[str]:
    """What stood in the path that was asked for: a case's own parameters are percent-encoded at times."""
    path = urlsplit(str(response.request.url)).path.removeprefix(BASE_PATH)
    return [unquote(segment) for segment in path.split("/")[2::2]]


def operation_id(case: Case) -> str:
    return str(case.operation.definition.raw["operationId"])


@schemathesis.check
def the_date_is_of_rfc_2822_with_an_offset(ctx: CheckContext, response: Response, case: Case) -> None:
    if stream := stream_in(response):
        text = stream["date_updated"]
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            broken("date_updated is a date of RFC 2822", text)
        if moment.tzinfo is None or format_datetime(moment) != text:
            broken("date_updated is a date of RFC 2822 with an offset", text)


@schemathesis.check
def the_ids_are_those_of_the_path(ctx: CheckContext, response: Response, case: Case) -> None:
    if stream := stream_in(response):
        account, call, *sid = segments(response)
        if (stream["account_sid"], stream["call_sid"]) != (account, call):
            broken(f"account_sid and call_sid are those of the path, {account!r} and {call!r}", stream)
        if sid and sid[0] not in {stream["sid"], stream["name"]}:
            broken(f"the stopped stream has the sid or the name of the path, {sid[0]!r}", stream)


@schemathesis.check
def the_uri_names_the_stream(ctx: CheckContext, response: Response, case: Case) -> None:
    if stream := stream_in(response):
        account, call, sid = (quote(stream[name], safe="") for name in ("account_sid", "call_sid", "sid"))
        if stream["uri"] != f"{BASE_PATH}/Accounts/{account}/Calls/{call}/Streams/{sid}.json":
            broken("uri is the path of the stream", stream["uri"])


@schemathesis.check
def the_status_is_what_was_asked_for(ctx: CheckContext, response: Response, case: Case) -> None:
    if stream := stream_in(response):
        expected = KNOWN_STATUSES[operation_id(case)]
        if stream["status"] not in expected:
            broken(f"the status after {operation_id(case)} is one of {expected}", stream["status"])


@schemathesis.check
def the_name_is_the_one_given_or_the_sid(ctx: CheckContext, response: Response, case: Case) -> None:
    stream = stream_in(response)
    if stream and operation_id(case) == "start_stream" and isinstance(case.body, dict):
        expected = case.body.get("Name", stream["sid"])
        if stream["name"] != expected:
            broken(f"the name is {expected!r}", stream["name"])


@schemathesis.check
def an_error_repeats_its_status(ctx: CheckContext, response: Response, case: Case) -> None:
    if response.status_code >= 400 and response.json()["status"] != response.status_code:
        broken(f"the error's status is {response.status_code}", response.json())


@schemathesis.check
def a_422_is_for_a_name_in_use(ctx: CheckContext, response: Response, case: Case) -> None:
    """The contract tests end no call, so a well-formed start can be refused for its name alone."""
    if response.status_code == 422 and (operation_id(case), response.json()["code"]) != ("start_stream", 10000):
        broken("the only state that refuses a request is a name in use", response.json())


_started: set[str] = set()


@schemathesis.check
def a_404_is_for_a_stream_that_was_not_started(ctx: CheckContext, response: Response, case: Case) -> None:
    if operation_id(case) == "start_stream":
        if stream := stream_in(response):
            _started.update((stream["sid"], stream["name"]))
    elif response.status_code == 404 and segments(response)[2] in _started:
        broken("a stream that was started can be stopped by its sid and its name", response.json())
