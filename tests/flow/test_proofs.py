"""What is proven of every call: loops, silence, length, waits; and the warnings that come of it."""

from math import inf

import pytest

from router.flow.analysis import FlowProof, Traffic, Waiting, prove
from router.flow.analysis.ways import circles, longest
from router.flow.checks.prompt_keys import keys_named
from router.flow.loader import load
from router.flow.model import Audio, Bundle, Prompt
from tests.flow.bundles import HEAD, RESOURCES, codes, flow_text, load_flow, load_texts

LIMITS = {"route": (1, 2.0), "transfer": (1, 2.0), "hangup": (4, 1.0), "play": (10, 1.0)}
SUB = "flow: sub\nstart: first\nsteps:\n  first: {%s}\n  back: {return: {as: ok}}\n"
RUN = "ask: {wait: {for: 3s, next: sub}}\nsub: {run: {flow: sub, on: {ok: rest}}}\nrest: {wait: {for: 4s, next: done}}"


def bundle_of(steps: str, head: str = HEAD, sub: str = "") -> Bundle:
    more = {"sub": sub} if sub else {}
    loaded = load_texts(main=flow_text(steps, head), resources=RESOURCES, **more)
    assert loaded.bundle is not None, loaded.findings
    return loaded.bundle


def proof_of(steps: str, head: str = HEAD, sub: str = "", calls: float | None = None) -> FlowProof:
    traffic = Traffic(calls_per_minute=calls, limits=LIMITS) if calls is not None else None
    return prove(bundle_of(steps, head, sub), traffic)[0]


@pytest.mark.parametrize(
    ("steps", "seconds", "since"),
    [
        ("ask: hangup", 0, "ask"),
        ("ask: {wait: {for: 7s, next: done}}", 7, "ask"),
        ("ask: {wait: {for: 7s, next: b}}\nb: {wait: {for: 8s, next: done}}", 15, "ask"),
        ("ask: {wait: {for: 7s, next: b}}\nb: {play: {prompt: audio.closed, next: c}}\nc: {wait: {for: 9s, next: done}}", 9, "b"),
        ("ask: {menu: {keys: {1: done}, first_digit: 6s}}", 6, "ask"),
        ("ask: {lookup: {api: groups, timeout: 3s, next: b}}\nb: {wait: {for: 1s, next: done}}", 4, "ask"),
        ("ask: {wait: {until: hours.office, next: done}}", inf, "ask"),
        ("ask: {route: {to: group sales, on: {answered: talk, else: done}}}\ntalk: {wait: {for: 90s, next: done}}", 0, "ask"),
        ("ask: {wait: {for: 1s, next: b}}\nb: {switch: [{when: call.answered, goto: done}, {else: ask}]}", inf, "ask"),
        ('ask: {sms: {to: "79000000001", from: "100", text: x, next: b}}\nb: {task: {to_user: person boss, next: done}}', 15, "ask"),
    ],
)  # fmt: skip
def test_longest_silence(steps: str, seconds: float, since: str) -> None:
    silence = proof_of(steps).silence
    assert (silence.longest, silence.since) == (seconds, since)


@pytest.mark.parametrize(
    ("first", "seconds"),
    [
        ("wait: {for: 2s, next: back}", 9),  # 3 + 2 + 4: silent all through
        ("play: {prompt: audio.greeting, next: back}", 4),  # a sound in between
        ("menu: {keys: {1: back}, first_digit: 6s}", 10),  # its silence goes on behind the return
        ("wait: {for: 50s, next: end}}\n  end: {play: {prompt: audio.greeting, next: back}", 53),
        ("play: {prompt: audio.greeting, next: end}}\n  end: {wait: {for: 8s, next: back}", 12),
    ],
)
def test_silence_over_a_flow_that_is_run(first: str, seconds: float) -> None:
    assert proof_of(RUN, sub=SUB % first).silence.longest == seconds


def test_a_long_silence_is_a_warning_at_most_once_a_flow() -> None:
    steps = "ask: {wait: {for: 31s, next: b}}\nb: {play: {prompt: audio.closed, next: c}}\nc: {wait: {for: 40s, next: done}}"
    assert codes(load_flow(steps)) == ["W606"]
    assert codes(load_flow(steps, HEAD + "window: 40s\n")) == []


@pytest.mark.parametrize(
    ("steps", "seconds"),
    [
        ("ask: {play: {prompt: [audio.greeting, audio.welcome], next: done}}", 14),
        ("ask: {wait: {for: 7s, next: b}}\nb: {wait: {for: 8s, next: done}}", 15),
        ("ask: {route: {to: [group sales, extension 1], ring: 20s, on: {else: done}}}", 40),
        ("ask: {route: {to: [group sales, extension 1], ring: [20s, 5s], on: {else: done}}}", 25),
        ("ask: {route: {to: [group sales, extension 1], ring: [20s, 0s], on: {else: done}}}", inf),
        ("ask: {route: {to: group sales, on: {else: done}}}", inf),
        ('ask: {sms: {to: "79000000001", from: "100", text: x, next: done}}', 5),
        ('ask: {callback: {to: "79000000001", from: "100", next: b}}\nb: {record: {next: done}}', 10),
        ('ask: {task: {to_user: "300000101", next: done}}', 0),
        ("ask: {task: {to_user: person boss, next: done}}", 10),
        # twice the prompt (9 s), silence (5 s) and one key (2 s), and once more for keys that mean nothing
        ("ask: {menu: {prompt: audio.greeting, keys: {1: done}}}", 48),
        ("ask: {menu: {prompt: audio.greeting, keys: {1: ask}}}", inf),
    ],
)
def test_longest_call(steps: str, seconds: float) -> None:
    assert proof_of(steps).duration == seconds


