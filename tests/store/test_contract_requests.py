"""What every store promises about requests of the API that may be repeated."""

import threading

from router.runtime.ports import Store


def test_an_answer_is_kept_for_its_time(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.request("clinic", "key 1") is None
        tx.keep_request("clinic", "key 1", b"digest", b"answer", tx.now + 60)
        assert tx.request("clinic", "key 1") == (b"digest", b"answer")
        assert tx.request("shop", "key 1") is None
    with store.transaction() as tx:
        tx.keep_request("clinic", "key 1", b"digest", b"answer", tx.now - 1)
    with store.transaction() as tx:
        assert tx.request("clinic", "key 1") is None
        tx.keep_request("clinic", "key 1", b"other", b"later", tx.now + 60)
    with store.transaction() as tx:
        assert tx.request("clinic", "key 1") == (b"other", b"later")


def test_what_is_over_is_forgotten_when_another_is_kept(store: Store) -> None:
    with store.transaction() as tx:
        tx.keep_request("clinic", "key 1", b"", b"", tx.now - 1)
    with store.transaction() as tx:
        tx.keep_request("clinic", "key 2", b"", b"", tx.now + 60)
    with store.transaction() as tx:
        tx.now -= 60
        assert tx.request("clinic", "key 1") is None
        assert tx.request("clinic", "key 2") is not None


def test_two_that_ask_for_the_same_take_turns(store: Store) -> None:
    """So the second one finds what the first one has kept."""
    made: list[int] = []

    def ask() -> None:
        with store.transaction() as tx:
            tx.lock_request("clinic", "key 1")
            if tx.request("clinic", "key 1") is None:
                made.append(1)
                tx.keep_request("clinic", "key 1", b"digest", b"answer", tx.now + 10)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_old_ones_are_found_and_forgotten(store: Store) -> None:
    with store.transaction() as tx:
        now = tx.now
        tx.keep_request("clinic", "key 1", b"", b"", now - 1)
        tx.keep_request("clinic", "key 2", b"", b"", now + 60)
    assert store.has_old_requests(now)
    with store.transaction() as tx:
        tx.forget_requests(now)
    assert not store.has_old_requests(now)
    with store.transaction() as tx:
        assert tx.request("clinic", "key 2") is not None
