"""What the contact centre knows of calls, and the tasks that it is given (§3.9, §4.2)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.emulator.pbx_answers import Answer, Params, done, no_such
from router.emulator.state.api_values import whole, yes
from router.emulator.state.contacts import Contacts
from router.emulator.state.groups import Groups
from router.emulator.state.numbering import Numbering
from router.emulator.state.staff import Staff
from router.emulator.switchboard import EmulatedSwitchboard
from router.pbx import outbound
from router.pbx.legs import INCOMING, Journey
from router.pbx.outbound import Order
from router.pbx.setup import Target

CALL: Final = 1  # channel_type
HANDLED, WAITED_TOO_LONG, NOT_ANSWERED = 1, 3, 4  # result of an enquiry
QUEUE_TIMED_OUT: Final = 1163
DIRECTION_BITS: Final = {0: 0, 1: 1, 2: 2}
BY_GROUP, TO_EMPLOYEE, CALLED_BACK, OUT, INSIDE = 1, 2, 4, 8, 16  # bits of a topic's category (§3.9.2)
ALL_CATEGORIES: Final = -1
EVERY_GROUP: Final = [0]


class Centre:
    """Topics, scripts, questions, enquiries and tasks."""

    def __init__(
        self,
        board: EmulatedSwitchboard,
        ids: Numbering,
        staff: Staff,
        groups: Groups,
        contacts: Contacts,
        seeds: Mapping[str, Any],
    ) -> None:
        self._board = board
        self._ids = ids
        self._staff = staff
        self._groups = groups
        self._contacts = contacts
        self._tags = [_tag(ids.next("tag"), name, one or {}) for name, one in seeds.get("tags", {}).items()]
        self._scripts = {ids.next("script"): name for name in seeds.get("scripts", ())}
        self._questions = {ids.next("question"): one for one in seeds.get("questions", ())}
        self._conversions: dict[str, int] = {}  # entry_id -> conversion_id
        self._tasks: dict[int, Params] = {}

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "cc/call": self._call,
            "tags": lambda params: done(tags=self._tags),
            "script": self._script,
            "quality/control/question": self._question,
            "task/add": self._add_task,
        }

    def _call(self, params: Params) -> Answer:
        journey = self._board.journeys.get(str(params["entry_id"]))
        if journey is None:
            raise no_such("call")
        category = _category(journey)
        tags = [tag["id"] for tag in self._tags if tag["category"] == ALL_CATEGORIES or tag["category"] & category]
        recordings = [one.recording_id for one in journey.recordings]
        return done(
            call={
                "conversion": [self._conversion(journey)],
                "tag_id": tags or None,
                "call_comment": [],
                "script_id": list(self._scripts) or None,
                "mark_client": None,
                "mark_controller": None,
                "recording_id": recordings,
            }
        )

    def _conversion(self, journey: Journey) -> dict[str, Any]:
        """The enquiry that the call is."""
        conversion_id = self._conversions.get(journey.entry_id)
        if conversion_id is None:
            conversion_id = self._conversions[journey.entry_id] = self._ids.next("conversion")
        card = self._staff.at(journey.answered_by.extension) if journey.answered_by is not None else None
        contact = self._contacts.of_number(journey.caller)
        group = next((leg.group for leg in journey.legs if leg.group), "")
        team = self._groups.at(group)
        return {
            "conversion_id": conversion_id,
            "channel_type": CALL,
            "create": int(journey.started),
            "end": int(journey.ended) if journey.ended is not None else None,
            "result": _result(journey),
            "assign_user_id": card.user_id if card is not None else None,
            "close_user_id": card.user_id if card is not None and journey.ended is not None else None,
            "contact_id": whole(contact["contact_id"]) if contact is not None else None,
            "first_answer": int(journey.talked) if journey.talked is not None else None,
            "start": int(journey.talked) if journey.talked is not None else None,
            "entry_point": journey.line,
            "group_id": team.group_id if team is not None else None,
            "deal_id": None,
            "params": DIRECTION_BITS[journey.direction],
        }

    def _script(self, params: Params) -> Answer:
        script_id = whole(params["script_id"])
        if script_id not in self._scripts:
            raise no_such("script")
        return done(script={"id": script_id, "name": self._scripts[script_id]})

    def _question(self, params: Params) -> Answer:
        question_id = whole(params["question_id"])
        written = self._questions.get(question_id)
        if written is None:
            raise no_such("question")
        return done(
            question={
                "id": question_id,
                "qual_ctrl_form_id": 357,
                "qual_ctrl_form_name": written.get("form", "Form"),
                "block_name": written.get("block", "Block"),
                "block_order": 0,
                "name": written["name"],
                "order": list(self._questions).index(question_id),
                "required": 1 if yes(written.get("required", "true")) else 0,
                "hint": written.get("hint"),
            }
        )

    def _add_task(self, params: Params) -> Answer:
        """§4.2; with `is_auto_call` the employee and the number are called when the task begins."""
        card = self._staff.card(params["to_user_id"])
        contact = self._contact(params)
        phone = params.get("phone") or _main_phone(contact)
        task_id = self._ids.next("cc task")
        self._tasks[task_id] = params
        if not yes(params.get("is_auto_call")) or not phone:
            return done(task_id=task_id)
        auto_call_id = self._ids.next("task")
        order = Order(
            first=Target(kind="extension", value=card.extension),
            second=Target(kind="number", value=phone),
            line=self._board.config.outgoing_line("") or "",
            initiator="CC",
            task_id=str(auto_call_id),
        )
        wait = max(0.0, whole(params["start_time"]) - self._board.queue.now)
        self._board.queue.after(wait, lambda: self._call_back(order))
        return done(task_id=task_id, auto_call_task_id=auto_call_id)

    def _contact(self, params: Params) -> Mapping[str, Any] | None:
        """The contact of a task; RequestRefused 3300 when the PBX's own address book has none of that id."""
        if not params.get("contact_id") or "source_id" in params or "source_type" in params:
            return None
        contact = self._contacts.of_id(params["contact_id"])
        if contact is None:
            raise no_such("contact")
        return contact

    def _call_back(self, order: Order) -> None:
        outbound.place(self._board, order)


def _main_phone(contact: Mapping[str, Any] | None) -> str:
    """The number to call a contact at: the one by default, or the first."""
    phones = [] if contact is None else sorted(contact["phones"], key=lambda one: not one["is_default"])
    return str(phones[0]["phone"]) if phones else ""


def _tag(tag_id: int, name: str, written: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": tag_id,
        "parent": None,
        "name": name,
        "category": int(written.get("category", ALL_CATEGORIES)),
        "groups": EVERY_GROUP,
        "campaigns": None,
        "is_folder": 0,
    }


def _category(journey: Journey) -> int:
    if journey.task_id or journey.callback_initiator:
        return CALLED_BACK
    if journey.direction != INCOMING:
        return OUT if journey.direction == 2 else INSIDE
    return BY_GROUP if any(leg.group for leg in journey.legs) else TO_EMPLOYEE


def _result(journey: Journey) -> int | None:
    if journey.ended is None:
        return None
    if journey.talked is not None:
        return HANDLED
    return WAITED_TOO_LONG if journey.reason == QUEUE_TIMED_OUT else NOT_ANSWERED
