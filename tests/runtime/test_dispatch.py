"""Every rule of sending, on a clock that only the test moves, with requests made in the test's own thread."""

import dataclasses
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from router.engine.state import ENDED, Call, CommandAnswered, CommandConcluded, Leg
from router.errors import StoreUnavailable
from router.history.journal import CONFIRMED, EXPIRED, FAILED, QUEUED, SENT, UNKNOWN, CommandRow
from router.protocol.events import LegChanged
from router.runtime.limits.limiter import Limits
from router.runtime.outbound_ports import Answer, Trip
from router.runtime.outbox.command_queues import TO_PBX
from router.runtime.outbox.dispatch import Dispatcher
from router.runtime.outbox.dispatch_plan import RESULT_SECONDS
from router.runtime.outbox.schedule import HOPELESS
from router.runtime.outbox.settlement import Settling
from router.runtime.ports import Store, Transaction
from router.runtime.records import AccountState, ActiveVersion, Share
from tests.runtime.outbox import ACCEPTED, NOON, HandClock, PretendPbx, queued
from tests.stores import MemoryStore, pause, slots_of

REFUSED = Answer(kind="refused", status=420, code=4101)
INVALID = Answer(kind="refused", status=420, code=3104)
LIMITED = Answer(kind="limited", status=503)
BANNED = Answer(kind="banned", status=401)
NOT_SENT = Answer(kind="not_sent", body="cannot connect")
TIMED_OUT = Answer(kind="unclear", body="ReadTimeoutError")
BROKEN = Answer(kind="unclear", status=502)


class House:
    """One dispatcher with everything around it."""

    def __init__(self, *answers: Answer | Exception, accounts: dict[str, Limits] | None = None) -> None:
        self.clock = HandClock()
        self.store: Store = MemoryStore(self.clock.now)
        self.pbx = PretendPbx(self.clock, *answers)
        self.told: list[CommandAnswered | CommandConcluded] = []
        self.counted: list[tuple[str, str]] = []
        self.accounts = accounts or {"clinic": Limits()}
        self.dispatcher = self.another()

    def another(self, store: Store | None = None) -> Dispatcher:
        return Dispatcher(
            store or self.store,
            self.pbx,
            self.accounts,
            self.apply,
            self.clock,
            count=lambda command, outcome, **_more: self.counted.append((command, outcome)),
            senders=0,
        )

    def settling(self) -> Settling:
        """What keeps the answers of this house, without the requests."""
        return Settling(
            self.dispatcher.database, self.accounts, self.apply, self.clock, count=lambda *_outcome, **_labels: None
        )

    def apply(self, transaction: Transaction, account: str, event: CommandAnswered | CommandConcluded) -> None:
        assert transaction.command(account, event.command_id) is not None
        self.told.append(event)

    def put(self, *rows: CommandRow | Call) -> None:
        with self.store.transaction() as transaction:
            for row in rows:
                if isinstance(row, Call):
                    transaction.save_call(row)
                else:
                    transaction.queue(row)

    def change(self, row: CommandRow, **fields: Any) -> None:
        with self.store.transaction() as transaction:
            transaction.update_command(replace(row, **fields))

    def pause(self, *, paused: bool) -> None:
        with self.store.transaction() as transaction:
            transaction.save_serving("clinic", ActiveVersion(paused=paused))

    def row(self, command_id: str = "c-1") -> CommandRow:
        with self.store.snapshot() as reading:
            found = reading.command("clinic", command_id)
        assert found is not None
        return found

    def standing(self) -> AccountState:
        with self.store.snapshot() as reading:
            return reading.standing("clinic")

    def share(self, window: str) -> Share:
        with self.store.snapshot() as reading:
            return reading.shares("clinic")[window]

    def run(self, *, until: float) -> None:
        """Follow the dispatcher's own next instants."""
        next_at = self.dispatcher.run_once()
        while next_at is not None and next_at <= until:
            self.clock.at = max(self.clock.at, next_at)
            next_at = self.dispatcher.run_once()
        self.clock.at = max(self.clock.at, until)


