"""What has to be asked: the running server, and the PBX."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from time import time
from typing import Final

import msgspec
import urllib3

from router.cli.doctor.symptoms import Patient, Symptom, dubious, fine, skipped, wrong
from router.client import Mango
from router.errors import KeyRefused, MangoError, NotReached, ParametersInvalid
from router.protocol.envelope import encode_form
from router.runtime.settings import AccountSettings

TIMEOUT_SECONDS: Final = 5.0
MOST_SKEW_SECONDS: Final = 5.0
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
SENDER: Final = 3105
MISSING: Final = 3103
JOINS: Final = (("/", "one slash"), ("//", "two slashes"))
"""How the PBX may join the address of the cabinet and a path: the document's example ends with a slash."""
PATHS: Final = ("events/call", "result/route")


def server(patient: Patient) -> Iterator[Symptom]:
    """Whether the webhook answers where the PBX will knock, and as itself."""
    area = "server"
    base = (patient.url or f"http://{patient.settings.listen}").rstrip("/")
    http = urllib3.PoolManager(retries=False, timeout=TIMEOUT_SECONDS)
    account = patient.settings.accounts[0]
    try:
        ping = http.request(
            "POST", f"{base}/ping", body=encode_form(account.api_key, account.api_salt, {}), headers=FORM
        )
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        yield wrong(area, f"{base}/ping: {_plain(error)}", "start it with gunicorn wsgi:app, or name it with --url")
        return
    yield _pinged(area, f"{base}/ping", ping.status, _code(ping.data))
    if patient.url and _code(ping.data) in (1000, SENDER):
        yield from _joined(http, base, account)
    if not patient.url:
        ready = http.request("GET", f"{base}/readyz")
        reason = _field(ready.data, "reason")
        yield fine(area, "ready") if ready.status == 200 else wrong(area, f"not ready: {reason}", "see the log")


def _joined(http: urllib3.PoolManager, base: str, account: AccountSettings) -> Iterator[Symptom]:
    """Whether events and results get through as the PBX may write their addresses. What is sent is a notification with
    nothing in it: the router refuses it as such and keeps nothing."""
    body = encode_form(account.api_key, account.api_salt, {})
    for slashes, told in JOINS:
        lost = [why for path in PATHS if (why := _lost(http, f"{base}{slashes}{path}", body))]
        if lost:
            yield wrong(
                "server",
                f"joined with {told}: {'; '.join(lost)}",
                "nobody knows how the PBX joins its address and a path: let the proxy pass both spellings of /events "
                "and /result on, without a redirect",
            )
        else:
            yield fine("server", f"events and results get through, joined with {told}")


def _lost(http: urllib3.PoolManager, url: str, body: bytes) -> str:
    """Why what the PBX posts to an address does not reach the router; "" when it does."""
    try:
        answer = http.request("POST", url, body=body, headers=FORM)
    except urllib3.exceptions.HTTPError as error:
        return f"{url}: {_plain(error)}"
    return "" if _code(answer.data) in (MISSING, SENDER) else f"{url} answers HTTP {answer.status}"


def _pinged(area: str, url: str, status: int, code: int) -> Symptom:
    if status == 200 and code == 1000:
        return fine(area, f"{url} answers")
    if code == SENDER:
        return dubious(
            area,
            f"{url} refuses this machine's address, as it should refuse any but the PBX's",
            "if the PBX is refused too: behind a proxy set IVR_TRUSTED_PROXIES; compare MANGO_ALLOWED_IPS",
        )
    if code:
        return wrong(area, f"{url} answers {code}", "key and salt of this shell are not those of the server")
    return wrong(
        area, f"{url} answers HTTP {status}, and not as this program", "pass /vpbx, /events and /result on to it"
    )


def pbx(patient: Patient) -> Iterator[Symptom]:
    """Whether the key and the salt are good, and the clocks agree."""
    for account in patient.settings.accounts:
        area = f"PBX of {account.name}"
        if not patient.asks_pbx:
            yield skipped(area, "not asked", "ivr doctor --online asks for the balance, with the account's key")
        else:
            yield from _asked(account, area)


def _asked(account: AccountSettings, area: str) -> Iterator[Symptom]:
    mango = Mango(
        account.api_key, account.api_salt, api_url=account.api_url, cc_url=account.cc_url, profile=account.profile,
        limit_share=account.limit_share, patience_seconds=TIMEOUT_SECONDS,
    )  # fmt: skip
    try:
        mango.account_balance()
    except NotReached as error:
        yield wrong(area, error.message, "name, firewall and TLS of MANGO_API_URL")
        return
    except (KeyRefused, ParametersInvalid) as error:
        yield wrong(area, error.message, "MANGO_API_KEY and MANGO_API_SALT are those of the cabinet's API connector")
        return
    except MangoError as error:
        yield dubious(area, error.message, "the key is taken; the PBX does not tell its balance")
    else:
        yield fine(area, f"{account.api_url} takes the key")
    yield from _clock(account, area)


def _clock(account: AccountSettings, area: str) -> Iterator[Symptom]:
    try:
        answer = urllib3.request("HEAD", account.api_url, retries=False, timeout=TIMEOUT_SECONDS)
        ahead = time() - parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
    except (urllib3.exceptions.HTTPError, ValueError):
        return
    told = f"the clocks differ by {abs(ahead):.0f} s"
    if abs(ahead) <= MOST_SKEW_SECONDS:
        yield fine(area, told)
    else:
        yield dubious(area, told, "set this machine's clock by NTP: opening hours and deadlines go by it")


def _code(body: bytes) -> int:
    found = _field(body, "code")
    return found if isinstance(found, int) else 0


def _field(body: bytes, name: str) -> object:
    try:
        told = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    return told.get(name) if isinstance(told, dict) else None


def _plain(error: Exception) -> str:
    return type(error).__name__ if not isinstance(error, urllib3.exceptions.NewConnectionError) else "nobody listens"
