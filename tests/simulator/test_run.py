"""Scripts against a bundle with every verb: what passes, and the one sentence that says why something does not."""

import pytest

from tests.simulator.bundles import reason, verdict

PASSING = {
    "a group is busy, and the next one answers": """
        expect: {play: audio.menu}
        keys: "1"
        expect: {route: group sales}
        pbx: busy
        expect: {route: person operator}
        pbx: answered
        hangup: {}
        expect_end: answered
    """,
    "the fields that are named, and no others, are compared": """
        expect: {play: {prompt: "1", after_play_time: 7}}
        keys: 2
        expect: {route: "100", priority: high, display_name: VIP}
        pbx: answered
        expect_end: answered
    """,
    "silence, a re-prompt, silence": """
        expect: {play: audio.menu}
        wait: 9s
        expect: {play: audio.again}
        wait: 6s
        expect: {play: audio.sorry}
        wait: 2s
        expect: hangup
        expect_end: hung_up
    """,
    "nothing comes until the silence is over": """
        expect: {play: audio.menu}
        nothing: 9s
        expect: {play: audio.again}
        nothing: 5s
        wait: 1s
        expect: {play: audio.sorry}
    """,
    "a caller who gives up is sent a text": """
        expect: {play: audio.menu}
        hangup: {}
        expect: {sms: {to: "79000000000", text: Sorry}, from: "100"}
        expect_end: missed
    """,
    "nobody answers within ring: the next route intercepts": """
        expect: {play: audio.menu}
        keys: "1"
        expect: {route: group sales}
        wait: 25s
        expect: {route: person operator}
        pbx: answered
        expect_end: answered
    """,
    "a person brings a caller out of the menu": """
        expect: {play: audio.menu}
        by_hand: {route: "777"}
        pbx: answered
        wait: 60s
        hangup: {}
        expect_end: answered
    """,
    "a person intercepts the flow's own route, and the caller is led on": """
        expect: {play: audio.menu}
        keys: "1"
        expect: {route: group sales}
        by_hand: {route: "777", then: sorry}
        pbx: busy
        expect: {play: audio.sorry}
    """,
    "a person is refused, and the flow's own phone rings on": """
        expect: {play: audio.menu}
        keys: 2
        expect: {route: person operator}
        by_hand: {route: "777"}
        pbx: {result: 4100}
        pbx: answered
        by_hand: {transfer: "778"}
        pbx: answered
        by_hand: hangup
        expect_end: answered
    """,
    "a refused route": """
        expect: {play: audio.menu}
        keys: "1"
        expect: {route: group sales}
        pbx: {result: 3200}
        expect: {play: audio.sorry}
    """,
    "a result that comes late": """
        expect: {play: audio.menu}
        keys: "1"
        expect: {route: group sales}
        wait: 4s
        pbx: {result: 4101}
        expect: {play: audio.sorry}
    """,
    "a command over the limit is sent again": """
        expect: {play: audio.menu}
        keys: "2"
        expect: {route: person operator}
        pbx: limit
        wait: 1s
        pbx: answered
        expect_end: answered
    """,
    "the scheme moves the caller on": """
        expect: {play: audio.menu}
        wait: 2s
        pbx: left
        expect_end: released
    """,
    "held too long: a blind transfer, answered": """
        expect: {play: audio.menu}
        keys: "4"
        expect: {route: extension 103}
        pbx: answered
        pbx: held
        wait: 60s
        expect: {transfer: extension 104, method: blind, by: "103"}
        pbx: answered
        hangup: {}
        expect_end: answered
    """,
    "a colleague is asked, and the transfer of the flow has to wait": """
        expect: {play: audio.menu}
        keys: "4"
        expect: {route: extension 103}
        pbx: answered
        pbx: {consults: "105"}
        pbx: busy
        wait: 10m
        hangup: {}
        expect_end: answered
    """,
    "held, but not for long": """
        expect: {play: audio.menu}
        keys: "4"
        expect: {route: extension 103}
        pbx: answered
        pbx: held
        wait: 59s
        pbx: resumed
        wait: 10m
        hangup: {}
        expect_end: answered
    """,
    "a blind transfer that rings is taken back": """
        expect: {play: audio.menu}
        keys: "4"
        expect: {route: extension 103}
        pbx: answered
        pbx: held
        wait: 60s
        expect: {transfer: extension 104}
        pbx: resumed
        pbx: answered
        hangup: {}
        expect_end: answered
    """,
}


@pytest.mark.parametrize("script", PASSING.values(), ids=PASSING.keys())
def test_a_script_that_holds(script: str) -> None:
    assert reason(script) is None


