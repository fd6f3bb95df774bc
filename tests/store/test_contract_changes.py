"""What every store promises about lists of calls by their last change, and about how long commands waited."""

from typing import Any

from router.engine.codec import decode_trace
from router.engine.state import ENDED, RELEASED, UNTAKEN, Entry
from router.history.journal import Record
from router.runtime.ports import Store
from tests.store.build import NOON, call, command, put
from tests.store.conftest import Clock


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["entry_id"] for row in rows]


def kept(store: Store, clock: Clock) -> None:
    """Two that are live, and three that are not, whose last changes are 10 s apart, the later the higher the number."""
    for number, status in enumerate(("running", ENDED, UNTAKEN, RELEASED, "resting"), 1):
        clock.at = NOON + number * 10
        ended = {"ended": clock.at - 1} if status == ENDED else {}
        put(store, call(f"e{number}", status=status, started=NOON + number, caller_number="79000000001", **ended))


def test_live_calls_first_then_the_latest_change(store: Store, clock: Clock) -> None:
    kept(store, clock)
    rows = store.changed_calls(0.0, 9, "")
    assert ids(rows) == ["e5", "e1", "e4", "e3", "e2"]
    assert [row["changed"] for row in rows[2:]] == [NOON + 40, NOON + 30, NOON + 20]
    assert ids(store.changed_calls(NOON + 30, 9, "")) == ["e5", "e1", "e4", "e3"]
    assert ids(store.changed_calls(NOON + 30, 9, "", live=False)) == ["e4", "e3"]


def test_pages_hold_each_once(store: Store, clock: Clock) -> None:
    kept(store, clock)
    for size in (1, 2, 3, 4):
        seen: list[str] = []
        place = ""
        while rows := store.changed_calls(0.0, size, place):
            seen += ids(rows)
            place = rows[-1]["cursor"]
        assert seen == ["e5", "e1", "e4", "e3", "e2"], size


def test_late_news_moves_a_call_up_and_masks_do_not(store: Store, clock: Clock) -> None:
    kept(store, clock)
    clock.at = NOON + 900
    with store.transaction() as transaction:
        late = transaction.load("clinic", entry_id="e2").call
        assert late is not None
        transaction.save_call(late)
    assert ids(store.changed_calls(NOON + 900, 9, "", live=False)) == ["e2"]
    with store.transaction() as transaction:
        late = transaction.load("clinic", entry_id="e2").call
        assert late is not None
        transaction.save_call(late)
        transaction.mark_masked("clinic", "e2")
    assert ids(store.changed_calls(NOON + 900, 9, "", live=False)) == []
    assert ids(store.changed_calls(0.0, 9, "", live=False)) == ["e4", "e3", "e2"]


def test_by_number_and_until(store: Store, clock: Clock) -> None:
    kept(store, clock)
    found = store.calls("clinic", {"caller": "79000000001", "until": str(NOON + 3)}, 9, "")
    assert ids(found) == ["e2", "e1"]
    assert store.calls(None, {"caller": "79000000002"}, 9, "") == []


def test_waits_of_all_commands_but_notifications(store: Store) -> None:
    put(
        store,
        call(),
        call("other"),
        command("c-1", state="confirmed", queued=NOON, sent=NOON + 2, confirmed=NOON + 9),
        command("c-2", state="expired", queued=NOON, confirmed=NOON + 3),
        command("c-3", state="queued", queued=NOON),
        command("c-4", command="notify", state="confirmed", queued=NOON, sent=NOON + 60),
        command("c-5", account="shop", state="confirmed", queued=NOON, sent=NOON + 30),
    )
    waits = {row["entry_id"]: row["limit_seconds"] for row in store.calls("clinic", {}, 9, "")}
    assert waits == {"entry-1": 5.0, "other": 0.0}


def test_states_of_live_calls_the_newest_first(store: Store, clock: Clock) -> None:
    kept(store, clock)
    put(store, call("o1", status="running", started=NOON + 9, account="shop"))
    assert [one.entry_id for one in store.live_states(None, 9)] == ["o1", "e5", "e1"]
    assert [one.entry_id for one in store.live_states(None, 2)] == ["o1", "e5"]
    assert [one.entry_id for one in store.live_states("clinic", 9)] == ["e5", "e1"]
    assert store.live_states("clinic", 9)[0].status == "resting"


def test_traces_of_an_accounts_calls_alone(store: Store, clock: Clock) -> None:
    kept(store, clock)
    entry = Entry(at=NOON, kind="left", data={"step": "ask", "exit": "1"})
    with store.transaction() as transaction:
        for account, entry_id in (("clinic", "e1"), ("clinic", "e2"), ("shop", "e1")):
            transaction.record(Record(account=account, entry_id=entry_id, at=NOON, kind="timer", trace=(entry,)))
    found = store.traces("clinic", {"e1", "e3"})
    assert [(entry_id, decode_trace(trace)) for entry_id, trace in found] == [("e1", (entry,))]
    assert store.traces("clinic", ()) == []
