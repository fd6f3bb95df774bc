"""What the log says of refusals: one line for each account, reason and sender, with a count and with what to do."""

from collections.abc import Mapping
from typing import Final

from router.history.journal import NOTIFY, CommandRow
from router.logs import get_logger
from router.runtime.outbound_ports import Answer

NOTIFICATION_ADVICE: Final[Mapping[str, str]] = {  # why a notification was refused -> what to do
    "wrong-sign": "is the account's salt (MANGO_API_SALT) the one that the cabinet shows? While it is changed there,"
    " MANGO_SALT_OLD keeps the other one valid",
    "unknown-key": "is the account's key (MANGO_API_KEY) the one that the cabinet shows, and is it this router's?",
    "unknown-sender": "if the PBX sends from there, add it to MANGO_ALLOWED_IPS; behind a proxy, name the proxy"
    " in IVR_TRUSTED_PROXIES",
    "missing-parameter": "this is not what the PBX sends: who is it, and what does a proxy in between take away?",
    "malformed-parameter": "this is not what the PBX sends: who is it, and what does a proxy in between change?",
    "wrong-method": "notifications come by POST: who else knows the address?",
    "too-large": "no notification is so large; if it is the PBX's all the same, raise IVR_MAX_BODY",
}
ANSWERS: Final[Mapping[str, str]] = {  # kind of an answer -> what is wrong
    "refused": "the PBX refused a command",
    "banned": "the PBX refuses the key",
    "limited": "the PBX takes no more requests for now",
    "not_sent": "the PBX cannot be reached",
    "unclear": "the PBX gave no clear answer",
    "accepted": "the PBX gave an answer that is none of its own",
}
ANSWER_ADVICE: Final[Mapping[str, str]] = {  # the reason of an answer, or its kind -> what to do
    "3102": "is MANGO_API_SALT the one that the cabinet shows?",
    "3105": "is MANGO_API_KEY the one that the cabinet shows?",
    "refused": "`ivr commands --state failed` and `ivr trace ENTRY_ID` show the command and the PBX's own words",
    "banned": "are key and salt those of the cabinet? After invalid commands the PBX blocks a key for two minutes",
    "limited": "does another integration use the key? Then set MANGO_LIMIT_SHARE to our part",
    "not_sent": "is MANGO_API_URL right, and does this machine reach it? `ivr doctor` tries",
    "tls": "TLS does not come about: certificates of this machine, its clock, or a proxy in between",
    "dns": "the name in MANGO_API_URL is not found from this machine",
    "html": "MANGO_API_URL leads to a page for people, not to the API",
    "unclear": "`ivr doctor` tries the API; the state of such a command is `unknown` until its result comes",
    "accepted": "is MANGO_API_URL the API's address, and does a proxy in between answer for it?",
}
MOST_SAID: Final = 200

log = get_logger()


def tell_refused_notification(account: str, reason: str, sender: str, message: str) -> None:
    """A notification was refused; `message` is ours and says why."""
    advice = NOTIFICATION_ADVICE.get(reason, "who sends this?")
    log.warning("a notification was refused", account=account, reason=reason, sender=sender, count=1,
                why=message, advice=advice)  # fmt: skip


def tell_odd_answer(row: CommandRow, answer: Answer) -> None:
    """A request for a command had no plain yes for an answer."""
    if row.command == NOTIFY:
        log.warning("a webhook of the flows' author does not take a notification", account=row.account,
                    reason=answer.reason or str(answer.status), count=1, entry_id=row.entry_id,
                    command_id=row.command_id, advice="it is asked again for a day")  # fmt: skip
        return
    reason = answer.reason or answer.kind
    advice = ANSWER_ADVICE.get(reason) or ANSWER_ADVICE.get(answer.kind, "")
    key = row.command if answer.kind == "refused" else ""
    said = answer.body[:MOST_SAID] if answer.kind == "refused" else ""
    log.warning(ANSWERS.get(answer.kind, answer.kind), account=row.account, reason=reason, key=key, count=1,
                command=row.command, entry_id=row.entry_id, command_id=row.command_id, status=answer.status,
                said=said, advice=advice)  # fmt: skip


def tell_invalid_command(row: CommandRow) -> None:
    """A command does not fit its schema, so it was never sent."""
    log.warning("a command does not fit the PBX's rules and is not sent", account=row.account, reason="invalid",
                key=row.command, count=1, command=row.command, entry_id=row.entry_id, command_id=row.command_id,
                why=row.reason, advice="`ivr trace ENTRY_ID` shows the step that asked for it")  # fmt: skip