GIVEN = {
    '{from: ""}': ["expect: {hangup: {}}", "expect_end: hung_up"],
    '{from: "74951234567"}': ["expect: {route: person operator}"],
    '{lists: {vip: ["7900*"]}}': ["expect: {route: person operator}"],
    '{from: "74951234567", lists: {vip: []}}': ["expect: {play: audio.menu}"],
    '{dct: {number: "74950000009"}}': ["expect: {route: number 79000000001}"],
    '{dct: "74950000009"}': ["expect: {route: number 79000000001}"],
    "{vars: {tries: 3, lang: en}}": ["expect: {play: audio.sorry}"],
    "{vars: {open: true}}": ["expect_end: released"],
    "{limits: {route: 20s}}": ["expect: {play: audio.sorry}"],
    "{limits: {route: 10s}}": ["expect: {play: audio.menu}", "keys: 2", "wait: 7s", "expect: {route: person operator}"],
    '{at: "2026-11-22T12:00:00+03:00"}': ["expect: {play: audio.sorry}"],
    '{at: "2026-11-23T17:59:59"}': ["expect: {play: audio.menu}"],
    '{at: "2026-11-23T15:00:00Z"}': ["expect: {play: audio.sorry}"],
    '{online: ["102"]}': ["expect: {play: audio.menu}", "keys: 3", "expect: {route: extension 102}"],
    "{online: {101: dnd, 102: online}}": ["expect: {play: audio.menu}", "keys: 3", "expect: {route: extension 102}"],
    "{online: []}": ["expect: {play: audio.menu}", "keys: 3", "expect: {play: audio.menu}"],
    '{line: "74950000001"}': ["expect: {play: audio.menu}"],
}


@pytest.mark.parametrize(("given", "lines"), GIVEN.items())
def test_the_world_before_the_call(given: str, lines: list[str]) -> None:
    assert reason("\n".join(lines), given) is None


FAILING = {
    "another command": (
        "expect: {route: group sales}",
        "expected route group sales, but got play audio.menu, 0 s after the call came",
    ),
    "something where nothing was to come": (
        "expect: {play: audio.menu}\nnothing: 20s",
        "nothing was to come for 20s, but play audio.again came, 9 s after the call came",
    ),
    "something came before": (
        "nothing: 1s",
        "nothing was to come for 1s, but play audio.menu came, 0 s after the call came",
    ),
    "another destination": (
        "expect: {play: audio.menu}\nkeys: 1\nexpect: {route: person operator}",
        "expected route person operator, but got route group sales, 0 s after the call came",
    ),
    "another field": (
        "expect: {play: audio.menu}\nkeys: 2\nexpect: {route: person operator, priority: normal}",
        "expected route person operator, priority normal, but got route person operator, priority high, "
        "0 s after the call came",
    ),
    "no command": (
        "expect: {play: audio.menu}\nexpect: {route: group sales}",
        "expected route group sales, but no command came within 3 s; play audio.again comes after 9 s",
    ),
    "a command that comes later": (
        "expect: {play: audio.menu}\nexpect: {play: audio.again}",
        "expected play audio.again, but no command came within 3 s; play audio.again comes after 9 s: write `wait: 9s`",
    ),
    "a command that is no longer far": (
        "expect: {play: audio.menu}\nwait: 5.3s\nexpect: {play: audio.again}",
        "expected play audio.again, but no command came within 3 s; "
        "play audio.again comes after 3.7 s: write `wait: 3.7s`",
    ),
    "a command that never comes": (
        "expect: {play: audio.menu}\nkeys: 1\nexpect: {route: group sales}\npbx: answered\nexpect: hangup",
        "expected hangup, but no command came within 3 s; none comes by itself",
    ),
    "a command that nobody expected": (
        "expect: {play: audio.menu}\nkeys: 1",
        "nobody expected route group sales, 0 s after the call came",
    ),
    "a command that was skipped": (
        "wait: 9s\nexpect: {play: audio.again}",
        "expected play audio.again, but got play audio.menu, 0 s after the call came",
    ),
    "another end": (
        "expect: {play: audio.menu}\nhangup: {}\nexpect: sms\nexpect_end: answered",
        "expected the call to end as answered, but it ended as missed",
    ),
    "a command before the end": (
        "expect: {play: audio.menu}\nexpect_end: missed",
        "expected the call to end as missed, but nobody expected play audio.again, 9 s after the call came",
    ),
    "an answer that nobody waits for": (
        "expect: {play: audio.menu}\npbx: answered",
        "nobody's phone rings, so nobody can answer",
    ),
    "hanging up twice": (
        "expect: {play: audio.menu}\nhangup: {}\nexpect: sms\nhangup: {}",
        "the call is over, the caller cannot hang up",
    ),
    "keys after the end": (
        "expect: {play: audio.menu}\nhangup: {}\nexpect: sms\nkeys: 1",
        "the call is over, the caller cannot press a key",
    ),
    "a person who names no step": (
        'expect: {play: audio.menu}\nby_hand: {route: "777", then: nowhere}',
        "`then` is resume, release, or a step of the flow: 'nowhere' is none",
    ),
    "a person and a call that is over": (
        "expect: {play: audio.menu}\nhangup: {}\nexpect: sms\nby_hand: hangup",
        "nobody can command a call that has ended, or whose caller is between two legs",
    ),
    "hold without a conversation": (
        "expect: {play: audio.menu}\npbx: held",
        "the caller cannot be put on hold: the leg is Appeared in ivr",
    ),
}


