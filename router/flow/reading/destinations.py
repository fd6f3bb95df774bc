"""Destinations of a route or a transfer: extension 101, person NAME, group NAME, number 7495…, sip user@domain.

What is known at load is checked at load; a destination with `${name}` in it is resolved when the call gets there.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from router.flow.expressions.placeholders import placeholders
from router.flow.findings import did_you_mean
from router.flow.model import Destination, Template
from router.flow.reading.flow_scope import FlowScope
from router.flow.reading.name_advice import typed
from router.flow.reading.setting_fields import Fields
from router.flow.suggestions.advice import Suggestion, as_scalar, offer, write
from router.flow.suggestions.guesses import guesses
from router.flow.suggestions.text_lists import list_meant
from router.flow.yaml.node import Node
from router.protocol.phone_numbers import is_internal, is_short
from router.protocol.phone_numbers import read_number as read_phone

_FORM: Final = "a destination such as extension 101, person NAME, group NAME, number 74951234567 or sip user@domain"
_VALUES: Final = {
    "extension": "an extension",
    "person": "a person",
    "group": "a group",
    "number": "a phone number",
    "sip": "an address",
}
_ADDRESS: Final = re.compile(r"(sip:)?[^\s@]+@[^\s@]+", re.ASCII)


def read_destinations(scope: FlowScope, fields: Fields) -> tuple[Destination, ...]:
    """The usable ones of `to`, in the order written."""
    written = fields.one_or_many("to")
    if len(written) == 1 and (meant := list_meant("to", written[0].text)):
        message = f"`{written[0].text}` is one text, and {len(meant)} destinations are meant"
        scope.say_instead("F207", written[0], message, f"[{', '.join(map(as_scalar, meant))}]", of=fields.get("to"))
        return ()
    found = (_destination(scope, node) for node in written)
    return tuple(destination for destination in found if destination)


def read_employee(scope: FlowScope, node: Node | None, *, number: bool = False) -> Template | None:
    """An employee's extension, written as `person NAME`, `extension 101` or the extension itself; with `number` a
    telephone or SIP number of the employee will do."""
    if node is None:
        return None
    kind, name, offset = _split(node)
    if "${" in name:
        return scope.template(node, offset if kind == "extension" else 0)
    if kind == "person":
        return (
            scope.template(_as_text(node, scope.resources.people[name]))
            if _is_person(scope, node, offset)
            else scope.invalid()
        )
    if kind == "extension":
        return scope.template(node, offset) if _is_extension(scope, node, offset) else scope.invalid()
    return scope.template(node) if "${" in node.text or _names_employee(scope, node, number=number) else scope.invalid()


def _names_employee(scope: FlowScope, node: Node, *, number: bool) -> bool:
    text = node.text.rstrip()
    if is_internal(text) or (number and read_phone(text, scope.resources.country).number) or text in scope.names:
        return True
    is_number = bool(read_phone(text, scope.resources.country).number)
    message = f"`{text}` is {'a telephone number' if is_number else 'not an extension'}, and an employee is meant"
    scope.say("F507", node, message, _instead_of_employee(scope, text))
    return False


def read_user(scope: FlowScope, node: Node | None) -> tuple[Template | None, bool]:
    """Whom a task is for, and whether that is an extension whose id has to be found (§4.2 wants the id)."""
    if node is None:
        return None, False
    if node.text.startswith(("person ", "extension ")):
        return read_employee(scope, node), True
    text = node.text.rstrip()
    if text in scope.resources.people.values():
        message = f"`{text}` is an extension, and a task wants an id"
        return scope.say("F507", node, message, write(f"extension {text}")), False
    if not (text.isdecimal() or "${" in text or text in scope.names):
        return scope.say("F507", node, f"`{text}` is no employee's id", _instead_of_employee(scope, text)), False
    return scope.template(node), False


def _instead_of_employee(scope: FlowScope, text: str) -> Suggestion:
    if text in scope.resources.people:
        return write(f"person {text}")
    if text.startswith("group ") or text in scope.resources.groups:
        return "a group calls by `callback_group`; an employee is `person NAME`, or the extension, e.g. 101"
    known = did_you_mean(f"person {text}", [f"person {name}" for name in scope.resources.people])
    return known or "write the extension, e.g. 101, or `person NAME`"


def read_number(scope: FlowScope, node: Node | None) -> Template | None:
    """What the PBX can call: a number, an extension, `person NAME`, `group NAME`, or text with `${name}`."""
    if node is None:
        return None
    kind, name, offset = _split(node)
    if kind not in _PLAIN:
        return scope.template(node) if "${" in node.text or _can_be_called(scope, node) else scope.invalid()
    numbers = _numbers(scope, kind, name)
    if "${" in name and kind in _NAMED:
        return scope.say("F507", node, f"`{kind}` takes a name that is written out here", _only_number(name))
    if "${" not in name and not _IS_FIT[kind](scope, node, offset):
        return scope.invalid()
    return scope.template(_as_text(node, numbers[name])) if name in numbers else scope.template(node, offset)


def _only_number(name: str) -> Suggestion:
    """In place of a name that only the call knows."""
    return (
        write(name)
        if name.startswith("${") and name.endswith("}")
        else "write ${...} alone, for a text that is a number"
    )


def _can_be_called(scope: FlowScope, node: Node) -> bool:
    text = node.text.rstrip()
    known = {"group": scope.resources.groups, "person": scope.resources.people}
    kind = next((kind for kind, names in known.items() if text in names), "")
    if not kind:
        return text in scope.names or _is_number(scope, node, 0)
    scope.say("F507", node, f"`{text}` is not a phone number", write(f"{kind} {text}"))
    return False


def read_telephone(scope: FlowScope, node: Node | None, *, why: str, instead: str) -> Template | None:
    """A number that is no short number of the PBX; `why` says so of the setting, `instead` what to write."""
    if node is None:
        return None
    kind, name, offset = _split(node)
    at = offset if kind in _OUTSIDE else 0
    if "${" in node.text or node.text in scope.names:
        return scope.template(node, at)
    number = name if at else node.text.rstrip()
    if kind in _INTERNAL or is_short(number) or number in _internal_numbers(scope):
        return scope.say("F507", node, f"`{node.text}` is a short number of the PBX: {why}", instead)
    return scope.template(node, at) if _is_number(scope, node, at) else scope.invalid()


def read_line(scope: FlowScope, node: Node | None) -> Template | None:
    """The line to call through: a number, or a SIP line's name (§3.2.1)."""
    if node is not None and "@" in node.text and "${" not in node.text:
        message = f"`{node.text}` is an address, and a SIP line goes by its name (§3.2.1)"
        return scope.say("F507", node, message, "write the name that the line has in the cabinet")
    return scope.template(node)


