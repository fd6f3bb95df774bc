"""`GET /api/events` on a router over memory: what listeners are told, in which order, and how a stream ends."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from router.bootstrap.router import Router
from router.history.live_events import KINDS, TOLD_KINDS
from router.protocol.events import Event
from router.protocol.parse import dedupe_key, parse_event
from router.runtime.calls.apply import OWN_KINDS
from router.runtime.intake.ingest import CONFLICT
from router.web import STREAMS, create_app, event_stream, listeners
from router.web.event_feed import Feed
from router.web.openapi import description
from tests.runtime.living import FIRST, SECOND, living_router, publish, ring, write_bundle


@pytest.fixture
def router(tmp_path: Path) -> Router:
    write_bundle(tmp_path / "flows", FIRST)
    return living_router(IVR_FLOWS=str(tmp_path / "flows"))


@pytest.fixture
def client(router: Router) -> FlaskClient:
    return create_app(router).test_client()


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "STREAM_SECONDS", 0.05)
    monkeypatch.setattr(event_stream, "POLL_SECONDS", 0.01)


def blocks_of(body: Iterator[bytes]) -> list[dict[str, str]]:
    """The blocks of a stream, field -> value."""
    text = b"".join(body).decode()
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\n\n") if block]


def heard(client: FlaskClient, query: str = "after=0", **headers: str) -> list[dict[str, Any]]:
    """The data of the events that a stream tells."""
    blocks = blocks_of(client.get(f"/api/events?{query}", headers=headers).iter_encoded())
    return [
        {"event": block["event"], "id": block["id"], **msgspec.json.decode(block["data"])}
        for block in blocks
        if "data" in block
    ]


def notify(router: Router, path: str, body: dict[str, Any]) -> None:
    encoded = msgspec.json.encode(body)
    event: Event = parse_event(path, encoded)
    key, digest = dedupe_key(event, path, encoded)
    router.ingest.accept("default", path, event, encoded.decode(), key, digest)


class TestWhatIsTold:
    def test_each_event_has_the_calls_new_state(self, router: Router, client: FlaskClient) -> None:
        version = publish(router, SECOND)
        call = ring(router, "e1")
        told = heard(client)[0]
        assert (told["event"], told["entry_id"], told["kind"], told["account"]) == ("call", "e1", "call", "default")
        state = told["state"]
        assert (state["flow"], state["version"], state["step"], state["outcome"]) == (
            "main", version, "bye", "released",
        )  # fmt: skip
        assert (state["caller"], state["line"], state["direction"]) == ("79000000000", "74950000001", "incoming")
        assert state["where"]["call_id"] == call.leg
        assert (state["where"]["location"], state["where"]["state"]) == ("ivr", "Appeared")
        assert {"event", "entered"} <= {entry["kind"] for entry in told["what"]}

    def test_events_that_are_read_together_bear_the_newest_state(self, router: Router, client: FlaskClient) -> None:
        publish(router, FIRST)
        ring(router, "e1")
        ring(router, "e2", caller="79000000001")
        told = heard(client)
        assert len({repr(one["state"]) for one in told if one["entry_id"] == "e1"}) == 1
        assert {one["entry_id"]: one["state"]["caller"] for one in told} == {"e1": "79000000000", "e2": "79000000001"}

    def test_what_changed_in_the_address_book_is_told(self, router: Router, client: FlaskClient) -> None:
        contact = {"contact_id": "43851054", "name": "Ivanova", "phones": [{"phone": "+7 900 000-00-00"}]}
        notify(router, "events/ab", {"action": "updated", "data": [contact]})
        notify(router, "events/ab", {"action": "deleted", "data": ["43851054"]})
        first, second = heard(client)
        assert (first["event"], first["kind"], first["state"]) == ("account", "address_book", None)
        assert first["detail"] == {"action": "updated", "data": [contact]}
        assert second["detail"] == {"action": "deleted", "data": ["43851054"]}

    def test_presence_is_told(self, router: Router, client: FlaskClient) -> None:
        notify(router, "events/user/status_changed", {"abonent_id": "501", "status": 2, "timestamp": 1})
        [told] = heard(client)
        assert (told["event"], told["kind"], told["detail"]) == (
            "account", "presence", {"abonent_id": "501", "status": "dnd"},
        )  # fmt: skip

    def test_every_kind_of_record_has_a_name_that_is_described(self) -> None:
        kinds = {event.__struct_config__.tag for event in Event.__args__}  # type: ignore[attr-defined]
        assert {*kinds, *OWN_KINDS.values(), CONFLICT, "by_hand", "restored"} == set(KINDS)
        described = description()["components"]["schemas"]["Told"]["properties"]["kind"]["oneOf"]
        assert sorted(one["const"] for one in described) == list(TOLD_KINDS)
        assert "answered" not in TOLD_KINDS  # that is an outcome

    def test_a_call_that_was_masked_is_no_news(self, router: Router, client: FlaskClient) -> None:
        publish(router, FIRST)
        ring(router, "e1")
        with router.store.transaction() as tx:
            tx.mark_masked("default", "e1")
        assert heard(client) == []


class TestPlaces:
    def test_it_goes_on_behind_the_last_event_that_was_seen(self, router: Router, client: FlaskClient) -> None:
        publish(router, FIRST)
        ring(router, "e1")
        first = heard(client)
        ring(router, "e2")
        rest = heard(client, "", **{"Last-Event-ID": first[-1]["id"]})
        assert {one["entry_id"] for one in rest} == {"e2"}
        assert heard(client) == [*first, *rest]
        assert heard(client, f"after={rest[-1]['id']}") == []
        assert heard(client, f"after={rest[-1]['id'].split('-')[1]}") == []

    def test_without_an_id_it_begins_now(self, router: Router, client: FlaskClient) -> None:
        publish(router, FIRST)
        ring(router, "e1")
        blocks = blocks_of(client.get("/api/events").iter_encoded())
        assert [block for block in blocks if "data" in block] == []
        assert blocks[-1]["id"] == f"{router.store.identity()}-{router.store.last_record()}"

    @pytest.mark.parametrize("text", ["x", "-1", "1-1", "zzzzzzzzzz-1", "9" * 19, "3f9a2b1c0d-"])
    def test_id_that_is_none(self, client: FlaskClient, text: str) -> None:
        answer = client.get(f"/api/events?after={text}")
        assert (answer.status_code, answer.get_json()["detail"]) == (
            400, "the last event's id is one that a stream gave out",
        )  # fmt: skip

    def test_an_id_of_another_database_says_reset(self, router: Router, client: FlaskClient) -> None:
        publish(router, FIRST)
        ring(router, "e1")
        [reset] = heard(client, "after=0123456789-1")
        assert (reset["event"], reset["reason"], reset["last"]) == ("reset", "other-database", "0123456789-1")
        assert reset["id"] == f"{router.store.identity()}-{router.store.last_record()}"
        [reset] = heard(client, "after=999999")
        assert reset["reason"] == "ahead"

    def test_what_is_not_kept_any_more_says_reset_and_goes_on(self, router: Router, client: FlaskClient) -> None:
        publish(router, FIRST)
        for name in ("e1", "e2", "e3"):
            ring(router, name)
        first, second, third = heard(client)
        with router.store.transaction() as tx:
            tx.forget_journal("default", "e1")
            tx.forget_journal("default", "e2")
        reset, *rest = heard(client, f"after={first['id']}")
        assert (reset["event"], reset["reason"], reset["id"]) == ("reset", "retention", first["id"])
        assert rest == [third]
        assert heard(client, f"after={second['id']}") == [third]  # it has missed nothing
        assert heard(client, "after=0") == [third]


class TestFilters:
    def test_by_account_flow_line_and_kind(self, router: Router, client: FlaskClient) -> None:
        publish(router, FIRST)
        ring(router, "e1")
        notify(router, "events/ab", {"action": "deleted", "data": ["1"]})
        both = heard(client)
        assert {one["kind"] for one in both} == {"call", "address_book"}
        for query in ("flow=main", "line=74950000001", "kind=call", "account=default&flow=main&kind=call,dtmf"):
            assert {one["kind"] for one in heard(client, f"after=0&{query}")} == {"call"}
        assert {one["kind"] for one in heard(client, "after=0&kind=address_book")} == {"address_book"}
        for query in ("flow=night", "line=7495", "kind=timer"):
            assert heard(client, f"after=0&{query}") == []

    def test_a_kind_that_there_is_not_is_refused(self, client: FlaskClient) -> None:
        answer = client.get("/api/events?kind=call,answered")
        assert answer.status_code == 400
        assert answer.get_json()["detail"].startswith("there is no kind 'answered': kind is some of accepted, ")
        assert client.get("/api/events?account=nobody").status_code == 404

    def test_where_nothing_fits_heartbeats_go_on_and_the_place_moves(
        self, router: Router, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listeners, "HEARTBEAT_SECONDS", 0.0)
        publish(router, FIRST)
        ring(router, "e1")
        blocks = blocks_of(client.get("/api/events?after=0&kind=timer").iter_encoded())
        beats = [block for block in blocks if block.get("event") == "heartbeat"]
        assert beats
        assert msgspec.json.decode(beats[0]["data"])["at"].endswith("Z")
        assert beats[-1]["id"].endswith(f"-{router.store.last_record()}")


class TestFeed:
    """Read once for all listeners, and never with a gap."""

    def test_one_reading_serves_all(self, router: Router, monkeypatch: pytest.MonkeyPatch) -> None:
        publish(router, FIRST)
        feed, start = Feed(router.store), router.store.last_record()
        feed.refresh()
        ring(router, "e1")
        while feed.refresh():
            pass
        monkeypatch.setattr(router.store, "records_after", lambda *_: pytest.fail("it asked again"))
        first, place = feed.after(start, 100)
        assert first == feed.after(start, 100)[0]
        assert (place, feed.after(place, 100)) == (router.store.last_record(), ([], place))
        assert feed.after(start, 1) == (first[:1], first[0].number)

    def test_what_was_dropped_is_read_from_the_database(self, router: Router, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("router.web.event_feed.KEPT_FRAMES", 2)
        publish(router, FIRST)
        feed = Feed(router.store)
        feed.refresh()
        for number in range(5):
            ring(router, f"e{number}")
            feed.refresh()
        whole, place = feed.after(0, 1000)
        assert place == router.store.last_record()
        one_by_one, at = [], 0
        while True:
            frames, at = feed.after(at, 1)
            one_by_one += frames
            if not frames:
                break
        assert [frame.block for frame in one_by_one] == [frame.block for frame in whole]
        assert [frame.number for frame in whole] == sorted({frame.number for frame in whole})
        assert len(whole) >= 5

    def test_after_a_rest_it_reads_no_history(self, router: Router) -> None:
        now = 0.0
        feed = Feed(router.store, lambda: now)
        publish(router, FIRST)
        feed.refresh()
        ring(router, "e1")
        now = 60.0
        feed.refresh()
        assert feed._frames == []
        frames, _ = feed.after(0, 100)
        assert {frame.kind for frame in frames} == {"call"}


class TestEnds:
    def test_too_many_listeners_are_told_so_and_places_come_back(self, client: FlaskClient) -> None:
        waiting = [client.get("/api/events") for _ in range(event_stream.MOST_STREAMS)]
        refused = client.get("/api/events")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        for answer in waiting:
            answer.close()
        for _ in range(2 * event_stream.MOST_STREAMS):
            assert b"".join(client.get("/api/events").iter_encoded())

    def test_who_only_asks_for_the_head_takes_no_place(self, client: FlaskClient) -> None:
        for _ in range(2 * event_stream.MOST_STREAMS):
            assert client.head("/api/events").status_code == 200
        assert b"".join(client.get("/api/events").iter_encoded())

    def test_a_process_that_leaves_ends_its_streams(self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(event_stream, "STREAM_SECONDS", 60.0)
        monkeypatch.setattr(event_stream, "POLL_SECONDS", 60.0)
        ours, peers = socket.socketpair()
        with ours, peers:
            answer = client.get("/api/events", environ_overrides={"gunicorn.socket": ours})
            body = answer.iter_encoded()
            next(body)
            client.application.extensions[STREAMS].end()
            assert b": until later" in b"".join(body)
            answer.close()
            assert peers.recv(1) == b""  # its server side is closed
        refused = client.get("/api/events")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")

    def test_a_listener_that_does_not_read_is_cut_off(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(event_stream, "STUCK_SECONDS", 0.05)
        ours, peers = socket.socketpair()
        with ours, peers:
            answer = client.get("/api/events", environ_overrides={"gunicorn.socket": ours})
            client.application.extensions[STREAMS].end()
            peers.settimeout(30)
            assert peers.recv(1) == b""
            answer.close()
