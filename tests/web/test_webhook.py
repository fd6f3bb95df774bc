"""The webhook's answers, and what reaches the ingest."""

import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from router.config.settings import load_settings
from router.errors import StoreUnavailable
from router.protocol.events import LegChanged, PresenceChanged, Unhandled
from router.protocol.parse import parse_event
from router.web import FAST_PATH, create_app
from router.web.webhook import Read
from tests.web.parts import KEY, SALT, URLENCODED, FakeParts, settings, signed
from tests.wire.test_wire_bodies import EXPECTED, read

CALL = json.dumps({
    "entry_id": "MTA6/+==", "call_id": "c1", "seq": 1, "timestamp": 1558422128, "call_state": "Appeared",
    "location": "ivr", "from": {"number": "79000000000"}, "to": {"number": "1", "line_number": "74952150438"},
})  # fmt: skip


@pytest.fixture
def parts() -> FakeParts:
    return FakeParts()


@pytest.fixture
def client(parts: FakeParts) -> FlaskClient:
    return create_app(parts).test_client()


def post(client: FlaskClient, path: str, body: bytes, content_type: str = URLENCODED, **more: Any) -> TestResponse:
    return client.post(path, data=body, content_type=content_type, **more)


def answer(response: TestResponse) -> tuple[int, int]:
    """(status, code), after checking what holds for every answer."""
    assert response.content_type == "application/json"
    body = response.get_json()
    refusal = {"error"} if response.status_code != 200 else set()
    assert set(body) == {"code", "message"} | refusal
    assert all(body.values())
    return response.status_code, body["code"]


@pytest.mark.parametrize("mount", ["", "/vpbx", "/mango/hook", "/mango/hook/vpbx", "/mango/hook/vpbx/api/v1"])
def test_an_event_is_stored(mount: str) -> None:
    parts = FakeParts(settings(IVR_PREFIX="/mango/hook"))
    response = post(create_app(parts).test_client(), f"{mount}/events/call", signed(CALL))
    assert answer(response) == (200, 1000)
    ((account, path, event, body, dedupe),) = parts.ingest.accepted
    assert (account, path, body, dedupe) == ("default", "events/call", CALL, "call:c1:1")
    assert isinstance(event, LegChanged)


@pytest.mark.parametrize("prefix", ["", "/vpbx", "/mango/hook", "/mango//hook", "/mango/hook//vpbx"])
@pytest.mark.parametrize(
    "path", ["/events/call", "//events/call", "///events//call", "//events/call//", "/events///call/"]
)
def test_several_slashes_count_as_one(prefix: str, path: str) -> None:
    """By Flask's routes, and by the worker's fast path."""
    parts = FakeParts(settings(IVR_PREFIX="/mango/hook/"))
    app = create_app(parts)
    environ = {"PATH_INFO": prefix + path}
    assert answer(post(app.test_client(), "/", signed(CALL), environ_overrides=environ)) == (200, 1000)
    webhook = app.extensions[FAST_PATH]
    for spelt in (prefix + path, f"/{prefix}{path}"):
        assert webhook.takes(spelt)
        ((_, body),) = webhook.answer_all([Read(spelt, signed(CALL), URLENCODED, "127.0.0.1", "")])
        assert json.loads(body)["message"] == "stored"
    assert [one[1] for one in parts.ingest.accepted] == ["events/call"] * 3


def test_an_odd_field_is_told(client: FlaskClient, parts: FakeParts) -> None:
    fields = {**json.loads(CALL), "dct": {"type": "dynamic"}, "call_state": "appeared"}
    assert answer(post(client, "/events/call", signed(json.dumps(fields)))) == (200, 1000)
    assert parts.ingest.odd == [
        ('call_state is "appeared": read as Appeared', 'dct.type is "dynamic", not a number: left out')
    ]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_style_of_the_wire(name: str, client: FlaskClient, parts: FakeParts) -> None:
    path, content_type, body = read(name)
    assert answer(post(client, f"/vpbx/{path}", body, content_type)) == (200, 1000)
    assert [(path_, event) for _, path_, event, _, _ in parts.ingest.accepted] == [(path, EXPECTED[name])]


