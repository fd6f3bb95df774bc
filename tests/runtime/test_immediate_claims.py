"""A command that may leave at once is claimed in the transaction that queues it, by the dispatcher's own rules."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from router.history.journal import QUEUED, SENT, CommandRow
from router.runtime.limits.limiter import Limits
from router.runtime.outbox.claims import REQUEST_SECONDS, SETTLE_SECONDS
from router.runtime.outbox.dispatch_plan import look
from router.runtime.outbox.immediate_claims import FAULT_SECONDS, LONGEST_REST_SECONDS, REST_SECONDS
from router.runtime.ports import Store, Transaction
from router.runtime.records import AccountState, ActiveVersion
from router.store import open_store
from tests.runtime.outbox import NOON, queued
from tests.runtime.test_dispatch import House
from tests.runtime.test_dispatch_threads import PATIENCE_SECONDS, Gate, dispatcher_of, eventually, live
from tests.stores import slots_of


class Stop(Exception):
    """Thrown by a test in the middle of a transaction."""


class Office(House):
    """A house whose dispatcher has looked once, and is open for claims with the event."""

    def __init__(self, *, is_open: bool = True, accounts: dict[str, Limits] | None = None) -> None:
        super().__init__(accounts=accounts)
        self.dispatcher.run_once()
        self.dispatcher.immediate.is_open = is_open
        self.wakes = 0
        self.dispatcher.immediate._wake = self._woken

    def _woken(self) -> None:
        self.wakes += 1

    @contextmanager
    def event(self, *rows: CommandRow) -> Iterator[Transaction]:
        """A transaction that queues commands as an event does."""
        with self.store.transaction() as transaction:
            for row in rows:
                transaction.queue(row)
                self.dispatcher.immediate.queued(transaction, row.account)
            yield transaction

    def happen(self, *rows: CommandRow) -> None:
        with self.event(*rows):
            pass


class Counted:
    """How often an office's account is asked for what may leave."""

    def __init__(self, office: Office) -> None:
        self.count = 0
        self.told: list[int] = []
        self._terms = office.dispatcher._requests.terms
        office.dispatcher._requests.terms = self._counted  # type: ignore[method-assign]

    def tell(self) -> None:
        self.told.append(self.count)

    def _counted(self, account: str) -> Any:
        self.count += 1
        return self._terms(account)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/ivr.db")
    yield opened
    opened.close()


def at_once(command_id: str = "c-1", command: str = "play/start", **fields: Any) -> CommandRow:
    return queued(command_id, command, **fields)


def test_it_leaves_after_the_commit_with_slots_and_a_lease_and_nothing_wakes_the_dispatcher() -> None:
    office = Office()
    seen: list[tuple[str, list[str]]] = []
    with office.event(at_once("c-1", "route")) as transaction:
        transaction.after_commit(lambda: seen.append((office.row().state, list(office.pbx.ids))))
        assert office.pbx.ids == []
    assert seen == [(SENT, [])], "the row is on disk before the request leaves"
    assert office.pbx.ids == ["c-1"]
    row = office.row()
    assert (row.sent, row.attempts) == (NOON, 1)
    assert set(slots_of(office.store, "clinic")) == {"all", "route"}
    assert office.wakes == 0
    assert office.told[0].command_id == "c-1"


def test_a_claim_that_is_not_settled_can_be_taken_back() -> None:
    office = Office()
    office.pbx.meanwhile = lambda: leases.append(office.row().lease)
    leases: list[float | None] = []
    office.happen(at_once())
    assert leases == [NOON + REQUEST_SECONDS + SETTLE_SECONDS]


def test_nothing_leaves_when_nothing_is_kept_and_the_place_is_free_again() -> None:
    office = Office()
    with suppress(Stop), office.event(at_once()):
        raise Stop
    with pytest.raises(ValueError, match="already"):
        office.happen(at_once(), at_once())
    assert office.pbx.ids == []
    assert office.dispatcher._requests._held == 0
    office.happen(at_once())
    assert office.pbx.ids == ["c-1"]


