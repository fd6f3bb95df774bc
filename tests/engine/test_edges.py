"""What rarely happens, and must still end well."""

from typing import Any

import pytest

from router.engine.state import CommandAnswered, CommandConcluded
from router.engine.step import step
from router.engine.verbs import VERBS
from router.protocol.events import CommandResulted
from tests.engine.scenario import HEADER, START, Scenario

PLAY = "  first: {play: {prompt: audio.hello, next: first}}"
WAITS = "  first: {wait: {for: 60s, next: oops}}"


def test_budget_that_is_used_up_in_on_error_too_releases() -> None:
    header = HEADER.replace("on_error: oops", "on_error: again") + "budget: {steps: 3}\n"
    call = Scenario(PLAY + "\n  again: {play: {prompt: audio.again, next: again}}", header=header).comes()
    for _ in range(40):
        if call.call.status != "running":
            break
        call.done().wait(5.1)
    assert call.call.status == "released"
    assert "used up in on_error too" in call.notes


def test_talking_time_moves_the_budget() -> None:
    header = HEADER + "budget: {duration: 2m}\n"
    steps = """
  first: {route: {to: extension 101, on: {answered: watch, else: oops}}}
  watch: {watch: {held: {for: 9m, goto: oops}}}"""
    call = Scenario(steps, header=header).comes().done().rings("leg").ends("ivr", 1100).connects("leg").wait(60)
    call.ends("leg", 1120)
    assert call.call.timers["budget"] == START + 120 + 60


def test_conversation_that_is_known_only_by_the_summary() -> None:
    call = Scenario(WAITS).comes().ends("ivr", 1100).summary(talk_time=1_795_437_010)
    assert call.call.outcome == "answered"


def test_commands_that_nobody_waits_for_are_nothing() -> None:
    call = Scenario(WAITS).comes()
    before = call.call.step
    call.apply(CommandAnswered(entry_id="E", command_id="other", sent_at=START))
    call.apply(CommandConcluded(entry_id="E", command_id="other", state="expired"))
    call.apply(CommandResulted(command="route", command_id="other", result=4100))
    assert call.call.step == before
    assert call.call.status == "running"


def test_result_after_the_end_is_an_orphan() -> None:
    call = Scenario(WAITS).comes().ends("ivr", 1110).summary()
    call.apply(CommandResulted(command="route", command_id="cmd-1", result=1000))
    assert call.trace[-1].data["lateness"] == "orphan"


def test_call_whose_version_is_not_at_hand_is_let_go() -> None:
    call = Scenario(PLAY).comes()
    done = step(
        call.call, CommandResulted(command="play/start", command_id="cmd-1", result=4100), None, START, call.environment
    )
    assert done.call.status == "released"
    assert any("not at hand" in str(entry.data) for entry in done.trace)


def test_fault_within_on_error_lets_the_call_go(monkeypatch: pytest.MonkeyPatch) -> None:
    header = HEADER.replace("on_error: oops", "on_error: first")
    call = Scenario(PLAY, header=header).comes().done()

    def broken(*_: Any) -> None:
        raise KeyError("a bug")

    rules = VERBS["play"]
    monkeypatch.setitem(VERBS, "play", type(rules)(enter=rules.enter, timer=broken))  # type: ignore[arg-type]
    monkeypatch.setattr("router.engine.transitions._enter", broken)
    call.may_fail = True
    call.wait(5.1)
    assert call.call.status == "released"
    assert "engine fault in on_error" in call.notes


def test_menu_that_has_no_prompt_waits_for_its_caller() -> None:
    steps = """
  first: {route: {to: extension 101, on: {busy: ask, else: oops}}}
  ask: {menu: {first_digit: 5s, keys: {1: yes}, no_input: {max: 0, goto: no}}}
  yes: hangup
  no: hangup"""
    call = Scenario(steps).comes().done().rings("leg").ends("ivr", 1100).ends("leg", 1121).wait(10)
    assert call.at_step == "ask"
    call.comes("back", taken_from_call_id="leg").wait(5.1)
    assert call.at_step == "no"


def test_phone_variable_keeps_its_digits() -> None:
    header = HEADER + "vars: {who: {type: phone}}\n"
    steps = "  first: {set: {vars: {who: '+7 (900) ${caller.number}'}, next: oops}}"
    assert Scenario(steps, header=header).comes().call.variables == {"who": "790079000000001"}


