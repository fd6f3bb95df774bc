"""Lookups from the question to the event, with an outside that the test plays."""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from router.catalogue.methods import Limit
from router.engine.effects import StartLookup
from router.engine.secret_marks import mark, mark_sealed
from router.engine.state import LookupFinished
from router.errors import StoreUnavailable
from router.runtime.limits.limiter import Limits
from router.runtime.lookups.lookup_runner import Lookups, Means
from router.runtime.monitoring.metrics import registry
from router.runtime.outbound_ports import Answer, OutsideRequest, Reply
from router.runtime.ports import Transaction
from tests.runtime.outbox import NOON, HandClock
from tests.stores import MemoryStore, pause, slots_of

REQUEST = StartLookup(
    request_id="t-1",
    kind="http",
    label="verify",
    method="POST",
    url=f"https://crm.example/pin/1?key={mark('crm')}",
    headers={"Authorization": f"Bearer {mark('crm')}"},
    json={"pin": mark_sealed("4321", "e1", "pin"), "list": [1, None]},
    outputs=(("ok", "bool", "ok"),),
)
QUERY = StartLookup(
    request_id="t-1",
    kind="api",
    label="who",
    api="queries/user_info_by_dct_number",
    arguments={"number": "79000000000"},
    outputs=(("source", "text", "data.channel.source"),),
)


class Backwards:
    def seal(self, text: str, *_bound_to: str) -> str:
        return text[::-1]

    def open(self, sealed: str, *_bound_to: str) -> str:
        return sealed[::-1]


class House:
    """Lookups with everything around them. `replies` and `answers` may be values, or errors to raise."""

    def __init__(self, *, threads: int = 2, waiting: int = 8) -> None:
        self.clock = HandClock()
        self.store = MemoryStore(self.clock.now)
        self.limits = Limits({"all": Limit(window="all", count=1, seconds=1.0)})
        self.reply: Reply | Exception = Reply(status=200, body=b'{"ok": true}')
        self.answer: Answer | Exception = Answer(
            kind="accepted", status=200, body='{"data": {"channel": {"source": "ads"}}}'
        )
        self.asked: list[tuple[OutsideRequest, float, bool]] = []
        self.queried: list[tuple[str, str, dict[str, Any], float]] = []
        self.at_work: Callable[[], object] = lambda: None
        self.apply_error: Exception | None = None
        self.finished: list[LookupFinished] = []
        self.wakes = threading.Semaphore(0)
        means = Means(secrets={"crm": "top secret"}, sealer=Backwards(), limits=self.limits, private_redirects=True)
        self.lookups = Lookups(
            self.store,
            {"clinic": means},
            self.apply,
            outside=self,
            queries=self,
            clock=self.clock,
            wake=self.wakes.release,
            threads=threads,
            waiting=waiting,
        )

    def apply(self, transaction: Transaction, account: str, event: LookupFinished) -> None:
        if self.apply_error is not None:
            raise self.apply_error
        assert account == "clinic"
        self.finished.append(event)

    def fetch(self, request: OutsideRequest, timeout_seconds: float, *, private_redirects: bool = False) -> Reply:
        self.asked.append((request, timeout_seconds, private_redirects))
        self.at_work()
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    def query(self, account: str, path: str, params: Mapping[str, Any], timeout_seconds: float) -> Answer:
        self.queried.append((account, path, dict(params), timeout_seconds))
        self.at_work()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def ask(self, request: StartLookup = REQUEST, **fields: Any) -> LookupFinished:
        """Ask, and wait for the event."""
        self.lookups.ask("clinic", "entry-1", replace(request, **fields))
        assert self.wakes.acquire(timeout=10)
        return self.finished[-1]


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.lookups.stop()


