"""What each command comes to in each state of a call: its result and the notifications that it causes (§3.1, §3.2).

Written from the document, and held against the model through both of its faces. The table has one row for each state in
which the document tells commands apart; a row says how the call comes there, which leg the commands name, and what each
of them comes to. A command that is refused causes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from tests.pbx.faces import FACES, Face

DONE, NOT_NOW, GONE, IS_RECORDED = 1000, 4100, 4101, 4102

COMMANDS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "route": ("route", {"to_number": "102"}),
    "route to a group": ("route", {"to_number": "303"}),
    "play": ("play/start", {"internal_id": 17, "after_play_time": 3600}),
    "silence": ("play/start", {"after_play_time": 3600}),
    "hang up": ("call/hangup", {}),
    "consult": ("transfer", {"method": "hold", "to_number": "102", "initiator": "101"}),
    "consult a group": ("transfer", {"method": "hold", "to_number": "303", "initiator": "101"}),
    "hand over": ("transfer", {"method": "blind", "to_number": "102", "initiator": "101"}),
    "hand over to a group": ("transfer", {"method": "blind", "to_number": "303", "initiator": "101"}),
    "record": ("recording/start", {"call_party_number": "101"}),
}
EVERY: Final = tuple(COMMANDS)
SWAPPED: Final = {"101": "102", "102": "101"}


def menu(face: Face) -> None:
    """The caller is in the scheme (story "Маршрутизация вызова")."""


def ringing(face: Face) -> None:
    menu(face)
    face.command("route", 1, to_number="101")


def queue(face: Face) -> None:
    menu(face)
    face.command("route", 1, to_number="303")


def talking(face: Face) -> None:
    ringing(face)
    face.happen("answered")


def recorded(face: Face) -> None:
    talking(face)
    face.command("recording/start", 2, call_party_number="101")


def held(face: Face) -> None:
    talking(face)
    face.happen("held")


def consulting(face: Face) -> None:
    talking(face)
    face.command("transfer", 2, method="hold", to_number="102", initiator="101")


def handed_over(face: Face) -> None:
    talking(face)
    face.command("transfer", 2, method="blind", to_number="102", initiator="101")


def transferred(face: Face) -> None:
    """Story "Перевод вызова с консультацией": the colleague has answered, the employee has stepped aside."""
    consulting(face)
    face.happen("answered")


def returned(face: Face) -> None:
    """A routed phone was busy, and the scheme has the caller again."""
    ringing(face)
    face.happen("busy")


def ended(face: Face) -> None:
    talking(face)
    face.hang_up()


Outcome = tuple[int, list[str]]


@dataclass(frozen=True, kw_only=True)
class State:
    """One row."""

    comes: Callable[[Face], None]
    leg: int  # that the commands name
    employee: str = "101"  # on it
    allows: Mapping[str, list[str]] = field(default_factory=dict)  # command -> what it causes; its result is 1000
    refuses: Mapping[str, int] = field(default_factory=dict)
    otherwise: int = NOT_NOW

    def expected(self, command: str) -> Outcome:
        if command in self.allows:
            return DONE, self.allows[command]
        return self.refuses.get(command, self.otherwise), []


def moved(leg: int, new: int, reason: int, also: tuple[str, ...] = ()) -> Mapping[str, list[str]]:
    """§3.2.7: a route out of a leg ends it and makes a new one, which names the command and the old one."""
    place = "abonent" if reason == 1182 else "ivr"
    gone = [f"{leg} Disconnected {place} {reason}", *also]
    queue, phone = (
        f"{new} Appeared queue group 303 from {leg} by command",
        f"{new + 1} Appeared abonent group 303 to 199",
    )
    return {
        "route": [*gone, f"{new} Appeared abonent to 102 from {leg} by command"],
        "route to a group": [*gone, queue, f"{phone} from {new} by command"],
    }


PLAYS: Final[Mapping[str, list[str]]] = {"play": [], "silence": []}  # §3.2.6: no event tells of it


def transfers(leg: int, *, is_held: bool = False, to: str = "102") -> Mapping[str, list[str]]:
    """§3.2.8 and the document's two stories: the call is put on hold; of a consultation the new leg is the employee's, a
    blind one's is so at first, and with its second event the caller's, when the employee has hung up."""
    hold = [] if is_held else [f"{leg} OnHold abonent"]
    new = leg + 1
    unmasked = f"{leg} Disconnected abonent 1120"
    operator = f"{new + 1} Appeared abonent group 303 to 199"
    return {
        "consult": [*hold, f"{new} Appeared abonent to {to} of 101 from {leg} by command"],
        "consult a group": [
            *hold,
            f"{new} Appeared queue group 303 of 101 from {leg} by command",
            f"{operator} of 101 from {new} by command",
        ],
        "hand over": [
            *hold,
            f"{new} Appeared abonent to {to} of 101 by command",
            unmasked,
            f"{new} Appeared abonent to {to} from {leg} by command",
        ],
        "hand over to a group": [
            *hold,
            f"{new} Appeared queue group 303 of 101 by command",
            f"{operator} from {new} by command",
            unmasked,
            f"{new} Appeared queue group 303 from {leg} by command",
        ],
    }


def hung_up(*legs: str, talked: bool = True, also: tuple[str, ...] = ()) -> Mapping[str, list[str]]:
    """§3.2.3, §3.1.5: every leg ends, then the journey."""
    ends = [f"{leg} 1181" for leg in legs]
    return {"hang up": [*ends, *also, f"summary 1181 {'talked' if talked else 'no talk'}"]}


STATES: Final[Mapping[str, State]] = {
    "in the menu": State(
        comes=menu, leg=1, allows={**moved(1, 2, 1100), **PLAYS, **hung_up("1 Disconnected ivr", talked=False)}
    ),
    "back in the menu": State(
        comes=returned, leg=3, allows={**moved(3, 4, 1100), **PLAYS, **hung_up("3 Disconnected ivr", talked=False)}
    ),
    "in a queue": State(  # §3.2.3: no hanging up there
        comes=queue,
        leg=2,
        allows={
            "route": [
                "2 Disconnected queue 1100",
                "3 Disconnected abonent 1182",
                "4 Appeared abonent to 102 from 2 by command",
            ],
            "route to a group": [
                "2 Disconnected queue 1100",
                "3 Disconnected abonent 1182",
                "4 Appeared queue group 303 from 2 by command",
                "5 Appeared abonent group 303 to 199 from 4 by command",
            ],
            **PLAYS,
        },
    ),
    "an operator's phone rings": State(
        comes=queue,
        leg=3,
        allows={
            "route": [
                "2 Disconnected queue 1100",
                "3 Disconnected abonent 1182",
                "4 Appeared abonent to 102 from 3 by command",
            ],
            "route to a group": [
                "2 Disconnected queue 1100",
                "3 Disconnected abonent 1182",
                "4 Appeared queue group 303 from 3 by command",
                "5 Appeared abonent group 303 to 199 from 4 by command",
            ],
            **hung_up("2 Disconnected queue", "3 Disconnected abonent", talked=False),
        },
    ),
    "a phone rings": State(
        comes=ringing, leg=2, allows={**moved(2, 3, 1182), **hung_up("2 Disconnected abonent", talked=False)}
    ),
    "talking": State(
        comes=talking,
        leg=2,
        allows={
            **transfers(2, is_held=False),
            **hung_up("2 Disconnected abonent"),
            "record": ["recording Started of 101"],
        },
    ),
    "recorded": State(
        comes=recorded,
        leg=2,
        allows={
            **transfers(2, is_held=False),
            "hand over": [  # §3.1.3: the recorded employee has left
                *transfers(2, is_held=False)["hand over"][:3],
                "recording Completed of 101",
                transfers(2, is_held=False)["hand over"][3],
            ],
            "hand over to a group": [
                *transfers(2, is_held=False)["hand over to a group"][:4],
                "recording Completed of 101",
                transfers(2, is_held=False)["hand over to a group"][4],
            ],
            **hung_up("2 Disconnected abonent", also=("recording Completed of 101",)),
        },
        refuses={"record": IS_RECORDED},
    ),
    "on hold": State(comes=held, leg=2, allows={**transfers(2, is_held=True), **hung_up("2 Disconnected abonent")}),
    "held while the employee consults": State(
        comes=consulting, leg=2, allows=hung_up("3 Disconnected abonent", "2 Disconnected abonent")
    ),
    "consulted": State(  # §3.2.8: hanging its leg up cancels the transfer, and the call is Connected again
        comes=consulting, leg=3, allows={"hang up": ["3 Disconnected abonent 1181", "2 Connected abonent"]}
    ),
    "handed over": State(  # §3.2.8: hanging its leg up cancels the transfer, and the employee is rung again
        comes=handed_over,
        leg=3,
        allows={"hang up": ["3 Disconnected abonent 1181", "4 Appeared abonent to 101 from 3"]},
    ),
    "handed over by": State(comes=handed_over, leg=2, otherwise=GONE),
    "transferred": State(
        comes=transferred,
        leg=3,
        employee="102",
        allows={
            **hung_up("3 Disconnected abonent"),
            **{
                name: [word.replace("of 101", "of 102") for word in told]
                for name, told in transfers(3, to="101").items()
            },
            "record": ["recording Started of 102"],
        },
    ),
    "transferred from": State(comes=transferred, leg=2, otherwise=GONE),
    "routed away from": State(comes=ringing, leg=1, otherwise=GONE),
    "ended": State(comes=ended, leg=2, otherwise=GONE),
    "never was": State(comes=talking, leg=0, otherwise=GONE),
}


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("command", EVERY)
@pytest.mark.parametrize("state", STATES)
def test_command_in_state(state: str, command: str, face: type[Face]) -> None:
    row, (name, params) = STATES[state], COMMANDS[command]
    call = face()
    row.comes(call)
    said = {key: SWAPPED.get(value, value) if row.employee == "102" else value for key, value in params.items()}
    assert call.command(name, row.leg, **said) == row.expected(command)


@pytest.mark.parametrize("face", FACES)
def test_refused_command_leaves_the_call_as_it_was(face: type[Face]) -> None:
    call = face()
    talking(call)
    for state in ("route", "play", "route to a group"):
        assert call.command(COMMANDS[state][0], 2, **COMMANDS[state][1]) == (NOT_NOW, [])
    assert call.hang_up() == ["2 Disconnected abonent 1110", "summary 1110 talked"]
