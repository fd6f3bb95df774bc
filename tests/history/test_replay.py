"""Recorded calls under the bundle that they had go as they went; under another one, the difference is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from router.engine.state import Entry
from router.flow.model import Bundle
from router.history.comparison import Comparison, summed, told
from router.history.journal import Record
from router.history.past import Settings
from router.history.recorded import PresenceHistory, RecordedCall
from router.history.replay import compare as compare_with
from router.runtime.calls.encryption import SaltSealer
from router.simulator.scripted_pbx import Notification
from tests.runtime.recording import ACCOUNT, FLOW, NEVER, NOON, Recorder, bundle_of

LOOKUP = """
flow: main
for: {lines: ["74950000001"]}
on_error: bye
start: who
steps:
  who: {lookup: {http: {url: "https://crm.example/who"}, outputs: {name: {type: text}}, next: judge, on: {not_found: bye, failed: again}}}
  again: {lookup: {http: {url: "https://crm.example/who"}, outputs: {name: {type: text}}, next: judge, on: {failed: bye}}}
  judge: {switch: [{when: who.name == "gold", goto: operator}, {else: sales}]}
  sales: {route: {to: group sales, on: {else: bye}}}
  operator: {route: {to: person operator, on: {else: bye}}}
  bye: hangup
"""


def _answered() -> RecordedCall:
    call = Recorder().wait(3).press("1").wait(2).happen("busy").wait(4).happen("answered").wait(20)
    return call.hang_up().recorded()


def _silent() -> RecordedCall:
    return Recorder().wait(40).recorded()


def _gave_up() -> RecordedCall:
    return Recorder().wait(2).hang_up().recorded()


def _nobody_answers() -> RecordedCall:
    return Recorder().wait(3).press("1").wait(60).hang_up().recorded()


def _typed_in_secret() -> RecordedCall:
    call = Recorder().wait(3).press("3").wait(2).press("12").press("34").wait(3).happen("answered").wait(9)
    return call.hang_up().recorded()


def _looked_up() -> RecordedCall:
    call = Recorder(LOOKUP).wait(1).looked_up("failed").looked_up("found", name="gold").wait(2).happen("answered")
    return call.wait(5).hang_up().recorded()


SIGNED = FLOW.replace("length: 4, secret", "length: {min: 3, max: 8}, secret")
INSISTING = FLOW.replace("on: {failed: done}}}", "on: {4300: again, failed: done}}}").replace(
    "  done: release",
    '  again: {callback: {to: "${caller.number}", from: "100", next: done, on: {22xx: done}}}\n  done: release',
)


def _typed_in_secret_with_a_sign() -> RecordedCall:
    call = Recorder(SIGNED).wait(3).press("3").wait(2).press("12").press("34#").wait(0.5).happen("answered").wait(9)
    return call.hang_up().recorded()


def _refused_by_its_result() -> RecordedCall:
    call = Recorder(INSISTING, results={"sms": 4300, "callback": 2240}, late={"callback": 2.0})
    return call.wait(2).hang_up().wait(9).recorded()


def _result_too_late() -> RecordedCall:
    return Recorder(INSISTING, results={"sms": 4300}, late={"sms": 6.0}).wait(2).hang_up().wait(9).recorded()


def _result_lost() -> RecordedCall:
    return Recorder(INSISTING, late={"sms": NEVER}).wait(2).hang_up().wait(9).recorded()


TASKING = """
flow: main
for: {lines: ["74950000001"]}
on_error: bye
on_end: bye
start: first
steps:
  first: {callback: {from: person operator, to: "${caller.number}", next: job, on: {failed: job}}}
  job: {task: {to_user: person operator, next: second, on: {failed: third}}}
  second: {task: {to_user: extension 101, next: bye, on: {failed: third}}}
  third: {sms: {to: "${caller.number}", from: "100", text: x, next: bye, on: {failed: bye}}}
  bye: release
