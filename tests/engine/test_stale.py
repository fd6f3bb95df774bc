"""Calls whose end never came: what the PBX's statistics tell makes up for it, and what they do not tell closes them."""

from typing import Any

import pytest

from router.engine.effects import AskStatistics
from router.engine.stale import ANSWER_SECONDS, ENDED, FAILED, UNKNOWN
from router.engine.state import Call, Reconciled, TimerFired
from router.engine.step import step
from tests.engine.scenario import HEADER, START, Scenario

WAITS = "  first: {wait: {for: 20h, next: oops}}"
LONG = HEADER + "budget: {duration: 24h}\n"
AFTER = WAITS + '\n  after: {sms: {to: "79000000005", from: "100", text: Missed, next: oops}}'
HOUR = 3600.0


def stale(header: str = LONG, steps: str = WAITS, **environment: Any) -> Scenario:
    """A call of which nothing was told for an hour, where the statistics can be asked."""
    given = {"stale_seconds": HOUR, "has_statistics": True} | environment
    return Scenario(steps, header=header, **given).comes().wait(HOUR)


def tell(call: Scenario, state: str = ENDED, **fields: Any) -> Call:
    return call.apply(Reconciled(entry_id="E", state=state, **fields)).call


def test_the_statistics_are_asked_once_and_the_call_waits_for_them() -> None:
    call = stale()
    assert (call.call.status, call.call.asked) == ("running", START + HOUR)
    assert call.call.timers["stale"] == START + HOUR + ANSWER_SECONDS
    assert "the PBX's statistics are asked" in call.notes


def test_asking_is_an_effect() -> None:
    call = Scenario(WAITS, header=LONG, stale_seconds=HOUR, has_statistics=True).comes()
    done = step(call.call, TimerFired(entry_id="E"), call.bundle, START + HOUR, call.environment)
    assert done.effects == (AskStatistics(started=START),)


def test_what_they_tell_is_the_end_that_was_lost() -> None:
    ended = tell(stale(), ended=START + 61.0, disconnect_reason=1110)
    assert (ended.status, ended.outcome, ended.ended) == ("ended", "missed", START + 61.0)
    assert ended.timers == {}


def test_a_conversation_that_was_lost_counts_as_answered() -> None:
    call = stale()
    assert tell(call, ended=START + 61.0, answered=True).outcome == "answered"
    assert "by the PBX's statistics it ended at 2026-11-23T12:31:01Z, answered, reason 0" in call.notes


def test_the_end_of_the_flow_runs_as_it_would_have() -> None:
    call = stale(LONG + "on_end: after\n", AFTER)
    assert tell(call, ended=START + 61.0).status == "closing"
    assert call.labels == ["sms 79000000005"]
    call.done()
    assert (call.call.status, call.call.ended) == ("ended", START + 61.0)


def test_an_end_of_the_flow_that_takes_too_long_is_cut_off() -> None:
    call = stale(LONG + "on_end: after\n", AFTER)
    tell(call, ended=START + 61.0)
    call.wait(ANSWER_SECONDS)
    assert (call.call.status, call.call.ended) == ("ended", START + 61.0)
    assert "on_end took too long" in call.notes


@pytest.mark.parametrize(
    ("state", "why"),
    [(UNKNOWN, "do not know the call"), (FAILED, "could not be had (HTTP 500)")],
)
def test_where_they_tell_nothing_the_call_is_closed(state: str, why: str) -> None:
    call = stale()
    reason = "HTTP 500" if state == FAILED else ""
    assert (tell(call, state, reason=reason).status, call.call.outcome) == ("ended", "missed")
    assert call.call.ended == START + HOUR
    assert why in call.notes


def test_no_answer_in_time_closes_it() -> None:
    call = stale().wait(ANSWER_SECONDS)
    assert call.call.status == "ended"
    assert "told nothing in time" in call.notes


def test_news_is_worth_more_than_statistics() -> None:
    call = stale().leg("ivr", "Connected", seq=2)
    assert call.call.asked == 0.0
    assert call.call.timers["stale"] == START + 2 * HOUR
    assert tell(call, ended=START + 61.0).status == "running"


def test_a_second_answer_changes_nothing() -> None:
    call = stale(LONG + "on_end: after\n", AFTER)
    tell(call, ended=START + 61.0)
    assert tell(call, ended=START + 99.0, answered=True).over_at == START + 61.0
    assert call.labels == ["sms 79000000005"]


def test_an_end_in_the_future_is_now() -> None:
    assert tell(stale(), ended=START + 9 * HOUR).ended == START + HOUR


def test_a_call_that_was_let_go_of_gets_its_end() -> None:
    ended = tell(stale(steps="  first: release"), ended=START + 61.0)
    assert (ended.status, ended.outcome, ended.ended) == ("ended", "released", START + 61.0)


def test_a_wait_of_on_end_is_no_silence() -> None:
    """An office that opens tomorrow: the caller is called back then."""
    poll = (
        WAITS
        + "\n  after: {wait: {for: 20h, next: again}}\n  again: {wait: {for: 20h, next: let_go}}\n  let_go: release"
    )
    call = Scenario(poll, header=LONG + "on_end: after\n", stale_seconds=HOUR, has_statistics=True).comes()
    call.ends("ivr", 1110).summary().wait(39 * HOUR)
    assert (call.call.status, call.call.asked) == ("closing", 0.0)
    call.wait(HOUR)
    assert (call.call.status, call.call.outcome) == ("ended", "missed")
    assert "no news" not in call.notes


def test_a_wait_of_on_end_is_no_silence_where_the_statistics_told_the_end() -> None:
    call = stale(LONG + "on_end: after\n", WAITS + "\n  after: {wait: {for: 20h, next: let_go}}\n  let_go: release")
    tell(call, ended=START + 61.0)
    assert call.wait(19 * HOUR).call.status == "closing"
    assert call.wait(HOUR).call.status == "ended"


def test_a_journey_that_no_flow_took_is_closed_unasked() -> None:
    call = stale(header=LONG.replace("74950000000", "74950000009"))
    assert (call.call.status, call.call.flow) == ("ended", "")
    assert "no news for 3600 s" in call.notes
