"""Requests to other people's systems, against servers that mean well and servers that do not."""

import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPMessage
from ipaddress import ip_address
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from router.runtime.outbound_ports import OutsideRequest, Reply
from router.sender.outside import FAULTS, MAX_ANSWER_BYTES, HttpOutside
from tests.sender.web import Asked, Told, Web, webs

PRIVATE = "redirected to a private address, which lookup_private would allow"


@pytest.fixture
def serve() -> Iterator[Callable[..., Web]]:
    with webs() as make:
        yield make


@pytest.fixture
def raw() -> Iterator[Callable[[Callable[[socket.socket], object]], str]]:
    """A listener whose one connection is served by a function of the test's."""
    listeners: list[socket.socket] = []

    def make(speak: Callable[[socket.socket], object]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            with contextlib.suppress(OSError):
                connection, _address = listener.accept()
                with connection:
                    connection.recv(65536)
                    speak(connection)

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield make
    for listener in listeners:
        listener.close()


def get(url: str, seconds: float = 5.0, *, private: bool = True, **fields: Any) -> Reply:
    request = OutsideRequest(**{"method": "GET", "url": url, **fields})
    return HttpOutside().fetch(request, seconds, private_redirects=private)


def test_what_the_author_wrote_is_what_is_sent(serve: Callable[..., Web]) -> None:
    web = serve(lambda _asked: Told(body=b'{"ok": true}'))
    reply = get(
        f"{web.url}/pin?x=a%2Fb",
        method="POST",
        headers={"Authorization": "Bearer t", "accept": "text/json"},
        body=b'{"pin":"1"}',
    )
    assert (reply.status, reply.body, reply.fault) == (200, b'{"ok": true}', "")
    (asked,) = web.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/pin?x=a%2Fb", b'{"pin":"1"}')
    assert asked.headers["authorization"] == "Bearer t"
    assert asked.headers["accept"] == "text/json"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [201, 404, 500])
def test_every_status_is_an_answer(serve: Callable[..., Web], status: int) -> None:
    web = serve(lambda _asked: Told(status, b"x"))
    assert get(web.url) == Reply(status=status, body=b"x")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert get(f"http://127.0.0.1:{port}/").fault == "cannot connect"
    assert get("http://crm.invalid/").fault == "cannot connect"


def test_no_answer_in_time(serve: Callable[..., Web]) -> None:
    released = threading.Event()
    web = serve(lambda _asked: Told(hold=released))
    reply = get(web.url, 0.1)
    released.set()
    assert reply == Reply(fault="no answer in time")


def test_no_time_at_all(serve: Callable[..., Web]) -> None:
    web = serve()
    assert get(web.url, 0.0) == Reply(fault="no answer in time")
    assert web.asked == []


def drip(text: bytes, pause: threading.Event) -> Callable[[socket.socket], None]:
    """Says one byte after the other, each of them within any time-out of a single read."""

    def speak(connection: socket.socket) -> None:
        for byte in text:
            if pause.wait(0.02):
                return
            connection.sendall(bytes([byte]))

    return speak


def test_head_that_drips_has_the_time_of_one_answer(raw: Callable[..., str]) -> None:
    stop = threading.Event()
    url = raw(drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5_000, stop))
    reply = get(url, 0.3)
    stop.set()
    assert reply == Reply(fault="no answer in time")


