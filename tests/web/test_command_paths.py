"""Commands by hand over HTTP: who gave them, said twice, between two legs, waited for."""

import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from router.bootstrap.router import Router
from router.engine.state import CommandAnswered, CommandConcluded
from router.protocol.events import DISCONNECTED, LegChanged
from router.web import STREAMS, create_app, waits
from tests.runtime.living import living_router, publish, ring, write_bundle
from tests.runtime.recording import wire

FLOW = """
flow: main
for: any
on_error: bye
start: ask
steps:
  ask: {wait: {for: 60s, next: bye}}
  bye: hangup
"""
ROUTE: dict[str, Any] = {"command": "route", "to_number": "101"}


@pytest.fixture
def router(tmp_path: Path) -> Router:
    write_bundle(tmp_path / "flows", FLOW)
    made = living_router(IVR_FLOWS=str(tmp_path / "flows"))
    publish(made, FLOW)
    ring(made, "e1")
    return made


@pytest.fixture
def client(router: Router) -> FlaskClient:
    return create_app(router).test_client()


def give(client: FlaskClient, key: str = "", **body: Any) -> TestResponse:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/calls/e1/commands", json=ROUTE | body, headers=headers)


def leg_ends(router: Router, entry_id: str = "e1") -> None:
    call = router.store.call("default", entry_id)
    assert call is not None
    last = call.legs[call.leg].last
    accept(router, msgspec.structs.replace(last, seq=last.seq + 1, state=DISCONNECTED, disconnect_reason=1100))


def next_leg(router: Router, entry_id: str = "e1") -> None:
    call = router.store.call("default", entry_id)
    assert call is not None
    last = next(iter(call.legs.values())).last
    accept(
        router,
        msgspec.structs.replace(
            last, call_id="next", seq=1, state="Appeared", disconnect_reason=0, taken_from_call_id=last.call_id
        ),
    )


def accept(router: Router, leg: LegChanged) -> None:
    kind, key, body = wire(leg)
    encoded = msgspec.json.encode(body).decode()
    router.ingest.accept("default", f"events/{kind}", leg, encoded, f"{leg.entry_id}:{key}", key.encode())


def rows(router: Router) -> list[str]:
    return [row.command_id for row in router.store.commands("default", entry_id="e1")]


class TestTakingOver:
    def test_the_flow_rests_and_the_trace_names_who_and_why(self, router: Router, client: FlaskClient) -> None:
        told = give(client, actor="anna", reason="a VIP", then="bye").get_json()
        view = client.get("/api/calls/e1").get_json()
        assert view["steps"][-1]["exit"] == "taken_over"
        assert view["steps"][-1]["why"] == "anna gave route to 101 by hand: a VIP"
        entry = next(event for event in view["events"] if event["kind"] == "manual")
        assert (entry["actor"], entry["reason"], entry["then"], entry["to"]) == ("anna", "a VIP", "bye", "101")
        given = view["commands"][-1]["given"]
        assert (given["actor"], given["takes_over"], given["outcome"]) == ("anna", True, None)
        shown = client.get(f"/api/commands/{told['command_id']}").get_json()
        assert (shown["entry_id"], shown["state"], shown["given"]["outcome"]) == ("e1", "queued", None)
        call = router.store.call("default", "e1")
        assert call is not None
        assert call.takeover is not None

    def test_a_transfer_needs_no_more_than_its_destination(self, router: Router, client: FlaskClient) -> None:
        call = router.store.call("default", "e1")
        assert call is not None
        last = call.legs[call.leg].last
        accept(router, msgspec.structs.replace(last, seq=2, state="Connected", location="abonent", to_extension="105"))
        told = client.post("/api/calls/e1/commands", json={"command": "transfer", "to_number": "107"})
        assert told.status_code == 202
        assert (told.get_json()["params"]["method"], told.get_json()["params"]["initiator"]) == ("blind", "105")

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"then": "nowhere"}, "the steps of its flow are ask, bye"),
            (
                {
                    "command": "sms",
                    "from_extension": "100",
                    "text": "hi",
                    "to_number": "79000000000",
                    "then": "release",
                },
                "takes nothing over",
            ),
            ({"command_id": "ivr-x-1"}, "does not begin with ivr-"),
        ],
    )
    def test_what_cannot_be_asked_for(self, client: FlaskClient, body: dict[str, Any], said: str) -> None:
        answer = give(client, **body)
        assert answer.status_code == 422
        assert said in answer.get_json()["detail"]

    @pytest.mark.parametrize("name", ["then", "actor", "reason", "command_id"])
    @pytest.mark.parametrize("value", [7, "", " ", "x" * 201, ["a"]])
    def test_texts_that_are_none(self, client: FlaskClient, name: str, value: Any) -> None:
        answer = give(client, **{name: value})
        assert answer.status_code == 400
        assert answer.get_json()["detail"].startswith(f"{name} is a text")