"""


def _tasks_for_people() -> RecordedCall:
    call = Recorder(TASKING).wait(1).looked_up("found", id="300000100").wait(1).looked_up("not_found")
    return call.wait(2).hang_up().recorded()


def _hung_up_before_the_result() -> RecordedCall:
    return Recorder(TASKING, results={"callback": 2240}, late={"callback": 3.0}).wait(1).hang_up().wait(5).recorded()


AT_RUN_TIME = """
flow: main
for: {lines: ["74950000001"]}
on_error: bye
finally: told
language: values.language
vars: {order: {type: text}}
start: hello
steps:
  hello: {play: {prompt: audio.menu, next: ask}}
  ask: {collect: {prompt: audio.menu, type_ahead: true, into: order, length: 2, next: say, no_input: {goto: bye}, no_match: {goto: bye}}}
  say: {play: {prompt: "audio.digit[${vars.order}]", next: quiet}}
  quiet: {play: {silence: 2s, next: open}}
  open: {switch: [{when: "hours[values.branch].open", goto: desk}, {else: bye}]}
  desk: {route: {to: "extension ${values.desk}", on: {answered: talk, else: bye}}}
  talk: {watch: {talking: {for: 2s, goto: music}, ended: done}}
  music: {hold: {next: done, on: {failed: done}}}
  told: {sms: {to: "79000000001", from: "100", text: "${values.branch} ${vars.order}", next: done, on: {failed: done}}}
  bye: hangup
  done: release
