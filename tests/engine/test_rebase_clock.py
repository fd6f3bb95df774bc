"""The database's clock was set (docs/decisions/0021): all instants of a call move along, and nothing else does."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from router.engine.rebase_clock import moved
from router.engine.state import Activity, Call, Counter, Held, Leg, Pending, Summary, Takeover
from router.protocol.events import CONNECTED, LegChanged

AT = 1_795_437_000.0
LEG = LegChanged(entry_id="E", call_id="a", seq=1, timestamp=1_795_437_000, state=CONNECTED)
CALL = Call(
    account="main",
    entry_id="E",
    token="cmd",
    started=AT,
    last_news=AT + 1,
    asked=AT + 2,
    entered=AT + 3,
    number_ended=AT + 3.5,
    hold_until=AT + 4,
    over_at=AT + 5,
    ended=AT + 6,
    talked=7.0,
    summary=Summary(created=8, ended=9),
    timers={"ring": AT + 10, "end": AT + 11},
    legs={"a": Leg(last=LEG, first_seen=AT + 12, connected_at=AT + 13, ended_at=AT + 14)},
    counters={"call a": Counter(next=3, held=(Held(seq=4, event=LEG, received=AT + 15),)), "dtmf a": Counter(next=2)},
    activity=Activity(phase="ringing", since=AT + 16, hold_seconds=17.0, held_before=AT + 20),
    pending=Pending(command_id="cmd-1", command="route", sent_at=AT + 18, seconds=19.0),
)


@pytest.mark.parametrize("seconds", [3600.0, -0.5])
def test_every_instant_moves_by_the_same(seconds: float) -> None:
    at = AT + seconds
    assert moved(CALL, seconds) == msgspec.structs.replace(
        CALL,
        started=at,
        last_news=at + 1,
        asked=at + 2,
        entered=at + 3,
        number_ended=at + 3.5,
        hold_until=at + 4,
        timers={"ring": at + 10, "end": at + 11},
        legs={"a": Leg(last=LEG, first_seen=at + 12, connected_at=at + 13, ended_at=at + 14)},
        counters={
            "call a": Counter(next=3, held=(Held(seq=4, event=LEG, received=at + 15),)),
            "dtmf a": Counter(next=2),
        },
        activity=Activity(phase="ringing", since=at + 16, hold_seconds=17.0, held_before=at + 20),
        pending=Pending(command_id="cmd-1", command="route", sent_at=at + 18, seconds=19.0),
    )


def test_what_a_person_interrupted_moves_along() -> None:
    taken = Takeover(
        command_id="hand",
        command="route",
        params={},
        then="resume",
        budget_left=30.0,
        interrupted=Activity(since=AT + 1),
        waited=Pending(command_id="cmd-1", command="route", sent_at=AT + 2),
    )
    call = moved(msgspec.structs.replace(CALL, takeover=taken), 60.0)
    assert call.takeover == msgspec.structs.replace(
        taken,
        interrupted=Activity(since=AT + 61),
        waited=Pending(command_id="cmd-1", command="route", sent_at=AT + 62),
    )


def test_what_has_not_been_has_no_instant_to_move() -> None:
    call = Call(
        account="main",
        entry_id="E",
        token="cmd",
        started=AT,
        legs={"a": Leg(last=LEG, first_seen=AT)},
        activity=Activity(phase="need_caller"),
        pending=Pending(command_id="cmd-1", command="route"),
    )
    at = AT + 60
    assert moved(call, 60.0) == msgspec.structs.replace(call, started=at, legs={"a": Leg(last=LEG, first_seen=at)})
    idle = Call(account="main", entry_id="E", token="cmd", started=AT)
    assert moved(idle, 60.0) == msgspec.structs.replace(idle, started=at)


DURATIONS = {"hold_seconds", "seconds", "budget_left", "talked", "rang", "clock_shift"}
OF_THE_PBX = {"over_at", "ended"}  # its own clock said so, or the call is over
PARTS: tuple[type[msgspec.Struct], ...] = (Call, Activity, Pending, Takeover, Leg, Held)


@pytest.mark.parametrize("part", PARTS)
def test_no_instant_of_the_state_is_forgotten(part: type[msgspec.Struct]) -> None:
    """Each number of the state that is no duration: it has to move, also one that is added some day."""
    names = [field.name for field in msgspec.structs.fields(part) if field.type in (float, float | None)]
    instants = dict.fromkeys(set(names) - DURATIONS - OF_THE_PBX, AT)
    later = dict.fromkeys(instants, AT + 60)
    assert _part_of(moved(_call_with(part, instants), 60.0), part) == _part_of(_call_with(part, later), part)


def _call_with(part: type[msgspec.Struct], fields: dict[str, float]) -> Call:
    call = Call(account="main", entry_id="E", token="cmd", started=AT)
    if part is Call:
        return msgspec.structs.replace(call, **fields)
    made: Any = part(**{**REQUIRED.get(part, {}), **fields})
    return msgspec.structs.replace(call, **PLACED[part](made))


REQUIRED: dict[type, dict[str, Any]] = {
    Pending: {"command_id": "cmd-1", "command": "route"},
    Takeover: {"command_id": "hand", "command": "route", "params": {}, "then": "resume"},
    Leg: {"last": LEG},
    Held: {"seq": 4, "event": LEG},
}
PLACED: dict[type, Callable[[Any], dict[str, Any]]] = {
    Activity: lambda made: {"activity": made},
    Pending: lambda made: {"pending": made},
    Takeover: lambda made: {"takeover": made},
    Leg: lambda made: {"legs": {"a": made}},
    Held: lambda made: {"counters": {"call a": Counter(next=3, held=(made,))}},
}


def _part_of(call: Call, part: type[msgspec.Struct]) -> object:
    return msgspec.structs.replace(call, started=0.0) if part is not Call else call
