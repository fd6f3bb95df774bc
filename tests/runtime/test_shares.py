"""What refusals do to a window, and how it comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.runtime.limits.adaptive_share import CLOSED_SECONDS, REGAINED, SMALLEST, passed, refused, share_at
from router.runtime.records import Share


def test_a_window_without_refusals_is_ours() -> None:
    assert share_at(None, 5.0) == 1.0


def test_a_refusal_halves_and_time_gives_back() -> None:
    share = refused("route", None, 100.0, 99.9)
    assert share == Share(window="route", share=0.5, since=100.0, closed_until=100.5, strikes=1)
    assert share_at(share, 100.0) == 0.5
    assert share_at(share, 110.0) == pytest.approx(0.5 + 10 * REGAINED)
    assert share_at(share, 1000.0) == 1.0
    assert share_at(share, 50.0) == 0.5, "a clock that was set back gives nothing"


def test_what_was_on_the_wire_together_is_one_refusal() -> None:
    share = refused("route", None, 100.0, 99.9)
    assert refused("route", share, 100.2, 99.95) == share


def test_an_accepted_request_ends_the_row_of_refusals_but_not_the_memory() -> None:
    share = refused("route", None, 100.0, 99.9)
    assert passed(None, 101.0) is None
    assert passed(share, 99.95) is None, "it left before"
    open_again = passed(share, 101.0)
    assert open_again == Share(window="route", share=0.5, since=100.0, closed_until=100.5, strikes=0)
    assert passed(open_again, 102.0) is None


@given(gaps=st.lists(st.floats(0.01, 60.0), min_size=1, max_size=30))
def test_whatever_happens_something_is_left_and_the_window_opens_again(gaps: list[float]) -> None:
    share, now = None, 0.0
    for gap in gaps:
        now += gap
        share = refused("route", share, now, now)
        assert SMALLEST <= share_at(share, now) <= 1.0
        assert now < share.closed_until <= now + CLOSED_SECONDS[1]


def test_each_refusal_in_a_row_closes_for_twice_as_long_up_to_eight_seconds() -> None:
    share, closed = None, []
    for n in range(7):
        now = 100.0 * n
        share = refused("route", share, now, now)
        closed.append(share.closed_until - now)
    assert closed == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
