"""The choice of the next command: which goes, which are given up, and who waits for whom."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.catalogue.methods import Limit
from router.history.journal import CommandRow
from router.protocol.commands import CONNECTING
from router.runtime.limits.limiter import Limits, held_seconds
from router.runtime.outbox.round_trips import Pace
from router.runtime.outbox.schedule import (
    HOPELESS,
    NOT_IN_TIME,
    TOO_LATE,
    Decision,
    choose,
    serving_order,
)
from tests.runtime.outbox import NOON, queued

LIMITS = Limits()
FULL = {"route": [NOON + 1.5]}
SLOW = Pace(usual=0.1, longest=0.4)


def reasons(decision: Decision) -> dict[str, str]:
    return {gone.command.command_id: gone.reason for gone in decision.given_up}


def test_nothing_to_do() -> None:
    decision = choose([], {}, LIMITS, NOON)
    assert (decision.given_up, decision.chosen, decision.next_at) == ((), None, None)


def test_the_earliest_deadline_goes_first_unless_another_has_priority() -> None:
    late, soon = queued("late", deadline=NOON + 20), queued("soon", deadline=NOON + 10)
    high, endless = queued("high", deadline=NOON + 25, high_priority=True), queued("endless", "sms", deadline=None)
    order = [row.command_id for row in sorted([endless, late, high, soon], key=serving_order)]
    assert order == ["high", "soon", "late", "endless"]
    assert choose([late, soon], {}, LIMITS, NOON).chosen == soon
    assert choose([late, soon, high], {}, LIMITS, NOON).chosen == high


def test_nothing_goes_while_the_key_is_paused() -> None:
    route = queued("c", deadline=NOON + 60)
    paused = choose([route], {}, LIMITS, NOON, paused_until=NOON + 4)
    assert (paused.chosen, paused.next_at) == (None, NOON + 4)
    over = choose([route], {}, LIMITS, NOON, paused_until=NOON)
    assert (over.chosen, over.next_at) == (route, None)


def test_who_has_no_deadline_is_looked_at_when_a_slot_is_free_and_else_never() -> None:
    endless = queued("c", deadline=None)
    assert choose([endless], FULL, LIMITS, NOON).next_at == NOON + 1.5
    asleep = queued("c", deadline=None, not_before=NOON + 7)
    assert choose([asleep], FULL, LIMITS, NOON).next_at == NOON + 7
    assert choose([asleep], {}, LIMITS, NOON).chosen is None


class TestGivingUp:
    def test_what_expired_is_dropped_before_it_costs_a_slot(self) -> None:
        dead, alive = queued("dead", deadline=NOON), queued("alive", deadline=NOON + 0.1)
        decision = choose([dead, alive], {}, LIMITS, NOON)
        assert (reasons(decision), decision.chosen) == ({"dead": TOO_LATE}, alive)

    def test_what_would_arrive_too_late_is_dropped_too(self) -> None:
        decision = choose([queued("near", deadline=NOON + 0.4)], {}, LIMITS, NOON, pace=SLOW)
        assert (reasons(decision), decision.chosen) == ({"near": NOT_IN_TIME}, None)
        assert choose([queued("far", deadline=NOON + 0.41)], {}, LIMITS, NOON, pace=SLOW).chosen is not None

    def test_what_no_slot_can_help_any_more_is_told_at_once(self) -> None:
        assert reasons(choose([queued("c", deadline=NOON + 1.5)], FULL, LIMITS, NOON)) == {"c": HOPELESS}
        assert reasons(choose([queued("c", deadline=NOON + 1.6)], FULL, LIMITS, NOON)) == {}
        resting = queued("c", deadline=NOON + 5, not_before=NOON + 5)
        assert reasons(choose([resting], {}, LIMITS, NOON)) == {"c": HOPELESS}

    def test_a_request_on_the_wire_is_no_certainty(self) -> None:
        """Its slot is taken for the longest that it can take; it comes free sooner, and at once if it never left."""
        assert reasons(choose([queued("c", deadline=NOON + 3)], {"route": [NOON + 9]}, LIMITS, NOON)) == {}

    def test_who_can_be_held_is_not_hopeless(self) -> None:
        assert reasons(choose([queued("c", deadline=NOON + 1, buyable=True)], FULL, LIMITS, NOON)) == {}

    def test_time_that_was_bought_counts(self) -> None:
        row = queued("c", deadline=NOON - 5, bought_until=NOON + 5, buyable=True)
        assert choose([row], {}, LIMITS, NOON).chosen == row
        assert reasons(choose([row], {}, LIMITS, NOON + 5)) == {"c": TOO_LATE}

    def test_a_pause_still_lets_deadlines_pass(self) -> None:
        dead = queued("dead", deadline=NOON - 1)
        assert reasons(choose([dead], {}, LIMITS, NOON, paused_until=NOON + 60)) == {"dead": TOO_LATE}

    def test_a_pause_may_end_early(self) -> None:
        assert reasons(choose([queued("c", deadline=NOON + 9)], {}, LIMITS, NOON, paused_until=NOON + 60)) == {}


class TestWhoYields:
    def test_who_can_be_held_yields_to_who_cannot(self) -> None:
        held, bound = queued("held", deadline=NOON + 3, buyable=True), queued("bound", deadline=NOON + 30)
        assert choose([held, bound], {}, LIMITS, NOON).chosen == bound

    def test_time_bought_does_not_cost_a_place(self) -> None:
        first = queued("first", deadline=NOON + 3, bought_until=NOON + 60, buyable=True)
        second = queued("second", deadline=NOON + 20, buyable=True)
        assert choose([second, first], {}, LIMITS, NOON).chosen == first

    def test_a_play_goes_while_routes_wait_for_their_own_window(self) -> None:
        route, play = queued("route", deadline=NOON + 5), queued("play", "play/start", deadline=NOON + 9)
        assert choose([route, play], FULL, LIMITS, NOON).chosen == play

    def test_a_route_goes_before_a_play_whatever_their_deadlines(self) -> None:
        route, play = queued("route", deadline=NOON + 50), queued("play", "play/start", deadline=NOON + 1)
        assert choose([route, play], {}, LIMITS, NOON).chosen == route

    def test_nobody_takes_the_slot_for_which_a_route_will_come(self) -> None:
        """Nine of ten are taken for most of a second, and the route's own slot comes free before they do."""
        slots = {"route": [NOON + 0.1], "all": [NOON + 0.9] * 9}
        route, play = queued("route"), queued("play", "play/start")
        decision = choose([route, play], slots, LIMITS, NOON)
        assert (decision.chosen, decision.next_at) == (None, NOON + 0.1)
        assert choose([route, play], slots, LIMITS, NOON + 0.1).chosen == route
        assert choose([play], slots, LIMITS, NOON).chosen == play
        assert choose([route, play], {**slots, "all": [NOON + 0.9] * 8}, LIMITS, NOON).chosen == play

    def test_what_may_not_go_yet_holds_up_nobody(self) -> None:
        resting, play = queued("resting", not_before=NOON + 0.1), queued("play", "play/start")
        second = queued("second", deadline=NOON + 40)
        assert choose([resting, second], {}, LIMITS, NOON).chosen == second
        assert choose([resting, play], {"all": [NOON + 0.9] * 9}, LIMITS, NOON).chosen == play


