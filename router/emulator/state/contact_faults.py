"""Whether a contact can be added or changed as it is asked for (§3.7.3.3, §3.7.3.4); nothing is changed here.

The shapes have been checked before. What is left are days that do not exist, and ids that nobody has.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from router.emulator.pbx_answers import NO_SUCH_OBJECT, Params
from router.emulator.state.address_book import GROUPS, ORGANIZATIONS, AddressBook
from router.emulator.state.api_values import maybe
from router.emulator.state.paging import Row
from router.emulator.state.staff import Staff

MALFORMED: Final = 3104

DETAIL_IDS: Final = {"phones": "phone_id", "emails": "email_id", "nets": "net_id", "messengers": "mgr_id"}
"""Lists of a contact whose entries have ids."""


def invalid(book: AddressBook, staff: Staff, wanted: Params, row: Row | None) -> int | None:
    """The code of what is wrong; None when nothing is. `row` is the contact that is changed."""
    if not _is_day(wanted.get("birthday")):
        return MALFORMED
    if any(not is_there for is_there in _ids_there(book, staff, wanted, row or {})):
        return NO_SUCH_OBJECT
    return None


def field_of(book: AddressBook, wanted: Params, row: Mapping[str, Any]) -> Row | None:
    """The custom field that a value is of: the one that it names, or that of the contact's value with its id."""
    if wanted.get("custom_field_id") not in (None, ""):
        return book.field(wanted["custom_field_id"])
    value_id = maybe(wanted.get("custom_value_id"))
    known = next((one for one in row.get("custom_values", ()) if one["custom_value_id"] == value_id), None)
    return None if known is None else book.field(known["custom_field_id"])


def _is_day(text: str | None) -> bool:
    """Whether a birthday is a day of the calendar, or none."""
    try:
        return not text or bool(date.fromisoformat(text))
    except ValueError:
        return False


def _ids_there(book: AddressBook, staff: Staff, wanted: Params, row: Mapping[str, Any]) -> Iterator[bool]:
    """For each id that is named whether there is such an object."""
    user_id = maybe(wanted.get("user_id"))
    yield user_id is None or user_id in staff.cards
    yield _is_on_shelf(book, ORGANIZATIONS.id_name, wanted.get("org") or {})
    for group in wanted.get("groups", ()):
        yield _is_on_shelf(book, GROUPS.id_name, group)
    for name, id_name in DETAIL_IDS.items() if row else ():
        known = {one[id_name] for one in row[name]}
        for one in wanted.get(name, ()):
            yield not one.get(id_name) or str(one[id_name]) in known
    for one in wanted.get("custom_values", ()):
        yield _is_custom(field_of(book, one, row), one)


def _is_on_shelf(book: AddressBook, id_name: str, wanted: Params) -> bool:
    return not wanted.get(id_name) or book.has(id_name, wanted[id_name])


def _is_custom(field: Row | None, wanted: Params) -> bool:
    """Whether the field is there, and every item of its list that is chosen."""
    if field is None:
        return False
    items = {item["enum_id"] for item in field.get("items", ())}
    chosen = (maybe(item.get("enum_id")) for item in wanted.get("list_items", ()))
    return all(one is None or one in items for one in chosen)
