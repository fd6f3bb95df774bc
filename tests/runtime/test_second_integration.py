"""Somebody else uses the same key: a strict PBX counts his routes and ours in one window, and neither may starve."""

from collections import Counter, deque
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from router.history.journal import QUEUED
from router.runtime.limits.adaptive_share import share_at
from router.runtime.outbound_ports import Answer, Departure
from tests.runtime.outbox import ACCEPTED, NOON, PretendPbx, queued
from tests.runtime.test_dispatch import House

SECONDS = 300.0
OVER_LIMIT = Answer(kind="limited", status=503)


class SharedPbx(PretendPbx):
    """Lets one route through in two seconds, whoever sends it; the other one sends every `theirs` seconds."""

    def __init__(self, house: House, theirs: float) -> None:
        super().__init__(house.clock)
        self.clock = house.clock
        self.every = theirs
        self.next_of_theirs = NOON + 0.7
        self.let_through: deque[float] = deque(maxlen=1)
        self.counts: Counter[str] = Counter()

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        self.clock.at = max(self.clock.at, departure.at)
        self.catch_up()
        return ACCEPTED if self.take("ours", self.clock.at) else OVER_LIMIT

    def catch_up(self) -> None:
        """The other one comes again a little later when he was refused."""
        while self.next_of_theirs <= self.clock.at:
            at = self.next_of_theirs
            self.next_of_theirs = at + (self.every if self.take("theirs", at) else 0.53)

    def take(self, whose: str, at: float) -> bool:
        passes = not self.let_through or at - self.let_through[0] >= 2.0
        if passes:
            self.let_through.append(at)
        self.counts[f"{whose} {'let through' if passes else 'refused'}"] += 1
        return passes


def shared_time(theirs: float) -> tuple[Counter[str], float]:
    """What happened in SECONDS of backlog on our side, and our share of the window in the end."""
    house = House()
    pbx = house.pbx = SharedPbx(house, theirs)
    house.dispatcher = house.another()
    house.put(*(queued(f"c-{number}", deadline=None) for number in range(200)))
    house.run(until=NOON + SECONDS)
    pbx.catch_up()
    return pbx.counts, share_at(house.share("route"), house.clock.at)


@pytest.mark.parametrize("theirs", [3.0, 7.0, 20.0])
def test_both_get_on_and_few_are_refused(theirs: float, monkeypatch: pytest.MonkeyPatch) -> None:
    counts, share = shared_time(theirs)
    assert share < 1.0
    assert counts["ours refused"] <= 20 < counts["ours let through"]
    assert counts["theirs let through"] >= 0.65 * SECONDS / theirs
    monkeypatch.setattr("router.runtime.limits.adaptive_share.KEPT", 1.0)
    stubborn, _ = shared_time(theirs)
    assert stubborn["theirs let through"] < counts["theirs let through"], "who does not give way starves the other"


def test_a_window_that_nobody_else_uses_any_more_is_ours_again() -> None:
    house = House(OVER_LIMIT, ACCEPTED)
    house.put(*(queued(f"c-{number}", deadline=None) for number in range(60)))
    house.run(until=NOON + 130)
    late = [at for at, _ in house.pbx.sent if at > NOON + 60]
    assert share_at(house.share("route"), house.clock.at) == 1.0
    assert all(later - earlier < 2.1 for earlier, later in pairwise(late))


def test_a_share_outlives_its_process_and_holds_for_all() -> None:
    house = House(OVER_LIMIT, ACCEPTED)
    house.put(queued("c-1", deadline=None), queued("c-2", deadline=None), queued("c-3", deadline=None))
    house.dispatcher.run_once()
    house.dispatcher = house.another()
    house.run(until=NOON + 20)
    first, second, third, fourth = (at - NOON for at, _ in house.pbx.sent)
    assert (first, second) == (0.0, pytest.approx(2.002, abs=0.01))
    assert third - second > 3.5
    assert fourth - third > 3.0


def test_every_row_ends_although_all_is_refused_for_a_while() -> None:
    house = House(*[OVER_LIMIT] * 5, ACCEPTED)
    house.put(queued("c-1", deadline=NOON + 60), queued("c-2", "play/start", deadline=NOON + 60))
    house.run(until=NOON + 60)
    assert {house.row("c-1").state, house.row("c-2").state}.isdisjoint({QUEUED})
