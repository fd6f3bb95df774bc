"""Requests are cut where gunicorn's own parser cuts them, and only plain ones take the fast path."""

from contextlib import suppress
from time import thread_time
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from router.serving.gunicorn_request import CutRequestParser
from router.serving.http_parser import Limits, Refused
from router.serving.requests import KNOWN_HEADS, MOST_KNOWN_BYTES, Incoming, PlainRequest, _read_lately

PLAIN = b"POST /events/call HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 4\r\n\r\nbody"
LIMITS = Limits(body=4096)


def incoming(*chunks: bytes, limits: Limits = LIMITS) -> Incoming:
    found = Incoming(limits)
    for chunk in chunks:
        found.add(chunk)
    return found


def plain(data: bytes) -> PlainRequest | None:
    found = incoming(data)
    return found.take_plain("10.0.0.1", lambda path: True) if found.is_whole() else None


def refusal(data: bytes, limits: Limits = LIMITS) -> int:
    """The status that the worker refuses these bytes with; 0 when it does not."""
    try:
        incoming(data, limits=limits).is_whole()
    except Refused as refused:
        return refused.status
    return 0


def by_gunicorn(data: bytes) -> tuple[str, str, bytes]:
    """(method, path, body) of the first request as gunicorn reads it."""
    request = next(RequestParser(Config(), iter([data]), ("10.0.0.1", 1)))
    return request.method, request.path, request.body.read()


def test_plain_request() -> None:
    found = plain(PLAIN.replace(b"Host: x", b"X-Forwarded-For: 1.2.3.4, 5.6.7.8\r\nconnection: Close"))
    assert found == PlainRequest(
        path="/events/call", content_type="a/b", forwarded_for="1.2.3.4, 5.6.7.8", peer="10.0.0.1", keeps=False,
        body=b"body",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("version", "said", "keeps"),
    [
        (b"HTTP/1.1", b"", True),
        (b"HTTP/1.1", b"Connection: keep-alive\r\n", True),
        (b"HTTP/1.1", b"Connection: close\r\n", False),
        (b"HTTP/1.0", b"", False),
        (b"HTTP/1.0", b"Connection: Keep-Alive\r\n", True),
        (b"HTTP/1.0", b"Connection: close\r\n", False),
    ],
)
def test_whether_the_connection_stays(version: bytes, said: bytes, keeps: bool) -> None:
    found = plain(PLAIN.replace(b"HTTP/1.1\r\n", version + b"\r\n" + said))
    assert found is not None
    assert found.keeps is keeps


@pytest.mark.parametrize("cut", range(1, len(PLAIN)))
def test_whole_only_with_its_last_byte(cut: int) -> None:
    found = incoming(PLAIN[:cut])
    assert not found.is_whole()
    found.add(PLAIN[cut:])
    assert found.is_whole()


