"""Delivering a notification to the webhook of a flow's author, signed so that it can be told from anybody else's.

The sign is that of Standard Webhooks, by the receiver's own secrets (`config.receivers`). What always holds:

- the id and the body of a notification are the same with each attempt, the timestamp is the attempt's;
- no redirect is followed, and of where one leads only scheme, host and port are told: the rest may repeat a secret;
- to a receiver that asked to be left alone for a while, this process sends nothing until then.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from router.config.receivers import Receiver, secrets_for
from router.engine.output_values import in_url
from router.engine.secret_marks import replace_marks, replace_marks_within
from router.protocol.codes import status_label
from router.protocol.retry_after import read_retry_after
from router.protocol.webhook_sign import receiver_of, signatures
from router.runtime.lookups.lookup_runner import Means
from router.runtime.outbound_ports import Answer, Departure, Outside, OutsideRequest, Reply

ANSWER_SECONDS: Final = 5.0
MOST_PATIENCE_SECONDS: Final = 86_400.0  # of a Retry-After
HELD: Final = "its receiver asked to be left alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What signs an account's notifications."""

    salts: Sequence[str] = field(repr=False)
    receivers: tuple[Receiver, ...] = ()


class NotificationSender:
    """`runtime.ports.Sender` for the command `notify`: accepted means that the author's webhook answered 2xx."""

    def __init__(
        self,
        accounts: Mapping[str, Means],
        signing: Mapping[str, Signing],
        outside: Outside,
        *,
        now: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._signing = signing
        self._outside = outside
        self._now = now
        self._steady = steady
        self._held: dict[tuple[str, str], float] = {}  # account and receiver -> until when, on the steady clock

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        """POST the envelope with the author's data as JSON, unless the receiver is being left alone."""
        receiver = receiver_of(params["url"])
        left = self._held.get((account, receiver), 0.0) - self._steady()
        if left > 0:
            return Answer(kind="not_sent", body=HELD, reason="held", retry_after=left, held=True)
        self._held.pop((account, receiver), None)
        answer = _answer(self._outside.fetch(self._request(account, params), ANSWER_SECONDS), self._now())
        if answer.retry_after is not None:
            self._held[account, receiver] = self._steady() + answer.retry_after
        return answer

    def _request(self, account: str, params: Mapping[str, Any]) -> OutsideRequest:
        means, signing = self._accounts[account], self._signing[account]
        secrets, open_sealed = means.secrets, means.sealer.open
        data = replace_marks_within(params["data"], secrets, open_sealed)
        envelope = params.get("envelope")  # a version before envelopes queued what has none
        body = msgspec.json.encode(data if envelope is None else {**envelope, "data": data})
        url = replace_marks(params["url"], secrets, open_sealed, in_url)
        delivery_id, timestamp = params["notification_id"], int(self._now())
        signed_by = secrets_for(url, signing.receivers, signing.salts)
        headers = {
            "webhook-id": delivery_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures(signed_by, delivery_id, timestamp, body),
            "X-IVR-Delivery": delivery_id,
        }
        return OutsideRequest(method="POST", url=url, headers=headers, body=body)


def _answer(reply: Reply, now: float) -> Answer:
    if 200 <= reply.status <= 299:  # with any body: it was taken
        return Answer(kind="accepted", status=reply.status)
    if not reply.status:
        return Answer(kind="unclear", body=reply.fault, reason="unanswered")
    asked = read_retry_after(reply.retry_after, now) if reply.status >= 400 else None
    return Answer(
        kind="refused",
        status=reply.status,
        body=receiver_of(reply.location) if 300 <= reply.status <= 399 else reply.fault,
        reason=status_label(reply.status),
        retry_after=None if asked is None else min(asked, MOST_PATIENCE_SECONDS),
    )
