"""The address book: organisations, groups and custom fields; each change is told by `events/ab` (§3.7.4).

Contacts stand in `contacts`. A list of changes is carried out entry by entry: `result` has a code for each, `skipped`
the places of those that were not carried out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.emulator.pbx_answers import DONE, NO_SUCH_OBJECT, Answer, Params, done, no_such
from router.emulator.state.api_values import whole, yes
from router.emulator.state.numbering import Numbering
from router.emulator.state.paging import Row, first_page, further_page
from router.emulator.switchboard import EmulatedSwitchboard

NEW: Final = "new"
UPDATED: Final = "updated"
DELETED: Final = "deleted"

FIELD_TYPES: Final = {"text": 1, "list": 2, "multilist": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Organisations, or groups: rows of an id and a name."""

    kind: str  # in the catalogue's paths, plural: organizations
    series: str  # of Numbering
    id_name: str
    name_name: str


ORGANIZATIONS: Final = Shelf(kind="organizations", series="organization", id_name="org_id", name_name="org_name")
GROUPS: Final = Shelf(kind="groups", series="contact group", id_name="group_id", name_name="group_name")


class AddressBook:
    """Organisations, groups and custom fields. All ids go on the wire as text, custom fields' as numbers."""

    def __init__(self, board: EmulatedSwitchboard, ids: Numbering, seeds: Mapping[str, Any]) -> None:
        self._board = board
        self._ids = ids
        written = seeds.get("address_book", {})
        self._rows: dict[str, dict[str, Row]] = {ORGANIZATIONS.kind: {}, GROUPS.kind: {}}
        for shelf in (ORGANIZATIONS, GROUPS):
            named = written.get(shelf.kind, ())
            for name in named:
                self._shelve(shelf, name, ids.of(shelf.series, _with_id(named, name)))
        fields = written.get("fields", {})
        self.fields = [self._field(order, name, one) for order, (name, one) in enumerate(fields.items())]

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "ab/organization": lambda params: self._one(ORGANIZATIONS, params),
            "ab/group": lambda params: self._one(GROUPS, params),
            "ab/custom_fields": lambda params: done(data=self.fields),
            **self._of(ORGANIZATIONS),
            **self._of(GROUPS),
        }

    def announce(self, action: str, data: list[Any]) -> None:
        """`events/ab`, unless nothing happened."""
        if data:
            self._board.announce(None, "events/ab", {"action": action, "data": data})

    def named(self, shelf: Shelf, wanted: Mapping[str, Any]) -> Row | None:
        """The row of an id, or a new one of that name; None when neither will do."""
        if wanted.get(shelf.id_name):
            return self._rows[shelf.kind].get(str(wanted[shelf.id_name]))
        name = wanted.get(shelf.name_name)
        return self.find(shelf, name) or self._shelve_and_tell(shelf, name) if name else None

    def has(self, id_name: str, wanted: Any) -> bool:
        """Whether there is an organisation or a group of that id."""
        shelf = ORGANIZATIONS if id_name == ORGANIZATIONS.id_name else GROUPS
        return str(wanted) in self._rows[shelf.kind]

    def find(self, shelf: Shelf, name: str) -> Row | None:
        """The row of that name."""
        return next((row for row in self._rows[shelf.kind].values() if row[shelf.name_name] == name), None)

    def shelve(self, shelf: Shelf, name: str) -> Row:
        """A new row."""
        return self._shelve(shelf, name, self._ids.next(shelf.series))

    def _shelve(self, shelf: Shelf, name: str, row_id: int) -> Row:
        row = {shelf.id_name: str(row_id), shelf.name_name: name}
        self._rows[shelf.kind][row[shelf.id_name]] = row
        return row

    def _shelve_and_tell(self, shelf: Shelf, name: str) -> Row:
        row = self.shelve(shelf, name)
        self.announce(NEW, [row])
        return row

    def _of(self, shelf: Shelf) -> Mapping[str, Callable[[Params], Answer]]:
        rows, path = self._rows[shelf.kind], f"ab/{shelf.kind}"

        def matches(row: Row, query: str) -> bool:
            return query in row[shelf.name_name].casefold()

        return {
            f"{path}/init": lambda params: first_page(shelf.kind, [*rows.values()], params, matches),
            f"{path}/cursor": lambda params: further_page(shelf.kind, [*rows.values()], params, matches),
            f"{path}/create": lambda params: self._create(shelf, params),
            f"{path}/update": lambda params: self._update(shelf, params),
            f"{path}/delete": lambda params: self._delete(shelf, params),
        }

    def _one(self, shelf: Shelf, params: Params) -> Answer:
        row = self._rows[shelf.kind].get(str(params[shelf.id_name]))
        if row is None:
            raise no_such(shelf.series)
        return done(data=row)

    def _create(self, shelf: Shelf, params: Params) -> Answer:
        made = [self.shelve(shelf, one[shelf.name_name]) for one in params["data"]]
        self.announce(NEW, made)
        return Answer(body={"result": [DONE] * len(made), "data": made})

    def _update(self, shelf: Shelf, params: Params) -> Answer:
        found = [self._rows[shelf.kind].get(str(one[shelf.id_name])) for one in params["data"]]
        for row, one in zip(found, params["data"], strict=True):
            if row is not None:
                row[shelf.name_name] = one[shelf.name_name]
        changed = [row for row in found if row is not None]
        self.announce(UPDATED, changed)
        return each(found, {"data": changed})

    def _delete(self, shelf: Shelf, params: Params) -> Answer:
        """Ids that do not exist are passed over, as in the document's example."""
        ids = [str(one) for one in params["data"]]
        gone = [one for one in ids if self._rows[shelf.kind].pop(one, None) is not None]
        if not gone:
            raise no_such(shelf.series)
        self.announce(DELETED, gone)
        return done()

    def _field(self, order: int, name: str, written: Mapping[str, Any]) -> dict[str, Any]:
        kind = FIELD_TYPES[written.get("type", "text")]
        named = written.get("items", ())
        items = [
            {"enum_id": self._ids.of("list item", _with_id(named, item))} | {"name": item, "order": place}
            for place, item in enumerate(named)
        ]
        own = {"items": items} if kind != FIELD_TYPES["text"] else {"unique": False, "check_mode": 0, "check_length": 0}
        return {
            "custom_field_id": self._ids.of("custom field", written),
            "name": name,
            "type": kind,
            "order": order,
            "required": yes(written.get("required", "false")),
            "api_only": False,
            **own,
        }

    def field(self, custom_field_id: Any) -> dict[str, Any] | None:
        """A custom field by its id."""
        return next((one for one in self.fields if one["custom_field_id"] == whole(custom_field_id)), None)


def _with_id(named: Any, name: str) -> Mapping[str, str] | None:
    """The id of a name, where `pbx.yaml` has a map of names and ids and no mere list."""
    return {"id": named[name]} if isinstance(named, Mapping) else None


def each(found: list[Any], more: Mapping[str, Any]) -> Answer:
    """A code for each entry; those that are None were not there."""
    codes = [NO_SUCH_OBJECT if one is None else DONE for one in found]
    missing = [place for place, one in enumerate(found) if one is None]
    return Answer(body={"result": codes, **more} | ({"skipped": missing} if missing else {}))