@pytest.mark.parametrize(("script", "why"), FAILING.values(), ids=FAILING.keys())
def test_a_script_that_does_not_hold(script: str, why: str) -> None:
    assert reason(script) == why


def test_a_line_that_the_flow_does_not_take() -> None:
    assert reason("expect: {play: audio.menu}", '{line: "74950000002"}') == (
        "no flow takes line 74950000002: the nearest is flow main, which takes 74950000001"
    )


def test_a_failure_names_the_line_the_time_and_the_trace() -> None:
    failure = verdict("expect: {play: audio.menu}\nwait: 9s\nexpect: {route: group sales}").failure
    assert failure is not None
    assert (failure.mark.file, failure.mark.line) == ("main.test.yaml", 8)
    assert failure.elapsed == 9.0
    assert [entry.kind for entry in failure.trace][:3] == ["event", "note", "entered"]


FAULTS = {
    "every notification of a route comes twice": "pbx: duplicate\nwait: 1s\npbx: answered",
    "those of a route come in the opposite order": "pbx: reorder\nwait: 1s\npbx: answered",
    "the answer overtakes its leg": "pbx: {delay: 200ms}\npbx: answered\nwait: 1s",
    "all of a route's come late": "pbx: {delay: 2s}\nwait: 5s\npbx: answered",
    "the answer comes twice": "pbx: duplicate\npbx: answered",
}


@pytest.mark.parametrize("lines", FAULTS.values(), ids=FAULTS.keys())
def test_faults_that_must_not_matter(lines: str) -> None:
    script = f"expect: {{play: audio.menu}}\nkeys: 2\nexpect: {{route: person operator}}\n{lines}\nhangup: {{}}\n"
    assert reason(script + "expect_end: answered") is None


def test_a_route_of_which_nothing_is_heard_fails_after_ten_seconds() -> None:
    """The PBX has moved the caller, and the router's next commands meet a leg that is gone."""
    script = """
        expect: {play: audio.menu}
        keys: "1"
        expect: {route: group sales}
        pbx: drop
        wait: 9s
        expect: {play: audio.sorry}
        expect: hangup
    """
    assert reason(script) is None


def test_lost_keys_are_silence() -> None:
    assert reason("expect: {play: audio.menu}\npbx: drop\nkeys: 1\nwait: 9s\nexpect: {play: audio.again}") is None


def test_the_first_notification_can_be_late() -> None:
    assert reason("pbx: {delay: 2s}\nexpect: {play: audio.menu}") is None


@pytest.mark.parametrize("groups", [("199",), ("199", "1"), ("1", "199"), ("1", "199", "2")])
def test_a_groups_number_is_nobody_of_the_simulator(groups: tuple[str, ...]) -> None:
    """199 is whom the simulated PBX has pick up; a group of the bundle may have that number."""
    to = ", ".join(f"group {number}" for number in groups)
    flow = f"flow: main\nfor: any\nstart: first\nsteps: {{first: {{route: {{to: [{to}], on: {{else: bye}}}}}}, bye: hangup}}\n"
    busy = "".join(f"    expect: {{route: group {number}}}\n    pbx: busy\n" for number in groups[:-1])
    assert reason(f"{busy}    expect: {{route: group {groups[-1]}}}\n    pbx: answered\n", flow=flow) is None


def test_a_route_that_waits_too_long_expires() -> None:
    """The prompt and its after_play_time keep the caller for 11 s; the route would come after 14."""
    script = "expect: {play: audio.menu}\nkeys: 1\nwait: 11s\nexpect: {play: audio.sorry}"
    assert reason(script, "{limits: {route: 14s}}") is None


def test_a_call_that_nobody_ends_is_closed_as_missed() -> None:
    script = """
        expect: {play: audio.menu}
        keys: "4"
        expect: {route: extension 103}
        expect_end: missed
    """
    assert reason(script) is None
