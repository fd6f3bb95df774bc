"""A call of the phone that an emulator has, as one object: what its people can do, and what the router made of it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from router.engine.state import Call
from router.flow.model import Bundle
from router.history.call_view import trace_of, view
from router.history.journal import CONFIRMED, FAILED, MOST_COMMANDS, CommandRow
from router.history.trace_text import lines
from router.pbx.possible_acts import MENU
from router.simulator.report import seconds
from router.simulator.session_view import heard_object
from router.web.router_parts import RouterParts

QUEUE: Final = "queue"
"""Where a caller waits between two phones of a group."""


def live_call(parts: RouterParts, account: str, journey: Mapping[str, Any]) -> dict[str, Any]:
    """`journey` is the emulator's. While its first notification is on its way, the router knows no such call."""
    entry_id = str(journey["entry_id"])
    told = {
        "account": account,
        "entry_id": entry_id,
        "elapsed": journey["elapsed"],
        "where": QUEUE if journey["situation"] == MENU and journey["state"] == QUEUE else journey["situation"],
        "can": journey["can"],
        "phone": _phone(journey),
    }
    call = parts.store.call(account, entry_id)
    if call is None:
        return told | {"version": "", "flow": "", "step": "", "call": None, "heard": [], "trace": []}
    return told | _known(parts, call)


def _phone(journey: Mapping[str, Any]) -> str:
    """The extension, the group or the number that the caller is with, "" in the menu."""
    there = journey["where"].get("to", {}) if journey["where"].get("location") != "ivr" else {}
    return str(there.get("extension") or there.get("number") or "")


def _known(parts: RouterParts, call: Call) -> dict[str, Any]:
    records = parts.store.journal(call.account, call.entry_id)
    rows = parts.store.commands(call.account, entry_id=call.entry_id, limit=MOST_COMMANDS)
    bundle = parts.versions.bundle(call.account, call.version) if call.version else None
    return {
        "version": call.version,
        "flow": call.flow,
        "step": f"{call.within}.{call.step}" if call.within else call.step,
        "call": view(call, records, rows),
        "heard": sorted(_heard(call, rows, bundle), key=lambda one: float(one["after"])),
        "trace": lines(trace_of(records), lambda at: seconds(at - call.started)),
    }


def _heard(call: Call, rows: list[CommandRow], bundle: Bundle | None) -> Iterator[dict[str, Any]]:
    """What was obeyed: a command that waits for its limit, or was refused, nobody hears."""
    for row in rows:
        if row.sent is not None and row.state != FAILED:
            known = row.confirmed if row.state == CONFIRMED else None
            yield heard_object(bundle, row, known or row.sent, call.started)