def test_a_closed_dispatcher_is_only_woken() -> None:
    office = Office(is_open=False)
    office.happen(at_once())
    assert (office.row().state, office.wakes, office.pbx.ids) == (QUEUED, 1, [])


def test_what_its_limit_lets_wait_is_left_to_the_dispatcher_which_is_not_asked_again_and_again() -> None:
    office = Office()
    office.happen(at_once("c-1", "route"))
    asked = Counted(office)
    for number in range(2, 6):
        office.happen(at_once(f"c-{number}", "route"))
    assert (asked.count, office.wakes, office.pbx.ids) == (1, 4, ["c-1"])
    office.clock.at += REST_SECONDS
    office.happen(at_once("c-6", "route"))
    assert asked.count == 2


def test_an_account_that_stays_closed_is_asked_less_and_less_often_until_something_leaves() -> None:
    office = Office()
    office.happen(at_once("c-1", "route"))
    asked = Counted(office)
    for number in range(8):
        office.happen(at_once(f"w-{number}", "route"))
        asked.tell()
        office.clock.at += REST_SECONDS + 1e-6
    assert asked.told == [1, 2, 2, 3, 3, 3, 3, 4], "after 50 ms, then 100, then 200"
    office.clock.at += LONGEST_REST_SECONDS + 4
    office.happen(at_once("c-2", "route"))
    assert len(office.pbx.ids) == 2
    office.clock.at += REST_SECONDS
    office.happen(at_once("c-3", "route"))
    office.clock.at += REST_SECONDS
    before = asked.count
    office.happen(at_once("c-4", "route"))
    assert asked.count == before + 1, "the first rest after a success is a short one"


def test_an_account_with_more_waiting_than_places_is_left_to_the_dispatcher_for_a_while() -> None:
    office = Office()
    office.put(at_once("c-1"), at_once("c-2"))
    office.happen(at_once("c-3"))
    assert (office.pbx.ids, office.wakes) == (["c-1"], 1)
    office.happen(at_once("c-4"))
    assert (office.pbx.ids, office.wakes) == (["c-1"], 2)
    office.clock.at += REST_SECONDS
    office.happen(at_once("c-5"))
    assert office.pbx.ids == ["c-1", "c-2"]


def test_an_account_without_a_free_place_is_left_to_the_dispatcher_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()
    entered: list[str] = []

    def full(account: str) -> int:
        entered.append(account)
        return 0

    with monkeypatch.context() as patched:
        patched.setattr(office.dispatcher._requests, "enter", full)
        office.happen(at_once("c-1"))
        office.happen(at_once("c-2"))
        assert (entered, office.wakes) == (["clinic"], 2)
    office.clock.at += REST_SECONDS
    office.happen(at_once("c-3"))
    assert office.pbx.ids == ["c-1"]


def test_the_account_is_looked_at_once_for_each_command_that_may_leave_and_not_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()
    monkeypatch.setattr(office.dispatcher._requests, "enter", lambda _account: 4)
    monkeypatch.setattr(office.dispatcher._requests, "_held", 8)
    looks = 0

    def counted(*given: Any) -> Any:
        nonlocal looks
        looks += 1
        return look(*given)

    monkeypatch.setattr("router.runtime.outbox.claims.look", counted)
    office.happen(at_once("c-1"))
    assert (looks, office.pbx.ids) == (1, ["c-1"])
    office.happen(at_once("c-2", entry_id="entry-2"), at_once("c-3", entry_id="entry-3"))
    assert (looks, office.pbx.ids) == (3, ["c-1", "c-2", "c-3"])


def test_another_kind_leaves_though_a_route_waits() -> None:
    office = Office()
    office.happen(at_once("c-1", "route"))
    office.happen(at_once("c-2", "route"), at_once("c-3"))
    assert office.pbx.ids == ["c-1", "c-3"]
    assert office.wakes == 1, "of the route that waits"


