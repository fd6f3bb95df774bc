"""What holds for every answer, whatever the path and whatever went wrong."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client

from router.web import create_app
from tests.runtime.living import FIRST, living_router, publish, ring, write_bundle
from tests.web.parts import FakeParts, settings, signed

PATHS = [
    "/healthz", "/readyz", "/metrics", "/", "/nowhere", "/console", "/console/", "/console/index.html", "/console/nothing",
    "/api", "/api/", "/api/calls", "/api/calls/none", "/api/calls?limit=x", "/api/openapi.yaml", "/api/nothing", "/api/limits",
    "/api/versions", "/ping", "/events/call", "/vpbx/events/call", "/result/route", "/events/nothing", "/%00", "/api/%00",
]  # fmt: skip


@pytest.mark.parametrize("token", ["", "a-token-of-24-characters"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"])
def test_no_answer_may_be_guessed_at(method: str, token: str) -> None:
    client = create_app(FakeParts(settings(IVR_ADMIN_TOKEN=token))).test_client()
    for path in PATHS:
        answer = client.open(path, method=method)
        assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"], path
        answer.close()


def test_a_fault_of_ours_may_not_be_guessed_at() -> None:
    app: Flask = create_app(FakeParts())
    app.add_url_rule("/broken", "broken", lambda: 1 // 0)
    answer = Client(app).get("/broken")  # no path that is described
    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (500, "nosniff")


def test_a_taken_event_too() -> None:
    answer = create_app(FakeParts()).test_client().post("/ping", data=signed("{}"))
    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")


@pytest.fixture
def living(tmp_path: Path) -> FlaskClient:
    write_bundle(tmp_path / "flows", FIRST)
    router = living_router(IVR_FLOWS=str(tmp_path / "flows"))
    publish(router, FIRST)
    ring(router, "e1")
    return create_app(router).test_client()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/calls/%00", 404), ("/api/calls/a%00b", 404), ("/api/%00", 404), ("/api/versions/%00/activate", 404),
        ("/api/calls/e1%00/commands", 404), ("/api/calls?line=%00", 400), ("/api/calls?flow=a%00", 400),
        ("/api/calls?sip_call_id=%00x", 400), ("/api/calls?cursor=%00", 400), ("/api/calls?since=%00", 400),
        ("/api/calls?account=%00", 400), ("/api/calls?%00=1", 400), ("/api/commands?state=%00", 400),
        ("/api/calls?line=%ED%A0%80", 200), ("/api/calls/%ED%A0%80", 404), ("/api/events?after=%00", 400),
    ],
)  # fmt: skip
def test_nul_is_nobodys_name(path: str, status: int, living: FlaskClient) -> None:
    post = ("commands" in path and "?" not in path) or "activate" in path
    answer = living.post(path, json={"command": "hangup"}) if post else living.get(path)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "body",
    [
        '{"command": "hang\\u0000up"}', '{"command": "route", "to_number": "1\\u0000"}', '{"command": "route", "x\\u0000": "1"}',
        '{"command": "route", "to_number": "\\ud800"}', '{"command": "route", "to_number": ["\\udfff"]}',
        '{"command": ' + "[" * 100_000, "[" * 700 + "]" * 700, '{"command": "route", "x": ' + '{"y":' * 900 + "1" + "}" * 901,
    ],
    ids=range(8),
)  # fmt: skip
def test_what_no_database_keeps_is_refused(body: str, living: FlaskClient) -> None:
    answer: Any = living.post("/api/calls/e1/commands", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