class TestSaidTwice:
    def test_the_second_answer_is_the_first_one(self, router: Router, client: FlaskClient) -> None:
        first = give(client, "click-1")
        second = give(client, "click-1")
        assert (first.status_code, second.status_code) == (202, 202)
        assert first.get_data() == second.get_data()
        assert len(rows(router)) == 1

    def test_after_the_command_has_moved_on(self, router: Router, client: FlaskClient) -> None:
        first = give(client, "click-1")
        with router.store.transaction() as tx:
            row = tx.command("default", first.get_json()["command_id"])
            assert row is not None
            tx.update_command(msgspec.structs.replace(row, state="failed", code=4100))
        leg_ends(router)
        assert give(client, "click-1").get_data() == first.get_data()

    def test_an_id_of_ones_own(self, router: Router, client: FlaskClient) -> None:
        first = give(client, command_id="crm-17")
        assert first.get_json()["command_id"] == "crm-17"
        assert give(client, command_id="crm-17").get_data() == first.get_data()
        assert rows(router) == ["crm-17"]
        assert give(client, "a key besides", command_id="crm-17").get_data() == first.get_data()

    @pytest.mark.parametrize("body", [{"to_number": "102"}, {"then": "bye"}, {"reason": "other"}])
    def test_with_other_content(self, router: Router, client: FlaskClient, body: dict[str, str]) -> None:
        give(client, "click-1", command_id="crm-17")
        answers = [give(client, "click-1", command_id="crm-17", **body), give(client, command_id="crm-17", **body)]
        for answer, what in zip(answers, ("Idempotency-Key", "command_id"), strict=True):
            assert answer.status_code == 422
            assert answer.get_json()["code"] == "request-differs"
            assert answer.get_json()["detail"].startswith(f"this {what} was sent within a day")
        assert rows(router) == ["crm-17"]

    def test_for_another_call(self, router: Router, client: FlaskClient) -> None:
        ring(router, "e2")
        give(client, "click-1")
        answer = client.post("/api/calls/e2/commands", json=ROUTE, headers={"Idempotency-Key": "click-1"})
        assert answer.status_code == 422

    def test_what_was_refused_is_no_answer_to_keep(self, router: Router, client: FlaskClient) -> None:
        leg_ends(router)
        assert give(client, "click-1").status_code == 409
        next_leg(router)
        assert give(client, "click-1").status_code == 202

    def test_a_day_later(self, router: Router, client: FlaskClient) -> None:
        first = give(client, "click-1")
        with router.store.transaction() as tx:
            kept = tx.request("default", "key click-1")
            assert kept is not None
            tx.keep_request("default", "key click-1", *kept, tx.now - 1)
        assert give(client, "click-1").get_json()["command_id"] != first.get_json()["command_id"]

    def test_an_id_that_is_taken(self, router: Router, client: FlaskClient) -> None:
        give(client, command_id="crm-17")
        with router.store.transaction() as tx:
            tx.keep_request("default", "command crm-17", b"", b"", tx.now - 1)
        answer = give(client, command_id="crm-17")
        assert answer.status_code == 422
        assert "choose another" in answer.get_json()["detail"]

    def test_many_at_once_are_one(self, router: Router) -> None:
        app = create_app(router)
        answers: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: answers.append(give(app.test_client(), "click-1").get_data()))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(answers)) == 1
        assert len(rows(router)) == 1

    @pytest.mark.parametrize("key", ["ключ".encode().decode("latin-1"), "x" * 256])
    def test_keys_that_are_none(self, client: FlaskClient, key: str) -> None:
        assert give(client, key).status_code == 400


