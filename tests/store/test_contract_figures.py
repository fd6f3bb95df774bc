"""Figures in every store: a call counts once, sums are sums, and a day can be made anew."""

from router.engine.state import ENDED
from router.history.figure_facts import Fact
from router.runtime.ports import Store
from router.runtime.ports_figures import PURGED, Cell, Changed, Question
from tests.store.build import NOON, call, command, put, record
from tests.store.conftest import Clock

BEGINNING = Changed(0.0, "", "")
ANSWERED, MISSED = Fact("call", "answered"), Fact("call", "missed")


def cell(fact: Fact = ANSWERED, *, day: int = 20261123, hour: int = 12, times: int = 1, **where: str) -> Cell:
    place = {"flow": "main", "line": "1", "version": "v1", **where}
    return Cell(fact, day, hour, place["flow"], place["line"], place["version"], times, 1, 2.5 * times)


def add(store: Store, *cells: Cell, account: str = "clinic") -> None:
    with store.transaction() as tx:
        tx.add_figures(account, cells)


def ask(**fields: object) -> Question:
    given = {"account": "clinic", "kinds": ("call",), "first": 20261101, "last": 20261130}
    return Question(**{**given, **fields})  # type: ignore[arg-type]


def test_a_call_is_counted_once(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.count_calls("clinic", ["b", "a"]) == {"a", "b"}
    with store.transaction() as tx:
        assert tx.count_calls("clinic", ["c", "a"]) == {"c"}
    with store.transaction() as tx:
        assert tx.count_calls("other", ["a"]) == {"a"}


def test_cells_of_one_place_are_added(store: Store) -> None:
    add(store, cell(), cell(MISSED, times=3))
    add(store, cell(hour=13, times=2))
    add(store, cell(times=7), account="other")
    sums = store.figure_sums(ask(hourly=True))
    assert [(one.fact, one.times, one.calls, one.seconds) for one in sums] == [
        (ANSWERED, 3, 2, 7.5),
        (MISSED, 3, 1, 7.5),
    ]
    assert {hour: times for hour, times in enumerate(sums[0].hours) if times} == {12: 1, 13: 2}


def test_sums_by_day_and_under_a_filter(store: Store) -> None:
    add(store, cell(), cell(day=20261124), cell(day=20261124, line="2"), cell(day=20261201), cell(flow=""))
    assert [(one.by, one.times) for one in store.figure_sums(ask(by=("day",)))] == [((20261123,), 2), ((20261124,), 2)]
    assert [one.times for one in store.figure_sums(ask(where={"line": "2"}))] == [1]
    assert [one.times for one in store.figure_sums(ask(where={"flow": ""}))] == [1]
    assert [(one.by, one.times) for one in store.figure_sums(ask(by=("line",), where={"flow": "main"}))] == [
        (("1",), 2),
        (("2",), 1),
    ]


def test_two_kinds_are_asked_at_once(store: Store) -> None:
    add(store, cell(), cell(Fact("time", "talk")), cell(Fact("wait", "route", "confirmed", "0.5")))
    assert {one.fact.kind for one in store.figure_sums(ask(kinds=("call", "time")))} == {"call", "time"}


def test_calls_to_be_counted_come_by_their_changes(store: Store, clock: Clock) -> None:
    for entry_id in ("e1", "e2", "e3"):
        clock.at += 1.0
        put(store, call(entry_id, status=ENDED, ended=NOON))
    put(store, call("up"))
    found = store.uncounted_calls(BEGINNING, clock.at, 2)
    assert [one.entry_id for one in found] == ["e1", "e2"]
    assert [one.entry_id for one in store.uncounted_calls(found[-1], clock.at, 2)] == ["e3"]
    assert store.uncounted_calls(BEGINNING, NOON, 2) == []
    with store.transaction() as tx:
        tx.count_calls("clinic", ["e2"])
    assert [one.entry_id for one in store.uncounted_calls(BEGINNING, clock.at, 9)] == ["e1", "e3"]


def test_what_is_kept_of_ended_calls(store: Store) -> None:
    put(store, call(status=ENDED, ended=NOON), record("d1"), record("d2"), command(), call("up"))
    (history,) = store.ended_histories("clinic", ["entry-1", "up", "gone"])
    assert history.call.entry_id == "entry-1"
    assert [entry.data["text"] for entry in history.trace] == ["hello", "hello"]
    assert [row.command for row in history.commands] == ["route"]


def test_a_mark_moves_on_only(store: Store) -> None:
    assert store.figure_mark("", "looked") == 0.0
    for at, then in ((5.0, 5.0), (3.0, 5.0), (0.0, 0.0)):
        with store.transaction() as tx:
            tx.set_figure_mark("", "looked", at)
        assert store.figure_mark("", "looked") == then


def test_what_is_deleted_stays_in_the_figures(store: Store) -> None:
    put(store, call(status=ENDED, ended=NOON + 1))
    with store.transaction() as tx:
        tx.count_calls("clinic", ["entry-1"])
        tx.add_figures("clinic", [cell()])
    (old,) = store.ended_calls(NOON + 9, None, 10)
    with store.transaction() as tx:
        assert tx.forget_calls([old], NOON + 9)[0] == 1
    assert [one.times for one in store.figure_sums(ask())] == [1]
    assert store.figure_mark("clinic", PURGED) == NOON
    assert store.kept_calls_began("clinic") is None
    with store.transaction() as tx:
        assert tx.count_calls("clinic", ["entry-1"]) == {"entry-1"}  # nothing is left of its name


def test_a_day_is_forgotten_with_its_calls(store: Store) -> None:
    for entry_id, began in (("e1", NOON), ("e2", NOON + 86_400)):
        put(store, call(entry_id, status=ENDED, started=began, ended=began))
    with store.transaction() as tx:
        tx.count_calls("clinic", ["e1", "e2"])
        tx.add_figures("clinic", [cell(), cell(MISSED), cell(day=20261124)])
    with store.transaction() as tx:
        tx.forget_figures("clinic", 20261123, NOON - 10, NOON + 10)
    assert [one.by for one in store.figure_sums(ask(by=("day",)))] == [(20261124,)]
    assert [one.entry_id for one in store.uncounted_calls(BEGINNING, NOON + 999_999, 9)] == ["e1"]
    assert store.kept_calls_began("clinic") == (NOON, 0.0)
