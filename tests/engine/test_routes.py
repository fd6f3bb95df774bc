"""Routes: destinations, attempts, outcomes, `ring` and its races, and a caller whom the PBX moves by itself."""

import pytest

from router.engine.environment import Environment
from router.engine.state import Result
from tests.engine.scenario import START, Scenario

ROUTE = """
  first:
    route: {to: group sales, ring: 20s, on: {answered: talking, busy: b, no_answer: n, rejected: r, unavailable: u, failed: f}}
  talking: {watch: {ended: done}}
  done: release
  b: hangup
  n: hangup
  r: hangup
  u: hangup
  f: hangup
"""
LIST = """
  first:
    route: {to: [extension 101, extension 102, group sales], ring: 20s, on: {busy: busy, else: bye}}
  busy: hangup
  bye: hangup
"""


def dialled(steps: str = ROUTE, **environment: object) -> Scenario:
    """The route was sent and the caller's leg in the menu has ended."""
    call = Scenario(steps)
    call.environment = Environment(**environment)  # type: ignore[arg-type]
    return call.comes().sent()


def test_route_dials_the_groups_extension() -> None:
    call = Scenario(ROUTE).comes()
    assert call.last.params == {"command_id": "cmd-1", "call_id": "ivr", "to_number": "303"}
    assert call.last.label == "group sales"
    assert call.last.deadline == START + 30


@pytest.mark.parametrize(
    ("reason", "step"),
    [
        (1121, "b"), (1111, "n"), (1163, "n"), (1122, "r"), (1123, "u"), (1124, "u"), (1131, "u"), (1164, "u"),
        (1192, "u"), (4200, "u"), (4205, "u"), (1171, "f"), (5003, "f"), (2240, "f"), (1120, "f"),
    ],
)  # fmt: skip
def test_outcome_by_disconnect_reason(reason: int, step: str) -> None:
    call = dialled().result().rings("leg").ends("ivr", 1100).ends("leg", reason)
    assert call.at_step == step


def test_leg_confirms_the_command_before_its_result() -> None:
    call = dialled().rings("leg")
    assert call.confirmed == ["cmd-1"]
    assert call.result(4100).at_step == "first"  # the first conclusive outcome counts


def test_leg_that_names_the_route_says_that_it_was_carried_out() -> None:
    call = Scenario(ROUTE).comes().sent().rings("leg")
    assert call.call.result == Result(code=1000, kind="ok")
    assert call.call.pending is None


def test_answer_rests_in_the_written_step() -> None:
    call = dialled().result().rings("leg").ends("ivr", 1100).connects("leg")
    assert call.at_step == "talking"
    assert call.call.answered
    assert call.call.leg == "leg"


def test_unwritten_answered_rests_until_the_end() -> None:
    call = dialled(LIST).result().rings("leg").ends("ivr", 1100).connects("leg")
    assert call.call.status == "resting"
    assert call.ends("leg", 1120).summary().call.outcome == "answered"


def test_caller_who_hangs_up_while_it_rings_ends_the_call() -> None:
    call = dialled().result().rings("leg").ends("ivr", 1100).ends("leg", 1110)
    assert call.at_step == "first"
    assert call.summary().call.outcome == "missed"


def test_legs_without_a_command_belong_to_the_attempt_if_taken_from_its_leg() -> None:
    call = dialled().result().rings("leg", command_id="", taken_from_call_id="ivr").connects("leg")
    assert call.at_step == "talking"


def test_leg_that_names_nothing_belongs_if_it_goes_where_we_dialled() -> None:
    call = dialled(LIST).result().rings("leg", "101", command_id="", taken_from_call_id="")
    assert call.call.activity is not None
    assert call.call.activity.legs == ("leg",)


def test_group_with_a_queue_and_two_operators() -> None:
    call = dialled().result().queues("queue", taken_from_call_id="ivr").ends("ivr", 1100)
    call.rings("one", "101", command_id="", taken_from_call_id="queue").rings("two", "102", taken_from_call_id="queue")
    call.ends("queue", 1100).ends("one", 1111)
    assert call.at_step == "first"
    call.connects("two", "102")
    assert call.at_step == "talking"