class TestBetweenTwoLegs:
    def test_it_says_when_to_try_again(self, router: Router, client: FlaskClient) -> None:
        leg_ends(router)
        answer = give(client)
        assert (answer.status_code, answer.headers["Retry-After"]) == (409, "1")
        assert answer.get_json()["code"] == "between-legs"
        assert rows(router) == []

    def test_it_waits_for_the_next_leg(self, router: Router, client: FlaskClient) -> None:
        leg_ends(router)
        later = threading.Timer(0.2, next_leg, [router])
        later.start()
        answer = give(client, wait="30s")
        later.join()
        assert (answer.status_code, answer.get_json()["call_id"]) == (202, "next")

    def test_it_waits_no_longer_than_it_was_told(self, router: Router, client: FlaskClient) -> None:
        leg_ends(router)
        assert give(client, wait="100ms").status_code == 409

    @pytest.mark.parametrize("wait", ["1h", "soon", 5, "-1s"])
    def test_waits_that_are_none(self, client: FlaskClient, wait: Any) -> None:
        answer = give(client, wait=wait)
        assert (answer.status_code, "30 s" in answer.get_json()["detail"]) == (400, True)


class TestOneCommand:
    def test_there_is_none(self, client: FlaskClient) -> None:
        assert client.get("/api/commands/none").status_code == 404

    def test_it_is_answered_when_it_is_concluded(self, router: Router, client: FlaskClient) -> None:
        command_id = give(client).get_json()["command_id"]
        later = threading.Timer(0.2, refuse, [router, command_id])
        later.start()
        shown = client.get(f"/api/commands/{command_id}?wait=30s").get_json()
        later.join()
        assert (shown["state"], shown["code"], shown["given"]["outcome"]) == ("failed", 5003, "failed")

    def test_it_is_answered_as_it_is_after_that_time(self, client: FlaskClient) -> None:
        command_id = give(client).get_json()["command_id"]
        assert client.get(f"/api/commands/{command_id}?wait=100ms").get_json()["state"] == "queued"

    def test_what_is_sent_again_is_waited_for_too(self, router: Router, client: FlaskClient) -> None:
        command_id = give(client).get_json()["command_id"]
        leg_ends(router)
        next_leg(router)
        shown = client.get(f"/api/commands/{command_id}?wait=100ms").get_json()
        assert (shown["state"], len(shown["given"]["again"])) == ("expired", 1)
        later = threading.Timer(0.2, refuse, [router, shown["given"]["again"][0]])
        later.start()
        began = client.get(f"/api/commands/{command_id}?wait=30s").get_json()
        later.join()
        assert began["given"]["outcome"] == "failed"

    def test_few_wait_and_the_others_are_answered_at_once(
        self, router: Router, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(waits, "MOST_WAITS", 0)
        other = create_app(router).test_client()
        command_id = give(client).get_json()["command_id"]
        assert other.get(f"/api/commands/{command_id}?wait=30s").get_json()["state"] == "queued"

    def test_a_process_that_leaves_answers_at_once(self, client: FlaskClient) -> None:
        command_id = give(client).get_json()["command_id"]
        threading.Timer(0.1, client.application.extensions[STREAMS].end).start()
        assert client.get(f"/api/commands/{command_id}?wait=30s").get_json()["state"] == "queued"


def refuse(router: Router, command_id: str) -> None:
    """As the dispatcher does when the PBX has refused a command."""
    with router.store.transaction() as tx:
        row = tx.command("default", command_id)
        assert row is not None
        tx.update_command(msgspec.structs.replace(row, state="failed", code=5003, sent=time.time()))
        answered = CommandAnswered(entry_id="e1", command_id=command_id, sent_at=time.time())
        router.calls.apply_own(tx, "default", answered)
        concluded = CommandConcluded(entry_id="e1", command_id=command_id, state="failed", code=5003)
        router.calls.apply_own(tx, "default", concluded)


class TestBadJson:
    @pytest.mark.parametrize(
        ("body", "line", "column"),
        [
            (b'{"command": "route",\n  to_number: "101"}', 2, 3),
            (b"{", 1, 2),
            (b"", 1, 1),
            (b'{"command": "route"} x', 1, 22),
            ('{"command": "маршрут"\n'.encode(), 2, 1),
        ],
    )
    def test_it_says_where(self, client: FlaskClient, body: bytes, line: int, column: int) -> None:
        answer = client.post("/api/calls/e1/commands", data=body, content_type="application/json")
        told = answer.get_json()
        assert (answer.status_code, told["line"], told["column"]) == (400, line, column)
        assert f"line {line}, column {column}" in told["detail"]

    @pytest.mark.parametrize("body", [b"\xff", b'{"a": NaN}', b"[" * 100_000])
    def test_what_else_is_none(self, client: FlaskClient, body: bytes) -> None:
        assert client.post("/api/calls/e1/commands", data=body, content_type="application/json").status_code == 400
