"""Prompts and digits (FLOWS.md, "How steps behave on this PBX"): clocks, tries, retries, secrets."""

from itertools import pairwise

import pytest

from router.engine.environment import TYPED, Environment
from router.protocol.events import CONNECTED
from tests.engine.scenario import START, Scenario

MENU = """
  first:
    menu:
      prompt: audio.hello
      first_digit: 5.5s
      next_digit: 2s
      keys: {1: one, 2: two, 10x: ten, star: first}
      no_input: {prompt: audio.again, max: 2, goto: silent}
      no_match: {prompt: audio.again, max: 1, goto: wrong}
  one: hangup
  two: hangup
  ten: hangup
  silent: hangup
  wrong: hangup
"""


def test_prompt_is_played_with_time_to_answer() -> None:
    call = Scenario(MENU).comes()
    assert call.last.command == "play/start"
    assert call.last.label == "audio.hello"
    assert call.last.params == {"command_id": "cmd-1", "call_id": "ivr", "internal_id": 1, "after_play_time": 8}


def test_silence_counts_from_the_prompts_end() -> None:
    call = Scenario(MENU).comes().wait(1).done().wait(10.4)
    assert len(call.commands) == 1
    call.wait(0.2)
    assert call.labels == ["audio.hello", "audio.again"]


def test_clock_starts_at_sending_when_no_result_comes() -> None:
    call = Scenario(MENU).comes().sent().wait(10.4)
    assert len(call.commands) == 1
    assert call.wait(0.2).labels[-1] == "audio.again"


def test_result_restarts_the_clock() -> None:
    call = Scenario(MENU).comes().sent().wait(2).result().wait(10.4)
    assert len(call.commands) == 1
    assert call.wait(0.2).labels[-1] == "audio.again"


def test_max_counts_re_prompts() -> None:
    call = Scenario(MENU).comes().done().wait(10.5).done().wait(7.5).done()
    assert call.at_step == "first"
    call.wait(7.5)
    assert call.exits() == [("first", "no_input")]
    assert call.at_step == "silent"


def test_unique_key_acts_at_once_and_the_rest_of_the_packet_is_dropped() -> None:
    call = Scenario(MENU).comes().done().keys("29")
    assert call.at_step == "two"
    assert call.call.digits == "2"
    assert "dropped" in call.notes


def test_ambiguous_key_waits_for_the_next() -> None:
    call = Scenario(MENU).comes().done().keys("1")
    assert call.at_step == "first"
    assert call.wait(2).at_step == "one"


def test_packets_are_appended() -> None:
    call = Scenario(MENU).comes().done().keys("1").wait(1).keys("0").wait(1.9).keys("5")
    assert call.at_step == "ten"
    assert call.call.digits == "105"


def test_whole_number_in_one_packet() -> None:
    assert Scenario(MENU).comes().done().keys("107").at_step == "ten"


def test_incomplete_buffer_is_no_match() -> None:
    call = Scenario(MENU).comes().done().keys("10").wait(2)
    assert call.labels[-1] == "audio.again"
    assert call.done().keys("10").wait(2).exits() == [("first", "no_match")]


def test_re_entering_resets_the_counters() -> None:
    call = Scenario(MENU).comes().done().keys("7").done().keys("*")
    assert call.at_step == "first"
    assert call.call.visits["first"] == 2
    call.done().keys("7")
    assert call.at_step == "first"


def test_key_before_the_prompt_was_sent_withdraws_it() -> None:
    call = Scenario(MENU).comes().keys("1").wait(2)
    assert call.withdrawn
    assert call.at_step == "one"


def test_menu_without_its_prompt_listens_at_once() -> None:
    call = Scenario(MENU).comes().sent().result(4100)
    assert "could not be played" in call.notes
    assert call.wait(5.5).labels[-1] == "audio.again"


def test_leg_that_ends_before_the_prompt_is_sent_waits_for_the_caller() -> None:
    call = Scenario(MENU).comes().ends("ivr", 1100)
    assert call.withdrawn
    call.comes("ivr2", taken_from_call_id="ivr")
    assert call.labels == ["audio.hello", "audio.hello"]
    assert call.last.call_id == "ivr2"


