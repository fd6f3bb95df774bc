"""The parameters of `sms`, `callback`, `callback_group` and `task`, as the call knows them.

What the author wrote out was judged by the loader. What only the call decides is judged here, by the same rules of the
document, so that no invalid request leaves: two of them within two minutes would block the key (profile 2026).
"""

import re
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, Final, NamedTuple

from router.engine.call_scope import CallScope
from router.engine.dialled_number import country_of, number_to_dial
from router.engine.step_context import StepContext
from router.flow.durations import parse_duration
from router.flow.resources.foreign_values import shown
from router.flow.verbs.callback import Callback
from router.flow.verbs.sms import Sms
from router.protocol.commands import fits_message
from router.protocol.phone_numbers import is_internal, is_short, read_number

LATEST_MINUTES: Final = 1_000_000
"""A task's start up to this many is minutes from now; what is larger is an instant already."""

ROUNDED: Final = ("start_time", "duration")
FRACTION: Final = re.compile(r"[0-9]{1,12}\.[0-9]+", re.ASCII)

ANSWER_AFTER: Final = "sip_headers.Call-Info/answer-after"

WRITTEN: Final[Mapping[str, str]] = {
    "from.extension": "from",
    "from.number": "number",
    "to_number": "to",
    "line_number": "line",
    "to_user_id": "to_user",
    ANSWER_AFTER: "answer_after",
}
"""Wire name -> setting, where they differ."""


class Parameters(NamedTuple):
    """What goes into the request, or why there can be none."""

    values: dict[str, Any]
    problem: str = ""


Read = tuple[Any, str]
"""A value, None for one to be left out; or why the text is none."""


def of_sms(context: StepContext, settings: Sms) -> Parameters:
    """§3.2.4."""
    scope = CallScope(context)
    written, sender = settings.to.render(scope), settings.sender.render(scope).strip()
    number, problem = _telephone(context, written, is_phone=settings.to.is_phone)
    if not number:
        return Parameters({}, problem or "there is no number to send it to")
    if not is_internal(sender):  # a SIP or telephone number of the employee
        sender = number_to_dial(context, sender, is_phone=settings.sender.is_phone)
    if not sender:
        return Parameters({}, "`from` names no employee")
    text = settings.text.render(scope)
    if not fits_message(text):
        return Parameters({}, f"{len(text)} characters: a message has 1 to 612 in Latin letters, 268 in others")
    params = {"text": text, "from_extension": sender, "to_number": number}
    if settings.sender_name is not None and (name := settings.sender_name.render(scope)):
        params["sms_sender"] = name
    return Parameters(params)


def of_command(context: StepContext, settings: Callback, known: Mapping[str, str]) -> Parameters:
    """§3.2.1, §3.2.2, §4.2. `known` are ids that have been looked up, by the wire's name of their parameter."""
    scope = CallScope(context)
    params: dict[str, Any] = {}
    for name, template in settings.parameters.items():
        text = known.get(name) or template.render(scope).strip()
        value, problem = _read(context, settings, name, text, is_phone=template.is_phone)
        if problem:
            return Parameters({}, problem)
        if value is not None:
            _put(params, name, value)
        elif name in settings.needed:
            return Parameters({}, f"`{WRITTEN.get(name, name)}` is empty")
    if settings.has_group_side and is_internal(params["from"]) == is_internal(params["to"]):
        return Parameters({}, f"exactly one of {params['from']} and {params['to']} has to be a group's short number")
    return Parameters(params)


def _read(context: StepContext, settings: Callback, name: str, text: str, *, is_phone: bool) -> Read:
    if not text:
        return None, ""
    dial = DIALLED.get(name)
    if dial is not None:
        return dial(context, text, is_phone=is_phone)
    read = READ.get(name)
    if read is not None:
        return read(context, text)
    return _integer(context, name, text) if name in settings.numbers else text, ""


def _put(params: dict[str, Any], dotted: str, value: Any) -> None:
    *outer, last = dotted.split(".")
    for name in outer:
        params = params.setdefault(name, {})
    params[last] = value


def _integer(context: StepContext, name: str, text: str) -> Any:
    """An integer if the text is one; the schema refuses what is not. Minutes that the call has computed, such as
    `hours.office.opens_in / 60`, are rounded up."""
    if name in ROUNDED and FRACTION.fullmatch(text):
        text = str(ceil(float(text)))
    if not text.isdecimal():
        return text
    number = int(text)
    return int(context.now) + 60 * number if name == "start_time" and number <= LATEST_MINUTES else number


def _dialled(context: StepContext, text: str, *, is_phone: bool) -> Read:
    number = number_to_dial(context, text, is_phone=is_phone)
    return number, "" if number else f"{shown(text)} is no number"


def _telephone(context: StepContext, text: str, *, is_phone: bool) -> Read:
    """Any number but a short one of the PBX (§3.2.4, §3.2.1)."""
    number = number_to_dial(context, text, is_phone=is_phone)
    if is_short(number):
        return "", f"{number} is a short number of the PBX, and a telephone number is needed"
    return number, "" if number or not text else f"{shown(text)} is no number"


def _employee(_turn: StepContext, text: str) -> Read:
    """Who has no extension, in whose name nothing can be called (§3.2.1)."""
    return text, "" if is_internal(text) else f"{shown(text)} is no extension"


def _line(context: StepContext, text: str) -> Read:
    """A number, or the name of a SIP line; not its address (§3.2.1)."""
    if "@" in text:
        return "", f"{shown(text)} is an address: a SIP line goes by its name"
    found = read_number(text, country_of(context))
    return found.number if found.number and not found.address else text, ""


def _answer_after(context: StepContext, text: str) -> Read:
    """Appendix 1. The PBX ignores a header that it cannot read, so the call is made without it."""
    seconds = float(text) if text.isascii() and text.isdecimal() else parse_duration(text)
    if seconds is None:
        context.note(f"answer_after is left out: {shown(text)} is no time in seconds")
        return None, ""
    return str(int(seconds)), ""


DIALLED: Final[Mapping[str, Callable[..., Read]]] = {
    "from.number": _telephone,
    "from": _dialled,
    "to": _dialled,
    "to_number": _dialled,
    "phone": _dialled,
}
"""Parameters that are numbers."""

READ: Final[Mapping[str, Callable[[StepContext, str], Read]]] = {
    "from.extension": _employee,
    "line_number": _line,
    ANSWER_AFTER: _answer_after,
}
"""Parameters that are more than text."""
