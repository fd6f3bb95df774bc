"""`menu` and `collect`: prompts, then keys, with two counters of retries.

With `type_ahead` a step begins with what was typed before it, as if its prompt had been cut off by that.

Uses of the activity: `phase` is `prompting`, then `listening`; `buffer` holds the keys so far; `silences` and
`mismatches` count re-prompts. The digits of a packet are taken one by one: as soon as they decide, the step is left
and the rest of the packet is dropped. What is undecided is decided by the timer `next_digit`, and silence by the
timer `first_digit`, which begins when the prompt ends.

Callers press `#` behind a number though its length has ended it. Such a key is no mistake at the next step: it belongs
to the number before, unless the step has a use for it.

The two verbs differ in one function, `judge`: what the keys so far mean.
"""

from collections.abc import Callable
from math import ceil, inf
from typing import Final, TypeVar

from router.engine import transitions
from router.engine.environment import TYPED
from router.engine.step_context import StepContext
from router.engine.verbs import prompts, type_ahead
from router.engine.verbs.verb_rules import NEED_CALLER, VerbRules
from router.flow.model import Sayable, Step
from router.flow.verbs.collect import Collect
from router.flow.verbs.digit_input import DigitInput, Retry

LISTENING: Final = "listening"
FIRST_DIGIT: Final = "first_digit"
NEXT_DIGIT: Final = "next_digit"
SIGNS: Final = ("#", "*")
"""Keys that are no digits, and end a number by habit."""
HABIT_SECONDS: Final = 3.0  # within which the key that ends a number follows it
LAST_SECONDS: Final = 0.5  # so long before the PBX's scheme goes on the next command is sent

D = TypeVar("D", bound=DigitInput)

Verdict = tuple[str | None, bool]
"""What a buffer of keys means: its value when it is complete, and whether further keys could still matter."""
NOTHING: Final[Verdict] = (None, False)

Judge = Callable[[D, str], Verdict]
Accept = Callable[[StepContext, Step[D], str, str], None]  # the value and the keys behind it


def rules(judge: Judge[D], accept: Accept[D]) -> VerbRules[D]:
    """The verb that listens with these two."""

    def enter(context: StepContext, step: Step[D]) -> None:
        typed = type_ahead.take(context)
        if typed:
            typed = _own_keys(context, step, typed, judge)
        if typed and step.settings.type_ahead:
            told = f"{len(typed)} keys" if context.hides_digits else typed
            context.note(f"{told} typed ahead: the prompt is left out")
            _take(context, step, typed, judge, accept)
        else:
            _say(context, step, step.settings.prompts)

    def digits(context: StepContext, step: Step[D], packet: str) -> int:
        own = _own_keys(context, step, packet, judge, HABIT_SECONDS)
        taken = _take(context, step, own, judge, accept) if own else 0
        return len(packet) - len(own) + taken

    def timer(context: StepContext, step: Step[D], name: str, due: float) -> None:
        if name == NEXT_DIGIT:
            _decide(context, step, judge, accept)
        elif name == FIRST_DIGIT:
            _retry(context, step, "no_input", "nothing was pressed")
        elif name == prompts.PROMPT_TIMER:
            prompts.finished(context, _after_seconds(step), lambda: _listen(context, step, due))

    return VerbRules(
        enter=enter, digits=digits, timer=timer, leg=_leg, answered=_answered, succeeded=_succeeded, failed=_failed
    )


def _after_seconds(step: Step[DigitInput]) -> int:
    """after_play_time: the PBX must not go on before our own silence has run out."""
    return ceil(step.settings.first_digit) + 2


def _say(context: StepContext, step: Step[DigitInput], what: tuple[Sayable, ...]) -> None:
    recordings = prompts.chosen(context, what) if what else ()
    context.act(prompts=recordings, buffer="")
    if recordings:
        prompts.play_first(context, _after_seconds(step))
    elif prompts.caller_in_menu(context) is None:
        context.act(phase=NEED_CALLER)
    else:
        _listen(context, step, context.now)


def _listen(context: StepContext, step: Step[DigitInput], since: float, *, refused: bool = False) -> None:
    """Wait for the first key, but not past the PBX's patience. A prompt that plays lengthens that by its
    `after_play_time`; a step without one has what is left, and if its prompt was `refused` perhaps nothing."""
    context.act(phase=LISTENING)
    due = since + step.settings.first_digit
    if refused or context.now < context.call.hold_until:
        due = min(due, max(context.now, context.call.hold_until - LAST_SECONDS))
    context.set_timer(FIRST_DIGIT, due)