PLAYS = """
  first: {play: {prompt: [audio.hello, audio.again], next: second, on: {failed: oops}}}
  second: hangup
"""


def test_prompts_of_a_list_follow_each_other() -> None:
    call = Scenario(PLAYS).comes().done().wait(4.9)
    assert call.labels == ["audio.hello"]
    call.wait(0.2).done().wait(2.1)
    assert call.labels == ["audio.hello", "audio.again", "hangup"]


def test_digits_at_a_play_are_dropped() -> None:
    call = Scenario(PLAYS).comes().done().keys("1")
    assert call.at_step == "first"
    assert "digits dropped" in call.notes


def test_play_that_fails_takes_its_exit() -> None:
    assert Scenario(PLAYS).comes().sent().result(3340).call.status == "released"


def test_language_chooses_the_recording() -> None:
    header = """
flow: main
for: any
on_error: oops
vars: {lang: {type: text, default: en}}
language: vars.lang
"""
    call = Scenario("  first: {play: {prompt: audio.bilingual, next: oops}}", header=header).comes()
    assert call.last.params["internal_id"] == 4
    assert call.done().call.timers["prompt"] == START + 6


COLLECT = """
  first:
    collect:
      into: pin
      length: {min: 2, max: 4}
      terminator: pound
      first_digit: 5s
      next_digit: 3s
      next: got
      no_input: {max: 0, goto: none}
      no_match: {max: 0, goto: bad}
  got: hangup
  none: hangup
  bad: hangup
"""
COLLECT_HEADER = """
flow: main
for: any
on_error: oops
vars: {pin: {type: text, default: ""}}
"""


def collecting(steps: str = COLLECT) -> Scenario:
    return Scenario(steps, header=COLLECT_HEADER).comes()


@pytest.mark.parametrize(
    ("packets", "wait", "step", "value"),
    [
        (["1234"], 0, "got", "1234"),
        (["12#"], 0, "got", "12"),
        (["12"], 3, "got", "12"),
        (["1", "2", "3", "4"], 0, "got", "1234"),
        (["1"], 3, "bad", ""),
        (["1#"], 0, "bad", ""),
        ([], 5, "none", ""),
    ],
)
def test_collect(packets: list[str], wait: float, step: str, value: str) -> None:
    call = collecting()
    for packet in packets:
        call.keys(packet)
    call.wait(wait)
    assert call.at_step == step
    assert call.call.variables["pin"] == value


def test_collect_by_pattern() -> None:
    call = collecting(COLLECT.replace("length: {min: 2, max: 4}", "pattern: 2xx"))
    assert call.keys("25").at_step == "first"
    assert call.keys("9").at_step == "got"
    assert collecting(COLLECT.replace("length: {min: 2, max: 4}", "pattern: 2xx")).keys("3").at_step == "bad"


def splits(keys: str) -> list[list[str]]:
    """Every way in which the PBX's scheme may cut the keys into packets."""
    cuts = [[at for at in range(1, len(keys)) if mask >> (at - 1) & 1] for mask in range(2 ** (len(keys) - 1))]
    return [[keys[a:b] for a, b in pairwise([0, *cut, len(keys)])] for cut in cuts]


RANGE, PATTERN = "length: {min: 3, max: 5}", "pattern: 2xxx"
NO_TERMINATOR = COLLECT.replace("      terminator: pound\n", "")


