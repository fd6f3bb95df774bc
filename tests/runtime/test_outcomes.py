"""What each answer of the PBX makes of a command and of its account, number by number (PROTOCOL.md, C; §4)."""

from typing import Any

import pytest
from msgspec.structs import replace

from router.engine.state import CommandAnswered, CommandConcluded
from router.history.journal import CONFIRMED, EXPIRED, FAILED, QUEUED, SENT, UNKNOWN, CommandRow
from router.runtime.outbound_ports import Answer
from router.runtime.outbox.outcomes import (
    after_answer,
    after_expiry,
    after_invalid,
    after_lost_lease,
    after_silence,
    standing_after,
    with_http,
)
from router.runtime.records import AccountState
from tests.runtime.outbox import NOON, queued

CALM = AccountState()
LATER = NOON + 0.25


def sent(command: str = "route", **fields: Any) -> CommandRow:
    return queued("c-1", command, **{"state": SENT, "sent": NOON, "lease": NOON + 10.0, "attempts": 1, **fields})


def waits_again(row: CommandRow, reason: str, not_before: float, http_status: int | None = None) -> CommandRow:
    return replace(
        row, state=QUEUED, sent=None, answered=None, lease=None, not_before=not_before, http_status=http_status,
        reason=reason,
    )  # fmt: skip


def ended(state: str, code: int = 0, reason: str = "") -> CommandConcluded:
    return CommandConcluded(entry_id="entry-of-c-1", command_id="c-1", state=state, code=code, reason=reason)


