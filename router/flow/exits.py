"""Every way out of a step, in words: the table of exits that the reference shows.

`schemas/flow.schema.json` says how exits are written; when each is taken is the engine's doing and is told here.
"""

from collections.abc import Mapping
from typing import Final

from router.flow.model import RESULT_SECONDS

OUTCOMES: Final = (
    ("busy", "The called party is busy."),
    ("no_answer", "Nobody answered: the PBX gave up, or `ring` is over while the other side still rings."),
    ("rejected", "The called party declined."),
    ("unavailable", "Nobody can be reached there, or no destination is left to try."),
    ("failed", "The command was refused or had no effect, or the call ended there in any other way."),
)
_LEFT: Final = ("left", "The PBX's own scheme moved the caller on. Not written: the call is released.")
_CODES: Final = (
    ("4101, 41xx", "The attempt ended with this code, or with one of this class."),
    ("else", "Any exit but `answered` that is not written."),
)
_BY_RESULT: Final = (
    ("next", f"Its result says 1000, or none has come {RESULT_SECONDS:g} s after the PBX accepted the request."),
    ("failed", "The PBX refused it, at once or by its result; or nobody knows whether it got the request."),
    ("4300, 22xx", "It was refused with this code, or with one of this class."),
    ("else", "Any refusal that is not written."),
)
_TASK: Final = (
    ("next", "The contact centre has the task; its answer is the result."),
    ("failed", "The contact centre refused it, or nobody knows whether it got the request."),
    *_BY_RESULT[2:],
)
_RETRIES: Final = (
    ("no_input", "Silence, after `max` re-prompts."),
    ("no_match", "Keys that mean nothing here, after `max` re-prompts."),
)

EXITS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "switch": (("the condition's goto", "The condition is the first that is true."), ("else", "None is true.")),
    "menu": (("a key or a pattern", "The keys pressed match it, and no longer pattern is waited for."), *_RETRIES),
    "collect": (("next", "The digits are complete and stand in the variable."), *_RETRIES),
    "play": (("next", "The prompt was heard."), ("failed", "The prompt could not be played.")),
    "route": (
        ("answered", "The caller talks to somebody. Not written: the flow rests until the call ends."),
        *OUTCOMES,
        _LEFT,
        *_CODES,
    ),
    "transfer": (
        ("answered", "The caller talks to the new destination. Not written: the flow rests until the call ends."),
        *OUTCOMES,
        ("returned", "The caller is back with the employee who transferred the call."),
        _LEFT,
        *_CODES,
    ),
    "hangup": (),
    "release": (),
    "watch": (
        ("connected", "The caller is connected to an employee."),
        ("held", "The caller has been on hold for as long as `for` says."),
        ("talking", "The conversation has lasted for as long as `for` says."),
        ("ended", "The call is over; the steps from there run as those of `on_end`, in place of it."),
    ),
    "wait": (("next", "The time is over, or the hours are open."),),
    "record": (
        _BY_RESULT[0],
        ("failed", "There is no conversation, or it cannot be recorded."),
        ("4100, 41xx", "It was refused with this code, or with one of this class."),
        _BY_RESULT[3],
    ),
    "lookup": (
        ("next", "An answer came; the outputs hold what was found in it."),
        ("not_found", "The answer is that there is nothing: HTTP 404, or no such row in the table."),
        ("failed", "No answer in time, or none that can be used. Outputs hold their defaults."),
    ),
    "set": (("next", "The variables are set."),),
    "remember": (("next", "The value is in the list."),),
    "split": (("a branch", "Its share of the callers; with `sticky`, the same value always takes the same branch."),),
    "run": (("an `as` of the sub-flow", "The sub-flow returned by that name."),),
    "return": (),
    "sms": _BY_RESULT,
    "callback": _BY_RESULT,
    "callback_group": _BY_RESULT,
    "task": _TASK,
    "notify": (("next", "At once: the notification is stored and will be sent."),),
}
"""Verb -> (exit, when it is taken), in the order in which authors look for them."""
