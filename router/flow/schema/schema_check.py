"""Whether a file has the shape that its JSON Schema demands, told at the node that does not.

The schema gives scalars their types: where it wants a number and the text is one, the validator sees a number. The
schemas are built so that one mistake breaks one rule; where two rules still meet at one mistake, the more telling one
is kept. They carry annotations for people: `title` (what the thing is called), `x-form` (what a text has to look like),
`x-members` (what the keys of a map are), `x-hint` (what a key that begins with a digit has to look like), `x-bare` (the
settings of which one alone is a map), `x-example` and `x-told` (who reports a wrong form, when it is not this module);
of a verb `x-written` (how it is written, in the least words) and `x-foreign` (what other systems call it). Words
of an `enum` that are understood and not offered any more stand in `x-older`. The names that an editor completes are
asked for by `x-names`, `x-offers` and `x-keys` (`editor_schema`).
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import jsonschema_rs

from router.flow.findings import Report
from router.flow.schema.coercion import Coercion, Schema, resolved
from router.flow.schema.complaint import Complaint, schema_around, walk
from router.flow.schema.schema_errors import telling
from router.flow.schema.unknown_keys import tell_unknown
from router.flow.schema.verb_errors import bare, tell_bare_verb, tell_two_verbs
from router.flow.suggestions.advice import Suggestion, edit, offer
from router.flow.suggestions.file_edits import Edits
from router.flow.suggestions.fixes import entries_apart
from router.flow.suggestions.foreign_words import BARE, other_meaning
from router.flow.suggestions.guesses import keys_meant
from router.flow.suggestions.restructure import Restructure
from router.flow.suggestions.vocabulary import Vocabulary
from router.flow.yaml.node import Node, find, items, made_invalid, pairs
from router.protocol.schemas import load_schema

_TYPES: Final = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


def check_shape(root: Node, schema_name: str, report: Report, vocabulary: Vocabulary | None = None) -> Node:
    """Report what does not fit the schema `schema_name` ("flow", "resources"); the tree with that made invalid.

    The vocabulary is what suggestions may name.
    """
    schema, validator, coercion = _compiled(schema_name)
    invalid: set[int] = set()
    errors = list(validator.iter_errors(coercion.typed(root)))
    if errors:
        repair = Restructure(schema, vocabulary or Vocabulary(root=root), report.lines.get(root.mark.file, ()))
        for error in sorted(telling(errors), key=lambda one: len(one.instance_path)):
            key, node = walk(root, error.instance_path)
            if node.invalid or id(node) in invalid:
                continue
            complaint = Complaint(kind=error.kind, message=error.message, root_schema=schema,
                                  schema=schema_around(schema, error.schema_path), key=key, node=node, report=report,
                                  repair=repair, invalid=invalid)  # fmt: skip
            _TELL.get(error.kind.name, _tell_anything)(complaint)
    return _with_invalid(root, invalid) if invalid else root


@cache
def _compiled(name: str) -> tuple[Schema, Any, Coercion]:
    schema = load_schema(name)
    return schema, jsonschema_rs.validator_for(schema), Coercion(schema)


def _with_invalid(node: Node, invalid: set[int]) -> Node:
    """The tree in which those nodes are invalid. A map that lacks something keeps what it has."""
    if node.kind == "sequence":
        found = (made_invalid(item) if id(item) in invalid else _with_invalid(item, invalid) for item in items(node))
        return Node("sequence", tuple(found), node.mark)
    if node.kind != "mapping":
        return node
    entries = [
        (
            made_invalid(key) if id(key) in invalid else key,
            made_invalid(value) if id(value) in invalid else _with_invalid(value, invalid),
        )
        for key, value in pairs(node)
    ]
    return Node("mapping", tuple(entries), node.mark)


def _tell_key_form(complaint: Complaint) -> None:
    inner = complaint.kind.error
    number, key = next((at, key) for at, (key, _) in enumerate(pairs(complaint.node)) if key.text == inner.instance)
    if key.invalid:
        return
    complaint.invalid.update(id(value) for name, value in pairs(complaint.node) if name is key)
    schema = complaint.schema if "x-form" in complaint.schema else complaint.schema.get("propertyNames", {})
    schema = resolved(schema, complaint.root_schema)
    message = f"`{key.text}` is not {schema.get('x-form', 'a key that can stand here')}"
    if (
        complaint.key is not None
        and complaint.key.text == "keys"
        and (said := _as_silence(complaint, key, number)) is not None
    ):
        complaint.say("F207", key, message, *said)
        return
    several = keys_meant(key.text) if complaint.key is not None and complaint.key.text == "keys" else []
    if several:
        fix = entries_apart(
            key, pairs(complaint.node)[number][1], several, complaint.report.lines.get(key.mark.file, ())
        )
        free = not any(find(complaint.node, name) for name in several)
        advice = f"write an entry for each: {', '.join(several)}"
        complaint.say("F207", key, message, advice, fix if free else ())
        return
    meant = complaint.repair.in_form(key.text, schema)
    known = find(complaint.node, meant) is not None
    fix = complaint.repair.renamed_everywhere(key, meant) if meant and not known else ()
    complaint.say("F207", key, message, offer([meant] if meant and not known else []), fix)


def _as_silence(complaint: Complaint, key: Node, number: int) -> tuple[Suggestion, Edits] | None:
    """`timeout` and `invalid` among the keys of a menu: they have places of their own beside `keys`."""
    names = other_meaning(key.text, ("no_input", "no_match", "else"))
    names = names or [key.text] * (key.text in ("no_input", "no_match", "else"))
    if not names:
        return None
    name = "no_match" if names[0] == "else" else names[0]
    goto = pairs(complaint.node)[number][1].text
    menu = complaint.repair.parent_of(complaint.node)
    gone = complaint.repair.without(complaint.node, number)
    if menu is not None and find(menu, name) is not None:
        return f"leave it out: `{name}` stands beside `keys` already", gone or ()
    put = complaint.repair.inserted(menu, f"{name}: {{goto: {goto}}}") if menu is not None else None
    return f"write {name}: {{goto: {goto}}} beside `keys`", (*gone, *put) if gone and put else ()


def _tell_missing(complaint: Complaint) -> None:
    if any(key.invalid for key, _ in pairs(complaint.node)):
        return
    needed = complaint.schema.get("x-needs", f"`{complaint.kind.property}`")
    only = pairs(complaint.node)[0][0] if len(pairs(complaint.node)) == 1 else None
    if only is not None and only.text == "goto" and complaint.schema.get("title") == "case":
        complaint.say("F205", only, f"{complaint.title} needs {needed}, unless it is the last one", offer(["else"]))
        return
    message = f"{complaint.title} needs {needed}"
    if complaint.kind.property == "start" and (said := _start_meant(complaint)) is not None:
        complaint.say("F205", complaint.named, message, *said)
        return
    complaint.say("F205", complaint.named, message)


def _start_meant(complaint: Complaint) -> tuple[Suggestion, Edits] | None:
    """The step that is written first, in a line above the steps."""
    key, steps = next(((key, value) for key, value in pairs(complaint.node) if key.text == "steps"), (None, None))
    if key is None or steps is None or not pairs(steps):
        return None
    line = f"start: {pairs(steps)[0][0].text}"
    return f"write {line}", (edit(key.mark.line, key.mark.column, 0, f"{line}\n"),)


def _tell_type(complaint: Complaint) -> None:
    wanted = " or ".join(_TYPES[name] for name in complaint.kind.types if name != "null")
    if "x-form" in complaint.schema:
        wanted = complaint.schema["x-form"]
    message = f"expected {wanted}, found {_found(complaint.node)}"
    if complaint.key is not None and complaint.key.text in BARE:
        complaint.say("F204", complaint.node, message, *bare(complaint))
        return
    if complaint.schema.get("title") == "steps" and items(complaint.node):
        complaint.say("F204", items(complaint.node)[0], message, "write NAME: and, indented deeper, the step's verb")
        complaint.invalid.add(id(complaint.node))
        return
    complaint.say_mended("F204", message)


def _tell_options(complaint: Complaint) -> None:
    older = complaint.schema.get("x-older", ())
    options = [str(option) for option in complaint.schema.get("enum", ()) if option not in older]
    form = complaint.schema.get("x-form", "")  # where there are too many to be listed
    wanted = f"{_found(complaint.node)} is not {form}" if form else ""
    complaint.say_mended("F206", wanted or f"expected {' or '.join(options)}, found {_found(complaint.node)}")


def _tell_form(complaint: Complaint) -> None:
    if complaint.schema.get("x-members") == "verb":
        tell_bare_verb(complaint)
        return
    if complaint.schema.get("x-told") == "reading":
        return
    complaint.say_mended(
        "F207", f"`{complaint.node.text}` is not {complaint.schema.get('x-form', 'of the right form')}"
    )


def _tell_smallest(complaint: Complaint) -> None:
    complaint.say("F208", complaint.node, f"{complaint.node.text} is less than {complaint.kind.limit}")


def _tell_largest(complaint: Complaint) -> None:
    complaint.say("F208", complaint.node, f"{complaint.node.text} is more than {complaint.kind.limit}")


def _tell_too_few(complaint: Complaint) -> None:
    missing = "needs a verb" if complaint.schema.get("x-members") == "verb" else "is empty"
    complaint.say("F208", complaint.named, f"{complaint.title} {missing}")


def _tell_too_long(complaint: Complaint) -> None:
    complaint.say("F208", complaint.node, f"longer than {complaint.kind.limit} characters")


def _tell_too_many(complaint: Complaint) -> None:
    if complaint.schema.get("x-members") == "verb":
        tell_two_verbs(complaint)
    elif complaint.kind.limit == 0:
        complaint.say("F201", complaint.named, f"`{complaint.named.text}` takes no settings", *bare(complaint))
    else:
        alone = complaint.schema.get("x-alone", "`else` stands alone in its line of a switch")
        complaint.say("F211", complaint.named, alone)


def _tell_excluded(complaint: Complaint) -> None:
    key = complaint.key if complaint.key is not None else complaint.node
    complaint.say("F211", key, f"`{key.text}` cannot stand beside the other keys here")


def _tell_anything(complaint: Complaint) -> None:
    complaint.say("F207", complaint.node, complaint.message)


_TELL: Final[Mapping[str, Callable[[Complaint], None]]] = {
    "additionalProperties": tell_unknown,
    "propertyNames": _tell_key_form,
    "required": _tell_missing,
    "type": _tell_type,
    "enum": _tell_options,
    "pattern": _tell_form,
    "minimum": _tell_smallest,
    "maximum": _tell_largest,
    "minProperties": _tell_too_few,
    "minItems": _tell_too_few,
    "minLength": _tell_too_few,
    "maxLength": _tell_too_long,
    "maxProperties": _tell_too_many,
    "falseSchema": _tell_excluded,
}


def _found(node: Node) -> str:
    if node.kind != "scalar":
        return "a map" if node.kind == "mapping" else "a list"
    return "nothing" if node.empty else f"`{node.text}`"
