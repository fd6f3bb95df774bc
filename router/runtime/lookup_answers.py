"""What an answer from outside says: pure rules from bytes to the typed outputs that a flow declared.

What is absent, or cannot be of its type, is left out, so the output keeps its default; only an answer as a whole can
fail. No rule copies anything of the request into a reason.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from router.engine.values import typed
from router.protocol.codes import matches_class, meaning
from router.runtime.lookup_cache import Found
from router.runtime.peers import Answer, Reply

Outputs = Iterable[tuple[str, str, str]]
"""(name, type, JMESPath) of each."""

NO_SUCH_OBJECT: Final = "33xx"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def failed(reason: str) -> Found:
    return Found(state="failed", reason=reason)


def from_reply(reply: Reply, outputs: Outputs) -> Found:
    """The answer of an `http:` lookup."""
    if reply.status == 404:
        return Found(state="not_found", reason="HTTP 404")
    if reply.fault or not 200 <= reply.status <= 299:
        return failed(reply.fault or f"HTTP {reply.status}")
    return extract(reply.body, outputs)


def from_pbx(answer: Answer, outputs: Outputs) -> Found:
    """The answer of an `api:` lookup; class 33xx says that there is no such object."""
    if answer.kind == "accepted":
        return extract(answer.body.encode(), outputs)
    if answer.status == 404 or matches_class(answer.code, NO_SUCH_OBJECT):
        return Found(state="not_found", reason=f"HTTP {answer.status}" if not answer.code else meaning(answer.code))
    if answer.code:
        return failed(f"the PBX refused it with {answer.code}, {meaning(answer.code)}")
    return failed(f"HTTP {answer.status}" if answer.status else answer.body or "no answer")


def extract(body: bytes, outputs: Outputs) -> Found:
    """The outputs of a JSON text; a lookup that wants none needs no text either."""
    wanted = tuple(outputs)
    if not wanted:
        return Found(state="found")
    try:
        tree = msgspec.json.decode(body.removeprefix(BYTE_ORDER_MARK))
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return failed("the answer is not JSON")
    values = {name: typed(_search(path, tree), kind) for name, kind, path in wanted}
    return Found(state="found", outputs={name: value for name, value in values.items() if value is not None})


def _search(path: str, tree: Any) -> Any:
    try:
        return _compiled(path).search(tree)
    except (JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError):
        return None  # a function met a value that it does not take: as if it were absent


@lru_cache(maxsize=1024)
def _compiled(path: str) -> Any:
    return jmespath.compile(path)