def test_body_that_drips_has_the_time_of_one_answer(raw: Callable[..., str]) -> None:
    stop = threading.Event()

    def speak(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        drip(b"x" * 5_000, stop)(connection)

    reply = get(raw(speak), 0.3)
    stop.set()
    assert (reply.status, reply.fault) == (200, "the answer broke off, or is too long or too slow")


SLOW = "the answer broke off, or is too long or too slow"


def steady(seconds: float = 0.5, url: str = "", **fields: Any) -> Reply:
    """The reply, once it is certain that it took its time-out and not twice as long."""
    began = monotonic()
    reply = get(url, seconds, **fields)
    assert monotonic() - began < 2 * seconds + 1
    return reply


@pytest.mark.parametrize("head", [b"Content-Length: 5000\r\n", b"", b"Transfer-Encoding: chunked\r\n"])
def test_body_that_stops_ends_at_the_time_out(raw: Callable[..., str], head: bytes) -> None:
    """Its own time-out would begin anew behind the head, which took most of the time already."""
    stop = threading.Event()

    def speak(connection: socket.socket) -> None:
        stop.wait(1.8)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        connection.sendall(b'3\r\n{"a\r\n' if b"chunked" in head else b'{"a')
        stop.wait(20)

    reply = steady(2.0, raw(speak))
    stop.set()
    assert (reply.body, reply.fault) == (b"", SLOW)


def test_tls_that_drips_has_the_time_of_one_answer(raw: Callable[..., str]) -> None:
    stop = threading.Event()
    reply = steady(0.5, raw(drip(b"\x16\x03\x03\x40\x00" + b"x" * 5_000, stop)).replace("http:", "https:"))
    stop.set()
    assert reply == Reply(fault="no answer in time")


def test_name_that_is_slow_to_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: released.wait(20) or [])
    reply = steady(0.5, "http://crm.example/")
    released.set()
    assert reply == Reply(fault="no answer in time")


