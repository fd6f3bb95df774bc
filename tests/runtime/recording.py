"""The runtime with a pretend PBX around it, on a clock that the test holds: it makes journals such as real calls leave.

Commands go out a little after they are queued and their results come a little later, so that every instant differs.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from router.catalogue.methods import METHODS
from router.engine.effects import QueueCommand
from router.engine.state import CommandAnswered, LookupFinished
from router.files.bundle import pack, unpack
from router.flow.finding_output import render_text
from router.flow.loader import load
from router.flow.model import Bundle
from router.history.journal import QUEUED, SENT, CommandRow
from router.history.recorded import RecordedCall
from router.pbx.wire import body_of
from router.protocol.events import CommandResulted, DigitsCollected, JourneyEnded, LegChanged, RecordingChanged
from router.runtime.calls.apply import Calls
from router.runtime.calls.encryption import SaltSealer
from router.runtime.calls.timers import Timers
from router.runtime.intake.digests import Digests
from router.runtime.intake.ingest import Ingest
from router.runtime.outbox.manual_command import ManualCommand, take
from router.runtime.ports import Store
from router.runtime.versions.publish import Publisher
from router.runtime.versions.version_bundles import VersionBundles
from router.simulator.scripted_pbx import Notification, ScriptedPbx
from tests.stores import MemoryStore

ACCOUNT = "default"
NEVER = 1_000.0
"""For `late`: the result is lost."""
NOON = 1_795_424_400.0  # Monday 2026-11-23, 12:00 in Moscow

RESOURCES = """
audio:
  menu: {id: 1, length: 4s}
  again: {id: 2, length: 1s}
  sorry: {id: 3, length: 2s}
  digit: {each: {"1": {id: 11, length: 1s}, "7": {ru: {id: 17, length: 1s}, en: {id: 27, length: 1s}}}}
groups: {sales: {extension: "303"}}
people: {operator: {extension: "100"}}
hours: {office: {open: {mon-fri: "09:00-18:00"}}}
lists: {vip: {numbers: ["79000000567"]}, seen: {keep: 30m}}
"""
FLOW = """
flow: main
for: {lines: ["74950000001"], location: ivr}
on_error: sorry
on_end: ended
vars: {pin: {type: text, default: ""}}
start: screen
steps:
  screen: {switch: [{when: caller.number in lists.vip, goto: operator}, {else: menu}]}
  menu:
    menu:
      prompt: audio.menu
      keys: {1: sales, 2: operator, 3: ask}
      no_input: {prompt: audio.again, max: 1, goto: sorry}
      no_match: {max: 1, goto: sorry}
  sales: {route: {to: group sales, ring: 25s, on: {busy: operator, no_answer: operator, else: sorry}}}
  operator: {route: {to: person operator, on: {else: sorry}}}
  ask: {collect: {prompt: audio.again, into: pin, length: 4, secret: true, next: operator, no_input: {goto: sorry}, no_match: {goto: sorry}}}
  sorry: {play: {prompt: audio.sorry, next: bye, on: {failed: bye}}}
  bye: hangup
  ended: {switch: [{when: call.answered, goto: done}, {else: text}]}
  text: {sms: {to: "${caller.number}", from: "100", text: Sorry, next: done, on: {failed: done}}}
  done: release
"""


def files_of(flow: str = FLOW) -> dict[str, bytes]:
    return {"main.yaml": flow.encode(), "resources.yaml": RESOURCES.encode()}


def bundle_of(flow: str = FLOW) -> Bundle:
    loaded = load(files_of(flow))
    assert loaded.bundle is not None, render_text(loaded.findings)
    return loaded.bundle


WATCHED: list[list[tuple[Store, str]]] = []
"""Where the stores of recorders are noted, with their account's salt (`conftest`)."""


