"""The parts without a server, each in microseconds: what an event costs before gunicorn, Flask and sockets."""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from math import inf
from pathlib import Path

from bench.servers import CONFIGURATION, RAISED_LIMITS, RESOURCES, flow
from bench.traffic import KEY, SALT, Event, as_request, call_events
from router.bootstrap.open_router import open_router
from router.engine.environment import Environment
from router.engine.step import new_call, step
from router.flow.loader import load
from router.flow.model import Bundle
from router.history.journal import Record
from router.protocol.envelope import decode_form, open_envelope
from router.protocol.events import DigitsCollected, LegChanged
from router.protocol.parse import dedupe_key, parse_event
from router.protocol.sign import is_signed
from router.store import open_store
from router.web import FAST_PATH, create_app
from router.web.webhook import Read

REPEATS = 7
SHORT_SERIES = 600
SHORT_TIMES = 25
FORM = "application/x-www-form-urlencoded"
OWN_STEPS = 6  # of the benchmark's flow


def _median_microseconds(action: Callable[[], object], times: int) -> float:
    """The median over several series, each of `times` calls."""
    series = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        for _ in range(times):
            action()
        series.append((time.perf_counter() - started) / times * 1e6)
    return statistics.median(series)


def _least_microseconds(*actions: Callable[[], object]) -> list[float]:
    """The least of many short series of each: what a pure function costs when no other program is in its way. Actions
    that are compared take turns, since the machine's speed drifts."""
    least = [inf for _ in actions]
    for _ in range(SHORT_SERIES):
        for number, action in enumerate(actions):
            started = time.perf_counter()
            for _ in range(SHORT_TIMES):
                action()
            least[number] = min(least[number], (time.perf_counter() - started) / SHORT_TIMES * 1e6)
    return least


def _body(event: Event) -> bytes:
    return as_request(event).data.partition(b"\r\n\r\n")[2]


def wire(directory: Path) -> float:
    """Form, sign, json and dedupe key of one call event."""
    event = call_events("x")[0]
    path, body = event[0], _body(event)

    def once() -> None:
        envelope = open_envelope(decode_form(body, FORM))
        if envelope.sign is None or not is_signed(KEY.encode(), envelope.json, envelope.sign, (SALT,)):
            raise RuntimeError("the benchmark's own request is not signed")
        dedupe_key(parse_event(path, envelope.json), path, envelope.json)

    return _least_microseconds(once)[0]


def _bundle(steps: int, list_entries: int = 0) -> Bundle:
    text = flow(commands=False, more_steps=steps - OWN_STEPS)
    more = "".join(f', "7955{number:07}"' for number in range(list_entries))
    resources = RESOURCES.replace('"79220000000"', f'"79220000000"{more}')
    bundle = load({"main.yaml": text.encode(), "resources.yaml": resources.encode()}).bundle
    if bundle is None:
        raise RuntimeError("the benchmark's own bundle was refused")
    return bundle


def _key_press(bundle: Bundle) -> Callable[[], object]:
    """A key press: from the menu over a switch into the next step."""
    appeared, pressed = (_parsed(event) for event in call_events("x")[:2])
    around = Environment()
    taken = step(new_call("bench", "entry-x", "token", 1.0), appeared, bundle, 1_795_437_000.0, around).call
    return lambda: step(taken, pressed, bundle, 1_795_437_001.0, around)


def _new_caller(bundle: Bundle) -> Callable[[], object]:
    """A new call: over a switch that looks into a list and at the hours, into the menu."""
    appeared, call, around = _parsed(call_events("x")[0]), new_call("bench", "entry-x", "token", 1.0), Environment()
    return lambda: step(call, appeared, bundle, 1_795_437_000.0, around)


@cache
def _key_presses() -> list[float]:
    """Under 20 steps and under 10,000."""
    return _least_microseconds(_key_press(_bundle(20)), _key_press(_bundle(10_000)))


