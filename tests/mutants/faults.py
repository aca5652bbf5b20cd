"""The faults: each a slip that a person could make, and that a user would feel. An edit that changes nothing is none."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    name: str
    file: str
    old: str
    """What the file has exactly once."""
    new: str
    tests: str
    """The folders or files of tests where it must be caught."""


DOCUMENT = "openapi/compat-calls-streams.yaml"
OVERLAY = "overrides/signalwire_streams"
ANSWERS = f"{OVERLAY}/_answers.py"
CHECKS = f"{OVERLAY}/_checks.py"
CLIENT = f"{OVERLAY}/_client.py"
COMPAT = f"{OVERLAY}/compat.py"
COMMAND = f"{OVERLAY}/cli/_mock.py"
DATES = f"{OVERLAY}/_dates.py"
ERRORS = f"{OVERLAY}/_errors.py"
PARAMETERS = f"{OVERLAY}/_parameters.py"
REQUESTS = f"{OVERLAY}/_requests.py"
SETTINGS = f"{OVERLAY}/_settings.py"
STREAM = f"{OVERLAY}/_stream.py"
TEXT = f"{OVERLAY}/_text.py"
APP = f"{OVERLAY}/mock/_app.py"
MOCK_DOCUMENT = f"{OVERLAY}/mock/_document.py"
SERVER = f"{OVERLAY}/mock/_server.py"
SERVICE = f"{OVERLAY}/mock/_service.py"
GENERATED = "generated/signalwire_streams_api"
STOP_CALL = f"{GENERATED}/api/streams/stop_stream.py"
START_FORM = f"{GENERATED}/models/start_stream_form.py"
STREAM_MODEL = f"{GENERATED}/models/stream.py"

UNIT = "tests/unit"
DATE_TESTS = "tests/unit/test_dates.py"
PARAMETER_TESTS = "tests/unit/test_parameters.py"
SETTING_TESTS = "tests/unit/test_settings.py"
ANSWER_TESTS = "tests/client/test_answers.py"
COMPAT_TESTS = "tests/client/test_compat.py"
HTTP_TESTS = "tests/client/test_http_client.py"
INPUT_TESTS = "tests/client/test_input.py"
JOB_TESTS = "tests/client/test_start_and_stop.py"
MOCK_TESTS = "tests/mock/test_mock.py"
COMMAND_TESTS = "tests/mock/test_command.py"

OF_PARAMETERS = [
    Fault(
        "the first parameter has the index 0",
        PARAMETERS,
        "for index, (name, value) in enumerate(pairs, start=1):",
        "for index, (name, value) in enumerate(pairs):",
        PARAMETER_TESTS,
    ),
    Fault(
        "a hundredth parameter is sent",
        PARAMETERS,
        "if len(pairs) > MAX_PARAMETERS:",
        "if len(pairs) > MAX_PARAMETERS + 1:",
        PARAMETER_TESTS,
    ),
    Fault(
        "the ninety-ninth parameter is refused",
        PARAMETERS,
        "if len(pairs) > MAX_PARAMETERS:",
        "if len(pairs) >= MAX_PARAMETERS:",
        PARAMETER_TESTS,
    ),
    Fault(
        "a parameter's name is sent as its value",
        PARAMETERS,
        '.Value"] = _value(value, index)',
        '.Value"] = _value(name, index)',
        PARAMETER_TESTS,
    ),
    Fault(
        "True is sent as 1",
        PARAMETERS,
        "if isinstance(value, int) and not isinstance(value, bool):",
        "if isinstance(value, int):",
        PARAMETER_TESTS,
    ),
    Fault(
        "a float that is not finite is sent",
        PARAMETERS,
        "if isinstance(value, float) and isfinite(value):",
        "if isinstance(value, float):",
        PARAMETER_TESTS,
    ),
    Fault(
        "a member of a text enumeration is sent by its Python name",
        PARAMETERS,
        "return str.__str__(text)",
        "return str(text)",
        PARAMETER_TESTS,
    ),
    Fault(
        "the cause of an error shows a parameter's value",
        PARAMETERS,
        "        ) from None",
        "        ) from error",
        PARAMETER_TESTS,
    ),
    Fault(
        "decoding sorts the indices as text, 10 before 2",
        PARAMETERS,
        "indices = sorted({index for index, _ in found})",
        "indices = sorted({index for index, _ in found}, key=str)",
        PARAMETER_TESTS,
    ),
    Fault(
        "decoding takes the last of a field given twice",
        PARAMETERS,
        "        if key in found:",
        "        if key in found and found[key] == text:",
        PARAMETER_TESTS,
    ),
    Fault(
        "a parameter with an empty value is not sent",
        REQUESTS,
        'content=urlencode(kwargs["data"]).encode(),',
        'content=urlencode({name: text for name, text in kwargs["data"].items() if text}).encode(),',
        JOB_TESTS,
    ),
    Fault(
        "the generated form loses the parameters",
        START_FORM,
        "        field_dict.update(self.additional_properties)\n",
        "",
        JOB_TESTS,
    ),
]

OF_DATES = [
    Fault(
        "an offset is added where it is to be taken off",
        DATES,
        "moment = local - shift +",
        "moment = local + shift +",
        DATE_TESTS,
    ),
    Fault("an offset is dropped", DATES, "moment = local - shift +", "moment = local +", DATE_TESTS),
    Fault(
        "the minutes of an offset to the west count to the east",
        DATES,
        'timedelta(hours=int(offset[1:3]), minutes=int(offset[3:])) * (-1 if offset[0] == "-" else 1)',
        "timedelta(hours=int(offset[:3]), minutes=int(offset[3:]))",
        DATE_TESTS,
    ),
    Fault("daylight saving time is forgotten in the east", DATES, '"edt": -4', '"edt": -5', DATE_TESTS),
    Fault("a zone that nobody knows is read as UTC", DATES, "|[a-ik-z]))", "|[a-z]+))", DATE_TESTS),
    Fault("the year 50 is 2050", DATES, "2000 if year < 50 else", "2000 if year <= 50 else", DATE_TESTS),
    Fault("a year of three digits counts from 2000", DATES, "        year += 1900", "        year += 2000", DATE_TESTS),
    Fault("a leap second is the second before it", DATES, " + timedelta(seconds=second // 60)", "", DATE_TESTS),
    Fault(
        "a weekday that is not the date's is taken",
        DATES,
        "if year < 1900 or (weekday is not None and weekday.lower() != _DAYS[local.weekday()]):",
        "if year < 1900:",
        DATE_TESTS,
    ),
    Fault("the first bracket ends all comments", DATES, "            depth -= 1", "            depth = 0", DATE_TESTS),
    Fault("a folded line is refused", DATES, r'r"(?:[ \t]|\r\n(?=[ \t]))+"', r'r"[ \t]+"', DATE_TESTS),
]

OF_CHECKS = [
    Fault("a stream over plain ws is let through", CHECKS, 'f"^wss://{_HOST}', 'f"^wss?://{_HOST}', INPUT_TESTS),
    Fault("a URL may end in a newline", CHECKS, "STREAM_URL.fullmatch(text)", "STREAM_URL.match(text)", INPUT_TESTS),
    Fault(
        "a token may end in a newline", CHECKS, "BEARER_TOKEN.fullmatch(text)", "BEARER_TOKEN.match(text)", INPUT_TESTS
    ),
    Fault("a name may end in a newline", CHECKS, "NAME.fullmatch(text)", "NAME.match(text)", INPUT_TESTS),
    Fault(
        "the credentials of a URL are shown",
        CHECKS,
        'InputError(argument, "holds credentials;',
        'InputError(argument, f"{text!r} holds credentials;',
        INPUT_TESTS,
    ),
    Fault("the sid .. reaches another endpoint", CHECKS, 'if text in {".", ".."}:', 'if text == ".":', INPUT_TESTS),
    Fault(
        "a call's SID may hold a slash", CHECKS, r'if "/" in text or "\\" in text:', r'if "\\" in text:', INPUT_TESTS
    ),
    Fault(
        "the method's capitals are not looked at",
        CHECKS,
        "if text not in choices:",
        "if text.lower() not in map(str.lower, choices):",
        INPUT_TESTS,
    ),
    Fault(
        "the track is not checked",
        REQUESTS,
        "return _checks.check_choice(keyword, value, TRACK_VALUES)",
        "return _checks.check_text(keyword, value)",
        INPUT_TESTS,
    ),
    Fault(
        "text of a server is shown with what a terminal obeys",
        TEXT,
        "char if char.isprintable() else",
        "char if char.isprintable() or char < ' ' else",
        ANSWER_TESTS,
    ),
]

OF_REQUESTS = [
    Fault(
        "the service's default is sent unasked",
        START_FORM,
        '    track: Track | Unset = UNSET\n    """',
        '    track: Track | Unset = "both_tracks"\n    """',
        JOB_TESTS,
    ),
    Fault(
        "None is sent as text",
        REQUESTS,
        "            if value is None:\n                continue",
        '            if value is None:\n                value = "None"',
        JOB_TESTS,
    ),
    Fault(
        "the bearer token is lost on the way",
        START_FORM,
        "        if authorization_bearer_token is not UNSET:",
        "        if authorization_bearer_token is UNSET:",
        JOB_TESTS,
    ),
    Fault(
        "a name with a slash is not quoted",
        STOP_CALL,
        'sid=quote(str(sid), safe=""),\n        ),',
        "sid=quote(str(sid)),\n        ),",
        JOB_TESTS,
    ),
    Fault(
        "a keyword that does not exist is passed over",
        REQUESTS,
        "                raise TypeError(f\"start_stream has no keyword {keyword!r}; it has {', '.join(START_KEYWORDS)}\")",
        "                continue",
        INPUT_TESTS,
    ),
    Fault(
        "credentials are in the alphabet of URLs",
        REQUESTS,
        "from base64 import b64encode",
        "from base64 import urlsafe_b64encode as b64encode",
        JOB_TESTS,
    ),
    Fault(
        "a token of other than Latin letters cannot be sent",
        REQUESTS,
        '{settings.token}".encode())',
        '{settings.token}".encode("latin-1"))',
        JOB_TESTS,
    ),
    Fault(
        "JSON is not asked for",
        REQUESTS,
        '            "Accept": "application/json",\n',
        "",
        JOB_TESTS,
    ),
]