class TestHttp:
    def test_a_value_that_does_not_fit_is_told_without_secrets(self, house: House) -> None:
        """The answer repeats what it was asked with: a secret of the configuration, and one that a caller typed."""
        house.reply = Reply(status=200, body=b'{"ok": "top secret 1234", "phone": "+7 900 000-00-00 ext. 5"}')
        event = house.ask(outputs=(("ok", "bool", "ok"), ("phone", "phone", "phone"), ("none", "phone", "none")))
        assert event.outputs == {"phone": "79000000000"}
        assert event.notes == {
            "ok": '"*** ***" is neither yes nor no',
            "phone": '"+7 900 000-00-00 ext. 5" has an extension, 5, which is cut off',
        }

    def test_numbers_of_an_answer_are_of_the_country_of_the_bundle(self, house: House) -> None:
        house.reply = Reply(status=200, body=b'{"phone": "8 (029) 123-45-67"}')
        assert house.ask(outputs=(("phone", "phone", "phone"),), country="BY").outputs == {"phone": "375291234567"}

    def test_question_leaves_with_its_secrets_and_comes_back_as_an_event(self, house: House) -> None:
        event = house.ask()
        assert event == LookupFinished(entry_id="entry-1", request_id="t-1", state="found", outputs={"ok": True})
        ((request, seconds, private),) = house.asked
        assert (request.method, request.url) == ("POST", "https://crm.example/pin/1?key=top%20secret")
        assert request.headers == {"Authorization": "Bearer top secret"}
        assert request.body == b'{"pin":"1234","list":[1,null]}'
        assert (seconds, private) == (2.0, True)

    def test_question_without_a_body(self, house: House) -> None:
        house.ask(json=None, method="GET")
        assert house.asked[0][0].body is None

    @pytest.mark.parametrize(
        ("reply", "state", "reason"),
        [
            (Reply(status=404), "not_found", "HTTP 404"),
            (Reply(status=500), "failed", "HTTP 500"),
            (RuntimeError("top secret"), "failed", "a fault of the router"),
            (StoreUnavailable("no turn"), "failed", "the database does not answer"),
        ],
    )
    def test_each_end(self, house: House, reply: Reply | Exception, state: str, reason: str) -> None:
        house.reply = reply
        event = house.ask()
        assert (event.state, event.reason, event.outputs) == (state, reason, {})

    def test_fault_is_logged_without_its_text(self, house: House, capsys: pytest.CaptureFixture[str]) -> None:
        house.reply = RuntimeError("top secret")
        house.ask()
        logged = capsys.readouterr().out
        assert "RuntimeError" in logged
        assert "secret" not in logged


class TestCache:
    def test_answer_is_used_again_for_its_time(self, house: House) -> None:
        assert not house.ask(cache_seconds=60.0).cached
        house.reply = Reply(status=200, body=b'{"ok": false}')
        again = house.ask(cache_seconds=60.0, request_id="t-2")
        assert (again.request_id, again.state, again.outputs, again.cached) == ("t-2", "found", {"ok": True}, True)
        house.clock.at += 60.1
        assert house.ask(cache_seconds=60.0).outputs == {"ok": False}
        assert len(house.asked) == 2

    def test_nothing_is_kept_unasked(self, house: House) -> None:
        house.ask()
        house.ask(cache_seconds=60.0)
        assert len(house.asked) == 2

    def test_failure_is_not_kept_but_not_found_is(self, house: House) -> None:
        house.reply = Reply(status=500)
        assert house.ask(cache_seconds=60.0).state == "failed"
        house.reply = Reply(status=404)
        assert house.ask(cache_seconds=60.0).state == "not_found"
        house.reply = Reply(status=200, body=b"{}")
        assert house.ask(cache_seconds=60.0).state == "not_found"

    def test_older_answer_is_better_than_none(self, house: House) -> None:
        house.ask(cache_seconds=60.0, stale_on_error=True)
        house.clock.at += 100_000
        house.reply = Reply(fault="no answer in time")
        stale = house.ask(cache_seconds=60.0, stale_on_error=True)
        assert (stale.state, stale.outputs, stale.cached) == ("found", {"ok": True}, True)
        assert stale.reason == "no answer in time"
        assert house.ask(cache_seconds=60.0).state == "failed"

    def test_without_an_older_answer_it_fails(self, house: House) -> None:
        house.reply = Reply(fault="no answer in time")
        event = house.ask(stale_on_error=True)
        assert (event.state, event.cached) == ("failed", False)


def counted(kind: str, outcome: str) -> float:
    labels = {"kind": kind, "step": "verify", "outcome": outcome}
    return registry.get_sample_value("ivr_lookups_total", labels) or 0.0


def test_each_answer_is_counted_by_what_became_of_it(house: House) -> None:
    before = {outcome: counted("http", outcome) for outcome in ("found", "cached", "stale", "failed", "not_found")}
    timed = registry.get_sample_value("ivr_lookup_seconds_count", {"kind": "http"}) or 0.0
    house.ask(cache_seconds=60.0)
    house.ask(cache_seconds=60.0)
    house.reply = Reply(status=500)
    house.ask()
    house.ask(stale_on_error=True)
    house.reply = Reply(status=404)
    house.ask()
    made = {outcome: counted("http", outcome) - count for outcome, count in before.items()}
    assert made == {"found": 1, "cached": 1, "stale": 1, "failed": 1, "not_found": 1}
    assert registry.get_sample_value("ivr_lookup_seconds_count", {"kind": "http"}) == timed + 5


