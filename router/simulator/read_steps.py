"""Read what a test's `given` says about steps: the branches of splits and the answers of lookups.

Names are those of the flow under test and of the flows that it runs, directly or not; where several of them have a
lookup of one name, `flow.step` means one alone. Only lookups of http and api can be answered: a table of the bundle
answers by itself.
"""

from collections.abc import Iterator
from typing import Any, Final

from router.flow.findings import Report
from router.flow.model import Bundle, Flow, Output, Step, Value
from router.flow.verbs.callback import Callback
from router.flow.verbs.lookup import Lookup
from router.flow.verbs.run import Run
from router.flow.verbs.split import Split
from router.flow.yaml.node import Node, items, pairs
from router.protocol.dial_plan import DEFAULT_COUNTRY
from router.simulator.read_values import read_value, unknown
from router.simulator.script import Answer

WORDS: Final = ("failed", "not_found")
"""How a lookup can end without outputs; everything else was found."""


EMPLOYEE_ID: Final = Lookup(known="employee", outputs={"id": Output(name="id", type="text", path="id", default="")})
"""What a task asks for that names its employee; a test may answer it, to see what becomes of a refusal."""


def read_split(node: Node, bundle: Bundle, flow: Flow, report: Report) -> dict[str, str]:
    """Step -> the branch that it takes."""
    taken = {}
    splits = {step.name: step for _, step in _steps(bundle, flow) if isinstance(step.settings, Split)}
    for key, value in pairs(node):
        step = splits.get(key.text)
        if step is None:
            unknown("F301", "split step", key, splits, report)
            continue
        branches = [branch for branch, _ in _branches(step)]
        if value.text not in branches:
            unknown("F301", f"branch of {key.text}", value, branches, report)
        taken[key.text] = value.text
    return taken


def _branches(step: Step[Any]) -> tuple[tuple[str, int], ...]:
    return step.settings.branches if isinstance(step.settings, Split) else ()


def read_lookups(node: Node, bundle: Bundle, flow: Flow, report: Report) -> dict[str, tuple[Answer, ...]]:
    """Lookup -> its answers in turn."""
    answers = {}
    lookups: dict[str, Lookup] = {}
    for flow_name, step in _steps(bundle, flow):
        asked = EMPLOYEE_ID if isinstance(step.settings, Callback) and step.settings.employee else step.settings
        if isinstance(asked, Lookup) and not asked.in_table:
            lookups.setdefault(step.name, asked)
            lookups[f"{flow_name}.{step.name}"] = asked
    for key, value in pairs(node):
        lookup = lookups.get(key.text)
        if lookup is None:
            unknown("F301", "lookup step other than of a table", key, lookups, report)
        elif value.kind == "sequence":
            answers[key.text] = tuple(read_answer(item, lookup, report, bundle.country) for item in items(value))
        else:
            answers[key.text] = (read_answer(value, lookup, report, bundle.country, repeats=True),)
    return answers


def read_answer(
    node: Node, lookup: Lookup, report: Report, country: str = DEFAULT_COUNTRY, *, repeats: bool = False
) -> Answer:
    """A word of WORDS, or the outputs that were found."""
    if node.kind == "scalar":
        return Answer(mark=node.mark, state=node.text, repeats=repeats)
    return Answer(mark=node.mark, state="found", outputs=_outputs(node, lookup, report, country), repeats=repeats)


def _outputs(node: Node, lookup: Lookup, report: Report, country: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key, value in pairs(node):
        output = lookup.outputs.get(key.text)
        if output is None:
            unknown("F201", "output", key, lookup.outputs, report)
        elif (read := read_value(value, output.type, report, country)) is not None:
            values[key.text] = read
    return values


def _steps(bundle: Bundle, flow: Flow) -> Iterator[tuple[str, Step[Any]]]:
    """Every step that a call of the flow can come to, with its flow's name."""
    seen, waiting = {flow.name}, [flow]
    while waiting:
        found = waiting.pop(0)
        for step in found.steps.values():
            yield found.name, step
            if isinstance(step.settings, Run) and step.settings.flow not in seen:
                seen.add(step.settings.flow)
                waiting.append(bundle.flows[step.settings.flow])
