"""The contacts of the address book (§3.7.2.9, §3.7.3).

A contact that is changed keeps what is not named. A list that is named replaces the old one: entries with an id stay
or change, those without one are new, the others go. Of a list of contacts each is judged by itself (`contact_faults`):
one that cannot be carried out changes nothing, has its code in `result` and its place in `skipped`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.emulator.pbx_answers import DONE, NO_SUCH_OBJECT, Answer, Params, done, no_such
from router.emulator.state.address_book import DELETED, GROUPS, NEW, ORGANIZATIONS, UPDATED, AddressBook
from router.emulator.state.api_values import chosen, maybe, whole, yes
from router.emulator.state.contact_faults import field_of, invalid
from router.emulator.state.numbering import Numbering
from router.emulator.state.paging import Row, first_page, further_page
from router.emulator.state.staff import Staff
from router.emulator.switchboard import EmulatedSwitchboard

DUPLICATE: Final = 3100
"""The code of a contact that is left out because the book has its number already."""

TEXTS: Final = ("name", "office", "site", "comment", "birthday", "url")
EXTENDED: Final = ("custom_values", "user_id")
LIST_TYPES: Final = (2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One of a contact's lists."""

    id_name: str
    fields: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


DETAILS: Final[Mapping[str, Detail]] = {
    "phones": Detail(id_name="phone_id", fields=("phone", "comment", "ext"), numbers=("type",), flags=("is_default",)),
    "emails": Detail(id_name="email_id", fields=("email", "comment"), flags=("is_default",)),
    "nets": Detail(id_name="net_id", fields=("uname",), numbers=("net",)),
    "messengers": Detail(id_name="mgr_id", fields=("uname",), numbers=("mgr",)),
}


class Contacts:
    """All contacts, by id."""

    def __init__(
        self, board: EmulatedSwitchboard, ids: Numbering, book: AddressBook, staff: Staff, seeds: Mapping[str, Any]
    ) -> None:
        self._board = board
        self._ids = ids
        self._book = book
        self._staff = staff
        self._rows: dict[str, Row] = {}
        for written in seeds.get("address_book", {}).get("contacts", ()):
            self._add(self._from_seed(written), ids.of("contact", written))

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "ab/contact": self._one,
            "ab/contact/init": lambda params: first_page("contact", self._shown(params), params, _matches),
            "ab/contact/cursor": lambda params: further_page("contact", self._shown(params), params, _matches),
            "ab/contacts/create": self._create,
            "ab/contacts/update": self._update,
            "ab/contacts/delete": self._delete,
        }

    def called(self, number: str, at: float) -> None:
        """Somebody called from that number."""
        row = self.of_number(number)
        if row is not None:
            row["last_call"] = int(at)

    def of_id(self, contact_id: Any) -> Row | None:
        """The contact of an id."""
        return self._rows.get(str(contact_id))

    def of_number(self, number: str) -> Row | None:
        """The contact of a number."""
        wanted = digits(number)
        if not wanted:
            return None
        return next(
            (row for row in self._rows.values() if wanted in [digits(one["phone"]) for one in row["phones"]]), None
        )

    def _shown(self, params: Params) -> list[Row]:
        extended = yes(params.get("contact_ext_fields"))
        return [_view(row, extended) for row in self._rows.values()]

    def _one(self, params: Params) -> Answer:
        row = self._rows.get(str(params["contact_id"]))
        if row is None:
            raise no_such("contact")
        return done(data=_view(row, yes(params.get("contact_ext_fields"))))

    def _create(self, params: Params) -> Answer:
        return self._each(NEW, params, lambda one: None)

    def _update(self, params: Params) -> Answer:
        return self._each(UPDATED, params, lambda one: self._rows.get(str(one["contact_id"])))

    def _each(self, action: str, params: Params, row_of: Callable[[Params], Row | None]) -> Answer:
        """Carry out one contact after the other, and tell of all that were."""
        codes, carried_out, skipped = [], {}, []
        for place, one in enumerate(params["data"]):
            row = row_of(one)
            code = NO_SUCH_OBJECT if action == UPDATED and row is None else self._fault(one, row, params)
            codes.append(code)
            if code == DONE:
                changed = self._fill(row, one) if row is not None else self._add(one, self._ids.next("contact"))
                carried_out[changed["contact_id"]] = changed
            else:
                skipped.append(place)
        self._book.announce(action, [_told(row) for row in carried_out.values()])
        if action == NEW:  # as the example of §3.7.3.3 has it
            carried_out = {contact_id: row | {"last_used": None} for contact_id, row in carried_out.items()}
        return Answer(body={"result": codes, "data": carried_out} | ({"skipped": skipped} if skipped else {}))

    def _fault(self, wanted: Params, row: Row | None, params: Params) -> int:
        """The code that a contact's entry comes to."""
        code = invalid(self._book, self._staff, wanted, row)
        makes_duplicates = wanted.get("on_error", params.get("on_error")) == "duplicate"
        if code is None and not makes_duplicates and self._is_known(wanted, row):
            code = DUPLICATE
        return DONE if code is None else code

    def _delete(self, params: Params) -> Answer:
        gone = [str(one) for one in params["data"] if self._rows.pop(str(one), None) is not None]
        if not gone:
            raise no_such("contact")
        self._book.announce(DELETED, gone)
        return done()

    def _is_known(self, wanted: Params, row: Row | None) -> bool:
        """Whether another contact has one of the numbers."""
        numbers = {digits(str(one.get("phone", ""))) for one in wanted.get("phones", ())} - {""}
        return any(
            one["phone_num"] in numbers for other in self._rows.values() if other is not row for one in other["phones"]
        )

    def _add(self, wanted: Mapping[str, Any], contact_id: int) -> Row:
        row: Row = {
            "contact_id": str(contact_id),
            "type": 0,
            **dict.fromkeys(TEXTS, ""),
            "importance": 0,
            "sex": None,
            "avatar": "",
            "org": None,
            **{name: [] for name in DETAILS},
            "groups": [],
            "in_favorites": [],
            "custom_values": [],
            "user_id": None,
            "when_created": int(self._board.queue.now),
            "last_call": None,
        }
        self._fill(row, wanted)
        self._rows[row["contact_id"]] = row
        return row

    def _fill(self, row: Row, wanted: Mapping[str, Any]) -> Row:
        row |= chosen(wanted, TEXTS)
        for name in ("type", "importance", "sex", "user_id"):
            if name in wanted:
                row[name] = maybe(wanted[name])
        if "org" in wanted:
            row["org"] = self._book.named(ORGANIZATIONS, wanted["org"] or {})
        if "groups" in wanted:
            row["groups"] = [one for one in (self._book.named(GROUPS, group) for group in wanted["groups"]) if one]
        if "in_favorites" in wanted:
            users = wanted["in_favorites"]
            ids = [whole(one) for one in (users if isinstance(users, list) else [users])]
            row["in_favorites"] = [one for one in ids if one in self._staff.cards]  # others go, as in the example
        for name, detail in DETAILS.items():
            if name in wanted:
                row[name] = [self._detail(detail, row[name], one) for one in wanted[name]]
        if "custom_values" in wanted:
            self._fill_custom(row, wanted["custom_values"])
        return row

    def _detail(self, detail: Detail, old: list[Row], wanted: Mapping[str, Any]) -> Row:
        wanted_id = str(wanted.get(detail.id_name, ""))
        kept = next((one for one in old if wanted_id and one[detail.id_name] == wanted_id), None)
        row = kept or {detail.id_name: str(self._ids.next("detail")), **dict.fromkeys(detail.fields, "")}
        row |= chosen(wanted, detail.fields)
        row |= {name: whole(wanted.get(name, row.get(name, 0))) for name in detail.numbers}
        row |= {name: yes(wanted.get(name, row.get(name, False))) for name in detail.flags}
        return row | ({"phone_num": digits(row["phone"])} if "phone" in row else {})

    def _fill_custom(self, row: Row, wanted: list[Mapping[str, Any]]) -> None:
        """One value for each field; those that are not named stay. One named by its id alone is emptied (§3.7.4.4)."""
        values = {one["custom_field_id"]: one for one in row["custom_values"]}
        for one in wanted:
            field = field_of(self._book, one, row)
            if field is None:
                continue
            old = values.get(field["custom_field_id"])
            value_id = old["custom_value_id"] if old else self._ids.next("custom value")
            values[field["custom_field_id"]] = _custom_value(field, value_id, one)
        row["custom_values"] = list(values.values())

    def _from_seed(self, written: Mapping[str, Any]) -> dict[str, Any]:
        """`pbx.yaml` names things where the API has ids."""
        card = self._staff.at(written.get("manager", ""))
        named = {one["name"]: one for one in self._book.fields}
        custom = [
            {"custom_field_id": named[name]["custom_field_id"], **_seed_value(named[name], text)}
            for name, text in written.get("fields", {}).items()
        ]
        return {
            **chosen(written, TEXTS),
            "importance": written.get("importance", 0),
            "org": {"org_name": written["org"]} if "org" in written else None,
            "phones": [{"phone": number, "type": 1} for number in written.get("phones", ())],
            "emails": [{"email": address} for address in written.get("emails", ())],
            "groups": [{"group_name": name} for name in written.get("groups", ())],
            "custom_values": custom,
            "user_id": card.user_id if card is not None else None,
        }


