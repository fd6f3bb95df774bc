"""`ivr lookup`: what a flow's lookup gets from the real system, before a caller does."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from router.bootstrap.lookup_by_hand import Asked, Said, ask
from router.bootstrap.process_setup import read_settings
from router.cli.bundles import account_option, bundle_of, directory_of, no_flow
from router.cli.language import tell_line
from router.config.settings import AccountSettings
from router.engine.effects import StartLookup
from router.errors import ConfigurationError
from router.flow.findings import did_you_mean
from router.flow.model import Bundle, Template
from router.flow.verbs.lookup import HttpRequest, Lookup
from router.flow.written_exits import exits_of
from router.pbx.happenings import Impossible
from router.simulator.given_world import given_as_in_tests
from router.simulator.session import Session

FAILED: Final = 1
MOST_SHOWN: Final = 4000  # characters of an answer
WORLD: Final[Mapping[str, str]] = {"caller.number": "from", "call.line": "line", "call.sip_call_id": "sip_call_id",
                                   "call.dct_number": "dct"}  # fmt: skip
"""Names that a call brings, as a test's `given` calls them."""
EXITS: Final = {"found": "next", "not_found": "not_found", "failed": "failed"}


class Pair(click.ParamType[tuple[str, str]]):
    """NAME=VALUE."""

    name = "pair"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Name and value."""
        name, sign, rest = value.partition("=")
        if not sign:
            raise click.UsageError(f"`{value}` is not NAME=VALUE, such as caller.number=79000000000", ctx)
        return name, rest


@click.command()
@click.argument("flow")
@click.argument("step")
@click.argument("values", type=Pair(), nargs=-1, metavar="[NAME=VALUE]…")
@click.option("--directory", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Of the bundle.")
@account_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def lookup(
    flow: str,
    step: str,
    values: tuple[tuple[str, str], ...],
    directory: Path | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Ask the system that the lookup STEP of FLOW asks, and show its answer, the outputs, and what did not fit.

    NAME=VALUE gives what a call would bring: caller.number=79000000000, vars.pin=1234, call.line=74950000000. The
    bundle is that of `ivr publish`; secrets and values are those of the configuration.
    """
    place = directory_of(directory, account)
    bundle = bundle_of(place)
    settings = _step(bundle, flow, step)
    own = _account(place, account, settings)
    try:
        session = Session(_beginning_at(bundle, flow, step), flow, _given(values, bundle, flow, own))
    except Impossible as impossible:
        raise click.UsageError(str(impossible)) from impossible
    request = session.request
    told = _asked(own, request) if request is not None else _answered_at_once(session, step)
    told["exit"] = _exit(bundle, flow, step, told["state"])
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for line in _lines(told, settings):
            tell_line(line, "lookup")
    if told["state"] == "failed":
        raise SystemExit(FAILED)


def _step(bundle: Bundle, flow: str, step: str) -> Lookup:
    if flow not in bundle.flows:
        no_flow(flow, bundle)
    lookups = {name: one for name, one in bundle.flows[flow].steps.items() if isinstance(one.settings, Lookup)}
    if step not in lookups:
        hint = did_you_mean(step, lookups) or f"its lookups are {', '.join(lookups) or 'none'}"
        raise click.UsageError(f"the flow {flow} has no lookup {step}: {hint}")
    found = lookups[step].settings
    assert isinstance(found, Lookup)
    return found


def _account(place: Path, name: str | None, settings: Lookup) -> AccountSettings:
    """The account that was named, else the one whose bundle it is, else the only one. Raises ConfigurationError where
    the lookup needs the account's key or secrets and the configuration does not have them."""
    try:
        accounts = read_settings(os.environ).accounts
    except ConfigurationError:
        if settings.http is None or _uses_secrets(settings.http):
            raise
        accounts = read_settings(os.environ, keys=False).accounts
    found = [one for one in accounts if (one.name == name if name else Path(one.flows).resolve() == place.resolve())]
    chosen = found or ([] if name else list(accounts))
    if len(chosen) != 1:
        names = ", ".join(one.name for one in accounts)
        raise click.UsageError(f"whose secrets and PBX? Name the account with --account: {names}")
    return chosen[0]


def _uses_secrets(request: HttpRequest) -> bool:
    texts = [request.url, *request.headers.values(), *_texts(request.json)]
    return any(name.startswith("secrets.") for text in texts for name in text.names)


