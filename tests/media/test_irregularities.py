"""NumberTracker, which finds gaps, repeats and late numbers."""

from hypothesis import given
from hypothesis import strategies as st
from signalwire_streams.media._irregularities import NumberTracker


@given(st.permutations(range(1, 12)))
def test_a_number_that_fills_a_gap_is_out_of_order_once_and_then_a_repeat(order: list[int]) -> None:
    numbers = NumberTracker()
    highest = 0
    for number in order:
        expected = None if number == highest + 1 else "gap" if number > highest else "out_of_order"
        assert numbers.add(number) == expected
        highest = max(highest, number)
    assert {numbers.add(number) for number in order} == {"repeat"}


def test_endless_gaps_use_bounded_memory() -> None:
    numbers = NumberTracker()
    for number in range(2, 10**6, 1000):
        assert numbers.add(number) == "gap"
    assert len(numbers._gaps) == 100
    assert numbers.add(10**6 - 500) == "gap"
    assert numbers.add(10**6 - 1500) == "out_of_order"
    assert numbers.add(3) == "repeat"  # from a gap that was forgotten
    assert numbers.add(10**15) == "gap"
    for number in range(10**6, 10**6 + 1000, 2):  # filling every second number splits a gap into many
        assert numbers.add(number) == "out_of_order"
        assert len(numbers._gaps) <= 100
