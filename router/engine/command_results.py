"""What became of a command or a lookup, told to the step that waits for it.

Four things can be told: the PBX took it (HTTP 200), its result came, we know ourselves that it failed, or a lookup has
its answer. A step hears only of what it waits for; the prompt that buys time (`verbs.bought_time`) has ears of its own.
"""

from typing import Any

import msgspec

from router.engine import takeover, transitions
from router.engine.state import IN_CONTROL, RUNNING, CommandAnswered, CommandConcluded, LookupFinished, Result
from router.engine.step_context import StepContext
from router.engine.verbs import VERBS, bought_time
from router.engine.verbs.verb_rules import VerbRules
from router.protocol.codes import is_success, meaning
from router.protocol.events import CommandResulted


def _rules_for(context: StepContext, command_id: str) -> VerbRules[Any] | None:
    """The current verb, if the command is the one that it waits for."""
    if context.call.status in IN_CONTROL and transitions.is_pending(context.call.pending, command_id):
        return VERBS[context.step.verb]
    return None


def _is_of_step(context: StepContext, command_id: str) -> bool:
    """Whether the command is the last of the current step's attempt, though the step does not wait for it any more:
    a leg had proved it, or it was withdrawn when its leg ended."""
    activity = context.call.activity
    return context.call.status == RUNNING and activity is not None and command_id in activity.command_ids[-1:]


def answered(context: StepContext, event: CommandAnswered) -> None:
    rules = _rules_for(context, event.command_id)
    if context.call.holds_with(event.command_id):
        bought_time.started(context, event.sent_at)
    elif rules is not None and context.call.pending is not None and context.call.pending.phase == "queued":
        _set_pending(context, phase="sent", sent_at=event.sent_at)
        rules.answered(context, context.step)
    elif rules is None and _is_of_step(context, event.command_id):
        VERBS[context.step.verb].late_answer(context, context.step, event.command_id)
    elif rules is None:
        takeover.was_sent(context, event.command_id, "sent")


def resulted(context: StepContext, event: CommandResulted) -> None:
    context.log("event", event="result", command=event.command, command_id=event.command_id, result=event.result)
    if context.call.holds_with(event.command_id):
        _hold_resulted(context, event.result)
        return
    result = Result(code=event.result, kind="ok" if is_success(event.result) else "failed")
    rules = _rules_for(context, event.command_id)
    if rules is None:
        context.learn(event.command_id, result)
        if _is_of_step(context, event.command_id):
            VERBS[context.step.verb].late_result(context, context.step, event.result)
        elif result.kind == "ok":
            takeover.was_sent(context, event.command_id, "done")
        else:
            takeover.was_refused(context, event.command_id)
        return
    if result.kind == "failed" and context.call.pending is not None and context.call.pending.phase == "done":
        return  # the repetition of a command that was carried out was refused
    context.call.result = result
    if result.kind == "ok":
        _set_pending(context, phase="done", sent_at=context.now)
        rules.succeeded(context, context.step)
    else:
        rules.failed(context, context.step, event.result, f"result {event.result}, {meaning(event.result)}")


def _hold_resulted(context: StepContext, code: int) -> None:
    if is_success(code):
        bought_time.started(context, context.now)
    else:
        bought_time.failed(context, f"result {code}, {meaning(code)}")


def _set_pending(context: StepContext, **fields: Any) -> None:
    pending = context.call.pending
    if pending is not None:
        context.call.pending = msgspec.structs.replace(pending, **fields)


def concluded(context: StepContext, event: CommandConcluded) -> None:
    if context.call.holds_with(event.command_id):
        bought_time.failed(context, event.reason or event.state)
        return
    result = Result(code=event.code, kind=event.state)
    rules = _rules_for(context, event.command_id)
    if rules is None:
        context.learn(event.command_id, result)
        takeover.was_refused(context, event.command_id)
        return
    context.call.result = result
    reason = f"the command is {event.state}: {event.reason}" if event.reason else f"the command is {event.state}"
    rules.failed(context, context.step, event.code, reason)


def looked_up(context: StepContext, event: LookupFinished) -> None:
    facts = {"outputs": event.outputs} if event.outputs else {}
    context.log("lookup", request_id=event.request_id, state=event.state, **facts)
    if context.call.status in IN_CONTROL and context.call.activity is not None:
        VERBS[context.step.verb].looked_up(context, context.step, event)
