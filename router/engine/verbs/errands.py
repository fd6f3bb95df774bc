"""The verbs that set something going and do not wait for the caller: `sms`, `callback`, `callback_group`, `task`,
`notify`, `remember`, `split`; and `record`, which needs a conversation.

The first four are commands of the PBX (§3.2.4, §3.2.1, §3.2.2, §4.2) that need no live call. Their steps wait for the
pushed result (`verbs.awaited_result`); the contact centre's answer to a `task` is its result.
"""

from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from typing import Any, Final

from router.engine import control
from router.engine.dialling import country_of, number_to_dial
from router.engine.effects import RememberValue, SendNotification
from router.engine.journey import employee_of, is_talking
from router.engine.scope import CallScope, RequestScope
from router.engine.state import Leg, Result
from router.engine.turn import Turn
from router.engine.values import in_url
from router.engine.verbs import awaited_result
from router.engine.verbs.lookup import rendered
from router.engine.verbs.rules import NEED_CALLER, VerbRules
from router.flow.foreign_values import shown
from router.flow.model import Callback, Notify, Remember, Sms, Split, Step
from router.protocol.codes import SUCCESS
from router.protocol.phone_numbers import comparable

WIRE_NAMES: Final[Mapping[str, str]] = {"callback": "callback", "callback_group": "callback_group", "task": "task/add"}
DIALLED: Final = frozenset({"to_number", "from.number", "line_number", "from", "to", "phone"})
"""Parameters that name a number (§3.2.1, §3.2.2, §4.2)."""

LATEST_MINUTES: Final = 1_000_000
"""A task's start up to this many is minutes from now; what is larger is an instant already."""


def _sms(turn: Turn, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Sms)
    scope = CallScope(turn)
    number = number_to_dial(turn, settings.to.render(scope))
    params = {
        "text": settings.text.render(scope),
        "from_extension": settings.sender.render(scope),
        "to_number": number,
    }
    if settings.sender_name is not None:
        params["sms_sender"] = settings.sender_name.render(scope)
    if not number:
        control.leave(turn, "failed", "there is no number to send it to")
    else:
        turn.queue("sms", params, f"sms {number}")


def _command(turn: Turn, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Callback)
    scope = CallScope(turn)
    params: dict[str, Any] = {}
    for name, template in settings.parameters.items():
        text = template.render(scope).strip()
        if name in DIALLED and text:
            number = number_to_dial(turn, text)
            if not number:
                control.leave(turn, "failed", f"{shown(text)} is no number")
                return
            _put(params, name, number)
        elif text:
            _put(params, name, _number(turn, name, text) if name in settings.numbers else text)
    turn.queue(WIRE_NAMES[step.verb], params, f"{step.verb} {_whom(params)}".strip())


def _put(params: dict[str, Any], dotted: str, value: Any) -> None:
    *outer, last = dotted.split(".")
    for name in outer:
        params = params.setdefault(name, {})
    params[last] = value


def _number(turn: Turn, name: str, text: str) -> Any:
    """An integer if the text is one; the schema refuses what is not."""
    if not text.isdecimal():
        return text
    number = int(text)
    return int(turn.now) + 60 * number if name == "start_time" and number <= LATEST_MINUTES else number


def _whom(params: Mapping[str, Any]) -> str:
    return str(params.get("to_number") or params.get("to") or params.get("phone") or "")


def _task_added(turn: Turn, step: Step) -> None:
    """The contact centre pushes no result (§4.2)."""
    turn.call.result = Result(code=SUCCESS, kind="ok")
    control.leave(turn, "next", "the contact centre has the task")


def _record(turn: Turn, step: Step) -> None:
    """Only a conversation with an employee can be recorded (§3.2.5)."""
    leg = turn.leg
    if leg is None or not is_talking(leg):
        control.leave(turn, "failed", "there is no conversation to record")
        return
    turn.queue("recording/start", {"call_party_number": employee_of(leg)}, "record", leg=leg)


def _conversation_over(turn: Turn, step: Step, leg: Leg, before: Leg | None) -> None:
    """The leg ended before the command was sent."""
    if turn.activity.phase == NEED_CALLER:
        control.leave(turn, "failed", "the conversation ended before the PBX was asked to record it")


def _notify(turn: Turn, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Notify)
    scope = RequestScope(turn)
    number = turn.call.commands_made + 1
    turn.call.commands_made = number
    notification = SendNotification(
        notification_id=f"{turn.call.token}-{number}",
        url=settings.url.render(RequestScope(turn, in_url)),
        data=rendered(settings.data, scope),
        label=f"notify {settings.url.source}",
    )
    turn.effects.append(notification)
    turn.log("command", command_id=notification.notification_id, command="notify", label=notification.label)
    control.leave(turn, "next", "on its way")


def _remember(turn: Turn, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Remember)
    value = comparable(settings.value.render(CallScope(turn)), country_of(turn))
    if not value:
        control.leave(turn, "next", "there is nothing to remember")
        return
    assert turn.bundle is not None
    keep = turn.bundle.lists[settings.list_name].keep_seconds
    turn.remembered.add((settings.list_name, value))
    turn.effects.append(RememberValue(list_name=settings.list_name, value=value, keep_seconds=keep))
    control.leave(turn, "next", f"{value} is in lists.{settings.list_name}")


def _split(turn: Turn, step: Step) -> None:
    """By a hash, so that the same value takes the same branch on every machine and in every replay."""
    settings = step.settings
    assert isinstance(settings, Split)
    forced = turn.around.split.get(step.name)
    if forced is not None:
        control.leave(turn, forced, "the test says so", goto=forced)
        return
    value = str(settings.sticky.evaluate(CallScope(turn))) if settings.sticky is not None else turn.call.token
    total = sum(weight for _, weight in settings.branches)
    point = int.from_bytes(sha256(f"{step.name}\n{value}".encode()).digest()[:8]) % total
    for branch, weight in settings.branches:
        point -= weight
        if point < 0:
            control.leave(turn, branch, f"{weight} of {total}", goto=branch)
            return


_awaited: Final = partial(
    VerbRules,
    answered=awaited_result.accepted,
    succeeded=awaited_result.succeeded,
    failed=awaited_result.failed,
    timer=awaited_result.timer,
)

SMS: Final = _awaited(enter=_sms)
COMMAND: Final = _awaited(enter=_command)
TASK: Final = _awaited(enter=_command, answered=_task_added)
RECORD: Final = _awaited(enter=_record, leg=_conversation_over)
NOTIFY: Final = VerbRules(enter=_notify)
REMEMBER: Final = VerbRules(enter=_remember)
SPLIT: Final = VerbRules(enter=_split)
