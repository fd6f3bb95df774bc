"""What a transaction was asked to have done when it ends: before its commit, after it, or when nothing was kept."""

from collections.abc import Callable, Hashable

from router.logs import get_logger

Action = Callable[[], object]

log = get_logger()


class Hooks:
    """Mixed into the transaction."""

    def __init__(self) -> None:
        self._failed = False  # a statement did, or was not answered yet: nothing more can be kept
        self._before_commit: dict[Hashable, Action] = {}
        self._after_commit: list[tuple[Action, Action | None]] = []

    def before_commit(self, key: Hashable, action: Action) -> None:
        self._before_commit.setdefault(key, action)

    def after_commit(self, action: Action, otherwise: Action | None = None) -> None:
        self._after_commit.append((action, otherwise))

    def run_before_commit(self) -> None:
        for action in list(self._before_commit.values()):
            try:
                action()
            except Exception:
                if self._failed:
                    raise
                log.exception("what was left for before a commit failed")

    def run_after_commit(self, *, kept: bool) -> None:
        """What one action raises stops neither the others nor who committed."""
        for action, otherwise in self._after_commit:
            chosen = action if kept else otherwise
            if chosen is None:
                continue
            try:
                chosen()
            except Exception:
                log.exception("what was left for after a commit failed")
