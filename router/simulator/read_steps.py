"""Read what a test's `given` says about steps: the branches of splits and the answers of lookups.

Names are those of the flow under test and of the flows that it runs, directly or not; where several of them have a
lookup of one name, `flow.step` means one alone. Only lookups of http and api can be answered: a table of the bundle
answers by itself.
"""

from collections.abc import Iterator
from typing import Any, Final

from router.flow.findings import Report
from router.flow.model import Bundle, Flow, Output, Step, Table, Value
from router.flow.verbs.callback import Callback
from router.flow.verbs.lookup import Lookup
from router.flow.verbs.run import Run
from router.flow.verbs.split import Split
from router.flow.yaml.node import Node, items, pairs
from router.protocol.dial_plan import DEFAULT_COUNTRY
from router.simulator.foreign_answers import read_foreign, read_table, written_form
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
    tables = {key.text for key, _, _ in _table_answers(node, bundle, flow)}
    for flow_name, step in _steps(bundle, flow):
        asked = EMPLOYEE_ID if isinstance(step.settings, Callback) and step.settings.employee else step.settings
        if isinstance(asked, Lookup) and not asked.in_table:
            lookups.setdefault(step.name, asked)
            lookups[f"{flow_name}.{step.name}"] = asked
    for key, value in pairs(node):
        lookup = lookups.get(key.text)
        if key.text in tables:
            continue
        if lookup is None:
            unknown("F301", "lookup step other than of a table", key, lookups, report)
        elif value.kind == "sequence":
            answers[key.text] = tuple(read_answer(item, lookup, report, bundle.country) for item in items(value))
        else:
            answers[key.text] = (read_answer(value, lookup, report, bundle.country, repeats=True),)
    return answers


def read_tables(node: Node, bundle: Bundle, flow: Flow, report: Report) -> dict[tuple[str, str], Table]:
    """(flow, step) -> the table that is written for a lookup in one."""
    found = {}
    for _, value, (flow_name, step) in _table_answers(node, bundle, flow):
        form, written = written_form(value, step.settings) or ("", value)
        table = read_table(form, written, _key_column(bundle, step.settings), report, bundle.country)
        if table is not None:
            found[flow_name, step.name] = table
    return found


def _table_answers(node: Node, bundle: Bundle, flow: Flow) -> Iterator[tuple[Node, Node, tuple[str, Step[Lookup]]]]:
    """Each entry for a lookup in a table: its key, what is written, and the step with its flow's name."""
    places: dict[str, tuple[str, Step[Lookup]]] = {}
    for flow_name, step in _steps(bundle, flow):
        if isinstance(step.settings, Lookup) and step.settings.in_table:
            places.setdefault(step.name, (flow_name, step))
            places[f"{flow_name}.{step.name}"] = (flow_name, step)
    for key, value in pairs(node):
        if key.text in places and value.kind == "mapping" and written_form(value, places[key.text][1].settings):
            yield key, value, places[key.text]


def _key_column(bundle: Bundle, lookup: Lookup) -> str:
    """The column by which the rows of the bundle's own table are found."""
    table = bundle.tables.get(lookup.table) or next(iter(bundle.tables.values()))
    keyed = (column for column in table.columns if all(row[column] == key for key, row in table.rows.items()))
    return next(keyed, table.columns[0])


def read_answer(
    node: Node, lookup: Lookup, report: Report, country: str = DEFAULT_COUNTRY, *, repeats: bool = False
) -> Answer:
    """A word of WORDS, the outputs that were found, or what the other side answers."""
    written = written_form(node, lookup) if node.kind == "mapping" else None
    if written is not None:
        return read_foreign(*written, lookup, report, country, repeats=repeats)
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
