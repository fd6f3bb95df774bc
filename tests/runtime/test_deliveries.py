"""What a receiver's answer makes of a notification, and in which order notifications go out."""

import pytest

from router.engine.state import Call
from router.errors import DeliveryBusy
from router.history.journal import CONFIRMED, EXPIRED, FAILED, QUEUED, SENT, CommandRow
from router.runtime.administration.audit import Actor
from router.runtime.outbound_ports import Answer
from router.runtime.outbox import deliveries, manual_delivery
from tests.runtime.outbox import NOON, queued
from tests.runtime.test_other_receivers import House, house, notification, notifier

SOMEBODY = Actor(name="masha", via="cli")
TAKEN = Answer(kind="accepted", status=204)
DOWN = Answer(kind="refused", status=503)


def refused(status: int, **more: object) -> Answer:
    return Answer(kind="refused", status=status, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_asked_again(status: int) -> None:
    row = deliveries.undelivered(notification(attempts=3), refused(status), NOON + 9)
    assert (row.state, row.not_before, row.http_status) == (QUEUED, NOON + 13, status)
    assert row.reason == f"not delivered: HTTP {status}"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 413, 415, 418, 422, 423, 426, 431, 451, 499])
def test_what_would_be_refused_again_ends(status: int) -> None:
    row = deliveries.undelivered(notification(attempts=1), refused(status), NOON + 9)
    assert (row.state, row.confirmed, row.http_status, row.lease) == (FAILED, NOON + 9, status, None)
    assert row.reason == f"HTTP {status}: the receiver refuses it; it is not sent again by itself"


def test_gone_ends() -> None:
    row = deliveries.undelivered(notification(attempts=1), refused(410), NOON)
    assert (row.state, row.reason) == (FAILED, "HTTP 410: the receiver wants it no more")


@pytest.mark.parametrize(("body", "to"), [("https://new.example", " to https://new.example"), ("", "")])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed_and_that_is_said(status: int, body: str, to: str) -> None:
    row = deliveries.undelivered(notification(attempts=1), refused(status, body=body), NOON)
    what = "redirects are not followed; write the address that takes it into the flow"
    assert (row.state, row.reason) == (FAILED, f"HTTP {status}{to}: {what}")


def test_retry_after_is_obeyed_also_when_it_is_longer_than_our_own_pauses() -> None:
    row = deliveries.undelivered(notification(attempts=1), refused(503, retry_after=4000.0), NOON)
    assert (row.state, row.not_before) == (QUEUED, NOON + 4000)
    assert row.reason == "not delivered: HTTP 503; Retry-After: 4000 s"


def test_one_that_was_held_made_no_attempt() -> None:
    held = Answer(kind="not_sent", body="its receiver asked to be left alone", retry_after=40.0, held=True)
    row = deliveries.undelivered(notification(attempts=2, http_status=503), held, NOON)
    assert (row.state, row.not_before, row.attempts, row.http_status) == (QUEUED, NOON + 40, 1, 503)


def of_call(command_id: str, receiver: str = "https://crm.example", entry_id: str = "entry-1") -> CommandRow:
    return notification(command_id, entry_id=entry_id, receiver=receiver)


class TestOrder:
    def test_of_a_call_one_after_the_other(self) -> None:
        told = house(DOWN, TAKEN)
        told.put(of_call("n-1"), of_call("n-2"), of_call("n-3"))
        lane = notifier(told)
        lane.run_once()
        assert told.pbx.ids == ["notify"]
        assert [told.row(one).state for one in ("n-1", "n-2", "n-3")] == [QUEUED] * 3
        assert [told.row(one).not_before for one in ("n-1", "n-2", "n-3")] == [NOON + 1] * 3
        told.clock.at += 1
        lane.run_once()
        done = [told.row(one) for one in ("n-1", "n-2", "n-3")]
        assert [(row.state, row.attempts) for row in done] == [(CONFIRMED, 2), (CONFIRMED, 1), (CONFIRMED, 1)]
        assert [row.sent for row in done] == sorted(row.sent or 0.0 for row in done)

    def test_one_that_is_given_up_lets_the_next_go(self) -> None:
        told = house(refused(404), TAKEN)
        told.put(of_call("n-1"), of_call("n-2"))
        notifier(told).run_once()
        assert (told.row("n-1").state, told.row("n-2").state) == (FAILED, CONFIRMED)

    def test_others_are_not_held_up(self) -> None:
        told = house(DOWN, TAKEN)
        told.put(
            of_call("n-1"),
            of_call("n-2"),
            of_call("n-3", receiver="https://other.example"),
            of_call("n-4", entry_id="entry-2"),
        )
        notifier(told).run_once()
        assert [told.row(f"n-{one}").state for one in (1, 2, 3, 4)] == [QUEUED, QUEUED, CONFIRMED, CONFIRMED]

    def test_a_hundred_behind_one_that_fails_hide_nobody(self) -> None:
        told = house(DOWN)
        told.put(*(of_call(f"n-{number}") for number in range(100)))
        lane = notifier(told)
        assert lane.run_once() == NOON + 1
        told.put(of_call("new", entry_id="entry-2"))
        told.clock.at += 0.5
        lane.run_once()
        assert told.row("new").attempts == 1


