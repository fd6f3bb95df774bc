"""A person's command for a call, and how it takes the call over from the flow.

Theory of operation. A route, a transfer or a hangup by hand interrupts the step in control: its commands are withdrawn
and its timers forgotten. From then on the engine asks the verb's rules about a step of its own (`manual_step`), so that
legs, results and the PBX's timers mean what they mean to a flow's route, in whatever order they come. That step's exit
gives the call back (`transitions`): answered, the flow rests as after its own route; else it does what was asked for in
`then`. Of two people the later one has the call.

What the PBX would refuse takes nothing over: a route of a conversation, a transfer of somebody who is in the menu, a
hangup in a queue (§3.2.3, §3.2.7, §3.2.8). It is sent all the same, since the PBX knows best, and so is every other
command; the flow goes on beside it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from router.engine import budget, transitions
from router.engine.effects import QueueCommand, WithdrawCommands
from router.engine.journey import is_alive, is_in_menu, is_ringing, is_talking
from router.engine.manual_step import BY_HAND, GIVEN, PATIENCE_SECONDS, SUPERSEDED
from router.engine.state import RESTING, RUNNING, Activity, Call, CommandGiven, Leg, Pending, Takeover
from router.engine.step_context import StepContext
from router.engine.verbs import attempts, bought_time, hangup, prompts
from router.engine.verbs.destinations import next_target
from router.engine.verbs.prompts import PROMPTING
from router.flow.model import Bundle
from router.flow.verbs.route import Route
from router.flow.verbs.transfer import Transfer
from router.protocol.events import QUEUE

TAKEN_OVER: Final = "taken_over"
"""The exit of a step that a person's command interrupts."""


def given(context: StepContext, event: CommandGiven) -> None:
    call = context.call
    if not event.command_id.startswith(f"{call.token}-"):
        call.given = (*call.given, event.command_id)
    told = {name: value for name in ("actor", "reason", "then") if (value := getattr(event, name))}
    to = {"to": event.params["to_number"]} if "to_number" in event.params else {}
    leg = call.legs.get(event.call_id)
    takes_over = leg is not None and call.status in (RUNNING, RESTING) and _takes_over(context, event, leg)
    facts = {"command": event.command, "takes_over": takes_over} | to | told
    context.log("manual", command_id=event.command_id, done=GIVEN, **facts)
    if leg is not None and takes_over:
        _take_over(context, event, leg)
    else:
        _queue_beside(context, event)


def _takes_over(context: StepContext, event: CommandGiven, leg: Leg) -> bool:
    may_be = MAY_BE.get(event.command)
    return may_be is not None and is_alive(leg) and may_be(context, leg)


def _may_be_routed(_context: StepContext, leg: Leg) -> bool:
    return is_in_menu(leg) or is_ringing(leg)


def _may_be_transferred(_context: StepContext, leg: Leg) -> bool:
    """Who rings may have answered a moment ago: the PBX knows."""
    return is_talking(leg) or is_ringing(leg)


def _may_be_hung_up(context: StepContext, leg: Leg) -> bool:
    """The caller; ending somebody else's leg need not end his call."""
    return leg.last.call_id == context.call.leg and leg.last.location != QUEUE


MAY_BE: Final[Mapping[str, Callable[[StepContext, Leg], bool]]] = {
    "route": _may_be_routed,
    "transfer": _may_be_transferred,
    "call/hangup": _may_be_hung_up,
}


def _queue_beside(context: StepContext, event: CommandGiven) -> None:
    """The command alone: the flow is not asked."""
    named = {"command_id": event.command_id} | ({"call_id": event.call_id} if event.call_id else {})
    context.call.commands_made += 1
    context.effects.append(
        QueueCommand(
            command_id=event.command_id,
            command=event.command,
            call_id=event.call_id,
            params=named | event.params,
            label=BY_HAND,
            deadline=context.now + PATIENCE_SECONDS,
            high_priority=True,
        )
    )
    context.log("command", command_id=event.command_id, command=event.command, label=BY_HAND)


