"""People who log in: each has a name, a role and a password, and perhaps one-time codes or a provider.

What always holds: each change is in the audit, with who made it; a change of password, role or codes, and a removal,
end the user's sessions.
"""

import re
import secrets
from collections.abc import Callable
from typing import Any, Final

import msgspec

from router.errors import ConfigurationError
from router.runtime.administration import one_time_codes
from router.runtime.administration.audit import (
    ADD_USER,
    CHANGE_CODES,
    CHANGE_PASSWORD,
    CHANGE_ROLE,
    END_SESSIONS,
    REMOVE_USER,
    Actor,
    note,
)
from router.runtime.administration.passwords import check_strength, hashed
from router.runtime.administration.sealed_secrets import SecretSealer
from router.runtime.ports import Store, Transaction
from router.runtime.records import User

ID_BYTES: Final = 6
NAME: Final = re.compile(r"[\w.@+-]{1,100}").fullmatch


def add_user(store: Store, by: Actor, *, name: str, role: str, password: str | None, subject: str = "") -> User:
    """A new user; without a password one who comes by OpenID Connect. Raises ConfigurationError."""
    if not NAME(name):
        raise ConfigurationError("a user's name is 1 to 100 letters, digits and . _ @ + - such as masha@example.org")
    if password is not None:
        check_strength(password, name)
    kept = "" if password is None else hashed(password)
    with store.transaction() as tx:
        if tx.user_by_name(name) is not None:
            raise ConfigurationError(f"there is a user {name!r} already; take another name")
        row = User(
            user_id=secrets.token_hex(ID_BYTES),
            name=name,
            role=role,
            password=kept,
            created=tx.now,
            created_by=by.name,
            subject=subject,
        )
        tx.save_user(row)
        note(tx, by, ADD_USER, subject=name, role=role, password=bool(kept))
    return row


def set_role(store: Store, by: Actor, name: str, role: str) -> User:
    """Raises ConfigurationError when there is no such user; so do the others below."""

    def change(tx: Transaction, user: User) -> User:
        note(tx, by, CHANGE_ROLE, subject=name, role=[user.role, role])
        return msgspec.structs.replace(user, role=role)

    return _changed(store, name, change)


def set_password(store: Store, by: Actor, name: str, password: str, *, keep: str = "") -> User:
    """End all sessions, `keep` the one of that id."""
    check_strength(password, name)
    kept = hashed(password)

    def change(tx: Transaction, user: User) -> User:
        note(tx, by, CHANGE_PASSWORD, subject=name)
        return msgspec.structs.replace(user, password=kept)

    return _changed(store, name, change, keep=keep)


def remove_user(store: Store, by: Actor, name: str) -> User:
    """The name is free again; what the audit says of it stays."""

    def change(tx: Transaction, user: User) -> User:
        note(tx, by, REMOVE_USER, subject=name, role=user.role)
        return msgspec.structs.replace(
            user, removed=tx.now, removed_by=by.name, password="", totp=b"", recovery="", subject=""
        )

    return _changed(store, name, change)


def demand_codes(
    store: Store, by: Actor, name: str, secret: bytes, step: int, sealer: SecretSealer, *, keep: str = ""
) -> list[str]:
    """From now on a login takes a code of this secret, too; `step` is that of the one by which the user has shown to
    have it. Answers the recovery codes."""
    codes = one_time_codes.new_recovery_codes()

    def change(tx: Transaction, user: User) -> User:
        note(tx, by, CHANGE_CODES, subject=name, demanded=[bool(user.totp), True])
        sealed = sealer.seal(secret, user.user_id)
        return msgspec.structs.replace(user, totp=sealed, totp_step=step, recovery=one_time_codes.kept(codes))

    _changed(store, name, change, keep=keep)
    return codes


def drop_codes(store: Store, by: Actor, name: str, *, keep: str = "") -> User:
    """A login takes the password alone again."""

    def change(tx: Transaction, user: User) -> User:
        note(tx, by, CHANGE_CODES, subject=name, demanded=[bool(user.totp), False])
        return msgspec.structs.replace(user, totp=b"", totp_step=0, recovery="")

    return _changed(store, name, change, keep=keep)


def end_sessions(store: Store, by: Actor, name: str) -> User:
    """Log a user out everywhere."""

    def change(tx: Transaction, user: User) -> User:
        note(tx, by, END_SESSIONS, subject=name)
        return user

    return _changed(store, name, change)


def user_object(user: User, sessions: int) -> dict[str, Any]:
    """A user for programs, without any secret."""
    return {
        "name": user.name,
        "role": user.role,
        "has_password": bool(user.password),
        "has_codes": bool(user.totp),
        "recovery_codes": len(user.recovery.split()),
        "is_linked": bool(user.subject),
        "created": user.created,
        "created_by": user.created_by,
        "sessions": sessions,
    }


def _changed(store: Store, name: str, change: Callable[[Transaction, User], User], *, keep: str = "") -> User:
    with store.transaction() as tx:
        user = tx.user_by_name(name)
        if user is None:
            raise ConfigurationError(f"there is no user {name!r}; `ivr user list` shows them")
        changed = change(tx, user)
        if changed is not user:
            tx.save_user(changed)
        tx.end_sessions(user.user_id, but=keep)
    return changed