"""
VALUES = {"language": "en", "branch": "office", "desk": "101"}


def _at_run_time() -> RecordedCall:
    call = Recorder(AT_RUN_TIME, values=VALUES).wait(1).press("17").wait(14).happen("answered").wait(9)
    return call.hang_up().wait(9).recorded()


def _hung_up_at_run_time() -> RecordedCall:
    return Recorder(AT_RUN_TIME, values=VALUES | {"branch": "nowhere"}).wait(1).press("17").wait(30).recorded()


def compare(
    recorded: RecordedCall, bundle: Bundle, presence: PresenceHistory | None = None, own: str = FLOW
) -> Comparison:
    return compare_with(recorded, bundle, presence, own=bundle_of(own))


CALLS: list[tuple[Callable[[], RecordedCall], str]] = [
    (_answered, FLOW),
    (_silent, FLOW),
    (_gave_up, FLOW),
    (_nobody_answers, FLOW),
    (_typed_in_secret, FLOW),
    (_looked_up, LOOKUP),
    (_typed_in_secret_with_a_sign, SIGNED),
    (_refused_by_its_result, INSISTING),
    (_result_too_late, INSISTING),
    (_result_lost, INSISTING),
    (_tasks_for_people, TASKING),
    (_hung_up_before_the_result, TASKING),
    (_at_run_time, AT_RUN_TIME),
    (_hung_up_at_run_time, AT_RUN_TIME),
]


@pytest.mark.parametrize(("make", "flow"), CALLS)
def test_a_call_goes_its_own_way_under_its_own_bundle(make: Callable[[], RecordedCall], flow: str) -> None:
    recorded = make()
    assert recorded.call.ended
    found = compare(recorded, bundle_of(flow), own=flow)
    assert [line for line in found.diff() if not line.startswith("  ")] == []
    assert (found.differs, found.elsewhere, found.assumed, found.first_difference) == (False, False, 0, None)


def test_what_is_compared() -> None:
    way = compare(_answered(), bundle_of()).recorded
    assert way.steps == (
        "screen by else",
        "menu by 1",
        "sales by busy",
        "operator by answered",
        "ended by done",
        "done",
    )
    assert (way.outcome, way.step) == ("answered", "done")
    assert way.commands == (("play/start", "audio.menu"), ("route", "group sales"), ("route", "person operator"))
    assert way.dealings == way.commands[1:]


def test_where_a_call_would_go_instead() -> None:
    """Sales no longer falls back on the operator: the busy caller hears the apology, and nobody talks to him."""
    found = compare(_answered(), bundle_of(FLOW.replace("{busy: operator, no_answer", "{busy: sorry, no_answer")))
    assert (found.elsewhere, found.differs, found.assumed) == (True, True, 2)
    assert found.first_difference == ("operator by answered", "sorry by next")
    assert found.diff() == [
        "  screen by else",
        "  menu by 1",
        "  sales by busy",
        "+ sorry by next",
        "+ bye",
        "- operator by answered",
        "- ended by done",
        "- done",
        "  → route group sales",
        "- → route person operator",
        "- = answered",
        "+ → hangup",
        "+ = hung_up",
    ]


def test_legs_that_name_no_command_are_left_out_as_well() -> None:
    """The PBX need not say which command a leg came of."""
    recorded = _answered()
    assert compare(_without_command_ids(recorded), bundle_of()).differs is False
    changed = bundle_of(FLOW.replace("{busy: operator, no_answer", "{busy: sorry, no_answer"))
    assert compare(_without_command_ids(recorded), changed).replayed == compare(recorded, changed).replayed


def _without_command_ids(recorded: RecordedCall) -> RecordedCall:
    legs = {
        call_id: msgspec.structs.replace(leg, last=msgspec.structs.replace(leg.last, command_id=""))
        for call_id, leg in recorded.call.legs.items()
    }
    records = tuple(_changed(record, command_id="") if record.kind == "call" else record for record in recorded.records)
    return replace(recorded, call=msgspec.structs.replace(recorded.call, legs=legs), records=records)


def _changed(record: Record, **fields: Any) -> Record:
    body = {**msgspec.json.decode(record.body), **fields}
    return msgspec.structs.replace(record, body=msgspec.json.encode(body).decode())


def test_another_way_to_the_same_end() -> None:
    changed = FLOW.replace("{else: menu}]}\n", "{else: first}]}\n  first: {set: {vars: {pin: x}, next: menu}}\n")
    found = compare(_gave_up(), bundle_of(changed))
    assert (found.differs, found.elsewhere) == (True, False)
    assert found.first_difference == ("menu", "first by next")


def test_another_destination_gets_the_answer_of_the_recorded_one() -> None:
    found = compare(_answered(), bundle_of(FLOW.replace("to: group sales", "to: extension 777")))
    assert found.elsewhere
    assert found.first_difference is None
    assert found.replayed.commands[1] == ("route", "extension 777")
    assert (found.replayed.outcome, found.assumed) == ("answered", 0)


def test_a_bundle_that_does_not_take_the_call() -> None:
    found = compare(_gave_up(), bundle_of(FLOW.replace("74950000001", "74950000002")))
    assert found.elsewhere
    assert (found.replayed.outcome, found.replayed.steps) == ("", ())
    assert {"+ = taken by no flow", "- = missed"} <= set(found.diff())


def test_a_shorter_wait_fires_earlier_on_the_recorded_clock() -> None:
    """The ringing ends long before the caller hangs up."""
    found = compare(_nobody_answers(), bundle_of(FLOW.replace("to: person operator, on", "to: person operator, ring: 5s, on")
                                                  .replace("{else: sorry}}}\n  ask", "{else: bye}}}\n  ask")))  # fmt: skip
    assert found.first_difference == ("operator", "operator by no_answer")
    assert found.replayed.outcome == "hung_up"


# lookups


def test_lookups_are_answered_by_step_and_order() -> None:
    """The recorded answer of the second step is none of the first one's."""
    twice = LOOKUP.replace("failed: again", "failed: nap") + "  nap: {wait: {for: 1s, next: who}}\n"
    found = compare(_looked_up(), bundle_of(twice), own=LOOKUP)
    assert found.replayed.steps[:3] == ("who by failed", "nap by next", "who by failed")
    assert found.assumed > 0


def test_a_lookup_without_a_recorded_answer_fails() -> None:
    asks = FLOW.replace("start: screen", "start: who").replace(
        "steps:\n",
        "steps:\n  who: {lookup: {http: {url: 'https://crm.example'}, outputs: {a: {type: text}}, next: screen, on: {failed: menu}}}\n",
    )
    found = compare(_gave_up(), bundle_of(asks))
    assert found.replayed.steps == ("who by failed", "menu", "ended by else", "text by next", "done")
    assert found.assumed == 1


def test_a_lookup_that_was_never_answered_is_not_answered_now() -> None:
    recorded = Recorder(LOOKUP).wait(12).recorded()
    found = compare(recorded, bundle_of(LOOKUP), own=LOOKUP)
    assert found.recorded.steps[:2] == ("who by failed", "again by failed")
    assert (found.differs, found.assumed) == (False, 0)


