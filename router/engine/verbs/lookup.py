"""`lookup`: ask another system, an API method of the PBX, or a table of the bundle.

A table answers at once. The others are asked outside of the transaction, by the runtime; the answer comes as a
`LookupFinished`. Should the process die meanwhile, the timer `lookup` ends the step as `failed`. Uses of the activity:
`request` is the id of the request that is awaited.
"""

from collections.abc import Mapping
from typing import Any, Final

from router.engine import transitions
from router.engine.effects import StartLookup
from router.engine.scope import CallScope, RequestScope
from router.engine.state import LookupFinished
from router.engine.step_context import Turn
from router.engine.output_values import in_url
from router.engine.verbs.rules import VerbRules
from router.flow.resources.foreign_values import fitted, shown
from router.flow.model import HttpRequest, Lookup, Output, Scope, Step
from router.protocol.dial_plan import DEFAULT_COUNTRY

LOOKUP_TIMER: Final = "lookup"
GRACE_SECONDS: Final = 3.0  # beyond the author's time-out, for the answer to get into the database
EXITS: Final = {"found": "next", "not_found": "not_found", "failed": "failed"}


def _settings(step: Step) -> Lookup:
    assert isinstance(step.settings, Lookup)
    return step.settings


def _enter(turn: Turn, step: Step) -> None:
    """Outputs hold their defaults until an answer comes, and after a failure."""
    settings = _settings(step)
    kept = {name: value for name, value in turn.call.outputs.items() if not name.startswith(f"{step.name}.")}
    turn.call.outputs = kept
    if settings.table:
        _look_into_table(turn, step, settings)
    else:
        _ask(turn, step, settings)


def _look_into_table(turn: Turn, step: Step, settings: Lookup) -> None:
    assert turn.bundle is not None
    assert settings.key is not None
    key = str(settings.key.evaluate(CallScope(turn)))
    row = turn.bundle.tables[settings.table].find(key, settings.key.type)
    if row is None:
        transitions.leave(turn, "not_found", f"table {settings.table} has no row {key}")
        return
    country = turn.bundle.country
    cells = {output.name: fitted(row.get(output.path), output.type, country) for output in settings.outputs.values()}
    found = {name: cell.value for name, cell in cells.items() if cell.value is not None}
    _keep(turn, step, found, {name: cell.note for name, cell in cells.items() if cell.note})
    transitions.leave(turn, "next", f"row {key} of table {settings.table}")


def _ask(turn: Turn, step: Step, settings: Lookup) -> None:
    start_request(
        turn,
        label=step.name,
        timeout_seconds=settings.timeout,
        cache_seconds=settings.cache,
        stale_on_error=settings.stale_on_error,
        outputs=tuple((output.name, output.type, output.path) for output in settings.outputs.values()),
        **_asked(turn, settings),
    )


def start_request(turn: Turn, *, timeout_seconds: float, **asked: Any) -> None:
    """Ask somebody else, within a time that survives the process; `asked` are the other fields of the effect."""
    number = turn.call.commands_made + 1
    request_id = f"{turn.call.token}-{number}"
    turn.call.commands_made = number
    turn.act(request=request_id)
    turn.set_timer(LOOKUP_TIMER, turn.now + timeout_seconds + GRACE_SECONDS)
    country = turn.bundle.country if turn.bundle is not None else DEFAULT_COUNTRY
    turn.effects.append(StartLookup(request_id=request_id, timeout_seconds=timeout_seconds, country=country, **asked))


def _asked(turn: Turn, settings: Lookup) -> dict[str, Any]:
    if settings.known:
        assert settings.key is not None
        number = str(settings.key.evaluate(CallScope(turn)))
        return {"kind": settings.known, "arguments": {"number": number}}
    return _http(turn, settings.http) if settings.http is not None else _api(turn, settings)


def _http(turn: Turn, request: HttpRequest) -> dict[str, Any]:
    scope = RequestScope(turn)
    return {
        "kind": "http",
        "method": request.method,
        "url": request.url.render(RequestScope(turn, in_url)),
        "headers": {name: one_line(value.render(scope)) for name, value in request.headers.items()},
        "json": rendered(request.json, scope),
    }


def _api(turn: Turn, settings: Lookup) -> dict[str, Any]:
    scope = RequestScope(turn)
    return {
        "kind": "api",
        "api": settings.api,
        "arguments": {name: value.render(scope) for name, value in settings.arguments.items()},
    }


def one_line(text: str) -> str:
    """A header's value: what a caller or a lookup supplied must not end the line."""
    return " ".join(text.splitlines())


def rendered(tree: Any, scope: Scope) -> Any:
    """A tree of dict, list, templates and literals, with its templates rendered."""
    match tree:
        case dict():
            return {key: rendered(value, scope) for key, value in tree.items()}
        case list() | tuple():
            return [rendered(value, scope) for value in tree]
        case None | str() | int() | float():
            return tree
    return tree.render(scope)


def _looked_up(turn: Turn, step: Step, answer: LookupFinished) -> None:
    if answer.request_id != turn.activity.request:
        return
    if answer.state == "found":
        _keep(turn, step, answer.outputs, answer.notes)
    older = ", an older answer" if answer.cached else ""
    transitions.leave(turn, EXITS.get(answer.state, "failed"), f"{answer.reason or answer.state}{older}")


def _keep(turn: Turn, step: Step, values: dict[str, Any], notes: Mapping[str, str]) -> None:
    """The outputs that came; of what did not fit the trace says the value and why, and that the default is taken."""
    declared: dict[str, Output] = dict(_settings(step).outputs)
    for name, note in notes.items():
        if name in values:
            turn.note(f"{step.name}.{name}: {note}")
        elif name in declared:
            turn.note(f"{step.name}.{name}: {note}; its default, {shown(declared[name].default)}, is taken")
    named = {f"{step.name}.{name}": value for name, value in values.items() if name in declared}
    turn.call.outputs = {**turn.call.outputs, **named}


def _timer(turn: Turn, step: Step, name: str, due: float) -> None:
    if name == LOOKUP_TIMER:
        transitions.leave(turn, "failed", "no answer came")


RULES: Final = VerbRules(enter=_enter, looked_up=_looked_up, timer=_timer)
