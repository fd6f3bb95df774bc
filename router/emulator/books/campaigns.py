"""Outbound campaigns: contacts to call, employees who talk to them, and the dialling itself (§3.8).

A campaign at work looks every few seconds whether it is its hour, who of its employees is free and which tasks wait,
and places calls with the task's id (`callback_initiator` ObDial). What became of a call decides about its task: done,
or again after the pause that the campaign gives for that outcome.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from router.emulator import outgoing
from router.emulator.answers import Answer, Params, done, no_such, wrong
from router.emulator.books.cabinet import Cabinet
from router.emulator.books.numbering import Numbering
from router.emulator.books.staff import Card, Staff
from router.emulator.books.values import maybe, utc_seconds, utc_text, whole
from router.emulator.config import Target
from router.emulator.journey import Journey
from router.emulator.outgoing import Order
from router.emulator.switchboard import Switchboard

STOPPED, PLANNED, AT_WORK, STOPPING, FINISHED, PREPARING, DELETING = range(7)
LISTED: Final = {STOPPED: 4, PLANNED: 1, AT_WORK: 2, STOPPING: 3, FINISHED: 5, PREPARING: 7, DELETING: 5}
"""How the list of campaigns counts the same states (§3.8.1)."""

BY_COMMAND, COMPLETED, EXPIRED = 1, 2, 3  # status_reason of a campaign
TASK_STOPPED, WAITING, CALLING, DONE = 0, 1, 2, 4  # status of a task
TALKED: Final = 1
OUTCOMES: Final = {1121: "busy", 1111: "no_answer"}
CUSTOMER: Final = {"busy": 2, "no_answer": 3, "not_avail": 4}  # status_reason of a task, by whose side failed
EMPLOYEE: Final = {"busy": 5, "no_answer": 6, "not_avail": 7}

NO_AUTHOR: Final = 5105
TOO_MANY_ACTIVE: Final = 5102
TOO_MANY: Final = 5103
WRONG_STATUS: Final = 5106
TOO_MANY_TASKS: Final = 5107
NOT_POSSIBLE: Final = 4100
MOST_ACTIVE: Final = 10
MOST: Final = 100
MOST_TASKS: Final = 10_000

LOOK_SECONDS: Final = 5.0
CUSTOMER_FIRST: Final = 4
DOTTED: Final = "%Y.%m.%d %H:%M:%S"
REDIAL: Final = {
    "busy": ("max_redial_count_if_busy", "wait_time_if_busy"),
    "no_answer": ("max_redial_count_if_no_answ", "wait_time_if_no_answ"),
    "not_avail": ("max_redial_count_if_number_not_avail", "wait_time_if_number_not_avail"),
}
PAUSES: Final = {"busy": 900, "no_answer": 3600, "not_avail": 3600}
REDIALS: Final = 3
OF_A_CONTACT: Final = ("position", "organization", "additional_info")


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


class Campaigns:
    """All campaigns, by id."""

    def __init__(self, board: Switchboard, ids: Numbering, staff: Staff, cabinet: Cabinet) -> None:
        self._board = board
        self._ids = ids
        self._staff = staff
        self._cabinet = cabinet
        self._campaigns: dict[int, Campaign] = {}

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "campaign/get_list": lambda params: done(campaigns=[self._listed(one) for one in self._campaigns.values()]),
            "campaign": lambda params: done(campaign=self._shown(self._of(params))),
            "task": self._task,
            "campaign/add": self._add,
            "tasks/push": self._push,
            "campaign/start": self._start,
            "campaign/stop": self._stop,
            "campaign/delete": self._delete,
        }

    # telling

    def _of(self, params: Params) -> Campaign:
        found = self._campaigns.get(whole(params["campaign_id"]))
        if found is None:
            raise no_such("campaign")
        return found

    def _operators(self, campaign: Campaign) -> list[Card]:
        cards = [self._staff.cards.get(whole(one)) for one in campaign.settings.get("operators", ())]
        return [card for card in cards if card is not None]

    def _listed(self, campaign: Campaign) -> dict[str, Any]:
        redials = {outcome: campaign.redial(outcome) for outcome in REDIAL}
        return {
            "campaign_id": campaign.campaign_id,
            "member_id": campaign.author.user_id if campaign.author is not None else 0,
            "name": campaign.name,
            "priority": whole(campaign.settings.get("priority", 2)),
            "status": LISTED[campaign.status],
            "start": utc_text(campaign.start, DOTTED),
            "end": utc_text(campaign.end, DOTTED),
            "member_ids": [card.user_id for card in self._operators(campaign)],
            "dial_mode": whole(campaign.settings.get("dial_mode") or 2),
            **{f"redial_{outcome}": times for outcome, (times, _) in redials.items()},
            "answer_wait": whole(campaign.settings.get("max_wait_time", 30)),
            "additional_calls_coefficient": str(campaign.settings.get("additional_calls_coefficient", 1)),
            **{f"timer_{outcome}": pause for outcome, (_, pause) in redials.items()},
            "tasks_count": len(campaign.tasks),
            "finished_tasks_count": sum(task.status == DONE for task in campaign.tasks.values()),
            "created": utc_text(campaign.created, DOTTED),
            "completed": utc_text(campaign.completed, DOTTED) if campaign.completed else None,
        }

    def _shown(self, campaign: Campaign) -> dict[str, Any]:
        author, redials = campaign.author, {outcome: campaign.redial(outcome) for outcome in REDIAL}
        return {
            "campaign_id": campaign.campaign_id,
            "line_id": campaign.line_id,
            "created_by": None
            if author is None
            else {"user_id": author.user_id, "name": author.name, "extension": author.extension},
            "name": campaign.name,
            "start": int(campaign.start),
            "end": int(campaign.end),
            "status": campaign.status,
            "priority": whole(campaign.settings.get("priority", 2)),
            "members": [card.extension for card in self._operators(campaign)],
            **{f"redial_{outcome}": times for outcome, (times, _) in redials.items()},
            **{f"timer_{outcome}": pause for outcome, (_, pause) in redials.items()},
            "answer_wait": whole(campaign.settings.get("max_wait_time", 30)),
            "add_calls_coef": float(campaign.settings.get("additional_calls_coefficient", 1)),
            "dial_mode": whole(campaign.settings.get("dial_mode") or 2),
            "call_processing": whole(campaign.settings.get("after_call_processing", 0)),
            "status_reason": campaign.reason,
            "schema_id": None,
            "created": int(campaign.created),
        }

    def _task(self, params: Params) -> Answer:
        for campaign in self._campaigns.values():
            task = campaign.tasks.get(whole(params["task_id"]))
            if task is not None:
                return done(task=_shown_task(campaign, task))
        raise no_such("task")

    # changing

    def _add(self, params: Params) -> Answer:
        if len(self._campaigns) >= MOST:
            raise wrong("there are too many campaigns", code=TOO_MANY)
        self._cabinet.check_line(params["line_id"])
        author = self._staff.cards.get(maybe(params.get("created_by")) or 0)
        if params.get("created_by") and author is None:
            raise wrong("the author does not exist", code=NO_AUTHOR)
        for one in params.get("operators", ()):
            self._staff.card(one)
        now = self._board.agenda.now
        try:
            start = utc_seconds(params["start_date"]) if "start_date" in params else now
            end = utc_seconds(params["end_date"]) if "end_date" in params else now + 30 * 86_400
        except ValueError as error:
            raise wrong("there is no such date") from error
        if end <= start:
            raise wrong("the campaign ends before it begins")
        campaign = Campaign(
            campaign_id=self._ids.next("campaign"),
            name=params["name"],
            line_id=whole(params["line_id"]),
            author=author,
            settings=params,
            created=now,
            start=start,
            end=end,
        )
        self._campaigns[campaign.campaign_id] = campaign
        return done(campaign_id=campaign.campaign_id)

    def _push(self, params: Params) -> Answer:
        campaign = self._of(params)
        if campaign.status == FINISHED:
            raise wrong("the campaign is finished", code=WRONG_STATUS)
        if len(campaign.tasks) + len(params["tasks"]) > MOST_TASKS:
            raise wrong("there are too many tasks", code=TOO_MANY_TASKS)
        for one in params["tasks"]:
            task = Task(
                task_id=self._ids.next("task"),
                name=one["name"],
                number=one["number"],
                texts={name: one.get(name, "") for name in OF_A_CONTACT},
                created=self._board.agenda.now,
                updated=self._board.agenda.now,
            )
            campaign.tasks[task.task_id] = task
        return done()

    def _start(self, params: Params) -> Answer:
        campaign = self._of(params)
        if campaign.status not in (PLANNED, AT_WORK):
            if sum(one.status in (PLANNED, AT_WORK) for one in self._campaigns.values()) >= MOST_ACTIVE:
                raise wrong("there are too many active campaigns", code=TOO_MANY_ACTIVE)
            campaign.status, campaign.reason = PLANNED, None
            self._board.agenda.after(LOOK_SECONDS, lambda: self._look(campaign))
        return done(status=campaign.status)

    def _stop(self, params: Params) -> Answer:
        campaign = self._of(params)
        is_calling = any(task.status == CALLING for task in campaign.tasks.values())
        if campaign.status in (PLANNED, AT_WORK):
            campaign.status, campaign.reason = STOPPING if is_calling else STOPPED, BY_COMMAND
        return done(status=campaign.status)

    def _delete(self, params: Params) -> Answer:
        campaign = self._of(params)
        if campaign.status not in (STOPPED, FINISHED):
            raise wrong("only a campaign that is stopped or finished can be deleted", code=NOT_POSSIBLE)
        del self._campaigns[campaign.campaign_id]
        return done(status=DELETING)

    # dialling

    def _look(self, campaign: Campaign) -> None:
        """See what can be done now, and look again in a few seconds while the campaign goes on."""
        now = self._board.agenda.now
        if campaign.status not in (PLANNED, AT_WORK) or campaign.campaign_id not in self._campaigns:
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
        self._board.agenda.after(LOOK_SECONDS, lambda: self._look(campaign))

    def _finish(self, campaign: Campaign, reason: int) -> None:
        campaign.status, campaign.reason, campaign.completed = FINISHED, reason, self._board.agenda.now

    def _is_its_hour(self, campaign: Campaign, now: float) -> bool:
        moment = datetime.fromtimestamp(now, UTC)
        clock = moment.strftime("%H:%M")
        return now >= campaign.start and any(
            whole(one["weekday"]) == moment.isoweekday() and one["start"] <= clock < one["end"]
            for one in campaign.settings["schedule"]
        )

    def _dial(self, campaign: Campaign, now: float) -> None:
        free = [card for card in self._operators(campaign) if self._board.is_free(card.extension)]
        waiting = [
            task for task in campaign.tasks.values() if task.status == WAITING and (task.blocked_until or 0) <= now
        ]
        for card, task in zip(free, waiting, strict=False):
            task.status, task.extension, task.updated = CALLING, card.extension, now
            self._place(campaign, card, task)

    def _place(self, campaign: Campaign, card: Card, task: Task) -> None:
        customer_first = whole(campaign.settings.get("dial_mode") or 2) == CUSTOMER_FIRST
        sides = [Target(kind="extension", value=card.extension), Target(kind="number", value=task.number)]
        first, second = reversed(sides) if customer_first else sides
        order = Order(
            first=first,
            second=second,
            line=self._cabinet.line_number(campaign.line_id) or "",
            initiator="ObDial",
            task_id=str(task.task_id),
            on_end=lambda journey: self._called(campaign, task, journey, customer_first),
        )
        outgoing.place(self._board, order)

    def _called(self, campaign: Campaign, task: Task, journey: Journey, customer_first: bool) -> None:
        """A call of the campaign is over."""
        now = task.updated = self._board.agenda.now
        if journey.talked is not None:
            task.status, task.reason, task.talk_seconds = DONE, TALKED, int(now - journey.talked)
        else:
            outcome = OUTCOMES.get(journey.reason or 0, "not_avail")
            is_customer = (journey.forwarded is None) == customer_first
            task.reason = (CUSTOMER if is_customer else EMPLOYEE)[outcome]
            task.attempts[outcome] = task.attempts.get(outcome, 0) + 1
            times, pause = campaign.redial(outcome)
            again = task.attempts[outcome] <= times and pause > 0
            task.status, task.blocked_until = (WAITING, now + pause) if again else (DONE, None)
        if campaign.status == STOPPING and not any(one.status == CALLING for one in campaign.tasks.values()):
            campaign.status = STOPPED


def _shown_task(campaign: Campaign, task: Task) -> dict[str, Any]:
    return {
        "campaign_task_id": task.task_id,
        "campaign_id": campaign.campaign_id,
        "name": task.name,
        "position": task.texts["position"] or None,
        "organization": task.texts["organization"] or None,
        "number": task.number,
        "talk_duration": task.talk_seconds,
        "status": task.status,
        "status_reason": task.reason,
        "comment": task.texts["additional_info"] or None,
        "blocked_until": int(task.blocked_until) if task.blocked_until else None,
        "transfer_number": task.extension,
        "updated": int(task.updated),
        "end": None,
        "created": int(task.created),
    }
