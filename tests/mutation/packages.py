"""Which files a package is, and which tests are near to it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A part of the router that is judged by itself."""

    files: tuple[str, ...]  # patterns; a star crosses folders
    tests: tuple[str, ...]  # folders and files of tests; of these a mutant meets those that run its function
    words: str = ""  # of these tests only those whose names have such words: an expression of pytest -k
    goal: float | None = None  # the share to be killed


PACKAGES: Final = {
    "engine": Package(files=("router/engine/*",), tests=("tests/engine", "tests/calls"), goal=0.85),
    "protocol": Package(
        files=("router/protocol/*",), tests=("tests/protocol", "tests/document", "tests/catalogue"), goal=0.85
    ),
    "limiter": Package(
        files=("router/runtime/limits/*", "router/runtime/outbox/schedule.py"),
        tests=("tests/runtime",),
        words="limit or share or schedule or forecast or clock",
        goal=0.85,
    ),
    "outbox": Package(
        files=("router/runtime/outbox/*", "router/runtime/group_commit.py"),
        tests=(
            *(
                "tests/runtime/test_dispatch.py",
                "tests/runtime/test_immediate_claims.py",
                "tests/runtime/test_group.py",
            ),
            *("tests/runtime/test_schedule.py", "tests/runtime/test_forecast.py", "tests/runtime/test_bulkheads.py"),
            *("tests/runtime/test_other_receivers.py", "tests/runtime/test_second_integration.py"),
            *("tests/runtime/test_unclear_route.py", "tests/runtime/test_limits.py"),
        ),
    ),
    "flow": Package(files=("router/flow/*",), tests=("tests/flow", "tests/cases", "tests/mistakes")),
    "runtime": Package(
        files=(
            "router/runtime/*/*",  # and not ports.py and its like, which only declare
            *("router/runtime/group_commit.py", "router/runtime/records.py"),
            *("router/runtime/background.py", "router/runtime/thread_pool.py"),
        ),
        tests=(
            "tests/runtime",  # what the API alone asks for has its tests there, and what only keeps rows beside the store
            *("tests/web/test_tokens.py", "tests/web/test_people.py", "tests/web/test_roles.py"),
            *("tests/web/test_drafts.py", "tests/web/test_deliveries.py", "tests/web/test_command_paths.py"),
            *("tests/web/test_publishing.py", "tests/web/test_call_list.py", "tests/web/test_gauges.py"),
            *("tests/web/test_watching.py", "tests/web/test_webhook.py"),
            *("tests/store/test_contract_people.py", "tests/store/test_contract_administration.py"),
            *("tests/store/test_contract_drafts.py", "tests/store/test_contract_upkeep.py"),
        ),
        words="not bootstrap and not postgres",
    ),
}
