"""What every store promises about what is old."""

import contextlib

import msgspec
import pytest

from router.engine.state import ENDED, RUNNING, Call
from router.flow.image_parts import PART_BYTES
from router.history.journal import CONFIRMED, QUEUED, SENT
from router.runtime.ports import CONTENT, IMAGE, Store
from router.runtime.records import EndedCall, OldContent
from router.runtime.versions.file_manifest import MARK
from router.store import old_content
from tests.store.build import NOON, call, command, put, record
from tests.store.conftest import Clock

DAY = 86_400.0


def ended(entry_id: str, at: float = NOON + 100) -> Call:
    return call(entry_id, status=ENDED, started=at - 100, ended=at, caller_number="79000000001")


def old(store: Store, before: float = NOON + DAY, limit: int = 10, *, unmasked: bool = False) -> list[str]:
    return [call.entry_id for call in store.ended_calls(before, None, limit, unmasked=unmasked)]


def test_only_what_is_over_is_old(store: Store) -> None:
    put(store, ended("b", NOON + 200), ended("a"), ended("late", NOON + 2 * DAY), call("live", status=RUNNING))
    assert old(store) == ["a", "b"]
    assert old(store, limit=1) == ["a"]
    assert old(store, before=NOON + 100) == []


def test_a_command_under_way_keeps_its_call(store: Store) -> None:
    put(store, ended("a"), command("c-1", entry_id="a", state=QUEUED), command("c-2", entry_id="a", state=CONFIRMED))
    assert old(store) == []
    put_update(store, state=SENT)
    assert old(store) == []
    put_update(store, state=CONFIRMED)
    assert old(store) == ["a"]


def put_update(store: Store, state: str) -> None:
    with store.transaction() as transaction:
        transaction.update_command(command("c-1", entry_id="a", state=state, sent=NOON, answered=NOON))


def test_a_forgotten_call_is_gone_with_all_that_was_its(store: Store) -> None:
    put(store, ended("a"), record("k1", entry_id="a"), record(None, entry_id="a"), record("k2", entry_id="b"))
    put(store, command("c-1", entry_id="a", state=CONFIRMED), command("c-2", entry_id="b", state=CONFIRMED))
    with store.transaction() as transaction:
        assert transaction.forget_calls([EndedCall(NOON, "a", "clinic")], NOON + DAY) == (1, 2, 1)
    assert store.call("clinic", "a") is None
    assert store.journal("clinic", "a") == []
    assert [row.command_id for row in store.commands("clinic")] == ["c-2"]
    with store.transaction() as transaction:
        assert transaction.load("clinic", dedupe="k1").known is None
        assert transaction.load("clinic", dedupe="k2").known is not None


def test_what_is_read_ahead_stays_as_it_is(store: Store) -> None:
    put(store, ended("a"), record("k1", entry_id="a"), record(None, entry_id="a"), command("c-1", entry_id="a"))
    store.read_ahead([EndedCall(NOON, "a", "clinic"), EndedCall(NOON, "gone", "clinic"), EndedCall(NOON, "a", "shop")])
    store.read_ahead([])
    assert store.call("clinic", "a") == ended("a")
    assert len(store.journal("clinic", "a")) == 2
    assert [row.command_id for row in store.commands("clinic")] == ["c-1"]


def test_forgetting_is_undone_with_its_transaction(store: Store) -> None:
    put(store, ended("a"), record("k1", entry_id="a"), command("c-1", entry_id="a", state=CONFIRMED))
    with contextlib.suppress(KeyError), store.transaction() as transaction:
        transaction.forget_calls([EndedCall(NOON, "a", "clinic")], NOON + DAY)
        transaction.record(record("k1", entry_id="a"))
        raise KeyError
    assert store.call("clinic", "a") == ended("a")
    assert len(store.journal("clinic", "a")) == 1
    assert len(store.commands("clinic")) == 1
    with store.transaction() as transaction:
        assert transaction.load("clinic", dedupe="k1").known == b"digest"


def test_a_journal_is_written_anew(store: Store) -> None:
    put(store, ended("a"), record("k1", entry_id="a", body="1"), record(None, entry_id="a", body="2"))
    with store.transaction() as transaction:
        lines = store.journal("clinic", "a")
        assert transaction.forget_journal("clinic", "a") == 2
        for line in lines:
            transaction.record(line)
    assert store.journal("clinic", "a") == lines


