"""Copies of real calls: a day of `bench.week`, over and over, each call at another time and under other names.

A name is replaced by one of the same length, within the encoded columns, and looks random as the PBX's do, so that
indexes are entered where real ones would be. Every instant of the router moves along; what the PBX told of its own
clock stays as it was told.
"""

import tempfile
from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from bench.week import ACCOUNT, LINE, Shop
from router.engine.codec import encode_call, encode_trace
from router.engine.rebase_clock import moved
from router.engine.state import ENDED, Call
from router.history.journal import FAILED, UNKNOWN, CommandRow, Record
from router.store.encoding import CALL_COLUMNS, COMMAND_COLUMNS, RECORD_COLUMNS, call_summary, command_columns

CALLERS: Final = 400
FIRST: Final = 10_000_000  # names of nine characters
LINES: Final = tuple(f"749500001{number:02}" for number in range(40))
RARE_LINE, RARE_FLOW, RARE_OUTCOME, RARE_STATE = "74950000199", "rare", "released", UNKNOWN
RARE: Final = 20  # calls of each, at the very beginning
FAILING: Final = 5  # one call in so many has a command that failed
SPREAD: Final = 0x9E3779B97F  # odd: see `_scattered`
_COMMAND_INSTANTS: Final = ("queued", "deadline", "sent", "answered", "confirmed")


class Rows(NamedTuple):
    """Rows of each table, in the order of the columns that `encoding` names."""

    calls: list[tuple[Any, ...]]
    journal: list[tuple[Any, ...]]
    commands: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Original:
    """A call that was played, with all that is kept of it."""

    call: Call
    records: tuple[Record, ...]
    commands: tuple[CommandRow, ...]


def originals() -> list[Original]:
    """The calls of a day."""
    with tempfile.TemporaryDirectory(prefix="ivr-history-") as directory:
        shop = Shop(Path(directory) / "ivr.db", first=FIRST)
        shop.live(CALLERS, 1, lambda standing: None)
        found = list(_ended(shop))
        shop.store.close()
    return found


def _ended(shop: Shop) -> Iterator[Original]:
    for row in shop.store.calls(ACCOUNT, {"live": "0"}, CALLERS, ""):
        call = shop.store.call(ACCOUNT, row["entry_id"])
        if call is not None and call.status == ENDED and call.line == LINE:  # others are masked
            records = shop.store.journal(ACCOUNT, call.entry_id)
            yield Original(call, tuple(records), tuple(shop.store.commands(ACCOUNT, entry_id=call.entry_id)))


def add_clone(rows: Rows, original: Original, number: int, account: str, started: float) -> None:
    """The `number`th call, as rows."""
    names = _Names(original.call, number)
    shift = started - original.call.started
    call = _as_another(moved(original.call, shift), number, account, shift)
    told = dict(zip(CALL_COLUMNS, map(names.text, call_summary(call)), strict=False))
    kept = {**dict.fromkeys(CALL_COLUMNS), **told, "state": names.blob(encode_call(call))}
    rows.calls.append(tuple(kept.values()))
    for record in original.records:
        trace = tuple(msgspec.structs.replace(entry, at=entry.at + shift) for entry in record.trace)
        columns = {name: getattr(record, name) for name in RECORD_COLUMNS} | {
            "account": account,
            "entry_id": names.entry_id,
            "at": record.at + shift,
            "dedupe": record.dedupe and names.key(record.dedupe),
            "body": names.text(record.body),
            "trace": names.blob(encode_trace(trace)),
        }
        rows.journal.append(tuple(columns.values()))
    for place, command in enumerate(original.commands):
        rows.commands.append(names.command(command, account, shift, _state_of(command, number, place)))


def _as_another(call: Call, number: int, account: str, shift: float) -> Call:
    line, flow, outcome = LINES[number % len(LINES)], call.flow, call.outcome
    if number < 3 * RARE:
        line = RARE_LINE if number < RARE else line
        flow = RARE_FLOW if RARE <= number < 2 * RARE else flow
        outcome = RARE_OUTCOME if number >= 2 * RARE else outcome
    return msgspec.structs.replace(
        call, account=account, line=line, flow=flow, outcome=outcome, ended=call.ended + shift
    )


def _state_of(command: CommandRow, number: int, place: int) -> str:
    if place:
        return command.state
    return RARE_STATE if number < RARE else FAILED if number % FAILING == 0 else command.state


def _scattered(number: int, salt: int) -> str:
    """Eight signs; an odd factor gives each number another place among 2 ** 40."""
    return b32encode((number * (SPREAD + 2 * salt) % 2**40).to_bytes(5, "big")).decode().lower()


class _Names:
    """What a clone is called instead of its original."""

    def __init__(self, call: Call, number: int) -> None:
        self.entry_id, self.token = f"e{_scattered(number, 1)}", f"t{_scattered(number, 3)}"
        self._pairs = ((call.entry_id, self.entry_id), (call.token, self.token))
        self._encoded = tuple((old.encode(), new.encode()) for old, new in self._pairs)

    def text(self, value: Any) -> Any:
        if isinstance(value, str):
            for old, new in self._pairs:
                value = value.replace(old, new)
        return value

    def blob(self, value: bytes) -> bytes:
        for old, new in self._encoded:
            value = value.replace(old, new)
        return value

    def key(self, dedupe: str) -> str:
        """A dedupe key; one that is a hash has no name in it."""
        renamed = str(self.text(dedupe))
        return renamed if renamed != dedupe else f"{dedupe[: -len(self.entry_id)]}{self.entry_id}"

    def command(self, command: CommandRow, account: str, shift: float, state: str) -> tuple[Any, ...]:
        columns = dict(zip(COMMAND_COLUMNS, map(self.text, command_columns(command)), strict=True))
        columns |= {"account": account, "state": state}
        for name in _COMMAND_INSTANTS:
            if columns[name] is not None:
                columns[name] += shift
        return tuple(columns.values())


TABLES: Final = {"calls": CALL_COLUMNS, "journal": RECORD_COLUMNS, "commands": COMMAND_COLUMNS}
"""The columns of `Rows`."""