class TestAnswers:
    def test_accepted_stays_sent_until_its_outcome(self) -> None:
        house = House()
        house.put(queued())
        house.clock.at += 0.25
        house.pbx.took_seconds = 0.1
        next_at = house.dispatcher.run_once()
        row = house.row()
        assert (row.state, row.sent, row.answered, row.http_status) == (SENT, NOON + 0.25, NOON + 0.35, 200)
        assert (row.attempts, row.wait_seconds, row.code) == (1, 0.25, None)
        assert house.told == [CommandAnswered(entry_id="entry-of-c-1", command_id="c-1", sent_at=NOON + 0.25)]
        assert next_at == NOON + 0.35 + RESULT_SECONDS
        free_in = {window: round(at - NOON, 3) for window, (at,) in slots_of(house.store, "clinic").items()}
        assert free_in == {"all": 1.351, "route": 2.352}

    def test_paused_account_sends_nothing_until_it_is_resumed_and_what_waited_too_long_expires(self) -> None:
        house = House()
        house.put(queued(), queued("c-2", "sms", deadline=NOON + 5))
        house.pause(paused=True)
        house.run(until=NOON + 20)
        assert house.pbx.ids == []
        assert house.row("c-2").state == EXPIRED
        house.pause(paused=False)
        house.run(until=NOON + 21)
        assert house.pbx.ids == ["c-1"]

    def test_nothing_queued_needs_no_further_look(self) -> None:
        assert House().dispatcher.run_once() is None

    def test_the_words_of_a_refusal_are_kept(self) -> None:
        refusal = Answer(kind="refused", status=420, code=3104, body='{"code": 3104, "message": "to_number: too long"}')
        house = House(refusal)
        house.put(queued())
        house.run(until=NOON + 5)
        assert house.row().reason == 'the PBX refused it with 3104: "to_number: too long"'

    @pytest.mark.parametrize("answer", [REFUSED, Answer(kind="refused", status=404)])
    def test_a_refusal_is_final(self, answer: Answer) -> None:
        house = House(answer)
        house.put(queued())
        house.run(until=NOON + 60)
        row = house.row()
        assert (row.state, row.code, row.http_status) == (FAILED, answer.code or None, answer.status)
        (event,) = house.told
        assert isinstance(event, CommandConcluded)
        assert (event.state, event.code) == (FAILED, answer.code)
        assert house.pbx.ids == ["c-1"]
        assert house.standing() == AccountState()
        assert house.counted == [("route", "refused"), ("route", FAILED)]

    def test_over_the_limit_its_window_waits_and_whoever_shares_it(self) -> None:
        house = House(LIMITED, LIMITED, LIMITED, ACCEPTED)
        house.put(queued("c-1", "play/start"), queued("c-2", "play/start", deadline=NOON + 40))
        house.run(until=NOON + 0.4)
        assert house.pbx.sent == [(NOON, "c-1")]
        row = house.row()
        assert (row.state, row.sent, row.http_status) == (QUEUED, None, 503)
        assert house.share("all") == Share(window="all", share=0.5, since=NOON, closed_until=NOON + 0.5, strikes=1)
        house.run(until=NOON + 10)
        assert [round(at - NOON, 3) for at, _ in house.pbx.sent] == [0.0, 0.5, 1.5, 3.5, 4.501]
        assert house.share("all").strikes == 0
        assert [event.command_id for event in house.told] == ["c-1", "c-2"]
        assert house.standing() == AccountState(), "the key itself is well"

    def test_a_full_window_of_its_own_is_nothing_to_the_other_commands(self) -> None:
        house = House(LIMITED, ACCEPTED)
        house.put(queued("c-1"), queued("c-2", "play/start", deadline=NOON + 40))
        house.run(until=NOON + 6)
        assert house.pbx.sent == [(NOON, "c-1"), (NOON, "c-2"), (NOON + 2.002, "c-1")]
        assert house.share("route").share == 0.5

    def test_a_wrong_sign_is_tried_once_with_the_other_salt(self) -> None:
        wrong = Answer(kind="refused", status=420, code=3102, salt="one", other_salt="two")
        house = House(wrong, ACCEPTED)
        house.put(queued())
        house.run(until=NOON + 5)
        assert (house.row().state, house.row().attempts) == (SENT, 2)
        assert house.standing().refused_salt == "one"
        assert [type(event) for event in house.told] == [CommandAnswered]

    def test_two_wrong_signs_are_a_refusal(self) -> None:
        wrong = Answer(kind="refused", status=420, code=3102, salt="one", other_salt="two")
        house = House(wrong, replace(wrong, salt="two", other_salt="one"))
        house.put(queued())
        house.run(until=NOON + 5)
        assert (house.row().state, house.row().code, house.row().attempts) == (FAILED, 3102, 2)

    def test_without_another_salt_a_wrong_sign_is_final(self) -> None:
        house = House(Answer(kind="refused", status=420, code=3102))
        house.put(queued())
        house.run(until=NOON + 5)
        assert (house.row().state, house.row().code, house.row().attempts) == (FAILED, 3102, 1)
        assert house.standing().refused_salt == ""

    def test_a_refused_window_stays_closed_for_up_to_eight_seconds(self) -> None:
        house = House(LIMITED)
        house.put(queued(command="sms", deadline=None))
        house.run(until=NOON + 40)
        sent = [at - NOON for at, _ in house.pbx.sent]
        assert [round(at, 1) for at in sent[:7]] == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 23.5]

    def test_requests_refused_together_are_one_warning(self) -> None:
        house = House(LIMITED)
        warned = Share(window="all", share=0.4, since=NOON + 1, closed_until=NOON + 1.5, strikes=1)
        house.put(queued("c-1", "play/start"))
        house.pbx.took_seconds = 1.2

        def warn() -> None:
            with house.store.transaction() as transaction:
                transaction.save_share("clinic", warned)

        house.pbx.meanwhile = warn
        house.dispatcher.run_once()
        assert house.share("all") == warned

    def test_an_invalid_command_is_noted_and_never_sent_again(self) -> None:
        house = House(INVALID, INVALID, ACCEPTED)
        house.put(queued("c-1", "play/start"), queued("c-2", "play/start", deadline=NOON + 40))
        house.pbx.took_seconds = 1.0
        house.run(until=NOON + 5)
        assert house.row("c-1").state == house.row("c-2").state == FAILED
        assert house.standing().invalid_at == NOON + 1, "the first of two counts"

    def test_a_blocked_key_pauses_until_two_minutes_after_the_first_invalid_command(self) -> None:
        house = House(INVALID, BANNED, ACCEPTED)
        house.put(queued("c-1", "play/start"), queued("c-2", "sms", deadline=None))
        house.run(until=NOON + 5)
        row = house.row("c-2")
        assert (row.state, row.http_status, row.not_before) == (QUEUED, 401, NOON + 120)
        assert house.standing().paused_until == NOON + 120
        house.run(until=NOON + 130)
        assert house.pbx.sent == [(NOON, "c-1"), (NOON, "c-2"), (NOON + 120, "c-2")]

    def test_a_key_that_is_not_accepted_fails_the_command_and_says_why(self) -> None:
        house = House(BANNED)
        house.put(queued("c-1", "play/start"), queued("c-2", "play/start", deadline=NOON + 40))
        house.run(until=NOON + 9)
        assert house.row("c-1").state == FAILED
        assert "401" in house.row("c-1").reason
        assert house.row("c-2").state == QUEUED
        assert house.standing().paused_until == NOON + 10
        assert "key" in house.standing().reason

    @pytest.mark.parametrize("command", ["route", "play/start", "sms", "transfer"])
    def test_what_was_not_sent_is_tried_again_whatever_it_is(self, command: str) -> None:
        house = House(NOT_SENT, NOT_SENT, ACCEPTED)
        house.put(queued(command=command))
        house.dispatcher.run_once()
        assert slots_of(house.store, "clinic") == {}, "nothing was counted"
        house.run(until=NOON + 5)
        assert [at - NOON for at, _ in house.pbx.sent] == [0.0, 0.25, 0.75]
        assert house.row().state == SENT

    @pytest.mark.parametrize("answer", [TIMED_OUT, BROKEN, ValueError("a bug")])
    @pytest.mark.parametrize("command", ["route", "call/hangup"])
    def test_what_may_be_repeated_is_with_the_same_id(self, command: str, answer: Answer | Exception) -> None:
        house = House(answer, answer, ACCEPTED)
        house.put(queued(command=command, deadline=NOON + 100))
        house.run(until=NOON + 40)
        assert house.pbx.ids == ["c-1"] * 3
        assert (house.row().state, house.row().attempts) == (SENT, 3)

    @pytest.mark.parametrize("answer", [TIMED_OUT, BROKEN])
    @pytest.mark.parametrize("command", ["play/start", "transfer", "sms"])
    def test_what_may_not_be_repeated_ends_unknown(self, command: str, answer: Answer) -> None:
        house = House(answer)
        house.put(queued(command=command))
        house.run(until=NOON + 60)
        assert house.pbx.ids == ["c-1"]
        assert house.row().state == UNKNOWN
        (event,) = house.told
        assert isinstance(event, CommandConcluded)
        assert event.state == UNKNOWN

    def test_a_request_without_an_answer_holds_its_slots_as_if_it_were_still_to_be_counted(self) -> None:
        house = House(TIMED_OUT)
        house.pbx.took_seconds = 5.0
        house.put(queued(command="sms"))
        house.dispatcher.run_once()
        assert slots_of(house.store, "clinic") == {"all": [NOON + 9.001]}

    def test_an_error_of_the_pbx_was_counted_before_it_was_answered(self) -> None:
        house = House(BROKEN)
        house.put(queued(command="sms"))
        house.dispatcher.run_once()
        assert slots_of(house.store, "clinic") == {"all": [NOON + 1.001]}

    def test_a_connection_that_the_pbx_ended_was_counted_before_or_never_will_be(self) -> None:
        house = House(Answer(kind="unclear", body="ProtocolError", over=True))
        house.put(queued(command="sms"))
        house.dispatcher.run_once()
        assert slots_of(house.store, "clinic") == {"all": [NOON + 1.001]}

    def test_a_slot_is_held_from_when_the_answer_came_not_from_its_commit(self) -> None:
        house = House()
        came = NOON + 0.25
        house.pbx.took_seconds = 0.75
        house.pbx.trip = lambda _now: Trip(left=NOON, came=came)
        house.put(queued(command="sms"))
        house.dispatcher.run_once()
        with house.store.snapshot() as reading:
            assert reading.slots("clinic") == {"all": [pytest.approx(came + 1.001, abs=0.001)]}

    def test_a_repeat_ends_at_the_deadline(self) -> None:
        house = House(TIMED_OUT)
        house.put(queued(deadline=NOON + 15))
        house.run(until=NOON + 30)
        assert house.row().state == EXPIRED
        assert all(at < NOON + 15 for at, _ in house.pbx.sent)