def test_replaced_leg_is_no_outcome_but_a_missing_replacement_is() -> None:
    call = dialled().result().queues("queue").ends("ivr", 1100).ends("queue", 1100)
    assert call.at_step == "first"
    assert call.wait(5).at_step == "f"
    call = dialled().result().queues("queue").ends("queue", 1183).wait(2).rings("one", taken_from_call_id="queue")
    assert call.wait(10).at_step == "first"


@pytest.mark.parametrize(("wait", "step"), [(9.9, "first"), (10.1, "f")])
def test_no_result_and_no_leg(wait: float, step: str) -> None:
    assert dialled().wait(wait).at_step == step


@pytest.mark.parametrize(("wait", "step"), [(44.9, "first"), (45.1, "f")])
def test_no_leg_after_the_result(wait: float, step: str) -> None:
    assert dialled().result().ends("ivr", 1100).wait(wait).at_step == step


def test_refused_command_fails() -> None:
    call = dialled(ROUTE.replace("f: hangup", "f: {wait: {for: 1h, next: b}}")).result(3200)
    assert call.at_step == "f"
    assert call.call.result.code == 3200


@pytest.mark.parametrize(
    ("exits", "step"),
    [
        ("{'4101': c, 41xx: k, failed: f, else: e}", "c"),
        ("{41xx: k, failed: f, else: e}", "k"),
        ("{failed: f, else: e}", "f"),
        ("{else: e}", "e"),
    ],
)
def test_precedence_of_exits(exits: str, step: str) -> None:
    hangups = "\n".join(f"  {name}: hangup" for name in "ckfe")
    steps = f"  first: {{route: {{to: extension 101, on: {exits}}}}}\n{hangups}"
    assert dialled(steps).result(4101).wait(1.1).at_step == step


def test_unwritten_exit_goes_to_on_error_once() -> None:
    header = 'flow: main\nfor: {lines: ["74950000000"]}\non_error: retry\n'
    steps = "  first: {route: {to: extension 101}}\n  retry: {route: {to: extension 102}}"
    call = Scenario(steps, header=header).comes().sent().result(4100).wait(1.1)
    assert call.at_step == "retry"
    call.sent().result(4100).wait(1.1)
    assert call.call.status == "released"


# lists


def test_destinations_are_tried_in_turn_and_the_last_decides() -> None:
    call = dialled(LIST).result().rings("a", "101").ends("ivr", 1100).ends("a", 1111)
    assert call.labels == ["extension 101"]
    call.comes("again", taken_from_call_id="a")
    assert call.labels == ["extension 101", "extension 102"]
    call.done().rings("b", "102").ends("again", 1100).ends("b", 1124).comes("third", taken_from_call_id="b")
    call.done().rings("c", "120").ends("third", 1100).ends("c", 1121)
    assert call.exits() == [("first", "busy")]


def test_offline_destinations_are_skipped_when_asked_for() -> None:
    steps = LIST.replace("ring: 20s", "ring: 20s, online_only: true")
    assert dialled(steps, presence={"101": "offline", "102": "online"}).labels == ["extension 102"]
    assert dialled(steps, presence={"101": "dnd", "102": "break"}).labels == ["group sales"]
    assert dialled(steps).labels == ["extension 101"]


def test_empty_destination_is_skipped() -> None:
    header = 'flow: main\nfor: any\non_error: oops\nvars: {who: {type: text, default: ""}}\n'
    steps = "  first: {route: {to: ['extension ${vars.who}', person operator], on: {else: bye}}}\n  bye: hangup"
    call = Scenario(steps, header=header).comes()
    assert call.labels == ["person operator"]
    assert call.last.params["to_number"] == "100"


