"""A campaign at work: contacts to call, employees who talk to them, and the calls (§3.8).

Every few seconds it looks whether it is its hour, who of its employees is free and which tasks wait, and places calls
with the task's id (`callback_initiator` ObDial). Only those dial whose card has `use_status` on and whose status is
"Обзвон" (§3.8.4.1, operators); after a conversation they rest as long as the campaign says. What became of a call
decides about its task: done, or again after the pause that the campaign gives for that outcome.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from router.emulator.pbx_answers import Params
from router.emulator.state.api_values import whole
from router.emulator.state.staff import Card
from router.emulator.switchboard import EmulatedSwitchboard
from router.pbx import outbound
from router.pbx.legs import Journey
from router.pbx.outbound import Order
from router.pbx.setup import Target

STOPPED, PLANNED, AT_WORK, STOPPING, FINISHED, PREPARING, DELETING = range(7)
BY_COMMAND, COMPLETED, EXPIRED = 1, 2, 3  # status_reason of a campaign
WAITING, CALLING, DONE = 1, 2, 4  # status of a task
TALKED: Final = 1
OUTCOMES: Final = {1121: "busy", 1111: "no_answer"}
NO_SUCH_NUMBER: Final = 8
NUMBERS_THAT_ARE_NOT_THERE: Final = (1132, 1133, 3200)  # disconnect reasons
CUSTOMER: Final = {"busy": 2, "no_answer": 3, "not_avail": 4}  # status_reason of a task, by whose side failed
EMPLOYEE: Final = {"busy": 5, "no_answer": 6, "not_avail": 7}

LOOK_SECONDS: Final = 5.0
CUSTOMER_FIRST: Final = 4
REDIAL: Final = {
    "busy": ("max_redial_count_if_busy", "wait_time_if_busy"),
    "no_answer": ("max_redial_count_if_no_answ", "wait_time_if_no_answ"),
    "not_avail": ("max_redial_count_if_number_not_avail", "wait_time_if_number_not_avail"),
}
WAIT_SECONDS: Final = 30
PAUSES: Final = {"busy": 900, "no_answer": 3600, "not_avail": 3600}
REDIALS: Final = 3


@dataclass(slots=True, kw_only=True, eq=False)
class Task:
    """One contact to call."""

    task_id: int
    name: str
    number: str
    texts: dict[str, str]
    status: int = WAITING
    reason: int | None = None
    attempts: dict[str, int] = field(default_factory=dict)  # by outcome
    blocked_until: float | None = None
    talk_seconds: int = 0
    extension: str | None = None  # who called
    created: float
    updated: float


@dataclass(slots=True, kw_only=True, eq=False)
class Campaign:
    """One campaign."""

    campaign_id: int
    name: str
    line_id: int
    line: str  # that line's number
    author: Card | None
    settings: Params  # as they were asked for
    created: float
    start: float
    end: float
    status: int = STOPPED
    reason: int | None = None
    completed: float | None = None
    tasks: dict[int, Task] = field(default_factory=dict)

    def redial(self, outcome: str) -> tuple[int, int]:
        """How often a number is called again after that outcome, and after how many seconds."""
        attempts, pause = REDIAL[outcome]
        return whole(self.settings.get(attempts, REDIALS)), whole(self.settings.get(pause, PAUSES[outcome]))


class Dialler:
    """Lets campaigns call."""

    def __init__(self, board: EmulatedSwitchboard, operators_of: Callable[[Campaign], list[Card]]) -> None:
        self._board = board
        self._operators_of = operators_of
        self._resting: dict[str, float] = {}  # by extension, until when nobody is given to them

    def begin(self, campaign: Campaign) -> None:
        """The campaign is planned from now on, and looks after itself."""
        campaign.status, campaign.reason = PLANNED, None
        self._board.queue.after(LOOK_SECONDS, lambda: self.look(campaign))

    def look(self, campaign: Campaign) -> None:
        """See what can be done now, and look again in a few seconds while the campaign goes on."""
        now = self._board.queue.now
        if campaign.status not in (PLANNED, AT_WORK):
            return
        if now > campaign.end:
            self._finish(campaign, EXPIRED)
            return
        if self._is_its_hour(campaign, now):
            campaign.status = AT_WORK
            self._dial(campaign, now)
        if campaign.tasks and all(task.status == DONE for task in campaign.tasks.values()):
            self._finish(campaign, COMPLETED)
            return
        self._board.queue.after(LOOK_SECONDS, lambda: self.look(campaign))

    def _finish(self, campaign: Campaign, reason: int) -> None:
        campaign.status, campaign.reason, campaign.completed = FINISHED, reason, self._board.queue.now

    def _is_its_hour(self, campaign: Campaign, now: float) -> bool:
        moment = datetime.fromtimestamp(now, UTC)
        clock = moment.strftime("%H:%M")
        return now >= campaign.start and any(
            whole(one["weekday"]) == moment.isoweekday() and one["start"] <= clock < one["end"]
            for one in campaign.settings["schedule"]
        )

    def _dial(self, campaign: Campaign, now: float) -> None:
        free = [
            card
            for card in self._operators_of(campaign)
            if self._board.is_free(card.extension) and self._resting.get(card.extension, 0.0) <= now
        ]
        waiting = [
            task for task in campaign.tasks.values() if task.status == WAITING and (task.blocked_until or 0) <= now
        ]
        for card, task in zip(free, waiting, strict=False):
            task.status, task.extension, task.updated = CALLING, card.extension, now
            self._place(campaign, card, task)

    def _place(self, campaign: Campaign, card: Card, task: Task) -> None:
        customer_first = whole(campaign.settings.get("dial_mode") or 2) == CUSTOMER_FIRST
        wait_seconds = whole(campaign.settings.get("max_wait_time", WAIT_SECONDS))
        sides = [
            Target(kind="extension", value=card.extension),
            Target(kind="number", value=task.number, ring_seconds=wait_seconds),
        ]
        first, second = reversed(sides) if customer_first else sides
        order = Order(
            first=first,
            second=second,
            line=campaign.line,
            initiator="ObDial",
            task_id=str(task.task_id),
            on_end=lambda journey: self._called(campaign, task, journey, customer_first),
        )
        outbound.place(self._board, order)

    def _called(self, campaign: Campaign, task: Task, journey: Journey, customer_first: bool) -> None:
        """A call of the campaign is over."""
        now = task.updated = self._board.queue.now
        if journey.talked is not None:
            task.status, task.reason, task.talk_seconds = DONE, TALKED, int(now - journey.talked)
            rest_seconds = whole(campaign.settings.get("after_call_processing", 0))
            self._resting[task.extension or ""] = now + rest_seconds
        else:
            outcome = OUTCOMES.get(journey.reason or 0, "not_avail")
            is_customer = (journey.forwarded is None) == customer_first
            task.reason = (CUSTOMER if is_customer else EMPLOYEE)[outcome]
            if is_customer and journey.reason in NUMBERS_THAT_ARE_NOT_THERE:
                task.reason = NO_SUCH_NUMBER
            task.attempts[outcome] = task.attempts.get(outcome, 0) + 1
            times, pause = campaign.redial(outcome)
            again = task.attempts[outcome] <= times and pause > 0
            task.status, task.blocked_until = (WAITING, now + pause) if again else (DONE, None)
        if campaign.status == STOPPING and not any(one.status == CALLING for one in campaign.tasks.values()):
            campaign.status = STOPPED