class TestBeforeSending:
    def test_an_expired_command_costs_nothing(self) -> None:
        house = House()
        house.put(queued(deadline=NOON))
        house.dispatcher.run_once()
        assert house.pbx.sent == []
        assert slots_of(house.store, "clinic") == {}
        assert house.row().state == EXPIRED
        assert house.told == [
            CommandConcluded(entry_id="entry-of-c-1", command_id="c-1", state=EXPIRED, reason="its deadline passed")
        ]

    def test_a_deadline_is_kept_while_the_limit_is_waited_for(self) -> None:
        house = House()
        house.put(*(queued(f"c-{number}", deadline=NOON + 3) for number in range(3)))
        house.run(until=NOON + 5)
        assert [round(at - NOON, 3) for at, _ in house.pbx.sent] == [0.0, 2.002]
        assert house.row("c-2").state == EXPIRED
        assert house.row("c-2").confirmed == pytest.approx(NOON + 2.002), "no later slot comes in time: told at once"
        assert house.row("c-2").reason == HOPELESS

    @pytest.mark.parametrize("expired", [40, 500])
    def test_many_who_run_out_of_time_together_delay_nobody(self, expired: int) -> None:
        """They stand before the others in the queue, more of them than a look reads."""
        house = House()
        house.put(*(queued(f"late-{number}", deadline=NOON) for number in range(expired)))
        house.put(queued("alive"), queued("next", deadline=NOON + 40))
        told_before: list[int] = []
        house.pbx.meanwhile = lambda: told_before.append(len(house.told))
        house.run(until=NOON + 3)
        assert house.pbx.ids == ["alive", "next"]
        assert told_before[0] == 0, "sent before the engine hears of the others"
        assert sum(isinstance(event, CommandConcluded) for event in house.told) == expired

    def test_a_command_that_does_not_fit_its_schema_is_not_sent(self) -> None:
        house = House()
        bad = replace(queued(), params={"command_id": "c-1", "call_id": "leg-1", "to_number": "101", "colour": "red"})
        house.put(bad, queued("c-2", deadline=NOON + 40))
        house.dispatcher.run_once()
        row = house.row()
        assert (row.state, row.code, row.attempts) == (FAILED, 3100, 0)
        assert "colour" in row.reason
        assert house.pbx.ids == ["c-2"]
        assert house.standing() == AccountState()

    def test_a_command_that_nobody_knows(self) -> None:
        house = House()
        house.put(queued(command="callback/later"))
        house.dispatcher.run_once()
        assert (house.row().state, house.row().code) == (FAILED, 3100)

    def test_a_paused_key_sends_nothing(self) -> None:
        house = House()
        _pause(house.store, NOON + 60)
        house.put(queued(deadline=NOON + 90))
        assert house.dispatcher.run_once() == NOON + 59.96, "early enough to have all ready then"
        house.run(until=NOON + 61)
        assert house.pbx.sent == [(NOON + 60, "c-1")]

    def test_a_process_that_was_suspended_after_its_claim_does_not_send(self) -> None:
        house = House()
        house.put(queued(command="play/start"))
        house.store = _Slow(house.store, house.clock)  # type: ignore[assignment]
        house.another(house.store).run_once()
        assert house.pbx.sent == []
        assert house.row().state == QUEUED

    def test_accounts_do_not_share_limits(self) -> None:
        house = House(accounts={"clinic": Limits(), "shop": Limits()})
        house.put(queued("c-1"), queued("c-2", account="shop"), queued("c-3", account="shop", deadline=NOON + 90))
        house.dispatcher.run_once()
        assert house.pbx.ids == ["c-1", "c-2"]

    def test_a_command_of_no_call_concerns_no_engine(self) -> None:
        house = House()
        house.put(queued(command="sms", entry_id=""))
        house.dispatcher.run_once()
        assert house.row().state == SENT
        assert house.told == []