def _leg(context: StepContext, step: Step[DigitInput], leg: object, before: object) -> None:
    if context.activity.phase == NEED_CALLER and prompts.caller_in_menu(context) is not None:
        if context.activity.prompts:
            prompts.play_first(context, _after_seconds(step))
        else:
            _listen(context, step, context.now)


def _answered(context: StepContext, step: Step[DigitInput]) -> None:
    pending = context.call.pending
    if pending is not None:
        prompts.started(context, pending.sent_at, _after_seconds(step))


def _succeeded(context: StepContext, step: Step[DigitInput]) -> None:
    prompts.started(context, context.now, _after_seconds(step))


def _failed(context: StepContext, step: Step[DigitInput], code: int, reason: str) -> None:
    """A prompt that cannot be played must not cost the caller the menu: the silence begins at once."""
    if context.activity.phase == prompts.PROMPTING:
        context.note(f"the prompt could not be played ({reason}): listening without it")
        prompts.refused(context)
        prompts.finished(context, _after_seconds(step), lambda: _listen(context, step, context.now, refused=True))


def _own_keys(context: StepContext, step: Step[D], keys: str, judge: Judge[D], within: float = inf) -> str:
    """The keys without a first one that ended the number before, so many seconds ago at most."""
    ended, context.call.number_ended = context.call.number_ended, 0.0
    first = keys[:1]
    if not ended or context.now - ended > within or first not in SIGNS or judge(step.settings, first) != NOTHING:
        return keys
    context.note(f"{first} belongs to the number before")
    return keys[1:]


def _take(context: StepContext, step: Step[D], packet: str, judge: Judge[D], accept: Accept[D]) -> int:
    """How many digits of the packet were taken."""
    settings = step.settings
    prompts.cut_off(context, FIRST_DIGIT, NEXT_DIGIT)
    buffer = _buffer(context, step)
    for taken, digit in enumerate(packet, start=1):
        buffer += digit
        value, more = judge(settings, buffer)
        if more:
            continue
        if taken < len(packet):
            is_kept = type_ahead.keep(context, packet[taken:])
            context.note(f"{len(packet) - taken} more digits of the packet {'typed ahead' if is_kept else 'dropped'}")
        _conclude(context, step, value, buffer, accept)
        return taken
    kept = context.environment.sealer.seal(buffer, context.call.entry_id, TYPED) if is_secret(step) else buffer
    context.act(phase=LISTENING, buffer=kept)
    context.set_timer(NEXT_DIGIT, context.now + settings.next_digit)
    return len(packet)


def _decide(context: StepContext, step: Step[D], judge: Judge[D], accept: Accept[D]) -> None:
    """No further key came: the whole buffer must match."""
    buffer = _buffer(context, step)
    _conclude(context, step, judge(step.settings, buffer)[0], buffer, accept)


def _conclude(context: StepContext, step: Step[D], value: str | None, buffer: str, accept: Accept[D]) -> None:
    if value is None:
        _retry(context, step, "no_match", f"{shown(step, buffer)} matches nothing")
    else:
        context.call.number_ended = 0.0 if buffer[-1] in SIGNS else context.now
        accept(context, step, value, buffer)


def _retry(context: StepContext, step: Step[DigitInput], name: str, why: str) -> None:
    """Say it again, as often as the author allows, then take the exit."""
    settings = step.settings
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
    type_ahead.take(context)  # a caller who was wrong did not know what comes next
    _say(context, step, retry.prompts or settings.prompts)


def _buffer(context: StepContext, step: Step[DigitInput]) -> str:
    buffer = context.activity.buffer
    return context.environment.sealer.open(buffer, context.call.entry_id, TYPED) if is_secret(step) else buffer


def is_secret(step: Step[DigitInput]) -> bool:
    """Whether what is typed at the step must be readable by nobody."""
    settings = step.settings
    return isinstance(settings, Collect) and settings.secret


def shown(step: Step[DigitInput], digits: str) -> str:
    """Digits for the trace: a secret is never written in clear."""
    return "*" * len(digits) if is_secret(step) else digits
