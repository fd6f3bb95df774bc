"""What a process remembers of sessions, and for how long."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from router.runtime.administration import users
from router.runtime.administration.audit import Actor
from router.runtime.administration.sessions import KNOWN_SECONDS, MOST_KNOWN, SEEN_SECONDS, Known, Sessions
from tests.stores import MemoryStore

ROOT = Actor(name="root", via="api", origin="127.0.0.1")
PASSWORD = "correct horse battery"


class Counted(MemoryStore):
    """Counts how often the database is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def session_by_digest(self, digest: bytes) -> Any:
        self.asked["session"] += 1
        return super().session_by_digest(digest)

    def has_users(self) -> bool:
        self.asked["users"] += 1
        return super().has_users()


class House:
    def __init__(self) -> None:
        self.steady = 1000.0
        self.store = Counted()
        self.sessions = Sessions(self.store, idle_seconds=600.0, longest_seconds=6000.0, clock=lambda: self.steady)
        self.masha = users.add_user(self.store, ROOT, name="masha", role="viewer", password=PASSWORD)

    def logged_in(self) -> str:
        return self.sessions.begin(self.masha, ROOT, agent="browser", way="password")[0]

    def known(self, cookie: str) -> Known:
        found = self.sessions.of_cookie(cookie)
        assert found is not None
        return found


@pytest.fixture
def house() -> House:
    return House()


def test_a_session_is_read_once_and_then_for_a_moment_not_again(house: House) -> None:
    cookie = house.logged_in()
    assert house.known(cookie).user.name == "masha"
    house.steady += KNOWN_SECONDS - 0.1
    house.known(cookie)
    assert house.store.asked["session"] == 1
    house.steady += 0.1
    house.known(cookie)
    assert house.store.asked["session"] == 2


def test_one_that_another_process_has_ended_is_over_after_that_moment(house: House) -> None:
    cookie = house.logged_in()
    known = house.known(cookie)
    elsewhere = Sessions(house.store, idle_seconds=600.0, longest_seconds=6000.0)
    elsewhere.end(known, ROOT)
    assert elsewhere.of_cookie(cookie) is None
    assert house.sessions.of_cookie(cookie) is not None
    house.steady += KNOWN_SECONDS
    assert house.sessions.of_cookie(cookie) is None
    assert house.sessions.of_id(known.session.session_id) is None


@pytest.mark.parametrize("ask", [Sessions.of_cookie, Sessions.of_id])
def test_one_that_ends_here_is_over_at_once(house: House, ask: Callable[[Sessions, str], Known | None]) -> None:
    cookie = house.logged_in()
    known = house.known(cookie)
    name = cookie if ask is Sessions.of_cookie else known.session.session_id
    assert ask(house.sessions, name) == known
    house.sessions.end(known, ROOT)
    assert ask(house.sessions, name) is None


def test_what_is_remembered_is_bounded(house: House) -> None:
    cookie = house.logged_in()
    house.known(cookie)
    for number in range(MOST_KNOWN):
        house.sessions._known[f"s-{number}"] = house.known(cookie), house.steady + 60.0
    other = house.logged_in()
    house.known(other)
    assert len(house.sessions._known) <= MOST_KNOWN
    before = house.store.asked["session"]
    house.known(other)
    assert house.store.asked["session"] == before, "the last one stays"


def test_whether_anybody_can_log_in_is_asked_now_and_then(house: House) -> None:
    assert not house.sessions.had_users
    assert [house.sessions.has_users(), house.sessions.has_users()] == [True, True]
    assert house.store.asked["users"] == 1
    assert house.sessions.had_users
    house.steady += KNOWN_SECONDS
    house.sessions.has_users()
    assert house.store.asked["users"] == 2


def test_its_use_is_written_down_once_a_minute(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    session = house.known(house.logged_in()).session
    written: list[str] = []
    monkeypatch.setattr(house.sessions, "_write_use", written.append)
    for seconds in (0.0, SEEN_SECONDS - 1, 1.0, 1.0):
        house.steady += seconds
        house.sessions.note_use(session.session_id)
    house.sessions.note_use("s-another")
    assert written == [session.session_id] * 2 + ["s-another"]
