"""What is set up in the cabinet: lines and schemes, audio files, trunks, roles, domains, money, black and white lists.

A scheme that is set on a line takes that line's next call; the lists decide who gets through at all.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from router.emulator import line_kinds
from router.emulator.pbx_answers import Answer, Params, done, no_such, wrong
from router.emulator.state.api_values import maybe, utc_text, whole, yes
from router.emulator.state.numbering import Numbering
from router.emulator.switchboard import EmulatedSwitchboard

TRUNK_TAKES: Final = 2  # bits of a trunk number's `options` (§3.6.20)
TRUNK_CALLS: Final = 4
SERVICES_OFF: Final = 5201
BLACKLISTED: Final = 1151  # disconnect reasons of callers who do not get through
NOT_WHITELISTED: Final = 1152
MOSCOW_SECONDS: Final = 3 * 3600

ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "Administrator": ("addressbook_manage", "sip_trunk_can_manage", "cc_change_status_to_offline=3"),
    "Employee": ("addressbook_manage", "cc_change_status_to_offline=1"),
    "No access": (),
}
"""The roles of a PBX whose `pbx.yaml` has none."""


@dataclass(slots=True, kw_only=True)
class NumberList:
    """The black or the white list."""

    allow_unknown: bool
    entries: dict[int, dict[str, Any]] = field(default_factory=dict)  # by number_id

    def has(self, number: str) -> bool:
        """Whether a mask of the list fits: `*` any run, `#` one character, `a-b` a range of numbers."""
        return any(_fits(str(entry["number"]), number) for entry in self.entries.values())


class Cabinet:
    """The settings of the PBX as a whole."""

    def __init__(self, board: EmulatedSwitchboard, ids: Numbering, seeds: Mapping[str, Any]) -> None:
        self._board = board
        self._ids = ids
        config = board.config
        self._line_texts: Mapping[str, Any] = seeds.get("lines", {})
        self.schemes = {name: ids.of("scheme", seeds.get("schemes", {}).get(name)) for name in config.schemes}
        self._lines = {number: ids.of("line", self._line_texts.get(number)) for number in config.lines}
        self._scheme_of = dict(config.line_schemes)  # line -> name of its scheme
        self.roles = {name: ids.next("role") for name in seeds.get("roles", ROLES)}
        self._permissions = {name: list(codes) for name, codes in seeds.get("roles", ROLES).items()}
        self._account = {"balance": "0", "currency": "RUB"} | dict(seeds.get("account", {}))
        self.domains = _domains(seeds.get("domains", ()), [one.number for one in config.employees.values()])
        self._trunks = [_trunk(ids.of("trunk", one), number, one) for number, one in seeds.get("trunks", {}).items()]
        self._lets_connect_services = yes(seeds.get("services", "true"))
        lists = seeds.get("lists", {})
        self._active = lists.get("active", "black")
        self._lists = {kind: self._list(lists.get(kind, {}), kind) for kind in ("black", "white")}

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "account/balance": self._balance,
            "incominglines": self._incoming_lines,
            "audiofiles": self._audio_files,
            "schemas": self._list_schemes,
            "schema/set": self._set_scheme,
            "roles": self._list_roles,
            "domains": lambda params: done(domains=self.domains),
            "trunks/numbers": self._list_trunks,
            "bwlists/state": lambda params: done(active=self._active),
            "bwlists/numbers": self._list_numbers,
            "bwlists/number/add": self._add_number,
            "bwlists/number/delete": self._delete_number,
        }

    def refusal(self, caller: str) -> int | None:
        """Why a caller (`""` is withheld) does not get through: the disconnect reason, None when nothing is wrong."""
        listed = self._lists[self._active]
        is_listed = listed.has(caller) if caller else False
        if self._active == "black":
            return BLACKLISTED if is_listed or not (caller or listed.allow_unknown) else None
        return None if is_listed or (not caller and listed.allow_unknown) else NOT_WHITELISTED

    def line_number(self, line_id: int | None) -> str | None:
        """The number of a line; None when there is none."""
        return next((number for number, known in self._lines.items() if known == line_id), None)

    def line_id(self, number: str) -> int | None:
        """The id of a line."""
        return self._lines.get(number)

    def check_line(self, line_id: Any) -> None:
        """RequestRefused 3300 unless the line exists."""
        if line_id not in (None, "") and self.line_number(whole(line_id)) is None:
            raise no_such("line")

    def check_audio(self, audio_id: Any) -> None:
        """RequestRefused 3300 unless there is such an audio file; none at all is allowed."""
        if audio_id not in (None, "") and str(audio_id) not in self._board.config.audio_seconds:
            raise no_such("audio file")

    def check_services(self) -> None:
        """RequestRefused 5201 unless the cabinet lets the API connect services (§2.3)."""
        if not self._lets_connect_services:
            raise wrong("the cabinet does not let the API connect services", code=SERVICES_OFF)

    def check_outgoing_line(self, line_id: Any) -> None:
        """The same of a line that an employee calls out by: 3100 for one of region sip (§3.6.12)."""
        self.check_line(line_id)
        number = self.line_number(maybe(line_id))
        if number is not None and line_kinds.region(self._board.config.seeds, number) == line_kinds.PASSIVE_SIP:
            raise wrong("a line of region sip cannot be called out by")

    def check_trunk(self, trunk_number_id: Any, use: int) -> None:
        """RequestRefused unless the trunk's number exists (3300) and is for that use (3100)."""
        if trunk_number_id in (None, ""):
            return
        trunk = self._trunk(whole(trunk_number_id))
        if not trunk["options"] & use:
            raise wrong("the options of the trunk's number do not allow that")

    def check_role(self, role_id: Any) -> None:
        """RequestRefused 3300 unless the role exists."""
        if whole(role_id) not in self.roles.values():
            raise no_such("role")

    def _trunk(self, trunk_number_id: int) -> dict[str, Any]:
        for trunk in self._trunks:
            if trunk["trunk_number_id"] == trunk_number_id:
                return trunk
        raise no_such("trunk number")

    def _balance(self, params: Params) -> Answer:
        now = utc_text(self._board.queue.now + MOSCOW_SECONDS)
        return done(balance=float(self._account["balance"]), currency=self._account["currency"], response_at=now)

    def _incoming_lines(self, params: Params) -> Answer:
        return done(lines=[self._line(number, line_id) for number, line_id in self._lines.items()])

    def _line(self, number: str, line_id: int) -> dict[str, Any]:
        written, scheme = self._line_texts.get(number, {}), self._scheme_of.get(number)
        return {
            "line_id": line_id,
            "number": number,
            "name": written.get("name"),
            "comment": written.get("comment"),
            "region": line_kinds.region(self._board.config.seeds, number),
            "schema_id": self.schemes.get(scheme) if scheme else None,
            "schema_name": scheme,
        }

    def _audio_files(self, params: Params) -> Answer:
        names = self._board.config.audio_names
        return done(
            audiofiles=[
                {"id": int(audio), "name": names.get(audio, f"file {audio}")}
                for audio in self._board.config.audio_seconds
            ]
        )

    def _list_schemes(self, params: Params) -> Answer:
        with_trunks = "trunks_numbers" in params or "trunks_numbers" in params.get("ext_fields", ())
        return done(data=[self._scheme(name, schema_id, with_trunks) for name, schema_id in self.schemes.items()])

    def _scheme(self, name: str, schema_id: int, with_trunks: bool) -> dict[str, Any]:
        lines = [self._lines[number] for number, scheme in self._scheme_of.items() if scheme == name]
        trunks = [one["trunk_number_id"] for one in self._trunks if one["schema_id"] == schema_id]
        described = self._board.config.scheme_texts.get(name)
        return {"schema_id": schema_id, "name": name, "description": described, "incominglines": lines} | (
            {"sip_trunks_numbers": trunks} if with_trunks else {}
        )

    def _set_scheme(self, params: Params) -> Answer:
        scheme = next((name for name, known in self.schemes.items() if known == whole(params["schema_id"])), None)
        if scheme is None:
            raise no_such("scheme")
        if "line_id" in params:
            number = self.line_number(whole(params["line_id"]))
            if number is None:
                raise no_such("line")
            self._scheme_of[number] = scheme
            self._board.lines[number] = self._board.config.schemes[scheme]
        if "trunk_number_id" in params:
            self.check_trunk(params["trunk_number_id"], TRUNK_TAKES)
            self._trunk(whole(params["trunk_number_id"]))["schema_id"] = self.schemes[scheme]
        return done()

    def _list_trunks(self, params: Params) -> Answer:
        return done(data=[{name: value for name, value in one.items() if name != "schema_id"} for one in self._trunks])

    def _list_roles(self, params: Params) -> Answer:
        return done(
            roles=[
                {"role_id": role_id, "name": name, "permissions": [*map(_permission, self._permissions[name])]}
                for name, role_id in self.roles.items()
            ]
        )

    def _list(self, written: Mapping[str, Any], kind: str) -> NumberList:
        made = NumberList(allow_unknown=yes(written.get("allow_unknown", "true" if kind == "black" else "false")))
        for number in written.get("numbers", ()):
            self._enter(made, number, "sip" if "@" in number else "tel", "")
        return made

    def _enter(self, listed: NumberList, number: str, number_type: str, comment: str) -> None:
        number_id = self._ids.next("list entry")
        listed.entries[number_id] = {
            "number_id": number_id,
            "number": number,
            "comment": comment,
            "number_type": number_type,
        }

    def _list_numbers(self, params: Params) -> Answer:
        lists = {
            kind: {"allow_unknown_number": one.allow_unknown, "numbers": list(one.entries.values())}
            for kind, one in self._lists.items()
        }
        return done(data={"active": self._active, **lists})

    def _add_number(self, params: Params) -> Answer:
        listed = self._lists[params["list_type"]]
        if any(entry["number"] == params["number"] for entry in listed.entries.values()):
            raise wrong("the number is in the list already")
        self._enter(listed, params["number"], params["number_type"], params.get("comment", ""))
        return done()

    def _delete_number(self, params: Params) -> Answer:
        for listed in self._lists.values():
            if listed.entries.pop(whole(params["number_id"]), None) is not None:
                return done()
        raise no_such("entry")


def _permission(written: str) -> dict[str, str]:
    """§3.6.11: some have a `param`, which `pbx.yaml` writes as code=param."""
    code, has_param, param = written.partition("=")
    return {"code": code} | ({"param": param} if has_param else {})


def _domains(written: Iterable[str], numbers: Iterable[str]) -> list[str]:
    """Those of `pbx.yaml`, and those of the employees' SIP addresses."""
    used = [number.partition("@")[2] for number in numbers if "@" in number]
    return list(dict.fromkeys([*written, *used, "pbx.example"]))


def _trunk(trunk_number_id: int, number: str, written: Mapping[str, str]) -> dict[str, Any]:
    return {
        "trunk_number_id": trunk_number_id,
        "trunk_id": whole(written.get("trunk", "460")),
        "number": number,
        "options": whole(written.get("options", "6")),
        "desc": written.get("description"),
        "schema_id": None,
    }


def _fits(mask: str, number: str) -> bool:
    first, dash, last = mask.partition("-")
    if dash and first.isdigit() and last.isdigit() and number.isdigit():
        return int(first) <= int(number) <= int(last)
    return fnmatchcase(number, mask.replace("[", "[[]").replace("?", "[?]").replace("#", "?"))
