"""What every store promises about remembered lists, notifications, and what is left for after a commit."""

from contextlib import suppress
from typing import Any

import pytest

from router.errors import StoreUnavailable
from router.history.journal import CONFIRMED, FAILED, NOTIFY, SENT, STATES, CommandRow
from router.runtime.ports import Store, Transaction
from tests.store.build import NOON, command, put
from tests.store.conftest import Clock


def notification(command_id: str = "n-1", **fields: Any) -> CommandRow:
    """A notification of a call of its own, unless the fields say otherwise."""
    given: dict[str, Any] = {
        "command": NOTIFY,
        "entry_id": f"entry-of-{command_id}",
        "receiver": "https://crm.example",
        "call_id": "",
        "deadline": None,
        "params": {"data": {"mark": "\x00a\x00"}},
    }
    return command(command_id, **{**given, **fields})


class Stop(Exception):
    """Thrown by a test in the middle of a transaction."""


class TestLists:
    def remember(self, store: Store, value: str, keep_seconds: float | None = None, account: str = "clinic") -> None:
        with store.transaction() as transaction:
            transaction.remember(account, "locked", value, keep_seconds)

    def has(self, store: Store, value: str, list_name: str = "locked", account: str = "clinic") -> bool:
        with store.snapshot() as reading:
            return reading.remembers(account, list_name, value)

    def test_value_is_in_its_list_of_its_account(self, store: Store) -> None:
        self.remember(store, "79000000000")
        assert self.has(store, "79000000000")
        assert not self.has(store, "79000000001")
        assert not self.has(store, "79000000000", "other")
        assert not self.has(store, "79000000000", account="shop")

    def test_value_is_seen_in_its_own_transaction_and_gone_with_it(self, store: Store) -> None:
        with suppress(Stop), store.transaction() as transaction:
            transaction.remember("clinic", "locked", "1", 60.0)
            assert transaction.remembers("clinic", "locked", "1")
            raise Stop
        assert not self.has(store, "1")

    def test_value_is_forgotten_when_its_time_is_over(self, store: Store, clock: Clock) -> None:
        self.remember(store, "1", 60.0)
        self.remember(store, "2")
        clock.at += 59.9
        assert self.has(store, "1")
        clock.at += 0.1
        assert not self.has(store, "1")
        clock.at += 10 * 365 * 86_400
        assert self.has(store, "2")

    def test_remembering_again_begins_anew(self, store: Store, clock: Clock) -> None:
        self.remember(store, "1", 60.0)
        clock.at += 50
        self.remember(store, "1", 60.0)
        clock.at += 50
        assert self.has(store, "1")
        self.remember(store, "1", None)
        clock.at += 1_000
        assert self.has(store, "1")

    def test_what_is_over_is_removed(self, store: Store, clock: Clock) -> None:
        self.remember(store, "1", 60.0)
        clock.at += 100
        self.remember(store, "2", 60.0)
        clock.at -= 100  # only a test can look back
        assert not self.has(store, "1")


class TestNotifications:
    def notifications(self, store: Store, limit: int = 9) -> list[str]:
        with store.snapshot() as reading:
            return [row.command_id for row in reading.notifications("clinic", limit)]

    def candidates(self, store: Store) -> list[str]:
        with store.snapshot() as reading:
            return [row.command_id for row in reading.candidates("clinic", 9)]

    def test_lanes_do_not_mix(self, store: Store) -> None:
        put(store, command(), notification(), notification("n-2", account="shop"), notification("n-3", state=SENT))
        assert self.candidates(store) == ["c-1"]
        assert self.notifications(store) == ["n-1"]
        with store.snapshot() as reading:
            assert reading.notifications("clinic", 1) == [notification()]

    def test_first_is_who_may_go_first(self, store: Store) -> None:
        put(
            store,
            notification("n-1", not_before=NOON + 5),
            notification("n-2", queued=NOON + 2),
            notification("n-3", queued=NOON + 1),
        )
        assert self.notifications(store) == ["n-3", "n-2", "n-1"]
        assert self.notifications(store, 2) == ["n-3", "n-2"]

    def test_receivers_may_be_left_out(self, store: Store) -> None:
        put(store, *(notification(f"n-{name}", receiver=f"https://{name}.example") for name in "abc"))
        with store.snapshot() as reading:
            left = reading.notifications("clinic", 9, {"https://a.example", "https://c.example"})
        assert [row.command_id for row in left] == ["n-b"]

    def test_notification_on_the_wire_holds_up_nothing_of_its_call(self, store: Store) -> None:
        sent = notification(state=SENT, sent=NOON, lease=NOON + 9, entry_id="entry-1")
        put(store, command(), sent, notification("n-2"))
        assert self.candidates(store) == ["c-1"]
        put(store, command("c-2", state=SENT, sent=NOON, lease=NOON + 9))
        assert self.candidates(store) == []
        assert self.notifications(store) == ["n-2"]


