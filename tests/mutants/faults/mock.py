"""Faults of the mock as a service: its document, its answers."""

from mutants.faults.fault import Fault
from mutants.faults.places import (
    APP,
    COMMAND,
    COMMAND_TESTS,
    DOCUMENT,
    JOB_TESTS,
    LINK_TESTS,
    MOCK_DOCUMENT,
    MOCK_STREAM,
    MOCK_TESTS,
    SERVER,
    SERVICE,
)

OF_THE_SERVICE = [
    Fault(
        "a stop does not stop",
        SERVICE,
        "        self.finish(stream)\n        return stream",
        "        return stream",
        JOB_TESTS,
    ),
    Fault(
        "a second stop changes the date",
        SERVICE,
        '"stopped", {"queued", "in-progress"}, error',
        '"stopped", {"queued", "in-progress", "stopped"}, error',
        MOCK_TESTS,
    ),
    Fault("no stream is ever in progress", SERVICE, '"in-progress", {"queued"})', '"queued", {"queued"})', MOCK_TESTS),
    Fault(
        "a name is taken on all calls",
        SERVICE,
        "for stream in self._of_call(call_sid)):",
        "for stream in self._streams):",
        MOCK_TESTS,
    ),
    Fault(
        "a name is never free again",
        SERVICE,
        'any(stream.name == name and stream.status != "stopped" for',
        "any(stream.name == name for",
        MOCK_TESTS,
    ),
    Fault(
        "a name finds the stream that had it first",
        SERVICE,
        "return next((found[-1] for",
        "return next((found[0] for",
        MOCK_TESTS,
    ),
    Fault(
        "the end of a call leaves its streams running",
        SERVICE,
        "            self.finish(stream)\n\n    def tell",
        "            pass\n\n    def tell",
        MOCK_TESTS,
    ),
    Fault(
        "a date has no offset",
        MOCK_STREAM,
        "format_datetime(self.date_updated)",
        "format_datetime(self.date_updated.replace(tzinfo=None))",
        MOCK_TESTS,
    ),
    Fault(
        "the uri of a call with a question mark leads elsewhere",
        MOCK_STREAM,
        '(quote(part, safe="") for',
        "(part for",
        MOCK_TESTS,
    ),
    Fault(
        "the mock keeps parameters in the order sent",
        SERVICE,
        "indices = sorted(int(match[1]) for field in form if (match := _PARAMETER_NAME.fullmatch(field)))",
        "indices = [int(match[1]) for field in form if (match := _PARAMETER_NAME.fullmatch(field))]",
        MOCK_TESTS,
    ),
    Fault(
        "any token of a known project is taken",
        SERVICE,
        "return self._projects.get(project) == token",
        "return project in self._projects",
        MOCK_TESTS,
    ),
    Fault(
        "a fresh mock still knows which calls have ended",
        SERVICE,
        "            self._ended_calls.clear()\n",
        "",
        MOCK_TESTS,
    ),
]

