"""The limits of all accounts at once are those of each account, page by page, with few reads."""

from collections.abc import Iterator
from typing import Any

import pytest

from router.runtime.limits.limiter import Limits
from router.runtime.limits.limits_view import AllLimits, account_limits
from router.runtime.ports import Store
from router.runtime.records import ActiveVersion, Share
from tests.runtime.outbox import queued
from tests.stores import pause

LIMITS = Limits()
IDLE = [f"idle{number}" for number in range(40)]
IN_USE = ["asked", "full", "grown", "halved", "held", "queues"]
ACCOUNTS = [*IDLE, *IN_USE]


@pytest.fixture
def busy(store: Store) -> Store:
    """One account for each reason to look at it, and `grown`, whose share is whole again."""
    with store.transaction() as tx:
        tx.take_slot("full", "route", "c-1", tx.now + 9.0)
        tx.save_share("halved", Share(window="route", share=0.5, since=tx.now, closed_until=tx.now + 3.0, strikes=1))
        tx.save_share("grown", Share(window="route", share=0.9, since=tx.now - 9e6, closed_until=tx.now - 9e6))
        tx.take_slot("grown", "all", "c-2", tx.now + 1.0)
        pause(tx, "asked", tx.now + 60.0, "HTTP 401")
        pause(tx, "idle0", tx.now - 60.0, "over")
        tx.save_serving("held", ActiveVersion(active="v1", paused=True))
        tx.queue(queued(account="queues"))
    return store


class Counted:
    """A reading that counts what is asked of it."""

    def __init__(self, reading: Any) -> None:
        self._reading = reading
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self._reading, name)


def pages(found: AllLimits, size: int) -> Iterator[list[str]]:
    cursor: str | None = ""
    while cursor is not None:
        names, cursor = found.page(ACCOUNTS, size, cursor)
        yield names


def test_all_at_once_are_what_each_is_alone(busy: Store) -> None:
    with busy.snapshot() as reading:
        found = AllLimits(reading, 20)
        for account in ACCOUNTS:
            assert found.of(account, LIMITS) == account_limits(reading, account, LIMITS, 20)


def test_accounts_in_use_come_first(busy: Store) -> None:
    with busy.snapshot() as reading:
        found = AllLimits(reading, 20)
    assert found.page(ACCOUNTS, 6, "")[0] == IN_USE
    assert found.sums(ACCOUNTS) == {"accounts": 46, "in_use": 6, "queued": 1, "lowered": 1, "paused": 2}
    assert found.sums(["halved"]) == {"accounts": 1, "in_use": 1, "queued": 0, "lowered": 1, "paused": 0}


@pytest.mark.parametrize("size", [1, 5, 6, 23, 45, 46, 47])
def test_pages_have_every_account_once(busy: Store, size: int) -> None:
    with busy.snapshot() as reading:
        found = AllLimits(reading, 20)
    told = list(pages(found, size))
    assert [name for names in told for name in names] == [*IN_USE, *sorted(IDLE)]
    assert {len(names) for names in told[:-1]} <= {size}
    assert told[-1]


def test_what_is_no_cursor_is_refused(busy: Store) -> None:
    with busy.snapshot() as reading:
        found = AllLimits(reading, 20)
    with pytest.raises(ValueError, match="page before"):
        found.page(ACCOUNTS, 5, "x")
    assert found.page([], 5, "") == ([], None)
    assert found.page(ACCOUNTS, 5, "1zzz") == ([], None)


def test_idle_accounts_cost_no_reads(busy: Store) -> None:
    with busy.snapshot() as reading:
        counted: Any = Counted(reading)
        found = AllLimits(counted, 20)
        before = len(counted.asked)
        assert all(not window.is_busy for account in IDLE for window in found.of(account, LIMITS).windows)
    assert before == 6  # with `now`
    assert len(counted.asked) == before
