"""The sender against a server that misbehaves on purpose, one socket at a time."""

import contextlib
import hashlib
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qs

import msgspec
import pytest

from router.errors import ConfigurationError
from router.protocol.sign import is_signed, salt_name
from router.sender.command_sender import MAX_ANSWER_BYTES, HttpSender, Peer, classify
from tests.runtime.outbox import AT_ONCE

KEY, SALT = "the-key-of-a-test", "the-salt-of-a-test"


class Line:
    """A server that answers each request with the next of `answers`: bytes to write, or None to hang up at once."""

    def __init__(self, *answers: bytes | None, keep_alive: bool = True) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._answers = list(answers)
        self._keep_alive = keep_alive
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/vpbx/"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                self.connections += 1
                with connection:
                    self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        while request := _read_request(connection):
            self.requests.append(request)
            answer = self._answers.pop(0) if self._answers else None
            if answer is None:
                return
            connection.sendall(answer)
            if not self._keep_alive:
                return


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        if not (chunk := connection.recv(65536)):
            return b""
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    (length,) = (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def reply(status: str, body: bytes = b'{"result": 1000}') -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


@pytest.fixture
def serve() -> Iterator[type[Line]]:
    opened: list[Line] = []

    def make(*answers: bytes | None, keep_alive: bool = True) -> Line:
        opened.append(Line(*answers, keep_alive=keep_alive))
        return opened[-1]

    yield make  # type: ignore[misc]
    for line in opened:
        line.close()


def sender_to(url: str, **settings: float) -> HttpSender:
    return HttpSender({"clinic": Peer(url=url, api_key=KEY, salt=SALT)}, **settings)


PARAMS = {"command_id": "c-1", "call_id": "leg/+=", "to_number": "101"}


def test_the_request_is_signed_and_urlencoded(serve: type[Line]) -> None:
    line = serve(reply("200 OK"))
    answer = sender_to(line.url).send("clinic", "play/start", PARAMS, AT_ONCE)
    assert (answer.kind, answer.status, answer.code) == ("accepted", 200, 1000)
    head, _, body = line.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /vpbx/commands/play/start HTTP/1.1\r\n")
    assert b"Content-Type: application/x-www-form-urlencoded" in head
    form = {name: values[0] for name, values in parse_qs(body.decode(), strict_parsing=True).items()}
    assert form["vpbx_api_key"] == KEY
    assert form["sign"] == hashlib.sha256((KEY + form["json"] + SALT).encode()).hexdigest()
    assert '"leg/+="' in form["json"]


def test_the_connection_is_kept(serve: type[Line]) -> None:
    line = serve(reply("200 OK"), reply("200 OK"), reply("420 Error", b'{"code": 3104}'))
    sender = sender_to(line.url)
    kinds = [sender.send("clinic", "route", PARAMS, AT_ONCE).kind for _ in range(3)]
    assert kinds == ["accepted", "accepted", "refused"]
    assert line.connections == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (200, b'{"result": 1000}', "accepted", 1000),
        (200, b'{"result": "1000"}', "accepted", 1000),
        (200, b'{"result": 0}', "accepted", 0),
        (200, b"", "accepted", 0),
        (200, b"OK", "accepted", 0),
        (200, b"[1]", "accepted", 0),
        (200, b'{"result": 1090}', "accepted", 1090),
        (200, b'{"result": 4101}', "refused", 4101),
        (200, b'{"code": 3104}', "refused", 3104),
        (420, b'{"code": 3104}', "refused", 3104),
        (420, b'{"code": "3330", "message": "x"}', "refused", 3330),
        (420, b"{", "refused", 0),
        (420, b'{"code": {"a": 1}}', "refused", 0),
        (404, b"not found", "refused", 0),
        (301, b"", "refused", 0),
        (401, b"", "banned", 0),
        (503, b'{"name": "Service Unavailable", "code": 0, "status": 503}', "limited", 0),
        (429, b'{"status": 429, "code": 0}', "limited", 0),
        (500, b"", "unclear", 0),
        (502, b"", "unclear", 0),
        (504, b"", "unclear", 0),
        (200, b'{"result": 1e999}', "accepted", 0),
        (200, b"[" * 50_000, "accepted", 0),
    ],
)
def test_what_an_answer_says(status: int, body: bytes, kind: str, code: int) -> None:
    answer = classify(status, body)
    assert (answer.kind, answer.status, answer.code) == (kind, status, code)


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (200, b'{"result": 1000}', "accepted", ""),
        (200, b"", "accepted", ""),
        (200, b" \r\n", "accepted", ""),
        (200, b"{}", "accepted", ""),
        (200, b"[]", "accepted", ""),
        (200, b"OK", "accepted", "garbage"),
        (200, b"\x1f\x8b\x08\0", "accepted", "garbage"),
        (200, b"[" * 50_000, "accepted", "garbage"),
        (200, b"<!DOCTYPE html><html>Log in</html>", "unclear", "html"),
        (200, b"\n  <html>", "unclear", "html"),
        (200, b'{"result": 3102}', "refused", "3102"),
        (200, b'\xef\xbb\xbf{"result": 3102}', "refused", "3102"),
        (420, b'{"code": 3102}', "refused", "3102"),
        (420, b'{"code": 2219}', "refused", "2210"),
        (420, b'{"code": 999999}', "refused", "unknown-code"),
        (420, b"<html>", "refused", "http-other"),
        (302, b"<html>", "refused", "redirect"),
        (404, b"<html>", "refused", "http-404"),
        (500, b"<html>", "unclear", "http-500"),
        (502, b"", "unclear", "http-502"),
        (777, b"", "unclear", "http-other"),
        (503, b'{"code": 0}', "limited", "http-503"),
        (401, b"", "banned", "http-401"),
        (200, None, "unclear", "broken-off"),
    ],
)
def test_why_an_answer_is_no_yes(status: int, body: bytes | None, kind: str, reason: str) -> None:
    answer = classify(status, body)
    assert (answer.kind, answer.reason) == (kind, reason)