def test_no_destination_at_all_is_unavailable() -> None:
    header = 'flow: main\nfor: any\non_error: oops\nvars: {who: {type: text, default: ""}}\n'
    steps = "  first: {route: {to: 'extension ${vars.who}', on: {unavailable: bye, else: oops}}}\n  bye: hangup"
    assert Scenario(steps, header=header).comes().at_step == "bye"


def test_display_name_keeps_only_what_appendix_1_allows() -> None:
    steps = "  first: {route: {to: number 74951112233, display_name: 'A+B; VIP', priority: high, on: {else: oops}}}"
    command = Scenario(steps).comes().last
    assert command.params["sip_headers"] == {"From/display-name": "AB VIP"}
    assert command.high_priority


@pytest.mark.parametrize(
    "name", ["${call.dct_number}", "${call.dct_number} ${call.dct_number}", "${call.dct_number};;"]
)
def test_an_empty_display_name_is_left_out(name: str) -> None:
    """The PBX would refuse the route, and no caller would get through."""
    steps = f"  first: {{route: {{to: number 74951112233, display_name: '{name}', on: {{else: oops}}}}}}"
    assert "sip_headers" not in Scenario(steps).comes().last.params


def test_sip_destination_gets_its_scheme() -> None:
    steps = "  first: {route: {to: sip user@example.org, on: {else: oops}}}"
    assert Scenario(steps).comes().last.params["to_number"] == "sip:user@example.org"


# ring


def test_ring_ends_the_attempt_and_the_next_route_intercepts() -> None:
    call = dialled(LIST).result().rings("a", "101").ends("ivr", 1100).wait(19.9)
    assert call.labels == ["extension 101"]
    call.wait(0.2)
    assert call.labels == ["extension 101", "extension 102"]
    assert call.last.call_id == "a"


RINGS = LIST.replace("ring: 20s", "ring: [20s, 5s, 0s]")


def test_each_destination_rings_for_its_own_time() -> None:
    call = dialled(RINGS).result().rings("a", "101").ends("ivr", 1100).wait(19.9)
    assert call.labels == ["extension 101"]
    call.wait(0.2).done().rings("b", "102", taken_from_call_id="a").ends("a", 1182).wait(4.9)
    assert call.labels == ["extension 101", "extension 102"]
    call.wait(0.2).done().rings("c", "303", taken_from_call_id="b").ends("b", 1182).wait(600)
    assert call.labels == ["extension 101", "extension 102", "group sales"]  # 0s: as long as the PBX lets it ring
    assert "ring" not in call.call.timers
    assert call.ends("c", 1111).at_step == "bye"


def test_a_skipped_destination_takes_its_ring_time_with_it() -> None:
    steps = RINGS.replace("extension 101", '"extension ${digits}"')
    call = dialled(steps).result().rings("b", "102").ends("ivr", 1100).wait(4.9)
    assert call.labels == ["extension 102"]
    assert call.wait(0.2).labels == ["extension 102", "group sales"]


def test_connected_before_the_intercept_was_sent_withdraws_it() -> None:
    call = dialled(LIST).result().rings("a", "101").ends("ivr", 1100).wait(20.1).connects("a", "101")
    assert call.call.status == "resting"
    assert call.withdrawn


def test_connected_wins_the_race_against_a_sent_intercept() -> None:
    call = dialled(LIST).result().rings("a", "101").wait(20.1).sent().connects("a", "101").result(4100)
    assert call.call.status == "resting"
    assert call.call.answered


def test_failure_of_the_intercept_waits_for_the_connected_behind_it() -> None:
    call = dialled(LIST).result().rings("a", "101").wait(20.1).sent().result(4100)
    assert call.labels[-1] == "extension 102"
    call.wait(0.5).connects("a", "101")
    assert call.call.status == "resting"
    late = dialled(LIST).result().rings("a", "101").wait(20.1).sent().result(4100).wait(1.1)
    assert late.labels[-1] == "group sales"


def test_intercepted_leg_says_nothing_about_the_new_attempt() -> None:
    call = dialled(LIST).result().rings("a", "101").ends("ivr", 1100).wait(20.1).done()
    call.rings("b", "102", taken_from_call_id="a").ends("a", 1182)
    assert call.at_step == "first"
    assert call.connects("b", "102").call.status == "resting"


