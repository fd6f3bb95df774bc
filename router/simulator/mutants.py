"""Small mistakes that an author could make, one in each mutant: what the tests of a flow should notice.

A mutant differs from the bundle in one step. Mutants that could not be told from the original are not made: exits
with the same target are not swapped, and a wait for further digits counts only where further digits can matter.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from router.flow.expressions import BUILTIN_NAMES, hours_names
from router.flow.model import Bundle, Flow, Mark, Step
from router.flow.reading.names import type_in_expressions
from router.flow.verbs import VERBS
from router.flow.verbs.set import SetVariables
from router.flow.verbs.spec import Exit
from router.flow.written_exits import exits_of
from router.simulator.exit_places import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One mistake."""

    flow: str
    step: Step[Any]  # as the mutant has it
    mistake: str  # for people: "`busy` and `no_answer` are swapped"
    mark: Mark  # what was changed

    def applied(self, bundle: Bundle) -> Bundle:
        """The bundle with the mistake in it."""
        flow = bundle.flows[self.flow]
        flow = replace(flow, steps={**flow.steps, self.step.name: self.step})
        return replace(bundle, flows={**bundle.flows, self.flow: flow})


def mutants(bundle: Bundle, texts: Mapping[str, str]) -> list[Mutant]:
    """Every mutant of the bundle, in the order of its flows and steps; `texts` are its files."""
    places = Places(texts)
    made = []
    for _, flow in sorted(bundle.flows.items()):
        names = names_of(bundle, flow)
        for step in flow.steps.values():
            making = _Making(flow, step, places, names)
            made += [mutant for make in MAKERS for mutant in make(making)]
    return made


def names_of(bundle: Bundle, flow: Flow) -> dict[str, str]:
    """Every name that the flow's expressions may use, with its type."""
    names = dict(BUILTIN_NAMES)
    for name in bundle.hours:
        names |= hours_names(name)
    names |= {f"lists.{name}": "list" for name in bundle.lists}
    names |= {f"visits.{name}": "number" for name in flow.steps}
    names["values.*"] = "text"
    names |= {f"vars.{name}": type_in_expressions(variable) for name, variable in flow.variables.items()}
    return names | {name: type_in_expressions(output) for name, output in flow.outputs.items()}


@dataclass(frozen=True, slots=True)
class _Making:
    """One step and what its mutants are made with."""

    flow: Flow
    step: Step[Any]
    places: Places
    names: Mapping[str, str]

    def mutant(self, mistake: str, *path: str | int, **changed: Any) -> Mutant:
        """The step with some of its fields changed, at the place of a setting."""
        mark = self.places.within(self.step, *path) if path else self.step.mark
        return Mutant(flow=self.flow.name, step=replace(self.step, **changed), mistake=mistake, mark=mark)


# exits


def _swap(making: _Making) -> Iterator[Mutant]:
    """Neighbours change places."""
    if VERBS[making.step.verb].exits.redirected is None:
        return
    for one, other in pairwise(exits_of(making.step)):
        if one.target == other.target:
            continue
        step = _leading(_leading(making.step, one, other.target), other, one.target)
        mistake = f"the targets of `{one.label}` and `{other.label}` are swapped"
        yield making.mutant(mistake, *one.path, settings=step.settings, exits=step.exits)


def _leading(step: Step[Any], exit_: Exit, target: str) -> Step[Any]:
    """The step with another target for one of its exits."""
    lead = VERBS[step.verb].exits.redirected
    assert lead is not None, "looked at before"
    exits = {name: target if name == exit_.name else goto for name, goto in step.exits.items()}
    return replace(step, settings=lead(step.settings, exit_.name, target), exits=exits)


# steps


def _drop(making: _Making) -> Iterator[Mutant]:
    """The step does nothing, and the next one follows."""
    step = making.step
    target = step.exits.get("next")
    if target is not None and not (isinstance(step.settings, SetVariables) and not step.settings.values):
        yield making.mutant(
            "the step is left out", verb="set", settings=SetVariables(values={}), exits={"next": target}
        )


# settings


def _mistake(making: _Making) -> Iterator[Mutant]:
    """Whatever the verb knows as likely."""
    for mistake in VERBS[making.step.verb].mistakes(making.step.settings, making.names):
        yield making.mutant(mistake.text, *mistake.path, settings=mistake.settings)


MAKERS: Final[tuple[Callable[[_Making], Iterator[Mutant]], ...]] = (_swap, _drop, _mistake)
