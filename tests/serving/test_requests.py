"""Requests are cut where gunicorn's own parser cuts them, and only plain ones are taken the short way."""

from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from router.serving.requests import MOST_BODY_BYTES, MOST_HEADER_BYTES, Incoming, PlainRequest

PLAIN = b"POST /events/call HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 4\r\n\r\nbody"


def incoming(*chunks: bytes) -> Incoming:
    found = Incoming()
    for chunk in chunks:
        found.add(chunk)
    return found


def plain(data: bytes) -> PlainRequest | None:
    found = incoming(data)
    return found.take_plain("10.0.0.1", lambda path: True) if found.is_whole() else None


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
    assert found.take_all() == PLAIN[:20]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"POST", b"GET"),
        (b"POST", b"post"),
        (b"HTTP/1.1", b"HTTP/1.2"),
        (b"HTTP/1.1", b"HTTP/2"),
        (b"/events/call", b"/events/c%61ll"),
        (b"/events/call", b"/events/call?x=1"),
        (b"/events/call", b"http://x/events/call"),
        (b"Host: x", b"Host : x"),
        (b"Host: x", b"Host: x\x00"),
        (b"Host: x", b"Host: x\r\n folded"),
        (b"Host: x", b"Host: x\nFoo: y"),
        (b"Host: x", b"Ho_st: x"),
        (b"Host: x", b"Host: x\r\nhost: y"),
        (b"Host: x", b"Expect: 100-continue"),
        (b"Host: x", b"Upgrade: h2c"),
        (b"Host: x", b"Connection: upgrade"),
        (b"Host: x", b"Transfer-Encoding: gzip"),
        (b"Host: x", b"Content-Length: 4"),
        (b"Content-Length: 4", b"Content-Length: +4"),
        (b"Content-Length: 4", b"Content-Length: 4, 4"),
        (b"Content-Length: 4", b"Content-Length: 0000000000000000004"),
        (b"Content-Length: 4\r\n", b""),
    ],
)
def test_all_else_is_left_to_gunicorn(old: bytes, new: bytes) -> None:
    assert old in PLAIN
    assert plain(PLAIN.replace(old, new, 1)) is None


def test_path_that_is_not_wanted_stays_where_it_is() -> None:
    found = incoming(PLAIN)
    assert found.is_whole()
    assert found.take_plain("", lambda path: False) is None
    assert found.take_all() == PLAIN


HEADERS = st.lists(
    st.sampled_from([
        b"Content-Length: 4", b"content-length:\t3 ", b"Content-Length: 0", b"Transfer-Encoding: chunked", b"Host: x",
        b"Content-Length : 2", b"X: \xff", b"Connection: close", b"Connection: keep-alive, close", b"A:b", b" folded",
        b"Transfer-Encoding: identity", b"Content-Length: 1\r", b"Transfer-Encoding:\x0bchunked", b"Expect: 100-continue",
    ]),
    max_size=4,
)  # fmt: skip


@given(HEADERS, st.binary(max_size=12))
def test_what_is_plain_is_cut_as_gunicorn_cuts_it(headers: list[bytes], rest: bytes) -> None:
    data = b"\r\n".join([b"POST /events/call HTTP/1.1", *headers, b"", rest])
    found = plain(data)
    if found is not None:
        assert by_gunicorn(data) == ("POST", found.path, found.body)


CHUNKS = st.lists(st.binary(min_size=1, max_size=20), max_size=5)
HEAD = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@given(CHUNKS, st.sampled_from([b"", b"X: y\r\n"]), st.sampled_from([b"", b";ext=1"]), st.data())
def test_chunked_body_is_whole_with_its_last_byte(chunks: list[bytes], trailer: bytes, ext: bytes, data: Any) -> None:
    body = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), ext, chunk) for chunk in chunks)
    request = HEAD + body + b"0\r\n" + trailer + b"\r\n"
    found = Incoming()
    start = 0
    for cut in sorted(data.draw(st.sets(st.integers(1, len(request) - 1), max_size=6))):
        found.add(request[start:cut])
        assert not found.is_whole()
        start = cut
    found.add(request[start:])
    assert found.is_whole()
    assert not found.is_too_large()
    assert by_gunicorn(request)[2] == b"".join(chunks)


@pytest.mark.parametrize("body", [b"zz\r\n", b"\r\n", b"2\r\nabc\r\n\r\n"])
def test_broken_chunks_are_handed_on(body: bytes) -> None:
    assert incoming(HEAD, body).is_whole()


def test_too_much_is_seen_early() -> None:
    assert incoming(PLAIN.replace(b": 4", b": %d" % (MOST_BODY_BYTES + 1))).is_too_large()
    assert not incoming(PLAIN.replace(b": 4", b": %d" % MOST_BODY_BYTES)).is_too_large()
    assert incoming(HEAD, b"ffffff\r\n", b"x" * (MOST_BODY_BYTES + 1)).is_too_large()
    assert not incoming(HEAD, b"ffffff\r\n").is_whole()
    assert incoming(b"GET / HTTP/1.1\r\nX: " + b"x" * MOST_HEADER_BYTES).is_whole()


def test_permission_is_given_once() -> None:
    found = incoming(PLAIN.replace(b"Host: x", b"expect: 100-Continue")[:-4])
    assert not found.is_whole()
    assert found.wants_permission()
    found.continued = True
    assert not found.wants_permission()
