"""Signs of notifications, against the examples of Standard Webhooks' own libraries."""

import base64

import pytest

from router.protocol.webhook_sign import derived_secret, read_secret, receiver_of, signatures, write_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def test_the_reference_libraries_example() -> None:
    signed = signatures([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_give_two_signs_the_newest_first() -> None:
    one, other = (signatures([secret], "id", 1, b"{}") for secret in (OTHER, SECRET))
    assert signatures([OTHER, SECRET], "id", 1, b"{}") == f"{one} {other}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_",
        "whsec_not base64!",
        write_secret(bytes(23)),
        write_secret(bytes(65)),
        "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ],
)
def test_what_is_no_secret(text: str) -> None:
    with pytest.raises(ValueError, match="ivr deliveries secret --new") as refused:
        read_secret(text)
    assert text in ("", "whsec_") or text not in str(refused.value)


def test_derived_secrets_differ_by_salt_and_receiver() -> None:
    found = {derived_secret(salt, host) for salt in ("s", "t") for host in ("https://a.example", "https://b.example")}
    assert len(found) == 4
    assert all(len(read_secret(secret)) == 32 for secret in found)


@pytest.mark.parametrize(
    ("url", "receiver"),
    [
        ("https://crm.example/hooks?x=1", "https://crm.example"),
        ("https://CRM.example:443", "https://crm.example"),
        ("http://crm.example:80/", "http://crm.example"),
        ("http://crm.example:8080#x", "http://crm.example:8080"),
        ("https://user:word@crm.example/x", "https://crm.example"),
        ("https://[::1]:8443/x", "https://[::1]:8443"),
        ("https://crm.example:99999/x", "https://crm.example:99999"),
        ("ftp://crm.example/", ""),
        ("crm.example", ""),
        ("", ""),
    ],
)
def test_receiver_of_an_address(url: str, receiver: str) -> None:
    assert receiver_of(url) == receiver
