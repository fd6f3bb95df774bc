"""Words for what happens in a call, in tests and in `ivr simulate` alike; and those that were used before.

A test's words are the ones that everything is written in. `ivr simulate` takes each line of a test that does something,
with or without its colon (`wait 5s`, `pbx: busy`), and the bare word of whatever happens at the other end (`busy`).
"""

from collections.abc import Mapping
from typing import Final

from router.pbx.happenings import HAPPENINGS

OLDER: Final = {
    "answer": "answered",
    "noanswer": "no_answer",
    "reject": "rejected",
    "hold": "held",
    "resume": "resumed",
}
"""Older word -> the one of today. Both are understood everywhere."""

HAPPENS: Final[Mapping[str, str]] = {word: word for word in HAPPENINGS} | OLDER
"""Word -> what happens at the other end."""
