"""`python -m bench.fuzz [--requests N] [--seed N]`: bad requests against the whole webhook, in this process.

Every request is bad for certain: a wrong sign, an envelope that lacks something, a signed body that is no JSON or says
what no notification may say, or bytes that are hardly HTTP. So none may be answered 200 or 5xx, and the database must
be the same afterwards. Bytes are cut into pieces at random and go the way that they go in a worker: the plain ones
by the fast path, the others through gunicorn's parser. The same seed makes the same requests.
"""

import argparse
import hashlib
import random
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus

import msgspec
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.wsgi import create
from rich.console import Console

from bench.inside import BATCH, FORM, Inside, posted, router_inside
from bench.traffic import KEY, SALT, call_events
from router.protocol.sign import sign
from router.serving.gunicorn_request import CutRequestParser, status_of
from router.serving.http_parser import Limits, Refused
from router.serving.requests import Incoming, PlainRequest

REQUESTS: Final = 1_000_000
CLOSED: Final = 0
"""Stands for the status where the connection is closed, or waits until its time is over: nothing whole came."""

_GUNICORN: Final = Config()
_LIMITS: Final = Limits()
_ACCOUNT: Final = f"{KEY}-0"
_EVENTS: Final = call_events("fuzz")
_UNFIT: Final[tuple[Any, ...]] = (
    None,
    "",
    [],
    {},
    [1],
    {"a": 1},
    True,
    -1,
    1.5,
    "\x00",
    "x" * 300,
    2**60,
    "\u2028",
    "é\x1b[2J",
)
_NEEDED: Final = {
    "events/call": ("entry_id", "call_id", "seq", "call_state"),
    "events/dtmf": ("entry_id", "call_id", "seq", "dtmf"),
}

_STRANGE_HEADERS: Final = (
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Content-Length: 5", b"Content-Length: -1",
    b"Content-Length: 1e3", b" folded", b"X\x00: y", b"No colon", b"Expect: 100-continue", b"Connection: upgrade",
    b"X: " + b"y" * 9000, b"X-Forwarded-For: " + b"1.2.3.4, " * 50,
)  # fmt: skip

Bad = Callable[[random.Random], bytes]


def _request(path: str, body: bytes, content_type: str = FORM) -> bytes:
    head = f"POST /{path} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


def _form(json_text: bytes, signature: bytes, key: bytes = _ACCOUNT.encode()) -> bytes:
    return b"vpbx_api_key=" + key + b"&sign=" + signature + b"&json=" + quote_plus(json_text).encode()


def _signed(json_text: bytes) -> bytes:
    digest = hashlib.sha256(_ACCOUNT.encode() + json_text + SALT.encode()).hexdigest()
    return _form(json_text, digest.encode())


def wrong_sign(chance: random.Random) -> bytes:
    path, payload = chance.choice(_EVENTS)
    text = msgspec.json.encode(payload)
    signature = chance.choice([b"", b"x", sign(_ACCOUNT, "{}", SALT).encode(), chance.randbytes(8).hex().encode()])
    return _request(path, _form(text, signature))


def unknown_key(chance: random.Random) -> bytes:
    path, payload = chance.choice(_EVENTS)
    return _request(path, _form(msgspec.json.encode(payload), b"x", chance.randbytes(6).hex().encode()))


def broken_envelope(chance: random.Random) -> bytes:
    """A right body, cut off or with bytes changed where the sign covers them."""
    whole = posted(chance.choice(_EVENTS)).body
    if chance.random() < 0.5:
        return _request("events/call", whole[: chance.randrange(len(whole))])
    place = chance.randrange(whole.index(b"json=") + 5, len(whole))
    changed = bytes([whole[place] ^ 1 << chance.randrange(8)])
    return _request("events/call", whole[:place] + b"Q" + changed + whole[place + 1 :])


def no_json(chance: random.Random) -> bytes:
    text = msgspec.json.encode(chance.choice(_EVENTS)[1])
    broken = chance.choice(
        [text[: chance.randrange(1, len(text))], b"[" * 5000, b"null", b"[]", b'"x"', b"\xff\xfe", b"{}{}", b""]
    )
    return _request("events/call", _signed(broken))


def unfit_field(chance: random.Random) -> bytes:
    """Signed, and a parameter that must be there is missing, or is what it can never be."""
    path, payload = chance.choice([event for event in _EVENTS if event[0] in _NEEDED])
    name, fields = chance.choice(_NEEDED[path]), dict(payload)
    if chance.random() < 0.3:
        del fields[name]
    else:
        fields[name] = chance.choice(_UNFIT)
        if isinstance(fields[name], float | int) and name != "seq":
            fields[name] = [fields[name]]  # a number is a good identifier
    return _request(path, _signed(msgspec.json.encode(fields)))


def strange_multipart(chance: random.Random) -> bytes:
    boundary = chance.choice(["x", "", "y" * 80, "é"])
    parts = b"--x\r\nContent-Disposition: form-data; name=json\r\n\r\n" + chance.randbytes(20)
    return _request("events/call", parts, f"multipart/form-data; boundary={boundary}")


