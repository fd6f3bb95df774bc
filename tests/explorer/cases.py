"""What is explored: every verb that waits, each with the part of the PBX's freedom that can hurt it.

`BOUNDS` of a case (how often something happens by itself, how many commands) keep the quick exploration within a minute
for all of them; `deeper` widens them for `make soak`.
"""

from typing import Final

import msgspec

from router.flow.finding_output import render_text
from router.flow.loader import load
from router.flow.verbs import VERBS
from tests.explorer.legal_pbx import Ways
from tests.explorer.world import Case, Hand
from tests.flow import examples

RESOURCES: Final = b"""
audio: {hello: {id: 1, length: 5s}, again: {id: 2, length: 5s}}
groups: {sales: {extension: "303"}}
people: {operator: {extension: "100"}}
hours: {office: {timezone: UTC, open: {mon-fri: "09:00-18:00"}}}
"""
HEADER: Final = """
flow: main
for: any
window: 14s
on_error: oops
start: first
"""
ENDS: Final = """
  next: {wait: {for: 60s, next: next}}
  oops: release
  bye: hangup
"""
SUB: Final = """
flow: inner
start: first
steps:
  first: {menu: {prompt: audio.hello, first_digit: 6s, keys: {1: out}, no_input: {prompt: audio.again, max: 1, goto: out}, no_match: {max: 0, goto: out}}}
  out: {return: {as: ok}}
"""


def case(name: str, steps: str, *, header: str = HEADER, more: str = "", **bounds: object) -> Case:
    """A case whose first step is `first`."""
    files = {"main.yaml": f"{header}steps:\n{steps}{ENDS}".encode(), "resources.yaml": RESOURCES}
    if more:
        files["more.yaml"] = more.encode()
    loaded = load(files)
    if loaded.bundle is None:
        raise ValueError(f"{name}: {render_text(loaded.findings)}")
    given = {"ways": Ways(), "window": 14.0} | bounds
    return Case(name=name, bundle=loaded.bundle, **given)  # type: ignore[arg-type]


