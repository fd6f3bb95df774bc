"""The admin API's path of canaries: how the calls of the active version and of its canary ended, side by side."""

from typing import Any, Final

from flask import Blueprint, Response

from router.history.call_view import instant
from router.runtime.records import Figures
from router.runtime.versions.canary import LEAST_CALLS, certainty, verdict
from router.web.api_objects import reply
from router.web.queries import one_account
from router.web.router_parts import RouterParts

MEASURES: Final = ("missed", "failing")  # of `Figures`: hung up before anybody took them; had a command that failed


def canaries(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/canary")
    def canary() -> Response:
        """Of the calls that began since the canary did. `certainty` is how sure it is that the two differ."""
        account = one_account(parts).name
        serving = parts.store.serving(account)
        told = {"account": account, "active": serving.active, "canary": serving.canary or None}
        if not serving.canary or serving.active is None:
            return reply({**told, "share": 0.0, "since": None, "figures": None})
        of_active, of_canary = (
            parts.store.figures(account, version, serving.since) for version in (serving.active, serving.canary)
        )
        figures = {
            "active": _counts(of_active),
            "canary": _counts(of_canary),
            "certainty": {name: _certainty(name, of_active, of_canary) for name in MEASURES},
            "least_calls": LEAST_CALLS,
            "verdict": verdict(of_active, of_canary),
        }
        return reply({**told, "share": serving.share, "since": instant(serving.since), "figures": figures})


def _counts(figures: Figures) -> dict[str, Any]:
    return {"calls": figures.calls, "missed": figures.missed, "failing": figures.failing}


def _certainty(name: str, active: Figures, canary: Figures) -> float | None:
    found = certainty(getattr(active, name), active.calls, getattr(canary, name), canary.calls)
    return None if found is None else round(found, 4)
