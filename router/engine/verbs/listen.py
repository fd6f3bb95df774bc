"""`menu` and `collect`: prompts, then keys, with two counters of retries.

Uses of the activity: `phase` is `prompting`, then `listening`; `buffer` holds the keys so far; `silences` and
`mismatches` count re-prompts. The digits of a packet are taken one by one: as soon as they decide, the step is left
and the rest of the packet is dropped. What is undecided is decided by the timer `next_digit`, and silence by the
timer `first_digit`, which begins when the prompt ends.

The two verbs differ in one function, `judge`: what the keys so far mean.
"""

from collections.abc import Callable
from math import ceil
from typing import Final

from router.engine import transitions
from router.engine.environment import TYPED
from router.engine.step_context import StepContext
from router.engine.verbs import prompts
from router.engine.verbs.rules import NEED_CALLER, VerbRules
from router.flow.model import Collect, Menu, Prompt, Retry, Step

LISTENING: Final = "listening"
FIRST_DIGIT: Final = "first_digit"
NEXT_DIGIT: Final = "next_digit"
LAST_SECONDS: Final = 0.5  # so long before the PBX's scheme goes on the next command is sent

Listener = Menu | Collect


Verdict = tuple[str | None, bool]
"""What a buffer of keys means: its value when it is complete, and whether further keys could still matter."""

Judge = Callable[[Listener, str], Verdict]
Accept = Callable[[StepContext, Step, str, str], None]  # the value and the keys behind it


def rules(judge: Judge, accept: Accept) -> VerbRules:
    """The verb that listens with these two."""

    def digits(context: StepContext, step: Step, packet: str) -> int:
        return _take(context, step, packet, judge, accept)

    def timer(context: StepContext, step: Step, name: str, due: float) -> None:
        if name == NEXT_DIGIT:
            _decide(context, step, judge, accept)
        elif name == FIRST_DIGIT:
            _retry(context, step, "no_input", "nothing was pressed")
        elif name == prompts.PROMPT_TIMER:
            prompts.finished(context, _after_seconds(step), lambda: _listen(context, step, due))

    return VerbRules(
        enter=_enter, digits=digits, timer=timer, leg=_leg, answered=_answered, succeeded=_succeeded, failed=_failed
    )


def _settings(step: Step) -> Listener:
    settings = step.settings
    assert isinstance(settings, Menu | Collect)
    return settings


def _after_seconds(step: Step) -> int:
    """after_play_time: the PBX must not go on before our own silence has run out."""
    return ceil(_settings(step).first_digit) + 2


def _enter(context: StepContext, step: Step) -> None:
    _say(context, step, _settings(step).prompts)


def _say(context: StepContext, step: Step, what: tuple[Prompt, ...]) -> None:
    context.act(prompts=prompts.chosen(context, what) if what else (), buffer="")
    if what:
        prompts.play_first(context, _after_seconds(step))
    elif prompts.caller_in_menu(context) is None:
        context.act(phase=NEED_CALLER)
    else:
        _listen(context, step, context.now)


def _listen(context: StepContext, step: Step, since: float, *, refused: bool = False) -> None:
    """Wait for the first key, but not past the PBX's patience. A prompt that plays lengthens that by its
    `after_play_time`; a step without one has what is left, and if its prompt was `refused` perhaps nothing."""
    context.act(phase=LISTENING)
    due = since + _settings(step).first_digit
    if refused or context.now < context.call.hold_until:
        due = min(due, max(context.now, context.call.hold_until - LAST_SECONDS))
    context.set_timer(FIRST_DIGIT, due)


def _leg(context: StepContext, step: Step, leg: object, before: object) -> None:
    if context.activity.phase == NEED_CALLER and prompts.caller_in_menu(context) is not None:
        if context.activity.prompts:
            prompts.play_first(context, _after_seconds(step))
        else:
            _listen(context, step, context.now)


def _answered(context: StepContext, step: Step) -> None:
    pending = context.call.pending
    if pending is not None:
        prompts.started(context, pending.sent_at, _after_seconds(step))


def _succeeded(context: StepContext, step: Step) -> None:
    prompts.started(context, context.now, _after_seconds(step))


def _failed(context: StepContext, step: Step, code: int, reason: str) -> None:
    """A prompt that cannot be played must not cost the caller the menu: the silence begins at once."""
    if context.activity.phase == prompts.PROMPTING:
        context.note(f"the prompt could not be played ({reason}): listening without it")
        prompts.refused(context)
        prompts.finished(context, _after_seconds(step), lambda: _listen(context, step, context.now, refused=True))


def _take(context: StepContext, step: Step, packet: str, judge: Judge, accept: Accept) -> int:
    """How many digits of the packet were taken."""
    settings = _settings(step)
    prompts.cut_off(context)
    context.cancel_timers(FIRST_DIGIT, NEXT_DIGIT)
    buffer = _buffer(context, step)
    for taken, digit in enumerate(packet, start=1):
        buffer += digit
        value, more = judge(settings, buffer)
        if more:
            continue
        if taken < len(packet):
            context.note(f"{len(packet) - taken} more digits of the packet dropped")
        _conclude(context, step, value, buffer, accept)
        return taken
    kept = context.environment.sealer.seal(buffer, context.call.entry_id, TYPED) if is_secret(step) else buffer
    context.act(phase=LISTENING, buffer=kept)
    context.set_timer(NEXT_DIGIT, context.now + settings.next_digit)
    return len(packet)


def _decide(context: StepContext, step: Step, judge: Judge, accept: Accept) -> None:
    """No further key came: the whole buffer must match."""
    buffer = _buffer(context, step)
    _conclude(context, step, judge(_settings(step), buffer)[0], buffer, accept)


def _conclude(context: StepContext, step: Step, value: str | None, buffer: str, accept: Accept) -> None:
    if value is None:
        _retry(context, step, "no_match", f"{shown(step, buffer)} matches nothing")
    else:
        accept(context, step, value, buffer)


def _retry(context: StepContext, step: Step, name: str, why: str) -> None:
    """Say it again, as often as the author allows, then take the exit."""
    settings = _settings(step)
    silence = name == "no_input"
    retry: Retry = settings.no_input if silence else settings.no_match
    count = context.activity.silences if silence else context.activity.mismatches
    if count >= retry.max:
        transitions.leave(context, name, f"{why}; {count} of {retry.max} re-prompts were made", goto=retry.goto)
        return
    if silence:
        context.act(silences=count + 1)
    else:
        context.act(mismatches=count + 1)
    context.note(f"{why}: re-prompt {count + 1} of {retry.max}")
    _say(context, step, retry.prompts or settings.prompts)


def _buffer(context: StepContext, step: Step) -> str:
    buffer = context.activity.buffer
    return context.environment.sealer.open(buffer, context.call.entry_id, TYPED) if is_secret(step) else buffer


def is_secret(step: Step) -> bool:
    """Whether what is typed at the step must be readable by nobody."""
    settings = step.settings
    return isinstance(settings, Collect) and settings.secret


def shown(step: Step, digits: str) -> str:
    """Digits for the trace: a secret is never written in clear."""
    return "*" * len(digits) if is_secret(step) else digits