def strange_method(chance: random.Random) -> bytes:
    method = chance.choice([b"GET", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"FOO", b"post"])
    return _request("events/call", b"").replace(b"POST", method, 1)


def strange_path(chance: random.Random) -> bytes:
    path = chance.choice(
        ["events/", "events/%00", "result/", "events/../ping/x", "events/" + "a" * 300, "events/call?x"]
    )
    return _request(path, _form(b"{}", b"x"))


def strange_head(chance: random.Random) -> bytes:
    """Headers that change or contradict the framing."""
    whole = wrong_sign(chance)
    added = chance.choice(_STRANGE_HEADERS)
    return whole.replace(b"Host: x", b"Host: x\r\n" + added, 1)


def noise(chance: random.Random) -> bytes:
    whole = bytearray(wrong_sign(chance))
    for _ in range(chance.randrange(1, 6)):
        whole[chance.randrange(min(len(whole), 80))] = chance.randrange(256)
    return bytes(whole) if chance.random() < 0.9 else chance.randbytes(chance.randrange(1, 200))


KINDS: Final[Mapping[str, Bad]] = {
    bad.__name__: bad
    for bad in (
        wrong_sign, unknown_key, broken_envelope, no_json, unfit_field, strange_multipart, strange_method, strange_path,
        strange_head, noise,
    )
}  # fmt: skip


def _arrived(data: bytes, chance: random.Random) -> tuple[Incoming, bool]:
    """What a worker has of a request that came in some pieces, and whether that is all of it. Raises Refused."""
    incoming, start, whole = Incoming(_LIMITS), 0, False
    cuts = sorted(chance.randrange(1, len(data)) for _ in range(chance.choice([0, 0, 1, 3])) if len(data) > 1)
    for cut in (*dict.fromkeys(cuts), len(data)):
        incoming.add(data[start:cut])
        whole = incoming.is_whole()
        start = cut
        if whole:
            incoming.add(data[start:])
            break
    return incoming, whole


class _Deaf:
    """The socket of a peer that reads nothing."""

    def send(self, data: bytes) -> int:
        return len(data)


def _through_gunicorn(inside: Inside, head: bytes, body: bytes) -> int:
    """Through gunicorn's parser and WSGI, as a thread of the pool does it."""
    statuses: list[int] = []
    try:
        request = next(CutRequestParser(_GUNICORN, ("127.0.0.1", 1), head, body))
        _, environ = create(request, _Deaf(), ("127.0.0.1", 1), ("127.0.0.1", 80), _GUNICORN)
    except ParseException as error:
        return status_of(error)

    def start_response(status: str, _headers: Any, _exception: Any = None) -> Callable[[bytes], object]:
        statuses.append(int(status[:3]))
        return lambda _data: None

    list(inside.app(environ, start_response))
    return statuses[0]


def run(inside: Inside, count: int, seed: int) -> Counter[tuple[str, int]]:
    """(kind, status) -> how often."""
    chance, seen = random.Random(seed), Counter[tuple[str, int]]()
    names = list(KINDS)
    plain: list[tuple[str, PlainRequest]] = []
    for _ in range(count):
        name = chance.choice(names)
        try:
            incoming, whole = _arrived(KINDS[name](chance), chance)
        except Refused as refused:
            seen[name, refused.status] += 1
            continue
        if not whole:
            seen[name, CLOSED] += 1
        elif (request := incoming.take_plain("127.0.0.1", inside.webhook.takes)) is not None:
            plain.append((name, request))
        else:
            seen[name, _through_gunicorn(inside, *incoming.take())] += 1
        if len(plain) == BATCH:
            seen.update(zip([kind for kind, _ in plain], inside.answer([one for _, one in plain]), strict=True))
            plain.clear()
    seen.update(zip([kind for kind, _ in plain], inside.answer([one for _, one in plain]), strict=True))
    return seen


def state(database: Path) -> dict[str, tuple[int, str]]:
    """Each table with its number of rows and a hash of them."""
    with sqlite3.connect(database) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for table in tables:
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()
            found[table] = len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()
        return found


def faults(seen: Counter[tuple[str, int]]) -> list[tuple[str, int]]:
    """What must not be: a bad request that was taken, or one that was our fault."""
    return [(kind, status) for kind, status in seen if status == 200 or status >= 500]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="ivr-fuzz-") as directory, router_inside(Path(directory) / "x") as inside:
        inside.answer([posted(event) for event in _EVENTS])
        before, began = state(Path(directory) / "x" / "ivr.db"), time.perf_counter()
        seen = run(inside, arguments.requests, arguments.seed)
        seconds = time.perf_counter() - began
        changed = [name for name, rows in state(Path(directory) / "x" / "ivr.db").items() if before[name] != rows]
    for (kind, status), times in sorted(seen.items()):
        console.print(f"{kind:20} {status or 'not whole':>10} {times:10}")
    told = f"200 or 5xx: {faults(seen) or 'none'}; changed: {changed or 'nothing'}"
    console.print(f"{seen.total()} requests in {seconds:.0f} s; {told}")
    raise SystemExit(1 if faults(seen) or changed else 0)


if __name__ == "__main__":
    main()
