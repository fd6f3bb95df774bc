"""The limiter's log against a PBX that counts at the worst instant it may."""

from collections import Counter
from dataclasses import dataclass
from math import floor as floor_of

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.catalogue.methods import Limit
from router.config.settings import AccountSettings
from router.runtime.limits.limiter import Limits, held_seconds
from router.runtime.records import Share
from tests.runtime.outbox import NOON, HandClock, queued
from tests.stores import MemoryStore

REQUEST_SECONDS = 8.0


def test_every_command_counts_in_its_own_window_and_in_all() -> None:
    limits = Limits()
    assert {limit.window for limit in limits.of("route")} == {"all", "route"}
    assert {limit.window for limit in limits.of("play/start")} == {"all"}
    assert {limit.window for limit in limits.of("something new")} == {"all"}
    assert limits.of("notify") == ()
    assert limits.free_at("notify", {"all": [9.0] * 10}) == 0.0


def test_queries_keep_to_our_share_too() -> None:
    assert Limits(share=0.5).of("query") == (Limit(window="all", count=5, seconds=1.0),)


def test_a_window_is_free_when_all_but_its_last_slots_are() -> None:
    limits = Limits({"call/hangup": Limit(window="call/hangup", count=2, seconds=1.0)})
    assert limits.free_at("call/hangup", {}) == 0.0
    assert limits.free_at("call/hangup", {"call/hangup": [5.0]}) == 0.0
    assert limits.free_at("call/hangup", {"call/hangup": [5.0, 6.0]}) == 5.0
    assert limits.free_at("call/hangup", {"call/hangup": [5.0, 6.0, 7.0]}) == 6.0
    assert limits.free_at("route", {"route": [5.0], "all": [4.0, *[9.0] * 9]}) == 5.0
    assert limits.free_at("route", {"route": [3.0], "all": [4.0, *[9.0] * 9]}) == 4.0


def test_a_claim_holds_its_slots_as_if_no_answer_came_until_one_does() -> None:
    clock = HandClock()
    store, limits, row = MemoryStore(clock.now), Limits(), queued()
    with store.transaction() as transaction:
        limits.take(transaction, row, REQUEST_SECONDS)
        assert transaction.slots("clinic") == {"all": [NOON + 9.001], "route": [NOON + 10.002]}
    clock.at += 0.5
    with store.transaction() as transaction:
        limits.answered(transaction, row)
        assert transaction.slots("clinic") == {"all": [NOON + 1.501], "route": [NOON + 2.502]}
        limits.never_sent(transaction, row)
        assert transaction.slots("clinic") == {}


@dataclass(frozen=True)
class Way:
    """A path from one of our hosts, and the least that its delays ever are."""

    there: float
    back: float


@dataclass(frozen=True)
class Sent:
    """One request on its way: how long it idled before, and its jitter both ways."""

    way: int
    idle: float
    late_there: float
    late_back: float
    answered: bool


WAYS = st.tuples(
    st.builds(Way, there=st.floats(0, 0.02), back=st.floats(0, 0.02)),
    st.builds(Way, there=st.floats(0, 0.4), back=st.floats(0, 0.4)),
)
REQUESTS = st.lists(
    st.builds(
        Sent,
        way=st.integers(0, 1),
        idle=st.sampled_from([0.0, 0.0, 0.0, 0.3, 1.5]),
        late_there=st.sampled_from([0.0, 0.0, 0.01, 0.5, 2.0]),
        late_back=st.sampled_from([0.0, 0.0, 0.01, 0.5, 2.0]),
        answered=st.sampled_from([True, True, True, False]),
    ),
    min_size=2,
    max_size=40,
)