class Recorder:
    """One call, from its first ring to its end. `store` makes the store, of a clock."""

    def __init__(
        self,
        flow: str = FLOW,
        *,
        caller: str = "79031234567",
        entry_id: str = "entry-1",
        store: Callable[[Callable[[], float]], Store] = MemoryStore,
        at: float = NOON,
        results: dict[str, int] | None = None,
        late: dict[str, float] | None = None,
        remembered: Sequence[tuple[str, str]] = (),
        values: dict[str, str] | None = None,
    ) -> None:
        """`remembered` is what other calls have put into lists: (list, value)."""
        self.time = at
        self.store = store(self.now)
        for stores in WATCHED[-1:]:
            stores.append((self.store, "salt"))
        Publisher(self.store, pack).publish(ACCOUNT, files_of(flow))
        with self.store.transaction() as tx:
            for list_name, value in remembered:
                tx.remember(ACCOUNT, list_name, value, None)
        self.calls = Calls(
            VersionBundles(self.store, unpack),
            new_token=lambda: f"token-of-{entry_id}",
            forecast=lambda *_: 0.0,
            sealers={ACCOUNT: SaltSealer(["salt"])},
            ask=lambda *_: None,  # tests answer lookups by hand
            values={ACCOUNT: values or {}},
        )
        self.ingest = Ingest(self.store, self.calls, wake=lambda *_: None, digests={ACCOUNT: Digests(["salt"])})
        self.timers = Timers(self.store, self.calls, self, lambda *_: None)
        self.entry_id = entry_id
        self.pbx = ScriptedPbx(entry_id=entry_id, caller=caller, line="74950000001", location="ivr", dct=("", 0))
        self.results = results or {}  # command -> its result's code, instead of what the pretend PBX would say
        self.late = late or {}  # command -> seconds from its acceptance to its result
        self._later: list[tuple[float, list[Notification]]] = []
        self.accept(self.pbx.ring_in(self.time))

    def now(self) -> float:
        return self.time

    def steady(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    # what happens

    def wait(self, seconds: float) -> "Recorder":
        """Let time pass in small pieces: timers fire, commands go out."""
        until = self.time + seconds
        while self.time < until:
            self._send()
            self.time = min(until, self.time + 0.25)
            for due in [one for one in self._later if one[0] <= self.time]:
                self._later.remove(due)
                self.accept(due[1])
            self.timers.run_once()
        self._send()
        return self

    def press(self, digits: str) -> "Recorder":
        self.accept(self.pbx.press(digits, self.time))
        return self.wait(0.5)

    def happen(self, what: str) -> "Recorder":
        self.accept(self.pbx.happen(what, self.time))
        return self.wait(0.5)

    def hang_up(self) -> "Recorder":
        self.accept(self.pbx.hang_up(self.time))
        return self.wait(0.5)

    def sleep_through(self, seconds: float) -> "Recorder":
        """The router is down: no timer fires, and nothing goes out."""
        self.time += seconds
        self.timers.run_once()
        return self

    def by_hand(self, command: str, params: dict[str, Any], **more: str) -> "Recorder":
        """Somebody gives a command at the console."""
        asked = ManualCommand(command=command, params=params, actor="anna", **more)
        with self.store.transaction() as tx:
            take(tx, self.calls, ACCOUNT, self.entry_id, asked)
        return self

    def looked_up(self, state: str, **outputs: Any) -> "Recorder":
        """The lookup that the call waits for gets its answer."""
        call = self.store.call(ACCOUNT, self.entry_id)
        assert call is not None
        assert call.activity is not None
        answer = LookupFinished(
            entry_id=self.entry_id, request_id=call.activity.request, state=state, outputs=outputs
        )  # fmt: skip
        with self.store.transaction() as tx:
            self.calls.apply_own(tx, ACCOUNT, answer)
        return self.wait(0.5)

    def recorded(self) -> RecordedCall:
        call = self.store.call(ACCOUNT, self.entry_id)
        assert call is not None
        return RecordedCall(
            call=call,
            records=tuple(self.store.journal(ACCOUNT, self.entry_id)),
            commands=tuple(self.store.commands(ACCOUNT, entry_id=self.entry_id, limit=1000)),
        )

    # both sides

    def accept(self, events: list[Notification]) -> None:
        for event in events:
            self.time += 0.01
            kind, key, body = wire(event)
            path = {"call": "events/call", "dtmf": "events/dtmf", "summary": "events/summary"}.get(kind, kind)
            encoded = msgspec.json.encode(body).decode()
            self.ingest.accept(ACCOUNT, path, event, encoded, f"{self.entry_id}:{key}", key.encode())

    def _send(self) -> None:
        for row in self.store.commands(ACCOUNT, entry_id=self.entry_id, state=QUEUED):
            self.time += 0.1
            with self.store.transaction() as tx:
                tx.update_command(msgspec.structs.replace(row, state=SENT, sent=self.time))
            self.time += 0.05
            answered = CommandAnswered(entry_id=self.entry_id, command_id=row.command_id, sent_at=self.time - 0.05)
            with self.store.transaction() as tx:
                self.calls.apply_own(tx, ACCOUNT, answered)
            told = self.pbx.carry_out(_command(row), self.results.get(row.command), self.time)
            after = self.late.get(row.command, 0.0)
            if not METHODS[row.command].has_result:
                continue
            results = [event for event in told if after and isinstance(event, CommandResulted)]
            self.accept([event for event in told if event not in results])
            if results and after < NEVER:
                self._later.append((self.time + after, results))


def _command(row: CommandRow) -> QueueCommand:
    return QueueCommand(
        command_id=row.command_id,
        command=row.command,
        call_id=row.call_id,
        params=row.params,
        label=row.label,
        deadline=row.deadline,
    )


def wire(event: Notification) -> tuple[str, str, dict[str, Any]]:
    """(kind or path, a key of its own, the json of the notification as the PBX would write it)."""
    match event:
        case LegChanged():
            leg = {
                "entry_id": event.entry_id,
                "call_id": event.call_id,
                "seq": event.seq,
                "timestamp": event.timestamp,
                "call_state": event.state,
                "location": event.location,
                "from": {
                    "extension": event.from_extension,
                    "number": event.from_number,
                    "taken_from_call_id": event.taken_from_call_id,
                },
                "to": {
                    "extension": event.to_extension,
                    "number": event.to_number,
                    "line_number": event.line_number,
                    "acd_group": event.acd_group,
                },
                "disconnect_reason": event.disconnect_reason,
                "command_id": event.command_id,
            }
            return "call", f"{event.call_id}:{event.seq}", leg
        case DigitsCollected():
            packet = msgspec.to_builtins(event)
            packet.pop("type")
            return "dtmf", f"dtmf:{event.seq}", {**packet, "dtmf": packet.pop("digits")}
        case JourneyEnded():
            summary = msgspec.to_builtins(event)
            always = {"from": {"number": event.from_number}, "to": {}, "forward_time": 0, "talk_time": event.talk_time}
            return "summary", "summary", {**summary, **always, "entry_result": int(event.talk_time > 0)}
        case CommandResulted():
            body = {"command_id": event.command_id, "result": event.result}
            return f"result/{event.command}", f"result:{event.command_id}", body
        case RecordingChanged():
            return "recording", f"{event.recording_id}:{event.seq}", body_of(event)
