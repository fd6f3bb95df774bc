"""`ivr graph`: a flow as a diagram, with the path of one call in it if that is asked for."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from router.cli.bundles import bundle_of, directory_argument, no_flow
from router.cli.command_store import command_store
from router.cli.language import complain
from router.cli.stored import stored_bundle
from router.flow.diagrams import dot, mermaid, svg
from router.flow.diagrams.flow_graph import Graph, graphs, with_path
from router.flow.diagrams.folding import MOST_STEPS, common_targets_in_words, folded, is_large
from router.flow.diagrams.folding import around as near
from router.flow.findings import did_you_mean
from router.flow.model import Bundle
from router.history.call_pages import call_view

NOT_FOUND: Final = 1
DEFAULT: Final = "mermaid"


def _as_json(drawn: Sequence[Graph], legend: bool) -> str:
    return json.dumps([msgspec.to_builtins(graph) for graph in drawn], ensure_ascii=False, indent=2) + "\n"


FORMATS: Final[Mapping[str, Callable[[Sequence[Graph], bool], str]]] = {
    "mermaid": mermaid,
    "svg": svg,
    "dot": dot,
    "json": _as_json,
}
SUFFIXES: Final[Mapping[str, str]] = {".svg": "svg", ".dot": "dot", ".gv": "dot", ".json": "json"}


@click.command()
@click.argument("flow")
@directory_argument
@click.option("--format", "form", type=click.Choice([*FORMATS]), help="Default: what the output is named, or mermaid.")
@click.option("--json", "as_object", is_flag=True, help="The same as --format json: steps, edges and their labels.")
@click.option("--trace", "entry_id", help="Mark the path of this call; without DIRECTORY in the version that it had.")
@click.option("--account", default=None, help="Whose call, when several accounts share the database.")
@click.option(
    "--fold",
    type=click.Choice(["auto", "always", "none"]),
    default="auto",
    show_default=True,
    help=f"Draw steps whose names begin alike as one box; auto: above {MOST_STEPS} steps, and not as JSON.",
)
@click.option("--around", metavar="STEP", help="Draw only this step and what is near it; FLOW may be a sub-flow.")
@click.option("--depth", default=2, show_default=True, type=click.IntRange(1, 99), help="How many exits away is near.")
@click.option("--legend", is_flag=True, help="Say what colours and shapes mean; folded pictures always do.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
def graph(
    flow: str,
    directory: Path | None,
    form: str | None,
    as_object: bool,
    entry_id: str | None,
    account: str | None,
    fold: str,
    around: str | None,
    depth: int,
    legend: bool,
    output: Path | None,
) -> None:
    """Draw FLOW of the bundle in DIRECTORY (default: that of `ivr publish`), with the sub-flows that it runs."""
    bundle, visits = _asked(directory, entry_id, account)
    if flow not in bundle.flows:
        no_flow(flow, bundle)
    drawn = graphs(bundle, flow)
    if visits is not None:
        drawn = with_path(drawn, visits)
    named = SUFFIXES.get(output.suffix, DEFAULT) if output is not None else DEFAULT
    form = "json" if as_object else form or named
    if around is not None:
        drawn = (_neighbourhood(drawn, around, depth),)
    is_folded = fold == "always" or (fold == "auto" and form != "json" and is_large(drawn))
    if is_folded:
        drawn = folded(drawn, 1) if fold == "always" else folded(drawn)
        drawn = drawn if form == "json" else common_targets_in_words(drawn)
    text = FORMATS[form](drawn, legend or is_folded or around is not None)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


def _neighbourhood(drawn: Sequence[Graph], step: str, depth: int) -> Graph:
    """Of a step of the first flow."""
    flow, *inner = drawn
    names = [node.name for node in flow.nodes]
    if step in names:
        return near(flow, step, depth)
    for other in inner:
        if step in (node.name for node in other.nodes):
            raise click.UsageError(f"step {step} is in flow {other.name}: ivr graph {other.name} --around {step}")
    hint = did_you_mean(step, names) or f"`ivr graph {flow.name} --json` lists its {len(names)} steps"
    raise click.UsageError(f"the flow {flow.name} has no step {step}: {hint}")


def _asked(
    directory: Path | None, entry_id: str | None, account: str | None
) -> tuple[Bundle, list[tuple[str, str]] | None]:
    """The bundle to draw, and the (flow, step) that the call entered, if there is one."""
    if entry_id is None:
        return bundle_of(directory, account), None
    store = command_store()
    call = call_view(store, entry_id, account)
    if call is None:
        complain(f"there is no call {entry_id}")
        raise SystemExit(NOT_FOUND)
    bundle = bundle_of(directory) if directory is not None else stored_bundle(store, call["account"], call["version"])
    return bundle, _visits(call)


def _visits(call: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(step.get("within") or call["flow"], step["step"]) for step in call["steps"]]
