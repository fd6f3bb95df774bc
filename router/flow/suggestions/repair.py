"""How to write what was meant by a part of a file that has not its shape: the edits after which it fits its schema.

The schema leads: a key that it does not know may be a word of another system, a text that lacks its form may lack only
a prefix or a unit, and a text where a map is needed may be the one setting that matters. Where anything remains that
does not fit, there is no repair: advice that is followed must not lead to another error.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf, isfinite
from typing import Any, Final

from router.flow.durations import parse_duration
from router.flow.model import Mark
from router.flow.schema.coercion import Schema, resolved
from router.flow.suggestions.advice import Edit, as_scalar, edit, quoted
from router.flow.suggestions.fixes import rewritten, written_length
from router.flow.suggestions.foreign_words import MEANS_NOTHING, OTHER_KEYS, other_meaning, plain_word
from router.flow.suggestions.guesses import guesses
from router.flow.suggestions.hours_words import range_meant
from router.flow.suggestions.spelling import closest
from router.flow.suggestions.text_lists import parts_of
from router.flow.suggestions.vocabulary import Vocabulary
from router.flow.yaml.extents import Extents, end_of, extents_of
from router.flow.yaml.node import Node, find, items, pairs

Edits = tuple[Edit, ...]

NO_MARK: Final = Mark(file="", line=1, column=1)
_KEY_WORDS: Final = ("key", "digit", "digits", "press", "dtmf", "value", "option", "input", "on", "when", "match", "id")
"""What the key is called in a list of keys."""


class Repair:
    """Repairs of one file."""

    def __init__(self, root: Schema, vocabulary: Vocabulary, lines: Sequence[str]) -> None:
        self.vocabulary = vocabulary
        self.root_schema = root
        self.lines = lines
        self._extents: Extents | None = None

    def edits(self, node: Node, schema: Schema) -> Edits | None:
        """The edits after which `node` fits; () when it does already, None when there are none."""
        schema = resolved(schema, self.root_schema)
        if node.kind == "scalar":
            return self._of_scalar(node, schema)
        if node.kind == "sequence":
            return self._of_sequence(node, schema)
        return self._of_mapping(node, schema)

    def fits(self, node: Node, schema: Schema) -> bool:
        """Whether a scalar is one that the schema allows."""
        schema = resolved(schema, self.root_schema)
        types, text = _types(schema), node.text
        if node.kind != "scalar" or node.empty:
            return not types or (node.empty and "null" in types)
        if "enum" in schema:
            return text in schema["enum"]
        if not types:
            return True
        if "string" in types and _is_text(text, schema):
            return True
        if "boolean" in types and text in ("true", "false"):
            return True
        is_number = re.fullmatch(r"-?[0-9]{1,15}" if "integer" in types else r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text)
        if not {"integer", "number"} & set(types) or is_number is None:
            return False
        return bool(schema.get("minimum", -inf) <= float(text) <= schema.get("maximum", inf))

    def in_form(self, text: str, schema: Schema) -> str:
        """The likeliest text that has the form of the schema; "" when there is none."""
        for guess in guesses(text, schema, self.vocabulary):
            if guess and guess != text and self.fits(_scalar(guess), schema):
                return guess
        return ""

    def _of_scalar(self, node: Node, schema: Schema) -> Edits | None:
        if self.fits(node, schema):
            return ()
        text = self.value_of(node, schema)
        if text:
            return rewritten(node, text, self.lines) or None
        if "array" in _types(schema) and self.fits(node, schema.get("items", {})):
            shown = quoted(node.text) if node.quoted else as_scalar(node.text)
            return self.replacing(node, f"[{shown}]")
        return self._as_list(node, schema) or self.wrapped(node, schema)

    def _as_list(self, node: Node, schema: Schema) -> Edits | None:
        """`20s, 25s` or `group sales and person boss` as the list that it was meant to be."""
        if "array" not in _types(schema):
            return None
        inner = resolved(schema.get("items", {}), self.root_schema)
        parts = parts_of(node.text)
        meant = [part if self.fits(_scalar(part), inner) else self.in_form(part, inner) for part in parts]
        if len(parts) < 2 or not all(meant):
            return None
        return self.replacing(node, f"[{', '.join(as_scalar(part) for part in meant)}]")

    def value_of(self, node: Node, schema: Schema) -> str:
        """The text to write for a scalar of the wrong form or type; "" when there is none."""
        types = _types(schema)
        text = node.text.strip()
        if "boolean" in types and text.lower() in WORDS_FOR_BOOL:
            return WORDS_FOR_BOOL[text.lower()]
        if "integer" in types:
            number = _whole(text, schema)
            if number:
                return number
        if "string" in types or "enum" in schema:
            return self.in_form(node.text, schema)
        return ""

    def wrapped(self, node: Node, schema: Schema) -> Edits | None:
        """A text, or a list in brackets, as the one setting that it stands for: 5s -> {for: 5s}."""
        if "object" not in _types(schema):
            return None
        if schema.get("title") == "variable" and node.kind == "scalar" and not self.in_form(node.text, _VALUE_TYPE):
            return self.replacing(node, f"{{{variable('', node.text).removeprefix(': {')}")
        for key in self._only_settings(node, schema):
            inner = resolved(schema.get("properties", {})[key], self.root_schema)
            edits = self.edits(node, inner)
            if edits is None:
                continue
            end = self.end(node)
            if edits and node.kind == "scalar":
                first = edits[0]
                return (edit(first.line, first.column, first.end_column - first.column, f"{{{key}: {first.text}}}"),)
            if end is None or end[0] != node.mark.line or not self._in_brackets(node):
                continue
            opening = edit(node.mark.line, node.mark.column, 0, f"{{{key}: ")
            return (opening, *edits, edit(end[0], end[1], 0, "}"))
        return None

    def _in_brackets(self, node: Node) -> bool:
        return node.kind == "scalar" or self.source(node, 1) in ("[", "{")

    def _only_settings(self, node: Node, schema: Schema) -> Iterator[str]:
        """The settings of which one alone makes a whole map."""
        needed = schema.get("required", ())
        yield from schema.get("x-bare", needed if len(needed) == 1 else ())

    def _of_sequence(self, node: Node, schema: Schema) -> Edits | None:
        if "array" in _types(schema):
            return joined(self.edits(item, schema.get("items", {})) for item in items(node))
        if "object" in _types(schema):
            return self._as_map(node, schema) or self.wrapped(node, schema)
        only = items(node)
        if len(only) == 1 and only[0].kind == "scalar" and self.fits(only[0], schema):
            return self.replacing(node, as_scalar(only[0].text))
        return None

    def _as_map(self, node: Node, schema: Schema) -> Edits | None:
        """A list of entries as a map of them: [{1: sales}, {key: 0, goto: operator}] -> {1: sales, 0: operator}."""
        entries = [entry for item in items(node) if (entry := _entry(item)) is not None]
        if len(entries) != len(items(node)) or len({key for key, _ in entries}) != len(entries):
            return None
        written = []
        for key, value in entries:
            named = self._key_meant(key, schema)
            inner = _member(named, schema) if named else None
            if inner is None or not self.fits(_scalar(value), inner):
                return None
            written.append(f"{_as_key(named)}: {as_scalar(value)}")
        return self.replacing(node, f"{{{', '.join(written)}}}")

    def _key_meant(self, key: str, schema: Schema) -> str:
        """What a key has to be called here; "" when that cannot be told."""
        if key in schema.get("properties", {}):
            return key
        if not isinstance(schema.get("additionalProperties"), dict):
            return next(iter(self.meanings(key, schema.get("properties", {}), set())), "")
        names = schema.get("propertyNames", {})
        return key if self.fits(_scalar(key), resolved(names, self.root_schema)) else self.in_form(key, names)

    def replacing(self, node: Node, text: str) -> Edits | None:
        """The edit that puts `text` in the place of the whole node."""
        end = self.end(node)
        if end is None:
            return None
        return (Edit(line=node.mark.line, column=node.mark.column, end_line=end[0], end_column=end[1], text=text),)

    def _of_mapping(self, node: Node, schema: Schema) -> Edits | None:
        if "object" not in _types(schema):
            return self._as_text(node, schema)
        found: list[Edits | None] = []
        named: list[str] = []
        for number, (key, value) in enumerate(pairs(node)):
            known = _member(key.text, schema) is not None or self.meanings(
                key.text, schema.get("properties", {}), set()
            )
            if plain_word(key.text) in MEANS_NOTHING and not known:
                found.append(self.without(node, number))
                continue
            name, edits = self.entry(key, value, schema, {other.text for other, _ in pairs(node)} - {key.text})
            named.append(name)
            found.append(edits)
        needed = _needed(schema, [name for name in named if name])
        edits = None if set(needed) - set(named) or len(set(named)) != len(named) else joined(found)
        return edits if edits is None or _are_apart(edits) else None

    def entry(self, key: Node, value: Node, schema: Schema, beside: set[str]) -> tuple[str, Edits | None]:
        """(what the key has to be called, the edits of the entry; None when there are none)."""
        properties = schema.get("properties", {})
        inner = _member(key.text, schema)
        if inner is not None:
            return key.text, self.edits(value, inner)
        for name in self.meanings(key.text, properties, beside):
            if name == "into" and value.text not in self.declared:
                continue
            edits = self.edits(value, properties[name])
            if edits is not None:
                renamed = rewritten(key, name, self.lines)
                return name, (*renamed, *edits) if renamed else None
        return key.text, None

    def _means_nothing(self, key: Node, schema: Schema) -> bool:
        if plain_word(key.text) not in MEANS_NOTHING or _member(key.text, schema) is not None:
            return False
        return not self.meanings(key.text, schema.get("properties", {}), set())

    @property
    def declared(self) -> set[str]:
        """The variables of the flow."""
        return {key.text for key, _ in pairs(find(self.vocabulary.root, "vars") or _scalar(""))}

    def meanings(self, word: str, properties: Mapping[str, Any], beside: set[str]) -> list[str]:
        """What a key may have been meant for, among those that are not written yet."""
        known = [name for name in properties if name not in beside]
        near = closest(word, known)
        found = other_meaning(word, known, OTHER_KEYS)
        if word in MEANS_NOTHING and not found:
            return []
        return list(dict.fromkeys([*found, *([near] if near else [])]))

    def _as_text(self, node: Node, schema: Schema) -> Edits | None:
        """{group: sales} -> group sales, {seconds: 25} -> 25s."""
        if len(pairs(node)) == 2 and "array" in _types(schema) and self._in_brackets(node):
            spoken = range_meant("-".join(value.text for _, value in pairs(node)))  # {from: "09:00", to: "18:00"}
            return self.replacing(node, quoted(spoken)) if spoken else None
        if len(pairs(node)) != 1:
            return None
        key, value = pairs(node)[0]
        if parse_duration(value.text) is not None and not schema.get("x-form", "").startswith("a duration"):
            return None  # for how long, and that would be lost
        texts = (f"{key.text} {value.text}", f"{value.text}{key.text[:1]}") if "pattern" in schema else ()
        for text in (*texts, value.text):
            guess = text if self.fits(_scalar(text), schema) else self.in_form(text, schema)
            if guess and value.kind == "scalar" and self._in_brackets(node):
                return self.replacing(node, as_scalar(guess))
        return None

    def without(self, node: Node, number: int) -> Edits | None:
        """The edit that takes an entry out of a map, with the comma or the lines that belong to it."""
        key, value = pairs(node)[number]
        end = self.end(value) if not value.empty else (key.mark.line, key.mark.column + len(key.text) + 1)
        if end is None:
            return None
        if self.source(node, 1) == "{":
            return self._without_in_braces(node, number, end)
        if number + 1 < len(pairs(node)):
            following = pairs(node)[number + 1][0].mark
            return (_cut(key, (following.line, following.column)),)
        line = self.lines[key.mark.line - 1]
        if line[: key.mark.column - 1].strip() or number == 0:
            return None
        return (
            Edit(line=key.mark.line - 1, column=len(self.lines[key.mark.line - 2]) + 1, end_line=end[0],
                 end_column=end[1], text=""),
        )  # fmt: skip

    def _without_in_braces(self, node: Node, number: int, end: tuple[int, int]) -> Edits | None:
        key = pairs(node)[number][0]
        if number + 1 < len(pairs(node)):
            following = pairs(node)[number + 1][0].mark
            return (_cut(key, (following.line, following.column)),)
        if number == 0:
            return (_cut(key, end),)
        before = self.end(pairs(node)[number - 1][1])
        if before is None:
            return None
        return (Edit(line=before[0], column=before[1], end_line=end[0], end_column=end[1], text=""),)

    def end(self, node: Node) -> tuple[int, int] | None:
        if node.kind == "scalar":
            line = self.lines[node.mark.line - 1] if node.mark.line <= len(self.lines) else ""
            length = written_length(node, line)
            if length is not None:
                return node.mark.line, node.mark.column + length
        if self._extents is None:
            self._extents = extents_of(self.lines)
        return end_of(node, self._extents)

    def source(self, node: Node, length: int) -> str:
        return self.lines[node.mark.line - 1][node.mark.column - 1 : node.mark.column - 1 + length]


LONGEST_SHOWN: Final = 120
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
_VALUE_TYPE: Final[Schema] = {"enum": ["text", "number", "bool", "phone", "date"]}
WORDS_FOR_BOOL: Final = {
    "yes": "true", "on": "true", "1": "true", "y": "true", "no": "false", "off": "false", "0": "false", "n": "false",
    "true": "true", "false": "false", "да": "true", "нет": "false",
}  # fmt: skip


def variable(name: str, value: str = "") -> str:
    """The declaration of a variable that begins with `value`."""
    kind = "number" if _NUMBER.fullmatch(value) else "bool" if value in ("true", "false") else "text"
    default = f", default: {as_scalar(value)}" if value else ""
    return f"{name.lower()}: {{type: {kind}{default}}}"


def _whole(text: str, schema: Schema) -> str:
    """A whole number that was written otherwise: 70%, 70.0, and of a weight 0.7."""
    try:
        number = float(text.rstrip("% ").replace(",", "."))
    except ValueError:
        return ""
    if not isfinite(number):
        return ""
    if 0 < number < 1 and schema.get("x-share"):
        number *= 100
    return str(round(number)) if abs(number - round(number)) < 1e-9 and number >= 0 else ""


def _is_text(text: str, schema: Schema) -> bool:
    fits_length = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
    return fits_length and re.search(schema.get("pattern", ""), text) is not None


def _scalar(text: str) -> Node:
    return Node("scalar", text, NO_MARK, True)


def _as_key(text: str) -> str:
    return text if as_scalar(text) == text else quoted(text)


def _types(schema: Schema) -> tuple[str, ...]:
    types = schema.get("type", "string" if "enum" in schema or "pattern" in schema else ())
    return (types,) if isinstance(types, str) else tuple(types)


def _member(name: str, schema: Schema) -> Schema | None:
    """What the schema says of the value under `name`; None of a key that it does not know."""

    if name in schema.get("properties", {}):
        found: Schema = schema["properties"][name]
        return found
    for pattern, part in schema.get("patternProperties", {}).items():
        if re.search(pattern, name):
            return part  # type: ignore[no-any-return]
    others = schema.get("additionalProperties", {})
    return others if isinstance(others, dict) else None


def _needed(schema: Schema, named: Sequence[str]) -> Sequence[str]:
    needed = [*schema.get("required", ())]
    condition = schema.get("if")
    while condition is not None:
        branch = schema.get("then" if set(condition.get("required", ())) <= set(named) else "else", {})
        needed += branch.get("required", ())
        condition = branch.get("if")
        schema = branch
    return needed


def _entry(item: Node) -> tuple[str, str] | None:
    """(key, value) of one item of a list that should be a map."""
    entries = pairs(item)
    if len(entries) == 1 and entries[0][1].kind == "scalar":
        return entries[0][0].text, entries[0][1].text
    if len(entries) == 2 and all(value.kind == "scalar" for _, value in entries):
        (one, first), (_, second) = entries
        return (first.text, second.text) if one.text in _KEY_WORDS else (second.text, first.text)
    return None


def joined(found: Any) -> Edits | None:
    edits: list[Edit] = []
    for part in found:
        if part is None:
            return None
        edits += part
    return tuple(edits)


def _are_apart(edits: Edits) -> bool:
    """Whether no edit reaches into another one."""
    ordered = sorted(edits, key=lambda one: (one.line, one.column))
    return all((one.end_line, one.end_column) <= (other.line, other.column) for one, other in pairwise(ordered))


def _cut(key: Node, end: tuple[int, int]) -> Edit:
    return Edit(line=key.mark.line, column=key.mark.column, end_line=end[0], end_column=end[1], text="")
