"""The limiter's log against a PBX that counts at the worst instant it may."""

from hypothesis import given
from hypothesis import strategies as st

from router.catalogue.methods import Limit
from router.runtime.limits import Limits, held_seconds
from router.store.memory import MemoryStore
from tests.runtime.outbox import NOON, HandClock, queued

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


@given(
    count=st.integers(1, 4),
    seconds=st.sampled_from([0.5, 1.0, 2.0]),
    trips=st.lists(
        st.tuples(
            st.floats(0.0, 3.0),  # from the claim to the answer
            st.floats(0.0, 1.0),  # where between them the PBX counts
            st.sampled_from(["answer", "answer", "answer", "never"]),
            st.floats(0.0, 1.5),  # how long we idle before
        ),
        min_size=1,
        max_size=40,
    ),
)
def test_the_pbx_never_counts_too_many_in_any_window(
    count: int, seconds: float, trips: list[tuple[float, float, str, float]]
) -> None:
    clock = HandClock()
    limit = Limit(window="route", count=count, seconds=seconds)
    store, limits = MemoryStore(clock.now), Limits({"route": limit})
    counted: list[float] = []
    landings: list[tuple[float, int]] = []
    for number, (trip, share, outcome, idle) in enumerate(trips):
        clock.at = max(clock.at + idle, limits.free_at("route", store.slots("clinic")))
        for landed_at, landed in sorted(landing for landing in landings if landing[0] <= clock.at):
            landings.remove((landed_at, landed))
            _land(store, limits, clock, landed_at, landed)
        if limits.free_at("route", store.slots("clinic")) > clock.at:
            continue  # an answer came late enough to hold the slot longer
        with store.transaction() as transaction:
            limits.take(transaction, queued(f"c-{number}"), REQUEST_SECONDS)
        counted.append(clock.at + trip * share)
        if outcome == "answer":
            landings.append((clock.at + trip, number))
    counted.sort()
    assert all(later - earlier >= seconds for earlier, later in zip(counted, counted[count:], strict=False))


def _land(store: MemoryStore, limits: Limits, clock: HandClock, at: float, number: int) -> None:
    now, clock.at = clock.at, at
    with store.transaction() as transaction:
        limits.answered(transaction, queued(f"c-{number}"))
    clock.at = now


def test_the_margin_is_well_within_what_may_be_lost() -> None:
    limit = Limit(window="route", count=1, seconds=2.0)
    assert 2.0 < held_seconds(limit) < 2.01
