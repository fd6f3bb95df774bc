"""What an answer from outside says: pure rules from bytes to the typed outputs that a flow declared.

What is absent, or cannot be of its type, is left out, so the output keeps its default, and a note says what did not
fit; only an answer as a whole can fail. No rule copies anything of the request into a reason.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from router.flow.resources.foreign_values import fitted
from router.protocol.codes import matches_class, meaning
from router.protocol.dial_plan import DEFAULT_COUNTRY
from router.runtime.lookups.lookup_cache import Found
from router.runtime.outbound_ports import Answer, Reply

Outputs = Iterable[tuple[str, str, str]]
"""(name, type, JMESPath) of each."""

NO_SUCH_OBJECT: Final = "33xx"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def failed(reason: str) -> Found:
    return Found(state="failed", reason=reason)


def from_reply(reply: Reply, outputs: Outputs, country: str = DEFAULT_COUNTRY) -> Found:
    """The answer of an `http:` lookup. 204, no content, is how some systems say that a search found nothing."""
    wanted = tuple(outputs)
    if reply.status == 404 or (reply.status == 204 and wanted and not reply.fault):
        return Found(state="not_found", reason=f"HTTP {reply.status}")
    if reply.fault or not 200 <= reply.status <= 299:
        return failed(reply.fault or f"HTTP {reply.status}")
    return extract(reply.body, wanted, country)


def from_pbx(answer: Answer, outputs: Outputs, country: str = DEFAULT_COUNTRY) -> Found:
    """The answer of an `api:` lookup; class 33xx says that there is no such object."""
    if answer.kind == "accepted":
        return extract(answer.body.encode(), outputs, country)
    if answer.status == 404 or matches_class(answer.code, NO_SUCH_OBJECT):
        return Found(state="not_found", reason=f"HTTP {answer.status}" if not answer.code else meaning(answer.code))
    if answer.code:
        return failed(f"the PBX refused it with {answer.code}, {meaning(answer.code)}")
    return failed(f"HTTP {answer.status}" if answer.status else answer.body or "no answer")


def extract(body: bytes, outputs: Outputs, country: str = DEFAULT_COUNTRY) -> Found:
    """The outputs of a JSON text; a lookup that wants none needs no text either."""
    wanted = tuple(outputs)
    if not wanted:
        return Found(state="found")
    try:
        tree = msgspec.json.decode(body.removeprefix(BYTE_ORDER_MARK))
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return failed("the answer is not JSON")
    values = {name: fitted(_search(path, tree), kind, country) for name, kind, path in wanted}
    return Found(
        state="found",
        outputs={name: found.value for name, found in values.items() if found.value is not None},
        notes={name: found.note for name, found in values.items() if found.note},
    )


def _search(path: str, tree: Any) -> Any:
    try:
        return _compiled(path).search(tree)
    except (JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError):
        return None  # a function met a value that it does not take: it counts as absent


@lru_cache(maxsize=1024)
def _compiled(path: str) -> Any:
    return jmespath.compile(path)
