"""What is old goes in small steps, what is masked stays readable, and what is alive is not touched."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from router.engine.state import ENDED
from router.errors import StoreUnavailable
from router.history.call_pages import call_view
from router.history.journal import CONFIRMED
from router.protocol.events import DISCONNECTED, LegChanged
from router.runtime.calls import retention as module
from router.runtime.calls.retention import Upkeep, masked_record
from router.runtime.ports import Store, Transaction
from tests.runtime.recording import ACCOUNT, Recorder
from tests.store.build import call, command, put, record
from tests.stores import MemoryStore, SqliteStore

DAY = 86_400.0
CALLER = "79031234567"


@pytest.fixture(params=["memory", "sqlite"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Callable[[], float]], Store]:
    return MemoryStore if request.param == "memory" else lambda now: SqliteStore(str(tmp_path / "ivr.db"), now)


@pytest.fixture
def ended(make: Callable[[Callable[[], float]], Store]) -> Iterator[Recorder]:
    """A caller heard the menu, pressed 1, was routed, and hung up."""
    recorder = Recorder(store=make, caller=CALLER).wait(2.0).press("1").wait(3.0).hang_up().wait(70.0)
    assert state(recorder) == ENDED
    with recorder.store.transaction() as tx:  # nobody pretends to answer the message of `on_end`
        for row in recorder.store.commands(ACCOUNT, entry_id="entry-1"):
            if row.state in ("queued", "sent"):
                tx.update_command(command(**{**as_fields(row), "state": CONFIRMED}))
    yield recorder
    recorder.store.close()


def as_fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def state(recorder: Recorder) -> str:
    call = recorder.store.call(ACCOUNT, "entry-1")
    return "" if call is None else call.status


def upkeep(store: Store, *, retention: float = 30 * DAY, mask_after: float | None = None) -> Upkeep:
    return Upkeep(
        store,
        retention_seconds=retention,
        mask_after_seconds=mask_after,
        clock=lambda: 0.0,
        rest=lambda seconds: None,
    )


def all_that_is_kept(store: Store) -> str:
    call = store.call(ACCOUNT, "entry-1")
    return repr((call, store.journal(ACCOUNT, "entry-1"), store.commands(ACCOUNT), store.calls(None, {}, 10, "")))


@pytest.mark.parametrize("masks", [False, True])
def test_what_will_change_is_read_before_the_turn_to_write(
    ended: Recorder, monkeypatch: pytest.MonkeyPatch, masks: bool
) -> None:
    happened: list[str] = []
    monkeypatch.setattr(ended.store, "read_ahead", lambda calls: happened.extend(call.entry_id for call in calls))
    transaction = ended.store.transaction

    def in_turn(*given: Any) -> Any:
        happened.append("turn")
        return transaction(*given)

    monkeypatch.setattr(ended.store, "transaction", in_turn)
    ended.time += 31 * DAY
    done = upkeep(ended.store, retention=365 * DAY, mask_after=DAY) if masks else upkeep(ended.store)
    assert any(done.run_once().values())
    assert happened.count("entry-1") == 1
    assert (happened[-2:] if masks else happened[:2]) == ["entry-1", "turn"]


def test_what_is_younger_stays(ended: Recorder) -> None:
    ended.time += 29 * DAY
    assert not any(upkeep(ended.store).run_once().values())
    assert state(ended) == ENDED


def test_a_clock_that_is_set_forwards_makes_nothing_old(ended: Recorder) -> None:
    ended.time += 40 * DAY
    with ended.store.transaction() as tx:
        tx.shift_clock(40 * DAY)
    assert not any(upkeep(ended.store).run_once().values())
    with ended.store.transaction() as tx:
        tx.shift_clock(-40 * DAY)
    assert upkeep(ended.store).run_once()["calls"] == 1


def test_what_is_old_goes_with_all_that_was_its(ended: Recorder) -> None:
    store = ended.store
    lines, commands = len(store.journal(ACCOUNT, "entry-1")), len(store.commands(ACCOUNT))
    ended.time += 31 * DAY
    assert upkeep(store).run_once() == Counter(calls=1, events=lines, commands=commands)
    assert store.call(ACCOUNT, "entry-1") is None
    assert store.journal(ACCOUNT, "entry-1") == []
    assert store.commands(ACCOUNT) == []
    assert store.serving(ACCOUNT).active is not None


def test_live_call_stays_however_old(make: Callable[[Callable[[], float]], Store]) -> None:
    recorder = Recorder(store=make).wait(2.0)
    recorder.time += 400 * DAY
    assert not any(upkeep(recorder.store, mask_after=DAY).run_once().values())
    assert recorder.store.journal(ACCOUNT, "entry-1")
    recorder.store.close()


def test_masked_call_tells_everything_but_numbers(ended: Recorder) -> None:
    before = call_view(ended.store, "entry-1")
    assert CALLER in all_that_is_kept(ended.store)
    ended.time += 2 * DAY
    assert upkeep(ended.store, mask_after=DAY).run_once() == Counter(masked=1)
    assert CALLER not in all_that_is_kept(ended.store)
    assert "7903*****67" in all_that_is_kept(ended.store)
    after = call_view(ended.store, "entry-1")
    assert before is not None
    assert after is not None
    assert [step["step"] for step in after["steps"]] == [step["step"] for step in before["steps"]]
    assert [leg["call_id"] for leg in after["legs"]] == [leg["call_id"] for leg in before["legs"]]
    assert after["outcome"] == before["outcome"]
    assert upkeep(ended.store, mask_after=DAY).run_once() == Counter()


def test_masked_call_knows_its_events_and_what_is_new_is_masked_again(ended: Recorder) -> None:
    keys = [(line.dedupe, line.digest) for line in ended.store.journal(ACCOUNT, "entry-1")]
    ended.time += 2 * DAY
    upkeep(ended.store, mask_after=DAY).run_once()
    assert [(line.dedupe, line.digest) for line in ended.store.journal(ACCOUNT, "entry-1")] == keys
    late = LegChanged(
        entry_id="entry-1", call_id="late", seq=1, timestamp=1, state=DISCONNECTED, from_number=CALLER
    )  # fmt: skip
    ended.ingest.accept(ACCOUNT, "events/call", late, f'{{"from": {{"number": "{CALLER}"}}}}', "call:late:1", b"d")
    assert CALLER in all_that_is_kept(ended.store)
    assert upkeep(ended.store, mask_after=DAY).run_once() == Counter(masked=1)
    assert CALLER not in all_that_is_kept(ended.store)


def test_bodies_that_are_no_json_and_numbers_that_are_no_text() -> None:
    assert masked_record(record(body=f"from {CALLER}")).body == "from 7903*****67"
    body = json.loads(masked_record(record(body=f'{{"from": {{"number": {CALLER}}}, "timestamp": "1795424400"}}')).body)
    assert body == {"from": {"number": "7903*****67"}, "timestamp": "1795424400"}


def test_steps_are_small_and_followed_by_rest(
    make: Callable[[Callable[[], float]], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make(lambda: 1e9)
    monkeypatch.setattr(module, "CALLS_AT_ONCE", 10)
    for number in range(25):
        put(store, *ended_call(f"e-{number}"))
    ticks = iter(range(1000))
    rests: list[float] = []
    Upkeep(
        store,
        retention_seconds=DAY,
        mask_after_seconds=None,
        clock=lambda: float(next(ticks)),
        rest=rests.append,
    ).purge(1e9)
    assert store.calls(None, {}, 10, "") == []
    assert len(rests) >= 3
    assert set(rests) == {module.REST}
    store.close()


def ended_call(entry_id: str) -> Any:
    return call(entry_id, status=ENDED, started=1.0, ended=2.0), record(f"k-{entry_id}", entry_id=entry_id)


def row(version: str, activated: float | None, created: float = 0.0, state: str = "retired", live: int = 0) -> Any:
    return {"version": version, "activated": activated, "created": created, "state": state, "live_calls": live}


@pytest.mark.parametrize(
    ("versions", "gone"),
    [
        ([row("v3", 30, state="active"), row("v2", 20), row("v1", 10)], ["v1"]),  # v2 is where a rollback goes
        ([row("v3", 30, state="active"), row("v2", 20), row("v1", 10, live=1)], []),
        ([row("v3", 30, state="active"), row("v2", 29), row("v1", 26)], []),  # v1 was replaced at 29, too lately
        ([row("v3", 30, state="active"), row("v2", None, created=5)], ["v2"]),
        ([row("v3", 30, state="active"), row("v2", None, created=27)], []),
        ([row("v1", 40, state="active"), row("v3", 30), row("v2", 20)], []),  # rolled back to v1
        ([], []),
    ],
)
def test_versions_that_no_kept_call_can_be_on(versions: Any, gone: list[str]) -> None:
    assert module._outlived(versions, 25.0) == gone


def test_end_of_the_process_ends_it_between_two_steps(ended: Recorder) -> None:
    ended.time += 31 * DAY
    work = upkeep(ended.store)
    work.stop()
    assert not any(work.run_once().values())
    assert state(ended) == ENDED


def test_background_outlives_trouble(ended: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PERIOD_SECONDS", 0.001)
    ended.time += 31 * DAY
    troubles = iter([StoreUnavailable("locked"), IndexError("a bug")])
    forget = module._forget_calls

    def troubled(tx: Transaction, **given: Any) -> None:
        for trouble in troubles:
            raise trouble
        forget(tx, **given)

    monkeypatch.setattr(module, "_forget_calls", troubled)
    work = upkeep(ended.store)
    work.start()
    waited = threading.Event()
    for _ in range(10_000):
        if not state(ended):
            break
        waited.wait(0.001)
    work.stop()
    assert not state(ended)
