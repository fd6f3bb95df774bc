"""structlog, loaded when there is something to log.

It loads rich wherever that is installed: 75 ms in all, a third of what `ivr calls` takes, and hardly a command of `ivr`
logs a line. So modules have their logger from here; one that serves loads structlog before it does.
"""

import sys
from collections.abc import Callable
from typing import Any, Final


class Structlog:
    """The library: how it is to be configured as soon as it is loaded."""

    def __init__(self) -> None:
        self._waiting: Callable[[], object] | None = None

    def configure(self, least: int, receiver: object, *, at_once: bool) -> None:
        """Hand lines of this level and above to the methods of `receiver` that are named like levels."""
        self._waiting = lambda: _configure(least, receiver)
        if at_once or "structlog" in sys.modules:
            self.logger()

    def logger(self) -> Any:
        import structlog  # see the head of this module

        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()
        return structlog.get_logger()


def _configure(least: int, receiver: object) -> None:
    import structlog

    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_names: receiver,
        cache_logger_on_first_use=False,
    )


STRUCTLOG: Final = Structlog()


class Logger:
    """What a module logs with: structlog's logger, from its first line on."""

    def __init__(self) -> None:
        self._logger: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._logger is None:
            self._logger = STRUCTLOG.logger()
        return getattr(self._logger, name)


def get_logger() -> Any:
    """A `Logger`, typed like structlog's own."""
    return Logger()
