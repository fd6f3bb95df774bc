"""Whether a file has the shape that its JSON Schema demands, told at the node that does not.

The schema gives scalars their types: where it wants a number and the text is one, the validator sees a number. The
schemas are built so that one mistake breaks one rule; where two rules still meet at one mistake, the more telling one
is kept. They carry annotations for people: `title` (what the thing is called), `x-form` (what a text has to look like),
`x-members` (what the keys of a map are), `x-hint` (what a key that begins with a digit has to look like), `x-bare` (the
settings of which one alone is a map), `x-example` and `x-told` (who reports a wrong form, when it is not this module).
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

import jsonschema_rs

from router.flow.findings import Report, did_you_mean
from router.flow.schema.coercion import Coercion, Schema, resolved
from router.flow.schema.schema_errors import telling
from router.flow.suggestions.advice import Suggestion, edit, offer, write
from router.flow.suggestions.fixes import entries_apart, report_at
from router.flow.suggestions.foreign_words import (
    EXAMPLES,
    MEANS_NOTHING,
    SEVERAL_STEPS,
    SPEAKING,
    other_meaning,
    plain_word,
    verbs_meant,
)
from router.flow.suggestions.guesses import keys_meant
from router.flow.suggestions.repair import Edits, variable
from router.flow.suggestions.restructure import Restructure
from router.flow.suggestions.vocabulary import Vocabulary
from router.flow.yaml.node import Node, find, items, length_of, pairs
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


def check_shape(root: Node, schema_name: str, report: Report, vocabulary: Vocabulary | None = None) -> Damaged:
    """Report what does not fit the schema `schema_name` ("flow", "resources"); the nodes concerned.

    The vocabulary is what suggestions may name.
    """
    schema, validator, coercion = _compiled(schema_name)
    damaged: Damaged = set()
    if report.has_errors_in(root.mark.file):
        _note_repaired(root, damaged)
    errors = list(validator.iter_errors(coercion.typed(root)))
    if errors:
        repair = Restructure(schema, vocabulary or Vocabulary(root=root), report.lines.get(root.mark.file, ()))
        for error in sorted(telling(errors), key=lambda one: len(one.instance_path)):
            _ShapeError(root, schema, error, report, damaged, repair).tell()
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

    def __init__(
        self, root: Node, schema: Schema, error: Any, report: Report, damaged: Damaged, repair: Restructure
    ) -> None:
        self.error = error
        self.repair = repair
        self.report = report
        self.damaged = damaged
        self.root_schema = schema
        self.schema = _parent(schema, error.schema_path)
        self.key, self.node = _walk(root, error.instance_path)

    def tell(self) -> None:
        """Report the error, unless something was said about this very text before."""
        if self.node.repaired or id(self.node) in self.damaged:
            return
        _TELL.get(self.error.kind.name, _ShapeError._tell_anything)(self)

    def _say(self, code: str, node: Node, message: str, suggestion: Suggestion = "", fix: Edits | None = None) -> None:
        self.damaged.add(id(node))
        if fix is None:
            report_at(self.report, code, node, message, suggestion)
        else:
            self.report.add(code, node.mark, message, length=length_of(node), suggestion=suggestion, fix=fix)

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
        if not found:
            return
        lacking = self._lacking_map()
        if lacking:
            self._tell_lacking(found, lacking)
        elif len(found) > 1 and len(found) == len(pairs(self.node)) and self.schema.get("x-example"):
            self._tell_foreign_map(found[0])
        else:
            for key in found:
                self._tell_unknown_key(key)

    def _tell_lacking(self, found: list[Node], lacking: str) -> None:
        """The names of a map that is left out stand where its key should."""
        first = found[0]
        around = f"write {lacking}: {{{first.text}: …}}"
        fix = self.repair.around(self.node, lacking, found) or ()
        if lacking == "vars" and fix:
            new = [(key.text, value.text) for key, value in pairs(self.node) if key in found]
            fix = (*fix, *self.repair.declaring(new))
        self._say("F201", first, f"unknown key `{first.text}` in {self._title}", around, fix)

    def _tell_foreign_map(self, first: Node) -> None:
        """None of the keys is ours: what is told is what the map looks like here."""
        edits = self.repair.edits(self.node, self.schema)
        names = self._known
        message = f"unknown key `{first.text}` in {self._title}, which has {', '.join(f'`{name}`' for name in names)}"
        self._say("F201", first, message, f"write {self.schema['x-example']}", edits or ())
        self.damaged.add(id(self.node))

    def _tell_unknown_key(self, key: Node) -> None:
        member = self.schema.get("x-members", "key")
        where = "" if member == "exit" else f" in {self._title}"
        suggestion, fix = self._advice_for(key)
        self._say("F201", key, f"unknown {member} `{key.text}`{where}", suggestion, fix)

    def _advice_for(self, key: Node) -> tuple[Suggestion, Edits]:
        """What to write instead of an unknown key."""
        number, value = next((index, value) for index, (name, value) in enumerate(pairs(self.node)) if name is key)
        beside = {name.text for name, _ in pairs(self.node)} - {key.text}
        special = self._as_an_exit(key, value) or self._as_variables(key, value)
        if special is not None:
            return special
        name, edits = self.repair.entry(key, value, self.schema, beside)
        if edits is None and (nested := self._as_nested(key)) is not None:
            return nested
        if edits:
            shown = self.repair.shown(key, value, edits) if len(edits) > 1 else ""
            return (f"write {shown}" if shown else offer([name])), edits
        near = self.repair.meanings(key.text, self.schema.get("properties", {}), beside)[:1]
        why = MEANS_NOTHING.get(plain_word(key.text), "")
        if not near and why:
            return f"leave it out: {why}", self.repair.without(self.node, number) or ()
        return (offer(near) if near else self._hint(key)), ()

    def _as_nested(self, key: Node) -> tuple[Suggestion, Edits] | None:
        """A setting that belongs into a map which is not written: url of a lookup's http."""
        parts = {name: resolved(part, self.root_schema) for name, part in self.schema.get("properties", {}).items()}
        holding = [name for name, part in parts.items() if key.text in part.get("properties", {})]
        if len(holding) != 1 or find(self.node, holding[0]) is not None:
            return None
        inner = [name for name, _ in pairs(self.node) if name.text in parts[holding[0]]["properties"]]
        inner = [name for name in inner if name.text not in parts]
        whole = Node(
            "mapping", tuple((name, value) for name, value in pairs(self.node) if name in inner), self.node.mark
        )
        fits = self.repair.edits(whole, parts[holding[0]]) == ()
        words = f"it stands in `{holding[0]}`: {holding[0]}: {{{key.text}: …}}"
        return words, (self.repair.around(self.node, holding[0], inner) or ()) if fits else ()

    def _as_variables(self, key: Node, value: Node) -> tuple[Suggestion, Edits] | None:
        """`env: {X: 1}` of a flow: its variables have types."""
        if self.schema.get("title") != "flow" or "vars" not in other_meaning(key.text, ["vars"]) or not pairs(value):
            return None
        plain = [(name, text) for name, text in pairs(value) if text.kind == "scalar"]
        if len(plain) != len(pairs(value)) or find(self.node, "vars") is not None:
            return None
        declared = ", ".join(variable(name.text, text.text) for name, text in plain)
        edits = self.repair.replacing(value, f"{{{declared}}}")
        renamed = self.repair.renamed(key, "vars")
        onto = self.repair.onto_one_line(key, value)
        fix = (*renamed, *onto, *edits) if edits and renamed else ()
        return f"write vars: {{{declared}}}", fix

    @property
    def _known(self) -> list[str]:
        return [*self.schema.get("properties", {})]

    def _tell_unknown_verbs(self, found: list[Node]) -> None:
        """A key that stands beside the verb belongs into its settings more often than not."""
        verb = next((pair for pair in pairs(self.node) if pair[0].text in self._known), None)
        if verb is None:
            self._tell_foreign_verb(found)
        elif found:
            self._tell_beside(verb, found)

    def _tell_beside(self, verb: tuple[Node, Node], found: list[Node]) -> None:
        first, (key, settings) = found[0], verb
        why = next((MEANS_NOTHING.get(plain_word(name.text), "") for name in found), "")
        if why and len(found) == 1 and first.text not in self._known_settings(key.text):
            number = next(index for index, (name, _) in enumerate(pairs(self.node)) if name is first)
            gone = self.repair.without(self.node, number) or ()
            message = f"`{first.text}` stands beside `{key.text}`, where only a verb can"
            self._say("F202", first, message, f"leave it out: {why}", gone)
            return
        message = f"`{first.text}` stands beside `{key.text}`, where only a verb can"
        suggestion = f"what belongs to `{key.text}` stands in its braces, or is indented deeper"
        schema = resolved(self.schema["properties"][key.text], self.root_schema)
        fix = self.repair.moved_in(self.node, key, settings, found, schema)
        shown = self.repair.shown_step(self.node, key, fix) if fix else ""
        self._say("F202", first, message, f"write {shown}" if shown else suggestion, fix or ())
        if fix and self.repair.edits(settings, schema) != ():
            self.damaged.add(id(settings))

    def _known_settings(self, verb: str) -> Mapping[str, Any]:
        settings: Mapping[str, Any] = resolved(self.schema["properties"][verb], self.root_schema).get("properties", {})
        return settings

    def _tell_foreign_verb(self, found: list[Node]) -> None:
        """The verb of another system: ours whose settings are nearest to what is written."""
        if not found:
            return
        first = found[0]
        beside = found[1:]
        settings = next(value for key, value in pairs(self.node) if key is first)
        names = verbs_meant(first.text, self._known)
        for name in names if not beside else ():
            fix = self.repair.as_verb(self.node, first, settings, name, self.schema["properties"][name])
            if fix is not None:
                shown = self.repair.shown_step(self.node, first, fix)
                words = f"write {shown}" if shown else offer([name])
                self._say("F202", first, f"unknown verb `{first.text}`", words, fix)
                return
        words = f"did you mean `{names[0]}`, such as {EXAMPLES[names[0]]}?" if names else ""
        if plain_word(first.text) in SPEAKING:
            words = f"a text is not spoken: record it in the cabinet, and then {EXAMPLES['play']}"
        elif plain_word(first.text) in SEVERAL_STEPS:
            words = "a step has one verb; what comes then is a step of its own"
        self._say("F202", first, f"unknown verb `{first.text}`", words)
        self.damaged.update(id(key) for key in beside)

    def _lacking_map(self) -> str:
        """A map of free names that has to be here and is not, when nothing of what is here is known."""
        written = {key.text for key, _ in pairs(self.node)}
        for name in self.schema.get("required", ()):
            part = resolved(self.schema.get("properties", {}).get(name, {}), self.root_schema)
            unlike = not any(self.repair.meanings(key, {name: part}, set()) for key in self.error.kind.unexpected)
            free = isinstance(part.get("additionalProperties"), dict) and name not in written
            if free and unlike and name not in ("steps", "keys"):
                return str(name)
        return ""

    def _as_an_exit(self, key: Node, value: Node) -> tuple[Suggestion, Edits] | None:
        """Where the exit stands that was written among the settings of a verb."""
        exits = resolved(self.schema.get("properties", {}).get("on", {}), self.root_schema)
        known = exits.get("properties", {})
        name = self._exit_meant(key.text, known, value)
        if not name or value.kind != "scalar":
            return None
        on = find(self.node, "on")
        if on is not None and find(on, name) is not None:
            number = next(index for index, (other, _) in enumerate(pairs(self.node)) if other is key)
            words = f"`{name}` stands in `on` already: leave `{key.text}` out"
            return words, self.repair.without(self.node, number) or ()
        words = f"exits stand in `on`: on: {{{name}: {value.text or '…'}}}"
        return words, (self.repair.as_entry_of_on(self.node, key, value, on, name) or ())

    def _exit_meant(self, word: str, known: Mapping[str, Any], value: Node) -> str:
        """The exit that a key among the settings was meant for. An answered call rests until it ends, so what comes
        `next` is what comes when nobody answers; a flow that is run has the exits that it returns by."""
        if word in known:
            return word
        if "on" not in self.schema.get("properties", {}):
            return ""
        if word in ("next", "goto", "then") and "next" not in self.schema["properties"]:
            if known:
                return "else"
            flow = find(self.node, "flow")
            returns = self.repair.vocabulary.returns.get(flow.text if flow is not None else "", ())
            return "ok" if "ok" in returns else returns[0] if len(returns) == 1 else "else"
        plain = plain_word(word)
        stripped = plain.removeprefix("on_").removeprefix("if_")
        return stripped if plain != stripped and stripped in known else ""

    def _hint(self, key: Node) -> str:
        """What a key with a form of its own has to look like, when it was meant to be such a one."""
        return str(self.schema.get("x-hint", "")) if key.text[:1].isdigit() else ""

    def _tell_key_form(self) -> None:
        inner = self.error.kind.error
        number, key = next((at, key) for at, (key, _) in enumerate(pairs(self.node)) if key.text == inner.instance)
        if key.repaired:
            return
        self.damaged.update(id(value) for name, value in pairs(self.node) if name is key)
        schema = self.schema if "x-form" in self.schema else self.schema.get("propertyNames", {})
        schema = resolved(schema, self.root_schema)
        message = f"`{key.text}` is not {schema.get('x-form', 'a key that can stand here')}"
        if self.key is not None and self.key.text == "keys" and (said := self._as_silence(key, number)) is not None:
            self._say("F207", key, message, *said)
            return
        several = keys_meant(key.text) if self.key is not None and self.key.text == "keys" else []
        if several:
            fix = entries_apart(key, pairs(self.node)[number][1], several, self.report.lines.get(key.mark.file, ()))
            free = not any(find(self.node, name) for name in several)
            advice = f"write an entry for each: {', '.join(several)}"
            self._say("F207", key, message, advice, fix if free else ())
            return
        meant = self.repair.in_form(key.text, schema)
        known = find(self.node, meant) is not None
        fix = self.repair.renamed_everywhere(key, meant) if meant and not known else ()
        self._say("F207", key, message, offer([meant] if meant and not known else []), fix)

    def _as_silence(self, key: Node, number: int) -> tuple[Suggestion, Edits] | None:
        """`timeout` and `invalid` among the keys of a menu: they have places of their own beside `keys`."""
        names = other_meaning(key.text, ("no_input", "no_match", "else"))
        names = names or [key.text] * (key.text in ("no_input", "no_match", "else"))
        if not names:
            return None
        name = "no_match" if names[0] == "else" else names[0]
        goto = pairs(self.node)[number][1].text
        menu = self.repair.parent_of(self.node)
        gone = self.repair.without(self.node, number)
        if menu is not None and find(menu, name) is not None:
            return f"leave it out: `{name}` stands beside `keys` already", gone or ()
        put = self.repair.inserted(menu, f"{name}: {{goto: {goto}}}") if menu is not None else None
        return f"write {name}: {{goto: {goto}}} beside `keys`", (*gone, *put) if gone and put else ()

    def _tell_missing(self) -> None:
        if any(key.repaired for key, _ in pairs(self.node)):
            return
        needed = self.schema.get("x-needs", f"`{self.error.kind.property}`")
        only = pairs(self.node)[0][0] if len(pairs(self.node)) == 1 else None
        if only is not None and only.text == "goto" and self.schema.get("title") == "case":
            self._say("F205", only, f"{self._title} needs {needed}, unless it is the last one", offer(["else"]))
            return
        message = f"{self._title} needs {needed}"
        if self.error.kind.property == "start" and (said := self._start_meant()) is not None:
            self._say("F205", self._named, message, *said)
            return
        self._say("F205", self._named, message)

    def _start_meant(self) -> tuple[Suggestion, Edits] | None:
        """The step that is written first, in a line above the steps."""
        key, steps = next(((key, value) for key, value in pairs(self.node) if key.text == "steps"), (None, None))
        if key is None or steps is None or not pairs(steps):
            return None
        line = f"start: {pairs(steps)[0][0].text}"
        return f"write {line}", (edit(key.mark.line, key.mark.column, 0, f"{line}\n"),)

    def _tell_type(self) -> None:
        wanted = " or ".join(_TYPES[name] for name in self.error.kind.types if name != "null")
        if "x-form" in self.schema:
            wanted = self.schema["x-form"]
        message = f"expected {wanted}, found {_found(self.node)}"
        if self.key is not None and self.key.text in ("hangup", "release"):
            self._say("F204", self.node, message, *self._bare())
            return
        if self.schema.get("title") == "steps" and items(self.node):
            self._say("F204", items(self.node)[0], message, "write NAME: and, indented deeper, the step's verb")
            self.damaged.add(id(self.node))
            return
        self._say_mended("F204", message)

    def _say_mended(self, code: str, message: str) -> None:
        """A finding about the node, with the repair of it when there is one."""
        edits = self.repair.edits(self.node, self.schema)
        if not edits:
            self._say(code, self.node, message, self._example())
            return
        shown = self.repair.shown_value(self.node, edits)
        like = self.node.kind == "scalar" and len(edits) == 1 and not shown.startswith("{")
        plain = shown.strip("\"'") if like else shown
        shown = shown or (edits[0].text if len(edits) == 1 else "")
        self._say(code, self.node, message, offer([plain]) if like else f"write {shown}" if shown else "", edits)

    def _example(self) -> str:
        return f"write {self.schema['x-example']}" if "x-example" in self.schema else ""

    def _tell_options(self) -> None:
        options = [str(option) for option in self.schema.get("enum", ())]
        form = self.schema.get("x-form", "")  # where there are too many to be listed
        wanted = f"{_found(self.node)} is not {form}" if form else ""
        self._say_mended("F206", wanted or f"expected {' or '.join(options)}, found {_found(self.node)}")

    def _tell_form(self) -> None:
        if self.schema.get("x-members") == "verb":
            self._tell_bare_verb()
            return
        if self.schema.get("x-told") == "reading":
            return
        self._say_mended("F207", f"`{self.node.text}` is not {self.schema.get('x-form', 'of the right form')}")

    def _tell_bare_verb(self) -> None:
        text = self.node.text
        if text in self._known and not self.repair.vocabulary.has_step(text):
            self._say("F205", self.node, f"`{text}` needs its settings", f"write {{{EXAMPLES[text]}}}")
            return
        names = [name for name in verbs_meant(text, self._known) if name in ("hangup", "release")]
        message = f"unknown verb `{text}`"
        if names:
            self._say("F202", self.node, message, offer(names[:1]))
        elif self.repair.vocabulary.has_step(text):
            goes = write(f"{{switch: [{{else: {text}}}]}}", "a step needs a verb")
            self._say("F202", self.node, message, goes, self.repair.replacing(self.node, goes.instead or "") or ())
        else:
            self._say("F202", self.node, message, did_you_mean(text, self._known))

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
            self._tell_two_verbs()
        elif self.error.kind.limit == 0:
            self._say("F201", self._named, f"`{self._named.text}` takes no settings", *self._bare())
        else:
            alone = self.schema.get("x-alone", "`else` stands alone in its line of a switch")
            self._say("F211", self._named, alone)

    def _bare(self) -> tuple[Suggestion, Edits]:
        step = self.repair.parent_of(self.node)
        verb = self.key.text if self.key is not None else ""
        edits = self.repair.replacing(step, verb) if step is not None and len(pairs(step)) == 1 else None
        return f"write {verb}", edits or ()

    def _tell_two_verbs(self) -> None:
        names = ", ".join(f"`{key.text}`" for key, _ in pairs(self.node))
        second, settings = pairs(self.node)[1]
        name = f"{self.key.text}_2" if self.key is not None else "another"
        apart = self.repair.apart(self.node, self.key, name) if self.key is not None else None
        words = f"give `{second.text}` a step of its own, {name}, and go there with `next: {name}`"
        self._say("F209", second, f"a step has one verb, this one has {names}", words, apart or ())
        self.damaged.add(id(settings))

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
