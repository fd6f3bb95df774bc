"""What was refused within the last hour, by whom and why: notifications that we refused, and commands that the PBX did.

Metrics count it without naming a sender, since a stranger may not make labels. Here each account, reason and sender has
a row of a table of fixed size, with one count for each minute. Every worker writes a table of its own, a file in the
directory that the workers share for their metrics (PROMETHEUS_MULTIPROC_DIR), so no worker waits for another, and
a reader adds all tables up. A dead worker's table counts until its hour is over. Without that directory the table
is the process's own.

What always holds: neither the number of rows nor their length depends on what strangers send. When the rows run short,
senders are told together, then everything else.
"""

import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from router.own_directory import is_alive
from router.private_files import open_private

NOTIFICATION: Final = "notification"
COMMAND: Final = "command"
OTHERS: Final = "others"  # in the place of what has no row of its own

MINUTES: Final = 60
ROWS: Final = 256
ROWS_WITH_SENDER: Final = 192  # the rest is for sums, so that a flood of senders hides no reason
KEY_BYTES: Final = 240
ROW: Final = struct.Struct(f"={KEY_BYTES}sQ{MINUTES}I")  # key; the latest minute; counts by minute modulo 60
COUNT: Final = struct.Struct("=I")
LATEST: Final = struct.Struct("=Q")
LATEST_AT: Final = KEY_BYTES
COUNTS_AT: Final = LATEST_AT + LATEST.size
MOST_COUNT: Final = 2**32 - 1
BETWEEN: Final = "\x1f"
NAME: Final = "refusals-{}.table"


class Refused(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What was refused alike within the last hour."""

    what: str  # NOTIFICATION or COMMAND
    account: str  # "" when the key is no account's
    reason: str  # a word of the refusals, or a code of the PBX
    subject: str  # a notification's sender, a command's name
    count: int
    last: float  # Unix seconds, to the minute


class Refusals:
    """One process's table, and the sum of all tables of `directory` ("" for the process's own alone)."""

    def __init__(self, directory: str = "", now: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._now = now
        self._lock = threading.Lock()
        self._rows: dict[tuple[str, str, str, str], int] = {}
        self._table: mmap.mmap | None = None
        self._process = 0

    def note(self, what: str, account: str, reason: str, subject: str) -> None:
        """One more. Costs a few microseconds; never raises."""
        minute = int(self._now() // 60)
        with self._lock:
            table = self._own_table()
            at = self._row(table, (what, account, reason, subject), minute) * ROW.size
            (latest,) = LATEST.unpack_from(table, at + LATEST_AT)
            for passed in range(max(latest + 1, minute - MINUTES + 1), minute + 1):
                COUNT.pack_into(table, at + COUNTS_AT + passed % MINUTES * COUNT.size, 0)
            if minute > latest:
                LATEST.pack_into(table, at + LATEST_AT, minute)
            cell = at + COUNTS_AT + minute % MINUTES * COUNT.size
            (count,) = COUNT.unpack_from(table, cell)
            COUNT.pack_into(table, cell, min(count + 1, MOST_COUNT))

    def last_hour(self) -> list[Refused]:
        """Of all workers of this machine, the most frequent first."""
        minute = int(self._now() // 60)
        with self._lock:
            own = bytes(self._own_table())
        found: dict[tuple[str, ...], tuple[int, int]] = {}
        for key, count, latest in _counted([own, *self._tables_of_others()], minute):
            before, seen = found.get(key, (0, 0))
            found[key] = (before + count, max(seen, latest))
        refused = [
            Refused(what=what, account=account, reason=reason, subject=subject, count=count, last=latest * 60.0)
            for (what, account, reason, subject), (count, latest) in found.items()
        ]
        return sorted(refused, key=lambda one: (-one.count, one))

    # inside

    def _row(self, table: mmap.mmap, key: tuple[str, str, str, str], minute: int) -> int:
        """The row of a key, or the one that tells it together with others."""
        what, account, reason, _ = key
        for wanted, most in ((key, ROWS_WITH_SENDER), ((what, account, reason, OTHERS), ROWS - 2)):
            row = self._rows.get(wanted)
            if row is None:
                row = self._free_row(most, minute, table)
                if row is None:
                    continue
                self._begin(table, row, wanted)
            return row
        rest = (what, OTHERS, OTHERS, OTHERS)
        row = ROWS - 1 if what == COMMAND else ROWS - 2
        if rest not in self._rows:
            self._begin(table, row, rest)
        return row

    def _free_row(self, most: int, minute: int, table: mmap.mmap) -> int | None:
        if len(self._rows) < most:
            used = set(self._rows.values())
            return next(row for row in range(most) if row not in used)
        for key, row in self._rows.items():
            if row < most and LATEST.unpack_from(table, row * ROW.size + LATEST_AT)[0] <= minute - MINUTES:
                del self._rows[key]
                return row
        return None

    def _begin(self, table: mmap.mmap, row: int, key: tuple[str, str, str, str]) -> None:
        self._rows[key] = row
        what, account, reason, subject = key
        text = BETWEEN.join((what, reason, subject, account)).encode(errors="replace")[:KEY_BYTES]
        ROW.pack_into(table, row * ROW.size, text, 0, *[0] * MINUTES)

    def _own_table(self) -> mmap.mmap:
        """This process's; a forked child begins anew."""
        if self._table is None or self._process != os.getpid():
            self._process, self._rows = os.getpid(), {}
            self._table = self._open()
        return self._table

    def _open(self) -> mmap.mmap:
        size = ROWS * ROW.size
        if self._directory:
            path = Path(self._directory, NAME.format(os.getpid()))
            sweep(self._directory, is_alive, self._now())
            try:
                descriptor = open_private(path, os.O_RDWR | os.O_TRUNC)
            except OSError:
                return mmap.mmap(-1, size)  # better this process's own than none
            try:
                os.posix_fallocate(descriptor, 0, size)  # writing to a file with holes on a full disk is a SIGBUS
                return mmap.mmap(descriptor, size)
            except OSError:
                path.unlink(missing_ok=True)
            finally:
                os.close(descriptor)
        return mmap.mmap(-1, size)

    def _tables_of_others(self) -> Iterator[bytes]:
        if not self._directory:
            return
        for path in Path(self._directory).glob(NAME.format("*")):
            if path.name != NAME.format(os.getpid()):
                try:
                    yield path.read_bytes()
                except OSError:  # a successor of its process has just swept it away
                    continue


def sweep(directory: str, is_alive: Callable[[int], bool], now: float) -> None:
    """Delete the tables of dead processes that tell nothing of the last hour any more."""
    for path in Path(directory).glob(NAME.format("*")):
        number = path.stem.rpartition("-")[2]
        with suppress(OSError):  # another worker sweeps, too
            if (
                number.isdigit()
                and not is_alive(int(number))
                and not any(_counted([path.read_bytes()], int(now // 60)))
            ):
                path.unlink()


def _counted(tables: Iterable[bytes], minute: int) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """(key, count within the last hour, latest minute) of each row that counted any. A row that is being written may
    be off by what is being written."""
    for table in tables:
        for text, latest, *counts in ROW.iter_unpack(table[: len(table) // ROW.size * ROW.size]):
            age = minute - latest
            count = sum(counts[(latest - back) % MINUTES] for back in range(MINUTES - max(age, 0)))
            parts = text.rstrip(b"\0").decode(errors="ignore").split(BETWEEN)
            if count and len(parts) == 4:
                what, reason, subject, account = parts
                yield (what, account, reason, subject), count, latest


refusals: Final = Refusals(os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""))
"""The process's; what refuses notes it here, what tells of it reads it here."""