@pytest.mark.parametrize("outcome", ["stored", "duplicate", "conflict"])
def test_duplicates_and_conflicts_are_fine_with_the_peer(outcome: str, client: FlaskClient, parts: FakeParts) -> None:
    parts.ingest.does = lambda: outcome
    response = post(client, "/events/call", signed(CALL))
    assert answer(response) == (200, 1000)
    assert response.get_json()["message"] == outcome


def test_the_sign_covers_the_received_bytes(client: FlaskClient, parts: FakeParts) -> None:
    assert answer(post(client, "/events/call", signed(CALL).replace(b"Appeared", b"Connected"))) == (403, 3102)
    assert answer(post(client, "/events/call", signed(CALL, salt="other"))) == (403, 3102)
    assert not parts.ingest.accepted


def test_an_old_salt_is_accepted_while_it_is_rotated() -> None:
    client = create_app(FakeParts(settings(MANGO_SALT_OLD="old"))).test_client()
    assert answer(post(client, "/events/call", signed(CALL, salt="old"))) == (200, 1000)
    assert answer(post(client, "/events/call", signed(CALL))) == (200, 1000)
    assert answer(post(client, "/events/call", signed(CALL, salt=""))) == (403, 3102)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (400, 3103)),
        (b"json={}", (400, 3103)),
        (f"vpbx_api_key={KEY}&json=%7B%7D".encode(), (400, 3103)),
        (f"vpbx_api_key={KEY}&sign=x".encode(), (400, 3103)),
        (b"vpbx_api_key=other&sign=x&json=%7B%7D", (403, 3105)),
        (b"vpbx_api_key=&sign=&json=", (403, 3105)),
        (f"vpbx_api_key={KEY}&sign=%FF%D0%B6&json=%7B%7D".encode(), (403, 3102)),
        (f"vpbx_api_key={KEY}&sign=&json=%7B%7D".encode(), (403, 3102)),
        (signed(""), (400, 3104)),
        (signed("{}"), (400, 3103)),
        (signed("[1]"), (400, 3104)),
        (signed("[" * 100_000), (400, 3104)),
        (signed(CALL.replace("c1", "c\\u0000")), (400, 3104)),
        (signed(CALL.replace('"seq": 1', '"seq": NaN')), (400, 3104)),
        (b"&" * 100, (400, 3104)),
    ],
)
def test_refusals(body: bytes, expected: tuple[int, int], client: FlaskClient, parts: FakeParts) -> None:
    assert answer(post(client, "/events/call", body)) == expected
    assert not parts.ingest.accepted


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/events/call", "/vpbx/result/route", "/ping"])
def test_only_post(method: str, path: str, client: FlaskClient) -> None:
    response = client.open(path, method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    if method != "HEAD":
        assert answer(response) == (405, 3101)


def test_bodies_are_bounded(parts: FakeParts) -> None:
    parts.settings = settings(IVR_MAX_BODY="4KiB")
    client = create_app(parts).test_client()
    assert answer(post(client, "/events/call", b"a" * 4097)) == (413, 3104)
    assert answer(post(client, "/events/call", b"a" * 4096)) == (400, 3103)


class Broken(io.RawIOBase):
    """A connection that ends, or a chunk that is none, which gunicorn tells by an error of its own."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def read(self, size: int = -1) -> bytes:
        raise self.error


@pytest.mark.parametrize(
    ("stream", "more", "status"),
    [
        (io.BytesIO(b"a" * 5000), {"wsgi.input_terminated": True}, 413),
        (io.BytesIO(signed(CALL)), {"wsgi.input_terminated": True}, 200),
        (io.BytesIO(signed(CALL)), {}, 400),
        (io.BytesIO(b"short"), {"CONTENT_LENGTH": "600"}, 400),
        (io.BytesIO(b"short"), {"CONTENT_LENGTH": "-5"}, 400),
        (io.BytesIO(b"short"), {"CONTENT_LENGTH": "five"}, 400),
        (io.BytesIO(b"short"), {"CONTENT_LENGTH": "9" * 30}, 400),
        (Broken(OSError("gone")), {"CONTENT_LENGTH": "600"}, 400),
        (Broken(InvalidChunkSize(b"zz")), {"wsgi.input_terminated": True}, 400),
    ],
)
def test_bodies_of_no_or_a_false_length(stream: Any, more: dict[str, Any], status: int) -> None:
    app = create_app(FakeParts(settings(IVR_MAX_BODY="4KiB")))
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/events/call", "REMOTE_ADDR": "127.0.0.1", "SERVER_NAME": "x",
        "SERVER_PORT": "80", "wsgi.url_scheme": "http", "CONTENT_TYPE": URLENCODED, "wsgi.input": stream, **more,
    }  # fmt: skip
    began: list[str] = []
    body = b"".join(app.wsgi_app(environ, lambda line, headers: began.append(line)))  # type: ignore[arg-type,return-value]
    assert began[0].startswith(str(status))
    assert json.loads(body)["message"]


@pytest.mark.parametrize("error", [StoreUnavailable("the disk is full"), RuntimeError("a fault of ours")])
def test_what_cannot_be_stored_is_said_to_be_so(error: Exception, client: FlaskClient, parts: FakeParts) -> None:
    def fail() -> str:
        raise error

    parts.ingest.does = fail
    response = post(client, "/events/call", signed(CALL))
    assert answer(response) == (503, 5000)
    assert response.headers["Retry-After"] == "1"
    assert str(error) not in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200),
        (b"json=", 200),
        (signed(""), 200),
        (signed("{}"), 200),
        (b"vpbx_api_key=other&sign=x&json=", 403),
        (f"vpbx_api_key={KEY}&sign=x&json=".encode(), 403),
    ],
)
def test_ping(body: bytes, status: int, client: FlaskClient, parts: FakeParts) -> None:
    for path in ("/ping", "/vpbx/ping", "/ping/"):
        assert answer(post(client, path, body))[0] == status
    assert not parts.ingest.accepted


def test_ping_of_this_machine_is_answered_by_key_and_salt_alone() -> None:
    """`ivr doctor` finds a wrong salt where only the vendor's addresses are let in."""
    client = create_app(FakeParts(settings(MANGO_ALLOWED_IPS="192.0.2.7"))).test_client()
    here, elsewhere = {"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "192.0.2.9"}
    assert answer(post(client, "/ping", signed("{}"), environ_base=here)) == (200, 1000)
    assert answer(post(client, "/ping", signed("{}", salt="other"), environ_base=here)) == (403, 3102)
    assert answer(post(client, "/ping", signed("{}"), environ_base=elsewhere)) == (403, 3105)
    forwarded = {"X-Forwarded-For": "192.0.2.9"}
    assert answer(post(client, "/ping", signed("{}"), environ_base=here, headers=forwarded)) == (403, 3105)
    assert answer(post(client, "/events/call", signed(CALL), environ_base=here)) == (403, 3105)


def test_ping_without_a_content_type(client: FlaskClient) -> None:
    assert client.post("/ping").status_code == 200


@pytest.mark.parametrize("path", ["/events/unheard_of", "/result/unheard/of", "/vpbx/events/record/new", "/events/x/"])
def test_unknown_kinds_are_recorded(path: str, client: FlaskClient, parts: FakeParts) -> None:
    assert answer(post(client, path, signed('{"entry_id": "e1", "new": {}}'))) == (200, 1000)
    ((_, kind, event, _, _),) = parts.ingest.accepted
    assert event == Unhandled(kind=kind, entry_id="e1")


@pytest.mark.parametrize(
    "path",
    ["/events/" + "x" * 200, "/events/a%00b", "/events/a%0Ab", "/vpbx//result/%0A", "/result/%D0%B6", "/events/a b"],
)
def test_paths_that_no_notification_has(path: str, client: FlaskClient, parts: FakeParts) -> None:
    assert answer(post(client, path, signed("{}"))) == (400, 3104)
    assert not parts.ingest.accepted


@pytest.mark.parametrize(
    "path", ["/", "/events", "/events/", "/pingpong", "/other/events/call", "//events", "/events//", "//", "/result"]
)
def test_other_paths_are_not_the_webhook(path: str, client: FlaskClient, parts: FakeParts) -> None:
    response = post(client, path, signed(CALL))
    assert response.status_code == 404
    assert not parts.ingest.accepted


PRESENCE = "json=" + "%7B%22abonent_id%22%3A%201%2C%20%22status%22%3A%201%7D"


@pytest.mark.parametrize("name", ["api_key", "vpbx_api_key"])
def test_presence_comes_unsigned(name: str, client: FlaskClient, parts: FakeParts) -> None:
    assert answer(post(client, "/events/user/status_changed", f"{name}={KEY}&{PRESENCE}".encode())) == (200, 1000)
    assert isinstance(parts.ingest.accepted[0][2], PresenceChanged)


def test_presence_needs_a_known_key_and_no_wrong_sign(client: FlaskClient, parts: FakeParts) -> None:
    path = "/events/user/status_changed"
    assert answer(post(client, path, f"api_key=other&{PRESENCE}".encode())) == (403, 3105)
    assert answer(post(client, path, f"api_key={KEY}&sign=x&{PRESENCE}".encode())) == (403, 3102)
    assert answer(post(client, path, PRESENCE.encode())) == (400, 3103)
    assert not parts.ingest.accepted


def test_nothing_else_comes_unsigned(client: FlaskClient, parts: FakeParts) -> None:
    for path in ("/events/call", "/events/userx", "/result/route", "/events/../events/user/status_changed"):
        assert answer(post(client, path, f"api_key={KEY}&{PRESENCE}".encode()))[0] == 400
    assert not parts.ingest.accepted


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "status"),
    [
        ("81.88.80.132", "", 200),
        ("::ffff:81.88.80.132", "", 200),
        ("81.88.80.134", "", 403),
        ("", "", 403),
        ("81.88.80.134", "81.88.80.132", 403),
        ("10.0.0.1", "81.88.80.132", 200),
        ("10.0.0.1", "1.2.3.4, 81.88.80.132:4711", 200),
        ("10.0.0.1", "81.88.80.132, 10.0.0.2", 200),
        ("10.0.0.1", "81.88.80.132, 1.2.3.4", 403),
        ("10.0.0.1", "81.88.80.132, nonsense", 403),
        ("10.0.0.1", "81.88.80.132, nonsense, 10.0.0.2", 403),
        ("10.0.0.1", "", 403),
        ("10.0.0.1", "[::ffff:81.88.80.132]:80", 200),
    ],
)
def test_senders(peer: str, forwarded_for: str, status: int) -> None:
    environ = settings(MANGO_ALLOWED_IPS="81.88.80.132", IVR_TRUSTED_PROXIES="10.0.0.0/24")
    parts = FakeParts(environ)
    headers = {"X-Forwarded-For": forwarded_for} if forwarded_for else {}
    response = post(
        create_app(parts).test_client(), "/events/call", signed(CALL), headers=headers,
        environ_overrides={"REMOTE_ADDR": peer},
    )  # fmt: skip
    assert answer(response) == (status, 1000 if status == 200 else 3105)
    assert len(parts.ingest.accepted) == (status == 200)


