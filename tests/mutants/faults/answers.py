"""Faults of what is made of an answer, and what must not be shown of a call."""

from mutants.faults.fault import Fault
from mutants.faults.places import (
    ANSWER_TESTS,
    ANSWERS,
    ASYNC_CLIENT,
    CLIENT,
    COMPAT,
    COMPAT_TESTS,
    ERRORS,
    FRAMES,
    JOB_TESTS,
    REQUESTS,
    SECRET_TESTS,
    STREAM,
    STREAM_MODEL,
)

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
        FRAMES,
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

FAULTS = [*OF_ANSWERS, *OF_SECRETS, *OF_COMPAT]
