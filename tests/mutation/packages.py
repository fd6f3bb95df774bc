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
    "flow": Package(files=("router/flow/*",), tests=("tests/flow", "tests/cases", "tests/mistakes")),
    "runtime": Package(files=("router/runtime/*",), tests=("tests/runtime",), words="not hour and not bootstrap"),
}
