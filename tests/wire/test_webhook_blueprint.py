"""The webhook in somebody else's Flask application."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup

from router.web import create_app, webhook_blueprint
from tests.web.parts import KEY, SALT, FakeParts, settings, signed
from tests.web.test_webhook import CALL, answer, post

DOCUMENTATION = Path(__file__).parents[2] / "docs/webhook.md"


@pytest.fixture
def parts() -> FakeParts:
    return FakeParts(settings(IVR_PREFIX="/mango/hook"))


@pytest.fixture
def shop(parts: FakeParts) -> Flask:
    """An application with paths and ways of its own."""
    app = Flask("shop")
    app.register_blueprint(webhook_blueprint(parts), url_prefix="/telephony")
    app.add_url_rule("/events/sale", "sale", lambda: "sold", methods=["POST"])
    app.register_error_handler(404, lambda error: ("the shop has no such page", 404))
    app.register_error_handler(405, lambda error: ("the shop does not do that", 405))
    return app


@pytest.mark.parametrize("mount", ["", "/vpbx", "/vpbx/api/v1", "/mango/hook"])
def test_it_answers_under_the_prefix(mount: str, shop: Flask, parts: FakeParts) -> None:
    client = shop.test_client()
    assert answer(post(client, f"/telephony{mount}/events/call", signed(CALL))) == (200, 1000)
    assert answer(post(client, f"/telephony{mount}/ping", b"")) == (200, 1000)
    assert answer(post(client, f"/telephony{mount}/events/call", signed(CALL, salt="other"))) == (403, 3102)
    assert [one[1] for one in parts.ingest.accepted] == ["events/call"]


@pytest.mark.parametrize(
    "path",
    [
        "//events/call",
        "/events//call/",
        "/vpbx//events/call",
        "//vpbx/api//v1///events/call",
        "/mango//hook/events/call",
    ],
)
def test_several_slashes_count_as_one(path: str, shop: Flask, parts: FakeParts) -> None:
    assert answer(post(shop.test_client(), f"/telephony{path}", signed(CALL))) == (200, 1000)
    assert [one[1] for one in parts.ingest.accepted] == ["events/call"]


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "BREW"])
def test_it_refuses_in_its_own_words(method: str, shop: Flask) -> None:
    response = shop.test_client().open("/telephony/events/call", method=method)
    assert answer(response) == (405, 3101)
    assert response.headers["Allow"] == "POST"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_rest_is_the_applications(shop: Flask, parts: FakeParts) -> None:
    client = shop.test_client()
    assert post(client, "/events/sale", b"").text == "sold"
    for path in ("/events/call", "/ping", "/telephony/", "/telephony/events", "/telephony/shop", "/telephonyx/ping"):
        assert post(client, path, signed(CALL)).text == "the shop has no such page"
    assert client.get("/events/sale").text == "the shop does not do that"
    assert not parts.ingest.accepted


def test_two_routers_in_one_application() -> None:
    app, routers = Flask("both"), [FakeParts(settings(IVR_PREFIX=prefix)) for prefix in ("/one", "/other")]
    for name, parts in zip(("a", "b"), routers, strict=True):
        app.register_blueprint(webhook_blueprint(parts), url_prefix=f"/{name}", name=name)
    client = app.test_client()
    assert answer(post(client, "/a/one//events/call", signed(CALL))) == (200, 1000)
    assert answer(post(client, "/b//other/events/call", signed(CALL))) == (200, 1000)
    assert post(client, "/b/one//events/call", signed(CALL)).status_code == 404
    assert [len(parts.ingest.accepted) for parts in routers] == [1, 1]


def test_the_example_of_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"MANGO_API_KEY": KEY, "MANGO_API_SALT": SALT, "MANGO_ALLOWED_IPS": "any", "IVR_WATCH": "0"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"(?ms)^```python\n(.*?)^```", DOCUMENTATION.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    exec(code, names)
    try:
        answered = post(names["app"].test_client(), "/telephony/vpbx/ping", signed("{}"))
        assert answer(answered) == (200, 1000)
    finally:
        names["router"].stop()
        names["router"].store.close()


def test_flask_shows_the_routes() -> None:
    app = create_app(FakeParts(settings(IVR_PREFIX="/mango/hook")))
    group = FlaskGroup(create_app=lambda: app)
    shown = CliRunner().invoke(group, ["routes"]).output.splitlines()
    routes = {tuple(line.split()) for line in shown}
    for mount in ("/", "/vpbx/", "/vpbx/api/v1/", "/mango/hook/"):
        assert ("webhook.ping", "POST", f"{mount}ping") in routes
        assert ("webhook.event", "POST", f"{mount}events/<path:name>") in routes
        assert ("webhook.result", "POST", f"{mount}result/<path:name>") in routes
