"""The rows that sums become, figure by figure: typed in from what a reader of the table would compute by hand."""

from typing import Any

from router.history.figure_facts import ABANDONED, CALL, LOOKUP, STEP, TIME, WAIT, Fact
from router.runtime.figures.tables import FIGURES, flat, quantile
from router.runtime.ports_figures import Sum


def told(fact: Fact, times: int, seconds: float = 0.0, calls: int = 0, by: tuple[Any, ...] = ()) -> Sum:
    return Sum(by, fact, times, calls or times, seconds, ())


def test_calls_by_outcome_with_their_time() -> None:
    sums = [
        told(Fact(CALL, "answered"), 3, 300.0),
        told(Fact(CALL, "missed"), 1, 60.0),
        told(Fact(CALL, "untaken"), 2, 1000.0),
        told(Fact(TIME, "talk"), 3, 200.0),
        told(Fact(TIME, "ring"), 3, 40.0),
        told(Fact(TIME, "limit"), 1, 5.25),
    ]
    assert FIGURES["calls"].table(sums, None) == [
        {
            "calls": 6, "answered": 3, "missed": 1, "hung_up": 0, "released": 0, "undecided": 0, "untaken": 2,
            "answered_share": 0.75,  # of those that a flow took
            "talk_seconds": 200.0, "ring_seconds": 40.0, "menu_seconds": 120.0, "limit_seconds": 5.2,
        }
    ]  # fmt: skip


def test_calls_of_which_none_was_taken_have_no_share_and_no_time_below_nothing() -> None:
    sums = [told(Fact(CALL, "untaken"), 2, 9.0), told(Fact(TIME, "talk"), 1, 3.0)]
    (row,) = FIGURES["calls"].table(sums, None)
    assert (row["calls"], row["answered_share"], row["menu_seconds"], row["ring_seconds"]) == (2, None, 0.0, 0.0)


def test_calls_by_the_hour() -> None:
    """Each hour that had any; seconds are kept by day."""
    hours = tuple(2 if hour in (9, 23) else 0 for hour in range(24))
    sums = [Sum((20261130,), Fact(CALL, "answered"), 4, 4, 40.0, hours)]
    by_hour = FIGURES["calls"].table(sums, "hour")
    assert [(row["day"], row["hour"], row["calls"]) for row in by_hour] == [("2026-11-30", 9, 2), ("2026-11-30", 23, 2)]
    assert {row[f"{name}_seconds"] for row in by_hour for name in ("talk", "ring", "menu", "limit")} == {None}
    of_day = FIGURES["calls"].table([sums[0]._replace(by=())], "hour_of_day")
    assert [(row["hour"], row["answered"], "day" in row) for row in of_day] == [(9, 2, False), (23, 2, False)]


def test_steps_with_the_ways_out_of_them() -> None:
    sums = [
        told(Fact(STEP, "bye", "hangup", ""), 1, 1.0, by=("main",)),
        told(Fact(STEP, "menu", "menu", "2"), 1, 4.0, by=("main",)),
        told(Fact(STEP, "menu", "menu", "1"), 3, 8.0, calls=2, by=("main",)),
    ]
    menu, bye = FIGURES["steps"].table(sums, None)
    assert menu == {
        "flow": "main", "step": "menu", "verb": "menu", "calls": 3, "visits": 4, "mean_seconds": 3.0,
        "exits": [{"exit": "1", "visits": 3, "share": 0.75}, {"exit": "2", "visits": 1, "share": 0.25}],
    }  # fmt: skip
    assert (bye["step"], bye["visits"], bye["mean_seconds"]) == ("bye", 1, 1.0)
    assert [(row["step"], row["exit"], row["exit_visits"], row["exit_share"]) for row in flat([menu, bye])] == [
        ("menu", "1", 3, 0.75),
        ("menu", "2", 1, 0.25),
        ("bye", "", 1, 1.0),
    ]


def test_steps_by_the_hour_are_ordered_by_their_visits() -> None:
    hours = tuple(int(hour == 9) for hour in range(24))
    often = tuple(3 * int(hour == 9) for hour in range(24))
    sums = [
        Sum(("main",), Fact(STEP, "bye", "hangup", ""), 1, 1, 1.0, hours),
        Sum(("main",), Fact(STEP, "menu", "menu", "1"), 3, 3, 1.0, often),
    ]
    rows = FIGURES["steps"].table(sums, "hour_of_day")
    assert [(row["hour"], row["step"], row["visits"], row["calls"], row["mean_seconds"]) for row in rows] == [
        (9, "menu", 3, None, None),
        (9, "bye", 1, None, None),
    ]


