"""The PBX's own scheme moves a caller out of the menu while a step is under way: which steps that ends.

A scheme of the PBX goes on by itself when its silence is over (§3.1.5, `location`); the router sees it by a leg at an
employee that none of its commands asked for. A step that needs the caller in the menu is then left by its exit `left`;
a step that acts without him goes on.
"""

import pytest

from router.protocol.events import ABONENT, APPEARED, QUEUE
from tests.engine.scenario import HEADER, Scenario

NEEDS_THE_CALLER = {
    "menu": "{menu: {prompt: audio.hello, keys: {1: other}, no_input: {goto: other}, no_match: {goto: other}}}",
    "collect": "{collect: {prompt: audio.hello, into: typed, length: 4, next: other, no_input: {goto: other}, no_match: {goto: other}}}",
    "play": "{play: {prompt: audio.hello, next: other}}",
    "route": "{route: {to: group sales, ring: 10s}}",
    "wait": "{wait: {for: 20s, next: other}}",
}
GOES_ON = {
    "sms": '{sms: {to: "${caller.number}", from: person operator, text: hello, next: other}}',
    "callback": '{callback: {to: "${caller.number}", from: person operator, next: other}}',
    "callback_group": '{callback_group: {from: group sales, to: "${caller.number}", line: "74951234567", next: other}}',
    "task": '{task: {to_user: person operator, phone: "${caller.number}", type: call, start: 15m, next: other}}',
    "lookup": '{lookup: {http: {url: "https://crm.example/clients"}, outputs: {name: {type: text}}, next: other}}',
    "watch": "{watch: {held: {for: 1m, goto: other}}}",
}


def moved(step: str, location: str = ABONENT) -> Scenario:
    header = HEADER + "vars: {typed: {type: text, default: ''}}\n"
    call = Scenario(f"  first: {step}\n  other: release", header=header).comes()
    return call.leg("scheme", APPEARED, location=location, to_extension="105", taken_from_call_id="ivr")


@pytest.mark.parametrize("verb", NEEDS_THE_CALLER)
def test_step_that_needs_the_caller_is_left(verb: str) -> None:
    assert moved(NEEDS_THE_CALLER[verb]).exits()[:1] == [("first", "left")]


def test_leg_that_names_an_employee_and_no_location_is_at_the_employee() -> None:
    """PROTOCOL.md, B: `location` may be absent."""
    assert moved(NEEDS_THE_CALLER["play"], location="").exits()[:1] == [("first", "left")]


@pytest.mark.parametrize("verb", GOES_ON)
def test_step_that_acts_without_the_caller_goes_on(verb: str) -> None:
    assert ("first", "left") not in moved(GOES_ON[verb]).exits()


def test_hangup_that_waits_for_the_end_of_a_queue_follows_the_caller_to_whom_the_scheme_rings() -> None:
    """In a queue there is no hangup (PROTOCOL.md, "Commands"): it is made at the leg behind it, whoever put that up."""
    call = Scenario("  first: hangup").comes("queue", location=QUEUE)
    assert call.commands == []
    call.leg("scheme", APPEARED, location=ABONENT, to_extension="105", taken_from_call_id="queue")
    assert (call.last.command, call.last.call_id) == ("call/hangup", "scheme")
    assert call.exits() == []
