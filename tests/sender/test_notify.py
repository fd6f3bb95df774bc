"""Notifications as their receiver sees them."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator

import pytest

from router.engine.secret_marks import mark, mark_sealed
from router.runtime.calls.encryption import SaltSealer
from router.runtime.limits.limiter import Limits
from router.runtime.lookups.lookup_runner import Means
from router.sender.notify import NotificationSender
from router.sender.outside import HttpOutside
from tests.runtime.outbox import AT_ONCE
from tests.sender.web import Told, Web, webs

SEALER = SaltSealer(["the-salt"])
MEANS = Means(salt="the-salt", secrets={"crm": "top secret"}, sealer=SEALER, limits=Limits(), private_redirects=False)


@pytest.fixture
def serve() -> Iterator[Callable[..., Web]]:
    with webs() as make:
        yield make


def sender() -> NotificationSender:
    return NotificationSender({"clinic": MEANS}, HttpOutside())


def test_receiver_can_tell_who_sent_it_and_whether_it_had_it(serve: Callable[..., Web]) -> None:
    web = serve()
    data = {
        "from": "79000000000",
        "key": mark("crm"),
        "pin": mark_sealed(SEALER.seal("1234", "e@1", "pin"), "e@1", "pin"),
        "list": [1, None],
    }
    params = {"notification_id": "t-7", "url": f"{web.url}/hook?k={mark('crm')}", "data": data}
    assert sender().send("clinic", "notify", params, AT_ONCE).kind == "accepted"
    (asked,) = web.asked
    assert (asked.method, asked.path) == ("POST", "/hook?k=top%20secret")
    assert json.loads(asked.body) == {"from": "79000000000", "key": "top secret", "pin": "1234", "list": [1, None]}
    signature = hmac.new(b"the-salt", asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["x-ivr-signature"] == f"sha256={signature}"
    assert asked.headers["x-ivr-delivery"] == "t-7"
    assert asked.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "kind"), [(200, "accepted"), (204, "accepted"), (302, "refused"), (404, "refused"), (503, "refused")]
)
def test_only_2xx_is_a_yes(serve: Callable[..., Web], status: int, kind: str) -> None:
    web = serve(lambda _asked: Told(status, b"", {"Location": "/elsewhere"}))
    answer = sender().send("clinic", "notify", {"notification_id": "t-7", "url": web.url, "data": {}}, AT_ONCE)
    assert (answer.kind, answer.status) == (kind, status)
    assert len(web.asked) == 1


def test_no_answer() -> None:
    params = {"notification_id": "t-7", "url": f"http://crm.invalid/{mark('crm')}", "data": {}}
    answer = sender().send("clinic", "notify", params, AT_ONCE)
    assert (answer.kind, answer.status, answer.body) == ("unclear", 0, "cannot connect")


def test_means_do_not_show_what_is_secret() -> None:
    assert "top secret" not in repr(MEANS)
    assert "the-salt" not in repr(MEANS)
