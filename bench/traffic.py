"""Signed requests, made ahead, so that sending them costs the load generator next to nothing.

A call is what the example flow sees most: it appears in the menu, a key is pressed, it ends, and its summary comes. A
share of the requests is sent twice, as the PBX does.
"""

import random
from collections.abc import Iterator
from typing import Any

from router.protocol.envelope import encode_form

KEY = "bench-key"
SALT = "bench-salt"
LINE = "74950000000"
DUPLICATES = 0.02
TIMESTAMP = 1_795_437_000


def call_events(name: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of one call, in order: (path, json)."""
    ids = {"entry_id": f"entry-{name}", "call_id": f"call-{name}", "timestamp": TIMESTAMP}
    ends = {"from": {"number": "79000000001"}, "to": {"number": LINE, "line_number": LINE}}
    leg = {**ids, **ends, "location": "ivr"}
    return [
        ("events/call", {**leg, "seq": 1, "call_state": "Appeared"}),
        ("events/dtmf", {**ids, "seq": 1, "dtmf": "1", "location": "ivr", "initiator": "79000000001"}),
        ("events/call", {**leg, "seq": 2, "call_state": "Disconnected", "disconnect_reason": 1110}),
        ("events/summary", {"entry_id": ids["entry_id"], **ends, "call_direction": 1, "disconnect_reason": 1110}),
    ]


def as_request(path: str, payload: dict[str, Any]) -> bytes:
    """A whole HTTP request on a connection that is kept."""
    body = encode_form(KEY, SALT, payload)
    head = (
        f"POST /{path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def calls(prefix: str, count: int, seed: int = 1) -> list[list[bytes]]:
    """`count` calls, each a list of requests in their order."""
    chance = random.Random(seed)
    return [list(_with_duplicates(call_events(f"{prefix}-{number}"), chance)) for number in range(count)]


def _with_duplicates(events: list[tuple[str, dict[str, Any]]], chance: random.Random) -> Iterator[bytes]:
    for path, payload in events:
        request = as_request(path, payload)
        yield request
        if chance.random() < DUPLICATES:
            yield request