def _without_tls() -> int:
    """The port of a server that answers whatever is said to it with HTTP."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.recv(65536)

    threading.Thread(target=answer, daemon=True).start()
    return int(listener.getsockname()[1])


def test_why_there_is_no_answer(serve: type[Line]) -> None:
    """One server each that hangs up, talks nonsense, stops talking, hangs, does not speak TLS, and is not there."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        refusing = gone.getsockname()[1]
    hanging = socket.create_server(("127.0.0.1", 0))  # nobody accepts
    answers = {
        serve(None).url: "closed",
        serve(b"\0\1 nonsense\r\n\r\n", keep_alive=False).url: "garbage",
        serve(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", keep_alive=False).url: "broken-off",
        f"http://127.0.0.1:{hanging.getsockname()[1]}/": "timeout",
        f"https://127.0.0.1:{_without_tls()}/": "tls",
        f"http://127.0.0.1:{refusing}/": "connection-refused",
        "http://no-such-host.invalid/": "dns",
    }
    for url, reason in answers.items():
        answer = sender_to(url, read_seconds=0.5).send("clinic", "play/start", PARAMS, AT_ONCE)
        assert (answer.reason, answer.kind in ("unclear", "not_sent")) == (reason, True), url
    hanging.close()


@pytest.mark.parametrize(("status", "kind"), [(200, "unclear"), (420, "refused"), (503, "limited"), (401, "banned")])
def test_an_answer_that_broke_off(status: int, kind: str) -> None:
    assert classify(status, None).kind == kind


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    answer = sender_to(f"http://127.0.0.1:{port}/").send("clinic", "route", PARAMS, AT_ONCE)
    assert (answer.kind, answer.status) == ("not_sent", 0)


def test_a_name_that_nobody_has() -> None:
    assert sender_to("http://pbx.invalid/").send("clinic", "route", PARAMS, AT_ONCE).kind == "not_sent"


def test_a_handshake_that_fails(serve: type[Line]) -> None:
    line = serve()
    answer = sender_to(line.url.replace("http:", "https:"), connect_seconds=0.2).send(
        "clinic", "route", PARAMS, AT_ONCE
    )
    assert answer.kind == "not_sent"
    assert line.requests == []


def test_a_connection_that_came_too_late(serve: type[Line], monkeypatch: pytest.MonkeyPatch) -> None:
    line = serve(reply("200 OK"))
    hands = iter([0.0, 2.5])
    monkeypatch.setattr("router.sender.command_sender.monotonic", lambda: next(hands))
    answer = sender_to(line.url).send("clinic", "route", PARAMS, AT_ONCE)
    assert (answer.kind, answer.body) == ("not_sent", "connecting took too long")
    assert line.requests == []


def test_no_answer_in_time(serve: type[Line]) -> None:
    line = serve(b"HTTP/1.1 200 OK\r\n")
    answer = sender_to(line.url, read_seconds=0.1).send("clinic", "route", PARAMS, AT_ONCE)
    assert (answer.kind, answer.status) == ("unclear", 0)
    assert len(line.requests) == 1


def test_a_hang_up_instead_of_an_answer(serve: type[Line]) -> None:
    line = serve(None)
    assert sender_to(line.url).send("clinic", "route", PARAMS, AT_ONCE).kind == "unclear"
    assert len(line.requests) == 1


def test_a_kept_connection_that_the_peer_drops_at_the_request(serve: type[Line]) -> None:
    line = serve(reply("200 OK"), None, reply("200 OK"))
    sender = sender_to(line.url)
    kinds = [sender.send("clinic", "sms", PARAMS, AT_ONCE).kind for _ in range(3)]
    assert kinds == ["accepted", "unclear", "accepted"]
    assert len(line.requests) == 3, "nothing is repeated behind the dispatcher's back"


def test_an_answer_that_is_too_long(serve: type[Line]) -> None:
    line = serve(reply("200 OK", b"x" * (MAX_ANSWER_BYTES * 3)))
    answer = sender_to(line.url).send("clinic", "route", PARAMS, AT_ONCE)
    assert (answer.kind, answer.status, answer.body) == ("unclear", 200, "")


def test_a_body_that_breaks_off(serve: type[Line]) -> None:
    line = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", keep_alive=False)
    assert sender_to(line.url).send("clinic", "route", PARAMS, AT_ONCE).kind == "unclear"


def test_a_redirect_is_not_followed(serve: type[Line]) -> None:
    line = serve(b"HTTP/1.1 307 Go\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", reply("200 OK"))
    assert sender_to(line.url).send("clinic", "route", PARAMS, AT_ONCE).kind == "refused"
    assert len(line.requests) == 1


def test_what_is_not_http(serve: type[Line]) -> None:
    line = serve(b"220 mail.example ESMTP\r\n\r\n", keep_alive=False)
    assert sender_to(line.url).send("clinic", "route", PARAMS, AT_ONCE).kind == "unclear"


def test_secrets_are_nowhere_to_be_read(serve: type[Line], caplog: pytest.LogCaptureFixture) -> None:
    line = serve(reply("200 OK"), None)
    sender = sender_to(line.url)
    with caplog.at_level(logging.DEBUG):
        told = [repr(sender.send("clinic", "route", PARAMS, AT_ONCE)) for _ in range(2)]
    shown = " ".join([*told, repr(sender), repr(Peer(url=line.url, api_key=KEY, salt=SALT)), caplog.text])
    assert KEY not in shown
    assert SALT not in shown


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own(serve: type[Line]) -> None:
    line = serve(reply("200 OK"), reply("200 OK"))
    sender = sender_to(line.url)
    pools = sender._pools
    parents = pools.here()
    assert pools.here() is parents
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"same" if pools.here() is parents else b"own")
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    assert os.read(reading, 10) == b"own"
    os.close(reading)


