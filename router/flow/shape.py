"""Whether a file has the shape that its JSON Schema demands, told at the node that does not.

The schema gives scalars their types: where it wants a number and the text is one, the validator sees a number. The
schemas are built so that one mistake breaks one rule; where two rules still meet at one mistake, the more telling one
is kept. They carry annotations for people: `title` (what the thing is called), `x-form` (what a text has to look like),
`x-members` (what the keys of a map are) and `x-hint` (what a key that begins with a digit has to look like).
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

import jsonschema_rs

from router.flow.advice import Suggestion, offer, write
from router.flow.coercion import Coercion, Schema, resolved
from router.flow.findings import Report, did_you_mean
from router.flow.fixes import report_at
from router.flow.meanings import WORDS_FOR_BOOL, in_form, meant, telling
from router.flow.source import Node, items, pairs
from router.protocol.schemas import load_schema

Damaged = set[int]
"""The id() of every node that a finding was made about: its value is worth nothing, and nothing more is said of it."""

_TYPES: Final = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


def check_shape(root: Node, schema_name: str, report: Report) -> Damaged:
    """Report what does not fit the schema `schema_name` ("flow", "resources"); the nodes concerned."""
    schema, validator, coercion = _compiled(schema_name)
    damaged: Damaged = set()
    if report.has_errors_in(root.mark.file):
        _note_repaired(root, damaged)
    errors = list(validator.iter_errors(coercion.typed(root)))
    for error in telling(errors):
        _ShapeError(root, schema, error, report, damaged).tell()
    return damaged


@cache
def _compiled(name: str) -> tuple[Schema, Any, Coercion]:
    schema = load_schema(name)
    return schema, jsonschema_rs.validator_for(schema), Coercion(schema)


def _note_repaired(node: Node, damaged: Damaged) -> None:
    """What the YAML findings cover is damaged as well."""
    if node.repaired:
        damaged.add(id(node))
    for key, value in pairs(node):
        if key.repaired:
            damaged.update((id(key), id(value)))
        _note_repaired(value, damaged)
    for item in items(node):
        _note_repaired(item, damaged)


class _ShapeError:
    """One error of the validator, and how to say it."""

    def __init__(self, root: Node, schema: Schema, error: Any, report: Report, damaged: Damaged) -> None:
        self.error = error
        self.report = report
        self.damaged = damaged
        self.root_schema = schema
        self.schema = _parent(schema, error.schema_path)
        self.key, self.node = _walk(root, error.instance_path)

    def tell(self) -> None:
        """Report the error, unless something was said about this very text before."""
        if self.node.repaired:
            return
        _TELL.get(self.error.kind.name, _ShapeError._tell_anything)(self)

    def _say(self, code: str, node: Node, message: str, suggestion: Suggestion = "") -> None:
        self.damaged.add(id(node))
        report_at(self.report, code, node, message, suggestion)

    @property
    def _named(self) -> Node:
        """Where to say what concerns a whole map or list: at the key that it stands under."""
        return self.node if self.key is None or self.node.kind == "scalar" else self.key

    @property
    def _title(self) -> str:
        title = self.schema.get("title") or (self.key.text if self.key is not None else "this")
        if self.key is not None and self.key.text == title:
            return f"`{title}`"
        return f"{'an' if title[0] in 'aeiou' else 'a'} {title}"

    def _tell_unknown(self) -> None:
        found = [key for key, _ in pairs(self.node) if key.text in self.error.kind.unexpected and not key.repaired]
        self.damaged.update(id(value) for key, value in pairs(self.node) if key in found)
        if self.schema.get("x-members") == "verb":
            self._tell_unknown_verbs(found)
            return
        lacking = self._lacking_map()
        if lacking and found:
            first = found[0]
            around = f"write {lacking}: {{{first.text}: …}}"
            self._say("F201", first, f"unknown key `{first.text}` in {self._title}", around)
            return
        for key in found:
            self._tell_unknown_key(key)

    def _tell_unknown_key(self, key: Node) -> None:
        member = self.schema.get("x-members", "key")
        where = "" if member == "exit" else f" in {self._title}"
        near = meant(key.text, self._known)
        suggestion = offer([near]) if near else self._as_an_exit(key) or self._hint(key)
        self._say("F201", key, f"unknown {member} `{key.text}`{where}", suggestion)

    @property
    def _known(self) -> list[str]:
        return [*self.schema.get("properties", {})]

    def _tell_unknown_verbs(self, found: list[Node]) -> None:
        """A key that stands beside the verb belongs into its settings more often than not."""
        verb = next((key for key, _ in pairs(self.node) if key.text in self._known), None)
        if verb is None:
            for key in found:
                self._say(*_verb_finding(key, self._known))
        elif found:
            first = found[0]
            suggestion = f"what belongs to `{verb.text}` stands in its braces, or is indented deeper"
            self._say("F202", first, f"`{first.text}` stands beside `{verb.text}`, where only a verb can", suggestion)

    def _lacking_map(self) -> str:
        """A map of free names that has to be here and is not, when nothing of what is here is known."""
        written = {key.text for key, _ in pairs(self.node)}
        for name in self.schema.get("required", ()):
            part = resolved(self.schema.get("properties", {}).get(name, {}), self.root_schema)
            unlike = not any(meant(key, self._known) for key in self.error.kind.unexpected)
            if name not in written and isinstance(part.get("additionalProperties"), dict) and unlike:
                return str(name)
        return ""

    def _as_an_exit(self, key: Node) -> str:
        """Where the exit stands that was written among the settings of a verb."""
        exits = resolved(self.schema.get("properties", {}).get("on", {}), self.root_schema).get("properties", {})
        exit_name = "answered" if key.text == "next" and "answered" in exits else key.text
        return f"exits stand in `on`: on: {{{exit_name}: …}}" if exit_name in exits else ""

    def _hint(self, key: Node) -> str:
        """What a key with a form of its own has to look like, when it was meant to be such a one."""
        return str(self.schema.get("x-hint", "")) if key.text[:1].isdigit() else ""

    def _tell_key_form(self) -> None:
        inner = self.error.kind.error
        key = next(key for key, _ in pairs(self.node) if key.text == inner.instance)
        if key.repaired:
            return
        self.damaged.update(id(value) for name, value in pairs(self.node) if name is key)
        schema = self.schema if "x-form" in self.schema else self.schema.get("propertyNames", {})
        schema = resolved(schema, self.root_schema)
        message = f"`{key.text}` is not {schema.get('x-form', 'a key that can stand here')}"
        self._say("F207", key, message, in_form(key.text, schema))

    def _tell_missing(self) -> None:
        if any(key.repaired for key, _ in pairs(self.node)):
            return
        needed = self.schema.get("x-needs", f"`{self.error.kind.property}`")
        self._say("F205", self._named, f"{self._title} needs {needed}")

    def _tell_type(self) -> None:
        wanted = " or ".join(_TYPES[name] for name in self.error.kind.types if name != "null")
        if "x-form" in self.schema:
            wanted = self.schema["x-form"]
        self._say("F204", self.node, f"expected {wanted}, found {_found(self.node)}", self._in_type())

    def _in_type(self) -> Suggestion:
        """How to write what was meant."""
        types, text, needed = self.error.kind.types, self.node.text, self.schema.get("required", ())
        if "boolean" in types:
            word = WORDS_FOR_BOOL.get(text.lower(), text.lower())
            return write(word) if word in ("true", "false") else ""
        if "object" in types and text and len(needed) == 1:
            return f"write {{{needed[0]}: {text}}}"
        return write(text[:-1]) if "integer" in types and text[:-1].isdecimal() and text.endswith("%") else ""

    def _tell_options(self) -> None:
        options = [str(option) for option in self.schema.get("enum", ())]
        if "x-form" in self.schema:  # too many to be listed
            message = f"{_found(self.node)} is not {self.schema['x-form']}"
            self._say("F206", self.node, message, did_you_mean(self.node.text, options))
            return
        message = f"expected {' or '.join(options)}, found {_found(self.node)}"
        self._say("F206", self.node, message, did_you_mean(self.node.text, options))

    def _tell_form(self) -> None:
        if self.schema.get("x-members") == "verb":
            self._say(*_bare_verb_finding(self.node, [*self.schema["properties"]]))
            return
        message = f"`{self.node.text}` is not {self.schema.get('x-form', 'of the right form')}"
        self._say("F207", self.node, message, in_form(self.node.text, self.schema))

    def _tell_smallest(self) -> None:
        self._say("F208", self.node, f"{self.node.text} is less than {self.error.kind.limit}")

    def _tell_largest(self) -> None:
        self._say("F208", self.node, f"{self.node.text} is more than {self.error.kind.limit}")

    def _tell_too_few(self) -> None:
        missing = "needs a verb" if self.schema.get("x-members") == "verb" else "is empty"
        self._say("F208", self._named, f"{self._title} {missing}")

    def _tell_too_long(self) -> None:
        self._say("F208", self.node, f"longer than {self.error.kind.limit} characters")

    def _tell_too_many(self) -> None:
        if self.schema.get("x-members") == "verb":
            names = ", ".join(f"`{key.text}`" for key, _ in pairs(self.node))
            self._say("F209", pairs(self.node)[1][0], f"a step has one verb, this one has {names}")
        elif self.error.kind.limit == 0:
            self._say("F201", self._named, f"`{self._named.text}` takes no settings")
        else:
            alone = self.schema.get("x-alone", "`else` stands alone in its line of a switch")
            self._say("F211", self._named, alone)

    def _tell_excluded(self) -> None:
        key = self.key if self.key is not None else self.node
        self._say("F211", key, f"`{key.text}` cannot stand beside the other keys here")

    def _tell_anything(self) -> None:
        self._say("F207", self.node, self.error.message)


_TELL: Final[Mapping[str, Callable[[_ShapeError], None]]] = {
    "additionalProperties": _ShapeError._tell_unknown,
    "propertyNames": _ShapeError._tell_key_form,
    "required": _ShapeError._tell_missing,
    "type": _ShapeError._tell_type,
    "enum": _ShapeError._tell_options,
    "pattern": _ShapeError._tell_form,
    "minimum": _ShapeError._tell_smallest,
    "maximum": _ShapeError._tell_largest,
    "minProperties": _ShapeError._tell_too_few,
    "minItems": _ShapeError._tell_too_few,
    "minLength": _ShapeError._tell_too_few,
    "maxLength": _ShapeError._tell_too_long,
    "maxProperties": _ShapeError._tell_too_many,
    "falseSchema": _ShapeError._tell_excluded,
}


def _verb_finding(key: Node, known: list[str]) -> tuple[str, Node, str, Suggestion]:
    return "F202", key, f"unknown verb `{key.text}`", did_you_mean(key.text, known)


def _bare_verb_finding(node: Node, known: list[str]) -> tuple[str, Node, str, Suggestion]:
    if node.text in known:
        return "F205", node, f"`{node.text}` needs its settings", f"write {{{node.text}: …}}"
    return _verb_finding(node, known)


def _found(node: Node) -> str:
    if node.kind != "scalar":
        return "a map" if node.kind == "mapping" else "a list"
    return "nothing" if node.empty else f"`{node.text}`"


def _walk(root: Node, path: Iterable[str | int]) -> tuple[Node | None, Node]:
    """(the key that the node stands under, the node)."""
    key, node = None, root
    for part in path:
        if node.kind == "sequence":
            key, node = None, items(node)[int(part)]
        else:
            key, node = _entry(node, part)
    return key, node


def _entry(node: Node, part: str | int) -> tuple[Node, Node]:
    """The entry of a map. The validator calls a key of digits a number, be it written as 7, 007 or +7."""
    entries = pairs(node)
    written = [entry for entry in entries if entry[0].text == str(part)]
    return written[0] if written else next(entry for entry in entries if _number(entry[0].text) == part)


def _number(key: str) -> int | None:
    digits = key.removeprefix("+")
    return int(digits) if digits.isascii() and digits.isdecimal() else None


def _parent(schema: Schema, path: list[str | int]) -> Schema:
    """The schema that the failing keyword stands in."""
    found: Any = schema
    for part in path[:-1]:
        found = found[part]
    return resolved(found, schema) if isinstance(found, dict) else {}