def test_pipelined_requests_come_one_after_the_other() -> None:
    found = incoming(PLAIN + PLAIN.replace(b"body", b"BODY") + PLAIN[:20])
    bodies = []
    while found.is_whole():
        request = found.take_plain("", lambda path: True)
        assert request is not None
        bodies.append(request.body)
    assert bodies == [b"body", b"BODY"]
    assert found.buffer == PLAIN[:20]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"POST", b"GET"),
        (b"POST", b"post"),
        (b"HTTP/1.1", b"HTTP/1.2"),
        (b"/events/call", b"/events/c%61ll"),
        (b"/events/call", b"/events/call?x=1"),
        (b"/events/call", b"http://x/events/call"),
        (b"Host: x", b"Ho_st: x"),
        (b"Host: x", b"Host: x\r\nhost: y"),
        (b"Host: x", b"Expect: 100-continue"),
        (b"Host: x", b"Upgrade: h2c"),
        (b"Host: x", b"Connection: upgrade"),
        (b"Content-Length: 4\r\n", b""),
        (b"Host: x", b"X: " + b"x" * 8180),
        (b"Content-Length: 4", b"Content-Length: 0000000000000000004"),
    ],
)
def test_all_else_is_left_to_gunicorn(old: bytes, new: bytes) -> None:
    assert old in PLAIN
    data = PLAIN.replace(old, new, 1)
    assert plain(data) is None
    assert refusal(data) == 0


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"HTTP/1.1", b"HTTP/2", 400),
        (b"HTTP/1.1", b"HTTP/1.1 ", 400),
        (b"Host: x", b"Host: x\r\n folded", 400),
        (b"Host: x", b"Host: x\nFoo: y", 400),
        (b"Host: x", b"Host : x", 400),
        (b"Host: x", b"Host: x\x00", 400),
        (b"Host: x", b"Host", 400),
        (b"Host: x", b"Transfer-Encoding: gzip", 400),
        (b"Host: x", b"Transfer-Encoding: chunked", 400),
        (b"Host: x", b"Content-Length: 4", 400),
        (b"Host: x", b"content-length: 3", 400),
        (b"Content-Length: 4", b"Content-Length: +4", 400),
        (b"Content-Length: 4", b"Content-Length: -4", 400),
        (b"Content-Length: 4", b"Content-Length: 4, 4", 400),
        (b"Content-Length: 4", b"Content-Length: 0x4", 400),
        (b"Content-Length: 4", b"Content-Length: \xb2", 400),
        (b"Content-Length: 4", b"Content-Length:", 400),
        (b"Content-Length: 4", b"Transfer-Encoding: chunked\r\ntransfer-encoding: chunked", 400),
        (b"Content-Length: 4", b"Transfer-Encoding: chunked, chunked", 400),
        (b"Content-Length: 4", b"Transfer-Encoding: xchunked", 400),
        (b"Content-Length: 4", b"Transfer-Encoding: identity", 400),
        (b"1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 4", b"1.0\r\nTransfer-Encoding: chunked", 400),
        (b"Host: x", b"Expect: 200-ok", 417),
        (b"/events/call", b"/" + b"x" * 4094, 414),
        (b"Host: x", b"X: " + b"x" * 8190, 431),
        (b"Host: x", b"\r\n".join(b"X-%d: y" % number for number in range(99)), 431),
        (b": 4", b": 4097", 413),
        (b": 4", b": " + b"9" * 5000, 413),
    ],
)
def test_what_may_be_cut_at_two_places_is_refused_at_its_head(old: bytes, new: bytes, status: int) -> None:
    assert old in PLAIN
    data = PLAIN.replace(old, new, 1)
    assert refusal(data) == status
    if status != 413:
        with pytest.raises(ParseException):
            by_gunicorn(data)


def test_path_that_is_not_wanted_stays_where_it_is() -> None:
    found = incoming(PLAIN)
    assert found.is_whole()
    assert found.take_plain("", lambda path: False) is None
    assert found.take() == (PLAIN[:-4], b"body")


FIELDS = st.lists(
    st.sampled_from([
        b"Content-Length: 4", b"content-length:\t3 ", b"Content-Length: 0", b"Transfer-Encoding: chunked", b"Host: x",
        b"Content-Length : 2", b"X: \xff", b"Connection: close", b"Connection: keep-alive, close", b"A:b", b" folded",
        b"Transfer-Encoding: identity", b"Content-Length: 1\r", b"Transfer-Encoding:\x0bchunked", b"X: a\nY: b",
        b"Expect: 100-continue", b"TRANSFER-ENCODING:\tChunked ", b"Transfer_Encoding: chunked", b"Content-Length:",
        b"Expect: fish", b"Content_Length: 1", b"Transfer-Encoding: chunked,", b": x", b"Trailer: x", b"Te: trailers",
    ]),
    max_size=4,
)  # fmt: skip
LINES = st.sampled_from([
    b"POST /x HTTP/1.1", b"GET /x HTTP/1.0", b"POST http://h/x?y#z HTTP/1.1", b"OPTIONS * HTTP/1.1", b"POST * HTTP/1.1",
    b"CONNECT h:1 HTTP/1.1", b"post /x HTTP/1.1", b"POST /x  HTTP/1.1", b"POST /\xe9 HTTP/1.1", b"POST /x HTTP/1.1\r",
    b"POST /x HTTP/1.9", b"\r\nPOST /x HTTP/1.1", b"\r\n\r\nPOST /x HTTP/1.1", b" POST /x HTTP/1.1", b"POST\t/x HTTP/1.1",
    b"POST h:1 HTTP/1.1", b"POST /events/call HTTP/1.1",
])  # fmt: skip
BODIES = st.lists(
    st.sampled_from([
        b"3\r\nabc\r\n", b"0\r\n", b"\r\n", b"1;a=b\r\nx\r\n", b'2 ; q="\\"" \r\nxy\r\n', b"0;x\r\n", b"X: y\r\n", b"abcd",
        b"Host: x\r\n", b"00000000000002\r\nab\r\n", b"+1\r\nx\r\n", b"1\nx\r\n", b"1 \r\nx\r\n", b"2\r\nabc\r\n", b"0x1\r\nx\r\n",
        b"1;\r\nx\r\n", b"1;a\rb\r\nx\r\n", b" folded\r\n", b"Bad Name: x\r\n", b"G\r\n", b"GET / HTTP/1.1\r\n\r\n",
    ]),
    max_size=5,
).map(b"".join)  # fmt: skip


