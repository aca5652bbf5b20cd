"""Faults of the pytest plugin and the receiver."""

from mutants.faults.fault import Fault
from mutants.faults.places import (
    ARRIVALS,
    BEARER,
    FIXTURE_TESTS,
    LEVELS,
    PLUGIN,
    RECEIVED_STREAM,
    RECEIVER,
    RECEIVER_TESTS,
    SERVING,
    STEERING,
)

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

FAULTS = [*OF_THE_PLUGIN, *OF_THE_RECEIVER]
