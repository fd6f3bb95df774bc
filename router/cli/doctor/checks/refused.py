"""What was refused within the last hour: notifications by the router, commands by the PBX.

The API tells it with senders. Where it is closed to this shell, the metrics tell the sums since the router's start.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final

from router.cli.doctor.checks.running_router import own_address
from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis, dubious, several, skipped, wrong
from router.cli.doctor.probe import Heard, Prober
from router.protocol.codes import meaning

NOTIFICATION: Final = "notification"
HOUR: Final = "in the last hour"
EVER: Final = "since the router started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a reason says."""

    words: str
    remedy: str
    is_error: bool = True  # the PBX itself is refused, or refuses


NOTIFICATIONS: Final[Mapping[str, Meaning]] = {
    "wrong-sign": Meaning(words="wrong sign", remedy="is MANGO_API_SALT the one of the cabinet?"),
    "unknown-key": Meaning(words="unknown key", remedy="is MANGO_API_KEY the one of the cabinet?"),
    "unknown-sender": Meaning(
        words="not an allowed address",
        remedy="strangers should be; if one is the PBX or your proxy: MANGO_ALLOWED_IPS, IVR_TRUSTED_PROXIES",
        is_error=False,
    ),
    "too-large": Meaning(words="too large", remedy="compare IVR_MAX_BODY"),
    "wrong-method": Meaning(words="not sent by POST", remedy="somebody else knocks there", is_error=False),
}
OTHER_NOTIFICATION: Final = Meaning(words="", remedy="the log names one of them", is_error=False)
A_PROXY: Final = "that is an address of your own: name the proxy in IVR_TRUSTED_PROXIES"
COMMANDS: Final[Mapping[str, Meaning]] = {
    "html": Meaning(words="a page of HTML", remedy="something stands between here and the PBX: compare MANGO_API_URL"),
    "garbage": Meaning(words="no JSON", remedy="something stands between here and the PBX: compare MANGO_API_URL"),
    "redirect": Meaning(words="a redirect", remedy="compare MANGO_API_URL with the vendor's address"),
    "timeout": Meaning(words="no answer in time", remedy="the PBX or the way to it is slow: ivr doctor --online"),
    "closed": Meaning(words="the connection was closed", remedy="ivr doctor --online"),
    "broken-off": Meaning(words="the answer broke off", remedy="ivr doctor --online"),
    "tls": Meaning(words="TLS fails", remedy="ivr doctor --online says which certificate is wrong, and how"),
    "dns": Meaning(words="the name cannot be looked up", remedy="compare MANGO_API_URL, and the name servers"),
    "connection-refused": Meaning(words="nobody listens there", remedy="compare MANGO_API_URL, and the firewall"),
    "connect-timeout": Meaning(words="the host does not answer", remedy="compare MANGO_API_URL, and the firewall"),
    "3102": Meaning(words="wrong sign (3102)", remedy="is MANGO_API_SALT the one of the cabinet?"),
    "3105": Meaning(words="unknown key (3105)", remedy="is MANGO_API_KEY the one of the cabinet?"),
    "http-401": Meaning(words="HTTP 401", remedy="the key is wrong, or blocked after invalid commands: ivr limits"),
    "http-503": Meaning(words="over the limit", remedy="who else uses the key? MANGO_LIMIT_SHARE", is_error=False),
    "http-429": Meaning(words="over the limit", remedy="who else uses the key? MANGO_LIMIT_SHARE", is_error=False),
}


@dataclass(slots=True, kw_only=True)
class Sum:
    """What was refused alike."""

    count: int = 0
    subjects: list[str] = field(default_factory=list)  # senders, or commands