def test_a_request_has_to_fit_into_its_claim() -> None:
    with pytest.raises(ConfigurationError, match="5 s"):
        sender_to("http://127.0.0.1/", read_seconds=5.5)


def test_code_beyond_all_codes_is_no_code() -> None:
    answer = classify(420, b'{"code": 99999999999999999999999}')
    assert (answer.kind, answer.code) == ("refused", 0)


def test_task_goes_to_the_contact_centre(serve: type[Line]) -> None:
    line = serve(reply("200 OK", b'{"result": 1000, "task_id": 1}'))
    peer = Peer(url="http://pbx.invalid/", cc_url=line.url.replace("/vpbx/", "/cc/"), api_key=KEY, salt=SALT)
    answer = HttpSender({"clinic": peer}).send("clinic", "task/add", {"event_type": 1}, AT_ONCE)
    assert (answer.kind, answer.code) == ("accepted", 1000)
    head, _, body = line.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /cc/task/add HTTP/1.1\r\n")
    assert parse_qs(body.decode())["json"] == ['{"event_type":1}']


@pytest.mark.parametrize(("api", "kind"), [("cc", "limited"), ("vpbx", "refused")])
def test_5008_is_a_limit_of_the_contact_centre_alone(api: str, kind: str) -> None:
    assert classify(200, b'{"result": 5008}', api=api).kind == kind


