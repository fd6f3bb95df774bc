"""What became of a command or a lookup, told to the step that waits for it.

Four things can be told: the PBX took it (HTTP 200), its result came, we know ourselves that it failed, or a lookup has
its answer. A step hears only of what it waits for; the prompt that buys time (`verbs.hold`) has ears of its own.
"""

from typing import Any

import msgspec

from router.engine import transitions
from router.engine.state import IN_CONTROL, RUNNING, CommandAnswered, CommandConcluded, LookupFinished, Result
from router.engine.step_context import Turn
from router.engine.verbs import VERBS, hold
from router.engine.verbs.rules import VerbRules
from router.protocol.codes import is_success, meaning
from router.protocol.events import CommandResulted


def _rules_for(turn: Turn, command_id: str) -> VerbRules | None:
    """The current verb, if the command is the one that it waits for."""
    if turn.call.status in IN_CONTROL and transitions.is_pending(turn.call.pending, command_id):
        return VERBS[turn.step.verb]
    return None


def _is_of_step(turn: Turn, command_id: str) -> bool:
    """Whether the command is the last of the current step's attempt, though the step does not wait for it any more:
    a leg had proved it, or it was withdrawn when its leg ended."""
    activity = turn.call.activity
    return turn.call.status == RUNNING and activity is not None and command_id in activity.command_ids[-1:]


def answered(turn: Turn, event: CommandAnswered) -> None:
    rules = _rules_for(turn, event.command_id)
    if turn.call.holds_with(event.command_id):
        hold.started(turn, event.sent_at)
    elif rules is not None and turn.call.pending is not None and turn.call.pending.phase == "queued":
        _set_pending(turn, phase="sent", sent_at=event.sent_at)
        rules.answered(turn, turn.step)
    elif rules is None and _is_of_step(turn, event.command_id):
        VERBS[turn.step.verb].late_answer(turn, turn.step, event.command_id)


def resulted(turn: Turn, event: CommandResulted) -> None:
    turn.log("event", event="result", command=event.command, command_id=event.command_id, result=event.result)
    if turn.call.holds_with(event.command_id):
        _hold_resulted(turn, event.result)
        return
    result = Result(code=event.result, kind="ok" if is_success(event.result) else "failed")
    rules = _rules_for(turn, event.command_id)
    if rules is None:
        turn.learn(event.command_id, result)
        if _is_of_step(turn, event.command_id):
            VERBS[turn.step.verb].late_result(turn, turn.step, event.result)
        return
    if result.kind == "failed" and turn.call.pending is not None and turn.call.pending.phase == "done":
        return  # the repetition of a command that was carried out was refused
    turn.call.result = result
    if result.kind == "ok":
        _set_pending(turn, phase="done", sent_at=turn.now)
        rules.succeeded(turn, turn.step)
    else:
        rules.failed(turn, turn.step, event.result, f"result {event.result}, {meaning(event.result)}")


def _hold_resulted(turn: Turn, code: int) -> None:
    if is_success(code):
        hold.started(turn, turn.now)
    else:
        hold.failed(turn, f"result {code}, {meaning(code)}")


def _set_pending(turn: Turn, **fields: Any) -> None:
    pending = turn.call.pending
    if pending is not None:
        turn.call.pending = msgspec.structs.replace(pending, **fields)


def concluded(turn: Turn, event: CommandConcluded) -> None:
    if turn.call.holds_with(event.command_id):
        hold.failed(turn, event.reason or event.state)
        return
    result = Result(code=event.code, kind=event.state)
    rules = _rules_for(turn, event.command_id)
    if rules is None:
        turn.learn(event.command_id, result)
        return
    turn.call.result = result
    reason = f"the command is {event.state}: {event.reason}" if event.reason else f"the command is {event.state}"
    rules.failed(turn, turn.step, event.code, reason)


def looked_up(turn: Turn, event: LookupFinished) -> None:
    facts = {"outputs": event.outputs} if event.outputs else {}
    turn.log("lookup", request_id=event.request_id, state=event.state, **facts)
    if turn.call.status in IN_CONTROL and turn.call.activity is not None:
        VERBS[turn.step.verb].looked_up(turn, turn.step, event)