def test_each_account_has_its_own_senders_and_salt() -> None:
    text = """
accounts:
  - {name: a, api_key: ka, api_salt: sa, allowed_ips: 10.0.0.1}
  - {name: b, api_key: kb, api_salt: sb, allowed_ips: 10.0.0.2}
"""
    parts = FakeParts(load_settings({}, text, lambda path: path))
    client = create_app(parts).test_client()

    def send(peer: str, key: str, salt: str) -> tuple[int, int]:
        body = signed(CALL, key=key, salt=salt)
        return answer(post(client, "/events/call", body, environ_overrides={"REMOTE_ADDR": peer}))

    assert send("10.0.0.1", "ka", "sa") == (200, 1000)
    assert send("10.0.0.2", "kb", "sb") == (200, 1000)
    assert send("10.0.0.2", "ka", "sa") == (403, 3105)
    assert send("10.0.0.3", "ka", "sa") == (403, 3105)
    assert send("10.0.0.1", "ka", "sb") == (403, 3102)
    assert [account for account, *_ in parts.ingest.accepted] == ["a", "b"]


def test_answers_never_repeat_the_request(client: FlaskClient) -> None:
    marker = "<script>evil</script>"
    for body in (signed(f'{{"entry_id": "{marker}"}}'), f"{marker}={marker}".encode(), signed(marker)):
        for path in ("/events/call", f"/events/{marker}"):
            assert "script" not in post(client, path, body).get_data(as_text=True)


