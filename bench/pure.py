"""The parts without a server: one event's parsing, step and transaction, each in microseconds."""

import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.servers import FLOW, RESOURCES
from bench.traffic import KEY, SALT, as_request, call_events
from router.engine.state import Surroundings
from router.engine.step import new_call, step
from router.flow.loader import load
from router.flow.model import Bundle
from router.protocol.envelope import decode_form, open_envelope
from router.protocol.events import DigitsCollected, LegChanged
from router.protocol.parse import dedupe_key, parse_event
from router.protocol.sign import is_signed
from router.runtime.ports import Record
from router.store import open_store

REPEATS = 7
FORM = "application/x-www-form-urlencoded"


def _median_microseconds(action: Callable[[], object], times: int) -> float:
    """The median over several series, each of `times` calls."""
    series = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        for _ in range(times):
            action()
        series.append((time.perf_counter() - started) / times * 1e6)
    return statistics.median(series)


def _bundle(steps: int = 0) -> Bundle:
    more = "".join(f"  more_{number}: {{wait: {{for: 1s, next: bye}}}}\n" for number in range(steps))
    text = FLOW.replace("PROMPT", "prompt: audio.hello,") + more
    loaded = load({"main.yaml": text.encode(), "resources.yaml": RESOURCES.encode()})
    assert loaded.bundle is not None
    return loaded.bundle


def wire(directory: Path) -> float:
    """Form, sign, json and dedupe key of one call event."""
    path, payload = call_events("x")[0]
    body = as_request(path, payload).partition(b"\r\n\r\n")[2]

    def once() -> object:
        envelope = open_envelope(decode_form(body, FORM))
        assert envelope.sign is not None
        assert is_signed(KEY.encode(), envelope.json, envelope.sign, (SALT,))
        return dedupe_key(parse_event(path, envelope.json), path, envelope.json)

    return _median_microseconds(once, 2000)


def _step(bundle: Bundle) -> float:
    payload = call_events("x")[0][1]
    leg = LegChanged(
        entry_id="e", call_id="c", seq=1, timestamp=1, state="Appeared", location="ivr", from_number="79000000001",
        line_number=payload["to"]["line_number"],
    )  # fmt: skip
    key = DigitsCollected(entry_id="e", call_id="c", seq=1, timestamp=1, digits="1")
    around = Surroundings()
    taken = step(new_call("a", "e", "t", 1.0), leg, bundle, 1_795_437_000.0, around).call
    return _median_microseconds(lambda: step(taken, key, bundle, 1_795_437_001.0, around), 1000)


def step_20(directory: Path) -> float:
    """A key press through a menu and a switch, 20 steps in the flow."""
    return _step(_bundle(14))


def step_10000(directory: Path) -> float:
    return _step(_bundle(10_000))


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


PURE: Mapping[str, Callable[[Path], float]] = {
    "form, sign, json and dedupe key of an event": wire,
    "`step` for a key press, 20-step flow": step_20,
    "`step` for a key press, 10,000-step flow": step_10000,
    "one durable transaction (SQLite FULL)": transaction,
}
