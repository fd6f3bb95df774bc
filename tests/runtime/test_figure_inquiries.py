"""What a figure is asked and how it is answered: bounds, the object for programs, the lines of a CSV."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from router.history.figure_facts import CALL, STEP, TIME, Fact
from router.runtime.figures.inquiry import Inquiry, day_at, usual_days
from router.runtime.ports_figures import Question, Sum

SINCE = date(2026, 11, 30)
AT = 1_796_083_200.0  # 2026-12-01T00:00:00Z


class Sums:
    """A store that has these sums and notes what it was asked."""

    def __init__(self, *sums: Sum, looked: float = 0.0) -> None:
        self.asked: list[Any] = []
        self._sums = sums
        self._looked = looked

    def figure_sums(self, question: Question) -> Sequence[Sum]:
        self.asked.append(question)
        return self._sums

    def figure_mark(self, account: str, name: str) -> float:
        self.asked.append((account, name))
        return self._looked


def inquiry(days: int = 1, **fields: Any) -> Inquiry:
    given = {"figure": "calls", "account": "clinic", "timezone": "Europe/Moscow"}
    return Inquiry(**{**given, **fields}, since=SINCE, until=SINCE + timedelta(days=days))


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({"days": 0}, False), ({"days": 1}, True), ({"days": 1100}, True), ({"days": 1101}, False),
        ({"days": 31, "grouping": "hour"}, True), ({"days": 32, "grouping": "hour"}, False),
        ({"days": 92, "grouping": "line", "figure": "steps"}, True),
        ({"days": 93, "grouping": "line", "figure": "steps"}, False), ({"days": 93, "grouping": "line"}, True),
        ({"days": 1100, "grouping": "day", "figure": "steps"}, True),
    ],
)  # fmt: skip
def test_so_many_days(fields: dict[str, Any], fits: bool) -> None:
    assert (inquiry(**fields).fault() == "") is fits


def test_an_answer_says_what_was_asked_and_up_to_when_calls_are_counted() -> None:
    store = Sums(Sum((20261130,), Fact(CALL, "missed"), 2, 2, 8.0, ()), looked=AT)
    told = inquiry(3, grouping="day", where={"line": "1"}).answer(store)  # type: ignore[arg-type]
    rows = told.pop("rows")
    assert told == {
        "figure": "calls", "account": "clinic", "timezone": "Europe/Moscow", "since": "2026-11-30",
        "until": "2026-12-03", "by": "day", "where": {"line": "1"}, "counted_until": "2026-12-01T00:00:00.000Z",
    }  # fmt: skip
    assert [(row["day"], row["missed"]) for row in rows] == [("2026-11-30", 2)]
    mark, question = store.asked
    assert mark == ("", "looked")
    assert question == Question(
        account="clinic", kinds=(CALL, TIME), first=20261130, last=20261202, where={"line": "1"}, by=("day",),
        hourly=False,
    )  # fmt: skip
    assert inquiry().answer(Sums())["counted_until"] is None  # type: ignore[arg-type]
    hourly = Sums()
    inquiry(grouping="hour_of_day").rows(hourly)  # type: ignore[arg-type]
    assert (hourly.asked[0].by, hourly.asked[0].hourly) == ((), True)


def test_a_csv_has_a_line_for_each_exit() -> None:
    store = Sums(
        Sum(("main",), Fact(STEP, "menu", "menu", "1"), 3, 2, 6.0, ()),
        Sum(("main",), Fact(STEP, "menu", "menu", "2"), 1, 1, 2.0, ()),
    )
    assert list(inquiry(figure="steps").csv_lines(store)) == [  # type: ignore[arg-type]
        "flow,step,verb,calls,visits,mean_seconds,exit,exit_visits,exit_share\r\n",
        "main,menu,menu,3,4,2.0,1,3,0.75\r\n",
        "main,menu,menu,3,4,2.0,2,1,0.25\r\n",
    ]
    assert list(inquiry(figure="waits").csv_lines(Sums())) == [  # type: ignore[arg-type]
        "command,commands,mean_seconds,p50_seconds,p95_seconds,confirmed,failed,expired,unknown\r\n"
    ]


def test_the_usual_days_are_the_last_thirty_of_the_account() -> None:
    assert usual_days(AT - 3 * 3600, "Europe/Moscow") == (date(2026, 11, 2), date(2026, 12, 2))
    assert usual_days(AT - 3 * 3600 - 1, "Europe/Moscow") == (date(2026, 11, 1), date(2026, 12, 1))
    assert [day_at(AT - 1, zone) for zone in ("UTC", "Asia/Tokyo")] == [date(2026, 11, 30), date(2026, 12, 1)]
