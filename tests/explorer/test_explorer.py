"""Every order of what a legal PBX may do within a few steps, for each verb that waits; and that the laws are not blind:
engines that were broken on purpose are found out.

`--explorer-states N` widens it; `python -m tests.explorer --deep` explores further, and `make soak` does that.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import msgspec
import pytest

from router.engine import caller_leg, step, takeover, transitions
from router.engine.verbs import VERBS, attempt_members, attempts, digit_input, hangup, interrupted, prompts, transfer
from router.protocol.events import CONNECTED
from tests.explorer.cases import WAIT_FOR_NOTHING, cases
from tests.explorer.explore import explore

CASES: Final = {case.name: case for case in cases()}


FEWER: Final = 4
"""A person's command at any moment makes worlds by the million: what hurts is found early, and `make soak` sees more."""


@pytest.mark.parametrize("name", CASES)
def test_no_law_is_broken(name: str, request: pytest.FixtureRequest) -> None:
    most = request.config.getoption("--explorer-states")
    found = explore(CASES[name], most_states=most // FEWER if CASES[name].hands else most)
    assert not found.broken, str(found)
    assert found.states > 20


def test_every_verb_that_waits_is_explored() -> None:
    used = {step.verb for case in CASES.values() for flow in case.bundle.flows.values() for step in flow.steps.values()}
    assert set(VERBS) - WAIT_FOR_NOTHING - used == set()


Patch = Callable[[pytest.MonkeyPatch], Any]


def _of(module: Any, name: str, value: Any) -> Patch:
    return lambda patched: patched.setattr(module, name, value)


def _verb(name: str, **rules: Any) -> Patch:
    return lambda patched: patched.setitem(VERBS, name, replace(VERBS[name], **rules))  # type: ignore[arg-type]


def _nothing(*_arguments: Any) -> None:
    """A rule that was left out."""


def _returned_whenever_connected(context: Any, step: Any, leg: Any) -> None:
    if leg.last.state == CONNECTED:
        transfer._returned(context, 0)


def _over_when_too_late(context: Any, step: Any, code: int, reason: str) -> None:
    if code == hangup.ALREADY_OVER:
        context.call.pending = None
        context.act(phase="over")
    else:
        hangup._failed(context, step, code, reason)


def _withdrawn_for_good(context: Any, leg: Any, target: Any) -> bool:
    return False


def _forgets_the_legs(takeover: Any, _activity: Any) -> Any:
    return msgspec.structs.replace(takeover, waited=None, dialled="")


def _ends_the_world(*_arguments: Any) -> None:
    raise ZeroDivisionError("on purpose")


_TAKE_OVER: Final = takeover._take_over


def _and_goes_on(context: Any, event: Any, leg: Any) -> None:
    step = context.call.step
    _TAKE_OVER(context, event, leg)
    context.goto = step


BROKEN: Final[dict[str, tuple[str, Patch]]] = {
    "a leg in the menu is a member": ("route to one", _of(attempt_members, "_may_be_dialled", lambda *_: True)),
    "a route too late is a failure": ("route to two, too late", _of(attempts, "MOST_AGAIN", 0)),
    "a refusal waits for no news": ("route to two, too late", _of(attempts, "RACE_SECONDS", 0.0)),
    "the caller's return is not seen": ("route to one", _of(attempts, "caller_is_back", lambda _: False)),
    "a return waits for no result": ("route to two, too late", _of(attempts, "is_lost", lambda _: True)),
    "the silence after a refused prompt is whole": ("menu", _of(digit_input, "LAST_SECONDS", -1e9)),
    "a refused prompt holds the caller": ("menu", _of(prompts, "refused", _nothing)),
    "a prompt for a ringing phone": ("group, then play", _of(prompts, "caller_in_menu", lambda context: context.leg)),
    "the last phone speaks for the group": ("route to a group", _of(attempts, "_queue_reason", lambda _: 0)),
    "old news moves the caller": ("group, then one", _of(caller_leg, "_is_behind", lambda *_: False)),
    "what is withdrawn was never sent": ("route to one", _of(attempt_members, "resumed_by", _withdrawn_for_good)),
    "a queued command outlives its leg": ("route to two", _of(step, "_withdraw_if_late", _nothing)),
    "a conversation is a return": (
        "transfer with consultation",
        _of(transfer, "_first_leg", _returned_whenever_connected),
    ),
    "every end is our hangup": ("ring, then hang up", _of(hangup, "route_outcome", lambda _: hangup.FAILED)),
    "a hangup too late is the end": ("ring, then hang up", _verb("hangup", failed=_over_when_too_late)),
    "no timer for what is not told": ("route, nothing told", _of(attempts, "sent", _nothing)),
    "a person's failure begins anew": ("by hand, route", _of(interrupted, "take_up", lambda *_: False)),
    "a flow's phone is the person's": (
        "by hand, route, bare legs",
        _of(attempt_members, "is_of_interrupted", lambda *_: False),
    ),
    "a failed transfer brings nobody back": (
        "by hand, transfer by whom the flow rings",
        _of(transitions, "_after", _forgets_the_legs),
    ),
    "a step begins with who rings already": (
        "by hand, transfer by the second",
        _of(interrupted, "replace", lambda activity, **_: activity),
    ),
    "a person's command beside the flow": ("by hand, too late", _of(takeover, "_takes_over", lambda *_: False)),
    "the flow goes on while a person has the call": ("by hand, menu", _of(takeover, "_take_over", _and_goes_on)),
    "an end without finally": ("finally", _of(transitions, "conclude", transitions.close)),
    "a step that fails": ("play", _verb("play", answered=_ends_the_world)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_engine_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case, patch = BROKEN[name]
    patch(monkeypatch)
    assert explore(CASES[case], most_states=60_000).broken
