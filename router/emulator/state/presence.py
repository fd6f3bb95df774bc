"""Users of the contact centre: their sessions, their status, and who is told (§4.3, §4.4).

A status belongs to a user and is shared by all their sessions; a user without any is offline. With `use_status` on
their card, only those who are online are given calls, by groups or by their extension. Changes are told by events
without a sign, as the document shows them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.emulator.pbx_answers import DONE, Answer, Params, done, wrong
from router.emulator.state.api_values import whole
from router.emulator.state.staff import Card, Staff
from router.emulator.switchboard import EmulatedSwitchboard
from router.pbx.setup import OFFLINE as PHONE_OFFLINE
from router.virtual_clock import Appointment

ONLINE, DO_NOT_DISTURB, BREAK, OFFLINE, DIALLING = 1, 2, 3, 4, 5
STATUSES: Final = {
    "online": ONLINE,
    "do_not_disturb": DO_NOT_DISTURB,
    "break": BREAK,
    "offline": OFFLINE,
    "dialling": DIALLING,
}

NO_LICENCE: Final = 1201
NO_SESSION: Final = 1202
TIMED_OUT: Final = 1230
BY_ADMINISTRATOR: Final = 1232

LONGEST_SECONDS: Final = 7 * 86_400
LICENCES: Final = 100
USER_NAMES: Final = ("abonent_id", "abonent")  # of session_end: in its example, in its list of parameters (§4.4)
KINDS: Final = ("sip", "mtm", "mtd", "cc")
CALLS: Final = 1


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """One session of a user; it occupies a licence."""

    session: str
    abonent_id: int
    until: float
    device: str
    ip: str
    version: str
    poss: list[int]
    end: Appointment


class Presence:
    """All sessions, and the status of every user who has had one."""

    def __init__(self, board: EmulatedSwitchboard, staff: Staff, seeds: Mapping[str, Any]) -> None:
        self._board = board
        self._staff = staff
        self._licences = whole(seeds.get("licences", LICENCES))
        self._sessions: dict[str, Session] = {}
        self._statuses: dict[int, int] = {}
        for extension, written in seeds.get("employees", {}).items():
            card = staff.at(extension)
            if card is not None and "status" in written:
                self._statuses[card.user_id] = STATUSES[written["status"]]
        staff.changed.append(self._staff_changed)
        self._seat()

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "set_session_status": self._set_session_status,
            "set_abonent_status": self._set_abonent_status,
            "get_presence": self._get_presence,
        }

    def status(self, user_id: int) -> int:
        """The status of a user."""
        return self._statuses.get(user_id, OFFLINE)

    def set_status(self, card: Card, status: int) -> None:
        """The user changes it by themselves, at their own screen."""
        self._change(card.user_id, status)

    def _set_session_status(self, params: Params) -> Answer:
        card, status = self._staff.card(params["abonent_id"]), whole(params["status"])
        session = self._sessions.get(params.get("session", ""))
        if session is None or session.abonent_id != card.user_id:
            if "session" in params or status == OFFLINE:
                raise wrong("there is no such session", code=NO_SESSION)
            session = self._open(card, params)
        elif status == OFFLINE:
            self._close(session, DONE)
            return done(session=session.session, ttl=0)
        self._extend(session, params)
        self._change(card.user_id, status)
        return done(session=session.session, ttl=int(session.until - self._board.queue.now))

    def _open(self, card: Card, params: Params) -> Session:
        if len(self._sessions) >= self._licences:
            raise wrong("every licence is taken", code=NO_LICENCE)
        session = Session(
            session=self._board.ids.token(),
            abonent_id=card.user_id,
            until=self._board.queue.now,
            device=params.get("device", ""),
            ip=params.get("ip", ""),
            version=params.get("version", ""),
            poss=list(params.get("poss", [CALLS])),
            end=self._board.queue.after(LONGEST_SECONDS, lambda: None),
        )
        self._sessions[session.session] = session
        return session

    def _extend(self, session: Session, params: Params) -> None:
        seconds = whole(params.get("ttl", LONGEST_SECONDS))
        session.end.cancel()
        session.until = self._board.queue.now + seconds
        session.end = self._board.queue.after(seconds, lambda: self._close(session, TIMED_OUT))

    def _close(self, session: Session, code: int) -> None:
        """The session is over, and with a user's last one their status."""
        if self._sessions.pop(session.session, None) is None:
            return
        session.end.cancel()
        now = int(self._board.queue.now * 1000)
        name = self._board.randomness.name_of(USER_NAMES)
        payload = {"result": code, name: session.abonent_id, "session": session.session, "timestamp": now}
        self._board.announce(None, "events/user/session_end", payload, is_signed=False)
        if not any(one.abonent_id == session.abonent_id for one in self._sessions.values()):
            self._change(session.abonent_id, OFFLINE)

    def _set_abonent_status(self, params: Params) -> Answer:
        card, status = self._staff.card(params["abonent_id"]), whole(params["status"])
        if self.status(card.user_id) == OFFLINE:
            raise wrong("the user is offline", code=NO_SESSION)
        if status == OFFLINE:
            for session in [one for one in self._sessions.values() if one.abonent_id == card.user_id]:
                self._close(session, BY_ADMINISTRATOR)
        self._change(card.user_id, status)
        return done()

    def _change(self, user_id: int, status: int) -> None:
        before, self._statuses[user_id] = self._statuses.get(user_id, OFFLINE), status
        self._seat()
        if before != status:
            now = int(self._board.queue.now * 1000)
            payload = {"abonent_id": user_id, "status": status, "when": now, "timestamp": now}
            self._board.announce(None, "events/user/status_changed", payload, is_signed=False)

    def _staff_changed(self) -> None:
        for session in [one for one in self._sessions.values() if one.abonent_id not in self._staff.cards]:
            self._close(session, BY_ADMINISTRATOR)
        self._statuses = {one: status for one, status in self._statuses.items() if one in self._staff.cards}
        self._seat()

    def _seat(self) -> None:
        """Tell the switchboard who takes no calls."""
        statuses = {
            card.extension: status
            for user_id, status in self._statuses.items()
            if (card := self._staff.cards.get(user_id)) and card.settings["use_status"]
        }
        self._board.absent = {extension for extension, status in statuses.items() if status != ONLINE}
        self._board.undisturbed = {extension for extension, status in statuses.items() if status == DO_NOT_DISTURB}

    def _get_presence(self, params: Params) -> Answer:
        wanted = whole(params["abonent_id"]) if "abonent_id" in params else None
        kinds = params.get("session_types", KINDS)
        cards = [card for card in self._staff.cards.values() if wanted in (None, card.user_id)]
        if not cards:
            return Answer(body={})
        return done(abonents=[self._document(card, kinds) for card in cards])

    def _document(self, card: Card, kinds: tuple[str, ...]) -> dict[str, Any]:
        now = int(self._board.queue.now)
        found = {"sip": self._sip(card, now), "mtm": [], "mtd": [], "cc": self._cc(card, now)}
        used = [one["uac"] for kind in KINDS for one in found[kind] if kind in kinds]
        return {
            "abonent_id": card.user_id,
            "used_uac_type": list(dict.fromkeys(used)),
            **{kind: found[kind] for kind in KINDS if kind in kinds},
            "calls": [
                {"call_id": leg.call_id, "entry_id": leg.entry_id, "state": leg.state}
                for leg in self._board.legs.values()
                if leg.alive and card.extension in (leg.callee.extension, leg.caller.extension)
            ],
        }

    def _sip(self, card: Card, now: int) -> list[dict[str, Any]]:
        employee = self._board.employees.get(card.extension)
        if employee is None or employee.behaviour.kind == PHONE_OFFLINE:
            return []
        return [
            {
                "uac": "emulator phone",
                "ip": "192.0.2.1",
                "timestamp": now,
                "poss": [CALLS],
                "uname": f"{sip['login']}@{sip['domain']}",
            }
            for sip in card.sips.values()
        ]

    def _cc(self, card: Card, now: int) -> list[dict[str, Any]]:
        return [
            {
                "uac": one.version or "contact centre",
                "ip": one.ip,
                "timestamp": now,
                "poss": one.poss,
                "status": self.status(card.user_id),
                "device": one.device,
            }
            for one in self._sessions.values()
            if one.abonent_id == card.user_id
        ]
