"""Ids as the real PBX gives them: large, rising, one series for each kind of object."""

from itertools import count
from typing import Final

FIRST: Final = {
    "user": 300_000_101,
    "group": 10_050_001,
    "line": 300_030_001,
    "scheme": 11_000_001,
    "role": 10_451,
    "sip": 10_031_301,
    "trunk": 787,
    "list entry": 10_088_581,
    "organization": 10_182_085,
    "contact group": 10_129_645,
    "contact": 12_761_840,
    "detail": 13_870_362,
    "custom field": 5_396,
    "list item": 6_725,
    "custom value": 28_276,
    "campaign": 16_064,
    "task": 2_489_649,
    "cc task": 402_052_290,
    "conversion": 14_136_224,
    "tag": 10_017_912,
    "topic": 1_688,
    "script": 1_121,
    "question": 3_092,
    "widget": 501,
}
"""Kind -> its first id."""


class Numbering:
    """Gives every object its id."""

    def __init__(self) -> None:
        self._series = {kind: count(first) for kind, first in FIRST.items()}

    def next(self, kind: str) -> int:
        """The next id of a kind of FIRST."""
        return next(self._series[kind])
