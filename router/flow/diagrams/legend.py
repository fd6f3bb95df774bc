"""What colours and shapes of a diagram mean: shown where a flow is too large to be seen at once, or on demand."""

from collections.abc import Mapping
from typing import Final

from router.flow.verbs.spec import Family

FAMILIES: Final[Mapping[Family, str]] = {
    Family.LISTENS: "speaks to the caller and hears keys",
    Family.DIALS: "connects the caller",
    Family.DECIDES: "decides, looks up, runs a sub-flow",
    Family.TELLS: "does something besides the call",
    Family.ENDS: "ends the call or the flow",
}
FOLDED: Final = "several steps whose names begin alike, or that follow each other"
ROLES: Final[Mapping[str, str]] = {
    "start": "where the flow begins",
    "on_error": "where exits go that are not written",
    "on_end": "what runs after the call",
    "finally": "what runs last, however the call ended",
    "here": "the step that was asked for",
}
TAKEN: Final = "the path of the call"
JUMP: Final = "a call went there though no exit leads there"
