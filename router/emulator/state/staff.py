"""Employees and groups: their cards here, and at the switchboard what calls need of them.

Each change of a card is carried over to the switchboard at once, so the next call finds the new employee, and nobody
rings a deleted one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from router.emulator.pbx_answers import Answer, Params, done, no_such, wrong
from router.emulator.state.api_values import chosen, maybe, whole, yes
from router.emulator.state.cabinet import TRUNK_CALLS, Cabinet
from router.emulator.state.numbering import Numbering
from router.emulator.switchboard import EmulatedSwitchboard
from router.pbx.setup import Behaviour, Employee, Target

GENERAL: Final = ("name", "email", "department", "position")
PLAIN: Final = ("name", "email", "mobile", "department", "position", "login", "password")
SETTINGS: Final = {"use_status": 1, "use_cc_numbers": 0, "access_role_id": 0, "dial_alg": 1}
"""Settings with their defaults; with `use_status` the contact centre's status keeps calls away."""

WAIT_SECONDS: Final = 30
NO_LINE: Final = -1
NO_ACTIVE_NUMBER: Final = 5212
NEW_EMPLOYEE: Final = Behaviour(kind="answers", after_seconds=4.0)


@dataclass(slots=True, kw_only=True)
class Card:
    """An employee, as the cabinet shows one."""

    user_id: int
    extension: str
    texts: dict[str, str | None] = field(default_factory=dict)  # of PLAIN
    numbers: list[dict[str, Any]] = field(default_factory=list)
    sips: dict[int, dict[str, str]] = field(default_factory=dict)  # id -> login, domain, password, description
    settings: dict[str, int] = field(default_factory=dict)  # of SETTINGS
    line_id: int | None = None
    trunk_number_id: int | None = None

    @property
    def name(self) -> str:
        """Their name, or their extension."""
        return self.texts.get("name") or self.extension


