"""What a wallboard and the console begin with: live calls, the picture they are painted on, alarms, the doctor's report."""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from router.bootstrap.router import Router
from router.errors import StoreUnavailable
from router.runtime.administration.audit import THE_ROUTER
from router.runtime.monitoring import refusals as refusals_module
from router.runtime.monitoring.metrics import account_marks
from router.runtime.records import AccountState, Share
from router.web import create_app
from router.web.doctor_report import DoctorReport
from router.web.problem_details import Problem
from tests.runtime.living import living_router, publish, ring
from tests.web.parts import FakeParts, settings

FLOW = """
flow: main
for: any
on_error: bye
start: ask
steps:
  ask:
    menu: {prompt: audio.hello, first_digit: 9s, keys: {1: more, 2: more, 3: bye}, no_input: {goto: bye}, no_match: {goto: bye}}
  more: {run: {flow: inner, on: {over: bye}}}
  bye: hangup
"""
INNER = "flow: inner\non_error: out\nstart: out\nsteps: {out: {return: {as: over}}}\n"
RESOURCES = "audio: {hello: {id: 1, length: 2s}}\n"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def router() -> Router:
    return living_router()


@pytest.fixture
def client(router: Router) -> FlaskClient:
    return create_app(router).test_client()


@pytest.fixture
def version(router: Router) -> str:
    files = {"main.yaml": FLOW.encode(), "inner.yaml": INNER.encode(), "resources.yaml": RESOURCES.encode()}
    return str(router.versions.publish_files("default", files)["version"])


class TestLive:
    def test_calls_and_the_place_behind_them(self, router: Router, client: FlaskClient, version: str) -> None:
        call = ring(router, "e1")
        told = client.get("/api/live").json
        assert told["is_all"] is True
        (one,) = told["calls"]
        assert (one["account"], one["entry_id"]) == ("default", "e1")
        assert (one["state"]["flow"], one["state"]["step"], one["state"]["version"]) == ("main", "ask", version)
        assert call.step == "ask"
        assert told["after"] == f"{router.store.identity()}-{router.store.last_record()}"

    def test_a_call_that_is_over_is_not_among_them(self, router: Router, client: FlaskClient) -> None:
        publish(router, "flow: main\nfor: any\non_error: bye\nstart: bye\nsteps: {bye: release}\n")
        ring(router, "e1")
        assert client.get("/api/live").json["calls"] == []

    def test_of_one_account_and_of_no_other(self, router: Router, client: FlaskClient, version: str) -> None:
        ring(router, "e1")
        assert len(client.get("/api/live?account=default").json["calls"]) == 1
        assert client.get("/api/live?account=another").status_code == 404

    def test_the_newest_when_there_are_too_many(
        self, router: Router, client: FlaskClient, version: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(3):
            ring(router, f"e{number}")
        monkeypatch.setattr("router.web.live_calls.MOST_CALLS", 2)
        told = client.get("/api/live").json
        assert (told["is_all"], [one["entry_id"] for one in told["calls"]]) == (False, ["e2", "e1"])


class TestFlows:
    def test_those_that_take_calls_stand_first(self, client: FlaskClient, version: str) -> None:
        flows = client.get(f"/api/versions/{version}/flows").json["flows"]
        assert [(flow["name"], flow["takes_calls"], flow["runs"]) for flow in flows] == [
            ("main", True, ["inner"]),
            ("inner", False, []),
        ]
        assert flows[0]["steps"][0] == {"name": "ask", "verb": "menu"}

    def test_every_step_and_edge_of_the_picture_has_its_names(self, client: FlaskClient, version: str) -> None:
        answer = client.get(f"/api/versions/{version}/flows/main/diagram")
        assert answer.content_type == "image/svg+xml"
        drawn = ElementTree.fromstring(answer.text)
        panels = {panel.get("data-flow"): panel for panel in drawn.iter(f"{SVG}g") if panel.get("data-flow")}
        steps = {
            (flow, part.get("data-step"))
            for flow, panel in panels.items()
            for part in panel.iter()
            if part.get("data-step")
        }
        assert steps == {("main", "ask"), ("main", "more"), ("main", "bye"), ("inner", "out")}
        edges = {
            (part.get("data-from"), part.get("data-to"), part.get("data-exits"))
            for part in panels["main"].iter(f"{SVG}path")
        }
        assert ("ask", "more", "1\n2") in edges
        assert [part.get("data-runs") for part in drawn.iter() if part.get("data-runs")] == ["inner"]

    def test_the_same_picture_is_not_sent_twice(self, client: FlaskClient, version: str) -> None:
        path = f"/api/versions/{version}/flows/main/diagram"
        etag = client.get(path).headers["ETag"]
        again = client.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.data) == (304, b"")

    def test_what_is_not_there_is_not_found(self, client: FlaskClient, version: str) -> None:
        assert client.get("/api/versions/none/flows").status_code == 404
        assert client.get(f"/api/versions/{version}/flows/none/diagram").status_code == 404

    def test_steps_of_a_folded_box_are_named_at_it(self, router: Router, client: FlaskClient) -> None:
        steps = "".join(f"  s{n}: {{wait: {{for: 1s, next: s{n + 1}}}}}\n" for n in range(90))
        text = f"flow: main\nfor: any\non_error: s90\nstart: s0\nsteps:\n{steps}  s90: hangup\n"
        version = publish(router, text)
        drawn = client.get(f"/api/versions/{version}/flows/main/diagram").text
        boxes = [part for part in ElementTree.fromstring(drawn).iter() if part.get("data-step")]
        held = [name for box in boxes for name in (box.get("data-holds") or box.get("data-step") or "").split("\n")]
        assert sorted(held) == sorted(f"s{n}" for n in range(91))
        assert len(boxes) < 91
        whole = client.get(f"/api/versions/{version}/flows/main/diagram?fold=never").text
        assert whole.count("data-step=") == 91


