"""What a store can do about what is old: a part of `ports.Transaction`. `runtime.calls.retention` says when."""

from typing import Protocol


class Retention(Protocol):
    """Forgetting, and hiding who called. Nothing here touches a live call, or one with a command under way."""

    def ended_calls(self, before: float, limit: int, *, unmasked: bool = False) -> list[tuple[str, str]]:
        """(account, entry_id) of calls that were over by then and have no command queued or sent, oldest first; with
        `unmasked` those only that nothing was masked in, or that were written to since."""

    def forget_call(self, account: str, entry_id: str) -> tuple[int, int]:
        """Delete a call with its journal and its commands; answers how many lines and commands that were."""

    def forget_journal(self, account: str, entry_id: str) -> int:
        """Delete a call's journal, to be written anew; answers how many lines that were."""

    def mark_masked(self, account: str, entry_id: str) -> None:
        """The call's numbers are masked, until it is saved again."""

    def sweep_journal(self, before: float, after: int, limit: int) -> tuple[int, int | None]:
        """Delete older lines that belong to no call, looking at `limit` lines from place `after` on (0 is the first).
        (how many, the place to go on at; None when all that is old was looked at)."""

    def forget_commands(self, before: float, limit: int) -> int:
        """Delete older commands that are over and belong to no call; answers how many."""

    def forget_version(self, account: str, version: str) -> None:
        """Delete a version's content, unless it is active or a live call is on it."""
