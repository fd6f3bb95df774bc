"""What a store can do about what is old: a part of `ports.Transaction`. `runtime.calls.retention` says when."""

from collections.abc import Collection
from typing import Protocol

from router.runtime.records import EndedCall


class Retention(Protocol):
    """Forgetting, and hiding who called. Nothing here touches a live call, or one with a command under way."""

    def forget_calls(self, calls: Collection[EndedCall], before: float) -> tuple[int, int, int]:
        """Lock these calls; then delete those that were over by then and have no command queued or sent, with their
        journals and their commands. Answers how many calls, lines and commands that were."""

    def forget_journal(self, account: str, entry_id: str) -> int:
        """Delete a call's journal, to be written anew; answers how many lines that were."""

    def mark_masked(self, account: str, entry_id: str) -> None:
        """The call's numbers are masked, until it is saved again."""

    def sweep_journal(self, before: float, after: int, limit: int) -> tuple[int, int | None]:
        """Delete older lines that belong to no call, looking at `limit` lines from place `after` on (0 is the first).
        (how many, the place to go on at; None when all that is old was looked at)."""

    def forget_commands(self, before: float, limit: int) -> int:
        """Delete older commands that are over and belong to no call; answers how many."""

    def forget_parts(self, account: str, before: float, limit: int) -> int:
        """Delete parts that were stored before that instant and that no version needs; answers how many."""

    def forget_requests(self, before: float) -> None:
        """Delete some of the answers to requests of the API that were to be kept until then."""

    def forget_version(self, account: str, version: str) -> None:
        """Delete a version's content, unless it is active or a live call is on it."""
