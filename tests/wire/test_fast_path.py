"""The fast path answers what Flask's routes answer, byte for byte: every body of `bodies/`, the document's examples and
what is wrong in one way or another, each sent to a worker with the fast path and to one without it."""

from collections.abc import Iterator, Sequence

import pytest

from router.errors import StoreUnavailable
from router.serving.requests import PlainRequest
from router.web import FAST_PATH, create_app
from router.web.webhook import Webhook
from tests.document.document import Example, examples
from tests.serving.in_process import Served, serving
from tests.web.parts import KEY, SALT, URLENCODED, FakeParts, settings, signed
from tests.wire.test_wire_bodies import EXPECTED, read

MOST_BODY = 1 << 20
CALL = '{"entry_id": "e1", "call_id": "c1", "seq": 1, "timestamp": 1558422128, "call_state": "Appeared"}'


class Counted:
    """A webhook that counts what comes by the fast path."""

    threads = 1

    def __init__(self, webhook: Webhook) -> None:
        self.webhook = webhook
        self.count = 0

    def takes(self, path: str) -> bool:
        return self.webhook.takes(path)

    def answer_all(self, requests: Sequence[PlainRequest]) -> list[tuple[int, bytes]]:
        self.count += len(requests)
        return self.webhook.answer_all(requests)


class Sides:
    """Two workers that differ in nothing but the way to the webhook."""

    def __init__(self, fast: Served, slow: Served, parts: list[FakeParts], counted: Counted) -> None:
        self.fast, self.slow, self.parts, self.counted = fast, slow, parts, counted

    def answers(self, request: bytes) -> list[tuple[bytes, list[bytes], bytes]]:
        """(status, header fields, body) from each side; the order of fields and the second mean nothing."""
        return [_parts(side.ask(request)) for side in (self.fast, self.slow)]

    def stored(self) -> list[list[tuple[object, ...]]]:
        """What each side has handed to the ingest."""
        return [list(parts.ingest.accepted) for parts in self.parts]


def _parts(answer: bytes) -> tuple[bytes, list[bytes], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    return line[9:12], sorted(one.lower() for one in fields if not one.lower().startswith(b"date:")), body


@pytest.fixture(scope="module")
def sides() -> Iterator[Sides]:
    parts = [FakeParts(settings(IVR_PREFIX="/mango/hook")) for _ in range(2)]
    apps = [create_app(one) for one in parts]
    counted = Counted(apps[0].extensions[FAST_PATH])
    with serving(apps[0], counted) as fast, serving(apps[1]) as slow:
        yield Sides(fast, slow, parts, counted)


@pytest.fixture(autouse=True)
def as_new(sides: Sides) -> None:
    for parts in sides.parts:
        parts.ingest.accepted.clear()
        parts.ingest.does = lambda: "stored"


def request(path: str, body: bytes, content_type: str = URLENCODED, more: str = "", method: str = "POST") -> bytes:
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\n{kind}Content-Length: {len(body)}\r\n{more}\r\n"
    return head.encode("latin-1") + body


def compare(sides: Sides, asked: bytes) -> tuple[bytes, list[bytes], bytes]:
    fast, slow = sides.answers(asked)
    assert fast == slow
    kept, by_flask = sides.stored()
    assert kept == by_flask
    return fast


@pytest.mark.parametrize(
    ("said", "is_there"), [({}, True), ({"IVR_FAST_PATH": "1"}, True), ({"IVR_FAST_PATH": "0"}, False)]
)
def test_it_can_be_switched_off(said: dict[str, str], is_there: bool) -> None:
    assert (FAST_PATH in create_app(FakeParts(settings(**said))).extensions) is is_there


@pytest.mark.parametrize("name", [*EXPECTED, "ping_empty"])
@pytest.mark.parametrize("mount", ["", "/vpbx", "/vpbx/api/v1", "/mango/hook"])
def test_every_style_of_the_wire(name: str, mount: str, sides: Sides) -> None:
    path, content_type, body = read(name)
    before = sides.counted.count
    status, _, _ = compare(sides, request(f"{mount}/{path}", body, content_type))
    assert status == b"200"
    assert sides.counted.count == before + 1, "else a thing was compared with itself"
    assert len(sides.stored()[0]) == (name in EXPECTED)


@pytest.mark.parametrize("one", examples("push"), ids=lambda one: one.id)
def test_the_examples_of_the_document(one: Example, sides: Sides) -> None:
    body = one.form(KEY, SALT, "api_key" if one.section == "§4.4" else "vpbx_api_key")
    assert compare(sides, request(f"/vpbx/{one.path}", body))[0] == b"200"


@pytest.mark.parametrize(
    "path",
    [
        "//events/call", "///events//call", "//events/call//", "/events///call/", "/vpbx//events/call", "//vpbx///events/call",
        "/vpbx//api///v1//events/call", "/mango//hook/events/call", "/mango/hook//events/call/", "/ping/", "//ping", "/vpbx//ping//",
        "/events/x", "/result/unheard/of", "/events/user/status_changed", "/events/..", "/events/.", "/events/a/../b",
        "/events/" + "x" * 200, "/events", "/events/", "/events//", "/result", "/", "//", "/pingpong", "/other/events/call", "/events/vpbx/ping",
    ],
)  # fmt: skip
def test_every_spelling_of_a_path(path: str, sides: Sides) -> None:
    compare(sides, request(path, signed(CALL)))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "FOO"])
