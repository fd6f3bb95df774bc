"""The checks of a call's course: what they must find beyond `broken_flows`, and above all what they must leave alone."""

import pytest

from tests.flow.bundles import HEAD, codes, load_flow, load_texts

NO_ON_ERROR = HEAD.replace("on_error: done\n", "")
ALL_FAILURES = "busy: done, no_answer: done, rejected: done, unavailable: done, failed: done"


@pytest.mark.parametrize(
    "step",
    [
        "menu: {keys: {1: done}, no_input: {goto: done}, no_match: {goto: done}}",
        "play: {prompt: audio.greeting, next: done, on: {failed: done}}",
        "play: {prompt: audio.greeting, next: done, on: {else: done}}",
        "route: {to: group sales, on: {else: done}}",
        f"route: {{to: group sales, on: {{{ALL_FAILURES}}}}}",
        "transfer: {to: group sales, on: {else: done}}",
        f"transfer: {{to: group sales, on: {{{ALL_FAILURES}, returned: done}}}}",
        'sms: {to: "79000000001", from: "100", text: x, next: done, on: {failed: done}}',
        "wait: {for: 5s, next: done}",
        "watch: {ended: done}",
    ],
)
def test_without_on_error_every_exit_may_be_written(step: str) -> None:
    assert codes(load_flow(f"ask: {{{step}}}", NO_ON_ERROR)) in ([], ["W601"])


@pytest.mark.parametrize(
    ("step", "named"),
    [
        ("menu: {keys: {1: done}, no_input: {goto: done}}", "`no_match`"),
        ("play: {prompt: audio.greeting, on: {failed: done}}", "`next`"),
        ("play: {prompt: audio.greeting, next: done}", "`failed`"),
        (
            "route: {to: group sales, on: {answered: done, busy: done, 41xx: done}}",
            "`no_answer`, `rejected`, `unavailable`, `failed`",
        ),
        (f"transfer: {{to: group sales, on: {{{ALL_FAILURES}}}}}", "`returned`"),
        ("wait: {for: 5s}", "`next`"),
    ],
)
def test_without_on_error_an_exit_that_is_not_written_is_named(step: str, named: str) -> None:
    loaded = load_flow(f"ask: {{{step}}}", NO_ON_ERROR)
    assert [finding.message.split(" of ")[0] for finding in loaded.findings if finding.code == "F501"] == [named]


def test_within_on_end_no_exit_needs_a_target() -> None:
    steps = 'ask: {wait: {for: 5s, next: done}}\nend: {sms: {to: "79000000001", from: "100", text: x}}'
    assert codes(load_flow(steps, NO_ON_ERROR + "on_end: end\n")) == []


def test_what_on_end_may_do() -> None:
    steps = (
        "ask: hangup\n"
        "end: {switch: [{when: call.answered, goto: note}, {else: pause}]}\n"
        "pause: {wait: {until: hours.office, next: note}}\n"
        'note: {sms: {to: "${caller.number}", from: "100", text: x, next: done}}'
    )
    assert codes(load_flow(steps, HEAD + "on_end: end\n")) == []


@pytest.mark.parametrize(
    "verb", ["hangup: {}", "watch: {ended: done}", "menu: {keys: {1: ask}}", "route: {to: group sales}"]
)
def test_on_end_needs_no_caller_and_only_the_first_such_step_is_told(verb: str) -> None:
    steps = f"ask: hangup\nend: {{wait: {{for: 5s, next: bad}}}}\nbad: {{{verb}}}"
    assert codes(load_flow(steps, HEAD + "on_end: end\n")) == ["F502"]


@pytest.mark.parametrize(
    "path",
    [
        "on: {no_answer: again, busy: say, else: say}",  # a route takes the call away first
        "on: {no_answer: bye, else: say}",
        "on: {no_answer: let_go, else: say}",
        "on: {no_answer: judge, else: say}",
    ],
)
def test_a_ring_may_lead_to_a_prompt_over_a_route(path: str) -> None:
    steps = (
        f"ask: {{route: {{to: group sales, ring: 20s, {path}}}}}\n"
        "again: {route: {to: person operator, on: {else: say}}}\n"
        "bye: hangup\n"
        "let_go: release\n"
        "judge: {switch: [{when: call.answered, goto: bye}, {else: again}]}\n"
        "say: {play: {prompt: audio.greeting, next: done}}"
    )
    assert "F503" not in codes(load_flow(steps))


