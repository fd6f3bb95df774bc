"""The paths of what flows tell other systems, on a router over memory."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from router.bootstrap.router import Router
from router.history.journal import CONFIRMED, EXPIRED, FAILED, QUEUED, SENT
from router.web import create_app
from tests.history.test_delivery_view import AT, told
from tests.runtime.living import FIRST, living_router, write_bundle


@pytest.fixture
def router(tmp_path: Path) -> Router:
    write_bundle(tmp_path / "flows", FIRST)
    made = living_router(IVR_FLOWS=str(tmp_path / "flows"))
    with made.store.transaction() as transaction:
        transaction.queue(told("t-1", state=FAILED, confirmed=AT, http_status=404, attempts=1, reason="HTTP 404"))
        transaction.queue(told("t-2", queued=AT + 1))
        transaction.queue(told("t-3", queued=AT + 2, receiver="https://other.example", entry_id="e2"))
    return made


@pytest.fixture
def client(router: Router) -> FlaskClient:
    return create_app(router).test_client()


def ids(client: FlaskClient, query: str = "") -> list[str]:
    return [one["delivery_id"] for one in client.get(f"/api/deliveries{query}").get_json()["deliveries"]]


def test_listed_newest_first_by_state_receiver_and_call(client: FlaskClient) -> None:
    assert ids(client) == ["t-3", "t-2", "t-1"]
    assert ids(client, "?state=failed") == ["t-1"]
    assert ids(client, "?receiver=https://other.example") == ["t-3"]
    assert ids(client, "?entry_id=e1&state=queued") == ["t-2"]
    page = client.get("/api/deliveries?limit=2").get_json()
    assert ids(client, f"?limit=2&cursor={page['next']}") == ["t-1"]
    assert client.get("/api/deliveries?cursor=x").status_code == 400


def test_one(client: FlaskClient) -> None:
    assert client.get("/api/deliveries/t-1").get_json()["reason"] == "HTTP 404"
    assert client.get("/api/deliveries/t-9").status_code == 404


def test_redelivered_and_cancelled(router: Router, client: FlaskClient) -> None:
    again = client.post("/api/deliveries/t-1/redeliver")
    assert (again.status_code, again.get_json()["state"]) == (200, QUEUED)
    assert again.get_json()["reason"].startswith("delivered again by ")
    assert client.post("/api/deliveries/t-2/cancel").get_json()["state"] == EXPIRED
    assert client.post("/api/deliveries/t-9/cancel").status_code == 404
    rows = {row.command_id: row.state for row in router.store.deliveries(None)[0]}
    assert rows == {"t-1": QUEUED, "t-2": EXPIRED, "t-3": QUEUED}


@pytest.mark.parametrize(("state", "does"), [(SENT, "redeliver"), (SENT, "cancel"), (CONFIRMED, "cancel")])
def test_what_cannot_be_changed_now(router: Router, client: FlaskClient, state: str, does: str) -> None:
    with router.store.transaction() as transaction:
        transaction.update_command(told("t-2", queued=AT + 1, state=state))
    answer = client.post(f"/api/deliveries/t-2/{does}")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "delivery-busy")