OF_SETTINGS = [
    Fault(
        "cleartext reaches a host that only looks like loopback",
        SETTINGS,
        'return ipaddress.ip_address(name.strip("[]")).is_loopback',
        'return name.startswith(("127.", "[::1]"))',
        SETTING_TESTS,
    ),
    Fault(
        "cleartext reaches a private address",
        SETTINGS,
        ".is_loopback",
        ".is_private",
        SETTING_TESTS,
    ),
    Fault(
        "an empty argument is replaced from the environment",
        SETTINGS,
        "    if value is None:\n        for",
        "    if not value:\n        for",
        SETTING_TESTS,
    ),
    Fault(
        "the older name of the space wins",
        SETTINGS,
        '("SIGNALWIRE_SPACE", "SIGNALWIRE_SPACE_URL")',
        '("SIGNALWIRE_SPACE_URL", "SIGNALWIRE_SPACE")',
        SETTING_TESTS,
    ),
    Fault(
        "the token is in the repr of the settings",
        SETTINGS,
        "token: str = attrs.field(repr=False)",
        "token: str = attrs.field()",
        SETTING_TESTS,
    ),
    Fault(
        "a project with a colon gives part of itself to the token",
        SETTINGS,
        'if ":" in project or "/" in project',
        'if "/" in project',
        SETTING_TESTS,
    ),
    Fault(
        "a gateway with a port is taken for a space",
        SETTINGS,
        'is None and not port and "." not in name',
        'is None and "." not in name',
        SETTING_TESTS,
    ),
]

