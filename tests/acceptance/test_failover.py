"""The primary dies or freezes under load, and its standby is promoted: nothing that was acknowledged is lost, nothing is
doubled, and calls are routed again within ten seconds."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from router.store.postgres.migrate import migrate
from tests.acceptance.processes import Site, router, wait_for
from tests.acceptance.sink import Sink, sink
from tests.acceptance.test_any_order import FLOW, RESOURCES, events, post
from tests.postgres_server import OWNER, SERVING, Server, binaries, server, standby_of, url_of

pytestmark = pytest.mark.acceptance

DATABASE = "failover"
ROUTING_SECONDS = 10.0
CALLERS = 4
CALLS_A_SECOND = 6  # each needs one of the ten requests that the PBX takes in a second: no backlog, unless of an outage
PLAYED = [("play/start", "7")]


@dataclass
class Pair:
    """A primary, its standby, and a URL that names both."""

    primary: Server
    standby: Server
    more: str = ""

    @property
    def url(self) -> str:
        return url_of([self.primary, self.standby], DATABASE, more=self.more)

    def journal(self, where: Server) -> Counter[str]:
        with psycopg.connect(where.url(DATABASE)) as connection:
            found = connection.execute("SELECT dedupe FROM journal WHERE dedupe IS NOT NULL").fetchall()
        return Counter(key for (key,) in found)


@contextmanager
def two_servers() -> Iterator[Pair]:
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    with server(programs) as primary:
        primary.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        migrate(primary.url(DATABASE, OWNER), serving_role=SERVING)
        with standby_of(primary, programs) as standby:
            primary.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            primary.execute("SELECT pg_reload_conf()")
            wait_for("replication", lambda: is_synchronous(primary))
            yield Pair(primary, standby)


@pytest.fixture
def pair() -> Iterator[Pair]:
    with two_servers() as started:
        yield started


def is_synchronous(primary: Server) -> bool:
    with psycopg.connect(primary.url()) as connection:
        states = connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall()
    return states == [("sync",)]


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    directory = tmp_path / "flows"
    directory.mkdir()
    (directory / "main.yaml").write_text(FLOW.replace("audio_is_elsewhere: false\n", ""), encoding="utf-8")
    (directory / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    return directory


@dataclass
class Load:
    """Callers who ring one after the other. Each event is repeated until it is answered with 200."""

    site: Site
    promised: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    ringing: "count[int]" = field(default_factory=count)
    stopping: threading.Event = field(default_factory=threading.Event)
    callers: "list[Future[None]]" = field(default_factory=list)

    def call(self, number: int) -> None:
        keys = [f"call:call-{number}:1", *(f"dtmf:call-{number}:{seq}" for seq in (1, 2, 3))]
        for event, key in zip(events(number), keys, strict=True):
            wait_for("its acceptance", lambda event=event: self._accepted(event))
            self.promised.add(key)

    def _accepted(self, event: tuple[str, dict[str, object]]) -> bool:
        status = post(self.site, *event)
        self.statuses[status] += 1
        return status == 200

    def run(self) -> None:
        while not self.stopping.is_set():
            self.call(next(self.ringing))
            self.stopping.wait(CALLERS / CALLS_A_SECOND)

    def end(self) -> None:
        """Every call that was begun comes to its end."""
        self.stopping.set()
        wait_for("the last event", lambda: all(caller.done() for caller in self.callers))
        for caller in self.callers:
            caller.result()


@contextmanager
def under_load(site: Site) -> Iterator[Load]:
    load = Load(site)
    with ThreadPoolExecutor(CALLERS) as pool:
        load.callers += [pool.submit(load.run) for _ in range(CALLERS)]
        try:
            wait_for("some calls", lambda: len(load.promised) > 40)
            yield load
        finally:
            load.stopping.set()


def routed_again(load: Load, pbx: Sink) -> float:
    """Seconds until a caller who rings now hears the prompt."""
    begun = time.monotonic()
    number = next(load.ringing)
    load.call(number)
    wait_for("the prompt", lambda: pbx.of_call(f"call-{number}"))
    return time.monotonic() - begun


def nothing_lost_or_doubled(pair: Pair, load: Load, pbx: Sink, where: Server) -> None:
    load.end()
    wait_for("an empty spool", lambda: load.site.get("/readyz")["status"] == "ready")
    kept = pair.journal(where)
    assert load.promised - set(kept) == set()
    assert [key for key, times in kept.items() if times > 1] == []
    legs = {key.split(":")[1] for key in load.promised}
    wait_for("every caller's prompt", lambda: all(pbx.of_call(leg) for leg in legs))
    assert [leg for leg in legs if pbx.of_call(leg) != PLAYED] == []
    assert set(load.statuses) <= {200, 503}


def test_the_primary_is_killed_and_the_standby_promoted(tmp_path: Path, flows: Path, pair: Pair) -> None:
    with (
        sink() as pbx,
        router(tmp_path, pbx.address, flows=flows, workers=3, IVR_WATCH="0", IVR_DATABASE=pair.url) as site,
        under_load(site) as load,
    ):
        pair.primary.kill()
        time.sleep(1.0)
        assert site.get("/readyz")["status"] == "degraded"
        pair.standby.promote()
        took = routed_again(load, pbx)
        assert took < ROUTING_SECONDS
        time.sleep(1.0)
        nothing_lost_or_doubled(pair, load, pbx, pair.standby)


def test_the_primary_freezes_and_comes_back_after_its_standby_was_promoted(
    tmp_path: Path, flows: Path, pair: Pair
) -> None:
    """Its connections stay open and nothing answers on them; then it would take writes again, and must get none."""
    with (
        sink() as pbx,
        router(tmp_path, pbx.address, flows=flows, workers=3, IVR_WATCH="0", IVR_DATABASE=pair.url) as site,
        under_load(site) as load,
    ):
        pair.primary.freeze()
        pair.standby.promote()
        took = routed_again(load, pbx)
        assert took < ROUTING_SECONDS
        pair.primary.configure("synchronous_standby_names = ''")  # it does not even wait for a standby any more
        pair.primary.thaw()
        before = pair.journal(pair.primary)
        time.sleep(3.0)
        load.end()
        wait_for("an empty spool", lambda: site.get("/readyz")["status"] == "ready")
        stray = set(pair.journal(pair.primary)) - set(before)
        assert load.promised - set(pair.journal(pair.standby)) == stray == set()