@pytest.mark.parametrize(
    ("length", "keys", "step", "value"),
    [
        (RANGE, "1234#", "got", "1234"),
        (RANGE, "123*", "got", "123"),
        (RANGE, "123##", "got", "123"),
        (RANGE, "12345#", "got", "12345"),  # ended by its length already
        (RANGE, "12#", "bad", ""),
        (RANGE, "12*3", "bad", ""),
        (RANGE, "#", "bad", ""),
        (RANGE, "*123", "bad", ""),
        ("length: 4", "1234#", "got", "1234"),
        ("length: 4", "123#", "bad", ""),
        ("length: 1", "#", "bad", ""),
        (PATTERN, "2123#", "got", "2123"),
        (PATTERN, "212#", "bad", ""),
        (PATTERN, "2#", "bad", ""),
        ('pattern: "*xx"', "*12", "got", "*12"),
        ('pattern: "*xx"', "*1#", "bad", ""),
        ('pattern: "*xx"', "1*2", "bad", ""),
        ("pattern: x#xx", "1#23", "got", "1#23"),
        ("pattern: x#xx", "1*23", "bad", ""),
        (f"{RANGE}\n      terminator: star", "123*", "got", "123"),
        (f"{RANGE}\n      terminator: star", "123#", "bad", ""),  # only the terminator ends it
        (f"{RANGE}\n      terminator: pound", "1*34#", "bad", ""),
        ("pattern: x#xx\n      terminator: pound", "1#23", "bad", ""),  # the terminator ends it even there
    ],
)
def test_signs_end_a_number_or_match_nothing(length: str, keys: str, step: str, value: str) -> None:
    for packets in splits(keys):
        call = collecting(NO_TERMINATOR.replace("length: {min: 2, max: 4}", length))
        for packet in packets:
            call.keys(packet)
        assert (call.at_step, call.call.variables["pin"]) == (step, value), packets
        assert call.clock == 0, "nothing was waited for"


class Reversing:
    """A sealer whose seals can be recognised."""

    def seal(self, text: str, *_bound_to: str) -> str:
        return f"sealed:{text[::-1]}" if text else ""

    def open(self, sealed: str, *_bound_to: str) -> str:
        return sealed.removeprefix("sealed:")[::-1]


SECRET = COLLECT.replace("terminator: pound", "terminator: pound\n      secret: true").replace(
    "  got: hangup", '  got: {switch: [{when: vars.pin == "4711", goto: right}, {else: bad}]}\n  right: hangup'
)


def test_secret_is_sealed_everywhere_and_still_usable() -> None:
    call = Scenario(SECRET, header=COLLECT_HEADER)
    call.environment = Environment(sealer=Reversing())
    call.comes().keys("47")
    assert b"47" not in call.state.replace(START_BYTES, b"")
    assert call.call.activity is not None
    assert call.call.activity.buffer == "sealed:74"
    call.keys("11")
    assert call.at_step == "right"
    assert call.call.variables["pin"] == "sealed:1174"
    assert call.call.digits == ""
    assert "4711" not in str(
        [entry.data for entry in call.trace if entry.kind != "left" or "clauses" not in entry.data]
    )
    clauses = next(e.data["clauses"] for e in call.trace if e.kind == "left" and "clauses" in e.data)
    assert clauses[0]["clauses"][0]["names"] == {"vars.pin": "***"}


START_BYTES = b"74950000000"


def test_secret_that_comes_early_is_held_sealed() -> None:
    call = Scenario(SECRET, header=COLLECT_HEADER)
    call.environment = Environment(sealer=Reversing())
    call.comes().keys("11", seq=2)
    assert b"sealed:11" in call.state
    call.keys("47", seq=1)
    assert call.at_step == "right"


def test_clock_of_the_next_key_ends_with_the_keys_that_it_belongs_to() -> None:
    call = Scenario(MENU).comes().done().keys("1").wait(1).keys("5")
    assert call.labels == ["audio.hello", "audio.again"]
    assert call.wait(3).at_step == "first"


PATIENT = MENU.replace("first_digit: 5.5s", "first_digit: 1s").replace("next_digit: 2s", "next_digit: 10s")


@pytest.mark.parametrize("result_first", [True, False])
def test_first_key_ends_the_prompt_and_those_behind_it(*, result_first: bool) -> None:
    call = Scenario(PATIENT.replace("prompt: audio.hello", "prompt: [audio.hello, audio.again]")).comes().sent()
    call = call.result().keys("1") if result_first else call.keys("1").result()
    assert (call.wait(9.5).labels, call.exits()) == (["audio.hello"], [])
    assert call.keys("02").exits() == [("first", "10x")]


def test_first_key_ends_the_wait_for_it() -> None:
    call = Scenario(PATIENT).comes().done().wait(5.5).keys("1").wait(9.5)
    assert (call.labels, call.exits()) == (["audio.hello"], [])


