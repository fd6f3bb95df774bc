"""The pretend PBX keeps the document's rules: counters without gaps, stories in their order, commands refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.engine.effects import QueueCommand
from router.pbx.happenings import HAPPENINGS, Impossible
from router.protocol.events import CommandResulted, DigitsCollected, JourneyEnded, LegChanged
from router.simulator.scripted_pbx import Events, ScriptedPbx
from tests.simulator.bundles import reason

NOW = 1_795_424_400.0


def new_pbx() -> ScriptedPbx:
    pbx = ScriptedPbx(entry_id="e", caller="79000000000", line="74950000001", location="ivr", dct=("", 0))
    pbx.ring_in(NOW)
    return pbx


def command(kind: str, call_id: str, label: str = "", **params: str) -> QueueCommand:
    return QueueCommand(command_id="c", command=kind, call_id=call_id, params=params, label=label, deadline=None)


def told(events: Events) -> list[str]:
    """Each notification in a few words."""
    words = []
    for event in events:
        match event:
            case LegChanged():
                reason = f" {event.disconnect_reason}" if event.disconnect_reason else ""
                words.append(f"{event.call_id} #{event.seq} {event.state} {event.location}{reason}")
            case CommandResulted():
                words.append(f"{event.command} is {event.result}")
            case DigitsCollected():
                words.append(f"{event.call_id} keys #{event.seq} {event.digits}")
            case JourneyEnded():
                talked = event.end_time - event.talk_time if event.talk_time else 0
                words.append(f"summary {event.disconnect_reason} talked {talked}")
    return words


def talking() -> ScriptedPbx:
    """The caller talks to 101 on leg-2."""
    pbx = new_pbx()
    pbx.carry_out(command("route", "leg-1", "extension 101", to_number="101"), None, NOW)
    pbx.happen("answered", NOW)
    return pbx


def test_a_route_follows_the_story() -> None:
    """ "Маршрутизация вызова": the menu's leg ends, the employee's appears with our command and names the old one."""
    events = new_pbx().carry_out(command("route", "leg-1", "extension 101", to_number="101"), None, NOW)
    assert told(events) == ["leg-1 #2 Disconnected ivr 1100", "leg-2 #1 Appeared abonent", "route is 1000"]
    leg = events[1]
    assert isinstance(leg, LegChanged)
    assert (leg.command_id, leg.taken_from_call_id, leg.to_extension) == ("c", "leg-1", "101")
    assert leg.line_number == "74950000001"


def test_a_route_to_a_group_passes_its_queue() -> None:
    events = new_pbx().carry_out(command("route", "leg-1", "group sales", to_number="303"), None, NOW)
    assert told(events) == [
        "leg-1 #2 Disconnected ivr 1100",
        "leg-2 #1 Appeared queue",
        "leg-3 #1 Appeared abonent",
        "route is 1000",
    ]


def test_a_failure_returns_the_caller_to_the_scheme() -> None:
    pbx = new_pbx()
    pbx.carry_out(command("route", "leg-1", "extension 101", to_number="101"), None, NOW)
    busy, back = pbx.happen("busy", NOW)
    assert told([busy, back]) == ["leg-2 #2 Disconnected abonent 1121", "leg-3 #1 Appeared ivr"]
    assert isinstance(back, LegChanged)
    assert (back.command_id, back.taken_from_call_id) == ("", "leg-2")


def test_a_ringing_phone_is_intercepted() -> None:
    pbx = new_pbx()
    pbx.carry_out(command("route", "leg-1", "extension 101", to_number="101"), None, NOW)
    events = pbx.carry_out(command("route", "leg-2", "extension 102", to_number="102"), None, NOW)
    assert told(events)[0] == "leg-2 #2 Disconnected abonent 1182"


def test_a_blind_transfer_follows_the_story() -> None:
    """ "Перевод вызова без консультации": `from` becomes the caller with the new leg's second event."""
    transfer = command("transfer", "leg-2", "extension 102", to_number="102", method="blind")
    events = talking().carry_out(transfer, None, NOW)
    assert told(events) == [
        "leg-2 #3 OnHold abonent",
        "leg-3 #1 Appeared abonent",
        "leg-2 #4 Disconnected abonent 1120",
        "leg-3 #2 Appeared abonent",
        "transfer is 1000",
    ]
    first, second = events[1], events[3]
    assert isinstance(first, LegChanged)
    assert isinstance(second, LegChanged)
    assert (first.from_extension, first.taken_from_call_id) == ("101", "")
    assert (second.from_extension, second.from_number, second.taken_from_call_id) == ("", "79000000000", "leg-2")


