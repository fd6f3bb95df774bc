"""What traces say of recordings and messages, and what presence and the address book leave behind."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from router.engine.state import Call
from router.history.journal import CommandRow
from router.protocol.parse import dedupe_key, parse_event
from router.runtime.intake.digests import Digests
from router.runtime.intake.ingest import Ingest
from router.runtime.intake.trace_notes import link_of
from router.runtime.limits.limiter import Limits
from router.runtime.lookups.contacts import BOOK, BOOK_SECONDS, has_changed
from router.runtime.lookups.employee_directory import PATIENCE_SECONDS, SESSIONS, USERS, Directory
from router.runtime.outbound_ports import Answer
from router.runtime.outbox.limited_queries import Inquiries
from tests.runtime.outbox import HandClock
from tests.stores import MemoryStore

ACCOUNT, API = "clinic", "https://pbx.example/vpbx/"
USERS_TOLD = {
    "users": [
        {"general": {"user_id": 300000101}, "telephony": {"extension": "101"}},
        {"general": {"user_id": 300000102}, "telephony": {"extension": None}},
        "nonsense",
    ]
}


class Desk:
    """Ingest over a memory store, with a PBX that the test plays."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.store = MemoryStore(self.clock.now)
        self.answer = Answer(kind="accepted", status=200, body=json.dumps(USERS_TOLD))
        self.sessions = Answer(kind="refused", status=200, code=5008)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        inquiries = Inquiries(self.store, {ACCOUNT: Limits()}, self, self.clock)
        self.directory = Directory(self.store, inquiries, self.clock, with_sessions={ACCOUNT})
        self.ingest = Ingest(
            self.store,
            None,  # type: ignore[arg-type]  # no event here steps a call
            wake=lambda has_commands: None,
            digests={ACCOUNT: Digests(["salt"])},
            directory=self.directory,
            api_urls={ACCOUNT: API},
        )

    def query(self, account: str, path: str, params: Mapping[str, Any], timeout_seconds: float) -> Answer:
        self.asked.append((path, dict(params)))
        return self.sessions if path == SESSIONS else self.answer

    def tell(self, path: str, **fields: Any) -> str:
        body = json.dumps(fields)
        event = parse_event(path, body.encode())
        key, digest = dedupe_key(event, path, body.encode())
        return self.ingest.accept(ACCOUNT, path, event, body, key, digest)

    def notes(self, entry_id: str) -> list[dict[str, Any]]:
        records = self.store.journal(ACCOUNT, entry_id)
        return [dict(entry.data) for record in records for entry in record.trace if entry.kind == "note"]

    def presence(self) -> dict[str, str]:
        self.directory.stop()  # what was asked for is done
        with self.store.snapshot() as reading:
            return reading.presence(ACCOUNT)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.directory.stop()


def test_a_recordings_link_is_in_the_calls_trace(desk: Desk) -> None:
    recording = {"recording_id": "MTo/==", "entry_id": "e1", "extension": "101"}
    assert desk.tell("events/recording", recording_state="Started", seq=1, **recording) == "stored"
    assert desk.tell("events/recording", recording_state="Started", seq="1", **recording) == "duplicate"
    desk.tell(
        "events/recording", recording_state="Completed", seq=2, completion_code=1000, recipient="Cloud", **recording
    )
    started, completed = desk.notes("e1")
    assert started["text"] == "recording of 101: Started MTo/=="
    assert completed["link"] == link_of("MTo/==", API) == f"{API}queries/recording/issa/MTo%2F%3D%3D/play"
    assert completed["link"] in completed["text"]


def test_a_recording_that_was_not_kept(desk: Desk) -> None:
    desk.tell(
        "events/recording", recording_id="r", recording_state="Completed", seq=2, completion_code=4002, entry_id="e1"
    )
    (note,) = desk.notes("e1")
    assert (note["code"], "link" in note) == (4002, False)
    assert "too short" in note["text"]


def test_what_the_later_document_tells_of_recordings(desk: Desk) -> None:
    desk.tell("events/record/added", recording_id="r", entry_id="e1")
    desk.tell("events/record/tagged", recording_id="r", entry_id="e1", tags=[1688])
    stored, tagged = desk.notes("e1")
    assert stored["link"] == f"{API}queries/recording/issa/r/play"
    assert tagged["text"] == "recording r has topics: 1688"


@pytest.mark.parametrize(("reason", "text"), [(1000, "sms c1: delivered"), (4301, "sms c1: 4301, the SMS expired")])
def test_a_messages_report_is_in_the_trace_of_the_call_that_sent_it(desk: Desk, reason: int, text: str) -> None:
    with desk.store.transaction() as transaction:
        transaction.save_call(Call(account=ACCOUNT, entry_id="e1", token="t", started=desk.clock.now()))
        transaction.queue(
            CommandRow(
                command_id="c1",
                account=ACCOUNT,
                entry_id="e1",
                call_id="",
                command="sms",
                params={},
                label="",
                state="sent",
                queued=desk.clock.now(),
            )
        )
    desk.tell("events/sms", command_id="c1", reason=reason)
    (note,) = desk.notes("e1")
    assert note["text"] == text


