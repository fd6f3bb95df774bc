"""The promise about order: whatever the order, the repetitions and the workers, the commands are those of the order in
which things happened.

Calls are made up by Hypothesis: callers press keys, employees answer or do not, somebody hangs up. What the PBX tells of
one happening (several legs, the end of a leg and of the journey, a command's result and its effects) and our own notice
of the HTTP answer come in any order, some of it twice, each to any worker. The same call in good order on one worker is
what it is compared with. Transfers are left out: whether one ended as `busy` or as `returned` is told by two legs, whose
counters have no order between them (`test_counter_order` has them, held against the order that the contract gives).
"""

import random
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from router.engine.state import CommandAnswered
from router.history.journal import QUEUED, SENT
from router.pbx.happenings import Impossible
from router.runtime.calls.timers import Timers
from router.runtime.intake.digests import Digests
from router.runtime.intake.ingest import Ingest
from router.simulator.scripted_pbx import Notification
from tests.runtime.recording import ACCOUNT, Recorder, _command, wire

FLOW = """
flow: main
for: {lines: ["74950000001"], location: ivr}
on_error: sorry
on_end: ended
vars: {pin: {type: text, default: ""}}
start: menu
steps:
  menu:
    menu:
      prompt: audio.menu
      keys: {1: sales, 2: operator, 3: ask}
      no_input: {prompt: audio.again, max: 1, goto: sorry}
      no_match: {max: 1, goto: sorry}
  sales: {route: {to: group sales, on: {answered: talking, busy: operator, no_answer: menu, else: sorry}}}
  operator: {route: {to: person operator, on: {answered: talking, else: sorry}}}
  talking: {watch: {ended: done}}
  ask: {collect: {prompt: audio.again, into: pin, length: 4, next: operator, no_input: {goto: sorry}, no_match: {goto: sorry}}}
  sorry: {play: {prompt: audio.sorry, next: bye, on: {failed: bye}}}
  bye: hangup
  ended: {switch: [{when: call.answered, goto: done}, {else: text}]}
  text: {sms: {to: "${caller.number}", from: "100", text: Sorry, next: done, on: {failed: done}}}
  done: release
"""
HAPPENINGS = (
    "press 1", "press 2", "press 3", "press 9", "press 4711", "answered", "busy", "no_answer", "held", "resumed", "hang up", "wait 1",
    "wait 8", "wait 30",
)  # fmt: skip


def never(_key: str) -> bool:
    return False


class Confusion(Recorder):
    """A recorder whose notifications of one happening come in an order of chance, perhaps twice, to any of its
    workers; the HTTP answer to a command may come after what the command caused."""

    def __init__(self, chance: random.Random | None, *, lost: Callable[[str], bool] = never, workers: int = 3) -> None:
        self.chance = chance
        self.lost = lost  # of a notification's key: whether it never comes
        self.more: list[Ingest] = []
        super().__init__(FLOW)
        self.more = [
            Ingest(self.store, self.calls, wake=lambda *_: None, digests={ACCOUNT: Digests(["salt"])})
            for _ in range(workers - 1)
        ]
        self.timers = Timers(self.store, self.calls, self, lambda *_: None)

    def accept(self, events: list[Notification]) -> None:
        self._deliver(list(events))

    def _deliver(self, happened: list[Any]) -> None:
        """Everything within the time that a gap is waited for; in good order it takes as long."""
        until = self.time + 0.6  # what never comes has been given up by then
        if self.chance is not None:
            happened += [one for one in happened if self.chance.random() < 0.3]
            self.chance.shuffle(happened)
        for one in happened:
            self.time += 0.2 / max(len(happened), 8)
            self._take(one)
        self.time = until
        self.timers.run_once()

    def _take(self, one: Any) -> None:
        if isinstance(one, CommandAnswered):
            with self.store.transaction() as tx:
                self.calls.apply_own(tx, ACCOUNT, one)
            return
        kind, key, body = wire(one)
        if self.lost(key):
            return
        path = {"call": "events/call", "dtmf": "events/dtmf", "summary": "events/summary"}.get(kind, kind)
        worker = self.chance.choice([self.ingest, *self.more]) if self.chance is not None else self.ingest
        text = msgspec.json.encode(body).decode()
        worker.accept(ACCOUNT, path, one, text, f"{self.entry_id}:{key}", key.encode())

    def _send(self) -> None:
        for row in self.store.commands(ACCOUNT, entry_id=self.entry_id, state=QUEUED):
            with self.store.transaction() as tx:
                tx.update_command(msgspec.structs.replace(row, state=SENT, sent=self.time))
            answered = CommandAnswered(entry_id=self.entry_id, command_id=row.command_id, sent_at=self.time)
            self._deliver([answered, *self.pbx.carry_out(_command(row), None, self.time)])

    # what is compared

    def commands(self) -> list[tuple[str, str, str]]:
        rows = self.store.commands(ACCOUNT, entry_id=self.entry_id, limit=1000)
        return [(row.command_id, row.command, row.label) for row in rows]

    def path(self) -> list[tuple[str, str]]:
        records = self.store.journal(ACCOUNT, self.entry_id)
        return [
            (entry.data["step"], entry.data["exit"]) for r in records for entry in r.trace if entry.kind == "left"
        ]  # fmt: skip

    def ending(self) -> tuple[str, str, str]:
        call = self.recorded().call
        return call.status, call.outcome, call.step


def live(recorder: Confusion, script: list[str]) -> Confusion:
    """Let the script happen, as far as it can, and the call end."""
    recorder.wait(0.5)
    for what in [*script, "hang up", "wait 70"]:
        word, _, rest = what.partition(" ")
        try:
            if word == "wait":
                recorder.wait(float(rest))
            elif word == "press":
                recorder.press(rest)
            elif what == "hang up":
                recorder.hang_up()
            else:
                recorder.happen(what)
        except Impossible:
            continue
    return recorder


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@example(["press 1", "press 1", "press 1", "press 1", "busy"], 0)  # back in the scheme before the failure is told
@given(st.lists(st.sampled_from(HAPPENINGS), max_size=6), st.integers(0, 2**32))
def test_any_order_causes_the_commands_of_the_right_one(script: list[str], seed: int) -> None:
    expected = live(Confusion(None), script)
    confused = live(Confusion(random.Random(seed)), script)
    assert confused.path() == expected.path()
    assert confused.commands() == expected.commands()
    assert confused.ending() == expected.ending()
    keys = [record.dedupe for record in confused.recorded().records if record.dedupe is not None]
    assert len(set(keys)) == len(keys)
    assert set(keys) == {record.dedupe for record in expected.recorded().records if record.dedupe is not None}


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(HAPPENINGS), max_size=6), st.integers(0, 2**32))
def test_any_order_of_what_is_left_causes_the_same(script: list[str], seed: int) -> None:
    """Some never comes: both calls miss the same, and neither waits for ever."""

    def lost(key: str) -> bool:
        return not key.endswith("leg-1:1") and random.Random(f"{seed} {key}").random() < 0.1

    expected = live(Confusion(None, lost=lost), script)
    confused = live(Confusion(random.Random(seed), lost=lost), script)
    assert confused.path() == expected.path()
    assert confused.commands() == expected.commands()
    assert confused.ending() == expected.ending()
    held = [counter.held for counter in confused.recorded().call.counters.values()]
    assert not any(held)