def test_ring_that_leads_to_hangup_ends_the_ringing_leg() -> None:
    call = dialled().result().rings("leg").ends("ivr", 1100).wait(20.1)
    assert call.at_step == "n"
    assert call.last.command == "call/hangup"
    assert call.last.call_id == "leg"


def test_connected_before_the_hangup_was_sent_keeps_the_conversation() -> None:
    call = dialled().result().rings("leg").ends("ivr", 1100).wait(20.1).connects("leg")
    assert call.call.status == "resting"
    assert call.withdrawn


# the caller


def test_step_that_needs_the_caller_waits_for_the_scheme() -> None:
    steps = "  first: {route: {to: extension 101, on: {busy: ask, else: oops}}}\n  ask: {play: {prompt: audio.hello, next: oops}}"
    call = dialled(steps).result().rings("leg").ends("ivr", 1100).wait(40).ends("leg", 1121)
    assert call.at_step == "ask"
    assert call.labels == ["extension 101"]
    call.wait(1).comes("back", taken_from_call_id="leg")
    assert call.last.label == "audio.hello"
    assert call.last.call_id == "back"
    assert call.last.deadline == START + 71


def test_caller_who_does_not_come_back_ends_the_journey() -> None:
    steps = "  first: {route: {to: extension 101, on: {busy: ask, else: oops}}}\n  ask: {play: {prompt: audio.hello, next: oops}}"
    call = dialled(steps).result().rings("leg").ends("ivr", 1100).ends("leg", 1121).wait(59.9)
    assert call.call.status == "running"
    assert call.wait(0.2).call.status == "ended"
    assert call.call.outcome == "missed"


def test_leg_of_the_scheme_takes_the_caller_away() -> None:
    call = Scenario(ROUTE).comes().rings("other", "105", command_id="", taken_from_call_id="ivr")
    assert call.call.status == "released"
    assert call.withdrawn
    assert call.exits() == [("first", "left")]


def test_left_can_be_written() -> None:
    steps = ROUTE.replace("busy: b,", "busy: b, left: talking,")
    assert Scenario(steps).comes().rings("other", "105", command_id="", taken_from_call_id="ivr").at_step == "talking"


def test_scheme_that_moves_the_caller_after_a_busy_return_is_left_too() -> None:
    call = dialled().result().rings("leg").ends("ivr", 1100).ends("leg", 1121).comes("back", taken_from_call_id="leg")
    assert call.at_step == "b"
    steps = ROUTE.replace("  b: hangup", "  b: {play: {prompt: audio.hello, next: r}}")
    call = dialled(steps).result().rings("leg").ends("ivr", 1100).ends("leg", 1121)
    call.comes("back", taken_from_call_id="leg").rings("scheme", "105", command_id="", taken_from_call_id="back")
    assert call.call.status == "released"


def test_expired_command_fails() -> None:
    call = Scenario(ROUTE).comes().concluded("expired")
    assert call.at_step == "f"


def test_wait_of_the_limit_can_be_asked() -> None:
    steps = (
        "  first: {switch: [{when: limits.route.wait > 15, goto: busy}, {else: free}]}\n  busy: hangup\n  free: hangup"
    )
    assert Scenario(steps, waits={"route": 16.0}).comes().at_step == "busy"
    assert Scenario(steps).comes().at_step == "free"


# buying time

HOLD = """
flow: main
for: {lines: ["74950000000"]}
window: 10s
hold: audio.wait
on_error: oops
"""


def test_who_goes_out_in_time_hears_no_prompt() -> None:
    call = Scenario(ROUTE, header=HOLD, waits={"route": 7.0}).comes().wait(5)
    assert call.labels == ["group sales"]
    call.waits["route"] = 1.0
    call.wait(1.1).sent().wait(9)
    assert call.labels == ["group sales"]


