"""Small mistakes that an author could make, one in each mutant: what the tests of a flow should notice.

A mutant differs from the bundle in one step. Mutants that could not be told from the original are not made: exits
with the same target are not swapped, and a wait for further digits counts only where further digits can matter.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from router.flow.durations import format_duration
from router.flow.expressions import BUILTIN_NAMES, compile_expression, hours_names
from router.flow.model import (
    Bundle,
    Case,
    Collect,
    Expression,
    Flow,
    Mark,
    Menu,
    Route,
    SetVariables,
    Split,
    Step,
    Switch,
    Wait,
    Watch,
)
from router.flow.written_exits import Exit, exits_of
from router.simulator.exits import Places

LONGER: Final = 2
"""By how much a duration is multiplied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One mistake."""

    flow: str
    step: Step  # as the mutant has it
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
    names |= {f"vars.{name}": variable.type for name, variable in flow.variables.items()}
    return names | {name: output.type for name, output in flow.outputs.items()}


@dataclass(frozen=True, slots=True)
class _Making:
    """One step and what its mutants are made with."""

    flow: Flow
    step: Step
    places: Places
    names: Mapping[str, str]

    def mutant(self, mistake: str, *path: str | int, **changed: Any) -> Mutant:
        """The step with some of its fields changed, at the place of a setting."""
        mark = self.places.within(self.step, *path) if path else self.step.mark
        return Mutant(flow=self.flow.name, step=replace(self.step, **changed), mistake=mistake, mark=mark)


# exits


def _swap(making: _Making) -> Iterator[Mutant]:
    """Neighbours change places."""
    for one, other in pairwise(exits_of(making.step)):
        if one.target == other.target or isinstance(making.step.settings, Split):
            continue
        step = _leading(_leading(making.step, one, other.target), other, one.target)
        mistake = f"the targets of `{one.label}` and `{other.label}` are swapped"
        yield making.mutant(mistake, *one.path, settings=step.settings, exits=step.exits)


def _leading(step: Step, exit_: Exit, target: str) -> Step:
    """The step with another target for one of its exits."""
    lead = LEADING.get(type(step.settings))
    settings = lead(step.settings, exit_.name, target) if lead is not None else step.settings
    exits = {name: target if name == exit_.name else goto for name, goto in step.exits.items()}
    if isinstance(settings, Menu | Collect) and exit_.name in ("no_input", "no_match"):
        settings = replace(settings, **{exit_.name: replace(RETRY[exit_.name](settings), goto=target)})
    return replace(step, settings=settings, exits=exits)


def _lead_switch(settings: Switch, name: str, target: str) -> Switch:
    cases = [replace(case, goto=target) if str(n) == name else case for n, case in enumerate(settings.cases)]
    return Switch(cases=tuple(cases))


def _lead_menu(settings: Menu, name: str, target: str) -> Menu:
    return replace(settings, targets={key: target if key == name else to for key, to in settings.targets.items()})


def _lead_watch(settings: Watch, name: str, target: str) -> Watch:
    rule = {"held": settings.held, "talking": settings.talking}.get(name)
    changed: dict[str, Any] = {name: target if rule is None else (rule[0], target)}
    return replace(settings, **changed)


LEADING: Final[Mapping[type, Callable[[Any, str, str], Any]]] = {
    Switch: _lead_switch,
    Menu: _lead_menu,
    Watch: _lead_watch,
}
RETRY: Final[Mapping[str, Callable[[Menu | Collect], Any]]] = {
    "no_input": lambda settings: settings.no_input,
    "no_match": lambda settings: settings.no_match,
}

# steps


def _drop(making: _Making) -> Iterator[Mutant]:
    """The step does nothing, and the next one follows."""
    step = making.step
    target = step.exits.get("next")
    if target is not None and not (isinstance(step.settings, SetVariables) and not step.settings.values):
        yield making.mutant(
            "the step is left out", verb="set", settings=SetVariables(values={}), exits={"next": target}
        )


# conditions


def _bend(making: _Making) -> Iterator[Mutant]:
    settings = making.step.settings
    if not isinstance(settings, Switch):
        return
    for number, case in enumerate(settings.cases):
        for bent in _bent(case.when, making.names) if case.when is not None else ():
            cases = (*settings.cases[:number], Case(when=bent, goto=case.goto), *settings.cases[number + 1 :])
            mistake = f"the condition is `{bent.source}`"
            yield making.mutant(mistake, number, "when", settings=Switch(cases=cases))


def _bent(expression: Expression, names: Mapping[str, str]) -> Iterator[Expression]:
    sources = [f"not ({expression.source})", *_other_operators(expression.source)]
    for source in sources:
        compiled, _ = compile_expression(source, names, "bool")
        if compiled is not None:
            yield compiled


OTHER_RELATION: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
OTHER_JUNCTION: Final[Mapping[type[ast.boolop], type[ast.boolop]]] = {ast.And: ast.Or, ast.Or: ast.And}


def _other_operators(source: str) -> Iterator[str]:
    """The condition with one operator changed, for each operator that has a likely wrong neighbour."""
    tree = ast.parse(source.strip(), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for index, operator in enumerate(node.ops):
                if (other := OTHER_RELATION.get(type(operator))) is not None:
                    node.ops[index] = other()
                    yield ast.unparse(tree)
                    node.ops[index] = operator
        elif isinstance(node, ast.BoolOp):
            written = node.op
            node.op = OTHER_JUNCTION[type(written)]()
            yield ast.unparse(tree)
            node.op = written


# counts and durations


def _count(making: _Making) -> Iterator[Mutant]:
    """One re-prompt more."""
    settings = making.step.settings
    if isinstance(settings, Menu | Collect):
        for name, retry in RETRY.items():
            more = replace(retry(settings), max=retry(settings).max + 1)
            changed = replace(settings, **{name: more})
            yield making.mutant(f"max of `{name}` is {more.max}", name, "max", settings=changed)


def _lengthen(making: _Making) -> Iterator[Mutant]:
    """A duration is twice as long."""
    settings: Any = making.step.settings
    for name in DURATIONS.get(type(settings), ()):
        seconds = SECONDS[name](settings)
        if seconds is None or (name == "next_digit" and not _digits_may_follow(settings)):
            continue
        longer = seconds * LONGER
        changed = replace(settings, **{FIELD.get(name, name): _with_seconds(settings, name, longer)})
        yield making.mutant(f"`{name}` is {format_duration(longer)}", *PATH.get(name, (name,)), settings=changed)


def _ring_longer(making: _Making) -> Iterator[Mutant]:
    """What rings, rings twice as long; where each destination has a time of its own, one of them does."""
    settings = making.step.settings
    if not isinstance(settings, Route) or not any(settings.ring):
        return
    ring = settings.ring
    if len(set(ring)) == 1:
        longer = tuple(seconds * LONGER for seconds in ring)
        changed = replace(settings, ring=longer)
        yield making.mutant(f"`ring` is {format_duration(longer[0])}", "ring", settings=changed)
        return
    for index, seconds in enumerate(ring):
        if seconds:
            changed = replace(settings, ring=(*ring[:index], seconds * LONGER, *ring[index + 1 :]))
            label = f"{settings.to[index].kind} {settings.to[index].name.source}"
            mistake = f"`ring` of {label} is {format_duration(seconds * LONGER)}"
            yield making.mutant(mistake, "ring", index, settings=changed)


def _with_seconds(settings: Any, name: str, seconds: float) -> Any:
    """A watched duration stands beside its target."""
    rule = {"held": settings.held, "talking": settings.talking}.get(name) if isinstance(settings, Watch) else None
    return seconds if rule is None else (seconds, rule[1])


def _digits_may_follow(settings: Menu | Collect) -> bool:
    if isinstance(settings, Menu):
        return any(len(pattern) > 1 for pattern in settings.targets)
    return settings.max_length > 1


DURATIONS: Final[Mapping[type, tuple[str, ...]]] = {
    Menu: ("first_digit", "next_digit"),
    Collect: ("first_digit", "next_digit"),
    Wait: ("for",),
    Watch: ("held", "talking"),
}
FIELD: Final[Mapping[str, str]] = {"for": "seconds"}
"""Where the model's word is not the author's."""

PATH: Final[Mapping[str, tuple[str, str]]] = {"held": ("held", "for"), "talking": ("talking", "for")}

SECONDS: Final[Mapping[str, Callable[[Any], float | None]]] = {
    "first_digit": lambda settings: settings.first_digit,
    "next_digit": lambda settings: settings.next_digit,
    "for": lambda settings: settings.seconds,
    "held": lambda settings: settings.held and settings.held[0],
    "talking": lambda settings: settings.talking and settings.talking[0],
}

MAKERS: Final[tuple[Callable[[_Making], Iterator[Mutant]], ...]] = (
    _swap,
    _drop,
    _bend,
    _count,
    _lengthen,
    _ring_longer,
)
