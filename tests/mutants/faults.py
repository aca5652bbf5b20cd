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
    """Where it must be caught: folders or files of tests, or single tests of a file that is slow."""


DOCUMENT = "openapi/compat-calls-streams.yaml"
OVERLAY = "overrides/signalwire_streams"
ANSWERS = f"{OVERLAY}/_answers.py"
ASYNC_CLIENT = f"{OVERLAY}/_async_client.py"
BASE = f"{OVERLAY}/_base.py"
HTTP = f"{OVERLAY}/_http.py"
SENDERS = f"{OVERLAY}/_senders.py"
ASYNC_CHOICE = f"{OVERLAY}/_async_choice.py"
AIOHTTP = f"{OVERLAY}/_aiohttp.py"
POOLS = f"{OVERLAY}/_pools.py"
ASYNC_POOLS = f"{OVERLAY}/_async_pools.py"
IDLE = f"{OVERLAY}/_idle.py"
CHOICE = f"{OVERLAY}/_choice.py"
INCOMING = f"{OVERLAY}/_incoming.py"
CHECKS = f"{OVERLAY}/_checks.py"
CLIENT = f"{OVERLAY}/_client.py"
COMPAT = f"{OVERLAY}/compat.py"
COMMAND = f"{OVERLAY}/cli/_mock.py"
DATES = f"{OVERLAY}/_dates.py"
ERRORS = f"{OVERLAY}/_errors.py"
EXCHANGE = f"{OVERLAY}/_exchange.py"
PARAMETERS = f"{OVERLAY}/_parameters.py"
REQUESTS = f"{OVERLAY}/_requests.py"
RETRY = f"{OVERLAY}/_retry.py"
SETTINGS = f"{OVERLAY}/_settings.py"
STREAM = f"{OVERLAY}/_stream.py"
TEXT = f"{OVERLAY}/_text.py"
APP = f"{OVERLAY}/mock/_app.py"
MOCK_DOCUMENT = f"{OVERLAY}/mock/_document.py"
SERVER = f"{OVERLAY}/mock/_server.py"
SERVICE = f"{OVERLAY}/mock/_service.py"
MEDIA = f"{OVERLAY}/media"
AUDIO = f"{OVERLAY}/mock/_audio.py"
BUILD = f"{MEDIA}/_build.py"
MEDIA_MESSAGES = f"{MEDIA}/_messages.py"
NUMBERS = f"{MEDIA}/_numbers.py"
PARSE = f"{MEDIA}/_parse.py"
SESSION = f"{OVERLAY}/mock/_session.py"
TIMELINE = f"{MEDIA}/_timeline.py"
MEDIA_AUDIO = f"{MEDIA}/_audio.py"
MEDIA_SESSION = f"{MEDIA}/_session.py"
WAV = f"{MEDIA}/_wav.py"
CALLBACK_EVENT = f"{OVERLAY}/callbacks/_event.py"
CALLBACK_FIELDS = f"{OVERLAY}/callbacks/_fields.py"
CALLBACK_SIGNATURE = f"{OVERLAY}/callbacks/_signature.py"
CALLBACK_URL = f"{OVERLAY}/callbacks/_url.py"
CLI = f"{OVERLAY}/cli/__init__.py"
CLI_INTERRUPTS = f"{OVERLAY}/cli/_interrupts.py"
CLI_OUTPUT = f"{OVERLAY}/cli/_output.py"
CLI_SERVICE = f"{OVERLAY}/cli/_service.py"
CLI_START = f"{OVERLAY}/cli/_start.py"
CLI_STOP = f"{OVERLAY}/cli/_stop.py"
CLI_LISTEN = f"{OVERLAY}/cli/_listen.py"
LISTEN_EVENTS = f"{OVERLAY}/cli/_listen_events.py"
LISTEN_OUTPUT = f"{OVERLAY}/cli/_listen_output.py"
LISTEN_RUN = f"{OVERLAY}/cli/_listen_run.py"
LISTEN_SCREEN = f"{OVERLAY}/cli/_listen_screen.py"
LISTEN_WAV = f"{OVERLAY}/cli/_listen_wav.py"
PLUGIN = f"{OVERLAY}/pytest_plugin/__init__.py"
SERVING = f"{OVERLAY}/pytest_plugin/_serving.py"
LEVELS = f"{OVERLAY}/receiver/_levels.py"
ARRIVALS = f"{OVERLAY}/receiver/_arrivals.py"
BEARER = f"{OVERLAY}/receiver/_bearer.py"
RECEIVER = f"{OVERLAY}/receiver/_server.py"
RECEIVED_STREAM = f"{OVERLAY}/receiver/_stream.py"
GENERATED = "generated/signalwire_streams_api"
STOP_CALL = f"{GENERATED}/api/streams/stop_stream.py"
START_FORM = f"{GENERATED}/models/start_stream_form.py"
STREAM_MODEL = f"{GENERATED}/models/stream.py"

