"""By which exit a call left a step, and where in its file each exit stands."""

from collections.abc import Mapping
from typing import Any

from router.flow.model import Mark, Step
from router.flow.resources.key_patterns import parse_pattern
from router.flow.verbs.spec import Exit
from router.flow.verbs.switch import Switch
from router.flow.written_exits import exits_of
from router.flow.yaml.node import Node, find, items, pairs
from router.flow.yaml.parser import parse_yaml
from router.protocol.codes import matches_class


def taken(step: Step[Any], left: Mapping[str, Any]) -> str | None:
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

    def of(self, step: Step[Any], exit_: Exit) -> Mark:
        """The node that names the exit's target; the step's own place if there is none."""
        return self.within(step, *exit_.path)

    def within(self, step: Step[Any], *path: str | int) -> Mark:
        """A setting of the step's verb; the step's own place if it is not written."""
        node = self._verb_settings(step)
        for part in path:
            node = _inside(node, part)
        return node.mark if node is not None else step.mark

    def _verb_settings(self, step: Step[Any]) -> Node | None:
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
