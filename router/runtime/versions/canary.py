"""Trying a version on a share of the callers before all get it, and taking it back when it does worse.

A caller is in the share or not, by his number and the version: he who calls again gets the same rules again. Whoever
hides his number is drawn anew for each call. Both versions are watched over the same hours, so that a busy evening or a
PBX in trouble is no verdict on the new one; what counts is the difference between the two groups.

What is compared, over the calls that began since the canary did and are over: how many callers hung up before anybody
took them, and how many calls had a command that failed. The canary ends by itself when one of the two shares is higher
than the active version's by at least `LEAST_DIFFERENCE`, and by more than chance explains (two proportions, one-sided,
`Z`). No watcher owns a canary: every worker looks, and the one that changes the row first has done it.
"""

import threading
from hashlib import blake2b
from math import erf, sqrt
from typing import Final

import msgspec

from router.engine.state import Call
from router.errors import StoreUnavailable
from router.logs import get_logger
from router.protocol.events import LegChanged
from router.runtime.administration.audit import ROLLBACK, THE_ROUTER, note
from router.runtime.background import Background
from router.runtime.monitoring.outage import database_away
from router.runtime.ports import Store
from router.runtime.records import ActiveVersion, Figures

LEAST_CALLS: Final = 20  # of the canary, before anything is said about it
LEAST_DIFFERENCE: Final = 0.05
Z: Final = 2.576  # one chance in two hundred to take back a version that is as good
LOOK_SECONDS: Final = 2.0

log = get_logger()


def version_for(serving: ActiveVersion, call: Call, event: object) -> str | None:
    """The version that takes this journey, should a flow of it want to: None when nothing may be taken."""
    if serving.paused:
        return None
    if not serving.canary:
        return serving.active
    return serving.canary if _lot(serving.canary, _caller(call, event)) < serving.share else serving.active


def _caller(call: Call, event: object) -> str:
    """Who calls, of what is known: the event at hand, and those that were held back until their turn came."""
    held = (waiting.event for counter in call.counters.values() for waiting in counter.held)
    legs = [leg for leg in (event, *held) if isinstance(leg, LegChanged)]
    first = min(legs, key=lambda leg: leg.seq, default=None)
    number = (first.from_number or first.from_extension) if first is not None else ""
    return number or call.entry_id


def _lot(version: str, caller: str) -> float:
    """0 to 1, evenly spread over callers and versions."""
    return int.from_bytes(blake2b(f"{version} {caller}".encode(), digest_size=8).digest()) / 2**64


def read_share(text: str) -> float | None:
    """`10%` as 0.1; None when it is no share between 0% and 100%."""
    number = text.removesuffix("%")
    try:
        share = float(number) / 100 if number.isascii() else 0.0
    except ValueError:
        return None
    return share if 0 < share < 1 and number != text else None


def verdict(active: Figures, canary: Figures) -> str:
    """Why the canary has to end, as a sentence; "" while nothing speaks against it."""
    if canary.calls < LEAST_CALLS or not active.calls:
        return ""
    compared = (("callers hung up unanswered", active.missed, canary.missed),
                ("calls had a failed command", active.failing, canary.failing))  # fmt: skip
    for what, before, now in compared:
        if _is_worse(before, active.calls, now, canary.calls):
            return f"{now} of {canary.calls} {what}, and {before} of {active.calls} on the active version"
    return ""


def _is_worse(before: int, before_of: int, now: int, now_of: int) -> bool:
    difference = now / now_of - before / before_of
    if difference < LEAST_DIFFERENCE:
        return False
    together = (before + now) / (before_of + now_of)
    spread = sqrt(together * (1 - together) * (1 / before_of + 1 / now_of))
    return spread == 0 or difference / spread > Z


def certainty(before: int, before_of: int, now: int, now_of: int) -> float | None:
    """How sure it is that two shares differ and not only their samples: one less the p-value of the two-sided test for
    two proportions. None while either side has no calls."""
    if not before_of or not now_of:
        return None
    together = (before + now) / (before_of + now_of)
    spread = sqrt(together * (1 - together) * (1 / before_of + 1 / now_of))
    return erf(abs(now / now_of - before / before_of) / spread / sqrt(2)) if spread else 0.0


class CanaryWatch:
    """Looks after the canaries of all accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._background = Background("canaries", self._run)

    def start(self) -> None:
        """Run in a thread of this process until `stop`."""
        self._background.start()

    def stop(self) -> None:
        self._background.stop()

    def look(self) -> None:
        """Judge every canary once."""
        for account, activation in self._store.active_versions().items():
            if activation.canary and activation.version:
                self._judge(account, self._store.serving(account), activation.version)

    def _judge(self, account: str, serving: ActiveVersion, active: str) -> None:
        of_active, of_canary = (
            self._store.figures(account, version, serving.since) for version in (active, serving.canary)
        )
        why = verdict(of_active, of_canary)
        if not why:
            return
        with self._store.transaction() as tx:
            if tx.serving(account) != serving:
                return  # another process was first, or it was decided by hand meanwhile
            tx.save_serving(account, msgspec.structs.replace(serving, canary="", share=0.0, since=0.0))
            tx.note_version(account, serving.canary, f"taken back: {why}")
            by, ended = msgspec.structs.replace(THE_ROUTER, reason=why), [serving.canary, ""]
            note(tx, by, ROLLBACK, account=account, subject=active, canary=ended, share=[serving.share, 0.0])
        log.error("the canary was taken back", account=account, version=serving.canary, why=why)

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_SECONDS):
            try:
                self.look()
            except StoreUnavailable as error:
                database_away(error, "canaries")
            except Exception:
                log.exception("canaries could not be judged")
