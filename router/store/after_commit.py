"""What a transaction leaves to be done once it is on disk: `runtime.ports.Transaction.after_commit` for every store."""

from collections.abc import Callable

import structlog

log = structlog.get_logger()


class AfterCommit:
    """Actions in the order of asking. A store runs them after its commit, when it holds no lock any more."""

    __slots__ = ("_actions",)

    def __init__(self) -> None:
        self._actions: list[Callable[[], object]] = []

    def add(self, action: Callable[[], object]) -> None:
        """Note an action."""
        self._actions.append(action)

    def run(self) -> None:
        """Call each; what one of them raises stops neither the others nor whoever committed."""
        for action in self._actions:
            try:
                action()
            except Exception:
                log.exception("what was left for after a commit failed")