def test_a_masked_call_is_masked_until_it_is_saved_again(store: Store) -> None:
    put(store, ended("a"), ended("b"))
    with store.transaction() as transaction:
        transaction.mark_masked("clinic", "a")
    assert old(store, unmasked=True) == ["b"]
    assert old(store) == ["a", "b"]
    put(store, ended("a"))
    assert old(store, unmasked=True) == ["a", "b"]


def test_strays_of_the_journal_go_and_what_belongs_to_a_call_stays(store: Store) -> None:
    put(store, call("a"), record("k1", entry_id="a"), record("k2", entry_id=""), record("k3", entry_id="nobody"))
    put(store, record("k4", entry_id="", at=NOON + 2 * DAY))
    place, count = 0, 0
    while place is not None:
        with store.transaction() as transaction:
            found, place = transaction.sweep_journal(NOON + DAY, place, 2)
            count += found
    assert count == 2
    with store.transaction() as transaction:
        known = [transaction.load("clinic", dedupe=f"k{n}").known is not None for n in (1, 2, 3, 4)]
    assert known == [True, False, False, True]


def test_stray_commands_go_once_they_are_over(store: Store) -> None:
    put(
        store,
        call("a"),
        command("of a call", entry_id="a", state=CONFIRMED),
        command("open", entry_id="", state=QUEUED),
    )
    put(store, command("over", entry_id="", state=CONFIRMED), command("gone", entry_id="nobody", state=CONFIRMED))
    put(store, command("late", entry_id="", state=CONFIRMED, queued=NOON + 2 * DAY))
    with store.transaction() as transaction:
        assert transaction.forget_commands(NOON + DAY, 1) == 1
        assert transaction.forget_commands(NOON + DAY, 10) == 1
        assert transaction.forget_commands(NOON + DAY, 10) == 0
    assert {row.command_id for row in store.commands("clinic")} == {"of a call", "open", "late"}


def test_a_version_in_use_is_never_forgotten(store: Store, clock: Clock) -> None:
    with store.transaction() as transaction:
        for version in ("v1", "v2", "v3"):
            transaction.store_version("clinic", version, b"bundle", activate=True)
    put(store, call("a", version="v2", status=RUNNING))
    with store.transaction() as transaction:
        for version in ("v1", "v2", "v3", "v4"):
            transaction.forget_version("clinic", version)
    assert {row["version"] for row in store.versions("clinic")} == {"v2", "v3"}


def test_parts_are_kept_for_as_long_as_a_version_needs_them(store: Store, clock: Clock) -> None:
    with store.transaction() as transaction:
        for part in ("of both", "of v1", "of v2", "of none"):
            transaction.store_part("clinic", part, part.encode())
        transaction.store_part("shop", "of both", b"another account's")
        for version in ("v1", "v2"):
            needed = {CONTENT: ["of both"], IMAGE: [f"of {version}", "of both"]}
            transaction.store_version("clinic", version, b"", activate=version == "v2", image=b"image", parts=needed)
    assert store.known_parts("clinic", ["of both", "of v1", "else"]) == {"of both", "of v1"}
    assert store.parts("clinic", ["of v1", "else"]) == {"of v1": b"of v1"}
    assert store.parts("clinic", []) == {}
    clock.at += 10
    with store.transaction() as transaction:
        assert transaction.forget_parts("clinic", NOON, 10) == 0
        assert transaction.forget_parts("clinic", NOON + 1, 10) == 1
        transaction.forget_version("clinic", "v1")
        transaction.forget_version("clinic", "v2")  # which is active
        assert transaction.forget_parts("clinic", NOON + 1, 10) == 1
        assert transaction.known_parts("clinic", ["of both", "of v1", "of v2", "of none"]) == {"of both", "of v2"}
        transaction.store_version("clinic", "v2", b"", activate=False, image=b"new", parts={IMAGE: ["of both"]})
        assert transaction.forget_parts("clinic", NOON + 1, 10) == 1
    assert store.known_parts("shop", ["of both"]) == {"of both"}


def test_what_an_older_program_has_stored_in_one_is_replaced_by_a_list(store: Store) -> None:
    large, manifest = b"x" * (PART_BYTES + 1), MARK + b"list"
    with store.transaction() as transaction:
        transaction.store_version("clinic", "v1", large, activate=False, image=b"image")
        transaction.store_version("clinic", "v2", b"small", activate=False)
        transaction.store_version("shop", "v3", large, activate=False)
    assert store.unadopted_versions() == [("clinic", "v1"), ("shop", "v3")]
    with store.transaction() as transaction:
        transaction.adopt_version("clinic", "v1", manifest, [])
        transaction.store_version("shop", "v3", manifest, activate=False)
    assert store.unadopted_versions() == []
    assert (store.version_content("clinic", "v1"), store.version_content("shop", "v3")) == (manifest, manifest)
    assert store.version_image("clinic", "v1") == b""
    with store.transaction() as transaction:
        transaction.store_version("clinic", "v1", MARK + b"another list", activate=False)
    assert store.version_content("clinic", "v1") == manifest


