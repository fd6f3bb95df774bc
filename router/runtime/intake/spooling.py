"""Events while the database is away: kept in a spool on the local disk, answered, and taken in when it is back.

An event that the database does not take within a bounded time goes to the spool. From then on, until the spool is
empty again, every event of this machine goes there at once: no event waits for a database that is known to be away, and
what comes later cannot overtake what came before. Whichever process gets there first tries the oldest one again, a few
times a second; that is the probe, too.

What always holds: an event is answered only when the database or the spool has it on disk. It takes effect once however
often the spool hands it over, since the journal knows its key. It is taken in at the instant when it came: timers that
were due before it fire before it, and a command that comes of it has the deadline that it would have had, so what can
no longer help expires and is not sent. Bodies are sealed: the spool tells no number and no digit.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Final, Protocol

import msgspec

from router.engine.environment import Sealer
from router.errors import SpoolUnavailable, StoreUnavailable
from router.logs import get_logger
from router.protocol.events import Event
from router.runtime.background import Background
from router.runtime.intake.ingest import Ingest, Notification, Received
from router.runtime.monitoring.outage import database_away, database_is_away

SPOOLED: Final = "spooled"
PROBE_SECONDS: Final = 0.2
ANSWER_SECONDS: Final = 2.4
"""How long an event waits for the database's turn and the spool's together. The PBX is answered within 2.5 s."""

LONG_SECONDS: Final = 1.0
"""After so long a wait in vain for both, what has queued up behind it does not wait for the database again."""

BRIEFLY: Final = 0.2  # seconds that the spool's turn is waited for while the database may take the event instead

log = get_logger()


class Spool(Protocol):
    """Records on the local disk, in the order of their coming, shared by the processes of this machine."""

    def is_empty(self) -> bool:
        """Whether nothing waits; costs nothing."""

    def append(self, records: Sequence[bytes], seconds: float) -> None:
        """Keep records, all or none; on disk when it returns. Raises SpoolUnavailable, at the latest when others have
        kept the turn to write for so long."""

    def probe(self) -> None:
        """Try to keep something, as an event would be kept, and take it back. Raises SpoolUnavailable."""

    def drain(self, take: Callable[[Sequence[bytes]], Sequence[bytes]]) -> None:
        """Hand over all that waits, in order, until nothing does; `take` answers what can never be taken. What it
        raises ends the draining and keeps the rest. Does nothing while another process is at it."""

    def waiting(self) -> int:
        """How many records wait."""

    def set_aside(self) -> int:
        """How many files could not be taken and wait for people."""


class NoSpool:
    """For a router that takes no events in: nothing waits, and nothing is kept."""

    def is_empty(self) -> bool:
        return True

    def append(self, records: Sequence[bytes], seconds: float) -> None:
        raise SpoolUnavailable("there is no spool")

    def probe(self) -> None:
        raise SpoolUnavailable("there is no spool")

    def drain(self, take: Callable[[Sequence[bytes]], Sequence[bytes]]) -> None:
        """There is nothing to hand over."""

    def waiting(self) -> int:
        return 0

    def set_aside(self) -> int:
        return 0


NO_SPOOL: Final = NoSpool()


class _Sealed(msgspec.Struct, frozen=True):
    """A record of the spool."""

    account: str
    content: str


class _Ending(Exception):
    """The process ends: draining stops between two transactions."""


class Spooling:
    """Takes events in as `Ingest` does, and goes on doing so while the database is away.

    `now` yields Unix seconds; `spooled` is told of each event that went to the spool.
    """

    def __init__(
        self,
        ingest: Ingest,
        spool: Spool,
        sealers: Mapping[str, Sealer],
        *,
        now: Callable[[], float],
        spooled: Callable[[], object],
    ) -> None:
        self._ingest = ingest
        self._spool = spool
        self._sealers = sealers
        self._now = now
        self._spooled = spooled
        self._is_empty = spool.is_empty
        self._hopeless_until = 0.0
        self.trouble = ""  # why this process could not take in what waits, when it tried last
        self._stopping = threading.Event()
        self._background = Background("spool", self._run)

    def accept(self, account: str, path: str, event: Event, body: str, dedupe: str, digest: bytes) -> str:
        """Take one event in; answers stored, duplicate, conflict or spooled. Raises StoreUnavailable when neither the
        database nor the spool keeps it."""
        notification = Notification(account=account, path=path, event=event, body=body, dedupe=dedupe, digest=digest)
        (outcome,) = self.accept_all([notification])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def accept_all(self, notifications: Sequence[Notification]) -> list[str | Exception]:
        """Take several in; for each what `accept` answers, or what it would raise."""
        came, until = self._now(), monotonic() + ANSWER_SECONDS
        is_hopeless = monotonic() < self._hopeless_until
        if notifications and (is_hopeless or not self._is_empty()):
            try:
                is_away = database_is_away() and not is_hopeless
                return self._keep(came, notifications, ANSWER_SECONDS if is_away else BRIEFLY)
            except SpoolUnavailable as error:  # then better out of their turn than refused
                if is_hopeless or monotonic() >= until:
                    self._note_wait(until)
                    return [StoreUnavailable(error.message) for _ in notifications]
        try:
            outcomes = self._ingest.accept_all(notifications)
        except StoreUnavailable as away:
            outcomes = [away for _ in notifications]
        for outcome in outcomes:
            if isinstance(outcome, StoreUnavailable):
                return self._keep_refused(came, until, notifications, outcomes, outcome)
        return outcomes

    def is_empty(self) -> bool:
        """Whether no event waits, on this machine."""
        return self._is_empty()

    def standing(self) -> tuple[int, int]:
        """(events that wait, files that were set aside), for people."""
        return self._spool.waiting(), self._spool.set_aside()

    def probe(self) -> None:
        """Whether the spool would keep the next event. Raises SpoolUnavailable."""
        self._spool.probe()

    def start(self) -> None:
        """Take in what waits, in a thread of this process, until `stop`."""
        self._background.start()

    def stop(self) -> None:
        """End between two transactions; what still waits is kept."""
        self._background.stop()

    def drain(self) -> int:
        """Take in all that waits; answers how many events that were. Raises StoreUnavailable when the database is
        (still) away, and OSError when the spool cannot be read."""
        taken = 0

        def take(records: Sequence[bytes]) -> Sequence[bytes]:
            nonlocal taken
            if self._stopping.is_set():
                raise _Ending
            refused = self._take(records)
            taken += len(records) - len(refused)
            return refused

        self._spool.drain(take)
        return taken

    # inside

    def _keep_refused(
        self,
        came: float,
        until: float,
        notifications: Sequence[Notification],
        outcomes: list[str | Exception],
        away: StoreUnavailable,
    ) -> list[str | Exception]:
        """Spool those that the database did not take, for the reason `away`."""
        database_away(away, "events")
        pairs = zip(notifications, outcomes, strict=True)
        refused = [notification for notification, outcome in pairs if isinstance(outcome, StoreUnavailable)]
        try:
            kept = iter(self._keep(came, refused, until - monotonic()))
        except SpoolUnavailable as error:
            nowhere = StoreUnavailable(f"{away.message}; {error.message}")
            kept = iter([nowhere for _ in refused])
            self._note_wait(until)
        return [next(kept) if isinstance(outcome, StoreUnavailable) else outcome for outcome in outcomes]

    def _note_wait(self, until: float) -> None:
        """It was in vain."""
        if until - monotonic() < ANSWER_SECONDS - LONG_SECONDS:
            self._hopeless_until = monotonic() + LONG_SECONDS

    def _keep(self, came: float, notifications: Sequence[Notification], seconds: float) -> list[str | Exception]:
        self._spool.append([self._sealed(Received(at=came, notification=one)) for one in notifications], seconds)
        self._spooled()
        return [SPOOLED for _ in notifications]

    def _sealed(self, received: Received) -> bytes:
        account = received.notification.account
        content = self._sealers[account].seal(msgspec.json.encode(received).decode())
        return msgspec.json.encode(_Sealed(account, content))

    def _take(self, records: Sequence[bytes]) -> Sequence[bytes]:
        """One transaction for all; if one of them is to blame for its failing, each gets one of its own."""
        opened = [self._open(record) for record in records]
        try:
            self._ingest.take_late([received for received in opened if received is not None])
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("spooled events are taken in one by one")
            return [record for record, received in zip(records, opened, strict=True) if not self._is_taken(received)]
        return [record for record, received in zip(records, opened, strict=True) if received is None]

    def _is_taken(self, received: Received | None) -> bool:
        if received is None:
            return False
        try:
            self._ingest.take_late([received])
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("a spooled event cannot be taken in", account=received.notification.account)
            return False
        return True

    def _open(self, record: bytes) -> Received | None:
        """None for what is not ours: an account that is gone, or a salt that was changed meanwhile."""
        try:
            sealed = msgspec.json.decode(record, type=_Sealed)
            return msgspec.json.decode(self._sealers[sealed.account].open(sealed.content), type=Received)
        except (msgspec.DecodeError, KeyError) as error:
            log.error("a spooled event cannot be read: its account or its salt is gone",
                      error=f"{type(error).__name__}: {error}")  # fmt: skip
            return None

    def _run(self, stop: threading.Event) -> None:
        self._stopping = stop
        while not stop.wait(PROBE_SECONDS):
            if not self._is_empty():
                self._try_to_drain()

    def _try_to_drain(self) -> None:
        try:
            if taken := self.drain():
                log.warning("the spool is empty: the events that waited have been taken in", events=taken)
        except _Ending:
            return
        except StoreUnavailable as error:
            self.trouble = error.message
        except Exception as error:  # the next try may find it better
            self.trouble = repr(error)
            log.exception("the spool cannot be emptied")
        else:
            self.trouble = ""
