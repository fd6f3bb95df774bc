"""`task`: something to do for an employee of the contact centre (§4.2), whose answer is the result.

The contact centre knows employees by an id. Where the author names the employee instead, the PBX is asked for it first.
Uses of the activity: `request` is the id of that request.
"""

from typing import Final

from router.engine import transitions
from router.engine.call_scope import CallScope
from router.engine.state import LookupFinished, Result
from router.engine.step_context import StepContext
from router.engine.verbs import callback
from router.engine.verbs.lookup import LOOKUP_TIMER, start_request
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.callback import EMPLOYEE_SECONDS, Callback
from router.protocol.codes import SUCCESS

COMMAND: Final = "task/add"
EMPLOYEE: Final = "employee"
"""The kind of lookup that finds an employee's id by the extension."""


def _enter(context: StepContext, step: Step[Callback]) -> None:
    settings = step.settings
    if not settings.employee:
        callback.send(context, step, COMMAND, {})
        return
    start_request(
        context,
        kind=EMPLOYEE,
        label=step.name,
        arguments={"extension": settings.parameters[settings.employee].render(CallScope(context)).strip()},
        outputs=(("id", "text", "id"),),
        timeout_seconds=EMPLOYEE_SECONDS,
    )


def _looked_up(context: StepContext, step: Step[Callback], answer: LookupFinished) -> None:
    if answer.request_id != context.activity.request:
        return
    context.cancel_timers(LOOKUP_TIMER)
    if answer.state == "found":
        callback.send(context, step, COMMAND, {step.settings.employee: str(answer.outputs.get("id", ""))})
    else:
        transitions.leave(context, "failed", f"the employee's id is not known: {answer.reason or answer.state}")


def _timer(context: StepContext, step: Step[Callback], name: str, due: float) -> None:
    if name == LOOKUP_TIMER:
        transitions.leave(context, "failed", "the employee's id is not known: no answer came")


def _added(context: StepContext, step: Step[Callback]) -> None:
    context.call.result = Result(code=SUCCESS, kind="ok")
    transitions.leave(context, "next", "the contact centre has the task")


def _failed(context: StepContext, step: Step[Callback], code: int, reason: str) -> None:
    transitions.leave(context, "failed", reason, code=code)


RULES: Final = VerbRules(enter=_enter, looked_up=_looked_up, timer=_timer, answered=_added, failed=_failed)