def test_presence_is_known_by_extension(desk: Desk) -> None:
    """§4.4 names employees by user_id, flows by extension."""
    desk.tell("events/user/status_changed", abonent_id=300000101, status=2, when=1)
    assert desk.presence() == {"300000101": "dnd", "101": "dnd"}
    assert desk.asked == [(USERS, {"ext_fields": ["general.user_id"]}), (SESSIONS, {"session_types": ["cc"]})]
    desk.tell("events/user/status_changed", abonent_id=300000101, status=1, when=2)
    assert desk.presence()["101"] == "online"
    assert len(desk.asked) == 2, "it is known now"


def test_who_is_there_already_is_asked_with_the_list(desk: Desk) -> None:
    there = [{"abonent_id": 300000101, "cc": [{"status": 1}]}, {"abonent_id": 7, "cc": []}, {"abonent_id": 8, "cc": {}}]
    desk.sessions = Answer(kind="accepted", status=200, body=json.dumps({"result": 1000, "abonents": there}))
    desk.tell("events/user/status_changed", abonent_id=999, status=2, when=1)
    assert desk.presence() == {"999": "dnd", "101": "online"}


def test_an_employee_whom_the_pbx_does_not_list_is_asked_for_once_a_minute(desk: Desk) -> None:
    for when in range(5):
        desk.tell("events/user/status_changed", abonent_id=999, status=1, when=when)
        assert desk.presence() == {"999": "online"}
    assert len(desk.asked) == 2
    desk.clock.sleep(PATIENCE_SECONDS + 1)
    desk.tell("events/user/status_changed", abonent_id=999, status=1, when=9)
    desk.presence()
    assert len(desk.asked) == 4


@pytest.mark.parametrize(
    "answer", [Answer(kind="refused", status=420, code=3105), Answer(kind="accepted", status=200, body="<")]
)
def test_a_pbx_that_tells_nothing_leaves_presence_as_it_came(desk: Desk, answer: Answer) -> None:
    desk.answer = answer
    desk.tell("events/user/status_changed", abonent_id=300000101, status=3, when=1)
    assert desk.presence() == {"300000101": "break"}


class Timers:
    """Stands in for `threading.Timer`: those that were started and not cancelled."""

    def __init__(self) -> None:
        self.running: list[tuple[float, Callable[[], object]]] = []

    def __call__(self, seconds: float, function: Callable[..., object], arguments: tuple[Any, ...]) -> Any:
        entry = (seconds, partial(function, *arguments))
        return SimpleNamespace(
            start=lambda: self.running.append(entry),
            cancel=lambda: entry in self.running and self.running.remove(entry),
        )


@pytest.mark.parametrize("kind", ["unclear", "limited"])
def test_a_list_without_an_answer_is_asked_for_again(desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    """The next notification about this employee may be hours away."""
    timers = Timers()
    monkeypatch.setattr("router.runtime.lookups.employee_directory.Timer", timers)
    told, desk.answer = desk.answer, Answer(kind=kind)
    desk.tell("events/user/status_changed", abonent_id=300000101, status=2, when=1)
    desk.directory._pool.stop()  # what was asked for is done
    ((seconds, again),) = timers.running
    assert seconds == PATIENCE_SECONDS
    desk.answer = told
    desk.clock.at += seconds
    timers.running.clear()
    again()
    assert desk.presence() == {"300000101": "dnd", "101": "dnd"}
    assert timers.running == []


def test_a_list_that_is_refused_is_not_asked_for_every_minute(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    timers = Timers()
    monkeypatch.setattr("router.runtime.lookups.employee_directory.Timer", timers)
    desk.answer = Answer(kind="refused", status=200, code=5008)
    desk.tell("events/user/status_changed", abonent_id=300000101, status=2, when=1)
    assert desk.presence() == {"300000101": "dnd"}
    assert timers.running == []


def test_nothing_is_asked_after_the_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    timers = Timers()
    monkeypatch.setattr("router.runtime.lookups.employee_directory.Timer", timers)
    desk.answer = Answer(kind="unclear")
    desk.tell("events/user/status_changed", abonent_id=300000101, status=2, when=1)
    desk.directory.stop()
    assert timers.running == []


def test_changes_of_the_address_book_are_known_to_all_workers(desk: Desk) -> None:
    contact = {"contact_id": "7", "phones": [{"phone": "8 900 000 00 11"}]}
    desk.tell("events/ab", action="updated", data=[contact])
    assert has_changed(desk.store, ACCOUNT, "79000000011", "")
    assert has_changed(desk.store, ACCOUNT, "", "7")
    assert not has_changed(desk.store, ACCOUNT, "79000000012", "8")
    with desk.store.snapshot() as reading:
        assert reading.remembers(ACCOUNT, BOOK, "7")
    desk.clock.sleep(BOOK_SECONDS + 1)
    assert not has_changed(desk.store, ACCOUNT, "", "7")


def test_sessions_and_statistics_are_recorded(desk: Desk) -> None:
    assert desk.tell("events/user/session_end", abonent_id=1, session="s") == "stored"
    assert desk.tell("result/stat", key="k") == "stored"
    kinds = [record.kind for record in desk.store.journal(ACCOUNT, "")]
    assert kinds == ["session_end", "statistics"]