@given(count=st.integers(1, 4), seconds=st.sampled_from([0.5, 1.0, 2.0]), ways=WAYS, requests=REQUESTS)
def test_the_pbx_never_counts_too_many_in_any_window(
    count: int, seconds: float, ways: tuple[Way, Way], requests: list[Sent]
) -> None:
    """Delays grow, shrink and jitter as they like, each way for itself, from two hosts."""
    clock = HandClock()
    limit = Limit(window="route", count=count, seconds=seconds)
    store, limits = MemoryStore(clock.now), Limits({"route": limit})
    counted: list[float] = []
    landings: list[tuple[float, int]] = []
    for number, request in enumerate(requests):
        way = ways[request.way]
        clock.at += request.idle
        while (free_at := limits.free_at("route", _slots(store))) > clock.at or _due(landings, clock.at):
            due = _due(landings, max(free_at, clock.at))
            if due is None:
                clock.at = free_at
            else:
                landings.remove(due)
                _land(store, limits, clock, due)
        with store.transaction() as transaction:
            limits.take(transaction, queued(f"c-{number}"), REQUEST_SECONDS)
        there, back = way.there + request.late_there, way.back + request.late_back
        counted.append(clock.at + there)
        if request.answered:
            landings.append((clock.at + there + back, number))
    counted.sort()
    assert all(later - earlier > seconds for earlier, later in zip(counted, counted[count:], strict=False))
    for phase in (0.0, 0.3, 0.7):
        fixed = Counter(floor_of((at - NOON - phase * seconds) / seconds) for at in counted)
        assert max(fixed.values()) <= count


def _slots(store: MemoryStore) -> dict[str, list[float]]:
    with store.snapshot() as reading:
        return reading.slots("clinic")


def _due(landings: list[tuple[float, int]], by: float) -> tuple[float, int] | None:
    return min((landing for landing in landings if landing[0] <= by), default=None)


def _land(store: MemoryStore, limits: Limits, clock: HandClock, landing: tuple[float, int]) -> None:
    came, number = landing
    now, clock.at = clock.at, max(clock.at, came)
    with store.transaction() as transaction:
        limits.answered(transaction, queued(f"c-{number}"), came)
    clock.at = max(now, clock.at)


def test_lowered_limits_are_those_of_the_share_and_open_when_the_window_does() -> None:
    limits = Limits()
    assert limits.lowered({}, NOON) is limits
    share = Share(window="route", share=0.5, since=NOON, closed_until=NOON + 1.0)
    lowered = limits.lowered({"route": share}, NOON)
    assert lowered.of("route")[1] == Limit(window="route", count=1, seconds=4.0)
    assert lowered.of("transfer") == limits.of("transfer")
    assert lowered.free_at("route", {}) == NOON + 1.0
    assert lowered.free_at("play/start", {}) == 0.0
    assert lowered.free_at("notify", {}) == 0.0
    assert lowered.windows()["route"].seconds == 4.0
    assert limits.lowered({"route": share}, NOON + 60) is limits, "it has grown back"


def test_the_margin_is_well_within_what_may_be_lost() -> None:
    limit = Limit(window="route", count=1, seconds=2.0)
    assert 2.0 < held_seconds(limit) < 2.01


def test_an_answer_counts_from_when_it_came_and_a_claim_from_when_it_leaves() -> None:
    clock = HandClock()
    store, limits, row = MemoryStore(clock.now), Limits(), queued()
    with store.transaction() as transaction:
        limits.take(transaction, row, REQUEST_SECONDS, leave_at=NOON + 1.0)
        assert transaction.slots("clinic") == {"all": [NOON + 10.001], "route": [NOON + 11.002]}
    clock.at += 3.0
    with store.transaction() as transaction:
        limits.answered(transaction, row, NOON + 2.5)
        assert transaction.slots("clinic") == {"all": [NOON + 3.501], "route": [NOON + 4.502]}


@pytest.mark.parametrize("profile", ["2021", "2026"])
def test_a_refusal_tells_of_the_methods_own_window_else_of_that_of_all(profile: str) -> None:
    limits = Limits(profile=profile)
    assert limits.window_refused("route") == "route"
    assert limits.window_refused("play/start") == "all"
    assert limits.window_refused("something new") == "all"


def test_the_limits_of_an_account_are_those_of_its_profile_share_and_overrides() -> None:
    mine = Limit(window="route", count=1, seconds=4.0)
    given = AccountSettings(
        name="a", api_key="k", api_salt="s", profile="2026", limit_share=0.5, limits={"route": mine}
    )  # fmt: skip
    limits = Limits.of_account(given)
    assert limits.of("play/start") == (
        Limit(window="all", count=5, seconds=1.0),
        Limit(window="platform", count=50, seconds=1.0),
    )
    assert limits.of("route")[-1] == Limit(window="route", count=1, seconds=8.0)
    assert "platform" not in Limits().windows()