MENU: Final = """
  first: {menu: {prompt: audio.hello, first_digit: 8s, keys: {1: bye},
                 no_input: {prompt: audio.again, max: 2, goto: bye}, no_match: {max: 0, goto: bye}}}
"""
COLLECT: Final = """
  first: {collect: {prompt: [audio.hello, audio.again], into: pin, length: 4, first_digit: 8s, next: bye,
                    no_input: {max: 1, goto: bye}, no_match: {max: 0, goto: bye}}}
"""
SILENT: Final = """
  first: {menu: {first_digit: 20s, keys: {1: bye}, no_input: {max: 1, goto: bye}, no_match: {max: 0, goto: bye}}}
"""
PLAY: Final = """
  first: {play: {prompt: [audio.hello, audio.again], next: next, on: {failed: bye}}}
"""
ONE: Final = """
  first: {route: {to: extension 101, on: {else: next}}}
"""
TWO: Final = """
  first: {route: {to: [extension 101, extension 102], ring: 5s, on: {else: next}}}
"""
EACH_ITS_TIME: Final = """
  first: {route: {to: [extension 101, extension 102], ring: [3s, 7s], on: {else: next}}}
"""
GROUP: Final = """
  first: {route: {to: [group sales, extension 102], ring: 20s, on: {else: next}}}
"""
GROUP_ONLY: Final = """
  first: {route: {to: group sales, on: {else: next}}}
"""
GROUP_THEN_PLAY: Final = """
  first: {route: {to: group sales, on: {else: sorry}}}
  sorry: {play: {prompt: audio.hello, next: next, on: {failed: next}}}
"""
THEN_PLAY: Final = """
  first: {route: {to: extension 101, on: {else: sorry}}}
  sorry: {play: {prompt: audio.hello, next: next, on: {failed: next}}}
"""
RING_THEN_HANG_UP: Final = """
  first: {route: {to: extension 101, ring: 5s, on: {else: bye}}}
"""
TALK: Final = """
  first: {route: {to: extension 101, on: {answered: talking, else: next}}}
  talking: {watch: {held: {for: 4s, goto: hand_on}, ended: bye}}
"""
WATCHED: Final = """
  first: {route: {to: extension 101, on: {answered: talking, else: next}}}
  talking: {watch: {ended: bye}}
"""
CONSULT: Final = (
    TALK
    + """
  hand_on: {transfer: {to: extension 103, method: hold, on: {returned: talking, else: next}}}
"""
)
BLIND: Final = (
    TALK
    + """
  hand_on: {transfer: {to: [extension 103, extension 104], method: blind, on: {returned: talking, else: next}}}
"""
)
RECORD: Final = """
  first: {route: {to: extension 101, on: {answered: tape, else: next}}}
  tape: {record: {next: next, on: {failed: oops}}}
"""
WAIT: Final = """
  first: {wait: {for: 3s, next: second}}
  second: {route: {to: extension 101, on: {else: next}}}
"""
LOOKUP: Final = """
  first: {lookup: {http: {method: GET, url: "https://crm.example/x"}, timeout: 2s, outputs: {}, next: bye, on: {failed: bye}}}
"""
SMS: Final = """
  first: {sms: {to: "79000000002", from: "100", text: hello, next: second, on: {else: second}}}
  second: {callback: {from: "100", to: "79000000002", next: next, on: {else: next}}}
"""
ERRANDS: Final = """
  first: {callback_group: {from: group sales, line: "74950000000", to: "79000000002", next: second, on: {else: second}}}
  second: {task: {to_user: "17", phone: "79000000002", next: next, on: {else: next}}}
"""
RUN_ROUTE: Final = """
  first: {run: {flow: inner, on: {reached: bye, else: next}}}
"""
ROUTING_SUB: Final = """
flow: inner
start: desk
on_error: lost
steps:
  desk: {route: {to: extension 101, ring: 5s, on: {answered: got, else: lost}}}
  got: {return: {as: reached}}
  lost: {return: {as: lost}}
"""
RUN: Final = """
  first: {run: {flow: inner, on: {ok: bye}}}
"""
ON_END: Final = """
  first: {route: {to: extension 101, on: {else: next}}}
  missed: {sms: {to: "79000000002", from: "100", text: hello, next: after, on: {else: after}}}
  after: {wait: {for: 5s, next: enough}}
  enough: release
"""
FINALLY: Final = (
    ON_END
    + """
  told: {sms: {to: "79000000002", from: "100", text: over, next: rest, on: {else: rest}}}
  rest: {wait: {for: 5s, next: enough}}
"""
)
TYPE_AHEAD: Final = """
  first: {play: {prompt: audio.hello, next: ask}}
  ask: {menu: {prompt: audio.hello, type_ahead: true, keys: {1: again, 2: next}, no_input: {max: 0, goto: next}, no_match: {max: 1, goto: next}}}
  again: {menu: {prompt: audio.hello, type_ahead: true, keys: {1x: next}, no_input: {max: 0, goto: next}, no_match: {max: 0, goto: next}}}
"""
COLLECTING: Final = HEADER + 'vars: {pin: {type: text, default: ""}}\n'
ENDING: Final = HEADER + "on_end: missed\n"
FINISHING: Final = ENDING + "finally: told\n"

NAMING: Final = ("named", "taken", "bare")
RETURNS: Final = ("taken", "none", "over")


def cases() -> list[Case]:
    """All of them, within the bounds of `make check`; a verb that none of them has, by its own example."""
    made = [*_prompts(), *_routes(), *_conversations(), *_beside_the_call(), *_by_hand()]
    explored = {step.verb for case in made for flow in case.bundle.flows.values() for step in flow.steps.values()}
    return made + [
        case(verb, f"  first: {examples.step(verb, 'next')}\n", ways=Ways(codes=(4100,), hangs_up=True))
        for verb in VERBS
        if verb not in explored | WAIT_FOR_NOTHING
    ]


