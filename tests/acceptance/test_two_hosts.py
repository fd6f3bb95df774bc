"""Two hosts on one PostgreSQL: any order, limits and crashes as if they were one."""

import json
import os
import random
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from router.store.postgres.migrate import migrate
from tests.acceptance.balancer import balancer
from tests.acceptance.black_hole import way_to
from tests.acceptance.processes import Site, emulator, free_port, router, wait_for
from tests.acceptance.sink import sink
from tests.acceptance.test_any_order import FLOW, RESOURCES, events, post
from tests.postgres_server import OWNER, SERVING, Server

pytestmark = pytest.mark.acceptance

CALLS = 30
CALLERS = 6
BURST = """
flow: main
for: {lines: ["74950000000"], location: ivr}
window: 60s
start: out
on_error: bye
steps:
  out: {route: {to: number 79000000099, on: {answered: talking, else: bye}}}
  talking: {watch: {ended: done}}
  bye: hangup
  done: release
"""
WAITING = """
flow: main
for: {lines: ["74950000000"], location: ivr}
start: pause
on_error: bye
steps:
  pause: {wait: {for: 2s, next: bye}}
  bye: hangup
"""
PBX = """
lines:
  74950000000: {scheme: main}
employees:
  100: {name: Operator, number: "sip:operator@pbx.example", behaves: answers after 1s}
numbers:
  79000000099: answers after 1s
schemes:
  main: {silence: 60s, then: hang_up}
"""


@pytest.fixture
def database(postgres: Server, request: pytest.FixtureRequest) -> str:
    """The URL of a database of this test's own."""
    name = request.node.name
    postgres.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    migrate(postgres.url(name, OWNER), serving_role=SERVING)
    return postgres.url(name, SERVING)


def flows(directory: Path, flow: str, resources: str = "") -> Path:
    found = directory / "flows"
    found.mkdir()
    (found / "main.yaml").write_text(flow, encoding="utf-8")
    if resources:
        (found / "resources.yaml").write_text(resources, encoding="utf-8")
    return found


def directories(parent: Path) -> tuple[Path, Path]:
    first, second = parent / "first", parent / "second"
    first.mkdir()
    second.mkdir()
    return first, second


def test_any_order_over_two_hosts(tmp_path: Path, database: str) -> None:
    chance = random.Random(20261125)
    bundle = flows(tmp_path, FLOW.replace("audio_is_elsewhere: false\n", ""), RESOURCES)
    batch = []
    for number in range(CALLS):
        mine = events(number)
        mine += chance.sample(mine, 2)
        chance.shuffle(mine)
        batch.extend(mine)
    one, two = directories(tmp_path)
    with (
        sink() as pbx,
        router(one, pbx.address, flows=bundle, IVR_WATCH="0", IVR_DATABASE=database) as first,
        router(two, pbx.address, flows=bundle, IVR_WATCH="0", IVR_DATABASE=database) as second,
    ):
        hosts = [chance.choice((first, second)) for _ in batch]
        with ThreadPoolExecutor(12) as pool:
            statuses = list(pool.map(lambda host, event: post(host, *event), hosts, batch))
        assert statuses == [200] * len(batch)
        played = [("play/start", "7")]
        wait_for("every caller's prompt", lambda: all(pbx.of_call(f"call-{n}") == played for n in range(CALLS)))
        for number in range(CALLS):
            call = second.call(f"entry-{number}")
            assert [step["step"] for step in call["steps"]] == ["code", "out"], json.dumps(call["events"], indent=1)
            assert call == first.call(f"entry-{number}")


