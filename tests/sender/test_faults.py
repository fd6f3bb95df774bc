"""What is said of a PBX that is broken, each trouble over a real socket."""

import socket
from pathlib import Path

import pytest

from router.client import Mango
from router.errors import MangoError, NotAnswered, NotReached
from router.sender.command_sender import HttpSender, Peer
from tests.broken_peer import CLOSE, HANG, Certificate, broken_peer, certificate, http
from tests.runtime.outbox import AT_ONCE

KEY, SALT = "the-key-of-a-test", "the-salt-of-a-test"
PARAMS = {"command_id": "c1", "call_id": "leg", "to_number": "101"}


def fault_of_command(url: str) -> tuple[str, str, str]:
    """(kind, reason, what is said) of one route."""
    sender = HttpSender({"clinic": Peer(url=url, api_key=KEY, salt=SALT)}, connect_seconds=1.0, read_seconds=0.5)
    answer = sender.send("clinic", "route", PARAMS, AT_ONCE)
    return answer.kind, answer.reason, answer.body


def refusal_of_client(url: str) -> MangoError:
    with pytest.raises(MangoError) as raised:
        Mango(KEY, SALT, api_url=url, patience_seconds=0.1).account_balance()
    return raised.value


@pytest.mark.parametrize(
    ("answer", "kind", "reason", "said"),
    [
        (http("500 Oops", b"<html>oops</html>"), "unclear", "http-500", "broken"),
        (http("502 Bad Gateway", b""), "unclear", "http-502", "broken"),
        (http("200 OK", b"<html>Welcome to our WiFi</html>"), "unclear", "html", "page of HTML"),
        (http("200 OK", b"\x00\xff\xfe garbage"), "accepted", "garbage", "no JSON"),
        (http("302 Found", b"", "Location: https://example.com/"), "refused", "redirect", "a redirect"),
        (http("404 Not Found", b"<html>"), "refused", "http-404", "address is not that of the API"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "unclear", "garbage", "no HTTP"),
        (CLOSE, "unclear", "closed", "closed the connection"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
            "unclear",
            "broken-off",
            "closed before the answer was whole",
        ),
    ],
)
def test_pbx_that_answers_nonsense(answer: bytes, kind: str, reason: str, said: str) -> None:
    with broken_peer(answer) as port:
        url = f"http://127.0.0.1:{port}/vpbx/"
        assert fault_of_command(url)[:2] == (kind, reason)
        refused = refusal_of_client(url)
        assert said in refused.message
        assert SALT not in refused.message


def test_pbx_that_hangs() -> None:
    with broken_peer(HANG) as port:
        kind, fault, said = fault_of_command(f"http://127.0.0.1:{port}/vpbx/")
    assert (kind, fault) == ("unclear", "timeout")
    assert "no answer came in time" in said


def test_pbx_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    kind, fault, said = fault_of_command(f"http://127.0.0.1:{port}/vpbx/")
    assert (kind, fault, said) == ("not_sent", "connection-refused", "cannot connect: nobody listens there")
    assert isinstance(refusal_of_client(f"http://127.0.0.1:{port}/vpbx/"), NotReached)


def test_pbx_whose_name_nobody_knows() -> None:
    assert fault_of_command("http://pbx.invalid/vpbx/")[:2] == ("not_sent", "dns")


def made(kind: str, directory: Path) -> Certificate:
    if kind == "self-signed":
        return certificate(directory, self_signed=True)
    if kind == "expired":
        return certificate(directory, days=(-30, -1))
    if kind == "not yet valid":
        return certificate(directory, days=(1, 30))
    return certificate(directory, host="other.example")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("self-signed", "self-signed"),
        ("expired", "has expired"),
        ("not yet valid", "not valid yet"),
        ("other host", "for another address"),
    ],
)
def test_certificates_that_are_wrong(kind: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_of = made(kind, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made_of.authority))
    with broken_peer(http("200 OK", b"{}"), made_of) as port:
        url = f"https://127.0.0.1:{port}/vpbx/"
        told = fault_of_command(url)
        assert told[:2] == ("not_sent", "tls")
        assert said in told[2]
        assert said in refusal_of_client(url).message


def test_good_certificate_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(good.authority))
    with broken_peer(http("200 OK", b'{"result": 1000}'), good) as port:
        assert fault_of_command(f"https://127.0.0.1:{port}/vpbx/")[0] == "accepted"


def test_http_and_https_mixed_up() -> None:
    with broken_peer(http("400 Bad Request", b"")) as port:
        kind, fault, said = fault_of_command(f"https://127.0.0.1:{port}/vpbx/")
        assert (kind, fault) == ("not_sent", "tls")
        assert "does not speak TLS" in said
    with broken_peer(b"\x15\x03\x01\x00\x02\x02\x46") as port:  # the alert of a TLS server that gets plain text
        refused = refusal_of_client(f"http://127.0.0.1:{port}/vpbx/")
        assert isinstance(refused, NotAnswered)
        assert "it speaks TLS: https:// is needed" in refused.message


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"result": 1000}', b'\xef\xbb\xbf{"result": 0}', b'{"text": "\xcf\xf0"}']
)
def test_what_peers_send_for_yes_stays_a_yes(body: bytes) -> None:
    with broken_peer(http("200 OK", body)) as port:
        assert fault_of_command(f"http://127.0.0.1:{port}/vpbx/")[:2] == ("accepted", "")
