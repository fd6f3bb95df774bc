"""The emulator against the document: in an example's situation it sends what the example has, by name and type."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.document.document import Example, examples
from tests.document.emulated import Document
from tests.document.shapes import missing
from tests.emulator.stage import CALLER


def after(wait: float, *steps: Callable[[Document], object]) -> Document:
    """What the PBX has sent when these have happened, so long after each other."""
    played = Document()
    for step in steps:
        step(played)
        played.stage.wait(wait)
    return played


def journey_of(played: Document) -> Any:
    return list(played.stage.pbx.journeys.values())[-1]


def dials(line: str) -> Callable[[Document], object]:
    return lambda played: played.stage.dial(CALLER, line)


def dials_out(extension: str, number: str) -> Callable[[Document], object]:
    return lambda played: played.stage.pbx.dial_out(played.stage.now, extension, number)


def commands(name: str, **params: Any) -> Callable[[Document], object]:
    """A command about the newest leg, as far as it is about one."""

    def step(played: Document) -> object:
        leg = {} if name in ("callback", "sms") else {"call_id": journey_of(played).legs[-1].call_id}
        return played.ask(name, command_id="c1", **leg, **params)

    return step


def hangs_up(played: Document) -> None:
    played.stage.hang_up(journey_of(played))


def presses(digits: str) -> Callable[[Document], object]:
    return lambda played: played.stage.press(journey_of(played), digits)


def asks(name: str, **params: Any) -> Callable[[Document], object]:
    return lambda played: played.ask(name, **params)


def changes_the_book(played: Document) -> None:
    contact = {
        "contact_id": 19447351,
        "name": "x",
        "org": {"org_id": 10433913},
        "custom_values": [{"custom_field_id": 5453, "text": "y"}],
    }
    played.ask("ab/contacts/update", data=[contact])


def ends_a_session(played: Document) -> None:
    session = played.ask("set_session_status", abonent_id=300049189, status=1).body["session"]
    played.ask("set_session_status", abonent_id=300049189, status=4, session=session)


def asks_for_statistics(played: Document) -> None:
    now = int(played.stage.now)
    played.ask("stats/request", date_from=now - 10, date_to=now, request_id="request22230")
    played.ask("stats_in_calls_service/request", request_id="request22230")


TRANSFERRED = {"to_number": "321", "initiator": "123"}
COURSES: Mapping[str, tuple[float, tuple[Callable[[Document], object], ...]]] = {  # by the beginning of an example's id
    "3.1.1": (20, (dials("79000000002"), hangs_up)),
    "3.1.2": (5, (commands("sms", text="Hello", from_extension="222", to_number="79000000004"),)),
    "3.1.3-push-1": (8, (dials("79000000005"), commands("route", to_number="123"), commands("recording/start", call_party_number="123"))),
    "3.1.3-push-2": (8, (dials("79000000005"), commands("route", to_number="222"))),
    "3.1.4": (6, (dials("79000000005"), presses("2"), presses("124"))),
    "3.1.5-push-1": (8, (dials("79000000005"), commands("route", to_number="123"), hangs_up)),
    "3.1.5-push-2": (80, (dials("79000000005"),)),
    "3.1.5-push-3": (12, (dials_out("123", "79000000098"), hangs_up)),
    "3.1.5-push-4": (12, (dials_out("123", "79000000099"),)),
    "3.2.3": (2, (dials("79000000005"), commands("call/hangup"), commands("call/hangup"))),
    "3.2.5": (8, (dials("79000000005"), commands("route", to_number="123"), commands("recording/start", call_party_number="123"))),
    "3.2.6": (2, (dials("79000000005"), commands("play/start", internal_id=17))),
    "3.2.7": (2, (dials("79000000005"), commands("route", to_number="123"))),
    "3.2.8": (8, (dials("79000000005"), commands("route", to_number="123"), commands("transfer", method="hold", **TRANSFERRED))),
    "3.3": (5, (asks_for_statistics,)),
    "3.7.4": (1, (changes_the_book,)),
    "4.4": (1, (asks("set_abonent_status", abonent_id=56789, status=2), ends_a_session)),
    "call-": (12, (dials_out("1234", "79000000098"), hangs_up)),
    "callback-": (12, (commands("callback", **{"from": {"extension": "1234"}, "to_number": "79000000004"}),)),
    "route-": (8, (dials("79000000005"), commands("route", to_number="123"), hangs_up)),
    "transfer-with-": (12, (dials("79000000005"), commands("route", to_number="123"), commands("transfer", method="hold", **TRANSFERRED), hangs_up)),
    "transfer-without-": (12, (dials("79000000005"), commands("route", to_number="123"), commands("transfer", method="blind", **TRANSFERRED), hangs_up)),
    "keys-": (8, (dials("79000000023"), presses("1"), presses("123456789"), commands("route", to_number="12"))),
}  # fmt: skip
SAME = ("call_state", "location", "recording_state", "call_direction", "action", "dtmf")
"""Fields by which an example's notification is found among those that were sent."""

OTHER_TYPES = frozenset({"timestamp", "seq", "result", "reason", "disconnect_reason"})
"""The examples have them as numbers and as text; every payload that people have seen has numbers (PROTOCOL.md, B)."""


def sent(one: Example) -> list[dict[str, Any]]:
    """What was sent in an example's situation at its path, with the values by which it is told apart."""
    wait, steps = next(course for name, course in COURSES.items() if one.id.startswith(name))
    path = one.path.removeprefix("api/v1/").replace("result/stat", "result/stats").replace("statss", "stats")
    values = {name: one.content[name] for name in SAME if name in one.content}
    found = [dict(note.payload) for note in after(wait, *steps).stage.sent if note.path in (path, one.path)]
    return [body for body in found if values.items() <= body.items()]


@pytest.mark.parametrize("name", [one.id for one in examples("push")])
def test_what_is_sent_has_the_examples_names_and_types(name: str) -> None:
    one = next(example for example in examples("push") if example.id == name)
    found = sent(one)
    assert found, "nothing like it was sent"
    example = {key: int(value) if key in OTHER_TYPES else value for key, value in one.content.items()}
    faults = [[*missing(example, json.loads(json.dumps(body)))] for body in found]
    assert min(faults, key=len) == []


DOCUMENTED = {  # §3.1.1 to §3.1.5: every name of a notification, those of an object behind a dot
    "events/call": "entry_id call_id timestamp seq call_state location from from.extension from.number"
    " from.taken_from_call_id to to.extension to.number to.line_number to.acd_group dct dct.number dct.type"
    " disconnect_reason sip_call_id command_id task_id callback_initiator",
    "events/sms": "command_id timestamp reason",
    "events/recording": "recording_id recording_state seq entry_id call_id extension timestamp completion_code"
    " recipient command_id",
    "events/dtmf": "seq dtmf timestamp call_id entry_id location initiator from_number to_number line_number",
    "events/summary": "entry_id call_direction from from.extension from.number to to.extension to.number line_number dct"
    " dct.number dct.type create_time forward_time talk_time end_time entry_result disconnect_reason sip_call_id",
}


@pytest.mark.parametrize("name", COURSES)
def test_nothing_is_sent_that_the_document_does_not_have(name: str) -> None:
    wait, steps = COURSES[name]
    for note in after(wait, *steps).stage.sent:
        if note.path in DOCUMENTED:
            names = {
                *note.payload,
                *(f"{k}.{inner}" for k, v in note.payload.items() if isinstance(v, dict) for inner in v),
            }
            assert names <= set(DOCUMENTED[note.path].split()), note.path
