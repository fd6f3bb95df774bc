"""Playing prompts one after another, for play, menu and collect (§3.2.6).

Uses of the activity: `prompts` holds what is still to be heard, the one that plays now first; `phase` is `prompting`
while there is any. A prompt's clock starts at the play's result 1000, or at its sending if that never comes. After
each prompt the PBX waits `after_play_time` before its own scheme goes on, so the end of a prompt plus that is until
when the caller is held.
"""

from collections.abc import Callable, Iterable, Iterator
from math import ceil
from typing import Final

from router.engine.call_scope import CallScope, root_scope
from router.engine.journey import is_alive, is_in_menu
from router.engine.state import Leg
from router.engine.step_context import StepContext
from router.engine.verbs.verb_rules import NEED_CALLER
from router.flow.model import MOST_SPOKEN, Prompt, Sayable, Spoken

PROMPTING: Final = "prompting"
PROMPT_TIMER: Final = "prompt"


Recordings = tuple[tuple[str, int, float], ...]
"""What is to be played: (label, id in the cabinet, seconds) of each; of a silence without an id."""


def chosen(context: StepContext, prompts: Iterable[Sayable]) -> Recordings:
    """The recordings of each prompt in the call's language."""
    language = _language(context)
    found: list[tuple[str, int, float]] = []
    for prompt in prompts:
        if isinstance(prompt, Prompt):
            found.append(prompt.recording(language))
        else:
            found += [one.recording(language) for one in _spoken(context, prompt)]
    return tuple(found)


def _spoken(context: StepContext, prompt: Spoken) -> Iterator[Prompt]:
    """The recordings that speak a text. What none stands for is left out, and the trace says so."""
    text, known = prompt.text.render(CallScope(context)), prompt.set
    if known.each and len(text) > MOST_SPOKEN:
        context.note(f"audio.{prompt.name}: only the first {MOST_SPOKEN} of {len(text)} characters are spoken")
    lacking: list[str] = []
    for part in text[:MOST_SPOKEN] if known.each else [text]:
        found = known.entries.get(part) or known.other
        if found is None:
            lacking.append(part)
        else:
            yield found
    if lacking:
        told = ", ".join(f"`{part}`" for part in dict.fromkeys(lacking))
        context.note(f"audio.{prompt.name}: no recording stands for {told}, nothing is played for that")


def _language(context: StepContext) -> str:
    """A sub-flow's own `language`, else that of the flow that took the call, in the names of whoever says it."""
    if context.flow.language is not None:
        return str(context.flow.language.evaluate(CallScope(context)))
    expression = context.root.language
    return str(expression.evaluate(root_scope(context))) if expression is not None else ""


def caller_in_menu(context: StepContext) -> Leg | None:
    """The caller's leg if it can be played to now."""
    leg = context.leg
    return leg if leg is not None and is_alive(leg) and is_in_menu(leg) else None


def play_first(context: StepContext, after_seconds: int) -> None:
    """Send the first prompt of the activity, or wait for a leg to play it to."""
    leg = caller_in_menu(context)
    if leg is None:
        context.act(phase=NEED_CALLER)
        return
    label, audio_id, seconds = context.activity.prompts[0]
    context.act(phase=PROMPTING, held_before=context.call.hold_until)
    params = {"internal_id": audio_id, "after_play_time": after_seconds}
    if not audio_id:  # nothing is played: what is waited for is all that the PBX is told of (§3.2.6)
        params = {"after_play_time": ceil(seconds) + after_seconds}
    context.queue("play/start", params, label, leg=leg, seconds=seconds)


def started(context: StepContext, at: float, after_seconds: int) -> None:
    """The prompt's clock starts (again, if the result came after the HTTP answer)."""
    pending = context.call.pending
    if pending is None or context.activity.phase != PROMPTING:
        return
    end = at + pending.seconds
    context.set_timer(PROMPT_TIMER, end)
    context.call.hold_until = end + after_seconds


def refused(context: StepContext) -> None:
    """The PBX took the command and then did not play: it holds the caller no longer than it did before."""
    context.cancel_timers(PROMPT_TIMER)
    pending = context.call.pending
    if pending is not None and pending.call_id == context.call.leg:
        context.call.hold_until = context.activity.held_before


def finished(context: StepContext, after_seconds: int, done: Callable[[], None]) -> None:
    """A prompt has been heard: play the next one, or call `done`."""
    rest = context.activity.prompts[1:]
    context.act(prompts=rest)
    context.call.pending = None
    if rest:
        play_first(context, after_seconds)
    else:
        done()


def cut_off(context: StepContext, *timers: str) -> None:
    """The first key ends the prompt and those behind it, and the timers of these names."""
    context.withdraw("a key was pressed before the prompt was sent")
    context.cancel_timers(PROMPT_TIMER, *timers)
    if context.activity.prompts:
        context.act(prompts=())