# the world


def test_recorded_waits_are_seen_again() -> None:
    crowded = FLOW.replace("{else: menu}]}", "{when: limits.route.wait > 15, goto: sorry}, {else: menu}]}")
    recorded = _gave_up()
    assert compare(recorded, bundle_of(crowded)).replayed.steps[0] == "screen by else"
    first, *rest = recorded.records
    waits = Entry(at=first.at, kind="limits", data={"route": 20.0})
    seen = replace(recorded, records=(msgspec.structs.replace(first, trace=(waits, *first.trace)), *rest))
    assert compare(seen, bundle_of(crowded)).replayed.steps[0] == "screen by sorry"


def test_presence_is_as_it_was() -> None:
    asks = FLOW.replace("{else: menu}]}", "{when: 'online(\"100\")', goto: operator}, {else: menu}]}")
    recorded = _gave_up()
    away = PresenceHistory.of([_presence(NOON - 60, 1), _presence(NOON - 30, 4), _presence(NOON + 60, 1)])
    there = PresenceHistory.of([_presence(NOON - 60, 4), _presence(NOON - 30, 1)])
    assert compare(recorded, bundle_of(asks), away).replayed.steps[0] == "screen by else"
    assert compare(recorded, bundle_of(asks), there).replayed.steps[0] == "screen by operator"
    assert away.at(NOON - 61) == {}
    assert away.at(NOON + 61) == {"100": "online"}


def _presence(at: float, status: int) -> Record:
    body = f'{{"abonent_id": 100, "status": {status}}}'
    return Record(account=ACCOUNT, entry_id="", at=at, kind="presence", body=body)


def test_what_the_call_remembers_it_knows() -> None:
    keeps = (
        FLOW.replace("{else: menu}]}", "{else: note}]}\n  note: {remember: {value: '${caller.number}', in: lists.seen, next: asked}}\n"
                     "  asked: {switch: [{when: caller.number in lists.seen, goto: operator}, {else: menu}]}")
    )  # fmt: skip
    found = compare(_gave_up(), bundle_of(keeps))
    assert found.replayed.steps[:3] == ("screen by else", "note by next", "asked by operator")


def test_a_flow_that_never_rests_ends_by_its_budget() -> None:
    waits = FLOW.replace("{else: menu}]}", "{else: nap}]}\n  nap: {wait: {for: 20ms, next: nap}}")
    found = compare(_silent(), bundle_of(waits))
    assert found.replayed.steps[-2:] == ("sorry by next", "bye")


# many


def test_many_calls_are_counted() -> None:
    changed = bundle_of(FLOW.replace("{busy: operator, no_answer", "{busy: sorry, no_answer"))
    summary = summed([compare(make(), changed) for make, flow in CALLS if flow == FLOW])
    assert (summary.calls, summary.elsewhere, summary.another_way, summary.assumed) == (5, 1, 0, 1)
    assert summary.percent_elsewhere == 20.0
    assert summary.outcomes == {"answered → hung_up": 1}
    assert summed([]).percent_elsewhere == 0.0


@pytest.mark.parametrize(
    ("command", "label", "words"),
    [("route", "group sales", "route group sales"), ("sms", "sms 79000000000", "sms 79000000000"), ("task/add", "", "task/add")],
)  # fmt: skip
def test_commands_in_words(command: str, label: str, words: str) -> None:
    assert told(command, label) == words


# what only the journal knows

KEPT = FLOW.replace("{else: menu}]}", "{when: caller.number in lists.seen, goto: operator}, {else: menu}]}")
SECRET_JUDGED = FLOW.replace("secret: true, next: operator", "secret: true, next: judge").replace(
    "  sorry: {play",
    "  judge: {switch: [{when: 'vars.pin == \"1234\"', goto: operator}, {else: sorry}]}\n  sorry: {play",
)


def test_members_of_lists_that_other_calls_filled() -> None:
    recorder = Recorder(KEPT, at=NOON, remembered=[("seen", "79031234567")])
    recorded = recorder.wait(5).happen("answered").wait(9).hang_up().recorded()
    found = compare(recorded, bundle_of(KEPT), own=KEPT)
    assert found.recorded.steps[0] == "screen by operator"
    assert (found.not_comparable, found.differs, found.assumed) == ("", False, 0)