def test_a_transfer_with_consultation_follows_the_story() -> None:
    """ "Перевод вызова с консультацией": the employees talk, then the first one leaves the caller to the other."""
    pbx = talking()
    transfer = command("transfer", "leg-2", "extension 102", to_number="102", method="hold")
    assert told(pbx.carry_out(transfer, None, NOW))[:2] == ["leg-2 #3 OnHold abonent", "leg-3 #1 Appeared abonent"]
    events = pbx.happen("answered", NOW)
    assert told(events) == [
        "leg-3 #2 Connected abonent",
        "leg-2 #4 Disconnected abonent 1120",
        "leg-3 #3 Connected abonent",
    ]
    joined = events[-1]
    assert isinstance(joined, LegChanged)
    assert joined.from_number == "79000000000"


@pytest.mark.parametrize("what", ["busy", "resumed"])
def test_a_consultation_that_fails_leaves_the_caller_with_the_first_employee(what: str) -> None:
    pbx = talking()
    pbx.carry_out(command("transfer", "leg-2", "extension 102", to_number="102", method="hold"), None, NOW)
    assert told(pbx.happen(what, NOW))[-1] == "leg-2 #4 Connected abonent"


def test_a_hangup_of_the_consultation_takes_the_transfer_back() -> None:
    pbx = talking()
    pbx.carry_out(command("transfer", "leg-2", "extension 102", to_number="102", method="hold"), None, NOW)
    assert told(pbx.carry_out(command("call/hangup", "leg-3"), None, NOW)) == [
        "leg-3 #2 Disconnected abonent 1181",
        "leg-2 #4 Connected abonent",
        "call/hangup is 1000",
    ]


def test_an_employee_asks_a_colleague_until_somebody_ends_that() -> None:
    pbx = talking()
    assert told(pbx.consult("102", NOW)) == ["leg-2 #3 OnHold abonent", "leg-3 #1 Appeared abonent"]
    assert told(pbx.happen("answered", NOW)) == ["leg-3 #2 Connected abonent"]
    with pytest.raises(Impossible, match="the caller talks to nobody"):
        pbx.consult("103", NOW)
    assert told(pbx.happen("resumed", NOW + 300)) == [
        "leg-3 #3 Disconnected abonent 1110",
        "leg-2 #4 Connected abonent",
    ]
    pbx.consult("102", NOW + 300)
    pbx.happen("answered", NOW + 300)
    connect = command("calls_connect", "leg-2", "connect", initiator="101")
    assert told(pbx.carry_out(connect, None, NOW + 600)) == [
        "leg-2 #6 Disconnected abonent 1120",
        "leg-4 #3 Connected abonent",
        "calls_connect is 1000",
    ]


def test_a_colleague_who_does_not_answer_is_called_off() -> None:
    pbx = talking()
    pbx.consult("102", NOW)
    cancel = command("transfer_cancel", "leg-2", "cancel_transfer", initiator="101")
    assert told(pbx.carry_out(command("calls_connect", "leg-2", "connect", initiator="101"), None, NOW)) == [
        "calls_connect is 4100"
    ]
    assert told(pbx.carry_out(cancel, None, NOW)) == [
        "leg-3 #2 Disconnected abonent 1181",
        "leg-2 #4 Connected abonent",
        "transfer_cancel is 1000",
    ]


def test_only_an_employee_who_talks_asks_a_colleague() -> None:
    with pytest.raises(Impossible, match="the caller talks to nobody"):
        new_pbx().consult("102", NOW)
    outside = new_pbx()
    outside.carry_out(command("route", "leg-1", "number 79000000044", to_number="79000000044"), None, NOW)
    outside.happen("answered", NOW)
    with pytest.raises(Impossible, match="only an employee"):
        outside.consult("102", NOW)


def test_the_summary_tells_how_long_they_talked() -> None:
    assert told(talking().hang_up(NOW + 42))[-1] == "summary 1110 talked 42"
    assert told(new_pbx().hang_up(NOW + 42))[-1] == "summary 1110 talked 0"


