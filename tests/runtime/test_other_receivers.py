"""Commands that are not for the PBX itself: tasks of the contact centre, notifications to authors' webhooks."""

from typing import Any

import pytest

from router.engine.state import CommandAnswered, CommandConcluded
from router.history.journal import CONFIRMED, EXPIRED, FAILED, NOTIFY, QUEUED, SENT, UNKNOWN, CommandRow
from router.runtime.outbound_ports import Answer, Departure
from router.runtime.outbox.command_queues import TO_AUTHORS
from router.runtime.outbox.deliveries import PATIENCE_SECONDS
from router.runtime.outbox.dispatch import Dispatcher
from router.runtime.outbox.outcomes import NO_CENTRE_SECONDS
from router.runtime.records import AccountState
from tests.runtime.outbox import ACCEPTED, NOON, PretendPbx, queued
from tests.runtime.test_dispatch import BANNED, BROKEN, INVALID, NOT_SENT, TIMED_OUT, House
from tests.stores import pause, slots_of

TASK = {"event_type": 1, "start_time": 1_795_000_900, "duration": 15, "to_user_id": 7, "phone": "79000000000"}
CENTRE_LIMIT = Answer(kind="limited", status=200, code=5008)
BROKEN_THERE = Answer(kind="refused", status=500)
DEAD = Answer(kind="unclear", body="no answer in time")


class Recorder(PretendPbx):
    """Goes by what is sent, not by an id in it: these requests name none."""

    def send(self, account: str, command: str, params: Any, departure: Departure) -> Answer:
        return super().send(account, command, {"command_id": command, **params}, departure)


def task(command_id: str = "k-1", **fields: Any) -> CommandRow:
    return queued(command_id, "task/add", **{"params": TASK, "deadline": None, **fields})


def notification(command_id: str = "n-1", **fields: Any) -> CommandRow:
    params = {"notification_id": command_id, "url": "https://crm.example/hook", "data": {"a": 1}}
    return queued(command_id, NOTIFY, **{"params": params, "deadline": None, **fields})


def house(*answers: Answer | Exception) -> House:
    made = House()
    made.pbx = Recorder(made.clock, *answers)
    made.dispatcher = made.another()
    return made


def notifier(of: House) -> Dispatcher:
    return Dispatcher(
        of.store,
        of.pbx,
        of.accounts,
        of.apply,
        of.clock,
        lane=TO_AUTHORS,
        count=lambda command, outcome, **_more: of.counted.append((command, outcome)),
        senders=0,
    )


class TestTasks:
    def test_answer_is_the_outcome(self) -> None:
        tasks = house(ACCEPTED)
        tasks.put(task())
        tasks.dispatcher.run_once()
        row = tasks.row("k-1")
        assert (row.state, row.code, row.confirmed, row.http_status, row.lease) == (CONFIRMED, 1000, NOON, 200, None)
        assert tasks.told == [CommandAnswered(entry_id="entry-of-k-1", command_id="k-1", sent_at=NOON)]
        assert set(slots_of(tasks.store, "clinic")) == {"cc all", "task/add"}

    def test_refusal_is_final(self) -> None:
        tasks = house(INVALID)
        tasks.put(task())
        tasks.run(until=NOON + 60)
        assert (tasks.row("k-1").state, tasks.row("k-1").code, len(tasks.pbx.sent)) == (FAILED, 3104, 1)
        assert tasks.standing().invalid_at == NOON
        (event,) = tasks.told
        assert isinstance(event, CommandConcluded)
        assert event.code == 3104

    def test_task_that_names_no_command_id_fits_its_schema(self) -> None:
        tasks = house(ACCEPTED)
        tasks.put(task(params={**TASK, "command_id": "k-1"}))
        tasks.dispatcher.run_once()
        assert (tasks.row("k-1").state, tasks.row("k-1").code, tasks.pbx.sent) == (FAILED, 3100, [])

    @pytest.mark.parametrize("cannot", [CENTRE_LIMIT, NOT_SENT])
    def test_centre_that_cannot_is_asked_again_and_delays_nobody_else(self, cannot: Answer) -> None:
        tasks = house(cannot, cannot, ACCEPTED)
        tasks.put(task())
        tasks.dispatcher.run_once()
        row = tasks.row("k-1")
        assert (row.state, row.not_before) == (QUEUED, NOON + 0.5)
        assert tasks.standing() == AccountState(), "its troubles are nothing to the PBX"
        tasks.run(until=NOON + 10)
        assert [at for at, _id in tasks.pbx.sent] == [NOON, NOON + 0.5, pytest.approx(NOON + 1.501, abs=0.01)]
        assert tasks.row("k-1").state == CONFIRMED

    def test_centre_that_is_not_there_at_all_fails_the_step(self) -> None:
        tasks = house(CENTRE_LIMIT)
        tasks.put(task())
        tasks.run(until=NOON + 120)
        row = tasks.row("k-1")
        assert (row.state, row.code) == (FAILED, 5008)
        assert NO_CENTRE_SECONDS <= (row.confirmed or 0) - NOON <= NO_CENTRE_SECONDS + 4
        assert "5008" in row.reason
        assert "has no contact centre" in row.reason
        (event,) = tasks.told
        assert isinstance(event, CommandConcluded)
        assert event.code == 5008

    @pytest.mark.parametrize("unclear", [TIMED_OUT, BROKEN])
    def test_task_that_may_be_there_is_not_made_twice(self, unclear: Answer) -> None:
        tasks = house(unclear)
        tasks.put(task())
        tasks.run(until=NOON + 60)
        assert (tasks.row("k-1").state, len(tasks.pbx.sent)) == (UNKNOWN, 1)

    def test_401_after_an_invalid_one_waits_for_the_key(self) -> None:
        tasks = house(INVALID, BANNED, ACCEPTED)
        tasks.put(task("k-1"))
        tasks.dispatcher.run_once()
        tasks.put(task("k-2"))
        tasks.run(until=NOON + 119)
        assert tasks.row("k-2").state == QUEUED
        tasks.run(until=NOON + 130)
        assert tasks.row("k-2").state == CONFIRMED