def form(pairs: list[tuple[str, str]]) -> bytes:
    return urlencode(pairs, errors="replace").encode()


names = st.sampled_from(["vpbx_api_key", "api_key", "sign", "json", "x"])
texts = st.text() | st.sampled_from([KEY, SALT, CALL, "{}", ""])
urls = st.sampled_from(["/events/call", "/vpbx/events/dtmf", "/result/route", "/events/x", "/events/user/x", "/ping"])
kinds = st.sampled_from([URLENCODED, "multipart/form-data; boundary=b", "text/plain", ""])


@given(urls, st.binary() | st.lists(st.tuples(names, texts)).map(form), kinds)
@example("/events/call", b"--b\r\nContent-Disposition: form-data; name=json\r\n\r\n", "multipart/form-data; boundary=b")
def test_random_requests_change_nothing(url: str, body: bytes, content_type: str) -> None:
    parts = FakeParts()
    response = post(create_app(parts).test_client(), url, body, content_type)
    assert response.status_code in (200, 400, 403)
    unsigned_presence = url.startswith("/events/user/") and KEY.encode() in body
    assert not parts.ingest.accepted or unsigned_presence


@given(st.binary(max_size=200))
def test_any_signed_json_is_answered_without_a_fault(raw: bytes) -> None:
    text = raw.decode("latin-1")
    client = create_app(FakeParts()).test_client()
    assert post(client, "/events/call", signed(text)).status_code in (200, 400)