class TestOverlaps:
    def test_a_second_command_of_a_call_waits_for_the_first_answer(self) -> None:
        house = House()
        house.put(queued("c-1", "play/start", entry_id="e"), queued("c-2", "sms", entry_id="e", deadline=None))
        seen: list[list[str]] = []

        def look() -> None:
            with house.store.snapshot() as reading:
                seen.append([row.command_id for row in reading.candidates("clinic", 9)])

        house.pbx.meanwhile = look
        house.dispatcher.run_once()
        assert seen == [[], []]
        assert house.pbx.ids == ["c-1", "c-2"]

    def test_a_result_before_the_answer_stays(self) -> None:
        house = House()
        house.put(queued())
        house.pbx.meanwhile = lambda: house.change(house.row(), state=CONFIRMED, confirmed=NOON, code=1000, lease=None)
        house.dispatcher.run_once()
        row = house.row()
        assert (row.state, row.code, row.http_status, row.answered) == (CONFIRMED, 1000, 200, NOON)
        assert house.told == []
        assert slots_of(house.store, "clinic")["route"] == [NOON + 2.002]

    @pytest.mark.parametrize("answer", [TIMED_OUT, LIMITED, REFUSED])
    def test_a_leg_before_a_bad_answer_stays(self, answer: Answer) -> None:
        house = House(answer)
        house.put(queued())
        house.pbx.meanwhile = lambda: house.change(house.row(), state=CONFIRMED, confirmed=NOON)
        house.run(until=NOON + 60)
        assert house.row().state == CONFIRMED
        assert house.pbx.ids == ["c-1"]
        assert house.told == []

    def test_a_requeued_command_of_a_leg_that_ended_expires(self) -> None:
        house = House(TIMED_OUT)
        house.put(_call(), queued(entry_id="entry-1"))
        house.pbx.meanwhile = lambda: house.put(_call(leg_state="Disconnected"))
        house.run(until=NOON + 60)
        assert house.pbx.ids == ["c-1"]
        assert (house.row().state, house.row().reason) == (EXPIRED, "its leg has ended")

    def test_a_requeued_command_of_a_call_that_ended_expires(self) -> None:
        house = House(LIMITED)
        house.put(_call(), queued(entry_id="entry-1"))
        house.pbx.meanwhile = lambda: house.put(_call(status=ENDED))
        house.run(until=NOON + 60)
        assert house.row().state == EXPIRED

    def test_a_requeued_command_that_was_superseded_expires(self) -> None:
        house = House(TIMED_OUT, ACCEPTED)
        house.put(_call(), queued("c-1", entry_id="entry-1"))
        newer = queued("c-2", "call/hangup", entry_id="entry-1", queued=NOON + 1)
        house.pbx.meanwhile = lambda: house.put(newer) if house.row().state == SENT else None
        house.run(until=NOON + 40)
        assert house.pbx.ids == ["c-1", "c-2"]
        assert "newer" in house.row("c-1").reason

    def test_a_requeued_command_of_a_live_call_goes_again(self) -> None:
        house = House(TIMED_OUT, ACCEPTED)
        house.put(_call(), queued("c-1", entry_id="entry-1"), queued("c-2", "sms", entry_id="entry-1", call_id=""))
        house.run(until=NOON + 25)
        assert house.pbx.ids == ["c-1", "c-2", "c-1"]

    def test_an_engine_that_fails_stops_nobody(self) -> None:
        house = House(REFUSED, ACCEPTED)

        def fail(_transaction: Transaction, _account: str, event: Any) -> None:
            if event.command_id == "c-1":
                raise ZeroDivisionError

        house.apply = fail  # type: ignore[method-assign]
        house.dispatcher = house.another()
        house.put(queued("c-1"), queued("c-2", deadline=NOON + 40))
        house.run(until=NOON + 10)
        assert (house.row("c-1").state, house.row("c-2").state) == (FAILED, SENT)


