"""The paths that change something, on a router over memory."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from router.bootstrap.router import Router
from router.web import create_app
from tests.runtime.living import FIRST, SECOND, living_router, publish, ring, write_bundle


@pytest.fixture
def router(tmp_path: Path) -> Router:
    write_bundle(tmp_path / "flows", FIRST)
    return living_router(IVR_FLOWS=str(tmp_path / "flows"))


@pytest.fixture
def client(router: Router) -> FlaskClient:
    return create_app(router).test_client()


class TestVersions:
    def test_canary_is_published_promoted_and_ended(self, router: Router, client: FlaskClient, tmp_path: Path) -> None:
        first = client.post("/api/versions").get_json()["version"]
        write_bundle(tmp_path / "flows", SECOND)
        answer = client.post("/api/versions?canary=10%25")
        assert (answer.status_code, answer.get_json()["state"]) == (201, "canary")
        second = answer.get_json()["version"]
        assert router.store.serving("default").share == 0.1
        assert client.post(f"/api/versions/{second}/activate?canary=25%25").get_json()["state"] == "canary"
        assert router.store.serving("default").share == 0.25
        assert client.post(f"/api/versions/{second}/activate").get_json()["state"] == "active"
        assert client.post(f"/api/versions/{first}/activate").get_json()["state"] == "active"
        assert router.store.serving("default").canary == ""

    @pytest.mark.parametrize("share", ["0%25", "100%25", "10", "x%25", "nan%25", "-1%25", "1e1000%25"])
    def test_share_that_is_none(self, client: FlaskClient, share: str) -> None:
        answer = client.post(f"/api/versions?canary={share}")
        assert answer.status_code == 400
        assert "canary=10%" in answer.get_json()["detail"]

    def test_canary_without_an_active_version(self, client: FlaskClient) -> None:
        answer = client.post("/api/versions?canary=10%25")
        assert answer.status_code == 400
        assert "nothing is active" in answer.get_json()["detail"]


class TestPause:
    def test_pause_and_resume(self, router: Router, client: FlaskClient) -> None:
        publish(router, FIRST)
        answer = client.post("/api/pause").get_json()
        assert answer == {"accounts": [{"account": "default", "paused": True}]}
        assert router.store.serving("default").paused
        assert client.post("/api/resume").get_json()["accounts"][0]["paused"] is False
        assert not router.store.serving("default").paused
        assert router.store.serving("default").active

    def test_of_an_account_that_is_not_there(self, client: FlaskClient) -> None:
        assert client.post("/api/pause?account=nobody").status_code == 404

    def test_reading_does_not_pause(self, router: Router, client: FlaskClient) -> None:
        assert client.get("/api/pause").status_code in (404, 405)
        assert not router.store.serving("default").paused


class TestPagesOfACall:
    def test_each_says_where_the_next_one_begins(self, router: Router, client: FlaskClient) -> None:
        publish(router, SECOND)
        ring(router, "e1")
        assert client.post("/api/calls/e1/commands", json={"command": "route", "to_number": "101"}).status_code == 202
        whole = client.get("/api/calls/e1").get_json()
        assert "next" not in whole
        page, pages = client.get("/api/calls/e1?limit=1").get_json(), 1
        events = page["events"]
        while page["next"] is not None:
            page = client.get(f"/api/calls/e1?limit=1&cursor={page['next']}").get_json()
            events += page["events"]
            pages += 1
        assert pages == len(router.store.journal("default", "e1")) > 1
        assert events == whole["events"]
        assert page["legs_count"] == len(whole["legs"])

    @pytest.mark.parametrize("query", ["cursor=x", "cursor=-1", "limit=0", "limit=501", "limit=x"])
    def test_a_page_that_is_none(self, router: Router, client: FlaskClient, query: str) -> None:
        publish(router, SECOND)
        ring(router, "e1")
        assert client.get(f"/api/calls/e1?{query}").status_code == 400


class TestCommands:
    def test_command_goes_to_the_leg_that_the_caller_is_on(self, router: Router, client: FlaskClient) -> None:
        publish(router, SECOND)
        call = ring(router, "MTA/+==")
        answer = client.post("/api/calls/MTA%2F%2B%3D%3D/commands", json={"command": "route", "to_number": "101"})
        assert answer.status_code == 202
        told = answer.get_json()
        assert (told["state"], told["call_id"], told["label"]) == ("queued", call.leg, "by hand")
        [row] = router.store.commands("default", entry_id="MTA/+==", state="queued")
        assert row.params == {"command_id": row.command_id, "call_id": call.leg, "to_number": "101"}
        view = router.view("MTA/+==")
        assert view is not None
        assert view["commands"][-1]["command"] == "route"
        assert router.store.journal("default", "MTA/+==")[-1].kind == "by_hand"

    @pytest.mark.parametrize(("short", "name"), [("hangup", "call/hangup"), ("play", "play/start")])
    def test_commands_have_short_names(self, router: Router, client: FlaskClient, short: str, name: str) -> None:
        publish(router, SECOND)
        ring(router, "e1")
        more = {"internal_id": 17} if short == "play" else {}
        answer = client.post("/api/calls/e1/commands", json={"command": short, **more})
        assert (answer.status_code, answer.get_json()["command"]) == (202, name)

    @pytest.mark.parametrize(
        ("body", "status", "said"),
        [
            ({"command": "dance"}, 422, "there is no command 'dance'"),
            ({"command": "route"}, 422, "to_number"),
            ({"command": "route", "to_number": 7}, 422, "to_number"),
            ({"to_number": "101"}, 400, '"command"'),
            ([], 400, '"command"'),
        ],
    )
    def test_what_does_not_fit_is_not_queued(
        self, router: Router, client: FlaskClient, body: Any, status: int, said: str
    ) -> None:
        publish(router, SECOND)
        ring(router, "e1")
        answer = client.post("/api/calls/e1/commands", json=body)
        assert answer.status_code == status
        assert said in answer.get_json()["detail"]
        assert router.store.commands("default", entry_id="e1", state="queued") == []

    def test_call_that_is_not_there(self, client: FlaskClient) -> None:
        answer = client.post("/api/calls/e1/commands", json={"command": "route", "to_number": "101"})
        assert answer.status_code == 404

    def test_body_that_is_no_json(self, client: FlaskClient) -> None:
        answer = client.post("/api/calls/e1/commands", data=b"{", content_type="application/json")
        assert answer.status_code == 400