def test_packets_have_a_counter_of_their_own() -> None:
    pbx = new_pbx()
    assert told([*pbx.press("1", NOW), *pbx.press("2", NOW)]) == ["leg-1 keys #1 1", "leg-1 keys #2 2"]


@pytest.mark.parametrize(
    ("kind", "call_id", "code"),
    [
        ("play/start", "leg-2", 4100),  # talking: nothing can be played (§3.2.6)
        ("route", "leg-2", 4100),  # answered: too late to route (§3.2.7)
        ("route", "leg-1", 4101),  # ended
        ("play/start", "leg-9", 4101),  # never was
        ("transfer", "leg-1", 4101),
        ("call/hangup", "leg-1", 4101),
        ("sms", "", 1000),  # needs no call
    ],
)
def test_a_command_that_is_not_allowed_causes_nothing(kind: str, call_id: str, code: int) -> None:
    message = {"text": "Hi", "from_extension": "100", "to_number": "79000000000"} if kind == "sms" else {}
    assert told(talking().carry_out(command(kind, call_id, **message), None, NOW)) == [f"{kind} is {code}"]


def test_a_caller_in_the_menu_cannot_be_transferred() -> None:
    assert told(new_pbx().carry_out(command("transfer", "leg-1"), None, NOW)) == ["transfer is 4100"]


def test_a_dictated_refusal_causes_nothing() -> None:
    events = new_pbx().carry_out(command("route", "leg-1", "extension 101", to_number="101"), 3200, NOW)
    assert told(events) == ["route is 3200"]


ACTIONS = st.sampled_from([*HAPPENINGS, "route", "group", "play/start", "call/hangup", "transfer", "hang_up", "press"])


def act(pbx: ScriptedPbx, what: str) -> Events:
    here = next((leg.call_id for leg in reversed(pbx.legs) if leg.alive), "")
    match what:
        case "hang_up":
            return pbx.hang_up(NOW)
        case "press":
            return pbx.press("1", NOW)
        case "group":
            return pbx.carry_out(command("route", here, "group sales", to_number="303"), None, NOW)
        case "route" | "play/start" | "call/hangup" | "transfer":
            return pbx.carry_out(command(what, here, "extension 101", to_number="101"), None, NOW)
    return pbx.happen(what, NOW)


@given(st.lists(ACTIONS, max_size=20))
def test_whatever_happens_the_counters_have_no_gaps(actions: list[str]) -> None:
    """Each leg counts from 1 without a gap and says nothing after its end; one leg at most is the caller's."""
    pbx = ScriptedPbx(entry_id="e", caller="79000000000", line="74950000001", location="ivr", dct=("", 0))
    events = pbx.ring_in(NOW)
    for action in actions:
        try:
            events += act(pbx, action)
        except Impossible:
            continue
    seqs: dict[str, list[LegChanged]] = {}
    for event in events:
        if isinstance(event, LegChanged):
            seqs.setdefault(event.call_id, []).append(event)
    for leg in seqs.values():
        assert [event.seq for event in leg] == list(range(1, len(leg) + 1))
        assert all(event.state != "Disconnected" for event in leg[:-1])
    transfer = pbx.journey.transfer
    second = transfer.attempt if transfer is not None and not transfer.is_blind else None
    alive = [leg for leg in pbx.legs if leg.alive and not (second is not None and second.owns(leg))]
    queued = any(leg.location == "queue" for leg in alive)  # an operator's phone rings while the caller waits
    assert len(alive) <= 1 + queued
    assert sum(isinstance(event, JourneyEnded) for event in events) <= 1


def test_notifications_survive_the_wire_form() -> None:
    """The structs are the engine's own: what is not serialisable could not be held in a call's state."""
    for event in talking().hang_up(NOW):
        assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event


@pytest.mark.parametrize("failure", ["busy", "no_answer", "rejected", "resumed"])
def test_after_a_blind_transfer_that_fails_the_employee_rings_again(failure: str) -> None:
    script = f"""
    expect: {{play: audio.menu}}
    keys: "4"
    expect: {{route: extension 103}}
    pbx: answered
    pbx: held
    wait: 58s
    expect: {{transfer: extension 104, method: blind}}
    pbx: {failure}
    pbx: answered
    pbx: held
    wait: 58s
    expect: {{transfer: extension 104}}
    """
    assert reason(script) is None