def test_where_callers_gave_up() -> None:
    sums = [
        told(Fact(ABANDONED, "menu", "menu", "1"), 1, 0.9, by=("main",)),
        told(Fact(ABANDONED, "ring", "route", "10"), 2, 16.0, by=("main",)),
        told(Fact(ABANDONED, "ring", "route", "inf"), 1, 9000.0, by=("main",)),
    ]
    ring, menu = FIGURES["abandoned"].table(sums, None)
    assert (ring["flow"], ring["step"], ring["verb"], ring["calls"], ring["share"]) == (
        "main",
        "ring",
        "route",
        3,
        0.75,
    )
    assert (ring["mean_seconds"], ring["p50_seconds"]) == (3005.333, 8.75)
    assert [one["up_to"] for one in ring["within"]] == [10.0, None]
    assert [one["calls"] for one in ring["within"]] == [2, 1]
    assert (menu["step"], menu["calls"], menu["share"]) == ("menu", 1, 0.25)


def test_waits_for_limits_by_how_they_ended() -> None:
    sums = [
        told(Fact(WAIT, "route", "confirmed", "0.1"), 3, 0.15),
        told(Fact(WAIT, "route", "expired", "2"), 1, 1.85),
        told(Fact(WAIT, "play/start", "unknown", "0.1"), 1, 0.05),
    ]
    play, route = FIGURES["waits"].table(sums, None)
    assert {name: route[name] for name in ("command", "commands", "confirmed", "failed", "expired", "unknown")} == {
        "command": "route", "commands": 4, "confirmed": 3, "failed": 0, "expired": 1, "unknown": 0,
    }  # fmt: skip
    assert route["mean_seconds"] == 0.5
    assert (play["command"], play["commands"], play["unknown"]) == ("play/start", 1, 1)


def test_lookups_by_what_they_found() -> None:
    sums = [
        told(Fact(LOOKUP, "who", "found", "0.2"), 5, 0.75, by=("main",)),
        told(Fact(LOOKUP, "who", "not_found", "0.1"), 2, 0.1, by=("main",)),
        told(Fact(LOOKUP, "who", "failed", "5"), 1, 4.0, by=("main",)),
    ]
    (row,) = FIGURES["lookups"].table(sums, "flow")
    assert {name: row[name] for name in ("flow", "step", "asked", "found", "not_found", "failed", "failed_share")} == {
        "flow": "main", "step": "who", "asked": 8, "found": 5, "not_found": 2, "failed": 1, "failed_share": 0.125,
    }  # fmt: skip


def test_groups_come_in_their_order_and_days_as_dates() -> None:
    sums = [told(Fact(CALL, "missed"), count, by=(day,)) for day, count in ((20261202, 1), (20261130, 2))]
    rows = FIGURES["calls"].table(sums, "day")
    assert [(row["day"], row["calls"]) for row in rows] == [("2026-11-30", 2), ("2026-12-02", 1)]


def test_what_a_figure_is_summed_up_by() -> None:
    by = {name: [figure.by(one) for one in (None, "day", "hour", "hour_of_day", "flow", "line")]
          for name, figure in FIGURES.items()}  # fmt: skip
    of_calls = [(), ("day",), ("day",), (), ("flow",), ("line",)]
    of_steps = [("flow",), ("day", "flow"), ("day", "flow"), ("flow",), ("flow",), ("line", "flow")]
    assert by == {name: of_calls if name in ("calls", "waits") else of_steps for name in FIGURES}
    assert FIGURES["steps"].labels("hour") == ("day", "hour", "flow")
    assert FIGURES["steps"].labels("hour_of_day") == ("hour", "flow")


def test_a_quantile_lies_within_its_bucket_in_proportion() -> None:
    assert quantile({"0.2": 4}, 0.5) == 0.15
    assert quantile({"0.1": 1, "0.2": 1}, 0.5) == 0.1
    assert quantile({"0.1": 1, "0.2": 3}, 0.5) == 0.133
    assert quantile({"inf": 2}, 0.95) == 600.0, "of the open one its lower end"