def test_secrets_are_opened_with_the_accounts_salt() -> None:
    call = Recorder(SECRET_JUDGED).wait(3).press("3").wait(2).press("12").press("34").wait(3).happen("answered").wait(9)
    recorded = call.hang_up().recorded()
    assert not any('"dtmf":"12"' in record.body for record in recorded.records)
    own = bundle_of(SECRET_JUDGED)
    with_salt = compare_with(recorded, own, own=own, settings=Settings(open_sealed=SaltSealer(["salt"]).open))
    assert with_salt.recorded.steps[3] == "judge by operator"
    assert (with_salt.not_comparable, with_salt.differs) == ("", False)
    without = compare_with(recorded, own, own=own)
    assert without.not_comparable == "keys were typed in secret, and cannot be opened here"
    assert summed([without]).percent_elsewhere == 0.0
    assert summed([without]).compared == 0


@pytest.mark.parametrize("command", ["hangup", "route"])
def test_commands_that_people_give_are_input(command: str) -> None:
    recorder = Recorder().wait(3).press("1").wait(4)
    recorder.by_hand(command, {"to_number": "777"} if command == "route" else {}).wait(5)
    recorded = (recorder if command == "hangup" else recorder.hang_up()).wait(70).recorded()
    found = compare(recorded, bundle_of())
    assert (found.not_comparable, found.differs, found.assumed) == ("", False, 0)
    assert all(label != "by hand" for _, label in found.recorded.commands)


def test_timers_that_were_late_because_no_router_ran() -> None:
    """The menu's silence ends long after it was due; the caller has waited for nothing meanwhile."""
    recorded = Recorder().wait(3).sleep_through(12.0).wait(2).press("2").wait(9).hang_up().recorded()
    late = [record for record in recorded.records if record.kind == "timer"]
    assert late
    found = compare(recorded, bundle_of())
    assert (found.not_comparable, found.differs, found.assumed) == ("", False, 0)


def test_a_call_that_its_own_version_does_not_reproduce_is_not_comparable() -> None:
    recorded = _answered()
    another = bundle_of(FLOW.replace("{1: sales, 2: operator, 3: ask}", "{1: operator, 2: sales, 3: ask}"))
    found = compare_with(recorded, bundle_of(), own=another)
    assert (
        found.not_comparable
        == "replayed under its own version it goes another way: sales by busy became operator by busy"
    )
    assert (found.elsewhere, found.differs) == (False, False)
    unknown = compare_with(recorded, bundle_of(), own=None)
    assert unknown.not_comparable == "its own version is not in the database any more"
    summary = summed([found, unknown, compare(_gave_up(), bundle_of())])
    assert (summary.calls, summary.compared, summary.elsewhere) == (3, 1, 0)
    assert sum(summary.not_comparable.values()) == 2


class PausedAtFirst(Recorder):
    """The account is paused while the call comes in; its second event is there once it is not."""

    def accept(self, events: list[Notification]) -> None:
        if self.store.call(ACCOUNT, self.entry_id) is not None:
            return super().accept(events)
        serving = self.store.serving(ACCOUNT)
        with self.store.transaction() as tx:
            tx.save_serving(ACCOUNT, msgspec.structs.replace(serving, paused=True))
        super().accept(events)
        with self.store.transaction() as tx:
            tx.save_serving(ACCOUNT, serving)
        return super().accept([msgspec.structs.replace(events[0], seq=2)])  # type: ignore[arg-type, list-item]


def test_a_call_that_no_flow_could_take_at_first() -> None:
    recorded = PausedAtFirst().wait(3).press("2").wait(4).happen("answered").wait(9).hang_up().recorded()
    assert recorded.records[0].trace[-1].kind != "entered"
    found = compare(recorded, bundle_of())
    assert found.recorded.steps[:2] == ("screen by else", "menu by 2")
    assert (found.not_comparable, found.differs, found.assumed) == ("", False, 0)
    changed = compare(recorded, bundle_of(FLOW.replace("{1: sales, 2: operator", "{2: sales, 1: operator")))
    assert (changed.not_comparable, changed.differs) == ("", True)
