"""Lines of the PBX by what they are: DID and 7800 numbers, and SIP lines that register elsewhere or do not (§3.6.7).

A call is made through a DID or 7800 number by that number, through an active SIP line by the name that the cabinet
gives it and never by its address; passive SIP lines only take calls (§3.2.1, §3.2.2).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

Seeds = Mapping[str, Any]  # `pbx.yaml` as it is written

TOLL_FREE: Final = "toll-free"
ACTIVE_SIP: Final = "sip-uac"
PASSIVE_SIP: Final = "sip"
DID: Final = "2"  # Moscow, as in the document's example


def region(seeds: Seeds, number: str) -> str:
    """The kind of a line, in the words of §3.6.7."""
    if "@" in number:
        return ACTIVE_SIP if _written(seeds, number).get("active") == "true" else PASSIVE_SIP
    return TOLL_FREE if number.startswith("7800") else DID


def name(seeds: Seeds, number: str) -> str | None:
    """What the cabinet calls a line; only SIP lines have a name of their own."""
    found = _written(seeds, number).get("name")
    return None if found is None else str(found)


def outgoing(numbers: Iterable[str], seeds: Seeds, wanted: str) -> str | None:
    """The number of the line that a command names in `line_number`, "" for the first that can; None when no call can be
    made through it."""
    known = list(numbers)
    if not wanted:
        able = [number for number in known if region(seeds, number) != PASSIVE_SIP]
        return (able or known)[0]
    for number in known:
        kind = region(seeds, number)
        if kind in (DID, TOLL_FREE) and number == wanted.removeprefix("+"):
            return number
        if kind == ACTIVE_SIP and name(seeds, number) == wanted:
            return number
    return None


def _written(seeds: Seeds, number: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = seeds.get("lines", {}).get(number, {})
    return found
