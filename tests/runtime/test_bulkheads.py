"""Places on the wire: who gets them when receivers hang."""

from router.runtime.outbox.bulkheads import FRESH, OVERDUE_SECONDS, PROBES, SENDERS, Bulkheads


class Wire:
    def __init__(self) -> None:
        self.at = 0.0
        self.bulkheads = Bulkheads(SENDERS, lambda: self.at)

    def enter(self, account: str) -> int:
        return self.bulkheads.enter(account)

    def answer(self, account: str, entered: float = 0.0) -> None:
        self.bulkheads.returned(account, entered, answered=True)

    def make_sound(self, *accounts: str) -> None:
        for account in accounts:
            assert self.enter(account) == 1
            self.answer(account, self.at)


def test_who_has_not_answered_yet_has_one_place_and_then_its_share() -> None:
    wire = Wire()
    assert [wire.enter("clinic"), wire.enter("clinic")] == [1, 0]
    wire.answer("clinic")
    assert [wire.enter("clinic"), wire.enter("clinic")] == [SENDERS, 0]
    wire.bulkheads.leave("clinic", 3)
    assert wire.enter("clinic") == 3


def test_an_account_that_hangs_gets_no_further_places_and_then_a_probe() -> None:
    wire = Wire()
    wire.make_sound("clinic")
    assert wire.enter("clinic") == SENDERS
    wire.bulkheads.leave("clinic", 2)
    wire.at = OVERDUE_SECONDS + 0.1
    assert wire.enter("clinic") == 0, "two hang"
    for _ in range(2):
        wire.bulkheads.returned("clinic", 0.0, answered=False)
    assert [wire.enter("clinic"), wire.enter("clinic")] == [1, 0]
    wire.answer("clinic", wire.at)
    assert wire.enter("clinic") == SENDERS, "it is well again"


def test_a_late_answer_is_not_a_sound_one() -> None:
    wire = Wire()
    wire.make_sound("clinic")
    wire.enter("clinic")
    wire.bulkheads.leave("clinic", SENDERS - 1)
    wire.at = 5.0
    wire.answer("clinic", 0.0)
    assert wire.enter("clinic") == 1


def test_those_that_hang_take_no_place_of_the_others() -> None:
    wire = Wire()
    wire.make_sound("healthy")
    dead = [f"dead-{number}" for number in range(PROBES + 5)]
    assert sum(map(wire.enter, dead)) == PROBES
    assert wire.enter("healthy") == SENDERS


def test_whoever_begins_to_hang_frees_the_place_of_a_sound_one() -> None:
    wire = Wire()
    sound = [f"sound-{number}" for number in range(FRESH // SENDERS + 1)]
    wire.make_sound(*sound)
    assert sum(map(wire.enter, sound)) == FRESH
    assert wire.enter(sound[-1]) == 0
    wire.at = OVERDUE_SECONDS + 0.1
    assert wire.enter(sound[-1]) == SENDERS
