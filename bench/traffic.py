"""Signed requests, made ahead, so that sending them costs the load generator next to nothing.

A call is what a router sees most: it appears in the menu, a key is pressed, the group it is routed to rings, answers
and hangs up, and the summary comes. What always holds: a call's requests are in the order of its counters, ids are
unique, and a share of the requests comes twice, as from the PBX.
"""

import random
import time
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from router.protocol.envelope import encode_form

KEY = "bench-key"
SALT = "bench-salt"
LINE = "74950000000"
CALLER = "79000000001"
GROUP = "303"
DUPLICATES = 0.02
TIMESTAMP = int(time.time())  # an event that is hours old is taken by no flow
TIMES = dict.fromkeys(("create_time", "forward_time", "talk_time", "end_time"), TIMESTAMP)

Event = tuple[str, dict[str, Any]]
"""Where it is posted (`events/call`), and its json."""


class Request(NamedTuple):
    """A whole HTTP request on a connection that is kept."""

    data: bytes
    mark: str  # the command that the router makes of it, as `mark` names it; "" if none


def mark(command: str, call_id: str) -> str:
    """One command of one call, by the same name in the generator and in the sink."""
    return f"{command} {call_id}"


def call_events(name: str) -> list[Event]:
    """The events of one call, in order; §3.1.1, §3.1.4, §3.1.5."""
    entry_id, first, second = f"entry-{name}", f"call-{name}", f"call-{name}-2"
    caller = {"number": CALLER}
    line = {"number": LINE, "line_number": LINE}
    in_menu = {"from": caller, "to": line, "location": "ivr"}
    at_group = {
        "from": {**caller, "taken_from_call_id": first},
        "to": {"extension": "29", "number": "sip:user@example.org", "line_number": LINE, "acd_group": GROUP},
        "location": "abonent",
    }
    ids = {"entry_id": entry_id, "timestamp": TIMESTAMP}
    ended = {"call_state": "Disconnected", "disconnect_reason": 1110}
    return [
        ("events/call", {**ids, "call_id": first, "seq": 1, "call_state": "Appeared", **in_menu}),
        ("events/dtmf", {**ids, "call_id": first, "seq": 1, "dtmf": "1", "location": "ivr", "initiator": CALLER}),
        ("events/call", {**ids, "call_id": second, "seq": 1, "call_state": "Appeared", **at_group}),
        ("events/call", {**ids, "call_id": first, "seq": 2, **ended, **in_menu}),
        ("events/call", {**ids, "call_id": second, "seq": 2, "call_state": "Connected", **at_group}),
        ("events/call", {**ids, "call_id": second, "seq": 3, **ended, **at_group}),
        (
            "events/summary",
            {
                "entry_id": entry_id,
                "call_direction": 1,
                "from": caller,
                "to": line,
                **TIMES,
                "entry_result": 1,
                "disconnect_reason": 1110,
            },
        ),
    ]


CAUSED = {0: "play/start", 1: "route"}
"""The commands that a call's first events make the router send, where the flow has any."""


def as_request(event: Event, caused: str = "") -> Request:
    path, payload = event
    body = encode_form(KEY, SALT, payload)
    head = (
        f"POST /{path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return Request(head.encode() + body, mark(caused, payload["call_id"]) if caused else "")


def calls(prefix: str, count: int, seed: int = 1) -> list[list[Request]]:
    """`count` calls, each a list of requests in their order."""
    chance = random.Random(seed)
    return [list(_with_duplicates(call_events(f"{prefix}-{number}"), chance)) for number in range(count)]


def _with_duplicates(events: list[Event], chance: random.Random) -> Iterator[Request]:
    for number, event in enumerate(events):
        request = as_request(event, CAUSED.get(number, ""))
        yield request
        if chance.random() < DUPLICATES:
            yield Request(request.data, "")


def woven(played: list[list[Request]], width: int) -> Iterable[Request]:
    """Calls that go on at the same time: `width` of them take turns, then the next ones do."""
    for start in range(0, len(played), width):
        for turn in zip_longest(*played[start : start + width]):
            yield from (request for request in turn if request is not None)
