"""What the web layer needs of the rest, by role; `bootstrap` puts it together."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from router.config.settings import Settings
from router.flow.model import Bundle
from router.history.call_pages import WHOLE, Page
from router.history.journal import CommandRow
from router.runtime.administration.audit import THE_ROUTER, Actor
from router.runtime.intake.ingest import Notification
from router.runtime.limits.limiter import Limits
from router.runtime.monitoring.heartbeats import Heartbeats
from router.runtime.outbox.manual_command import ManualCommand
from router.runtime.ports import Store
from router.runtime.records import Origin
from router.runtime.versions.upload import Examined, Upload
from router.runtime.versions.workbench import Question, Told


class Ingest(Protocol):
    """Takes in verified notifications."""

    def accept_all(self, notifications: Sequence[Notification]) -> list[str | Exception]:
        """Stores each with all that follows from it, in one transaction: "stored", "duplicate" or "conflict"; or
        keeps it until the database is back: "spooled". An exception stands for one that was not kept."""

    def standing(self) -> tuple[int, int]:
        """(events that wait for the database, files of such that were set aside)."""


class Versions(Protocol):
    """Which bundle each account's new calls get."""

    def publish(
        self,
        account: str,
        directory: str,
        share: float = 1.0,
        by: Actor = THE_ROUTER,
        origin: Origin | None = None,
    ) -> dict[str, Any]:
        """Check and store a bundle and give it to new calls, or to a share of the callers; its line of the list of
        versions. Raises BundleRefused."""

    def examine(self, upload: Upload) -> Examined:
        """Look at a bundle that was sent. Raises ArchiveInvalid, BundleRefused and TooBusy."""

    def replay(self, archive: bytes, account: str, seconds: float) -> bytes:
        """The account's calls of so long under a bundle that is sent, as JSON (`history.comparison_text.as_object`).
        Raises BundleRefused for one with errors, and TooBusy."""

    def publish_examined(
        self,
        account: str,
        examined: Examined,
        share: float = 1.0,
        by: Actor = THE_ROUTER,
        origin: Origin | None = None,
    ) -> dict[str, Any]:
        """`publish` for a bundle that was examined."""

    def activate(self, account: str, version: str, share: float = 1.0, by: Actor = THE_ROUTER) -> dict[str, Any] | None:
        """Give a stored version to new calls, or to a share of the callers; None when there is none of that name."""

    def bundle(self, account: str, version: str) -> Bundle | None:
        """A version, opened; None when there is none of that name, or this program cannot open it."""

    def flows(self, account: str, version: str) -> Sequence[str]:
        """The flows of a version by name; none of one that cannot be opened."""

    def calendar_years(self, account: str, version: str) -> Mapping[str, int]:
        """Country -> the last year of which the holidays' calendars of a version know moved days, of those countries
        that move any."""

    def has_drifted(self, account: str) -> bool:
        """Whether the account's directory is neither its active version nor its canary."""


class Workbench(Protocol):
    """Answers what is asked of drafts, in a process of its own."""

    def ask(self, question: Question, files: Callable[[], dict[str, bytes]]) -> Told:
        """Raises TooBusy."""


class RouterParts(Protocol):
    """A running router."""

    @property
    def settings(self) -> Settings: ...

    @property
    def store(self) -> Store: ...

    @property
    def limits(self) -> Mapping[str, Limits]:
        """What each account keeps to."""

    @property
    def heartbeats(self) -> Heartbeats:
        """Whether commands are sent and timers fire."""

    @property
    def workbench(self) -> Workbench: ...

    def disk_room(self) -> Mapping[str, tuple[int, int]]:
        """`spool`, and `database` where it is a file -> (free bytes, all bytes) of the file system that it is on."""

    @property
    def ingest(self) -> Ingest: ...

    @property
    def versions(self) -> Versions: ...

    def ready(self) -> tuple[str, str]:
        """How it stands ("ready", "degraded" or "not ready") and why: whether it can accept."""

    def takes_writes(self) -> bool:
        """Whether the database took a write when `ready` last found out. A full disk, a file that became read-only and
        a standby answer reads all the same."""

    def view(self, entry_id: str, account: str | None = None, page: Page = WHOLE) -> dict[str, Any] | None:
        """A page of one call as one object, as the admin API and `ivr trace --json` give it; None when there is no
        such call. Raises ValueError for a cursor that is none."""

    def pause(self, account: str, paused: bool, by: Actor = THE_ROUTER) -> None:
        """Stop taking calls and sending, or go on; `by` is who wants it."""

    def redeliver(self, account: str, delivery_id: str, by: Actor) -> CommandRow | None:
        """Send a notification of a flow again, at once; None when there is no such one. Raises DeliveryBusy."""

    def cancel_delivery(self, account: str, delivery_id: str, by: Actor) -> CommandRow | None:
        """Do not send a notification that waits; None when there is no such one. Raises DeliveryBusy."""

    def command(self, entry_id: str, account: str | None, asked: ManualCommand, by: Actor = THE_ROUTER) -> bytes | None:
        """Queue a command by hand for a call; its object as JSON, None when there is no such call. Raises
        CommandInvalid when it does not fit, BetweenLegs when the call has no leg at present, and RequestDiffers when
        its key or its id was given with other content."""