@pytest.mark.parametrize("path", ["/ping", "/events/call", "/vpbx//result/route"])
def test_every_other_method(method: str, path: str, sides: Sides) -> None:
    status, fields, body = compare(sides, request(path, b"", method=method))
    assert (status, b"allow: post" in fields) == (b"405", True)
    assert body.startswith(b"" if method == "HEAD" else b'{"code":3101,"error":"wrong-method","message":')


@pytest.mark.parametrize(
    "body",
    [
        b"", b"json={}", b"&" * 100, f"vpbx_api_key={KEY}&json=%7B%7D".encode(), b"vpbx_api_key=other&sign=x&json=%7B%7D",
        f"vpbx_api_key={KEY}&sign=%FF&json=%7B%7D".encode(), signed(""), signed("{}"), signed("[1]"), signed("[" * 100_000),
        signed(CALL, salt="other"), signed(CALL.replace("c1", "c\\u0000")), b"a" * MOST_BODY, b"a" * (MOST_BODY + 1),
    ],
    ids=range(14),
)  # fmt: skip
@pytest.mark.parametrize("path", ["/events/call", "/vpbx/ping", "/events/user/status_changed"])
def test_every_refusal(path: str, body: bytes, sides: Sides) -> None:
    compare(sides, request(path, body))


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary=b"]
)
def test_every_content_type(content_type: str, sides: Sides) -> None:
    for path in ("/events/call", "/ping"):
        compare(sides, request(path, signed(CALL), content_type))


@pytest.mark.parametrize(
    "more",
    [
        "Connection: close\r\n", "Connection: keep-alive\r\n", "X-Forwarded-For: 1.2.3.4, nonsense\r\n", "Host: a b\r\n",
        "Content-Encoding: gzip\r\n", "Expect: 100-continue\r\n", "Upgrade: h2c\r\nConnection: upgrade\r\n", "X_Y: z\r\n",
        "Cookie: session=x\r\n", "Authorization: Bearer x\r\n", "Range: bytes=0-1\r\n", "If-None-Match: *\r\n", "Accept-Encoding: gzip\r\n",
    ],
)  # fmt: skip
def test_fields_that_mean_nothing_here(more: str, sides: Sides) -> None:
    compare(sides, request("/events/call", signed(CALL), more=more))


@pytest.mark.parametrize("host", [b"", b"Host: \r\n", b"Host: a_b\r\n", b"Host: [::1\r\n", b"Host: x, y\r\n"])
def test_every_host(host: bytes, sides: Sides) -> None:
    compare(sides, request("/events/call", signed(CALL)).replace(b"Host: x\r\n", host))


def test_a_body_in_chunks(sides: Sides) -> None:
    body = signed(CALL)
    head = f"POST /events/call HTTP/1.1\r\nHost: x\r\nContent-Type: {URLENCODED}\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert compare(sides, head.encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))[0] == b"200"


@pytest.mark.parametrize("error", [StoreUnavailable("the disk is full"), RuntimeError("a fault of ours")])
def test_what_cannot_be_stored(error: Exception, sides: Sides) -> None:
    def fail() -> str:
        raise error

    for parts in sides.parts:
        parts.ingest.does = fail
    assert compare(sides, request("/events/call", signed(CALL)))[0] == b"503"


@pytest.mark.parametrize("outcome", ["duplicate", "conflict", "spooled"])
def test_every_outcome(outcome: str, sides: Sides) -> None:
    for parts in sides.parts:
        parts.ingest.does = lambda: outcome
    assert outcome.encode() in compare(sides, request("/events/call", signed(CALL)))[2]
