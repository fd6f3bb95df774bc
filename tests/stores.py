"""Stores by what they keep things in, for tests that name it."""

import time
from collections.abc import Callable

import msgspec

from router.runtime.ports import Store, Transaction
from router.store.database import FULL
from router.store.repository import Repository
from router.store.sqlite.database import SqliteDatabase
from router.store.sqlite.memory import MemoryConnections

Now = Callable[[], float]


class MemoryStore(Repository):
    """In this process."""

    def __init__(self, now: Now = time.time) -> None:
        super().__init__(SqliteDatabase(MemoryConnections(), now))


class SqliteStore(Repository):
    """In a file, whose connections a test may use itself."""

    def __init__(self, path: str, now: Now = time.time, durability: str = FULL) -> None:
        database = SqliteDatabase.at(path, now, durability)
        super().__init__(database)
        self.connections = database._process


def slots_of(store: Store, account: str) -> dict[str, list[float]]:
    """The account's occupied slots."""
    with store.snapshot() as reading:
        return reading.slots(account)


def pause(transaction: Transaction, account: str, until: float, reason: str) -> None:
    """As the PBX asks for it."""
    standing = transaction.standing(account)
    transaction.save_standing(account, msgspec.structs.replace(standing, paused_until=until, reason=reason))
