"""Starts, stops and ends of calls and conferences in any order.

The mock, driven by the overlay, does what a simple model says.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from signalwire_streams import CallStateError, InvalidRequestError, NotFoundError, StreamsClient
from signalwire_streams.mock import MockServer

URL = "wss://stream.example.com/audio"
PARENTS = st.sampled_from([("call", "1"), ("call", "2"), ("conference", "1"), ("conference", "2")])
NAMES = st.sampled_from(["a", "b", "a/b"])


def outcome(call: Any) -> str:
    """The sid of the stream that a call answered with, or the kind of its refusal."""
    try:
        return str(call().sid)
    except (NotFoundError, CallStateError, InvalidRequestError) as error:
        return type(error).__name__


def test_any_order_of_starts_stops_and_ends_goes_as_the_model_says(running_mock: MockServer) -> None:
    with StreamsClient(running_mock.project, running_mock.token, running_mock.url) as client:
        start: dict[str, Any] = {"call": client.start_stream, "conference": client.start_conference_stream}
        stop: dict[str, Any] = {"call": client.stop_stream, "conference": client.stop_conference_stream}
        end = {"call": running_mock.end_call, "conference": running_mock.end_conference}
        # A conference's 422 has no code that tells its causes apart.
        refusal = {"call": "CallStateError", "conference": "InvalidRequestError"}

        class Parents(RuleBasedStateMachine):
            def __init__(self) -> None:
                super().__init__()
                running_mock.reset()
                self.streams: list[dict[str, Any]] = []  # the model, oldest first
                self.ended: set[tuple[str, str]] = set()

            def running(self, parent: tuple[str, str]) -> list[dict[str, Any]]:
                return [each for each in self.streams if each["parent"] == parent and each["status"] != "stopped"]

            @rule(parent=PARENTS, name=NAMES | st.none())
            def start(self, parent: tuple[str, str], name: str | None) -> None:
                kind, sid = parent
                found = outcome(lambda: start[kind](sid, URL, name=name))
                if parent in self.ended:
                    assert found == refusal[kind]
                elif name in [stream["name"] for stream in self.running(parent)]:
                    assert found == "InvalidRequestError"
                else:
                    assert found not in [stream["sid"] for stream in self.streams]
                    self.streams.append(
                        {"sid": found, "name": name or found, "parent": parent, "status": "in-progress"}
                    )

            @rule(parent=PARENTS, name=NAMES)
            def stop_by_name(self, parent: tuple[str, str], name: str) -> None:
                kind, sid = parent
                named = [stream for stream in self.streams if (stream["parent"], stream["name"]) == (parent, name)]
                running = [stream for stream in named if stream["status"] != "stopped"]
                expected = (running or named)[-1:]
                assert outcome(lambda: stop[kind](sid, name)) == (expected[0]["sid"] if expected else "NotFoundError")
                for stream in expected:
                    stream["status"] = "stopped"

            @rule(data=st.data(), parent=PARENTS)
            def stop_by_sid(self, data: st.DataObject, parent: tuple[str, str]) -> None:
                kind, sid = parent
                if self.streams:
                    stream = data.draw(st.sampled_from(self.streams))
                    found = outcome(lambda: stop[kind](sid, stream["sid"]))
                    if parent == stream["parent"]:
                        assert found == stream["sid"]
                        stream["status"] = "stopped"
                    else:
                        assert found == "NotFoundError"

            @rule(parent=PARENTS)
            def end(self, parent: tuple[str, str]) -> None:
                kind, sid = parent
                end[kind](sid)
                self.ended.add(parent)
                for stream in self.running(parent):
                    stream["status"] = "stopped"

            @invariant()
            def the_mock_agrees_with_the_model(self) -> None:
                real = [(each.sid, each.name, each.parent, each.status) for each in running_mock.streams]
                assert real == [
                    tuple(stream[key] for key in ("sid", "name", "parent", "status")) for stream in self.streams
                ]

        run_state_machine_as_test(Parents, settings=settings(max_examples=25, stateful_step_count=20, deadline=None))