class TestOrder:
    """What one call tells one receiver goes out one after the other."""

    def waiting(self, store: Store) -> list[str]:
        with store.snapshot() as reading:
            return [row.command_id for row in reading.notifications("clinic", 9)]

    def told(self, command_id: str, **fields: Any) -> CommandRow:
        return notification(command_id, **{"entry_id": "entry-1", **fields})

    def test_only_the_first_of_a_call_waits_for_its_turn(self, store: Store) -> None:
        put(store, self.told("n-9"), self.told("n-10"), self.told("n-11", queued=NOON - 1))
        assert self.waiting(store) == ["n-11"]
        with store.transaction() as transaction:
            transaction.update_command(self.told("n-11", queued=NOON - 1, state=CONFIRMED))
        assert self.waiting(store) == ["n-9"]  # of the same instant the one that was queued first

    def test_one_on_the_wire_is_waited_for(self, store: Store) -> None:
        put(store, self.told("n-1", state=SENT, sent=NOON, lease=NOON + 9), self.told("n-2"))
        assert self.waiting(store) == []

    def test_other_receivers_calls_and_accounts_do_not_wait(self, store: Store) -> None:
        put(
            store,
            self.told("n-1"),
            self.told("n-2", receiver="https://other.example"),
            self.told("n-3", entry_id="entry-2"),
            self.told("n-4", account="shop"),
        )
        assert self.waiting(store) == ["n-1", "n-2", "n-3"]

    def test_those_behind_wait_as_long(self, store: Store) -> None:
        put(store, self.told("n-1"), self.told("n-2"), self.told("n-3", receiver="https://other.example"))
        with store.transaction() as transaction:
            transaction.hold_back(self.told("n-1"), NOON + 60)
        kept = {row.command_id: row.not_before for row in store.deliveries("clinic")[0]}
        assert kept == {"n-1": 0.0, "n-2": NOON + 60, "n-3": 0.0}


class TestDeliveries:
    def test_newest_first_in_pages(self, store: Store) -> None:
        rows = [
            notification(f"n-{number}", queued=NOON + number % 3, state=state) for number, state in enumerate(STATES)
        ]
        put(store, command(), *rows)
        seen: list[str] = []
        place: str | None = ""
        while place is not None:
            page, place = store.deliveries(None, limit=2, after=place)
            seen += [row.command_id for row in page]
        assert seen == ["n-5", "n-2", "n-4", "n-1", "n-3", "n-0"]

    def test_filters(self, store: Store) -> None:
        put(
            store,
            notification("n-1", state=FAILED),
            notification("n-2", receiver="https://other.example"),
            notification("n-3", account="shop", state=FAILED),
        )

        def ids(account: str | None = None, **filters: Any) -> list[str]:
            return sorted(row.command_id for row in store.deliveries(account, **filters)[0])

        assert ids(state=FAILED) == ["n-1", "n-3"]
        assert ids("clinic", state=FAILED) == ["n-1"]
        assert ids(receiver="https://other.example") == ["n-2"]
        assert ids(entry_id="entry-of-n-3") == ["n-3"]
        assert ids(entry_id="entry-of-n-3", state=SENT) == []
        with pytest.raises(ValueError, match="cursor"):
            store.deliveries(None, after="nonsense")