def cut(data: bytes, cuts: list[int]) -> tuple[bytes, bytes, bytes] | str | None:
    """(head, body, rest) of what came in these pieces; "refused", or None while more has to come."""
    found, start = Incoming(LIMITS), 0
    try:
        for end in (*cuts, len(data)):
            found.add(data[start:end])
            start = end
            if found.is_whole():
                found.add(data[start:])
                return (*found.take(), bytes(found.buffer))
    except Refused:
        return "refused"
    return None


@given(LINES, FIELDS, BODIES, st.data())
def test_requests_are_cut_as_gunicorn_cuts_them(line: bytes, fields: list[bytes], body: bytes, draw: Any) -> None:
    data = b"\r\n".join([line, *fields, b"", body])
    cuts = sorted(draw.draw(st.sets(st.integers(1, len(data) - 1), max_size=4)))
    found = cut(data, cuts)
    assert found == cut(data, [])
    try:
        expected = by_gunicorn(data)
    except (ParseException, OSError):
        expected = None
    if isinstance(found, tuple):
        mine = None
        with suppress(ParseException):
            request = next(CutRequestParser(Config(), ("10.0.0.1", 1), found[0], found[1]))
            mine = request.method, request.path, request.body.read()
        assert mine == expected
    elif found == "refused":
        assert expected is None
    else:  # gunicorn takes a body that ends early for a short one
        assert expected is None or b"content-length" in data.lower()


@given(LINES, FIELDS, st.binary(max_size=12))
def test_what_is_plain_is_cut_as_gunicorn_cuts_it(line: bytes, fields: list[bytes], rest: bytes) -> None:
    data = b"\r\n".join([line, *fields, b"", rest])
    found = None
    with suppress(Refused):
        found = plain(data)
    if found is not None:
        assert by_gunicorn(data) == ("POST", found.path, found.body)


CHUNKS = st.lists(st.binary(min_size=1, max_size=20), max_size=5)
HEAD = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@given(CHUNKS, st.sampled_from([b"", b"X: y\r\n"]), st.sampled_from([b"", b";ext=1"]), st.data())
def test_chunked_body_is_whole_with_its_last_byte(chunks: list[bytes], trailer: bytes, ext: bytes, data: Any) -> None:
    body = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), ext, chunk) for chunk in chunks)
    request = HEAD + body + b"0\r\n" + trailer + b"\r\n"
    found = Incoming(LIMITS)
    start = 0
    for end in sorted(data.draw(st.sets(st.integers(1, len(request) - 1), max_size=6))):
        found.add(request[start:end])
        assert not found.is_whole()
        start = end
    found.add(request[start:])
    assert found.is_whole()
    assert found.take() == (HEAD, b"".join(chunks))
    assert found.size == 0


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\n", b"\r\n", b"2\r\nabc\r\n\r\n", b"-1\r\n", b"1\n", b"1" * 8191, b"1;\r\n", b"1;a\x00=b\r\nx\r\n", b"1_0\r\n",
        b"0\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\nno field\r\n\r\n", b"0\r\nX: a\nY: b\r\n\r\n",
        b"0\r\n" + b"X: y\r\n" * 6000, (b"1;" + b"x" * 5000 + b"\r\nx\r\n") * 7, b"0" * 4000 + b"1\r\nx\r\n" + b"0" * 8190,
    ],
)  # fmt: skip
def test_broken_chunks_are_refused(body: bytes) -> None:
    assert refusal(HEAD + body) == 400


