"""The document's result codes ("Список кодов результатов"): what they mean, and which exit a route takes by them.

Codes form classes: a reader that does not know 2219 takes it for 2210, and 1090 for 1000. Everything here follows that
rule, so a code that the vendor adds later still has a meaning.
"""

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Final

SUCCESS: Final = 1000
CENTRE_UNAVAILABLE: Final = 5008
CENTRE_MEANINGS: Final = (
    "5008, which is said over the limit of 10 requests in a second (§1.4.2), and of every request when this account has"
    " no contact centre or it is out of service (§4.1)"
)

MEANINGS: Final[Mapping[int, str]] = {
    1000: "done",
    1100: "the call ended normally",
    1110: "the caller hung up",
    1111: "nobody answered in time",
    1120: "the called party hung up",
    1121: "busy",
    1122: "the called party declined",
    1123: "do not disturb",
    1124: "the employee cannot be reached",
    1130: "the called number is restricted",
    1131: "the called number cannot be reached",
    1132: "the called number is out of service",
    1133: "the called number does not exist",
    1134: "too many forwardings",
    1140: "calls to this region are switched off in the PBX",
    1150: "the calling number is restricted",
    1151: "the calling number is blacklisted",
    1152: "the calling number is not whitelisted",
    1160: "the call to the group failed",
    1161: "waiting is switched off in the PBX",
    1162: "the waiting queue is full",
    1163: "the caller waited too long in the queue",
    1164: "all operators are unavailable",
    1170: "the call ended as the PBX's scheme says",
    1171: "the PBX's scheme is misconfigured",
    1180: "a user's command ended the call",
    1181: "a command of an external system ended the call",
    1182: "another operator intercepted the call",
    1183: "a new operator was assigned",
    1190: "the called number is inactive or outside its schedule",
    1191: "the called number is switched off",
    1192: "the called number is outside its schedule",
    1200: "contact centre session error",
    1201: "too many contact centre connections",
    1202: "no such contact centre session",
    1210: "the contact centre's server takes no connections",
    1211: "the contact centre is under maintenance",
    1212: "the contact centre's server has lost its database",
    1230: "the contact centre session ended for reasons outside the user",
    1231: "the contact centre's server restarts",
    1232: "an administrator ended the session",
    1233: "an administrator ended the session and recommends to restore it",
    1234: "an administrator ended the session and recommends to stay offline",
    1235: "the contact centre's server went without its database",
    1236: "the session's credentials or number changed",
    2000: "refused by billing",
    2100: "the account cannot be accessed",
    2110: "the account is blocked",
    2120: "the account is closed",
    2130: "the account is frozen",
    2140: "the account is invalid",
    2200: "access to the account is limited",
    2210: "access is limited for this period",
    2211: "the day's quota is used up",
    2212: "the month's quota is used up",
    2220: "too many simultaneous calls or actions",
    2230: "the service is not available",
    2240: "not enough money on the account",
    2250: "billing limits how often the service is used",
    2300: "this direction is blocked",
    2400: "billing failed",
    3000: "wrong request",
    3100: "wrong parameters",
    3101: "the request was not a POST",
    3102: "wrong sign",
    3103: "a required parameter is missing",
    3104: "a parameter is malformed",
    3105: "wrong api key",
    3200: "wrong number",
    3300: "no such object",
    3310: "no such call",
    3320: "no such recording",
    3330: "the number belongs neither to the PBX nor to an employee",
    3340: "no such file",
    4000: "the action is impossible",
    4001: "the command is not supported",
    4002: "the recording was too short to keep",
    4100: "the PBX cannot do this to the call now",
    4101: "the call is over or does not exist",
    4102: "the conversation is already recorded",
    4200: "the called party cannot be reached now",
    4300: "the SMS could not be sent",
    4301: "the SMS expired",
    4391: "the SMS was lost by the other operator",
    4392: "the SMS was rejected by the other operator",
    4393: "the SMS was cancelled by the other operator",
    4400: "the participant cannot join the conference",
    4401: "hardware fault",
    4402: "the conference service is unavailable",
    4403: "the conference service lacks resources",
    4404: "the conference is full",
    4405: "the conference room's settings forbid the connection",
    4500: "refused by the security system",
    4501: "too many calls in a short time",
    4502: "the calling number is on the blacklist of incoming numbers",
    4503: "the file is too large",
    4504: "the file's size cannot be told",
    4505: "the file's format is not allowed",
    5000: "server error",
    5001: "the switch restarted because of a limit",
    5002: "the switch was restarted by its operators",
    5003: "technical fault in the switch",
    5004: "the switch cannot use its database",
    5007: "a system behind the switch failed",
    5008: "the contact centre's request limit is exceeded",  # §1.4.2
    5101: "the contact centre is not part of the product",
    5102: "too many active campaigns",
    5103: "too many campaigns",
    5105: "the campaign's author does not exist",
    5106: "the campaign's state takes no tasks",
    5107: "too many tasks in the campaign",
    5201: "the service is not connected",  # §2.3
    5202: "a scheme leads to the group or employee",  # §3.6.5, like the next two
    5203: "a routing by the caller's number leads to the group or employee",
    5204: "a callback widget leads to the group or employee",
    5212: "no active numbers",
    6000: "the fax was not delivered",
    6010: "technical fault in the fax service",
    6011: "the fax number was unreachable for an hour",
    6012: "the fax number does not exist",
    6013: "no fax machine at that number",
    6014: "the recipient refused the fax",
    6100: "the fax could not be converted",
    6101: "the fax's source file is too large",
    6102: "the fax has too many pages",
}