def test_query_is_signed_and_tells_what_the_pbx_told(serve: type[Line]) -> None:
    told = b'{"data": {"channel": {"source": "ads"}}}'
    line = serve(reply("200 OK", told), reply("420 Error", b'{"code": 3310}'))
    sender = sender_to(line.url)
    answer = sender.query("clinic", "queries/user_info_by_dct_number", {"number": "79000000000"}, 5.0)
    assert (answer.kind, answer.body.encode()) == ("accepted", told)
    head, _, body = line.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /vpbx/queries/user_info_by_dct_number HTTP/1.1\r\n")
    form = {name: values[0] for name, values in parse_qs(body.decode(), strict_parsing=True).items()}
    assert form["sign"] == hashlib.sha256((KEY + form["json"] + SALT).encode()).hexdigest()
    refused = sender.query("clinic", "/queries/other", {}, 5.0)
    assert (refused.kind, refused.code) == ("refused", 3310)


def test_answer_of_a_query_may_be_longer(serve: type[Line]) -> None:
    long = b'{"data": "' + b"x" * MAX_ANSWER_BYTES * 2 + b'"}'
    line = serve(reply("200 OK", long), reply("200 OK", long * 3))
    sender = sender_to(line.url)
    assert len(sender.query("clinic", "q", {}, 5.0).body) == len(long)
    assert sender.query("clinic", "q", {}, 5.0).kind == "unclear"


def test_query_without_an_answer_in_time(serve: type[Line]) -> None:
    line = serve(b"HTTP/1.1 200 OK\r\n")
    assert sender_to(line.url).query("clinic", "q", {}, 0.1).kind == "unclear"


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_query_whose_answer_drips_ends_at_its_time_out(head: bytes) -> None:
    """Byte after byte comes in time; the whole does not."""
    over = threading.Event()

    def drip() -> None:
        with listener, listener.accept()[0] as connection, contextlib.suppress(OSError):
            connection.sendall(head)
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5000:
                connection.sendall(bytes((byte,)))
                if over.wait(0.05):
                    return

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=drip)
    thread.start()
    began = time.monotonic()
    answer = sender_to(f"http://127.0.0.1:{listener.getsockname()[1]}/").query("clinic", "q", {}, 1.0)
    assert time.monotonic() - began < 5
    over.set()
    thread.join()
    assert answer.kind == "unclear"
    assert answer.reason == ("broken-off" if head else "timeout")


def test_the_salt_that_was_refused_signs_nothing_more(serve: type[Line]) -> None:
    wrong, good = reply("420 Policy Not Fulfilled", b'{"code": 3102}'), reply("200 OK")
    line = serve(wrong, good, good)
    peer = Peer(url=line.url, api_key=KEY, salt=SALT, other_salt="another")
    sender = HttpSender({"clinic": peer})
    told = [sender.send("clinic", "play/start", PARAMS, AT_ONCE) for _ in range(2)]
    assert [(one.code, one.salt, one.other_salt) for one in told] == [
        (3102, salt_name(SALT), salt_name("another")),
        (1000, salt_name("another"), salt_name(SALT)),
    ]
    departure = msgspec.structs.replace(AT_ONCE, refused_salt=salt_name("another"))  # another process was refused
    assert sender.send("clinic", "play/start", PARAMS, departure).salt == salt_name(SALT)
    signs = [parse_qs(request.partition(b"\r\n\r\n")[2].decode()) for request in line.requests]
    right = [
        is_signed(KEY.encode(), one["json"][0].encode(), one["sign"][0].encode(), [salt])
        for one, salt in zip(signs, (SALT, "another", SALT), strict=True)
    ]
    assert right == [True, True, True]
