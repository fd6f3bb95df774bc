"""Who is who in an account's PBX: presence names employees by user_id, flows by extension.

The list of employees is asked for (§3.6.1) when a user_id turns up that is not known, at most once a minute, and kept
in memory. A question without an answer is asked again after a minute: the next event that names the employee may be
hours away. Presence is stored under the id that the PBX reported and, once it is known, under the extension too. With
the list comes the status of those of whom no event has told yet (§4.3.3), for accounts `with_sessions`.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from math import inf
from threading import Timer
from typing import Any, Final

import msgspec

from router.errors import StoreUnavailable
from router.logs import get_logger
from router.protocol.events import PRESENCE
from router.runtime.monitoring.outage import database_away
from router.runtime.outbox.limited_queries import Inquiries
from router.runtime.ports import Clock, Store
from router.runtime.thread_pool import BoundedPool

USERS: Final = "config/users/request"
FIELDS: Final = "ab/custom_fields"
SESSIONS: Final = "get_presence"
FRESH_SECONDS: Final = 600.0  # how long a list serves
PATIENCE_SECONDS: Final = 60.0  # before an unknown id is asked for again
ASK_SECONDS: Final = 10.0
WAITING: Final = 64

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What was told of an account at an instant of the steady clock."""

    at: float = -inf  # when it was asked
    told: bool = False  # whether it was told
    refused: bool = False  # the PBX has answered, and does not tell it
    names: Mapping[str, str] = field(default_factory=dict)  # id -> extension, or name of a field


class Directory:
    """Thread-safe. Employees and custom fields of every account, by id."""

    def __init__(
        self, store: Store, inquiries: Inquiries, clock: Clock, *, with_sessions: Collection[str] = ()
    ) -> None:
        self._store = store
        self._inquiries = inquiries
        self._clock = clock
        self._with_sessions = frozenset(with_sessions)
        self._lock = threading.Lock()
        self._lists: dict[tuple[str, str], Listed] = {}
        self._learning: set[str] = set()
        self._again: dict[str, Timer] = {}  # account -> when its list is asked for once more
        self._pool = BoundedPool("directory", threads=1, waiting=WAITING)

    def stop(self) -> None:
        """Finish what is being asked."""
        self._pool.stop()
        with self._lock:
            waiting, self._again = self._again, {}
        for timer in waiting.values():
            timer.cancel()

    def extension(self, account: str, user_id: str) -> str:
        """The extension of an employee, "" while it is not known; without a question."""
        return self._listed(account, USERS).names.get(user_id, "")

    def learn(self, account: str) -> None:
        """Have the employees listed, unless that was just done; comes back at once."""
        with self._lock:
            listed = self._lists.get((account, USERS), Listed())
            if account in self._learning or self._clock.steady() < listed.at + PATIENCE_SECONDS:
                return
            self._learning.add(account)
        if not self._pool.submit(lambda: self._learn(account)):
            self._learned(account)

    def names(self, account: str, kind: str, until: float) -> Mapping[str, str]:
        """Id -> extension (USERS) or field's name (FIELDS), asked for if need be until that instant."""
        listed = self._listed(account, kind)
        if self._clock.steady() < listed.at + (FRESH_SECONDS if listed.told else PATIENCE_SECONDS):
            return listed.names
        arguments: dict[str, Any] = {"ext_fields": ["general.user_id"]} if kind == USERS else {}
        answer = self._inquiries.ask(account, kind, arguments, until)
        told = answer is not None and answer.kind == "accepted"
        names = READ[kind](answer.body) if answer is not None and told else listed.names
        refused = answer is not None and answer.kind == "refused"
        fresh = Listed(at=self._clock.steady(), told=told, refused=refused, names=names)
        with self._lock:
            self._lists[account, kind] = fresh
        return fresh.names

    def _listed(self, account: str, kind: str) -> Listed:
        with self._lock:
            return self._lists.get((account, kind), Listed())

    def _learn(self, account: str) -> None:
        try:
            with self._lock:
                self._lists.pop((account, USERS), None)
            names = self.names(account, USERS, self._clock.now() + ASK_SECONDS)
            statuses = self._statuses(account) if account in self._with_sessions else {}
            with self._store.transaction() as transaction:
                known = statuses | transaction.presence(account)  # events are newer than what was asked for
                for user_id, status in known.items():
                    if user_id in names:
                        transaction.set_presence(account, names[user_id], status)
        except StoreUnavailable as error:
            database_away(error, "the list of employees")
        except Exception:
            log.exception("employees could not be looked up", account=account)
        finally:
            self._learned(account)
            listed = self._listed(account, USERS)
            if not (listed.told or listed.refused):
                self._learn_later(account)

    def _learn_later(self, account: str) -> None:
        timer = Timer(PATIENCE_SECONDS, self.learn, (account,))
        timer.daemon = True
        with self._lock:
            replaced = self._again.pop(account, None)
            self._again[account] = timer
        if replaced is not None:
            replaced.cancel()
        timer.start()

    def _statuses(self, account: str) -> dict[str, str]:
        """User_id -> status, of those who have a session; empty when the contact centre does not tell."""
        until = self._clock.now() + ASK_SECONDS
        answer = self._inquiries.ask(account, SESSIONS, {"session_types": ["cc"]}, until)
        if answer is None or answer.kind != "accepted":
            return {}
        found = {}
        for user in _rows(answer.body, "abonents"):
            told = [str(one.get("status")) for one in _objects(user.get("cc"))]
            status = next((word for code, word in PRESENCE.items() if str(code) in told), "")
            if status:
                found[str(user.get("abonent_id", ""))] = status
        return found

    def _learned(self, account: str) -> None:
        with self._lock:
            self._learning.discard(account)


def _users(body: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for user in _rows(body, "users"):
        general, telephony = user.get("general"), user.get("telephony")
        if isinstance(general, dict) and isinstance(telephony, dict) and telephony.get("extension"):
            found[str(general.get("user_id", ""))] = str(telephony["extension"])
    return found


def _fields(body: str) -> dict[str, str]:
    return {str(one.get("custom_field_id", "")): str(one.get("name", "")) for one in _rows(body, "data")}


READ: Final[Mapping[str, Callable[[str], dict[str, str]]]] = {USERS: _users, FIELDS: _fields}


def _rows(body: str, name: str) -> list[dict[str, Any]]:
    """The objects of a list in an answer; none of what is no such answer."""
    try:
        tree = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return []
    return _objects(tree.get(name)) if isinstance(tree, dict) else []


def _objects(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