def test_a_full_overall_window_stops_everything() -> None:
    slots = {"all": [NOON + 0.3 + number / 10 for number in range(10)]}
    decision = choose([queued("route"), queued("play", "play/start")], slots, LIMITS, NOON)
    assert (decision.chosen, decision.next_at) == (None, NOON + 0.3)


def test_the_next_instant_is_the_first_that_changes_anything() -> None:
    route = queued("route", deadline=NOON + 5)
    assert choose([route], FULL, LIMITS, NOON).next_at == NOON + 1.5
    assert choose([queued("short", deadline=NOON + 1, buyable=True)], FULL, LIMITS, NOON).next_at == NOON + 1
    assert choose([queued("later", not_before=NOON + 3)], {}, LIMITS, NOON).next_at == NOON + 3
    assert choose([route], FULL, LIMITS, NOON, paused_until=NOON + 4).next_at == NOON + 4
    assert choose([route], FULL, LIMITS, NOON, paused_until=NOON + 9).next_at == NOON + 5


@pytest.mark.parametrize("expired", [0, 500])
def test_a_choice_looks_at_each_candidate_once(expired: int) -> None:
    """However many have run out of time before it, the next one is found, and they are all named together."""
    dead = [queued(f"dead-{number}", deadline=NOON - 1) for number in range(expired)]
    alive = queued("alive")
    decision = choose([*dead, alive], {}, LIMITS, NOON)
    assert (len(decision.given_up), decision.chosen) == (expired, alive)


RATES = st.builds(Limit, window=st.just("route"), count=st.integers(1, 3), seconds=st.sampled_from([0.5, 2.0]))
PACES = st.builds(Pace, usual=st.just(0.05), longest=st.sampled_from([0.0, 0.25, 1.0]))
QUEUES = st.lists(
    st.builds(
        lambda number, kind, deadline, high, buyable, rest: queued(
            f"c-{number}", kind, deadline=deadline, high_priority=high, buyable=buyable, not_before=rest
        ),
        st.integers(0, 10**6),
        st.sampled_from(["route", "transfer", "play/start", "sms", "call/hangup"]),
        st.none() | st.floats(NOON - 5, NOON + 40),
        st.booleans(),
        st.booleans(),
        st.sampled_from([0.0, 0.0, 0.0, NOON + 0.5]),
    ),
    max_size=20,
    unique_by=lambda row: row.command_id,
)
SLOTS = st.dictionaries(
    st.sampled_from(["route", "transfer", "all", "call/hangup"]),
    st.lists(st.floats(NOON + 0.001, NOON + 9), max_size=12).map(sorted),
)


