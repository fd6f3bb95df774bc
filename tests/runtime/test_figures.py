"""The figures: each call once, on its local day, whoever looks and whatever dies in between; their tables."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from router.engine.state import ENDED
from router.history.call_record import record_object
from router.history.figure_facts import BUCKETS, bucket
from router.runtime.calls.find_calls import every_call
from router.runtime.calls.retention import Upkeep
from router.runtime.figures import rollup as module
from router.runtime.figures.inquiry import Inquiry
from router.runtime.figures.rollup import Rollup
from router.runtime.figures.tables import FIGURES, quantile
from router.runtime.ports import Store, Transaction
from tests.runtime.recording import ACCOUNT, NOON, Recorder
from tests.store.build import call, put
from tests.stores import MemoryStore, SqliteStore

DAY = 86_400.0
MOSCOW = "Europe/Moscow"


@pytest.fixture(params=["memory", "sqlite"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Callable[[], float]], Store]:
    return MemoryStore if request.param == "memory" else lambda now: SqliteStore(str(tmp_path / "ivr.db"), now)


@pytest.fixture
def ended(make: Callable[[Callable[[], float]], Store]) -> Iterator[Recorder]:
    """A caller heard the menu, pressed 1, was routed, and gave up."""
    recorder = Recorder(store=make).wait(2.0).press("1").wait(3.0).hang_up().wait(90.0)
    yield recorder
    recorder.store.close()


class Clock:
    """A hand that only the test moves."""

    def __init__(self, at: float = NOON + DAY) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def rollup(store: Store, zone: str = MOSCOW) -> Rollup:
    return Rollup(store, {ACCOUNT: zone}, clock=lambda: 0.0, rest=lambda seconds: None)


def table(store: Store, figure: str, grouping: str | None = None, zone: str = MOSCOW, **where: str) -> list[Any]:
    asked = Inquiry(
        figure=figure, account=ACCOUNT, timezone=zone, since=date(2026, 11, 15), until=date(2026, 12, 15),
        grouping=grouping, where=where,
    )  # fmt: skip
    assert asked.fault() == ""
    return asked.rows(store)


def every_table(store: Store) -> dict[str, list[Any]]:
    return {f"{figure} {by}": table(store, figure, by) for figure in FIGURES for by in (None, "day", "hour", "line")}


def ended_calls(store: Store, count: int, **fields: Any) -> None:
    """Calls of which nothing but the state is kept."""
    for number in range(count):
        one = {
            "account": ACCOUNT,
            "status": ENDED,
            "outcome": "answered",
            "started": NOON + number,
            "ended": NOON + 600,
        }
        put(store, call(f"c{number}", **{**one, **fields}))


def test_a_call_counts_once_and_after_it_is_over(ended: Recorder) -> None:
    assert rollup(ended.store).run_once() == 1
    assert rollup(ended.store).run_once() == 0
    (row,) = table(ended.store, "calls", "day")
    assert (row["day"], row["calls"], row["missed"], row["answered_share"]) == ("2026-11-23", 1, 1, 0.0)


def test_a_call_that_is_up_or_only_just_over_waits() -> None:
    recorder = Recorder().wait(2.0)
    assert rollup(recorder.store).run_once() == 0
    recorder.hang_up()
    while recorder.recorded().call.status != ENDED:
        recorder.wait(0.25)
    assert rollup(recorder.store).run_once() == 0
    recorder.time += 6.0
    assert rollup(recorder.store).run_once() == 1


def test_news_of_a_counted_call_adds_nothing(ended: Recorder) -> None:
    rollup(ended.store).run_once()
    before = every_table(ended.store)
    found = ended.recorded().call
    found.recording_ids = ("r1",)
    ended.time += 3600
    put(ended.store, found)
    ended.time += 60
    assert rollup(ended.store).run_once() == 0
    assert every_table(ended.store) == before


def test_figures_outlive_their_calls_and_a_rebuild_leaves_those_days(ended: Recorder) -> None:
    rollup(ended.store).run_once()
    before = every_table(ended.store)
    ended.time += 31 * DAY
    gone = Upkeep(
        ended.store, retention_seconds=30 * DAY, mask_after_seconds=None, clock=lambda: 0.0, rest=lambda seconds: None
    ).run_once()
    assert gone["calls"] == 1
    assert every_table(ended.store) == before
    put(ended.store, call("later", account=ACCOUNT, status=ENDED, outcome="answered", started=ended.time))
    ended.time += 60
    rollup(ended.store).rebuild(ACCOUNT)
    assert table(ended.store, "calls", "day")[0] == before["calls day"][0]


def test_a_rebuild_finds_the_same(ended: Recorder) -> None:
    rollup(ended.store).run_once()
    before = every_table(ended.store)
    assert rollup(ended.store).rebuild(ACCOUNT) == (date(2026, 11, 23), 1)
    assert every_table(ended.store) == before


def test_a_rebuild_in_another_zone_moves_calls_to_their_days() -> None:
    clock = Clock()
    store = MemoryStore(clock)
    ended_calls(store, 3, started=NOON + 14 * 3600)  # 02:00 of the next day in Moscow
    clock.at += 60
    rollup(store).run_once()
    assert [(row["day"], row["hour"], row["calls"]) for row in table(store, "calls", "hour")] == [("2026-11-24", 2, 3)]
    assert rollup(store, "Europe/London").rebuild(ACCOUNT) == (date(2026, 11, 23), 3)
    assert [(row["day"], row["hour"], row["calls"]) for row in table(store, "calls", "hour")] == [("2026-11-23", 23, 3)]


def test_what_dies_before_its_commit_is_counted_by_the_next() -> None:
    clock = Clock()
    store = MemoryStore(clock)
    ended_calls(store, 120)
    clock.at += 60

    with pytest.raises(RuntimeError, match="killed"):
        _die_halfway(store)
    rollup(store).run_once()
    assert table(store, "calls")[0]["calls"] == 120


def _die_halfway(store: Store) -> None:
    with store.transaction() as tx:
        tx.count_calls(ACCOUNT, [f"c{number}" for number in range(60)])
        raise RuntimeError("killed")


def test_workers_that_look_at_once_count_each_call_once(tmp_path: Path) -> None:
    clock = Clock()
    stores = [SqliteStore(str(tmp_path / "ivr.db"), clock) for _ in range(3)]
    ended_calls(stores[0], 200)
    clock.at += 60
    counted: list[int] = []
    threads = [threading.Thread(target=lambda s=store: counted.append(rollup(s).run_once())) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counted) == 200
    assert table(stores[0], "calls")[0]["calls"] == 200
    for store in stores:
        store.close()


def test_a_commit_that_comes_late_is_still_found() -> None:
    clock = Clock()
    store = MemoryStore(clock)
    ended_calls(store, 2)
    clock.at += 60
    assert rollup(store).run_once() == 2
    clock.at += 300
    with store.transaction() as tx:
        _write_late(tx, clock.at - 330)
    assert rollup(store).run_once() == 1


def _write_late(tx: Transaction, began: float) -> None:
    tx.now = began
    tx.save_call(call("late", account=ACCOUNT, status=ENDED, outcome="missed", started=began, ended=began))


def test_a_clock_that_was_set_back_hides_no_call() -> None:
    clock = Clock(NOON + 10 * DAY)
    store = MemoryStore(clock)
    ended_calls(store, 1)
    clock.at += 60
    assert rollup(store).run_once() == 1
    clock.at = NOON + DAY
    put(store, call("back", account=ACCOUNT, status=ENDED, outcome="missed", started=NOON + DAY, ended=NOON + DAY))
    clock.at += 60
    assert rollup(store).run_once() == 1


def test_one_call_that_cannot_be_read_keeps_no_other_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    store = MemoryStore(clock)
    ended_calls(store, 3)
    clock.at += 60
    real = module.facts_of  # type: ignore[attr-defined]

    def broken(one: Any, *more: Any) -> Any:
        if one.entry_id == "c1":
            raise KeyError("verb")
        return real(one, *more)

    monkeypatch.setattr(module, "facts_of", broken)
    assert rollup(store).run_once() == 3
    assert table(store, "calls")[0]["calls"] == 2


def test_they_say_what_the_rows_of_calls_say() -> None:
    """The judge: rows of the list of calls, summed up here."""
    clock = Clock(NOON + 9 * DAY)
    store = MemoryStore(clock)
    kinds = [("answered", "1"), ("missed", "2"), ("released", "1"), ("answered", "3"), ("hung_up", "2")]
    for number in range(150):
        outcome, line = kinds[(number + number // 7) % 5]
        began = NOON + number * 4021.0
        put(
            store,
            call(
                f"n{number}", account=ACCOUNT, status=ENDED, outcome=outcome, line=line, started=began,
                ended=began + number, direction="incoming", rang=float(number % 7), talked=float(number % 3),
            ),
        )  # fmt: skip
    clock.at += 60
    rollup(store).run_once()
    rows = [record_object(row) for row in every_call(store, ACCOUNT, {})]
    for line in ("1", "2", "3"):
        mine = [row for row in rows if row["line"] == line]
        (figure,) = table(store, "calls", line=line)
        assert {name: figure[name] for name in ("answered", "missed", "released", "hung_up")} == {
            name: Counter(row["outcome"] for row in mine)[name]
            for name in ("answered", "missed", "released", "hung_up")
        }
        for name in ("talk", "ring"):
            assert figure[f"{name}_seconds"] == pytest.approx(sum(row[f"{name}_seconds"] for row in mine), abs=0.1)
    assert sum(row["calls"] for row in table(store, "calls", "hour")) == len(rows) == 150
    assert sum(row["calls"] for row in table(store, "calls", "hour_of_day")) == 150


def test_a_funnel_has_each_choice_with_its_share(make: Callable[[Callable[[], float]], Store]) -> None:
    recorder = Recorder(store=make).wait(2.0).press("2").wait(3.0).hang_up().wait(90.0)
    rollup(recorder.store).run_once()
    menu = next(row for row in table(recorder.store, "steps") if row["step"] == "menu")
    assert (menu["flow"], menu["verb"], menu["calls"], menu["visits"]) == ("main", "menu", 1, 1)
    assert menu["exits"] == [{"exit": "2", "visits": 1, "share": 1.0}]
    recorder.store.close()


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_quantile_is_in_the_bucket_of_the_true_one(share: float) -> None:
    seconds = [0.003 * number**1.7 for number in range(1, 900)]
    true = sorted(seconds)[int(share * len(seconds))]
    estimated = quantile(Counter(map(bucket, seconds)), share)
    assert estimated is not None
    assert abs(BUCKETS.index(bucket(estimated)) - BUCKETS.index(bucket(true))) <= 1
    assert quantile({}, share) is None


def test_questions_that_cannot_be_answered_say_why() -> None:
    def fault(since: date, until: date, grouping: str | None = None) -> str:
        return Inquiry(
            figure="calls", account=ACCOUNT, timezone=MOSCOW, since=since, until=until, grouping=grouping
        ).fault()

    assert "later day" in fault(date(2026, 11, 2), date(2026, 11, 2))
    assert "31 days" in fault(date(2026, 1, 1), date(2026, 11, 2), "hour")
    assert fault(date(2026, 1, 1), date(2026, 11, 2), "line") == ""
    assert "1100" in fault(date(1970, 1, 1), date(2026, 11, 2))
    assert fault(date(2026, 1, 1), date(2026, 11, 2), "hour_of_day") == ""


def test_a_look_goes_on_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is older was counted: nothing of it is read again."""
    clock = Clock()
    store = MemoryStore(clock)
    ended_calls(store, 1)
    clock.at += 60
    began = []
    real = store.uncounted_calls

    def uncounted_calls(place: Any, until: float, limit: int) -> Any:
        began.append(place.changed)
        return real(place, until, limit)

    monkeypatch.setattr(store, "uncounted_calls", uncounted_calls)
    rollup(store).run_once()
    rollup(store).run_once()
    assert began == [0.0, clock.at - module.SETTLING_SECONDS - module.MARGIN_SECONDS]


def test_a_rebuild_begins_on_the_accounts_own_day() -> None:
    clock = Clock()
    store = MemoryStore(clock)
    ended_calls(store, 1, started=NOON + 14 * 3600)  # 02:00 of the 24th in Moscow, the 23rd in UTC
    clock.at += 60
    assert rollup(store).rebuild(ACCOUNT) == (date(2026, 11, 24), 1)


def test_what_is_neither_talk_nor_ringing_is_the_menu() -> None:
    clock = Clock()
    store = MemoryStore(clock)
    ended_calls(store, 1, talked=100.0, rang=50.0)
    clock.at += 60
    rollup(store).run_once()
    (row,) = table(store, "calls")
    assert (row["talk_seconds"], row["ring_seconds"], row["menu_seconds"]) == (100.0, 50.0, 450.0)