class TestCrowd:
    def test_too_many_fail_at_once_and_kept_answers_are_served_still(self) -> None:
        house = House(threads=1, waiting=0)
        house.ask(cache_seconds=60.0)
        release, begun = threading.Event(), threading.Event()

        def hang() -> None:
            begun.set()
            release.wait(10)

        house.at_work = hang
        house.lookups.ask("clinic", "entry-1", replace(REQUEST, url="https://crm.example/slow"))
        assert begun.wait(10)
        refused = house.ask(url="https://crm.example/other")
        assert (refused.state, refused.reason) == ("failed", "too many lookups are waiting")
        assert house.ask(cache_seconds=60.0).cached
        assert house.ask(stale_on_error=True).cached
        release.set()
        house.lookups.stop()
        assert [event.state for event in house.finished] == ["found", "failed", "found", "found", "found"]

    def test_question_that_waited_too_long_is_not_asked(self) -> None:
        house = House(threads=1, waiting=8)
        release, begun = threading.Event(), threading.Event()

        def hang() -> None:
            begun.set()
            release.wait(10)
            house.clock.at += 5.0

        house.at_work = hang
        house.lookups.ask("clinic", "entry-1", REQUEST)
        assert begun.wait(10)
        house.lookups.ask("clinic", "entry-2", REQUEST)
        release.set()
        assert house.wakes.acquire(timeout=10)
        assert house.wakes.acquire(timeout=10)
        assert [event.state for event in house.finished] == ["found", "failed"]
        assert house.finished[1].reason == "no thread was free in time"
        assert len(house.asked) == 1
        house.lookups.stop()


class TestTelling:
    @pytest.mark.parametrize("error", [StoreUnavailable("no turn"), RuntimeError("a fault of the engine")])
    def test_call_that_cannot_take_it_is_left_to_its_timer(
        self, house: House, error: Exception, capsys: pytest.CaptureFixture[str]
    ) -> None:
        house.apply_error = error
        house.lookups.ask("clinic", "entry-1", REQUEST)
        assert house.wakes.acquire(timeout=10)
        assert "answer" in capsys.readouterr().out
        house.apply_error = None
        assert house.ask().state == "found"


class TestApi:
    def test_query_takes_a_slot_and_brings_its_outputs(self, house: House) -> None:
        event = house.ask(QUERY)
        assert (event.state, event.outputs) == ("found", {"source": "ads"})
        assert house.queried == [("clinic", QUERY.api, {"number": "79000000000"}, 2.0)]
        assert slots_of(house.store, "clinic") == {"all": [pytest.approx(NOON + 1.001)]}

    def test_query_waits_for_a_slot(self, house: House) -> None:
        with house.store.transaction() as transaction:
            transaction.take_slot("clinic", "all", "another", NOON + 1.5)
        assert house.ask(QUERY).state == "found"
        assert house.queried[0][3] == pytest.approx(0.5)

    def test_query_does_not_wait_beyond_its_time(self, house: House) -> None:
        with house.store.transaction() as transaction:
            transaction.take_slot("clinic", "all", "another", NOON + 2.5)
        event = house.ask(QUERY)
        assert (event.state, event.reason) == ("failed", "the limits leave no room for it in time")
        assert house.queried == []
        assert house.clock.at == NOON

    def test_query_heeds_a_pause(self, house: House) -> None:
        with house.store.transaction() as transaction:
            pause(transaction, "clinic", NOON + 60, "over the limit")
        assert house.ask(QUERY).state == "failed"
        assert house.queried == []

    def test_query_that_never_left_gives_its_slot_back(self, house: House) -> None:
        house.answer = Answer(kind="not_sent", body="cannot connect")
        assert house.ask(QUERY).reason == "cannot connect"
        assert slots_of(house.store, "clinic") == {}

    def test_unclear_query_keeps_its_slot(self, house: House) -> None:
        house.answer = Answer(kind="unclear", body="ReadTimeoutError")
        assert house.ask(QUERY).state == "failed"
        assert slots_of(house.store, "clinic") == {"all": [pytest.approx(NOON + 2.0 + 2.0 + 1.001)]}

    def test_what_the_pbx_says_of_the_key_counts_for_commands_too(self, house: House) -> None:
        house.answer = Answer(kind="limited", status=503)
        assert house.ask(QUERY).reason == "HTTP 503"
        with house.store.snapshot() as reading:
            assert reading.shares("clinic")["all"].closed_until == NOON + 0.5

    def test_invalid_query_is_remembered(self, house: House) -> None:
        house.answer = Answer(kind="refused", status=420, code=3104)
        assert house.ask(QUERY).state == "failed"
        with house.store.snapshot() as reading:
            assert reading.standing("clinic").invalid_at == NOON
