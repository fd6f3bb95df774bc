"""The flows that take the callers of a scenario: one, on a line of its own, for each kind of them."""

from typing import Final

from bench.schedule.scenarios import Caller
from router.flow.loader import load
from router.flow.model import Bundle

PROMPT_SECONDS: Final = 20.0
BUDGET_SECONDS: Final = 600.0
TALK_SECONDS: Final = 2.0  # until a transfer is asked for

FLOW: Final = """
flow: {name}
for: {{lines: ["{line}"], location: ivr}}
window: {window}s
budget: {{steps: 200, duration: {budget:g}s}}
{hold}
on_error: done
start: out
steps:
  out: {{route: {{to: extension 101, {priority}on: {{answered: talking, else: done}}}}}}
  talking: {{watch: {{{talking}ended: done}}}}
  move: {{transfer: {{to: extension 102, on: {{answered: done, else: done}}}}}}
  done: release
"""
AUDIO: Final = f"audio: {{moment: {{id: 24, length: {PROMPT_SECONDS:g}s}}}}"

Kind = tuple[float, bool, bool, bool]
"""What makes a flow: window, held, high, transferred."""


def kind_of(caller: Caller) -> Kind:
    return caller.window, caller.held, caller.high, caller.transferred


def line_of(number: int) -> str:
    return f"7495000{number:04}"


def bundle_of(kinds: list[Kind]) -> Bundle:
    """One flow, on a line of its own, for each kind of caller."""
    files = {"resources.yaml": AUDIO.encode()}
    for number, (window, held, high, transferred) in enumerate(kinds):
        text = FLOW.format(
            name=f"flow_{number}",
            line=line_of(number),
            window=window,
            budget=BUDGET_SECONDS,
            hold="hold: audio.moment" if held else "",
            priority="priority: high, " if high else "",
            talking=f"talking: {{for: {TALK_SECONDS:g}s, goto: move}}, " if transferred else "",
        )
        files[f"flow_{number}.yaml"] = text.encode()
    bundle = load(files).bundle
    assert bundle is not None, "the flows of the benchmark are sound"
    return bundle
