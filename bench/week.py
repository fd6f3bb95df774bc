"""`python -m bench.week [--calls N] [--days D]`: a week of calls in simulated time; does anything pile up?

The production code (ingest, engine, timers, dispatcher, limits, upkeep, SQLite) lives through days and nights on a
virtual clock, one thread, nothing left out but sockets. Callers come as they do to a shop, most of them at noon; they
press keys, talk, hang up in the menu or say nothing; events come late, twice, and some ends never come at all. Every
midnight a changed bundle is published, and what is older than two days is forgotten. Once a day it is told what there
is; when the week is over nothing may be left open, and nothing may have grown.
"""

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from bench.memory import resident_bytes
from router.engine.effects import QueueCommand
from router.files.bundle import pack, unpack
from router.pbx.happenings import Impossible
from router.protocol.events import DISCONNECTED, DigitsCollected, JourneyEnded, LegChanged
from router.protocol.parse import dedupe_key
from router.runtime.calls.apply import Calls
from router.runtime.calls.encryption import SaltSealer
from router.runtime.calls.retention import Upkeep
from router.runtime.calls.timers import Timers
from router.runtime.group_commit import GroupCommit
from router.runtime.intake.digests import Digests
from router.runtime.intake.ingest import Ingest
from router.runtime.limits.limiter import Limits
from router.runtime.outbound_ports import Answer, Departure
from router.runtime.outbox.dispatch import Dispatcher
from router.runtime.versions.publish import Publisher
from router.runtime.versions.version_bundles import VersionBundles
from router.simulator.scripted_pbx import Notification, ScriptedPbx
from router.store import open_store
from router.store.database import NORMAL
from router.virtual_clock import VirtualClock

CALLS: Final = 50_000
DAYS: Final = 7
ACCOUNT: Final = "shop"
LINE: Final = "74950000001"
MONDAY: Final = 1_795_381_200.0  # 2026-11-23, midnight in Moscow
DAY: Final = 86_400.0
HOUR: Final = 3600.0
RETENTION_SECONDS: Final = 2 * DAY
STALE_SECONDS: Final = 4 * HOUR
BY_HOUR: Final = (1, 1, 1, 1, 1, 2, 4, 8, 14, 20, 24, 26, 28, 26, 24, 22, 20, 16, 12, 8, 6, 4, 2, 1)
"""How many callers come in each hour of the day, beside each other."""

LOST_ENDS: Final = 0.02
TWICE: Final = 0.02
LATE_SECONDS: Final = 0.2
ANSWER_SECONDS: Final = 0.05

FLOW: Final = """
flow: main
for: any
window: 60s
on_error: bye
on_end: over
start: menu
steps:
  menu:
    menu:
      prompt: audio.hello
      first_digit: 8s
      keys: {1: sales, 2: bye}
      no_input: {prompt: audio.hello, max: 1, goto: bye}
      no_match: {max: 1, goto: bye}
  sales: {route: {to: group sales, ring: 25s, on: {answered: talking, else: bye}}}
  talking: {watch: {ended: over}}
  bye: hangup
  over: {switch: [{when: call.answered, goto: done}, {else: note}]}
  note: {remember: {value: "${caller.number}", in: lists.missed, next: done}}
  done: release
"""
RESOURCES: Final = """
audio: {hello: {id: 7, length: 4s}}
groups: {sales: {extension: "303"}}
lists: {missed: {keep: 12h}}
"""
PERSONAS: Final[Mapping[str, tuple[float, tuple[tuple[float, str], ...]]]] = {
    "talks": (0.55, ((6.0, "press 1"), (9.0, "answered"), (150.0, "hang up"))),
    "is not answered": (0.10, ((6.0, "press 1"), (40.0, "hang up"))),
    "leaves": (0.20, ((5.0, "hang up"),)),
    "says nothing": (0.10, ((60.0, "hang up"),)),
    "chooses nothing": (0.05, ((3.0, "press 9"), (9.0, "press 2"), (30.0, "hang up"))),
}
"""How often they come, and what they do so many seconds after they came."""


class Standing(NamedTuple):
    """What there is at one instant."""

    day: int
    callers: int  # so far
    events: int
    commands: int
    live: int
    rows: Mapping[str, int]
    database_bytes: int
    resident_bytes: int


