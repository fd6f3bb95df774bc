"""What is wrong with the verb of a step: unknown, another system's, one too many, or with settings beside it."""

from collections.abc import Mapping
from typing import Any

from router.flow.findings import did_you_mean
from router.flow.schema.coercion import resolved
from router.flow.schema.complaint import Complaint
from router.flow.suggestions.advice import Suggestion, offer, write
from router.flow.suggestions.file_edits import Edits
from router.flow.suggestions.foreign_words import (
    BARE,
    EXAMPLES,
    MEANS_NOTHING,
    OTHER_VERBS,
    SEVERAL_STEPS,
    SPEAKING,
    other_meaning,
    plain_word,
    verbs_meant,
)
from router.flow.yaml.node import Node, find, pairs


def tell_unknown_verbs(complaint: Complaint, found: list[Node]) -> None:
    """A key that stands beside the verb belongs into its settings more often than not."""
    verb = next((pair for pair in pairs(complaint.node) if pair[0].text in complaint.known), None)
    if verb is None:
        _tell_foreign_verb(complaint, found)
    elif found:
        _tell_beside(complaint, verb, found)


def _tell_beside(complaint: Complaint, verb: tuple[Node, Node], found: list[Node]) -> None:
    first, (key, settings) = found[0], verb
    why = next((MEANS_NOTHING.get(plain_word(name.text), "") for name in found), "")
    if why and len(found) == 1 and first.text not in _known_settings(complaint, key.text):
        number = next(index for index, (name, _) in enumerate(pairs(complaint.node)) if name is first)
        gone = complaint.repair.without(complaint.node, number) or ()
        message = f"`{first.text}` stands beside `{key.text}`, where only a verb can"
        complaint.say("F202", first, message, f"leave it out: {why}", gone)
        return
    message = f"`{first.text}` stands beside `{key.text}`, where only a verb can"
    suggestion = f"what belongs to `{key.text}` stands in its braces, or is indented deeper"
    schema = resolved(complaint.schema["properties"][key.text], complaint.root_schema)
    fix = complaint.repair.moved_in(complaint.node, key, settings, found, schema)
    shown = complaint.repair.shown_step(complaint.node, key, fix) if fix else ""
    complaint.say("F202", first, message, f"write {shown}" if shown else suggestion, fix or ())
    if fix and complaint.repair.edits(settings, schema) != ():
        complaint.invalid.add(id(settings))


def _known_settings(complaint: Complaint, verb: str) -> Mapping[str, Any]:
    settings: Mapping[str, Any] = resolved(complaint.schema["properties"][verb], complaint.root_schema).get(
        "properties", {}
    )
    return settings


def _tell_foreign_verb(complaint: Complaint, found: list[Node]) -> None:
    """The verb of another system: ours whose settings are nearest to what is written."""
    if not found:
        return
    first = found[0]
    beside = found[1:]
    settings = next(value for key, value in pairs(complaint.node) if key is first)
    names = verbs_meant(first.text, complaint.known)
    for name in names if not beside else ():
        fix = complaint.repair.as_verb(complaint.node, first, settings, name, complaint.schema["properties"][name])
        if fix is not None:
            shown = complaint.repair.shown_step(complaint.node, first, fix)
            words = f"write {shown}" if shown else offer([name])
            complaint.say("F202", first, f"unknown verb `{first.text}`", words, fix)
            return
    words = f"did you mean `{names[0]}`, such as {EXAMPLES[names[0]]}?" if names else ""
    if plain_word(first.text) in SPEAKING:
        words = f"a text is not spoken: record it in the cabinet, and then {EXAMPLES['play']}"
    elif plain_word(first.text) in SEVERAL_STEPS:
        words = "a step has one verb; what comes then is a step of its own"
    complaint.say("F202", first, f"unknown verb `{first.text}`", words)
    complaint.invalid.update(id(key) for key in beside)


def tell_other_verb(complaint: Complaint) -> bool:
    """Settings that are none of their verb's, of one that another system means by a word of ours: `connect: {to: …}`.
    Whether that was told."""
    verb, step = complaint.key, complaint.repair.parent_of(complaint.node)
    if verb is None or step is None or verb.text not in EXAMPLES or len(pairs(step)) != 1:
        return False
    if "step" not in complaint.root_schema["$defs"]:  # resources and tests have no steps
        return False
    schemas = complaint.root_schema["$defs"]["step"]["properties"]
    for name in other_meaning(verb.text, EXAMPLES, OTHER_VERBS):
        fix = complaint.repair.as_verb(step, verb, complaint.node, name, schemas[name])
        if fix is not None:
            shown = complaint.repair.shown_step(step, verb, fix)
            message = f"`{verb.text}` is another verb in this language"
            complaint.say("F202", verb, message, f"write {shown}" if shown else offer([name]), fix)
            complaint.invalid.add(id(complaint.node))
            return True
        if find(complaint.node, "to") is not None and "to" not in complaint.known:
            to = next(key for key, _ in pairs(complaint.node) if key.text == "to")
            complaint.say("F202", to, f"`{verb.text}` takes nobody to a destination", f"such as {EXAMPLES[name]}")
            return True
    return False


def tell_bare_verb(complaint: Complaint) -> None:
    text = complaint.node.text
    if text in complaint.known and not complaint.repair.vocabulary.has_step(text):
        complaint.say("F205", complaint.node, f"`{text}` needs its settings", f"write {{{EXAMPLES[text]}}}")
        return
    names = [name for name in verbs_meant(text, complaint.known) if name in BARE]
    message = f"unknown verb `{text}`"
    if names:
        complaint.say("F202", complaint.node, message, offer(names[:1]))
    elif complaint.repair.vocabulary.has_step(text):
        goes = write(f"{{switch: [{{else: {text}}}]}}", "a step needs a verb")
        complaint.say(
            "F202", complaint.node, message, goes, complaint.repair.replacing(complaint.node, goes.instead or "") or ()
        )
    else:
        complaint.say("F202", complaint.node, message, did_you_mean(text, complaint.known))


def tell_two_verbs(complaint: Complaint) -> None:
    names = ", ".join(f"`{key.text}`" for key, _ in pairs(complaint.node))
    second, settings = pairs(complaint.node)[1]
    name = f"{complaint.key.text}_2" if complaint.key is not None else "another"
    apart = complaint.repair.apart(complaint.node, complaint.key, name) if complaint.key is not None else None
    words = f"give `{second.text}` a step of its own, {name}, and go there with `next: {name}`"
    complaint.say("F209", second, f"a step has one verb, this one has {names}", words, apart or ())
    complaint.invalid.add(id(settings))


def bare(complaint: Complaint) -> tuple[Suggestion, Edits]:
    step = complaint.repair.parent_of(complaint.node)
    verb = complaint.key.text if complaint.key is not None else ""
    edits = complaint.repair.replacing(step, verb) if step is not None and len(pairs(step)) == 1 else None
    return f"write {verb}", edits or ()
