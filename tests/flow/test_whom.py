"""Whom messages, callbacks and tasks may name (§3.2.1, §3.2.2, §3.2.4, §4.2): what loads, and what to write instead."""

import pytest

from router.flow.suggestions.advice import applied
from router.flow.verbs.callback import Callback
from router.flow.verbs.sms import Sms
from tests.flow.bundles import RESOURCES, flow_text, load_flow, load_texts, settings_of, sound

SMS = 'ask: {{sms: {{to: {0}, from: {1}, text: "x", next: done}}}}'
CALLBACK = "ask: {{callback: {{from: {0}, to: {1}, {2}next: done}}}}"
GROUP = "ask: {{callback_group: {{from: {0}, to: {1}, line: {2}, next: done}}}}"
TASK = "ask: {{task: {{to_user: {0}, next: done}}}}"
PHONE = '"79000000001"'
LINE = '"74950000001"'

SOUND = [
    SMS.format(PHONE, '"100"'),
    SMS.format('"8 (900) 000-00-01"', "person boss"),
    SMS.format("number 79000000001", "extension 101"),
    SMS.format('"${caller.number}"', PHONE),  # an employee's own telephone (§3.2.4, note 1)
    SMS.format(PHONE, "sip:boss@pbx.example"),
    CALLBACK.format("person boss", PHONE, ""),
    CALLBACK.format('"101"', '"102"', "number: sip:boss@pbx.example, "),
    CALLBACK.format('"101"', "group sales", 'number: "+7 900 000-00-05", '),
    CALLBACK.format('"101"', PHONE, "number: sip user@pbx.example, answer_after: 0, "),
    CALLBACK.format('"101"', PHONE, 'line: office, answer_after: "${digits}", '),
    GROUP.format("group sales", PHONE, LINE),
    GROUP.format(PHONE, "group 303", "office"),
    GROUP.format("group sales", '"${caller.number}"', LINE),
    TASK.format("person boss"),
    TASK.format("extension 101"),
    TASK.format('"300000101"'),
    TASK.format('"${digits}"'),
]


@pytest.mark.parametrize("step", SOUND)
def test_what_may_be_named(step: str) -> None:
    assert sound(load_flow(step))


REFUSED = [
    (SMS.format('"101"', '"100"'), "`101` is a short number of the PBX: a message goes to a telephone (§3.2.4)"),
    (SMS.format("person boss", '"100"'), "`person boss` is a short number of the PBX: a message goes to a telephone"),
    (SMS.format("extension 12", '"100"'), "`extension 12` is a short number of the PBX"),
    (SMS.format("group sales", '"100"'), "`group sales` is a short number of the PBX"),
    (SMS.format("number 1234", '"100"'), "`number 1234` is a short number of the PBX"),
    (SMS.format('"ring me"', '"100"'), "`ring me` is not a phone number: it has no digits"),
    (SMS.format(PHONE, "boss"), "`boss` is not an extension, and an employee is meant"),
    (
        CALLBACK.format('"101"', PHONE, 'number: "102", '),
        "`102` is a short number of the PBX: `number` is a telephone's",
    ),
    (CALLBACK.format('"101"', PHONE, "number: person boss, "), "`person boss` is a short number of the PBX"),
    (CALLBACK.format('"101"', PHONE, "number: group 303, "), "`group 303` is a short number of the PBX"),
    (CALLBACK.format(PHONE, PHONE, ""), "`79000000001` is a telephone number, and an employee is meant"),
    (CALLBACK.format("boss", PHONE, ""), "`boss` is not an extension, and an employee is meant"),
    (CALLBACK.format("bos", PHONE, ""), "`bos` is not an extension, and an employee is meant"),
    (CALLBACK.format('"101"', "sales", ""), "`sales` is not a phone number"),
    (CALLBACK.format('"101"', "somebody", ""), "`somebody` is not a phone number: it has no digits"),
    (CALLBACK.format('"101"', PHONE, "line: sip:office@pbx.example, "), "`sip:office@pbx.example` is an address"),
    (GROUP.format("group sales", '"101"', LINE), "`101` is a short number of the PBX, and the other side of a group"),
    (GROUP.format("person boss", "group sales", LINE), "`person boss` is a short number of the PBX"),
    (GROUP.format("extension 101", "group sales", LINE), "`extension 101` is a short number of the PBX"),
    (GROUP.format("group sales", "group 303", LINE), "both sides are groups"),
    (GROUP.format(PHONE, '"79000000002"', LINE), "neither side is a group"),
    (GROUP.format("group sales", PHONE, "office@pbx.example"), "`office@pbx.example` is an address"),
    (CALLBACK.format("group sales", PHONE, ""), "`group sales` is not an extension"),
    (GROUP.format("sales", PHONE, LINE), "`sales` is the name of a group"),
    (GROUP.format(PHONE, "sales", LINE), "`sales` is the name of a group"),
    (TASK.format("boss"), "`boss` is no employee's id"),
    (TASK.format('"101"'), "`101` is an extension, and a task wants an id"),
    (TASK.format("group sales"), "`group sales` is no employee's id"),
    (TASK.format("person nobody"), "unknown person `nobody`"),
    (TASK.format("extension boss"), "`boss` is not an extension"),
    (CALLBACK.format('"101"', PHONE, "answer_after: soon, "), "`soon` is not a duration such as 0s or 5s"),
]


