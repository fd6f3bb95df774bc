"""What every store promises about drafts."""

import threading
from typing import Any

import pytest

from router.errors import DraftMoved
from router.runtime.administration.audit import CLI, Actor
from router.runtime.ports import Store
from router.runtime.records import Draft
from router.runtime.versions.drafts import MOST_DRAFTS, begin_draft, change_draft, discard_draft
from tests.store.conftest import Clock

MASHA, IVAN = (Actor(name=name, via=CLI) for name in ("masha", "ivan"))
FILES = {"main.yaml": b"flow: main\n", "lists/vip.txt": b"\xff\x00"}


def begun(store: Store, **given: Any) -> Draft:
    return begin_draft(
        store, MASHA, **{"account": "clinic", "name": "sales first", "base": "v1", "files": FILES, **given}
    )


def test_one_is_kept_with_its_files(store: Store, clock: Clock) -> None:
    draft = begun(store)
    assert store.draft(draft.draft_id) == draft
    assert store.draft_files(draft.draft_id) == FILES
    clock.at += 5
    changed = change_draft(store, IVAN, draft, {"main.yaml": b"flow: other\n", "lists/vip.txt": None, "new.yaml": b""})
    assert (changed.revision, changed.changed_by, changed.changed - draft.changed) == (2, "ivan", 5)
    assert store.draft(draft.draft_id) == changed
    assert store.draft_files(draft.draft_id) == {"main.yaml": b"flow: other\n", "new.yaml": b""}
    other = begun(store, account="shop")
    assert [one.draft_id for one in store.drafts("clinic")] == [draft.draft_id]
    assert {one.draft_id for one in store.drafts(None)} == {draft.draft_id, other.draft_id}
    discard_draft(store, MASHA, changed)
    assert store.draft(draft.draft_id) is None
    assert store.draft_files(draft.draft_id) == {}
    assert store.draft_files(other.draft_id) == FILES


def test_a_change_upon_an_older_revision_changes_nothing(store: Store) -> None:
    draft = begun(store)
    change_draft(store, IVAN, draft, {"main.yaml": b"theirs"})
    with pytest.raises(DraftMoved, match="ivan has changed this draft meanwhile: it is at revision 2"):
        change_draft(store, MASHA, draft, {"main.yaml": b"mine", "mine.yaml": b""})
    assert store.draft_files(draft.draft_id) == {**FILES, "main.yaml": b"theirs"}
    discard_draft(store, MASHA, draft)
    with pytest.raises(DraftMoved, match="discarded"):
        change_draft(store, MASHA, draft, {})


def test_of_many_at_the_same_time_one_is_first(store: Store) -> None:
    draft, barrier = begun(store), threading.Barrier(4)
    won: list[int] = []

    def change(number: int) -> None:
        barrier.wait()
        try:
            change_draft(store, MASHA, draft, {"main.yaml": str(number).encode()})
        except DraftMoved:
            return
        won.append(number)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert store.draft_files(draft.draft_id)["main.yaml"] == str(won[0]).encode()


def test_there_is_an_end_to_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.runtime.versions.drafts.MOST_DRAFTS", 2)
    assert MOST_DRAFTS > 2
    begun(store)
    begun(store)
    with pytest.raises(Exception, match="discard one first"):
        begun(store)
    begun(store, account="shop")
    for name in ("", "  ", "a\nb", "x" * 201):
        with pytest.raises(Exception, match="a draft's name"):
            begun(store, account="shop", name=name)