WAIT_FOR_NOTHING: Final = {"switch", "set", "split", "remember", "notify", "return", "release"}


def _prompts() -> list[Case]:
    """The caller hears and types."""
    return [
        case("menu", MENU, ways=Ways(codes=(4100, 5003), hangs_up=True, scheme="199")),
        case("menu, hangs up", MENU, http=("answered", "refused", "unsent", "lost"), results=("told", "lost")),
        case("collect", COLLECT, header=COLLECTING, ways=Ways(hangs_up=True)),
        case("menu without a prompt", SILENT, ways=Ways(hangs_up=True)),
        case("play", PLAY, ways=Ways(codes=(3340, 4100), hangs_up=True), http=("answered", "unsent")),
        case("type_ahead", TYPE_AHEAD, ways=Ways(hangs_up=True), moves=2),
        case(
            "silence", "  first: {play: {silence: 2s, next: next}}\n", ways=Ways(codes=(4001,), hangs_up=True), moves=2
        ),
    ]


def _routes() -> list[Case]:
    """Phones ring, one after the other or in a group."""
    return [
        case("route to one", ONE, ways=Ways(codes=(4001, 5003), returns=RETURNS, untold=True), moves=2),
        case("route to one, bare legs", ONE, ways=Ways(naming=("bare",), untold=True), moves=2),
        case("route, HTTP unclear", ONE, http=("answered", "refused", "lost"), results=("told", "lost"), moves=2),
        case(
            "route, nothing told", ONE, ways=Ways(naming=(), untold=True, codes=()), results=("told", "lost"), moves=2
        ),
        case("route to two", TWO, ways=Ways(ends=(1111,), naming=("named",)), moves=2, commands=6),
        case("route to two, each rings for its time", EACH_ITS_TIME, ways=Ways(codes=(), ends=(1111,)), moves=2),
        case(
            "route to two, nameless", TWO, ways=Ways(ends=(1111,), codes=(), naming=("taken",), answers=False), moves=2
        ),
        case(
            "route to two, too late", TWO, ways=Ways(too_late=(4100, 4101), codes=(), ends=(1111,)), moves=2, commands=6
        ),
        case(
            "route to a group",
            GROUP_ONLY,
            ways=Ways(queue_ends=(1163, 1164), naming=NAMING, returns=("taken",)),
            moves=3,
        ),
        case("group, then one", GROUP, ways=Ways(codes=(), naming=("taken",)), moves=3),
        case("group, then play", GROUP_THEN_PLAY, ways=Ways(codes=(), naming=("taken",)), moves=3),
        case("route, then play", THEN_PLAY, ways=Ways(codes=(4100,), naming=("named",), scheme="199"), moves=2),
        case(
            "ring, then hang up", RING_THEN_HANG_UP, ways=Ways(codes=(4001,), ends=(1111,), naming=("named",)), moves=2
        ),
        case("route, then a queue", ONE, ways=Ways(codes=(), untold=True, returns=("queue",)), moves=2),
        case("route, every counter shuffled", ONE, ways=Ways(codes=(), naming=("taken",)), moves=2, shuffled=True),
    ]


def _conversations() -> list[Case]:
    """Somebody has answered."""
    return [
        *(
            case(verb, RECORD.replace("record", verb), results=("told", "lost"), ways=Ways(naming=("named",)), moves=2)
            for verb in ("hold", "connect", "cancel_transfer")
        ),
        case("transfer with consultation", CONSULT, ways=Ways(naming=("named",), codes=(4100,)), moves=5),
        case("consultation, nobody told", CONSULT, ways=Ways(naming=(), untold=True, codes=(), answers=True), moves=5),
        case("blind transfer", BLIND, ways=Ways(naming=("named",), codes=(4100,)), moves=4),
        case("record", RECORD, results=("told", "lost"), ways=Ways(naming=("named",)), moves=2),
    ]


