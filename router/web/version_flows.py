"""The flows of a stored version: names, lines, and each drawn as `ivr graph` draws it; a draft's, too."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from flask import Blueprint, Response, request

from router.flow.diagrams import svg
from router.flow.diagrams.flow_graph import Graph, graph_of, graphs
from router.flow.diagrams.folding import common_targets_in_words, folded, is_large
from router.flow.model import Bundle, Flow
from router.web.api_objects import reply
from router.web.draft_bundles import DraftBundles
from router.web.drafts import draft_of
from router.web.problem_details import Problem
from router.web.queries import one_account, one_of
from router.web.router_parts import RouterParts

FOLDS: Final = ("auto", "never")
KEPT_PICTURES: Final = 64  # of each process: a large one takes a tenth of a second to draw
HEADERS: Final = {
    "Cache-Control": "private, no-cache",
    # Opened by itself it is a document: its style may count, and nothing else of it.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


def version_flows(blueprint: Blueprint, parts: RouterParts, drafts: DraftBundles) -> None:
    @blueprint.get("/versions/<version>/flows")
    def flows_of_version(version: str) -> Response:
        """Those that take calls first."""
        bundle = _bundle(version)
        rows = sorted(map(_row, bundle.flows.values()), key=lambda row: (not row["takes_calls"], row["name"]))
        return reply({"account": one_account(parts).name, "version": bundle.version, "flows": rows})

    @blueprint.get("/versions/<version>/flows/<flow>/diagram")
    def diagram(version: str, flow: str) -> Response:
        """The flow with those that it runs; a large one is folded unless `fold` is never."""
        return _drawn(_bundle(version), flow)

    @blueprint.get("/drafts/<draft_id>/flows/<flow>/diagram")
    def draft_diagram(draft_id: str, flow: str) -> Response:
        """The same of a draft as it is now; 422 while it has errors."""
        return _drawn(drafts.get(draft_of(parts, draft_id)), flow)

    def _bundle(version: str) -> Bundle:
        bundle = parts.versions.bundle(one_account(parts).name, version)
        if bundle is None:
            raise Problem(404, "there is no such version")
        return bundle


def _drawn(bundle: Bundle, flow: str) -> Response:
    if flow not in bundle.flows:
        raise Problem(404, f"there is no flow {flow}")
    drawn = _picture(graphs(bundle, flow), one_of("fold", FOLDS) != "never")
    response = Response(drawn, content_type="image/svg+xml", headers=HEADERS)
    response.set_etag(hashlib.sha256(drawn).hexdigest()[:16])
    response.make_conditional(request)
    return response


@lru_cache(KEPT_PICTURES)
def _picture(drawn: Sequence[Graph], may_fold: bool) -> bytes:
    if may_fold and is_large(drawn):
        return svg(common_targets_in_words(folded(drawn)), legend=True).encode()
    return svg(drawn).encode()


def _row(flow: Flow) -> dict[str, Any]:
    graph = graph_of(flow)
    return {
        "name": flow.name,
        "takes_calls": flow.takes is not None,
        "lines": sorted(flow.takes.lines) if flow.takes is not None else [],
        "runs": sorted({node.runs for node in graph.nodes if node.runs}),
        "steps": [{"name": node.name, "verb": node.verb} for node in graph.nodes],
    }