class TestNotifications:
    def test_2xx_confirms(self) -> None:
        told = house(Answer(kind="accepted", status=204))
        told.put(notification())
        notifier(told).run_once()
        row = told.row("n-1")
        assert (row.state, row.confirmed, row.http_status, row.attempts) == (CONFIRMED, NOON, 204, 1)
        assert told.told == [], "no call waits for it"
        assert slots_of(told.store, "clinic") == {}

    def test_lanes_serve_their_own_only(self) -> None:
        both = house(ACCEPTED)
        both.put(notification(), queued())
        both.dispatcher.run_once()
        assert (both.row("n-1").state, both.row("c-1").state) == (QUEUED, SENT)
        notifier(both).run_once()
        assert both.row("n-1").state == CONFIRMED

    @pytest.mark.parametrize("no", [BROKEN_THERE, DEAD, NOT_SENT, RuntimeError("a bug")])
    def test_anything_else_is_tried_again_later_and_later(self, no: Answer | Exception) -> None:
        told = house(no)
        told.put(notification())
        lane = notifier(told)
        for wait in (1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300):
            at = told.clock.at
            assert lane.run_once() == at + wait
            row = told.row("n-1")
            assert (row.state, row.not_before) == (QUEUED, at + wait)
            told.clock.at += wait
        assert told.standing() == AccountState()
        assert told.told == []

    def test_given_up_after_a_day(self) -> None:
        told = house(BROKEN_THERE)
        told.put(notification())
        lane = notifier(told)
        while (next_at := lane.run_once()) is not None:
            told.clock.at = next_at
        row = told.row("n-1")
        assert (row.state, row.reason) == (FAILED, "not delivered: HTTP 500; given up after a day")
        assert PATIENCE_SECONDS <= told.clock.at - NOON <= PATIENCE_SECONDS + 300
        assert (NOTIFY, "failed") in told.counted

    def test_pause_of_the_key_is_nothing_to_it(self) -> None:
        told = house(Answer(kind="accepted", status=200))
        told.put(notification())
        with told.store.transaction() as transaction:
            pause(transaction, "clinic", NOON + 60, "over the limit")
        notifier(told).run_once()
        assert told.row("n-1").state == CONFIRMED

    def test_lost_sender_is_made_good_by_either_lane(self) -> None:
        told = house(ACCEPTED)
        told.put(notification(state=SENT, sent=NOON - 20, lease=NOON - 10, attempts=1))
        told.dispatcher.run_once()
        row = told.row("n-1")
        assert (row.state, row.not_before) == (QUEUED, NOON + 1)
        assert "its sender died" in row.reason

    def test_row_that_was_confirmed_meanwhile_is_not_sent_again(self) -> None:
        told = house(DEAD)
        told.put(notification())
        lane = notifier(told)
        lane.run_once()
        told.change(told.row("n-1"), state=EXPIRED)
        told.clock.at += 100
        assert lane.run_once() is None
        assert len(told.pbx.sent) == 1

    def test_hundred_dead_ones_do_not_hide_a_new_one(self) -> None:
        told = house(DEAD)
        told.put(*(notification(f"dead-{number}") for number in range(100)))
        lane = notifier(told)
        lane.run_once()
        assert len(told.pbx.sent) == 100
        told.put(notification("new", queued=NOON + 0.5))
        told.clock.at += 0.5
        lane.run_once()
        assert told.row("new").attempts == 1