OF_CLIENTS = [
    Fault("redirects are followed", CLIENT, '"follow_redirects": False', '"follow_redirects": True', HTTP_TESTS),
    Fault(
        "the credentials of the user's own client are sent",
        CLIENT,
        '{"auth": None, "follow_redirects": False}',
        '{"follow_redirects": False}',
        HTTP_TESTS,
    ),
    Fault(
        "the async client has no time-out",
        CLIENT,
        "httpx.AsyncClient(transport=transport, timeout=DEFAULT_TIMEOUT)",
        "httpx.AsyncClient(transport=transport, timeout=None)",
        HTTP_TESTS,
    ),
    Fault(
        "a time-out that is given is not used",
        CLIENT,
        "httpx.USE_CLIENT_DEFAULT if self._timeout is None else self._timeout",
        "httpx.USE_CLIENT_DEFAULT",
        HTTP_TESTS,
    ),
    Fault(
        "the user's own client is closed",
        CLIENT,
        "        if self._owns_http:\n            self._http.close()",
        "        self._http.close()",
        HTTP_TESTS,
    ),
    Fault(
        "our own async connections stay open",
        CLIENT,
        "            await self._http.aclose()",
        "            pass",
        HTTP_TESTS,
    ),
    Fault(
        "a block that fails leaves its stream running",
        CLIENT,
        "                self._stop_if_there(call_sid, stream)\n            except",
        "                pass\n            except",
        JOB_TESTS,
    ),
    Fault(
        "Ctrl-C in an async block leaves its stream running",
        CLIENT,
        "        except BaseException as first:\n            try:\n                await",
        "        except Exception as first:\n            try:\n                await",
        JOB_TESTS,
    ),
    Fault(
        "a failing stop hides the exception of the block",
        CLIENT,
        "                await self._stop_if_there(call_sid, stream)\n            except StreamsError as second:",
        "                await self._stop_if_there(call_sid, stream)\n            except NotFoundError as second:",
        ANSWER_TESTS,
    ),
    Fault(
        "a stream that is gone when its block ends is an error",
        CLIENT,
        "        with suppress(NotFoundError):\n            self.stop_stream",
        "        with suppress(TimeoutError):\n            self.stop_stream",
        ANSWER_TESTS,
    ),
    Fault(
        "a block stops whatever has its stream's name by then",
        CLIENT,
        "            self.stop_stream(call_sid, stream.sid)\n\n    def _send",
        "            self.stop_stream(call_sid, stream.name)\n\n    def _send",
        JOB_TESTS,
    ),
]

