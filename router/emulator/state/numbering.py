"""Ids as the real PBX gives them: large, rising, one series for each kind of object.

`pbx.yaml` may give an object the id that it has in the real cabinet (`id`), and say where a series begins (`ids`), so
that programs with ids of a real PBX in them find the same objects here.
"""

from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from router.errors import ConfigurationError

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

    def __init__(self, seeds: Mapping[str, Any]) -> None:
        firsts: Mapping[str, str] = seeds.get("ids", {})
        self._series = {kind: count(int(firsts.get(kind.replace(" ", "_"), first))) for kind, first in FIRST.items()}
        self._given: set[tuple[str, int]] = set()

    def next(self, kind: str) -> int:
        """The next id of a kind of FIRST."""
        number = next(one for one in self._series[kind] if (kind, one) not in self._given)
        self._given.add((kind, number))
        return number

    def of(self, kind: str, written: Any) -> int:
        """The id that `pbx.yaml` gives to an object (its settings are `written`), or the next one."""
        given = written.get("id") if isinstance(written, Mapping) else None
        if given is None:
            return self.next(kind)
        if (kind, int(given)) in self._given:
            raise ConfigurationError(f"pbx.yaml: two of kind {kind!r} have the id {given}; give one another id")
        self._given.add((kind, int(given)))
        return int(given)
