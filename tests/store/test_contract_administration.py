"""What every store promises about tokens, the audit, and its own name."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest

from router.runtime.administration.access_tokens import create_token, digest_of, revoke_token
from router.runtime.administration.audit import ACTIONS, CLI, PAUSE, PUBLISH, THE_ROUTER, Actor, note
from router.runtime.ports import Store
from router.runtime.records import Token
from tests.store.build import NOON
from tests.store.conftest import Clock

MASHA = Actor(name="masha", via=CLI, origin="host7, ivr pause", reason="the line is down")


def token(**fields: Any) -> Token:
    given = {
        "token_id": "t1", "name": "wallboard", "role": "viewer", "digest": digest_of("ivr_x"), "created": NOON,
        "created_by": "masha",
    }  # fmt: skip
    return Token(**{**given, **fields})


def save(store: Store, *tokens: Token) -> None:
    for one in tokens:
        with store.transaction() as tx:
            tx.save_token(one)


class TestTokens:
    def test_one_is_found_by_its_digest_and_its_id(self, store: Store) -> None:
        other = token(token_id="t2", name="crm", digest=digest_of("ivr_y"), expires=NOON + 1)
        save(store, token(), other)
        assert store.token_by_digest(digest_of("ivr_y")) == other
        assert store.token("t1") == token()
        assert store.token("t3") is None
        assert store.token_by_digest(b"") is None
        assert [one.token_id for one in store.tokens()] == ["t1", "t2"]

    def test_a_name_is_free_again_once_its_token_is_revoked(self, store: Store) -> None:
        save(store, token())
        again = token(token_id="t2", digest=digest_of("ivr_y"))
        with pytest.raises(ValueError, match="has it"):
            save(store, again)
        save(store, token(revoked=NOON, revoked_by="masha"), again)
        assert [one.revoked for one in store.tokens()] == [NOON, None]

    def test_its_use_is_noted(self, store: Store, clock: Clock) -> None:
        save(store, token())
        clock.at = NOON + 5
        with store.transaction() as tx:
            tx.note_token_used("t1")
        assert store.token("t1") == token(last_used=NOON + 5)

    def test_making_and_revoking_are_in_the_audit(self, store: Store) -> None:
        made, row = create_token(store, MASHA, name="crm", role="operator", seconds=60.0)
        assert store.token_by_digest(digest_of(made)) == row
        revoke_token(store, THE_ROUTER, row.token_id)
        told = [(entry.action, entry.actor, entry.subject) for _, entry in store.audit({}, 9)]
        assert told == [("token-revoke", "router", "crm"), ("token-create", "masha", "crm")]
        assert made not in repr(store.audit({}, 9))


class TestAudit:
    @pytest.fixture
    def filled(self, store: Store, clock: Clock) -> Store:
        for number in range(6):
            clock.at = NOON + number
            with store.transaction() as tx:
                by = MASHA if number % 2 else THE_ROUTER
                account = ("clinic", "shop")[number % 3 == 0]
                note(tx, by, ACTIONS[number % 3], account=account, subject=f"s{number}", paused=[False, True], x=number)
        return store

    def numbers(self, store: Store, limit: int = 9, before: int = 0, **filters: Any) -> list[int]:
        return [entry.changes["x"] for _, entry in store.audit(filters, limit, before)]

    def test_an_entry_is_kept_whole(self, filled: Store) -> None:
        [(_, entry)] = filled.audit({"subject": "s1"}, 9)
        assert (entry.at, entry.account, entry.actor, entry.via) == (NOON + 1, "clinic", "masha", CLI)
        assert (entry.origin, entry.reason, entry.action) == ("host7, ivr pause", "the line is down", "resume")
        assert entry.changes == {"paused": [False, True], "x": 1}

    def test_filters(self, filled: Store) -> None:
        assert self.numbers(filled) == [5, 4, 3, 2, 1, 0]
        assert self.numbers(filled, actor="masha") == [5, 3, 1]
        assert self.numbers(filled, account="shop") == [3, 0]
        assert self.numbers(filled, action=PUBLISH) == [5, 2]
        assert self.numbers(filled, since=NOON + 2, until=NOON + 4) == [3, 2]
        assert self.numbers(filled, account="shop", actor="masha", action=PAUSE) == [3]
        assert self.numbers(filled, account="nobody") == []

    def test_pages(self, filled: Store) -> None:
        first = filled.audit({}, 4)
        assert self.numbers(filled, 4, first[-1][0]) == [1, 0]

    def test_pages_of_a_time(self, filled: Store, clock: Clock) -> None:
        clock.at = NOON + 3  # the clock was set back: the order is that of the times
        with filled.transaction() as tx:
            note(tx, MASHA, PAUSE, x=6)
        times = {"since": NOON + 1, "until": NOON + 5}
        first = filled.audit(times, 2)
        assert [entry.changes["x"] for _, entry in first] == [4, 6]
        assert self.numbers(filled, 2, first[-1][0], **times) == [3, 2]

    def test_what_is_taken_back_was_never_done(self, store: Store) -> None:
        with suppress(ZeroDivisionError), store.transaction() as tx:
            note(tx, MASHA, PAUSE)
            raise ZeroDivisionError
        assert store.audit({}, 9) == []

    def test_two_entries_of_one_transaction(self, store: Store) -> None:
        with store.transaction() as tx:
            note(tx, MASHA, PAUSE, account="a")
            note(tx, msgspec.structs.replace(MASHA, reason="x" * 900), PAUSE, account="b")
        assert [(entry.account, len(entry.reason)) for _, entry in store.audit({}, 9)] == [("b", 500), ("a", 16)]


def test_a_database_has_a_name_of_its_own(store: Store) -> None:
    name = store.identity()
    assert len(name) == 10
    assert store.identity() == name
