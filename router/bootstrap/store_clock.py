"""The clock that a router goes by."""

import time

from router.runtime.ports import Store


class StoreClock:
    """The database's clock: on several machines it is the only one that all of them share."""

    def __init__(self, store: Store) -> None:
        self.now = store.now

    def steady(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
