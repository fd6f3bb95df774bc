"""What the peers saw against what the database says, counted. A promise that was broken is named with its witness."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from router.catalogue.methods import METHODS
from router.history.journal import QUEUED, SENT, UNKNOWN, CommandRow
from router.runtime.ports import Store
from tests.crash.receiver import Receiver
from tests.crash.sender import Sender

if TYPE_CHECKING:
    from tests.crash.harness import Crashes

ACCOUNT: Final = "default"
ANSWER_SECONDS: Final = 5.0  # after which a request without an answer is unclear, kill or no kill
EVERY: Final = 10**9  # no limit of rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Counts for people, and every broken promise."""

    counts: dict[str, object]
    broken: tuple[str, ...]

    def text(self) -> str:
        """One count a line."""
        lines = [f"{name:<42} {count}" for name, count in self.counts.items()]
        return "\n".join([*lines, *(f"BROKEN: {promise}" for promise in self.broken)])


def judge(store: Store, sender: Sender, receiver: Receiver, crashes: "Crashes") -> Verdict:
    """Compare."""
    rows = {row.command_id: row for row in store.commands(None, limit=EVERY)}
    kept = _journal(store, {entry_id for entry_id in sender.acknowledged.values() if entry_id} | {""}, rows)
    sent = Counter(arrival.command_id for arrival in receiver.arrivals)
    again = {command_id: count for command_id, count in sent.items() if count > 1}
    lost_events = [key for key in sender.acknowledged if not kept[key]]
    doubled_events = [key for key, count in kept.items() if count > 1]
    lost_commands = list(_lost_commands(sender, rows, sent))
    wrongly_doubled = list(_wrongly_doubled(again, rows, receiver, crashes))
    unclear = [row.command_id for row in rows.values() if row.state == UNKNOWN] if crashes.were_graceful else []
    store.close()
    counts: dict[str, object] = {
        "kills": dict(crashes.kills),
        "outages of the database": dict(crashes.outages),
        "events acknowledged": len(sender.acknowledged),
        "answers other than 200": sender.refusals,
        "accepted events lost": len(lost_events),
        "events in the journal twice": len(doubled_events),
        "commands by state": dict(Counter(row.state for row in rows.values())),
        "requests at the receiver": len(receiver.arrivals),
        "queued commands lost": len(lost_commands),
        "routes and hangups repeated, outcome unclear": len(again) - len(wrongly_doubled),
        "commands wrongly sent twice": len(wrongly_doubled),
        "limit violations": len(receiver.violations),
    }
    broken = (
        *(f"lost event {key}" for key in lost_events),
        *(f"doubled event {key}" for key in doubled_events),
        *lost_commands,
        *wrongly_doubled,
        *(f"{command_id} is unknown, though nobody was killed" for command_id in unclear),
        *(f"limit {violation}" for violation in receiver.violations),
    )
    return Verdict(counts=counts, broken=broken)


def _journal(store: Store, entry_ids: set[str], rows: dict[str, CommandRow]) -> Counter[str]:
    """How often each event is in the journal."""
    entry_ids |= {row.entry_id for row in rows.values()}
    return Counter(
        record.dedupe
        for entry_id in entry_ids
        for record in store.journal(ACCOUNT, entry_id)
        if record.dedupe is not None
    )


def _lost_commands(sender: Sender, rows: dict[str, CommandRow], sent: Counter[str]) -> Iterator[str]:
    """A call that rang without its prompt, a command without an end, and one that left without a row."""
    prompted = {row.entry_id for row in rows.values() if row.command == "play/start"}
    yield from (f"{entry_id} rang, and its prompt was never queued" for entry_id in sender.rung - prompted)
    yield from (f"{row.command_id} is {row.state} for ever" for row in rows.values() if row.state in (QUEUED, SENT))
    yield from (f"{command_id} was sent and no row knows of it" for command_id in sent if command_id not in rows)
    yield from (
        f"{row.command_id} is confirmed and never arrived"
        for row in rows.values()
        if row.state == "confirmed" and not sent[row.command_id]
    )


def _wrongly_doubled(
    again: dict[str, int], rows: dict[str, CommandRow], receiver: Receiver, crashes: "Crashes"
) -> Iterator[str]:
    """Only what may be repeated, and only where the first outcome cannot have been known: its process was killed, or
    its answer did not come in time."""
    for command_id, count in again.items():
        row = rows.get(command_id)
        if row is None or not METHODS[row.command].repeatable:
            yield f"{command_id} arrived {count} times"
            continue
        instants = [arrival.at for arrival in receiver.arrivals if arrival.command_id == command_id]
        for first, second in pairwise(instants):
            was_killed = not crashes.were_graceful and any(first - 1.0 <= at <= second for at in crashes.instants)
            if not was_killed and second - first < ANSWER_SECONDS:
                yield f"{command_id} ({row.command}) arrived again after {second - first:.2f} s, and nobody had died"
