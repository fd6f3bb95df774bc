"""What every store promises, whatever it keeps things in."""

import contextlib
import threading
from typing import Any

import msgspec
import pytest

from router.engine.rebase_clock import moved
from router.engine.state import ENDED, LEAVING, RUNNING, Activity, Call, Counter, Held, Leg, Pending
from router.errors import ConfigurationError
from router.history.call_record import facts_of
from router.history.journal import CONFIRMED, QUEUED, SENT
from router.protocol.events import DigitsCollected, LegChanged
from router.runtime.limits.pauses import pause_of
from router.runtime.ports import Store
from router.runtime.records import AccountState, Activation, ActiveVersion, EventKeys, Origin, Share
from router.store import open_store
from tests.store.build import NOON, call, command, put, record
from tests.store.conftest import Clock
from tests.stores import pause, slots_of

NO_ORIGIN = msgspec.structs.asdict(Origin())
AT_NOON: dict[str, float] = {"first_seen": NOON, "connected_at": NOON}


class Stop(Exception):
    """Thrown by a test in the middle of a transaction."""


def write_and_stop(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.save_call(call(step="after"))
        transaction.save_call(call("entry-2"))
        transaction.record(record("call:leg-1:2"))
        transaction.update_command(command(state=SENT, sent=NOON))
        transaction.queue(command("c-3"))
        transaction.take_slot("clinic", "route", "c-1/1", NOON + 9)
        pause(transaction, "clinic", NOON + 9, "because")
        transaction.set_presence("clinic", "101", "online")
        transaction.store_version("clinic", "v1", b"bundle", activate=True)
        raise Stop


def is_moved(found: Call | None, before: Call) -> bool:
    """By an hour."""
    return found == msgspec.structs.replace(moved(before, 3600.0), clock_shift=3600.0)


def pause_note(store: Store) -> tuple[float, str]:
    found = store.active_versions().get("clinic", Activation())
    return found.paused_at, found.paused_by


def marks(store: Store) -> dict[str, int]:
    with store.snapshot() as reading:
        return reading.waiting(notifications=False)


def waiting(store: Store) -> tuple[list[str], list[str]]:
    """Who waits for the PBX, and whose notifications wait."""
    with store.snapshot() as reading:
        return sorted(reading.waiting(notifications=False)), sorted(reading.waiting(notifications=True))


class TestTransactions:
    def test_nothing_is_known_of_a_new_event(self, store: Store) -> None:
        with store.transaction() as transaction:
            loaded = transaction.load("clinic", dedupe="call:leg-1:1", entry_id="entry-1")
        assert (loaded.known, loaded.call, loaded.command, loaded.serving.active) == (None, None, None, None)

    def test_what_was_written_is_read_by_the_next(self, store: Store) -> None:
        put(store, call(step="menu"), record("call:leg-1:1"), command())
        with store.transaction() as transaction:
            transaction.store_version("clinic", "v1", b"bundle", activate=True)
        with store.transaction() as transaction:
            loaded = transaction.load("clinic", dedupe="call:leg-1:1", entry_id="entry-1", command_id="c-1")
        assert loaded.known == b"digest"
        assert loaded.call == call(step="menu")
        assert loaded.command == command()
        assert loaded.serving.active == "v1"

    def test_a_command_leads_to_its_call(self, store: Store) -> None:
        put(store, call(), command())
        with store.transaction() as transaction:
            assert transaction.load("clinic", command_id="c-1").call == call()
            assert transaction.load("clinic", command_id="c-2").call is None

    def test_a_write_is_seen_in_its_own_transaction(self, store: Store) -> None:
        with store.transaction() as transaction:
            transaction.queue(command())
            assert transaction.queued_commands("clinic", "entry-1") == [command()]
            assert transaction.command("clinic", "c-1") == command()

    def test_an_exception_keeps_nothing(self, store: Store) -> None:
        put(store, call(step="before"), command(), command("c-2", queued=NOON + 1))
        with pytest.raises(Stop):
            write_and_stop(store)
        assert store.call("clinic", "entry-1") == call(step="before")
        assert store.call("clinic", "entry-2") is None
        assert store.journal("clinic", "entry-1") == []
        assert store.commands("clinic", entry_id="entry-1") == [command(), command("c-2", queued=NOON + 1)]
        assert slots_of(store, "clinic") == {}
        assert store.versions("clinic") == []
        assert store.serving("clinic").active is None
        with store.snapshot() as reading:
            assert reading.presence("clinic") == {}
            assert pause_of(reading, "clinic") == (0.0, "")

    def test_an_event_is_recorded_once(self, store: Store) -> None:
        put(store, record("call:leg-1:1"))
        with pytest.raises(ValueError, match="already"):
            put(store, call(), record("call:leg-1:1", digest=b"other"))
        assert len(store.journal("clinic", "entry-1")) == 1
        assert store.call("clinic", "entry-1") is None

    def test_another_account_has_the_same_key_for_itself(self, store: Store) -> None:
        put(store, record("call:leg-1:1"), record("call:leg-1:1", account="shop"), command(), command(account="shop"))
        assert len(store.journal("shop", "entry-1")) == 1
        assert store.commands("shop") == [command(account="shop")]

    def test_a_conflict_can_be_told_from_a_duplicate(self, store: Store) -> None:
        put(store, record("call:leg-1:1", digest=b"first"))
        with store.transaction() as transaction:
            assert transaction.load("clinic", dedupe="call:leg-1:1").known == b"first"
            assert transaction.load("shop", dedupe="call:leg-1:1").known is None

    def test_a_command_id_is_queued_once(self, store: Store) -> None:
        put(store, command())
        with pytest.raises(ValueError, match="already"):
            put(store, command(label="another"))
        assert store.commands("clinic") == [command()]

    def test_now_is_the_clock_of_the_store(self, store: Store, clock: Clock) -> None:
        clock.at = NOON + 5
        with store.transaction() as transaction:
            assert transaction.now == NOON + 5
        with store.snapshot() as reading:
            assert reading.now == NOON + 5

    def test_threads_take_turns(self, store: Store) -> None:
        put(store, call())

        def visit() -> None:
            for _ in range(50):
                with store.transaction() as transaction:
                    found = transaction.load("clinic", entry_id="entry-1").call
                    assert found is not None
                    transaction.save_call(call(steps_taken=found.steps_taken + 1))

        threads = [threading.Thread(target=visit) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = store.call("clinic", "entry-1")
        assert found is not None
        assert found.steps_taken == 200

    def test_a_commit_changes_the_count_that_is_polled(self, store: Store) -> None:
        before = store.changed()
        assert store.changed() == before
        put(store, command())
        assert store.changed() != before

    def test_a_failed_transaction_does_not_block_the_next(self, store: Store) -> None:
        with pytest.raises(Stop), store.transaction():
            raise Stop
        put(store, command())
        assert store.commands("clinic") == [command()]


class TestCalls:
    def test_a_call_is_replaced(self, store: Store) -> None:
        put(store, call(status=RUNNING))
        put(store, call(status=ENDED, outcome="answered", ended=NOON + 60))
        (item,) = store.calls("clinic", {}, 10, "")
        assert (item["status"], item["outcome"], item["ended"]) == (ENDED, "answered", NOON + 60)

    def test_due_calls_come_earliest_first(self, store: Store) -> None:
        put(
            store,
            call("entry-1", timers={"a": NOON + 20, "b": NOON + 30}),
            call("entry-2", timers={"a": NOON + 10}),
            call("entry-3"),
            call("entry-4", timers={"a": NOON + 21}),
        )
        assert store.due_calls(NOON + 20) == [("clinic", "entry-2"), ("clinic", "entry-1")]
        assert store.due_calls(NOON + 20, limit=1) == [("clinic", "entry-2")]
        assert store.next_wake() == NOON + 10

    def test_a_timer_that_is_gone_wakes_nobody(self, store: Store) -> None:
        put(store, call(timers={"a": NOON + 10}))
        put(store, call())
        assert store.due_calls(NOON + 99) == []
        assert store.next_wake() is None

    def test_filters(self, store: Store) -> None:
        put(
            store,
            call("entry-1", line="74952150438", caller_number="79000000000"),
            call("entry-2", status=LEAVING, flow="night", started=NOON + 1),
            call("entry-3", status=ENDED, outcome="missed", started=NOON + 2, sip_call_id="sip-1"),
            call("entry-4", account="shop", started=NOON + 3, sip_call_id="sip-1"),
        )

        def found(account: str | None = "clinic", **filters: str) -> list[str]:
            return [item["entry_id"] for item in store.calls(account, filters, 10, "")]

        assert found() == ["entry-3", "entry-2", "entry-1"]
        assert found(None) == ["entry-4", "entry-3", "entry-2", "entry-1"]
        assert found(live="1") == ["entry-2", "entry-1"]
        assert found(live="0") == ["entry-3"]
        assert found(line="74952150438") == ["entry-1"]
        assert found(flow="night") == ["entry-2"]
        assert found(outcome="missed") == ["entry-3"]
        assert found(since=str(NOON + 1)) == ["entry-3", "entry-2"]
        assert found(live="1", flow="main") == ["entry-1"]
        assert found(line="") == found()
        assert found(None, sip_call_id="sip-1") == ["entry-4", "entry-3"]
        assert found(sip_call_id="sip-1", outcome="missed", since=str(NOON)) == ["entry-3"]
        assert found(sip_call_id="sip-2") == []
        assert found(sip_call_id="") == found()

    def test_a_sip_call_id_that_comes_later_and_a_long_one(self, store: Store) -> None:
        put(store, call())
        put(store, call(sip_call_id="ж" * 512))
        (item,) = store.calls("clinic", {"sip_call_id": "ж" * 512}, 10, "")
        assert item["sip_call_id"] == "ж" * 512

    @pytest.mark.parametrize("filters", [{"live": "yes"}, {"since": "noon"}, {"colour": "red"}])
    def test_a_filter_that_cannot_be_read(self, store: Store, filters: dict[str, str]) -> None:
        with pytest.raises(ValueError, match=next(iter(filters))):
            store.calls("clinic", filters, 10, "")

    def test_pages_hold_every_call_once(self, store: Store) -> None:
        started = [NOON + number // 3 for number in range(20)]
        put(store, *(call(f"entry-{number:02}", started=at) for number, at in enumerate(started)))
        seen: list[str] = []
        cursor = ""
        while page := store.calls(None, {"live": "1"}, 6, cursor):
            seen += [item["entry_id"] for item in page]
            cursor = page[-1]["cursor"]
        assert seen == [f"entry-{number:02}" for number in reversed(range(20))]

    @pytest.mark.parametrize("cursor", ["nonsense", "", "W10=", "é"])
    def test_a_cursor_that_cannot_be_read(self, store: Store, cursor: str) -> None:
        if cursor == "":
            assert store.calls("clinic", {}, 10, cursor) == []
            return
        with pytest.raises(ValueError, match="cursor"):
            store.calls("clinic", {}, 10, cursor)

    def test_what_the_list_shows(self, store: Store) -> None:
        put(store, call(line="74952150438", caller_number="79000000000", direction="incoming", version="v1"))
        (item,) = store.calls("clinic", {}, 10, "")
        del item["cursor"]
        assert item == {
            "account": "clinic",
            "entry_id": "entry-1",
            "status": RUNNING,
            "flow": "main",
            "version": "v1",
            "direction": "incoming",
            "line": "74952150438",
            "caller": "79000000000",
            "started": NOON,
            "ended": None,
            "outcome": "",
            "sip_call_id": "",
            "changed": item["changed"],
            **facts_of(call(direction="incoming"), 0.0),
        }

    def test_live_calls_are_counted_by_flow(self, store: Store) -> None:
        put(store, call("entry-1"), call("entry-2"), call("entry-3", flow="night"), call("entry-4", status=ENDED))
        assert store.live_calls() == {("clinic", "main"): 2, ("clinic", "night"): 1}

    def test_a_call_is_found_without_its_account(self, store: Store) -> None:
        put(store, call(account="shop"), call(account="clinic"))
        found = store.call(None, "entry-1")
        assert found is not None
        assert found.account == "clinic"
        assert store.call("shop", "entry-1") == call(account="shop")
        assert store.call(None, "entry-2") is None


class TestJournal:
    def test_it_keeps_the_order_of_writing(self, store: Store) -> None:
        lines = [record(f"call:leg-1:{number}", at=NOON - number) for number in range(5)]
        put(store, lines[0])
        put(store, *lines[1:], record(None, entry_id="entry-2"))
        assert store.journal("clinic", "entry-1") == lines

    def test_it_is_read_in_pages(self, store: Store) -> None:
        lines = [record(f"call:leg-1:{number}") for number in range(5)]
        put(store, record(None, entry_id="entry-2"), *lines[:2], record(None, entry_id="entry-2"), *lines[2:])
        found, after = [], 0
        while page := store.journal_page("clinic", "entry-1", after, 2):
            assert len(page) <= 2
            found += [line for _, line in page]
            after = page[-1][0]
        assert found == lines
        assert store.journal_page("shop", "entry-1", 0, 2) == []

    def test_whether_a_leg_was_told_of(self, store: Store) -> None:
        put(store, record("call:leg-1:3"), record("dtmf:leg-2:1"), record("call:leg-3:1", entry_id="entry-2"))
        with store.transaction() as transaction:
            transaction.record(record("call:leg-4:1"))
            told = {
                leg
                for leg in ("leg-1", "leg-2", "leg-3", "leg-4", "leg")
                if transaction.was_told_of("clinic", "entry-1", leg)
            }
            assert told == {"leg-1", "leg-4"}
            assert not transaction.was_told_of("shop", "entry-1", "leg-1")

    def test_our_own_events_have_no_key(self, store: Store) -> None:
        put(store, record(None, kind="timer"), record(None, kind="timer"))
        assert [line.kind for line in store.journal("clinic", "entry-1")] == ["timer", "timer"]


class TestOutbox:
    def test_serving_order(self, store: Store) -> None:
        put(
            store,
            command("sms", entry_id="", command="sms", deadline=None, queued=NOON - 9),
            command("late", entry_id="e1", deadline=NOON + 40),
            command("tie-b", entry_id="e2", deadline=NOON + 20, queued=NOON + 1),
            command("tie-a", entry_id="e3", deadline=NOON + 20, queued=NOON),
            command("high", entry_id="e4", deadline=NOON + 50, high_priority=True),
            command("play", entry_id="e5", command="play/start", deadline=NOON + 30),
        )
        with store.snapshot() as reading:
            found = [row.command_id for row in reading.candidates("clinic", 10)]
        assert found == ["high", "tie-a", "tie-b", "play", "late", "sms"]

    def test_who_can_be_held_comes_after_who_cannot_in_the_place_of_his_first_deadline(self, store: Store) -> None:
        put(
            store,
            command("held", entry_id="e1", deadline=NOON + 5, buyable=True, bought_until=NOON + 90),
            command("held-later", entry_id="e2", deadline=NOON + 9, buyable=True),
            command("bound", entry_id="e3", deadline=NOON + 60),
            command("held-high", entry_id="e4", deadline=NOON + 60, buyable=True, high_priority=True),
        )
        with store.snapshot() as reading:
            found = [row.command_id for row in reading.candidates("clinic", 10)]
            assert [row.expires for row in reading.candidates("clinic", 2)] == [NOON + 60, NOON + 60]
            held = reading.command("clinic", "held")
        assert found == ["held-high", "bound", "held", "held-later"]
        assert held is not None
        assert (held.buyable, held.deadline, held.expires) == (True, NOON + 5, NOON + 90)

    def test_the_limit_counts_for_each_kind(self, store: Store) -> None:
        put(store, *(command(f"route-{number}", entry_id=f"e{number}") for number in range(5)))
        put(store, command("play", entry_id="e9", command="play/start", deadline=NOON + 99))
        with store.snapshot() as reading:
            found = [row.command_id for row in reading.candidates("clinic", 2)]
        assert found == ["route-0", "route-1", "play"]

    def test_a_call_has_one_command_on_the_wire(self, store: Store) -> None:
        on_the_wire = command("c-1", state=SENT, sent=NOON, lease=NOON + 8)
        put(store, on_the_wire, command("c-2"), command("c-3", entry_id="entry-2"))
        put(store, command("sms-1", entry_id="", state=SENT, sent=NOON), command("sms-2", entry_id=""))
        with store.transaction() as transaction:
            assert [row.command_id for row in transaction.candidates("clinic", 10)] == ["c-3", "sms-2"]
            transaction.update_command(command("c-1", state=SENT, sent=NOON, answered=NOON + 1))
            assert [row.command_id for row in transaction.candidates("clinic", 10)] == ["c-2", "c-3", "sms-2"]

    def test_a_command_comes_back_as_it_was_written(self, store: Store) -> None:
        full = command(
            deadline=None,
            high_priority=True,
            not_before=NOON + 1.25,
            sent=NOON + 2,
            answered=NOON + 2.5,
            confirmed=NOON + 3,
            code=1000,
            http_status=200,
            attempts=2,
            reason="Причина",
            lease=NOON + 9,
            state=CONFIRMED,
            params={"text": "Привет", "n": 1, "nested": {"a": [1, 2]}},
        )
        put(store, command())
        with store.transaction() as transaction:
            transaction.update_command(full)
        assert store.commands("clinic") == [full]

    def test_unanswered_and_unconfirmed(self, store: Store) -> None:
        put(
            store,
            command("lost", state=SENT, lease=NOON + 5),
            command("flying", state=SENT, lease=NOON + 8),
            command("silent", state=SENT, answered=NOON + 1),
            command("fresh", state=SENT, answered=NOON + 7),
            command("done", state=CONFIRMED, answered=NOON),
            command("other", account="shop", state=SENT, lease=NOON),
        )
        with store.snapshot() as reading:
            assert [row.command_id for row in reading.unanswered(NOON + 6, 9)] == ["other", "lost"]
            assert [row.command_id for row in reading.unanswered(NOON + 6, 1)] == ["other"]
            assert [row.command_id for row in reading.unconfirmed(NOON + 6, 9)] == ["silent"]
            assert reading.awaited() == (NOON, NOON + 1)

    def test_nothing_is_awaited_of_an_empty_outbox(self, store: Store) -> None:
        with store.snapshot() as reading:
            assert reading.awaited() == (None, None)

    def test_who_waits_is_who_has_something_queued(self, store: Store) -> None:
        assert waiting(store) == ([], [])
        put(store, command("c-1"), command("c-2", account="shop", command="notify"), command("c-3", account="bakery"))
        assert waiting(store) == (["bakery", "clinic"], ["shop"])
        with store.transaction() as transaction:
            transaction.update_command(command("c-1", state=SENT))
        assert waiting(store) == (["bakery"], ["shop"])

    @pytest.mark.parametrize(
        "change",
        [
            lambda transaction: transaction.queue(command("c-2")),
            lambda transaction: transaction.update_command(command("c-1", not_before=NOON + 5)),
            lambda transaction: transaction.take_slot("clinic", "all", "c-1/1", NOON + 9),
            lambda transaction: transaction.free_slots("clinic", "c-1/1", {"all": NOON}),
            lambda transaction: transaction.save_standing("clinic", AccountState(strikes=1)),
            lambda transaction: transaction.save_share("clinic", Share(window="all", share=0.5)),
            lambda transaction: pause(transaction, "clinic", NOON + 9, "by hand"),
            lambda transaction: transaction.shift_clock(1.0),
        ],
    )
    def test_a_mark_tells_that_something_of_the_account_changed(self, store: Store, change: Any) -> None:
        put(store, command("c-1"), command("s-1", account="shop"))
        before = marks(store)
        assert marks(store) == before
        with store.transaction() as transaction:
            change(transaction)
        assert marks(store)["clinic"] != before["clinic"]

    def test_lists_and_depths(self, store: Store) -> None:
        put(
            store,
            command("c-1", queued=NOON + 1),
            command("c-2", queued=NOON + 2, state=SENT),
            command("c-3", queued=NOON, entry_id="entry-2"),
            command("c-4", account="shop", queued=NOON + 9),
        )
        listed = {
            "one call": store.commands("clinic", entry_id="entry-1"),
            "newest": store.commands("clinic", limit=2),
            "everybody": store.commands(None),
            "queued": store.commands("clinic", state=QUEUED),
        }
        assert {name: [row.command_id for row in found] for name, found in listed.items()} == {
            "one call": ["c-1", "c-2"],
            "newest": ["c-2", "c-1"],
            "everybody": ["c-4", "c-2", "c-1", "c-3"],
            "queued": ["c-1", "c-3"],
        }
        assert store.queue_depths() == {("clinic", "route"): 2, ("shop", "route"): 1}


class TestLimitsLog:
    def test_slots_become_free_in_order(self, store: Store, clock: Clock) -> None:
        with store.transaction() as transaction:
            transaction.take_slot("clinic", "all", "c-2/1", NOON + 8)
            transaction.take_slot("clinic", "all", "c-1/1", NOON + 6)
            transaction.take_slot("clinic", "route", "c-1/1", NOON + 7)
            transaction.take_slot("shop", "all", "c-1/1", NOON + 5)
            assert transaction.slots("clinic") == {"all": [NOON + 6, NOON + 8], "route": [NOON + 7]}
        clock.at = NOON + 6
        assert slots_of(store, "clinic") == {"all": [NOON + 8], "route": [NOON + 7]}

    def test_an_answer_moves_the_slots_of_its_own_claim(self, store: Store, clock: Clock) -> None:
        with store.transaction() as transaction:
            for claim in ("c-1/1", "c-1/2"):
                transaction.take_slot("clinic", "all", claim, NOON + 9)
        clock.at = NOON + 1
        with store.transaction() as transaction:
            transaction.free_slots("clinic", "c-1/2", {"all": NOON + 3, "route": NOON + 3})
            transaction.free_slots("clinic", "c-9/1", {"all": NOON + 3})
        assert slots_of(store, "clinic") == {"all": [NOON + 3, NOON + 9]}

    def test_a_slot_is_given_back_at_once(self, store: Store) -> None:
        with store.transaction() as transaction:
            transaction.take_slot("clinic", "all", "c-1/1", NOON + 9)
            transaction.free_slots("clinic", "c-1/1", {"all": NOON})
            assert transaction.slots("clinic") == {}

    def test_shares(self, store: Store) -> None:
        share = Share(window="route", share=0.25, since=NOON, closed_until=NOON + 2, strikes=3)
        with store.transaction() as transaction:
            assert transaction.shares("clinic") == {}
            transaction.save_share("clinic", msgspec.structs.replace(share, share=0.5))
            transaction.save_share("clinic", share)
            transaction.save_share("shop", Share(window="all"))
        with store.snapshot() as reading:
            assert reading.shares("clinic") == {"route": share}

    def test_what_is_in_use_over_all_accounts(self, store: Store) -> None:
        share = Share(window="route", share=0.25, since=NOON, closed_until=NOON + 2, strikes=3)
        with store.transaction() as transaction:
            transaction.take_slot("clinic", "all", "c-1/1", NOON + 9)
            transaction.take_slot("clinic", "all", "c-2/1", NOON + 8)
            transaction.take_slot("shop", "route", "s-1/1", NOON - 1)
            transaction.save_share("clinic", share)
        with store.transaction() as transaction:
            transaction.save_standing("bakery", AccountState(paused_until=NOON - 1))
            transaction.save_standing("shop", AccountState(paused_until=NOON + 60, reason="because"))
        with store.snapshot() as reading:
            assert reading.all_slots() == {"clinic": {"all": [NOON + 8, NOON + 9]}}
            assert reading.all_shares() == [("clinic", share)]
            assert reading.pauses() == {"shop": AccountState(paused_until=NOON + 60, reason="because")}

    def test_what_is_to_come_moves_with_a_clock_that_was_set(self, store: Store) -> None:
        rows = (
            command("waits", deadline=NOON + 30, not_before=NOON + 1),
            command("patient", deadline=None),
            command("flying", state=SENT, deadline=NOON + 30, lease=NOON + 8, sent=NOON),
            command("answered", state=SENT, answered=NOON + 1, deadline=NOON + 30),
            command("over", state=CONFIRMED, deadline=NOON + 30),
        )
        put(store, *rows)
        with store.transaction() as transaction:
            transaction.take_slot("clinic", "all", "c-1/1", NOON + 9)
            transaction.save_standing("clinic", AccountState(paused_until=NOON + 5, refused_salt="ab12"))
            transaction.save_share("clinic", Share(window="all", share=0.5, since=NOON, closed_until=NOON + 2))
        with store.transaction() as transaction:
            assert transaction.clock_shift() == 0.0
            transaction.shift_clock(100.0)
            transaction.shift_clock(-40.0)
        with store.snapshot() as reading:
            assert reading.clock_shift() == 60.0
            assert reading.slots("clinic") == {"all": [NOON + 69]}
            assert reading.standing("clinic") == AccountState(paused_until=NOON + 65, refused_salt="ab12")
            assert reading.shares("clinic")["all"] == Share(
                window="all", share=0.5, since=NOON + 60, closed_until=NOON + 62
            )
            found = {row.command_id: reading.command("clinic", row.command_id) for row in rows}
        assert found == {
            "waits": msgspec.structs.replace(rows[0], queued=NOON + 60, deadline=NOON + 90, not_before=NOON + 61),
            "patient": msgspec.structs.replace(rows[1], queued=NOON + 60),
            "flying": msgspec.structs.replace(
                rows[2], queued=NOON + 60, sent=NOON + 60, deadline=NOON + 90, lease=NOON + 68
            ),
            "answered": msgspec.structs.replace(rows[3], queued=NOON + 60, answered=NOON + 61, deadline=NOON + 90),
            "over": rows[4],
        }

    def test_calls_move_with_a_clock_that_was_set(self, store: Store) -> None:
        leg = Leg(
            last=LegChanged(entry_id="entry-1", call_id="leg-1", seq=1, timestamp=1, state="Connected"), **AT_NOON
        )
        event = DigitsCollected(entry_id="entry-1", call_id="leg-1", seq=3, timestamp=1, digits="1")
        before = call(
            last_news=NOON + 1,
            entered=NOON + 2,
            hold_until=NOON + 30,
            timers={"first_digit": NOON + 20},
            legs={"leg-1": leg},
            counters={
                "dtmf leg-1": Counter(held=(Held(seq=3, event=event, received=NOON + 3),)),
                "call leg-1": Counter(),
            },
            activity=Activity(phase="listening", since=NOON + 4),
            pending=Pending(command_id="c-1", command="route", sent_at=NOON + 5),
        )
        with store.transaction() as transaction:
            transaction.load("clinic", entry_id="entry-1")
            transaction.save_call(before)
            transaction.save_call(
                call("entry-2", timers={"wait": NOON + 50}, activity=Activity(), pending=before.pending)
            )
        with store.transaction() as transaction:
            transaction.shift_clock(3600.0)
            assert is_moved(transaction.load("clinic", entry_id="entry-1").call, before)
        later = NOON + 3600
        assert (store.next_wake(), store.due_calls(later + 19, 9)) == (later + 20, [])
        assert store.due_calls(later + 20, 9) == [("clinic", "entry-1")]
        with store.transaction() as transaction:
            loaded = transaction.load("clinic", entry_id="entry-1")
            assert loaded.clock_shift == 3600.0
            assert is_moved(loaded.call, before)
            assert loaded.call is not None
            assert (loaded.call.started, loaded.call.asked, loaded.call.over_at) == (later, 0.0, 0.0)
            assert (loaded.call.last_news, loaded.call.entered, loaded.call.hold_until) == (
                later + 1,
                later + 2,
                later + 30,
            )
            assert loaded.call.counters["dtmf leg-1"].held[0].received == later + 3
            assert loaded.call.legs["leg-1"].connected_at == later
            assert loaded.call.legs["leg-1"].ended_at == 0.0
            assert loaded.call.activity == Activity(phase="listening", since=later + 4)
            assert loaded.call.pending is not None
            assert loaded.call.pending.sent_at == later + 5
            transaction.save_call(loaded.call)
        with store.transaction() as transaction:
            transaction.shift_clock(-3600.0)
        with store.transaction() as transaction:
            assert transaction.load("clinic", entry_id="entry-1").call == msgspec.structs.replace(
                before, clock_shift=0.0
            )
        assert store.next_wake() == NOON + 20

    def test_a_call_of_which_nobody_knows_its_clock_stays(self, store: Store) -> None:
        """Saved by a program that did not write it down."""
        with store.transaction() as transaction:
            transaction.shift_clock(3600.0)
        with store.transaction() as transaction:
            transaction.save_call(call(clock_shift=None))
        with store.transaction() as transaction:
            assert transaction.load("clinic", entry_id="entry-1").call == call(clock_shift=3600.0)

    def test_a_shift_that_was_not_kept_is_none(self, store: Store) -> None:
        put(store, command("waits", deadline=NOON + 30))
        with contextlib.suppress(Stop), store.transaction() as transaction:
            transaction.shift_clock(100.0)
            raise Stop
        with store.snapshot() as reading:
            assert reading.clock_shift() == 0.0
            assert reading.command("clinic", "waits") == command("waits", deadline=NOON + 30)

    def test_standing_and_pauses(self, store: Store) -> None:
        standing = AccountState(paused_until=NOON + 1, reason="slow down", strikes=2, invalid_at=NOON - 5)
        with store.transaction() as transaction:
            assert transaction.standing("clinic") == AccountState()
            transaction.save_standing("clinic", standing)
            pause(transaction, "shop", NOON + 3, "by hand")
        with store.snapshot() as reading:
            assert reading.standing("clinic") == standing
            assert pause_of(reading, "shop") == (NOON + 3, "by hand")
        with store.transaction() as transaction:
            pause(transaction, "clinic", 0.0, "")
            assert transaction.standing("clinic") == AccountState(strikes=2, invalid_at=NOON - 5)

    def test_presence(self, store: Store) -> None:
        with store.transaction() as transaction:
            transaction.set_presence("clinic", "101", "online")
            transaction.set_presence("clinic", "102", "dnd")
            transaction.set_presence("clinic", "101", "break")
            transaction.set_presence("shop", "101", "offline")
            assert transaction.presence("clinic") == {"101": "break", "102": "dnd"}

    def test_presence_of_each_account_whose_events_come_together(self, store: Store) -> None:
        with store.transaction() as transaction:
            transaction.set_presence("clinic", "101", "break")
            transaction.set_presence("shop", "101", "offline")
        accounts = ("clinic", "shop", "clinic", "bare", "shop")
        with store.transaction() as transaction:
            transaction.expect(
                [EventKeys(account=name, entry_id=f"entry-{number}") for number, name in enumerate(accounts)]
            )
            assert [transaction.presence(name) for name in accounts[:4]] == [
                {"101": "break"},
                {"101": "offline"},
                {"101": "break"},
                {},
            ]
            transaction.set_presence("shop", "101", "online")
            transaction.load("clinic", entry_id="entry-9")
            assert transaction.presence("shop") == {"101": "online"}


class TestVersions:
    def test_active_draining_and_retired(self, store: Store, clock: Clock) -> None:
        for number in range(4):
            clock.at = NOON + number
            with store.transaction() as transaction:
                transaction.store_version("clinic", f"v{number}", b"content", activate=number < 3)
        put(store, call("entry-1", version="v1"), call("entry-2", version="v0", status=ENDED))
        assert store.versions("clinic") == [
            {
                "version": "v3",
                "created": NOON + 3,
                "activated": None,
                "state": "retired",
                "live_calls": 0,
                "note": "",
                **NO_ORIGIN,
            },
            {
                "version": "v2",
                "created": NOON + 2,
                "activated": NOON + 2,
                "state": "active",
                "live_calls": 0,
                "note": "",
                **NO_ORIGIN,
            },
            {
                "version": "v1",
                "created": NOON + 1,
                "activated": NOON + 1,
                "state": "draining",
                "live_calls": 1,
                "note": "",
                **NO_ORIGIN,
            },
            {
                "version": "v0",
                "created": NOON,
                "activated": NOON,
                "state": "retired",
                "live_calls": 0,
                "note": "",
                **NO_ORIGIN,
            },
        ]

    def test_where_a_version_comes_from(self, store: Store) -> None:
        for account in ("clinic", "shop"):
            with store.transaction() as transaction:
                transaction.store_version(account, "v1", b"content", activate=True)
        origin = Origin(author="Анна", commit="c0ffee", message='the "evening"\nhours', source="https://git.example")
        with store.transaction() as transaction:
            transaction.note_origin("clinic", "v1", origin)
        told = {account: store.versions(account)[0] for account in ("clinic", "shop")}
        assert told["clinic"].items() >= msgspec.structs.asdict(origin).items()
        assert told["shop"].items() >= NO_ORIGIN.items()
        with store.transaction() as transaction:
            transaction.note_origin("clinic", "v1", Origin(author="Boris"))
        assert store.versions("clinic")[0].items() >= {**NO_ORIGIN, "author": "Boris"}.items()

    def test_rolling_back_keeps_the_content(self, store: Store, clock: Clock) -> None:
        for version, content in (("v1", b"one"), ("v2", b"two"), ("v1", b"not taken")):
            clock.at += 1
            with store.transaction() as transaction:
                transaction.store_version("clinic", version, content, activate=True)
        assert store.serving("clinic").active == "v1"
        assert store.version_content("clinic", "v1") == b"one"
        assert store.versions("clinic")[1]["activated"] == NOON + 3
        assert store.version_content("clinic", "v9") is None
        assert store.version_content("shop", "v1") is None

    def test_content_leads_to_its_version(self, store: Store) -> None:
        with store.transaction() as transaction:
            transaction.store_version("clinic", "v1", b"one", activate=True)
            transaction.store_version("shop", "v2", b"two", activate=True)
        assert store.version_of("clinic", b"one") == "v1"
        assert store.version_of("clinic", b"two") is None

    def test_versions_of_all_accounts_are_told_without_their_content(self, store: Store) -> None:
        assert store.stored_versions(3) == []
        with store.transaction() as transaction:
            transaction.store_version("clinic", "v1", b"one", activate=True, image=b"image")
            transaction.store_version("clinic", "v2", b"two", activate=False)
            transaction.store_version("shop", "v1", b"one", activate=True, image=b"im")
            transaction.note_followed("shop", "v1", NOON + 7)
        told = sorted(store.stored_versions(3), key=lambda row: (row.account, row.version))
        assert [(row.account, row.version, row.was_active, row.followed, row.image_head) for row in told] == [
            ("clinic", "v1", True, 0.0, b"ima"),
            ("clinic", "v2", False, 0.0, b""),
            ("shop", "v1", True, NOON + 7, b"im"),
        ]

    def test_image_is_kept_beside_the_content_and_can_be_renewed(self, store: Store) -> None:
        with store.transaction() as transaction:
            transaction.store_version("clinic", "v1", b"one", activate=False)
        assert store.version_image("clinic", "v1") == b""
        assert store.version_image("clinic", "v9") == b""
        for image in (b"image", b"another"):
            with store.transaction() as transaction:
                transaction.store_version("clinic", "v1", b"", activate=False, image=image)
            assert store.version_image("clinic", "v1") == image
        with store.transaction() as transaction:
            transaction.store_version("clinic", "v1", b"", activate=True)
        assert store.version_image("clinic", "v1") == b"another"
        assert store.version_content("clinic", "v1") == b"one"
        assert store.serving("clinic").active == "v1"
        assert store.serving("shop").active is None

    def test_a_pause_keeps_who_and_when_until_it_ends(self, store: Store, clock: Clock) -> None:
        assert pause_note(store) == (0.0, "")
        with store.transaction() as transaction:
            transaction.save_serving("clinic", ActiveVersion(active="v1", paused=True))
            transaction.note_pause("clinic", "anna on host")
        assert pause_note(store)[1] == "anna on host"
        assert abs(pause_note(store)[0] - NOON) < 1.0
        with store.transaction() as transaction:
            transaction.save_serving("clinic", ActiveVersion(active="v2", paused=True))
        assert pause_note(store)[1] == "anna on host", "a publication ends no pause"
        with store.transaction() as transaction:
            transaction.note_pause("clinic", "")
        assert pause_note(store) == (0.0, "")


class TestOpening:
    def test_it_answers(self, store: Store) -> None:
        store.next_wake()

    @pytest.mark.parametrize("url", ["postgres:x", "mysql://x", "sqlite:///", "", "ivr.db"])
    def test_a_url_of_no_use(self, url: str) -> None:
        with pytest.raises(ConfigurationError, match=r"sqlite:///ivr\.db"):
            open_store(url)