def _take_over(context: StepContext, event: CommandGiven, leg: Leg) -> None:
    call, earlier, who = context.call, context.call.takeover, told_by(event)
    rested, budget_left = call.status == RESTING, budget.left(context)
    before = Before(call.activity, _taken(call.pending), _dialled(context)) if not rested else Before()
    if earlier is not None:
        rested, budget_left = earlier.rested, earlier.budget_left
        is_unsent = _taken(call.pending) is None and not context.activity.legs
        before = Before(earlier.interrupted, earlier.waited if is_unsent else None, earlier.dialled)
        transitions.end_takeover(context, SUPERSEDED, who)
    elif not rested:
        step = context.step
        facts = transitions.within(context)
        context.log("left", step=step.name, verb=step.verb, exit=TAKEN_OVER, goto="", why=who, **facts)
        if context.activity.phase == PROMPTING and call.pending is not None and call.pending.phase == "sent":
            prompts.refused(context)  # whether it plays is not known, and will be nothing to the step any more
    context.effects.append(WithdrawCommands(reason=who))
    context.cancel_step_timers()
    call.activity, call.pending = transitions.NOTHING_YET, None
    call.status = RUNNING
    call.commands_made += 1
    call.takeover = Takeover(
        command_id=event.command_id,
        command=event.command,
        params=event.params,
        then=event.then,
        rested=rested,
        budget_left=budget_left,
        interrupted=before.activity,
        waited=before.waited,
        dialled=before.dialled,
    )
    BEGIN[event.command](context, event.params, leg)


class Before(NamedTuple):
    """What the flow was doing."""

    activity: Activity | None = None
    waited: Pending | None = None
    dialled: str = ""


def _taken(pending: Pending | None) -> Pending | None:
    """The command that the PBX has taken; a queued one is withdrawn."""
    return None if pending is None or pending.phase == "queued" else pending


def _dialled(context: StepContext) -> str:
    """Whom the current step has dialled: a leg at him is no news of a person's command."""
    settings, place = context.step.settings, context.activity.attempt
    if place < 0 or not isinstance(settings, Route | Transfer):
        return ""
    target = next_target(context, settings.to, place - 1, online_only=False)
    return target.number if target is not None else ""


# what is told of the interrupted step's own command meanwhile


def was_sent(context: StepContext, command_id: str, phase: str) -> None:
    """The PBX took the command of the interrupted step, or has carried it out."""
    takeover = _interrupted_by(context, command_id)
    if takeover is not None and takeover.interrupted is not None:
        leg = takeover.interrupted.routed_call_id
        waited = Pending(command_id=command_id, command="", call_id=leg, phase=phase, sent_at=context.now)
        context.call.takeover = msgspec.structs.replace(takeover, waited=waited)


def was_refused(context: StepContext, command_id: str) -> None:
    """It came to nothing: the step has to begin anew."""
    takeover = _interrupted_by(context, command_id)
    if takeover is not None:
        context.call.takeover = msgspec.structs.replace(takeover, interrupted=None, waited=None)


def _interrupted_by(context: StepContext, command_id: str) -> Takeover | None:
    takeover = context.call.takeover
    before = takeover.interrupted if takeover is not None else None
    return takeover if before is not None and command_id in before.command_ids[-1:] else None


def steps_after(call: Call, bundle: Bundle | None) -> frozenset[str]:
    """The steps that `then` may name: those of the flow in control and of the one that took the call."""
    if bundle is None or call.status not in (RUNNING, RESTING):
        return frozenset()
    flows = (bundle.flows.get(name) for name in (call.within, call.flow))
    return frozenset(step for flow in flows if flow is not None for step in flow.steps)


def told_by(event: CommandGiven) -> str:
    """Who does what, and why, for the trace."""
    to = f" to {event.params['to_number']}" if "to_number" in event.params else ""
    why = f": {event.reason}" if event.reason else ""
    return f"{event.actor or 'somebody'} gave {event.command}{to} by hand{why}"


Params = Mapping[str, Any]


def _route(context: StepContext, params: Params, leg: Leg) -> None:
    context.act(attempt=0, since=context.now)
    command_id = context.queue("route", {}, BY_HAND, leg=leg, buyable=bought_time.can_buy(context))
    attempts.dialled(context, command_id, leg)
    bought_time.look(context)


def _transfer(context: StepContext, params: Params, leg: Leg) -> None:
    context.act(attempt=0, since=context.now, initiator=params["initiator"])
    attempts.dialled(context, context.queue("transfer", {}, BY_HAND, leg=leg), leg)


def _hang_up(context: StepContext, params: Params, leg: Leg) -> None:
    context.act(phase=hangup.SENDING, routed_call_id=leg.last.call_id)
    context.queue("call/hangup", {}, BY_HAND, leg=leg)


BEGIN: Final[Mapping[str, Callable[[StepContext, Params, Leg], None]]] = {
    "route": _route,
    "transfer": _transfer,
    "call/hangup": _hang_up,
}
