"""Where tests name what the bundle defines: `given`'s lists, variables, splits and lookups, and what is expected."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Final

from router.flow.model import Bundle
from router.flow.reading.setting_fields import NOTHING, Fields
from router.flow.symbols import FLOW, OUTPUT, STEP, VARIABLE, Occurrence, Symbol, SymbolNotes
from router.flow.verbs import COMMANDS
from router.flow.verbs.run import Run
from router.flow.yaml.node import Node, find, items, pairs, split_lines

_BEFORE: Final = {"group ": "groups", "person ": "people", "audio.": "audio"}
"""How an expected value names a resource."""


def names_in_tests(
    tests: Mapping[str, Node], bundle: Bundle, known: "Names", texts: Mapping[str, str]
) -> tuple[Occurrence, ...]:
    """Every place of a sound bundle's tests where a name stands; `known` are its resources."""
    notes = SymbolNotes()
    for file, root in tests.items():
        lines = split_lines(texts[file])
        for symbol, node, offset in _in_file(root, bundle, known):
            notes.note(symbol, node, lines, offset)
    return tuple(notes.found)


Found = Iterator[tuple[Symbol, Node, int]]
Names = Mapping[str, Container[str]]
"""Kind of resource -> its names."""


def _in_file(root: Node, bundle: Bundle, known: Names) -> Found:
    flow = find(root, "flow")
    if flow is None or flow.text not in bundle.flows:
        return
    yield Symbol(FLOW, flow.text), flow, 0
    for test in items(find(root, "tests") or NOTHING):
        yield from _in_given(Fields(find(test, "given") or NOTHING), flow.text, bundle)
        for line in items(find(test, "script") or NOTHING):
            yield from _expected(find(line, "expect") or NOTHING, known)
            for key, answer in pairs(find(line, "lookup") or NOTHING):
                yield from _lookup(key, answer, _flows_from(flow.text, bundle), bundle)
            for name, _ in pairs(find(line, "remembered") or NOTHING):
                if name.text in bundle.lists:
                    yield Symbol("lists", name.text), name, 0


def _in_given(given: Fields, flow: str, bundle: Bundle) -> Found:
    for key, _ in given.inside("lists").entries():
        if key.text in bundle.lists:
            yield Symbol("lists", key.text), key, 0
    for key, _ in (*given.inside("vars").entries(), *given.inside("with").entries()):
        if key.text in bundle.flows[flow].variables:
            yield Symbol(VARIABLE, key.text, flow), key, 0
    flows = _flows_from(flow, bundle)
    for key, branch in given.inside("split").entries():
        for name in (found for found in flows if key.text in bundle.flows[found].steps):
            yield Symbol(STEP, key.text, name), key, 0
            yield Symbol(STEP, branch.text, name), branch, 0
            break
    for key, answers in given.inside("lookups").entries():
        yield from _lookup(key, answers, flows, bundle)


def _lookup(key: Node, answers: Node, flows: Sequence[str], bundle: Bundle) -> Found:
    """`step`, or `flow.step`, and the outputs of its answers."""
    flow, dot, step = key.text.rpartition(".")
    if dot and flow in bundle.flows:
        yield Symbol(FLOW, flow), key, 0
    else:
        flow = next((found for found in flows if key.text in bundle.flows[found].steps), "")
    if flow in bundle.flows and step in bundle.flows[flow].steps:
        yield Symbol(STEP, step, flow), key, len(key.text) - len(step)
        for output, _ in (pair for answer in (answers, *items(answers)) for pair in pairs(answer)):
            if f"{step}.{output.text}" in bundle.flows[flow].outputs:
                yield Symbol(OUTPUT, f"{step}.{output.text}", flow), output, 0


def _flows_from(flow: str, bundle: Bundle) -> list[str]:
    """The flow and those that it runs, in the order in which a test's words look for a step."""
    found = [flow]
    for name in found:
        for step in bundle.flows[name].steps.values():
            if isinstance(step.settings, Run) and step.settings.flow not in found:
                found.append(step.settings.flow)
    return found


def _expected(node: Node, known: Names) -> Found:
    """Values of the fields that can name a resource, at any depth."""
    if node.kind == "mapping":
        for key, value in pairs(node):
            if key.text in COMMANDS or value.kind != "scalar" or key.text in ("to", "prompt", "hold"):
                yield from _expected(value, known)
        return
    for item in items(node):
        yield from _expected(item, known)
    for before, kind in _BEFORE.items():
        name = re.split(r"[.\[]", node.text.removeprefix(before), maxsplit=1)[0]
        if node.text.startswith(before) and name in known[kind]:
            yield Symbol(kind, name), node, len(before)
