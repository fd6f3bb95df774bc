"""The verbs that set something going and do not wait for the caller: `notify`, `remember` and `split`; and `record`,
which needs a conversation.
"""

from hashlib import sha256
from typing import Final

from router.engine import transitions
from router.engine.dialling import country_of
from router.engine.effects import RememberValue, SendNotification
from router.engine.journey import employee_of, is_talking
from router.engine.output_values import in_url
from router.engine.scope import CallScope, RequestScope
from router.engine.state import Leg
from router.engine.step_context import StepContext
from router.engine.verbs import awaited_result
from router.engine.verbs.lookup import rendered
from router.engine.verbs.rules import NEED_CALLER, VerbRules
from router.flow.model import Notify, Remember, Split, Step
from router.protocol.phone_numbers import comparable


def _record(context: StepContext, step: Step) -> None:
    """Only a conversation with an employee can be recorded (§3.2.5)."""
    leg = context.leg
    if leg is None or not is_talking(leg):
        transitions.leave(context, "failed", "there is no conversation to record")
        return
    context.queue("recording/start", {"call_party_number": employee_of(leg)}, "record", leg=leg)


def _conversation_over(context: StepContext, step: Step, leg: Leg, before: Leg | None) -> None:
    """The leg ended before the command was sent."""
    if context.activity.phase == NEED_CALLER:
        transitions.leave(context, "failed", "the conversation ended before the PBX was asked to record it")


def _notify(context: StepContext, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Notify)
    scope = RequestScope(context)
    number = context.call.commands_made + 1
    context.call.commands_made = number
    notification = SendNotification(
        notification_id=f"{context.call.token}-{number}",
        url=settings.url.render(RequestScope(context, in_url)),
        data=rendered(settings.data, scope),
        label=f"notify {settings.url.source}",
    )
    context.effects.append(notification)
    context.log("command", command_id=notification.notification_id, command="notify", label=notification.label)
    transitions.leave(context, "next", "on its way")


def _remember(context: StepContext, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Remember)
    value = comparable(settings.value.render(CallScope(context)), country_of(context))
    if not value:
        transitions.leave(context, "next", "there is nothing to remember")
        return
    assert context.bundle is not None
    keep = context.bundle.lists[settings.list_name].keep_seconds
    context.remembered.add((settings.list_name, value))
    context.effects.append(RememberValue(list_name=settings.list_name, value=value, keep_seconds=keep))
    transitions.leave(context, "next", f"{value} is in lists.{settings.list_name}")


def _split(context: StepContext, step: Step) -> None:
    """By a hash, so that the same value takes the same branch on every machine and in every replay."""
    settings = step.settings
    assert isinstance(settings, Split)
    forced = context.environment.split.get(step.name)
    if forced is not None:
        transitions.leave(context, forced, "the test says so", goto=forced)
        return
    value = str(settings.sticky.evaluate(CallScope(context))) if settings.sticky is not None else context.call.token
    total = sum(weight for _, weight in settings.branches)
    point = int.from_bytes(sha256(f"{step.name}\n{value}".encode()).digest()[:8]) % total
    for branch, weight in settings.branches:
        point -= weight
        if point < 0:
            transitions.leave(context, branch, f"{weight} of {total}", goto=branch)
            return


RECORD: Final = VerbRules(
    enter=_record,
    leg=_conversation_over,
    answered=awaited_result.accepted,
    succeeded=awaited_result.succeeded,
    failed=awaited_result.failed,
    timer=awaited_result.timer,
)
NOTIFY: Final = VerbRules(enter=_notify)
REMEMBER: Final = VerbRules(enter=_remember)
SPLIT: Final = VerbRules(enter=_split)
