"""The running router: whether its webhook answers where the PBX will knock, and whether it acts."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis, dubious, fine, skipped, wrong
from router.cli.doctor.each_account import each_account
from router.cli.doctor.probe import Heard, Prober
from router.config.settings import AccountSettings

AREA: Final = "server"
PINGED: Final = 1000
WRONG_SIGN: Final = 3102
MISSING: Final = 3103
UNKNOWN: Final = 3105
JOINS: Final = (("/", "one slash"), ("//", "two slashes"))
"""How the PBX may join the address of the cabinet and a path: the document's example ends with a slash."""
PATHS: Final = ("events/call", "result/route")
START: Final = "start it with ivr serve, or name it with --url"
ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "*": "127.0.0.1"}
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
LATE_SECONDS: Final = 5.0
HEARTBEATS: Final = {
    "ivr_dispatcher_heartbeat_age_seconds": "no command is sent",
    "ivr_timers_heartbeat_age_seconds": "no timer fires",
}


def server(deployment: Deployment) -> Iterator[Diagnosis]:
    """The ping of every account with its own salt, then what the router says of itself."""
    base = address(deployment)
    if not base:
        yield skipped(AREA, f"it listens on {deployment.settings.listen}, which cannot be asked from here", "use --url")
        return
    accounts = [account for account in deployment.accounts if account.api_key and account.api_salt]
    if accounts:
        first = Prober().post(f"{base}/ping", accounts[0])
        if first.fault:
            yield wrong(AREA, f"{base}/ping: {first.fault}", START)
            return
        yield from _pings(deployment, base, accounts)
        if deployment.url and first.code in (PINGED, UNKNOWN):
            yield from _joined(base, accounts[0])
    else:
        yield skipped(AREA, "pings are not sent: no account has key and salt here", "mend the configuration")
    if own := own_address(deployment):
        yield from _standing(own, is_ours=not deployment.url)


def address(deployment: Deployment) -> str:
    """Where the router is asked, without a slash at the end; "" when it listens on no TCP port."""
    if deployment.url:
        return deployment.url.rstrip("/")
    host, _, port = deployment.settings.listen.rpartition(":")
    if host.startswith("unix") or not port.isdigit():
        return ""
    return f"http://{ANYWHERE.get(host, host)}:{port}"


def own_address(deployment: Deployment) -> str:
    """Where the router's own paths (`/readyz`, `/api`) are asked: on this machine, also while --url names the way from
    outside, where a proxy may hide them and the token is not sent. "" when it listens on no TCP port."""
    if deployment.url:
        parts = urlsplit(deployment.url)
        if parts.hostname in LOOPBACK:
            return f"{parts.scheme}://{parts.netloc}"
    return address(replace(deployment, url=""))


def _pings(deployment: Deployment, base: str, accounts: list[AccountSettings]) -> Iterator[Diagnosis]:
    of_thread = threading.local()  # a connection that serves all

    def ping(account: AccountSettings) -> Iterator[Diagnosis]:
        if not hasattr(of_thread, "prober"):
            of_thread.prober = Prober()
        yield _pinged(f"{base}/ping", of_thread.prober.post(f"{base}/ping", account), account.name)

    yield from each_account(
        accounts,
        ping,
        area=AREA,
        asked="pings",
        hangs="look at the log, and at the processor",
        until=deployment.until - 2.0,
    )


def _pinged(url: str, heard: Heard, name: str) -> Diagnosis:
    said, code = str(heard.said("error") or ""), heard.code
    if heard.fault:
        return wrong(AREA, f"{url} for account {name}: {heard.fault}", START)
    if heard.status == 200 and code == PINGED:
        return fine(AREA, f"{url} answers, and takes the key and the salt of {name}")
    if code == UNKNOWN and said != "unknown-key":
        return dubious(
            AREA,
            f"{url} refuses this machine's address for {name}, as it should refuse any but the PBX's",
            "if the PBX is refused too: behind a proxy set IVR_TRUSTED_PROXIES; compare MANGO_ALLOWED_IPS",
        )
    if code:
        why = {UNKNOWN: "it does not know the key", WRONG_SIGN: "the salt is another"}.get(code, said)
        told = f"{url} answers {code} for account {name}{f': {why}' if why else ''}"
        return wrong(AREA, told, "key and salt of this shell are not those of the server: restart it after a change")
    return wrong(
        AREA,
        f"{url} answers HTTP {heard.status}, and not as this program",
        "pass /vpbx, /events and /result on to it; is IVR_LISTEN its address?",
    )


def _joined(base: str, account: AccountSettings) -> Iterator[Diagnosis]:
    """Whether events and results get through as the PBX may write their addresses. What is sent is a notification with
    nothing in it: the router refuses it as such and keeps nothing."""
    prober = Prober()
    for slashes, told in JOINS:
        lost = [why for path in PATHS if (why := _lost(prober, f"{base}{slashes}{path}", account))]
        if lost:
            yield wrong(
                AREA,
                f"joined with {told}: {'; '.join(lost)}",
                "nobody knows how the PBX joins its address and a path: let the proxy pass both spellings of /events "
                "and /result on, without a redirect",
            )
        else:
            yield fine(AREA, f"events and results get through, joined with {told}")


def _lost(prober: Prober, url: str, account: AccountSettings) -> str:
    """Why what the PBX posts to an address does not reach the router; "" when it does."""
    heard = prober.post(url, account)
    if heard.fault:
        return f"{url}: {heard.fault}"
    return "" if heard.code in (MISSING, UNKNOWN) else f"{url} answers HTTP {heard.status}"


def _standing(base: str, *, is_ours: bool) -> Iterator[Diagnosis]:
    """What the router says of itself: what would become of the next event, and whether anything acts on it. Unless it
    `is_ours`, the router may run on another machine: an answer that is not a router's says nothing."""
    prober = Prober()
    ready = prober.get(f"{base}/readyz")
    status, reason = ready.said("status"), str(ready.said("reason") or "")
    is_router = not ready.fault and bool(status or reason)
    if not is_router and not is_ours:
        return
    if not is_router:
        yield wrong(AREA, f"{base}/readyz: {ready.fault or f'HTTP {ready.status}, and not as this program'}", START)
    elif ready.status != 200:
        yield wrong(AREA, f"not ready: {reason}", "events are answered 503 meanwhile: see the lines above, and the log")
    elif status == "degraded" and reason.startswith(("paused", "IVR_ENABLED")):
        yield dubious(AREA, f"degraded: {reason}", "if that is not meant any more: ivr resume, or IVR_ENABLED=1")
    elif status == "degraded":
        yield wrong(AREA, f"degraded: {reason}", "events are kept and nothing acts on them: see the log")
    else:
        yield fine(AREA, "ready")
    metrics = prober.get(f"{base}/metrics")
    if metrics.status == 200:
        yield from _heartbeats((metrics.body or b"").decode(errors="replace"))


def _heartbeats(page: str) -> Iterator[Diagnosis]:
    values = dict(line.rsplit(" ", 1) for line in page.splitlines() if line.startswith(tuple(HEARTBEATS)))
    late = {name: float(value) for name, value in values.items() if float(value) >= LATE_SECONDS}
    for name, seconds in late.items():
        told = f"{HEARTBEATS[name]}: it could not read and write the database for {seconds:.0f} s"
        yield wrong(AREA, told, "see the lines of the database, and the log; restart the router if they say nothing")
    if values and not late:
        yield fine(AREA, "dispatcher and timers get on")
