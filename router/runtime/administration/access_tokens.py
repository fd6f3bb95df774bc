"""Bearer tokens by purpose: each has a name, a role and an end, and can be revoked by itself.

What always holds: the database has a token's digest, never the token. A token has 256 bits of chance, so its plain
digest cannot be turned back. A check costs one read by a unique index, and none for KNOWN_SECONDS after it: so long a
revoked token may still be taken.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import msgspec

from router.errors import ConfigurationError, StoreUnavailable, TokenNameTaken, TokenUnknown
from router.logs import get_logger
from router.runtime.administration.audit import CREATE_TOKEN, REVOKE_TOKEN, Actor, note
from router.runtime.ports import Store
from router.runtime.records import Token

TOKEN_BYTES: Final = 32  # beyond all guessing
ID_BYTES: Final = 6
PREFIX: Final = "ivr_"  # so that people, and programs that look for lost secrets, know one when they see it
KNOWN_SECONDS: Final = 2.0
MOST_KNOWN: Final = 1024
USED_SECONDS: Final = 60.0  # `last_used` is right to so much
MOST_NAME: Final = 100

log = get_logger()


def digest_of(token: str) -> bytes:
    return sha256(token.encode()).digest()


def create_token(store: Store, by: Actor, *, name: str, role: str, seconds: float | None = None) -> tuple[str, Token]:
    """A new token, which is told this once, and its row. Raises TokenNameTaken or ConfigurationError."""
    if not name.strip() or len(name) > MOST_NAME or not name.isprintable():
        raise ConfigurationError(f"a token's name is 1 to {MOST_NAME} printable characters that say what it is for")
    made = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    with store.transaction() as tx:
        if any(row.name == name and row.revoked is None for row in tx.tokens()):
            raise TokenNameTaken(f"there is a token {name!r} already; revoke it first, or take another name")
        row = Token(
            token_id=secrets.token_hex(ID_BYTES),
            name=name,
            role=role,
            digest=digest_of(made),
            created=tx.now,
            created_by=by.name,
            expires=None if seconds is None else tx.now + seconds,
        )
        tx.save_token(row)
        note(tx, by, CREATE_TOKEN, subject=name, token_id=row.token_id, role=role, expires=row.expires)
    return made, row


def revoke_token(store: Store, by: Actor, named: str) -> Token:
    """End a token, by its name or its id. Raises TokenUnknown when there is none to end."""
    with store.transaction() as tx:
        found = [row for row in tx.tokens() if named in (row.name, row.token_id)]
        open_ones = [row for row in found if row.revoked is None]
        if not open_ones:
            problem = f"the token {named!r} is revoked already" if found else f"there is no token {named!r}"
            raise TokenUnknown(f"{problem}; `ivr token list` shows them")
        row = msgspec.structs.replace(open_ones[0], revoked=tx.now, revoked_by=by.name)
        tx.save_token(row)
        note(tx, by, REVOKE_TOKEN, subject=row.name, token_id=row.token_id, role=row.role)
    return row


class AccessTokens:
    """The tokens of one database, as one process checks them. Thread-safe."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes | str, tuple[Token, float]] = OrderedDict()  # with until when
        self._used: dict[str, float] = {}  # token_id -> when its use was last written down

    def of_bearer(self, token: str) -> Token | None:
        """The token, if it is one that is valid now. Raises StoreUnavailable."""
        digest = digest_of(token)
        return self._valid(digest, lambda: self._store.token_by_digest(digest))

    def of_id(self, token_id: str) -> Token | None:
        """The same for a token that is known by its id."""
        return self._valid(token_id, lambda: self._store.token(token_id))

    def note_use(self, token_id: str, *, aside: bool = False) -> None:
        """Keep when it was last used, now and then; `aside` in a thread of its own, for who may not wait for a writer.
        A database that takes no writes changes nothing else."""
        now = self._clock()
        with self._lock:
            if now - self._used.get(token_id, -USED_SECONDS) < USED_SECONDS:
                return
            self._used[token_id] = now
        if aside:
            threading.Thread(target=self._write_use, args=(token_id,), name="token-use", daemon=True).start()
        else:
            self._write_use(token_id)

    def _write_use(self, token_id: str) -> None:
        try:
            with self._store.transaction() as tx:
                tx.note_token_used(token_id)
        except StoreUnavailable as error:
            log.debug("the use of a token was not written down", error=error.message)

    def _valid(self, key: bytes | str, read: Callable[[], Token | None]) -> Token | None:
        """What is not there is asked for each time: a new token has to work at once."""
        with self._lock:
            token, until = self._known.get(key, (None, 0.0))
        if token is None or until <= self._clock():
            token = read()
            with self._lock:
                self._known.pop(key, None)
                if token is not None:
                    self._known[key] = token, self._clock() + KNOWN_SECONDS
                while len(self._known) > MOST_KNOWN:
                    self._known.popitem(last=False)
        return token if token is not None and token.is_valid(self._store.now()) else None
