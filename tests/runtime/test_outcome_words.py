"""Why a command came to nothing, in the few words that metrics have for it."""

from typing import Any

import pytest

from router.runtime.outbox.outcomes import AUTHOR, INVALID_LOCALLY, NO_RESULT, drop_reason, reason_of, receiver
from router.runtime.outbox.schedule import HOPELESS, NOT_IN_TIME, TOO_LATE
from tests.store.build import command


@pytest.mark.parametrize(
    ("fields", "dropped", "why"),
    [
        ({"state": "failed", "code": INVALID_LOCALLY}, "invalid", "invalid"),
        ({"state": "failed", "code": 4101}, "refused", "4101"),
        ({"state": "failed", "code": 0, "http_status": 404}, "failed", "http-404"),
        ({"state": "failed", "code": None, "http_status": 404}, "failed", "http-404"),
        ({"state": "failed"}, "failed", "failed"),
        ({"state": "unknown", "reason": NO_RESULT}, "no-result", "no-result"),
        ({"state": "unknown", "reason": "the connection broke"}, "unclear", "unclear"),
        ({"state": "unknown", "reason": "the connection broke", "http_status": 502}, "unclear", "unclear"),
        ({"state": "expired", "reason": TOO_LATE}, "deadline", "deadline"),
        ({"state": "expired", "reason": f"{NOT_IN_TIME}, by a second"}, "too-late", "too-late"),
        ({"state": "expired", "reason": HOPELESS}, "too-late", "too-late"),
        ({"state": "expired", "reason": "the caller has left"}, "moved-on", "moved-on"),
        ({"state": "confirmed", "code": 1000}, "", ""),
        ({"state": "queued"}, "", ""),
        ({"state": "sent"}, "", ""),
    ],
)
def test_why_it_came_to_nothing(fields: dict[str, Any], dropped: str, why: str) -> None:
    row = command(**fields)
    assert (drop_reason(row), reason_of(row)) == (dropped, why)


def test_who_gets_the_requests_of_a_command() -> None:
    assert [receiver(one) for one in ("notify", "route", "task/add", "of-an-older-router")] == [
        AUTHOR, "vpbx", "cc", "vpbx",
    ]  # fmt: skip