BUSY: Final = "busy"
NO_ANSWER: Final = "no_answer"
REJECTED: Final = "rejected"
UNAVAILABLE: Final = "unavailable"
CALLER_LEFT: Final = "caller_left"
REPLACED: Final = "replaced"
FAILED: Final = "failed"

# The first pattern that matches counts, so single codes stand before the classes that hold them.
OUTCOMES: Final = (
    ("1121", BUSY),
    ("1111", NO_ANSWER),
    ("1163", NO_ANSWER),
    ("1122", REJECTED),
    ("1110", CALLER_LEFT),
    ("1100", REPLACED),
    ("1181", REPLACED),
    ("1182", REPLACED),
    ("1183", REPLACED),
    ("1123", UNAVAILABLE),
    ("1124", UNAVAILABLE),
    ("113x", UNAVAILABLE),
    ("116x", UNAVAILABLE),
    ("119x", UNAVAILABLE),
    ("42xx", UNAVAILABLE),
)


_STATUSES: Final = frozenset(map(int, HTTPStatus))


def known(code: int) -> int | None:
    """The code of the list as which `code` is to be read: itself, or its nearest class; None outside all classes."""
    for width in (1, 10, 100, 1000):
        if (nearest := code // width * width) in MEANINGS:
            return nearest
    return None


def meaning(code: int) -> str:
    """What a code says, in a few words for people: `meaning(2219) == "access is limited for this period"`."""
    nearest = known(code)
    return "unknown code" if nearest is None else MEANINGS[nearest]


def code_label(code: int) -> str:
    """The code as one of a bounded number of words: itself, its nearest class, or `unknown-code`."""
    nearest = known(code)
    return "unknown-code" if nearest is None else str(nearest)


def status_label(status: int) -> str:
    """An HTTP status in the place of a code, as one of a bounded number of words."""
    if 300 <= status < 400:
        return "redirect"
    return f"http-{status}" if status in _STATUSES else "http-other"


def is_success(code: int) -> bool:
    """Whether a command's result says that it was carried out."""
    return known(code) == SUCCESS


def matches_class(code: int, pattern: str) -> bool:
    """Whether a code is `pattern`, or of the class that it names: "4101", "410x", "41xx", "4xxx"."""
    text = str(code)
    return len(text) == len(pattern) and text.startswith(pattern.rstrip("x"))


@lru_cache(maxsize=256)
def route_outcome(disconnect_reason: int) -> str:
    """How the attempt to reach somebody ended, by the leg's `disconnect_reason` (§3.1.1).

    One of busy, no_answer, rejected, unavailable, failed; or caller_left; or replaced, which is no outcome on a leg
    that another one took over.
    """
    for pattern, outcome in OUTCOMES:
        if matches_class(disconnect_reason, pattern):
            return outcome
    return FAILED