class TestPbx:
    def test_accepted_is_no_outcome_yet(self) -> None:
        told = after_answer(sent(), Answer(kind="accepted", status=200, code=1000), CALM, LATER)
        assert told.row == replace(sent(), answered=LATER, http_status=200)
        assert told.event == CommandAnswered(entry_id="entry-of-c-1", command_id="c-1", sent_at=NOON)

    @pytest.mark.parametrize(
        ("answer", "code", "reason"),
        [
            (Answer(kind="refused", status=420, code=4101), 4101, "the PBX refused it with 4101"),
            (Answer(kind="refused", status=404), None, "the PBX answered HTTP 404"),
        ],
    )
    def test_refused_is_over(self, answer: Answer, code: int | None, reason: str) -> None:
        told = after_answer(sent(), answer, CALM, LATER)
        assert told.row == replace(
            sent(), state=FAILED, answered=LATER, confirmed=LATER, http_status=answer.status, code=code, reason=reason
        )
        assert told.event == ended(FAILED, code or 0, reason)

    def test_a_wrong_sign_is_tried_once_with_the_other_salt(self) -> None:
        answer = Answer(kind="refused", status=420, code=3102, salt="new", other_salt="old")
        told = after_answer(sent(), answer, CALM, LATER)
        reason = "refused with 3102, wrong sign: sent again, signed with the other salt"
        assert (told.row, told.event) == (waits_again(sent(), reason, LATER, 420), None)
        assert standing_after(answer, CALM, LATER) == AccountState(refused_salt="new", invalid_at=LATER)
        again = after_answer(sent(), answer, AccountState(refused_salt="old"), LATER)
        assert again.row.state == FAILED

    def test_over_the_limit_waits_for_its_window(self) -> None:
        told = after_answer(sent(), Answer(kind="limited", status=503), CALM, LATER)
        assert (told.row, told.event) == (waits_again(sent(), "HTTP 503: over the limit", LATER, 503), None)

    def test_a_key_that_was_blocked_after_an_invalid_command_is_waited_for(self) -> None:
        """Two minutes from the invalid one."""
        standing, answer = AccountState(invalid_at=NOON - 10.0), Answer(kind="banned", status=401)
        told = after_answer(sent(), answer, standing, LATER)
        assert told.row == waits_again(sent(), "HTTP 401: the key is blocked", NOON + 110.0, 401)
        assert standing_after(answer, standing, LATER) == AccountState(
            invalid_at=NOON - 10.0,
            paused_until=NOON + 110.0,
            reason="HTTP 401: the key is blocked after invalid commands",
        )

    @pytest.mark.parametrize("invalid_at", [0.0, LATER - 120.0])
    def test_a_key_that_is_wrong_fails_the_command_and_is_tried_again_soon(self, invalid_at: float) -> None:
        standing, answer = AccountState(invalid_at=invalid_at), Answer(kind="banned", status=401)
        told = after_answer(sent(), answer, standing, LATER)
        reason = "HTTP 401: the PBX does not accept the key"
        assert (told.row.state, told.row.confirmed, told.row.code, told.row.reason) == (FAILED, LATER, None, reason)
        assert told.event == ended(FAILED, 0, reason)
        after = standing_after(answer, standing, LATER)
        assert (after.paused_until, after.reason) == (LATER + 10.0, reason)
        assert standing_after(answer, replace(standing, paused_until=NOON + 99.0), LATER).paused_until == NOON + 99.0

    def test_where_nothing_listens_pauses_grow_and_end_with_an_answer(self) -> None:
        answer, standing = Answer(kind="not_sent", body="cannot connect"), CALM
        pauses, now = [], LATER
        for _ in range(7):
            told = after_answer(sent(), answer, standing, now)
            standing = standing_after(answer, standing, now)
            pauses.append(standing.paused_until - now)
            assert told.row == waits_again(sent(), "not sent: cannot connect", standing.paused_until)
            now = standing.paused_until
        assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
        assert (standing.strikes, standing.reason) == (7, "cannot reach the PBX: cannot connect")
        assert standing_after(Answer(kind="accepted", status=200), standing, now).strikes == 0
        assert standing_after(Answer(kind="refused", status=420, code=4101), standing, now).strikes == 0
        silent = after_answer(sent(), Answer(kind="not_sent"), CALM, LATER)
        assert silent.row.reason == "not sent: nobody listens"

    def test_requests_that_failed_together_are_one_warning(self) -> None:
        answer = Answer(kind="not_sent", body="cannot connect")
        first = standing_after(answer, CALM, LATER)
        assert standing_after(answer, first, LATER + 0.1) is first

    def test_an_invalid_command_is_remembered_unless_another_one_is(self) -> None:
        answer = Answer(kind="refused", status=420, code=3104)
        assert standing_after(answer, CALM, LATER) == AccountState(invalid_at=LATER)
        assert standing_after(answer, AccountState(invalid_at=NOON - 1.0), LATER).invalid_at == NOON - 1.0
        for code in (2999, 4000):
            assert standing_after(replace_code(answer, code), CALM, LATER) == CALM
        for code in (3000, 3999):
            assert standing_after(replace_code(answer, code), CALM, LATER).invalid_at == LATER

    @pytest.mark.parametrize(
        ("answer", "what"),
        [
            (Answer(kind="unclear", body="no answer in time"), "no answer in time"),
            (Answer(kind="unclear"), "no answer"),
            (Answer(kind="unclear", status=502), "HTTP 502"),
            (
                Answer(kind="unclear", status=200, reason="html"),
                "HTTP 200 with a page of HTML, which is no answer of the PBX",
            ),
        ],
    )
    def test_what_may_have_been_done_is_asked_for_again_only_if_twice_is_harmless(
        self, answer: Answer, what: str
    ) -> None:
        told = after_answer(sent(), answer, CALM, LATER)
        reason = f"{what}: it may have been done"
        again = waits_again(sent(), reason, LATER + 0.5, answer.status or None)
        assert (told.row, told.event) == (replace(again, sent=NOON), None), "a leg may still come of it"
        once = after_answer(sent("sms"), answer, CALM, LATER)
        assert (once.row.state, once.row.confirmed, once.row.reason) == (UNKNOWN, LATER, reason)
        assert once.event == ended(UNKNOWN, 0, reason)

    def test_too_late_to_be_asked_for_again(self) -> None:
        told = after_answer(sent(deadline=LATER), Answer(kind="unclear", status=502), CALM, LATER)
        reason = "its deadline passed; HTTP 502: it may have been done"
        assert (told.row.state, told.row.reason, told.event) == (EXPIRED, reason, ended(EXPIRED, 0, reason))


