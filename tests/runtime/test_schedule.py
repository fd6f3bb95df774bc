"""The choice of the next command, and the estimate of the wait for it."""

from hypothesis import given
from hypothesis import strategies as st

from router.catalogue.methods import Limit
from router.runtime.limits import Limits
from router.runtime.ports import CommandRow
from router.runtime.schedule import PROBES, choose, serving_order, wait_estimates
from tests.runtime.outbox import NOON, queued

LIMITS = Limits()
FULL = {"route": [NOON + 1.5]}


def in_order(*commands: CommandRow) -> list[CommandRow]:
    return sorted(commands, key=serving_order)


def test_nothing_to_do() -> None:
    decision = choose([], {}, LIMITS, NOON)
    assert (decision.expired, decision.chosen, decision.next_at) == ((), None, None)


def test_the_earliest_deadline_goes_first_unless_another_has_priority() -> None:
    late, soon = queued("late", deadline=NOON + 20), queued("soon", deadline=NOON + 10)
    high, endless = queued("high", deadline=NOON + 25, high_priority=True), queued("endless", "sms", deadline=None)
    order = [row.command_id for row in in_order(endless, late, high, soon)]
    assert order == ["high", "soon", "late", "endless"]
    assert choose(in_order(late, soon), {}, LIMITS, NOON).chosen == soon


def test_what_expired_is_dropped_before_it_costs_a_slot() -> None:
    dead, alive = queued("dead", deadline=NOON), queued("alive", deadline=NOON + 0.1)
    decision = choose(in_order(dead, alive), {}, LIMITS, NOON)
    assert (decision.expired, decision.chosen) == ((dead,), alive)


def test_a_play_overtakes_the_routes_that_wait() -> None:
    route, play = queued("route", deadline=NOON + 5), queued("play", "play/start", deadline=NOON + 9)
    assert choose(in_order(route, play), FULL, LIMITS, NOON).chosen == play


def test_a_full_overall_window_stops_everything() -> None:
    slots = {"all": [NOON + 0.3 + number / 10 for number in range(10)]}
    decision = choose(in_order(queued("route"), queued("play", "play/start")), slots, LIMITS, NOON)
    assert (decision.chosen, decision.next_at) == (None, NOON + 0.3)


def test_the_next_instant_is_the_first_that_changes_anything() -> None:
    route = queued("route", deadline=NOON + 5)
    assert choose([route], FULL, LIMITS, NOON).next_at == NOON + 1.5
    assert choose([queued("short", deadline=NOON + 1)], FULL, LIMITS, NOON).next_at == NOON + 1
    assert choose([queued("later", not_before=NOON + 3)], FULL, LIMITS, NOON).next_at == NOON + 3
    assert choose([route], FULL, LIMITS, NOON, paused_until=NOON + 4).next_at == NOON + 4
    assert choose([route], FULL, LIMITS, NOON, paused_until=NOON + 9).next_at == NOON + 5


def test_a_pause_still_lets_deadlines_pass() -> None:
    dead = queued("dead", deadline=NOON - 1)
    assert choose([dead], {}, LIMITS, NOON, paused_until=NOON + 60).expired == (dead,)


class TestWaits:
    def test_nobody_waits_in_an_empty_house(self) -> None:
        assert wait_estimates([], {}, LIMITS, NOON) == dict.fromkeys(PROBES, 0.0)

    def test_behind_three_routes(self) -> None:
        queue = in_order(*(queued(f"c-{number}") for number in range(3)))
        waits = wait_estimates(queue, FULL, LIMITS, NOON)
        assert 7.5 <= waits.pop("route") <= 7.6
        assert waits == {"transfer": 0.0, "hangup": 0.0, "play": 0.0}

    def test_those_who_give_up_make_room(self) -> None:
        queue = in_order(*(queued(f"c-{number}", deadline=NOON + 3) for number in range(9)))
        assert 3.0 <= wait_estimates(queue, FULL, LIMITS, NOON)["route"] <= 3.6

    def test_the_overall_window_is_shared(self) -> None:
        queue = in_order(*(queued(f"c-{number}", "play/start") for number in range(25)))
        waits = wait_estimates(queue, {}, LIMITS, NOON)
        assert set(waits.values()) == {waits["play"]}
        assert 2.0 <= waits["play"] <= 2.01

    def test_a_pause_is_waited_for(self) -> None:
        assert wait_estimates([], {}, LIMITS, NOON, paused_until=NOON + 4) == dict.fromkeys(PROBES, 4.0)

    def test_a_command_that_may_not_go_yet_holds_up_nobody_of_another_kind(self) -> None:
        waits = wait_estimates([queued("c-1", not_before=NOON + 5)], {}, LIMITS, NOON)
        assert waits["play"] == 0.0


RATES = st.builds(Limit, window=st.just("route"), count=st.integers(1, 3), seconds=st.sampled_from([0.5, 2.0]))
QUEUES = st.lists(
    st.builds(
        lambda number, kind, deadline, high: queued(f"c-{number}", kind, deadline=deadline, high_priority=high),
        st.integers(0, 10**6),
        st.sampled_from(["route", "play/start", "sms", "call/hangup"]),
        st.none() | st.floats(NOON - 5, NOON + 40),
        st.booleans(),
    ),
    max_size=30,
    unique_by=lambda row: row.command_id,
)
SLOTS = st.dictionaries(
    st.sampled_from(["route", "all", "call/hangup"]),
    st.lists(st.floats(NOON + 0.001, NOON + 9), max_size=12).map(sorted),
)


@given(rate=RATES, queue=QUEUES, slots=SLOTS)
def test_a_choice_is_the_best_that_is_allowed(
    rate: Limit, queue: list[CommandRow], slots: dict[str, list[float]]
) -> None:
    limits = Limits({"route": rate})
    decision = choose(in_order(*queue), slots, limits, NOON)
    allowed = [
        row
        for row in queue
        if (row.deadline is None or row.deadline > NOON) and limits.free_at(row.command, slots) <= NOON
    ]
    assert decision.chosen == min(allowed, key=serving_order, default=None)
    assert decision.chosen is not None or decision.next_at is None or decision.next_at > NOON


@given(rate=RATES, queue=QUEUES, slots=SLOTS)
def test_an_estimate_is_what_a_last_comer_then_sees(
    rate: Limit, queue: list[CommandRow], slots: dict[str, list[float]]
) -> None:
    limits = Limits({"route": rate})
    waits = wait_estimates(in_order(*queue), slots, limits, NOON)
    assert waits.keys() == PROBES.keys()
    last = queued("zzz", "route", deadline=None, queued=NOON + 1)
    assert abs(waits["route"] - _played(in_order(*queue, last), slots, limits)) < 1e-6


def _played(queue: list[CommandRow], slots: dict[str, list[float]], limits: Limits) -> float:
    """When `choose` itself gets to the last comer, answers taking no time."""
    occupied = {window: sorted(instants) for window, instants in slots.items()}
    now = NOON
    while True:
        decision = choose(queue, occupied, limits, now)
        gone = {row.command_id for row in decision.expired}
        if decision.chosen is None:
            assert decision.next_at is not None
            now = decision.next_at
        elif decision.chosen.command_id == "zzz":
            return now - NOON
        else:
            gone.add(decision.chosen.command_id)
            for limit in limits.of(decision.chosen.command):
                occupied.setdefault(limit.window, []).append(now + limit.seconds * 1.001)
                occupied[limit.window].sort()
        queue = [row for row in queue if row.command_id not in gone]