OF_ANSWERS = [
    Fault("a 201 is no success", ANSWERS, "if not response.is_success:", "if status != 200:", ANSWER_TESTS),
    Fault(
        "a status that is newer than the package is fatal",
        STREAM,
        "    status: str = attrs.field(validator=instance_of(str))",
        '    status: str = attrs.field(validator=attrs.validators.in_(["queued", "in-progress", "stopped"]))',
        ANSWER_TESTS,
    ),
    Fault(
        "fields that the document does not have are dropped",
        STREAM,
        "raw=answer,",
        "raw={name: answer[name] for name in answer if name not in model.additional_properties},",
        ANSWER_TESTS,
    ),
    Fault(
        "the account is taken for the call",
        STREAM,
        "account_sid=model.account_sid,\n            call_sid=model.call_sid,",
        "account_sid=model.call_sid,\n            call_sid=model.account_sid,",
        JOB_TESTS,
    ),
    Fault(
        "a stream without a name passes for one",
        STREAM_MODEL,
        'name = d.pop("name")',
        'name = d.pop("name", "")',
        ANSWER_TESTS,
    ),
    Fault(
        "a code that is sent as text is lost",
        ANSWERS,
        "        code = int(code)",
        "        code = None",
        ANSWER_TESTS,
    ),
    Fault(
        "a code of true counts as 1",
        ANSWERS,
        "if not isinstance(code, int) or isinstance(code, bool):",
        "if not isinstance(code, int):",
        ANSWER_TESTS,
    ),
    Fault(
        "an error of endless brackets is one of Python",
        ANSWERS,
        "    except (ValueError, RecursionError):\n        body = None",
        "    except ValueError:\n        body = None",
        ANSWER_TESTS,
    ),
    Fault("the headers of an error are lost", ANSWERS, "headers=response.headers,", "headers={},", ANSWER_TESTS),
    Fault(
        "a time-out is no time-out",
        ANSWERS,
        "if isinstance(error, httpx.TimeoutException):",
        "if isinstance(error, httpx.ConnectTimeout):",
        ANSWER_TESTS,
    ),
    Fault(
        "a 500 is the caller's mistake",
        ERRORS,
        "ServerError if status >= 500",
        "ServerError if status > 500",
        ANSWER_TESTS,
    ),
    Fault(
        "an error's status beats its code",
        ERRORS,
        "    if code in _BY_CODE:",
        "    if code in _BY_CODE and status not in _BY_STATUS and status != 400:",
        ANSWER_TESTS,
    ),
    Fault(
        "a server's message is shown in full",
        ERRORS,
        "            message = shown(self.message)",
        "            message = self.message",
        ANSWER_TESTS,
    ),
]