def digits(number: str) -> str:
    """A number without everything that is no digit."""
    return "".join(filter(str.isdigit, number))


def _told(row: Row) -> Row:
    """As `events/ab` has it: §3.7.4.4 calls the personal employee `user_id`, its example `manager_id`."""
    return row | {"manager_id": row["user_id"], "last_used": None}


def _view(row: Row, extended: bool) -> Row:
    """With `contact_ext_fields` the personal employee has both of the document's names (§3.7.3.2)."""
    if extended:
        return row | {"manager_id": row["user_id"]}
    return {name: value for name, value in row.items() if name not in EXTENDED}


def _matches(row: Row, query: str) -> bool:
    texts = [row["name"], row["comment"], (row["org"] or {}).get("org_name", "")]
    texts += [one["phone"] for one in row["phones"]] + [one["phone_num"] for one in row["phones"]]
    texts += [one["email"] for one in row["emails"]]
    return any(query in str(text or "").casefold() for text in texts)


def _custom_value(field: Row, value_id: int, wanted: Mapping[str, Any]) -> Row:
    value = {"custom_value_id": value_id, "custom_field_id": field["custom_field_id"], "type": field["type"]}
    if field["type"] not in LIST_TYPES:
        return value | {"text": wanted.get("text") or ""}
    chosen_ids = {whole(one["enum_id"]) for one in wanted.get("list_items", ()) if "enum_id" in one}
    return value | {"list_items": [dict(item) for item in field["items"] if item["enum_id"] in chosen_ids]}


def _seed_value(field: Row, text: str) -> dict[str, Any]:
    if field["type"] not in LIST_TYPES:
        return {"text": text}
    return {"list_items": [{"enum_id": item["enum_id"]} for item in field["items"] if item["name"] == text]}
