"""Starts, stops and ended calls in any order: the mock, driven by the overlay, does what a simple model says."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from signalwire_streams import CallStateError, InvalidRequestError, NotFoundError, StreamsClient
from signalwire_streams.mock import MockServer

URL = "wss://stream.example.com/audio"
CALLS = st.sampled_from(["CA1", "CA2"])
NAMES = st.sampled_from(["a", "b", "a/b"])


def outcome(call: Any) -> str:
    """The sid of the stream that a call answered with, or the kind of its refusal."""
    try:
        return str(call().sid)
    except (NotFoundError, CallStateError, InvalidRequestError) as error:
        return type(error).__name__


def test_any_order_of_starts_stops_and_ended_calls_goes_as_the_model_says(running_mock: MockServer) -> None:
    with StreamsClient(running_mock.project, running_mock.token, running_mock.url) as client:

        class Calls(RuleBasedStateMachine):
            def __init__(self) -> None:
                super().__init__()
                running_mock.reset()
                self.streams: list[dict[str, str]] = []  # the model, oldest first
                self.ended: set[str] = set()

            def running(self, call: str) -> list[dict[str, str]]:
                return [stream for stream in self.streams if stream["call"] == call and stream["status"] != "stopped"]

            @rule(call=CALLS, name=NAMES | st.none())
            def start(self, call: str, name: str | None) -> None:
                found = outcome(lambda: client.start_stream(call, URL, name=name))
                if call in self.ended:
                    assert found == "CallStateError"
                elif name in [stream["name"] for stream in self.running(call)]:
                    assert found == "InvalidRequestError"
                else:
                    assert found not in [stream["sid"] for stream in self.streams]
                    self.streams.append({"sid": found, "name": name or found, "call": call, "status": "in-progress"})

            @rule(call=CALLS, name=NAMES)
            def stop_by_name(self, call: str, name: str) -> None:
                named = [stream for stream in self.streams if (stream["call"], stream["name"]) == (call, name)]
                running = [stream for stream in named if stream["status"] != "stopped"]
                expected = (running or named)[-1:]
                assert outcome(lambda: client.stop_stream(call, name)) == (
                    expected[0]["sid"] if expected else "NotFoundError"
                )
                for stream in expected:
                    stream["status"] = "stopped"

            @rule(data=st.data(), call=CALLS)
            def stop_by_sid(self, data: st.DataObject, call: str) -> None:
                if self.streams:
                    stream = data.draw(st.sampled_from(self.streams))
                    found = outcome(lambda: client.stop_stream(call, stream["sid"]))
                    if call == stream["call"]:
                        assert found == stream["sid"]
                        stream["status"] = "stopped"
                    else:
                        assert found == "NotFoundError"

            @rule(call=CALLS)
            def end_call(self, call: str) -> None:
                running_mock.end_call(call)
                self.ended.add(call)
                for stream in self.running(call):
                    stream["status"] = "stopped"

            @invariant()
            def the_mock_agrees_with_the_model(self) -> None:
                real = [(stream.sid, stream.name, stream.call_sid, stream.status) for stream in running_mock.streams]
                assert real == [
                    tuple(stream[key] for key in ("sid", "name", "call", "status")) for stream in self.streams
                ]

        run_state_machine_as_test(Calls, settings=settings(max_examples=25, stateful_step_count=20, deadline=None))
