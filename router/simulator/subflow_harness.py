"""A flow around a sub-flow, so that a test can run it alone: it takes any call, runs it, and rests when it returns."""

from dataclasses import replace
from typing import Final

from router.engine.state import Call, Entry
from router.flow.expressions.text_of import TextOf
from router.flow.model import Bundle, Expression, Flow, Mark, Output, Step, Takes, Template
from router.flow.reading.names import EMPTY
from router.flow.verbs.return_ import Return
from router.flow.verbs.run import Run
from router.flow.verbs.wait import Wait

RUN, RETURNED = "run", "returned"
_NOWHERE: Final = Mark(file="", line=1, column=1)
_FOR_EVER: Final = 10.0**9


def harness_name(flow: str) -> str:
    """What the flow around is called; no author's flow can be."""
    return f"test of {flow}"


def with_harness(bundle: Bundle, flow: Flow) -> Bundle:
    """The bundle in which only that flow takes calls."""
    returns = [step.settings for step in flow.steps.values() if isinstance(step.settings, Return)]
    kinds = {name: _kind(rule) for one in reversed(returns) for name, rule in one.values.items()}
    outputs = {
        f"{RUN}.{name}": Output(name=name, type=kind, path=name, default=EMPTY[kind]) for name, kind in kinds.items()
    }
    run = Step(
        name=RUN,
        verb="run",
        settings=Run(flow=flow.name, arguments={}),
        exits={one.exit: RETURNED for one in returns},
        mark=_NOWHERE,
    )
    rest = Step(name=RETURNED, verb="wait", settings=Wait(seconds=_FOR_EVER), exits={}, mark=_NOWHERE)
    around = Flow(
        name=harness_name(flow.name),
        takes=Takes(any_line=True),
        start=RUN,
        steps={RUN: run, RETURNED: rest},
        timezone=flow.timezone,
        window=flow.window,
        budget_seconds=flow.budget_seconds,
        outputs=outputs,
    )
    others = {name: replace(other, takes=None) for name, other in bundle.flows.items()}
    return replace(bundle, flows={**others, around.name: around}, by_line={})


def _kind(rule: Expression | Template) -> str:
    return rule.type if not isinstance(rule, TextOf) and hasattr(rule, "type") else "text"


def returned(call: Call, trace: list[Entry]) -> tuple[str, dict[str, object]] | None:
    """(the name by which the sub-flow returned, its values); None while it runs, and when it ended the call itself."""
    left = [entry.data for entry in trace if entry.kind == "left" and entry.data["step"] == RUN]
    own = [data for data in left if "within" not in data and data["exit"]]
    if not own:
        return None
    return own[-1]["exit"], {name.removeprefix(f"{RUN}."): value for name, value in call.outputs.items()}