def test_a_host_dies_in_a_burst(tmp_path: Path, database: str) -> None:
    bundle = flows(tmp_path, BURST)
    pbx = tmp_path / "pbx.yaml"
    pbx.write_text(PBX, encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    one, two = directories(tmp_path)
    with (
        router(one, address, flows=bundle, IVR_WATCH="0", IVR_DATABASE=database) as doomed,
        router(two, address, flows=bundle, IVR_WATCH="0", IVR_DATABASE=database) as heir,
        balancer(doomed.router, heir.router) as front,
        emulator(tmp_path, pbx, front, heir),
    ):
        callers = [heir.dial("74950000000", f"790000001{number:02}") for number in range(CALLERS)]
        wait_for("the first routes", lambda: len(routes(heir)) >= 2)
        kill_host(doomed)
        for entry_id in callers:
            heir.wait_for_step(entry_id, "talking")
        requests = heir.control("GET", "requests")["requests"]
        assert {request["status"] for request in requests} <= {200, 420}  # never a 503
        counted = Counter(request["call_id"] for request in routes(heir))
        assert len(counted) == CALLERS
        # Only the one whose first outcome died with its host may have been asked for again.
        assert sorted(counted.values())[:-1] == [1] * (CALLERS - 1)
        assert max(counted.values()) <= 2
        for entry_id in callers:
            heir.hang_up(entry_id)
        for entry_id in callers:
            wait_for("the end", lambda entry_id=entry_id: heir.call(entry_id)["outcome"] == "answered")


def test_timers_of_a_dead_host_fire_on_another(tmp_path: Path, database: str) -> None:
    bundle = flows(tmp_path, WAITING)
    one, two = directories(tmp_path)
    with (
        sink() as pbx,
        router(one, pbx.address, flows=bundle, IVR_WATCH="0", IVR_DATABASE=database) as doomed,
        router(two, pbx.address, flows=bundle, IVR_WATCH="0", IVR_DATABASE=database) as heir,
    ):
        for number in range(CALLS):
            assert post(doomed, *events(number)[0]) == 200
        kill_host(doomed)
        wait_for("every call's timer", lambda: all(len(heir.call(f"entry-{n}")["steps"]) == 2 for n in range(CALLS)))
        for number in range(CALLS):
            fired = [timer for timer in heir.call(f"entry-{number}")["timers"] if timer["done"] == "fired"]
            assert len(fired) == 1


def test_the_server_restarts_under_load(tmp_path: Path, database: str, postgres: Server) -> None:
    """Who is not answered sends again, as a balancer's next attempt or a spool does; nothing is lost or doubled."""
    bundle = flows(tmp_path, FLOW.replace("audio_is_elsewhere: false\n", ""), RESOURCES)
    batch = [event for number in range(CALLS) for event in events(number)]
    (one, _) = directories(tmp_path)
    with sink() as pbx, router(one, pbx.address, flows=bundle, IVR_WATCH="0", IVR_DATABASE=database) as running:
        with ThreadPoolExecutor(8) as pool:
            sending = pool.map(lambda event: wait_for("its acceptance", lambda: post(running, *event) == 200), batch)
            postgres.restart()  # in this thread: the server ends with the thread that started it
            assert list(sending) == [True] * len(batch)
        played = [("play/start", "7")]
        wait_for("every caller's prompt", lambda: all(pbx.of_call(f"call-{n}") == played for n in range(CALLS)))
        with psycopg.connect(database) as connection:
            kept = connection.execute("SELECT count(*) FROM journal WHERE dedupe IS NOT NULL").fetchone()
        assert kept == (len(batch),)


def test_a_network_that_swallows_everything(tmp_path: Path, database: str, postgres: Server) -> None:
    """No connection breaks and nothing is refused: the events go to the spool all the same, and take effect once."""
    directory = flows(tmp_path, FLOW.replace("audio_is_elsewhere: false\n", ""), RESOURCES)
    with (
        sink() as pbx,
        way_to(postgres.port) as way,
        router(
            tmp_path,
            pbx.address,
            flows=directory,
            IVR_WATCH="0",
            IVR_DATABASE=database.replace(f":{postgres.port}/", f":{way.port}/"),
        ) as site,
    ):
        assert [post(site, *event) for event in events(0)] == [200] * 4
        way.block()
        for number in range(1, CALLERS):
            assert [post(site, *event) for event in events(number)] == [200] * 4
        assert site.get("/readyz")["status"] == "degraded"
        way.open()
        wait_for("the end of the outage", lambda: site.get("/readyz")["status"] == "ready")
        wait_for(
            "every caller's prompt",
            lambda: all(pbx.of_call(f"call-{n}") == [("play/start", "7")] for n in range(CALLERS)),
        )
    with psycopg.connect(database) as connection:
        counted = Counter(key for (key,) in connection.execute("SELECT dedupe FROM journal WHERE dedupe IS NOT NULL"))
    assert (set(counted.values()), len(counted)) == ({1}, CALLERS * 4)


def test_a_router_starts_before_its_server(tmp_path: Path, database: str, postgres: Server) -> None:
    bundle = flows(tmp_path, WAITING)
    with sink() as pbx:
        postgres.stop()
        starting = router(tmp_path, pbx.address, flows=bundle, IVR_WATCH="0", IVR_DATABASE=database)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(starting.__enter__)  # it waits until the router is ready
            log = tmp_path / "router.log"
            wait_for("word of it", lambda: log.exists() and "the database is away" in log.read_text())
            postgres.start()
            try:
                assert post(running.result(), *events(1)[0]) == 200
            finally:
                starting.__exit__(None, None, None)


def routes(site: Site) -> list[dict[str, str]]:
    requests = site.control("GET", "requests")["requests"]
    return [request for request in requests if request["command"] == "route"]


def kill_host(site: Site) -> None:
    """Its master and all of its workers, at once: as if its power were cut."""
    family = [site.process.pid, *_children(site.process.pid)]
    for process in family:
        os.kill(process, signal.SIGKILL)


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == parent:
            found.append(int(path.parent.name))
    return found