def test_body_is_as_large_as_is_allowed_and_no_larger() -> None:
    assert refusal(PLAIN.replace(b": 4", b": 4097")) == 413
    assert refusal(PLAIN.replace(b": 4", b": 4096")) == 0
    assert refusal(PLAIN.replace(b"POST", b"PUT").replace(b": 4", b": 4097")) == 413
    assert refusal(HEAD + b"1001\r\n") == 413
    assert refusal(HEAD + b"1\r\nx\r\n" * 4097) == 413
    found = incoming(HEAD, b"1\r\nx\r\n" * 4096, b"0\r\n\r\n")
    assert found.is_whole()
    assert found.take()[1] == b"x" * 4096


def test_heads_as_large_as_gunicorn_takes_them() -> None:
    most = (
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%03d: %b\r\n" % (number, b"x" * 8181) for number in range(100)) + b"\r\n"
    )
    assert by_gunicorn(most)[0] == "GET"
    found = incoming(most)
    assert found.is_whole()
    assert refusal(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200_000) == 431
    assert refusal(b"GET /" + b"x" * 5000) == 414
    assert refusal(b"GET / HTTP/1.1\r\nHost: x\n") == 400


@pytest.mark.parametrize(("version", "wanted"), [(b"1.1", True), (b"1.0", False)])
def test_permission_is_given_once(version: bytes, wanted: bool) -> None:
    found = incoming(PLAIN.replace(b"Host: x", b"expect: 100-Continue").replace(b"1.1", version)[:-4])
    assert not found.is_whole()
    assert found.wants_permission() is wanted
    assert not found.wants_permission()


@pytest.mark.parametrize("size", [1, 6, 65536])
def test_chunks_of_one_byte_cost_what_others_do(size: int) -> None:
    """In pieces of `size` bytes; copying all that is left at each chunk took a minute of a core for this body."""
    body = b"1\r\nx\r\n" * (400_000 if size > 1 else 40_000) + b"0\r\n\r\n"
    found = incoming(HEAD, limits=Limits(body=1 << 20))
    began = thread_time()
    for start in range(0, len(body), size):
        found.add(body[start : start + size])
        whole = found.is_whole()
        assert len(found.buffer) < 10
    assert whole
    assert thread_time() - began < 10


def test_a_head_of_single_bytes_is_searched_once() -> None:
    found = incoming(b"GET / HTTP/1.1\r\n")
    began = thread_time()
    for byte in b"X-Name: value of it\r\n" * 30_000:
        found.add(bytes((byte,)))
        found.is_whole()
    assert thread_time() - began < 10


def test_a_head_that_was_read_lately_is_judged_by_the_limits_of_this_request() -> None:
    small, large = Limits(body=3), Limits(body=3, larger={b"/events/call": 10})
    for _ in range(2):
        assert refusal(PLAIN, limits=small) == 413
        assert refusal(PLAIN, limits=large) == 0
        assert refusal(PLAIN, limits=LIMITS) == 0
        assert refusal(PLAIN, limits=Limits(body=3, larger={b"/other": 10})) == 413


def test_requests_with_the_same_head_have_bodies_and_peers_of_their_own() -> None:
    found = incoming(PLAIN, PLAIN.replace(b"body", b"BODY"))
    taken = []
    for peer in ("10.0.0.1", "10.0.0.2"):
        assert found.is_whole()
        taken.append(found.take_plain(peer, lambda path: True))
    assert [(one.body, one.peer, one.path) for one in taken if one] == [
        (b"body", "10.0.0.1", "/events/call"),
        (b"BODY", "10.0.0.2", "/events/call"),
    ]


def test_few_heads_are_remembered_and_no_long_ones() -> None:
    _read_lately.cache_clear()
    for number in range(2 * KNOWN_HEADS):
        assert plain(PLAIN.replace(b"Host: x", b"Host: x%d" % number))
    assert _read_lately.cache_info().currsize == KNOWN_HEADS
    before = _read_lately.cache_info().misses
    assert plain(PLAIN.replace(b"Host: x", b"Host: " + b"x" * MOST_KNOWN_BYTES))
    assert _read_lately.cache_info().misses == before
