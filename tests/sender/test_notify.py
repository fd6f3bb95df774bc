"""Notifications as their receiver sees them."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from router.config.receivers import Receiver
from router.engine.secret_marks import mark, mark_sealed
from router.protocol.webhook_sign import derived_secret, receiver_of, signatures
from router.runtime.calls.encryption import SaltSealer
from router.runtime.limits.limiter import Limits
from router.runtime.lookups.lookup_runner import Means
from router.sender.notify import NotificationSender, Signing
from router.sender.outside import HttpOutside
from tests.runtime.outbox import AT_ONCE
from tests.sender.web import Told, Web, webs

SEALER = SaltSealer(["the-salt"])
MEANS = Means(secrets={"crm": "top secret"}, sealer=SEALER, limits=Limits(), private_redirects=False)
SECRET, OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "A" * 44
NOW = 1_795_000_000.9
ENVELOPE = {"type": "main.tell", "id": "t-7", "sequence": 2}


class Steady:
    """A clock that the test moves."""

    at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def serve() -> Iterator[Callable[..., Web]]:
    with webs() as make:
        yield make


def sender(
    *receivers: Receiver, salts: tuple[str, ...] = ("the-salt",), steady: Callable[[], float] = time.monotonic
) -> NotificationSender:
    signing = Signing(salts=salts, receivers=receivers)
    return NotificationSender({"clinic": MEANS}, {"clinic": signing}, HttpOutside(), now=lambda: NOW, steady=steady)


def params(url: str, data: Any = None, **more: Any) -> dict[str, Any]:
    return {"notification_id": "t-7", "url": url, "data": data, "envelope": ENVELOPE, **more}


def test_receiver_can_tell_who_sent_it_and_whether_it_had_it(serve: Callable[..., Web]) -> None:
    web = serve()
    data = {
        "from": "79000000000",
        "key": mark("crm"),
        "pin": mark_sealed(SEALER.seal("1234", "e@1", "pin"), "e@1", "pin"),
        "list": [1, None],
    }
    answer = sender().send("clinic", "notify", params(f"{web.url}/hook?k={mark('crm')}", data), AT_ONCE)
    assert answer.kind == "accepted"
    (asked,) = web.asked
    assert (asked.method, asked.path) == ("POST", "/hook?k=top%20secret")
    opened = {"from": "79000000000", "key": "top secret", "pin": "1234", "list": [1, None]}
    assert json.loads(asked.body) == {**ENVELOPE, "data": opened}
    secret = derived_secret("the-salt", receiver_of(web.url))
    assert asked.headers["webhook-id"] == asked.headers["x-ivr-delivery"] == "t-7"
    assert asked.headers["webhook-timestamp"] == "1795000000"
    assert asked.headers["webhook-signature"] == signatures([secret], "t-7", 1_795_000_000, asked.body)
    assert asked.headers["content-type"] == "application/json"


def test_one_that_an_older_version_queued_is_the_data_alone(serve: Callable[..., Web]) -> None:
    web = serve()
    old = {"notification_id": "t-7", "url": web.url, "data": {"a": 1}}
    assert sender().send("clinic", "notify", old, AT_ONCE).kind == "accepted"
    assert json.loads(web.asked[0].body) == {"a": 1}


def test_a_named_receiver_has_its_own_secrets_and_both_sign_while_they_are_rotated(serve: Callable[..., Web]) -> None:
    web = serve()
    whole = Receiver(name="all", url=web.url, secrets=(OLD,))
    crm = Receiver(name="crm", url=f"{web.url}/crm/", secrets=(SECRET, OLD))
    telling = sender(whole, crm)
    for path in ("/crm/calls", "/crmx", "/crm"):
        telling.send("clinic", "notify", params(f"{web.url}{path}"), AT_ONCE)
    signs = [asked.headers["webhook-signature"] for asked in web.asked]
    both, one = (signatures(known, "t-7", 1_795_000_000, web.asked[0].body) for known in ((SECRET, OLD), (OLD,)))
    assert signs == [both, one, both]


def test_two_salts_derive_two_secrets(serve: Callable[..., Web]) -> None:
    web = serve()
    sender(salts=("new", "old")).send("clinic", "notify", params(web.url), AT_ONCE)
    expected = [derived_secret(salt, receiver_of(web.url)) for salt in ("new", "old")]
    assert web.asked[0].headers["webhook-signature"] == signatures(expected, "t-7", 1_795_000_000, web.asked[0].body)


@pytest.mark.parametrize(
    ("status", "kind"), [(200, "accepted"), (204, "accepted"), (302, "refused"), (404, "refused"), (503, "refused")]
)
def test_only_2xx_is_a_yes(serve: Callable[..., Web], status: int, kind: str) -> None:
    web = serve(lambda _asked: Told(status, b"", {"Location": "https://user:word@else.example/k=top%20secret?q"}))
    answer = sender().send("clinic", "notify", params(web.url, {}), AT_ONCE)
    assert (answer.kind, answer.status) == (kind, status)
    assert answer.body == ("https://else.example" if status == 302 else "")
    assert len(web.asked) == 1


def test_who_asks_for_patience_is_left_alone_by_all_notifications(serve: Callable[..., Web]) -> None:
    web, other, steady = serve(lambda _asked: Told(429, b"", {"Retry-After": "60"})), serve(), Steady()
    telling = sender(steady=steady)
    assert telling.send("clinic", "notify", params(web.url), AT_ONCE).retry_after == 60.0
    steady.at += 20
    held = telling.send("clinic", "notify", params(f"{web.url}/else"), AT_ONCE)
    assert (held.kind, held.held, held.retry_after) == ("not_sent", True, 40.0)
    assert telling.send("clinic", "notify", params(other.url), AT_ONCE).kind == "accepted"
    assert len(web.asked) == 1
    steady.at += 40
    telling.send("clinic", "notify", params(web.url), AT_ONCE)
    assert len(web.asked) == 2


def test_patience_of_more_than_a_day_is_a_day(serve: Callable[..., Web]) -> None:
    web = serve(lambda _asked: Told(503, b"", {"Retry-After": "999999"}))
    assert sender().send("clinic", "notify", params(web.url), AT_ONCE).retry_after == 86_400.0


def test_no_answer() -> None:
    answer = sender().send("clinic", "notify", params(f"http://crm.invalid/{mark('crm')}", {}), AT_ONCE)
    assert (answer.kind, answer.status, answer.body) == ("unclear", 0, "cannot connect")


def test_nothing_shows_what_is_secret() -> None:
    receiver = Receiver(name="crm", url="https://crm.example", secrets=(SECRET,))
    for shown in (MEANS, receiver, Signing(salts=("the-salt",), receivers=(receiver,))):
        assert not any(secret in repr(shown) for secret in ("top secret", "the-salt", SECRET))
