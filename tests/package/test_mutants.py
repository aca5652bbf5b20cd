"""Each planted fault still applies, so that a refactoring cannot switch it off without a word."""

import re

import pytest
from mutants.faults import ROOT, BrokenFaultError, Fault, load_faults

FAULTS = load_faults()


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_applies_and_its_tests_exist(fault: Fault) -> None:
    try:
        fault.changed(ROOT)
        fault.check_tests(ROOT)
    except BrokenFaultError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def test_each_fault_is_named_by_one_sentence() -> None:
    assert [fault.name for fault in FAULTS if not re.fullmatch(r"[A-Z][^.]+\.", fault.name)] == []
