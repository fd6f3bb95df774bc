"""`GET /api/doctor`: what `ivr doctor` says of this deployment, examined by a process of its own.

It runs in the router's environment and directory, so it looks at what the router looks at. One examination at a time;
who asks meanwhile gets the same report.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from flask import Blueprint, Response

from router.history.call_view import instant
from router.web.api_objects import reply
from router.web.in_language import asked_language
from router.web.problem_details import Problem

COMMAND: Final = (sys.executable, "-m", "router.cli", "doctor", "--json")
WORDS: Final = "doctor"  # its own words of the catalogue
TOLD: Final = ("area", "told", "remedy")
MOST_SECONDS: Final = 15.0  # it ends within ten by itself
KEPT_SECONDS: Final = 15.0


def doctor_path(blueprint: Blueprint) -> None:
    report = DoctorReport()

    @blueprint.get("/doctor")
    def doctor() -> Response:
        """Takes a second or two; a report is kept for a quarter of a minute."""
        said, (at, checks) = asked_language(WORDS), report.newest()
        told = [one | {name: said(one[name]) for name in TOLD} for one in checks]
        return reply({"at": instant(at), "checks": told})


class DoctorReport:
    """The last one of this process. Thread-safe."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._kept: tuple[float, list[Any]] = (0.0, [])

    def newest(self) -> tuple[float, list[Any]]:
        """(Unix seconds, the checks)."""
        with self._lock:
            if time.time() - self._kept[0] >= KEPT_SECONDS:
                self._kept = (time.time(), self._examine())
            return self._kept

    def _examine(self) -> list[Any]:
        try:
            done = subprocess.run(self._command, capture_output=True, timeout=MOST_SECONDS, check=False)
            return msgspec.json.decode(done.stdout, type=list[Any])
        except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError):
            raise Problem(503, "the examination did not end; run `ivr doctor` in the router's environment") from None
