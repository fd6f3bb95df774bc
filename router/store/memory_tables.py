"""What a memory store knows: the tables that its transactions change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from router.history.journal import CommandRow
from router.runtime.records import AccountState, ActiveVersion, Share
from router.store.rebase_clock import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    columns: Mapping[str, Any]  # what lists show and filter by, `live` included

    @property
    def live(self) -> bool:
        return bool(self.columns["live"])

    @property
    def version(self) -> str:
        return str(self.columns["version"])

    @property
    def wake_at(self) -> float | None:
        found: float | None = self.columns["wake_at"]
        return found

    @property
    def state(self) -> bytes:
        return bytes(self.columns["state"])


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    version: str
    content: bytes
    created: float
    activated: float | None = None
    image: bytes = b""
    note: str = ""
    followed: float = 0.0  # when a watched directory last changed to it; 0 is never


@dataclass(slots=True)
class Tables:
    """All that a memory store knows; changed by transactions only. Two-part keys begin with the account."""

    calls: dict[tuple[str, str], CallRow] = field(default_factory=dict)
    journal: list[list[Any]] = field(default_factory=list)
    digests: dict[tuple[str, str], bytes] = field(default_factory=dict)
    commands: dict[tuple[str, str], CommandRow] = field(default_factory=dict)
    slots: dict[tuple[str, str, str], Slot] = field(default_factory=dict)  # by account, window and claim
    standings: dict[str, AccountState] = field(default_factory=dict)
    shares: dict[tuple[str, str], Share] = field(default_factory=dict)  # by account and window
    marks: dict[str, int] = field(default_factory=dict)  # by account
    shift: float = 0.0  # of the clock
    presence: dict[tuple[str, str], str] = field(default_factory=dict)
    remembered: dict[tuple[str, str, str], float] = field(default_factory=dict)  # account, list, value -> kept until
    versions: dict[tuple[str, str], VersionRow] = field(default_factory=dict)
    serving: dict[str, ActiveVersion] = field(default_factory=dict)
    pause_notes: dict[str, tuple[float, str]] = field(default_factory=dict)  # account -> since when, by whom
    masked: set[tuple[str, str]] = field(default_factory=set)  # calls, by account and entry_id
    commits: int = 0
