"""A canary beside the active version as one object, which the API answers and the terminal shows."""

from typing import Any, Final

from router.history.call_view import instant
from router.runtime.ports import Store
from router.runtime.records import Figures
from router.runtime.versions.canary import LEAST_CALLS, certainty, verdict
from router.runtime.versions.canary_outcomes import Compared, compare

MEASURES: Final = ("missed", "failing")  # of `Figures`: by these the router takes a canary back


def canary_object(store: Store, account: str) -> dict[str, Any]:
    """Of the calls that began since the canary did; `figures` is None while there is no canary."""
    serving = store.serving(account)
    told = {"account": account, "active": serving.active, "canary": serving.canary or None}
    if not serving.canary or serving.active is None:
        return {**told, "share": 0.0, "since": None, "figures": None}
    of_active, of_canary = (
        store.figures(account, version, serving.since) for version in (serving.active, serving.canary)
    )
    figures = {
        "active": _counts(of_active),
        "canary": _counts(of_canary),
        "outcomes": [_outcome(one) for one in compare(of_active, of_canary)],
        "certainty": {name: _certainty(name, of_active, of_canary) for name in MEASURES},
        "least_calls": LEAST_CALLS,
        "verdict": verdict(of_active, of_canary),
    }
    return {**told, "share": serving.share, "since": instant(serving.since), "figures": figures}


def _counts(figures: Figures) -> dict[str, Any]:
    return {"calls": figures.calls, "missed": figures.missed, "failing": figures.failing}


def _outcome(one: Compared) -> dict[str, Any]:
    return {
        "outcome": one.name,
        "active": one.active,
        "canary": one.canary,
        "difference": round(one.difference, 4),
        "low": round(one.low, 4),
        "high": round(one.high, 4),
        "chance_higher": round(one.chance_higher, 4),
        "verdict": one.verdict,
        "told": one.told,
    }


def _certainty(name: str, active: Figures, canary: Figures) -> float | None:
    found = certainty(getattr(active, name), active.calls, getattr(canary, name), canary.calls)
    return None if found is None else round(found, 4)