@pytest.mark.parametrize(("step", "message"), REFUSED)
def test_what_may_not(step: str, message: str) -> None:
    (found,) = load_flow(step).findings
    assert message in found.message
    assert found.suggestion or "has no digits" in message or "nobody" in message or "duration" in message


@pytest.mark.parametrize(
    ("text", "code"), [("x" * 612, []), ("x" * 613, ["F208"]), ("ж" * 268, []), ("ж" * 269, ["F208"]), ("", ["F208"])]
)
def test_text_of_a_message(text: str, code: list[str]) -> None:
    step = SMS.format(PHONE, '"100"').replace('"x"', f'"{text}"')
    assert [found.code for found in load_flow(step).findings] == code


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        (SMS.format(PHONE, "boss"), "person boss"),
        (CALLBACK.format("boss", PHONE, ""), "person boss"),
        (CALLBACK.format("bos", PHONE, ""), "person boss"),
        (CALLBACK.format('"101"', "sales", ""), "group sales"),
        (CALLBACK.format('"101"', "boss", ""), "person boss"),
        (GROUP.format("sales", PHONE, LINE), "group sales"),
        (TASK.format("boss"), "person boss"),
        (TASK.format('"101"'), "extension 101"),
    ],
)
def test_advice_loads_and_means_what_was_meant(step: str, wanted: str) -> None:
    (found,) = load_flow(step).findings
    assert wanted in found.suggestion
    fixed = applied(flow_text(step), found.fix)
    assert wanted in fixed
    assert sound(load_texts(main=fixed, resources=RESOURCES))


def test_what_becomes_of_them() -> None:
    callback = settings_of(sound(load_flow(CALLBACK.format("person boss", PHONE, "answer_after: 2s, "))))
    assert isinstance(callback, Callback)
    assert {name: text.source for name, text in callback.parameters.items()} == {
        "from.extension": "101",
        "to_number": "79000000001",
        "sip_headers.Call-Info/answer-after": "2",
    }
    task = settings_of(sound(load_flow(TASK.format("person boss"))))
    assert isinstance(task, Callback)
    assert (task.employee, task.parameters["to_user_id"].source, task.has_result) == ("to_user_id", "101", False)
    sms = settings_of(sound(load_flow(SMS.format(PHONE, "person boss"))))
    assert isinstance(sms, Sms)
    assert sms.sender.source == "101"
