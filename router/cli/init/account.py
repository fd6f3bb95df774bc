"""What an account of the PBX has: lines and schemes (§3.6.7, §3.6.9), numbers of trunks (§3.6.20), groups (§3.6.2),
employees (§3.6.1) and recordings (§3.6.8).

A product may have no right to one of the lists, or nothing in it (3300): that is noted, and the others are asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from router.cli.starter.answers import line_of
from router.client.mango import Mango
from router.errors import (
    ActionImpossible,
    BillingRefused,
    ConfigurationError,
    KeyRefused,
    MangoError,
    NoSuchObject,
    ParametersInvalid,
    ServerFailed,
)

MAY_BE_MISSING: Final = (NoSuchObject, ActionImpossible, BillingRefused, ServerFailed)
"""Refusals that speak of one list; every other error is one of the key, of the network or of a limit."""

REMEDY: Final = (
    "MANGO_API_KEY and MANGO_API_SALT are the unique code and the key to sign with of the cabinet's API connector"
    " (Интеграции → API коннектор); if it lists addresses, this machine's has to be among them"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A number that callers dial."""

    number: str  # as people write it; a SIP line's address
    title: str  # its name or comment in the cabinet
    scheme: str  # the name of the scheme that takes its calls; "" without one
    may_be_taken: bool  # whether a flow can be for it by this number


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A group or an employee who can be called by an extension."""

    title: str
    extension: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All of it, in the order in which the PBX tells it."""

    lines: tuple[Line, ...] = ()
    schemes: tuple[str, ...] = ()
    groups: tuple[Party, ...] = ()
    employees: tuple[Party, ...] = ()
    recordings: tuple[tuple[int, str], ...] = ()  # (id, name)
    untold: tuple[str, ...] = ()  # lists that the PBX did not tell, with its words


def survey(mango: Mango) -> Account:
    """Ask for all lists. Raises ConfigurationError when the key is refused, MangoError without an answer."""
    asked = _Lists(mango)
    schemes = asked.rows("schemas", "data", ext_fields=["trunks_numbers"])
    lines = [_line(row) for row in asked.rows("incominglines", "lines")]
    trunks = [_trunk(row, schemes) for row in asked.rows("trunks/numbers", "data")]
    groups = [_group(row) for row in asked.rows("groups", "groups")]
    employees = [_employee(row) for row in asked.rows("config/users/request", "users")]
    recordings = [(_text(row, "id"), _text(row, "name")) for row in asked.rows("audiofiles", "audiofiles")]
    return Account(
        lines=tuple(one for one in (*lines, *trunks) if one.number),
        schemes=tuple(_text(row, "name") for row in schemes),
        groups=tuple(one for one in groups if one.extension.isdecimal()),
        employees=tuple(one for one in employees if one.extension.isdecimal()),
        recordings=tuple((int(number), name) for number, name in recordings if number.isdecimal()),
        untold=tuple(asked.untold),
    )


class _Lists:
    """Asks for lists, and keeps those that were refused."""

    def __init__(self, mango: Mango) -> None:
        self._mango = mango
        self.untold: list[str] = []

    def rows(self, method: str, name: str, **params: Any) -> Sequence[Mapping[str, Any]]:
        try:
            answer = self._mango.call(method, params)
        except MAY_BE_MISSING as refused:
            self._note(method, refused)
            return ()
        except (KeyRefused, ParametersInvalid) as refused:
            raise ConfigurationError(f"{refused.message}\n{REMEDY}") from refused
        found = answer.get(name) if isinstance(answer, dict) else None
        return [row for row in found or () if isinstance(row, dict)]

    def _note(self, method: str, refused: MangoError) -> None:
        if not isinstance(refused, NoSuchObject):  # which says that there is none
            self.untold.append(refused.message if method in refused.message else f"{method}: {refused.message}")


def _text(row: Mapping[str, Any], name: str) -> str:
    """A field's text; the PBX writes null, "" or nothing where there is none, and numbers with and without quotes."""
    value = row.get(name)
    return "" if value is None else " ".join(str(value).split())


def _line(row: Mapping[str, Any]) -> Line:
    title = _text(row, "name") or _text(row, "comment")
    return _numbered(_text(row, "number"), title, _text(row, "schema_name"))


def _trunk(row: Mapping[str, Any], schemes: Sequence[Mapping[str, Any]]) -> Line:
    """§3.6.9 tells which scheme has which numbers of trunks."""
    taken = (one for one in schemes if row.get("trunk_number_id") in (one.get("sip_trunks_numbers") or ()))
    scheme = next((_text(one, "name") for one in taken), "")
    return _numbered(_text(row, "number"), _text(row, "desc"), scheme)


def _numbered(number: str, title: str, scheme: str) -> Line:
    readable = line_of(number) if number else ""
    return Line(number=readable or number, title=title, scheme=scheme, may_be_taken=bool(readable))


def _group(row: Mapping[str, Any]) -> Party:
    return Party(title=_text(row, "name"), extension=_text(row, "extension"))


def _employee(row: Mapping[str, Any]) -> Party:
    general, telephony = row.get("general") or {}, row.get("telephony") or {}
    return Party(title=_text(general, "name"), extension=_text(telephony, "extension"))
