"""What the verbs have in common whose command is a request with a result: `sms`, `callback`, `callback_group`, `task`
and `record`."""

from typing import Final

from router.flow.verbs import common

NEXT: Final = (
    "next",
    f"Its result says 1000, or none has come {common.RESULT_SECONDS:g} s after the PBX accepted the request.",
)
OTHERS: Final = ("else", "Any refusal that is not written.")
BY_CODE: Final = ("4300, 22xx", "It was refused with this code, or with one of this class.")
BY_RESULT: Final = (
    NEXT,
    ("failed", "The PBX refused it, at once or by its result; or nobody knows whether it got the request."),
    BY_CODE,
    OTHERS,
)