OF_COMPAT = [
    Fault(
        "compat takes any status for a stop",
        COMPAT,
        '        if Status != "stopped":',
        "        if not Status:",
        COMPAT_TESTS,
    ),
    Fault(
        "compat passes over a field that the API does not have",
        COMPAT,
        "            else:\n                raise InputError(",
        "            elif not field:\n                raise InputError(",
        COMPAT_TESTS,
    ),
    Fault("compat drops the time-out", COMPAT, "host, timeout=timeout,", "host,", COMPAT_TESTS),
    Fault("compat drops the user's own client", COMPAT, "timeout, http_client=http_client)", "timeout)", COMPAT_TESTS),
    Fault("compat leaves its connections open", COMPAT, "        self._client.close()", "        pass", COMPAT_TESTS),
]

OF_THE_SERVICE = [
    Fault(
        "a stop does not stop",
        SERVICE,
        '            if stream.status != "stopped":\n                stream.move_to("stopped")\n            return stream',
        "            return stream",
        JOB_TESTS,
    ),
    Fault(
        "a second stop changes the date",
        SERVICE,
        '            if stream.status != "stopped":\n                stream.move_to("stopped")\n            return stream',
        '            stream.move_to("stopped")\n            return stream',
        MOCK_TESTS,
    ),
    Fault("no stream is ever in progress", SERVICE, 'stream.move_to("in-progress")', "pass", MOCK_TESTS),
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
        '                if stream.status != "stopped":\n                    stream.move_to("stopped")\n',
        "                pass\n",
        MOCK_TESTS,
    ),
    Fault(
        "a date has no offset",
        SERVICE,
        "format_datetime(self.date_updated)",
        "format_datetime(self.date_updated.replace(tzinfo=None))",
        MOCK_TESTS,
    ),
    Fault(
        "the uri of a call with a question mark leads elsewhere",
        SERVICE,
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
        "            response = JSONResponse(stream.answer(self._base_path))\n            self._service.connect(stream)",
        "            self._service.connect(stream)\n            response = JSONResponse(stream.answer(self._base_path))",
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
        "{DEFAULT_TOKEN if options.token is None else '(as given)'}",
        "{token}",
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
]

FAULTS = [
    *OF_PARAMETERS,
    *OF_DATES,
    *OF_CHECKS,
    *OF_REQUESTS,
    *OF_SETTINGS,
    *OF_CLIENTS,
    *OF_ANSWERS,
    *OF_COMPAT,
    *OF_THE_SERVICE,
    *OF_THE_APP,
    *OF_THE_DOCUMENT,
]
