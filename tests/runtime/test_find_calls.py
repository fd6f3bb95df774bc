"""Lists of calls by every filter, alone and together."""

from typing import Any

import pytest

from router.runtime.calls import find_calls
from router.runtime.calls.find_calls import every_call
from router.runtime.ports import Store
from tests.store.build import NOON, call, command
from tests.stores import MemoryStore


class Clock:
    at = NOON + 1000

    def __call__(self) -> float:
        return self.at


CLOCK = Clock()


@pytest.fixture
def store() -> Store:
    """Six calls, 10 s apart; the first and the fourth are still up, the others ended after 50 s."""
    made = MemoryStore(CLOCK)
    for number in range(6):
        with made.transaction() as tx:
            tx.now = NOON + number * 10 + 50
            fields: dict[str, Any] = {"status": "ended", "ended": tx.now, "outcome": "missed"} if number % 3 else {}
            if number == 3:
                fields |= {"last_news": NOON + 500}
            tx.save_call(
                call(
                    f"e{number}",
                    started=NOON + number * 10,
                    caller_number=f"7900000000{number % 2}",
                    line="74950000001",
                    step="menu" if number < 4 else "desk",
                    exit="1" if number % 2 else "",
                    answered_by="Ирина" if number == 5 else "",
                    account="shop" if number == 4 else "clinic",
                    **fields,
                )
            )
            tx.queue(command(f"c{number}", entry_id=f"e{number}", state="confirmed", sent=NOON + number, call_id="l"))
    return made


def ids(store: Store, account: str | None = None, **filters: str) -> str:
    """Which calls, in the order of the list."""
    return "".join(row["entry_id"][1:] for row in every_call(store, account, filters))


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, "543210"),
        ({"since": str(NOON + 30)}, "543"),
        ({"until": str(NOON + 30)}, "210"),
        ({"since": str(NOON + 10), "until": str(NOON + 30)}, "21"),
        ({"caller": "79000000001"}, "531"),
        ({"caller": "8 (900) 000-00-01"}, "531"),
        ({"caller": "7900000000"}, ""),
        ({"step": "menu"}, "3210"),
        ({"step": "menu", "exit": "1"}, "31"),
        ({"q": "иРИНА"}, "5"),
        ({"q": "0001"}, "543210"),  # of the line, too
        ({"q": "e2"}, "2"),
        ({"live": "1"}, "30"),
        ({"live": "1", "exit": "1"}, "3"),
        ({"ended_since": str(NOON + 70)}, "542"),
        ({"ended_since": str(NOON + 70), "step": "menu"}, "2"),
        ({"changed_since": str(NOON + 90)}, "354"),  # one that is up comes first
        ({"changed_since": str(NOON + 90), "live": "0"}, "54"),
        ({"changed_since": str(NOON + 90), "live": "1"}, "3"),
        ({"changed_since": str(NOON + 90), "outcome": "missed", "caller": "79000000001"}, "5"),
        ({"step": "", "q": ""}, "543210"),
    ],
)
def test_filters(store: Store, filters: dict[str, str], found: str) -> None:
    assert ids(store, **filters) == found


def test_of_an_account(store: Store) -> None:
    assert ids(store, "shop") == "4"
    assert ids(store, "clinic", changed_since=str(NOON + 90)) == "35"
    assert ids(store, "shop", step="menu") == ""


def test_pages_are_bounded_and_lose_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_calls, "LOOKED_AT", 2)
    monkeypatch.setattr(find_calls, "PAGE", 2)
    for filters in ({"exit": "1"}, {"exit": "1", "changed_since": str(NOON)}):
        place, found, pages = "", [], 0
        while place is not None:
            rows, place = find_calls.find_calls(store, None, filters, 9, place)
            found += [row["entry_id"] for row in rows]
            pages += 1
        assert sorted(found) == ["e1", "e3", "e5"]
        assert pages >= 3


def test_news_of_a_call_that_is_over_counts_as_a_change(store: Store) -> None:
    with store.transaction() as tx:
        loaded = tx.load("clinic", entry_id="e1").call
        assert loaded is not None
        loaded.recording_ids = ("r1",)
        tx.now = NOON + 700
        tx.save_call(loaded)
    assert ids(store, changed_since=str(NOON + 600)) == "1"
    (row,) = every_call(store, None, {"changed_since": str(NOON + 600)})
    assert (row["changed"], row["recording_ids"], row["limit_seconds"]) == (NOON + 700, ["r1"], 1.0)


def test_what_cannot_be_read_is_named(store: Store) -> None:
    with pytest.raises(ValueError, match="cursor"):
        find_calls.find_calls(store, None, {}, 9, "nonsense")
    with pytest.raises(ValueError, match="'colour'"):
        find_calls.find_calls(store, None, {"colour": "red"}, 9, "")
