"""`collect`: a number of keys into a variable, ended by its length, a terminator, a pattern or silence."""

from typing import Final

from router.engine import control
from router.engine.turn import Turn, sealed
from router.engine.verbs.listen import Listener, Verdict, rules, shown
from router.flow.model import Collect, Step


def _judge(settings: Listener, buffer: str) -> Verdict:
    assert isinstance(settings, Collect)
    if settings.terminator and buffer.endswith(settings.terminator):
        value = buffer[: -len(settings.terminator)]
        return (value if _is_complete(settings, value) else None), False
    complete = buffer if _is_complete(settings, buffer) else None
    longer = len(buffer) < settings.max_length
    if settings.keys is not None:
        longer = longer and settings.keys.match(buffer)[1]
    return complete, longer


def _is_complete(settings: Collect, value: str) -> bool:
    fits = settings.keys is None or settings.keys.match(value)[0] is not None
    return fits and settings.min_length <= len(value) <= settings.max_length


def _accept(turn: Turn, step: Step, value: str, keys: str) -> None:
    settings = step.settings
    assert isinstance(settings, Collect)
    turn.call.digits = "" if settings.secret else value
    turn.call.variables = {**turn.call.variables, settings.into: sealed(turn, settings.into, value)}
    control.leave(turn, "next", f"{settings.into} = {shown(step, value)}")


RULES: Final = rules(_judge, _accept)
