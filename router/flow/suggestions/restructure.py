"""Repairs that move things: a setting into the map that it belongs to, an exit into `on`, a verb into its own step.

Each answers the edits, or None where the file is not written in a way that they are sure of.
"""

from collections.abc import Iterator, Sequence

from router.flow.schema.coercion import Schema, resolved
from router.flow.suggestions.advice import Edit, as_scalar, edit
from router.flow.suggestions.file_edits import Edits, joined
from router.flow.suggestions.fixes import rewritten
from router.flow.suggestions.foreign_words import BARE
from router.flow.suggestions.repair import LONGEST_SHOWN, Repair, variable
from router.flow.yaml.node import Node, find, items, pairs


class Restructure(Repair):
    """Repairs of one file that move things."""

    def parent_of(self, node: Node) -> Node | None:
        """The map that has the node under one of its keys."""
        waiting = [self.vocabulary.root] if self.vocabulary.root is not None else []
        while waiting:
            around = waiting.pop()
            for child in around.value if isinstance(around.value, tuple) else ():
                value = child[1] if isinstance(child, tuple) else child
                if value is node:
                    return around
                waiting.append(value)
        return None

    def renamed(self, key: Node, name: str) -> Edits:
        return rewritten(key, name, self.lines)

    def renamed_everywhere(self, key: Node, name: str) -> Edits:
        """A name where it is given, and in the file's values that are nothing but this name."""
        root = self.vocabulary.root
        uses = [node for node in _scalars(root) if node.text == key.text] if root is not None else []
        return tuple(one for node in (key, *uses) for one in rewritten(node, name, self.lines))

    def onto_one_line(self, key: Node, value: Node) -> Edits:
        """The edit that lets the value begin in the line of its key, when it stands below it."""
        if value.mark.line == key.mark.line:
            return ()
        start = key.mark.column + len(key.text) + 1
        return (
            Edit(
                line=key.mark.line,
                column=start,
                end_line=value.mark.line,
                end_column=value.mark.column,
                text=" ",
            ),
        )

    def around(self, node: Node, key: str, inner: Sequence[Node]) -> Edits | None:
        """{x: 1, next: s} -> {vars: {x: 1}, next: s}; `inner` are the keys that belong together, one after another."""
        places = [index for index, (name, _) in enumerate(pairs(node)) if name in inner]
        if self.source(node, 1) != "{" or places != list(range(places[0], places[0] + len(places))):
            return None
        first, end = pairs(node)[places[0]][0].mark, self.end(pairs(node)[places[-1]][1])
        if end is None:
            return None
        return (edit(first.line, first.column, 0, f"{key}: {{"), edit(end[0], end[1], 0, "}"))

    def inserted(self, node: Node, text: str) -> Edits | None:
        """The edit that adds an entry at the end of a map."""
        end = self.end(node)
        if end is None or node.kind != "mapping" or not pairs(node):
            return None
        if self.source(node, 1) == "{":
            return (edit(end[0], end[1] - 1, 0, f", {text}"),)
        return (edit(end[0], end[1], 0, f"\n{' ' * (node.mark.column - 1)}{text}"),)

    def declaring(self, names: Sequence[tuple[str, str]], kind: str = "") -> Edits:
        """The edit that adds variables to the flow's `vars`, with the types of their values, or of `kind`."""
        root = self.vocabulary.root
        known = find(root, "vars")
        new = [
            f"{name}: {{type: {kind}}}" if kind else variable(name, value).replace(f", default: {as_scalar(value)}", "")
            for name, value in names
            if find(known, name) is None
        ]
        if not new or root is None:
            return ()
        if known is not None:
            return self.inserted(known, ", ".join(new)) or () if self.source(known, 1) == "{" or len(new) == 1 else ()
        steps = next((key for key, _ in pairs(root) if key.text == "steps"), None)
        return (edit(steps.mark.line, 1, 0, f"vars: {{{', '.join(new)}}}\n"),) if steps is not None else ()

    def moved_in(self, step: Node, key: Node, settings: Node, found: Sequence[Node], schema: Schema) -> Edits | None:
        """What stands beside the verb, among its settings."""
        stray = [(name, value) for name, value in pairs(step) if name in found]
        if settings.kind != "mapping" or any(name.text not in schema.get("properties", {}) for name, _ in stray):
            return None
        whole = Node("mapping", (*pairs(settings), *stray), settings.mark)
        edits = self.edits(whole, schema)
        if edits is None:
            edits = self._with_variables(settings, schema)
        texts = [self.text_of(name, value) for name, value in stray]
        put = self.inserted(settings, ", ".join(texts)) if all(texts) and self.source(settings, 1) == "{" else None
        gone = joined(self.without(step, index) for index, (name, _) in enumerate(pairs(step)) if name in found)
        return (*gone, *put, *edits) if gone and put and edits is not None else None

    def _with_variables(self, settings: Node, schema: Schema) -> Edits | None:
        if schema.get("required") != ["vars"] or find(settings, "vars") is not None:
            return None
        around = self.around(settings, "vars", [key for key, _ in pairs(settings)])
        if around is None:
            return None
        return (*around, *self.declaring([(key.text, value.text) for key, value in pairs(settings)]))

    def text_of(self, key: Node, value: Node) -> str:
        """An entry as it is written, when it stands in one line."""
        end = self.end(value)
        if end is None or end[0] != key.mark.line:
            return ""
        return self.lines[key.mark.line - 1][key.mark.column - 1 : end[1] - 1]

    def as_verb(self, step: Node, key: Node, settings: Node, name: str, schema: Schema) -> Edits | None:
        """The step with the verb `name` instead of the one at `key`."""
        if name in BARE:
            return self.replacing(step, name)
        renamed = self.renamed(key, name)
        if name == "switch" and settings.kind != "sequence":
            target = settings.text or (pairs(settings)[0][1].text if len(pairs(settings)) == 1 else "")
            if not self.vocabulary.has_step(target):
                return None
            put = self.replacing(settings, f"[{{else: {target}}}]")
            return (*renamed, *self.onto_one_line(key, settings), *put) if put and renamed else None
        edits = self.edits(settings, schema)
        if edits is None and settings.kind == "mapping":
            edits = self._with_variables(settings, resolved(schema, self.root_schema))
        if edits is None and name == "lookup":
            return self._as_request(key, settings, self.edits(settings, schema["properties"]["http"]))
        if name == "run" and not self._is_other_flow(settings):
            return None
        return (*renamed, *edits) if edits is not None and renamed else None

    def _as_request(self, key: Node, settings: Node, edits: Edits | None) -> Edits | None:
        """{http: {url: …}} -> {lookup: {http: {url: …}}}"""
        end = self.end(settings)
        if self.source(settings, 1) != "{" or end is None or edits is None:
            return None
        start = key.mark
        return (
            edit(start.line, start.column, len(key.text), "lookup: {http"),
            *edits,
            edit(end[0], end[1], 0, "}"),
        )

    def _is_other_flow(self, settings: Node) -> bool:
        flow = settings.text or next((value.text for _, value in pairs(settings) if value.kind == "scalar"), "")
        own = find(self.vocabulary.root, "flow")
        return flow in self.vocabulary.returns and (own is None or own.text != flow)

    def as_entry_of_on(self, node: Node, key: Node, value: Node, on: Node | None, name: str) -> Edits | None:
        """An exit that stands among the settings, in `on`."""
        end = self.end(value)
        if end is None or end[0] != key.mark.line or value.empty:
            return None
        if on is None:
            return (edit(key.mark.line, key.mark.column, end[1] - key.mark.column, f"on: {{{name}: {value.text}}}"),)
        number = next(index for index, (other, _) in enumerate(pairs(node)) if other is key)
        put, gone = self.inserted(on, f"{name}: {value.text}"), self.without(node, number)
        return (*gone, *put) if put and gone else None

    def apart(self, step: Node, name: Node, other: str) -> Edits | None:
        """The second verb of a step as a step of its own, `other`, to which the first one goes."""
        (_, settings), (second, rest) = pairs(step)[0], pairs(step)[1]
        end = self.end(step)
        if len(pairs(step)) != 2 or settings.kind != "mapping" or end is None or end[0] != name.mark.line:
            return None
        written = self.text_of(second, rest)
        put, gone = self.inserted(settings, f"next: {other}"), self.without(step, 1)
        if not (written and put and gone) or find(settings, "next") is not None or self.vocabulary.has_step(other):
            return None
        line = self.lines[end[0] - 1]
        verb = second.text if second.text in BARE else f"{{{written}}}"
        below = edit(end[0], len(line) + 1, 0, f"\n{' ' * (name.mark.column - 1)}{other}: {verb}")
        return (*gone, *put, below)

    def shown_step(self, step: Node, key: Node, edits: Edits) -> str:
        """The step from its verb on, as it is after the edits, when that fits into a line."""
        end = self.end(step)
        if end is None:
            return ""
        if self.source(step, 1) == "{":
            if len(edits) == 1 and edits[0].column == step.mark.column:
                return edits[0].text
            end = (end[0], end[1] - 1)
        elif len(edits) == 1 and (edits[0].line, edits[0].column) == (step.mark.line, step.mark.column):
            return edits[0].text if edits[0].end_line == end[0] and edits[0].text in BARE else ""
        return self.after(key.mark.line, key.mark.column, end, edits)

    def shown_value(self, node: Node, edits: Edits) -> str:
        end = self.end(node)
        return self.after(node.mark.line, node.mark.column, end, edits) if end is not None else ""

    def shown(self, key: Node, value: Node, edits: Edits) -> str:
        """An entry as it is after the edits."""
        end = self.end(value)
        return self.after(key.mark.line, key.mark.column, end, edits) if end is not None else ""

    def after(self, line: int, column: int, end: tuple[int, int], edits: Edits) -> str:
        """What stands between two places of one line after the edits; "" when it is too long to be shown."""
        here = [one for one in edits if one.line == line == one.end_line and column <= one.column]
        if end[0] != line:
            return ""
        text, stop = self.lines[line - 1], end[1]
        for one in sorted(here, key=lambda one: one.column, reverse=True):
            if one.end_column > end[1]:
                continue
            text = text[: one.column - 1] + one.text + text[one.end_column - 1 :]
            stop += len(one.text) - (one.end_column - one.column)
        shown = text[column - 1 : stop - 1]
        return shown if len(shown) <= LONGEST_SHOWN else ""


def _scalars(node: Node) -> Iterator[Node]:
    """The scalars below a node that are values."""
    if node.kind == "scalar":
        yield node
    for _, value in pairs(node):
        yield from _scalars(value)
    for item in items(node):
        yield from _scalars(item)
