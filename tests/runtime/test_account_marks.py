"""When an account last had an event, and how its last publication ended."""

import pytest

from router.runtime.monitoring.account_marks import AccountMarks, count_of, file_name


class Clock:
    def __init__(self) -> None:
        self.at = 1_795_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_each_account_has_marks_of_its_own(clock: Clock) -> None:
    marks = AccountMarks(["a", "b"], now=clock)
    marks.had_event("b")
    clock.at += 5
    marks.published("b", succeeded=True)
    marks.had_event("stranger")
    marks.published("stranger", succeeded=False)
    assert [marks.last_event("a"), marks.last_event("b")] == [0.0, clock.at - 5]
    assert marks.last_publication("a") == (0.0, False)
    assert marks.last_publication("b") == (clock.at, True)


def test_the_last_publication_counts(clock: Clock) -> None:
    marks = AccountMarks(["a"], now=clock)
    assert not marks.is_published("a")
    marks.published("a", succeeded=True)
    assert marks.is_published("a")
    clock.at += 60
    marks.published("a", succeeded=False)
    assert not marks.is_published("a")
    assert marks.last_publication("a") == (clock.at, False)
    assert marks.is_published("stranger"), "of which nothing is told"


def test_a_version_that_became_active_elsewhere_was_published_well(clock: Clock) -> None:
    marks = AccountMarks(["a"], now=clock)
    marks.published("a", succeeded=False)
    assert marks.last_publication("a", clock.at) == (clock.at, False), "by this process, in that instant"
    assert marks.last_publication("a", clock.at + 1) == (clock.at + 1, True)


def test_workers_share_the_numbers(clock: Clock) -> None:
    numbers = [0.0] * count_of(["a", "b"])
    AccountMarks(["a", "b"], numbers, clock).had_event("b")
    assert AccountMarks(["a", "b"], numbers, clock).last_event("b") == clock.at
    assert len(numbers) == 4
    assert count_of([]) == 1


def test_other_accounts_have_another_file() -> None:
    assert file_name(["a", "b"]) == file_name(("a", "b"))
    assert len({file_name(names) for names in ([], ["a"], ["a", "b"], ["b", "a"], ["ab"])}) == 5
    assert file_name(["a"]).startswith("accounts-")
