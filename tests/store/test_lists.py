"""The lists of calls and commands under every set of filters, held against a plain look through all rows."""

from itertools import chain, combinations, product
from typing import Any, Final

import pytest

from router.engine.state import ENDED, RELEASED, RUNNING
from router.history.journal import STATES
from router.runtime.ports import Store
from tests.store.build import NOON, call, command, put

STATUSES: Final = (RUNNING, RELEASED, ENDED)
FILTERS: Final = {
    "account": "clinic",
    "live": "1",
    "line": "l1",
    "flow": "f1",
    "outcome": "missed",
    "sip_call_id": "s1",
    "since": str(NOON + 5),
}
PAGE: Final = 3


@pytest.fixture
def full(store: Store) -> Store:
    """Two of every kind of call, and two commands in each state, of two accounts."""
    kinds = product(("clinic", "shop"), STATUSES, ("l1", "l2"), ("f1", "f2"), ("missed", "answered"), ("", "s1"))
    rows = [
        call(f"e{number % 7}-{number}", account=account, status=status, line=line, flow=flow, outcome=outcome,
             sip_call_id=sip, started=NOON + number % 10, ended=NOON + 100 if status == ENDED else 0.0)
        for number, (account, status, line, flow, outcome, sip) in enumerate(kinds)
    ]  # fmt: skip
    put(store, *rows)
    for number, (account, state) in enumerate(product(("clinic", "shop"), (*STATES, *STATES))):
        answered = NOON if number % 2 else None
        put(store, command(f"c-{number}", account=account, state=state, answered=answered, queued=NOON + number % 5))
    return store


def subsets(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(names, size) for size in range(len(names) + 1)))


def fits(row: dict[str, Any], name: str) -> bool:
    if name == "since":
        return bool(row["started"] >= float(FILTERS["since"]))
    if name == "live":
        return row["status"] == RUNNING
    return bool(row[name] == FILTERS[name])


def test_calls(full: Store) -> None:
    everything = full.calls(None, {}, 1000, "")
    assert len(everything) == 96
    assert everything == sorted(
        everything, key=lambda row: (row["started"], row["entry_id"], row["account"]), reverse=True
    )
    for names in subsets(tuple(FILTERS)):
        wanted = [row for row in everything if all(fits(row, name) for name in names)]
        given = {name: FILTERS[name] for name in names if name != "account"}
        account = FILTERS["account"] if "account" in names else None
        assert full.calls(account, given, 1000, "") == wanted, names
        assert full.calls(account, given, PAGE, "") == wanted[:PAGE], names
        if len(wanted) > PAGE:
            after = wanted[PAGE - 1]["cursor"]
            assert full.calls(account, given, PAGE, after) == wanted[PAGE : 2 * PAGE], names


def test_what_is_not_live(full: Store) -> None:
    over = [row for row in full.calls(None, {}, 1000, "") if row["status"] != RUNNING]
    assert full.calls(None, {"live": "0"}, 1000, "") == over


def test_commands(full: Store) -> None:
    everything = full.commands(None)
    assert len(everything) == 24
    assert [row.queued for row in everything] == sorted((row.queued for row in everything), reverse=True)
    for account, state, limit in product((None, "clinic", "nobody"), (None, *STATES), (2, 100)):
        wanted = [row for row in everything if account in (None, row.account) and state in (None, row.state)]
        assert full.commands(account, state=state, limit=limit) == wanted[:limit], (account, state)
