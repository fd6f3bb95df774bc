"""The promise about what callers type: in a bundle that collects a secret, no digits of a caller are found anywhere
unless a step that listens openly took them.

Callers are made up by Hypothesis. Their packets come in time, before the call's first event, out of order, twice, with
other content under a known key, at paths of other kinds, while a lookup judges, while the database is away, and after
the call is over. All that the router then has is searched for what was typed: every page of the database, its log of
writes, the spool, and every answer of API, terminal, test export and replay.
"""

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from router.bootstrap.router import Router
from router.config.settings import load_settings
from router.errors import StoreUnavailable
from router.history.call_view import trace_of
from router.history.recorded import presence_of, recording
from router.history.test_export import as_test
from router.history.trace_text import lines
from router.store import open_store
from router.store.spool import DiskSpool
from router.web import create_app, event_stream
from tests.web.parts import KEY, SALT, URLENCODED, signed

FLOW = """
flow: main
for: any
on_error: bye
vars: {pin: {type: text, default: ""}}
start: menu
steps:
  menu: {menu: {keys: {1: ask, 2: find, 3: call}, no_input: {max: 0, goto: bye}, no_match: {max: 9, goto: bye}}}
  ask: {collect: {into: pin, length: {min: 4, max: 12}, terminator: pound, secret: true, next: find, no_input: {goto: bye}, no_match: {max: 9, goto: bye}}}
  find: {lookup: {http: {method: POST, url: "https://crm.example/pin", json: {pin: "${vars.pin}"}}, timeout: 60s, outputs: {ok: {type: bool}}, next: call, on: {else: bye}}}
  call: {route: {to: extension 101, on: {else: bye}}}
  bye: release
"""
LINE, CALLER, AT = "74950000001", "79000000001", int(time.time())
SUMMARY = {
    "call_direction": 1, "from": {"number": CALLER}, "to": {"number": LINE}, "line_number": LINE, "create_time": AT,
    "forward_time": 0, "talk_time": 0, "end_time": AT, "entry_result": 0, "disconnect_reason": 1110,
}  # fmt: skip
OTHER_PATHS = ("events/call", "events/summary", "events/recording", "events/sms", "events/else", "result/route")
DIGITS = st.permutations("123456789").map("".join)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A packet of a caller: one key for a menu, perhaps, and behind it what nobody may find."""

    key: str
    secret: str
    end: str
    seq: int
    how: str


PACKETS = st.builds(
    Typed,
    key=st.sampled_from(["", "1", "2", "3", "9", "#"]),
    secret=DIGITS,
    end=st.sampled_from(["", "#", "*"]),
    seq=st.integers(1, 5),
    how=st.sampled_from(["in time", "twice", "as a number", "away", "elsewhere", "of another call"]),
)


@dataclass
class House:
    """A router over SQLite on disk, of which nothing runs by itself."""

    directory: Path
    router: Router = field(init=False)
    web: FlaskClient = field(init=False)
    seqs: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        environ = {"MANGO_API_KEY": KEY, "MANGO_API_SALT": SALT, "MANGO_ALLOWED_IPS": "any", "IVR_WATCH": "0"}
        store = open_store(f"sqlite:///{self.directory}/ivr.db")
        given_settings = load_settings({**environ, "IVR_REORDER_MS": "0"}, None, lambda path: path)
        spool = DiskSpool(self.directory / "spool")
        self.router = Router(given_settings, store, spool, starts_itself=False)
        self.router.versions.publish_files("default", {"main.yaml": FLOW.encode()})
        self.web = create_app(self.router).test_client()

    def post(self, path: str, body: dict[str, Any]) -> int:
        return self.web.post(f"/{path}", data=signed(json.dumps(body)), content_type=URLENCODED).status_code

    def leg(self, state: str, entry_id: str = "entry", **more: Any) -> int:
        """The next event of the only leg of a call."""
        common = {"entry_id": entry_id, "call_id": f"leg of {entry_id}", "timestamp": AT, "call_state": state}
        sides = {"from": {"number": CALLER}, "to": {"number": LINE, "line_number": LINE}}
        return self.post("events/call", {**common, "seq": next(self.seqs), "location": "ivr", **sides, **more})

    def type(self, typed: Typed) -> None:
        digits = typed.key + typed.secret + typed.end
        body = {
            "entry_id": "entry",
            "call_id": "leg of entry",
            "seq": typed.seq,
            "timestamp": AT,
            "dtmf": digits,
            "location": "ivr",
        }
        match typed.how:
            case "twice":
                self.post("events/dtmf", body)
                self.post("events/dtmf", body)
            case "as a number":
                self.post("events/dtmf", {**body, "dtmf": int(typed.secret) if not typed.key + typed.end else digits})
            case "away":
                with self.away():
                    assert self.post("events/dtmf", body) == 200
            case "elsewhere":
                for path in OTHER_PATHS:
                    self.post(
                        path, {**body, "call_state": "Appeared", "command_id": "x", "recording_id": "r", "result": 1000}
                    )
            case "of another call":
                self.post("events/dtmf", {**body, "entry_id": "another", "call_id": "another leg"})
            case _:
                self.post("events/dtmf", body)
        self.router.timers.run_once()

    @contextmanager
    def away(self) -> Iterator[None]:
        """The database takes nothing: what comes goes to the spool."""
        ingest = self.router.ingest._ingest
        takes = ingest.accept_all
        ingest.accept_all = lambda notifications: [StoreUnavailable("away") for _ in notifications]  # type: ignore[method-assign]
        try:
            yield
        finally:
            ingest.accept_all = takes  # type: ignore[method-assign]

    def everything(self) -> str:
        """All that is on the disk, and all that anybody is shown."""
        files = [path.read_bytes().decode("latin-1") for path in self.directory.rglob("*") if path.is_file()]
        shown = [
            self.web.get(path).get_data(as_text=True) for path in ("/api/calls", "/api/commands", "/metrics", "/readyz")
        ]
        with patch.object(event_stream, "STREAM_SECONDS", 0.0):
            shown.append(self.web.get("/api/events?after=0").get_data(as_text=True))
        if '{"calls":[]' not in shown[0]:  # else nothing has reached the database, and there is nothing to tell
            assert "event: call" in shown[-1]
        for entry_id in ("entry", "another"):
            shown.append(self.web.get(f"/api/calls/{entry_id}").get_data(as_text=True))
            trace = trace_of(self.router.store.journal("default", entry_id))
            shown.append("\n".join(lines(trace)))
        return "\n".join([*files, *shown, *self.exports()])

    def exports(self) -> Iterator[str]:
        store = self.router.store
        bundle = self.router.versions.bundles.get("default", store.versions("default")[0]["version"])
        assert bundle is not None
        for entry_id in ("entry", "another"):
            recorded = recording(store, "default", entry_id)
            if recorded is not None:
                yield as_test(recorded, bundle, presence_of(store, "default"))


def found_in(everything: str, packets: Sequence[Typed]) -> list[str]:
    return [typed.secret for typed in packets if typed.secret in everything]


@given(
    before=st.lists(PACKETS, max_size=2),
    during=st.lists(PACKETS, max_size=6),
    after=st.lists(PACKETS, max_size=2),
    is_drained=st.booleans(),
)
@example(
    before=[],
    during=[],
    after=[Typed(key="", secret="123456789", end="", seq=1, how="elsewhere")],
    is_drained=False,
)
@example(
    before=[], during=[Typed(key="1", secret="904615723", end="#", seq=1, how="in time")], after=[], is_drained=True
)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_typed_is_nowhere(
    before: list[Typed], during: list[Typed], after: list[Typed], is_drained: bool
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        house = House(Path(directory))
        for typed in before:
            house.type(typed)
        house.leg("Appeared")
        for typed in during:
            house.type(typed)
        house.leg("Disconnected", disconnect_reason=1110)
        if is_drained:
            house.router.ingest.drain()
        assert house.post("events/summary", {**SUMMARY, "entry_id": "entry"}) == 200
        for typed in after:
            house.type(typed)
        if is_drained:
            house.router.ingest.drain()
        assert not found_in(house.everything(), [*before, *during, *after])
        if is_drained:
            steps = {step["step"] for step in house.web.get("/api/calls/entry").get_json()["steps"]}
            assert "menu" in steps, "a flow has taken the call"
        house.router.store.close()
