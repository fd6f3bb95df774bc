"""Exits that can occur, are not written, and have no on_error to go to.

`answered` and `left` need none (the flow rests, or lets go), and within on_end an exit without a target just ends the
flow. The lack of an on_error is one mistake, however many exits show it.
"""

from typing import Final

from router.flow.checks.paths import reachable
from router.flow.checks.subflow_summary import Summaries
from router.flow.findings import Report
from router.flow.invalid import INVALID
from router.flow.reading.flows import ParsedFlow, ParsedStep
from router.flow.reading.names import Contracts
from router.flow.verbs import VERBS
from router.flow.verbs.run import Run
from router.flow.yaml.node import length_of

_NOT_FAILURES: Final = frozenset({"next"})
"""What `else` does not stand for."""


def check_exits(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """F501 at the first step with such an exit, naming the other steps too."""
    if parsed.rescued:
        return
    in_call = reachable(parsed, (parsed.start,))
    lacking = [
        (step, exits)
        for name, step in parsed.steps.items()
        if name in in_call and (exits := missing(step, parsed.contracts))
    ]
    if not lacking:
        return
    first, exits = lacking[0]
    names = ", ".join(f"`{name}`" for name in exits)
    others = ", ".join(f"`{step.name.text}`" for step, _ in lacking[1:4])
    rest = f", nor have exits of {others}{' and more' if len(lacking) > 4 else ''}" if others else ""
    report.add(
        "F501",
        first.verb.mark,
        f"{names} of `{first.name.text}` {'has' if len(exits) == 1 else 'have'} no target{rest}",
        length=length_of(first.verb),
        suggestion="write them, or give the flow an on_error",
    )


def missing(step: ParsedStep, contracts: Contracts) -> tuple[str, ...]:
    """The exits of the step that nothing is written for; none while the step has other faults."""
    if step.settings is INVALID:
        return ()
    written = {edge.exit for edge in step.edges}
    covers = "else" in written
    return tuple(
        name for name in _needed(step, contracts) if name not in written and not (covers and name not in _NOT_FAILURES)
    )


def _needed(step: ParsedStep, contracts: Contracts) -> tuple[str, ...]:
    """The exits that can occur and must lead somewhere; of a run those that the other flow returns by."""
    settings = step.settings
    if isinstance(settings, Run):
        contract = contracts.get(settings.flow)
        return tuple(sorted(contract.exits)) if contract is not None else ()
    return VERBS[step.verb.text].exits.required(settings)
