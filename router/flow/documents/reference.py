"""The reference of the language, made of what the loader itself reads: the schemas and the tables of the code.

Nothing is told here that stands elsewhere; what a schema cannot say (when an exit is taken, what a name means) has a
table of its own, and a test that no verb, exit, name or code is missing from it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from router.flow.documents.pages import Heading, Part, Said, Table
from router.flow.expressions import BUILTIN_NAMES, FUNCTIONS
from router.flow.expressions.functions import Function
from router.flow.finding_rules import RULES
from router.flow.schema.coercion import Schema, resolved
from router.flow.verbs import VERBS
from router.protocol.schemas import load_schema

DEEPEST: Final = 4  # levels of keys that a table of settings shows
TOLD_APART: Final = frozenset(
    {"steps", "on", "given", "script", "expect", "pbx"}
)  # keys whose inner ones have a table of their own

NAMES: Final[Mapping[str, str]] = {
    "caller.number": "the caller's number in digits, empty when it is withheld",
    "caller.extension": "the caller's extension, for calls from an employee",
    "caller.withheld": "whether the number is withheld",
    "call.line": "the number that was called",
    "call.entry_id": "the PBX's id of the whole journey",
    "call.call_id": "the PBX's id of the leg that the caller is on",
    "call.state": "`Appeared`, `Connected`, `OnHold` or `Disconnected`",
    "call.location": "`ivr`, `queue` or `abonent`",
    "call.menu": "the PBX's own menu item of the last keys, such as `ivr.2`",
    "call.answered": "whether anybody has talked to the caller",
    "call.direction": "`incoming`, `outgoing` or `internal`",
    "call.age": "seconds since the call began",
    "call.dct_number": "the call-tracking number that was dialled",
    "call.dct_type": "1 dynamic, 2 static, 0 none",
    "call.sip_call_id": "the id that your own SIP side gave the call, where the cabinet passes it on",
    "call.group": "the extension of the group through which the caller went last, empty when through none",
    "call.answered_by": "who was the first to talk to the caller: an extension, or a number; empty before that",
    "call.talk_seconds": "seconds of conversation so far; in `on_end` by the PBX's summary",
    "call.end_reason": "why the call ended, as the PBX's code; known in `on_end`, 0 before",
    "call.recording_id": "the id of the call's latest recording, empty when there is none",
    "call.task_id": "the campaign task that made the call, empty for other calls",
    "call.callback_initiator": "who had the PBX call back, such as `API` or `WEB`; empty for other calls",
    "digits": "what was pressed last, by the pattern that it matched",
    "now.hour": "0 to 23, in the flow's time zone, as all of `now`",
    "now.minute": "0 to 59",
    "now.weekday": "1 (Monday) to 7",
    "now.date": "such as `2026-11-23`",
    "now.time": "such as `09:05`",
    "limits.route.wait": "estimated seconds that a route queued now would wait",
    "limits.transfer.wait": "the same for a transfer",
    "limits.hangup.wait": "the same for a hangup",
    "limits.play.wait": "the same for a prompt",
    "result.code": "the code of the last command's result, of any verb; 0 while none is known",
    "result.kind": "how that command ended: `ok`, `failed`, `expired`, `unknown`, or an attempt's exit; empty at first",
}
"""What the built-in names mean; their types stand in `flow.expressions`."""

FAMILIES: Final = (
    ("hours.NAME.open", "bool", "whether these hours are open now"),
    ("hours.NAME.opens_in", "number", "seconds until they open, 0 while they are open"),
    ("hours.NAME.opens_date", "text", "the date on which they open next"),
    ("hours.NAME.opens_time", "text", "the time at which they open next"),
    (
        "hours[TEXT].open",
        "bool",
        "the same of the hours that the text names, and so the other three; closed if it names none",
    ),
    ("lists.NAME", "list", "only behind `in`: `caller.number in lists.vip`"),
    ("lists[TEXT]", "list", "the list that the text names; empty if it names none"),
    ("values.NAME", "text", "a value of the account's configuration"),
    ("visits.STEP", "number", "how often this call has entered the step"),
    ("vars.NAME", "its own", "a variable of the flow"),
    ("STEP.OUTPUT", "its own", "an output of a lookup, or what a sub-flow returned"),
)

GROUPS: Final[Mapping[str, str]] = {
    "F1": "The text: not the YAML that was meant",
    "F2": "The shape: neither a flow, nor resources, nor a test",
    "F3": "Names: the bundle does not have what is named",
    "F4": "Expressions, and text with `${...}`",
    "F5": "The call: it would go wrong although every name is right",
    "W6": "Warnings: worth a look",
    "P7": "The PBX: told by `ivr check --online`",
}

WORDS: Final[Mapping[str, str]] = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}

SCALARS: Final = frozenset({"integer", "number", "boolean"})
"""Where text can stand, these only say that it needs no quotes."""
MOST_WORDS: Final = 12  # of a choice that is written out; a longer one is described


def reference(said: Said = str) -> list[Part]:
    """The whole page."""
    return [
        Heading(level=1, text=said("Reference of the flow language")),
        said("Made by `ivr reference` of the tables and schemas that the loader itself reads."),
        *_flows(said),
        *_verbs(said),
        *_resources(said),
        *_expressions(said),
        *_tests(said),
        *_findings(said),
    ]


# the files


def _flows(said: Said) -> Iterator[Part]:
    schema = load_schema("flow")
    yield Heading(level=2, text=said("Flow"))
    yield said(schema["description"])
    yield _settings(schema, schema, said)


def _verbs(said: Said) -> Iterator[Part]:
    schema = load_schema("flow")
    yield Heading(level=2, text=said("Verbs"))
    yield said(
        "A step has one verb. An exit that is not written goes to `on_error`, unless the table says otherwise; within "
        "`on_end` the flow just ends. A code is looked for first, then its class, then the name, then `else`."
    )
    for verb, part in resolved(schema["$defs"]["step"], schema)["properties"].items():
        yield from _verb(verb, resolved(part, schema), schema, said)


def _verb(verb: str, schema: Schema, root: Schema, said: Said) -> Iterator[Part]:
    yield Heading(level=3, text=verb)
    yield said(schema["description"])
    settings = _settings(schema, root, said)
    if settings.rows:
        yield settings
    if described := VERBS[verb].exits.described:
        exits = tuple((_exit(name, said), said(when)) for name, when in described)
        yield Table(head=(said("exit"), said("taken when")), rows=exits)


def _exit(name: str, said: Said) -> str:
    """A name that is written, codes, or words."""
    if "," in name:
        return name
    return said(name) if " " in name else f"`{name}`"


def _resources(said: Said) -> Iterator[Part]:
    schema = load_schema("resources")
    yield Heading(level=2, text=said("Resources"))
    yield said(schema["description"])
    for kind, part in schema["properties"].items():
        yield Heading(level=3, text=kind)
        inner = resolved(part, schema)
        yield said(inner["description"])
        settings = _settings(inner, schema, said)
        if settings.rows:
            yield settings


def _tests(said: Said) -> Iterator[Part]:
    schema = load_schema("test")
    yield Heading(level=2, text=said("Tests"))
    yield said(schema["description"])
    yield _settings(schema, schema, said)
    for title, name in (("given", "given"), ("script", "line"), ("expect", "expect"), ("pbx", "pbx")):
        part = resolved(schema["$defs"][name], schema)
        yield Heading(level=3, text=title)
        if "description" in part:
            yield said(part["description"])
        table = _settings(part, schema, said)
        then = part.get("then", {})
        words = [f"`{word}`" for word in then.get("enum", ()) if word not in then.get("x-older", ())]
        if words:
            yield said(f"Words that stand alone: {', '.join(words)}.")
        yield table


# settings


def _settings(schema: Schema, root: Schema, said: Said) -> Table:
    rows = (
        (key, f" {said('or')} ".join(map(said, forms)), " ".join(map(said, meanings)))
        for key, forms, meanings in _rows(schema, root, "", 1)
    )
    return Table(head=(said("key"), said("what stands there"), said("meaning")), rows=tuple(rows))


Row = tuple[str, list[str], list[str]]
"""A key, the forms that can stand there, and the texts about it."""


def _rows(schema: Schema, root: Schema, prefix: str, depth: int) -> Iterator[Row]:
    """Every key, those of inner maps behind the key that they stand under."""
    required = frozenset(schema.get("required", ()))
    for name, key, part in _members(schema, root):
        forms, meaning = _forms(part), _meaning(part)
        if name or meaning or forms != [WORDS["object"]]:
            texts = [meaning, "**Required.**" if name in required else ""]
            yield f"`{prefix}{key}`", forms, [text for text in texts if text]
        if depth < DEEPEST and name not in TOLD_APART:
            yield from _rows(part, root, f"{prefix}{key}.", depth + 1)


def _members(schema: Schema, root: Schema) -> Iterator[tuple[str, str, Schema]]:
    """(name, how it is shown, its schema): the keys of a map, of a map with free keys, of the maps in a list."""
    for name, part in schema.get("properties", {}).items():
        if isinstance(part, dict):
            yield name, name, resolved(part, root)
    free = schema.get("additionalProperties")
    if isinstance(free, dict) and "then" not in schema:
        inner = resolved(free, root)
        if inner.get("properties") or inner.get("additionalProperties") or "then" in inner:
            yield "", "NAME", inner
    for branch in ("then", "else"):
        part = resolved(schema.get(branch, {}), root)
        if "properties" not in schema and _has_keys(part):
            yield from _members(part, root)
    items = schema.get("items")
    if isinstance(items, dict):
        yield from _members(resolved(items, root), root)


def _has_keys(branch: Schema) -> bool:
    """Whether it is the shape of one kind of a map; another branch only forbids keys that exclude each other."""
    keys = any(isinstance(part, dict) for part in branch.get("properties", {}).values())
    return keys or "then" in branch or bool(branch.get("additionalProperties") or branch.get("description"))


def _meaning(schema: Schema) -> str:
    """Its description, unless that only says the form again."""
    about = str(schema.get("description", ""))
    form = " or ".join(_forms(schema)).lower()
    return "" if form and about.lower().startswith(form) else about


def _forms(schema: Schema) -> list[str]:
    """What can stand there, in words."""
    if "enum" in schema and len(schema["enum"]) <= MOST_WORDS:
        return [f"`{word}`" for word in schema["enum"]]
    types = schema.get("type", ())
    found = [(types,) if isinstance(types, str) else types][0]
    scalars = SCALARS if "string" in found else frozenset()
    words = [WORDS[name] for name in found if name != "null" and name not in scalars]
    form = schema.get("x-form")
    if form is None:
        return words
    return [form, *(word for word in words if word != WORDS["string"] and word not in form)]


# expressions


def _expressions(said: Said) -> Iterator[Part]:
    yield Heading(level=2, text=said("Expressions"))
    yield said(
        "`and`, `or`, `not`, comparisons (also chained), `in`, `+ - * / %` on numbers, `+` on text, `a if b else c`, "
        "literals, lists of them, names and functions; at most 500 characters. Text fields take `${name}` only."
    )
    yield Heading(level=3, text=said("Names"))
    built_in = [(name, kind, NAMES[name]) for name, kind in BUILTIN_NAMES.items()]
    rows = [(f"`{name}`", _type(kind, said), said(about)) for name, kind, about in (*built_in, *FAMILIES)]
    yield Table(head=(said("name"), said("type"), said("meaning")), rows=tuple(rows))
    yield Heading(level=3, text=said("Functions"))
    functions = tuple(
        (f"`{_signature(name, function)}`", function.result, said(function.about))
        for name, function in FUNCTIONS.items()
    )
    yield Table(head=(said("function"), said("gives"), said("meaning")), rows=functions)


def _type(kind: str, said: Said) -> str:
    """The name of a type, as `vars` have it, or words."""
    return said(kind) if " " in kind else kind


def _signature(name: str, function: Function) -> str:
    return f"{name}({', '.join(function.parameters)}{', …' if function.repeats else ''})"


# findings


def _findings(said: Said) -> Iterator[Part]:
    yield Heading(level=2, text=said("Findings"))
    yield said("What `ivr check` says. An error (F) keeps a bundle from being published, a warning (W) does not.")
    for prefix, title in GROUPS.items():
        yield Heading(level=3, text=said(title))
        rows = [
            (code, said(rule.title), said(rule.explanation)) for code, rule in RULES.items() if code.startswith(prefix)
        ]
        head = (said("code"), said("finding"), said("what it means"))
        yield Table(head=head, rows=tuple(rows), anchored=True)
