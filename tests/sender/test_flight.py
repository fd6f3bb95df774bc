"""When a request leaves, and what its journey tells: held by its instant, and a connection that lives."""

import threading
from math import inf
from time import monotonic

import pytest

from router.runtime.outbound_ports import Departure, Trip
from router.sender.command_sender import HttpSender
from router.sender.timed_request import Flight, TooLateError
from tests.sender.test_http import PARAMS, Line, reply, sender_to, serve

__all__ = ["serve"]

SOON = 0.05


def test_a_request_leaves_at_its_instant_and_not_before() -> None:
    at = monotonic() + SOON
    Flight(Departure(at=at, latest=inf)).depart()
    assert monotonic() >= at


def test_what_is_too_late_does_not_leave() -> None:
    with pytest.raises(TooLateError):
        Flight(Departure(at=0.0, latest=monotonic() - 1.0)).depart()


def test_an_answer_tells_of_its_trip(serve: type[Line]) -> None:
    line = serve(reply("200 OK"))
    before = monotonic()
    answer = sender_to(line.url).send("clinic", "route", PARAMS, Departure(at=before + SOON, latest=inf))
    trip = answer.trip
    assert trip is not None
    assert before + SOON <= trip.left <= trip.came <= monotonic()


def test_a_late_request_is_not_sent(serve: type[Line]) -> None:
    line = serve(reply("200 OK"))
    answer = sender_to(line.url).send("clinic", "route", PARAMS, Departure(at=0.0, latest=monotonic() - 1.0))
    assert (answer.kind, answer.trip) == ("not_sent", None)
    assert line.requests == []


def test_a_connection_that_is_dropped_while_its_instant_is_waited_for_is_made_anew(serve: type[Line]) -> None:
    line = serve(reply("200 OK"), reply("200 OK"), keep_alive=False)
    sender = sender_to(line.url)
    kinds = [sender.send("clinic", "sms", PARAMS, Departure(at=monotonic() + SOON, latest=inf)).kind for _ in range(2)]
    assert kinds == ["accepted", "accepted"]


def test_only_a_connection_that_the_peer_ended_is_over(serve: type[Line]) -> None:
    hung_up, silent = serve(None), serve(b"HTTP/1.1 200 OK\r\n")
    now = Departure(at=0.0, latest=inf)
    ended = sender_to(hung_up.url).send("clinic", "route", PARAMS, now)
    timed_out = sender_to(silent.url, read_seconds=0.1).send("clinic", "route", PARAMS, now)
    assert (ended.kind, ended.over) == ("unclear", True)
    assert (timed_out.kind, timed_out.over) == ("unclear", False)


def test_threads_have_flights_of_their_own(serve: type[Line]) -> None:
    lines = [serve(reply("200 OK")) for _ in range(3)]
    trips: list[Trip | None] = [None] * 3

    def send(number: int) -> None:
        sender: HttpSender = sender_to(lines[number].url)
        at = monotonic() + number * SOON
        trips[number] = sender.send("clinic", "route", PARAMS, Departure(at=at, latest=inf)).trip

    threads = [threading.Thread(target=send, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = [trip.left for trip in trips if trip is not None]
    assert left == sorted(left)
    assert len(left) == 3
