"""Asking other systems while a caller waits: outside of every transaction, in threads of this process.

A lookup begins once the transaction that wants it is on disk, and its answer is applied like any other event: one
transaction, recorded, so that a replay finds it. What always holds:

- a question takes no longer than its author's time-out, its wait for a thread and for a slot of the limits included;
- every question ends in one answer, unless the process dies: then the call has a timer of its own;
- a secret is put in when the request leaves, and is in nothing that is kept, shown or logged;
- webhook threads never wait: too many questions fail at once, and answers at hand need no thread of the slow ones.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final

import msgspec

from router.config.settings import AccountSettings
from router.engine.effects import StartLookup
from router.engine.environment import Sealer
from router.engine.output_values import in_url
from router.engine.secret_marks import replace_marks, replace_marks_within, sealed_values
from router.engine.state import LookupFinished
from router.errors import StoreUnavailable
from router.logs import get_logger
from router.runtime.group_commit import GroupCommit
from router.runtime.limits.limiter import Limits
from router.runtime.lookups.contacts import BOOK_SECONDS, Contacts, has_changed
from router.runtime.lookups.employee_directory import USERS, Directory
from router.runtime.lookups.lookup_answers import failed, from_pbx, from_reply
from router.runtime.lookups.lookup_cache import Found, LookupCache, cache_key
from router.runtime.monitoring.metrics import count_lookup
from router.runtime.monitoring.outage import database_away
from router.runtime.outbound_ports import Outside, OutsideRequest, Queries
from router.runtime.outbox.acquire import SHORTEST_SECONDS
from router.runtime.outbox.limited_queries import Inquiries
from router.runtime.ports import Clock, Store, Transaction
from router.runtime.thread_pool import BoundedPool

VISITOR: Final = "queries/user_info_by_dct_number"
THREADS: Final = 16
WAITING: Final = 256
CACHED: Final = "cached"
STALE: Final = "stale"
"""Outcomes for the metrics, beside the states of an answer."""

Apply = Callable[[Transaction, str, LookupFinished], object]
"""Steps the call within the transaction: (transaction, account, event)."""

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What an account's requests to the outside may use."""

    secrets: Mapping[str, str] = field(repr=False)
    sealer: Sealer = field(repr=False)
    limits: Limits
    private_redirects: bool


