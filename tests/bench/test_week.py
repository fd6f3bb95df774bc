"""The simulated week, short: what it finds, and that it would find it."""

from pathlib import Path

from bench.week import DAY, MONDAY, Shop, Standing, problems


def test_days_of_callers_leave_nothing_behind(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "ivr.db")
    told = shop.live(callers=150, days=4, say=lambda _: None)
    assert problems(told, shop.open_ends()) == []
    last = told[-1]
    assert (last.callers, last.live) == (150, 0)
    assert last.events > 150 * 4
    assert last.commands > 150
    assert last.rows["calls"] < 150  # the first days are forgotten
    assert last.rows["versions"] >= 2
    outcomes = {row["outcome"] for row in shop.store.calls(None, {}, 1000, "")}
    assert outcomes >= {"answered", "missed", "hung_up"}
    assert shop.now() == MONDAY + 4.5 * DAY
    shop.store.close()


def test_what_piles_up_is_told() -> None:
    def standing(day: int, rows: int) -> Standing:
        counts = dict.fromkeys(("calls", "journal", "commands", "versions"), rows)
        return Standing(day, rows, rows, rows, 0, counts, database_bytes=rows * 1000, resident_bytes=rows * 1_000_000)

    told = [standing(day, 100 * day) for day in range(1, 8)]
    found = problems(told, {"live calls": 3, "timers": 0})
    assert found[0] == "3 live calls were left open"
    assert len(found) == 7
    assert "calls grew from 300 to 600 rows" in found
    assert problems([standing(day, 100) for day in range(1, 8)], {"timers": 0}) == []
