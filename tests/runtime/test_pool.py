"""Threads with a queue that has an end."""

import os
import threading

import pytest

from router.runtime.thread_pool import BoundedPool


def test_no_more_than_there_is_room_for() -> None:
    pool = BoundedPool("test", threads=1, waiting=1)
    release, begun, done = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        release.wait(10)
        done.append(threading.current_thread().name)

    assert pool.submit(work)
    assert begun.wait(10)
    assert pool.submit(work)
    assert not pool.submit(work)
    release.set()
    finished = threading.Event()
    while not pool.submit(finished.set):
        release.wait(0.001)
    assert finished.wait(10)
    assert len(done) == 2
    pool.stop()


def test_stopping_finishes_what_is_done_and_drops_what_waits() -> None:
    pool = BoundedPool("test", threads=1, waiting=None)
    release, begun, done = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        release.wait(10)
        done.append("first")

    pool.submit(work)
    begun.wait(10)
    pool.submit(lambda: done.append("second"))
    threading.Timer(0.05, release.set).start()
    pool.stop()
    assert done == ["first"]
    again = threading.Event()
    assert pool.submit(again.set)
    assert again.wait(10)
    pool.stop()
    pool.stop()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_has_threads_of_its_own() -> None:
    pool = BoundedPool("test", threads=1, waiting=0)
    done = threading.Event()
    pool.submit(done.set)
    assert done.wait(10)
    child = os.fork()
    if child == 0:
        mine = threading.Event()
        os._exit(0 if pool.submit(mine.set) and mine.wait(10) else 1)
    _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    pool.stop()