def test_ping_of_any_content_type_is_answered(client: FlaskClient) -> None:
    for content_type in ("application/json", "text/plain", ""):
        assert client.post("/ping", data=b"{}", content_type=content_type).status_code == 200


@pytest.mark.parametrize(
    "path", ["blah", "status_changed/x", "Status_Changed", "status_changed2", "", "session_end/.."]
)
def test_no_other_event_comes_unsigned(path: str, client: FlaskClient, parts: FakeParts) -> None:
    for name in ("api_key", "vpbx_api_key"):
        body = urlencode({name: KEY, "json": '{"abonent_id": 1, "status": 1, "session": "s"}'}).encode()
        assert answer(post(client, f"/events/user/{path}", body))[0] == 400
    assert not parts.ingest.accepted


@pytest.mark.parametrize(
    ("path", "said", "kept"),
    [
        (
            "status_changed",
            {
                "abonent_id": 7,
                "status": "2",
                "when": 5,
                "timestamp": 6,
                "entry_id": "e",
                "x": ["y"] * 99,
                "command_id": "c",
            },
            {"abonent_id": "7", "status": 2, "when": 5, "timestamp": 6},
        ),
        ("status_changed", {"abonent_id": "7", "status": 0, "when": {"a": "b"}}, {"abonent_id": "7", "status": 0}),
        (
            "session_end",
            {
                "result": 1000,
                "abonent": 7,
                "session": "s",
                "timestamp": 6,
                "abonent_id": None,
                "status": "x",
                "note": "n",
            },
            {"abonent_id": "7", "session": "s", "result": 1000, "timestamp": 6},
        ),
    ],
)
def test_of_an_unsigned_event_its_own_fields_are_kept(
    path: str, said: dict[str, Any], kept: dict[str, Any], client: FlaskClient, parts: FakeParts
) -> None:
    body = urlencode({"api_key": KEY, "json": json.dumps(said)}).encode()
    assert answer(post(client, f"/events/user/{path}", body)) == (200, 1000)
    ((_, _, event, stored, dedupe),) = parts.ingest.accepted
    assert json.loads(stored) == kept
    assert parts.ingest.odd == [()]
    assert parse_event(f"events/user/{path}", stored.encode()) == event
    again = urlencode({"api_key": KEY, "json": json.dumps({**said, "more": 1}, indent=1)}).encode()
    assert answer(post(client, f"/events/user/{path}", again)) == (200, 1000)
    assert parts.ingest.accepted[1][4] == dedupe, "what is not kept makes no other event of it"


def test_an_unsigned_event_has_4_kib_at_most(client: FlaskClient, parts: FakeParts) -> None:
    def sent(length: int, sign_it: bool) -> int:
        text = json.dumps({"abonent_id": 1, "status": 1, "x": ""})
        text = text.replace('""', '"' + "y" * (length - len(text)) + '"')
        assert len(text) == length
        body = signed(text) if sign_it else urlencode({"api_key": KEY, "json": text}).encode()
        return post(client, "/events/user/status_changed", body).status_code

    assert (sent(4096, False), sent(4097, False), sent(4097, True)) == (200, 413, 200)
    assert len(parts.ingest.accepted) == 2