class TestByHand:
    def house(self, *rows: CommandRow) -> House:
        made = house(TAKEN)
        made.put(Call(account="clinic", entry_id="entry-1", token="t", started=NOON), *rows)
        return made

    def test_delivered_again(self) -> None:
        given_up = of_call("n-1")
        told = self.house(given_up)
        told.change(given_up, state=FAILED, confirmed=NOON, attempts=9, http_status=404, reason="HTTP 404")
        told.clock.at += 90_000
        with told.store.transaction() as tx:
            row = manual_delivery.redeliver(tx, "clinic", "n-1", SOMEBODY)
        assert row is not None
        assert (row.state, row.queued, row.attempts, row.confirmed) == (QUEUED, told.clock.at, 0, None)
        assert row.params == given_up.params
        notifier(told).run_once()
        assert told.row("n-1").state == CONFIRMED
        ((_, noted),) = told.store.audit({}, 9)
        assert (noted.action, noted.actor, noted.subject) == ("redeliver", "masha", "entry-1")
        assert noted.changes == {"delivery_id": "n-1", "state": [FAILED, QUEUED]}

    def test_one_that_waits_goes_at_once(self) -> None:
        waiting = of_call("n-1")
        told = self.house(waiting, of_call("n-2"))
        told.change(waiting, not_before=NOON + 300, attempts=5)
        told.change(told.row("n-2"), not_before=NOON + 300)
        with told.store.transaction() as tx:
            manual_delivery.redeliver(tx, "clinic", "n-1", SOMEBODY)
        notifier(told).run_once()
        assert (told.row("n-1").state, told.row("n-2").state) == (CONFIRMED, CONFIRMED)

    def test_cancelled(self) -> None:
        told = self.house(of_call("n-1"), of_call("n-2"))
        with told.store.transaction() as tx:
            manual_delivery.cancel(tx, "clinic", "n-1", SOMEBODY)
        notifier(told).run_once()
        row = told.row("n-1")
        assert (row.state, row.reason, row.attempts) == (EXPIRED, "cancelled by masha, cli", 0)
        assert told.row("n-2").state == CONFIRMED

    def test_not_while_it_is_on_the_wire_nor_once_it_is_over(self) -> None:
        told = self.house(of_call("n-1"), of_call("n-2"))
        told.change(of_call("n-1"), state=SENT, sent=NOON, lease=NOON + 9)
        told.change(of_call("n-2"), state=CONFIRMED)
        for change, one in (
            (manual_delivery.redeliver, "n-1"),
            (manual_delivery.cancel, "n-1"),
            (manual_delivery.cancel, "n-2"),
        ):
            with pytest.raises(DeliveryBusy), told.store.transaction() as tx:
                change(tx, "clinic", one, SOMEBODY)
        assert told.row("n-1").state == SENT

    def test_what_is_no_notification_is_not_found(self) -> None:
        told = self.house(queued("c-1"))
        with told.store.transaction() as tx:
            assert manual_delivery.redeliver(tx, "clinic", "c-1", SOMEBODY) is None
            assert manual_delivery.cancel(tx, "clinic", "unknown", SOMEBODY) is None
            assert manual_delivery.cancel(tx, "shop", "c-1", SOMEBODY) is None
