"""Sending a notification to the webhook of a flow's author, signed so that it can be told from anybody else's."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from router.engine.output_values import in_url
from router.engine.secret_marks import replace_marks, replace_marks_within
from router.protocol.codes import status_label
from router.runtime.lookups.lookup_runner import Means
from router.runtime.outbound_ports import Answer, Departure, Outside, OutsideRequest

ANSWER_SECONDS: Final = 5.0


class NotificationSender:
    """`runtime.ports.Sender` for the command `notify`: accepted means that the author's webhook answered 2xx."""

    def __init__(self, accounts: Mapping[str, Means], outside: Outside) -> None:
        self._accounts = accounts
        self._outside = outside

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        """POST the data as JSON; a receiver that checks `X-IVR-Signature` and remembers `X-IVR-Delivery` takes each
        notification once."""
        means = self._accounts[account]
        secrets, open_sealed = means.secrets, means.sealer.open
        body = msgspec.json.encode(replace_marks_within(params["data"], secrets, open_sealed))
        url = replace_marks(params["url"], secrets, open_sealed, in_url)
        digest = hmac.new(means.salt.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-IVR-Signature": f"sha256={digest}", "X-IVR-Delivery": params["notification_id"]}
        request = OutsideRequest(method="POST", url=url, headers=headers, body=body)
        reply = self._outside.fetch(request, ANSWER_SECONDS)
        if 200 <= reply.status <= 299:  # with any body: it was taken
            return Answer(kind="accepted", status=reply.status)
        if not reply.status:
            return Answer(kind="unclear", body=reply.fault, reason="unanswered")
        return Answer(kind="refused", status=reply.status, body=reply.fault, reason=status_label(reply.status))
