"""Key patterns that make a caller wait: "1" beside "1xx" acts only after `next_digit`."""

from router.flow.findings import Report
from router.flow.keys import KeyTrie
from router.flow.model import Menu
from router.flow.reading import FlowDraft, StepDraft
from router.flow.source import Node, find, length_of, pairs


def check_keys(draft: FlowDraft, report: Report) -> None:
    """W602 at the shorter pattern of every ambiguous pair of a menu."""
    for step in draft.steps.values():
        settings = step.step.settings if step.step is not None else None
        if isinstance(settings, Menu) and isinstance(settings.keys, KeyTrie):
            nodes = {node.text: node for node in _keys(draft, step)}
            for short, long in settings.keys.ambiguous():
                node = nodes.get(short, step.verb)
                message = f"`{short}` waits for next_digit, since it may become `{long}`"
                report.add("W602", node.mark, message, length=length_of(node))


def _keys(draft: FlowDraft, step: StepDraft) -> list[Node]:
    written = find(find(find(find(draft.root, "steps"), step.name.text), "menu"), "keys")
    return [key for key, _ in pairs(written)] if written is not None else []
