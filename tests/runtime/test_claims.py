"""What a claim leaves behind for the dispatcher."""

from typing import Any

from router.history.journal import CommandRow
from router.runtime.limits.limiter import Limits
from router.runtime.outbox.claims import Claim, Rest, claim_best
from router.runtime.outbox.command_queues import TO_PBX
from router.runtime.outbox.dispatch_plan import Terms
from router.runtime.outbox.round_trips import Pace
from router.runtime.ports import Transaction
from tests.runtime.outbox import queued
from tests.runtime.test_dispatch import House

TERMS = Terms(lane=TO_PBX, limits=Limits(), pace=Pace())


class Changing:
    """A transaction in which others are just changing some commands (PostgreSQL skips rows that are locked)."""

    def __init__(self, transaction: Transaction, *changed: str) -> None:
        self._transaction = transaction
        self._changed = changed

    def claim(self, row: CommandRow) -> bool:
        return row.command_id not in self._changed and self._transaction.claim(row)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transaction, name)


def claimed(house: House, most: int, *changed: str) -> tuple[list[str], Rest]:
    claims: list[Claim] = []
    with house.store.transaction() as transaction:
        rest = claim_best(Changing(transaction, *changed), "clinic", TERMS, claims, most, 0.0)  # type: ignore[arg-type]
    return [one.row.command_id for one in claims], rest


def test_all_that_may_leave_is_claimed_and_nothing_is_left() -> None:
    house = House()
    house.put(queued("c-1"), queued("c-2", "play/start"))
    assert claimed(house, 4) == (["c-1", "c-2"], Rest(refused=None, is_waiting=False))


def test_what_is_just_being_changed_is_left_to_the_dispatcher() -> None:
    house = House()
    house.put(queued("c-1"), queued("c-2", "play/start"))
    assert claimed(house, 4, "c-1") == (["c-2"], Rest(refused=None, is_waiting=True))
    assert claimed(house, 4, "c-1") == ([], Rest(refused=None, is_waiting=True))


def test_no_more_are_claimed_than_there_are_places() -> None:
    house = House()
    house.put(queued("c-1"), queued("c-2", "play/start"))
    assert claimed(house, 1) == (["c-1"], Rest(refused=None, is_waiting=True))


def test_a_command_that_its_schema_refuses_ends_the_claim() -> None:
    house = House()
    house.put(queued("c-1", params={"command_id": "c-1"}), queued("c-2", "play/start"))
    names, rest = claimed(house, 4)
    assert names == []
    assert rest.refused is not None
    assert rest.refused[0].command_id == "c-1"
    assert rest.is_waiting