class TestCrashes:
    @pytest.mark.parametrize("command", ["route", "call/hangup"])
    def test_a_lost_claim_is_made_again_when_that_is_harmless(self, command: str) -> None:
        house = House()
        house.put(_claimed(command, deadline=NOON + 30))
        house.run(until=NOON + 9.9)
        assert house.pbx.sent == []
        house.run(until=NOON + 12)
        assert house.pbx.sent == [(NOON + 10, "c-1")]
        assert (house.row().state, house.row().attempts) == (SENT, 2)

    def test_a_lost_claim_expires_when_its_deadline_is_over(self) -> None:
        house = House()
        house.put(_claimed("route", deadline=NOON + 5))
        house.run(until=NOON + 12)
        assert house.pbx.sent == []
        assert house.row().state == EXPIRED

    @pytest.mark.parametrize("command", ["play/start", "transfer", "sms"])
    def test_a_lost_claim_ends_unknown_when_it_may_have_been_sent(self, command: str) -> None:
        house = House()
        house.put(_claimed(command, deadline=None))
        house.run(until=NOON + 12)
        assert house.pbx.sent == []
        assert house.row().state == UNKNOWN
        assert [type(event) for event in house.told] == [CommandConcluded]

    def test_an_answer_that_comes_after_its_claim_was_taken_back_still_counts(self) -> None:
        house = House(ACCEPTED)
        house.put(queued())
        house.pbx.took_seconds = 10.5
        thief = House()
        thief.store, thief.clock = house.store, house.clock
        taken_back: list[str] = []

        def take_back() -> None:
            _pause(house.store, NOON + 60)
            thief.another().run_once()
            taken_back.append(house.row().state)

        house.pbx.meanwhile = take_back
        house.dispatcher.run_once()
        assert (taken_back, thief.pbx.sent) == ([QUEUED], [])
        row = house.row()
        assert (row.state, row.attempts, row.answered) == (SENT, 1, NOON + 10.5)

    def test_an_answer_to_an_earlier_claim_changes_nothing(self) -> None:
        house = House(REFUSED)
        house.put(queued(deadline=NOON + 90))
        house.pbx.took_seconds = 10.5
        thief = House()
        thief.store, thief.clock = house.store, house.clock
        house.pbx.meanwhile = lambda: thief.another().run_once()
        house.dispatcher.run_once()
        assert thief.pbx.ids == ["c-1"]
        row = house.row()
        assert (row.state, row.attempts, row.code) == (SENT, 2, None)

    @pytest.mark.parametrize("late", [REFUSED, ACCEPTED, TIMED_OUT, BROKEN, NOT_SENT])
    def test_a_late_answer_does_not_settle_a_newer_request_that_is_on_its_way(self, late: Answer) -> None:
        house = House()
        second = queued(state=SENT, sent=NOON + 11, attempts=2, lease=NOON + 21, deadline=NOON + 90)
        house.put(second)
        house.settling().settle_answer(replace(second, sent=NOON, attempts=1, lease=NOON + 10), late)
        assert (house.row(), house.told) == (second, [])
        house.settling().settle_answer(second, ACCEPTED)
        assert (house.row().answered, len(house.told)) == (NOON, 1)

    def test_an_answer_waits_for_a_database_that_is_full(self) -> None:
        house = House()
        house.put(queued())
        house.store = _Full(house.store, after=1, times=3)  # type: ignore[assignment]
        house.another(house.store).run_once()
        assert house.row().state == SENT
        assert house.row().answered == NOON + 1.5
        assert house.pbx.ids == ["c-1"]

    def test_a_silent_command_ends_unknown_without_a_word_to_the_engine(self) -> None:
        house = House()
        house.put(queued())
        house.run(until=NOON + 59)
        assert house.row().state == SENT
        house.run(until=NOON + 61)
        assert (house.row().state, house.row().reason) == (UNKNOWN, "no result came")
        assert [type(event) for event in house.told] == [CommandAnswered]
        assert house.dispatcher.run_once() is None