@pytest.mark.parametrize(
    ("to", "ring", "found"),
    [
        ("[extension 1, group sales]", "[20s, 0s]", []),  # the PBX gives the last one up, and has the caller then
        ("[extension 1, group sales]", "[0s, 20s]", ["F503"]),
        ('[extension 1, "extension ${digits}"]', "[20s, 0s]", ["F503"]),  # the last one may be skipped
        ("[extension 1, extension 2], online_only: true", "[20s, 0s]", ["F503"]),
        ("[extension 1, group sales], online_only: true", "[20s, 0s]", []),
        ("[extension 1, group sales]", "0s", []),
    ],
)
def test_only_what_may_still_ring_keeps_from_a_prompt(to: str, ring: str, found: list[str]) -> None:
    steps = f"ask: {{route: {{to: {to}, ring: {ring}, on: {{else: say}}}}}}\nsay: {{play: {{prompt: audio.greeting, next: done}}}}"
    assert codes(load_flow(steps)) == found


def test_without_ring_no_answer_may_lead_to_a_prompt() -> None:
    steps = "ask: {route: {to: group sales, on: {else: say}}}\nsay: {play: {prompt: audio.greeting, next: done}}"
    assert codes(load_flow(steps)) == []


@pytest.mark.parametrize(
    "between",
    [
        "menu: {keys: {1: ask}}",
        "wait: {for: 1s, next: ask}",
        "play: {prompt: audio.greeting, next: ask}",
        "route: {to: group sales, on: {else: ask}}",
    ],
)
def test_a_loop_with_a_key_or_time_in_it_is_fine(between: str) -> None:
    steps = f"ask: {{switch: [{{when: call.answered, goto: done}}, {{else: pause}}]}}\npause: {{{between}}}"
    assert set(codes(load_flow(steps))) <= {"W606"}  # nothing is heard in it, but that is another matter


@pytest.mark.parametrize(
    "between",
    [
        "wait: {for: 0s, next: ask}",
        "wait: {until: hours.office, next: ask}",
        'sms: {to: "79000000001", from: "1", text: x, next: ask}',
    ],
)
def test_a_loop_of_moments_is_not(between: str) -> None:
    steps = f"ask: {{switch: [{{when: call.answered, goto: done}}, {{else: pause}}]}}\npause: {{{between}}}"
    assert codes(load_flow(steps)) == ["F504"]


def test_each_loop_is_told_once() -> None:
    steps = "\n".join(f"s{n}: {{switch: [{{when: call.answered, goto: done}}, {{else: s{n ^ 1}}}]}}" for n in range(8))
    steps = "ask: {menu: {keys: {1: s0, 2: s2, 3: s4, 4: s6}}}\n" + steps
    assert codes(load_flow(steps)) == ["F504"] * 4


def test_on_error_closes_no_loop() -> None:
    steps = "ask: {set: {vars: {n: vars.n + 1}}}"
    assert "F504" not in codes(
        load_flow(steps, HEAD.replace("on_error: done", "on_error: ask") + "vars: {n: {type: number}}\n")
    )


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ('{lines: ["74950000001"]}', '{lines: ["74950000002"]}', []),
        ('{lines: ["74950000001"], location: ivr}', '{lines: ["74950000001"], location: queue}', []),
        ('{lines: ["74950000001"], location: ivr}', '{lines: ["74950000001"], location: ivr}', ["F505"]),
        ('{lines: ["74950000001"]}', "any", []),
        ("{lines: lists.vip}", "{lines: lists.vip}", ["F505"]),
        ("{lines: lists.vip}", '{lines: ["74951234567"]}', ["F505"]),
        ("{lines: lists.vip}", '{lines: ["74951234568"]}', []),
    ],
)
def test_lines_of_two_flows(one: str, other: str, told: list[str]) -> None:
    flows = {
        name: f"flow: {name}\nfor: {takes}\nstart: bye\nsteps: {{bye: hangup}}\n"
        for name, takes in (("a", one), ("b", other))
    }
    assert codes(load_texts(**flows, r='lists: {vip: {numbers: ["74951234567"]}}\n')) == told


def test_unreachable_steps_are_not_told_while_an_edge_is_unknown() -> None:
    steps = "ask: {menu: {keys: {1: lost_and_found}}}\nlost: hangup"
    assert codes(load_flow(steps)) == ["F301"]


def test_a_flow_of_ten_thousand_bad_steps_is_still_told_in_full() -> None:
    steps = "\n".join(f"s{n}: {{switch: [{{else: s{n}}}]}}" for n in range(2000))
    assert codes(load_flow(f"ask: hangup\n{steps}")).count("F504") == 20
