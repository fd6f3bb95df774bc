"""`lookup`: ask another system, an API method of the PBX, or a table of the bundle.

A table answers at once. The others are asked outside of the transaction, by the runtime; the answer comes as a
`LookupFinished`. Should the process die meanwhile, the timer `lookup` ends the step as `failed`. Uses of the activity:
`request` is the id of the request that is awaited.
"""

from collections.abc import Mapping
from typing import Any, Final

from router.engine import transitions
from router.engine.call_scope import CallScope, RequestScope
from router.engine.effects import StartLookup
from router.engine.state import LookupFinished
from router.engine.step_context import StepContext
from router.engine.verbs.request_address import address_of
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Output, Scope, Step
from router.flow.resources.foreign_values import fitted, shown
from router.flow.verbs.lookup import HttpRequest, Lookup
from router.protocol.dial_plan import DEFAULT_COUNTRY

LOOKUP_TIMER: Final = "lookup"
GRACE_SECONDS: Final = 3.0  # beyond the author's time-out, for the answer to get into the database
EXITS: Final = {"found": "next", "not_found": "not_found", "failed": "failed"}


def _enter(context: StepContext, step: Step[Lookup]) -> None:
    """Outputs hold their defaults until an answer comes, and after a failure."""
    settings = step.settings
    kept = {name: value for name, value in context.call.outputs.items() if not name.startswith(f"{step.name}.")}
    context.call.outputs = kept
    if settings.in_table:
        _look_into_table(context, step, settings)
    else:
        _ask(context, step, settings)


def _look_into_table(context: StepContext, step: Step[Lookup], settings: Lookup) -> None:
    assert context.bundle is not None
    assert settings.key is not None
    scope = CallScope(context)
    key, name = str(settings.key.evaluate(scope)), settings.table
    if settings.table_by is not None:
        name = settings.table_by.render(scope)
        if name not in context.bundle.tables:
            transitions.leave(context, "not_found", f"tables[{name}]: there is none of that name")
            return
    row = context.bundle.tables[name].find(key, settings.key.type)
    if row is None:
        transitions.leave(context, "not_found", f"table {name} has no row {key}")
        return
    country = context.bundle.country
    cells = {output.name: fitted(row.get(output.path), output.type, country) for output in settings.outputs.values()}
    found = {name: cell.value for name, cell in cells.items() if cell.value is not None}
    _keep(context, step, found, {name: cell.note for name, cell in cells.items() if cell.note})
    transitions.leave(context, "next", f"row {key} of table {name}")


def _ask(context: StepContext, step: Step[Lookup], settings: Lookup) -> None:
    http = settings.http
    url = address_of(context, http.url) if http is not None else ""
    if http is not None and not url:
        transitions.leave(context, "failed", "it has no address")
        return
    start_request(
        context,
        label=step.name,
        timeout_seconds=settings.timeout,
        cache_seconds=settings.cache,
        stale_on_error=settings.stale_on_error,
        outputs=tuple((output.name, output.type, output.path) for output in settings.outputs.values()),
        **(_http(context, http, url) if http is not None else _asked(context, settings)),
    )


def start_request(context: StepContext, *, timeout_seconds: float, **asked: Any) -> None:
    """Ask somebody else, within a time that survives the process; `asked` are the other fields of the effect."""
    number = context.call.commands_made + 1
    request_id = f"{context.call.token}-{number}"
    context.call.commands_made = number
    context.act(request=request_id)
    context.set_timer(LOOKUP_TIMER, context.now + timeout_seconds + GRACE_SECONDS)
    country = context.bundle.country if context.bundle is not None else DEFAULT_COUNTRY
    context.effects.append(
        StartLookup(request_id=request_id, timeout_seconds=timeout_seconds, country=country, **asked)
    )


def _asked(context: StepContext, settings: Lookup) -> dict[str, Any]:
    if settings.known:
        assert settings.key is not None
        number = str(settings.key.evaluate(CallScope(context)))
        return {"kind": settings.known, "arguments": {"number": number}}
    return _api(context, settings)


def _http(context: StepContext, request: HttpRequest, url: str) -> dict[str, Any]:
    scope = RequestScope(context)
    return {
        "kind": "http",
        "method": request.method,
        "url": url,
        "headers": {name: one_line(value.render(scope)) for name, value in request.headers.items()},
        "json": rendered(request.json, scope),
    }


def _api(context: StepContext, settings: Lookup) -> dict[str, Any]:
    scope = RequestScope(context)
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


def _looked_up(context: StepContext, step: Step[Lookup], answer: LookupFinished) -> None:
    if answer.request_id != context.activity.request:
        return
    if answer.state == "found":
        _keep(context, step, answer.outputs, answer.notes)
    older = ", an older answer" if answer.cached else ""
    transitions.leave(context, EXITS.get(answer.state, "failed"), f"{answer.reason or answer.state}{older}")


def _keep(context: StepContext, step: Step[Lookup], values: dict[str, Any], notes: Mapping[str, str]) -> None:
    """The outputs that came; of what did not fit the trace says the value and why, and that the default is taken."""
    declared: dict[str, Output] = dict(step.settings.outputs)
    for name, note in notes.items():
        if name in values:
            context.note(f"{step.name}.{name}: {note}")
        elif name in declared:
            context.note(f"{step.name}.{name}: {note}; its default, {shown(declared[name].default)}, is taken")
    named = {f"{step.name}.{name}": value for name, value in values.items() if name in declared}
    context.call.outputs = {**context.call.outputs, **named}


def _timer(context: StepContext, step: Step[Lookup], name: str, due: float) -> None:
    if name == LOOKUP_TIMER:
        transitions.leave(context, "failed", "no answer came")


RULES: Final = VerbRules(enter=_enter, looked_up=_looked_up, timer=_timer)
