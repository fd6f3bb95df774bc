"""`sms`: a text to a phone (§3.2.4). It needs no live call; the step goes on as soon as the PBX accepts it."""

from typing import Final

from router.engine import control
from router.engine.scope import CallScope
from router.engine.state import Result
from router.engine.turn import Turn
from router.engine.verbs.rules import VerbRules
from router.flow.model import Sms, Step


def _enter(turn: Turn, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Sms)
    scope = CallScope(turn)
    number = settings.to.render(scope)
    params = {
        "text": settings.text.render(scope),
        "from_extension": settings.sender.render(scope),
        "to_number": number,
    }
    if settings.sender_name is not None:
        params["sms_sender"] = settings.sender_name.render(scope)
    if not number:
        control.leave(turn, "failed", "there is no number to send it to")
    else:
        turn.queue("sms", params, f"sms {number}")


def _accepted(turn: Turn, step: Step) -> None:
    control.leave(turn, "next", "the PBX accepted the message")


def _failed(turn: Turn, step: Step, code: int, reason: str) -> None:
    turn.change(result=Result(code=code, kind="failed"))
    control.leave(turn, "failed", reason, code=code)


RULES: Final = VerbRules(enter=_enter, answered=_accepted, succeeded=_accepted, failed=_failed)
