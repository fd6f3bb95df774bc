"""The written exits of a step, and where in its file each one stands.

What coverage counts and mutation changes. An exit that is not written (`on_error`, a route that rests after
`answered`) belongs to no line of the flow and is none here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.flow.keys import parse_pattern
from router.flow.model import Mark, Menu, Split, Step, Switch, Watch
from router.flow.source import Node, find, items, pairs, parse_yaml
from router.protocol.codes import matches_class


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """One written way out of a step."""

    name: str  # unique within the step
    label: str  # for people: the condition of a switch, the key of a menu, ...
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
            yield Exit(name=name, label=name, target=rule[1], path=(name, "goto"))


def _of_split(settings: Split) -> Iterator[Exit]:
    for branch, _ in settings.branches:
        yield Exit(name=branch, label=branch, target=branch, path=("to", branch))


OWN: Final[Mapping[type, Callable[[Any], Iterator[Exit]]]] = {
    Switch: _of_switch,
    Menu: _of_menu,
    Watch: _of_watch,
    Split: _of_split,
}
"""Verbs whose settings name targets themselves."""


def taken(step: Step, left: Mapping[str, Any]) -> str | None:
    """The name of the exit by which a step was left, by its `left` entry in the trace; None for an unwritten one."""
    if isinstance(step.settings, Switch):
        asked = len(left.get("clauses") or ())
        return str(asked if left["exit"] == "else" else asked - 1)
    names = [exit_.name for exit_ in exits_of(step)]
    code = str(left.get("code", ""))
    classes = [name for name in names if code and "x" in name and matches_class(int(code), name)]
    wanted = [code, *classes, left["exit"], "else"]
    found = next((name for name in wanted if name in names), None)
    return found if left["goto"] else None


class Places:
    """Where the exits of a bundle's steps are written; `texts` are its files."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._roots: dict[str, Node | None] = {}

    def of(self, step: Step, exit_: Exit) -> Mark:
        """The node that names the exit's target; the step's own place if there is none."""
        return self.within(step, *exit_.path)

    def within(self, step: Step, *path: str | int) -> Mark:
        """A setting of the step's verb; the step's own place if it is not written."""
        node = self._verb_settings(step)
        for part in path:
            node = _inside(node, part)
        return node.mark if node is not None else step.mark

    def _verb_settings(self, step: Step) -> Node | None:
        file = step.mark.file
        if file not in self._roots:
            self._roots[file] = parse_yaml(file, self._texts[file])[0] if file in self._texts else None
        written = find(find(self._roots[file], "steps"), step.name)
        return find(written, step.verb)


def _inside(node: Node | None, part: str | int) -> Node | None:
    """An item of a list; or what stands under a key, which may be written as a word (`star`)."""
    if node is None:
        return None
    if isinstance(part, int):
        written = items(node)
        return written[part] if part < len(written) else None
    return next((value for key, value in pairs(node) if part in (key.text, parse_pattern(key.text))), None)
