"""Lines that repeat themselves: what is wrong is said at once, and then, while it lasts, now and again with a count.

A line of level warning or above has a kind: what it says (`event`), of whom (`account`, `reason`, `sender`), and the
type of its exception. The first of a kind is written at once; what follows is counted, and told as one line five
seconds later and then once a minute, with `count`, by one process for all of the machine. An event that comes with ever
new senders is told for a few of them, and for the others together. So an outage is a few lines under any load.

What always holds: every line is either written or counted, and its count is written unless its process is killed. A
line that is only counted costs microseconds and never waits.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from router.logs.rendering import Line
from router.logs.shared import Slot, Table

FIRST_SECONDS: Final = 5.0
SECONDS: Final = 60.0
LOOK_SECONDS: Final = 1.0
KINDS_OF_EVENT: Final = 4  # in a minute, one by one
KINDS_WITH_REASON: Final = 8
KINDS_KNOWN: Final = 300  # of a process
OTHERS: Final = "others"
NAMING: Final = ("account", "reason", "sender", "key")
"""The facts that, beside `event`, tell lines apart. `key` is for that alone, and is not written."""


@dataclass(slots=True)
class _Pending:
    """A kind of line that this process has counted."""

    until: float  # known from the table: nothing is written before
    count: int = 0
    line: Line = field(default_factory=dict)  # the latest


class Repeats:
    """The lines of one process. `write` writes one at once."""

    def __init__(
        self, write: Callable[[Line], None], table: Table, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._table = table
        self._steady = steady
        self._pending: dict[str, _Pending] = {}
        self._lock = threading.Lock()
        self._teller: threading.Thread | None = None
        os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        """A forked child has counted nothing."""
        self._pending, self._lock, self._teller = {}, threading.Lock(), None

    def take(self, line: Line, topic: str = "") -> None:
        """Write a line, or count it. Lines of one `topic` are one kind, with any text."""
        kind, now = kind_of(line, topic), self._steady()
        with self._lock:
            known = self._pending.get(kind)
            if known is not None and now < known.until:
                known.count += 1
                known.line = line
                if self._teller is None:
                    self._begin_telling()
                return
        told, kind, count = self._claim(kind, line, now)
        if told:
            self._write(_with_count(line, count))
        else:
            self._tell_later()

    def recovered(self, topic: str) -> float | None:
        """The trouble of a topic is over: for how long it was there, once for the machine; else None."""
        now = self._steady()
        with self._table.alone() as is_ours:
            if not is_ours:
                return None
            slot = self._table.peek(f"topic:{topic}")
            if slot is None or not slot.is_active:
                return None
            slot.is_active = 0
            if slot.stage <= 1:  # unless it comes and goes, the next outage is told at once from soon on
                slot.until = now + FIRST_SECONDS
            self._table.keep(slot)
            return now - slot.began

    def flush(self) -> None:
        """Tell what was counted, and not later: the process ends."""
        self._tell(is_last=True)

    # inside

    def _claim(self, kind: str, line: Line, now: float) -> tuple[bool, str, int]:
        """(whether it is ours to write, its kind, how many it stands for)."""
        with self._table.alone() as is_ours:
            known = self._table.peek(kind) if is_ours else None
            if is_ours and (known is None or now - known.until > SECONDS) and self._is_one_of_many(kind, line, now):
                kind = f"{line.get('event')}\0{OTHERS}"
            slot = self._table.find(kind, now) if is_ours else None
            if slot is None:  # the table is stuck or full: this process speaks for itself
                return self._claim_alone(kind, line, now)
            told, count = now >= slot.until, 1 + slot.count
            if told:
                _begin(slot, now)
                slot.count = 0
                self._table.keep(slot)
        self._note(kind, slot.until, line, 0 if told else 1)
        return told, kind, count

    def _claim_alone(self, kind: str, line: Line, now: float) -> tuple[bool, str, int]:
        with self._lock:
            known = self._pending.get(kind)
            told, count = known is None or now >= known.until, 1 + (known.count if known is not None else 0)
            if known is not None and told:
                known.count = 0
        self._note(kind, now + SECONDS if told or known is None else known.until, line, 0 if told else 1)
        return told, kind, count

    def _is_one_of_many(self, kind: str, line: Line, now: float) -> bool:
        """Whether the event has had its share of kinds for now."""
        if kind.startswith("topic:"):
            return False
        slot = self._table.find(f"{line.get('event')}\0kinds", now)
        if slot is None:
            return False
        if now >= slot.until:
            slot.until, slot.count = now + SECONDS, 0
        slot.count += 1
        self._table.keep(slot)
        return slot.count > (KINDS_WITH_REASON if "reason" in line else KINDS_OF_EVENT)

    def _note(self, kind: str, until: float, line: Line, count: int) -> None:
        with self._lock:
            known = self._pending.get(kind)
            if known is None:
                if len(self._pending) >= KINDS_KNOWN:
                    self._forget()
                known = self._pending[kind] = _Pending(until=until)
            known.until, known.line = until, line
            known.count += count

    def _forget(self) -> None:
        """Kinds of which nothing was counted."""
        self._pending = {kind: known for kind, known in self._pending.items() if known.count}

    def _tell_later(self) -> None:
        with self._lock:
            if self._teller is None:
                self._begin_telling()

    def _begin_telling(self) -> None:
        """Under `_lock`."""
        self._teller = threading.Thread(target=self._run, name="log-counts", daemon=True)
        self._teller.start()

    def _run(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            self._tell()
            with self._lock:
                if not self._pending:
                    self._teller = None
                    return

    def _tell(self, *, is_last: bool = False) -> None:
        """Add what this process has counted to the table, and write what is due."""
        now = self._steady()
        lines: list[Line] = []
        with self._table.alone() as is_ours, self._lock:
            if not is_ours:
                return
            for kind, known in list(self._pending.items()):
                count = self._due(kind, known, now, is_last=is_last)
                if count:
                    lines.append(_with_count(known.line, count))
                elif now >= known.until and not known.count:
                    del self._pending[kind]
        for line in lines:
            self._write(line)

    def _due(self, kind: str, known: _Pending, now: float, *, is_last: bool) -> int:
        """How many lines of a kind are to be told as one now, of all processes; 0 for none, or none yet."""
        slot = self._table.find(kind, now)
        if slot is None:
            count, known.count = (known.count, 0) if now >= known.until or is_last else (0, known.count)
            return count
        slot.count += known.count
        known.count, count = 0, 0
        if slot.count and (now >= slot.until or is_last):
            count, slot.count = slot.count, 0
            if slot.is_active:
                _begin(slot, now)
            else:
                known.line = {**known.line, "is_over": True}
                slot.until = now + (FIRST_SECONDS if slot.stage <= 1 else SECONDS)
                slot.stage += 1
        known.until = slot.until
        self._table.keep(slot)
        return count


def kind_of(line: Line, topic: str) -> str:
    """What tells a line from others."""
    if topic:
        return f"topic:{topic}"
    facts = (str(line.get(name, "")) for name in ("event", *NAMING, "error_type"))
    return "\0".join(facts)


def _begin(slot: Slot, now: float) -> None:
    """A line of this kind is written."""
    if now - slot.until > SECONDS:
        slot.stage = 0
    if not slot.is_active:
        slot.began = now
    slot.until = now + (SECONDS if slot.stage else FIRST_SECONDS)
    slot.stage += 1
    slot.is_active = 1


def _with_count(line: Line, count: int) -> Line:
    return line if count == 1 else {**line, "count": count}


def written(line: Line) -> dict[str, Any]:
    """A line's facts without those that only tell it apart."""
    return {name: value for name, value in line.items() if name != "key"}