def test_addresses_that_do_not_answer_share_the_time(
    serve: Callable[..., Web], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one does. (A full backlog answers nobody.)"""
    web = serve()
    port = int(web.url.rpartition(":")[2])
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.2", port))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.2", port))
        full = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in ("127.0.0.2", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: full)
        assert steady(3.0, f"http://crm.example:{port}/").status == 200
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: full[:1] * 3)
        assert steady(0.5, f"http://crm.example:{port}/") == Reply(fault="no answer in time")


def test_redirects_share_the_time(serve: Callable[..., Web]) -> None:
    def answer(_asked: Asked) -> Told:
        sleep(0.4)
        return Told(302, headers={"Location": "/"})

    assert steady(1.0, serve(answer).url) == Reply(fault="no answer in time")


def test_connection_is_kept_and_found_broken(serve: Callable[..., Web]) -> None:
    web, outside = serve(), HttpOutside()
    request = OutsideRequest(method="GET", url=web.url)
    released = threading.Event()
    assert outside.fetch(request, 5.0).status == outside.fetch(request, 5.0).status == 200
    web.answer = lambda _asked: Told(hold=released)
    assert outside.fetch(request, 0.3) == Reply(fault="no answer in time")
    released.set()
    web.answer = lambda _asked: Told()
    assert outside.fetch(request, 5.0).status == 200


@pytest.mark.parametrize(("size", "fits"), [(MAX_ANSWER_BYTES, True), (MAX_ANSWER_BYTES + 1, False)])
def test_size_of_an_answer(serve: Callable[..., Web], size: int, fits: bool) -> None:
    web = serve(lambda _asked: Told(body=b"x" * size))
    reply = get(web.url)
    assert len(reply.body) == (size if fits else 0)
    assert bool(reply.fault) is not fits


def test_what_is_not_http(raw: Callable[..., str]) -> None:
    assert get(raw(lambda line: line.sendall(b"220 mail ESMTP\r\n\r\n"))).fault.startswith("the connection broke")


def test_certificate_that_nobody_signed(raw: Callable[..., str]) -> None:
    url = raw(lambda line: line.sendall(b"HTTP/1.1 200 OK\r\n\r\n"))
    assert get(url.replace("http:", "https:")).fault == "no trusted TLS connection"


@pytest.mark.parametrize(
    "request_fields",
    [{"headers": {"X": "a\r\nb"}}, {"headers": {"X": "ж"}}, {"url": "http://[::1"}, {"url": "ftp://127.0.0.1/"}],
)
def test_what_cannot_be_asked(request_fields: dict[str, Any]) -> None:
    assert get(**{"url": "http://127.0.0.1:1/", **request_fields}).fault


@pytest.fixture
def certified(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """(a certificate for 127.0.0.1, the context of a server that has it)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    trusted, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    trusted.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return trusted, context


def test_certificate_decides(
    serve: Callable[..., Web], certified: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = certified
    web = serve(to("/there"), context)
    assert get(f"{web.url}/").fault == "no trusted TLS connection"
    assert get(f"{web.url.replace('127.0.0.1', 'localhost')}/").fault == "no trusted TLS connection"
    assert web.asked == []
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    assert get(f"{web.url}/").body == b'"there"'
    assert get(f"{web.url}/", private=False) == Reply(fault=PRIVATE)


def test_head_that_does_not_come_over_tls(
    serve: Callable[..., Web], certified: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = certified
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    released = threading.Event()
    web = serve(lambda _asked: Told(hold=released), context)
    reply = get(web.url, 0.5)
    released.set()
    assert reply == Reply(fault="no answer in time")


# redirects


def to(location: str, status: int = 302) -> Callable[[Asked], Told]:
    return lambda asked: Told(status, headers={"Location": location}) if asked.path == "/" else Told(body=b'"there"')


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_get_follows(serve: Callable[..., Web], status: int) -> None:
    web = serve(to("/there?a=1", status))
    assert get(f"{web.url}/", headers={"Authorization": "Bearer t"}).body == b'"there"'
    assert [asked.path for asked in web.asked] == ["/", "/there?a=1"]
    assert web.asked[1].headers["authorization"] == "Bearer t"


def test_headers_stay_with_their_host(serve: Callable[..., Web]) -> None:
    other = serve()
    web = serve(to(f"{other.url}/there"))
    assert get(f"{web.url}/", headers={"Authorization": "Bearer t", "X-Key": "k"}).status == 200
    assert {"authorization", "x-key"} & other.asked[0].headers.keys() == set()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_nothing_else_follows(serve: Callable[..., Web], method: str) -> None:
    web = serve(to("/there"))
    assert get(f"{web.url}/", method=method, body=b"{}").status == 302
    assert len(web.asked) == 1


def test_endless_redirects(serve: Callable[..., Web]) -> None:
    web = serve(lambda _asked: Told(302, headers={"Location": "/"}))
    assert get(f"{web.url}/") == Reply(fault="redirected more than 3 times")
    assert len(web.asked) == 4


def test_redirect_without_a_target_is_an_answer(serve: Callable[..., Web]) -> None:
    web = serve(lambda _asked: Told(302, b""))
    assert get(web.url).status == 302


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_redirect_into_a_private_network(serve: Callable[..., Web], host: str) -> None:
    inside = serve()
    web = serve(to(f"{inside.url.replace('127.0.0.1', host)}/there"))
    assert get(f"{web.url}/", private=False) == Reply(fault=PRIVATE)
    assert inside.asked == [], "not one byte of it was asked"
    assert get(f"{web.url}/", private=True).status == 200


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://[", "//"])
def test_redirect_to_what_is_no_web(serve: Callable[..., Web], target: str) -> None:
    assert get(f"{serve(to(target)).url}/").fault


def test_from_https_to_http(monkeypatch: pytest.MonkeyPatch) -> None:
    class Redirecting:
        status, headers = 302, HTTPMessage()

        def close(self) -> None:
            """Nothing is open."""

    Redirecting.headers["Location"] = "http://crm.example/"
    monkeypatch.setattr("router.sender.outside._begin", lambda *_: Redirecting())
    assert get("https://crm.example/") == Reply(fault="redirected from https to http")


# secrets


def test_secrets_are_nowhere_to_be_read(serve: Callable[..., Web], caplog: pytest.LogCaptureFixture) -> None:
    web = serve(lambda _asked: Told(headers={"Bad header": "x"}))
    request = OutsideRequest(method="GET", url=f"{web.url}/?key=top-secret", headers={"X": "top-secret"})
    with caplog.at_level(logging.DEBUG):
        told = [repr(HttpOutside().fetch(request, 5.0)), repr(request)]
        broken = OutsideRequest(method="GET", url=f"{web.url}/", headers={"X": "top-secret\n"})
        told.append(repr(HttpOutside().fetch(broken, 5.0)))
    assert "top-secret" in web.asked[0].path
    assert "top-secret" not in " ".join([*told, caplog.text])


def test_every_fault_has_a_text() -> None:
    assert all(text for _kind, text in FAULTS)
