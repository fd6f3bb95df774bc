"""Asking the PBX's statistics about calls whose end was lost: one report for all, within the limits, and what it says."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from router.engine.state import Reconciled
from router.errors import StoreUnavailable
from router.runtime.calls.reconcile import GATHER_SECONDS, LATEST_SECONDS, MARGIN_SECONDS, MONTH_SECONDS, Reconciler
from router.runtime.group_commit import GroupCommit
from router.runtime.limits.limiter import Limits
from router.runtime.monitoring.metrics import reconciled_total
from router.runtime.outbound_ports import Answer
from router.runtime.outbox.limited_queries import Inquiries
from router.runtime.ports import Transaction
from tests.runtime.outbox import NOON, HandClock
from tests.stores import MemoryStore, pause

ACCOUNT = "clinic"
BEGAN = NOON - 4 * 3600
KEY = Answer(kind="accepted", status=200, body=json.dumps({"key": "k1=="}))
BUSY = Answer(kind="accepted", status=204)
LIMITED = Answer(kind="limited", status=503)


def report(*legs: tuple[Any, ...]) -> Answer:
    """(start, finish, answer, reason, location, create, entry_id) of each."""
    return Answer(kind="accepted", status=200, body="\n".join(";".join(map(str, leg)) for leg in legs))


class Office:
    """A reconciler, and the PBX that it asks; nothing waits."""

    def __init__(self, *answers: Answer) -> None:
        self.clock = HandClock()
        self.store = MemoryStore(self.clock.now)
        self.answers = list(answers)
        self.asked: list[tuple[float, str, Mapping[str, Any]]] = []
        self.told: dict[str, Reconciled] = {}
        self.woken = 0
        self.is_ending = False
        self.meanwhile: Callable[[], None] = lambda: None
        self.reconciler = Reconciler(
            Inquiries(self.store, {ACCOUNT: Limits()}, self, self.clock),
            self.apply,
            clock=self.clock,
            wake=self.wake,
            group=GroupCommit(self.store),
            rest=self.rest,
        )

    def query(self, account: str, path: str, params: Mapping[str, Any], timeout_seconds: float) -> Answer:
        self.asked.append((round(self.clock.at - NOON, 1), path, params))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def apply(self, tx: Transaction, account: str, event: Reconciled) -> None:
        assert account == ACCOUNT
        self.told[event.entry_id] = event

    def wake(self) -> None:
        self.woken += 1

    def rest(self, seconds: float) -> bool:
        self.clock.at += seconds
        self.meanwhile()
        return self.is_ending

    def ask(self, *entries: str, started: float = BEGAN) -> dict[str, Reconciled]:
        def others() -> None:
            self.meanwhile = lambda: None
            for entry_id in entries[1:]:
                self.reconciler.ask(ACCOUNT, entry_id, started)

        self.meanwhile = others
        self.reconciler.ask(ACCOUNT, entries[0], started)
        self.reconciler._pool.stop()
        return self.told


def test_one_report_for_all_that_went_stale_together() -> None:
    begun, ended = int(BEGAN), int(BEGAN) + 300
    office = Office(
        KEY,
        BUSY,
        report(
            (begun, begun + 20, 0, 1100, "ivr", begun, "e1"),
            (begun + 20, ended, begun + 30, 1110, "abonent", begun, "e1"),
            (begun, ended, 0, "Busy", "ivr", begun, "e2"),
            (begun, ended, begun, 1110, "abonent", begun, "stranger"),
        ),
    )
    before = Counter({state: counted(state) for state in ("ended", "unknown")})
    told = office.ask("e1", "e2", "e3")
    assert told == {
        "e1": Reconciled(entry_id="e1", state="ended", ended=ended, answered=True, disconnect_reason=1110),
        "e2": Reconciled(entry_id="e2", state="ended", ended=ended),
        "e3": Reconciled(entry_id="e3", state="unknown"),
    }
    assert [(at, path) for at, path, _ in office.asked] == [
        (GATHER_SECONDS, "stats/request"),
        (GATHER_SECONDS, "stats/result"),
        (GATHER_SECONDS + 5.0, "stats/result"),
    ]
    assert office.asked[0][2] == {
        "date_from": str(int(BEGAN - MARGIN_SECONDS)),
        "date_to": str(int(NOON + GATHER_SECONDS + MARGIN_SECONDS)),
        "fields": "start, finish, answer, disconnect_reason, location, create, entry_id",
    }
    assert office.asked[1][2] == {"key": "k1=="}
    assert office.woken == 1
    assert {state: counted(state) - before[state] for state in before} == {"ended": 2, "unknown": 1}


def counted(outcome: str) -> float:
    return reconciled_total.labels(outcome)._value.get()


def test_instants_of_another_zone_are_brought_home() -> None:
    shifted = int(BEGAN) + 3 * 3600
    office = Office(KEY, report((shifted, shifted + 60, 0, 1110, "ivr", shifted + 2, "e1")))
    assert office.ask("e1")["e1"].ended == BEGAN + 60


def test_a_period_is_never_longer_than_a_month() -> None:
    office = Office(KEY, report())
    office.ask("e1", started=NOON - 90 * 86_400)
    period = office.asked[0][2]
    assert int(period["date_to"]) - int(period["date_from"]) <= MONTH_SECONDS


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([Answer(kind="refused", status=200, code=3105)], "refused, HTTP 200, code 3105"),
        ([Answer(kind="not_sent", body="connection refused")], "not_sent: connection refused"),
        ([Answer(kind="accepted", status=200, body="no json")], "the PBX named no key for the report"),
        ([Answer(kind="accepted", status=200, body='{"key": ""}')], "the PBX named no key for the report"),
        ([KEY, Answer(kind="refused", status=404)], "refused, HTTP 404"),
        ([KEY, BUSY], "the report was not ready in time"),
        ([LIMITED], "limited, HTTP 503"),
        ([Answer(kind="unclear", body="ReadTimeoutError")], "unclear: ReadTimeoutError"),
    ],
)
def test_why_there_is_no_report(answers: list[Answer], reason: str) -> None:
    office = Office(*answers)
    fate = office.ask("e1")["e1"]
    assert (fate.state, fate.reason) == ("failed", reason)
    assert office.clock.at - NOON <= GATHER_SECONDS + LATEST_SECONDS + 20.0  # before the call's own timer


def test_a_pbx_in_trouble_is_asked_again() -> None:
    office = Office(LIMITED, Answer(kind="unclear"), KEY, Answer(kind="unclear"), report())
    assert office.ask("e1")["e1"].state == "unknown"


def test_a_limit_that_leaves_no_room() -> None:
    office = Office(KEY)
    with office.store.transaction() as tx:
        pause(tx, ACCOUNT, NOON + 3600, "a test")
    fate = office.ask("e1")["e1"]
    assert (fate.state, fate.reason) == ("failed", "the limits left no room for the question")
    assert office.asked == []


def test_a_process_that_ends_leaves_its_calls_to_their_timers() -> None:
    office = Office(KEY, BUSY)
    office.is_ending = True
    assert office.ask("e1") == {}
    office.reconciler.stop()
    assert office.asked == []


def test_stopping_between_two_questions() -> None:
    office = Office(KEY, BUSY)

    def end_at_the_second_rest() -> None:
        office.is_ending = office.clock.at > NOON + GATHER_SECONDS

    office.meanwhile = end_at_the_second_rest
    office.reconciler.ask(ACCOUNT, "e1", BEGAN)
    office.reconciler._pool.stop()
    assert office.told["e1"].reason == "the router was stopped meanwhile"


def test_later_calls_get_a_report_of_their_own() -> None:
    office = Office(KEY, report(), KEY, report())
    office.ask("e1")
    assert set(office.ask("e2")) == {"e1", "e2"}
    assert [path for _, path, _ in office.asked].count("stats/request") == 2


def test_what_cannot_be_kept_is_left_to_the_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(KEY, report())

    def broken(tx: Transaction, account: str, event: Reconciled) -> None:
        if event.entry_id == "e1":
            raise StoreUnavailable("the disk is full")
        if event.entry_id == "e2":
            raise ValueError("a fault of ours")
        office.told[event.entry_id] = event

    monkeypatch.setattr(office, "apply", broken)
    office.reconciler._apply = broken
    assert set(office.ask("e1", "e2", "e3")) == {"e3"}
