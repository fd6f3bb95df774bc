"""The small links above tests and flows, and what they do: run a test, draw a flow, call it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from lsprotocol import types

from router.errors import RouterError
from router.flow.diagrams import svg
from router.flow.diagrams.flow_graph import graphs
from router.flow.diagrams.folding import common_targets_in_words, folded, is_large
from router.flow.loader import TEST_SUFFIX
from router.flow.yaml.node import Node, find, items
from router.flow.yaml.parser import parse_yaml
from router.lsp.read_bundle import ReadBundle
from router.lsp.text_map import TextMap
from router.pbx.happenings import Impossible
from router.simulator.path_to import path_to
from router.simulator.report import as_json
from router.simulator.run_test import run
from router.simulator.save import saved

RUN: Final = "ivr.runTests"
DIAGRAM: Final = "ivr.diagram"
SIMULATE: Final = "ivr.simulate"
TEST_FROM_PATH: Final = "ivr.testFromPath"


class CannotDo(RouterError):
    """Why a command was not carried out."""


def lenses(uri: str, file: str, text: TextMap) -> list[types.CodeLens]:
    """Those of one file."""
    root, _ = parse_yaml(file, text.text.removeprefix("\ufeff"))
    return list(_of_file(uri, file, root, text)) if root is not None else []


def _of_file(uri: str, file: str, root: Node, text: TextMap) -> Iterator[types.CodeLens]:
    flow = find(root, "flow")
    if flow is None:
        return
    if file.endswith(TEST_SUFFIX):
        yield _lens(flow, text, "run all tests", RUN, uri, "")
        for test in items(find(root, "tests") or flow):
            name = find(test, "name")
            if name is not None:
                yield _lens(name, text, "run this test", RUN, uri, name.text)
        return
    yield _lens(flow, text, "show the diagram", DIAGRAM, uri, flow.text)
    yield _lens(flow, text, "simulate", SIMULATE, uri.removesuffix(f"/{quote(file)}"), flow.text)
    yield _lens(flow, text, "run all tests", RUN, uri, "")


def _lens(node: Node, text: TextMap, title: str, command: str, *arguments: str) -> types.CodeLens:
    span = text.range(node.mark.line, node.mark.column, len(node.text))
    return types.CodeLens(range=span, command=types.Command(title=title, command=command, arguments=list(arguments)))


def run_tests(read: ReadBundle, file: str, name: str) -> dict[str, Any]:
    """Run the tests of a file, or one of them; those of all files when `file` is no test. The same objects as those of
    `ivr test --json`. Raises CannotDo while the bundle has errors."""
    bundle = sound(read)
    chosen = [
        script
        for script in read.checked.scripts
        if (not file.endswith(TEST_SUFFIX) or script.file == file) and name in ("", script.name)
    ]
    if name and not chosen:
        raise CannotDo(f"{file} has no test `{name}`")
    verdicts = [run(script, bundle) for script in chosen]
    failed = sum(verdict.failure is not None for verdict in verdicts)
    return {"passed": len(verdicts) - failed, "failed": failed, "tests": [as_json(verdict) for verdict in verdicts]}


def failures(told: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """(file, line, what went wrong) of each test that failed."""
    for test in told["tests"]:
        if not test["passed"]:
            yield test["file"], int(test["line"]), f"{test['name']}: {test['reason']}"


def diagram(read: ReadBundle, flow: str) -> str:
    """A flow as SVG, with those that it runs; large ones are folded."""
    bundle = sound(read)
    if flow not in bundle.flows:
        raise CannotDo(f"the bundle has no flow `{flow}`")
    drawn = graphs(bundle, flow)
    large = is_large(drawn)
    return svg(common_targets_in_words(folded(drawn)) if large else drawn, large)


def test_to(read: ReadBundle, flow: str, step: str, file: str) -> str:
    """The text of a test file with one more test, which leads to a step. Raises CannotDo when no way was found."""
    bundle = sound(read)
    if flow not in bundle.flows or step not in bundle.flows[flow].steps:
        raise CannotDo(f"there is no step `{step}` in a flow `{flow}`")
    if bundle.flows[flow].takes is None:
        raise CannotDo(f"the flow `{flow}` takes no calls itself: make the test of a flow that runs it")
    session = path_to(bundle, flow, step)
    if session is None:
        raise CannotDo(f"no way to `{step}` was found; play it by `ivr simulate {flow}` and `save` it")
    try:
        return saved(session, f"the way to {step}", file, read.text(file) if file in read.files else None)
    except Impossible as impossible:
        raise CannotDo(str(impossible)) from impossible


def sound(read: ReadBundle) -> Any:
    if read.bundle is None:
        first = next(found for found in read.findings if found.severity == "error")
        raise CannotDo(f"mend the errors first: {first.mark.file}:{first.mark.line}: {first.code} {first.message}")
    return read.bundle
