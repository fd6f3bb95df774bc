"""Outbound campaigns: what they are, and the methods that make and change them (§3.8). They call in `dialling`."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.emulator.pbx_answers import Answer, Params, done, no_such, wrong
from router.emulator.state.api_values import maybe, utc_seconds, utc_text, whole
from router.emulator.state.cabinet import Cabinet
from router.emulator.state.dialling import (
    AT_WORK,
    BY_COMMAND,
    CALLING,
    DELETING,
    DONE,
    FINISHED,
    PLANNED,
    PREPARING,
    REDIAL,
    STOPPED,
    STOPPING,
    Campaign,
    Dialler,
    Task,
)
from router.emulator.state.numbering import Numbering
from router.emulator.state.presence import DIALLING, Presence
from router.emulator.state.staff import Card, Staff
from router.emulator.switchboard import EmulatedSwitchboard

LISTED: Final = {STOPPED: 4, PLANNED: 1, AT_WORK: 2, STOPPING: 3, FINISHED: 5, PREPARING: 7, DELETING: 5}
"""How the list of campaigns counts the same states (§3.8.1)."""

NO_AUTHOR: Final = 5105
TOO_MANY_ACTIVE: Final = 5102
TOO_MANY: Final = 5103
WRONG_STATUS: Final = 5106
TOO_MANY_TASKS: Final = 5107
NOT_POSSIBLE: Final = 4100
MOST_ACTIVE: Final = 10
MOST: Final = 100
MOST_TASKS: Final = 10_000

DOTTED: Final = "%Y.%m.%d %H:%M:%S"
OF_A_CONTACT: Final = ("position", "organization", "additional_info")


class Campaigns:
    """All campaigns, by id."""

    def __init__(
        self, board: EmulatedSwitchboard, ids: Numbering, staff: Staff, cabinet: Cabinet, presence: Presence
    ) -> None:
        self._board = board
        self._ids = ids
        self._staff = staff
        self._cabinet = cabinet
        self._presence = presence
        self._dialler = Dialler(board, self._dialling)
        self._campaigns: dict[int, Campaign] = {}

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "campaign/get_list": self._list,
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

    def _dialling(self, campaign: Campaign) -> list[Card]:
        """Those of its employees who dial: by their card their status counts, and it is "Обзвон"."""
        return [
            card
            for card in self._operators(campaign)
            if card.settings["use_status"] and self._presence.status(card.user_id) == DIALLING
        ]

    def _list(self, params: Params) -> Answer:
        """`cmd_id` is in the example of §3.8.1, and explained nowhere."""
        listed = [self._listed(one) for one in self._campaigns.values()]
        return done(cmd_id=self._board.ids.uuid(), campaigns=listed)

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
        for name in ("voice_message_id", "hold_message_id"):
            self._cabinet.check_audio(params.get(name))
        now = self._board.queue.now
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
            line=self._cabinet.line_number(whole(params["line_id"])) or "",
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
        if any(self._board.outside(one["number"]) is None for one in params["tasks"]):
            raise wrong("a task's number is neither a telephone number nor a SIP address")
        for one in params["tasks"]:
            task = Task(
                task_id=self._ids.next("task"),
                name=one["name"],
                number=one["number"],
                texts={name: one.get(name, "") for name in OF_A_CONTACT},
                created=self._board.queue.now,
                updated=self._board.queue.now,
            )
            campaign.tasks[task.task_id] = task
        return done()

    def _start(self, params: Params) -> Answer:
        campaign = self._of(params)
        if campaign.status not in (PLANNED, AT_WORK):
            if sum(one.status in (PLANNED, AT_WORK) for one in self._campaigns.values()) >= MOST_ACTIVE:
                raise wrong("there are too many active campaigns", code=TOO_MANY_ACTIVE)
            self._dialler.begin(campaign)
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
        campaign.status = DELETING
        del self._campaigns[campaign.campaign_id]
        return done(status=DELETING)


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
