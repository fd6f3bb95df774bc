"""Directories that change while routers run: what changes is published, also back, once, and undoes no rollback.

A `Watcher` here is one process with its own view of a directory. Several look at the same one (workers), or at copies
that are brought up to date one after another (hosts).
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from router.files.bundle import pack
from router.runtime.versions.publication import Publication
from router.runtime.versions.publish import Publisher, Seen
from tests.stores import MemoryStore


def files(number: int) -> dict[str, bytes]:
    """Bundles that differ."""
    step = f"a{number}"
    return {"main.yaml": f"flow: main\nfor: any\nstart: {step}\nsteps: {{{step}: hangup}}\n".encode()}


class Watching:
    """One process that watches a directory."""

    def __init__(self, store: MemoryStore, content: Mapping[str, bytes]) -> None:
        self._publisher = Publisher(store, pack)
        self.began, self._seen = self._publisher.publish_new("main", content)

    def sees(self, content: Mapping[str, bytes]) -> Publication:
        done, self._seen = self._publisher.follow("main", content, self._seen)
        return done

    @property
    def seen(self) -> Seen:
        return self._seen


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def active(store: MemoryStore) -> str | None:
    return store.serving("main").active


def activate(store: MemoryStore, version: str) -> None:
    Publisher(store, pack).activate("main", version)


def test_what_changes_back_is_a_rollback(store: MemoryStore) -> None:
    worker = Watching(store, files(1))
    second = worker.sees(files(2))
    assert (second.changed, second.put_back, second.replaced) == (True, False, worker.began.version)
    back = worker.sees(files(1))
    assert (back.changed, back.put_back, back.replaced) == (True, True, second.version)
    assert active(store) == worker.began.version
    assert worker.sees(files(2)).put_back
    assert active(store) == second.version


def test_what_is_saved_again_unchanged_is_no_change(store: MemoryStore) -> None:
    worker = Watching(store, files(1))
    second = Publisher(store, pack).publish("main", files(2))
    reformatted = {"main.yaml": b"# saved again\n" + files(1)["main.yaml"]}
    assert not worker.sees(reformatted).changed
    assert active(store) == second.version


def test_a_slow_worker_undoes_no_rollback(store: MemoryStore) -> None:
    """Both see the change; before the second one has looked, somebody rolls back."""
    quick, slow = Watching(store, files(1)), Watching(store, files(1))
    first = quick.began.version
    quick.sees(files(2))
    activate(store, first)
    late = slow.sees(files(2))
    assert (late.changed, late.followed) == (False, True)
    assert active(store) == first


def test_a_host_whose_copy_comes_late_undoes_nothing(store: MemoryStore) -> None:
    one, other = Watching(store, files(1)), Watching(store, files(1))
    one.sees(files(2))
    third = one.sees(files(3))
    assert not other.sees(files(2)).changed
    assert active(store) == third.version
    assert not other.sees(files(3)).changed
    back = other.sees(files(2))
    assert (back.changed, back.put_back) == (True, True)
    assert not one.sees(files(2)).changed


def test_a_restart_between_undoes_no_rollback(store: MemoryStore) -> None:
    worker = Watching(store, files(1))
    worker.sees(files(2))
    activate(store, worker.began.version)
    restarted = Watching(store, files(2))
    assert not restarted.began.changed
    assert active(store) == worker.began.version
    assert restarted.sees(files(1)).changed is False  # what is active already
    assert restarted.sees(files(2)).put_back  # a change while it runs


def test_what_changed_while_nothing_ran_is_published_only_when_it_is_new(store: MemoryStore) -> None:
    worker = Watching(store, files(1))
    second = worker.sees(files(2)).version
    assert not Watching(store, files(1)).began.changed
    assert active(store) == second
    assert Watching(store, files(3)).began.changed


def test_content_that_only_a_person_had_published_is_a_change(store: MemoryStore) -> None:
    worker = Watching(store, files(1))
    second = Publisher(store, pack).publish("main", files(2))
    activate(store, worker.began.version)
    done = worker.sees(files(2))
    assert (done.changed, done.put_back) == (True, True)
    assert active(store) == second.version


def test_a_worker_that_starts_between_a_change_and_its_publication_hides_it_from_no_other(store: MemoryStore) -> None:
    worker = Watching(store, files(1))
    worker.sees(files(2))
    Watching(store, files(1))  # the directory has changed back, and this one starts with it
    assert worker.sees(files(1)).put_back


def test_accounts_do_not_disturb_each_other(store: MemoryStore) -> None:
    publisher = Publisher(store, pack)
    _, clinic = publisher.publish_new("clinic", files(1))
    _, shop = publisher.publish_new("shop", files(1))
    _, clinic = publisher.follow("clinic", files(2), clinic)
    done, _ = publisher.follow("shop", files(2), shop)
    assert done.changed


@given(
    edits=st.lists(st.integers(0, 5), min_size=1, max_size=6),
    lags=st.lists(st.lists(st.integers(0, 6), max_size=6), min_size=1, max_size=3),
    rolled_back=st.booleans(),
)
def test_the_last_decision_stands(edits: Sequence[int], lags: Sequence[Sequence[int]], rolled_back: bool) -> None:
    """One directory is edited; copies follow, each at its own pace, some states skipped. Then somebody may roll back,
    and the copies come to the end. What was decided last is active.

    A copy may be behind one change back, not behind two to the same content: then its states have no order.
    """
    states = [9, *edits]
    assume(all(states.count(state) <= 2 for state in states))
    assume(all(one != other for one, other in pairwise(states)))
    store = MemoryStore()
    master, copies = Watching(store, files(9)), [Watching(store, files(9)) for _ in lags]
    paces = [sorted(place for place in lag if place < len(states)) for lag in lags]
    for number, state in enumerate(states):
        decided = master.sees(files(state)).version
        for copy, pace in zip(copies, paces, strict=True):
            for place in [place for place in pace if place <= number][:1]:
                pace.remove(place)
                copy.sees(files(states[place]))
    if rolled_back:
        decided = master.began.version
        activate(store, decided)
    for copy, pace in zip(copies, paces, strict=True):
        for place in [*pace, len(states) - 1]:
            copy.sees(files(states[place]))
    assert active(store) == decided


def with_canary(store: MemoryStore) -> tuple[Watching, str]:
    """A process that watches files(1), which are active, while files(2) are a canary."""
    worker = Watching(store, files(1))
    canary = Publisher(store, pack).publish("main", files(2), share=0.1).version
    return worker, canary


def test_a_saved_file_ends_no_canary(store: MemoryStore) -> None:
    worker, canary = with_canary(store)
    held = worker.sees(files(3))
    assert (held.changed, held.held, held.canary) == (False, True, canary)
    assert (active(store), store.serving("main").canary) == (worker.began.version, canary)


def test_only_the_worker_that_sees_it_first_tells_that_it_is_held(store: MemoryStore) -> None:
    worker, _ = with_canary(store)
    other = Watching(store, files(1))
    worker.sees(files(3))
    late = other.sees(files(3))
    assert (late.changed, late.held, late.followed) == (False, False, False)


def test_a_worker_that_starts_again_leaves_what_is_held(store: MemoryStore) -> None:
    worker, canary = with_canary(store)
    worker.sees(files(3))
    again = Watching(store, files(3))
    assert not again.began.changed
    assert store.serving("main").canary == canary
    assert Watching(store, files(4)).began.changed  # content that only the start has seen


@pytest.mark.parametrize("promoted", [True, False])
def test_what_was_held_is_published_with_the_next_change(store: MemoryStore, promoted: bool) -> None:
    worker, canary = with_canary(store)
    worker.sees(files(3))
    decided = canary if promoted else worker.began.version
    activate(store, decided)
    assert not worker.sees(files(3)).changed
    assert active(store) == decided
    assert worker.sees(files(4)).changed


def test_a_canary_that_was_taken_back_does_not_come_back_from_the_directory(store: MemoryStore) -> None:
    worker, canary = with_canary(store)
    assert worker.sees(files(2)).version == canary
    assert store.serving("main").canary == canary
    activate(store, worker.began.version)
    assert not worker.sees(files(2)).changed
    assert active(store) == worker.began.version


def test_files_put_back_while_a_canary_runs_are_no_change(store: MemoryStore) -> None:
    worker, canary = with_canary(store)
    worker.sees(files(3))
    back = worker.sees(files(1))
    assert (back.changed, back.held) == (False, False)
    assert store.serving("main").canary == canary


def test_publishing_by_hand_ends_the_canary_with_what_was_held(store: MemoryStore) -> None:
    worker, _ = with_canary(store)
    held = worker.sees(files(3))
    Publisher(store, pack).publish("main", files(3))
    assert (active(store), store.serving("main").canary) == (held.version, "")