def _texts(tree: Any) -> Iterator[Template]:
    """The texts in a body, which may hold other values too."""
    if hasattr(tree, "render"):
        yield tree
    for inner in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _texts(inner)


def _beginning_at(bundle: Bundle, flow: str, step: str) -> Bundle:
    return replace(bundle, flows={**bundle.flows, flow: replace(bundle.flows[flow], start=step)})


def _given(values: tuple[tuple[str, str], ...], bundle: Bundle, flow: str, own: AccountSettings) -> Any:
    """A test's `given`, with its checks."""
    world: dict[str, Any] = {"values": dict(own.values)} if own.values else {}
    for name, value in values:
        family, _, rest = name.partition(".")
        if name in WORLD:
            world[WORLD[name]] = value
        elif family in ("vars", "values") and rest:
            world.setdefault(family, {})[rest] = value
        else:
            known = [*WORLD, *(f"vars.{one}" for one in bundle.flows[flow].variables)]
            hint = did_you_mean(name, known) or f"there are {', '.join(known)} and values.NAME"
            raise click.UsageError(f"`{name}` cannot be given: {hint}")
    try:
        return given_as_in_tests(world, bundle, flow)
    except Impossible as impossible:
        raise click.UsageError(str(impossible)) from None


def _asked(own: AccountSettings, request: StartLookup) -> dict[str, Any]:
    asked: Asked = ask(own, request)
    return {
        "asked": request.kind if request.kind != "http" else f"{request.method} {_shown_url(request.url)}",
        "seconds": round(asked.seconds, 3),
        "answers": [_answer(said) for said in asked.said],
        "state": asked.found.state,
        "reason": asked.found.reason,
        "outputs": dict(asked.found.outputs),
        "did_not_fit": dict(asked.found.notes),
    }


def _shown_url(url: str) -> str:
    """Secrets are marks there, whose names are told."""
    return "".join(sign if sign.isprintable() else "*" for sign in url)


def _answer(said: Said) -> dict[str, Any]:
    text = said.body.decode("utf-8", "replace")
    return {
        "from": said.to,
        "status": said.status,
        "body": text[:MOST_SHOWN],
        "bytes": len(said.body),
        "fault": said.fault,
    }


def _answered_at_once(session: Session, step: str) -> dict[str, Any]:
    """A table of the bundle answers by itself; a lookup without an address fails by itself."""
    left: Mapping[str, Any] = next((one.data for one in session.trace if one.kind == "left"), {})
    state = next((state for state, name in EXITS.items() if name == left.get("exit")), "failed")
    prefix = f"{step}."
    outputs = session.call.outputs.items()
    return {
        "asked": "the bundle",
        "seconds": 0.0,
        "answers": [],
        "state": state,
        "reason": str(left.get("why", "")),
        "outputs": {name.removeprefix(prefix): value for name, value in outputs if name.startswith(prefix)},
        "did_not_fit": {},
    }


def _exit(bundle: Bundle, flow: str, step: str, state: str) -> str:
    """`next -> step`; where nothing is written for it, where the flow's on_error leads."""
    own = bundle.flows[flow]
    name = EXITS[state]
    written = {exit_.name: exit_.target for exit_ in exits_of(own.steps[step])}
    target = written.get(name) or (written.get("else") if name != "next" else None) or own.on_error
    return f"{name} -> {target}" if target else name


def _lines(told: Mapping[str, Any], settings: Lookup) -> Iterator[str]:
    yield f"asked    {told['asked']}"
    for answer in told["answers"]:
        status = f"HTTP {answer['status']}" if answer["status"] else answer["fault"] or "no answer"
        yield f"answer   {status}, {answer['bytes']} bytes after {told['seconds']:g} s (at most {settings.timeout:g} s)"
        yield from (f"    {line}" for line in answer["body"].splitlines())
        if answer["bytes"] > len(answer["body"].encode()):
            yield "    …"
    yield f"result   {told['state']}{': ' + told['reason'] if told['reason'] else ''}"
    for name, output in settings.outputs.items():
        if name in told["outputs"]:
            yield f"output   {name} = {json.dumps(told['outputs'][name], ensure_ascii=False)} ({output.type})"
        else:
            why = told["did_not_fit"].get(name, "not in the answer" if told["state"] == "found" else "")
            default = json.dumps(output.default, ensure_ascii=False)
            yield f"output   {name} = {default} ({output.type}), its default{': ' + why if why else ''}"
    yield f"exit     {told['exit']}"
