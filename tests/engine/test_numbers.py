"""Numbers in a call: who calls, which line, and what is dialled."""

import pytest

from tests.engine.scenario import HEADER, Scenario

SWITCH = """
  first: {switch: [{when: caller.withheld, goto: hidden}, {when: caller.number in lists.known, goto: listed}, {else: other}]}
  hidden: release
  listed: release
  other: release
"""
KNOWN = 'lists: {known: {numbers: ["8 (926) 123-45-67", "8-800*", "8 (495) 123-45-67", "+84 912 345 678"]}}'


@pytest.mark.parametrize(
    ("number", "caller", "step"),
    [
        ("79261234567", "79261234567", "listed"),
        ("89261234567", "79261234567", "listed"),
        ("+7 926 123-45-67", "79261234567", "listed"),
        ("sip:+79261234567@sip.example.ru;user=phone", "79261234567", "listed"),
        ("tel:+79261234567;ext=12", "79261234567", "listed"),
        ("88005553535", "78005553535", "listed"),
        ("84951234567", "84951234567", "listed"),  # a number of Vietnam, which may also be one of Moscow
        ("84912345678", "84912345678", "listed"),
        ("84912345679", "84912345679", "other"),
        ("sip:Desk@Example.org", "desk@example.org", "other"),
        ("anonymous", "", "hidden"),
        ("sip:anonymous@anonymous.invalid", "", "hidden"),
        ("Restricted", "", "hidden"),
        ("", "", "hidden"),
    ],
)
def test_who_calls(number: str, caller: str, step: str) -> None:
    call = Scenario(SWITCH, number=number, resources=KNOWN)
    call.comes()
    assert (call.call.caller_number, call.call.step or step) == (caller, step)
    assert any(entry.data.get("goto") == step for entry in call.trace if entry.kind == "left")


DIAL = """
  first: {set: {vars: {to: "%s"}, next: dial}}
  dial: {route: {to: ["number ${vars.to}", extension 103], on: {else: oops}}}
"""


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("8 (926) 123-45-67", "79261234567"),
        ("79261234567.0", "79261234567"),
        ("+84 912 345 678", "84912345678"),
        ("100", "100"),
        ("sip:desk@example.org", "sip:desk@example.org"),
        ("+7 900 000-00-00, +7 900 000-00-01", "103"),
        ("790000012345#", "103"),
        ("7.9E+10", "103"),
        ("по телефону 100", "103"),
        ("anonymous", "103"),
    ],
)
def test_what_is_dialled(written: str, dialled: str) -> None:
    """What is no number is skipped, and the trace says why."""
    header = "flow: main\nfor: any\non_error: oops\nvars: {to: {type: text}}\n"
    call = Scenario(DIAL % written, header=header)
    call.comes()
    assert call.last.params["to_number"] == dialled
    told = [
        entry.data["text"] for entry in call.trace if entry.kind == "note" and "is not dialled" in entry.data["text"]
    ]
    assert bool(told) is (dialled == "103")
    assert not told or written in told[0]


@pytest.mark.parametrize("verb", ['sms: {to: "${vars.to}", from: "100", text: hi, next: done, on: {failed: oops}}'])
def test_no_message_goes_to_what_is_no_number(verb: str) -> None:
    header = "flow: main\nfor: any\non_error: oops\nvars: {to: {type: text}}\n"
    steps = (
        f"\n  first: {{set: {{vars: {{to: '900 000-00-00, 101'}}, next: send}}}}\n  send: {{{verb}}}\n  done: release\n"
    )
    call = Scenario(steps, header=header)
    call.comes()
    assert not call.commands
    assert any(entry.data.get("exit") == "failed" for entry in call.trace if entry.kind == "left")


def test_digits_typed_into_a_text_stay_as_they_are() -> None:
    header = "flow: main\nfor: any\non_error: oops\nvars: {pin: {type: text}, phone: {type: phone}}\n"
    steps = """
  first: {collect: {prompt: audio.hello, into: pin, length: 11, next: again, no_input: {goto: oops}, no_match: {goto: oops}}}
  again: {collect: {prompt: audio.hello, into: phone, length: 11, next: done, no_input: {goto: oops}, no_match: {goto: oops}}}
  done: {wait: {for: 60s, next: oops}}
"""
    call = Scenario(steps, header=header)
    call.comes()
    call.keys("89261234567")
    call.keys("89261234567")
    assert call.call.variables == {"pin": "89261234567", "phone": "79261234567"}


@pytest.mark.parametrize("number", ["84912345678", "84951234567", "79261234567", "48221234567"])
def test_a_number_that_was_read_is_not_read_again(number: str) -> None:
    """What a phone holds is dialled as it is: behind the + of its origin 84 912 345 678 is in Vietnam."""
    steps = f"""
  first: {{set: {{vars: {{kept: "${{caller.number}}", written: "+{number}"}}, next: text}}}}
  text: {{sms: {{to: "${{caller.number}}", from: "100", text: hello, next: back, on: {{else: back}}}}}}
  back: {{callback: {{from: "100", to: "${{vars.kept}}", next: call, on: {{else: call}}}}}}
  call: {{route: {{to: ["number ${{vars.written}}"], on: {{else: bye}}}}}}
  bye: hangup
"""
    header = HEADER + 'vars: {kept: {type: phone, default: ""}, written: {type: phone, default: ""}}\n'
    call = Scenario(steps, header=header, number=number).comes()
    assert call.last.params["to_number"] == number
    call.result().wait(6)
    assert call.last.params["to_number"] == number
    call.result().wait(6)
    assert call.last.params["to_number"] == number