def _beside_the_call() -> list[Case]:
    """What waits for no phone, sub-flows, and what runs when the call is over."""
    return [
        case("wait", WAIT, ways=Ways(hangs_up=True, scheme="199"), moves=2),
        case("lookup", LOOKUP, ways=Ways(hangs_up=True), moves=1),
        case(
            "sms and callback",
            SMS,
            ways=Ways(codes=(4300,)),
            http=("answered", "refused", "lost"),
            results=("told", "lost"),
        ),
        case("callback_group and task", ERRANDS, ways=Ways(codes=(2220,)), results=("told", "lost")),
        case("sub-flow that routes", RUN_ROUTE, more=ROUTING_SUB, ways=Ways(ends=(1111,), codes=(5003,)), moves=2),
        case("sub-flow", RUN, more=SUB, ways=Ways(hangs_up=True)),
        case("finally", FINALLY, header=FINISHING, ways=Ways(hangs_up=True), results=("told", "lost"), moves=2),
        case("on_end", ON_END, header=ENDING, ways=Ways(hangs_up=True), results=("told", "lost"), moves=2),
    ]


def _by_hand() -> list[Case]:
    """A person's command at every moment of a flow's own doings."""
    few = Ways(codes=(4100,), naming=("named",), ends=(1121,))
    calm = Ways(codes=(), naming=("named",), ends=(1121,))
    to_107 = (Hand("route", "107"),)
    in_transfer = (Hand("transfer", "103", at="hand_on"),)
    return [
        case("by hand, menu", MENU, ways=Ways(codes=(5003,), hangs_up=True, ends=(1121,)), hands=to_107, moves=2),
        case("by hand, route", ONE, ways=few, hands=to_107, moves=2, http=("answered", "refused")),
        case("by hand, route, bare legs", ONE, ways=Ways(naming=("taken", "bare"), codes=()), hands=to_107, moves=2),
        case(
            "by hand, too late",
            TWO,
            ways=Ways(too_late=(4100, 4101), codes=(), naming=("named",)),
            hands=to_107,
            moves=2,
        ),
        case("by hand, into a group", THEN_PLAY, ways=few, hands=(Hand("route", "303", "sorry"),), moves=2),
        case("by hand, out of a group", GROUP_ONLY, ways=few, hands=(Hand("route", "107", "release"),), moves=2),
        case("by hand, hangup", ONE, ways=few, hands=(Hand("call/hangup"),), moves=2),
        case("by hand, hangup in a menu", MENU, ways=few, hands=(Hand("call/hangup"),), moves=1),
        case("by hand, transfer", WATCHED, ways=few, hands=(Hand("transfer", "107", "next"),), moves=3),
        case("by hand, transfer of a resting call", ONE, ways=few, hands=(Hand("transfer", "107", "next"),), moves=3),
        case("by hand, transfer by whom the flow rings", ONE, ways=few, hands=(Hand("transfer", "107"),), moves=4),
        case("by hand, transfer by the second", TWO, ways=few, hands=(Hand("transfer", "107"),), moves=4),
        case("by hand, transfer to the flow's own", ONE, ways=few, hands=(Hand("transfer", "101"),), moves=3),
        case("by hand, route to the flow's own", ONE, ways=few, hands=(Hand("route", "101"),), moves=2),
        case("by hand, transfer in a consultation", CONSULT, ways=calm, hands=in_transfer, moves=5),
        case("by hand, transfer in a blind transfer", BLIND, ways=calm, hands=in_transfer, moves=5),
        case("by hand, two", MENU, ways=few, hands=(Hand("route", "107"), Hand("route", "108")), moves=1),
        case("by hand, one after the other", ONE, ways=few, hands=(Hand("route", "107"), Hand("call/hangup")), moves=1),
        case(
            "by hand, in a sub-flow",
            RUN_ROUTE,
            more=ROUTING_SUB,
            ways=few,
            hands=(Hand("route", "107", "next"),),
            moves=2,
        ),
    ]


def deeper(given: Case) -> Case:
    """The same with more of everything, for `make soak`."""
    return msgspec.structs.replace(given, moves=given.moves + 1, commands=given.commands + 2, late=3.0)