def replace_code(answer: Answer, code: int) -> Answer:
    return Answer(kind=answer.kind, status=answer.status, code=code)


class TestContactCentre:
    def test_its_answer_is_the_outcome(self) -> None:
        row = sent("task/add")
        told = after_answer(row, Answer(kind="accepted", status=200, code=1000), CALM, LATER)
        assert told.row == replace(
            row, state=CONFIRMED, answered=LATER, confirmed=LATER, http_status=200, code=1000, lease=None
        )
        assert told.event == CommandAnswered(entry_id="entry-of-c-1", command_id="c-1", sent_at=NOON)

    def test_what_it_cannot_take_waits_longer_each_time_for_half_a_minute(self) -> None:
        answer = Answer(kind="not_sent", body="cannot connect")
        waits = []
        for attempts in range(1, 8):
            row = after_answer(sent("task/add", attempts=attempts), answer, CALM, LATER).row
            assert row.state == QUEUED
            waits.append(row.not_before - LATER)
        assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
        assert row.reason == "the contact centre cannot take it: cannot connect"
        given_up = after_answer(sent("task/add", queued=LATER - 30.0), answer, CALM, LATER).row
        assert (given_up.state, given_up.code) == (FAILED, None)

    def test_who_says_5008_for_five_seconds_has_no_centre(self) -> None:
        answer = Answer(kind="limited", status=200, code=5008)
        assert after_answer(sent("task/add", queued=LATER - 4.9), answer, CALM, LATER).row.state == QUEUED
        told = after_answer(sent("task/add", queued=LATER - 5.0), answer, CALM, LATER)
        assert (told.row.state, told.row.code) == (FAILED, 5008)
        other = after_answer(sent("task/add"), Answer(kind="limited", status=200, code=5010), CALM, LATER)
        assert other.row.reason == "the contact centre cannot take it: 5010"

    @pytest.mark.parametrize("kind", ["accepted", "not_sent", "limited", "unclear"])
    def test_its_troubles_are_nothing_to_the_account(self, kind: str) -> None:
        standing = AccountState(strikes=3)
        assert standing_after(Answer(kind=kind), standing, LATER, "cc") is standing  # type: ignore[arg-type]

    def test_the_key_is_the_same(self) -> None:
        assert standing_after(Answer(kind="banned", status=401), CALM, LATER, "cc").paused_until == LATER + 10.0


def test_a_sender_that_died_leaves_it_unclear() -> None:
    told = after_lost_lease(sent(), LATER)
    again = waits_again(sent(), "its sender died before the answer", LATER)
    assert told.row == replace(again, sent=NOON)
    assert after_lost_lease(sent("sms"), LATER).row.state == UNKNOWN
    unknown = after_lost_lease(sent("of-an-older-router"), LATER)
    assert unknown.row.state == UNKNOWN, "nobody knows whether twice is harmless"


def test_what_ends_without_an_answer() -> None:
    silent = after_silence(sent(answered=NOON), LATER)
    assert (silent.row.state, silent.row.confirmed, silent.row.reason) == (UNKNOWN, LATER, "no result came")
    assert silent.event is None
    expired = after_expiry(queued("c-1"), LATER)
    assert (expired.row.state, expired.row.confirmed, expired.event) == (
        EXPIRED, LATER, ended(EXPIRED, 0, "its deadline passed"),
    )  # fmt: skip
    invalid = after_invalid(queued("c-1"), LATER, "$.to: is needed")
    assert (invalid.row.state, invalid.row.code, invalid.event) == (
        FAILED,
        3100,
        ended(FAILED, 3100, "$.to: is needed"),
    )


def test_an_answer_behind_the_outcome_fills_in_its_own_fields_alone() -> None:
    row = sent(state=CONFIRMED, confirmed=NOON + 0.1, code=1000, reason="a leg came of it")
    assert with_http(row, Answer(kind="accepted", status=200), LATER) == replace(row, answered=LATER, http_status=200)
    known = replace(row, answered=NOON + 0.05)
    assert with_http(known, Answer(kind="unclear"), LATER) == known
