"""`notify`: tells a webhook of the account's own; the step does not wait for that."""

from typing import Final

from router.engine import transitions
from router.engine.call_scope import RequestScope
from router.engine.effects import SendNotification
from router.engine.step_context import StepContext
from router.engine.verbs.lookup import rendered
from router.engine.verbs.request_address import address_of
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.notify import Notify


def _enter(context: StepContext, step: Step[Notify]) -> None:
    settings = step.settings
    scope = RequestScope(context)
    url = address_of(context, settings.url)
    if not url:
        transitions.leave(context, "next", "it has no address")
        return
    call = context.call
    number = call.commands_made + 1
    call.commands_made = number
    call.notifications_made += 1
    notification = SendNotification(
        notification_id=f"{call.token}-{number}",
        type=settings.type or f"{call.within or call.flow}.{step.name}",
        sequence=call.notifications_made,
        url=url,
        data=rendered(settings.data, scope),
        label=f"notify {settings.url.source}",
    )
    context.effects.append(notification)
    context.log("command", command_id=notification.notification_id, command="notify", label=notification.label)
    transitions.leave(context, "next", "on its way")


RULES: Final = VerbRules(enter=_enter)