def test_who_would_be_late_hears_it_as_late_as_it_can_be_played() -> None:
    call = Scenario(ROUTE, header=HOLD, waits={"route": 9.0}).comes().wait(5.9)
    assert call.labels == ["group sales"]
    assert call.commands[0].buyable
    call.wait(0.2)
    assert call.labels == ["group sales", "audio.wait"]
    assert call.last.deadline == START + 10
    assert (
        "the route would wait 9.0 s for its limit and the PBX keeps the caller 4.0 s: audio.wait buys 25 s"
        in call.notes
    )
    assert call.withdrawn == []


def test_who_is_far_back_hears_it_earlier() -> None:
    """5 s behind the other one is half a second in which five more can be played to."""
    call = Scenario(ROUTE, header=HOLD, waits={"route": 15.0}).comes().wait(5.4)
    assert call.labels == ["group sales"]
    assert call.wait(0.2).labels == ["group sales", "audio.wait"]


def test_the_prompt_is_played_again_and_again_but_never_over_itself() -> None:
    call = Scenario(ROUTE, header=HOLD, waits={"route": 300.0}).comes()
    assert call.labels == ["group sales", "audio.wait"], "the furthest back is played to at once"
    call.done()
    first = call.clock
    assert call.last.params["after_play_time"] == 14, "in a crowd the silence behind the prompt is longer"
    assert call.postponed == {"cmd-1": first + 20 + 14}
    call.wait(29.9)
    assert call.labels.count("audio.wait") == 1
    assert call.wait(0.2).labels.count("audio.wait") == 2


def test_a_route_that_does_not_go_out_although_it_could_is_covered_too() -> None:
    call = Scenario(ROUTE, header=HOLD).comes().wait(8.9)
    assert call.labels == ["group sales"]
    assert call.wait(0.2).labels == ["group sales", "audio.wait"]


def test_a_route_that_goes_at_once_needs_no_prompt_however_little_time_is_left() -> None:
    header = HOLD.replace("window: 10s", "window: 500ms")
    call = Scenario(ROUTE, header=header).comes().wait(0.4).sent().wait(9)
    assert call.labels == ["group sales"]


def test_the_hold_prompt_of_a_step_comes_before_that_of_the_flow() -> None:
    steps = ROUTE.replace("to: group sales", "hold: audio.hello, to: group sales")
    assert steps != ROUTE
    for header in (HOLD, HOLD.replace("hold: audio.wait\n", "")):
        call = Scenario(steps, header=header, waits={"route": 9.0}).comes().wait(6.1)
        assert call.labels == ["group sales", "audio.hello"]


def test_without_a_prompt_no_time_can_be_bought() -> None:
    call = Scenario(ROUTE, waits={"route": 90.0}).comes().wait(29)
    assert call.labels == ["group sales"]
    assert not call.commands[0].buyable


def test_a_prompt_that_the_route_overtakes_is_withdrawn() -> None:
    call = Scenario(ROUTE, header=HOLD, waits={"route": 9.0}).comes().wait(6.1)
    assert call.sent("cmd-1").withdrawn == ["the route went out before it"]


def test_route_that_goes_out_ends_the_holding() -> None:
    call = Scenario(ROUTE, header=HOLD).comes().wait(1).sent().wait(8.9)
    assert call.labels == ["group sales"]


def test_nobody_is_held_beyond_the_budget() -> None:
    """The first prompt buys more than the 30 s that the flow may take: the route is out of extensions from then on."""
    header = HOLD + "budget: {duration: 30s}\n"
    call = Scenario(ROUTE, header=header, waits={"route": 90.0}).comes().wait(6).done()
    assert set(call.unbuyable) == {"cmd-1"}
    assert call.wait(20).labels.count("audio.wait") == 1


def test_hold_prompt_that_cannot_be_played_is_noted_and_no_more_is_counted_on() -> None:
    call = Scenario(ROUTE, header=HOLD, waits={"route": 9.0}).comes().wait(6.1).sent().result(4100)
    assert call.at_step == "first"
    assert "could not be played" in call.notes
    assert call.unbuyable == ["cmd-1"]
