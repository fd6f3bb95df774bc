"""How long a command would wait: what is promised is what the scheduler then does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.catalogue.methods import Limit
from router.history.journal import CommandRow
from router.protocol.commands import LIMITED
from router.runtime.limits.limiter import Limits, held_seconds
from router.runtime.outbox.forecast import MOST_SECONDS, Asked, wait_seconds, waits
from router.runtime.outbox.round_trips import ENOUGH, GUESS, MOST_LONGEST, Pace, RoundTrips
from router.runtime.outbox.schedule import choose
from tests.runtime.outbox import NOON, queued

LIMITS = Limits()
FULL = {"route": [NOON + 1.5]}
ROUTE = Asked(command="route")


def test_nobody_waits_in_an_empty_house() -> None:
    assert waits([], {}, LIMITS, NOON) == dict.fromkeys(LIMITED, 0.0)


def test_behind_three_routes() -> None:
    found = waits([queued(f"c-{number}") for number in range(3)], FULL, LIMITS, NOON)
    assert 7.5 <= found.pop("route") <= 7.6
    assert found == {"transfer": 0.0, "hangup": 0.0, "play": 0.0}


def test_a_round_trip_is_part_of_every_turn() -> None:
    queue = [queued(f"c-{number}") for number in range(3)]
    assert wait_seconds(ROUTE, queue, FULL, LIMITS, NOON, pace=Pace(usual=0.1)) == pytest.approx(7.8, abs=0.01)


def test_a_request_on_the_wire_is_answered_as_usual() -> None:
    on_the_wire = {"route": [NOON + 9.9]}
    assert wait_seconds(ROUTE, [], on_the_wire, LIMITS, NOON, pace=Pace(usual=0.1)) == pytest.approx(2.1, abs=0.01)


def test_the_place_is_that_of_this_very_command() -> None:
    queue = [queued(f"c-{number}", deadline=NOON + 10 + number) for number in range(3)]

    def wait(**fields: object) -> float:
        return wait_seconds(Asked(command="route", **fields), queue, FULL, LIMITS, NOON)  # type: ignore[arg-type]  # the fields of the test

    assert wait(deadline=NOON + 5) == 1.5
    assert wait(deadline=NOON + 10.5) == pytest.approx(3.5, abs=0.01)
    assert wait(deadline=NOON + 90, high_priority=True) == 1.5
    assert wait(deadline=NOON + 5, buyable=True) == pytest.approx(7.5, abs=0.01)
    assert wait(command_id="c-1") == pytest.approx(3.5, abs=0.01)


def test_those_who_give_up_make_room_and_those_who_are_held_do_not() -> None:
    gone = [queued(f"c-{number}", deadline=NOON + 3) for number in range(9)]
    assert 3.0 <= wait_seconds(ROUTE, gone, FULL, LIMITS, NOON) <= 3.6
    held = [queued(f"c-{number}", deadline=NOON + 3, buyable=True) for number in range(9)]
    last = Asked(command="route", deadline=NOON + 4, buyable=True)
    assert wait_seconds(last, held, FULL, LIMITS, NOON) == pytest.approx(19.5, abs=0.1)


def test_the_overall_window_is_shared_and_dear_commands_come_first_in_it() -> None:
    queue = [queued(f"c-{number}", "play/start") for number in range(25)]
    found = waits(queue, {"all": [NOON + 0.5] * 10}, LIMITS, NOON)
    assert found["route"] == found["transfer"] == 0.5
    assert 2.4 <= found["play"] <= 2.6


def test_a_pause_is_waited_for() -> None:
    assert waits([], {}, LIMITS, NOON, paused_until=NOON + 4) == dict.fromkeys(LIMITED, 4.0)
    assert wait_seconds(ROUTE, [], {}, LIMITS, NOON, paused_until=NOON + 1e9) == MOST_SECONDS


def test_a_command_that_may_not_go_yet_holds_up_nobody() -> None:
    resting = [queued("c-1", not_before=NOON + 5)]
    assert waits(resting, {}, LIMITS, NOON) == dict.fromkeys(LIMITED, 0.0)
    assert wait_seconds(Asked(command="route", command_id="c-1"), resting, {}, LIMITS, NOON) == 5.0


RATES = st.builds(Limit, window=st.just("route"), count=st.integers(1, 3), seconds=st.sampled_from([0.5, 2.0]))
QUEUES = st.lists(
    st.builds(
        lambda number, kind, deadline, high, buyable: queued(
            f"c-{number}", kind, deadline=deadline, high_priority=high, buyable=buyable
        ),
        st.integers(0, 10**6),
        st.sampled_from(["route", "transfer", "play/start", "sms", "call/hangup"]),
        st.none() | st.floats(NOON + 1, NOON + 40),
        st.booleans(),
        st.booleans(),
    ),
    max_size=30,
    unique_by=lambda row: row.command_id,
)
SLOTS = st.dictionaries(
    st.sampled_from(["route", "transfer", "all", "call/hangup"]),
    st.lists(st.floats(NOON + 0.001, NOON + 0.4), max_size=12).map(sorted),
)


@given(rate=RATES, queue=QUEUES, slots=SLOTS, kind=st.sampled_from(list(LIMITED.values())))
def test_what_is_promised_is_what_then_happens(
    rate: Limit, queue: list[CommandRow], slots: dict[str, list[float]], kind: str
) -> None:
    limits = Limits({"route": rate})
    promised = wait_seconds(Asked(command=kind), queue, slots, limits, NOON)
    mine = queued("mine", kind, deadline=None, queued=NOON + 1)
    assert abs(promised - _played([*queue, mine], slots, limits)) < 1e-6


def _played(queue: list[CommandRow], slots: dict[str, list[float]], limits: Limits) -> float:
    """When `choose` itself gets to "mine", answers taking no time; who can be held is held for as long as it takes."""
    occupied = {window: sorted(instants) for window, instants in slots.items()}
    now = NOON
    while True:
        held = [_held(row) if row.buyable else row for row in queue]
        decision = choose(held, occupied, limits, now)
        gone = {given_up.command.command_id for given_up in decision.given_up}
        if decision.chosen is None:
            now = now if decision.given_up or decision.next_at is None else decision.next_at
        elif decision.chosen.command_id == "mine":
            return now - NOON
        else:
            gone.add(decision.chosen.command_id)
            for limit in limits.of(decision.chosen.command):
                occupied.setdefault(limit.window, []).append(now + held_seconds(limit))
                occupied[limit.window].sort()
        queue = [row for row in queue if row.command_id not in gone]


def _held(row: CommandRow) -> CommandRow:
    return queued(
        row.command_id, row.command, deadline=row.deadline, high_priority=row.high_priority, buyable=True,
        bought_until=NOON + 1e6,
    )  # fmt: skip


def test_round_trips_are_guessed_until_they_are_known() -> None:
    trips = RoundTrips()
    for _ in range(ENOUGH - 1):
        trips.add("clinic", 0.02)
    assert trips.pace("clinic") == GUESS
    trips.add("clinic", 0.08)
    assert trips.pace("clinic") == Pace(usual=0.02, longest=0.08)
    assert trips.pace("shop") == GUESS
    for _ in range(100):
        trips.add("clinic", 7.0)
    assert trips.pace("clinic") == Pace(usual=7.0, longest=MOST_LONGEST)
