"""What every store promises about users and their sessions."""

from typing import Any

import pytest

from router.runtime.administration import users
from router.runtime.administration.audit import CLI, Actor
from router.runtime.administration.sessions import Sessions
from router.runtime.ports import Store
from router.runtime.records import Session, User
from tests.store.build import NOON
from tests.store.conftest import Clock

ROOT = Actor(name="root", via=CLI, origin="host7, ivr user add")
PASSWORD = "correct horse battery"


def user(**fields: Any) -> User:
    given = {"user_id": "u1", "name": "masha", "role": "viewer", "password": "", "created": NOON, "created_by": "root"}
    return User(**{**given, **fields})


def session(**fields: Any) -> Session:
    given = {
        "session_id": "s-1", "user_id": "u1", "digest": b"\x00\xff1", "created": NOON, "seen": NOON,
        "origin": "198.51.100.7", "agent": "Firefox",
    }  # fmt: skip
    return Session(**{**given, **fields})


def save(store: Store, *rows: User | Session) -> None:
    for row in rows:
        with store.transaction() as tx:
            if isinstance(row, User):
                tx.save_user(row)
            else:
                tx.begin_session(row)


def test_a_user_is_found_by_name_id_and_subject(store: Store) -> None:
    other = user(
        user_id="u2", name="ivan", totp=b"\x00\xfe", totp_step=2**40, recovery="a b", subject="https://id.example 1"
    )
    assert not store.has_users()
    save(store, user(), other)
    assert store.user("u2") == store.user_by_name("ivan") == store.user_by_subject("https://id.example 1") == other
    assert store.user_by_subject("") is None
    assert store.user_by_name("Masha") is None
    assert store.users() == [other, user()]
    assert store.has_users()


@pytest.mark.parametrize("same", [{"name": "masha"}, {"name": "ivan", "subject": "https://id.example 1"}])
def test_names_and_subjects_are_one_persons(store: Store, same: dict[str, str]) -> None:
    save(store, user(subject="https://id.example 1"))
    with pytest.raises(ValueError, match="has it"):
        save(store, user(user_id="u2", **same))
    save(store, user(removed=NOON, removed_by="root", subject="https://id.example 1"), user(user_id="u2", **same))
    assert [one.user_id for one in store.users()] == ["u2"]


def test_sessions_begin_are_seen_and_end(store: Store, clock: Clock) -> None:
    others = (session(session_id="s-2", digest=b"2"), session(session_id="s-3", digest=b"3", user_id="u2"))
    save(store, user(), session(), *others)
    assert store.session_by_digest(b"\x00\xff1") == store.session("s-1") == session()
    clock.at = NOON + 90
    with store.transaction() as tx:
        tx.note_session_seen("s-2")
    assert [one.seen for one in store.sessions("u1")] == [NOON, NOON + 90]
    with store.transaction() as tx:
        tx.forget_sessions(NOON + 1, NOON)
    assert store.session("s-1") is None
    with store.transaction() as tx:
        tx.end_sessions("u1", but="s-2")
    assert [one.session_id for one in store.sessions("u1")] == ["s-2"]
    with store.transaction() as tx:
        tx.end_session("s-2")
    assert store.sessions("u1") == []


def test_a_change_of_a_user_ends_the_sessions_and_is_in_the_audit(store: Store) -> None:
    added = users.add_user(store, ROOT, name="masha", role="viewer", password=PASSWORD)
    sessions = Sessions(store, idle_seconds=600.0, longest_seconds=600.0)
    cookie, kept = sessions.begin(added, ROOT, agent="", way="password")
    sessions.begin(added, ROOT, agent="", way="password")
    users.set_password(store, ROOT, "masha", "another horse battery", keep=kept.session_id)
    assert [one.session_id for one in store.sessions(added.user_id)] == [kept.session_id]
    users.set_role(store, ROOT, "masha", "admin")
    assert store.sessions(added.user_id) == []
    assert Sessions(store, idle_seconds=600.0, longest_seconds=600.0).of_cookie(cookie) is None
    users.remove_user(store, ROOT, "masha")
    gone = store.user(added.user_id)
    assert gone is not None
    assert (gone.password, gone.removed_by) == ("", "root")
    told = [(entry.action, entry.changes) for _, entry in store.audit({"subject": "masha"}, 10)]
    assert [action for action, _ in told] == ["user-remove", "user-role", "user-password", "login", "login", "user-add"]
    assert told[1][1] == {"role": ["viewer", "admin"]}
    assert PASSWORD not in repr(store.audit({}, 10)) + repr(store.users())