def _in_time(row: CommandRow, pace: Pace) -> bool:
    return row.expires is None or row.expires - pace.longest > NOON


@given(rate=RATES, queue=QUEUES, slots=SLOTS, pace=PACES)
def test_what_is_chosen_is_in_time_and_allowed(
    rate: Limit, queue: list[CommandRow], slots: dict[str, list[float]], pace: Pace
) -> None:
    limits = Limits({"route": rate})
    decision = choose(queue, slots, limits, NOON, pace=pace)
    chosen = decision.chosen
    gone = {given_up.command.command_id for given_up in decision.given_up}
    assert all(_in_time(row, pace) for row in queue if row.command_id not in gone)
    if chosen is not None:
        assert chosen.command_id not in gone
        assert chosen.not_before <= NOON
        for limit in limits.of(chosen.command):
            assert len([at for at in slots.get(limit.window, ()) if at > NOON]) < limit.count
    assert chosen is not None or decision.next_at is None or decision.next_at > NOON


@given(rate=RATES, queue=QUEUES, slots=SLOTS)
def test_nothing_idles_while_something_may_be_sent(
    rate: Limit, queue: list[CommandRow], slots: dict[str, list[float]]
) -> None:
    """Who is allowed and not chosen either comes later, or would put off one who waits and comes before him."""
    limits = Limits({"route": rate})
    decision = choose(queue, slots, limits, NOON)
    gone = {given_up.command.command_id for given_up in decision.given_up}
    awake = [row for row in queue if row.command_id not in gone and row.not_before <= NOON]
    allowed = [row for row in awake if limits.free_at(row.command, slots) <= NOON]
    waiting = [row for row in awake if limits.free_at(row.command, slots) > NOON]
    for row in allowed:
        if decision.chosen is None or _precedes(row, decision.chosen):
            assert any(_precedes(other, row) and _puts_off(row, other, slots, limits) for other in waiting)


def _precedes(row: CommandRow, other: CommandRow) -> bool:
    def key(one: CommandRow) -> tuple[bool, bool, tuple[bool, bool, float, float, str]]:
        return not one.high_priority, one.command not in CONNECTING, serving_order(one)

    return key(row) < key(other)


def _puts_off(row: CommandRow, waiting: CommandRow, slots: dict[str, list[float]], limits: Limits) -> bool:
    after = {window: list(instants) for window, instants in slots.items()}
    for limit in limits.of(row.command):
        after.setdefault(limit.window, []).append(NOON + held_seconds(limit))
        after[limit.window].sort()
    return limits.free_at(waiting.command, after) > limits.free_at(waiting.command, slots)


@given(rate=RATES, queue=QUEUES, slots=SLOTS)
def test_high_priority_never_waits_for_low(rate: Limit, queue: list[CommandRow], slots: dict[str, list[float]]) -> None:
    limits = Limits({"route": rate})
    chosen = choose(queue, slots, limits, NOON).chosen
    high_alone = choose([row for row in queue if row.high_priority], slots, limits, NOON).chosen
    if high_alone is not None:
        assert chosen == high_alone


@given(queue=QUEUES.filter(lambda queue: len(queue) <= 5), slots=SLOTS)
def test_the_order_of_the_candidates_does_not_matter(queue: list[CommandRow], slots: dict[str, list[float]]) -> None:
    decisions = [choose(order, slots, LIMITS, NOON) for order in permutations(queue)]
    assert len({decision.chosen.command_id if decision.chosen else "" for decision in decisions}) == 1
    assert len({frozenset(reasons(decision).items()) for decision in decisions}) == 1
    assert len({decision.next_at for decision in decisions}) == 1


@given(deadlines=st.lists(st.floats(0.01, 20).map(lambda seconds: round(seconds, 2)), min_size=1, max_size=7))
def test_of_those_who_come_at_once_as_many_are_kept_as_anybody_could_keep(deadlines: list[float]) -> None:
    """The exchange argument, by brute force over every order."""
    queue = [queued(f"c-{number}", deadline=NOON + after) for number, after in enumerate(deadlines)]
    assert _kept(queue) == max(_kept_in_order(order) for order in permutations(deadlines))


def _kept(queue: list[CommandRow]) -> int:
    now, kept, slots = NOON, 0, dict[str, list[float]]()
    while queue:
        decision = choose(queue, slots, LIMITS, now)
        gone = {given_up.command.command_id for given_up in decision.given_up}
        if decision.chosen is not None:
            kept += 1
            gone.add(decision.chosen.command_id)
            slots = {limit.window: [now + held_seconds(limit)] for limit in LIMITS.of("route")}
        else:
            now = decision.next_at or now
        queue = [row for row in queue if row.command_id not in gone]
    return kept


def _kept_in_order(deadlines: tuple[float, ...]) -> int:
    now, kept = NOON, 0
    for after in deadlines:
        if now < NOON + after:
            kept, now = kept + 1, now + held_seconds(LIMITS.of("route")[1])
    return kept