class Shop:
    """A router and the telephones around it."""

    def __init__(self, path: Path, seed: int = 1, first: int = 0) -> None:
        """Callers and their tokens are numbered from `first` on."""
        self._time = VirtualClock(MONDAY, alarm_at=self._timer_at, ring=self._fire)
        self.store = open_store(f"sqlite:///{path}", self.now, durability=NORMAL)
        self.events = self.commands = self.callers = 0
        self._path = path
        self._chance = random.Random(seed)
        self._first = first
        self._publisher = Publisher(self.store, pack)
        self._tokens = count(first)
        self._pbxes: dict[str, ScriptedPbx] = {}  # by entry_id, while anything can happen to the call
        self._losing: set[str] = set()  # entry_ids whose end never comes
        group, limits = GroupCommit(self.store), {ACCOUNT: Limits()}
        calls = Calls(
            VersionBundles(self.store, unpack),
            new_token=lambda: f"t{next(self._tokens)}",
            forecast=lambda *_: 0.0,
            sealers={ACCOUNT: SaltSealer(["salt"])},
            ask=lambda *_: None,
            stale_seconds=STALE_SECONDS,
        )
        self._ingest = Ingest(self.store, calls, wake=lambda _: None, digests={ACCOUNT: Digests(["salt"])}, group=group)
        self._timers = Timers(self.store, calls, self, lambda: None, group)
        self._dispatcher = Dispatcher(self.store, self, limits, calls.apply_own, self, senders=0, group=group)
        self._upkeep = Upkeep(
            self.store,
            retention_seconds=RETENTION_SECONDS,
            mask_after_seconds=DAY,
            clock=lambda: 0.0,
            rest=lambda _: None,
        )

    def live(self, callers: int, days: int, say: Callable[[Standing], Any]) -> list[Standing]:
        """So many days, and half a one in which nobody comes; `say` hears how it stands at every midnight."""
        for number in range(self._first, self._first + callers):
            self._time.at(self._instant(days), partial(self._come, number))
        told = []
        for day in range(days):
            self._publish(day)
            for hour in range(24):
                self._run_until(MONDAY + day * DAY + (hour + 1) * HOUR)
                self._upkeep.run_once()
            told.append(self._standing(day + 1))
            say(told[-1])
        self._run_until(MONDAY + days * DAY + DAY / 2)
        self._upkeep.run_once()
        told.append(self._standing(days + 1))
        say(told[-1])
        return told

    # the PBX's side

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        """The router's command reaches the PBX: it is taken, and what it causes comes a moment later."""
        self._time.now = max(self._time.now, departure.at)
        self.commands += 1
        self._time.now += ANSWER_SECONDS
        pbx = self._pbxes.get(str(params["call_id"]).partition("/")[0])
        if pbx is not None:
            queued = QueueCommand(
                command_id=params["command_id"], command=command, call_id=str(params["call_id"]).partition("/")[2],
                params=dict(params), label="", deadline=None,
            )  # fmt: skip
            self._tell(pbx, pbx.carry_out(queued, None, self._time.now))
        return Answer(kind="accepted", status=200, code=1000)

    def _instant(self, days: int) -> float:
        day, hour = self._chance.randrange(days), self._chance.choices(range(24), BY_HOUR)[0]
        return MONDAY + day * DAY + hour * HOUR + self._chance.uniform(0.0, HOUR)

    def _come(self, number: int) -> None:
        self.callers += 1
        caller = f"7900{self._chance.randrange(10**7):07}"
        pbx = ScriptedPbx(entry_id=f"e{number}", caller=caller, line=LINE, location="ivr", dct=("", 0))
        self._pbxes[pbx.entry_id] = pbx
        if self._chance.random() < LOST_ENDS:
            self._losing.add(pbx.entry_id)
        self._tell(pbx, pbx.ring_in(self._time.now))
        name = self._chance.choices(list(PERSONAS), [share for share, _ in PERSONAS.values()])[0]
        for after, what in PERSONAS[name][1]:
            self._time.at(self._time.now + after * self._chance.uniform(0.8, 1.2), partial(self._do, pbx, what))
        self._time.at(self._time.now + HOUR, partial(self._forget, pbx.entry_id))

    def _do(self, pbx: ScriptedPbx, what: str) -> None:
        word, _, rest = what.partition(" ")
        try:
            if what == "hang up":
                self._tell(pbx, pbx.hang_up(self._time.now))
            elif word == "press":
                self._tell(pbx, pbx.press(rest, self._time.now))
            else:
                self._tell(pbx, pbx.happen(what, self._time.now))
        except Impossible:
            return

    def _forget(self, entry_id: str) -> None:
        del self._pbxes[entry_id]
        self._losing.discard(entry_id)

    def _tell(self, pbx: ScriptedPbx, happened: list[Notification]) -> None:
        """Each on its own way to the router, a little late."""
        for event in happened:
            if pbx.entry_id in self._losing and _is_an_end(event):
                continue
            for _ in range(2 if self._chance.random() < TWICE else 1):
                at = self._time.now + self._chance.uniform(0.0, LATE_SECONDS)
                self._time.at(at, partial(self._arrive, pbx.entry_id, event))

    def _arrive(self, entry_id: str, event: Notification) -> None:
        self.events += 1
        event = _named(entry_id, event)
        path = _PATHS.get(type(event)) or f"result/{event.command}"  # type: ignore[union-attr]  # results have no path of their own
        body = msgspec.json.encode(event)
        key, digest = dedupe_key(event, path, body)
        outcome = self._ingest.accept(ACCOUNT, path, event, body.decode(), key, digest)
        if outcome not in ("stored", "duplicate"):
            raise RuntimeError(f"an event was answered {outcome}")

    # time

    def now(self) -> float:
        return self._time.now

    steady = now

    def sleep(self, seconds: float) -> None:
        self._time.now += seconds

    def _timer_at(self) -> float | None:
        return self.store.next_wake()

    def _fire(self) -> None:
        self._timers.run_once()

    def _run_until(self, until: float) -> None:
        """Everything at its instant: what the PBX tells, timers, and commands when their limit is free."""
        while True:
            instants = [self._dispatcher.run_once(), self._time.next_instant()]
            due = min((at for at in instants if at is not None), default=until)
            if due >= until:
                break
            self._time.run_until(due)
        self._time.now = max(self._time.now, until)

    def _publish(self, day: int) -> None:
        flow = FLOW.replace("first_digit: 8s", f"first_digit: {8 + day % 3}s")
        self._publisher.publish(ACCOUNT, {"main.yaml": flow.encode(), "resources.yaml": RESOURCES.encode()})

    # what there is

    def _standing(self, day: int) -> Standing:
        return Standing(
            day=day,
            callers=self.callers,
            events=self.events,
            commands=self.commands,
            live=sum(self.store.live_calls().values()),
            rows=_rows(self._path),
            database_bytes=self._path.stat().st_size,
            resident_bytes=resident_bytes(),
        )

    def open_ends(self) -> dict[str, int]:
        """What must be nothing when everybody has left."""
        rows = _rows(self._path)
        waiting = sum(self.store.queue_depths().values())
        return {"live calls": sum(self.store.live_calls().values()), "timers": rows["timers"], "commands": waiting}