class TestAfterCommit:
    def test_actions_come_in_order_once_it_is_kept(self, store: Store) -> None:
        seen: list[Any] = []
        with store.transaction() as transaction:
            transaction.queue(command())
            transaction.after_commit(lambda: seen.append(len(store.commands("clinic"))))
            transaction.after_commit(lambda: seen.append("second"))
            assert seen == []
        assert seen == [1, "second"]

    def test_nothing_is_done_when_nothing_is_kept(self, store: Store) -> None:
        seen: list[int] = []
        with suppress(Stop), store.transaction() as transaction:
            transaction.after_commit(lambda: seen.append(1))
            raise Stop
        with store.transaction():
            pass
        assert seen == []

    def test_otherwise_is_what_is_done_when_nothing_is_kept(self, store: Store) -> None:
        seen: list[str] = []
        with suppress(Stop), store.transaction() as transaction:
            transaction.after_commit(lambda: seen.append("kept"), otherwise=lambda: seen.append("lost"))
            raise Stop
        with store.transaction() as transaction:
            transaction.after_commit(lambda: seen.append("kept"), otherwise=lambda: seen.append("lost"))
        assert seen == ["lost", "kept"]

    def test_it_is_lost_too_when_the_commit_fails(self, store: Store) -> None:
        put(store, command())
        seen: list[str] = []

        def queue_again() -> None:
            with store.transaction() as transaction:
                transaction.after_commit(lambda: seen.append("kept"), otherwise=lambda: seen.append("lost"))
                transaction.queue(command())

        with pytest.raises(ValueError, match="already"):
            queue_again()
        assert seen == ["lost"]

    def test_an_action_may_write(self, store: Store) -> None:
        with store.transaction() as transaction:
            transaction.after_commit(lambda: put(store, command()))
        assert len(store.commands("clinic")) == 1

    def test_what_an_action_raises_stops_nobody(self, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
        seen: list[int] = []

        def broken() -> None:
            raise StoreUnavailable("of the action")

        with store.transaction() as transaction:
            transaction.after_commit(broken)
            transaction.after_commit(lambda: seen.append(1))
        assert seen == [1]
        assert "what was left for after a commit failed" in capsys.readouterr().out


class TestBeforeCommit:
    def test_the_first_action_of_each_key_comes_when_all_else_is_done_and_its_writes_are_kept(
        self, store: Store
    ) -> None:
        with store.transaction() as transaction:
            transaction.before_commit("a", lambda: transaction.queue(command("c-2", label=str(waiting(transaction)))))
            transaction.before_commit("a", lambda: transaction.queue(command("c-3")))
            transaction.queue(command("c-1"))
        assert {row.command_id: row.label for row in store.commands("clinic")} == {
            "c-1": command().label,
            "c-2": "['c-1']",
        }

    def test_it_is_not_called_when_nothing_is_to_be_kept(self, store: Store) -> None:
        seen: list[int] = []
        with suppress(Stop), store.transaction() as transaction:
            transaction.before_commit("a", lambda: seen.append(1))
            raise Stop
        assert seen == []

    def test_what_it_raises_costs_nothing_that_was_written(
        self, store: Store, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def broken() -> None:
            raise ArithmeticError("of the action")

        with store.transaction() as transaction:
            transaction.queue(command())
            transaction.before_commit("a", broken)
        assert len(store.commands("clinic")) == 1
        assert "what was left for before a commit failed" in capsys.readouterr().out


def waiting(transaction: Transaction) -> list[str]:
    """What a look at the queue sees within a transaction that has an account's lock."""
    assert transaction.try_account("clinic", 9)
    return [row.command_id for row in transaction.candidates("clinic", 9)]


class TestTryAccount:
    def test_now_is_read_anew(self, store: Store, clock: Clock) -> None:
        with store.transaction() as transaction:
            transaction.load("clinic", entry_id="entry-1")
            assert transaction.now == NOON
            clock.at = NOON + 5
            assert transaction.try_account("clinic", 9)
            assert transaction.now == NOON + 5

    def test_who_writes_as_of_then_claims_nothing(self, store: Store) -> None:
        with store.transaction() as transaction:
            transaction.now = NOON - 60
            assert not transaction.try_account("clinic", 9)
            assert transaction.now == NOON - 60


def test_first_database_gets_the_new_tables(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from router.store import open_store
    from router.store.sqlite import opening, schema

    monkeypatch.setattr(opening, "MIGRATIONS", schema.MIGRATIONS[:1])
    open_store(sqlite_url).close()
    monkeypatch.undo()
    opened = open_store(sqlite_url)
    with opened.transaction() as transaction:
        transaction.remember("clinic", "locked", "1", None)
        assert transaction.remembers("clinic", "locked", "1")
    opened.close()