class Staff:
    """The cards of all employees. By user_id, which the contact centre calls abonent_id."""

    def __init__(self, board: EmulatedSwitchboard, ids: Numbering, cabinet: Cabinet, seeds: Mapping[str, Any]) -> None:
        self._board = board
        self._ids = ids
        self._cabinet = cabinet
        self.cards: dict[int, Card] = {}
        written: Mapping[str, Any] = seeds.get("employees", {})
        for employee in board.employees.values():
            self._hire(employee, written.get(employee.extension, {}))
        self.changed: list[Callable[[], None]] = []  # who wants to know that employees came, went or changed
        self.groups_of: Callable[[Card], list[int]] = lambda card: []  # the groups' book tells

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "config/users/request": self._users,
            "member/create": self._create,
            "member/update": self._update,
            "member/delete": self._delete,
        }

    def card(self, user_id: Any) -> Card:
        """The card of an employee; RequestRefused 3300 when there is none."""
        found = self.cards.get(whole(user_id))
        if found is None:
            raise no_such("employee")
        return found

    def at(self, extension: str) -> Card | None:
        """The card of whoever has that extension."""
        return next((card for card in self.cards.values() if card.extension == extension), None)

    def is_login(self, login: str, password: str) -> bool:
        """Whether an employee gets into the cabinet like that."""
        return bool(login and password) and any(
            (card.texts.get("login"), card.texts.get("password")) == (login, password) for card in self.cards.values()
        )

    def _hire(self, employee: Employee, written: Mapping[str, str]) -> None:
        user_id = self._ids.of("user", written)
        texts = {name: written.get(name) for name in PLAIN} | {"name": employee.name or None}
        roles = self._cabinet.roles
        card = Card(
            user_id=user_id,
            extension=employee.extension,
            texts=texts,
            settings=SETTINGS | {"access_role_id": roles.get(written.get("role", ""), next(iter(roles.values()), 0))},
            line_id=next((self._cabinet.line_id(number) for number in self._board.lines), None),
        )
        self._set_numbers(card, [{"number": one, "wait_sec": int(employee.ring_seconds)} for one in employee.numbers])
        self.cards[user_id] = card

    def _set_numbers(self, card: Card, numbers: list[dict[str, Any]]) -> None:
        card.numbers = [_number(order, one) for order, one in enumerate(numbers)]
        for one in card.numbers:
            login, _, domain = str(one["number"]).removeprefix("sip:").partition("@")
            known = {(sip["login"], sip["domain"]) for sip in card.sips.values()}
            if domain and (login, domain) not in known:
                card.sips[self._ids.next("sip")] = {"login": login, "domain": domain}

    # employees

    def _users(self, params: Params) -> Answer:
        wanted = params.get("extension")
        more = frozenset(params.get("ext_fields", ()))
        cards = [card for card in self.cards.values() if wanted in (None, card.extension)]
        return Answer(body={"users": [self._shown(card, more) for card in cards]})

    def _shown(self, card: Card, more: frozenset[str]) -> dict[str, Any]:
        general = {name: card.texts.get(name) or "" for name in GENERAL}
        telephony: dict[str, Any] = {
            "extension": card.extension,
            "outgoingline": self._cabinet.line_number(card.line_id),
            "numbers": [_shown_number(one, "telephony.numbers.schedule" in more) for one in card.numbers],
        }
        shown: dict[str, Any] = {"general": general, "telephony": telephony}
        for name, value in self._further(card).items():
            if name in more:
                place, _, key = name.partition(".")
                (shown[place] if key else shown)[key or place] = value
        return shown

    def _further(self, card: Card) -> dict[str, Any]:
        """What `ext_fields` may ask for (§3.6.1)."""
        return {
            "general.user_id": card.user_id,
            "general.access_role_id": card.settings["access_role_id"],
            "general.mobile": card.texts.get("mobile"),
            "general.login": card.texts.get("login"),
            "general.use_status": card.settings["use_status"],
            "general.use_cc_numbers": card.settings["use_cc_numbers"],
            "general.sips": [{"number": f"{sip['login']}@{sip['domain']}"} for sip in card.sips.values()],
            "telephony.dial_alg": card.settings["dial_alg"],
            "telephony.line_id": card.line_id,
            "telephony.trunk_number_id": card.trunk_number_id,
            "groups": self.groups_of(card),
        }

    def _create(self, params: Params) -> Answer:
        self._cabinet.check_services()  # "чтобы добавить дополнительных сотрудников" (§3.6.12)
        self._check(params, None)
        card = Card(user_id=self._ids.next("user"), extension=params["extension"], settings=dict(SETTINGS))
        self.cards[card.user_id] = card
        self._fill(card, params)
        self._board.employees[card.extension] = Employee(
            extension=card.extension,
            number=self._main_number(card),
            more_numbers=self._numbers(card)[1:],
            name=card.name,
            behaviour=NEW_EMPLOYEE,
        )
        self._tell()
        return done(user_id=card.user_id)

    def _update(self, params: Params) -> Answer:
        card = self.card(params["user_id"])
        self._check(params, card)
        before = card.extension
        self._fill(card, params)
        employee = self._board.employees.pop(before)
        self._board.employees[card.extension] = replace(
            employee,
            extension=card.extension,
            number=self._main_number(card),
            more_numbers=self._numbers(card)[1:],
            name=card.name,
        )
        self._tell()
        return done()

    def _delete(self, params: Params) -> Answer:
        card = self.card(params["user_id"])
        if self._board.is_in_scheme(Target(kind="extension", value=card.extension)):
            raise wrong("a scheme leads to the employee", code=5202)
        del self.cards[card.user_id], self._board.employees[card.extension]
        self._tell()
        return done()

    def _tell(self) -> None:
        for tell in self.changed:
            tell()

    def _check(self, params: Params, card: Card | None) -> None:
        extension = params.get("extension", card.extension if card else "")
        taken = self._board.is_taken(extension)
        if taken and (card is None or card.extension != extension):
            raise wrong("the extension is taken")
        if "access_role_id" in params:
            self._cabinet.check_role(params["access_role_id"])
        if "numbers" in params and not any(one.get("status", "on") == "on" for one in params["numbers"]):
            raise wrong("at least one number has to be active", code=NO_ACTIVE_NUMBER)
        self._cabinet.check_outgoing_line(params.get("line_id"))
        if params.get("outgoingline"):
            self._cabinet.check_outgoing_line(self._cabinet.line_id(params["outgoingline"]) or NO_LINE)
        self._cabinet.check_trunk(params.get("trunk_number_id"), TRUNK_CALLS)
        login = params.get("login")
        if login and any(one.texts.get("login") == login for one in self.cards.values() if one is not card):
            raise wrong("the login is taken")

    def _fill(self, card: Card, params: Params) -> None:
        card.texts |= chosen(params, PLAIN)
        card.extension = params.get("extension", card.extension)
        for name, value in chosen(params, SETTINGS).items():
            card.settings[name] = int(yes(value)) if name.startswith("use_") else whole(value)
        if "line_id" in params:
            card.line_id = maybe(params["line_id"])
        if "outgoingline" in params:
            card.line_id = self._cabinet.line_id(params["outgoingline"])
        if "trunk_number_id" in params:
            card.trunk_number_id = maybe(params["trunk_number_id"])
        if "numbers" in params:
            self._set_numbers(card, params["numbers"])

    def _main_number(self, card: Card) -> str:
        return next(iter(self._numbers(card)), f"sip:{card.extension}@{self._cabinet.domains[0]}")

    def _numbers(self, card: Card) -> tuple[str, ...]:
        """Those that are switched on, in their order."""
        return tuple(str(one["number"]) for one in card.numbers if one["status"] == "on")


def _number(order: int, written: Mapping[str, Any]) -> dict[str, Any]:
    number = str(written["number"])
    return {
        "number": number,
        "protocol": written.get("protocol", "sip" if "@" in number else "tel"),
        "order": order,
        "wait_sec": whole(written.get("wait_sec", WAIT_SECONDS)),
        "status": written.get("status", "on"),
        "schedule": written.get("schedule", []),
    }


def _shown_number(one: Mapping[str, Any], with_schedule: bool) -> dict[str, Any]:
    shown = {name: value for name, value in one.items() if name != "schedule" or with_schedule}
    digits = "".join(filter(str.isdigit, str(one["number"])))
    return shown if one["protocol"] == "sip" else shown | {"number_normalized": digits}
