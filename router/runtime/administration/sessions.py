"""Sessions of browsers: rows of the database, so that each can be ended, on every host, at once.

What always holds: the cookie holds 256 bits of chance and the database their digest alone. A session ends when it was
not used for so long, and in any case after so long. What proves that a request was made by our own page (the CSRF
token) is a MAC under the cookie's secret: a page elsewhere can neither read nor guess it, and nothing is kept of it.
A check costs two reads, and none for KNOWN_SECONDS after it: so long an ended session may still be taken.
"""

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Final, NamedTuple

from router.errors import StoreUnavailable
from router.logs import get_logger
from router.runtime.administration.audit import LOG_IN, LOG_OUT, Actor, note
from router.runtime.ports import Store
from router.runtime.records import Session, User

SECRET_BYTES: Final = 32
ID_BYTES: Final = 9
PREFIX: Final = "s-"  # of ids, by which they are told from those of tokens
KNOWN_SECONDS: Final = 2.0
MOST_KNOWN: Final = 1024
SEEN_SECONDS: Final = 60.0  # `seen` is right to so much
MOST_OF_USER: Final = 20  # sessions; the oldest one ends when another begins
MOST_AGENT: Final = 200

log = get_logger()


class Known(NamedTuple):
    """A session that holds, and whose it is."""

    session: Session
    user: User


def digest_of(cookie: str) -> bytes:
    return sha256(cookie.encode()).digest()


def csrf_of(cookie: str) -> str:
    """What a request that changes something has to bear beside the cookie."""
    return hmac.new(cookie.encode(), b"ivr csrf", sha256).hexdigest()


class Sessions:
    """Those of one database, as one process checks them. Thread-safe; durations are seconds."""

    def __init__(
        self, store: Store, *, idle_seconds: float, longest_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._idle = idle_seconds
        self.longest_seconds = longest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes | str, tuple[Known, float]] = OrderedDict()  # with until when
        self._seen: dict[str, float] = {}  # session_id -> when its use was last written down
        self._has_users = (False, -KNOWN_SECONDS)  # with since when it is known

    def begin(self, user: User, by: Actor, *, agent: str, way: str) -> tuple[str, Session]:
        """A new session, and what its cookie holds."""
        cookie = secrets.token_urlsafe(SECRET_BYTES)
        with self._store.transaction() as tx:
            row = Session(
                session_id=PREFIX + secrets.token_hex(ID_BYTES),
                user_id=user.user_id,
                digest=digest_of(cookie),
                created=tx.now,
                seen=tx.now,
                origin=by.origin,
                agent=agent[:MOST_AGENT],
            )
            tx.forget_sessions(tx.now - self._idle, tx.now - self.longest_seconds)
            for old in tx.sessions(user.user_id)[: -(MOST_OF_USER - 1)]:
                tx.end_session(old.session_id)
            tx.begin_session(row)
            note(tx, by, LOG_IN, subject=user.name, session=row.session_id, way=way)
        return cookie, row

    def end(self, known: Known, by: Actor) -> None:
        """Log out."""
        with self._store.transaction() as tx:
            tx.end_session(known.session.session_id)
            note(tx, by, LOG_OUT, subject=known.user.name, session=known.session.session_id)
        with self._lock:
            self._known.pop(known.session.digest, None)
            self._known.pop(known.session.session_id, None)

    def of_cookie(self, cookie: str) -> Known | None:
        """The session, if it is one that holds now. Raises StoreUnavailable."""
        digest = digest_of(cookie)
        return self._valid(digest, lambda: self._store.session_by_digest(digest))

    def of_id(self, session_id: str) -> Known | None:
        """The same for a session that is known by its id."""
        return self._valid(session_id, lambda: self._store.session(session_id))

    def has_users(self) -> bool:
        """Whether anybody can log in. Raises StoreUnavailable."""
        found, since = self._has_users
        now = self._clock()
        if now - since >= KNOWN_SECONDS:
            found = self._store.has_users()
            self._has_users = found, now
        return found

    @property
    def had_users(self) -> bool:
        """The last answer to that, for when the database cannot be asked; False before the first."""
        return self._has_users[0]

    def note_use(self, session_id: str, *, aside: bool = False) -> None:
        """Keep when it was last used, now and then; `aside` in a thread of its own."""
        now = self._clock()
        with self._lock:
            if now - self._seen.get(session_id, -SEEN_SECONDS) < SEEN_SECONDS:
                return
            self._seen[session_id] = now
            if len(self._seen) > MOST_KNOWN:
                self._seen = {session_id: now}
        if aside:
            threading.Thread(target=self._write_use, args=(session_id,), name="session-use", daemon=True).start()
        else:
            self._write_use(session_id)

    def _write_use(self, session_id: str) -> None:
        try:
            with self._store.transaction() as tx:
                tx.note_session_seen(session_id)
        except StoreUnavailable as error:
            log.debug("the use of a session was not written down", error=error.message)

    def _valid(self, key: bytes | str, read: Callable[[], Session | None]) -> Known | None:
        with self._lock:
            known, until = self._known.get(key, (None, 0.0))
        if known is None or until <= self._clock():
            known = self._read(read())
            with self._lock:
                self._known.pop(key, None)
                if known is not None:
                    self._known[key] = known, self._clock() + KNOWN_SECONDS
                while len(self._known) > MOST_KNOWN:
                    self._known.popitem(last=False)
        return known if known is not None and self._holds(known.session) else None

    def _read(self, session: Session | None) -> Known | None:
        user = self._store.user(session.user_id) if session is not None else None
        return None if session is None or user is None or user.removed is not None else Known(session, user)

    def _holds(self, session: Session) -> bool:
        """`seen` may be behind by as much as uses are not written down."""
        now = self._store.now()
        return now < session.created + self.longest_seconds and now < session.seen + self._idle + SEEN_SECONDS