def test_what_was_stored_and_was_never_active_is_announced(store: Store, clock: Clock) -> None:
    with store.transaction() as transaction:
        transaction.store_version("clinic", "v1", b"", activate=False)
    clock.at += 10
    with store.transaction() as transaction:
        transaction.store_version("clinic", "v2", b"", activate=True)
        transaction.store_version("clinic", "v3", b"", activate=False)
    assert store.announced(NOON - 1) == [("clinic", "v1"), ("clinic", "v3")]
    assert store.announced(NOON + 1) == [("clinic", "v3")]


def test_what_a_purge_would_delete_is_counted(store: Store) -> None:
    put(
        store,
        ended("a"),
        record("k1", entry_id="a"),
        record("k2", entry_id=""),
        command("c-1", entry_id="a", state=CONFIRMED),
    )
    put(store, ended("b", NOON + 2 * DAY), record("k3", entry_id="b"), command("c-2", entry_id="", state=CONFIRMED))
    assert store.older_than(NOON + DAY) == OldContent(calls=1, events=2, commands=2, is_estimate=False, lines=3)
    assert store.older_than(NOON) == OldContent(calls=0, events=0, commands=0, is_estimate=False, lines=0)


def test_nothing_is_old_in_an_empty_store(store: Store) -> None:
    assert store.older_than(NOON) == OldContent(calls=0, events=0, commands=0, is_estimate=False, lines=0)
    assert store.ended_calls(NOON, None, 10) == []


def test_much_that_is_old_is_estimated(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_content, "SAMPLE", 100)
    for number in range(200):  # of 1, 2 or 3 lines and as many commands
        name, sizes = f"e{number}", range(1 + number % 3)
        put(store, ended(name), *(record(f"{name}-{line}", entry_id=name) for line in sizes))
        put(store, *(command(f"{name}-{one}", entry_id=name, state=CONFIRMED) for one in sizes))
    put(store, *(record(f"late-{line}", entry_id="late", at=NOON + 2 * DAY) for line in range(50)))
    found = store.older_than(NOON + DAY)
    assert found.is_estimate
    assert abs(found.events - 399) <= 4
    assert abs(found.commands - 399) <= 4
    assert abs(found.calls - 200) <= 20


def test_pages_of_old_calls_follow_each_other(store: Store) -> None:
    put(store, *(ended(name, at) for name, at in (("c", NOON + 300), ("b", NOON + 200), ("a", NOON + 200))))
    put(store, msgspec.structs.replace(ended("a", NOON + 200), account="other"))
    everyone = store.ended_calls(NOON + DAY, None, 10)
    assert [(call.entry_id, call.account) for call in everyone] == [
        ("a", "clinic"), ("a", "other"), ("b", "clinic"), ("c", "clinic"),
    ]  # fmt: skip
    place, pages = None, []
    while found := store.ended_calls(NOON + DAY, place, 1):
        pages += found
        place = found[-1]
    assert pages == everyone


def test_calls_of_several_accounts_go_together(store: Store) -> None:
    put(store, ended("a"), msgspec.structs.replace(ended("a"), account="other"), record("k", entry_id="a"))
    put(store, record("k", entry_id="a", account="other"), ended("kept"))
    both = [EndedCall(NOON, "a", account) for account in ("clinic", "other")]
    with store.transaction() as transaction:
        assert transaction.forget_calls(both, NOON + DAY) == (2, 2, 0)
    assert [row["entry_id"] for row in store.calls(None, {}, 10, "")] == ["kept"]


def test_a_call_that_is_no_longer_old_stays(store: Store) -> None:
    put(store, ended("late", NOON + 2 * DAY), call("live", status=RUNNING), ended("busy"), record("k", entry_id="busy"))
    put(store, command("c-1", entry_id="busy", state=QUEUED))
    found = [EndedCall(NOON, name, "clinic") for name in ("late", "live", "busy", "never was")]
    with store.transaction() as transaction:
        assert transaction.forget_calls(found, NOON + DAY) == (0, 0, 0)
        assert transaction.forget_calls([], NOON + DAY) == (0, 0, 0)
    assert len(store.calls(None, {}, 10, "")) == 3
    assert len(store.journal("clinic", "busy")) == 1