@cache
def _new_callers() -> list[float]:
    """Looked up in a list of 2 and in one of 100,000."""
    return _least_microseconds(_new_caller(_bundle(20)), _new_caller(_bundle(20, list_entries=100_000)))


def list_2(directory: Path) -> float:
    return _new_callers()[0]


def list_100000(directory: Path) -> float:
    return _new_callers()[1]


def _parsed(event: Event) -> LegChanged | DigitsCollected:
    parsed = parse_event(event[0], open_envelope(decode_form(_body(event), FORM)).json)
    if not isinstance(parsed, LegChanged | DigitsCollected):
        raise TypeError(f"the benchmark's own event is taken for a {type(parsed).__name__}")
    return parsed


def step_20(directory: Path) -> float:
    return _key_presses()[0]


def step_10000(directory: Path) -> float:
    return _key_presses()[1]


def sync(directory: Path) -> float:
    """4 KB written and brought to the disk: what no durable commit can be cheaper than here."""
    descriptor = os.open(directory / "sync", os.O_RDWR | os.O_CREAT)
    page = bytes(4096)

    def once() -> None:
        os.pwrite(descriptor, page, 0)
        os.fdatasync(descriptor)

    try:
        return _median_microseconds(once, 300)
    finally:
        os.close(descriptor)


def transaction(directory: Path) -> float:
    """Load, save the call, record the event, commit to disk."""
    store = open_store(f"sqlite:///{directory}/transaction.db")
    call = new_call("a", "e", "t", 1.0)
    counter = iter(range(1_000_000))

    def once() -> None:
        with store.transaction() as tx:
            key = f"call:{next(counter)}"
            tx.load("a", dedupe=key, entry_id="e")
            tx.save_call(call)
            tx.record(Record(account="a", entry_id="e", at=tx.now, kind="call", dedupe=key, body="{}"))

    try:
        return _median_microseconds(once, 300)
    finally:
        store.close()


@contextmanager
def _application(directory: Path) -> Iterator[Callable[[str, bytes], None]]:
    """The WSGI application in this process, as a function of path and body."""
    flows = directory / "flows"
    flows.mkdir(parents=True)
    (flows / "main.yaml").write_text(flow(commands=False), encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    config = directory / "ivr.yaml"
    config.write_text(
        CONFIGURATION.format(
            database=f"sqlite:///{directory}/ivr.db",
            directory=directory,
            durability="full",
            key=KEY,
            salt=SALT,
            sink=9,
            limits=RAISED_LIMITS,
        ),
        encoding="utf-8",
    )
    router = open_router({"IVR_CONFIG": str(config), "IVR_WATCH": "0"})
    webhook = create_app(router).extensions[FAST_PATH]

    def post(path: str, body: bytes) -> None:
        ((status, answer),) = webhook.answer_all([Read(f"/{path}", body, FORM, "127.0.0.1", "")])
        if status != 200:
            raise RuntimeError(f"the router answered {status} {answer!r}")

    router.start()
    try:
        yield post
    finally:
        router.stop()
        router.store.close()


def in_process(directory: Path) -> float:
    """An event through the whole router, as the fast path hands it over, to its answer, one after the other."""
    calls = 100 * REPEATS
    events = [[(event[0], _body(event)) for event in call_events(f"part-{number}")] for number in range(calls)]
    everything = iter([event for call in events for event in call])
    with _application(directory / "in-process") as post:
        return _median_microseconds(lambda: post(*next(everything)), 100 * len(events[0]))


PURE: Mapping[str, Callable[[Path], float]] = {
    "form, sign, json and dedupe key of an event": wire,
    "`step` for a key press, 20-step flow": step_20,
    "`step` for a key press, 10,000-step flow": step_10000,
    "`step` for a new caller, list of 2 entries": list_2,
    "`step` for a new caller, list of 100,000 entries": list_100000,
    "4 KB written and synced to the disk": sync,
    "one durable transaction (SQLite FULL)": transaction,
    "an event through the router in one thread, without gunicorn": in_process,
}
