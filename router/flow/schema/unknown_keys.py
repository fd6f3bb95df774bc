"""Keys that a map cannot have: what was meant by them, and where that stands."""

from collections.abc import Mapping
from typing import Any

from router.flow.schema.coercion import resolved
from router.flow.schema.complaint import Complaint
from router.flow.schema.verb_errors import tell_other_verb, tell_unknown_verbs
from router.flow.suggestions.advice import Suggestion, offer
from router.flow.suggestions.file_edits import Edits
from router.flow.suggestions.foreign_words import MEANS_NOTHING, other_meaning, plain_word
from router.flow.suggestions.repair import variable
from router.flow.yaml.node import Node, find, pairs


def tell_unknown(complaint: Complaint) -> None:
    found = [key for key, _ in pairs(complaint.node) if key.text in complaint.kind.unexpected and not key.invalid]
    complaint.invalid.update(id(value) for key, value in pairs(complaint.node) if key in found)
    if complaint.schema.get("x-members") == "verb":
        tell_unknown_verbs(complaint, found)
        return
    if not found:
        return
    if tell_other_verb(complaint):
        return
    lacking = _lacking_map(complaint)
    if lacking:
        _tell_lacking(complaint, found, lacking)
    elif len(found) > 1 and len(found) == len(pairs(complaint.node)) and complaint.schema.get("x-example"):
        _tell_foreign_map(complaint, found[0])
    else:
        for key in found:
            _tell_unknown_key(complaint, key)


def _lacking_map(complaint: Complaint) -> str:
    """A map of free names that has to be here and is not, when nothing of what is here is known."""
    written = {key.text for key, _ in pairs(complaint.node)}
    for name in complaint.schema.get("required", ()):
        part = resolved(complaint.schema.get("properties", {}).get(name, {}), complaint.root_schema)
        unlike = not any(complaint.repair.meanings(key, {name: part}, set()) for key in complaint.kind.unexpected)
        free = isinstance(part.get("additionalProperties"), dict) and name not in written
        if free and unlike and name not in ("steps", "keys"):
            return str(name)
    return ""


def _tell_lacking(complaint: Complaint, found: list[Node], lacking: str) -> None:
    """The names of a map that is left out stand where its key should."""
    first = found[0]
    around = f"write {lacking}: {{{first.text}: …}}"
    fix = complaint.repair.around(complaint.node, lacking, found) or ()
    if lacking == "vars" and fix:
        new = [(key.text, value.text) for key, value in pairs(complaint.node) if key in found]
        fix = (*fix, *complaint.repair.declaring(new))
    complaint.say("F201", first, f"unknown key `{first.text}` in {complaint.title}", around, fix)


def _tell_foreign_map(complaint: Complaint, first: Node) -> None:
    """None of the keys is ours: what is told is what the map looks like here."""
    edits = complaint.repair.edits(complaint.node, complaint.schema)
    names = complaint.known
    message = f"unknown key `{first.text}` in {complaint.title}, which has {', '.join(f'`{name}`' for name in names)}"
    complaint.say("F201", first, message, f"write {complaint.schema['x-example']}", edits or ())
    complaint.invalid.add(id(complaint.node))


def _tell_unknown_key(complaint: Complaint, key: Node) -> None:
    member = complaint.schema.get("x-members", "key")
    where = "" if member == "exit" else f" in {complaint.title}"
    suggestion, fix = _advice_for(complaint, key)
    complaint.say("F201", key, f"unknown {member} `{key.text}`{where}", suggestion, fix)


def _advice_for(complaint: Complaint, key: Node) -> tuple[Suggestion, Edits]:
    """What to write instead of an unknown key."""
    number, value = next((index, value) for index, (name, value) in enumerate(pairs(complaint.node)) if name is key)
    beside = {name.text for name, _ in pairs(complaint.node)} - {key.text}
    special = _as_an_exit(complaint, key, value) or _as_variables(complaint, key, value)
    if special is not None:
        return special
    name, edits = complaint.repair.entry(key, value, complaint.schema, beside)
    if edits is None and (nested := _as_nested(complaint, key)) is not None:
        return nested
    if edits:
        shown = complaint.repair.shown(key, value, edits) if len(edits) > 1 else ""
        return (f"write {shown}" if shown else offer([name])), edits
    near = complaint.repair.meanings(key.text, complaint.schema.get("properties", {}), beside)[:1]
    why = MEANS_NOTHING.get(plain_word(key.text), "")
    if not near and why:
        return f"leave it out: {why}", complaint.repair.without(complaint.node, number) or ()
    return (offer(near) if near else _hint(complaint, key)), ()


