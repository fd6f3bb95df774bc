"""A push to the webhook, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ADDRESSES: Final = {
    "result/stats_in_calls_service": (
        "result/stats_in_calls_service",
        "vpbx/api/v1/result/stats_in_calls_service",
    )
}
"""Where a push goes: the path of §3.3.4.2's text, or that of its example (§3.3.4.3)."""


@dataclass(slots=True, kw_only=True, eq=False)
class Notification:
    """One of them."""

    at: float  # when it happened; Unix seconds, virtual time
    path: str  # e.g. events/call
    address: str  # where it is posted, behind the webhook's base: the path, or another spelling of it
    payload: Mapping[str, Any]
    text: str  # the payload as it is signed and sent
    is_signed: bool = True  # the contact centre's are not (§4.4)
    dropped: bool = False  # a fault kept it from being sent
    deliveries: list[dict[str, Any]] = field(default_factory=list)  # each with at, status and ms