def _internal_numbers(scope: FlowScope) -> frozenset[str]:
    return frozenset((*scope.resources.people.values(), *scope.resources.groups.values()))


def _destination(scope: FlowScope, node: Node) -> Destination:
    kind, name, offset = _split(node)
    if kind not in _IS_FIT or not name:
        message = f"`{node.text}` is not {_FORM}"
        found = guesses(node.text, {"x-form": _FORM}, scope.vocabulary)
        guess = next((guess for guess in found if _split_text(guess)[0] in _IS_FIT and " " in guess), "")
        return scope.say("F207", node, message, offer([guess] if guess else []))
    if _is_a_name(scope, node, offset, _VALUES[kind]):
        return scope.invalid()
    template = scope.template(node, offset)
    if not template or (not template.names and not _IS_FIT[kind](scope, node, offset)):
        return scope.invalid()
    return Destination(kind=kind, name=template, numbers=_numbers(scope, kind, name))


def _is_a_name(scope: FlowScope, node: Node, offset: int, wanted: str) -> bool:
    """Whether a name stands where its value is meant; then that is said."""
    name = node.text[offset:].rstrip()
    held = next(placeholders(name, scope.names), None)
    if held is None or not held.name or held.length != len(name):
        return False
    message = f"`{name}` is a name and not {wanted}"
    scope.say("F507", node, message, typed(node, offset, f"${{{held.name}}}"), offset=offset)
    return True


def _split(node: Node) -> tuple[str, str, int]:
    """(kind, name, the name's offset)."""
    return _split_text(node.text.rstrip())


def _split_text(text: str) -> tuple[str, str, int]:
    kind, _, rest = text.partition(" ")
    name = rest.lstrip()
    return kind, name, len(text) - len(name)


def _numbers(scope: FlowScope, kind: str, name: str) -> Mapping[str, str]:
    """Only the entry that is meant; all of them when only the call will tell which."""
    known = {"person": scope.resources.people, "group": scope.resources.groups}.get(kind, {})
    return known if "${" in name else {name: known[name]} if name in known else {}


def _is_extension(scope: FlowScope, node: Node, offset: int) -> bool:
    name = node.text[offset:].rstrip()
    if not (name.isascii() and name.isdecimal()):
        scope.say("F507", node, f"`{name}` is not an extension", "an employee by name is `person NAME`", offset=offset)
        return False
    return True


def _is_person(scope: FlowScope, node: Node, offset: int) -> bool:
    name = node.text[offset:].rstrip()
    return scope.is_known("people", name, node, offset) and name in scope.resources.people


def _is_group(scope: FlowScope, node: Node, offset: int) -> bool:
    name = node.text[offset:].rstrip()
    return name.isdecimal() or (scope.is_known("groups", name, node, offset) and name in scope.resources.groups)


def _is_number(scope: FlowScope, node: Node, offset: int) -> bool:
    name = node.text[offset:].rstrip()
    found = read_phone(name, scope.resources.country)
    if not found.number and _is_a_name(scope, node, offset, "a phone number"):
        return False
    if not found.number:
        reason = found.problem or "it is a withheld number"
        scope.say("F507", node, f"`{name}` is not a phone number: {reason}", offset=offset)
    return bool(found.number)


def _is_address(scope: FlowScope, node: Node, offset: int) -> bool:
    name = node.text[offset:].rstrip()
    if _ADDRESS.fullmatch(name) is None:
        scope.say("F507", node, f"`{name}` is not a SIP address", "write sip user@domain", offset=offset)
        return False
    return True


_IS_FIT: Final[Mapping[str, Callable[[FlowScope, Node, int], bool]]] = {
    "extension": _is_extension,
    "person": _is_person,
    "group": _is_group,
    "number": _is_number,
    "sip": _is_address,
}


_NAMED: Final = ("person", "group")
_PLAIN: Final = ("extension", "number", *_NAMED)
_INTERNAL: Final = ("extension", *_NAMED)
_OUTSIDE: Final = ("number", "sip")


def _as_text(node: Node, text: str) -> Node:
    return Node("scalar", text, node.mark, node.quoted)