@pytest.fixture
def parts() -> FakeParts:
    return FakeParts()


def alarms(parts: FakeParts) -> list[dict[str, object]]:
    found: list[dict[str, object]] = create_app(parts).test_client().get("/api/alarms").json["alarms"]
    return found


def codes(parts: FakeParts) -> list[object]:
    return [one["code"] for one in alarms(parts)]


@pytest.fixture
def no_refusals(monkeypatch: pytest.MonkeyPatch) -> refusals_module.Refusals:
    own = refusals_module.Refusals()
    monkeypatch.setattr("router.web.alarms.refusals", own)
    return own


@pytest.mark.usefixtures("no_refusals")
class TestAlarms:
    def test_a_router_that_is_well_has_none(self, router: Router, version: str, no_refusals: object) -> None:
        app = create_app(router)
        found = [one for one in app.test_client().get("/api/alarms").json["alarms"] if one["code"] != "disk"]
        assert [one["code"] for one in found if one["code"] not in ("drift", "not-ready", "degraded")] == []

    def test_pausing_is_told_with_who_did_it(self, router: Router, client: FlaskClient, version: str) -> None:
        router.pause("default", True, THE_ROUTER)
        (one,) = [one for one in client.get("/api/alarms").json["alarms"] if one["code"] == "paused"]
        assert (one["account"], one["severity"]) == ("default", "warning")
        assert one["facts"]["since"]

    def test_a_blocked_key_and_reduced_shares(self, router: Router, client: FlaskClient, version: str) -> None:
        now = router.store.now()
        with router.store.transaction() as tx:
            tx.save_standing("default", AccountState(paused_until=now + 60, reason="3102"))
            tx.save_share("default", Share(window="route", share=0.5, since=now))
        found = {one["code"]: one for one in client.get("/api/alarms").json["alarms"]}
        assert found["key-blocked"]["facts"]["reason"] == "3102"
        assert found["share-reduced"]["facts"]["window"] == "route"
        assert client.get("/api/alarms").json["alarms"][0]["severity"] == "error"

    def test_an_account_without_a_version_takes_no_call(self, client: FlaskClient) -> None:
        assert "no-version" in [one["code"] for one in client.get("/api/alarms").json["alarms"]]

    def test_spool_drift_and_publications(self, parts: FakeParts) -> None:
        parts.versions.is_drifted = True
        account_marks().published("default", succeeded=False)
        found = {str(one["code"]): one for one in alarms(parts)}
        assert found["spool"]["facts"] == {"events": 7}
        assert found["spool-set-aside"]["facts"] == {"files": 1}
        assert {"drift", "publication-failed", "disk"} <= found.keys()

    def test_refused_notifications_name_their_sender(
        self, parts: FakeParts, no_refusals: refusals_module.Refusals
    ) -> None:
        no_refusals.note(refusals_module.NOTIFICATION, "default", "sign", "192.0.2.7")
        no_refusals.note(refusals_module.NOTIFICATION, "default", "sign", "192.0.2.7")
        (one,) = [one for one in alarms(parts) if one["code"] == "notifications-refused"]
        assert one["facts"] | {"last": ""} == {"sender": "192.0.2.7", "reason": "sign", "count": 2, "last": ""}

    def test_while_the_database_is_away_the_rest_is_told(
        self, parts: FakeParts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away() -> None:
            raise StoreUnavailable("no database")

        parts.readiness = ("degraded", "the database is away")
        monkeypatch.setattr(parts.store, "active_versions", away)
        assert codes(parts)[0] == "degraded"
        assert "spool" in codes(parts)

    def test_a_router_that_is_off_says_so(self) -> None:
        assert "disabled" in codes(FakeParts(settings(IVR_ENABLED="0")))


class TestDoctor:
    def test_its_report_is_that_of_the_command_and_kept_for_a_moment(self, tmp_path: Path) -> None:
        runs = tmp_path / "runs"
        text = f"open({str(runs)!r}, 'a').write('x'); print('[{{\"area\": \"flows\"}}]'); raise SystemExit(1)"
        report = DoctorReport((sys.executable, "-c", text))
        assert report.newest()[1] == [{"area": "flows"}]
        assert report.newest() == report.newest()
        assert runs.read_text(encoding="utf-8") == "x"

    def test_its_checks_are_said_in_the_language_of_the_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        check = {"area": "database", "level": "error", "told": "there is no database yet", "remedy": ""}
        monkeypatch.setattr(DoctorReport, "newest", lambda _: (1.0, [check]))
        client = create_app(FakeParts(settings())).test_client()
        assert client.get("/api/doctor").json["checks"] == [check]  # type: ignore[index]
        assert client.get("/api/doctor?language=ru").json["checks"][0]["area"] == "база"  # type: ignore[index]

    def test_one_that_says_nothing_is_a_problem(self) -> None:
        with pytest.raises(Problem):
            DoctorReport((sys.executable, "-c", "print('none')")).newest()
