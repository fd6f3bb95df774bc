"""From an answer of the PBX to the error of its class."""

from collections.abc import Mapping
from typing import Final

from router import errors
from router.errors import MangoError
from router.protocol.codes import meaning
from router.runtime.peers import Answer

CLASSES: Final[Mapping[str, type[MangoError]]] = {
    "1": errors.CallFailed,
    "2": errors.BillingRefused,
    "3": errors.RequestInvalid,
    "31": errors.ParametersInvalid,
    "32": errors.NumberInvalid,
    "33": errors.NoSuchObject,
    "4": errors.ActionImpossible,
    "41": errors.NotPossibleNow,
    "42": errors.CalleeUnavailable,
    "43": errors.SmsFailed,
    "44": errors.ConferenceFailed,
    "45": errors.SecurityRefused,
    "5": errors.ServerFailed,
}
"""By the beginning of a code; the longest that fits counts, so a code that is not known counts as its class."""

KINDS: Final[Mapping[str, tuple[type[MangoError], str]]] = {
    "not_sent": (errors.NotReached, "the PBX cannot be reached, and nothing was sent"),
    "unclear": (errors.NotAnswered, "no whole answer came, so it may have been done"),
    "limited": (errors.OverLimit, "over the limit"),
    "banned": (errors.KeyRefused, "the PBX does not accept the key, or blocks it after invalid requests"),
}


def failure(method: str, answer: Answer) -> MangoError:
    """The error for an answer that is not `accepted`."""
    if answer.kind in KINDS:
        kind, what = KINDS[answer.kind]
        detail = (
            f": {answer.body}" if answer.kind == "not_sent" else f" (HTTP {answer.status})" if answer.status else ""
        )
        return kind(f"{method}: {what}{detail}", method=method, result=answer.code, status=answer.status)
    return of_code(method, answer.code, answer.status)


def of_code(method: str, code: int, status: int = 0) -> MangoError:
    """The error for a code of the document, or for a status of HTTP without one."""
    text = str(code)
    kind = next((CLASSES[text[:length]] for length in (2, 1) if code and text[:length] in CLASSES), MangoError)
    what = f"{code}, {meaning(code)}" if code else f"HTTP {status}"
    return kind(f"{method}: {what}", method=method, result=code, status=status)
