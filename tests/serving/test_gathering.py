"""When a batch waits a moment for more requests, and when it does not."""

from collections import deque
from collections.abc import Sequence

import pytest

from router.serving.gathering import FOLLOWS_SECONDS, IN_VAIN, LEFT_OUT, MOMENT_SECONDS, Gathering


class Loop:
    """A loop on a clock of its own: batches of named connections, and who comes while it waits."""

    def __init__(self) -> None:
        self.at = 100.0
        self.slept: list[float] = []
        self.gathering = Gathering(lambda: self.at, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def batch(self, came: str, meanwhile: str = "", *, after: float = 0.0) -> str:
        """Who is handed over so long after the last answers: those who came, and those who do during a wait. They are
        answered."""
        self.at += after
        waiting = deque((name, None) for name in came)
        self.gathering.wait(waiting, lambda: waiting.extend((name, None) for name in meanwhile))
        handed = "".join(name for name, _ in waiting)
        self.gathering.answered(handed)
        return handed

    def handed(self, batches: Sequence[tuple[str, str]]) -> list[str]:
        return [self.batch(*one) for one in batches]


def test_peers_that_come_back_at_once_are_waited_for_and_make_one_batch() -> None:
    loop = Loop()
    assert loop.batch("abcd") == "abcd"
    assert loop.batch("a", "bcd") == "abcd"
    assert loop.batch("b", "acd") == "bacd"
    assert loop.slept == [MOMENT_SECONDS] * 2


def test_the_first_batch_and_what_follows_a_single_answer_wait_for_nothing() -> None:
    loop = Loop()
    assert loop.handed([("a", "x"), ("a", "x"), ("b", "x")]) == ["a", "a", "b"]
    assert loop.slept == []


def test_what_comes_later_is_no_reaction() -> None:
    loop = Loop()
    loop.batch("abcd")
    assert loop.batch("a", "bcd", after=FOLLOWS_SECONDS + 0.0001) == "a"
    loop.batch("abcd")
    assert loop.batch("a", "bcd", after=FOLLOWS_SECONDS - 0.0001) == "abcd"


def test_nothing_is_slept_for_while_nothing_waits() -> None:
    loop = Loop()
    loop.batch("abcd")
    loop.batch("", "abcd")
    assert loop.slept == []


@pytest.mark.parametrize("others", ["", "wxyz"])
def test_where_those_who_were_answered_stay_away_it_is_left_out(others: str) -> None:
    loop = Loop()
    loop.batch("abcd")
    for number in range(IN_VAIN):
        loop.batch("ef"[number] * 2, others)
        loop.gathering.answered("abcd")
    assert len(loop.slept) == IN_VAIN
    for _ in range(LEFT_OUT):
        assert loop.batch("gh", "abcd") == "gh"
        loop.gathering.answered("abcd")
    assert len(loop.slept) == IN_VAIN
    assert loop.batch("a", "bcd") == "abcd", "it is tried again"
    assert loop.batch("a", "bcd") == "abcd", "and kept, once it pays"


def test_a_trial_in_vain_after_the_pause_begins_the_next_one() -> None:
    loop = Loop()
    loop.batch("abcd")
    for _ in range(IN_VAIN + LEFT_OUT + 1 + LEFT_OUT):
        loop.batch("ef")
        loop.gathering.answered("abcd")
    assert len(loop.slept) == IN_VAIN + 1


def test_half_of_them_are_enough() -> None:
    loop = Loop()
    for _ in range(IN_VAIN + 3):
        loop.batch("abcd")
        loop.batch("a", "b")
        loop.gathering.answered("abcd")
    before = len(loop.slept)
    loop.batch("a", "b")
    assert len(loop.slept) == before + 1
