"""Log lines go to standard output; a full disk behind it loses lines, and nothing else.

Whoever logs is in the middle of something more important, such as keeping an event that the database did not take.
"""

from contextlib import suppress
from typing import Any

import structlog


class PatientLogger(structlog.PrintLogger):
    """Prints as the stock logger does, and never raises for what the disk does."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = fatal = failure = err = error = critical = exception = msg


def patient_loggers(*_names: Any) -> PatientLogger:
    """structlog's factory of them."""
    return PatientLogger()
