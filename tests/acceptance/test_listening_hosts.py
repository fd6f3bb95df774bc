"""Listeners of two hosts on one PostgreSQL: each event once, in one order for all, until their token is revoked."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.acceptance.processes import Site, router, wait_for
from tests.acceptance.sink import sink
from tests.acceptance.test_any_order import events, post
from tests.acceptance.test_database_away import flows
from tests.acceptance.test_two_hosts import database, directories

pytestmark = pytest.mark.acceptance

__all__ = ["database", "flows"]
CALLS = 20
OF_EACH_HOST = 10  # listeners
MASTER = "open-sesame-open-sesame-open"


class Listener:
    """Reads the whole of a stream in a thread of its own."""

    def __init__(self, site: Site, token: str, query: str) -> None:
        self.told = ""
        connection = http.client.HTTPConnection(site.router.removeprefix("http://"), timeout=120)
        connection.request("GET", f"/api/events?{query}", headers={"Authorization": f"Bearer {token}"})
        self._answer = connection.getresponse()
        assert self._answer.status == 200
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        while line := self._answer.readline():
            self.told += line.decode()

    def join(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()
        self._answer.close()

    @property
    def ids(self) -> list[str]:
        """Of the events, in the order of their telling."""
        blocks = [block for block in self.told.split("\n\n") if "\nevent: call\n" in f"\n{block}"]
        return [block.split("\n")[0].removeprefix("id: ") for block in blocks]


def test_every_listener_of_every_host_is_told_the_same(tmp_path: Path, flows: Path, database: str) -> None:
    one, two = directories(tmp_path)
    shared = {"IVR_WATCH": "0", "IVR_DATABASE": database, "IVR_ADMIN_TOKEN": MASTER}
    with (
        sink() as pbx,
        router(one, pbx.address, flows=flows, **shared) as first,
        router(two, pbx.address, flows=flows, **shared) as second,
    ):
        token = first.ivr("token", "create", "--role", "viewer", "--name", "wallboard").stdout.strip()
        listeners = [Listener(host, token, "after=0") for host in (first, second) for _ in range(OF_EACH_HOST)]
        batch = [(number, event) for number in range(CALLS) for event in events(number)]
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda one: post((first, second)[one[0] % 2], *one[1]), batch))
        assert told == [200] * len(batch)
        wait_for("every event", lambda: all(len(one.ids) >= len(batch) for one in listeners))
        assert second.ivr("token", "revoke", "wallboard").returncode == 0
        for one in listeners:
            one.join()
        least = min(len(one.ids) for one in listeners)
        ids = listeners[0].ids[:least]
        assert all(one.ids[:least] == ids for one in listeners)
        names, numbers = zip(*(text.split("-") for text in ids), strict=True)
        assert list(map(int, numbers)) == sorted(set(map(int, numbers)))
        assert len(set(names)) == 1