def _as_nested(complaint: Complaint, key: Node) -> tuple[Suggestion, Edits] | None:
    """A setting that belongs into a map which is not written: url of a lookup's http."""
    parts = {
        name: resolved(part, complaint.root_schema) for name, part in complaint.schema.get("properties", {}).items()
    }
    holding = [name for name, part in parts.items() if key.text in part.get("properties", {})]
    if len(holding) != 1 or find(complaint.node, holding[0]) is not None:
        return None
    inner = [name for name, _ in pairs(complaint.node) if name.text in parts[holding[0]]["properties"]]
    inner = [name for name in inner if name.text not in parts]
    whole = Node(
        "mapping", tuple((name, value) for name, value in pairs(complaint.node) if name in inner), complaint.node.mark
    )
    fits = complaint.repair.edits(whole, parts[holding[0]]) == ()
    words = f"it stands in `{holding[0]}`: {holding[0]}: {{{key.text}: …}}"
    return words, (complaint.repair.around(complaint.node, holding[0], inner) or ()) if fits else ()


def _as_variables(complaint: Complaint, key: Node, value: Node) -> tuple[Suggestion, Edits] | None:
    """`env: {X: 1}` of a flow: its variables have types."""
    if complaint.schema.get("title") != "flow" or "vars" not in other_meaning(key.text, ["vars"]) or not pairs(value):
        return None
    plain = [(name, text) for name, text in pairs(value) if text.kind == "scalar"]
    if len(plain) != len(pairs(value)) or find(complaint.node, "vars") is not None:
        return None
    declared = ", ".join(variable(name.text, text.text) for name, text in plain)
    edits = complaint.repair.replacing(value, f"{{{declared}}}")
    renamed = complaint.repair.renamed(key, "vars")
    onto = complaint.repair.onto_one_line(key, value)
    fix = (*renamed, *onto, *edits) if edits and renamed else ()
    return f"write vars: {{{declared}}}", fix


def _as_an_exit(complaint: Complaint, key: Node, value: Node) -> tuple[Suggestion, Edits] | None:
    """Where the exit stands that was written among the settings of a verb."""
    exits = resolved(complaint.schema.get("properties", {}).get("on", {}), complaint.root_schema)
    known = exits.get("properties", {})
    name = _exit_meant(complaint, key.text, known, value)
    if not name or value.kind != "scalar":
        return None
    on = find(complaint.node, "on")
    if on is not None and find(on, name) is not None:
        number = next(index for index, (other, _) in enumerate(pairs(complaint.node)) if other is key)
        words = f"`{name}` stands in `on` already: leave `{key.text}` out"
        return words, complaint.repair.without(complaint.node, number) or ()
    words = f"exits stand in `on`: on: {{{name}: {value.text or '…'}}}"
    return words, (complaint.repair.as_entry_of_on(complaint.node, key, value, on, name) or ())


def _exit_meant(complaint: Complaint, word: str, known: Mapping[str, Any], value: Node) -> str:
    """The exit that a key among the settings was meant for. An answered call rests until it ends, so what comes
    `next` is what comes when nobody answers; a flow that is run has the exits that it returns by."""
    if word in known:
        return word
    if "on" not in complaint.schema.get("properties", {}):
        return ""
    if word in ("next", "goto", "then") and "next" not in complaint.schema["properties"]:
        if known:
            return "else"
        flow = find(complaint.node, "flow")
        returns = complaint.repair.vocabulary.returns.get(flow.text if flow is not None else "", ())
        return "ok" if "ok" in returns else returns[0] if len(returns) == 1 else "else"
    plain = plain_word(word)
    stripped = plain.removeprefix("on_").removeprefix("if_")
    return stripped if plain != stripped and stripped in known else ""


def _hint(complaint: Complaint, key: Node) -> str:
    """What a key with a form of its own has to look like, when it was meant to be such a one."""
    return str(complaint.schema.get("x-hint", "")) if key.text[:1].isdigit() else ""
