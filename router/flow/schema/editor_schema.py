"""The JSON Schema of one bundle's files, for editors: the general schemas with the bundle's own names in them.

Names of resources are closed choices, so that an editor underlines a misspelt prompt. Names of steps and variables,
which come and go while one types, are offered but not demanded: `ivr check` is the judge of those. One schema serves
every file of the bundle, since it looks at which keys the file has. Files are read leniently: what cannot be read
brings no names, and an editor needs its schema most while a file is broken.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from router.flow.yaml.node import Node, find, pairs, read_text
from router.flow.yaml.parser import parse_yaml
from router.protocol.schemas import load_schema

RESOURCES: Final = ("audio", "groups", "people", "hours", "lists", "tables")
OF_A_FLOW: Final = ("flow", "start", "steps")
TEST_SUFFIX: Final = ".test.yaml"


@dataclass(slots=True)
class BundleNames:
    """Every name that a bundle defines, by its kind."""

    flows: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)  # of all flows
    variables: list[str] = field(default_factory=list)  # of all flows
    resources: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in RESOURCES})


def names_of(files: Mapping[str, bytes]) -> BundleNames:
    """The names in a bundle's files: relative name -> content."""
    names = BundleNames()
    for file in sorted(files):
        if file.endswith(".yaml") and not file.endswith(TEST_SUFFIX):
            root, _ = parse_yaml(file, read_text(file, files[file])[0])
            if root is not None:
                _collect(root, names)
    return names


def _collect(root: Node, names: BundleNames) -> None:
    flow = find(root, "flow")
    if flow is not None and flow.text:
        names.flows.append(flow.text)
    names.steps += _new(find(root, "steps"), names.steps)
    names.variables += _new(find(root, "vars"), names.variables)
    for kind in RESOURCES:
        names.resources[kind] += _new(find(root, kind), names.resources[kind])


def _new(node: Node | None, known: Iterable[str]) -> list[str]:
    already = set(known)
    return [key.text for key, _ in pairs(node) if key.text not in already] if node is not None else []


def bundle_schema(names: BundleNames) -> dict[str, Any]:
    """One schema for every file of the bundle."""
    kinds = {name: _placed(load_schema(name), name) for name in ("flow", "resources", "test")}
    for place in list(walk(kinds)):
        for annotation, offers in OFFERS.items():
            if annotation in place:
                offers[place[annotation]](place, names)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "bundle of call flows",
        "type": "object",
        "properties": {"flow": {"description": "A flow, or with `tests` the tests of one.", "type": "string"}},
        "if": {"required": ["tests"]},
        "then": {"$ref": "#/$defs/test"},
        "else": {
            "if": {"anyOf": [{"required": [key]} for key in OF_A_FLOW]},
            "then": {"$ref": "#/$defs/flow"},
            "else": {"$ref": "#/$defs/resources"},
        },
        "$defs": kinds,
    }


def _placed(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """The schema as a part of another one: its references lead to its own definitions there."""
    schema.pop("$schema", None)
    for part in walk(schema):
        if "$ref" in part:
            part["$ref"] = part["$ref"].replace("#/$defs/", f"#/$defs/{name}/$defs/")
    return schema


def walk(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from walk(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from walk(value)


# where names stand


Offer = Callable[[dict[str, Any], BundleNames], None]


def _closed(values: Callable[[BundleNames], list[str]]) -> Offer:
    """Only these names can stand there; a list of them too, where the schema has one."""

    def offer(place: dict[str, Any], names: BundleNames) -> None:
        if known := values(names):
            _restrict(place, [{"enum": known}])

    return offer


def _closed_or_chosen(values: Callable[[BundleNames], list[str]], chosen: str) -> Offer:
    """The same, or what is chosen in the call: `lists[vars.branch]`, `audio.digit[${order.number}]`."""

    def offer(place: dict[str, Any], names: BundleNames) -> None:
        if known := values(names):
            _restrict(place, [{"enum": known}, {"type": "string", "pattern": chosen}])

    return offer


def _offered(values: Callable[[BundleNames], list[str]]) -> Offer:
    """These names are proposed, and any other text is fine."""

    def offer(place: dict[str, Any], names: BundleNames) -> None:
        if known := values(names):
            place["anyOf"] = [{"enum": known}, {}]

    return offer


def _keys(values: Callable[[BundleNames], list[str]]) -> Offer:
    """These names are proposed as keys, with the values that any key has there."""

    def offer(place: dict[str, Any], names: BundleNames) -> None:
        free = place.get("additionalProperties")
        member = free if isinstance(free, dict) else {}
        place["properties"] = {**dict.fromkeys(values(names), member), **place.get("properties", {})}

    return offer


def _restrict(place: dict[str, Any], choices: list[dict[str, Any]]) -> None:
    types = place.get("type", "string")
    lists = [{"type": "array"}] if "array" in types else []
    if len(choices) == 1 and not lists:
        place |= choices[0]
    else:
        place["anyOf"] = [*choices, *lists]


def _destinations(place: dict[str, Any], names: BundleNames) -> None:
    """Persons and groups by name; numbers, and whatever only a call can tell, as they are."""
    known = [f"person {name}" for name in names.resources["people"]]
    known += [f"group {name}" for name in names.resources["groups"]]
    free = {"type": "string", "pattern": FREE_DESTINATION}
    _restrict(place, [*([{"enum": known}] if known else []), free])


FREE_DESTINATION: Final = r"^(extension|number|sip) +\S|^group +[0-9]+$|\$\{"


def _examples(place: dict[str, Any], names: BundleNames) -> None:
    """An expression can be anything; these are beginnings."""
    hours = [f"hours.{name}.open" for name in names.resources["hours"]]
    lists = [f"caller.number in lists.{name}" for name in names.resources["lists"]]
    place["examples"] = [*hours, *lists, *(f"vars.{name}" for name in names.variables)]


def _of(kind: str, prefix: str = "") -> Callable[[BundleNames], list[str]]:
    return lambda names: [f"{prefix}{name}" for name in names.resources[kind]]


NAMES: Final[Mapping[str, Callable[[BundleNames], list[str]]]] = {
    "steps": lambda names: names.steps,
    "variables": lambda names: names.variables,
    "flows": lambda names: names.flows,
    "audio": _of("audio", "audio."),
    "hours": _of("hours", "hours."),
    "lists": _of("lists", "lists."),
    "tables": _of("tables"),
    "list names": _of("lists"),
    "destinations": lambda names: [*_of("groups", "group ")(names), *_of("people", "person ")(names)],
}
"""What an annotation of the schemas may ask for."""

CHOSEN: Final[Mapping[str, str]] = {
    "audio": r"^audio\.[a-z_][a-z0-9_]*\[.+\]$",
    **{kind: rf"^{kind}\[.+\]$" for kind in ("hours", "lists", "tables")},
}
"""How those look whose name only the call knows."""

OFFERS: Final[Mapping[str, Mapping[str, Offer]]] = {
    "x-names": {
        **{kind: _closed(values) for kind, values in NAMES.items()},
        **{kind: _closed_or_chosen(NAMES[kind], chosen) for kind, chosen in CHOSEN.items()},
        "destinations": _destinations,
        "expressions": _examples,
    },
    "x-offers": {kind: _offered(values) for kind, values in NAMES.items()},
    "x-keys": {kind: _keys(values) for kind, values in NAMES.items()},
}
"""Annotation in the schemas -> what it names -> what the bundle puts there: the only choices, proposals, or keys."""
