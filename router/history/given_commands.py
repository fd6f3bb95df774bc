"""Commands that people gave: who, why, and what came of them, as their calls' traces tell."""

from collections.abc import Iterable
from typing import Any

from router.engine.manual_step import AGAIN, GIVEN
from router.engine.state import Entry


def given_commands(trace: Iterable[Entry]) -> dict[str, dict[str, Any]]:
    """command_id -> who gave it and why, what follows, and what came of it (`outcome`, None while it is open).

    `again` are the ids of further requests for the same command: the PBX may have moved the caller under the first.
    """
    found: dict[str, dict[str, Any]] = {}
    for entry in trace:
        if entry.kind != "manual":
            continue
        data, told = entry.data, found.get(entry.data["command_id"])
        if data["done"] == GIVEN:
            facts: dict[str, Any] = {name: data.get(name, "") for name in ("actor", "reason", "then")}
            facts["takes_over"] = data.get("takes_over", True)
            found[data["command_id"]] = {**facts, "outcome": None, "why": "", "again": []}
        elif told is not None and data["done"] == AGAIN:
            told["again"].append(data["again"])
        elif told is not None:
            told |= {"outcome": data["done"], "why": data.get("why", "")}
    return found
