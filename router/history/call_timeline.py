"""What of a call an axis of time shows and its object has no place for: what was heard, and what lookups answered."""

from collections.abc import Iterable, Iterator
from typing import Any

from router.engine.state import Call, Entry
from router.flow.model import Bundle
from router.history.call_facts import step_name
from router.history.call_view import instant
from router.history.heard import heard
from router.history.journal import CommandRow


def timeline(
    call: Call, trace: Iterable[Entry], commands: Iterable[CommandRow], bundle: Bundle | None
) -> dict[str, Any]:
    """`bundle` is the version that the call had; without it no words and no lengths of recordings are known."""
    entries = list(trace)
    return {
        "entry_id": call.entry_id,
        "account": call.account,
        "flow": call.flow,
        "version": call.version,
        "version_is_known": bundle is not None,
        "heard": heard(call, entries, commands, bundle),
        "lookups": [*_lookups(entries)],
    }


def _lookups(entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """Each visit of a lookup step: when it asked, what came, and by which exit it was left."""
    asked: dict[str, Any] | None = None
    began = 0.0
    for entry in entries:
        if entry.kind == "entered":
            if asked is not None:
                yield asked
            asked = None
            if entry.data["verb"] == "lookup":
                began = entry.at
                asked = {
                    "step": step_name(entry), "at": instant(began), "answered": None, "seconds": None, "state": "",
                    "outputs": {}, "exit": "", "why": "",
                }  # fmt: skip
        elif entry.kind == "lookup" and asked is not None:
            answered = {"answered": instant(entry.at), "seconds": round(entry.at - began, 3)}
            asked |= {**answered, "state": entry.data["state"], "outputs": entry.data.get("outputs", {})}
        elif entry.kind == "left" and asked is not None:
            asked |= {"exit": entry.data["exit"], "why": entry.data["why"]}
    if asked is not None:
        yield asked
