"""How to write what was meant by a part of a file that has not its shape: the edits after which it fits its schema.

The schema leads: a key that it does not know may be a word of another system, a text that lacks its form may lack only
a prefix or a unit, and a text where a map is needed may be the one setting that matters. Where anything remains that
does not fit, there is no repair: advice that is followed must not lead to another error.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from router.flow.durations import parse_duration
from router.flow.model import Mark
from router.flow.schema.coercion import Schema, resolved
from router.flow.suggestions.advice import as_scalar, edit, quoted
from router.flow.suggestions.file_edits import Edits, FileEdits, are_apart, joined
from router.flow.suggestions.fixes import rewritten
from router.flow.suggestions.foreign_words import MEANS_NOTHING, OTHER_KEYS, other_meaning, plain_word
from router.flow.suggestions.guesses import guesses
from router.flow.suggestions.hours_words import range_meant
from router.flow.suggestions.schema_facts import allows, member, needed, types_of, whole_number
from router.flow.suggestions.spelling import closest
from router.flow.suggestions.text_lists import parts_of
from router.flow.suggestions.vocabulary import Vocabulary
from router.flow.yaml.node import Node, find, items, pairs

NO_MARK: Final = Mark(file="", line=1, column=1)
_KEY_WORDS: Final = ("key", "digit", "digits", "press", "dtmf", "value", "option", "input", "on", "when", "match", "id")
"""What the key is called in a list of keys."""


class Repair(FileEdits):
    """Repairs of one file."""

    def __init__(self, root: Schema, vocabulary: Vocabulary, lines: Sequence[str]) -> None:
        super().__init__(lines)
        self.vocabulary = vocabulary
        self.root_schema = root

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
        if node.kind != "scalar" or node.empty:
            return not types_of(schema) or (node.empty and "null" in types_of(schema))
        return allows(node.text, schema)

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
        if "array" in types_of(schema) and self.fits(node, schema.get("items", {})):
            shown = quoted(node.text) if node.quoted else as_scalar(node.text)
            return self.replacing(node, f"[{shown}]")
        return self._as_list(node, schema) or self.wrapped(node, schema)

    def _as_list(self, node: Node, schema: Schema) -> Edits | None:
        """`20s, 25s` or `group sales and person boss` as the list that it was meant to be."""
        if "array" not in types_of(schema):
            return None
        inner = resolved(schema.get("items", {}), self.root_schema)
        parts = parts_of(node.text)
        meant = [part if self.fits(_scalar(part), inner) else self.in_form(part, inner) for part in parts]
        if len(parts) < 2 or not all(meant):
            return None
        return self.replacing(node, f"[{', '.join(as_scalar(part) for part in meant)}]")

    def value_of(self, node: Node, schema: Schema) -> str:
        """The text to write for a scalar of the wrong form or type; "" when there is none."""
        types = types_of(schema)
        text = node.text.strip()
        if "boolean" in types and text.lower() in WORDS_FOR_BOOL:
            return WORDS_FOR_BOOL[text.lower()]
        if "integer" in types:
            number = whole_number(text, schema)
            if number:
                return number
        if "string" in types or "enum" in schema:
            return self.in_form(node.text, schema)
        return ""

    def wrapped(self, node: Node, schema: Schema) -> Edits | None:
        """A text, or a list in brackets, as the one setting that it stands for: 5s -> {for: 5s}."""
        if "object" not in types_of(schema):
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
        required = schema.get("required", ())
        yield from schema.get("x-bare", required if len(required) == 1 else ())

    def _of_sequence(self, node: Node, schema: Schema) -> Edits | None:
        if "array" in types_of(schema):
            return joined(self.edits(item, schema.get("items", {})) for item in items(node))
        if "object" in types_of(schema):
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
            inner = member(named, schema) if named else None
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

    def _of_mapping(self, node: Node, schema: Schema) -> Edits | None:
        if "object" not in types_of(schema):
            return self._as_text(node, schema)
        found: list[Edits | None] = []
        named: list[str] = []
        for number, (key, value) in enumerate(pairs(node)):
            known = member(key.text, schema) is not None or self.meanings(key.text, schema.get("properties", {}), set())
            if plain_word(key.text) in MEANS_NOTHING and not known:
                found.append(self.without(node, number))
                continue
            name, edits = self.entry(key, value, schema, {other.text for other, _ in pairs(node)} - {key.text})
            named.append(name)
            found.append(edits)
        lacking = needed(schema, [name for name in named if name])
        edits = None if set(lacking) - set(named) or len(set(named)) != len(named) else joined(found)
        return edits if edits is None or are_apart(edits) else None

    def entry(self, key: Node, value: Node, schema: Schema, beside: set[str]) -> tuple[str, Edits | None]:
        """(what the key has to be called, the edits of the entry; None when there are none)."""
        properties = schema.get("properties", {})
        inner = member(key.text, schema)
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
        if len(pairs(node)) == 2 and "array" in types_of(schema) and self._in_brackets(node):
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


def _scalar(text: str) -> Node:
    return Node("scalar", text, NO_MARK, True)


def _as_key(text: str) -> str:
    return text if as_scalar(text) == text else quoted(text)


def _entry(item: Node) -> tuple[str, str] | None:
    """(key, value) of one item of a list that should be a map."""
    entries = pairs(item)
    if len(entries) == 1 and entries[0][1].kind == "scalar":
        return entries[0][0].text, entries[0][1].text
    if len(entries) == 2 and all(value.kind == "scalar" for _, value in entries):
        (one, first), (_, second) = entries
        return (first.text, second.text) if one.text in _KEY_WORDS else (second.text, first.text)
    return None