OF_THE_APP = [
    Fault(
        "the credentials are not asked for",
        APP,
        'if scheme.lower() != "basic" or not self._service.is_token(project, token):',
        'if headers.get("authorization") and not self._service.is_token(project, token):',
        MOCK_TESTS,
    ),
    Fault("a bearer's credentials are taken", APP, 'if scheme.lower() != "basic" or not', "if not", MOCK_TESTS),
    Fault(
        "a 401 does not say how to authenticate",
        APP,
        '"Authentication failed.", challenge)',
        '"Authentication failed.")',
        MOCK_TESTS,
    ),
    Fault(
        "a 405 does not say what is allowed",
        APP,
        'is not allowed here.", allowed)',
        'is not allowed here.")',
        MOCK_TESTS,
    ),
    Fault(
        "another account's calls are served",
        APP,
        'if values["AccountSid"] != self._authenticated_project(headers):',
        "if not self._authenticated_project(headers):",
        MOCK_TESTS,
    ),
    Fault(
        "a body of JSON is read", APP, ".lower() != FORM:", '.lower() not in {FORM, "application/json"}:', MOCK_TESTS
    ),
    Fault(
        "a field may be given twice",
        APP,
        "    if len(form) < len(pairs):",
        "    if len(form) > len(pairs):",
        MOCK_TESTS,
    ),
    Fault(
        "the answer to a start is in progress already",
        APP,
        "        response = JSONResponse(stream.answer(self._base_path))\n        if is_new:\n            self.begin(stream)",
        "        if is_new:\n            self.begin(stream)\n        response = JSONResponse(stream.answer(self._base_path))",
        MOCK_TESTS,
    ),
    Fault(
        "a path is recorded decoded",
        APP,
        'path = scope["raw_path"].decode("ascii", "replace")',
        'path = scope["path"]',
        MOCK_TESTS,
    ),
    Fault(
        "recorded credentials are in a repr",
        APP,
        "headers: Mapping[str, str] = attrs.field(repr=False)",
        "headers: Mapping[str, str]",
        MOCK_TESTS,
    ),
    Fault("a .json behind the path is not dropped", MOCK_DOCUMENT, 'else r"(?:\\.json)?"', 'else ""', MOCK_TESTS),
    Fault(
        "the sid .. is let through by the mock",
        MOCK_DOCUMENT,
        'dots = {".", ".."} & set(values.values())',
        'dots = {"."} & set(values.values())',
        MOCK_TESTS,
    ),
    Fault(
        "a message of the mock shows a value",
        MOCK_DOCUMENT,
        'wanted = "one of " + ", ".join(map(str, allowed))',
        "wanted = f\"one of {', '.join(map(str, allowed))}, not {error.instance}\"",
        MOCK_TESTS,
    ),
    Fault(
        "the mock listens to the whole network", SERVER, 'listener.bind(("127.0.0.1",', 'listener.bind(("",', MOCK_TESTS
    ),
    Fault("the command ignores SIGTERM", COMMAND, "(signal.SIGINT, signal.SIGTERM)", "(signal.SIGINT,)", COMMAND_TESTS),
    Fault(
        "the command prints the token that it was given",
        COMMAND,
        "{'(as given)' if options.token else DEFAULT_TOKEN}",
        "{options.token or DEFAULT_TOKEN}",
        COMMAND_TESTS,
    ),
]

OF_THE_DOCUMENT = [
    Fault(
        "the document has a hundredth parameter",
        DOCUMENT,
        r"Parameter[1-9][0-9]?\.",
        r"Parameter([1-9][0-9]?|100)\.",
        MOCK_TESTS,
    ),
    Fault(
        "the document ends at parameter 98",
        DOCUMENT,
        r"Parameter[1-9][0-9]?\.",
        r"Parameter([1-9]|[1-8][0-9]|9[0-8])\.",
        MOCK_TESTS,
    ),
    Fault(
        "the document takes any track",
        DOCUMENT,
        "        Track:\n          $ref: '#/components/schemas/Track'",
        "        Track:\n          type: string",
        MOCK_TESTS,
    ),
    Fault(
        "the document has lost a track",
        DOCUMENT,
        "enum: [inbound_track, outbound_track, both_tracks]",
        "enum: [inbound_track, both_tracks]",
        MOCK_TESTS,
    ),
    Fault("the document does not require a URL", DOCUMENT, "required: [Url]", "required: []", MOCK_TESTS),
    Fault(
        "the document takes an empty name",
        DOCUMENT,
        "]+$'\n          examples: [my_first_stream]",
        "]*$'\n          examples: [my_first_stream]",
        MOCK_TESTS,
    ),
    Fault(
        "the document takes another status for a stop",
        DOCUMENT,
        "          const: stopped",
        "          enum: [stopped, completed]",
        MOCK_TESTS,
    ),
    Fault(
        "the document takes any field with a stop",
        DOCUMENT,
        "      additionalProperties: false",
        "      additionalProperties: true",
        MOCK_TESTS,
    ),
    Fault(
        "the document takes a URL with a query",
        DOCUMENT,
        r"|%[0-9A-Fa-f]{2})*)?$" + '"\n' + "          examples: ['wss://stream.example.com/audio']",
        r"|%[0-9A-Fa-f]{2})*)?(\\?.*)?$" + '"\n' + "          examples: ['wss://stream.example.com/audio']",
        MOCK_TESTS,
    ),
    Fault("the link by name gives the sid", DOCUMENT, "response.body#/name", "response.body#/sid", LINK_TESTS),
    Fault(
        "the link by sid leads nowhere", DOCUMENT, "Sid: $response.body#/sid", "Sid: $response.body#/uri", LINK_TESTS
    ),
]

FAULTS = [*OF_THE_SERVICE, *OF_THE_APP, *OF_THE_DOCUMENT]
