"""What a fault is."""

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