_PATHS: Final[Mapping[type, str]] = {
    LegChanged: "events/call",
    DigitsCollected: "events/dtmf",
    JourneyEnded: "events/summary",
}
_COUNTS: Final[Mapping[str, str]] = {
    "calls": "SELECT count(*) FROM calls",
    "timers": "SELECT count(*) FROM calls WHERE wake_at IS NOT NULL",
    "journal": "SELECT count(*) FROM journal",
    "commands": "SELECT count(*) FROM commands",
    "slots": "SELECT count(*) FROM slots",
    "remembered": "SELECT count(*) FROM remembered",
    "versions": "SELECT count(*) FROM versions",
}


def _rows(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {name: connection.execute(statement).fetchone()[0] for name, statement in _COUNTS.items()}


def _is_an_end(event: Notification) -> bool:
    return isinstance(event, JourneyEnded) or (isinstance(event, LegChanged) and event.state == DISCONNECTED)


def _named(entry_id: str, event: Notification) -> Notification:
    """With legs that no other journey has: the pretend PBX counts those of each call from one."""
    if isinstance(event, LegChanged):
        taken_from = f"{entry_id}/{event.taken_from_call_id}" if event.taken_from_call_id else ""
        return replace(event, call_id=f"{entry_id}/{event.call_id}", taken_from_call_id=taken_from)
    return replace(event, call_id=f"{entry_id}/{event.call_id}") if isinstance(event, DigitsCollected) else event


def problems(told: Sequence[Standing], open_ends: Mapping[str, int]) -> list[str]:
    """What is not flat or was left open, in sentences. What is kept has its full size after two days; from then on it
    goes up and down with the callers."""
    found = [f"{number} {what} were left open" for what, number in open_ends.items() if number]
    kept = told[2:-1]
    if len(kept) < 2:
        return found
    first, last = kept[0], kept[-1]
    for name in ("calls", "journal", "commands", "versions"):
        if last.rows[name] > 1.2 * first.rows[name] + 20:
            found.append(f"{name} grew from {first.rows[name]} to {last.rows[name]} rows")
    if last.database_bytes > 1.3 * first.database_bytes:
        found.append(f"the database grew from {first.database_bytes} to {last.database_bytes} bytes")
    if last.resident_bytes > first.resident_bytes + 8_000_000:
        found.append(f"the memory grew from {first.resident_bytes} to {last.resident_bytes} bytes")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.week", description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    console, began = Console(width=120), time.perf_counter()
    table = Table("day", "callers", "events", "commands", "live", *_COUNTS, "database MB", "memory MB")
    with tempfile.TemporaryDirectory(prefix="ivr-week-") as directory:
        shop = Shop(Path(directory) / "ivr.db", arguments.seed)
        told = shop.live(arguments.calls, arguments.days, lambda standing: table.add_row(*_cells(standing)))
        found = problems(told, shop.open_ends())
        shop.store.close()
    console.print(table)
    console.print(f"{time.perf_counter() - began:.0f} s; " + ("; ".join(found) or "nothing piles up"))
    raise SystemExit(bool(found))


def _cells(standing: Standing) -> list[str]:
    numbers = (standing.day, standing.callers, standing.events, standing.commands, standing.live)
    sizes = (standing.database_bytes, standing.resident_bytes)
    return [*map(str, (*numbers, *standing.rows.values())), *(f"{size / 1e6:.1f}" for size in sizes)]


if __name__ == "__main__":
    main()
