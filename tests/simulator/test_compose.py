"""Which line a fault or an answer belongs to, and what belongs to nothing."""

import pytest

from router.flow.model import Mark
from router.simulator.compose import Composed, FaultLine, LimitLine, ResultLine, compose
from router.simulator.script import Expect, ExpectEnd, Fault, HangUp, Happen, Keys, LateResult, Line, Plan, Wait

HERE = Mark(file="x.test.yaml", line=1, column=1)
EXPECT = Expect(mark=HERE, command="route")
KEYS = Keys(mark=HERE, digits="1")
BUSY = Happen(mark=HERE, what="busy")
WAIT = Wait(mark=HERE, seconds=1.0)
HANG_UP = HangUp(mark=HERE)
END = ExpectEnd(mark=HERE, outcome="missed")
LIMIT = LimitLine(mark=HERE)
RESULT = ResultLine(mark=HERE, code=4100)
DROP = FaultLine(mark=HERE, fault=Fault(kind="drop"))
TWICE = FaultLine(mark=HERE, fault=Fault(kind="duplicate"))


def faults_of(composed: Composed) -> list[list[str]]:
    """The faults of each line that remained."""
    return [[fault.kind for fault in line.faults] for line in composed.lines]


@pytest.mark.parametrize(
    ("written", "line_faults"),
    [
        ([EXPECT, DROP, BUSY], [[], ["drop"]]),
        ([EXPECT, DROP, TWICE, BUSY], [[], ["drop", "duplicate"]]),
        ([WAIT, DROP, KEYS], [[], ["drop"]]),
        ([KEYS, DROP, EXPECT], [["drop"], []]),
        ([KEYS, DROP, WAIT], [["drop"], []]),
        ([EXPECT, DROP, HANG_UP], [[], ["drop"]]),
        ([EXPECT, HANG_UP, DROP, END], [[], ["drop"], []]),
    ],
)
def test_a_fault_strikes_the_next_line_or_else_the_one_before(
    written: list[Line], line_faults: list[list[str]]
) -> None:
    composed = compose(written)
    assert faults_of(composed) == line_faults
    assert all(not plan.faults for plan in composed.plans)
    assert not composed.misplaced


@pytest.mark.parametrize("written", [[EXPECT, DROP, WAIT], [EXPECT, DROP, END], [WAIT, DROP, EXPECT], [EXPECT, DROP]])
def test_a_fault_strikes_what_a_command_causes(written: list[Line]) -> None:
    assert [plan.faults for plan in compose(written).plans] == [(Fault(kind="drop"),)]


def test_a_fault_at_the_head_strikes_the_first_notification() -> None:
    composed = compose([DROP, EXPECT])
    assert composed.opening == (Fault(kind="drop"),)
    assert composed.plans == (Plan(),)


def test_a_result_right_behind_its_command() -> None:
    assert compose([EXPECT, RESULT, BUSY]).plans == (Plan(code=4100),)
    assert compose([EXPECT, DROP, RESULT]).plans == (Plan(code=4100, faults=(Fault(kind="drop"),)),)


def test_a_result_after_other_lines_comes_late() -> None:
    composed = compose([EXPECT, EXPECT, WAIT, TWICE, RESULT])
    assert composed.plans == (Plan(), Plan(late=True))
    assert composed.lines[-1] == LateResult(mark=HERE, command=1, code=4100, faults=(Fault(kind="duplicate"),))


def test_a_limit_concerns_the_command_before_or_else_the_next() -> None:
    assert [plan.limited for plan in compose([EXPECT, LIMIT, LIMIT, EXPECT]).plans] == [2, 0]
    assert [plan.limited for plan in compose([EXPECT, WAIT, LIMIT, EXPECT]).plans] == [0, 1]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ([RESULT], "no command waits for this result"),
        ([EXPECT, RESULT, RESULT], "no command waits for this result"),
        ([EXPECT, WAIT, RESULT, RESULT], "no command waits for this result"),
        ([EXPECT, KEYS, LIMIT], "no command follows that could be refused"),
        ([WAIT, DROP, WAIT], "neither the line before nor the line after causes a notification"),
        ([WAIT, DROP], "neither the line before nor the line after causes a notification"),
        ([END, KEYS], "expect_end closes the script, nothing may follow it"),
    ],
)
def test_what_concerns_nothing_is_refused(written: list[Line], reason: str) -> None:
    assert [misplaced.reason for misplaced in compose(written).misplaced] == [reason]
