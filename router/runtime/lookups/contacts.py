"""The contact of a number in an account's address book, as flows see one.

The PBX searches its book by text, so of what it finds the contact counts that really has the number. Custom fields come
with their names, the personal employee with the extension. Before a kept answer is used, `has_changed` is asked:
events of the address book are remembered in the database, for all workers, as long as an answer may be kept.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from router.protocol.dial_plan import DEFAULT_COUNTRY
from router.protocol.events import AddressBookChanged
from router.runtime.lookups.employee_directory import FIELDS, USERS, Directory
from router.runtime.lookups.lookup_answers import Outputs, extract, failed, from_pbx
from router.runtime.lookups.lookup_cache import Found
from router.runtime.outbox.limited_queries import Inquiries
from router.runtime.ports import Store, Transaction

SEARCH: Final = "ab/contact/init"
MOST_ROWS: Final = 20
SIGNIFICANT_DIGITS: Final = 10  # 7 900 ... and 8 900 ... are one number

BOOK: Final = "events/ab"
"""The list of what changed in the address book. No list of a flow can be called so."""

BOOK_SECONDS: Final = 300.0
"""How long a change is remembered, and so the longest that a contact is kept."""


def remember_change(transaction: Transaction, account: str, event: AddressBookChanged) -> None:
    """Let every worker know whose kept answers are out of date."""
    for value in (*event.ids, *map(significant, event.numbers)):
        transaction.remember(account, BOOK, value, BOOK_SECONDS)


def has_changed(store: Store, account: str, number: str, contact_id: object) -> bool:
    """Whether the address book told of a change of this number or contact within BOOK_SECONDS."""
    asked = [value for value in (significant(number), str(contact_id or "")) if value]
    with store.snapshot() as reading:
        return any(reading.remembers(account, BOOK, value) for value in asked)


def significant(number: str) -> str:
    """What two notations of one number have in common."""
    digits = "".join(filter(str.isdigit, number))
    return digits[-SIGNIFICANT_DIGITS:]


class Contacts:
    """Finds contacts. Thread-safe; asks in the caller's thread."""

    def __init__(self, inquiries: Inquiries, directory: Directory) -> None:
        self._inquiries = inquiries
        self._directory = directory

    def find(self, account: str, number: str, outputs: Outputs, until: float, country: str = DEFAULT_COUNTRY) -> Found:
        """The outputs of the number's contact; `until` is when an answer is too late."""
        digits = "".join(filter(str.isdigit, number))
        if not digits:
            return Found(state="not_found", reason="there is no number")
        arguments = {"query": digits[-SIGNIFICANT_DIGITS:], "limit_rows": MOST_ROWS, "contact_ext_fields": True}
        answer = self._inquiries.ask(account, SEARCH, arguments, until)
        if answer is None:
            return failed("the limits leave no room for it in time")
        if answer.kind != "accepted":
            return from_pbx(answer, outputs, country)
        contact = _of_number(answer.body, digits)
        if contact is None:
            return Found(state="not_found", reason="no contact has this number")
        return extract(msgspec.json.encode(self._document(account, contact, until)), outputs, country)

    def _document(self, account: str, contact: Mapping[str, Any], until: float) -> dict[str, Any]:
        """What the paths of outputs go into."""
        org, emails = contact.get("org"), _objects(contact.get("emails"))
        return {
            "id": str(contact.get("contact_id", "")),
            "name": contact.get("name"),
            "importance": contact.get("importance"),
            "org": org.get("org_name") if isinstance(org, dict) else None,
            "position": contact.get("office"),
            "comment": contact.get("comment"),
            "site": contact.get("site"),
            "birthday": contact.get("birthday"),
            "email": emails[0].get("email") if emails else None,
            "phones": [one.get("phone") for one in _objects(contact.get("phones"))],
            "groups": [one.get("group_name") for one in _objects(contact.get("groups"))],
            "manager": self._manager(account, contact.get("user_id"), until),
            "fields": self._fields(account, _objects(contact.get("custom_values")), until),
        }

    def _manager(self, account: str, user_id: object, until: float) -> str:
        """The extension of the personal employee; empty when it is not known in time."""
        if user_id in (None, "", 0):
            return ""
        return self._directory.names(account, USERS, until).get(str(user_id), "")

    def _fields(self, account: str, values: list[Mapping[str, Any]], until: float) -> dict[str, Any]:
        if not values:
            return {}
        names = self._directory.names(account, FIELDS, until)
        by_id = {str(one.get("custom_field_id")): _value(one) for one in values}
        return {names.get(field_id, field_id): value for field_id, value in by_id.items()}


def _value(custom: Mapping[str, Any]) -> Any:
    """A text, or the names of the chosen items: one alone as text."""
    items = [one.get("name") for one in _objects(custom.get("list_items"))]
    return (items[0] if len(items) == 1 else items) if items else custom.get("text")


def _of_number(body: str, digits: str) -> Mapping[str, Any] | None:
    try:
        tree = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None
    for contact in _objects(tree.get("data") if isinstance(tree, dict) else None):
        phones = [str(one.get("phone", "")) for one in _objects(contact.get("phones"))]
        if significant(digits) in map(significant, phones):
            return contact
    return None


def _objects(found: Any) -> list[Mapping[str, Any]]:
    rows: Iterable[Any] = found if isinstance(found, list) else ()
    return [row for row in rows if isinstance(row, dict)]