def test_the_best_goes_first_whoever_queued_it() -> None:
    office = Office()
    office.put(at_once("c-1", "route", deadline=NOON + 20))
    office.happen(at_once("c-2", "route", deadline=NOON + 25))
    assert office.pbx.ids == ["c-1"]


def test_a_pause_holds() -> None:
    office = Office()
    with office.store.transaction() as transaction:
        transaction.save_serving("clinic", ActiveVersion(paused=True))
    office.happen(at_once())
    assert (office.pbx.ids, office.wakes) == ([], 1)
    office = Office()
    with office.store.transaction() as transaction:
        transaction.save_standing("clinic", AccountState(paused_until=NOON + 9))
    office.happen(at_once())
    assert (office.pbx.ids, office.wakes) == ([], 1)


def test_a_clock_that_was_set_claims_nothing() -> None:
    office = Office()
    office.clock.now = lambda: office.clock.at + 60  # type: ignore[method-assign]
    office.store._database.now = office.clock.now  # type: ignore[attr-defined]
    office.happen(at_once())
    assert (office.pbx.ids, office.wakes) == ([], 1)
    assert slots_of(office.store, "clinic") == {}


def test_who_writes_as_of_then_claims_nothing() -> None:
    office = Office()
    with office.event(at_once()) as transaction:
        transaction.now = NOON - 30
    assert (office.pbx.ids, office.wakes) == ([], 1)


def test_what_its_schema_refuses_is_left_to_the_dispatcher() -> None:
    office = Office()
    office.happen(at_once("c-1", "route", params={"command_id": "c-1", "call_id": "leg-1"}))
    assert (office.row().state, office.wakes) == (QUEUED, 1)


def test_a_command_that_a_later_event_of_the_group_withdraws_does_not_leave() -> None:
    office = Office()
    with office.event(at_once()) as transaction:
        transaction.update_command(replace(at_once(), state="expired"))
    assert (office.pbx.ids, office.row().state) == ([], "expired")


def test_a_fault_costs_no_event_and_the_account_is_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    office = Office()

    def broken(*_given: object) -> None:
        raise ArithmeticError("of a choice")

    with monkeypatch.context() as patched:
        patched.setattr("router.runtime.outbox.immediate_claims.claim_best", broken)
        office.happen(at_once())
    assert (office.row().state, office.wakes, office.dispatcher._requests._held) == (QUEUED, 1, 0)
    assert "of a choice" in capsys.readouterr().out
    office.happen(at_once("c-2"))
    assert office.pbx.ids == []
    office.clock.at += FAULT_SECONDS
    office.happen(at_once("c-3"))
    assert office.pbx.ids == ["c-1"], "one of a time, the oldest first"


def test_once_it_is_stopped_nothing_is_claimed() -> None:
    office = Office()
    office.dispatcher.stop()
    office.happen(at_once())
    office.dispatcher.immediate.is_open = True  # an event that was under way
    office.happen(at_once("c-2"))
    assert (office.pbx.ids, office.wakes) == ([], 2)


def test_an_end_waits_for_an_event_that_holds_a_place_and_settles_what_it_claimed(store: Store) -> None:
    gate = Gate()
    dispatcher = dispatcher_of(store, gate, "clinic")
    dispatcher.start()
    eventually(lambda: dispatcher.database._known is not None)
    stopping = threading.Thread(target=dispatcher.stop)
    with store.transaction() as transaction:
        transaction.queue(live("c-1"))
        dispatcher.immediate.queued(transaction, "clinic")
        transaction.before_commit("then", stopping.start)
        transaction.before_commit("and", lambda: eventually(dispatcher._stopping.is_set))
    stopping.join(PATIENCE_SECONDS)
    assert gate.arrived == ["c-1"]
    assert store.commands("clinic")[0].answered is not None