@given(
    answers=st.lists(
        st.sampled_from([ACCEPTED, REFUSED, INVALID, LIMITED, BANNED, NOT_SENT, TIMED_OUT, BROKEN]),
        min_size=1,
        max_size=12,
    ),
    kinds=st.lists(st.sampled_from(["route", "play/start", "call/hangup", "sms"]), min_size=1, max_size=8),
    deadline=st.floats(1, 60),
)
def test_whatever_the_pbx_says_every_command_ends_once(
    answers: list[Answer], kinds: list[str], deadline: float
) -> None:
    house = House(*answers, ACCEPTED)
    house.put(*(queued(f"c-{n}", kind, deadline=NOON + deadline) for n, kind in enumerate(kinds)))
    house.run(until=NOON + 300)
    rows = house.store.commands("clinic")
    assert {row.state for row in rows} <= {FAILED, EXPIRED, UNKNOWN}
    assert house.dispatcher.run_once() is None
    finals = [event.command_id for event in house.told]
    assert len(finals) == len(set(finals)) == len(kinds), "the engine hears once of each command"
    perhaps_done = Counter(command_id for command_id, kind in house.pbx.answered if kind in ("accepted", "unclear"))
    assert all(perhaps_done[row.command_id] <= 1 for row in rows if row.command in ("play/start", "sms"))
    invalid = [command_id for command_id, kind in house.pbx.answered if kind == "refused"]
    assert len(invalid) == len(set(invalid)), "what was refused is not sent again"