def refusals(deployment: Deployment) -> Iterator[Diagnosis]:
    """Of the router that listens here; one that does not answer is told elsewhere, unless --url was asked there."""
    base = own_address(deployment)
    if not base:
        return
    prober, token = Prober(), deployment.settings.admin_token
    heard = prober.get(f"{base}/api/refusals", {"Authorization": f"Bearer {token}"} if token else None)
    listed = heard.said("refusals")
    if isinstance(listed, list):
        yield from _told(_from_api(listed), HOUR)
    elif heard.status in (401, 403, 429):
        yield skipped("refused", f"the API does not say what was refused: HTTP {heard.status}", "set IVR_ADMIN_TOKEN")
        yield from _told(_from_metrics(prober.get(f"{base}/metrics")), EVER)
    elif deployment.url:
        told = f"what was refused is not known: no router answers at {base}"
        yield skipped("refused", told, "run ivr doctor beside the router, with its IVR_LISTEN")


Key = tuple[str, str, str]  # what, account, reason


def _from_api(listed: list[Any]) -> dict[Key, Sum]:
    sums: dict[Key, Sum] = {}
    for one in listed:
        if isinstance(one, dict) and isinstance(one.get("count"), int):
            key = (str(one.get("what")), str(one.get("account")), str(one.get("reason")))
            found = sums.setdefault(key, Sum())
            found.count += one["count"]
            found.subjects.append(str(one.get("sender", one.get("command", ""))))
    return sums


_sample = re.compile(r"^ivr_(events|commands)_total\{(.*)\} ([0-9.e+]+)$")
_label = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
FINAL: Final = frozenset({"refused", "banned", "unclear", "not_sent", "limited"})


def _from_metrics(heard: Heard) -> dict[Key, Sum]:
    sums: dict[Key, Sum] = {}
    for line in (heard.body or b"").decode(errors="replace").splitlines():
        if (match := _sample.match(line)) is None:
            continue
        labels = dict(_label.findall(match[2]))
        if labels.get("outcome") in FINAL and labels.get("reason") and float(match[3]):
            what = NOTIFICATION if match[1] == "events" else "command"
            found = sums.setdefault((what, labels.get("account", ""), labels["reason"]), Sum())
            found.count += int(float(match[3]))
            found.subjects.append(labels.get("command", ""))
    return sums


def _told(sums: Mapping[Key, Sum], when: str) -> Iterator[Diagnosis]:
    """The most frequent first."""
    for (what, account, reason), found in sorted(sums.items(), key=lambda pair: -pair[1].count)[:20]:
        yield (
            _of_notifications(account, reason, found, when)
            if what == NOTIFICATION
            else _of_commands(account, reason, found, when)
        )


def _of_notifications(account: str, reason: str, found: Sum, when: str) -> Diagnosis:
    meant = NOTIFICATIONS.get(reason, OTHER_NOTIFICATION)
    senders = sorted({subject for subject in found.subjects if subject})
    by = f" (from {several(senders)})" if senders else ""
    told = f"{_counted(found.count, 'notification')} refused {when}: {meant.words or reason}{by}"
    area = f"refused by {account}" if account else "refused"
    if reason == "unknown-sender" and senders and all(map(_is_own, senders)):
        return wrong(area, told, A_PROXY)
    return wrong(area, told, meant.remedy) if meant.is_error else dubious(area, told, meant.remedy)


def _of_commands(account: str, reason: str, found: Sum, when: str) -> Diagnosis:
    meant = COMMANDS.get(reason) or Meaning(words=_words(reason), remedy="ivr commands --state failed tells each")
    told = f"{_counted(found.count, 'command')} refused {when}: {meant.words} ({several(sorted(set(found.subjects)))})"
    area = f"refused to {account}" if account else "refused"
    return wrong(area, told, meant.remedy) if meant.is_error else dubious(area, told, meant.remedy)


def _words(reason: str) -> str:
    return f"{reason}, {meaning(int(reason))}" if reason.isdigit() else reason


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _is_own(sender: str) -> bool:
    """Whether it is an address of this machine or of its network."""
    try:
        return ip_address(sender).is_private
    except ValueError:
        return False
