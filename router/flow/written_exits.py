"""The written ways out of a step: what diagrams draw, coverage counts and mutation changes.

An exit that is not written (`on_error`, a route that rests after `answered`) belongs to no line of the flow and is none
here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.flow.durations import format_duration
from router.flow.model import Menu, Split, Step, Switch, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """One written way out of a step."""

    name: str  # unique within the step
    label: str  # for people: the condition of a switch, the key of a menu, ...
    arrow: str = ""  # the same on an arrow, where the target is seen: "held 1m", "70 of 100"; "" for the label
    target: str
    path: tuple[str | int, ...]  # from the verb's settings to the node that names the target


def exits_of(step: Step) -> list[Exit]:
    """The written exits of a step, in the order written."""
    read = OWN.get(type(step.settings))
    own = list(read(step.settings)) if read is not None else []
    known = {exit_.name for exit_ in own}
    listed = [Exit(name=name, label=name, target=target, path=_path(name)) for name, target in step.exits.items()]
    return [*own, *(exit_ for exit_ in listed if exit_.name not in known)]


WORDS: Final[Mapping[str, str]] = {"*": "star", "#": "pound"}
"""Keys by the names that authors write."""
RETRIES: Final = ("no_input", "no_match")


def _path(name: str) -> tuple[str, ...]:
    if name in RETRIES:
        return name, "goto"
    return ("next",) if name == "next" else ("on", name)


def _of_switch(settings: Switch) -> Iterator[Exit]:
    for number, case in enumerate(settings.cases):
        label = case.when.source if case.when is not None else "else"
        key = "goto" if case.when is not None else "else"
        yield Exit(name=str(number), label=label, target=case.goto, path=(number, key))


def _of_menu(settings: Menu) -> Iterator[Exit]:
    for pattern, target in settings.targets.items():
        yield Exit(name=pattern, label=WORDS.get(pattern, pattern), target=target, path=("keys", pattern))


def _of_watch(settings: Watch) -> Iterator[Exit]:
    for name, goto in (("connected", settings.connected), ("ended", settings.ended)):
        if goto is not None:
            yield Exit(name=name, label=name, target=goto, path=(name,))
    for name, rule in (("held", settings.held), ("talking", settings.talking)):
        if rule is not None:
            arrow = f"{name} {format_duration(rule[0])}"
            yield Exit(name=name, label=name, arrow=arrow, target=rule[1], path=(name, "goto"))


def _of_split(settings: Split) -> Iterator[Exit]:
    total = sum(weight for _, weight in settings.branches)
    for branch, weight in settings.branches:
        arrow = f"{weight} of {total}"
        yield Exit(name=branch, label=branch, arrow=arrow, target=branch, path=("to", branch))


OWN: Final[Mapping[type, Callable[[Any], Iterator[Exit]]]] = {
    Switch: _of_switch,
    Menu: _of_menu,
    Watch: _of_watch,
    Split: _of_split,
}
"""Verbs whose settings name targets themselves."""