def _claimed(command: str, **fields: Any) -> CommandRow:
    return queued(command=command, state=SENT, sent=NOON, attempts=1, lease=NOON + 10, **fields)


def _call(*, leg_state: str = "Connected", status: str = "running") -> Call:
    last = LegChanged(entry_id="entry-1", call_id="leg-1", seq=1, timestamp=int(NOON), state=leg_state)
    legs = {"leg-1": Leg(last=last, first_seen=NOON)}
    return Call(account="clinic", entry_id="entry-1", token="t", started=NOON, status=status, legs=legs)


def _pause(store: Store, until: float) -> None:
    with store.transaction() as transaction:
        pause(transaction, "clinic", until, "because")


class _Around:
    """A store with something in the way of its transactions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class _Slow(_Around):
    """Its process is suspended for four seconds after the first commit."""

    def __init__(self, store: Store, clock: HandClock) -> None:
        super().__init__(store)
        self._clock = clock
        self._seconds = 4.0

    @contextmanager
    def transaction(self, patience_seconds: float | None = None) -> Iterator[Transaction]:
        with self._store.transaction() as transaction:
            yield transaction
        self._clock.at += self._seconds
        self._seconds = 0.0


class _Full(_Around):
    """Takes `after` transactions, then refuses `times`."""

    def __init__(self, store: Store, *, after: int, times: int) -> None:
        super().__init__(store)
        self._plan = [True] * after + [False] * times

    @contextmanager
    def transaction(self, patience_seconds: float | None = None) -> Iterator[Transaction]:
        if self._plan and not self._plan.pop(0):
            raise StoreUnavailable("the disk is full")
        with self._store.transaction() as transaction:
            yield transaction


def test_an_account_where_nothing_can_have_changed_is_not_looked_at_again() -> None:
    """Not before its next instant, unless a commit of its own changes its mark."""
    house, looks = House(ACCEPTED), list[float]()

    def candidates(reading: Any, account: str, limit: int) -> list[CommandRow]:
        looks.append(reading.now)
        return TO_PBX.candidates(reading, account, limit)

    house.dispatcher = Dispatcher(
        house.store, house.pbx, house.accounts, house.apply, house.clock,
        lane=dataclasses.replace(TO_PBX, candidates=candidates), senders=0, count=lambda *_, **_more: None,
    )  # fmt: skip
    house.put(queued("c-1", not_before=NOON + 5.0))
    house.dispatcher.run_once()
    first = len(looks)
    house.clock.at = NOON + 1.0
    house.dispatcher.run_once()
    assert len(looks) == first
    house.put(queued("c-2", not_before=NOON + 7.0))
    house.dispatcher.run_once()
    assert len(looks) > first
    house.run(until=NOON + 6.0)
    assert [name for _, name in house.pbx.sent] == ["c-1"]


def test_how_long_a_command_waited_is_counted_when_it_was_accepted() -> None:
    counted: list[tuple[str, str, float | None]] = []

    def count(command: str, outcome: str, *, wait_seconds: float | None = None, **_labels: str) -> None:
        counted.append((command, outcome, wait_seconds))

    house = House(ACCEPTED, REFUSED)
    house.dispatcher = Dispatcher(
        house.store, house.pbx, house.accounts, house.apply, house.clock, senders=0, count=count
    )  # fmt: skip
    house.put(queued("c-1", "play/start", queued=NOON - 1.5), queued("c-2", "call/hangup", queued=NOON - 1.0))
    house.run(until=NOON + 3.0)
    assert sorted(counted, key=str)[:3] == [
        ("call/hangup", "failed", None), ("call/hangup", "refused", None), ("play/start", "accepted", 1.5),
    ]  # fmt: skip
