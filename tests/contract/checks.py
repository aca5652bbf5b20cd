"""What generated tests cannot see by the document alone. Schemathesis runs these on every answer, beside its own checks.

The command line finds them through the environment variable SCHEMATHESIS_HOOKS, pytest by importing them.
"""

# ruff: noqa: ARG001  a check takes what schemathesis gives to every check

from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import schemathesis
from schemathesis import Case, CheckContext
from schemathesis.core.transport import Response

BASE_PATH = "/api/laml/2010-04-01"
KNOWN_STATUSES = {"start": {"queued"}, "stop": {"stopped"}}
DATES_OF_A_CALL = ("date_created", "date_updated", "start_time", "end_time")
FILTERS = {"Status": "status", "From": "from", "To": "to", "ParentCallSid": "parent_call_sid"}


def broken(promise: str, found: object) -> NoReturn:
    raise AssertionError(f"{promise}; found {found!r}")


def operation_id(case: Case) -> str:
    return str(case.operation.definition.raw["operationId"])


def verb(case: Case) -> str:
    """The first word of the operation: start, stop or list."""
    return operation_id(case).partition("_")[0]


def stream_in(response: Response, case: Case) -> dict[str, Any] | None:
    return response.json() if response.status_code == 200 and verb(case) in KNOWN_STATUSES else None


def page_in(response: Response, case: Case) -> dict[str, Any] | None:
    return response.json() if response.status_code == 200 and operation_id(case) == "list_calls" else None


def path_of(response: Response) -> list[str]:
    """What stood in the path that was asked for: a case's own parameters are percent-encoded at times."""
    path = urlsplit(str(response.request.url)).path.removeprefix(BASE_PATH)
    return [unquote(segment) for segment in path.split("/")[1:]]


def kind_of(case: Case) -> str:
    """What a stream belongs to, as the names of its fields begin."""
    return "conference" if "conference" in operation_id(case) else "call"


def require_date(name: str, text: str) -> None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        broken(f"{name} is a date of RFC 2822", text)
    if moment.tzinfo is None or format_datetime(moment) != text:
        broken(f"{name} is a date of RFC 2822 with an offset", text)


@schemathesis.check
def the_dates_are_of_rfc_2822_with_an_offset(ctx: CheckContext, response: Response, case: Case) -> None:
    if stream := stream_in(response, case):
        require_date("date_updated", stream["date_updated"])
    if page := page_in(response, case):
        for call in page["calls"]:
            for name in DATES_OF_A_CALL:
                if call[name] is not None:
                    require_date(name, call[name])


@schemathesis.check
def the_ids_are_those_of_the_path(ctx: CheckContext, response: Response, case: Case) -> None:
    if stream := stream_in(response, case):
        _, account, _, parent, _, *sid = path_of(response)
        field = f"{kind_of(case)}_sid"
        if (stream["account_sid"], stream[field]) != (account, parent):
            broken(f"account_sid and {field} are those of the path, {account!r} and {parent!r}", stream)
        if sid and sid[0] not in {stream["sid"], stream["name"]}:
            broken(f"the stopped stream has the sid or the name of the path, {sid[0]!r}", stream)


@schemathesis.check
def the_uri_names_the_stream(ctx: CheckContext, response: Response, case: Case) -> None:
    if stream := stream_in(response, case):
        kind = kind_of(case)
        account, parent, sid = (quote(stream[name], safe="") for name in ("account_sid", f"{kind}_sid", "sid"))
        if stream["uri"] != f"{BASE_PATH}/Accounts/{account}/{kind.title()}s/{parent}/Streams/{sid}.json":
            broken("uri is the path of the stream", stream["uri"])


@schemathesis.check
def the_status_is_what_was_asked_for(ctx: CheckContext, response: Response, case: Case) -> None:
    if stream := stream_in(response, case):
        expected = KNOWN_STATUSES[verb(case)]
        if stream["status"] not in expected:
            broken(f"the status after {operation_id(case)} is one of {expected}", stream["status"])


@schemathesis.check
def the_name_is_the_one_given_or_the_default(ctx: CheckContext, response: Response, case: Case) -> None:
    stream = stream_in(response, case)
    if stream and verb(case) == "start" and isinstance(case.body, dict):
        expected = case.body.get("Name", stream["sid"] if kind_of(case) == "call" else None)
        if stream["name"] != expected:
            broken(f"the name is {expected!r}", stream["name"])


@schemathesis.check
def an_error_repeats_its_status(ctx: CheckContext, response: Response, case: Case) -> None:
    is_list_of_sentences = (response.status_code, kind_of(case)) == (422, "conference")
    if response.status_code >= 400 and not is_list_of_sentences and response.json()["status"] != response.status_code:
        broken(f"the error's status is {response.status_code}", response.json())


@schemathesis.check
def a_422_is_for_a_name_in_use(ctx: CheckContext, response: Response, case: Case) -> None:
    """The contract tests end no call, so a well-formed start can be refused for its name alone."""
    if response.status_code == 422:
        body, kind = response.json(), kind_of(case)
        problems = body["errors"] if kind == "conference" else [body["message"]]
        if verb(case) != "start" or problems != [f"Name is in use by another stream of the {kind}."]:
            broken("the only state that refuses a request is a name in use", body)


_started: set[tuple[str, ...]] = set()


@schemathesis.check
def a_404_is_for_a_stream_that_was_not_started(ctx: CheckContext, response: Response, case: Case) -> None:
    if verb(case) == "start":
        if stream := stream_in(response, case):
            parent = path_of(response)[2:4]
            _started.update({(*parent, stream["sid"]), (*parent, stream["name"])})
    elif verb(case) == "stop" and response.status_code == 404:
        _, _, kind, sid, _, wanted = path_of(response)
        if (kind, sid, wanted) in _started:
            broken("a stream that was started can be stopped by its sid and its name", response.json())


@schemathesis.check
def the_calls_are_those_asked_for(ctx: CheckContext, response: Response, case: Case) -> None:
    if page := page_in(response, case):
        query = dict(parse_qsl(urlsplit(str(response.request.url)).query))
        for name, field in FILTERS.items():
            if name in query and any(call[field] != query[name] for call in page["calls"]):
                broken(f"each call has the {field} {query[name]!r}", page["calls"])
        if len(page["calls"]) > page["page_size"] or page["page_size"] != int(query.get("PageSize", 50)):
            broken("a page has as many calls as PageSize says, or fewer", page)


@schemathesis.check
def a_query_that_is_valid_is_refused_for_its_page_alone(ctx: CheckContext, response: Response, case: Case) -> None:
    """A page above 0 needs a token that only an earlier page can give."""
    is_valid = case.meta is not None and case.meta.generation.mode.is_positive
    if operation_id(case) == "list_calls" and response.status_code == 400 and is_valid:
        message = response.json()["message"]
        if not case.query.get("Page") or not message.startswith("PageToken is not valid"):
            broken("only the page can refuse a valid query", message)
