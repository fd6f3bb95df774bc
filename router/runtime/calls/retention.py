"""What is old goes: calls with all that was kept of them after `IVR_RETENTION`, numbers after `IVR_MASK_AFTER`.

It happens beside the traffic, in transactions of a few calls, and with a rest after each that is longer than the work,
so that no event waits for more than one such transaction. What is old is looked for outside of them, each time after
the last one that was found, so that the way to the next is as long at the end as in the beginning. It is read there,
too: no memory has it any more, and who waits for the disk in the turn to write has all others wait. Every worker looks
once a minute; the second one finds nothing left. What always holds: a live call, a call with a command under way, and a
version that is active, that a live call is on, or that kept calls ended on, are not touched.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from router.engine.state import ENDED, Call, Entry
from router.errors import StoreUnavailable
from router.history.journal import CommandRow, Record
from router.logs import get_logger
from router.runtime.background import Background
from router.runtime.calls.number_masking import with_masks
from router.runtime.monitoring.outage import database_away
from router.runtime.ports import Store, Transaction
from router.runtime.records import EndedCall, EventKeys

PERIOD_SECONDS: Final = 60.0
CALLS_AT_ONCE: Final = 10  # where others wait for the turn to write meanwhile
CALLS_AT_ONCE_BESIDE_OTHERS: Final = 20  # where only who wants one of the same calls waits, and all for the disk
LINES_AT_ONCE: Final = 200
PARTS_AT_ONCE: Final = 8  # of a megabyte at the most
REST: Final = 2.0  # times as long as the work
VERSION_MARGIN_SECONDS: Final = 86_400.0  # a call may have begun so long before the end that its age counts from

CALLS: Final = "calls"
EVENTS: Final = "events"
COMMANDS: Final = "commands"
VERSIONS: Final = "versions"
MASKED: Final = "masked"

log = get_logger()


class Upkeep:
    """The use case of `ivr purge` and of the workers' background. Durations are seconds; `clock` measures work, and
    `rest` waits."""

    def __init__(
        self,
        store: Store,
        *,
        retention_seconds: float,
        mask_after_seconds: float | None,
        clock: Callable[[], float],
        rest: Callable[[float], object],
    ) -> None:
        self._store = store
        self.retention_seconds = retention_seconds
        self._mask_after_seconds = mask_after_seconds
        self._at_once = CALLS_AT_ONCE_BESIDE_OTHERS if store.side_by_side else CALLS_AT_ONCE
        self._clock = clock
        self._rest = rest
        self._stopping = threading.Event()
        self._background = Background("upkeep", self._run)

    def start(self) -> None:
        """Look once a minute, in a thread of this process, until `stop`."""
        self._background.start()

    def stop(self) -> None:
        """End after the transaction that is under way."""
        self._stopping.set()
        self._background.stop()

    def run_once(self) -> Counter[str]:
        """Do all that is due; answers how much of each kind."""
        with self._store.snapshot() as reading:
            now, set_forward = reading.now, max(0.0, reading.clock_shift())
        done = self.purge(now - self.retention_seconds - set_forward)  # else a clock set by a month forgets everything
        while self._store.has_old_requests(now) and not self._stopping.is_set():
            self._work(lambda tx: tx.forget_requests(now))
        if self._mask_after_seconds is not None:
            done.update(self.mask(now - self._mask_after_seconds))
        return done

    def purge(self, before: float) -> Counter[str]:
        """Forget what was over by then."""
        done: Counter[str] = Counter()
        for found in self._ended_calls(before):
            self._work(partial(_forget_calls, found=found, before=before, done=done))
        place: int | None = 0
        while place is not None and not self._stopping.is_set():
            place = self._work(partial(_sweep, before=before, after=place, done=done))
        while self._work(lambda tx: _forget_commands(tx, before, done)):
            pass
        for account, versions in self._store.all_versions().items():
            forgotten = _outlived(versions, before - VERSION_MARGIN_SECONDS)
            for version in forgotten:
                self._work(partial(_forget_version, account=account, version=version))
                done[VERSIONS] += 1
            while forgotten and self._work(partial(_forget_parts, account=account, before=before)):
                pass
        return done

    def mask(self, before: float) -> Counter[str]:
        """Mask the numbers in all that is kept of calls that were over by then."""
        done: Counter[str] = Counter()
        for found in self._ended_calls(before, unmasked=True):
            self._work(partial(self._mask_calls, found=found, done=done))
        return done

    # inside

    def _ended_calls(self, before: float, *, unmasked: bool = False) -> Iterator[list[EndedCall]]:
        """All that were over by then, a few at a time."""
        place: EndedCall | None = None
        while not self._stopping.is_set():
            found = self._store.ended_calls(before, place, self._at_once, unmasked=unmasked)
            if not found:
                return
            if not self._store.side_by_side:
                self._store.read_ahead(found)
            yield found
            place = found[-1]

    def _work(self, step: Callable[[Transaction], Any]) -> Any:
        """One transaction and its rest; None, without any, when this process is to end."""
        if self._stopping.is_set():
            return None
        began = self._clock()
        with self._store.transaction() as tx:
            answer = step(tx)
        self._rest(REST * (self._clock() - began))
        return answer

    def _mask_calls(self, tx: Transaction, found: Sequence[EndedCall], done: Counter[str]) -> None:
        tx.expect([EventKeys(account=account, entry_id=entry_id) for _, entry_id, account in found])
        for _, entry_id, account in found:
            call = tx.load(account, entry_id=entry_id).call
            records = self._store.journal(account, entry_id)
            commands = self._store.commands(account, entry_id=entry_id, limit=100_000)
            if call is not None and call.status == ENDED:
                _rewrite(tx, masked_call(call), map(masked_record, records), map(masked_command, commands))
                done[MASKED] += 1

    def _run(self, stop: threading.Event) -> None:
        self._stopping = stop
        while not stop.wait(PERIOD_SECONDS):
            try:
                done = self.run_once()
            except StoreUnavailable as error:
                database_away(error, "deleting of what is old")
            except Exception:  # the next turn may find it better
                log.exception("the upkeep starts over")
            else:
                if any(done.values()):
                    log.info("forgotten or masked what was old", **done)


def _forget_calls(tx: Transaction, found: Sequence[EndedCall], before: float, done: Counter[str]) -> None:
    calls, events, commands = tx.forget_calls(found, before)
    done.update({CALLS: calls, EVENTS: events, COMMANDS: commands})


def _sweep(tx: Transaction, before: float, after: int, done: Counter[str]) -> int | None:
    count, place = tx.sweep_journal(before, after, LINES_AT_ONCE)
    done[EVENTS] += count
    return place


def _forget_commands(tx: Transaction, before: float, done: Counter[str]) -> bool:
    count = tx.forget_commands(before, LINES_AT_ONCE)
    done[COMMANDS] += count
    return bool(count)


def _forget_version(tx: Transaction, account: str, version: str) -> None:
    tx.forget_version(account, version)


def _forget_parts(tx: Transaction, account: str, before: float) -> int:
    return tx.forget_parts(account, before, PARTS_AT_ONCE)


def _outlived(versions: Iterable[Mapping[str, Any]], before: float) -> list[str]:
    """Versions that no kept call can be on: another one took their place by then. The one that a rollback would go to
    stays, and so does one that was stored lately and never activated."""
    known = [row for row in versions if row["state"] == "retired" and not row["live_calls"]]
    activations = sorted(row["activated"] for row in versions if row["activated"] is not None)
    latest = max((row["activated"] for row in known if row["activated"] is not None), default=None)
    found = []
    for row in known:
        if row["activated"] is None:
            replaced = row["created"]
        elif row["activated"] == latest:
            continue
        else:
            replaced = next((at for at in activations if at > row["activated"]), None)
        if replaced is not None and replaced < before:
            found.append(row["version"])
    return found


def _rewrite(tx: Transaction, call: Call, records: Iterable[Record], commands: Iterable[CommandRow]) -> None:
    tx.save_call(call)
    tx.forget_journal(call.account, call.entry_id)
    for record in records:
        tx.record(record)
    for command in commands:
        tx.update_command(command)
    tx.mark_masked(call.account, call.entry_id)


# masks


def masked_call(call: Call) -> Call:
    """A call's state with every number in it masked."""
    return msgspec.convert(with_masks(msgspec.to_builtins(call)), Call)


def masked_record(record: Record) -> Record:
    """A line of the journal, likewise: what was reported and what came of it."""
    trace = tuple(Entry(at=entry.at, kind=entry.kind, data=with_masks(entry.data)) for entry in record.trace)
    return msgspec.structs.replace(record, body=_masked_body(record.body), trace=trace)


def masked_command(row: CommandRow) -> CommandRow:
    """A command's row, likewise."""
    params, label, reason = with_masks(row.params), with_masks(row.label), with_masks(row.reason)
    return msgspec.structs.replace(row, params=params, label=label, reason=reason)


def _masked_body(body: str) -> str:
    try:
        content = msgspec.json.decode(body)
    except msgspec.DecodeError:  # the store also keeps what was no JSON, or nothing
        return str(with_masks(body))
    return msgspec.json.encode(with_masks(content)).decode()