def means_of(account: AccountSettings, sealer: Sealer, limits: Limits) -> Means:
    """What the configuration gives an account."""
    return Means(
        secrets=account.secrets,
        sealer=sealer,
        limits=limits,
        private_redirects=account.lookup_private,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One lookup under way."""

    account: str
    entry_id: str
    request: StartLookup
    until: float  # its time-out, Unix seconds


class Lookups:
    """Answers lookups. `ask` comes from any thread; `wake` is called after each answer, since commands may follow.

    `with_sessions` are the accounts whose contact centre may be asked who is there.
    """

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Means],
        apply: Apply,
        *,
        outside: Outside,
        queries: Queries,
        clock: Clock,
        wake: Callable[[], None],
        with_sessions: Collection[str] = (),
        threads: int = THREADS,
        waiting: int = WAITING,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._apply = apply
        self._outside = outside
        self._clock = clock
        self._wake = wake
        self._cache = LookupCache()
        limits = {account: means.limits for account, means in accounts.items()}
        self._inquiries = Inquiries(store, limits, queries, clock)
        self.directory = Directory(store, self._inquiries, clock, with_sessions=with_sessions)
        self._contacts = Contacts(self._inquiries, self.directory)
        self._group = GroupCommit(store)
        self._askers = BoundedPool("lookup", threads, waiting)
        # Bounded by the calls: each has one question at a time.
        self._tellers = BoundedPool("lookup-answer", threads=1, waiting=None)

    def ask(self, account: str, entry_id: str, request: StartLookup) -> None:
        """Set a lookup going."""
        question = Question(
            account=account, entry_id=entry_id, request=request, until=self._clock.now() + request.timeout_seconds
        )
        at_hand = self._at_hand(question)
        if at_hand is not None:
            self._tellers.submit(lambda: self._tell(question, at_hand, CACHED))
        elif not self._askers.submit(lambda: self._conclude(question, self._find(question))):
            refused = failed("too many lookups are waiting")
            self._tellers.submit(lambda: self._conclude(question, refused))

    def find(self, account: str, request: StartLookup) -> Found:
        """Ask in this thread, for nobody's call."""
        until = self._clock.now() + request.timeout_seconds
        return self._find(Question(account=account, entry_id="", request=request, until=until))

    def stop(self) -> None:
        """Finish what is being asked; what still waits for a thread is left to the timers of its calls."""
        self._askers.stop()
        self._tellers.stop()
        self.directory.stop()

    def _conclude(self, question: Question, found: Found) -> None:
        """Tell what was found, or after a failure what was found before."""
        older = None
        if found.state == "failed" and question.request.stale_on_error:
            older = self._kept(question, inf)
        if older is None:
            self._tell(question, found, found.state)
        else:
            self._tell(question, msgspec.structs.replace(older, reason=found.reason), STALE)

    def _find(self, question: Question) -> Found:
        try:
            found = ASKING[question.request.kind](self, question)
        except StoreUnavailable:
            return failed("the database does not answer")
        except Exception as error:  # its text may hold what was asked, and so a secret
            log.error("a lookup has a fault", account=question.account, entry_id=question.entry_id,
                      error=type(error).__name__)  # fmt: skip
            return failed("a fault of the router")
        if found.notes:
            found = msgspec.structs.replace(found, notes=self._without_secrets(question, found.notes))
        if found.state != "failed" and (question.request.cache_seconds or question.request.stale_on_error):
            self._cache.put(cache_key(question.account, question.request), found, self._clock.now())
        return found

    def _without_secrets(self, question: Question, notes: Mapping[str, str]) -> dict[str, str]:
        """The notes go into the trace, and an answer may repeat what was asked with."""
        means = self._accounts[question.account]
        asked = msgspec.to_builtins(question.request)
        secrets = [*means.secrets.values(), *sealed_values(asked, means.sealer.open)]
        return {name: _masked(note, secrets) for name, note in notes.items()}

    def _at_hand(self, question: Question) -> Found | None:
        """An answer that may be used again. A contact's may not once the address book has changed."""
        request, is_contact = question.request, question.request.kind == "contact"
        seconds = min(request.cache_seconds, BOOK_SECONDS) if is_contact else request.cache_seconds
        kept = self._kept(question, seconds) if seconds else None
        if kept is None or not is_contact:
            return kept
        with suppress(StoreUnavailable):
            if not has_changed(self._store, question.account, request.arguments["number"], kept.outputs.get("id")):
                return kept
        return None

    def _kept(self, question: Question, seconds: float) -> Found | None:
        return self._cache.get(cache_key(question.account, question.request), self._clock.now() - seconds)

    def _tell(self, question: Question, found: Found, outcome: str) -> None:
        request = question.request
        count_lookup(request.kind, request.label, outcome, request.timeout_seconds - self._left(question))
        event = LookupFinished(
            entry_id=question.entry_id,
            request_id=request.request_id,
            state=found.state,
            outputs=found.outputs,
            reason=found.reason,
            cached=found.cached,
            notes=found.notes,
        )
        try:
            self._group.run(lambda transaction: self._apply(transaction, question.account, event))
        except StoreUnavailable as error:
            database_away(error, "an answer to a lookup")
        except Exception:
            log.exception("a call could not take an answer", account=question.account, entry_id=question.entry_id)
        self._wake()

    def _left(self, question: Question) -> float:
        return question.until - self._clock.now()

    # http

    def _ask_outside(self, question: Question) -> Found:
        left = self._left(question)
        if left < SHORTEST_SECONDS:
            return failed("no thread was free in time")
        means = self._accounts[question.account]
        request = _outside_request(question.request, means)
        reply = self._outside.fetch(request, left, private_redirects=means.private_redirects)
        return from_reply(reply, question.request.outputs, question.request.country)

    # api

    def _ask_pbx(self, question: Question) -> Found:
        means = self._accounts[question.account]
        arguments = replace_marks_within(question.request.arguments, means.secrets, means.sealer.open)
        answer = self._inquiries.ask(question.account, question.request.api, arguments, question.until)
        if answer is None:
            return failed("the limits leave no room for it in time")
        return from_pbx(answer, question.request.outputs, question.request.country)

    # of a known shape

    def _ask_contact(self, question: Question) -> Found:
        number = question.request.arguments["number"]
        request = question.request
        return self._contacts.find(question.account, number, request.outputs, question.until, request.country)

    def _ask_visitor(self, question: Question) -> Found:
        """§3.5.1: an empty object when the number belongs to no visitor."""
        number = question.request.arguments["number"]
        if not number:
            return Found(state="not_found", reason="there is no number")
        answer = self._inquiries.ask(question.account, VISITOR, {"number": number}, question.until)
        if answer is None:
            return failed("the limits leave no room for it in time")
        if answer.kind == "accepted" and '"data"' not in answer.body:
            return Found(state="not_found", reason="the number belongs to no visitor")
        return from_pbx(answer, question.request.outputs, question.request.country)

    def _ask_employee(self, question: Question) -> Found:
        """An employee's id by the extension (§3.6.1)."""
        extension = question.request.arguments["extension"]
        names = self.directory.names(question.account, USERS, question.until)
        found = next((user_id for user_id, name in names.items() if name == extension), "")
        if found:
            return Found(state="found", outputs={"id": found})
        if not names:
            return failed("the PBX did not tell its employees")
        return Found(state="not_found", reason=f"the PBX has no employee {extension}")


def _masked(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _outside_request(request: StartLookup, means: Means) -> OutsideRequest:
    def revealed(text: str, encode: Callable[[str], str] | None = None) -> str:
        return replace_marks(text, means.secrets, means.sealer.open, encode)

    body: Any = replace_marks_within(request.json, means.secrets, means.sealer.open)
    return OutsideRequest(
        method=request.method,
        url=revealed(request.url, in_url),
        headers={name: revealed(value) for name, value in request.headers.items()},
        body=None if body is None else msgspec.json.encode(body),
    )


ASKING: Final[Mapping[str, Callable[[Lookups, Question], Found]]] = {
    "http": Lookups._ask_outside,
    "api": Lookups._ask_pbx,
    "contact": Lookups._ask_contact,
    "visitor": Lookups._ask_visitor,
    "employee": Lookups._ask_employee,
}
