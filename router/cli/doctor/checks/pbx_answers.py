"""The PBX: whether it can be reached, takes the key and the salt, and has the same time.

A PBX that is broken says so in many ways (500, a page, a redirect, garbage, silence), none of which says anything about
the key.
"""

import secrets
import threading
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import monotonic, time
from typing import Final

from router.bootstrap.store_clock import StoreClock
from router.catalogue.methods import METHODS
from router.cli.doctor.checks.clocks import clock_difference
from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis, dubious, fine, several, skipped, wrong
from router.cli.doctor.each_account import each_account
from router.cli.doctor.probe import Heard, Prober
from router.client.failures import failure
from router.config.settings import AccountSettings
from router.errors import BillingRefused, KeyRefused, MangoError, ParametersInvalid, StoreUnavailable
from router.protocol.peer_words import words_of
from router.runtime.limits.limiter import Limits
from router.runtime.limits.pauses import pause_of
from router.runtime.outbox.acquire import Query, WithinLimits
from router.runtime.ports import Store
from router.sender.command_sender import classify

METHOD: Final = METHODS["account/balance"]
THREADS: Final = 8
TURN_SECONDS: Final = 1.0
BROKEN: Final = 500
MOST_QUOTED: Final = 120
ELSEWHERE: Final = "compare MANGO_API_URL with the vendor's address, and look at what stands between"


def pbx(deployment: Deployment) -> Iterator[Diagnosis]:
    """Each account's key is asked for its balance, within the limits that the router keeps."""
    if not deployment.asks_pbx:
        names = several([account.name for account in deployment.accounts])
        remedy = "ivr doctor --online asks for the balance, with the account's key"
        yield skipped(f"PBX of {names}", "not asked", remedy)
        return
    store = _shared_limits(deployment)
    silent = Silent()

    def examine(account: AccountSettings) -> Iterator[Diagnosis]:
        yield from _asked(account, store, silent)

    yield from each_account(
        deployment.accounts, examine, area="PBX", asked="key and salt", hangs=ELSEWHERE, until=deployment.until - 0.7,
        threads=THREADS,
    )  # fmt: skip


def _shared_limits(deployment: Deployment) -> Store | None:
    """The database for the limits that the router keeps, too; None when none has written to it yet: the lock that goes
    with writing to SQLite's file is not ours to make."""
    if deployment.is_sqlite and not Path(f"{deployment.database_file}-lock").exists():
        return None
    return deployment.store.get(min(deployment.until, monotonic() + TURN_SECONDS))


class Silent:
    """Addresses that gave no answer, and why: of thousands of accounts only the first waits for each."""

    def __init__(self) -> None:
        self._faults: dict[str, str] = {}
        self._lock = threading.Lock()

    def get(self, url: str) -> str:
        with self._lock:
            return self._faults.get(url, "")

    def note(self, url: str, fault: str) -> None:
        with self._lock:
            self._faults[url] = fault


def _asked(account: AccountSettings, store: Store | None, silent: Silent) -> Iterator[Diagnosis]:
    area = f"PBX of {account.name}"
    if not (account.api_key and account.api_salt):
        yield skipped(area, "not asked: key or salt are not there", "mend the configuration")
        return
    if fault := silent.get(account.api_url):
        yield _unheard(area, account.api_url, fault)
        return
    if store is not None and (barred := _barred(account, store)):
        yield dubious(area, f"not asked: {barred}", "ask again later; ivr limits tells more")
        return
    heard = Prober().post(f"{account.api_url}{METHOD.path}", account)
    if heard.fault:
        silent.note(account.api_url, heard.fault)
        yield _unheard(area, account.api_url, heard.fault)
        return
    yield _heard(area, account, heard)
    if (ahead := _ahead(heard)) is not None:
        yield clock_difference(area, ahead, "the PBX's")


def _barred(account: AccountSettings, store: Store) -> str:
    """Why the key may not be used now; "" when it may, and then a slot of its limits is taken. While the account is
    paused by hand the router sends nothing, so there is nothing to share."""
    limits = WithinLimits(store, Limits(overrides=account.limits, share=account.limit_share), StoreClock(store))
    claim = Query(
        account=account.name, command=METHOD.name, command_id=f"doctor-{secrets.token_urlsafe(9)}", attempts=1
    )
    try:
        with store.snapshot() as reading:
            if reading.serving(account.name).paused:
                return ""
            paused_until, reason = pause_of(reading, account.name)
            if paused_until > reading.now:
                return f"the key pauses for {paused_until - reading.now:.0f} s: {reason}"
        return "" if limits.wait(claim, store.now() + TURN_SECONDS) else "the limits leave no room"
    except StoreUnavailable:  # told elsewhere
        return ""


def _unheard(area: str, url: str, fault: str) -> Diagnosis:
    return wrong(area, f"{url}: {fault}", "name, firewall, proxy and TLS of MANGO_API_URL")


def _heard(area: str, account: AccountSettings, heard: Heard) -> Diagnosis:
    """What an answer says of the key, and whether it is the PBX's at all."""
    url = account.api_url
    answer = classify(heard.status, heard.body)
    if answer.kind == "accepted" and not answer.reason:
        return fine(area, f"{url} takes the key")
    if answer.reason in ("broken-off", "html", "garbage", "redirect") or not (answer.code or _is_its_word(heard)):
        return wrong(area, f"{url} {_nonsense(heard, answer.reason)}", ELSEWHERE)
    error: MangoError = failure(METHOD.name, answer)
    if answer.kind == "limited":
        return dubious(area, error.message, "somebody else uses the key: MANGO_LIMIT_SHARE")
    if isinstance(error, KeyRefused | ParametersInvalid):
        remedy = "MANGO_API_KEY and MANGO_API_SALT are those of the cabinet's API connector; its allowed addresses, too"
        return wrong(area, error.message, remedy)
    if isinstance(error, BillingRefused):
        return wrong(area, error.message, "the key is taken; the vendor's account is blocked, or out of money")
    return dubious(area, error.message, "the key is taken; the PBX does not tell its balance")


def _is_its_word(heard: Heard) -> bool:
    """Whether an answer without a code is one that the PBX gives: 401 without a body, 429 and 503 in its own words."""
    if heard.status == 401:
        return True
    return heard.status in (429, 503) and heard.said("status") is not None


def _nonsense(heard: Heard, reason: str) -> str:
    """An answer that is not the PBX's, in words."""
    status = heard.status
    if reason == "redirect" or 300 <= status < 400:
        where = heard.headers.get("Location") or heard.headers.get("location") or "nowhere"
        return f"answers HTTP {status}, a redirect to {where}: that is not the API"
    if heard.body is None:
        return f"answers HTTP {status}, and the answer broke off or is longer than any of the PBX's"
    words = words_of(heard.body.decode(errors="replace"))[:MOST_QUOTED]
    quoted = f': "{words}"' if words else " and nothing else"
    if status >= BROKEN:
        return f"is broken: it answers HTTP {status}{quoted}"
    if reason == "html":
        return f"answers HTTP {status} with a page of HTML, which is no answer of the API{quoted}"
    if status == 200:
        return f"answers HTTP 200 with garbage, which is no answer of the API{quoted}"
    return f"answers HTTP {status} without a code of the API{quoted}"


def _ahead(heard: Heard) -> float | None:
    """By how many seconds the PBX's clock is later than ours; None when it does not tell."""
    told = heard.headers.get("Date") or heard.headers.get("date") or ""
    try:
        return parsedate_to_datetime(told).timestamp() - time()
    except (ValueError, TypeError, OverflowError):
        return None
