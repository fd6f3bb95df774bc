"""A question about figures, and its answer: what the API and `ivr figures` have in common."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from router.history.call_view import instant
from router.runtime.figures.rollup import LOOKED, NO_ACCOUNT, number_of_day
from router.runtime.figures.tables import CALLS, FIGURES, HOUR, HOURLY, flat
from router.runtime.ports_figures import FigureQueries, Question

USUAL_DAYS: Final = 30
MOST_DAYS: Final = 1100  # three years
MOST_DAYS_BY: Final = {HOUR: 31, "line": 92}
"""Of groupings that have many rows a day. Calls by line are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """Which figure of which account's calls, that began from the day `since` on and before the day `until`."""

    figure: str
    account: str
    timezone: str
    since: date
    until: date
    grouping: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)

    def fault(self) -> str:
        """What is wrong with it, for people; "" when nothing is."""
        days = (self.until - self.since).days
        if days < 1:
            return f"until has to be a later day than since ({self.since}); without it the figures go up to today"
        if days > MOST_DAYS:
            return f"these are {days} days: ask for {MOST_DAYS} at the most"
        most = MOST_DAYS_BY.get(self.grouping or "", MOST_DAYS)
        if days > most and (self.grouping, self.figure) != ("line", CALLS):
            return f"{self.figure} by {self.grouping} take {most} days at the most, and these are {days}"
        return ""

    def rows(self, store: FigureQueries) -> list[dict[str, Any]]:
        """The table."""
        figure = FIGURES[self.figure]
        question = Question(
            account=self.account,
            kinds=figure.kinds,
            first=number_of_day(self.since),
            last=number_of_day(self.until - timedelta(days=1)),
            where=self.where,
            by=figure.by(self.grouping),
            hourly=self.grouping in HOURLY,
        )
        return figure.table(store.figure_sums(question), self.grouping)

    def answer(self, store: FigureQueries) -> dict[str, Any]:
        """With what was asked, and up to when calls are counted."""
        looked = store.figure_mark(NO_ACCOUNT, LOOKED)
        return {
            "figure": self.figure,
            "account": self.account,
            "timezone": self.timezone,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "by": self.grouping,
            "where": dict(self.where),
            "counted_until": instant(looked or None),
            "rows": self.rows(store),
        }

    def csv_lines(self, store: FigureQueries) -> Iterator[str]:
        """The head and a line for each row (RFC 4180)."""
        figure = FIGURES[self.figure]
        columns = [*figure.labels(self.grouping), *figure.columns]
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, columns, extrasaction="ignore")
        writer.writeheader()
        for row in flat(self.rows(store)):
            yield _taken(buffer)
            writer.writerow(row)
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def usual_days(now: float, timezone: str) -> tuple[date, date]:
    """The last days, today included, and the day after them."""
    tomorrow = day_at(now, timezone) + timedelta(days=1)
    return tomorrow - timedelta(days=USUAL_DAYS), tomorrow


def day_at(at: float, timezone: str) -> date:
    """The day of an instant in a zone."""
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(timezone)).date()