def test_sms_with_a_sender_name() -> None:
    steps = "  first: {sms: {to: '${caller.number}', from: '100', text: x, sender: SHOP, next: oops}}"
    assert Scenario(steps).comes().last.params["sms_sender"] == "SHOP"


def test_route_after_an_earlier_leg_was_answered_is_answered() -> None:
    steps = """
  first: {route: {to: extension 101, ring: 5s, on: {no_answer: second, answered: talk, else: oops}}}
  second: {route: {to: extension 102, on: {answered: talk, else: oops}}}
  talk: {watch: {ended: oops}}"""
    call = Scenario(steps).comes().done().rings("a", "101").ends("ivr", 1100).wait(5.1).ends("a", 1111)
    assert call.at_step == "second"
    call.connects("b", "103", command_id="cmd-1")
    assert call.at_step == "talk"


def test_late_refusal_of_a_route_that_already_rings_is_nothing() -> None:
    steps = "  first: {route: {to: extension 101, on: {else: oops}}}"
    call = (
        Scenario(steps).comes().sent().rings("a", "101", command_id="", taken_from_call_id="ivr").concluded("unknown")
    )
    assert call.call.status == "running"


def test_hangup_that_fails_because_somebody_answered_keeps_the_conversation() -> None:
    steps = "  first: {route: {to: extension 101, ring: 5s, on: {else: bye}}}\n  bye: hangup"
    call = Scenario(steps).comes().done().rings("a").ends("ivr", 1100).wait(5.1).sent().connects("a").result(4100)
    assert call.call.status == "resting"


def test_transfer_waits_for_a_conversation_and_for_its_leg() -> None:
    steps = "  first: {transfer: {to: extension 102, method: blind, on: {failed: bye, else: oops}}}\n  bye: hangup"
    call = Scenario(steps).comes()
    assert call.labels == []
    call.connects("talk", "101", taken_from_call_id="ivr")
    assert call.labels == ["extension 102"]
    assert call.done().wait(45.1).at_step == "bye"


PATIENT = HEADER + "budget: {duration: 72h}\n"
HOURS = """
  first: {wait: {until: hours.office, next: bye}}
  bye: hangup"""


def test_wait_until_hours_that_are_closed_now() -> None:
    call = Scenario(HOURS, header=PATIENT, stale_seconds=1e6)
    call.clock = 6 * 3600.0  # 18:30
    call.comes()
    assert call.at_step == "first"
    assert call.call.timers["wait"] == START + 20.5 * 3600  # 09:00 on the next day
    call.wait(14.5 * 3600 - 1)
    assert call.at_step == "first"
    call.wait(2)
    assert (call.at_step, call.last.command) == ("bye", "call/hangup")


def test_hours_that_never_open() -> None:
    steps = """
  first:
    switch:
      - {when: 'hours.never.opens_in > 30000000 and hours.never.opens_date == "" and hours.never.opens_time == ""', goto: on}
      - {else: oops}
  on: {wait: {until: hours.never, next: oops}}"""
    never = "hours: {never: {timezone: UTC, open: {mon: closed}}}\n"
    call = Scenario(steps, header=PATIENT, resources=never, stale_seconds=1e6).comes()
    assert call.at_step == "on"
    assert call.call.timers["wait"] == START + 86_400
    call.wait(86_400)
    assert (call.at_step, call.call.timers["wait"]) == ("on", START + 2 * 86_400)  # and is asked again on each day


POLLS = "  first: {wait: {for: 5m, next: second}}\n  second: {wait: {for: 5m, next: first}}"


def test_end_that_was_lost_is_found_though_the_flow_goes_on() -> None:
    """Only what the PBX says is news: our own timers would keep the call alive for ever."""
    call = Scenario(POLLS, header=HEADER + "budget: {duration: 24h, steps: 1000}\n", stale_seconds=3600.0).comes()
    call.wait(3599)
    assert call.call.status == "running"
    call.wait(2)
    assert (call.call.status, call.call.outcome) == ("ended", "missed")
    assert "no news for 3600 s" in call.notes
    assert call.call.timers == {}


def test_news_puts_the_watchdog_off() -> None:
    call = Scenario(POLLS, header=HEADER + "budget: {duration: 24h, steps: 1000}\n", stale_seconds=3600.0).comes()
    call.wait(3000).leg("ivr", "Connected", seq=2).wait(3000)
    assert call.call.status == "running"
    call.wait(700)
    assert call.call.status == "ended"
