"""The traffic of the benchmark is what it says: ordered, signed, unique, and evaluated by its flow."""

from collections import Counter

import pytest

from bench.servers import RESOURCES, flow
from bench.traffic import CAUSED, KEY, SALT, call_events, calls, mark, woven
from router.flow.loader import load
from router.protocol.envelope import decode_form, open_envelope
from router.protocol.sign import is_signed


def test_counters_of_each_leg_rise_from_one() -> None:
    seqs: dict[tuple[str, str], list[int]] = {}
    for path, payload in call_events("x"):
        if "seq" in payload:
            seqs.setdefault((path, payload["call_id"]), []).append(payload["seq"])
    assert sorted(seqs.values()) == [[1], [1, 2], [1, 2, 3]]


def test_the_same_seed_makes_the_same_requests() -> None:
    assert calls("x", 3) == calls("x", 3)


def test_requests_are_signed() -> None:
    head, _, body = calls("x", 1)[0][0].data.partition(b"\r\n\r\n")
    envelope = open_envelope(decode_form(body, "application/x-www-form-urlencoded"))
    assert head.startswith(b"POST /events/call HTTP/1.1\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert envelope.sign is not None
    assert is_signed(KEY.encode(), envelope.json, envelope.sign, (SALT,))


def test_about_two_in_a_hundred_come_twice() -> None:
    requests = [request for call in calls("x", 1000) for request in call]
    events = 1000 * len(call_events("x"))
    twice = [data for data, count in Counter(request.data for request in requests).items() if count == 2]
    assert len(requests) - events == len(twice)
    assert 0.015 < len(twice) / events < 0.025


def test_a_duplicate_bears_no_mark() -> None:
    marks = Counter(request.mark for call in calls("x", 500) for request in call if request.mark)
    assert set(marks.values()) == {1}
    assert marks.keys() == {mark(command, f"call-x-{number}") for number in range(500) for command in CAUSED.values()}


def test_woven_calls_take_turns_and_keep_their_order() -> None:
    played = calls("x", 5)
    order = list(woven(played, 2))
    assert sorted(order) == sorted(request for call in played for request in call)
    for call in played:
        assert [request for request in order if request in call] == call
    assert order[:2] == [played[0][0], played[1][0]]


@pytest.mark.parametrize("commands", [False, True])
def test_the_flow_is_accepted(commands: bool) -> None:
    text = flow(commands=commands, more_steps=14)
    loaded = load({"main.yaml": text.encode(), "resources.yaml": RESOURCES.encode()})
    assert loaded.bundle is not None
    assert len(loaded.bundle.flows["main"].steps) == 20