def test_longest_call_counts_the_flow_that_is_run() -> None:
    assert proof_of(RUN, sub=SUB % "wait: {for: 2s, next: back}").duration == 9


def test_loops_name_where_they_wait() -> None:
    steps = (
        "ask: {menu: {keys: {1: b, 2: ask}}}\nb: {switch: [{when: call.answered, goto: ask}, {else: c}]}\n"
        "c: {wait: {for: 1s, next: d}}\nd: {wait: {for: 1s, next: c}}"
    )
    assert proof_of(steps).loops in ((("ask",), ("c", "d")), (("c", "d"), ("ask",)))
    assert proof_of("ask: hangup").loops == ()


@pytest.mark.parametrize(
    ("calls", "commands", "seconds"),
    [(1, 1, 0.0), (10, 1, 18.0), (30, 1, 58.0), (31, 1, inf), (10, 3, 58.0), (11, 3, inf)],
)
def test_worst_wait(calls: float, commands: int, seconds: float) -> None:
    to = ", ".join(["extension 101"] * commands)
    (wait,) = proof_of(f"ask: {{route: {{to: [{to}], on: {{else: done}}}}}}", calls=calls).waits
    assert wait == Waiting(step="ask", command="route", commands=commands, seconds=seconds)


def test_commands_add_up_along_the_path() -> None:
    steps = (
        "ask: {menu: {prompt: audio.greeting, keys: {1: a, 2: b}, no_input: {max: 2}, no_match: {max: 0}}}\n"
        "a: {route: {to: [group sales, extension 1], on: {else: b}}}\n"
        "b: {route: {to: person boss, on: {answered: c, else: ask}}}\n"
        "c: {transfer: {to: person operator, on: {else: bye}}}\nbye: hangup"
    )
    waits = {(wait.step, wait.command): wait.commands for wait in proof_of(steps, calls=1).waits}
    assert waits == {
        ("ask", "play"): 3,
        ("a", "route"): 3,  # on a circle with b
        ("b", "route"): 3,
        ("c", "transfer"): 1,
        ("bye", "hangup"): 1,
    }


def test_commands_of_a_flow_that_is_run_count() -> None:
    sub = SUB % "route: {to: [group sales, extension 1], on: {else: back}}"
    waits = proof_of(
        RUN.replace("wait: {for: 4s, next: done}", "route: {to: extension 2, on: {else: done}}"), sub=sub, calls=1
    ).waits
    assert [(wait.step, wait.commands) for wait in waits] == [("sub", 2), ("rest", 3)]


def test_circles_and_longest_ways() -> None:
    graph = {"a": ["b"], "b": ["c", "d"], "c": ["b"], "d": ["d", "e"], "e": []}
    assert sorted(circles(graph)) == [["b", "c"], ["d"]]
    ways = longest({"a": ["b", "c"], "b": ["c"], "c": []}, lambda name: 1.0, lambda name: 0.0)
    assert ways == {"a": 3.0, "b": 2.0, "c": 1.0}
    assert longest({"a": ["b"], "b": ["a"]}, lambda name: 1.0, lambda name: 0.0) == {"a": inf, "b": inf}


def test_a_flow_of_ten_thousand_steps_is_no_matter_of_recursion() -> None:
    steps = "\n".join(f"s{n}: {{wait: {{for: 1s, next: s{n + 1}}}}}" for n in range(3000))
    proof = proof_of(f"ask: {{wait: {{for: 1s, next: s0}}}}\n{steps}\ns3000: hangup")
    assert (proof.silence.longest, proof.duration) == (3001, 3001)


@pytest.mark.parametrize(
    ("says", "keys"),
    [
        ("For sales press 1, for support 2, for the operator 0.", ["1", "2", "0"]),
        ("Press one for sales or two for support.", ["1"]),
        ("To hear this again press star, otherwise pound.", ["*", "#"]),
        ("Нажмите 1. Мы работаем с 9:00 до 18:00, перезвоним за 5 минут.", ["1"]),
        ("Нажмите звёздочку или решётку", ["*", "#"]),
        ("Dial 101 for the operator", []),
        ("We open at 9", []),
        ("Press 3, it costs 5 руб", ["3"]),
        ("", []),
    ],
)
def test_which_keys_a_prompt_names(says: str, keys: list[str]) -> None:
    prompt = Prompt(name="x", variants={"": Audio(id=1, length=1.0, says=says)})
    assert list(keys_named(prompt)) == keys


def test_a_key_that_begins_a_pattern_is_no_missing_key() -> None:
    assert codes(load_flow("ask: {menu: {prompt: audio.greeting, keys: {1xx: done}}}")) == []
    assert codes(load_flow("ask: {menu: {prompt: audio.greeting, keys: {2: done}}}")) == ["W605"]
    retry = "ask: {menu: {keys: {2: done}, no_input: {prompt: [audio.closed, audio.greeting]}}}"
    assert codes(load_flow(retry)) == ["W605"]


@pytest.mark.parametrize(
    ("hold", "calls", "found"),
    [("", 20, ["W607"]), ("hold: audio.closed, ", 20, []), ("hold: audio.closed, ", 40, ["W607"])],
)
def test_a_hold_prompt_bridges_a_wait_that_has_an_end(hold: str, calls: float, found: list[str]) -> None:
    texts = {
        "main": flow_text(f"ask: {{route: {{to: group sales, {hold}on: {{else: done}}}}}}"),
        "resources": RESOURCES,
    }
    files = {f"{name}.yaml": text.encode() for name, text in texts.items()}
    assert [one.code for one in load(files, traffic=Traffic(calls_per_minute=calls, limits=LIMITS)).findings] == found
