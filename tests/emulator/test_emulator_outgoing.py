"""Calls that the PBX makes, as the document's story "Инициирование исходящего вызова" tells them."""

from typing import Any

import pytest

from tests.emulator.stage import CALLER, Stage

LINE = "74952150438"


def legs(stage: Stage) -> list[dict[str, Any]]:
    """The last event of each leg, in order of appearance."""
    last: dict[str, dict[str, Any]] = {}
    for body in stage.bodies("events/call"):
        last[body["call_id"]] = body
    return list(last.values())


def test_an_employee_is_called_first_and_then_whoever_they_want(stage: Stage) -> None:
    assert stage.result("callback", **{"from": {"extension": "100"}, "to_number": CALLER}) == 1000
    stage.wait(30)
    first, second = legs(stage)
    assert (first["to"]["extension"], first["from"]["number"]) == ("100", CALLER)
    assert (first["call_state"], first["disconnect_reason"]) == ("Disconnected", 1000)
    assert (second["call_state"], second["to"]["number"]) == ("Connected", CALLER)
    assert second["from"] == {
        "extension": "100",
        "number": "sip:operator@pbx.example",
        "taken_from_call_id": first["call_id"],
    }
    assert {leg["callback_initiator"] for leg in (first, second)} == {"API"}
    assert {leg["command_id"] for leg in (first, second)} == {"cmd1"}
    journey = next(iter(stage.pbx.journeys.values()))
    stage.hang_up(journey)
    stage.wait(1)
    (summary,) = stage.bodies("events/summary")
    assert (summary["call_direction"], summary["entry_result"]) == (2, 1)
    assert (summary["from"]["extension"], summary["to"]["number"]) == ("100", CALLER)


def test_an_employee_who_does_not_answer_ends_it(stage: Stage) -> None:
    stage.result("callback", **{"from": {"extension": "103"}, "to_number": CALLER})
    stage.wait(60)
    (only,) = legs(stage)
    assert only["disconnect_reason"] == 1111
    assert stage.bodies("events/summary")[0]["entry_result"] == 0


@pytest.mark.parametrize(
    ("extension", "after", "seconds"),
    [("103", "0", 0), ("103", "7", 7), ("100", "1", 1), ("100", "20", 3), ("103", "soon", None), ("102", "0", None)],
)
def test_telephone_that_answers_by_itself(stage: Stage, extension: str, after: str, seconds: int | None) -> None:
    """Appendix 1: 103 never answers, 100 does after 3 s, 102 is busy."""
    headers = {"Call-Info/answer-after": after}
    stage.result("callback", **{"from": {"extension": extension}, "to_number": CALLER, "sip_headers": headers})
    stage.wait(60)
    first, *others = legs(stage)
    assert bool(others) == (seconds is not None)
    if seconds is not None:
        rang, answered = (
            next(
                b["timestamp"]
                for b in stage.bodies("events/call")
                if (b["call_id"], b["call_state"]) == (first["call_id"], s)
            )
            for s in ("Appeared", "Disconnected")
        )
        assert seconds <= answered - rang <= seconds + 1


def test_an_employees_number_is_the_employee(stage: Stage) -> None:
    stage.result("callback", **{"from": {"extension": "100"}, "to_number": "79000000103"})
    stage.wait(10)
    assert legs(stage)[0]["from"]["extension"] == "103"


@pytest.mark.parametrize(("first", "second"), [("305x", CALLER), ("303", "304")])
def test_exactly_one_side_is_a_group(stage: Stage, first: str, second: str) -> None:
    assert stage.result("callback_group", **{"from": first, "to": second, "line_number": LINE}) == 3100


def test_a_group_answers_first(stage: Stage) -> None:
    assert stage.result("callback_group", **{"from": "303", "to": CALLER, "line_number": LINE}) == 1000
    stage.wait(20)
    queue, *phones, outside = legs(stage)
    assert (queue["location"], queue["to"]["acd_group"], queue["disconnect_reason"]) == ("queue", "303", 1100)
    assert {leg["to"]["extension"] for leg in phones} == {"103", "101"}
    assert (outside["to"]["number"], outside["call_state"]) == (CALLER, "Connected")
    assert outside["from"]["extension"] == "101"


def test_a_line_of_another_pbx_is_refused(stage: Stage) -> None:
    ask = {"from": {"extension": "100"}, "to_number": CALLER, "line_number": "79000000009"}
    assert stage.result("callback", **ask) == 3100


def test_it_can_be_hung_up(stage: Stage) -> None:
    stage.result("callback", **{"from": {"extension": "100"}, "to_number": CALLER})
    stage.wait(1)
    assert stage.result("call/hangup", call_id=legs(stage)[0]["call_id"]) == 1000
    stage.wait(30)
    assert len(legs(stage)) == 1