AHEAD = """
  first: {menu: {prompt: audio.hello, keys: {1: ask, 2xx: judge}, no_input: {goto: oops}, no_match: {max: 1, goto: oops}}}
  ask: {collect: {prompt: audio.hello, into: pin, length: 4, secret: true, next: judge, no_input: {goto: oops}, no_match: {goto: oops}}}
  judge: {lookup: {http: {method: GET, url: "https://crm.example/x"}, timeout: 5s, outputs: {ok: {type: bool}}, next: oops, on: {else: oops}}}
"""


def typed(call: Scenario) -> list[tuple[str, int]]:
    """What the trace says of each packet: its digits, and how many of them are hidden."""
    return [(e.data["digits"], e.data.get("hidden", 0)) for e in call.trace if e.kind == "digits"]


def test_what_no_open_step_took_is_stars_where_a_secret_is_collected() -> None:
    call = Scenario(AHEAD, header=COLLECT_HEADER).comes()
    call.keys("14321")  # the menu took its key, and the rest was typed ahead
    call.keys("8765")  # into the secret
    call.keys("4321")  # while the lookup judges
    assert typed(call) == [("1****", 4), ("****", 4), ("****", 4)]
    assert call.at_step == "judge"


def test_what_an_open_step_took_is_told() -> None:
    call = Scenario(AHEAD, header=COLLECT_HEADER).comes().keys("2").keys("07")
    assert typed(call) == [("2", 0), ("07", 0)]


def test_without_a_secret_in_the_bundle_digits_are_told() -> None:
    call = Scenario(AHEAD.replace("secret: true, ", ""), header=COLLECT_HEADER).comes().keys("14321").keys("9999")
    assert typed(call) == [("14321", 0), ("9999", 0)]


class Bound(Reversing):
    """A sealer that shows what its seals are bound to, and opens no others."""

    def seal(self, text: str, *bound_to: str) -> str:
        return f"{super().seal(text)}|{'|'.join(bound_to)}" if text else ""

    def open(self, sealed: str, *bound_to: str) -> str:
        seal, _, bound = sealed.partition("|")
        return super().open(seal) if bound == "|".join(bound_to) else ""


def test_a_secret_is_bound_to_its_call_and_its_variable() -> None:
    call = Scenario(SECRET, header=COLLECT_HEADER)
    call.environment = Environment(sealer=Bound())
    call.comes().keys("4711#")
    assert call.call.variables["pin"] == f"sealed:1174|{call.call.entry_id}|pin"
    assert call.at_step != "bad"


def test_a_secret_that_comes_early_is_bound_to_its_call() -> None:
    call = Scenario(SECRET, header=COLLECT_HEADER)
    call.environment = Environment(sealer=Bound())
    call.comes().keys("11", seq=2)
    assert f"sealed:11|E|{TYPED}".encode() in call.state
    assert call.keys("47", seq=1).at_step == "right"


def test_play_that_is_refused_is_left_by_failed_with_the_code() -> None:
    steps = "  first: {play: {prompt: audio.hello, next: oops, on: {CODE: second}}}\n  second: release"
    call = Scenario(steps.replace("CODE", "failed")).comes().sent().result(3320)
    assert call.exits()[:1] == [("first", "failed")]
    assert (call.at_step, call.call.result.code, call.call.result.kind) == ("second", 3320, "failed")
    assert Scenario(steps.replace("CODE", "33xx")).comes().sent().result(3320).at_step == "second"


def test_play_under_way_is_not_played_again_when_its_leg_changes() -> None:
    call = Scenario("  first: {play: {prompt: audio.hello, next: oops}}").comes().done()
    call.leg("ivr", CONNECTED)
    assert call.labels == ["audio.hello"]
    call.wait(5)
    assert call.exits()[:1] == [("first", "next")]


def test_play_that_waits_for_its_caller_begins_with_him() -> None:
    steps = "  first: {wait: {for: 1s, next: second}}\n  second: {play: {prompt: audio.hello, next: oops}}"
    call = Scenario(steps).comes().ends("ivr", 1100).wait(1)
    assert (call.at_step, call.labels) == ("second", [])
    call.comes("ivr2", taken_from_call_id="ivr")
    assert (call.labels, call.last.call_id) == (["audio.hello"], "ivr2")
