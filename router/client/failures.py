"""From an answer of the PBX to the error of its class."""

from collections.abc import Mapping
from typing import Final

from router import errors
from router.errors import MangoError
from router.protocol.codes import CENTRE_MEANINGS, CENTRE_UNAVAILABLE, meaning
from router.protocol.peer_words import words_of
from router.runtime.outbound_ports import Answer

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


ODD: Final[Mapping[str, str]] = {
    "html": "a page of HTML: something between here and the PBX answers",
    "garbage": "no JSON: it is not the API that answers",
    "redirect": "a redirect: the address is not that of the API",
    "broken-off": "the connection was closed before the answer was whole",
}
"""Of an answer that carries none of the document's codes, by its reason."""


def failure(method: str, answer: Answer) -> MangoError:
    """The error for an answer that is not `accepted`."""
    if answer.code == CENTRE_UNAVAILABLE:
        return _error(errors.ContactCentreUnavailable, method, CENTRE_MEANINGS, answer)
    if answer.kind not in KINDS:
        return of_code(method, answer)
    kind, what = KINDS[answer.kind]
    return _error(kind, method, f"{what}{_detail(answer)}", answer)


def _detail(answer: Answer) -> str:
    """Why there is no answer, or what came in its place."""
    if not answer.status:
        return f": {answer.body}" if answer.body else ""
    return f" ({_odd(answer)})"


def of_code(method: str, answer: Answer) -> MangoError:
    """The error for a code of the document, or for a status of HTTP without one."""
    text = str(answer.code)
    found = (CLASSES[text[:length]] for length in (2, 1) if answer.code and text[:length] in CLASSES)
    what = f"{answer.code}, {meaning(answer.code)}" if answer.code else _odd(answer)
    return _error(next(found, MangoError), method, what, answer)


def _odd(answer: Answer) -> str:
    """An answer that carries none of the document's codes."""
    status = answer.status
    broken = "and no code of the API: the PBX, or a proxy before it, is broken" if status >= 500 else ""
    elsewhere = "and no code of the API: the address is not that of the API" if 400 <= status < 500 else ""
    told = ODD.get(answer.reason) or ("" if answer.kind in ("limited", "banned") else broken or elsewhere)
    return f"HTTP {status}{f', {told}' if told else ''}"


def _error(kind: type[MangoError], method: str, what: str, answer: Answer) -> MangoError:
    said = words_of(answer.body) if answer.status else ""
    told = f'; the PBX says: "{said}"' if said else ""
    return kind(f"{method}: {what}{told}", method=method, result=answer.code, status=answer.status, said=said)
