"""What one call adds to the figures, told from a journal that a real call left."""

from collections import Counter

import pytest

from router.engine.state import Call, Entry
from router.history.call_facts import facts_of
from router.history.call_view import trace_of
from router.history.figure_facts import BOUNDS, BUCKETS, bucket
from tests.runtime.recording import ACCOUNT, Recorder


def facts(recorder: Recorder) -> Counter[tuple[str, ...]]:
    found = recorder.recorded()
    return Counter(tuple(one.fact) for one in facts_of(found.call, trace_of(found.records), found.commands))


def test_a_caller_who_gave_up() -> None:
    found = facts(Recorder().wait(2.0).press("1").wait(3.0).hang_up().wait(70.0))
    assert found["call", "missed", "", ""] == 1
    assert found["step", "menu", "menu", "1"] == 1
    assert found["step", "sales", "route", ""] == 1
    assert found["abandoned", "sales", "route", "10"] == 1
    assert sum(times for fact, times in found.items() if fact[0] == "abandoned") == 1


def test_a_caller_who_was_answered_has_not_given_up() -> None:
    found = facts(Recorder().wait(2.0).press("1").wait(3.0).happen("answered").wait(30.0).hang_up().wait(70.0))
    assert found["call", "answered", "", ""] == 1
    assert found["time", "talk", "", ""] == 1
    assert not [fact for fact in found if fact[0] == "abandoned"]


def test_every_command_waited_and_no_notification_did() -> None:
    recorder = Recorder().wait(2.0).press("1").wait(3.0).hang_up().wait(70.0)
    rows = recorder.store.commands(ACCOUNT, entry_id="entry-1")
    waits = Counter(fact[1] for fact in facts(recorder) if fact[0] == "wait")
    assert waits == Counter(row.command for row in rows if row.command != "notify")


def test_a_visit_of_a_step_counts_each_time_and_its_call_once() -> None:
    entries = [
        Entry(at=float(at), kind=kind, data={"step": "menu", "verb": "menu", "exit": "star"})
        for at, kind in enumerate(("entered", "left", "entered", "left", "entered"))
    ]
    call = Call(account="a", entry_id="e", token="t", started=0.0, ended=9.0, flow="main", status="ended")
    found = [one for one in facts_of(call, entries, []) if one.fact.kind == "step"]
    assert [(one.fact.value, one.is_first) for one in found] == [("star", True), ("star", False), ("", False)]


LOOKED_UP = [
    Entry(at=1.0, kind="entered", data={"step": "crm", "verb": "lookup"}),
    Entry(at=1.4, kind="lookup", data={"request_id": "r", "state": "not_found"}),
    Entry(at=1.4, kind="left", data={"step": "crm", "verb": "lookup", "exit": "not_found"}),
]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (LOOKED_UP, [("crm", "not_found", "0.5")]),
        ([LOOKED_UP[0], Entry(at=6.0, kind="left", data={"step": "crm", "verb": "lookup", "exit": "failed"})],
         [("crm", "failed", "5")]),
        ([LOOKED_UP[0], Entry(at=1.0, kind="left", data={"step": "crm", "verb": "lookup", "exit": "next"})], []),
        ([*LOOKED_UP, *LOOKED_UP], [("crm", "not_found", "0.5")] * 2),
    ],
    ids=["answered", "no answer", "a table", "twice"],
)  # fmt: skip
def test_lookups(entries: list[Entry], expected: list[tuple[str, str, str]]) -> None:
    call = Call(account="a", entry_id="e", token="t", started=0.0, ended=9.0, flow="main", status="ended")
    found = [one.fact for one in facts_of(call, entries, []) if one.fact.kind == "lookup"]
    assert [(fact.name, fact.detail, fact.value) for fact in found] == expected


def test_a_call_that_no_flow_had_counts_if_it_came_in() -> None:
    call = Call(account="a", entry_id="e", token="t", started=0.0, ended=9.0, direction="incoming", status="ended")
    assert [one.fact[:2] for one in facts_of(call, [], [])] == [("call", "untaken")]
    call.direction = "outgoing"
    assert facts_of(call, [], []) == []


def test_a_bound_belongs_to_its_bucket() -> None:
    assert [bucket(bound) for bound in BOUNDS] == [*BUCKETS[:-1]]
    assert (bucket(0.0), bucket(0.1001), bucket(600.1)) == ("0.1", "0.2", "inf")