PROJECT = "pyproject.toml"
CONTENT_TESTS = "tests/package/test_contents.py"
NAME_TESTS = "tests/unit/test_public_names.py"
TYPE_TESTS = "tests/package/test_types.py::test_mypy_takes_good_use_of_the_installed_wheel_and_refuses_each_misuse"
WHEEL_TESTS = "tests/package/test_wheel.py"
DATE_TESTS = "tests/unit/test_dates.py"
PARAMETER_TESTS = "tests/unit/test_parameters.py"
RETRY_TESTS = "tests/unit/test_retry.py"
SETTING_TESTS = "tests/unit/test_settings.py"
ANSWER_TESTS = "tests/client/test_answers.py"
COMPAT_TESTS = "tests/client/test_compat.py"
CONNECTION_TESTS = "tests/client/test_connections.py"
CONCURRENCY_TESTS = "tests/client/test_concurrency.py"
FAULT_TESTS = "tests/client/test_faults.py"
HTTP_TESTS = "tests/client/test_http_client.py"
TABLE_TESTS = "tests/docs/test_tables.py"
RETRY_TABLE_TESTS = "tests/docs/test_table_of_retries.py"
HIERARCHY_TESTS = "tests/unit/test_error_hierarchy.py"
TELEMETRY_TESTS = "tests/client/test_telemetry.py"
HEADER_TESTS = "tests/client/test_response_headers.py"
INPUT_TESTS = "tests/client/test_input.py"
INTERRUPTION_TESTS = "tests/client/test_interrupted.py"
JOB_TESTS = "tests/client/test_start_and_stop.py"
SECRET_TESTS = "tests/client/test_secrets.py"
TLS_TESTS = "tests/client/test_tls.py"
MOCK_TESTS = "tests/mock/test_mock.py"
COMMAND_TESTS = "tests/mock/test_command.py"
DOCUMENT_TESTS = "tests/contract/test_document.py"
AGREEMENT_TESTS = "tests/media/test_agreement.py"
AUDIO_TESTS = "tests/media/test_audio.py"
BUILD_TESTS = "tests/media/test_build.py"
PARSE_TESTS = "tests/media/test_parse.py"
SESSION_TESTS = "tests/media/test_session.py"
WAV_TESTS = "tests/media/test_wav.py"
SIGNATURE_TESTS = "tests/callbacks/test_signature.py"
EVENT_TESTS = "tests/callbacks/test_status_callback.py"
START_STOP_TESTS = "tests/cli/test_start_stop.py"
LISTEN_TESTS = "tests/cli/test_listen.py"
FIXTURE_TESTS = "tests/plugin/test_fixtures.py"
RECEIVER_TESTS = "tests/plugin/test_receiver.py"
MOCK_CALLBACKS = f"{OVERLAY}/mock/_callbacks.py"
CONNECTION = f"{OVERLAY}/mock/_connection.py"
MESSAGES = f"{OVERLAY}/mock/_messages.py"
MOCK_STREAM = f"{OVERLAY}/mock/_stream.py"
ROUTES = f"{OVERLAY}/mock/_routes.py"
RUNNER = f"{OVERLAY}/mock/_runner.py"
STEERING = f"{OVERLAY}/mock/_steering.py"
THREAD = f"{OVERLAY}/mock/_thread.py"
WAITING = f"{OVERLAY}/mock/_waiting.py"
STREAMING_TESTS = "tests/mock/test_streaming.py"
FAILURE_TESTS = "tests/mock/test_stream_failures.py"
MOCK_CALLBACK_TESTS = "tests/mock/test_mock_callbacks.py"
STEERING_TESTS = "tests/mock/test_steering.py"
ROUTE_TESTS = "tests/mock/test_routes.py"
MOCK_AUDIO_TESTS = "tests/mock/test_audio.py"
API_PAGES = "docs/extensions/api_reference.py"
HTTP_REFERENCE = "docs/extensions/http_reference.py"
PAGE_TESTS = "tests/docs/test_blocks.py"
SERVER_TESTS = "tests/docs/test_servers.py"
SITE = "tests/docs/test_site.py"
SITE_LINKS = f"{SITE}::test_each_link_leads_to_a_page_and_a_place_on_it"
SITE_LOADS = f"{SITE}::test_nothing_that_a_page_loads_is_elsewhere"
SITE_NAMES = f"{SITE}::test_each_public_name_is_in_the_reference"
SITE_HTTP = f"{SITE}::test_the_http_reference_has_each_operation_field_status_and_code"
SITE_MESSAGES = f"{SITE}::test_the_websocket_reference_has_each_message_with_an_example"


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
        'content=_form(kwargs["data"]),',
        'content=_form({name: text for name, text in kwargs["data"].items() if text}),',
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
    Fault(
        "the sid .. reaches another endpoint",
        CHECKS,
        'if {".", ".."} & set(re.split(',
        'if {"."} & set(re.split(',
        INPUT_TESTS,
    ),
    Fault("a name with .. inside is let through", CHECKS, r'set(re.split(r"[/\\]", text))', "{text}", INPUT_TESTS),
    Fault(
        "a name with .. behind a backslash is let through",
        CHECKS,
        r're.split(r"[/\\]", text)',
        're.split("/", text)',
        INPUT_TESTS,
    ),
    Fault("a name may end in .json", CHECKS, 'if text.endswith(".json"):', 'if text == ".json":', INPUT_TESTS),
    Fault("a call's SID may hold a slash", CHECKS, r're.compile(r"^[^/\\\x00', r're.compile(r"^[^\\\x00', INPUT_TESTS),
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
        '{token}".encode())',
        '{token}".encode("latin-1"))',
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
        "    if given.value is None:\n        for",
        "    if not given.value:\n        for",
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
        'return "Secret(…)"',
        'return f"Secret({self.value!r})"',
        SETTING_TESTS,
    ),
    Fault(
        "a project with a colon gives part of itself to the token",
        SETTINGS,
        'if ":" in project_id or "/" in project_id',
        'if "/" in project_id',
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

OF_WHAT_IS_TOLD = [
    Fault(
        "the page promises another start",
        "docs/errors.md",
        "| 503 without | `ServerError` |",
        "| 503 without | again |",
        RETRY_TABLE_TESTS,
    ),
    Fault(
        "the page forgets a keyword",
        "docs/parameters.md",
        "| `authorization_bearer_token` |",
        "| bearer token |",
        TABLE_TESTS,
    ),
    Fault(
        "the page forgets an error",
        "docs/errors.md",
        "`RateLimitError`, `ServerError` | 429",
        "`ServerError` | 429",
        HIERARCHY_TESTS,
    ),
    Fault(
        "an error is drawn in the wrong place",
        ERRORS,
        "    │   │   └── CallStateError  ",
        "    │   ├── CallStateError      ",
        HIERARCHY_TESTS,
    ),
    Fault(
        "an error is not public",
        "overrides/signalwire_streams/_public.py",
        '    "ClientStateError",\n',
        "",
        HIERARCHY_TESTS,
    ),
]

OF_OBSERVABILITY = [
    Fault(
        "no span, for a wrapper is equal to what it wraps",
        AIOHTTP,
        "is not _BY_TRANSPORT",
        "!= _BY_TRANSPORT",
        TELEMETRY_TESTS,
    ),
    Fault("what stands in for a pool is not seen", AIOHTTP, "is not _BY_POOL", "is None", HTTP_TESTS),
    Fault(
        "a stream has no headers", ANSWERS, "from_answer(fields, answer.headers)", "from_answer(fields)", HEADER_TESTS
    ),
    Fault(
        "a stream's headers are shown",
        STREAM,
        "factory=httpx.Headers, repr=False, ",
        "factory=httpx.Headers, ",
        HEADER_TESTS,
    ),
    Fault(
        "streams differ by their headers",
        STREAM,
        "factory=httpx.Headers, repr=False, eq=False",
        "factory=httpx.Headers, repr=False",
        HEADER_TESTS,
    ),
    Fault("a stream cannot be made without headers", STREAM, "factory=httpx.Headers, repr", "repr", HEADER_TESTS),
    Fault(
        "the mock forgets what its answers are to have", APP, "response.headers.update(self", "dict(self", HEADER_TESTS
    ),
    Fault("a reset of the mock leaves the headers", STEERING, "self._app.answer_headers.clear()", "pass", HEADER_TESTS),
    Fault("an unknown outcome has no headers", ERRORS, '"more_info", "headers")}', '"more_info")}', HEADER_TESTS),
    Fault(
        "an unexpected answer's headers are lost",
        ANSWERS,
        "            headers=answer.headers,\n            transient=answer.cut",
        "            transient=answer.cut",
        HEADER_TESTS,
    ),
    Fault(
        "a refusal's headers are lost",
        ANSWERS,
        "        headers=answer.headers,\n        transient=status",
        "        transient=status",
        HEADER_TESTS,
    ),
]

OF_CONNECTIONS = [
    Fault("aiohttp is never used", ASYNC_CHOICE, 'find_spec("aiohttp") is None', "True", CONNECTION_TESTS),
    Fault("aiohttp goes round what stands in for httpx", AIOHTTP, "_is_watched() or ", "", HTTP_TESTS),
    Fault("aiohttp is used under trio", AIOHTTP, " or not _in_asyncio()", "", INTERRUPTION_TESTS),
    Fault(
        "a connection that aiohttp lost counts as never made",
        AIOHTTP,
        "except aiohttp.ClientConnectorError as",
        "except aiohttp.ClientConnectionError as",
        FAULT_TESTS,
    ),
    Fault("aiohttp follows redirects", AIOHTTP, "allow_redirects=False", "allow_redirects=True", CONNECTION_TESTS),
    Fault("aiohttp unpacks what it should not", AIOHTTP, "auto_decompress=False", "auto_decompress=True", FAULT_TESTS),
    Fault(
        "aiohttp sends on a connection that was closed while the loop slept",
        AIOHTTP,
        "            await asyncio.sleep(0)\n            await asyncio.sleep(0)",
        "            pass",
        CONNECTION_TESTS,
    ),
    Fault(
        "the proxy of the environment is not asked",
        HTTP,
        'bool(getproxies().keys() - {"no"})',
        "False",
        CONNECTION_TESTS,
    ),
    Fault(
        "a connection serves a single call",
        IDLE,
        "            if self._idle:",
        "            if False:",
        CONNECTION_TESTS,
    ),
    Fault(
        "what a burst leaves open stays open",
        IDLE,
        "self._idle[0][0] + self._expiry >=",
        "True or 0 >=",
        CONNECTION_TESTS,
    ),
    Fault(
        "a sync call that fails keeps its connection",
        POOLS,
        "            self.release(transport)\n            raise",
        "            raise",
        CONNECTION_TESTS,
    ),
    Fault(
        "an async call that fails keeps its connection",
        ASYNC_POOLS,
        "            await self.release(transport)\n            raise",
        "            raise",
        CONNECTION_TESTS,
    ),
    Fault(
        "a sync call that waited for a connection counts as one that was sent",
        POOLS,
        "raise httpx.PoolTimeout(",
        "raise httpx.ReadTimeout(",
        CONNECTION_TESTS,
    ),
    Fault(
        "an async call that waited for a connection counts as one that was sent",
        ASYNC_POOLS,
        "raise httpx.PoolTimeout(",
        "raise httpx.ReadTimeout(",
        CONNECTION_TESTS,
    ),
    Fault(
        "threads open as many connections as they like",
        POOLS,
        "threading.Semaphore(limits.max_connections or 100)",
        "threading.Semaphore(1000)",
        CONNECTION_TESTS,
    ),
]

OF_CLIENTS = [
    Fault("redirects are followed", HTTP, '"follow_redirects": False', '"follow_redirects": True', HTTP_TESTS),
    Fault("the credentials of the user's own client are sent", HTTP, '"auth": None, ', "", HTTP_TESTS),
    Fault(
        "our own client has no time-out", CHOICE, "timeout=DEFAULT_TIMEOUT, limits", "timeout=None, limits", HTTP_TESTS
    ),
    Fault(
        "a time-out that is given is not used",
        BASE,
        "call.timeout or self._timeout or default",
        "call.timeout or default",
        HTTP_TESTS,
    ),
    Fault(
        "a time-out that is given with a call is not used",
        BASE,
        "call.timeout or self._timeout or default",
        "self._timeout or default",
        f"{FAULT_TESTS}::test_a_call_can_have_a_policy_and_a_time_out_of_its_own",
    ),
    Fault(
        "a policy that is given with a call is not used",
        BASE,
        "call.retry or self._retry",
        "self._retry",
        f"{FAULT_TESTS}::test_a_call_can_have_a_policy_and_a_time_out_of_its_own",
    ),
    Fault(
        "a proxy of the environment sees the token in cleartext",
        HTTP,
        'return not base_url.startswith("http:")',
        "return True",
        HTTP_TESTS,
    ),
    Fault(
        "an async client opens as many connections as it has calls",
        HTTP,
        "max_connections=250",
        "max_connections=1000",
        f"{CONCURRENCY_TESTS}::test_500_tasks_share_a_client",
    ),
    Fault(
        "a closed client sends, or fails with an error of httpx",
        BASE,
        "        if self._closed:",
        "        if default is None:",
        f"{INTERRUPTION_TESTS}::test_a_closed_client_says_that_it_is_closed",
    ),
    Fault(
        "another event loop is accepted",
        ASYNC_CLIENT,
        "elif self._loop is not loop:",
        "elif loop.is_closed():",
        f"{INTERRUPTION_TESTS}::test_a_second_event_loop_is_told_that_the_client_belongs_to_the_first",
    ),
    Fault(
        "the user's own client is closed",
        CLIENT,
        "        if self._owns_http:\n            self._sender.close()",
        "        self._sender.close()",
        HTTP_TESTS,
    ),
    Fault(
        "our own async connections stay open",
        ASYNC_CLIENT,
        "            await self._sender.aclose()",
        "            pass",
        HTTP_TESTS,
    ),
    Fault(
        "a block that fails leaves its stream running",
        CLIENT,
        "            yield stream\n        except BaseException as first:\n            self._stop_after(first, call_sid, stream.sid)",
        "            yield stream\n        except BaseException:\n            pass",
        JOB_TESTS,
    ),
    Fault(
        "Ctrl-C in an async block leaves its stream running",
        ASYNC_CLIENT,
        "            yield stream\n        except BaseException as first:",
        "            yield stream\n        except Exception as first:",
        JOB_TESTS,
    ),
    Fault(
        "a failing stop hides the exception of the block",
        ASYNC_CLIENT,
        "            except StreamsError as second:",
        "            except ClientStateError as second:",
        ANSWER_TESTS,
    ),
    Fault(
        "a stream that is gone when its block ends is an error",
        CLIENT,
        "            with suppress(*GONE):",
        "            with suppress(TimeoutError):",
        ANSWER_TESTS,
    ),
    Fault(
        "a call that has ended when its block ends is an error",
        BASE,
        "GONE = (NotFoundError, CallStateError)",
        "GONE = (NotFoundError,)",
        ANSWER_TESTS,
    ),
    Fault(
        "a block stops whatever has its stream's name by then",
        CLIENT,
        "                self.stop_stream(call_sid, stream.sid)",
        "                self.stop_stream(call_sid, stream.name)",
        JOB_TESTS,
    ),
    Fault(
        "a block whose start is of unknown outcome stops nothing",
        CLIENT,
        "(isinstance(first, OutcomeUnknownError) or not isinstance(first, Exception))",
        "not isinstance(first, Exception)",
        f"{INTERRUPTION_TESTS}::test_a_block_whose_start_has_an_unknown_outcome_is_stopped_by_its_name",
    ),
    Fault(
        "a block whose start is cancelled stops nothing",
        ASYNC_CLIENT,
        "(isinstance(first, OutcomeUnknownError) or not isinstance(first, Exception))",
        "isinstance(first, OutcomeUnknownError)",
        f"{INTERRUPTION_TESTS}::test_a_cancelled_start_of_a_block_is_stopped_by_its_name",
    ),
    Fault(
        "a block whose start was refused stops another's stream",
        CLIENT,
        "if name is not None and (isinstance(first, OutcomeUnknownError) or not isinstance(first, Exception)):",
        "if name is not None:",
        f"{INTERRUPTION_TESTS}::test_a_block_whose_start_was_refused_stops_nothing",
    ),
    Fault(
        "a second cancellation leaves the stream running",
        ASYNC_CLIENT,
        "            await asyncio.shield(task)",
        "            await task",
        f"{INTERRUPTION_TESTS}::test_a_second_cancellation_does_not_keep_the_stream_from_being_stopped",
    ),
    Fault(
        "a cancellation while a stream is stopped is forgotten",
        ASYNC_CLIENT,
        "        this.uncancel()\n        this.cancel()\n",
        "        this.uncancel()\n",
        f"{INTERRUPTION_TESTS}::test_a_cancellation_while_the_stop_is_under_way_comes_after_it[ZeroDivisionError]",
    ),
]

OF_RETRIES = [
    Fault(
        "a start whose answer was lost is sent again",
        RETRY,
        "error._transient and not error._maybe_done and (",
        "error._transient and (",
        RETRY_TESTS,
    ),
    Fault(
        "a start is sent again after a 503 that does not ask for it",
        RETRY,
        'error.status == 503 and error.headers is not None and "Retry-After" in error.headers',
        "error.status == 503",
        RETRY_TESTS,
    ),
    Fault(
        "a start that was refused for now is not sent again",
        RETRY,
        "(error.status in {None, 429} or asked)",
        "error.status is None",
        RETRY_TESTS,
    ),
    Fault(
        "a stop is sent again as seldom as a start",
        EXCHANGE,
        "may_repeat_start if request.is_start else may_repeat_stop",
        "may_repeat_start",
        f"{FAULT_TESTS}::test_a_stop_is_repeated_on_anything_that_may_pass",
    ),
    Fault("a Retry-After is not looked at", RETRY, "asked = retry_after(error, now)", "asked = None", RETRY_TESTS),
    Fault(
        "a Retry-After of an hour is waited for",
        RETRY,
        "wait = min(asked, self.max_retry_after)",
        "wait = asked",
        RETRY_TESTS,
    ),
    Fault(
        "a Retry-After of the past is a negative wait", RETRY, "return max(0.0, (", "return max(-60.0, (", RETRY_TESTS
    ),
    Fault("all clients come again at the same time", RETRY, "wait = random * min(", "wait = min(", RETRY_TESTS),
    Fault("waits double without end", RETRY, "min(self.max_backoff, self", "max(0.0, self", RETRY_TESTS),
    Fault("there is an attempt too many", RETRY, "attempt >= self.attempts", "attempt > self.attempts", RETRY_TESTS),
    Fault(
        "a wait goes on past the deadline",
        RETRY,
        "return wait if wait < remaining else None",
        "return min(wait, remaining)",
        RETRY_TESTS,
    ),
    Fault(
        "a certificate that was refused is asked for again",
        ANSWERS,
        "isinstance(each, ssl.SSLCertVerificationError)",
        "False and each",
        TLS_TESTS,
    ),
    Fault(
        "a start that never left is of unknown outcome",
        ANSWERS,
        "maybe_done=not isinstance(error, _NEVER_SENT),",
        "maybe_done=True,",
        f"{FAULT_TESTS}::test_a_start_is_repeated_until_a_connection_is_made",
    ),
    Fault(
        "a start whose connection was lost is taken for one that failed",
        ANSWERS,
        "maybe_done=not isinstance(error, _NEVER_SENT),",
        "maybe_done=False,",
        f"{FAULT_TESTS}::test_a_start_that_may_have_worked_is_never_repeated",
    ),
    Fault(
        "a start that a gateway answers with 502 is taken for one that failed",
        ANSWERS,
        "maybe_done=status >= 500 and status != 503,",
        "maybe_done=status in {500, 504},",
        f"{FAULT_TESTS}::test_a_start_that_meets_the_fault_says_whether_a_stream_may_be_running",
    ),
    Fault(
        "an unreadable answer to a start is taken for a failure",
        ANSWERS,
        "maybe_done=200 <= status < 300,",
        "maybe_done=False,",
        f"{FAULT_TESTS}::test_a_start_that_meets_the_fault_says_whether_a_stream_may_be_running",
    ),
    Fault(
        "an error of unknown outcome names the wrong stream",
        ERRORS,
        "stop_stream({self.call_sid!r}, {self.name!r})",
        "stop_stream({self.name!r}, {self.call_sid!r})",
        f"{FAULT_TESTS}::test_a_start_that_meets_the_fault_says_whether_a_stream_may_be_running",
    ),
    Fault(
        "that a stop may have worked is forgotten by the attempt after the next",
        EXCHANGE,
        "maybe_done = maybe_done or result._maybe_done",
        "maybe_done = result._maybe_done",
        f"{FAULT_TESTS}::test_a_stop_that_finds_nothing_after_a_lost_answer_says_that_it_may_have_worked",
    ),
    Fault(
        "an error says one attempt, however many there were",
        EXCHANGE,
        "        result.attempts = attempt\n",
        "",
        f"{FAULT_TESTS}::test_the_last_error_counts_the_attempts_and_the_hook_is_told_of_each_retry",
    ),
    Fault(
        "a log line says the first attempt, whichever it was",
        EXCHANGE,
        "request, 200, attempt, clock()",
        "request, 200, 1, clock()",
        f"{SECRET_TESTS}::test_a_log_line_says_method_path_status_attempt_and_duration",
    ),
    Fault(
        "a byte now and then holds a sync call for ever",
        POOLS,
        "            enforce_deadlines(transport)",
        "            pass",
        f"{FAULT_TESTS}::test_a_stop_meets_the_fault_as_the_right_error_in_time[sync-drip_the_headers]",
    ),
    Fault(
        "a byte now and then holds an async call for ever",
        ASYNC_CLIENT,
        "anyio.fail_after(seconds + 0.05)",
        "anyio.fail_after(None)",
        f"{FAULT_TESTS}::test_a_stop_meets_the_fault_as_the_right_error_in_time[async-drip_the_body]",
    ),
    Fault(
        "an answer is read to its end, however long",
        INCOMING,
        "if self._size > MAX_BODY:",
        "if self._size > MAX_BODY * MAX_BODY:",
        f"{FAULT_TESTS}::test_an_answer_is_read_and_unpacked_up_to_a_limit",
    ),
    Fault(
        "an answer is unpacked to its end, however long",
        ANSWERS,
        "unpacker.decompress(answer.body, MAX_BODY)",
        "unpacker.decompress(answer.body)",
        f"{FAULT_TESTS}::test_an_answer_is_read_and_unpacked_up_to_a_limit",
    ),
]

OF_SECRETS = [
    Fault(
        "a token that a server repeats is shown",
        REQUESTS,
        "self._secrets = (token, credentials)",
        "self._secrets = (credentials,)",
        f"{SECRET_TESTS}::test_no_error_of_a_call_shows_a_secret",
    ),
    Fault(
        "a parameter's value that a server repeats is shown",
        REQUESTS,
        "*([bearer] if bearer else []), *values),",
        "*([bearer] if bearer else [])),",
        f"{SECRET_TESTS}::test_each_secret_that_a_server_repeats_is_redacted",
    ),
    Fault(
        "the frames of httpx stay with an error",
        ERRORS,
        "        each.__traceback__ = None\n",
        "        pass\n",
        f"{SECRET_TESTS}::test_no_error_of_a_call_shows_a_secret "
        f"{SECRET_TESTS}::test_no_error_about_an_argument_shows_a_secret",
    ),
    Fault(
        "a traceback with locals shows the options of a start",
        CLIENT,
        "        del options\n        return self._make(call)",
        "        return self._make(call)",
        f"{SECRET_TESTS}::test_no_error_of_a_call_shows_a_secret",
    ),
    Fault(
        "a traceback with locals shows the token of a client",
        ASYNC_CLIENT,
        "        del token  #",
        "        #",
        f"{SECRET_TESTS}::test_no_error_about_a_setting_shows_a_secret",
    ),
    Fault(
        "a traceback with locals shows the fields given to compat",
        COMPAT,
        "        del fields  #",
        "        #",
        COMPAT_TESTS,
    ),
    Fault(
        "an error loses its status in a pickle",
        ERRORS,
        "return _rebuild, (type(self), self.args, self.__dict__)",
        "return _rebuild, (type(self), self.args, {})",
        f"{SECRET_TESTS}::test_every_error_survives_a_pickle_and_a_copy",
    ),
]

OF_ANSWERS = [
    Fault("a 201 is no success", ANSWERS, "if not 200 <= status < 300:", "if status != 200:", ANSWER_TESTS),
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
        "    except (ValueError, RecursionError):\n        parsed = None",
        "    except ValueError:\n        parsed = None",
        ANSWER_TESTS,
    ),
    Fault(
        "the headers of an error are lost",
        ANSWERS,
        "        code=code,\n        headers=answer.headers,",
        "        code=code,\n        headers=httpx.Headers(),",
        ANSWER_TESTS,
    ),
    Fault(
        "a time-out is no time-out",
        ANSWERS,
        "isinstance(error, httpx.TimeoutException | TimeoutError)",
        "isinstance(error, httpx.ConnectTimeout | TimeoutError)",
        ANSWER_TESTS,
    ),
    Fault(
        "a 500 is the caller's mistake",
        ANSWERS,
        "ServerError if status >= 500",
        "ServerError if status > 500",
        ANSWER_TESTS,
    ),
    Fault(
        "an error's status beats its code",
        ANSWERS,
        "    if code in _BY_CODE:",
        "    if code in _BY_CODE and status not in _BY_STATUS and status != 400:",
        ANSWER_TESTS,
    ),
    Fault(
        "a server's message is shown in full",
        ANSWERS,
        'problem = shown(texts["message"])',
        'problem = texts["message"]',
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
    Fault(
        "compat names a field by the keyword of StreamsClient",
        COMPAT,
        "_WIRE_NAMES.get(argument, argument)",
        "argument",
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
]

OF_MEDIA = [
    Fault(
        "a field's type is not looked at",
        PARSE,
        "    if type(value) is str:\n        return value",
        "    if field in values:\n        return value",
        PARSE_TESTS,
    ),
    Fault(
        "a missing field is not told from one of another type",
        PARSE,
        "if field not in values:",
        "if False:",
        PARSE_TESTS,
    ),
    Fault(
        "padding that is not needed is taken for base64",
        PARSE,
        "if (len(audio) + 2) // 3 * 4 != len(payload):",
        "if False:",
        PARSE_TESTS,
    ),
    Fault(
        "what is no base64 ends in an error that is not ours",
        PARSE,
        '    except ValueError:\n        raise MessageError("media.payload"',
        '    except KeyError:\n        raise MessageError("media.payload"',
        PARSE_TESTS,
    ),
    Fault(
        "digits of other scripts are numbers",
        PARSE,
        " and value.isdecimal() and value.isascii()",
        " and value.isdecimal()",
        PARSE_TESTS,
    ),
    Fault("a number has no limit", PARSE, "len(value) <= _MAX_DIGITS and", "len(value) <= 5000 and", PARSE_TESTS),
    Fault("text behind the message is passed over", PARSE, "    if end != len(text):", "    if end < 0:", PARSE_TESTS),
    Fault(
        "deep nesting is not caught", PARSE, "except (ValueError, RecursionError):", "except ValueError:", PARSE_TESTS
    ),
    Fault(
        "Twilio's sid of the stream is lost",
        PARSE,
        'return _text(message, "streamSid", "streamSid") if "streamSid" in message else None',
        "return None",
        PARSE_TESTS,
    ),
    Fault(
        "a new event is an error",
        PARSE,
        "return UnknownMessage(event, message) if read is None else read(message)",
        "return _READERS[event](message)",
        PARSE_TESTS,
    ),
    Fault(
        "the repr of a start shows its parameters",
        MEDIA_MESSAGES,
        "attrs.field(factory=dict[str, str], repr=_names)",
        "attrs.field(factory=dict[str, str])",
        PARSE_TESTS,
    ),
    Fault(
        "a message has a field that the document does not have",
        MEDIA_MESSAGES,
        "    name: str\n    sequence_number",
        "    name: str\n    colour: str = ''\n    sequence_number",
        AGREEMENT_TESTS,
    ),
    Fault(
        "two keys are one",
        BUILD,
        '_DIGITS = frozenset("0123456789*#ABCD")',
        '_DIGITS = "0123456789*#ABCD"',
        BUILD_TESTS,
    ),
    Fault(
        "a server's payload ends in a line feed",
        BUILD,
        "b2a_base64(payload, newline=False)",
        "b2a_base64(payload)",
        BUILD_TESTS,
    ),
    Fault("what fills a gap is a repeat", NUMBERS, 'return "out_of_order"', 'return "repeat"', SESSION_TESTS),
    Fault(
        "what fills a gap fills it again and again",
        NUMBERS,
        "[(low, number - 1), (number + 1, high)]",
        "[(low, number), (number + 1, high)]",
        SESSION_TESTS,
    ),
    Fault(
        "a gap that is filled in places takes memory without end",
        NUMBERS,
        "*self._gaps[index + 1 :]][-_MAX_GAPS:]",
        "*self._gaps[index + 1 :]]",
        SESSION_TESTS,
    ),
    Fault(
        "gaps take memory without end",
        NUMBERS,
        "(first, number - 1)][-_MAX_GAPS:]",
        "(first, number - 1)]",
        SESSION_TESTS,
    ),
    Fault(
        "a message without a number is forgotten",
        MEDIA_SESSION,
        'self._unnumbered += message.event != "connected"',
        "pass",
        SESSION_TESTS,
    ),
    Fault(
        "messages without a number count for ever",
        MEDIA_SESSION,
        "            return\n        expected = self._sequence.highest + 1",
        "            return\n        expected = self._sequence.highest + 1\n        self._unnumbered += 1",
        SESSION_TESTS,
    ),
    Fault(
        "a stop with the number before it is a repeat",
        MEDIA_SESSION,
        "if not again and (odd :=",
        "if (odd :=",
        SESSION_TESTS,
    ),
    Fault(
        "a closed connection is a proper end",
        MEDIA_SESSION,
        'self.state = "lost"',
        'self.state = "stopped"',
        SESSION_TESTS,
    ),
    Fault(
        "a second start replaces the first",
        MEDIA_SESSION,
        '            self._note("twice", message)\n            return',
        '            self._note("twice", message)',
        SESSION_TESTS,
    ),
    Fault(
        "irregularities take memory without end",
        MEDIA_SESSION,
        "if len(self.irregularities) < self._keep:",
        "if True:",
        SESSION_TESTS,
    ),
    Fault(
        "L16 is big-endian", MEDIA_AUDIO, '("little", "big")) == "little":', '("little", "big")) == "big":', AUDIO_TESTS
    ),
    Fault(
        "PCMU is decoded as its cousin",
        MEDIA_AUDIO,
        "audioop.ulaw2lin(payload, 2)",
        "audioop.alaw2lin(payload, 2)",
        AUDIO_TESTS,
    ),
    Fault("half a sample is passed over", MEDIA_AUDIO, "if len(samples) % 2:", "if False:", AUDIO_TESTS),
    Fault(
        "left and right are swapped",
        WAV,
        '("inbound", "outbound") if track in start.tracks]',
        '("outbound", "inbound") if track in start.tracks]',
        WAV_TESTS,
    ),
    Fault("jitter tears holes", WAV, "_JITTER = 0.020", "_JITTER = 0.001", WAV_TESTS),
    Fault("a silence of a piece's length is taken for jitter", WAV, "_JITTER = 0.020", "_JITTER = 0.021", WAV_TESTS),
    Fault(
        "a piece behind a gap is joined to the one before",
        WAV,
        "if media.chunk == self._chunks[track] + 1 and",
        "if",
        WAV_TESTS,
    ),
    Fault("what is left at the end is not written", WAV, "self._timeline.flush(self._timeline.end)", "pass", WAV_TESTS),
    Fault("what is dropped is not counted", WAV, "self.dropped += 1", "pass", WAV_TESTS),
    Fault(
        "nothing is written before the end",
        WAV,
        "if passed - self._timeline.written >= self._rate // 2:",
        "if False:",
        WAV_TESTS,
    ),
    Fault("what lags is waited for without end", TIMELINE, "self.flush(min(at, end - hold))", "pass", WAV_TESTS),
    Fault(
        "a long piece loses its head", TIMELINE, "self.flush(min(at, end - hold))", "self.flush(end - hold)", WAV_TESTS
    ),
    Fault(
        "a silence is made in memory whole",
        TIMELINE,
        "block = min(silence, _BLOCK // self._width * self._width)",
        "block = silence",
        WAV_TESTS,
    ),
    Fault(
        "the document has lost an event of the callback",
        DOCUMENT,
        "enum: [stream-started, stream-stopped, stream-error]",
        "enum: [stream-started, stream-stopped]",
        DOCUMENT_TESTS,
    ),
    Fault(
        "an error of a stream that is not listed is refused",
        DOCUMENT,
        "            - $ref: '#/components/schemas/StreamError'\n            - type: string",
        "            - $ref: '#/components/schemas/StreamError'",
        DOCUMENT_TESTS,
    ),
]

OF_CALLBACKS = [
    Fault(
        "only the first spelling of the URL is tried",
        CALLBACK_SIGNATURE,
        "for url in urls])",
        "for url in urls[:1]])",
        SIGNATURE_TESTS,
    ),
    Fault(
        "signatures are compared in a time that tells where they differ",
        CALLBACK_SIGNATURE,
        "hmac.compare_digest(_signature(key, url, signed), given)",
        "_signature(key, url, signed) == given",
        SIGNATURE_TESTS,
    ),
    Fault(
        "the comparing ends with the first spelling that fits",
        CALLBACK_SIGNATURE,
        "any([hmac.compare_digest(_signature(key, url, signed), given) for url in urls])",
        "any(hmac.compare_digest(_signature(key, url, signed), given) for url in urls)",
        SIGNATURE_TESTS,
    ),
    Fault(
        "a value that comes twice is signed twice",
        CALLBACK_SIGNATURE,
        "sorted(set(signed))",
        "sorted(signed)",
        SIGNATURE_TESTS,
    ),
    Fault(
        "the fields are signed in the order sent",
        CALLBACK_SIGNATURE,
        "sorted(set(signed))",
        "dict.fromkeys(signed)",
        SIGNATURE_TESTS,
    ),
    Fault(
        "the first of several signatures counts",
        CALLBACK_SIGNATURE,
        "if len(values) > 1:",
        "if len(values) > 9:",
        SIGNATURE_TESTS,
    ),
    Fault(
        "the header is found in one spelling only",
        CALLBACK_SIGNATURE,
        "name.lower() == SIGNATURE_HEADER.lower()",
        "name == SIGNATURE_HEADER",
        SIGNATURE_TESTS,
    ),
    Fault(
        "the signature of a raw body may be in capitals",
        CALLBACK_SIGNATURE,
        "hmac.compare_digest(_signature(key, url, signed), given)",
        "hmac.compare_digest(_signature(key, url, signed).lower(), given.lower())",
        SIGNATURE_TESTS,
    ),
    Fault(
        "a signature that is not ASCII is not said to be",
        CALLBACK_SIGNATURE,
        "    if not given.isascii():",
        "    if given is None:",
        SIGNATURE_TESTS,
    ),
    Fault(
        "anything false turns the verification off",
        CALLBACK_EVENT,
        "if verify is not False:",
        "if verify:",
        EVENT_TESTS,
    ),
    Fault(
        "the query of a post changes the event",
        CALLBACK_EVENT,
        "_read(fields or [*seen.fields])",
        "_read([*seen.fields, *fields])",
        EVENT_TESTS,
    ),
    Fault(
        "of two values the first is believed",
        CALLBACK_EVENT,
        "if name in ambiguous:",
        "if name in ():",
        EVENT_TESTS,
    ),
    Fault(
        "a naive timestamp is in the local zone",
        CALLBACK_EVENT,
        "moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)",
        "moment.astimezone(UTC)",
        EVENT_TESTS,
    ),
    Fault(
        "a timestamp keeps its offset",
        CALLBACK_EVENT,
        "else moment.astimezone(UTC)",
        "else moment",
        EVENT_TESTS,
    ),
    Fault(
        "an event with more fields is another one",
        CALLBACK_EVENT,
        "attrs.field(factory=dict[str, str], repr=False, eq=False)",
        "attrs.field(factory=dict[str, str], repr=False)",
        EVENT_TESTS,
    ),
    Fault(
        "of several values a framework gives the last",
        CALLBACK_FIELDS,
        "_several(getter(name) if getter else mapping[name])",
        "_several(mapping[name])",
        EVENT_TESTS,
    ),
    Fault(
        "an empty value is left out of a body",
        CALLBACK_FIELDS,
        "parse_qsl(_text(fields), keep_blank_values=True)",
        "parse_qsl(_text(fields))",
        EVENT_TESTS,
    ),
    Fault(
        "any port is a default port",
        CALLBACK_URL,
        "if self.authority.endswith(default):\n            authorities.append(self.authority.removesuffix(default))",
        'if _PORT.search(self.authority):\n            authorities.append(_PORT.sub("", self.authority))',
        SIGNATURE_TESTS,
    ),
    Fault(
        "the default port of http is 443",
        CALLBACK_URL,
        '"http": ":80"',
        '"http": ":443"',
        SIGNATURE_TESTS,
    ),
    Fault(
        "a default port is added to another",
        CALLBACK_URL,
        "elif not _PORT.search(self.authority):",
        "else:",
        SIGNATURE_TESTS,
    ),
    Fault(
        "a path that a framework decoded is not encoded",
        CALLBACK_URL,
        'quote(rest, safe=_ALLOWED, errors="surrogatepass")',
        "rest",
        SIGNATURE_TESTS,
    ),
    Fault(
        "the public URL may be left aside",
        CALLBACK_URL,
        "return list(dict.fromkeys([str(self), *urls]))",
        'return list(dict.fromkeys([str(self), *urls, f"http://10.0.0.7:8000{self.path}{self.query}"]))',
        SIGNATURE_TESTS,
    ),
    Fault(
        "the credentials of a callback's URL are shown",
        CALLBACK_URL,
        "{self.authority.rpartition('@')[2]}",
        "{self.authority}",
        SIGNATURE_TESTS,
    ),
    Fault(
        "the query of a URL is shown",
        CALLBACK_URL,
        '[2]}{self.path}")',
        '[2]}{self.path}{self.query}")',
        SIGNATURE_TESTS,
    ),
]

OF_COMMANDS = [
    Fault(
        "an interrupted start is left running",
        CLI_START,
        "        client._stop_after(error, options.call_sid, name)\n",
        "",
        f"{START_STOP_TESTS}::test_ctrl_c_while_the_start_is_under_way_stops_what_may_have_been_started",
    ),
    Fault(
        "a start without a name has none",
        CLI_START,
        'f"cli-{secrets.token_hex(6)}" if options.name is None else options.name',
        "options.name",
        f"{START_STOP_TESTS}::test_without_a_name_the_stream_gets_one_that_is_its_own",
    ),
    Fault(
        "an interrupt of a held stream is a failure",
        CLI_START,
        "            with suppress(KeyboardInterrupt):",
        "            with suppress():",
        f"{START_STOP_TESTS}::test_held_it_stays_until_it_is_interrupted_and_stops_the_stream",
    ),
    Fault(
        "an interrupt after the result is taken for one before",
        CLI_START,
        "        interrupts.ignore()\n",
        "",
        f"{START_STOP_TESTS}::test_an_interrupt_after_the_stream_was_shown_changes_nothing",
    ),
    Fault(
        "a held stream that could not be stopped is a plain failure",
        CLI_START,
        "        if not started:\n            raise\n",
        "        raise\n",
        f"{START_STOP_TESTS}::test_a_held_stream_that_cannot_be_stopped_is_said_to_run",
    ),
    Fault(
        "what could not be stopped is said to be",
        CLI_START,
        'if notes := getattr(error, "__notes__", None):',
        "if notes := None:",
        f"{START_STOP_TESTS}::test_ctrl_c_after_which_the_stream_cannot_be_stopped_says_how_to",
    ),
    Fault(
        "a parameter is cut at its last equals sign",
        CLI_START,
        'text.partition("=")',
        'text.rpartition("=")',
        f"{START_STOP_TESTS}::test_a_stream_is_started_with_all_that_was_given_and_stopped_by_its_name",
    ),
    Fault(
        "SIGTERM kills the command",
        CLI_INTERRUPTS,
        "[signal.SIGINT, signal.SIGTERM]",
        "[signal.SIGINT]",
        f"{START_STOP_TESTS}::test_held_it_stays_until_it_is_interrupted_and_stops_the_stream",
    ),
    Fault(
        "a second signal interrupts the stopping",
        CLI_INTERRUPTS,
        "        self.came = self._ignored = True\n",
        "        self.came = True\n",
        f"{START_STOP_TESTS}::test_a_signal_that_comes_again_and_again_does_not_keep_the_stream_from_being_stopped",
    ),
    Fault(
        "the end of the command can be interrupted",
        CLI_INTERRUPTS,
        "        if self._ignored:\n            return\n",
        "",
        f"{START_STOP_TESTS}::test_a_signal_that_comes_again_and_again_does_not_keep_the_stream_from_being_stopped",
    ),
    Fault(
        "an unknown outcome is a failure",
        CLI_SERVICE,
        "DONE, FAILED, WRONG_USAGE, MAYBE_RUNNING, INTERRUPTED = 0, 1, 2, 3, 130",
        "DONE, FAILED, WRONG_USAGE, MAYBE_RUNNING, INTERRUPTED = 0, 1, 2, 1, 130",
        f"{START_STOP_TESTS}::test_a_start_of_unknown_outcome_has_a_code_of_its_own_and_says_how_to_stop_it",
    ),
    Fault(
        "the way to stop a stream is not quoted for a shell",
        CLI_SERVICE,
        "shlex.join(['signalwire-streams', 'stop', call_sid, name])",
        "' '.join(['signalwire-streams', 'stop', call_sid, name])",
        f"{START_STOP_TESTS}::test_ctrl_c_after_which_the_stream_cannot_be_stopped_says_how_to",
    ),
    Fault(
        "the line's end of a token file is part of the token",
        CLI_SERVICE,
        '.rstrip("\\r\\n")',
        "",
        f"{START_STOP_TESTS}::test_the_account_can_be_given_as_options_and_a_file",
    ),
    Fault(
        "the time-out is not the deadline",
        CLI_SERVICE,
        "RetryPolicy(deadline=options.timeout)",
        "RetryPolicy()",
        f"{START_STOP_TESTS}::test_a_time_out_bounds_the_command",
    ),
    Fault(
        "a pipe that was closed spoils the exit code",
        CLI_OUTPUT,
        "        os.dup2(nowhere, file.fileno())\n",
        "",
        f"{START_STOP_TESTS}::test_a_stream_that_nobody_can_be_told_of_is_stopped",
    ),
    Fault(
        "a problem is several lines",
        CLI_OUTPUT,
        "{shown(problem, 5000)}",
        "{problem}\\n",
        f"{START_STOP_TESTS}::test_without_any_setting_a_process_fails_too",
    ),
    Fault(
        "a character that the terminal lacks is an error",
        CLI_OUTPUT,
        '"backslashreplace"',
        '"strict"',
        f"{START_STOP_TESTS}::test_a_name_that_the_terminal_cannot_show_is_no_harm",
    ),
    Fault(
        "an unknown option shows what was given to it",
        CLI,
        'option.partition("=")[0] if option.startswith("--") else option[:2]',
        "option",
        f"{START_STOP_TESTS}::test_wrong_usage_is_said_in_one_line_without_values_and_nothing_is_sent",
    ),
    Fault(
        "a stop shows nothing",
        CLI_STOP,
        "_service.show(client.stop_stream(options.call_sid, options.sid), as_json=options.json)",
        "client.stop_stream(options.call_sid, options.sid)",
        f"{START_STOP_TESTS}::test_json_is_one_object_on_one_line",
    ),
]

OF_THE_MOCKS_STREAMS = [
    Fault("chunks count from 0", MESSAGES, '"chunk":"{index + 1}"', '"chunk":"{index}"', STREAMING_TESTS),
    Fault(
        "a piece of audio is late by its length",
        MESSAGES,
        "{index * FRAME_MILLISECONDS}",
        "{(index + 1) * FRAME_MILLISECONDS}",
        STREAMING_TESTS,
    ),
    Fault(
        "a message of audio has no number of its own",
        MESSAGES,
        "        self._number += 1\n        text",
        "        text",
        STREAMING_TESTS,
    ),
    Fault(
        "parameters are left out of the start message", MESSAGES, "if stream.parameters:", "if False:", STREAMING_TESTS
    ),
    Fault(
        "a key's duration is text",
        MESSAGES,
        '"duration": _DIGIT_MILLISECONDS}',
        '"duration": str(_DIGIT_MILLISECONDS)}',
        STREAMING_TESTS,
    ),
    Fault(
        "a bearer token is not sent",
        CONNECTION,
        "if stream.authorization_bearer_token is not None:",
        "if False:",
        STREAMING_TESTS,
    ),
    Fault(
        "a refused connection is a general error",
        CONNECTION,
        'raise StreamFailure(REFUSED, f"Nobody',
        'raise StreamFailure(GENERAL, f"Nobody',
        FAILURE_TESTS,
    ),
    Fault(
        "a receiver that does not answer is waited for",
        CONNECTION,
        "async with asyncio.timeout(seconds):",
        "async with asyncio.timeout(None):",
        FAILURE_TESTS,
    ),
    Fault(
        "a certificate is held against no name",
        "overrides/signalwire_streams/mock/_tls.py",
        "                self._context = ssl.create_default_context()\n",
        "                self._context = ssl.create_default_context()\n                self._context.check_hostname = False\n",
        FAILURE_TESTS,
    ),
    Fault(
        "any certificate is trusted",
        "overrides/signalwire_streams/mock/_tls.py",
        "                self._context = ssl.create_default_context()\n",
        "                self._context = ssl._create_unverified_context()\n",
        FAILURE_TESTS,
    ),
    Fault("the stop message is not sent", SESSION, "[*self._pressed(), self._messages.stop()]", "[]", STREAMING_TESTS),
    Fault(
        "keys that were pressed before a stop are lost",
        SESSION,
        "[*self._pressed(), self._messages.stop()]",
        "[self._messages.stop()]",
        STEERING_TESTS,
    ),
    Fault(
        "audio in real time comes as fast as it is taken",
        SESSION,
        "max(0.0, due - loop.time()) if setting.realtime else 0",
        "0",
        STREAMING_TESTS,
    ),
    Fault(
        "a receiver that takes nothing is waited for for ever",
        SESSION,
        "async with asyncio.timeout(patience):",
        "async with asyncio.timeout(None):",
        FAILURE_TESTS,
    ),
    Fault(
        "a receiver's backlog has no bound",
        SESSION,
        "            if connection.paused:\n",
        "            if False:\n",
        FAILURE_TESTS,
    ),
    Fault(
        "a receiver that dies has closed the stream as it should",
        SESSION,
        "            raise StreamFailure(GENERAL, problem) from None\n\n    async def _speak",
        "            return\n\n    async def _speak",
        FAILURE_TESTS,
    ),
    Fault(
        "callbacks overtake each other",
        SESSION,
        "        if before is not None:\n",
        "        if before is None:\n",
        MOCK_CALLBACK_TESTS,
    ),
    Fault(
        "a stream is in progress before its WebSocket is open",
        SESSION,
        "        if self._origin is None and self._is_url:  # nobody to connect to\n",
        "        if True:\n",
        FAILURE_TESTS,
    ),
    Fault(
        "a reset sends callbacks",
        SESSION,
        "        self._quiet = True\n",
        "        self._quiet = False\n",
        f"{STREAMING_TESTS} {STEERING_TESTS}",
    ),
    Fault(
        "a stop of the mock waits for receivers that do not listen",
        RUNNER,
        "timeout=_SECONDS_TO_CLOSE)",
        "timeout=None)",
        STREAMING_TESTS,
    ),
    Fault("a callback is sent twice at most", MOCK_CALLBACKS, "ATTEMPTS = 3", "ATTEMPTS = 2", MOCK_CALLBACK_TESTS),
    Fault(
        "a refused callback is sent again",
        MOCK_CALLBACKS,
        "(status is None or status >= 500)",
        "(status is None or status >= 400)",
        MOCK_CALLBACK_TESTS,
    ),
    Fault(
        "the signature is over the URL where the mock connects",
        MOCK_CALLBACKS,
        'f"{named.scheme}://{host}{resource}"',
        'f"{origin.scheme}://{origin.netloc}{resource}"',
        MOCK_CALLBACK_TESTS,
    ),
    Fault(
        "the parameters of a GET are signed twice",
        MOCK_CALLBACKS,
        'fields if method == "POST" else {})',
        "fields)",
        MOCK_CALLBACK_TESTS,
    ),
    Fault(
        "the signature's parameters are in the order sent",
        MOCK_CALLBACKS,
        "for name in sorted(fields))",
        "for name in fields)",
        MOCK_CALLBACK_TESTS,
    ),
    Fault(
        "a callback follows the environment's proxy or waits for ever for an answer",
        MOCK_CALLBACKS,
        "httpx.Timeout(read, connect=connect)",
        "httpx.Timeout(None, connect=connect)",
        MOCK_CALLBACK_TESTS,
    ),
    Fault(
        "cleartext leaves the machine",
        ROUTES,
        "if not really.is_secure and not really.is_loopback:",
        "if False:",
        ROUTE_TESTS,
    ),
    Fault(
        "a host that begins like this machine is dialled",
        ROUTES,
        'if self.host == "localhost":',
        'if self.host.startswith("localhost"):',
        ROUTE_TESTS,
    ),
    Fault(
        "any host is dialled",
        ROUTES,
        "(origin if origin.is_loopback else None)",
        "origin",
        ROUTE_TESTS,
    ),
    Fault("bytes of a WAV file are taken as signed", AUDIO, "if width == 1:", "if width == 0:", MOCK_AUDIO_TESTS),
    Fault(
        "a WAV file is heard at another speed",
        AUDIO,
        "samples if from_rate == to_rate else audioop",
        "samples if from_rate != to_rate else audioop",
        MOCK_AUDIO_TESTS,
    ),
    Fault(
        "a tone clicks at its seam", AUDIO, "else at % self._period", "else at % (self._period - 7)", MOCK_AUDIO_TESTS
    ),
    Fault(
        "a stream that failed is waited for in vain",
        WAITING,
        '(state != "closed" and "stopped" in found.history)',
        "False",
        STEERING_TESTS,
    ),
    Fault(
        "a lost request is not carried out when it should be",
        APP,
        "if fault is not None and not fault.carried_out:",
        "if fault is not None:",
        STEERING_TESTS,
    ),
    Fault(
        "a connection that is to be lost is held",
        THREAD,
        '.get_extra_info("peername") == tuple(',
        '.get_extra_info("peername") != tuple(',
        STEERING_TESTS,
    ),
    Fault(
        "the mock waits for itself",
        STEERING,
        "        if self._thread is not None and self._thread.is_current():\n",
        "        if False:\n",
        STEERING_TESTS,
    ),
]

OF_THE_PLUGIN = [
    Fault(
        "a test's streams outlive it",
        PLUGIN,
        "    _streams_running_mock.reset()\n",
        "    pass\n",
        f"{FIXTURE_TESTS}::test_the_mock_is_one_server_and_as_if_new_for_each_test",
    ),
    Fault(
        "routes outlive their test",
        STEERING,
        "        self._setting.routes.reset()\n",
        "",
        f"{FIXTURE_TESTS}::test_the_mock_is_one_server_and_as_if_new_for_each_test",
    ),
    Fault(
        "the mock is made anew for each test",
        PLUGIN,
        '@pytest.fixture(scope="session")\ndef _streams',
        "@pytest.fixture\ndef _streams",
        f"{FIXTURE_TESTS}::test_the_mock_is_one_server_and_as_if_new_for_each_test",
    ),
    Fault(
        "the options are not heeded",
        PLUGIN,
        "MockServer(**streams_mock_options)",
        "MockServer()",
        f"{FIXTURE_TESTS}::test_the_mock_is_made_with_the_options_of_the_conftest",
    ),
    Fault(
        "the async client leaves connections in a loop that has ended",
        PLUGIN,
        "max_keepalive_connections=0",
        "max_keepalive_connections=9",
        f"{FIXTURE_TESTS}::test_the_async_client_works_with_pytest_asyncio",
    ),
    Fault(
        "the signing key is not in the environment",
        PLUGIN,
        '"SIGNALWIRE_SIGNING_KEY"',
        '"SIGNALWIRE_KEY"',
        f"{FIXTURE_TESTS}::test_the_environment_makes_clients_without_arguments_those_of_the_mock",
    ),
    Fault(
        "the plugin loads the mock with itself",
        PLUGIN,
        "import pytest\n",
        "import pytest\nimport signalwire_streams.mock\n",
        f"{FIXTURE_TESTS}::test_until_a_fixture_is_asked_for_nothing_of_it_is_loaded",
    ),
    Fault(
        "without the extra there is a traceback alone",
        PLUGIN,
        "    except ModuleNotFoundError as error:\n",
        "    except KeyError as error:\n",
        f"{FIXTURE_TESTS}::test_without_the_extra_each_fixture_says_what_to_install",
    ),
    Fault(
        "callbacks do not reach the application",
        PLUGIN,
        'f"https://{host}", served',
        'f"https://not.{host}", served',
        f"{FIXTURE_TESTS}::test_an_application_is_reached_by_streams_and_callbacks_until_the_test_ends",
    ),
    Fault(
        "an application that is at work is idle",
        SERVING,
        "        self._add(1)\n",
        "",
        f"{FIXTURE_TESTS}::test_an_application_is_reached_by_streams_and_callbacks_until_the_test_ends",
    ),
    Fault(
        "an application that does not start is taken to run",
        SERVING,
        "if not server.started:",
        "if False:",
        f"{FIXTURE_TESTS}::test_an_application_that_does_not_start_or_end_is_said_not_to",
    ),
]

OF_THE_RECEIVER = [
    Fault(
        "a level is of the last piece alone",
        LEVELS,
        "self._squares += squares",
        "self._squares = squares",
        RECEIVER_TESTS,
    ),
    Fault("the level never falls", LEVELS, "if piece[0] >= since]", "if True]", RECEIVER_TESTS),
    Fault(
        "any bearer token lets in",
        BEARER,
        "is_same = hmac.compare_digest(",
        "is_same = bool(given) or hmac.compare_digest(",
        RECEIVER_TESTS,
    ),
    Fault("any scheme of authorization lets in", BEARER, ' and scheme.lower() == "bearer"', "", RECEIVER_TESTS),
    Fault(
        "the log holds the bearer token",
        RECEIVER,
        "_LOGGER.setLevel(logging.INFO)",
        "_LOGGER.setLevel(logging.DEBUG)",
        RECEIVER_TESTS,
    ),
    Fault(
        "a stream is returned again and again",
        ARRIVALS,
        "                self._taken += 1\n                return",
        "                return",
        RECEIVER_TESTS,
    ),
    Fault(
        "a bad message ends the stream",
        RECEIVER,
        "except MessageError as error:",
        "except KeyError as error:",
        RECEIVER_TESTS,
    ),
    Fault(
        "streams that have ended are kept for ever",
        RECEIVER,
        "            self._arrivals.remove(stream)\n",
        "            pass\n",
        RECEIVER_TESTS,
    ),
    Fault(
        "a wait goes on although the stream is closed",
        RECEIVED_STREAM,
        "lambda: came() or self.close_code is not None",
        "lambda: came()",
        f"{RECEIVER_TESTS}::test_waiting_in_vain_tells_how_the_stream_stands",
    ),
    Fault(
        "audio is waited for on one track",
        RECEIVED_STREAM,
        "bool(self.tracks) and all(",
        "bool(self.tracks) and any(",
        RECEIVER_TESTS,
    ),
    Fault(
        "half a sample ends the stream",
        RECEIVED_STREAM,
        "except InputError:  # half",
        "except KeyError:  # half",
        RECEIVER_TESTS,
    ),
]

OF_LISTEN = [
    Fault(
        "a sid leads out of the folder",
        LISTEN_WAV,
        '_UNSAFE.sub("_", sid)[:80]',
        "sid",
        f"{LISTEN_TESTS}::test_a_sid_cannot_lead_out_of_the_folder",
    ),
    Fault(
        "a file is written over",
        LISTEN_WAV,
        'path.open("xb")',
        'path.open("wb")',
        f"{LISTEN_TESTS}::test_two_streams_of_the_same_sid_have_two_files_and_none_is_written_over",
    ),
    Fault(
        "a WAV file is not finished",
        LISTEN_WAV,
        "                writer.close()\n",
        "                pass\n",
        f"{LISTEN_TESTS}::test_ended_in_the_middle_of_a_stream_it_leaves_a_valid_file",
    ),
    Fault(
        "a failed WAV file is a success",
        LISTEN_EVENTS,
        "        self.has_failed = True\n",
        "",
        f"{LISTEN_TESTS}::test_a_folder_that_cannot_be_written_to_is_told",
    ),
    Fault(
        "what came reaches the terminal raw",
        LISTEN_EVENTS,
        "return f\"stream {shown(stream.stream_sid or '(not started)', 60)}\"",
        'return f"stream {stream.stream_sid}"',
        f"{LISTEN_TESTS}::test_what_comes_over_the_network_is_harmless_in_a_terminal",
    ),
    Fault(
        "silence is no JSON",
        LISTEN_EVENTS,
        "return None if level == -math.inf else",
        "return",
        f"{LISTEN_TESTS}::test_json_has_an_object_for_each_event",
    ),
    Fault(
        "problems are told without end",
        LISTEN_EVENTS,
        "<= _MAX_PROBLEMS:",
        "<= 1000:",
        f"{LISTEN_TESTS}::test_of_a_stream_that_is_all_wrong_ten_problems_are_told_and_the_rest_counted",
    ),
    Fault(
        "the exit code does not tell a lost stream",
        LISTEN_RUN,
        'if outcome == "stopped" else _service.FAILED',
        "",
        f"{LISTEN_TESTS}::test_once_its_exit_code_tells_how_the_stream_ended",
    ),
    Fault(
        "once, it goes on",
        LISTEN_RUN,
        "        if self._options.once:\n            self._ending",
        "        if False:\n            self._ending",
        f"{LISTEN_TESTS}::test_once_its_exit_code_tells_how_the_stream_ended",
    ),
    Fault(
        "the world is let in without a word",
        LISTEN_RUN,
        "if not _is_loopback(options.host):",
        "if False:",
        f"{LISTEN_TESTS}::test_on_other_than_loopback_it_says_aloud_who_can_reach_it",
    ),
    Fault(
        "the view is drawn on a pipe",
        LISTEN_SCREEN,
        "console.file.isatty()",
        "console.is_terminal",
        f"{LISTEN_TESTS}::test_each_event_is_a_line_and_the_first_holds_the_url",
    ),
    Fault(
        "the cursor stays hidden",
        LISTEN_SCREEN,
        "        self._live.stop()\n",
        "        pass\n",
        f"{LISTEN_TESTS}::test_on_a_terminal_each_track_has_a_meter_while_the_stream_runs",
    ),
    Fault(
        "what nobody reads keeps it from ending",
        LISTEN_OUTPUT,
        "self._thread.join(_SECONDS_TO_END)",
        "self._thread.join()",
        f"{LISTEN_TESTS}::test_it_goes_on_and_ends_when_nobody_reads_what_it_writes",
    ),
    Fault(
        "output that fails is no failure",
        LISTEN_OUTPUT,
        "            self.failure = error\n",
        "",
        f"{LISTEN_TESTS}::test_output_that_cannot_be_written_ends_it",
    ),
    Fault(
        "a key without a certificate is passed over",
        CLI_LISTEN,
        "        if key is not None:",
        "        if False:",
        f"{LISTEN_TESTS}::test_wrong_usage_is_told_in_a_line",
    ),
]

OF_THE_PACKAGE = [
    Fault(
        "a type checker takes any name for one of the package's",
        f"{OVERLAY}/__init__.py",
        "else:  # a type checker",
        "if True:  # a type checker",
        TYPE_TESTS,
    ),
    Fault(
        "a type checker takes any name for one of media's",
        f"{MEDIA}/__init__.py",
        "if not TYPE_CHECKING:",
        "if True:",
        TYPE_TESTS,
    ),
    Fault(
        "a class of errors is not listed",
        f"{OVERLAY}/_public.py",
        '    "CallStateError",\n',
        "",
        TYPE_TESTS,
    ),
    Fault(
        "mypy refuses parameters of text and numbers",
        PARAMETERS,
        "Sequence[_Pair] | Set[_Pair] | Iterator[_Pair]",
        "Iterable[_Pair]",
        TYPE_TESTS,
    ),
    Fault(
        "a sub-package offers what it does not list",
        f"{MEDIA}/__init__.py",
        '    "Stop",\n',
        "",
        NAME_TESTS,
    ),
    Fault(
        "an editor shows nothing for a keyword",
        REQUESTS,
        '    """Unique among the running streams of the call; the stream can be stopped by it."""\n',
        "",
        NAME_TESTS,
    ),
    Fault(
        "the import of a module gives a warning",
        CLI_OUTPUT,
        "import sys\n",
        "import sys\nimport warnings\n\nwarnings.warn('old', DeprecationWarning, stacklevel=2)\n",
        NAME_TESTS,
    ),
    Fault("the sdist has no generated client", PROJECT, '"/generated", ', "", CONTENT_TESTS),
    Fault(
        "the wheel has no document", PROJECT, '"openapi/compat-calls-streams.yaml" = ', '"LICENSE" = ', CONTENT_TESTS
    ),
    Fault("the version has two homes", PROJECT, 'dynamic = ["version"]', 'version = "0.1.0"', CONTENT_TESTS),
    Fault("the plain install brings more", PROJECT, '"sniffio>=1.3"]', '"sniffio>=1.3", "rich"]', WHEEL_TESTS),
    Fault(
        "the receiver names another extra",
        f"{OVERLAY}/receiver/__init__.py",
        'pip install "signalwire-streams[mock]"\', name',
        'pip install "signalwire-streams[aiohttp]"\', name',
        WHEEL_TESTS,
    ),
]

OF_DOCUMENTATION = [
    Fault("a page uses a keyword that is not there", "docs/parameters.md", "url, parameters=[(", "url, parameter=[(", PAGE_TESTS),
    Fault("a page shows a value that does not come", "docs/parameters.md", '("Age", "7")]', '("Age", 7)]', PAGE_TESTS),
    Fault("a page's test expects too much", "docs/testing.md", '["media"] * 50, "stop"]', '["media"] * 51, "stop"]', PAGE_TESTS),
    Fault("README's test expects another stream", "README.md", '[("FirstName", "Jane")]', '[("FirstName", "Joan")]', PAGE_TESTS),
    Fault("a page names no target of make", "docs/regenerating.md", "`make contract-live` asks", "`make contract-life` asks", PAGE_TESTS),
    Fault("a page installs no extra", "docs/receiving.md", "signalwire-streams[audio]", "signalwire-streams[sound]", PAGE_TESTS),
    Fault("a command has no such option", "docs/commands.md", "wss://agent.example.com --hold ", "wss://agent.example.com --holds ", PAGE_TESTS),
    Fault("a block is not run", "docs/receiving.md", "async with serve(audio", "async with serve_audio(", SERVER_TESTS),
    Fault("an error has no row", "docs/errors.md", "| `SignatureError` | a request", "| | a request", "tests/unit/test_error_hierarchy.py"),
    Fault("a setting has no row", "docs/getting-started.md", "| `transport` | |", "| `transports` | |", TABLE_TESTS),
    Fault("a page promises a retry", "docs/errors.md", "| 503 without | `ServerError`", "| 503 without | again", "tests/docs/test_table_of_retries.py"),
    Fault("a page names a file that moved", "docs/architecture.md", "| `_base.py` |", "| `_basis.py` |", TABLE_TESTS),
    Fault("a link leads nowhere", "docs/index.md", "(commands.md)", "(command.md)", SITE_LINKS),
    Fault("a link leads to no heading", "docs/parameters.md", "testing.md#routes", "testing.md#route", SITE_LINKS),
    Fault("the reference has no errors", "docs/api/errors.md", "% public names: signalwire_streams errors", "", SITE_NAMES),
    Fault("the reference leaves values out", API_PAGES, 'if kind in {None, kind_of(module, name)}]', 'if kind_of(module, name) != "values"]', SITE_NAMES),
    Fault("a status has no row", HTTP_REFERENCE, "rows = [f\"| {status} |", "rows = [f\"| {status[0]} |", SITE_HTTP),
    Fault("a message has no example", HTTP_REFERENCE, "if example else []", "if False else []", SITE_MESSAGES),
    Fault("a style comes from elsewhere", "docs/static/site.css", ".picture {", '@import url("https://example.com/a.css");\n.picture {', SITE_LOADS),
]  # fmt: skip

OF_THE_PLUGIN = [
    Fault("a test's streams outlive it", PLUGIN, "    _streams_running_mock.reset()\n", "    pass\n", FIXTURE_TESTS),
    Fault(
        "routes outlive their test",
        STEERING,
        "        self._setting.routes.reset()\n",
        "",
        FIXTURE_TESTS,
    ),
    Fault(
        "the mock is made anew for each test",
        PLUGIN,
        '@pytest.fixture(scope="session")\ndef _streams',
        "@pytest.fixture\ndef _streams",
        FIXTURE_TESTS,
    ),
    Fault("the options are not heeded", PLUGIN, "MockServer(**streams_mock_options)", "MockServer()", FIXTURE_TESTS),
    Fault(
        "the async client leaves connections in a loop that has ended",
        PLUGIN,
        "max_keepalive_connections=0",
        "max_keepalive_connections=9",
        FIXTURE_TESTS,
    ),
    Fault(
        "the signing key is not in the environment",
        PLUGIN,
        '"SIGNALWIRE_SIGNING_KEY"',
        '"SIGNALWIRE_KEY"',
        FIXTURE_TESTS,
    ),
    Fault(
        "the plugin loads the mock with itself",
        PLUGIN,
        "import pytest\n",
        "import pytest\nimport signalwire_streams.mock\n",
        FIXTURE_TESTS,
    ),
    Fault(
        "without the extra there is a traceback alone",
        PLUGIN,
        "    except ModuleNotFoundError as error:\n",
        "    except KeyError as error:\n",
        FIXTURE_TESTS,
    ),
    Fault(
        "callbacks do not reach the application",
        PLUGIN,
        'f"https://{host}", served',
        'f"https://not.{host}", served',
        FIXTURE_TESTS,
    ),
    Fault("an application that is at work is idle", SERVING, "        self._add(1)\n", "", FIXTURE_TESTS),
    Fault(
        "an application that does not start is taken to run",
        SERVING,
        "if not server.started:",
        "if False:",
        FIXTURE_TESTS,
    ),
]

FAULTS = [
    *OF_DOCUMENTATION,
    *OF_THE_PACKAGE,
    *OF_THE_PLUGIN,
    *OF_THE_RECEIVER,
    *OF_LISTEN,
    *OF_THE_MOCKS_STREAMS,
    *OF_CALLBACKS,
    *OF_COMMANDS,
    *OF_PARAMETERS,
    *OF_DATES,
    *OF_CHECKS,
    *OF_REQUESTS,
    *OF_SETTINGS,
    *OF_CONNECTIONS,
    *OF_OBSERVABILITY,
    *OF_WHAT_IS_TOLD,
    *OF_CLIENTS,
    *OF_RETRIES,
    *OF_SECRETS,
    *OF_ANSWERS,
    *OF_COMPAT,
    *OF_THE_SERVICE,
    *OF_THE_APP,
    *OF_THE_DOCUMENT,
    *OF_MEDIA,
]
