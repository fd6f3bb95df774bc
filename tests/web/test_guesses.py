"""Wrong tokens: how long a sender waits, and what is forgotten."""

from ipaddress import ip_address

from router.web.token_guesses import FREE_GUESSES, SENDERS_KEPT, Guesses

STRANGER = ip_address("203.0.113.7")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_each_wrong_token_doubles_the_wait_up_to_a_minute() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    for _ in range(FREE_GUESSES):
        guesses.was_wrong(STRANGER)
        assert guesses.wait_seconds(STRANGER) == 0
    waits = []
    for _ in range(9):
        guesses.was_wrong(STRANGER)
        waits.append(guesses.wait_seconds(STRANGER))
        clock.now += waits[-1]
        assert guesses.wait_seconds(STRANGER) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_right_token_or_ten_minutes_make_good() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    for _ in range(FREE_GUESSES):
        guesses.was_wrong(STRANGER)
    guesses.was_right(STRANGER)
    guesses.was_wrong(STRANGER)
    assert guesses.wait_seconds(STRANGER) == 0
    for _ in range(FREE_GUESSES - 1):
        guesses.was_wrong(STRANGER)
    clock.now += 601
    guesses.was_wrong(STRANGER)
    assert guesses.wait_seconds(STRANGER) == 0


def test_one_network_is_one_sender_and_memory_is_bounded() -> None:
    guesses = Guesses(Clock())
    for number in range(FREE_GUESSES + 1):
        guesses.was_wrong(ip_address(f"2001:db8::{number + 1:x}"))
    assert guesses.wait_seconds(ip_address("2001:db8::ffff")) == 1
    assert guesses.wait_seconds(ip_address("2001:db8:0:1::1")) == 0
    for number in range(SENDERS_KEPT):
        guesses.was_wrong(ip_address(number))
    assert guesses.wait_seconds(ip_address("2001:db8::1")) == 0
